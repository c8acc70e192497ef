//! What happened, in the public words: one pure function from a call's events to what a webhook is told.

use serde::Serialize;
use time::OffsetDateTime;

use super::topic::Topic;
use crate::domain::call::event::{
    Admission, Certainty, DeclinedBy, Event, Opener, Refusal, Target,
};
use crate::domain::call::outcome::{Cause, Outcome};
use crate::domain::call::signal::LeaveReason;
use crate::domain::ids::{
    BlockId, BuildingId, CallId, EntranceId, LegId, LineId, PassId, ResidentId, UnitId,
};
use crate::domain::personal::Personal;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::policy::flow::AcceptMode;

/// In place of what was erased.
const ERASED: &str = "[erased]";

/// How much of persons is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Numbers with their middle hidden.
    Masked,
    /// Whole numbers.
    Personal,
}

/// What is told of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Announcement {
    /// What happened.
    #[serde(skip)]
    pub topic: Topic,
    /// The call.
    pub call_id: CallId,
    /// Its building.
    pub building_id: BuildingId,
    /// Its entrance.
    pub entrance_id: EntranceId,
    /// The line that was called.
    pub line_id: LineId,
    /// The unit that is visited, once that is clear.
    pub unit_id: Option<UnitId>,
    /// What is to be said beyond that.
    #[serde(flatten)]
    pub news: News,
}

/// What is told of one kind of event, beyond which call it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "the API documents these fields, where they are shown")]
pub enum News {
    Rang {
        caller: Option<String>,
    },
    Admitted {
        admitted_as: &'static str,
    },
    Refused {
        reason: &'static str,
    },
    Blocked {
        block_id: BlockId,
        caller: Option<String>,
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    },
    EntranceBlocked {
        block_id: BlockId,
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    },
    PinAccepted {
        pass_id: PassId,
    },
    PinRefused {
        attempt: u32,
        wrong_pins: u32,
    },
    Ringing {
        group: u32,
        #[serde(with = "time::serde::rfc3339")]
        ends_at: OffsetDateTime,
    },
    Accepted {
        leg_id: LegId,
        resident_id: Option<ResidentId>,
        how: AcceptMode,
    },
    Declined {
        leg_id: LegId,
        resident_id: Option<ResidentId>,
        how: DeclinedBy,
    },
    Opened {
        opening: u32,
        opened_by: &'static str,
        opener_id: Option<uuid::Uuid>,
    },
    OpenFailed {
        opening: u32,
        certainty: Certainty,
    },
    InRoom {
        leg_id: LegId,
        resident_id: Option<ResidentId>,
        sequence: Option<u32>,
    },
    LeftRoom {
        leg_id: LegId,
        resident_id: Option<ResidentId>,
        why: Option<LeaveReason>,
        sequence: Option<u32>,
    },
    Ended {
        outcome: Outcome,
        cause: Cause,
        reconciled: Option<&'static str>,
    },
}

