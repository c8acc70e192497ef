//! How calls end: by whom, with what outcome, and when at the latest.

use std::time::Duration;

use uuid::Uuid;

use super::super::event::{Event, Operator};
use super::super::outcome::{Cause, Outcome};
use super::super::signal::{Command, LegEndCause, Signal, Timer};
use super::stories::{NOON, Visit, id, policy};
use crate::domain::call::Stage;
use crate::domain::ids::LegId;
use crate::domain::policy::Unit;
use crate::domain::policy::flow::Flow;

#[test]
fn the_end_of_a_leg_that_nobody_knows_ends_nothing() {
    let mut visit = Visit::with(policy());
    visit.rings();

    visit.leg_ends(LegId::from_uuid(Uuid::from_u128(404)), LegEndCause::HungUp);

    assert_eq!(visit.ended(), None);
    assert!(matches!(visit.call.stage, Stage::Ringing { .. }));
}

#[test]
fn whoever_a_manager_let_in_came_in_though_nobody_answered() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let (ada, ben) = (visit.placed(1), visit.placed(2));
    visit.signal(Signal::Command { by: Operator::User(id(77)), command: Command::OpenDoor });

    visit.leg_ends(ada, LegEndCause::Declined);
    visit.leg_ends(ben, LegEndCause::Declined);
    visit.visitor_leaves();

    assert_eq!(visit.ended(), Some((Outcome::Opened, Cause::EveryoneDeclined)));
}

#[test]
fn who_is_asked_for_a_code_has_the_time_for_it_before_the_call_is_overdue() {
    let mut visit = Visit::with(policy());
    visit.policy.units.push(Unit {
        id: id(60),
        name: "1205".into(),
        code: Some("1205".into()),
        flow: Flow::default(),
        residents: vec![],
    });

    visit.rings();

    let due = NOON + Duration::from_secs(180 + 120);
    assert!(visit.has(|event| *event == Event::TimerSet { timer: Timer::CallOverdue, due }));
}
