//! In the talk: what each key does, what an opening is worth, and when it is over.
#![expect(clippy::wildcard_enum_match_arm, reason = "a story looks for one event among all")]

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::Stage;
use super::super::event::{By, Certainty, Event, Opener};
use super::super::outcome::{Cause, Outcome};
use super::super::signal::{Effect, EffectResult, Keys, LegEndCause, Signal, Timer};
use super::Decision;
use super::stories::{DOOR, NOON, Visit, policy, resident};
use crate::domain::ids::LegId;
use crate::domain::policy::capabilities::{KeysInRoom, Tones};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn door() -> LegId {
    LegId::from_uuid(DOOR)
}

fn ada() -> Opener {
    Opener::Resident(resident(1).id)
}

fn talking() -> (Visit, LegId) {
    let mut visit = Visit::with(policy());
    visit.rings();
    let (ada, _) = visit.picks_up(1);
    visit.presses(ada, "1");
    (visit, ada)
}

fn events(decision: Decision) -> Vec<Event> {
    decision.events.into_iter().map(|recorded| recorded.event).collect()
}

fn went(visit: &mut Visit, opening: u32, result: EffectResult) -> Vec<Event> {
    let effect = Effect::OpenDoor { leg: door(), opening };
    events(visit.signal(Signal::Effect { effect, result }))
}

fn hung_up(leg: LegId, delay_ms: u32) -> Event {
    Event::HangUpRequested { leg, delay_ms }
}

#[test]
fn keys_are_listened_for_on_the_leg_that_accepts_where_the_room_reports_them() {
    for (keys_in_room, is_listened) in
        [(KeysInRoom::Reported, true), (KeysInRoom::AfterStar, false), (KeysInRoom::Unheard, false)]
    {
        let mut visit = Visit::with(policy());
        visit.policy.capabilities.keys_in_room = keys_in_room;
        visit.rings();
        let (ada, _) = visit.picks_up(1);

        let accept = events(visit.presses(ada, "1"));

        let listened = accept.contains(&Event::KeysListenedFor { leg: ada });
        assert_eq!(listened, is_listened, "{keys_in_room:?}");
    }
}

#[test]
fn whoever_accepts_stops_the_phones_of_all_others_and_no_more() {
    let mut visit = Visit::with(policy());
    visit.policy.units[0].residents.push(resident(3));
    visit.rings();
    let (ada, _) = visit.picks_up(1);
    let (ben, cara) = (visit.placed(2), visit.leg_of(3));

    let accept = events(visit.presses(ada, "1"));

    let hung_up: Vec<LegId> = accept
        .iter()
        .filter_map(|event| match event {
            Event::HangUpRequested { leg, delay_ms: 0 } => Some(*leg),
            _ => None,
        })
        .collect();
    let dropped: Vec<LegId> = accept
        .iter()
        .filter_map(|event| match event {
            Event::DialDropped { leg } => Some(*leg),
            _ => None,
        })
        .collect();
    assert_eq!((hung_up, dropped), (vec![ben], vec![cara]));
}

#[test]
fn a_key_without_a_meaning_changes_nothing_in_the_talk() {
    let (mut visit, ada) = talking();

    for keys in ["7", "1", "#", "97"] {
        assert_eq!(visit.presses(ada, keys), Decision::default(), "{keys}");
    }
    let none = visit.signal(Signal::Pressed { leg: ada, keys: Keys::None });
    assert_eq!(none, Decision::default());
}

#[test]
fn the_deny_key_ends_the_talk_for_both_at_once() {
    let (mut visit, ada) = talking();
    visit.at += seconds(10);

    let end = events(visit.presses(ada, "0"));

    let cause = Cause::ResidentEnded;
    assert_eq!(
        end,
        [
            Event::CallClosing { outcome: Outcome::Talked, cause },
            hung_up(ada, 0),
            hung_up(door(), 0),
            Event::TimerSet { timer: Timer::CallOverdue, due: NOON + seconds(10 + 120) },
        ]
    );
}

#[test]
fn the_extend_key_gives_another_talk_from_now_on_and_the_open_key_one_opening() {
    let (mut visit, ada) = talking();
    visit.at += seconds(30);

    let extends = events(visit.presses(ada, "5"));
    let opens = events(visit.presses(ada, "9"));

    let ends_at = NOON + seconds(30 + 120);
    let (soon, over) = (Timer::TalkEndsSoon { extension: 1 }, Timer::TalkOver { extension: 1 });
    assert_eq!(
        extends,
        [
            Event::TalkExtended { extension: 1, ends_at },
            Event::TimerSet { timer: soon, due: NOON + seconds(30 + 105) },
            Event::TimerSet { timer: over, due: ends_at },
            Event::TimerSet { timer: Timer::CallOverdue, due: ends_at + seconds(120) },
        ]
    );
    let open = Event::DoorOpenRequested {
        opening: 1,
        leg: door(),
        opener: self::ada(),
        asked_at: NOON + seconds(30),
        delay_ms: 0,
        by: By::Request,
    };
    assert_eq!(opens, [open]);
}

