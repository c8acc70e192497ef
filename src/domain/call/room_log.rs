//! The room's log: its news in plain sentences, in the order in which things happened. Who speaks when is for the live view.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the timeline hands over what is about the room"
)]

use super::event::Event;
use super::room::LegInRoom;
use super::signal::{LeaveReason, RoomEnd};
use super::timeline::Teller;
use crate::domain::ids::LegId;

impl Teller<'_> {
    /// What happened in the room, in a sentence; nothing for what was told already.
    pub(super) fn in_the_room(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::RoomNamed { .. } => {
                self.changes_all(event);
                None
            }
            Event::RoomStarted { .. } => Some("They can hear each other.".to_owned()),
            Event::RoomEnded { why, .. } => {
                self.changes_all(event);
                Some(self.room_ended(*why))
            }
            Event::LegJoined { leg, .. } => {
                let comes = self.changes(*leg, event, LegInRoom::place);
                (comes && !self.over.contains(leg))
                    .then(|| format!("{} came into the room.", self.person(*leg)))
            }
            Event::LegLeft { leg, why, .. } => self.left(*leg, *why, event),
            Event::LegMuted { leg, .. } => {
                let new = self.changes(*leg, event, LegInRoom::voice);
                new.then(|| format!("{} was muted.", self.person(*leg)))
            }
            Event::LegUnmuted { leg, .. } => {
                let new = self.changes(*leg, event, LegInRoom::voice);
                new.then(|| format!("{} may speak again.", self.person(*leg)))
            }
            Event::LegHeld { leg, .. } => {
                let new = self.changes(*leg, event, LegInRoom::hold);
                new.then(|| format!("{} was put on hold.", self.person(*leg)))
            }
            Event::LegResumed { leg, .. } => {
                let new = self.changes(*leg, event, LegInRoom::hold);
                new.then(|| format!("{} is no longer on hold.", self.person(*leg)))
            }
            Event::LegModified { leg, .. } => {
                Some(format!("What {} may do in the room was changed.", self.mid(*leg)))
            }
            Event::AnnouncementEnded { leg, .. } => {
                Some(format!("The announcement to {} was heard to its end.", self.hearers(*leg)))
            }
            Event::AnnouncementFailed { leg, .. } => {
                Some(format!("The announcement to {} could not be made.", self.hearers(*leg)))
            }
            _ => None,
        }
    }

    /// Notes the event, and whether it changes what was told of the leg.
    fn changes<T: PartialEq>(
        &mut self,
        leg: LegId,
        event: &Event,
        of: impl Fn(&LegInRoom) -> T,
    ) -> bool {
        let room = self.rooms.entry(leg).or_default();
        let before = of(room);
        room.apply(leg, event);
        before != of(room)
    }

    fn changes_all(&mut self, event: &Event) {
        self.rooms.iter_mut().for_each(|(leg, room)| room.apply(*leg, event));
    }

    fn left(&mut self, leg: LegId, why: Option<LeaveReason>, event: &Event) -> Option<String> {
        let was_in = self.changes(leg, event, LegInRoom::place);
        // That they hung up, or that the room was closed, was told already.
        if self.over.contains(&leg) || why == Some(LeaveReason::RoomEnded) {
            return None;
        }
        let who = self.person(leg);
        let because = match why {
            None | Some(LeaveReason::Redirected) if !was_in => return None,
            None => return Some(format!("{who} left the room.")),
            Some(LeaveReason::NeverCame) => return Some(format!("{who} never came to the room.")),
            Some(LeaveReason::HungUp) => "hung up",
            Some(LeaveReason::Removed) => "was taken out",
            Some(LeaveReason::Redirected) => "hears something else",
            Some(LeaveReason::RoomEnded) => "the room was closed",
        };
        if matches!(why, Some(LeaveReason::HungUp | LeaveReason::Removed)) {
            self.left.insert(leg);
        }
        Some(format!("{who} left the room: {because}."))
    }

    fn room_ended(&self, why: Option<RoomEnd>) -> String {
        let host = if self.visitor.is_some() { "the visitor" } else { "who was called" };
        match why {
            None => "The room was closed.".to_owned(),
            Some(RoomEnd::LastLeft) => "The room was closed: the last one left.".to_owned(),
            Some(RoomEnd::LastRemoved) => {
                "The room was closed: the last one was taken out.".to_owned()
            }
            Some(RoomEnd::HostLeft) => format!("The room was closed: {host} left."),
            Some(RoomEnd::HostRemoved) => format!("The room was closed: {host} was taken out."),
            Some(RoomEnd::ByUs) => "The room was closed by us.".to_owned(),
        }
    }

    fn hearers(&self, leg: Option<LegId>) -> String {
        leg.map_or_else(|| "all".to_owned(), |leg| self.mid(leg))
    }

    /// Someone, in the middle of a sentence.
    fn mid(&self, leg: LegId) -> String {
        if self.visitor == Some(leg) { "the visitor".to_owned() } else { self.person(leg) }
    }
}

