//! What we and a backend say to each other: `vestibule.media.v1`, described in `openapi/media-stream.md`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::frame::Frame;
use crate::application::ports::streams::{
    AudioFormat, BackendPlan, Encoding, Framing, StreamPlan, StreamStart, Track,
};
use crate::domain::ids::{BackendId, CallId, LegId, StreamId};

/// The protocol's name and version, as `Sec-WebSocket-Protocol` says it.
pub const SUBPROTOCOL: &str = "vestibule.media.v1";
/// A mark's longest name, in characters.
const MARK_MAX: usize = 128;

/// What a backend is told, audio aside.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(super) enum Told<'a> {
    Start(Start<'a>),
    Dtmf { digit: char, timestamp_ms: u64 },
    Mark { name: &'a str },
    Gap { missed: u64, sequence: u64 },
    Stop { reason: &'a str, frames: u64, missed: u64, duration_ms: u64 },
}

#[derive(Debug, Serialize)]
pub(super) struct Start<'a> {
    protocol: &'static str,
    stream: StreamId,
    call: CallId,
    leg: LegId,
    backend: BackendId,
    format: Format,
    framing: &'static str,
    duplex: &'static str,
    tracks: Vec<&'static str>,
    parameters: &'a BTreeMap<String, String>,
    resumed: bool,
    missed: u64,
    sequence: u64,
}

#[derive(Debug, Serialize)]
struct Format {
    encoding: &'static str,
    sample_rate: u32,
    channels: u8,
}

/// Where a backend comes in.
#[derive(Clone, Copy, Debug)]
pub(super) struct ComesIn {
    /// Not for the first time.
    pub resumed: bool,
    /// Frames since it was last here that it will never see.
    pub missed: u64,
    /// The next frame's number.
    pub sequence: u64,
}

impl Told<'_> {
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers can be written as JSON")
    }
}

/// The beginning, as one backend is told it.
pub(super) fn start<'a>(
    stream: &'a StreamPlan,
    backend: &BackendPlan,
    heard: &StreamStart,
    duplex: &'static str,
    comes_in: ComesIn,
) -> Told<'a> {
    Told::Start(Start {
        protocol: SUBPROTOCOL,
        stream: stream.stream,
        call: stream.call,
        leg: stream.leg,
        backend: backend.id,
        format: Format {
            encoding: match (backend.audio, heard.encoding) {
                (AudioFormat::AsReceived, Encoding::Mulaw) => "mulaw",
                (AudioFormat::Pcm16, _) | (_, Encoding::Pcm16 { .. }) => "pcm_s16le",
            },
            sample_rate: heard.encoding.rate(),
            channels: 1,
        },
        framing: backend.framing.name(),
        duplex,
        tracks: heard
            .tracks
            .iter()
            .filter(|track| takes(backend, **track))
            .map(|track| track.name())
            .collect(),
        parameters: &stream.parameters,
        resumed: comes_in.resumed,
        missed: comes_in.missed,
        sequence: comes_in.sequence,
    })
}

/// Bytes alone can not say whose voice they are: without JSON a backend gets what the leg says.
pub(super) fn takes(backend: &BackendPlan, track: Track) -> bool {
    backend.framing == Framing::Json || track == Track::Inbound
}

/// A frame in JSON. Written by hand: nothing in it needs escaping, and it is written fifty times a second and call.
pub(super) fn audio(frame: &Frame, bytes: &[u8]) -> String {
    let mut json = format!(
        r#"{{"event":"audio","sequence":{},"timestamp_ms":{},"track":"{}","payload":""#,
        frame.sequence,
        frame.timestamp_ms,
        frame.track.name()
    );
    STANDARD.encode_string(bytes, &mut json);
    json.push_str("\"}");
    json
}

/// What a backend says to the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spoken {
    /// In the backend's own format.
    Audio(Bytes),
    /// Tell me when this is reached.
    Mark(String),
    /// Forget what I said and was not played yet.
    Clear,
    /// Nothing that we know.
    Nothing,
}

#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow, default)]
    event: Cow<'a, str>,
    #[serde(borrow, default)]
    payload: Cow<'a, str>,
    #[serde(borrow, default)]
    name: Cow<'a, str>,
}

/// Reads what a backend says. What can not be understood is let pass: tomorrow's protocol should not break today's call.
pub(super) fn read(text: &str) -> Spoken {
    let Ok(said) = serde_json::from_str::<Said<'_>>(text) else { return Spoken::Nothing };
    match said.event.as_ref() {
        "audio" => STANDARD
            .decode(said.payload.as_ref())
            .map_or(Spoken::Nothing, |bytes| Spoken::Audio(bytes.into())),
        "mark" if is_mark(&said.name) => Spoken::Mark(said.name.into_owned()),
        "clear" => Spoken::Clear,
        _ => Spoken::Nothing,
    }
}

fn is_mark(name: &str) -> bool {
    (1..=MARK_MAX).contains(&name.chars().count()) && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_backend_says_is_understood_or_let_pass() {
        assert_eq!(
            read(r#"{"event":"audio","payload":"//79"}"#),
            Spoken::Audio(vec![0xff, 0xfe, 0xfd].into())
        );
        assert_eq!(
            read(r#"{"event":"mark","name":"greeted"}"#),
            Spoken::Mark("greeted".to_owned())
        );
        assert_eq!(read(r#"{"event":"clear"}"#), Spoken::Clear);
        for odd in [
            "",
            "null",
            "[]",
            r#"{"event":5}"#,
            r#"{"event":"audio","payload":"?"}"#,
            r#"{"event":"audio","payload":7}"#,
            r#"{"event":"mark"}"#,
            r#"{"event":"mark","name":"a\u0000b"}"#,
            r#"{"event":"transcript","text":"hello"}"#,
        ] {
            assert_eq!(read(odd), Spoken::Nothing, "{odd}");
        }
    }

    #[test]
    fn what_a_backend_is_told_has_the_shape_that_is_written_down() {
        assert_eq!(
            Told::Dtmf { digit: '5', timestamp_ms: 240 }.json(),
            r#"{"event":"dtmf","digit":"5","timestamp_ms":240}"#
        );
        assert_eq!(
            Told::Stop { reason: "call_ended", frames: 9, missed: 1, duration_ms: 200 }.json(),
            r#"{"event":"stop","reason":"call_ended","frames":9,"missed":1,"duration_ms":200}"#
        );
        assert_eq!(
            Told::Gap { missed: 3, sequence: 12 }.json(),
            r#"{"event":"gap","missed":3,"sequence":12}"#
        );
    }
}
