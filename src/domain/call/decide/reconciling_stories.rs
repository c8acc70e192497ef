//! Ends that nobody reported, told from the door.
#![expect(clippy::wildcard_enum_match_arm, reason = "a story looks for one event among all")]

use std::time::Duration;

use super::super::event::Event;
use super::super::explain::Rule;
use super::super::outcome::{Cause, Outcome};
use super::super::record::{EndSource, LegRecord, RecordSource};
use super::super::signal::{Discovered, Effect, EffectResult, LegEnd, LegEndCause, Signal, Timer};
use super::super::work::Task;
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
