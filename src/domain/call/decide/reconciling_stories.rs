//! Ends that nobody reported, told from the door.
#![expect(clippy::wildcard_enum_match_arm, reason = "a story looks for one event among all")]

use std::time::Duration;

use super::super::event::Event;
use super::super::explain::Rule;
use super::super::outcome::{Cause, Outcome};
use super::super::record::{EndSource, LegRecord, RecordSource};
use super::super::signal::{
    DialReport, Discovered, Effect, EffectResult, LegEnd, LegEndCause, Signal, Timer,
};
use super::super::work::Task;
use super::Decision;
use super::stories::{DOOR, NOON, Visit, carrier_leg, policy, rang};
use crate::domain::ids::LegId;

const LONG: Duration = Duration::from_secs(24 * 3600);

fn door() -> LegId {
    LegId::from_uuid(DOOR)
}

pub(super) fn over(cause: LegEndCause) -> LegRecord {
    let end = LegEnd { cause, is_final: true, duration_seconds: Some(9), cost: None };
    LegRecord::Over { end, source: RecordSource::Calls }
}

fn sought(visit: &Visit) -> Vec<(LegId, u32)> {
    let events = visit.events.iter();
    events
        .filter_map(|event| match event {
            Event::LegSought { leg, attempt } => Some((*leg, *attempt)),
            _ => None,
        })
        .collect()
}

fn source_of(visit: &Visit, of: LegId) -> Vec<EndSource> {
    let events = visit.events.iter();
    events
        .filter_map(|event| match event {
            Event::LegEnded { leg, source, .. } if *leg == of => Some(*source),
            _ => None,
        })
        .collect()
}

fn source_of_call(visit: &Visit) -> Option<EndSource> {
    visit.events.iter().find_map(|event| match event {
        Event::CallEnded { source, .. } => Some(*source),
        _ => None,
    })
}

impl Visit {
    fn watchdog_looks(&mut self) {
        self.at += LONG;
        self.signal(Signal::Due(Timer::CallOverdue));
    }

    fn record(&mut self, leg: LegId, record: LegRecord) {
        self.signal(Signal::Record { leg, record });
    }
}

fn talking() -> (Visit, LegId) {
    let mut visit = Visit::with(policy());
    visit.rings();
    let (leg, _) = visit.picks_up(1);
    visit.presses(leg, "1");
    (visit, leg)
}

#[test]
fn a_visitor_whose_end_got_lost_is_looked_up_and_the_call_ends_by_the_carriers_record() {
    let (mut visit, resident) = talking();
    visit.leg_ends(resident, LegEndCause::HungUp);

    visit.watchdog_looks();
    assert_eq!(sought(&visit), [(door(), 1)]);
    assert_eq!(visit.ended(), None, "it is asked for first");
    let order = visit
        .events
        .iter()
        .find(|event| matches!(event, Event::LegSought { .. }))
        .and_then(|event| event.order(visit.at))
        .expect("somebody asks");
    assert_eq!(order.task, Task::Cause(Effect::LookUp { leg: door() }));

    visit.record(door(), over(LegEndCause::HungUp));

    assert_eq!(visit.ended(), Some((Outcome::Talked, Cause::ResidentHungUp)));
    let by_calls = EndSource::Reconciled(RecordSource::Calls);
    assert_eq!(source_of(&visit, door()), [by_calls]);
    assert_eq!(source_of_call(&visit), Some(by_calls));
}

#[test]
fn a_resident_whose_end_got_lost_no_longer_talks() {
    let (mut visit, resident) = talking();

    visit.watchdog_looks();
    assert_eq!(sought(&visit).len(), 2, "both are asked for");
    visit.record(resident, over(LegEndCause::HungUp));

    assert!(visit.has(|event| *event == Event::HangUpRequested { leg: door(), delay_ms: 0 }));
    assert_eq!(source_of(&visit, resident), [EndSource::Reconciled(RecordSource::Calls)]);
    visit.visitor_leaves();
    assert_eq!(visit.ended(), Some((Outcome::Talked, Cause::ResidentHungUp)));
    assert_eq!(source_of_call(&visit), Some(EndSource::Reported), "the visitor's end was told");
}

#[test]
fn a_leg_that_outlasts_its_call_is_looked_up_as_well() {
    let (mut visit, resident) = talking();
    visit.visitor_leaves();
    assert!(visit.ended().is_some());

    visit.watchdog_looks();
    assert_eq!(sought(&visit), [(resident, 1)]);
    visit.record(resident, over(LegEndCause::HungUp));
    visit.watchdog_looks();

    assert_eq!(sought(&visit), [(resident, 1)], "it is found");
    assert_eq!(source_of(&visit, resident), [EndSource::Reconciled(RecordSource::Calls)]);
}