/// What is told of the last of these events: a call's, from its first on. Nothing, if that is nobody's business.
#[expect(clippy::wildcard_enum_match_arm, reason = "what is not listed is nobody's business")]
pub fn announce(events: &[Event], detail: Detail) -> Option<Announcement> {
    let (Some(Event::CallRang(rang)), Some(last)) = (events.first(), events.last()) else {
        return None;
    };
    let caller = || rang.caller.as_ref().map(|caller| told(caller, detail));
    let news = match last {
        Event::CallRang(_) => News::Rang { caller: caller() },
        Event::CallerAdmitted { admission } => News::Admitted { admitted_as: admitted(*admission) },
        Event::CallerRefused { refusal } => News::Refused { reason: refused(*refusal) },
        Event::CallerBlocked { block, expires_at } => {
            News::Blocked { block_id: *block, caller: caller(), expires_at: *expires_at }
        }
        Event::EntranceBlocked { block, expires_at } => {
            News::EntranceBlocked { block_id: *block, expires_at: *expires_at }
        }
        Event::PinAccepted { pass } => News::PinAccepted { pass_id: *pass },
        Event::PinRefused { attempt, wrong_pins } => {
            News::PinRefused { attempt: *attempt, wrong_pins: *wrong_pins }
        }
        Event::GroupStarted { group, ends_at, .. } => {
            News::Ringing { group: *group, ends_at: *ends_at }
        }
        Event::CallAccepted { leg, how, .. } => {
            News::Accepted { leg_id: *leg, resident_id: resident_on(events, *leg), how: *how }
        }
        Event::CallDeclined { leg, how } => {
            News::Declined { leg_id: *leg, resident_id: resident_on(events, *leg), how: *how }
        }
        Event::DoorOpened { opening, opener } => {
            let (opened_by, opener_id) = opened_by(*opener);
            News::Opened { opening: *opening, opened_by, opener_id }
        }
        Event::DoorOpenFailed { opening, certainty, .. } => {
            News::OpenFailed { opening: *opening, certainty: *certainty }
        }
        Event::LegLeft { leg, why, sequence } => News::LeftRoom {
            leg_id: *leg,
            resident_id: resident_on(events, *leg),
            why: *why,
            sequence: *sequence,
        },
        Event::LegJoined { leg, sequence }
        | Event::LegMuted { leg, sequence }
        | Event::LegUnmuted { leg, sequence }
        | Event::LegHeld { leg, sequence }
        | Event::LegResumed { leg, sequence } => News::InRoom {
            leg_id: *leg,
            resident_id: resident_on(events, *leg),
            sequence: *sequence,
        },
        Event::CallEnded { outcome, cause, source } => {
            News::Ended { outcome: *outcome, cause: *cause, reconciled: source.name() }
        }
        _ => return None,
    };
    Some(Announcement {
        topic: Topic::of_stored(last.kind())?,
        call_id: rang.call,
        building_id: rang.building,
        entrance_id: rang.entrance,
        line_id: rang.line,
        unit_id: unit_in(events),
        news,
    })
}

fn told(number: &Personal<PhoneNumber>, detail: Detail) -> String {
    match (number.value(), detail) {
        (None, _) => ERASED.to_owned(),
        (Some(number), Detail::Masked) => number.masked(),
        (Some(number), Detail::Personal) => number.as_e164().to_owned(),
    }
}

fn unit_in(events: &[Event]) -> Option<UnitId> {
    events.iter().rev().find_map(|event| {
        let Event::UnitChosen { unit } = event else { return None };
        Some(*unit)
    })
}

/// Who is rung on a leg; nobody, if it is the concierge or the visitor.
fn resident_on(events: &[Event], leg: LegId) -> Option<ResidentId> {
    events.iter().find_map(|event| {
        let Event::DialRequested(dial) = event else { return None };
        match dial.target {
            Target::Resident(resident) => (dial.leg == leg).then_some(resident),
            Target::Concierge | Target::Called | Target::Connected => None,
        }
    })
}

fn admitted(admission: Admission) -> &'static str {
    match admission {
        Admission::Panel(_) => "panel",
        Admission::Allowlisted(_) => "allowlisted",
        Admission::Stranger => "stranger",
        Admission::StrangerWithPin => "stranger_with_pin",
    }
}

fn refused(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Loop => "loop",
        Refusal::Blocked(_) => "blocked",
        Refusal::Stranger => "stranger",
        Refusal::Withheld => "withheld",
    }
}

fn opened_by(opener: Opener) -> (&'static str, Option<uuid::Uuid>) {
    match opener {
        Opener::Resident(resident) => ("resident", Some(resident.as_uuid())),
        Opener::Concierge => ("concierge", None),
        Opener::Pass(pass) => ("pass", Some(pass.as_uuid())),
        Opener::Manager(user) => ("manager", Some(user.as_uuid())),
        Opener::Program(key) => ("api_key", Some(key.as_uuid())),
    }
}

#[cfg(test)]
mod stories;
