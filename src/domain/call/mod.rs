//! A call: one visit, from the first ring to its one outcome.

pub mod decide;
pub mod event;
mod evolve;
pub mod explain;
pub mod outcome;
pub mod participants;
pub mod phrase;
pub mod record;
pub mod room;
pub mod room_log;
pub mod script;
pub mod sentences;
pub mod signal;
pub mod stay;
pub mod stream;
pub mod timeline;
pub mod upcast;
pub mod work;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use self::event::{By, CallOrdered, CallRang, Event, Opener, Target};
use self::explain::Because;
use self::outcome::{Cause, Outcome};
use self::record::EndSource;
use self::room::LegInRoom;
pub use self::room::LegPlace;
use self::signal::{CarrierLeg, CarrierRoom, LegEndCause};
use self::stream::{Stream, StreamState};
use crate::domain::ids::{LegId, LineId, StreamId, UnitId};
use crate::domain::personal::Personal;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::policy::flow::AcceptMode;

/// An event, and why it is there: what is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
    /// Why.
    pub because: Because,
}

/// A call's state: what its events say, nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Who visits where; nothing before the first ring.
    pub visit: Option<CallRang>,
    /// What a manager ordered, if it is a call that we place.
    pub ordered: Option<CallOrdered>,
    /// How far the call is.
    pub stage: Stage,
    /// The legs, the visitor's included.
    pub legs: BTreeMap<LegId, Leg>,
    /// Who is not rung again in this call.
    pub out: BTreeSet<Target>,
    /// Steps so far.
    pub step: u32,
    /// Openings asked for so far.
    pub openings: u32,
    /// Openings whose end is known.
    pub openings_done: u32,
    /// On whose word the door was last asked to open.
    pub opener: Option<Opener>,
    /// When the door was last asked to open.
    pub opening_asked_at: Option<OffsetDateTime>,
    /// How the open digits were last sent.
    pub opening_by: By,
    /// Whether the open digits were sent.
    pub door: Door,
    /// Redirections so far.
    pub redirections: u32,
    /// When the call should be over at the latest.
    pub overdue_at: Option<OffsetDateTime>,
    /// The carrier's name for the room that the legs share, once it told.
    pub room: Option<CarrierRoom>,
    /// The call's audio on its way to backends. No leg of a stream is anybody's phone.
    pub streams: BTreeMap<StreamId, Stream>,
    /// Rooms that the legs shared before, and that the carrier may still tell of.
    pub rooms_before: Vec<CarrierRoom>,
    /// The news of the present room that were told already: a carrier may repeat itself.
    pub room_news: BTreeSet<u32>,
}

/// Whether the open digits were sent in this call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Door {
    /// No.
    #[default]
    Shut,
    /// Yes.
    Opened,
}

/// How far a visit is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing rang yet.
    #[default]
    New,
    /// The visitor keys in a unit's code.
    ChoosingUnit {
        /// Which attempt, from 1.
        attempt: u32,
    },
    /// The visitor keys in a PIN.
    GivingPin {
        /// Which attempt, from 1.
        attempt: u32,
    },
    /// The carrier puts it through by itself.
    Watching,
    /// A group rings.
    Ringing {
        /// Whose.
        unit: UnitId,
        /// Its place in the flow.
        group: u32,
        /// Its step.
        step: u32,
    },
    /// A resident talks to the visitor.
    Talking {
        /// Whose unit.
        unit: UnitId,
        /// On which leg.
        leg: LegId,
        /// Extensions so far.
        extension: u32,
    },
    /// The caller talks to the firm's backends.
    Streaming {
        /// By which stream.
        stream: StreamId,
    },
    /// A call that we place: nobody visits.
    Outbound(Outbound),
    /// It is decided how it ends.
    Closing {
        /// What came of it.
        outcome: Outcome,
        /// Why.
        cause: Cause,
    },
    /// It is over.
    Over {
        /// What came of it.
        outcome: Outcome,
        /// Why.
        cause: Cause,
    },
}

/// How far a call is that we place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outbound {
    /// The one to be called rings.
    Calling,
    /// They hear the sentence that they were called for.
    Speaking,
    /// They wait, while the one to connect them with rings.
    Connecting,
    /// Both talk.
    Connected,
}

