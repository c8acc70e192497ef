//! The carriers' dialects as one: what is heard on a socket, and how something is said into it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::g711;
use crate::application::ports::streams::{AudioFormat, Encoding, StreamStart};
use crate::carriers::media::{Heard, Wrong};
use crate::carriers::{twilio, vonage};

/// Marks of a call that wait for their moment; past this the oldest is forgotten.
const MARKS_MAX: usize = 256;

/// Which carrier's messages are spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Media Streams.
    Twilio,
    /// The WebSocket endpoint.
    Vonage,
}

impl Dialect {
    /// As in paths, tables and log fields.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::Vonage => "vonage",
        }
    }

    pub(super) fn read_text(self, text: &str) -> Result<Heard, Wrong> {
        match self {
            Self::Twilio => twilio::media::read(text),
            Self::Vonage => vonage::media::read(text),
        }
    }

    pub(super) fn read_binary(self, bytes: Bytes) -> Result<Heard, Wrong> {
        match self {
            Self::Twilio => Err(Wrong::Binary),
            Self::Vonage => vonage::media::read_audio(bytes),
        }
    }
}

/// A message to the carrier.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Out {
    Text(String),
    Binary(Bytes),
    Pong(Bytes),
}

/// Something to say into a call.
#[derive(Debug)]
pub(super) enum Say {
    /// In the carrier's encoding.
    Audio(Bytes),
    Mark(String),
    Clear,
    Pong(Bytes),
}

/// Says things into a call, in the carrier's words.
pub(super) enum Voice {
    Twilio(twilio::media::Voice),
    Vonage(vonage::media::Voice, Marks),
}

impl Voice {
    pub fn new(dialect: Dialect, start: &StreamStart, marks: Marks) -> Self {
        match dialect {
            Dialect::Twilio => {
                Self::Twilio(twilio::media::Voice::new(start.stream.as_deref().unwrap_or_default()))
            }
            Dialect::Vonage => {
                Self::Vonage(vonage::media::Voice::new(start.encoding.rate()), marks)
            }
        }
    }

    pub fn say(&mut self, what: Say) -> Vec<Out> {
        match (self, what) {
            (_, Say::Pong(bytes)) => vec![Out::Pong(bytes)],
            (Self::Twilio(voice), Say::Audio(audio)) => vec![Out::Text(voice.audio(&audio))],
            (Self::Twilio(voice), Say::Mark(name)) => vec![Out::Text(voice.mark(&name))],
            (Self::Twilio(voice), Say::Clear) => vec![Out::Text(voice.clear())],
            (Self::Vonage(voice, _), Say::Audio(audio)) => {
                voice.audio(&audio).into_iter().map(Out::Binary).collect()
            }
            (Self::Vonage(voice, marks), Say::Mark(name)) => {
                let rest = voice.rest().map(Out::Binary);
                let mark = Out::Text(vonage::media::Voice::mark(&name));
                marks.wait_for(name);
                rest.into_iter().chain([mark]).collect()
            }
            (Self::Vonage(voice, _), Say::Clear) => vec![Out::Text(voice.clear())],
        }
    }
}

/// Marks that wait for their moment. Twilio hands them back by itself when all is cleared; Vonage only says that it is.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks(Arc<Mutex<VecDeque<String>>>);

impl Marks {
    fn wait_for(&self, name: String) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() == MARKS_MAX {
            waiting.pop_front();
        }
        waiting.push_back(name);
    }

    /// This one's moment came.
    pub fn reached(&self, name: &str) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = waiting.iter().position(|other| other == name) {
            waiting.remove(place);
        }
    }

    /// All that waited.
    pub fn cleared(&self) -> VecDeque<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a backend spoke, in the carrier's encoding; half a sample at its end is left out.
pub(super) fn for_carrier(spoken: Bytes, format: AudioFormat, encoding: Encoding) -> Bytes {
    match (encoding, format) {
        (Encoding::Mulaw, AudioFormat::AsReceived) => spoken,
        (Encoding::Mulaw, AudioFormat::Pcm16) => g711::pcm16_to_ulaw(&spoken).into(),
        (Encoding::Pcm16 { .. }, _) => spoken.slice(..spoken.len() & !1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vonage_start() -> StreamStart {
        StreamStart {
            stream: None,
            call: None,
            encoding: Encoding::Pcm16 { rate: 8_000 },
            tracks: Vec::new(),
            parameters: Default::default(),
        }
    }

    #[test]
    fn a_mark_is_said_after_the_audio_before_it_and_comes_back_when_all_is_cleared() {
        let marks = Marks::default();
        let mut voice = Voice::new(Dialect::Vonage, &vonage_start(), marks.clone());

        assert_eq!(voice.say(Say::Audio(vec![1; 330].into())).len(), 1);
        let said = voice.say(Say::Mark("a".to_owned()));
        assert!(matches!(&said[..], [Out::Binary(rest), Out::Text(_)] if rest.len() == 320));
        voice.say(Say::Mark("b".to_owned()));
        marks.reached("a");
        assert_eq!(marks.cleared(), ["b"]);
        assert!(marks.cleared().is_empty());
    }

    #[test]
    fn what_is_spoken_takes_the_carriers_encoding() {
        let samples = Bytes::from(vec![0, 0, 0, 0, 9]);
        let say = |format, encoding| for_carrier(samples.clone(), format, encoding);

        assert_eq!(say(AudioFormat::Pcm16, Encoding::Mulaw), vec![0xff, 0xff]);
        assert_eq!(say(AudioFormat::AsReceived, Encoding::Mulaw), samples);
        assert_eq!(say(AudioFormat::Pcm16, Encoding::Pcm16 { rate: 8_000 }).len(), 4);
    }
}
