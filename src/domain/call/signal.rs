//! Signals: what the world tells a call, in no carrier's words.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::event::{Errand, Operator};
use super::record::{LegRecord, RecordSource};
use super::stream::StreamNews;
use crate::domain::ids::{LegId, PassId, StreamId};
use crate::domain::personal::Personal;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::policy::block::Block;
use crate::domain::policy::outbound::{Allowance, OutboundRules};

/// What the world tells a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A call came in on a line. The first signal of a visit; asks for a script.
    Rang(Rang),
    /// A leg is connected and asks what it shall hear; asks for a script.
    Asks {
        /// Who asks.
        leg: LegId,
        /// What the carrier calls this leg, where it said so.
        carrier_leg: Option<CarrierLeg>,
    },
    /// Keys were pressed, or waiting for them ended without any; asks for a script.
    Pressed {
        /// On whose phone.
        leg: LegId,
        /// What was collected.
        keys: Keys,
    },
    /// A leg left the room by a key of its own, and asks what it shall hear; asks for a script.
    SteppedOut {
        /// Whose.
        leg: LegId,
    },
    /// A leg has heard a part of its script to the end, and asks for the rest; asks for a script.
    Heard {
        /// Whose.
        leg: LegId,
    },
    /// How the room fares that the legs share, told by the carrier; wants no script.
    Room {
        /// What happened.
        news: RoomNews,
        /// The carrier's clock, which may be wrong.
        occurred_at: Option<OffsetDateTime>,
    },
    /// A visitor was asked for a PIN, and this came of it; asks for a script.
    PinGiven {
        /// The visitor's leg.
        leg: LegId,
        /// What came of it.
        check: PinCheck,
    },
    /// How a leg fares, told by the carrier; wants no script.
    Leg {
        /// Which leg.
        leg: LegId,
        /// What happened to it.
        report: LegReport,
        /// What the carrier calls this leg, where it said so.
        carrier_leg: Option<CarrierLeg>,
        /// The carrier's clock, which may be wrong.
        occurred_at: Option<OffsetDateTime>,
    },
    /// How the attempt to place a resident's leg went, told by the worker that dials.
    Dial {
        /// The leg, which is its dial.
        leg: LegId,
        /// What happened.
        report: DialReport,
    },
    /// How an effect on a leg went, told by the worker that caused it.
    Effect {
        /// Which effect.
        effect: Effect,
        /// What became of it.
        result: EffectResult,
    },
    /// How a stream fares, told by whoever moves its audio.
    Stream {
        /// Which.
        stream: StreamId,
        /// What happened.
        news: StreamNews,
    },
    /// What the carrier's own records say of a leg whose end was not reported.
    Record {
        /// Which leg.
        leg: LegId,
        /// What they say.
        record: LegRecord,
    },
    /// A call stands in the carrier's own records that never reached us. The first signal of such a visit.
    Discovered(Discovered),
    /// A time that the call had set itself is reached.
    Due(Timer),
    /// A manager wants something.
    Command {
        /// Who.
        by: Operator,
        /// What.
        command: Command,
    },
    /// A manager orders a call. The first signal of a call that we place.
    Ordered(Order),
}

/// A call that a manager orders: someone is called from a line of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Who orders it.
    pub by: Operator,
    /// Whom to call.
    pub to: Personal<PhoneNumber>,
    /// What for.
    pub errand: Errand,
    /// Where the firm lets calls go.
    pub rules: OutboundRules,
    /// Whether the firm may place another call today.
    pub allowance: Allowance,
}

/// A call came in on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rang {
    /// The visitor's leg.
    pub leg: LegId,
    /// What the carrier calls it. A leg that rang before under another name was sent on by the carrier.
    pub carrier_leg: CarrierLeg,
    /// Which way it goes.
    pub direction: Direction,
    /// Whose phones the carrier rings by itself, in its words.
    pub users: Vec<Personal<String>>,
}

impl Rang {
    /// A visitor's call to a line.
    pub fn inbound(leg: LegId, carrier_leg: CarrierLeg) -> Self {
        Self { leg, carrier_leg, direction: Direction::Inbound, users: Vec::new() }
    }
}

/// Which way a call goes, seen from the line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To the line.
    #[default]
    Inbound,
    /// From the line.
    Outbound,
}

impl Direction {
    /// Whether it goes to the line.
    pub fn is_inbound(&self) -> bool {
        *self == Self::Inbound
    }
}

/// A call that came in while we did not answer, by the carrier's own records. It is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovered {
    /// The visitor's leg.
    pub leg: LegId,
    /// What the carrier calls it.
    pub carrier_leg: CarrierLeg,
    /// When it began, where the carrier tells.
    pub began_at: Option<OffsetDateTime>,
    /// Until when it lasted, where the carrier tells.
    pub over_at: Option<OffsetDateTime>,
    /// How it ended.
    pub end: LegEnd,
    /// Which of the carrier's lists it stands in.
    pub source: RecordSource,
}

