//! Calls that we place, told from the one who is called.
#![expect(clippy::wildcard_enum_match_arm, reason = "a story looks for one event among all")]

use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use super::super::event::{DialRequested, Errand, Event, Operator, Target};
use super::super::explain::Rule;
use super::super::outcome::{Cause, Outcome};
use super::super::signal::{
    Again, Command, DialReport, LegEndCause, LegReport, Order, Signal, Timer,
};
use super::super::{LegState, Outbound, Stage};
use super::Decision;
use super::stories::{NOON, Visit, carrier_leg, hears, number, policy};
use crate::domain::ids::{LegId, SubjectId, UserId};
use crate::domain::personal::Personal;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::policy::capabilities::Meeting;
use crate::domain::policy::flow::AcceptMode;
use crate::domain::policy::outbound::{Allowance, OutboundRules, Prefix};

const MANAGER: Operator = Operator::User(UserId::from_uuid(Uuid::from_u128(77)));

fn personal<T>(value: T) -> Personal<T> {
    Personal::of(SubjectId::from_uuid(Uuid::from_u128(5)), value)
}

fn order_to(to: PhoneNumber, errand: Errand) -> Order {
    let rules = OutboundRules::default();
    Order { by: MANAGER, to: personal(to), errand, rules, allowance: Allowance::Left }
}

fn say() -> Errand {
    Errand::Say { text: personal("The lift works again.".to_owned()) }
}

fn connect() -> Errand {
    Errand::Connect { connect_to: personal(number(302)) }
}

/// For shuffled signals.
pub(super) fn order(connects: bool) -> Signal {
    Signal::Ordered(order_to(number(301), if connects { connect() } else { say() }))
}

impl Visit {
    fn is_ordered(&mut self, errand: Errand) -> Decision {
        self.signal(Signal::Ordered(order_to(number(301), errand)))
    }

    fn leg_to(&self, target: Target) -> LegId {
        let dials = self.dials();
        dials.iter().rev().find(|dial| dial.target == target).map(|dial| dial.leg).unwrap()
    }

    fn answers(&mut self, target: Target) -> Decision {
        let leg = self.leg_to(target);
        self.signal(Signal::Dial { leg, report: DialReport::Ready });
        self.signal(Signal::Dial { leg, report: DialReport::Placed(carrier_leg()) });
        self.signal(Signal::Asks { leg, carrier_leg: None })
    }

    fn is_gone(&mut self, target: Target, cause: LegEndCause) -> Decision {
        self.leg_ends(self.leg_to(target), cause)
    }

    fn is_hung_up(&self, target: Target) -> bool {
        let of = self.leg_to(target);
        self.has(|event| matches!(event, Event::HangUpRequested { leg, .. } if *leg == of))
    }
}

#[test]
fn whoever_is_called_hears_the_sentence_and_the_call_is_over() {
    let mut call = Visit::with(policy());

    call.is_ordered(say());
    let reply = call.answers(Target::Called);
    call.is_gone(Target::Called, LegEndCause::HungUp);

    assert_eq!(hears(&reply), ["The lift works again.", "[end]"]);
    assert_eq!(call.dials().len(), 1);
    assert_eq!(call.dials()[0].accept, AcceptMode::None);
    assert_eq!(call.ended(), Some((Outcome::Announced, Cause::MessageSpoken)));
}

#[test]
fn two_are_connected_one_after_the_other_and_talk_until_one_hangs_up() {
    let mut call = Visit::with(policy());

    call.is_ordered(connect());
    let first = call.answers(Target::Called);
    let second = call.answers(Target::Connected);
    call.is_gone(Target::Connected, LegEndCause::HungUp);

    assert_eq!(hears(&first), ["One moment please, we connect you.", "[room]"]);
    assert_eq!(hears(&second), ["[room]"]);
    assert!(call.is_hung_up(Target::Called));
    assert_eq!(call.ended(), None, "the first is still connected");
    call.is_gone(Target::Called, LegEndCause::HungUp);
    assert_eq!(call.ended(), Some((Outcome::Talked, Cause::PartyHungUp)));
}

