//! The room that a call's legs share, told by a carrier that counts its news and hears no keys there.

use std::time::Duration;

use super::super::event::{Event, Operator};
use super::super::explain::Rule;
use super::super::room::{Hold, Speech, Voice};
use super::super::signal::{
    CarrierRoom, Command, Effect, EffectResult, Keys, LeaveReason, PinCheck, RoomNews, RoomReport,
    Signal,
};
use super::super::{LegPlace, Stage};
use super::Decision;
use super::stories::{Visit, hears, id, policy};
use crate::domain::ids::LegId;
use crate::domain::policy::capabilities::{Capabilities, KeysInRoom, Meeting, Tones};
use crate::domain::policy::{Policy, StrangerPolicy};

fn policy_of_such_a_carrier() -> Policy {
    let capabilities = Capabilities {
        keys_in_room: KeysInRoom::AfterStar,
        tones: Tones::Instead,
        ..Capabilities::EVERYTHING
    };
    Policy { capabilities, ..policy() }
}

fn news(sequence: u32, report: RoomReport) -> Signal {
    let room = CarrierRoom("room-1".into());
    Signal::Room { news: RoomNews { room, sequence: Some(sequence), report }, occurred_at: None }
}

fn talking() -> (Visit, LegId) {
    let mut visit = Visit::with(policy_of_such_a_carrier());
    visit.rings();
    let (leg, _) = visit.picks_up(1);
    visit.presses(leg, "1");
    (visit, leg)
}

fn opens(visit: &Visit) -> usize {
    visit.events.iter().filter(|event| matches!(event, Event::DoorOpenRequested { .. })).count()
}

#[test]
fn where_the_room_hears_no_keys_a_resident_steps_out_opens_and_goes_back() {
    let (mut visit, leg) = talking();

    let asked = visit.signal(Signal::SteppedOut { leg });
    let opened = visit.presses(leg, "9");

    assert!(hears(&asked)[0].starts_with("Press 9 to open"), "{:?}", hears(&asked));
    assert_eq!(hears(&opened), ["[room]"]);
    assert_eq!(opens(&visit), 1);
}

#[test]
fn who_steps_out_and_presses_nothing_goes_back_and_who_ends_the_talk_does_not() {
    let (mut visit, leg) = talking();

    visit.signal(Signal::SteppedOut { leg });
    let back = visit.signal(Signal::Pressed { leg, keys: Keys::None });
    visit.signal(Signal::SteppedOut { leg });
    let ended = visit.presses(leg, "0");

    assert_eq!(hears(&back), ["[room]"]);
    assert_eq!(hears(&ended), ["[end]"]);
    assert!(matches!(visit.call.stage, Stage::Closing { .. }));
    assert_eq!(opens(&visit), 0);
}

#[test]
fn nobody_listens_for_keys_where_none_are_heard() {
    let (visit, _) = talking();

    assert!(!visit.has(|event| matches!(event, Event::KeysListenedFor { .. })));
}

#[test]
fn news_that_were_overtaken_are_kept_and_change_nothing_and_repeated_ones_are_not_kept() {
    let (mut visit, leg) = talking();

    visit.signal(news(1, RoomReport::Joined(leg)));
    visit.signal(news(4, RoomReport::Unmuted(leg)));
    let late = visit.signal(news(3, RoomReport::Muted(leg)));
    let twice = visit.signal(news(4, RoomReport::Unmuted(leg)));
    let left = RoomReport::Left { leg, why: Some(LeaveReason::HungUp) };
    visit.signal(news(6, left));
    visit.signal(news(5, RoomReport::Joined(leg)));

    assert_eq!(late.events[0].event, Event::LegMuted { leg, sequence: Some(3) });
    assert_eq!(twice, Decision::default());
    let room = visit.call.legs[&leg].in_room;
    assert_eq!((room.voice(), room.place()), (Voice::Heard, LegPlace::Outside));
    assert_eq!(visit.call.room, Some(CarrierRoom("room-1".into())));
}

#[test]
fn news_of_a_kind_do_not_overtake_those_of_another() {
    let (mut visit, leg) = talking();

    visit.signal(news(1, RoomReport::Joined(leg)));
    visit.signal(news(3, RoomReport::SpeechStarted(leg)));
    visit.signal(news(2, RoomReport::Muted(leg)));

    let room = visit.call.legs[&leg].in_room;
    assert_eq!((room.voice(), room.speech()), (Voice::Muted, Speech::Speaking));
}

#[test]
fn news_of_a_room_that_was_left_for_another_change_nothing() {
    let (mut visit, leg) = talking();
    let in_room = |name: &str, sequence, report| {
        let (room, sequence) = (CarrierRoom(name.into()), Some(sequence));
        Signal::Room { news: RoomNews { room, sequence, report }, occurred_at: None }
    };

    visit.signal(in_room("one", 7, RoomReport::Joined(leg)));
    visit.signal(in_room("two", 1, RoomReport::Joined(leg)));
    let late = visit.signal(in_room("one", 8, RoomReport::Left { leg, why: None }));

    assert_eq!(late, Decision::default());
    assert_eq!(visit.call.legs[&leg].place(), LegPlace::InRoom);
}

fn asks(visit: &mut Visit, command: Command) -> Decision {
    visit.signal(Signal::Command { by: Operator::User(id(77)), command })
}

fn requests(visit: &Visit) -> usize {
    let is_request = |event: &&Event| {
        matches!(event, Event::MuteRequested { .. } | Event::UnmuteRequested { .. })
    };
    visit.events.iter().filter(is_request).count()
}