/// The places of these events of a call in the order in which they happened: what the carrier told of the room late goes where its
/// count says.
pub fn as_it_happened<'a>(events: impl IntoIterator<Item = &'a Event>) -> Vec<usize> {
    let mut order: Vec<(usize, Option<u32>)> = Vec::new();
    let mut room_began = 0;
    for (place, event) in events.into_iter().enumerate() {
        let sequence = event.sequence();
        let later =
            |(_, other): &(usize, Option<u32>)| other.zip(sequence).is_some_and(|(o, s)| o > s);
        let before = order[room_began..].iter().position(later);
        match before {
            Some(at) => order.insert(room_began + at, (place, sequence)),
            None => order.push((place, sequence)),
        }
        // Counting starts anew in another room.
        if matches!(event, Event::RoomNamed { .. }) {
            room_began = order.len();
        }
    }
    order.into_iter().map(|(place, _)| place).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use uuid::Uuid;

    use super::super::signal::CarrierRoom;
    use super::super::timeline::Numbers;
    use super::*;
    use crate::domain::call::record::EndSource;

    fn told(events: &[Event]) -> Vec<String> {
        let names = HashMap::new();
        let mut teller = Teller::new(&names, Numbers::Whole);
        as_it_happened(events).into_iter().filter_map(|at| teller.tell(&events[at])).collect()
    }

    fn leg() -> LegId {
        LegId::from_uuid(Uuid::from_u128(7))
    }

    fn room(name: &str) -> Event {
        Event::RoomNamed { room: CarrierRoom(name.into()) }
    }

    #[test]
    fn late_news_are_told_where_they_belong_and_nothing_twice() {
        let leg = leg();
        let events = [
            room("r1"),
            Event::LegMuted { leg, sequence: Some(3) },
            Event::LegJoined { leg, sequence: Some(1) },
            Event::RoomStarted { sequence: Some(2) },
            Event::LegMuted { leg, sequence: Some(4) },
            Event::SpeechStarted { leg, sequence: Some(5) },
            Event::LegHeld { leg, sequence: Some(6) },
            Event::LegLeft { leg, why: Some(LeaveReason::RoomEnded), sequence: Some(8) },
            Event::RoomEnded { why: Some(RoomEnd::LastLeft), sequence: Some(9) },
            Event::LegResumed { leg, sequence: Some(7) },
        ];

        assert_eq!(
            told(&events),
            [
                "Someone came into the room.",
                "They can hear each other.",
                "Someone was muted.",
                "Someone was put on hold.",
                "Someone is no longer on hold.",
                "The room was closed: the last one left.",
            ]
        );
    }

    #[test]
    fn counting_starts_anew_in_another_room() {
        let leg = leg();
        let events = [
            room("r1"),
            Event::LegJoined { leg, sequence: Some(5) },
            room("r2"),
            Event::LegJoined { leg, sequence: Some(2) },
            Event::LegHeld { leg, sequence: Some(1) },
        ];

        assert_eq!(as_it_happened(&events), [0, 1, 2, 4, 3]);
    }

    #[test]
    fn who_hung_up_is_not_said_to_be_gone_once_more() {
        let leg = leg();
        let end = super::super::signal::LegEnd {
            cause: super::super::signal::LegEndCause::HungUp,
            is_final: true,
            duration_seconds: None,
            cost: None,
        };
        let joined = Event::LegJoined { leg, sequence: Some(1) };
        let left = Event::LegLeft { leg, why: Some(LeaveReason::HungUp), sequence: Some(2) };
        let over = Event::LegEnded { leg, end, source: EndSource::Reported };

        assert_eq!(
            told(&[joined.clone(), left.clone(), over.clone()]),
            ["Someone came into the room.", "Someone left the room: hung up."]
        );
        assert_eq!(
            told(&[joined, over, left]),
            ["Someone came into the room.", "Someone is no longer connected."]
        );
    }
}
