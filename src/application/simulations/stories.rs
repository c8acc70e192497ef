//! Dry runs and replays, told from the door.

use std::collections::BTreeMap;

use super::change::Change;
use super::fixtures::*;
use super::play::{Guess, Played, UnknownPin, play};
use super::reaction::How;
use super::recording::Recording;
use super::replay::{Comparison, Drift, habits, replay_one};
use super::verdict::Verdict;
use super::world::{Key, Keying, Leaves, World};
use crate::domain::call::event::{Event, Refusal, Target};
use crate::domain::call::explain::Rule;
use crate::domain::call::outcome::{Cause, Outcome};
use crate::domain::phone_number::Caller;
use crate::domain::policy::block::Expires;
use crate::domain::policy::capabilities::KeysInRoom;
use crate::domain::policy::flow::{AcceptMode, Flow, Members};
use crate::domain::policy::pass::Pass;
use crate::domain::policy::{Policy, StrangerPolicy};

const ADA: Target =
    Target::Resident(crate::domain::ids::ResidentId::from_uuid(uuid::Uuid::from_u128(101)));
const BEN: Target =
    Target::Resident(crate::domain::ids::ResidentId::from_uuid(uuid::Uuid::from_u128(102)));

fn plays(policy: &Policy, world: &World) -> Played {
    play(policy, world, NOON).unwrap()
}

fn ends(played: &Played) -> Option<(Outcome, Cause)> {
    Verdict::of(&played.events).ended
}

fn told_at(played: &Played, event: &str) -> Vec<i64> {
    let events = played.events.iter().filter(|(_, recorded)| recorded.event.kind() == event);
    events.map(|(at, _)| (*at - NOON).whole_seconds()).collect()
}

fn replayed(played: &Played, today: Policy, change: &Change) -> Comparison {
    let recording = Recording::of(&played.events).unwrap();
    let habits = habits([&recording].into_iter());
    replay_one(id(8), &recording, today, change, &habits).unwrap()
}

#[test]
fn the_open_key_opens_at_the_second_it_is_pressed_and_the_visitor_walks_in() {
    let world = world([(1, answers(4, &[(3, Key::Open)])), (2, reacts(0, How::NoAnswer))]);

    let played = plays(&policy(), &world);

    assert_eq!(ends(&played), Some((Outcome::Opened, Cause::VisitorHungUp)));
    assert_eq!(told_at(&played, "DoorOpened"), [7]);
    assert_eq!(told_at(&played, "CallEnded"), [12]);
    assert_eq!(Verdict::of(&played.events).rang, [ADA, BEN]);
}

#[test]
fn where_the_room_hears_no_keys_a_resident_steps_out_to_open_and_talks_on() {
    let mut policy = policy();
    policy.capabilities.keys_in_room = KeysInRoom::AfterStar;
    let world = world([
        (1, answers(4, &[(3, Key::Talk), (10, Key::Extend), (20, Key::Open)])),
        (2, reacts(0, How::NoAnswer)),
    ]);

    let played = plays(&policy, &world);

    assert_eq!(ends(&played), Some((Outcome::Opened, Cause::VisitorHungUp)));
    assert_eq!(told_at(&played, "DoorOpened"), [24]);
    assert_eq!(told_at(&played, "TalkExtended"), [14]);
    let menu = |heard: &&super::play::Heard| heard.text.starts_with("Press 9 to open");
    assert_eq!(played.heard.iter().filter(menu).count(), 2);
}

#[test]
fn the_same_visit_tried_twice_is_the_same_to_the_last_word() {
    let world = world([(1, answers(4, &[(3, Key::Talk), (20, Key::Open)]))]);

    assert_eq!(plays(&policy(), &world), plays(&policy(), &world));
}

#[test]
fn nobody_answers_and_the_group_rings_as_long_as_the_flow_says() {
    let played = plays(&policy(), &world([]));

    assert_eq!(ends(&played), Some((Outcome::NobodyCame, Cause::NobodyAnswered)));
    assert_eq!(told_at(&played, "CallClosing"), [25]);
    let last_words = played.heard.last().unwrap();
    assert_eq!(
        (last_words.text.as_str(), last_words.by),
        ("Sorry, nobody answers. Goodbye.", None)
    );
}

