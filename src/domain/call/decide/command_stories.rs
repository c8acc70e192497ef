//! What managers do to running calls, and what they are refused.
#![expect(clippy::wildcard_enum_match_arm, reason = "a story looks for one event among all")]

use std::time::Duration;

use uuid::Uuid;

use super::super::event::{Event, Opener, Operator};
use super::super::explain::Rule;
use super::super::outcome::{Cause, Outcome};
use super::super::signal::{Command, DialReport, LegEndCause, Signal};
use super::Decision;
use super::stories::{DOOR, Visit, policy};
use crate::domain::ids::{ApiKeyId, LegId, UserId};

const MANAGER: Operator = Operator::User(UserId::from_uuid(Uuid::from_u128(77)));
const PROGRAM: Operator = Operator::Program { api_key: ApiKeyId::from_uuid(Uuid::from_u128(78)) };

impl Visit {
    fn manager(&mut self, command: Command) -> Decision {
        self.signal(Signal::Command { by: MANAGER, command })
    }
}

fn door() -> LegId {
    LegId::from_uuid(DOOR)
}

fn asks_for(decision: &Decision, wanted: impl Fn(&Event) -> bool) -> bool {
    decision.refusal.is_none() && decision.events.iter().any(|recorded| wanted(&recorded.event))
}

#[test]
fn what_can_not_be_done_is_refused_with_its_rule_and_leaves_no_trace() {
    let mut visit = Visit::with(policy());
    assert_eq!(visit.manager(Command::HangUp).refusal, Some(Rule::CallHasNotBegun));
    visit.rings();
    let (ada, ben) = (visit.leg_of(1), visit.leg_of(2));
    let nobody = LegId::from_uuid(Uuid::from_u128(404));
    let before = visit.events.len();

    assert_eq!(visit.manager(Command::Mute(nobody)).refusal, Some(Rule::NoSuchLeg));
    assert_eq!(visit.manager(Command::Mute(ada)).refusal, Some(Rule::LegIsNotConnected));
    assert_eq!(visit.manager(Command::Remove(nobody)).refusal, Some(Rule::NoSuchLeg));
    assert_eq!(visit.events.len(), before);

    visit.leg_ends(ben, LegEndCause::Busy);
    assert_eq!(visit.manager(Command::Remove(ben)).refusal, Some(Rule::LegIsOver));
    assert!(asks_for(&visit.manager(Command::OpenDoor), |event| matches!(
        event,
        Event::DoorOpenRequested { .. }
    )));
    assert_eq!(visit.manager(Command::OpenDoor).refusal, Some(Rule::DoorJustOpened));
    visit.visitor_leaves();
    assert_eq!(visit.manager(Command::HangUp).refusal, Some(Rule::CallIsOver));
}

#[test]
fn who_is_connected_is_muted_and_heard_again() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let (ada, _) = visit.picks_up(1);
    visit.presses(ada, "1");

    for leg in [ada, door()] {
        let muted = visit.manager(Command::Mute(leg));
        assert!(asks_for(
            &muted,
            |event| matches!(event, Event::MuteRequested { leg: of } if *of == leg)
        ));
        let heard = visit.manager(Command::Unmute(leg));
        assert!(asks_for(
            &heard,
            |event| matches!(event, Event::UnmuteRequested { leg: of } if *of == leg)
        ));
    }
}

#[test]
fn who_is_removed_while_it_rings_is_not_rung_again_and_the_flow_goes_on() {
    let mut visit = Visit::with(policy());
    let group = visit.policy.units[0].flow.groups[0].clone();
    visit.policy.units[0].flow.groups.push(group);
    visit.rings();
    let (ada, ben) = (visit.leg_of(1), visit.leg_of(2));

    visit.manager(Command::Remove(ada));
    assert_eq!(visit.dials().len(), 2, "the other one still rings");
    visit.leg_ends(ben, LegEndCause::Busy);

    let again = visit.dials().split_off(2);
    assert_eq!(again.len(), 1);
    assert_eq!(Some(again[0].target), visit.call.rung(ben).map(|rung| rung.target));
}

