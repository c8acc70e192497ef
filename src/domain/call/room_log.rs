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

    use super::super::signal::{CarrierRoom, LegEnd, LegEndCause};
    use super::super::timeline::Numbers;
    use super::*;
    use crate::domain::call::record::EndSource;

    fn told(events: &[Event]) -> Vec<String> {
        told_of(None, events)
    }

    fn told_of(visitor: Option<LegId>, events: &[Event]) -> Vec<String> {
        let names = HashMap::new();
        let mut teller = Teller::new(&names, Numbers::Whole);
        teller.visitor = visitor;
        as_it_happened(events).into_iter().filter_map(|at| teller.tell(&events[at])).collect()
    }

    fn leg() -> LegId {
        LegId::from_uuid(Uuid::from_u128(7))
    }

    fn room(name: &str) -> Event {
        Event::RoomNamed { room: CarrierRoom(name.into()) }
    }

    fn joined() -> Event {
        Event::LegJoined { leg: leg(), sequence: None }
    }

    fn left(why: Option<LeaveReason>) -> Event {
        Event::LegLeft { leg: leg(), why, sequence: None }
    }

    fn over() -> Event {
        let cause = LegEndCause::HungUp;
        let end = LegEnd { cause, is_final: true, duration_seconds: None, cost: None };
        Event::LegEnded { leg: leg(), end, source: EndSource::Reported }
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
        let joined = Event::LegJoined { leg, sequence: Some(1) };
        let left = Event::LegLeft { leg, why: Some(LeaveReason::HungUp), sequence: Some(2) };

        assert_eq!(
            told(&[joined.clone(), left.clone(), over()]),
            ["Someone came into the room.", "Someone left the room: hung up."]
        );
        assert_eq!(
            told(&[joined, over(), left]),
            ["Someone came into the room.", "Someone is no longer connected."]
        );
    }

    #[test]
    fn each_change_is_told_when_it_is_one() {
        let (leg, sequence) = (leg(), None);
        let events = [
            joined(),
            Event::LegMuted { leg, sequence },
            Event::LegUnmuted { leg, sequence },
            Event::LegHeld { leg, sequence },
            Event::LegResumed { leg, sequence },
            Event::SpeechStarted { leg, sequence },
            Event::SpeechStopped { leg, sequence },
            left(None),
        ];
        let twice: Vec<Event> =
            events.iter().flat_map(|event| [event.clone(), event.clone()]).collect();

        assert_eq!(
            told(&twice),
            [
                "Someone came into the room.",
                "Someone was muted.",
                "Someone may speak again.",
                "Someone was put on hold.",
                "Someone is no longer on hold.",
                "Someone left the room.",
            ]
        );
    }

    #[test]
    fn who_left_is_told_with_the_reason() {
        let why = |why: LeaveReason| told(&[joined(), left(Some(why))]).split_off(1);

        assert_eq!(why(LeaveReason::HungUp), ["Someone left the room: hung up."]);
        assert_eq!(why(LeaveReason::Removed), ["Someone left the room: was taken out."]);
        assert_eq!(why(LeaveReason::Redirected), ["Someone left the room: hears something else."]);
        assert_eq!(why(LeaveReason::NeverCame), ["Someone never came to the room."]);
        assert!(why(LeaveReason::RoomEnded).is_empty());
    }

    #[test]
    fn who_was_not_in_the_room_left_it_only_for_good() {
        let why = |why: Option<LeaveReason>| told(&[left(why)]);

        assert!(why(None).is_empty());
        assert!(why(Some(LeaveReason::Redirected)).is_empty());
        assert_eq!(why(Some(LeaveReason::HungUp)), ["Someone left the room: hung up."]);
        assert_eq!(why(Some(LeaveReason::NeverCame)), ["Someone never came to the room."]);
    }

    #[test]
    fn the_end_of_a_phone_connection_is_told_unless_they_left_for_good() {
        let end = |why: LeaveReason| told(&[joined(), left(Some(why)), over()]).split_off(2);

        assert!(end(LeaveReason::HungUp).is_empty());
        assert!(end(LeaveReason::Removed).is_empty());
        assert_eq!(end(LeaveReason::Redirected), ["Someone is no longer connected."]);
    }

    #[test]
    fn who_is_no_longer_connected_does_not_come_into_the_room() {
        assert_eq!(told(&[over(), joined(), joined()]), ["Someone is no longer connected."]);
    }

    #[test]
    fn a_room_that_is_closed_or_another_one_is_come_into_once_more() {
        let came = "Someone came into the room.";

        let closed = Event::RoomEnded { why: None, sequence: None };
        assert_eq!(told(&[joined(), closed, joined()]), [came, "The room was closed.", came]);
        assert_eq!(told(&[room("r1"), joined(), room("r2"), joined()]), [came, came]);
    }

    #[test]
    fn a_change_of_rights_and_announcements_name_whom_they_are_for() {
        let (someone, sequence) = (leg(), None);
        let to = |leg: Option<LegId>| {
            [
                Event::LegModified { leg: someone, sequence },
                Event::AnnouncementEnded { leg, sequence },
                Event::AnnouncementFailed { leg, reason: "no such file".into(), sequence },
            ]
        };

        assert_eq!(
            told_of(Some(someone), &to(Some(someone))),
            [
                "What the visitor may do in the room was changed.",
                "The announcement to the visitor was heard to its end.",
                "The announcement to the visitor could not be made.",
            ]
        );
        assert_eq!(
            told(&to(None)),
            [
                "What Someone may do in the room was changed.",
                "The announcement to all was heard to its end.",
                "The announcement to all could not be made.",
            ]
        );
    }

    #[test]
    fn a_closed_room_is_told_with_the_reason() {
        let of = |visitor: Option<LegId>, why: Option<RoomEnd>| {
            told_of(visitor, &[Event::RoomEnded { why, sequence: None }]).concat()
        };
        let why = |why: RoomEnd| of(Some(leg()), Some(why));

        assert_eq!(of(None, None), "The room was closed.");
        assert_eq!(why(RoomEnd::LastLeft), "The room was closed: the last one left.");
        assert_eq!(why(RoomEnd::LastRemoved), "The room was closed: the last one was taken out.");
        assert_eq!(why(RoomEnd::HostLeft), "The room was closed: the visitor left.");
        assert_eq!(why(RoomEnd::HostRemoved), "The room was closed: the visitor was taken out.");
        assert_eq!(why(RoomEnd::ByUs), "The room was closed by us.");
        let called = of(None, Some(RoomEnd::HostLeft));
        assert_eq!(called, "The room was closed: who was called left.");
    }

    #[test]
    fn news_goes_before_what_has_a_higher_count_in_its_room() {
        let nth = |n: u32| Event::LegModified { leg: leg(), sequence: Some(n) };

        assert_eq!(as_it_happened(&[nth(5), nth(3), nth(5)]), [1, 0, 2]);
        assert_eq!(as_it_happened(&[nth(1), joined(), nth(3), nth(2)]), [0, 1, 3, 2]);
        let two_rooms = [room("r1"), nth(5), room("r2"), nth(1), nth(3), nth(2)];
        assert_eq!(as_it_happened(&two_rooms), [0, 1, 2, 3, 5, 4]);
    }
}