#[test]
fn what_the_carrier_does_not_tell_is_presumed_after_a_few_times() {
    for record in [Some(LegRecord::NoRecord), None] {
        let (mut visit, resident) = talking();
        visit.leg_ends(resident, LegEndCause::HungUp);

        for _ in 0..20 {
            visit.watchdog_looks();
            match record.clone() {
                Some(record) => visit.record(door(), record),
                None => {
                    let effect = Effect::LookUp { leg: door() };
                    let result = EffectResult::Unknown { reason: "no answer".into() };
                    visit.signal(Signal::Effect { effect, result });
                }
            }
        }

        let attempts: Vec<u32> = sought(&visit).into_iter().map(|(_, attempt)| attempt).collect();
        assert_eq!(attempts, [1, 2, 3, 4], "no more than that");
        assert_eq!(visit.ended(), Some((Outcome::Talked, Cause::ResidentHungUp)));
        assert_eq!(source_of(&visit, door()), [EndSource::Presumed]);
        assert_eq!(source_of_call(&visit), Some(EndSource::Presumed));
    }
}

#[test]
fn each_time_takes_longer_than_the_one_before() {
    let (mut visit, resident) = talking();
    visit.leg_ends(resident, LegEndCause::HungUp);

    let gaps: Vec<i64> = (0..4)
        .map(|_| {
            visit.watchdog_looks();
            let due = visit.call.overdue_at.expect("it is set again");
            (due - visit.at).whole_seconds()
        })
        .collect();

    assert_eq!(gaps, [30, 60, 120, 240]);
}

#[test]
fn who_talks_past_every_limit_is_hung_up_and_looked_up_again() {
    let (mut visit, resident) = talking();
    visit.leg_ends(resident, LegEndCause::HungUp);

    visit.watchdog_looks();
    let before = visit.events.len();
    let decision = visit.signal(Signal::Record { leg: door(), record: LegRecord::Running });

    assert_eq!(visit.events[before..], [Event::HangUpRequested { leg: door(), delay_ms: 0 }]);
    assert_eq!(decision.events[0].because.rule, Rule::RunsBeyondItsLimits);
    visit.watchdog_looks();
    visit.record(door(), over(LegEndCause::HungUp));
    assert_eq!(source_of_call(&visit), Some(EndSource::Reconciled(RecordSource::Calls)));
}

#[test]
fn a_report_that_comes_after_all_changes_nothing() {
    let (mut visit, resident) = talking();
    visit.leg_ends(resident, LegEndCause::HungUp);
    visit.watchdog_looks();
    visit.record(door(), over(LegEndCause::HungUp));
    let (before, state) = (visit.events.len(), visit.call.clone());

    visit.visitor_leaves();
    visit.record(door(), over(LegEndCause::Failed));
    visit.watchdog_looks();

    assert_eq!(visit.events.len(), before);
    assert_eq!(visit.call, state);
}

#[test]
fn an_end_that_was_reported_needs_no_record() {
    let (mut visit, resident) = talking();
    visit.leg_ends(resident, LegEndCause::HungUp);
    visit.visitor_leaves();
    let before = visit.events.len();

    visit.record(door(), over(LegEndCause::Failed));
    visit.watchdog_looks();

    assert_eq!(visit.events.len(), before);
    assert_eq!(source_of_call(&visit), Some(EndSource::Reported));
}

fn discovered() -> Signal {
    let LegRecord::Over { end, source } = over(LegEndCause::HungUp) else { unreachable!() };
    Signal::Discovered(Discovered {
        leg: door(),
        carrier_leg: carrier_leg(),
        began_at: Some(NOON),
        over_at: Some(NOON + Duration::from_secs(9)),
        end,
        source,
    })
}

#[test]
fn a_call_that_never_reached_us_is_written_down_and_rings_nobody() {
    let mut visit = Visit::with(policy());

    visit.signal(discovered());
    let events = visit.events.clone();
    visit.signal(discovered());
    visit.signal(rang());
    visit.visitor_leaves();
    visit.watchdog_looks();

    assert_eq!(visit.events, events, "found twice, or told late, it is the same call");
    assert!(matches!(&events[0], Event::CallDiscovered(found) if found.rang.caller.is_some()));
    assert_eq!(events.len(), 3);
    assert_eq!(visit.dials(), []);
    assert_eq!(visit.ended(), Some((Outcome::Failed, Cause::WeDidNotAnswer)));
    assert_eq!(source_of_call(&visit), Some(EndSource::Reconciled(RecordSource::Calls)));
}

#[test]
fn a_call_that_reached_us_after_all_is_not_found_once_more() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let before = visit.events.len();

    visit.signal(discovered());

    assert_eq!(visit.events.len(), before);
}

fn events(decision: &Decision) -> Vec<Event> {
    decision.events.iter().map(|recorded| recorded.event.clone()).collect()
}

fn rules(decision: &Decision) -> Vec<Rule> {
    decision.events.iter().map(|recorded| recorded.because.rule).collect()
}

fn presumed(leg: LegId, cause: LegEndCause) -> Event {
    let end = LegEnd { cause, is_final: true, duration_seconds: None, cost: None };
    Event::LegEnded { leg, end, source: EndSource::Presumed }
}

