//! A call told in plain sentences, from its events: who rang, who answered, when the door opened. English, for managers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use super::event::{
    Admission, CallOrdered, CallRang, Certainty, DeclinedBy, DialRequested, Errand, Event, Opener,
    Operator, Refusal, Target,
};
use super::outcome::Outcome;
use super::record::{EndSource, RecordSource};
use super::room::LegInRoom;
use super::signal::{Direction, LegEnd, LegEndCause};
use crate::domain::ids::{BackendId, LegId};
use crate::domain::personal::Personal;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::policy::streams::OnLost;

/// Tells events one after the other.
#[derive(Debug)]
pub struct Teller<'a> {
    names: &'a HashMap<Uuid, String>,
    numbers: Numbers,
    people: BTreeMap<LegId, String>,
    pub(super) visitor: Option<LegId>,
    pub(super) over: BTreeSet<LegId>,
    /// How each leg is in the room, as far as it was told.
    pub(super) rooms: BTreeMap<LegId, LegInRoom>,
    /// Who was said to have left the room for good: that their phone is no longer connected says nothing more.
    pub(super) left: BTreeSet<LegId>,
}

/// How much of a number is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// All of it.
    Whole,
    /// Its country and its last digits.
    Masked,
}

/// The ids in an event whose names its sentence needs.
#[expect(clippy::wildcard_enum_match_arm, reason = "most events name nobody")]
pub fn named_in(event: &Event) -> Vec<Uuid> {
    let operator = |by: &Operator| match by {
        Operator::User(user) => vec![user.as_uuid()],
        Operator::Program { .. } => vec![],
    };
    match event {
        Event::CallRang(rang) => vec![rang.entrance.as_uuid()],
        Event::CallDiscovered(found) => vec![found.rang.entrance.as_uuid()],
        Event::CallOrdered(ordered) => operator(&ordered.by),
        Event::ManagerStepped { by, .. } => operator(by),
        Event::CallerAdmitted { admission: Admission::Allowlisted(entry) } => vec![entry.as_uuid()],
        Event::UnitChosen { unit } => vec![unit.as_uuid()],
        Event::PinAccepted { pass } => vec![pass.as_uuid()],
        Event::ResidentSkipped { resident, .. } => vec![resident.as_uuid()],
        Event::StreamBackendConnected { backend, .. }
        | Event::StreamBackendLost { backend, .. }
        | Event::StreamBackendRecovered { backend, .. }
        | Event::StreamBackendGone { backend, .. } => vec![backend.as_uuid()],
        Event::DialRequested(DialRequested { target: Target::Resident(resident), .. }) => {
            vec![resident.as_uuid()]
        }
        Event::DoorOpened { opener, .. } => match opener {
            Opener::Resident(resident) => vec![resident.as_uuid()],
            Opener::Pass(pass) => vec![pass.as_uuid()],
            Opener::Manager(user) => vec![user.as_uuid()],
            Opener::Concierge | Opener::Program(_) => vec![],
        },
        _ => vec![],
    }
}

impl<'a> Teller<'a> {
    /// With these names.
    pub fn new(names: &'a HashMap<Uuid, String>, numbers: Numbers) -> Self {
        Self {
            names,
            numbers,
            people: BTreeMap::new(),
            visitor: None,
            over: BTreeSet::new(),
            rooms: BTreeMap::new(),
            left: BTreeSet::new(),
        }
    }

