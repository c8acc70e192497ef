//! When someone came into the room that a call's legs share, when they left it and why; and the room's own beginning and end.
//! Carriers that tell nothing of rooms tell of legs: what can be concluded from those, is.
#![expect(clippy::wildcard_enum_match_arm, reason = "most events are not about the room")]

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::event::Event;
use super::room::{LegInRoom, LegPlace, Told};
use super::signal::{LeaveReason, RoomEnd};
use crate::domain::ids::LegId;

/// Someone's stay in the room: the last, if they left and came back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stay {
    /// How they are in it.
    pub room: LegInRoom,
    /// When they came.
    #[serde(with = "time::serde::rfc3339::option")]
    pub joined_at: Option<OffsetDateTime>,
    /// When they left.
    #[serde(with = "time::serde::rfc3339::option")]
    pub left_at: Option<OffsetDateTime>,
    left_because: Told<Option<LeaveReason>>,
    expelled: Option<LeaveReason>,
}

impl Stay {
    /// Why they left, where that is known.
    pub fn left_because(&self) -> Option<LeaveReason> {
        self.left_because.value
    }

    /// The stay after an event of the call, recorded at `at`.
    pub fn apply(&mut self, this: LegId, event: &Event, at: OffsetDateTime) {
        let before = self.room.place();
        self.room.apply(this, event);
        let after = self.room.place();
        match event {
            Event::LegJoined { leg, sequence } if *leg == this => match (before, after) {
                (LegPlace::Outside, LegPlace::InRoom) => self.comes(*sequence, at),
                (LegPlace::InRoom, LegPlace::InRoom) => {}
                // Told after they left: it was before that.
                (_, LegPlace::Outside) => {
                    self.joined_at = self.joined_at.or(self.left_at.map(|left| left.min(at)));
                }
            },
            Event::LegLeft { leg, why, sequence } if *leg == this => {
                if after == LegPlace::Outside {
                    self.left_at = self.left_at.or(Some(at));
                    if why.is_some() {
                        self.left_because.hear(*why, *sequence);
                    }
                }
            }
            Event::LegRemoved { leg } if *leg == this => {
                self.expelled = Some(LeaveReason::Removed);
            }
            Event::HangUpRequested { leg, .. } if *leg == this => {
                self.expelled = self.expelled.or(Some(LeaveReason::RoomEnded));
            }
            Event::RoomEnded { .. } => self.goes(before, after, LeaveReason::RoomEnded, at),
            _ => self.goes(before, after, self.expelled.unwrap_or(LeaveReason::HungUp), at),
        }
    }

    fn comes(&mut self, sequence: Option<u32>, at: OffsetDateTime) {
        (self.joined_at, self.left_at) = (Some(at), None);
        self.left_because = Told { value: None, sequence };
    }

    /// They are gone without a word of the carrier's: why is what we conclude, until it says more.
    fn goes(&mut self, before: LegPlace, after: LegPlace, why: LeaveReason, at: OffsetDateTime) {
        if (before, after) == (LegPlace::InRoom, LegPlace::Outside) {
            self.left_at = Some(at);
            self.left_because.value = Some(why);
        }
    }
}

/// When the room was open: from when two could hear each other until it was closed. The last one, if a call had several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomSpan {
    /// Since when they could hear each other.
    pub started_at: Option<OffsetDateTime>,
    /// When it was closed.
    pub ended_at: Option<OffsetDateTime>,
    /// Why, where that is known.
    pub ended_because: Option<RoomEnd>,
}

/// The room of the call that these events made, each with the time of its recording. Nothing if nobody was in one.
pub fn room_of<'a>(
    events: impl IntoIterator<Item = (&'a Event, OffsetDateTime)>,
) -> Option<RoomSpan> {
    let mut span = RoomSpan::default();
    let mut legs: BTreeMap<LegId, LegInRoom> = BTreeMap::new();
    let (mut expelled, mut was_used, mut is_told) = (BTreeSet::new(), false, false);
    for (event, at) in events {
        match event {
            Event::CallRang(rang) => _ = legs.insert(rang.leg, LegInRoom::default()),
            Event::DialRequested(dial) => _ = legs.insert(dial.leg, LegInRoom::default()),
            Event::HangUpRequested { leg, .. } => _ = expelled.insert(*leg),
            _ => {}
        }
        let before = present(&legs);
        legs.iter_mut().for_each(|(id, leg)| leg.apply(*id, event));
        let after = present(&legs);
        match event {
            Event::RoomNamed { .. } => {
                span = RoomSpan::default();
                (was_used, is_told) = (true, true);
            }
            Event::RoomStarted { .. } => span.started_at = span.started_at.or(Some(at)),
            Event::RoomEnded { why, .. } => {
                (span.ended_at, span.ended_because) = (Some(at), *why);
            }
            _ if is_told => {}
            _ if after >= 2 && span.started_at.is_none() => span.started_at = Some(at),
            _ if before > 0 && after == 0 => {
                let by_us = matches!(event, Event::LegEnded { leg, .. } if expelled.contains(leg));
                let why = if by_us { RoomEnd::ByUs } else { RoomEnd::LastLeft };
                (span.ended_at, span.ended_because) = (Some(at), Some(why));
            }
            _ if after > 0 => (span.ended_at, span.ended_because) = (None, None),
            _ => {}
        }
        was_used |= after > 0;
    }
    was_used.then_some(span)
}