#[test]
fn what_is_so_or_on_its_way_is_not_asked_of_the_carrier_twice() {
    let (mut visit, leg) = talking();

    asks(&mut visit, Command::Mute(leg));
    let pending = asks(&mut visit, Command::Mute(leg));
    visit.signal(news(2, RoomReport::Muted(leg)));
    let so_already = asks(&mut visit, Command::Mute(leg));
    asks(&mut visit, Command::Unmute(leg));

    assert_eq!((pending, so_already), (Decision::default(), Decision::default()));
    assert_eq!(requests(&visit), 2);
}

#[test]
fn a_request_waits_for_the_carrier_until_it_tells_or_the_effect_failed() {
    let (mut visit, leg) = talking();

    asks(&mut visit, Command::Hold(leg));
    let waiting = visit.call.legs[&leg].in_room;
    let result = EffectResult::Failed { reason: "no".into() };
    visit.signal(Signal::Effect { effect: Effect::Hold { leg }, result });
    let failed = visit.call.legs[&leg].in_room;
    asks(&mut visit, Command::Hold(leg));
    visit.signal(news(3, RoomReport::Held(leg)));
    let held = visit.call.legs[&leg].in_room;

    assert_eq!((waiting.hold(), waiting.hold_asked), (Hold::Free, Some(Hold::OnHold)));
    assert_eq!((failed.hold(), failed.hold_asked), (Hold::Free, None));
    assert_eq!((held.hold(), held.hold_asked), (Hold::OnHold, None));
}

#[test]
fn whoever_was_muted_stays_so_when_they_come_back() {
    let (mut visit, leg) = talking();
    visit.signal(news(1, RoomReport::Joined(leg)));
    asks(&mut visit, Command::Mute(leg));
    visit.signal(news(2, RoomReport::Muted(leg)));

    visit.signal(news(3, RoomReport::Left { leg, why: None }));
    let back = visit.signal(news(4, RoomReport::Joined(leg)));

    let events: Vec<_> = back.events.into_iter().map(|recorded| recorded.event).collect();
    assert_eq!(events, [Event::LegJoined { leg, sequence: Some(4) }, Event::MuteRequested { leg }]);
}

#[test]
fn one_leg_is_told_a_sentence_where_it_has_a_leg_of_its_own() {
    let (mut visit, leg) = talking();
    let announce = || Command::Announce { leg, text: "The lift is stuck.".into() };

    asks(&mut visit, announce());
    visit.policy.capabilities.meeting = Meeting::InScript { at_most: 5 };
    let refused = asks(&mut visit, announce());

    let said = |event: &&Event| matches!(event, Event::SayRequested { .. });
    assert_eq!(visit.events.iter().filter(said).count(), 1);
    assert_eq!(refused.refusal, Some(Rule::CarrierCanNot));
}

#[test]
fn who_was_asked_to_be_mute_is_so_when_the_carrier_says_so() {
    let (mut visit, leg) = talking();
    visit.signal(Signal::Command { by: Operator::User(id(77)), command: Command::Mute(leg) });

    let done = Signal::Effect { effect: Effect::Mute { leg }, result: EffectResult::Done };
    visit.signal(done);
    let before = visit.has(|event| matches!(event, Event::LegMuted { .. }));
    visit.signal(news(9, RoomReport::Muted(leg)));

    assert!(!before);
    assert!(visit.has(|event| matches!(event, Event::LegMuted { .. })));
}

#[test]
fn tones_that_would_take_the_place_of_the_reply_wait_for_it() {
    let mut visit = Visit::with(policy_of_such_a_carrier());
    visit.policy.building.strangers = StrangerPolicy::Pin;
    visit.policy.entrance.panel_numbers.clear();
    visit.rings();

    let leg = visit.call.door_leg().unwrap();
    let check = PinCheck::Opens(id(5));
    let decision = visit.signal(Signal::PinGiven { leg, check });

    let delay = decision.events.iter().find_map(|recorded| {
        recorded
            .event
            .order(visit.at)
            .filter(|_| matches!(recorded.event, Event::DoorOpenRequested { .. }))
    });
    assert_eq!(delay.unwrap().delay, Duration::from_millis(1_500));
}

#[test]
fn the_first_news_of_a_room_name_it() {
    let (mut visit, leg) = talking();

    let first = visit.signal(news(1, RoomReport::Joined(leg)));
    let second = visit.signal(news(2, RoomReport::Left { leg, why: None }));

    let events = |decision: Decision| -> Vec<Event> {
        decision.events.into_iter().map(|recorded| recorded.event).collect()
    };
    let named = Event::RoomNamed { room: CarrierRoom("room-1".into()) };
    assert_eq!(events(first), [named, Event::LegJoined { leg, sequence: Some(1) }]);
    assert_eq!(events(second), [Event::LegLeft { leg, why: None, sequence: Some(2) }]);
}

#[test]
fn only_whoever_talks_is_asked_what_they_stepped_out_for() {
    let mut visit = Visit::with(policy_of_such_a_carrier());
    visit.rings();
    let ((ada, _), (ben, _)) = (visit.picks_up(1), visit.picks_up(2));
    let ringing = visit.signal(Signal::SteppedOut { leg: ben });
    visit.presses(ada, "1");

    let late = visit.signal(Signal::SteppedOut { leg: ben });
    let visitor = visit.signal(Signal::SteppedOut { leg: visit.call.door_leg().unwrap() });

    assert!(hears(&ringing)[0].starts_with("Visitor at Front door."), "{:?}", hears(&ringing));
    assert_eq!(hears(&late), ["Someone else is talking to the visitor. Goodbye.", "[end]"]);
    assert_eq!(hears(&visitor), ["[room]"]);
}
