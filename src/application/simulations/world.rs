//! The simulated world: what the visitor and everyone's phones do, told before the call begins.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::call::event::{Operator, Target};
use crate::domain::call::signal::{Again, EffectResult, LegEndCause, PinCheck};
use crate::domain::ids::UnitId;
use crate::domain::policy::block::Block;
use crate::domain::policy::panel::PanelProfile;
use crate::domain::policy::pass::Pass;

/// What everyone does, whatever is decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    /// The one at the door.
    pub visitor: Visitor,
    /// What each phone does, ring by ring.
    pub phones: BTreeMap<Target, Vec<Tape>>,
    /// What a phone does in rings of which nothing is told. Without it a phone rings out.
    pub otherwise: BTreeMap<Target, Tape>,
    /// How sending the open digits goes, opening by opening; at once and well if nothing is told.
    pub openings: Vec<Opening>,
    /// What managers ask for while the call runs.
    pub commands: Vec<Commanded>,
    /// What is known of the PINs that the visitor may key in.
    pub pins: Pins,
}

/// The one at the door.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visitor {
    /// Which keys they press.
    pub keys: Keying,
    /// When they go.
    pub leaves: Leaves,
}

/// Which keys a visitor presses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keying {
    /// These, each so long after the call began, whatever is asked then.
    Presses(Vec<(Duration, String)>),
    /// Answers as they were given, question by question.
    Answers {
        /// To the questions for a unit's code.
        codes: Vec<Answer<Code>>,
        /// To the questions for a PIN.
        pins: Vec<Answer<PinCheck>>,
    },
}

impl Default for Keying {
    fn default() -> Self {
        Self::Presses(Vec::new())
    }
}

/// An answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// This, so long after the question.
    Given(Duration, T),
    /// None: the visitor left before, or the call was over.
    Silence,
}

/// A unit's code, as remembered: not the keys, but what they meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// This unit's.
    Of(UnitId),
    /// No unit's.
    Wrong,
}

/// When a visitor goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leaves {
    /// So long after the call began.
    After(Duration),
    /// A moment after the door opened, else not before the call is over.
    #[default]
    OnceLetIn,
    /// Not before the call is over.
    Never,
}

/// What is known of PINs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pins {
    /// The pass that each belongs to, if any.
    pub passes: BTreeMap<String, Option<Pass>>,
    /// Wrong ones that this caller gave before, within the window that counts.
    pub wrong_before: u32,
    /// The block that keeps every PIN out of the entrance.
    pub entrance_block: Option<Block>,
}

/// How sending the open digits went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// So long after it was asked for.
    pub after: Duration,
    /// What came of it.
    pub result: EffectResult,
}

/// What a manager asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commanded {
    /// So long after the call began.
    pub after: Duration,
    /// Who.
    pub by: Operator,
    /// What.
    pub wanted: Wanted,
}

/// What a manager may ask for that changes what becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Open the door.
    Open,
    /// End the call.
    HangUp,
    /// Take this one's phone out of the call.
    Remove(Target),
}

/// What a phone does in one ring: each time counts from when it was to be dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tape {
    /// What happens, in order.
    pub moments: Vec<(Duration, Did)>,
    /// How far this is known.
    pub known: Known,
    /// Who says that no key was pressed.
    pub silence: Silence,
}

/// How far a tape is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// To its end.
    ToTheEnd,
    /// For so long: then the phone was hung up, or the call was over.
    For(Duration),
    /// Not at all: it is guessed.
    Guessed,
}

/// Who says that no key was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// The clock: the wait for a key ends by itself.
    Timed,
    /// The tape, as long as it goes.
    OnTape,
}

/// What a phone does, or the one who holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Did {
    /// A worker is about to dial it. Each tape begins so, or with `Expired`.
    Started,
    /// The carrier took it.
    Placed,
    /// The carrier did not take it.
    Refused(String, Again),
    /// Nobody knows whether the carrier took it.
    Unknown(String),
    /// Its deadline passed, or nobody ever heard of it.
    Expired,
    /// It rings.
    Ringing,
    /// Someone, or something, picks up.
    Answered,
    /// The carrier asks what is to be heard.
    Asks,
    /// Machine detection, where it listens, hears a person.
    Human,
    /// Machine detection, where it listens, hears a mailbox.
    Machine,
    /// A key is pressed.
    Pressed(Key),
    /// It is over.
    Ended(LegEndCause),
}

/// A key, by what it means at this panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Accepts.
    Talk,
    /// Opens, and accepts before that.
    Open,
    /// Refuses, or ends the talk.
    Deny,
    /// Extends the talk.
    Extend,
    /// None was pressed in time.
    Nothing,
}

impl Key {
    /// Which one it is at this panel.
    pub fn on(self, panel: &PanelProfile) -> Option<char> {
        match self {
            Self::Talk => Some(panel.accept_key),
            Self::Open => Some(panel.open_key),
            Self::Deny => Some(panel.deny_key),
            Self::Extend => Some(panel.extend_key),
            Self::Nothing => None,
        }
    }
}

impl Tape {
    /// Rings until it is given up.
    pub fn rings_out() -> Self {
        Self {
            moments: [Did::Started, Did::Placed, Did::Ringing]
                .map(|did| (Duration::ZERO, did))
                .into(),
            known: Known::ToTheEnd,
            silence: Silence::Timed,
        }
    }

    /// The same, but a guess.
    #[must_use]
    pub fn guessed(self) -> Self {
        Self { known: Known::Guessed, ..self }
    }

    /// When whoever holds the phone first did something; nothing if it rang out.
    pub fn reacts_after(&self) -> Option<Duration> {
        let is_reaction = |did: &Did| {
            matches!(
                did,
                Did::Answered
                    | Did::Asks
                    | Did::Refused(..)
                    | Did::Unknown(_)
                    | Did::Expired
                    | Did::Ended(_)
            )
        };
        self.moments.iter().find(|(_, did)| is_reaction(did)).map(|(after, _)| *after)
    }
}

/// What a visitor answers, whatever the question was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// A unit's code.
    Code(Code),
    /// A PIN.
    Pin(PinCheck),
}