fn present(legs: &BTreeMap<LegId, LegInRoom>) -> usize {
    legs.values().filter(|leg| leg.place() == LegPlace::InRoom).count()
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use time::macros::datetime;
    use uuid::Uuid;

    use super::super::event::{By, CallRang, DialRequested, Target};
    use super::super::record::EndSource;
    use super::super::signal::{CarrierLeg, CarrierRoom, Direction, LegEnd, LegEndCause};
    use super::*;
    use crate::domain::ids::SubjectId;
    use crate::domain::personal::Personal;
    use crate::domain::phone_number::PhoneNumber;
    use crate::domain::policy::flow::AcceptMode;

    const ADA: LegId = LegId::from_uuid(Uuid::from_u128(101));
    const BEN: LegId = LegId::from_uuid(Uuid::from_u128(102));

    fn id<T: From<Uuid>>(n: u128) -> T {
        T::from(Uuid::from_u128(n))
    }

    /// So many minutes past noon.
    fn at(minute: i64) -> OffsetDateTime {
        datetime!(2026-11-20 12:00 UTC) + Duration::minutes(minute)
    }

    fn joined(leg: LegId, sequence: Option<u32>) -> Event {
        Event::LegJoined { leg, sequence }
    }

    fn left(leg: LegId, why: Option<LeaveReason>, sequence: Option<u32>) -> Event {
        Event::LegLeft { leg, why, sequence }
    }

    fn hung_up_on(leg: LegId) -> Event {
        Event::HangUpRequested { leg, delay_ms: 0 }
    }

    fn removed(leg: LegId) -> Event {
        Event::LegRemoved { leg }
    }

    fn closed(why: Option<RoomEnd>) -> Event {
        Event::RoomEnded { why, sequence: None }
    }

    fn over(leg: LegId) -> Event {
        let cause = LegEndCause::HungUp;
        let end = LegEnd { cause, is_final: true, duration_seconds: None, cost: None };
        Event::LegEnded { leg, end, source: EndSource::Reported }
    }

    /// Ada's stay after these events, a minute apart from noon on.
    fn stay<const N: usize>(events: [Event; N]) -> Stay {
        let mut stay = Stay::default();
        for (event, minute) in events.iter().zip(0..) {
            stay.apply(ADA, event, at(minute));
        }
        stay
    }

    /// When Ada came, when she left, and why.
    fn told(stay: &Stay) -> (Option<OffsetDateTime>, Option<OffsetDateTime>, Option<LeaveReason>) {
        (stay.joined_at, stay.left_at, stay.left_because())
    }

    #[test]
    fn a_stay_has_the_times_of_coming_and_leaving_and_the_carriers_reason() {
        let came = stay([joined(ADA, None)]);
        assert_eq!(told(&came), (Some(at(0)), None, None));

        let gone = stay([joined(ADA, None), left(ADA, Some(LeaveReason::Redirected), None)]);
        assert_eq!(told(&gone), (Some(at(0)), Some(at(1)), Some(LeaveReason::Redirected)));
        let untold = stay([joined(ADA, None), left(ADA, None, None)]);
        assert_eq!(told(&untold), (Some(at(0)), Some(at(1)), None));
    }

    #[test]
    fn what_is_told_twice_happened_when_it_was_told_first() {
        let twice = stay([
            joined(ADA, Some(1)),
            joined(ADA, Some(1)),
            left(ADA, None, Some(2)),
            left(ADA, Some(LeaveReason::Removed), Some(2)),
        ]);

        assert_eq!(told(&twice), (Some(at(0)), Some(at(2)), Some(LeaveReason::Removed)));
    }

    #[test]
    fn who_comes_back_stays_anew() {
        let back = stay([
            joined(ADA, Some(1)),
            left(ADA, Some(LeaveReason::Redirected), Some(2)),
            joined(ADA, Some(3)),
        ]);

        assert_eq!(told(&back), (Some(at(2)), None, None));
    }

    #[test]
    fn coming_that_is_told_after_leaving_was_not_after_it() {
        let late = stay([left(ADA, None, Some(2)), joined(ADA, Some(1))]);
        assert_eq!(told(&late), (Some(at(0)), Some(at(0)), None));

        let mut early = Stay::default();
        early.apply(ADA, &left(ADA, None, Some(2)), at(5));
        early.apply(ADA, &joined(ADA, Some(1)), at(4));
        assert_eq!(told(&early), (Some(at(4)), Some(at(5)), None));
    }

    #[test]
    fn leaving_that_is_told_after_coming_back_changes_nothing() {
        let back = stay([joined(ADA, Some(3)), left(ADA, Some(LeaveReason::Removed), Some(2))]);

        assert_eq!(told(&back), (Some(at(0)), None, None));
    }

    #[test]
    fn others_come_and_go_without_touching_a_stay() {
        let (ben_came, ben_left) =
            (joined(BEN, None), left(BEN, Some(LeaveReason::Removed), Some(1)));

        assert_eq!(stay([ben_came.clone(), ben_left]), Stay::default());
        let gone = stay([left(ADA, None, None), ben_came]);
        assert_eq!(told(&gone), (None, Some(at(0)), None));
    }

    #[test]
    fn why_a_leg_that_is_over_left_is_concluded_from_what_was_done_to_it() {
        let why = |stay: Stay| {
            assert_eq!((stay.joined_at, stay.left_at.is_some()), (Some(at(0)), true));
            stay.left_because()
        };
        let came = joined(ADA, None);

        let hung_up = stay([came.clone(), over(ADA)]);
        assert_eq!(told(&hung_up), (Some(at(0)), Some(at(1)), Some(LeaveReason::HungUp)));
        let taken_out = [came.clone(), removed(ADA), over(ADA)];
        assert_eq!(why(stay(taken_out)), Some(LeaveReason::Removed));
        let was_hung_up_on = [came.clone(), hung_up_on(ADA), over(ADA)];
        assert_eq!(why(stay(was_hung_up_on)), Some(LeaveReason::RoomEnded));
        let both = [came.clone(), removed(ADA), hung_up_on(ADA), over(ADA)];
        assert_eq!(why(stay(both)), Some(LeaveReason::Removed));

        let ben_taken_out = [came.clone(), removed(BEN), over(ADA)];
        assert_eq!(why(stay(ben_taken_out)), Some(LeaveReason::HungUp));
        let ben_hung_up_on = [came, hung_up_on(BEN), over(ADA)];
        assert_eq!(why(stay(ben_hung_up_on)), Some(LeaveReason::HungUp));
    }

    #[test]
    fn who_is_there_when_the_room_is_closed_leaves_because_of_that() {
        let closed_on = stay([joined(ADA, None), closed(Some(RoomEnd::HostLeft))]);
        assert_eq!(told(&closed_on), (Some(at(0)), Some(at(1)), Some(LeaveReason::RoomEnded)));

        let before = stay([joined(ADA, None), over(ADA), closed(None)]);
        assert_eq!(told(&before), (Some(at(0)), Some(at(1)), Some(LeaveReason::HungUp)));
    }

    #[test]
    fn the_carriers_reason_replaces_the_concluded_one_and_not_its_time() {
        let corrected = stay([
            joined(ADA, Some(1)),
            over(ADA),
            left(ADA, Some(LeaveReason::Redirected), Some(2)),
            left(ADA, None, Some(3)),
        ]);

        assert_eq!(told(&corrected), (Some(at(0)), Some(at(1)), Some(LeaveReason::Redirected)));
    }

    fn number() -> Personal<PhoneNumber> {
        Personal::of(id::<SubjectId>(90), PhoneNumber::parse("+447700900101").unwrap())
    }

    /// Ada rings.
    fn rang() -> Event {
        Event::CallRang(CallRang {
            call: id(1),
            tenant: id(2),
            building: id(3),
            entrance: id(4),
            line: id(5),
            connection: id(6),
            caller: Some(number()),
            leg: ADA,
            carrier_leg: CarrierLeg { id: "x".into(), region: None },
            direction: Direction::Inbound,
            users: vec![],
        })
    }

    /// Ben is dialled.
    fn dialled() -> Event {
        Event::DialRequested(DialRequested {
            leg: BEN,
            step: 1,
            target: Target::Resident(id(7)),
            number: number(),
            number_index: 0,
            attempt: 1,
            accept: AcceptMode::Key,
            not_before: at(0),
            deadline: at(0),
            ring_until: at(0),
            by: By::Request,
        })
    }

    /// The room of a call: Ada rings at noon, Ben is dialled, and these events come, each a minute later.
    fn room<const N: usize>(events: [Event; N]) -> Option<RoomSpan> {
        let mut all = vec![rang(), dialled()];
        all.extend(events);
        room_of(all.iter().zip((0..).map(at)))
    }

    fn started(minute: i64) -> RoomSpan {
        RoomSpan { started_at: Some(at(minute)), ended_at: None, ended_because: None }
    }

    fn ended(start: i64, end: i64, why: RoomEnd) -> RoomSpan {
        RoomSpan { ended_at: Some(at(end)), ended_because: Some(why), ..started(start) }
    }

    fn ada_came() -> Event {
        joined(ADA, None)
    }

    fn ben_came() -> Event {
        joined(BEN, None)
    }

    fn ada_left() -> Event {
        left(ADA, None, None)
    }

    fn ben_left() -> Event {
        left(BEN, None, None)
    }

    fn named(name: &str) -> Event {
        Event::RoomNamed { room: CarrierRoom(name.into()) }
    }

    #[test]
    fn a_call_in_which_nobody_was_in_a_room_had_none() {
        assert_eq!(room([]), None);
        assert_eq!(room([over(BEN), over(ADA)]), None);
    }

    #[test]
    fn a_room_nobody_tells_of_is_open_from_when_two_are_in_it() {
        assert_eq!(room([ada_came()]), Some(RoomSpan::default()));
        assert_eq!(room([ada_came(), ben_came()]), Some(started(3)));
        let speaks = Event::SpeechStarted { leg: ADA, sequence: None };
        assert_eq!(room([ada_came(), ben_came(), speaks]), Some(started(3)));
    }

    #[test]
    fn it_is_closed_when_the_last_one_left_unless_someone_comes_back() {
        let gone = || [ada_came(), ben_came(), ben_left(), ada_left(), over(ADA)];

        assert_eq!(room(gone()), Some(ended(3, 5, RoomEnd::LastLeft)));
        let [a, b, c, d, e] = gone();
        assert_eq!(room([a, b, c, d, e, ben_came()]), Some(started(3)));
        assert_eq!(room([ada_came(), ben_came(), ben_left()]), Some(started(3)));
    }

    #[test]
    fn it_is_closed_by_us_when_we_hung_the_last_one_up() {
        let both = [ada_came(), ben_came(), hung_up_on(BEN), over(BEN), hung_up_on(ADA), over(ADA)];
        assert_eq!(room(both), Some(ended(3, 7, RoomEnd::ByUs)));

        let ada_hung_up = [ada_came(), ben_came(), hung_up_on(BEN), over(BEN), over(ADA)];
        assert_eq!(room(ada_hung_up), Some(ended(3, 6, RoomEnd::LastLeft)));
        let ada_only_left = [ada_came(), ben_came(), ben_left(), hung_up_on(ADA), ada_left()];
        assert_eq!(room(ada_only_left), Some(ended(3, 6, RoomEnd::LastLeft)));
    }

    #[test]
    fn a_room_the_carrier_tells_of_is_open_and_closed_when_it_says_so() {
        let begins = || Event::RoomStarted { sequence: None };

        assert_eq!(room([named("r1")]), Some(RoomSpan::default()));
        let unsaid = [named("r1"), ada_came(), ben_came(), ben_left(), ada_left()];
        assert_eq!(room(unsaid), Some(RoomSpan::default()));
        let said = [named("r1"), ada_came(), ben_came(), begins(), begins(), ada_left()];
        assert_eq!(room(said), Some(started(5)));
        let closed =
            [named("r1"), begins(), ada_came(), closed(Some(RoomEnd::HostLeft)), over(ADA)];
        assert_eq!(room(closed), Some(ended(3, 5, RoomEnd::HostLeft)));
    }

    #[test]
    fn the_last_of_several_rooms_is_told_of() {
        let begins = || Event::RoomStarted { sequence: None };
        let first = || [named("r1"), begins(), closed(Some(RoomEnd::ByUs)), named("r2")];

        assert_eq!(room(first()), Some(RoomSpan::default()));
        let [a, b, c, d] = first();
        assert_eq!(room([a, b, c, d, begins()]), Some(started(6)));
    }
}
