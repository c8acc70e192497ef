//! Who is rung, when, and for how long: each limit from both of its sides.
#![expect(clippy::wildcard_enum_match_arm, reason = "a story looks for one event among all")]

use std::time::Duration;

use time::OffsetDateTime;

use super::super::Stage;
use super::super::event::{DialRequested, Event, Opener, Operator, Target};
use super::super::outcome::{Cause, Outcome};
use super::super::signal::{Again, Command, DialReport, Keys, LegEndCause, Signal, Timer};
use super::stories::{DOOR, NOON, Visit, all_residents, id, number, policy, resident};
use crate::domain::ids::LegId;
use crate::domain::policy::flow::{AcceptMode, Group, Members, OnNone, Start};
use crate::domain::policy::schedule::Schedule;
use crate::domain::policy::{Resident, Unit};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn mornings() -> Schedule {
    let json = r#"{"weekly": [{"days": ["friday"], "from": "08:00", "to": "12:00"}]}"#;
    serde_json::from_str(json).unwrap()
}

/// Noon of the stories is on a Friday, so that the morning is just over.
fn group_of_the_morning() -> Group {
    Group { hours: Some(mornings()), ..all_residents() }
}

impl Visit {
    fn rung(&self) -> Vec<Target> {
        self.dials().iter().map(|dial| dial.target).collect()
    }

    /// When a timer was last set to go off.
    fn due(&self, wanted: Timer) -> Option<OffsetDateTime> {
        let mut dues = self.events.iter().filter_map(|event| match event {
            Event::TimerSet { timer, due } if *timer == wanted => Some(*due),
            _ => None,
        });
        dues.next_back()
    }

    fn skipped_groups(&self) -> Vec<u32> {
        let skipped = self.events.iter().filter_map(|event| match event {
            Event::GroupSkipped { group } => Some(*group),
            _ => None,
        });
        skipped.collect()
    }

    fn openers(&self) -> Vec<(u32, Opener)> {
        let openings = self.events.iter().filter_map(|event| match event {
            Event::DoorOpenRequested { opening, opener, .. } => Some((*opening, *opener)),
            _ => None,
        });
        openings.collect()
    }

    /// The carrier refuses the last dial, and says what another attempt is worth.
    fn is_refused(&mut self, again: Again) -> Option<DialRequested> {
        let before = self.dials();
        let leg = before.last().map(|dial| dial.leg).expect("someone was rung");
        self.signal(Signal::Dial { leg, report: DialReport::Ready });
        let report = DialReport::Refused { reason: "429".into(), again };
        self.signal(Signal::Dial { leg, report });
        self.dials().get(before.len()).cloned()
    }
}

/// A visit to whom these residents are behind the only door.
fn visit_to(residents: Vec<Resident>) -> Visit {
    let mut visit = Visit::with(policy());
    visit.policy.units[0].residents = residents;
    visit
}

#[test]
fn who_moves_in_today_or_out_tomorrow_is_rung_and_who_is_just_to_be_disturbed_again() {
    let mut visit = visit_to(vec![
        Resident { moved_in: Some(jiff::civil::date(2026, 11, 20)), ..resident(1) },
        Resident { moved_in: Some(jiff::civil::date(2026, 11, 19)), ..resident(2) },
        Resident { moved_out: Some(jiff::civil::date(2026, 11, 21)), ..resident(3) },
        Resident { do_not_disturb_until: Some(NOON), ..resident(4) },
        Resident { quiet_hours: Some(mornings()), ..resident(5) },
    ]);

    visit.rings();

    assert_eq!(visit.rung(), [1, 2, 3, 4, 5].map(|n| Target::Resident(resident(n).id)));
}

#[test]
fn who_moves_out_tomorrow_opens_today() {
    let leaves = Resident { moved_out: Some(jiff::civil::date(2026, 11, 21)), ..resident(1) };
    let mut visit = visit_to(vec![leaves.clone()]);
    visit.rings();
    let (ada, _) = visit.picks_up(1);

    visit.presses(ada, "9");

    assert_eq!(visit.openers(), [(1, Opener::Resident(leaves.id))]);
}

#[test]
fn a_group_outside_its_hours_is_skipped_and_the_next_one_rings() {
    let ben = Group { members: Members::Residents(vec![resident(2).id]), ..all_residents() };
    let mut visit = Visit::with(policy());
    visit.policy.units[0].flow.groups = vec![group_of_the_morning(), ben.clone()];
    visit.rings();
    assert_eq!(visit.skipped_groups(), [0]);
    assert_eq!(visit.rung(), [Target::Resident(resident(2).id)]);
    assert!(matches!(visit.call.stage, Stage::Ringing { group: 1, step: 1, .. }));

    let mut visit = Visit::with(policy());
    visit.policy.units[0].flow.groups = vec![group_of_the_morning(), ben];
    visit.at = NOON - seconds(1);
    visit.rings();
    assert_eq!(visit.skipped_groups().len(), 0);
    assert_eq!(visit.rung().len(), 2);
}

