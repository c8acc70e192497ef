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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::call::decide::stories::{DOOR, NOON, Visit, id, number, policy};
    use crate::domain::policy::flow::AcceptMode;

    /// Who is in a call of these events, the first of them recorded at noon, each a second after the one before.
    fn after(events: &[Event]) -> Vec<Participant> {
        let seconds = (0_u32..).map(|second| NOON + Duration::from_secs(second.into()));
        participants(events.iter().zip(seconds))
    }

    /// A visitor who rings a flat of two, and the residents' legs.
    fn rings() -> (Vec<Event>, LegId, [LegId; 2]) {
        let mut visit = Visit::with(policy());
        visit.rings();
        let legs = [visit.leg_of(1), visit.leg_of(2)];
        visit.events.retain(|event| newcomer(event, NOON).is_some());
        (visit.events, LegId::from_uuid(DOOR), legs)
    }

    #[test]
    fn everyone_is_listed_in_the_order_in_which_they_came() {
        let (events, door, [ada, ben]) = rings();

        let all = after(&events);

        let who = |found: &Participant| {
            let number = found.number.as_ref().and_then(Personal::value).cloned();
            (found.leg, found.role, found.resident, number, found.state)
        };
        let panel = PhoneNumber::parse("+441632960001").unwrap();
        assert_eq!(
            all.iter().map(who).collect::<Vec<_>>(),
            [
                (door, ParticipantRole::Visitor, None, Some(panel), Presence::Connected),
                (
                    ada,
                    ParticipantRole::Resident,
                    Some(id(101)),
                    Some(number(101)),
                    Presence::Waiting
                ),
                (
                    ben,
                    ParticipantRole::Resident,
                    Some(id(102)),
                    Some(number(102)),
                    Presence::Waiting
                ),
            ]
        );
        assert_eq!(all[1].since, NOON + Duration::from_secs(1));
    }

    #[test]
    fn each_report_takes_one_further_and_a_late_one_takes_nobody_back() {
        let (mut events, _, [leg, other]) = rings();
        let rung = events.len();
        let ends_at = NOON + Duration::from_secs(600);
        let accepted = Event::CallAccepted { leg, how: AcceptMode::Key, ends_at };

        for (event, state, since) in [
            (Event::DialStarted { leg }, Presence::Dialling, 0),
            (Event::LegRinging { leg }, Presence::Ringing, 1),
            (Event::LegRinging { leg }, Presence::Ringing, 1),
            (Event::DialStarted { leg }, Presence::Ringing, 1),
            (Event::LegAnswered { leg }, Presence::Connected, 4),
            (accepted, Presence::Talking, 5),
            (Event::LegAnswered { leg }, Presence::Talking, 5),
            (Event::DialExpired { leg }, Presence::Gone, 7),
            (Event::PartyReached { leg }, Presence::Gone, 7),
        ] {
            let kind = event.kind();
            events.push(event);
            let all = after(&events);

            assert_eq!(all[1].state, state, "{kind}");
            let since = NOON + Duration::from_secs(rung as u64 + since);
            assert_eq!(all[1].since, since, "{kind}");
            assert_eq!((all[2].leg, all[2].state), (other, Presence::Waiting), "{kind}");
        }
    }

    #[test]
    fn whom_we_called_talks_once_they_are_reached() {
        let (mut events, _, [leg, _]) = rings();
        events.push(Event::PartyReached { leg });

        assert_eq!(after(&events)[1].state, Presence::Talking);
    }

    #[test]
    fn the_entry_that_let_a_visitor_ring_is_the_visitors_alone() {
        let (mut events, ..) = rings();
        events.push(Event::CallerAdmitted { admission: Admission::Allowlisted(id(60)) });

        let listed = after(&events).into_iter().map(|found| found.listed);

        assert_eq!(listed.collect::<Vec<_>>(), [Some(id(60)), None, None]);
    }

    #[test]
    fn visitors_and_the_concierge_have_a_title_and_others_a_name() {
        let titles = [
            ParticipantRole::Visitor,
            ParticipantRole::Resident,
            ParticipantRole::Concierge,
            ParticipantRole::Called,
            ParticipantRole::Connected,
        ]
        .map(ParticipantRole::title);

        assert_eq!(titles, [Some("Visitor"), None, Some("Concierge"), None, None]);
    }
}
