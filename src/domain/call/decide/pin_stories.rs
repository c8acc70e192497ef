//! At the PIN gate: what opens, what blocks, and that a block counts at every step.
#![expect(clippy::wildcard_enum_match_arm, reason = "a story looks for one event among all")]

use std::time::Duration;

use super::super::event::{Event, Refusal};
use super::super::explain::Rule;
use super::super::outcome::{Cause, Outcome};
use super::super::signal::{Keys, PinCheck, Signal, Timer};
use super::Decision;
use super::stories::{DOOR, NOON, Visit, hears, id, number, policy, resident};
use crate::domain::ids::{BlockId, LegId};
use crate::domain::phone_number::Caller;
use crate::domain::policy::block::{Block, Expires};
use crate::domain::policy::capabilities::Tones;
use crate::domain::policy::flow::Flow;
use crate::domain::policy::{StrangerPolicy, Unit};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn visitor() -> LegId {
    LegId::from_uuid(DOOR)
}

fn block() -> Block {
    Block { id: id(66), expires: Expires::At(NOON + DAY) }
}

/// A stranger, where strangers give a PIN.
fn stranger() -> Visit {
    let mut visit = Visit::with(policy());
    visit.policy.visitor.caller = Caller::Known(number(666));
    visit.policy.building.strangers = StrangerPolicy::Pin;
    visit
}

/// The panel of a door with two units behind it.
fn panel_of_two_units() -> Visit {
    let mut visit = Visit::with(policy());
    visit.policy.units.push(Unit {
        id: id(60),
        name: "1205".into(),
        code: Some("1205".into()),
        flow: Flow::default(),
        residents: vec![resident(3)],
    });
    visit
}

fn gives(visit: &mut Visit, check: PinCheck) -> Decision {
    visit.signal(Signal::PinGiven { leg: visitor(), check })
}

fn wrong(wrong_pins: u32) -> PinCheck {
    PinCheck::Wrong { wrong_pins, block: None, entrance_block: None }
}

fn blocks(visit: &Visit) -> Vec<(BlockId, time::OffsetDateTime)> {
    let blocks = visit.events.iter().filter_map(|event| match event {
        Event::CallerBlocked { block, expires_at } => Some((*block, *expires_at)),
        _ => None,
    });
    blocks.collect()
}

fn is_refused_by(decision: &Decision, block: Block) -> bool {
    let refusal = Refusal::Blocked(block.id);
    let is_refused =
        |event: &Event| matches!(event, Event::CallerRefused { refusal: by } if *by == refusal);
    decision.events.iter().any(|recorded| is_refused(&recorded.event))
}

#[test]
fn who_would_hear_tones_instead_of_the_reply_hears_the_reply_first() {
    let opening = |tones| {
        let mut visit = stranger();
        visit.policy.capabilities.tones = tones;
        visit.rings();
        gives(&mut visit, PinCheck::Opens(id(70)));
        let opening = visit.events.into_iter().find_map(|event| match &event {
            Event::DoorOpenRequested { delay_ms, .. } => Some((*delay_ms, event)),
            _ => None,
        });
        opening.unwrap()
    };

    let (delay_ms, event) = opening(Tones::Instead);
    assert_eq!(delay_ms, 1_500);
    let stored = serde_json::to_value(&event).unwrap();
    assert_eq!(serde_json::from_value::<Event>(stored).unwrap(), event);
    assert_eq!(opening(Tones::Beside).0, 0);
}

#[test]
fn a_valid_pin_opens_without_ringing() {
    let mut visit = stranger();
    visit.rings();

    let reply = gives(&mut visit, PinCheck::Opens(id(70)));

    assert_eq!(hears(&reply), ["Please come in.", "[pause]", "[end]"]);
    assert!(visit.has(|event| matches!(event, Event::DoorOpenRequested { .. })));
    assert!(visit.dials().is_empty());
}

#[test]
fn the_tenth_wrong_pin_blocks_the_caller_for_a_day() {
    let mut visit = stranger();
    visit.rings();

    gives(&mut visit, wrong(9));
    assert_eq!(blocks(&visit), []);
    gives(&mut visit, wrong(10));

    let until = blocks(&visit).first().map(|(_, until)| *until);
    assert_eq!(until, Some(NOON + DAY));
}