    /// What happened, in a sentence; nothing for what only we need to know.
    #[expect(clippy::too_many_lines, reason = "one arm an event type")]
    pub fn tell(&mut self, event: &Event) -> Option<String> {
        Some(match event {
            Event::CallRang(rang) => self.rang(rang),
            Event::CallDiscovered(found) => format!(
                "{} It was found afterwards in the carrier's records.",
                self.rang(&found.rang)
            ),
            Event::CallOrdered(ordered) => self.ordered(ordered),
            Event::CallWatched { .. } => "The carrier puts the call through by itself.".to_owned(),
            Event::CallPutThrough { user: Some(user), .. } => match user.value() {
                Some(user) => format!("{user} picked up."),
                None => "Someone who was erased picked up.".to_owned(),
            },
            Event::CallPutThrough { user: None, .. } => "Someone picked up.".to_owned(),
            Event::LegSentOn { .. } => {
                "Nobody picked up in the carrier's own time, and it sent the call on.".to_owned()
            }
            Event::PartyReached { leg } => format!("{} is connected.", self.person(*leg)),
            Event::CallerAdmitted { admission } => match admission {
                Admission::Panel(_) => "The call came from the door's panel.".to_owned(),
                Admission::Allowlisted(entry) => format!(
                    "The number is on the allowlist: {}.",
                    self.name(entry.as_uuid(), "without a name")
                ),
                Admission::Stranger => "The building lets strangers ring.".to_owned(),
                Admission::StrangerWithPin => return None,
            },
            Event::CallerRefused { refusal } => match refusal {
                Refusal::Loop => "The call came from a line of ours and was refused.",
                Refusal::Blocked(_) => "The number is blocked, and the call was refused.",
                Refusal::Stranger => "Nobody listed the number, and the call was refused.",
                Refusal::Withheld => "The number is withheld, and the call was refused.",
            }
            .to_owned(),
            Event::UnitCodeAsked { .. } => "The visitor was asked for a unit's code.".to_owned(),
            Event::UnitCodeWrong { .. } => "No unit has the code that was given.".to_owned(),
            Event::UnitChosen { unit } => {
                format!("Unit {} was called.", self.name(unit.as_uuid(), "that is gone by now"))
            }
            Event::PinAsked { .. } => "The visitor was asked for a PIN.".to_owned(),
            Event::PinAccepted { pass } => {
                format!(
                    "The PIN of the pass {} was given.",
                    self.name(pass.as_uuid(), "without a name")
                )
            }
            Event::PinRefused { wrong_pins: 0, .. } => "No PIN was given.".to_owned(),
            Event::PinRefused { .. } => "A wrong PIN was given.".to_owned(),
            Event::CallerBlocked { .. } => "The caller is blocked for a while.".to_owned(),
            Event::EntranceBlocked { .. } => "The entrance takes no PINs for a while.".to_owned(),
            Event::ResidentSkipped { resident, .. } => {
                format!("{} was not rung.", self.name(resident.as_uuid(), "Someone who moved out"))
            }
            Event::DialRequested(dial) => {
                let who = self.target(dial);
                self.people.insert(dial.leg, who);
                return None;
            }
            Event::DialStarted { leg } => format!("{} was called.", self.person(*leg)),
            Event::DialRefused { leg, .. } => format!("{} could not be called.", self.person(*leg)),
            Event::DialUnknown { leg, .. } => {
                format!("Nobody knows whether the phone of {} rings.", self.person(*leg))
            }
            Event::DialExpired { leg } => format!("It was too late to call {}.", self.person(*leg)),
            Event::LegRinging { leg } => format!("The phone of {} rings.", self.person(*leg)),
            // The visitor's leg is picked up by us: that is no news.
            Event::LegAnswered { leg } if self.visitor == Some(*leg) => return None,
            Event::LegAnswered { leg } => format!("{} picked up.", self.person(*leg)),
            Event::LegHeardMachine { leg } if self.over.contains(leg) => return None,
            Event::LegHeardMachine { leg } => {
                format!("A mailbox answered for {}, or nobody pressed a key.", self.person(*leg))
            }
            Event::LegEnded { leg, end, source } => {
                return Some(format!("{}{}", self.ended(*leg, end)?, known_by(*source)));
            }
            Event::LegSought { leg, attempt: 1 } => {
                format!(
                    "No end was reported of {}: the carrier's records are asked.",
                    self.person(*leg)
                )
            }
            Event::LegSought { .. } => return None,
            Event::CallAccepted { leg, .. } => format!("{} accepted.", self.person(*leg)),
            Event::CallDeclined { leg, how: DeclinedBy::Key | DeclinedBy::Phone } => {
                // Refused by the phone, its end has told it already.
                if !self.over.insert(*leg) {
                    return None;
                }
                format!("{} declined.", self.person(*leg))
            }
            Event::TalkExtended { .. } => "The talk may last longer.".to_owned(),
            Event::DoorOpened { opener, .. } => {
                format!("The door was opened: {}.", self.opener(*opener))
            }
            Event::DoorOpenFailed { certainty: Certainty::Certain, .. } => {
                "The door could not be opened.".to_owned()
            }
            Event::DoorOpenFailed { certainty: Certainty::Unknown, .. } => {
                "Nobody knows whether the door was opened.".to_owned()
            }
            Event::RoomNamed { .. }
            | Event::RoomStarted { .. }
            | Event::RoomEnded { .. }
            | Event::LegJoined { .. }
            | Event::LegLeft { .. }
            | Event::LegModified { .. }
            | Event::LegMuted { .. }
            | Event::LegUnmuted { .. }
            | Event::LegHeld { .. }
            | Event::LegResumed { .. }
            | Event::SpeechStarted { .. }
            | Event::SpeechStopped { .. }
            | Event::AnnouncementEnded { .. }
            | Event::AnnouncementFailed { .. } => return self.in_the_room(event),
            Event::LegRemoved { leg } => {
                format!("{} was taken out of the call.", self.person(*leg))
            }
            Event::SayRequested { leg, text } => format!("{} is told: {text}", self.person(*leg)),
            Event::EffectFailed { leg, wanted, .. } => {
                format!("What was wanted of {} failed: {wanted}.", self.person(*leg))
            }
            Event::ManagerStepped { by, wanted } => {
                format!("{} stepped in: {wanted}.", self.operator(by))
            }
            Event::StreamStarted { .. } => "The backends began to hear the call.".to_owned(),
            Event::StreamBackendConnected { backend, .. } => {
                format!("{} hears the call.", self.backend(*backend))
            }
            Event::StreamBackendLost { backend, why, .. } => {
                format!("{} was lost: {why}.", self.backend(*backend))
            }
            Event::StreamBackendRecovered { backend, .. } => {
                format!("{} hears the call again.", self.backend(*backend))
            }
            Event::StreamBackendGone { backend, why, .. } => {
                format!("{} hears the call no more: {why}.", self.backend(*backend))
            }
            Event::StreamRequiredGone { then, .. } => match then {
                OnLost::EndCall => "No required backend was left, so the call ends.",
                OnLost::CarryOn => "No required backend was left; the call goes on.",
            }
            .to_owned(),
            Event::StreamEnded { end, .. } => {
                format!("The backends hear the call no more: {}.", end.reason.sentence())
            }
            Event::FlowDegraded { lost } => format!("The line's carrier lacks {lost}."),
            Event::CallEnded { outcome, source, .. } => {
                format!("The call is over: {}.{}", ending(*outcome), known_by(*source))
            }
            Event::GroupStarted { .. }
            | Event::GroupSkipped { .. }
            | Event::DialDropped { .. }
            | Event::DialPlaced { .. }
            | Event::LegIdentified { .. }
            | Event::LegHeardHuman { .. }
            | Event::AcceptAsked { .. }
            | Event::HoldRequested { .. }
            | Event::ResumeRequested { .. }
            | Event::LegTroubled { .. }
            | Event::HangUpRequested { .. }
            | Event::DoorOpenRequested { .. }
            | Event::LegRedirected { .. }
            | Event::KeysListenedFor { .. }
            | Event::MuteRequested { .. }
            | Event::UnmuteRequested { .. }
            | Event::StreamRequested(_)
            | Event::StreamNamed { .. }
            | Event::StreamStopRequested { .. }
            | Event::StreamLegEnded { .. }
            | Event::TimerSet { .. }
            | Event::CallClosing { .. } => return None,
        })
    }

