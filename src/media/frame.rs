//! A frame: some milliseconds of audio, and the forms in which backends want it, each made once however many want it.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{FRAME_BYTES_MAX, g711, protocol};
use crate::application::ports::streams::{AudioFormat, Encoding, Track};

/// What all backends of a call are told, in order.
#[derive(Clone, Debug)]
pub(super) enum Item {
    Audio(Arc<Frame>),
    Key {
        digit: char,
        timestamp_ms: u64,
    },
    /// For the backend that speaks: what it said before this mark has been played.
    Mark(Arc<str>),
}

/// Some milliseconds of audio.
#[derive(Debug)]
pub(super) struct Frame {
    /// From 1, over both tracks, without gaps.
    pub sequence: u64,
    /// Since the stream's beginning.
    pub timestamp_ms: u64,
    pub track: Track,
    encoding: Encoding,
    received: Bytes,
    pcm: OnceLock<Bytes>,
    received_json: OnceLock<Utf8Bytes>,
    pcm_json: OnceLock<Utf8Bytes>,
}

impl Frame {
    /// The bytes as a backend wants them.
    pub fn audio(&self, format: AudioFormat) -> &Bytes {
        match (format, self.encoding) {
            (AudioFormat::AsReceived, _) | (AudioFormat::Pcm16, Encoding::Pcm16 { .. }) => {
                &self.received
            }
            (AudioFormat::Pcm16, Encoding::Mulaw) => {
                self.pcm.get_or_init(|| g711::ulaw_to_pcm16(&self.received).into())
            }
        }
    }

    /// The bytes in JSON.
    pub fn json(&self, format: AudioFormat) -> &Utf8Bytes {
        let json = match format {
            AudioFormat::AsReceived => &self.received_json,
            AudioFormat::Pcm16 => &self.pcm_json,
        };
        json.get_or_init(|| protocol::audio(self, self.audio(format)).into())
    }
}

/// Numbers frames, and knows how late it is in the stream.
#[derive(Debug)]
pub(super) struct Counter {
    encoding: Encoding,
    frames: u64,
    bytes: [u64; 2],
    latest_ms: u64,
}

impl Counter {
    pub fn new(encoding: Encoding) -> Self {
        Self { encoding, frames: 0, bytes: [0; 2], latest_ms: 0 }
    }

    /// So many so far.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// The latest time that was heard of.
    pub fn latest_ms(&self) -> u64 {
        self.latest_ms
    }

    /// What came in one piece, as frames that are not too long. Where the carrier says no time, its audio tells.
    pub fn frames_of(
        &mut self,
        track: Track,
        timestamp_ms: Option<u64>,
        payload: &Bytes,
    ) -> impl Iterator<Item = Frame> {
        let heard = &mut self.bytes[usize::from(track == Track::Outbound)];
        let per_ms = u64::from(self.encoding.bytes_per_ms());
        let begins_ms = timestamp_ms.unwrap_or(*heard / per_ms);
        *heard += payload.len() as u64;
        self.latest_ms = self.latest_ms.max(begins_ms);
        (0..payload.len()).step_by(FRAME_BYTES_MAX).map(move |at| {
            self.frames += 1;
            Frame {
                sequence: self.frames,
                // A carrier may say any time at all.
                timestamp_ms: begins_ms.saturating_add(at as u64 / per_ms),
                track,
                encoding: self.encoding,
                received: payload.slice(at..payload.len().min(at + FRAME_BYTES_MAX)),
                pcm: OnceLock::new(),
                received_json: OnceLock::new(),
                pcm_json: OnceLock::new(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_in_one_piece_is_cut_and_timed() {
        let mut counter = Counter::new(Encoding::Mulaw);
        let piece = Bytes::from(vec![0xff; 2_500]);

        let frames: Vec<_> = counter.frames_of(Track::Inbound, Some(40), &piece).collect();

        let shape = |frame: &Frame| {
            (frame.sequence, frame.timestamp_ms, frame.audio(AudioFormat::AsReceived).len())
        };
        let shapes: Vec<_> = frames.iter().map(shape).collect();
        assert_eq!(shapes, [(1, 40, 1_024), (2, 168, 1_024), (3, 296, 452)]);
        assert_eq!(counter.frames_of(Track::Inbound, Some(0), &Bytes::new()).count(), 0);
    }

    #[test]
    fn a_time_that_can_not_be_is_no_reason_to_stop() {
        let mut counter = Counter::new(Encoding::Mulaw);
        let piece = Bytes::from(vec![0xff; 2_500]);

        let frames: Vec<_> = counter.frames_of(Track::Inbound, Some(u64::MAX), &piece).collect();

        assert_eq!(frames.len(), 3);
        assert_eq!(counter.latest_ms(), u64::MAX);
    }

    #[test]
    fn where_the_carrier_says_no_time_the_audio_tells() {
        let mut counter = Counter::new(Encoding::Pcm16 { rate: 16_000 });
        let piece = Bytes::from(vec![0; 640]);

        let times: Vec<u64> = (0..3)
            .flat_map(|_| counter.frames_of(Track::Inbound, None, &piece).collect::<Vec<_>>())
            .map(|frame| frame.timestamp_ms)
            .collect();

        assert_eq!(times, [0, 20, 40]);
    }

    #[test]
    fn samples_are_made_of_mu_law_and_left_alone_where_they_are_samples() {
        let piece = Bytes::from(vec![0xff, 0x00]);
        let first = |encoding| {
            Counter::new(encoding).frames_of(Track::Inbound, None, &piece).next().unwrap()
        };

        let mulaw = first(Encoding::Mulaw);
        assert_eq!(mulaw.audio(AudioFormat::AsReceived), &piece);
        assert_eq!(mulaw.audio(AudioFormat::Pcm16).len(), 4);
        assert_eq!(first(Encoding::Pcm16 { rate: 8_000 }).audio(AudioFormat::Pcm16), &piece);
    }
}
