//! The WebSocket endpoint: JSON text that begins, keys and commands, and binary frames of samples.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::application::ports::streams::{Encoding, StreamStart, Track};
use crate::carriers::media::{Heard, Wrong};

/// Headers of ours that are kept. Vonage itself allows 512 bytes of them.
const PARAMETERS_MAX: usize = 64;
/// What a frame is worth, in milliseconds. Vonage takes exact ones only.
const FRAME_MS: usize = 20;
/// In the payload of a notification: the mark that it stands for.
const MARK: &str = "mark";

/// Reads a text message.
pub fn read(text: &str) -> Result<Heard, Wrong> {
    let message: Map<String, Value> = serde_json::from_str(text).map_err(|_| Wrong::Json)?;
    let event = message.get("event").and_then(Value::as_str).unwrap_or_default();
    match event {
        "websocket:connected" => start(message).map(Heard::Start),
        "websocket:dtmf" => {
            let digit = message.get("digit").and_then(Value::as_str).unwrap_or_default();
            let key = digit.chars().next().filter(|key| matches!(key, '0'..='9' | '*' | '#'));
            Ok(key.map_or(Heard::Nothing, Heard::Key))
        }
        "websocket:cleared" => Ok(Heard::Cleared),
        "websocket:notify" => {
            let mark = message.get("payload").and_then(|payload| payload.get(MARK));
            let name = mark.and_then(Value::as_str).map(str::to_owned);
            Ok(name.map_or(Heard::Nothing, Heard::Mark))
        }
        _ => Ok(Heard::Nothing),
    }
}

/// Reads a binary message.
pub fn read_audio(payload: Bytes) -> Result<Heard, Wrong> {
    if !payload.len().is_multiple_of(2) {
        return Err(Wrong::HalfSample);
    }
    Ok(Heard::Audio { track: Track::Inbound, timestamp_ms: None, payload })
}

/// Our headers stand beside what Vonage says itself.
fn start(message: Map<String, Value>) -> Result<StreamStart, Wrong> {
    let content_type = message.get("content-type").and_then(Value::as_str).unwrap_or_default();
    let encoding = encoding(content_type).ok_or(Wrong::Format)?;
    let parameters: BTreeMap<String, String> = message
        .into_iter()
        .filter(|(name, _)| name != "event" && name != "content-type")
        .filter_map(|(name, value)| match value {
            Value::String(text) => Some((name, text)),
            Value::Number(number) => Some((name, number.to_string())),
            Value::Bool(truth) => Some((name, truth.to_string())),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        })
        .take(PARAMETERS_MAX)
        .collect();
    // Vonage says nothing about the call by itself: only our own headers do.
    if parameters.is_empty() {
        return Err(Wrong::NoCall);
    }
    Ok(StreamStart { stream: None, call: None, encoding, tracks: vec![Track::Inbound], parameters })
}

/// `audio/l16;rate=16000`
fn encoding(content_type: &str) -> Option<Encoding> {
    let (kind, parameter) = content_type.split_once(';')?;
    let rate = parameter.trim().strip_prefix("rate=")?.parse().ok()?;
    let is_spoken =
        kind.trim().eq_ignore_ascii_case("audio/l16") && matches!(rate, 8_000 | 16_000 | 24_000);
    is_spoken.then_some(Encoding::Pcm16 { rate })
}

/// Writes what is said into a stream: cuts it into exact frames.
#[derive(Clone, Debug)]
pub struct Voice {
    frame_bytes: usize,
    rest: Vec<u8>,
}

#[derive(Serialize)]
#[serde(tag = "action", rename_all = "lowercase")]
enum Command<'a> {
    Clear,
    Notify { payload: Notice<'a> },
}

#[derive(Serialize)]
struct Notice<'a> {
    mark: &'a str,
}

impl Voice {
    /// Speaks at so many samples a second.
    pub fn new(rate: u32) -> Self {
        Self { frame_bytes: rate as usize / 1_000 * FRAME_MS * 2, rest: Vec::new() }
    }