#[test]
fn a_building_may_say_which_wrong_pin_blocks_and_for_how_long() {
    let mut visit = stranger();
    visit.policy.limits.pins.wrong_pins = 2;
    visit.policy.limits.pins.block_for = Duration::from_secs(3600);
    visit.rings();

    gives(&mut visit, wrong(1));
    let goodbye = gives(&mut visit, wrong(2));

    assert_eq!(hears(&goodbye), ["Goodbye.", "[end]"]);
    let until = blocks(&visit).first().map(|(_, until)| *until);
    assert_eq!(until, Some(NOON + Duration::from_secs(3600)));
}

#[test]
fn the_block_that_stands_already_is_the_one_that_is_told_of() {
    let mut visit = stranger();
    visit.rings();

    // As it is when the delivery comes again after a crash: the block is in force, and nothing of it was told yet.
    visit.policy.visitor.block = Some(block());
    gives(
        &mut visit,
        PinCheck::Wrong { wrong_pins: 10, block: Some(block()), entrance_block: None },
    );

    assert_eq!(blocks(&visit), [(block().id, NOON + DAY)]);
    assert!(visit.has(|event| matches!(event, Event::PinRefused { wrong_pins: 10, .. })));
    visit.visitor_leaves();
    assert_eq!(visit.ended(), Some((Outcome::Rejected, Cause::WrongPin)));
}

#[test]
fn a_wrong_pin_that_closes_the_entrance_is_told_of_and_the_visitor_may_try_again() {
    let mut visit = stranger();
    visit.rings();
    let closed = Block { id: id(67), expires: Expires::At(NOON + DAY) };

    let reply = gives(
        &mut visit,
        PinCheck::Wrong { wrong_pins: 1, block: None, entrance_block: Some(closed) },
    );

    let told: Vec<_> = reply.events.iter().map(|recorded| recorded.event.kind()).collect();
    assert_eq!(told, ["PinRefused", "EntranceBlocked", "PinAsked"]);
    let event = Event::EntranceBlocked { block: closed.id, expires_at: NOON + DAY };
    assert!(visit.has(|recorded| *recorded == event));
    let because = reply.events.iter().find(|recorded| recorded.event == event).unwrap();
    assert_eq!(because.because.rule, Rule::WrongPinsBlockTheEntrance);
    assert_eq!(blocks(&visit), [], "who gave it is not blocked");

    let goodbye = gives(&mut visit, PinCheck::Blocked(closed));
    assert!(is_refused_by(&goodbye, closed));
}

#[test]
fn no_pin_opens_for_who_was_blocked_while_it_was_keyed_in() {
    let mut visit = stranger();
    visit.rings();

    let reply = gives(&mut visit, PinCheck::Blocked(block()));

    assert_eq!(hears(&reply), ["Goodbye.", "[end]"]);
    assert!(is_refused_by(&reply, block()));
    visit.visitor_leaves();
    assert_eq!(visit.ended(), Some((Outcome::Rejected, Cause::CallerBlocked)));
}

#[test]
fn a_block_that_a_manager_adds_meanwhile_counts_when_the_pin_comes_whatever_it_is() {
    for check in [PinCheck::Opens(id(70)), wrong(1), PinCheck::NotGiven] {
        let mut visit = stranger();
        visit.rings();
        visit.policy.visitor.block = Some(block());

        let reply = gives(&mut visit, check);

        assert!(is_refused_by(&reply, block()), "{check:?}");
        assert!(!visit.has(|event| matches!(event, Event::DoorOpenRequested { .. })), "{check:?}");
    }
}

#[test]
fn a_block_counts_when_the_unit_is_chosen_and_nobody_is_rung() {
    let mut visit = panel_of_two_units();
    visit.rings();
    visit.policy.visitor.block = Some(block());

    let reply = visit.presses(visitor(), "1204#");

    assert!(is_refused_by(&reply, block()));
    assert!(visit.dials().is_empty());
}

#[test]
fn a_block_counts_when_the_visitors_leg_asks_again() {
    let mut visit = stranger();
    visit.rings();
    visit.policy.visitor.block = Some(block());

    let reply = visit.signal(Signal::Asks { leg: visitor(), carrier_leg: None });

    assert_eq!(hears(&reply), ["Goodbye.", "[end]"]);
    assert!(is_refused_by(&reply, block()));
}

