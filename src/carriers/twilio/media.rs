//! Media Streams: Twilio's messages on an audio socket, all of them JSON text. Whether an upgrade is Twilio's, `verify` says.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha1::Sha1;

use super::is_sid;
use crate::application::ports::streams::{Encoding, StreamStart, Track};
use crate::carriers::media::{Heard, Wrong};

/// Custom parameters that are kept. Twilio itself allows 500 characters each.
const PARAMETERS_MAX: usize = 64;

/// Reads a message. Order and numbers are not looked at: a sequence that skips or repeats is Twilio's own affair.
pub fn read(text: &str) -> Result<Heard, Wrong> {
    let message: Message<'_> = serde_json::from_str(text).map_err(|_| Wrong::Json)?;
    match message.event.as_ref() {
        "media" => message.media.ok_or(Wrong::Json)?.heard(),
        "start" => start(message.start.ok_or(Wrong::Json)?, message.stream_sid).map(Heard::Start),
        "dtmf" => Ok(message.dtmf.and_then(|key| key.digit()).map_or(Heard::Nothing, Heard::Key)),
        "mark" => Ok(Heard::Mark(message.mark.ok_or(Wrong::Json)?.name.into_owned())),
        "stop" => Ok(Heard::Stop),
        // `connected`, and what they will think of next.
        _ => Ok(Heard::Nothing),
    }
}

/// All that a message can hold, in one pass and without a copy: this is read fifty times a second and call.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow, rename = "streamSid")]
    stream_sid: Option<Cow<'a, str>>,
    #[serde(borrow)]
    media: Option<Media<'a>>,
    start: Option<Start>,
    #[serde(borrow)]
    dtmf: Option<Dtmf<'a>>,
    #[serde(borrow)]
    mark: Option<Mark<'a>>,
}

#[derive(Deserialize)]
struct Media<'a> {
    #[serde(borrow)]
    track: Option<Cow<'a, str>>,
    #[serde(borrow)]
    timestamp: Option<Cow<'a, str>>,
    #[serde(borrow)]
    payload: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Start {
    stream_sid: Option<String>,
    call_sid: Option<String>,
    #[serde(default)]
    tracks: Vec<String>,
    media_format: Option<MediaFormat>,
    #[serde(default)]
    custom_parameters: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MediaFormat {
    encoding: String,
    sample_rate: u32,
    channels: u32,
}

#[derive(Deserialize)]
struct Dtmf<'a> {
    #[serde(borrow)]
    digit: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Mark<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
}

impl Media<'_> {
    fn heard(self) -> Result<Heard, Wrong> {
        let payload = STANDARD.decode(self.payload.as_ref()).map_err(|_| Wrong::Base64)?;
        Ok(Heard::Audio {
            track: track(self.track.as_deref().unwrap_or_default()),
            timestamp_ms: self.timestamp.and_then(|ms| ms.parse().ok()),
            payload: payload.into(),
        })
    }
}

impl Dtmf<'_> {
    fn digit(&self) -> Option<char> {
        let mut digits = self.digit.as_deref()?.chars();
        digits.next().filter(|digit| matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D'))
    }
}

fn start(start: Start, outer: Option<Cow<'_, str>>) -> Result<StreamStart, Wrong> {
    let speaks_mulaw = start.media_format.is_none_or(|format| {
        format.encoding == "audio/x-mulaw" && format.sample_rate == 8_000 && format.channels == 1
    });
    if !speaks_mulaw {
        return Err(Wrong::Format);
    }
    let stream = start.stream_sid.or(outer.map(Cow::into_owned)).filter(|sid| is_sid("MZ", sid));
    let call = start.call_sid.filter(|sid| is_sid("CA", sid));
    if stream.is_none() || call.is_none() {
        return Err(Wrong::NoCall);
    }
    let mut tracks: Vec<Track> = start.tracks.iter().map(|name| track(name)).collect();
    tracks.dedup();
    if tracks.is_empty() {
        tracks.push(Track::Inbound);
    }
    let parameters = start.custom_parameters.into_iter().take(PARAMETERS_MAX).collect();
    Ok(StreamStart { stream, call, encoding: Encoding::Mulaw, tracks, parameters })
}

