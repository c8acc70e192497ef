//! Who is, or was, in a call: a fold of its events, for people.
#![expect(clippy::wildcard_enum_match_arm, reason = "most events move nobody")]

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::event::{Admission, CallDiscovered, DialRequested, Event, Target};
use super::stay::Stay;
use crate::domain::ids::{AllowlistEntryId, LegId, ResidentId};
use crate::domain::personal::Personal;
use crate::domain::phone_number::PhoneNumber;

/// Someone in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Their leg.
    pub leg: LegId,
    /// As what.
    pub role: ParticipantRole,
    /// Who, if it is a resident.
    pub resident: Option<ResidentId>,
    /// The entry of the allowlist that let them ring, if it is a visitor whom one did.
    pub listed: Option<AllowlistEntryId>,
    /// On which number, unless it is withheld.
    pub number: Option<Personal<PhoneNumber>>,
    /// How far they are.
    pub state: Presence,
    /// How they are in the room that the legs share.
    pub stay: Stay,
    /// Since when they are in this state.
    pub since: OffsetDateTime,
}

/// As what someone is in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParticipantRole {
    /// Whoever rang.
    Visitor,
    /// A resident who was rung.
    Resident,
    /// The building's concierge.
    Concierge,
    /// Whom we called.
    Called,
    /// Whom we connected with the one we called.
    Connected,
}

impl ParticipantRole {
    /// What someone is called whom the directory does not name. A resident has a name there, until they move out.
    pub const fn title(self) -> Option<&'static str> {
        match self {
            Self::Visitor => Some("Visitor"),
            Self::Concierge => Some("Concierge"),
            Self::Resident | Self::Called | Self::Connected => None,
        }
    }
}

/// How far someone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// To be called.
    Waiting,
    /// Being called.
    Dialling,
    /// Their phone rings.
    Ringing,
    /// They picked up.
    Connected,
    /// They talk.
    Talking,
    /// They are no longer in the call.
    Gone,
}

/// Who is in the call that these events made, each with the time of its recording. In the order in which they came.
pub fn participants<'a>(
    events: impl IntoIterator<Item = (&'a Event, OffsetDateTime)>,
) -> Vec<Participant> {
    let mut order = Vec::new();
    let mut found: BTreeMap<LegId, Participant> = BTreeMap::new();
    for (event, at) in events {
        if let Some(new) = newcomer(event, at) {
            order.push(new.leg);
            found.insert(new.leg, new);
        }
        for participant in found.values_mut() {
            participant.apply(event, at);
        }
    }
    order.iter().filter_map(|leg| found.remove(leg)).collect()
}

impl Participant {
    fn apply(&mut self, event: &Event, at: OffsetDateTime) {
        self.stay.apply(self.leg, event, at);
        if let Event::CallerAdmitted { admission: Admission::Allowlisted(entry) } = event
            && self.role == ParticipantRole::Visitor
        {
            self.listed = Some(*entry);
        }
        // Reports come late: nobody who is gone comes back, and nobody who talks rings again.
        if let Some((_, state)) = change(event).filter(|(leg, _)| *leg == self.leg)
            && (state as u8) > (self.state as u8)
        {
            self.state = state;
            self.since = at;
        }
    }
}

fn newcomer(event: &Event, at: OffsetDateTime) -> Option<Participant> {
    let someone = |leg, role, resident, number, state| Participant {
        leg,
        role,
        resident,
        listed: None,
        number,
        state,
        stay: Stay::default(),
        since: at,
    };
    match event {
        Event::CallRang(rang) | Event::CallDiscovered(CallDiscovered { rang, .. }) => {
            Some(someone(
                rang.leg,
                ParticipantRole::Visitor,
                None,
                rang.caller.clone(),
                Presence::Connected,
            ))
        }
        Event::DialRequested(DialRequested { leg, target, number, .. }) => {
            let (role, resident) = match target {
                Target::Resident(resident) => (ParticipantRole::Resident, Some(*resident)),
                Target::Concierge => (ParticipantRole::Concierge, None),
                Target::Called => (ParticipantRole::Called, None),
                Target::Connected => (ParticipantRole::Connected, None),
            };
            Some(someone(*leg, role, resident, Some(number.clone()), Presence::Waiting))
        }
        _ => None,
    }
}

fn change(event: &Event) -> Option<(LegId, Presence)> {
    Some(match event {
        Event::DialStarted { leg } => (*leg, Presence::Dialling),
        Event::LegRinging { leg } => (*leg, Presence::Ringing),
        Event::LegAnswered { leg } => (*leg, Presence::Connected),
        Event::CallAccepted { leg, .. } | Event::PartyReached { leg } => (*leg, Presence::Talking),
        Event::LegEnded { leg, .. }
        | Event::DialDropped { leg }
        | Event::DialRefused { leg, .. }
        | Event::DialExpired { leg } => (*leg, Presence::Gone),
        _ => return None,
    })
}
