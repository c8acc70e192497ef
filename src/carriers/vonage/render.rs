//! Scripts as NCCOs.

use std::fmt;

use bytes::Bytes;
use serde::Serialize;
use serde_json::Number;

use super::urls::{Hook, Urls};
use crate::application::ports::Answer;
use crate::carriers::in_one_breath;
use crate::domain::call::script::{
    AskForKeys, AudioStream, Conference, Connect, Join, KeysEnd, Music, Party, Role, Script, Sound,
    Speech, Step,
};
use crate::domain::ids::{CallId, LegId, StreamId};

/// Answers a webhook: with an NCCO, or with nothing, which lets the current NCCO go on.
pub fn answer(script: Option<&Script>, urls: &Urls<'_>) -> Answer {
    match script {
        None => Answer { status: 200, content_type: None, body: Bytes::new() },
        Some(script) => Answer {
            status: 200,
            // Any other type counts as a bad NCCO.
            content_type: Some("application/json"),
            body: serde_json::to_vec(&ncco(script, urls))
                .expect("actions are texts and numbers")
                .into(),
        },
    }
}

/// An NCCO: what a leg does, action by action. Never empty: what an empty one does is documented nowhere.
#[derive(Serialize)]
#[serde(transparent)]
pub struct Ncco(Vec<Action>);

/// Without what is said, and to whom.
impl fmt::Debug for Ncco {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ncco({} actions)", self.0.len())
    }
}

/// Renders a script.
pub fn ncco(script: &Script, urls: &Urls<'_>) -> Ncco {
    let mut actions = Vec::new();
    for step in script.steps() {
        match step {
            Step::Say(speech) => actions.extend(talk(speech, false)),
            Step::Play { sound: Sound::HoldMusic } => {
                actions.push(Action::Stream { stream_url: [urls.hold_music()] });
            }
            Step::Stream(audio) => actions.push(stream(audio, urls)),
            // No action does it: whoever wants that asks the REST side.
            Step::Fork(_) | Step::Tones { .. } | Step::Pause { seconds: 0 } => {}
            Step::Pause { seconds } => actions.push(Action::Wait { timeout: (*seconds).into() }),
            Step::AskForKeys(ask) => {
                actions.extend(talk(&ask.prompt, true));
                actions.push(collect(ask, urls));
            }
            Step::ListenForKeys => actions.push(listen(urls)),
            Step::Join(join) => actions.push(conversation(join, urls)),
            // One after the other: an action rings one number.
            Step::Connect(connect) => {
                actions.extend(connect.parties.iter().map(|party| ring(connect, party, urls)));
            }
            Step::Mark { name } => actions.push(Action::Notify {
                payload: Mark { mark: name.clone() },
                event_url: [urls.of_step(Hook::Mark)],
                event_method: "POST",
            }),
            Step::Reject | Step::HangUp => {
                if actions.is_empty() && *step == Step::Reject {
                    actions.push(goodbye());
                }
                break;
            }
        }
    }
    if actions.is_empty() {
        // Nothing to hear and nothing to do: the leg ends. The shortest wait that the documents allow.
        actions.push(Action::Wait { timeout: shortest_wait() });
    }
    Ncco(actions)
}

