//! Who is, or was, in a call: a fold of its events, for people.
#![expect(clippy::wildcard_enum_match_arm, reason = "most events move nobody")]

use std::collections::BTreeMap;

use serde::Serialize;
use time::OffsetDateTime;

use super::event::{DialRequested, Event, Target};
use crate::domain::ids::{LegId, ResidentId};
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
    /// On which number, unless it is withheld.
    pub number: Option<Personal<PhoneNumber>>,
    /// How far they are.
    pub state: Presence,
    /// Whether they can be heard.
    pub voice: Voice,
    /// Since when they are in this state.
    pub since: OffsetDateTime,
}

/// As what someone is in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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

/// Whether someone can be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// Yes.
    Heard,
    /// No.
    Muted,
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
        } else if let Some((leg, change)) = change(event)
            && let Some(participant) = found.get_mut(&leg)
        {
            participant.apply(change, at);
        }
    }
    order.iter().filter_map(|leg| found.remove(leg)).collect()
}

enum Change {
    To(Presence),
    Voice(Voice),
}

impl Participant {
    fn apply(&mut self, change: Change, at: OffsetDateTime) {
        match change {
            Change::Voice(voice) => self.voice = voice,
            // Reports come late: nobody who is gone comes back, and nobody who talks rings again.
            Change::To(state) if (state as u8) > (self.state as u8) => {
                self.state = state;
                self.since = at;
            }
            Change::To(_) => {}
        }
    }
}

fn newcomer(event: &Event, at: OffsetDateTime) -> Option<Participant> {
    let someone = |leg, role, resident, number, state| Participant {
        leg,
        role,
        resident,
        number,
        state,
        voice: Voice::Heard,
        since: at,
    };
    match event {
        Event::CallRang(rang) => Some(someone(
            rang.leg,
            ParticipantRole::Visitor,
            None,
            rang.caller.clone(),
            Presence::Connected,
        )),
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

fn change(event: &Event) -> Option<(LegId, Change)> {
    Some(match event {
        Event::DialStarted { leg } => (*leg, Change::To(Presence::Dialling)),
        Event::LegRinging { leg } => (*leg, Change::To(Presence::Ringing)),
        Event::LegAnswered { leg } => (*leg, Change::To(Presence::Connected)),
        Event::CallAccepted { leg, .. } | Event::PartyReached { leg } => {
            (*leg, Change::To(Presence::Talking))
        }
        Event::LegEnded { leg, .. }
        | Event::DialDropped { leg }
        | Event::DialRefused { leg, .. }
        | Event::DialExpired { leg } => (*leg, Change::To(Presence::Gone)),
        Event::LegMuted { leg } => (*leg, Change::Voice(Voice::Muted)),
        Event::LegUnmuted { leg } => (*leg, Change::Voice(Voice::Heard)),
        _ => return None,
    })
}