#[test]
fn a_mailbox_that_picks_up_first_does_not_take_the_visitor() {
    let world = world([(1, reacts(2, How::Voicemail)), (2, answers(9, &[(2, Key::Open)]))]);

    let played = plays(&policy(), &world);

    assert_eq!(ends(&played), Some((Outcome::Opened, Cause::VisitorHungUp)));
    assert!(
        played
            .events
            .iter()
            .all(|(_, recorded)| { !matches!(recorded.event, Event::CallDeclined { .. }) })
    );
}

#[test]
fn a_visitor_keys_in_the_code_of_a_unit_and_the_others_stay_quiet() {
    let mut policy = policy();
    let other = crate::domain::policy::Unit {
        id: id(61),
        name: "7".into(),
        code: Some("7".into()),
        residents: vec![resident(3)],
        ..policy.units[0].clone()
    };
    policy.units.push(other);
    let mut world = world([(3, answers(2, &[(2, Key::Open)]))]);
    world.visitor.keys = Keying::Presses(vec![
        (seconds(2), "9#".into()),
        (seconds(8), "7".into()),
        (seconds(9), "#".into()),
    ]);

    let played = plays(&policy, &world);

    assert_eq!(told_at(&played, "UnitCodeWrong"), [2]);
    assert_eq!(told_at(&played, "UnitChosen"), [9]);
    assert_eq!(Verdict::of(&played.events).rang, [Target::Resident(resident_id(3))]);
    assert_eq!(ends(&played), Some((Outcome::Opened, Cause::VisitorHungUp)));
}

#[test]
fn a_pin_is_asked_for_by_its_digits_and_opens_if_its_pass_does_then() {
    let mut policy = policy();
    policy.building.strangers = StrangerPolicy::Pin;
    policy.visitor.caller = Caller::Known(number(666));
    let mut world = world([]);
    world.visitor.keys =
        Keying::Presses(vec![(seconds(3), "1111#".into()), (seconds(9), "4711#".into())]);
    assert_eq!(play(&policy, &world, NOON), Err(UnknownPin("1111".into())));
    let pass = Pass {
        id: id(70),
        valid_from: NOON,
        valid_until: Expires::At(NOON + seconds(3600)),
        hours: vec![],
        entrances: vec![],
    };
    world.pins.passes = BTreeMap::from([("1111".into(), None), ("4711".into(), Some(pass))]);

    let played = plays(&policy, &world);

    assert_eq!(told_at(&played, "PinRefused"), [3]);
    assert_eq!(told_at(&played, "DoorOpened"), [9]);
    assert_eq!(ends(&played), Some((Outcome::Opened, Cause::PassOpened)));
    let tomorrow = NOON + seconds(24 * 3600);
    assert_eq!(
        Verdict::of(&play(&policy, &world, tomorrow).unwrap().events).ended,
        Some((Outcome::Rejected, Cause::WrongPin))
    );
}

#[test]
fn a_carrier_without_machine_detection_asks_for_a_key_and_says_so() {
    let mut policy = policy();
    policy.capabilities.machine_detection = false;
    policy.units[0].flow.groups[0].accept = AcceptMode::Detect;
    let world = world([(1, answers(2, &[(3, Key::Talk), (6, Key::Open)]))]);

    let played = plays(&policy, &world);

    assert!(played.events.iter().any(|(_, recorded)| recorded.because.rule == Rule::CarrierCanNot));
    assert_eq!(ends(&played), Some((Outcome::Opened, Cause::VisitorHungUp)));
}

#[test]
fn a_number_out_of_reach_makes_the_next_one_of_the_same_resident_ring() {
    let mut policy = policy();
    policy.units[0].residents[0].numbers.push(number(150));
    policy.units[0].residents.pop();
    let mut world = world([(1, reacts(1, How::Unreachable))]);
    world.phones.get_mut(&ADA).unwrap().push(answers(2, &[(2, Key::Open)]));

    let played = plays(&policy, &world);

    assert_eq!(ends(&played), Some((Outcome::Opened, Cause::VisitorHungUp)));
    assert_eq!(told_at(&played, "DialRequested"), [0, 1]);
}

#[test]
fn a_courier_who_rang_is_refused_once_off_the_list() {
    let mut policy = policy();
    let courier = number(300);
    policy.allowlist.push(crate::domain::policy::allowlist::AllowlistEntry {
        id: id(80),
        number: courier.clone(),
    });
    policy.visitor.caller = Caller::Known(courier.clone());
    let played = plays(&policy, &world([(1, answers(3, &[(2, Key::Open)]))]));

    let change = Change { no_longer_allowed: vec![courier], ..Change::default() };
    let comparison = replayed(&played, policy, &change);

    assert!(comparison.before.is_opened() && !comparison.after.is_opened());
    assert_eq!(comparison.after.ended, Some((Outcome::Rejected, Cause::StrangerRejected)));
    assert_eq!((comparison.guesses.len(), comparison.drift), (0, Drift::None));
}