#[test]
fn what_stands_in_records_is_the_last_word_whatever_they_call_it() {
    let LegRecord::Over { end, source } = over(LegEndCause::HungUp) else { unreachable!() };
    let end = LegEnd { is_final: false, ..end };
    let (mut looked_up, _) = talking();
    looked_up.record(door(), LegRecord::Over { end: end.clone(), source });
    let mut found = Visit::with(policy());
    let (leg, carrier_leg) = (door(), carrier_leg());
    let (began_at, over_at) = (None, None);
    found.signal(Signal::Discovered(Discovered {
        leg,
        carrier_leg,
        began_at,
        over_at,
        end: end.clone(),
        source,
    }));

    let end = LegEnd { is_final: true, ..end };
    let over = Event::LegEnded { leg: door(), end, source: EndSource::Reconciled(source) };
    assert!(looked_up.has(|event| *event == over));
    assert!(found.has(|event| *event == over));
}

#[test]
fn what_the_records_do_not_tell_the_last_time_is_presumed_at_once() {
    let (mut visit, resident) = talking();
    visit.leg_ends(resident, LegEndCause::HungUp);
    let nothing = || Signal::Record { leg: door(), record: LegRecord::NoRecord };
    for _ in 0..3 {
        visit.watchdog_looks();
        assert_eq!(visit.signal(nothing()).events, []);
    }
    visit.watchdog_looks();

    let last = visit.signal(nothing());

    let (outcome, cause) = (Outcome::Talked, Cause::ResidentHungUp);
    let call_ended = Event::CallEnded { outcome, cause, source: EndSource::Presumed };
    assert_eq!(events(&last), [presumed(door(), LegEndCause::Unanswered), call_ended]);
    assert_eq!(rules(&last), [Rule::NobodyKnowsTheEnd, Rule::EveryCallEnds]);
}

#[test]
fn a_leg_that_the_carrier_never_named_is_presumed_over_while_the_visitors_is_looked_up() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let ada = visit.leg_of(1);
    visit.signal(Signal::Dial { leg: ada, report: DialReport::Ready });
    visit.signal(Signal::Asks { leg: ada, carrier_leg: None });
    visit.presses(ada, "1");
    visit.at += LONG;

    let looks = visit.signal(Signal::Due(Timer::CallOverdue));

    let due = visit.at + Duration::from_secs(30);
    assert_eq!(
        events(&looks),
        [
            presumed(ada, LegEndCause::HungUp),
            Event::LegSought { leg: door(), attempt: 1 },
            Event::TimerSet { timer: Timer::CallOverdue, due }
        ]
    );
    assert_eq!(visit.ended(), None);
}

#[test]
fn a_call_of_which_only_the_end_was_told_is_not_found_once_more() {
    let mut visit = Visit::with(policy());
    visit.visitor_leaves();
    assert_eq!(visit.ended(), Some((Outcome::Failed, Cause::NeverReachedUs)));

    let found = visit.signal(discovered());

    assert_eq!(found, Decision::default());
}

#[test]
fn legs_that_outlast_their_call_are_looked_for_soon() {
    let (mut visit, resident) = talking();

    let left = visit.visitor_leaves();

    let due = visit.at + visit.policy.limits.overdue_after;
    let looks = Event::TimerSet { timer: Timer::CallOverdue, due };
    assert_eq!(events(&left)[2..], [Event::HangUpRequested { leg: resident, delay_ms: 0 }, looks]);
}

#[test]
fn nobody_is_looked_for_when_the_last_leg_ends_the_call() {
    let (mut visit, resident) = talking();
    visit.leg_ends(resident, LegEndCause::HungUp);

    let left = visit.visitor_leaves();

    assert!(matches!(events(&left)[..], [Event::LegEnded { .. }, Event::CallEnded { .. }]));
}

#[test]
fn records_tell_an_end_and_the_rule_of_the_call_tells_what_it_means() {
    let record = |visit: &mut Visit| {
        let record = over(LegEndCause::HungUp);
        visit.signal(Signal::Record { leg: door(), record })
    };
    let (mut in_the_talk, _) = talking();
    let (mut after_the_talk, resident) = talking();
    after_the_talk.leg_ends(resident, LegEndCause::HungUp);

    assert_eq!(
        rules(&record(&mut in_the_talk))[..2],
        [Rule::RecordsTellTheEnd, Rule::VisitorHungUp]
    );
    assert_eq!(
        rules(&record(&mut after_the_talk)),
        [Rule::RecordsTellTheEnd, Rule::RecordsTellTheEnd]
    );
    let (mut told, resident) = talking();
    told.leg_ends(resident, LegEndCause::HungUp);
    assert_eq!(rules(&told.visitor_leaves()), [Rule::CarrierReported, Rule::CarrierReported]);
}

#[test]
fn whoever_is_presumed_gone_hung_up_if_they_had_picked_up() {
    let (mut visit, resident) = talking();
    visit.policy.limits.seeks = 0;

    visit.watchdog_looks();

    let (outcome, cause) = (Outcome::Talked, Cause::Overdue);
    let last = visit.events.len() - 3;
    assert_eq!(
        visit.events[last..],
        [
            presumed(door(), LegEndCause::Unanswered),
            presumed(resident, LegEndCause::HungUp),
            Event::CallEnded { outcome, cause, source: EndSource::Presumed }
        ]
    );
}