#[test]
fn removing_the_one_who_talks_ends_the_talk_and_removing_the_visitor_ends_the_call() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let (ada, _) = visit.picks_up(1);
    visit.presses(ada, "1");
    visit.manager(Command::Remove(ada));
    visit.visitor_leaves();
    assert_eq!(visit.ended(), Some((Outcome::Talked, Cause::ManagerHungUp)));

    let mut visit = Visit::with(policy());
    visit.rings();
    visit.manager(Command::Remove(door()));
    visit.visitor_leaves();
    assert_eq!(visit.ended(), Some((Outcome::EndedByManager, Cause::ManagerHungUp)));
}

#[test]
fn only_who_is_connected_hears_what_a_manager_says() {
    let mut visit = Visit::with(policy());
    visit.rings();
    visit.picks_up(1);

    let said = visit.manager(Command::Say("The technician is on the way.".into()));

    let heard = said.events.iter().filter(|said| matches!(said.event, Event::SayRequested { .. }));
    assert_eq!(heard.count(), 2, "the visitor and Ada, but not Ben whose phone still rings");
}

#[test]
fn a_program_opens_in_its_own_name() {
    let mut visit = Visit::with(policy());
    visit.rings();
    visit.at += Duration::from_secs(5);

    visit.signal(Signal::Command { by: PROGRAM, command: Command::OpenDoor });

    let opener = visit.events.iter().find_map(|event| match event {
        Event::DoorOpenRequested { opener, .. } => Some(*opener),
        _ => None,
    });
    assert_eq!(opener, Some(Opener::Program(ApiKeyId::from_uuid(Uuid::from_u128(78)))));
}

#[test]
fn each_step_is_recorded_in_words_once_and_asking_again_changes_nothing() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let (ada, _) = visit.picks_up(1);
    visit.presses(ada, "1");
    let text = || "Hello.".to_owned();

    for (command, wanted, is_so_then) in [
        (Command::Mute(ada), "mute a leg", true),
        (Command::Unmute(ada), "unmute a leg", true),
        (Command::Hold(ada), "put a leg on hold", true),
        (Command::Resume(ada), "take a leg off hold", true),
        (Command::Say(text()), "say a sentence", false),
        (Command::Announce { leg: ada, text: text() }, "say a sentence to a leg", false),
        (Command::Remove(ada), "remove a leg", false),
    ] {
        let first = visit.manager(command.clone());
        let stepped = Event::ManagerStepped { by: MANAGER, wanted: wanted.to_owned() };
        assert_eq!(first.events[0].event, stepped);
        assert!(first.events.len() > 1, "{wanted}: nothing came of it");
        if is_so_then {
            assert_eq!(visit.manager(command), Decision::default(), "{wanted}, again");
        }
    }
    let mut visit = Visit::with(policy());
    visit.rings();
    for (command, wanted) in [(Command::OpenDoor, "open the door"), (Command::HangUp, "hang up")] {
        let stepped = Event::ManagerStepped { by: MANAGER, wanted: wanted.to_owned() };
        assert_eq!(visit.manager(command).events[0].event, stepped);
    }
}

#[test]
fn what_a_carrier_can_not_hold_is_not_held() {
    let mut visit = Visit::with(policy());
    visit.policy.capabilities.holds = false;
    visit.rings();
    let (ada, _) = visit.picks_up(1);

    assert_eq!(visit.manager(Command::Hold(ada)).refusal, Some(Rule::CarrierCanNot));
    assert_eq!(visit.manager(Command::Resume(ada)).refusal, Some(Rule::CarrierCanNot));
}

#[test]
fn nothing_is_done_to_a_leg_that_is_over_leaving_or_not_there_yet() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let ada = visit.leg_of(1);
    visit.signal(Signal::Dial { leg: ada, report: DialReport::Ready });
    visit.signal(Signal::Asks { leg: ada, carrier_leg: None });
    let ben = visit.placed(2);

    assert_eq!(
        visit.manager(Command::Mute(ada)).refusal,
        Some(Rule::LegIsNotConnected),
        "the carrier has no name for it yet"
    );
    visit.manager(Command::Remove(ben));
    assert_eq!(visit.manager(Command::Remove(ben)).refusal, Some(Rule::LegIsLeaving));
    visit.leg_ends(ben, LegEndCause::HungUp);
    assert_eq!(visit.manager(Command::Mute(ben)).refusal, Some(Rule::LegIsOver));
}