/// `inbound` in audio, `inbound_track` elsewhere.
fn track(name: &str) -> Track {
    if name.starts_with("outbound") { Track::Outbound } else { Track::Inbound }
}

/// Writes what is said into a stream. One for each: messages name their stream.
#[derive(Clone, Debug)]
pub struct Voice {
    stream: String,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Say<'a> {
    #[serde(rename_all = "camelCase")]
    Media { stream_sid: &'a str, media: SayMedia },
    #[serde(rename_all = "camelCase")]
    Mark { stream_sid: &'a str, mark: SayMark<'a> },
    #[serde(rename_all = "camelCase")]
    Clear { stream_sid: &'a str },
}

#[derive(Serialize)]
struct SayMedia {
    payload: String,
}

#[derive(Serialize)]
struct SayMark<'a> {
    name: &'a str,
}

impl Voice {
    /// Speaks into the stream with this id.
    pub fn new(stream: impl Into<String>) -> Self {
        Self { stream: stream.into() }
    }

    /// Mu-law audio of any length: Twilio plays it after what it has.
    pub fn audio(&self, mulaw: &[u8]) -> String {
        let media = SayMedia { payload: STANDARD.encode(mulaw) };
        written(&Say::Media { stream_sid: &self.stream, media })
    }

    /// Comes back once what was said before it has been played.
    pub fn mark(&self, name: &str) -> String {
        written(&Say::Mark { stream_sid: &self.stream, mark: SayMark { name } })
    }

    /// Forgets what was said and not played yet; its marks come back at once.
    pub fn clear(&self) -> String {
        written(&Say::Clear { stream_sid: &self.stream })
    }
}

fn written(say: &Say<'_>) -> String {
    serde_json::to_string(say).expect("texts can be written as JSON")
}

/// `X-Twilio-Signature` of an upgrade, for who speaks as Twilio: the URL alone is signed.
pub fn signature(url: &str, token: &SecretString) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(token.expose_secret().as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(url.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = "MZ00000000000000000000000000000001";
    const CALL: &str = "CA00000000000000000000000000000001";

    fn begins(start: &str) -> Result<Heard, Wrong> {
        read(&format!(
            r#"{{"event":"start","sequenceNumber":"1","streamSid":"{STREAM}","start":{start}}}"#
        ))
    }

    #[test]
    fn a_start_names_call_stream_tracks_and_parameters() {
        let heard = begins(&format!(
            r#"{{"accountSid":"AC01","streamSid":"{STREAM}","callSid":"{CALL}","tracks":["inbound","outbound"],
                "mediaFormat":{{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1}},"customParameters":{{"call":"c1"}}}}"#
        ));

        let Ok(Heard::Start(start)) = heard else { panic!("{heard:?}") };
        assert_eq!(start.stream.as_deref(), Some(STREAM));
        assert_eq!(start.call.as_deref(), Some(CALL));
        assert_eq!(start.encoding, Encoding::Mulaw);
        assert_eq!(start.tracks, [Track::Inbound, Track::Outbound]);
        assert_eq!(start.parameters["call"], "c1");
    }