#[derive(Serialize)]
#[serde(tag = "action", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Action {
    Talk {
        text: String,
        language: &'static str,
        barge_in: bool,
    },
    Stream {
        stream_url: [String; 1],
    },
    Input {
        r#type: [&'static str; 1],
        #[serde(skip_serializing_if = "Option::is_none")]
        dtmf: Option<Dtmf>,
        #[serde(skip_serializing_if = "Option::is_none")]
        mode: Option<&'static str>,
        event_url: [String; 1],
        event_method: &'static str,
    },
    Conversation {
        name: String,
        start_on_enter: bool,
        end_on_exit: bool,
        #[serde(skip_serializing_if = "is_not_asked")]
        mute: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        music_on_hold_url: Option<[String; 1]>,
    },
    Connect {
        endpoint: [Endpoint; 1],
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        #[serde(skip_serializing_if = "is_not_asked")]
        random_from_number: bool,
        timeout: u16,
        event_type: &'static str,
        event_url: [String; 1],
        event_method: &'static str,
    },
    Notify {
        payload: Mark,
        event_url: [String; 1],
        event_method: &'static str,
    },
    Wait {
        timeout: Number,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dtmf {
    max_digits: u8,
    time_out: u8,
    submit_on_hash: bool,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Endpoint {
    Phone { number: String },
    Websocket(WebSocket),
}

/// Where a leg's audio goes, and what is said there first.
#[derive(Serialize)]
pub(super) struct WebSocket {
    uri: String,
    #[serde(rename = "content-type")]
    content_type: &'static str,
    headers: StreamIds,
}

/// Ids alone: Vonage allows 512 bytes.
#[derive(Serialize)]
struct StreamIds {
    call: CallId,
    leg: LegId,
    stream: StreamId,
}

impl WebSocket {
    /// Our media endpoint, told which stream it is.
    pub(super) fn of(stream: StreamId, urls: &Urls<'_>) -> Self {
        Self {
            uri: urls.media(),
            // What telephones carry: twice the rate would be twice the bytes of the same sound.
            content_type: "audio/l16;rate=8000",
            headers: StreamIds { call: urls.call, leg: urls.leg, stream },
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_not_asked(asked: &bool) -> bool {
    !asked
}

#[derive(Serialize)]
struct Mark {
    mark: String,
}

fn talk(speech: &Speech, barge_in: bool) -> Option<Action> {
    let text = spoken(&speech.text);
    // An empty text would make the whole NCCO a bad one.
    (!text.is_empty()).then(|| Action::Talk { text, language: voice(&speech.language), barge_in })
}

/// Vonage has picked up by itself already, and no action refuses a call. The documented way out is one short sentence
/// and nothing after it: the NCCO runs out, and the call with it. An NCCO without actions is documented nowhere.
fn goodbye() -> Action {
    Action::Talk { text: "Goodbye.".to_owned(), language: "en-GB", barge_in: false }
}

fn shortest_wait() -> Number {
    Number::from_f64(0.1).expect("a tenth is finite")
}

fn collect(ask: &AskForKeys, urls: &Urls<'_>) -> Action {
    Action::Input {
        r#type: ["dtmf"],
        dtmf: Some(Dtmf {
            max_digits: ask.at_most.clamp(1, 20),
            time_out: ask.wait_seconds.clamp(1, 10),
            submit_on_hash: ask.ends == KeysEnd::WithHash,
        }),
        mode: None,
        event_url: [urls.of_step(Hook::Keys)],
        event_method: "POST",
    }
}

/// Each key is posted alone. `dtmf` settings must be absent.
fn listen(urls: &Urls<'_>) -> Action {
    Action::Input {
        r#type: ["dtmf"],
        dtmf: None,
        mode: Some("asynchronous"),
        event_url: [urls.of_step(Hook::Keys)],
        event_method: "POST",
    }
}

fn conversation(join: &Join, urls: &Urls<'_>) -> Action {
    let is_resident = join.role == Role::Resident;
    Action::Conversation {
        name: join.conference.name().to_owned(),
        start_on_enter: is_resident,
        // The visitor's leg outlives the resident's: the panel may still be listening to the tones that open.
        end_on_exit: !is_resident,
        mute: false,
        music_on_hold_url: music(join, urls).map(|url| [url]),
    }
}

/// What the visitor hears until a resident is there.
fn music(join: &Join, urls: &Urls<'_>) -> Option<String> {
    match (join.role, &join.music) {
        (Role::Resident, _) | (Role::Visitor, Music::Silence) => None,
        (Role::Visitor, Music::Ours) => Some(urls.hold_music()),
        (Role::Visitor, Music::At(url)) => Some(url.clone()),
    }
}

/// Synchronous, so that the answer to a failed attempt may be another NCCO.
fn ring(connect: &Connect, party: &Party, urls: &Urls<'_>) -> Action {
    const RING_SECONDS_MAX: u16 = 7200;
    Action::Connect {
        endpoint: [Endpoint::Phone { number: party.number.digits().to_owned() }],
        from: Some(connect.from.digits().to_owned()),
        random_from_number: false,
        timeout: connect.ring_seconds.clamp(1, RING_SECONDS_MAX),
        event_type: "synchronous",
        event_url: [urls.with_leg(party.leg).of_step(Hook::Event)],
        event_method: "POST",
    }
}

/// Synchronous, too: a socket that can not be opened ends the action, and the script goes on.
fn stream(audio: &AudioStream, urls: &Urls<'_>) -> Action {
    const CONNECT_SECONDS: u16 = 15;
    Action::Connect {
        endpoint: [Endpoint::Websocket(WebSocket::of(audio.stream, urls))],
        from: None,
        random_from_number: true,
        timeout: CONNECT_SECONDS,
        event_type: "synchronous",
        event_url: [urls.with_leg(audio.stream.into()).of_step(Hook::Event)],
        event_method: "POST",
    }
}

/// What a leg does that listens in on a room: it hears all, and nobody hears it.
pub(super) fn listening_in(room: &Conference) -> Ncco {
    Ncco(vec![Action::Conversation {
        name: room.name().to_owned(),
        start_on_enter: false,
        end_on_exit: false,
        mute: true,
        music_on_hold_url: None,
    }])
}

/// A sentence as it may be spoken: as plain words, and at most as long as Vonage speaks.
pub(super) fn spoken(text: &str) -> String {
    const LENGTH_MAX: usize = 1500;
    in_one_breath(text).chars().take(LENGTH_MAX).collect()
}

/// The languages that Vonage speaks; of those with several regions the most usual one first.
#[rustfmt::skip]
const VOICES: [&str; 46] = [
    "ar", "ca-ES", "cmn-CN", "cmn-TW", "cs-CZ", "cy-GB", "da-DK", "de-DE", "el-GR", "en-GB", "en-US", "en-AU", "en-GB-WLS",
    "en-IN", "en-ZA", "es-ES", "es-MX", "es-US", "eu-ES", "fi-FI", "fil-PH", "fr-FR", "fr-CA", "he-IL", "hi-IN", "hu-HU",
    "id-ID", "is-IS", "it-IT", "ja-JP", "ko-KR", "nb-NO", "nl-NL", "no-NO", "pl-PL", "pt-PT", "pt-BR", "ro-RO", "ru-RU",
    "sk-SK", "sv-SE", "th-TH", "tr-TR", "uk-UA", "vi-VN", "yue-CN",
];

/// The voice for a language: its own, or another region's. An unknown language would make the NCCO a bad one.
pub(super) fn voice(language: &str) -> &'static str {
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    let speaks = |voice: &&str| {
        voice.split('-').next().is_some_and(|voice| voice.eq_ignore_ascii_case(primary))
    };
    VOICES
        .into_iter()
        .find(|voice| voice.eq_ignore_ascii_case(language))
        .or_else(|| VOICES.into_iter().find(speaks))
        .unwrap_or("en-GB")
}
