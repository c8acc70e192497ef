//! What a carrier can do. Where it can less than a flow asks, the decider degrades the flow and says so.

use serde::{Deserialize, Serialize};

/// What a carrier can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Refuse a call before it is answered, and billed.
    pub rejects_unanswered: bool,
    /// Speak text; without, prompts are played that were made of it before.
    pub speech: bool,
    /// How visitor and resident meet.
    pub meeting: Meeting,
    /// Tell mailboxes from people.
    pub machine_detection: bool,
    /// What becomes of keys that are pressed in the shared room.
    pub keys_in_room: KeysInRoom,
    /// How tones reach a leg that is not in the shared room.
    pub tones: Tones,
    /// Tell by an event of its own that a leg was muted or put on hold; else its answer to the request is all that is told.
    pub echoes_voice: bool,
    /// Put a leg on hold.
    pub holds: bool,
    /// How a copy of a leg's audio is sent to backends.
    pub forks: Forks,
    /// Tell of calls that it puts through by itself, and leave them alone.
    pub watches: bool,
}

/// How visitor and resident meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// Each on a leg of its own, in a room that the legs share.
    InRoom,
    /// The visitor's script rings numbers, and whoever picks up first is connected: nobody can be asked for a key before, no phone can
    /// be told to stop, and how long they ring is the carrier's choice.
    InScript {
        /// Numbers that ring at once, at most.
        at_most: u8,
    },
}

/// How a copy of a leg's audio is sent to backends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forks {
    /// By a step of the leg's script.
    InScript,
    /// By a request of its own, that lets a listener into the room.
    ByRequest,
    /// Not at all.
    Never,
}

/// What becomes of keys that are pressed in the shared room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeysInRoom {
    /// Each is reported.
    Reported,
    /// Nobody hears them; but `*` takes the leg out of the room, where it can be asked for a key.
    AfterStar,
    /// Nobody but the other side, as sound: a panel understands them by itself.
    Unheard,
}

/// How tones reach a leg that is not in the shared room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tones {
    /// Beside whatever it hears.
    Beside,
    /// In place of what it hears, which is over then.
    Instead,
    /// As a part of its script before it talks to anyone; beside whatever it hears in the talk.
    InScript,
}

impl Capabilities {
    /// All that a carrier could do.
    pub const EVERYTHING: Self = Self {
        rejects_unanswered: true,
        speech: true,
        meeting: Meeting::InRoom,
        machine_detection: true,
        keys_in_room: KeysInRoom::Reported,
        tones: Tones::Beside,
        echoes_voice: true,
        holds: true,
        forks: Forks::InScript,
        watches: true,
    };
}