    /// Samples of any number, as the frames that are full by now. The rest waits for more, or for a mark.
    pub fn audio(&mut self, samples: &[u8]) -> Vec<Bytes> {
        self.rest.extend_from_slice(samples);
        let full = self.rest.len() / self.frame_bytes * self.frame_bytes;
        let frames: Vec<u8> = self.rest.drain(..full).collect();
        let frames = Bytes::from(frames);
        (0..full)
            .step_by(self.frame_bytes)
            .map(|at| frames.slice(at..at + self.frame_bytes))
            .collect()
    }

    /// What is left over, filled up with silence: what stands before a mark is played before it.
    pub fn rest(&mut self) -> Option<Bytes> {
        if self.rest.is_empty() {
            return None;
        }
        let mut frame = std::mem::take(&mut self.rest);
        frame.resize(self.frame_bytes, 0);
        Some(frame.into())
    }

    /// Comes back once what was said before it has been played.
    pub fn mark(name: &str) -> String {
        written(&Command::Notify { payload: Notice { mark: name } })
    }

    /// Forgets what was said and not played yet.
    pub fn clear(&mut self) -> String {
        self.rest.clear();
        written(&Command::Clear)
    }
}

fn written(command: &Command<'_>) -> String {
    serde_json::to_string(command).expect("texts can be written as JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_names_its_format_and_our_headers() {
        let heard = read(
            r#"{"event":"websocket:connected","content-type":"audio/l16;rate=16000","call":"c1","n":3,"deep":{}}"#,
        );

        let Ok(Heard::Start(start)) = heard else { panic!("{heard:?}") };
        assert_eq!(start.encoding, Encoding::Pcm16 { rate: 16_000 });
        assert_eq!(start.parameters.len(), 2);
        assert_eq!(start.parameters["call"], "c1");
        assert_eq!(start.parameters["n"], "3");
    }

    #[test]
    fn a_start_in_another_format_or_without_a_call_is_refused() {
        let begins = |kind: &str, rest: &str| {
            read(&format!(r#"{{"event":"websocket:connected","content-type":"{kind}"{rest}}}"#))
        };

        assert_eq!(begins("audio/l16;rate=44100", r#","call":"c1""#), Err(Wrong::Format));
        assert_eq!(begins("audio/opus", r#","call":"c1""#), Err(Wrong::Format));
        assert_eq!(begins("audio/l16;rate=8000", ""), Err(Wrong::NoCall));
    }

    #[test]
    fn keys_marks_and_unknown_events_are_told_apart() {
        assert_eq!(
            read(r#"{"event":"websocket:dtmf","digit":"5","duration":260}"#),
            Ok(Heard::Key('5'))
        );
        assert_eq!(read(r#"{"event":"websocket:cleared"}"#), Ok(Heard::Cleared));
        assert_eq!(
            read(r#"{"event":"websocket:notify","payload":{"mark":"m"}}"#),
            Ok(Heard::Mark("m".to_owned()))
        );
        assert_eq!(read(r#"{"event":"websocket:notify","payload":[]}"#), Ok(Heard::Nothing));
        assert_eq!(read("{}"), Ok(Heard::Nothing));
        assert_eq!(read("[]"), Err(Wrong::Json));
        assert_eq!(read_audio(vec![1].into()), Err(Wrong::HalfSample));
    }

    #[test]
    fn what_is_said_leaves_in_exact_frames_and_a_mark_fills_the_last() {
        let mut voice = Voice::new(8_000);

        assert_eq!(voice.audio(&[1; 319]).len(), 0);
        let frames = voice.audio(&[2; 330]);
        assert_eq!(frames.iter().map(Bytes::len).collect::<Vec<_>>(), [320, 320]);
        let last = voice.rest().unwrap();
        assert_eq!((&last[..9], last[9], last.len()), (&[2; 9][..], 0, 320));
        assert_eq!(voice.rest(), None);

        assert_eq!(voice.audio(&[3; 100]).len(), 0);
        assert_eq!(voice.clear(), r#"{"action":"clear"}"#);
        assert_eq!(voice.rest(), None);
        assert_eq!(Voice::mark("m"), r#"{"action":"notify","payload":{"mark":"m"}}"#);
    }
}