#[test]
fn a_block_counts_before_the_next_group_rings() {
    let mut visit = Visit::with(policy());
    let again = visit.policy.units[0].flow.groups[0].clone();
    visit.policy.units[0].flow.groups.push(again);
    visit.rings();
    let rung = visit.dials().len();
    visit.policy.visitor.block = Some(block());

    visit.signal(Signal::Due(Timer::GroupOver { step: 1 }));
    visit.signal(Signal::Due(Timer::GroupCut { step: 1 }));
    visit.visitor_leaves();

    assert_eq!(visit.dials().len(), rung);
    assert_eq!(visit.ended(), Some((Outcome::Rejected, Cause::CallerBlocked)));
}

#[test]
fn a_block_counts_before_anyone_is_connected() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let (ada, _) = visit.picks_up(1);
    visit.policy.visitor.block = Some(block());

    let reply = visit.presses(ada, "9");

    assert!(is_refused_by(&reply, block()));
    assert!(!visit.has(|event| matches!(event, Event::CallAccepted { .. })));
    assert!(!visit.has(|event| matches!(event, Event::DoorOpenRequested { .. })));
    visit.visitor_leaves();
    assert_eq!(visit.ended(), Some((Outcome::Rejected, Cause::CallerBlocked)));
}

#[test]
fn who_is_blocked_while_the_unit_rings_hears_it_at_the_next_question() {
    let mut visit = Visit::with(policy());
    visit.rings();
    visit.policy.visitor.block = Some(block());

    let reply = visit.signal(Signal::Asks { leg: LegId::from_uuid(DOOR), carrier_leg: None });

    assert_eq!(hears(&reply), ["Goodbye.", "[end]"]);
    assert!(is_refused_by(&reply, block()));
}

#[test]
fn a_talk_goes_on_though_its_visitor_is_blocked_meanwhile() {
    let mut visit = Visit::with(policy());
    visit.rings();
    let (ada, _) = visit.picks_up(1);
    visit.presses(ada, "1");
    visit.policy.visitor.block = Some(block());

    // The resident knows who is there: it is theirs to open.
    visit.presses(ada, "9");

    assert!(visit.has(|event| matches!(event, Event::DoorOpenRequested { .. })));
    assert!(!visit.has(|event| matches!(event, Event::CallerRefused { .. })));
}

#[test]
fn a_block_that_is_over_counts_no_more() {
    let mut visit = stranger();
    visit.policy.visitor.block = Some(block());
    visit.at = NOON + DAY;
    visit.rings();

    gives(&mut visit, PinCheck::Opens(id(70)));

    assert!(visit.has(|event| matches!(event, Event::DoorOpenRequested { .. })));
}

#[test]
fn who_hides_the_number_is_blocked_only_where_a_pin_is_asked_for() {
    for (policy_for_hidden, is_refused) in
        [(StrangerPolicy::Pin, true), (StrangerPolicy::Ring, false)]
    {
        let mut visit = Visit::with(policy());
        visit.policy.visitor.caller = Caller::Withheld;
        visit.policy.visitor.block = Some(block());
        visit.policy.building.withheld = policy_for_hidden;

        let reply = visit.rings();

        assert_eq!(is_refused_by(&reply, block()), is_refused, "{policy_for_hidden:?}");
    }
}

#[test]
fn a_repeated_pin_of_someone_who_is_refused_changes_nothing() {
    let mut visit = stranger();
    visit.rings();
    gives(&mut visit, PinCheck::Blocked(block()));

    let again = gives(&mut visit, PinCheck::Blocked(block()));
    let keys = visit.signal(Signal::Pressed { leg: visitor(), keys: Keys::None });

    assert_eq!((again.events, keys.events), (vec![], vec![]));
}

#[test]
fn the_third_wrong_pin_of_a_call_ends_it_and_blocks_nobody() {
    let mut visit = stranger();
    visit.rings();

    for wrong_pins in 1..=3 {
        assert_eq!(visit.ended(), None);
        gives(&mut visit, wrong(wrong_pins));
    }
    visit.visitor_leaves();

    let asked = visit.events.iter().filter_map(|event| match event {
        Event::PinAsked { attempt } => Some(*attempt),
        _ => None,
    });
    assert_eq!(asked.collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(blocks(&visit), []);
    assert_eq!(visit.ended(), Some((Outcome::Rejected, Cause::WrongPin)));
}
