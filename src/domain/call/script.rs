//! Scripts: what a leg shall hear and do next, in no carrier's words.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::ids::{CallId, LegId, StreamId};
use crate::domain::phone_number::PhoneNumber;

/// What a leg shall hear and do next, step by step. When the last step is done, the leg ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Script(Vec<Step>);

impl Script {
    /// These steps, in this order.
    pub fn of(steps: impl IntoIterator<Item = Step>) -> Self {
        Self(steps.into_iter().collect())
    }

    /// The steps.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

/// A step of a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Speak a sentence.
    Say(Speech),
    /// Play a sound of ours, once.
    Play {
        /// Which.
        sound: Sound,
    },
    /// Send tones to the leg's phone.
    Tones {
        /// Digits of `0-9 * #`; `p` is a pause of half a second.
        tones: String,
    },
    /// Say nothing.
    Pause {
        /// For so long.
        seconds: u8,
    },
    /// Speak, then wait for keys; a key ends the speech. Answered by `Signal::Pressed`, with or without keys.
    AskForKeys(AskForKeys),
    /// From now on report each key as it is pressed (`Signal::Pressed`), while the script goes on.
    ListenForKeys,
    /// Enter the room that the call's legs share, and stay.
    Join(Join),
    /// Ring numbers at once from inside the script, and connect whoever picks up first: for carriers without a shared room.
    Connect(Connect),
    /// Send what the leg says to the firm's backends, and let it hear what they answer, until the stream ends.
    Stream(AudioStream),
    /// From now on send a copy of the leg's audio to the firm's backends, while the script goes on.
    Fork(AudioStream),
    /// Tell us that the script came this far.
    Mark {
        /// A name of ours.
        name: String,
    },
    /// Refuse before answering, where the carrier can; else end at once.
    Reject,
    /// End the leg.
    HangUp,
}

/// A sentence to speak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speech {
    /// The sentence, without mark-up.
    pub text: String,
    /// Its language, BCP 47: `en-GB`.
    pub language: String,
}

/// A sound that we serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sound {
    /// What a visitor hears while residents are rung.
    HoldMusic,
}

/// Speak, then wait for keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskForKeys {
    /// What is spoken before.
    pub prompt: Speech,
    /// At most so many keys, from 1 to 20.
    pub at_most: u8,
    /// Whether `#` ends the input.
    pub ends: KeysEnd,
    /// How long to wait for the next key, from 1 to 10 seconds.
    pub wait_seconds: u8,
}

/// What ends an input of keys besides its length and the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeysEnd {
    /// The key `#`.
    WithHash,
    /// Nothing else.
    WithLength,
}

/// Enter the shared room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// The room, unique to the call.
    pub conference: Conference,
    /// As what.
    pub role: Role,
    /// What is heard while nobody else is there. Ours goes without saying, as in what was stored before there was a choice.
    #[serde(default, skip_serializing_if = "Music::is_ours")]
    pub music: Music,
}

/// What is heard in a room while nobody else is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Music {
    /// Ours.
    #[default]
    Ours,
    /// A sound file at this URL, `https://`, which the carrier fetches.
    At(String),
    /// Nothing.
    Silence,
}

impl Music {
    fn is_ours(&self) -> bool {
        *self == Self::Ours
    }
}

/// The room that a call's legs share. Its name is unique per call: a name used twice would join strangers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Conference(String);

impl Conference {
    /// The room of this call.
    pub fn of(call: CallId) -> Self {
        Self(format!("visit-{call}"))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// As what a leg enters the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Hears hold music until a resident is there; when the visitor leaves, the room closes.
    Visitor,
    /// Starts the talk; when the resident leaves, the visitor stays until we end that leg: the panel may still be listening to
    /// the tones that open.
    Resident,
}

/// A call's audio on its way to the firm's backends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioStream {
    /// The stream, which the carrier names when it connects.
    pub stream: StreamId,
}

/// Ring numbers from inside a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connect {
    /// Whom to ring, each once.
    pub parties: Vec<Party>,
    /// Our line, shown as the caller.
    pub from: PhoneNumber,
    /// For how long, in seconds, where the carrier lets us say.
    pub ring_seconds: u16,
}

/// Someone who is rung from inside a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The leg that this makes.
    pub leg: LegId,
    /// On which number.
    pub number: PhoneNumber,
}

/// A request to place a leg, as a carrier's client takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The call it belongs to.
    pub call: CallId,
    /// The leg, which is its dial: travels in every callback URL.
    pub leg: LegId,
    /// Whom to ring.
    pub to: PhoneNumber,
    /// Our line, shown as the caller.
    pub from: PhoneNumber,
    /// How long it may ring.
    pub ring: Duration,
    /// How long it may last at most, once answered.
    pub talk_max: Duration,
    /// What to do about mailboxes.
    pub mailboxes: Mailboxes,
    /// The carrier's region that holds the visitor's leg, where it has several.
    pub region: Option<String>,
}

/// What the carrier does about mailboxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mailboxes {
    /// Nothing: a key press tells people from mailboxes.
    LeaveToKeys,
    /// Detects and hangs up on them.
    HangUpOnMachine,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_script_is_its_steps_in_their_order() {
        let steps =
            [Step::Pause { seconds: 1 }, Step::Play { sound: Sound::HoldMusic }, Step::HangUp];

        assert_eq!(Script::of(steps.clone()).steps(), steps);
        assert_eq!(Script::of([]).steps(), []);
    }

    #[test]
    fn our_own_music_goes_without_saying_and_any_other_is_said() {
        let join = |music| Join {
            conference: Conference::of(CallId::from_uuid(Uuid::from_u128(8))),
            role: Role::Visitor,
            music,
        };

        for (music, written) in [
            (Music::Ours, None),
            (Music::Silence, Some(json!("silence"))),
            (
                Music::At("https://maple.example/wait.mp3".to_owned()),
                Some(json!({ "at": "https://maple.example/wait.mp3" })),
            ),
        ] {
            let value = serde_json::to_value(join(music.clone())).unwrap();

            assert_eq!(value.get("music").cloned(), written);
            assert_eq!(serde_json::from_value::<Join>(value).unwrap(), join(music));
        }
    }

    #[test]
    fn a_calls_room_is_named_after_it() {
        let room = Conference::of(CallId::from_uuid(Uuid::from_u128(8)));
        let name = "visit-00000000-0000-0000-0000-000000000008";

        assert_eq!(room.name(), name);
        assert_eq!(serde_json::to_value(&room).unwrap(), Value::from(name));
    }
}