#[test]
fn in_the_talk_tones_are_asked_for_at_once_however_they_reach_the_panel() {
    for tones in [Tones::Beside, Tones::Instead, Tones::InScript] {
        let (mut visit, ada) = talking();
        visit.policy.capabilities.tones = tones;

        let opens = events(visit.presses(ada, "9"));

        assert!(
            matches!(
                opens.as_slice(),
                [Event::DoorOpenRequested { delay_ms: 0, by: By::Request, .. }]
            ),
            "{tones:?}"
        );
    }
}

#[test]
fn what_became_of_an_opening_is_told_once_and_of_none_that_was_not_asked_for() {
    let (mut visit, leg) = talking();
    let failed = || EffectResult::Failed { reason: "busy".into() };
    let unknown = || EffectResult::Unknown { reason: "timed out".into() };
    assert_eq!(went(&mut visit, 1, EffectResult::Done), []);

    visit.presses(leg, "9");
    let opened = Event::DoorOpened { opening: 1, opener: ada() };
    assert_eq!(went(&mut visit, 1, EffectResult::Done), [opened]);
    for result in [EffectResult::Done, failed(), unknown()] {
        assert_eq!(went(&mut visit, 1, result), []);
    }

    for (opening, result, reason, certainty) in
        [(2, failed(), "busy", Certainty::Certain), (3, unknown(), "timed out", Certainty::Unknown)]
    {
        visit.at += seconds(5);
        visit.presses(leg, "9");
        assert_eq!(went(&mut visit, opening - 1, EffectResult::Done), []);
        let event = Event::DoorOpenFailed { opening, reason: reason.into(), certainty };
        assert_eq!(went(&mut visit, opening, result), [event]);
    }
}

#[test]
fn a_talk_has_opened_if_the_digits_were_sent_or_are_on_their_way() {
    let failed = EffectResult::Failed { reason: "busy".into() };
    for (presses, result, outcome) in [
        ("7", None, Outcome::Talked),
        ("9", None, Outcome::Opened),
        ("9", Some(EffectResult::Done), Outcome::Opened),
        ("9", Some(failed), Outcome::Talked),
    ] {
        let (mut visit, ada) = talking();
        visit.presses(ada, presses);
        if let Some(result) = result.clone() {
            went(&mut visit, 1, result);
        }

        visit.visitor_leaves();

        assert_eq!(visit.ended(), Some((outcome, Cause::VisitorHungUp)), "{presses} {result:?}");
    }
}

#[test]
fn the_door_is_kept_for_what_is_left_of_the_five_seconds_that_tones_may_take() {
    for (after, delay_ms) in [(0, 5_000), (2, 3_000), (5, 0), (6, 0), (60, 0)] {
        let (mut visit, ada) = talking();
        visit.presses(ada, "9");
        visit.at += seconds(after);

        let end = events(visit.leg_ends(ada, LegEndCause::HungUp));

        let door_is = end
            .into_iter()
            .find(|event| matches!(event, Event::HangUpRequested { leg, .. } if *leg == door()));
        assert_eq!(door_is, Some(hung_up(door(), delay_ms)), "after {after} seconds");
    }
}

#[test]
fn only_the_timers_of_the_present_extension_count_and_none_after_the_talk() {
    let (mut visit, ada) = talking();
    let mut due = |timer| events(visit.signal(Signal::Due(timer)));

    for extension in [1, 2] {
        assert_eq!(due(Timer::TalkEndsSoon { extension }), []);
        assert_eq!(due(Timer::TalkOver { extension }), []);
    }
    let warning = due(Timer::TalkEndsSoon { extension: 0 });
    assert!(
        matches!(warning.as_slice(), [Event::SayRequested { leg, .. }] if *leg == ada),
        "{warning:?}"
    );
    let over = due(Timer::TalkOver { extension: 0 });
    let cause = Cause::TalkLimit;
    assert_eq!(over[0], Event::CallClosing { outcome: Outcome::Talked, cause });
    let told: BTreeSet<LegId> = over
        .iter()
        .filter_map(|event| match event {
            Event::HangUpRequested { leg, delay_ms: 0 } => Some(*leg),
            _ => None,
        })
        .collect();
    assert_eq!(told, [ada, door()].into());
    assert_eq!(due(Timer::TalkOver { extension: 0 }), []);
    assert_eq!(due(Timer::TalkEndsSoon { extension: 0 }), []);
    assert_eq!(visit.call.stage, Stage::Closing { outcome: Outcome::Talked, cause });
}