#[test]
fn the_second_is_not_rung_before_the_first_picked_up() {
    let mut call = Visit::with(policy());

    call.is_ordered(connect());
    call.is_gone(Target::Called, LegEndCause::Busy);

    assert_eq!(call.dials().len(), 1);
    assert_eq!(call.ended(), Some((Outcome::NobodyCame, Cause::NobodyAnswered)));
}

#[test]
fn if_the_second_does_not_answer_the_first_is_told() {
    let mut call = Visit::with(policy());
    call.is_ordered(connect());
    call.answers(Target::Called);

    call.is_gone(Target::Connected, LegEndCause::Declined);

    let told = call.events.iter().find_map(|event| match event {
        Event::LegRedirected { leg, script, .. } => Some((*leg, script.clone())),
        _ => None,
    });
    let (leg, script) = told.unwrap();
    let heard = Decision { script: Some(script), ..Decision::default() };
    assert_eq!(leg, call.leg_to(Target::Called));
    assert_eq!(hears(&heard), ["Sorry, nobody answers. Goodbye.", "[end]"]);
    // What is said is not cut off by what the carrier reports meanwhile.
    let left = Signal::Leg { leg, report: LegReport::Left, carrier_leg: None, occurred_at: None };
    call.signal(left);
    assert!(!call.is_hung_up(Target::Called));
    call.is_gone(Target::Called, LegEndCause::HungUp);
    assert_eq!(call.ended(), Some((Outcome::NobodyCame, Cause::EveryoneDeclined)));
}

#[test]
fn a_mailbox_is_not_connected_with_anybody() {
    let mut call = Visit::with(policy());
    call.is_ordered(connect());
    let leg = call.leg_to(Target::Called);
    call.answers(Target::Called);

    assert_eq!(call.dials()[0].accept, AcceptMode::Detect);
    call.signal(Signal::Leg {
        leg,
        report: LegReport::Machine,
        carrier_leg: None,
        occurred_at: None,
    });

    assert!(call.is_hung_up(Target::Called));
    let dropped = call.leg_to(Target::Connected);
    assert!(call.has(|event| matches!(event, Event::DialDropped { leg } if *leg == dropped)));
}

#[test]
fn a_number_that_the_carrier_refuses_for_the_moment_is_tried_again_and_one_that_does_not_exist_is_not()
 {
    let mut call = Visit::with(policy());
    call.is_ordered(say());
    let leg = call.leg_to(Target::Called);
    call.signal(Signal::Dial { leg, report: DialReport::Ready });
    let again = Again::after(Duration::from_secs(1));
    call.signal(Signal::Dial { leg, report: DialReport::Refused { reason: "busy".into(), again } });
    assert_eq!(call.dials().len(), 2);

    let leg = call.leg_to(Target::Called);
    call.signal(Signal::Dial { leg, report: DialReport::Ready });
    let never = Again::Never;
    call.signal(Signal::Dial {
        leg,
        report: DialReport::Refused { reason: "no such number".into(), again: never },
    });

    assert_eq!(call.dials().len(), 2);
    assert_eq!(call.ended(), Some((Outcome::Failed, Cause::NotReachable)));
}

#[test]
fn a_dial_whose_fate_nobody_knows_is_hung_up_once_it_is_found() {
    let mut call = Visit::with(policy());
    call.is_ordered(say());
    let leg = call.leg_to(Target::Called);
    call.signal(Signal::Dial { leg, report: DialReport::Ready });

    call.signal(Signal::Dial { leg, report: DialReport::Unknown { reason: "timed out".into() } });

    assert!(call.is_hung_up(Target::Called));
    assert_eq!(call.ended(), None);
    call.signal(Signal::Dial { leg, report: DialReport::Expired });
    assert_eq!(call.ended(), Some((Outcome::NobodyCame, Cause::NobodyAnswered)));
    assert_eq!(call.dials().len(), 1);
}

#[test]
fn the_longest_talk_ends_for_both() {
    let mut call = Visit::with(policy());
    call.is_ordered(connect());
    call.answers(Target::Called);
    call.answers(Target::Connected);

    call.signal(Signal::Due(Timer::TalkOver { extension: 0 }));

    assert!(call.is_hung_up(Target::Called) && call.is_hung_up(Target::Connected));
}