/// What the carrier calls a leg, and where it wants to be asked about it. Opaque: never parsed, never normalised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierLeg {
    /// The carrier's id of the leg.
    pub id: String,
    /// The carrier's region that holds the call, where it has several; checked by its adapter before use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// Keys pressed on a phone.
#[derive(Clone, PartialEq, Eq)]
pub enum Keys {
    /// These, each of `0-9 * #`.
    Pressed(String),
    /// None before the time was up.
    None,
}

/// Hidden, because keys may be a PIN.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pressed(keys) => write!(f, "Pressed({} keys)", keys.len()),
            Self::None => f.write_str("None"),
        }
    }
}

/// What a carrier tells of a leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegReport {
    /// The phone rings.
    Ringing,
    /// Someone, or something, picked up.
    Answered,
    /// Machine detection heard a person.
    Human,
    /// Machine detection heard a mailbox.
    Machine,
    /// It is in the conference.
    Joined,
    /// It left the conference.
    Left,
    /// Its script rang others, and the first of them picked up.
    Connected(ConnectedTo),
    /// The carrier sent it on: it asks again under another name.
    SentOn,
    /// It is over.
    Ended(LegEnd),
    /// The carrier could not do what it was told, in its words (shortened; no personal data).
    Trouble(String),
}

/// Who picked up, of those that a leg's script rang, or that the carrier rang by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectedTo {
    /// On which phone.
    pub phone: Phone,
    /// Whose phone it is, in the carrier's words.
    pub user: Option<String>,
}

/// A phone that was picked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phone {
    /// With this number.
    Number(PhoneNumber),
    /// The carrier's mailbox.
    Mailbox,
    /// The carrier does not say which.
    Untold,
}

/// What a carrier calls the room that a call's legs share. Opaque.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CarrierRoom(pub String);

/// What a carrier tells of the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomNews {
    /// What the carrier calls the room.
    pub room: CarrierRoom,
    /// The place of this among the carrier's news of this room, where it counts them: they may come in any order.
    pub sequence: Option<u32>,
    /// What happened.
    pub report: RoomReport,
}

/// What happened in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomReport {
    /// The legs can hear each other.
    Started,
    /// A leg came in.
    Joined(LegId),
    /// A leg went out.
    Left {
        /// Which.
        leg: LegId,
        /// Why.
        why: Option<LeaveReason>,
    },
    /// A leg is silent.
    Muted(LegId),
    /// A leg can be heard again.
    Unmuted(LegId),
    /// A leg is on hold.
    Held(LegId),
    /// A leg is no longer on hold.
    Resumed(LegId),
    /// A leg's rights in the room were changed.
    Modified(LegId),
    /// Someone begins to speak.
    SpeechStarted(LegId),
    /// Someone falls silent.
    SpeechStopped(LegId),
    /// An announcement was heard to its end.
    AnnouncementEnded {
        /// By whom; by all, if none is named.
        leg: Option<LegId>,
    },
    /// An announcement could not be made.
    AnnouncementFailed {
        /// To whom; to all, if none is named.
        leg: Option<LegId>,
        /// In the carrier's words (shortened; no personal data).
        reason: String,
    },
    /// The room is closed.
    Ended {
        /// Why.
        why: Option<RoomEnd>,
    },
}

/// Why a leg left a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaveReason {
    /// It hung up.
    HungUp,
    /// It never came: it was to be added and did not pick up.
    NeverCame,
    /// It was told to hear something else.
    Redirected,
    /// It was taken out.
    Removed,
    /// The room was closed.
    RoomEnded,
}

/// Why a room was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomEnd {
    /// The last one left.
    LastLeft,
    /// The last one was taken out.
    LastRemoved,
    /// The one without whom there is no room left.
    HostLeft,
    /// The one without whom there is no room was taken out.
    HostRemoved,
    /// We closed it.
    ByUs,
}

/// How a leg ended, and what it cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegEnd {
    /// Why.
    pub cause: LegEndCause,
    /// Whether this is the carrier's last word on the leg: a cause may come before.
    pub is_final: bool,
    /// Time connected, where the carrier tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u32>,
    /// The price, where the carrier tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

/// An amount of money in millionths of a currency's unit: 2 925 is 0.002925 EUR. Never a float.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Millionths.
    pub micros: i64,
    /// ISO 4217.
    pub currency: String,
}

/// Why a leg ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegEndCause {
    /// Was connected, and one side hung up.
    HungUp,
    /// Engaged.
    Busy,
    /// The person refused.
    Declined,
    /// Rang until the time was up.
    Unanswered,
    /// We gave up before it was answered.
    Cancelled,
    /// A mailbox picked up and was hung up on.
    Machine,
    /// The carrier could not reach it: wrong number, no route, its own fault.
    Failed,
}