#[test]
fn a_stranger_who_was_refused_would_ring_and_how_residents_react_is_a_guess() {
    let mut policy = policy();
    policy.visitor.caller = Caller::Known(number(666));
    let played = plays(&policy, &world([]));
    assert_eq!(ends(&played), Some((Outcome::Rejected, Cause::StrangerRejected)));

    let change = Change { strangers: Some(StrangerPolicy::Ring), ..Change::default() };
    let comparison = replayed(&played, policy, &change);

    assert_eq!(comparison.after.rang, [ADA, BEN]);
    assert_eq!(comparison.after.ended, Some((Outcome::NobodyCame, Cause::NobodyAnswered)));
    for guess in [Guess::Reaction(ADA), Guess::Reaction(BEN), Guess::Patience] {
        assert!(comparison.guesses.contains(&guess), "{guess:?}");
    }
}

#[test]
fn who_was_not_rung_then_reacts_as_they_mostly_do() {
    let mut ben_first = policy();
    ben_first.units[0].flow.groups[0].members = Members::Residents(vec![resident_id(2)]);
    let calls = [
        plays(&policy(), &world([(1, answers(5, &[(2, Key::Open)]))])),
        plays(&policy(), &world([(1, answers(6, &[(2, Key::Open)]))])),
        plays(&policy(), &world([(1, reacts(1, How::Declines))])),
        plays(&ben_first, &world([(2, reacts(2, How::Declines))])),
    ];
    let recordings: Vec<_> =
        calls.iter().map(|played| Recording::of(&played.events).unwrap()).collect();
    let habits = habits(recordings.iter());

    let comparison =
        replay_one(id(8), &recordings[3], policy(), &Change::default(), &habits).unwrap();

    assert_eq!(comparison.after.opened.map(|(at, _)| (at - NOON).whole_seconds()), Some(7));
    // That the visitor would have waited for it is one more guess: Ben refused after two seconds.
    assert_eq!(comparison.guesses, [Guess::Reaction(ADA), Guess::Patience].into());
    assert_eq!(comparison.drift, Drift::Otherwise);
}

#[test]
fn a_block_counts_as_it_was_then_and_not_as_it_is_now() {
    let mut policy = policy();
    policy.visitor.block =
        Some(crate::domain::policy::block::Block { id: id(50), expires: Expires::Never });
    let refused = plays(&policy, &world([]));
    assert_eq!(
        Verdict::of(&refused.events).screened,
        Some(super::verdict::Screened::Refused(Refusal::Blocked(id(50))))
    );
    policy.visitor.block = None;

    let same = replayed(&refused, policy.clone(), &Change::default());
    let panel = policy.entrance.panel_numbers.first().cloned().unwrap();
    let lifted = Change { no_longer_blocked: vec![panel], ..Change::default() };
    let otherwise = replayed(&refused, policy, &lifted);

    assert!(!same.differs() && same.drift == Drift::None);
    assert_eq!(otherwise.after.rang, [ADA, BEN]);
}

#[test]
fn a_shorter_ring_loses_who_answers_late_and_a_visitor_who_left_still_leaves() {
    let mut shorter = Flow::default();
    shorter.groups[0].ring_seconds = 10;
    let change = Change { flow: Some(shorter), ..Change::default() };
    let late = plays(&policy(), &world([(1, answers(15, &[(2, Key::Open)]))]));
    let mut impatient = world([(1, answers(15, &[(2, Key::Open)]))]);
    impatient.visitor.leaves = Leaves::After(seconds(8));
    let left = plays(&policy(), &impatient);

    let lost = replayed(&late, policy(), &change);
    let left = replayed(&left, policy(), &change);

    assert_eq!(lost.after.ended, Some((Outcome::NobodyCame, Cause::NobodyAnswered)));
    assert!(lost.guesses.is_empty(), "{:?}", lost.guesses);
    assert_eq!(left.after.ended, Some((Outcome::VisitorLeft, Cause::VisitorHungUp)));
    assert!(!left.differs());
}