#[test]
fn the_same_order_again_changes_nothing() {
    let mut call = Visit::with(policy());
    call.is_ordered(say());

    let again = call.is_ordered(say());

    assert_eq!(again, Decision::default());
}

fn refusal_of(order: Order) -> Option<Rule> {
    let mut call = Visit::with(policy());
    let decision = call.signal(Signal::Ordered(order));
    assert!(decision.refusal.is_none() || decision.events.is_empty());
    decision.refusal
}

#[test]
fn calls_go_to_the_buildings_own_region_unless_the_firm_says_otherwise() {
    let abroad = PhoneNumber::parse("+12025550123").unwrap();
    assert_eq!(refusal_of(order_to(number(301), say())), None);
    assert_eq!(refusal_of(order_to(abroad.clone(), say())), Some(Rule::RegionIsNotCalled));

    let mut order = order_to(abroad, say());
    order.rules.prefixes = [Prefix::parse("+1202").unwrap()].into();
    assert_eq!(refusal_of(order.clone()), None);
    order.to = personal(number(301));
    assert_eq!(refusal_of(order), Some(Rule::RegionIsNotCalled), "the list replaces the region");

    let mut second = order_to(number(301), connect());
    second.errand =
        Errand::Connect { connect_to: personal(PhoneNumber::parse("+12025550123").unwrap()) };
    assert_eq!(refusal_of(second), Some(Rule::RegionIsNotCalled));
}

#[test]
fn costly_numbers_our_own_lines_and_a_spent_day_are_refused() {
    let premium = PhoneNumber::parse("+449098790123").unwrap();
    assert_eq!(refusal_of(order_to(premium, say())), Some(Rule::CostlyNumbersAreNotDialled));
    let own = policy().line.number;
    assert_eq!(refusal_of(order_to(own, say())), Some(Rule::OwnNumbersAreNotDialled));
    assert_eq!(refusal_of(order_to(number(302), connect())), Some(Rule::NobodyTalksToThemselves));
    let spent = Order { allowance: Allowance::Spent, ..order_to(number(301), say()) };
    assert_eq!(refusal_of(spent), Some(Rule::DailyCapReached));
}

#[test]
fn a_manager_says_something_to_both_and_hangs_up_and_there_is_no_door() {
    let mut call = Visit::with(policy());
    call.is_ordered(connect());
    call.answers(Target::Called);
    call.answers(Target::Connected);
    let command = |command| Signal::Command { by: MANAGER, command };

    let open = call.signal(command(Command::OpenDoor));
    let said = call.signal(command(Command::Say("Please speak up.".into())));
    call.signal(command(Command::HangUp));
    call.is_gone(Target::Called, LegEndCause::HungUp);
    call.is_gone(Target::Connected, LegEndCause::HungUp);

    assert_eq!(open.refusal, Some(Rule::NoDoorInThisCall));
    let says =
        |recorded: &&super::super::Recorded| matches!(recorded.event, Event::SayRequested { .. });
    assert_eq!(said.events.iter().filter(says).count(), 2);
    assert_eq!(call.ended(), Some((Outcome::EndedByManager, Cause::ManagerHungUp)));
}

fn after(seconds: u64) -> OffsetDateTime {
    NOON + Duration::from_secs(seconds)
}

fn count(call: &Visit, wanted: impl Fn(&Event) -> bool) -> usize {
    call.events.iter().filter(|event| wanted(event)).count()
}

#[test]
fn a_phone_rings_for_forty_five_seconds_from_when_it_is_wanted_and_each_is_a_step_of_its_own() {
    let times = |dial: &DialRequested| (dial.step, dial.not_before, dial.deadline, dial.ring_until);
    let mut call = Visit::with(policy());

    call.is_ordered(connect());
    assert_eq!(call.call.overdue_at, Some(after(45 + 120)));
    call.at = after(10);
    call.answers(Target::Called);

    assert_eq!(call.call.overdue_at, Some(after(10 + 45 + 120)));
    let dials: Vec<_> = call.dials().iter().map(times).collect();
    assert_eq!(
        dials,
        [(1, NOON, after(25), after(45)), (2, after(10), after(10 + 25), after(10 + 45))]
    );
}