#[test]
fn the_concierge_rings_last_for_forty_seconds_must_press_a_key_and_may_open() {
    let mut visit = visit_to(vec![resident(1)]);
    visit.policy.units[0].flow.on_none = OnNone::Concierge;
    visit.policy.building.concierge = Some(number(900));
    visit.rings();
    let ada = visit.placed(1);
    visit.leg_ends(ada, LegEndCause::Declined);

    let desk = visit.dials().pop().unwrap();
    assert_eq!((desk.target, desk.number.value()), (Target::Concierge, Some(&number(900))));
    assert_eq!((desk.step, desk.accept), (2, AcceptMode::Key));
    assert_eq!(desk.ring_until, NOON + seconds(40));
    assert!(matches!(visit.call.stage, Stage::Ringing { group: 1, step: 2, .. }));

    visit.signal(Signal::Dial { leg: desk.leg, report: DialReport::Ready });
    visit.signal(Signal::Asks { leg: desk.leg, carrier_leg: None });
    assert_eq!(visit.openers(), []);
    visit.presses(desk.leg, "9");
    assert_eq!(visit.openers(), [(1, Opener::Concierge)]);
}

#[test]
fn a_concierge_who_does_not_answer_is_not_rung_again() {
    let mut visit = visit_to(vec![]);
    visit.policy.units[0].flow.on_none = OnNone::Concierge;
    visit.policy.building.concierge = Some(number(900));
    visit.rings();
    let desk = visit.dials().pop().unwrap();

    visit.leg_ends(desk.leg, LegEndCause::Unanswered);
    visit.visitor_leaves();

    assert_eq!(visit.rung(), [Target::Concierge]);
    assert_eq!(visit.ended(), Some((Outcome::NobodyCame, Cause::NobodyAnswered)));
}

#[test]
fn a_concierge_behind_our_own_number_is_nobody_and_so_is_one_whom_the_flow_does_not_name() {
    let own = policy().line.number;
    for (on_none, concierge) in [
        (OnNone::Concierge, own),
        (OnNone::HangUp, number(900)),
        (OnNone::Say { text: None }, number(900)),
    ] {
        let mut visit = visit_to(vec![]);
        visit.policy.units[0].flow.on_none = on_none.clone();
        visit.policy.building.concierge = Some(concierge);

        visit.rings();

        assert_eq!(visit.rung(), [], "{on_none:?}");
        assert!(matches!(visit.call.stage, Stage::Closing { .. }), "{on_none:?}");
    }
}

#[test]
fn a_group_is_over_in_its_time_cut_after_the_grace_and_overdue_after_that() {
    let mut visit = Visit::with(policy());

    visit.rings();

    assert_eq!(visit.due(Timer::GroupOver { step: 1 }), Some(NOON + seconds(25)));
    assert_eq!(visit.due(Timer::GroupCut { step: 1 }), Some(NOON + seconds(25 + 20)));
    assert_eq!(visit.due(Timer::CallOverdue), Some(NOON + seconds(25 + 20 + 120)));
}

#[test]
fn a_dial_leaves_soon_or_never_however_long_the_group_rings() {
    let mut visit = visit_to(vec![resident(1), resident(2), resident(3)]);
    let group = &mut visit.policy.units[0].flow.groups[0];
    (group.ring_seconds, group.start) = (40, Start::Spaced { seconds: 10 });

    visit.rings();

    let times = |dial: &DialRequested| [dial.not_before, dial.deadline, dial.ring_until];
    let from_noon = |times: [u64; 3]| times.map(|after| NOON + seconds(after));
    let dials: Vec<_> = visit.dials().iter().map(times).collect();
    assert_eq!(dials, [[0, 25, 40], [10, 35, 40], [20, 40, 40]].map(from_noon));
}

#[test]
fn a_dial_starts_until_its_deadline_and_expires_at_it() {
    for (after, starts) in [(24, true), (25, false)] {
        let mut visit = visit_to(vec![resident(1)]);
        visit.rings();
        visit.at += seconds(after);

        let leg = visit.leg_of(1);
        visit.signal(Signal::Dial { leg, report: DialReport::Ready });

        assert_eq!(visit.has(|event| matches!(event, Event::DialStarted { .. })), starts);
        assert_eq!(visit.has(|event| matches!(event, Event::DialExpired { .. })), !starts);
    }
}

#[test]
fn a_refused_dial_is_tried_three_times_in_all_and_only_within_its_deadline() {
    let mut visit = visit_to(vec![resident(1)]);
    visit.rings();
    let again = Again::after(seconds(1));
    assert_eq!(visit.is_refused(again).map(|dial| dial.attempt), Some(2));
    assert_eq!(visit.is_refused(again).map(|dial| dial.attempt), Some(3));
    assert_eq!(visit.is_refused(again), None);
    assert!(matches!(visit.call.stage, Stage::Closing { .. }));

    for (wait, is_tried_again) in [(24, true), (25, false)] {
        let mut visit = visit_to(vec![resident(1)]);
        visit.rings();
        let dial = visit.is_refused(Again::after(seconds(wait)));
        assert_eq!(dial.is_some(), is_tried_again, "after {wait} seconds");
    }
}