    #[test]
    fn a_start_without_a_call_or_in_another_format_is_refused() {
        assert_eq!(begins(&format!(r#"{{"streamSid":"{STREAM}"}}"#)), Err(Wrong::NoCall));
        assert_eq!(begins(r#"{"callSid":"CA' or 1=1"}"#), Err(Wrong::NoCall));
        let wide = r#"{"callSid":"CA1","mediaFormat":{"encoding":"audio/x-l16","sampleRate":16000,"channels":1}}"#;
        assert_eq!(begins(wide), Err(Wrong::Format));
    }

    #[test]
    fn audio_comes_with_its_track_and_time() {
        let heard = read(
            r#"{"event":"media","sequenceNumber":"2","streamSid":"MZ1","media":{"track":"outbound","chunk":"1","timestamp":"20","payload":"//79"}}"#,
        );

        let payload = vec![0xff, 0xfe, 0xfd].into();
        assert_eq!(
            heard,
            Ok(Heard::Audio { track: Track::Outbound, timestamp_ms: Some(20), payload })
        );
    }

    #[test]
    fn odd_numbers_and_unknown_events_are_let_pass_but_bad_audio_is_not() {
        let odd =
            r#"{"event":"media","sequenceNumber":"-7","media":{"timestamp":"soon","payload":""}}"#;
        let nothing =
            Heard::Audio { track: Track::Inbound, timestamp_ms: None, payload: Default::default() };
        assert_eq!(read(odd), Ok(nothing));
        assert_eq!(read(r#"{"event":"connected","protocol":"Call"}"#), Ok(Heard::Nothing));
        assert_eq!(read(r#"{"event":"weather","media":null}"#), Ok(Heard::Nothing));
        assert_eq!(read(r#"{"event":"dtmf","dtmf":{"digit":"emergency"}}"#), Ok(Heard::Nothing));
        assert_eq!(read(r#"{"event":"dtmf","dtmf":{"digit":"9"}}"#), Ok(Heard::Key('9')));
        assert_eq!(read(r#"{"event":"media","media":{"payload":"?"}}"#), Err(Wrong::Base64));
        assert_eq!(read(r#"{"event":"media"}"#), Err(Wrong::Json));
        assert_eq!(read("null"), Err(Wrong::Json));
    }

    #[test]
    fn marks_and_the_end_are_heard() {
        let mark = |more: &str| read(&format!(r#"{{"event":"mark","streamSid":"MZ1"{more}}}"#));

        assert_eq!(mark(r#","mark":{"name":"m1"}"#), Ok(Heard::Mark("m1".into())));
        assert_eq!(mark(""), Err(Wrong::Json));
        assert_eq!(read(r#"{"event":"stop","streamSid":"MZ1"}"#), Ok(Heard::Stop));
    }

    #[test]
    fn each_part_of_a_format_counts() {
        let with = |encoding: &str, rate: u32, channels: u32| {
            let heard = begins(&format!(
                r#"{{"callSid":"{CALL}","mediaFormat":{{"encoding":"{encoding}","sampleRate":{rate},"channels":{channels}}}}}"#
            ));
            heard.map(drop)
        };

        assert_eq!(with("audio/x-mulaw", 8_000, 1), Ok(()));
        assert_eq!(with("audio/x-l16", 8_000, 1), Err(Wrong::Format));
        assert_eq!(with("audio/x-mulaw", 16_000, 1), Err(Wrong::Format));
        assert_eq!(with("audio/x-mulaw", 8_000, 2), Err(Wrong::Format));
    }

    #[test]
    fn what_is_said_names_the_stream() {
        let voice = Voice::new(STREAM);

        assert_eq!(
            voice.audio(&[0xff, 0xfe, 0xfd]),
            format!(r#"{{"event":"media","streamSid":"{STREAM}","media":{{"payload":"//79"}}}}"#)
        );
        assert_eq!(
            voice.mark("a\"b"),
            format!(r#"{{"event":"mark","streamSid":"{STREAM}","mark":{{"name":"a\"b"}}}}"#)
        );
        assert_eq!(voice.clear(), format!(r#"{{"event":"clear","streamSid":"{STREAM}"}}"#));
    }

    /// As the vendor's own libraries make it.
    #[test]
    fn an_upgrade_is_signed_over_its_url_alone() {
        assert_eq!(
            signature("wss://door.example.test/twilio/media", &"test-token-0001".into()),
            "POBA0Dopbz19aRZMjuIjLTONCLQ="
        );
    }
}