#[test]
fn whoever_hears_the_sentence_is_left_alone_for_three_minutes_and_hears_it_again_if_asked_for() {
    let mut call = Visit::with(policy());
    call.is_ordered(say());
    call.at = after(10);
    call.answers(Target::Called);
    let leg = call.leg_to(Target::Called);

    let again = call.signal(Signal::Asks { leg, carrier_leg: None });

    assert_eq!(hears(&again), ["The lift works again.", "[end]"]);
    assert_eq!(again.events, []);
    assert_eq!(call.call.stage, Stage::Outbound(Outbound::Speaking));
    assert_eq!(call.call.legs[&leg].state, LegState::Answered);
    assert_eq!(count(&call, |event| matches!(event, Event::LegAnswered { .. })), 1);
    assert!(!call.is_hung_up(Target::Called));
    assert_eq!(call.call.overdue_at, Some(after(10 + 180 + 120)));
}

#[test]
fn two_who_are_connected_talk_as_long_as_at_a_door_and_nobody_hangs_them_up_before() {
    let mut call = Visit::with(policy());
    call.is_ordered(connect());
    call.answers(Target::Called);
    call.at = after(20);
    call.answers(Target::Connected);

    assert_eq!(call.call.stage, Stage::Outbound(Outbound::Connected));
    assert!(!call.is_hung_up(Target::Called) && !call.is_hung_up(Target::Connected));
    assert!(!call.has(|event| matches!(event, Event::CallClosing { .. })));
    let talk_over = Timer::TalkOver { extension: 0 };
    assert!(call.events.contains(&Event::TimerSet { timer: talk_over, due: after(20 + 120) }));
    assert_eq!(call.call.overdue_at, Some(after(20 + 120 + 120)));
    for target in [Target::Called, Target::Connected] {
        let leg = call.leg_to(target);
        let again = call.signal(Signal::Asks { leg, carrier_leg: None });
        assert_eq!((hears(&again), again.events), (vec!["[room]".to_owned()], vec![]));
    }
}

#[test]
fn whoever_hangs_up_while_the_second_rings_talks_to_nobody() {
    let mut call = Visit::with(policy());
    call.is_ordered(connect());
    call.answers(Target::Called);
    let second = call.leg_to(Target::Connected);

    call.is_gone(Target::Called, LegEndCause::HungUp);

    assert!(call.has(|event| matches!(event, Event::DialDropped { leg } if *leg == second)));
    assert_eq!(call.ended(), Some((Outcome::NobodyCame, Cause::PartyHungUp)));
}

#[test]
fn a_leg_that_is_over_and_asks_late_is_hung_up_and_was_not_answered_again() {
    for errand in [say(), connect()] {
        let mut call = Visit::with(policy());
        call.is_ordered(errand);
        let leg = call.leg_to(Target::Called);
        call.is_gone(Target::Called, LegEndCause::Unanswered);
        assert_eq!(call.ended(), Some((Outcome::NobodyCame, Cause::NobodyAnswered)));

        let late = call.signal(Signal::Asks { leg, carrier_leg: None });

        assert_eq!((hears(&late), late.events), (vec!["[end]".to_owned()], vec![]));
    }
}

#[test]
fn an_ordered_call_takes_no_visitor() {
    let mut call = Visit::with(policy());
    call.is_ordered(say());

    let visitor = call.rings();

    assert_eq!((hears(&visitor), visitor.events), (vec!["[end]".to_owned()], vec![]));
}

#[test]
fn what_a_carrier_can_do_decides_who_is_dialled_and_how() {
    let mut call = Visit::with(policy());
    call.policy.capabilities.machine_detection = false;
    call.is_ordered(connect());
    assert_eq!(call.dials()[0].accept, AcceptMode::None);

    let mut call = Visit::with(policy());
    call.policy.capabilities.meeting = Meeting::InScript { at_most: 5 };
    let refused = call.is_ordered(say());
    assert_eq!((refused.refusal, refused.events), (Some(Rule::CarrierCanNot), vec![]));
}