/// One phone connection of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Whose.
    pub role: LegRole,
    /// The carrier's name for it, once known.
    pub carrier_leg: Option<CarrierLeg>,
    /// How far it is.
    pub state: LegState,
    /// Whether it shall end.
    pub hang_up: HangUp,
    /// How often a key was asked for.
    pub prompts: u32,
    /// How often the carrier's own records were asked for its end.
    pub sought: u32,
    /// How its end became known, once it is over.
    pub end_source: EndSource,
    /// How it is in the room that the legs share.
    pub in_room: LegInRoom,
    /// What the carrier called it before it sent it on.
    pub former_names: Vec<String>,
}

/// Whose a leg is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegRole {
    /// The visitor's.
    Visitor,
    /// Someone's who is rung.
    Rung(Rung),
}

/// Someone who is rung.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// Who.
    pub target: Target,
    /// In which step.
    pub step: u32,
    /// On which number.
    pub number: Personal<PhoneNumber>,
    /// Its place among the target's numbers.
    pub number_index: u32,
    /// Which attempt.
    pub attempt: u32,
    /// What counts as accepting.
    pub accept: AcceptMode,
    /// Not dialled after this.
    pub deadline: OffsetDateTime,
    /// Until when it rings.
    pub ring_until: OffsetDateTime,
    /// How it is placed.
    pub by: By,
}

/// How far a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegState {
    /// Wanted, not yet dialled.
    Requested,
    /// About to be placed, or nobody knows whether it was.
    Starting {
        /// Whether there is still hope that it rings.
        hope: Hope,
    },
    /// The carrier has it.
    Placed,
    /// Picked up.
    Answered,
    /// Over, or never placed.
    Ended {
        /// Why.
        cause: LegEndCause,
        /// Whether the carrier has said its last word.
        last_word: LastWord,
    },
}

/// Whether there is still hope that a leg rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hope {
    /// Yes.
    Yes,
    /// The carrier's answer got lost: the flow does not wait for it.
    No,
}

/// Whether the carrier has said its last word on a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastWord {
    /// A cause came, the final report with the price may follow.
    Awaited,
    /// Yes.
    Said,
}

/// Whether a leg shall end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HangUp {
    /// No.
    #[default]
    NotWanted,
    /// Yes.
    Wanted,
}

impl Call {
    /// The state that these events make.
    pub fn from_events<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        events.into_iter().fold(Self::default(), |mut call, event| {
            call.apply(event);
            call
        })
    }

    /// The visitor's leg, once it rang.
    pub fn door_leg(&self) -> Option<LegId> {
        self.visit.as_ref().map(|visit| visit.leg)
    }

    /// The line that the call came in on, or is placed from.
    pub fn line(&self) -> Option<LineId> {
        let visited = self.visit.as_ref().map(|visit| visit.line);
        visited.or_else(|| self.ordered.as_ref().map(|ordered| ordered.line))
    }

    /// The one who is rung on this leg.
    pub fn rung(&self, leg: LegId) -> Option<&Rung> {
        match &self.legs.get(&leg)?.role {
            LegRole::Rung(rung) => Some(rung),
            LegRole::Visitor => None,
        }
    }

    /// Whether the visitor is asked for a PIN right now.
    pub fn awaits_pin(&self) -> bool {
        matches!(self.stage, Stage::GivingPin { .. })
    }

    /// The stream, unless it is over.
    pub fn running_stream(&self, stream: StreamId) -> Option<&Stream> {
        self.streams.get(&stream).filter(|stream| stream.state != StreamState::Ended)
    }

    /// Whether the call is over.
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over { .. })
    }
}

impl Leg {
    /// Whether it is in the room that the legs share.
    pub fn place(&self) -> LegPlace {
        self.in_room.place()
    }

    /// Whether it is, or may become, a live connection.
    pub fn is_alive(&self) -> bool {
        !matches!(self.state, LegState::Ended { .. })
    }

    /// Whether someone may still accept on it.
    pub fn is_hopeful(&self) -> bool {
        let can_ring = match self.state {
            LegState::Requested | LegState::Placed | LegState::Answered => true,
            LegState::Starting { hope } => hope == Hope::Yes,
            LegState::Ended { .. } => false,
        };
        can_ring && self.hang_up == HangUp::NotWanted
    }
}

#[cfg(test)]
mod stories;