/// How an attempt to place a leg went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialReport {
    /// A worker is about to place it: may it?
    Ready,
    /// The carrier took it.
    Placed(CarrierLeg),
    /// Surely not placed.
    Refused {
        /// Why, in the carrier's words (shortened; no personal data).
        reason: String,
        /// Whether another attempt could help.
        again: Again,
    },
    /// Nobody knows whether it was placed. Never dialled again: it is looked for.
    Unknown {
        /// What went wrong.
        reason: String,
    },
    /// Its deadline passed before it was dialled, or while nobody knew.
    Expired,
}

/// Whether another attempt could help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// Yes, not before so many milliseconds.
    After {
        /// Milliseconds to wait.
        wait_ms: u32,
    },
    /// No.
    Never,
}

impl Again {
    /// Worth another attempt after `wait`.
    pub fn after(wait: Duration) -> Self {
        Self::After { wait_ms: u32::try_from(wait.as_millis()).unwrap_or(u32::MAX) }
    }
}

/// An effect on a leg that a worker causes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// End the leg.
    HangUp {
        /// Which.
        leg: LegId,
    },
    /// Send the panel's open digits to the door.
    OpenDoor {
        /// The door's leg.
        leg: LegId,
        /// Which opening of this call, from 1.
        opening: u32,
    },
    /// Let the leg hear another script.
    Redirect {
        /// Which.
        leg: LegId,
        /// Which redirection of this call, from 1.
        redirection: u32,
    },
    /// Report the leg's keys as they are pressed.
    ListenForKeys {
        /// Which.
        leg: LegId,
    },
    /// Silence the leg.
    Mute {
        /// Which.
        leg: LegId,
    },
    /// Let the leg speak again.
    Unmute {
        /// Which.
        leg: LegId,
    },
    /// Speak a sentence to the leg.
    Say {
        /// Which.
        leg: LegId,
        /// What.
        text: String,
    },
    /// Put the leg on hold: it hears nobody, and nobody hears it.
    Hold {
        /// Which.
        leg: LegId,
    },
    /// Take the leg off hold.
    Resume {
        /// Which.
        leg: LegId,
    },
    /// Send a copy of the leg's audio to our media endpoint.
    StartStream {
        /// Whose.
        leg: LegId,
        /// As which stream.
        stream: StreamId,
    },
    /// End that.
    StopStream {
        /// The leg that the carrier made for it.
        leg: LegId,
        /// Which.
        stream: StreamId,
    },
    /// Ask the carrier's own records what became of the leg.
    LookUp {
        /// Which.
        leg: LegId,
    },
}

/// What became of an effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EffectResult {
    /// The carrier did it.
    Done,
    /// It surely did not happen.
    Failed {
        /// Why, in the carrier's words (shortened; no personal data).
        reason: String,
    },
    /// Nobody knows.
    Unknown {
        /// What went wrong.
        reason: String,
    },
}

/// A time that a call sets itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "timer", rename_all = "snake_case")]
pub enum Timer {
    /// A group has rung long enough: who has not picked up is given up.
    GroupOver {
        /// The step that rings.
        step: u32,
    },
    /// A group has had time enough to press a key, too.
    GroupCut {
        /// The step that rings.
        step: u32,
    },
    /// The talk ends soon.
    TalkEndsSoon {
        /// How often the talk was extended before.
        extension: u32,
    },
    /// The talk has lasted long enough.
    TalkOver {
        /// How often the talk was extended before.
        extension: u32,
    },
    /// The carrier has had time enough to begin a stream, or to let us know that it is over.
    StreamDue {
        /// Which.
        stream: StreamId,
    },
    /// The call should have ended long ago.
    CallOverdue,
}

/// What a manager wants of a running call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Open the door.
    OpenDoor,
    /// End the call.
    HangUp,
    /// Silence a leg.
    Mute(LegId),
    /// Let a leg speak again.
    Unmute(LegId),
    /// Put a leg on hold.
    Hold(LegId),
    /// Take a leg off hold.
    Resume(LegId),
    /// Take a leg out of the call.
    Remove(LegId),
    /// Speak a sentence to all.
    Say(String),
    /// Speak a sentence to one.
    Announce {
        /// To whom.
        leg: LegId,
        /// What.
        text: String,
    },
}

/// Whether a PIN is one of a valid pass: looked up before `decide`, so that the domain never sees a stored PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinCheck {
    /// It opens, by this pass.
    Opens(PassId),
    /// No pass has it; so many wrong ones now, of this caller, within the window that counts (this one included).
    Wrong {
        /// From 1.
        wrong_pins: u32,
        /// The block that this one led to, as it stands already; none was made, or it was a dry run.
        block: Option<Block>,
        /// The block of the entrance that this one led to, in the same way: wrong ones came from too many callers.
        entrance_block: Option<Block>,
    },
    /// Whatever it was: who gave it is blocked. Such PINs are not even looked at.
    Blocked(Block),
    /// None was given before the time was up.
    NotGiven,
}

#[cfg(test)]
mod stories;