#[test]
fn a_residents_next_number_is_rung_unless_it_rings_already_or_is_our_own() {
    let next = |numbers: &[u32]| {
        let with_more = |others: &[u32]| {
            let numbers = [101].iter().chain(others).map(|n| number(*n)).collect();
            Resident { numbers, ..resident(1) }
        };
        let mut visit = visit_to(vec![resident(2), with_more(numbers)]);
        visit.policy.own_numbers.insert(number(900));
        visit.rings();
        let dial = visit.is_refused(Again::Never)?;
        Some((dial.number_index, dial.number.value()?.clone()))
    };

    assert_eq!(next(&[901, 902]), Some((1, number(901))));
    assert_eq!(next(&[102]), None, "it rings for somebody else");
    assert_eq!(next(&[900]), None, "it is one of our lines");
    assert_eq!(next(&[]), None);
}

#[test]
fn a_residents_third_number_follows_the_second_but_none_follows_the_deadline() {
    let numbers = vec![number(101), number(901), number(902)];
    let mut visit = visit_to(vec![Resident { numbers, ..resident(1) }]);
    visit.rings();

    visit.is_refused(Again::Never);
    let third = visit.is_refused(Again::Never).unwrap();

    assert_eq!((third.number_index, third.attempt), (2, 1));
    assert_eq!(third.number.value(), Some(&number(902)));

    for (after, is_rung) in [(24, true), (25, false)] {
        let numbers = vec![number(101), number(901)];
        let mut visit = visit_to(vec![Resident { numbers, ..resident(1) }]);
        visit.rings();
        let leg = visit.placed(1);
        visit.at += seconds(after);
        visit.leg_ends(leg, LegEndCause::Failed);
        assert_eq!(visit.dials().len() == 2, is_rung, "after {after} seconds");
    }
}

#[test]
fn someone_whom_a_manager_removed_is_not_rung_on_their_next_number() {
    let numbers = vec![number(101), number(901)];
    let mut visit = visit_to(vec![Resident { numbers, ..resident(1) }, resident(2)]);
    visit.rings();
    let ada = visit.placed(1);
    let by = Operator::User(id(77));

    visit.signal(Signal::Command { by, command: Command::Remove(ada) });
    visit.leg_ends(ada, LegEndCause::Failed);

    assert_eq!(visit.dials().len(), 2);
}

#[test]
fn one_press_lasts_three_seconds_and_each_opening_has_its_number() {
    let mut visit = visit_to(vec![resident(1)]);
    visit.rings();
    let (ada, _) = visit.picks_up(1);
    visit.presses(ada, "1");

    for after in [0, 2, 3, 5, 6] {
        visit.at = NOON + seconds(after);
        visit.presses(ada, "9");
    }

    let opener = Opener::Resident(resident(1).id);
    assert_eq!(visit.openers(), [(1, opener), (2, opener), (3, opener)]);
}

#[test]
fn a_talk_is_warned_before_its_end_and_each_extension_counts_from_the_key() {
    let mut visit = visit_to(vec![resident(1)]);
    visit.rings();
    let (ada, _) = visit.picks_up(1);
    visit.at += seconds(10);
    visit.presses(ada, "1");
    assert_eq!(visit.due(Timer::TalkEndsSoon { extension: 0 }), Some(NOON + seconds(115)));
    assert_eq!(visit.due(Timer::TalkOver { extension: 0 }), Some(NOON + seconds(130)));
    assert_eq!(visit.due(Timer::CallOverdue), Some(NOON + seconds(130 + 120)));

    for (extension, at) in [(1, 60), (2, 100)] {
        visit.at = NOON + seconds(at);
        visit.presses(ada, "5");
        assert_eq!(visit.due(Timer::TalkOver { extension }), Some(NOON + seconds(at + 120)));
    }
    let stale = visit.signal(Signal::Due(Timer::TalkEndsSoon { extension: 1 }));
    assert_eq!(stale.events, []);
}

#[test]
fn unit_codes_are_asked_for_three_times_each_with_its_number() {
    let mut visit = Visit::with(policy());
    let other = Unit { id: id(60), code: Some("1205".into()), ..visit.policy.units[0].clone() };
    visit.policy.units.push(other);
    visit.rings();
    for _ in 0..4 {
        visit.signal(Signal::Pressed { leg: LegId::from_uuid(DOOR), keys: Keys::None });
    }

    let asked = visit.events.iter().filter_map(|event| match event {
        Event::UnitCodeAsked { attempt } => Some(*attempt),
        _ => None,
    });
    assert_eq!(asked.collect::<Vec<_>>(), [1, 2, 3]);
    assert!(matches!(visit.call.stage, Stage::Closing { .. }));
}