    fn rang(&mut self, rang: &CallRang) -> String {
        self.people.insert(rang.leg, "The visitor".to_owned());
        self.visitor = Some(rang.leg);
        let entrance = self.name(rang.entrance.as_uuid(), "a door that is gone by now");
        match &rang.caller {
            Some(called) if rang.direction == Direction::Outbound => {
                format!("{} was called from the line.", self.number(called))
            }
            None if rang.direction == Direction::Outbound => {
                "Someone was called from the line.".to_owned()
            }
            Some(caller) => format!("{} rang at {entrance}.", self.number(caller)),
            None => format!("Someone with a withheld number rang at {entrance}."),
        }
    }

    fn ordered(&self, ordered: &CallOrdered) -> String {
        let (who, to) = (self.operator(&ordered.by), self.number(&ordered.to));
        match &ordered.errand {
            Errand::Say { .. } => format!("{who} ordered that {to} hears a sentence."),
            Errand::Connect { connect_to } => {
                format!("{who} ordered that {to} is connected with {}.", self.number(connect_to))
            }
        }
    }

    fn target(&self, dial: &DialRequested) -> String {
        match dial.target {
            Target::Resident(resident) => self.name(resident.as_uuid(), "Someone who moved out"),
            Target::Concierge => "The concierge".to_owned(),
            Target::Called | Target::Connected => self.number(&dial.number),
        }
    }

    fn ended(&mut self, leg: LegId, end: &LegEnd) -> Option<String> {
        if !self.over.insert(leg) {
            return None;
        }
        let who = self.person(leg);
        Some(match end.cause {
            LegEndCause::HungUp if self.left.contains(&leg) => return None,
            LegEndCause::HungUp => format!("{who} is no longer connected."),
            LegEndCause::Busy => format!("The phone of {who} was busy."),
            LegEndCause::Declined => format!("{who} declined."),
            LegEndCause::Unanswered => format!("{who} did not answer."),
            LegEndCause::Cancelled => format!("The phone of {who} stopped ringing."),
            LegEndCause::Machine => format!("The mailbox of {who} was hung up on."),
            LegEndCause::Failed => format!("{who} could not be reached."),
        })
    }

    fn opener(&self, opener: Opener) -> String {
        match opener {
            Opener::Resident(resident) => {
                format!(
                    "{} pressed the open key",
                    self.name(resident.as_uuid(), "someone who moved out")
                )
            }
            Opener::Concierge => "the concierge pressed the open key".to_owned(),
            Opener::Pass(pass) => {
                format!("by the pass {}", self.name(pass.as_uuid(), "without a name"))
            }
            Opener::Manager(user) => format!("by {}", self.name(user.as_uuid(), "a manager")),
            Opener::Program(_) => "by a program with an API key".to_owned(),
        }
    }

    fn operator(&self, by: &Operator) -> String {
        match by {
            Operator::User(user) => self.name(user.as_uuid(), "A manager"),
            Operator::Program { .. } => "A program with an API key".to_owned(),
        }
    }

    fn backend(&self, backend: BackendId) -> String {
        let name = self.names.get(&backend.as_uuid());
        name.map_or_else(
            || "A backend that is gone by now".to_owned(),
            |name| format!("The backend {name}"),
        )
    }

    pub(super) fn person(&self, leg: LegId) -> String {
        self.people.get(&leg).cloned().unwrap_or_else(|| "Someone".to_owned())
    }

    fn name(&self, id: Uuid, otherwise: &str) -> String {
        self.names.get(&id).cloned().unwrap_or_else(|| otherwise.to_owned())
    }

    fn number(&self, number: &Personal<PhoneNumber>) -> String {
        match (number.value(), self.numbers) {
            (Some(number), Numbers::Whole) => number.as_e164().to_owned(),
            (Some(number), Numbers::Masked) => number.masked(),
            (None, _) => "Someone who was erased".to_owned(),
        }
    }
}

/// How an end became known, where nobody reported it.
const fn known_by(source: EndSource) -> &'static str {
    match source {
        EndSource::Reported => "",
        EndSource::Reconciled(RecordSource::Calls) => " It stood in the carrier's list of calls.",
        EndSource::Reconciled(RecordSource::History) => " It stood in the carrier's history.",
        EndSource::Presumed => " Nobody told: that is presumed.",
    }
}

const fn ending(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Opened => "the door was opened",
        Outcome::Talked => "they talked",
        Outcome::NobodyCame => "nobody came",
        Outcome::VisitorLeft => "the visitor left",
        Outcome::Rejected => "the visitor was not let through",
        Outcome::EndedByManager => "a manager ended it",
        Outcome::Announced => "the sentence was spoken",
        Outcome::Streamed => "the caller talked to the backends",
        Outcome::Failed => "it failed",
    }
}

#[cfg(test)]
mod stories;
