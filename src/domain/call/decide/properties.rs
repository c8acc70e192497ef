//! What holds for every visit, however its signals are ordered, repeated or lost.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::super::Call;
use super::super::event::{Event, Operator, Target};
use super::super::signal::{
    Again, Command, DialReport, Effect, EffectResult, Keys, LegEndCause, LegReport, PinCheck,
    Signal, Timer,
};
use super::stories::{DOOR, Visit, all_residents, carrier_leg, leg_ended, policy, rang, resident};
use crate::domain::ids::{LegId, PassId, UserId};
use crate::domain::policy::flow::{AcceptMode, OnDecline, OnNone};
use crate::domain::policy::{Policy, StrangerPolicy, Unit};

/// A signal in which a leg is named by its place among those the call has, so that shuffled signals still meet legs.
#[derive(Clone, Debug)]
enum Move {
    Rang,
    Ordered(bool),
    Asks(usize),
    Pressed(usize, &'static str),
    Pin(u32),
    Report(usize, LegReport),
    Ended(usize, LegEndCause, bool),
    Dial(usize, DialReport),
    Opened(u32, bool),
    Due(Timer),
    Manager(usize, u8),
    TimePasses(u64),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let leg = 0..5_usize;
    let keys = prop::sample::select(vec!["1", "9", "0", "5", "7", "1204#", ""]);
    let report = prop::sample::select(vec![
        LegReport::Ringing,
        LegReport::Answered,
        LegReport::Human,
        LegReport::Machine,
        LegReport::Joined,
        LegReport::Left,
    ]);
    let cause = prop::sample::select(vec![
        LegEndCause::HungUp,
        LegEndCause::Busy,
        LegEndCause::Declined,
        LegEndCause::Unanswered,
        LegEndCause::Failed,
        LegEndCause::Machine,
    ]);
    let dial = prop::sample::select(vec![
        DialReport::Ready,
        DialReport::Ready,
        DialReport::Placed(carrier_leg()),
        DialReport::Refused { reason: "busy".into(), again: Again::after(Duration::from_secs(1)) },
        DialReport::Refused { reason: "no such number".into(), again: Again::Never },
        DialReport::Unknown { reason: "timed out".into() },
        DialReport::Expired,
    ]);
    let timer = (0..4_u32, 0..5_u8).prop_map(|(n, which)| match which {
        0 => Timer::GroupOver { step: n },
        1 => Timer::GroupCut { step: n },
        2 => Timer::TalkEndsSoon { extension: n },
        3 => Timer::TalkOver { extension: n },
        _ => Timer::CallOverdue,
    });
    let one = prop_oneof![
        1 => Just(Move::Rang),
        3 => leg.clone().prop_map(Move::Asks),
        5 => (leg.clone(), keys).prop_map(|(leg, keys)| Move::Pressed(leg, keys)),
        1 => (0..12_u32).prop_map(Move::Pin),
        4 => (leg.clone(), report).prop_map(|(leg, report)| Move::Report(leg, report)),
        3 => (leg.clone(), cause, any::<bool>()).prop_map(|(leg, cause, is_final)| Move::Ended(leg, cause, is_final)),
        6 => (leg.clone(), dial).prop_map(|(leg, report)| Move::Dial(leg, report)),
        1 => (1..3_u32, any::<bool>()).prop_map(|(opening, went)| Move::Opened(opening, went)),
        2 => timer.prop_map(Move::Due),
        1 => (leg, 0..6_u8).prop_map(|(leg, which)| Move::Manager(leg, which)),
        2 => (1..30_u64).prop_map(Move::TimePasses),
    ];
    prop::collection::vec(one, 0..60)
}

fn policies() -> impl Strategy<Value = Policy> {
    let accept = prop::sample::select(vec![AcceptMode::Key, AcceptMode::Detect, AcceptMode::None]);
    let on_decline =
        prop::sample::select(vec![OnDecline::LeaveMeOut, OnDecline::NextGroup, OnDecline::StopAll]);
    let on_none =
        prop::sample::select(vec![OnNone::HangUp, OnNone::Say { text: None }, OnNone::Concierge]);
    let strangers = prop::sample::select(vec![
        StrangerPolicy::Reject,
        StrangerPolicy::Pin,
        StrangerPolicy::Ring,
    ]);
    (accept, on_decline, on_none, strangers, 1..3_usize, any::<(bool, bool)>()).prop_map(
        |(accept, on_decline, on_none, strangers, groups, (is_stranger, has_many_units))| {
            let mut policy = policy();
            let mut group = all_residents();
            (group.accept, group.on_decline) = (accept, on_decline);
            policy.units[0].flow.groups = vec![group; groups];
            policy.units[0].flow.on_none = on_none;
            policy.units[0].residents.push(resident(3));
            policy.building.strangers = strangers;
            policy.building.concierge = Some(super::stories::number(900));
            if is_stranger {
                policy.entrance.panel_numbers.clear();
            }
            if has_many_units {
                let other = Unit {
                    id: Uuid::from_u128(61).into(),
                    code: Some("7".into()),
                    residents: vec![],
                    ..policy.units[0].clone()
                };
                policy.units.push(other);
            }
            policy
        },
    )
}

impl Visit {
    fn leg_at(&self, place: usize) -> LegId {
        let door = LegId::from_uuid(DOOR);
        let mut rung = self.dials().into_iter().map(|dial| dial.leg);
        if place == 0 {
            door
        } else {
            rung.nth(place - 1).unwrap_or(LegId::from_uuid(Uuid::from_u128(404)))
        }
    }

    fn play(&mut self, step: &Move) {
        let signal = match step.clone() {
            Move::TimePasses(seconds) => {
                self.at += Duration::from_secs(seconds);
                return;
            }
            Move::Rang => rang(),
            Move::Ordered(connects) => super::outbound_stories::order(connects),
            Move::Asks(leg) => {
                Signal::Asks { leg: self.leg_at(leg), carrier_leg: Some(carrier_leg()) }
            }
            Move::Pressed(leg, "") => Signal::Pressed { leg: self.leg_at(leg), keys: Keys::None },
            Move::Pressed(leg, keys) => {
                Signal::Pressed { leg: self.leg_at(leg), keys: Keys::Pressed(keys.into()) }
            }
            Move::Pin(0) => Signal::PinGiven {
                leg: self.leg_at(0),
                check: PinCheck::Opens(PassId::from_uuid(DOOR)),
            },
            Move::Pin(wrong_pins) => {
                Signal::PinGiven { leg: self.leg_at(0), check: PinCheck::Wrong { wrong_pins } }
            }
            Move::Report(leg, report) => {
                Signal::Leg { leg: self.leg_at(leg), report, carrier_leg: None, occurred_at: None }
            }
            Move::Ended(leg, cause, is_final) => leg_ended(self.leg_at(leg), cause, is_final),
            Move::Dial(leg, report) => Signal::Dial { leg: self.leg_at(leg), report },
            Move::Opened(opening, went) => {
                let result = if went {
                    EffectResult::Done
                } else {
                    EffectResult::Unknown { reason: "timed out".into() }
                };
                Signal::Effect { effect: Effect::OpenDoor { leg: self.leg_at(0), opening }, result }
            }
            Move::Due(timer) => Signal::Due(timer),
            Move::Manager(leg, which) => {
                let leg = self.leg_at(leg);
                let command = match which {
                    0 => Command::OpenDoor,
                    1 => Command::HangUp,
                    2 => Command::Mute(leg),
                    3 => Command::Unmute(leg),
                    4 => Command::Remove(leg),
                    _ => Command::Say("Hello".into()),
                };
                Signal::Command { by: Operator::User(UserId::from_uuid(DOOR)), command }
            }
        };
        self.signal(signal);
    }

    /// Whatever happened: time passes, nothing more is heard, and the watchdog looks once more.
    fn nothing_more_is_heard(&mut self) {
        self.at += Duration::from_secs(24 * 3600);
        self.signal(Signal::Due(Timer::CallOverdue));
    }
}

fn count(visit: &Visit, wanted: impl Fn(&Event) -> bool) -> usize {
    visit.events.iter().filter(|event| wanted(event)).count()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_any_repetition_ends_in_one_outcome_and_rings_nobody_twice(policy in policies(), moves in moves(), repeat in any::<bool>()) {
        let mut visit = Visit::with(policy);
        visit.play(&Move::Rang);
        for step in &moves {
            visit.play(step);
            if repeat {
                visit.play(step);
            }
        }
        visit.nothing_more_is_heard();

        prop_assert_eq!(count(&visit, |event| matches!(event, Event::CallEnded { .. })), 1);
        let accepted = count(&visit, |event| matches!(event, Event::CallAccepted { .. }));
        prop_assert!(accepted <= 1);

        let mut dialled: BTreeSet<(u32, Target, u32, u32)> = BTreeSet::new();
        for dial in visit.dials() {
            prop_assert!(dialled.insert((dial.step, dial.target, dial.number_index, dial.attempt)), "twice in a step: {:?}", dial);
        }
        let mut started: BTreeSet<LegId> = BTreeSet::new();
        for event in &visit.events {
            if let Event::DialStarted { leg } = event {
                prop_assert!(started.insert(*leg), "a leg started twice");
            }
        }
    }

    #[test]
    fn an_ordered_call_ends_in_one_outcome_however_its_signals_come(connects in any::<bool>(), moves in moves(), repeat in any::<bool>()) {
        let mut call = Visit::with(policy());
        call.play(&Move::Ordered(connects));
        for step in &moves {
            // The door is no leg of this call, and a leg that nobody knows is none either.
            call.play(step);
            if repeat {
                call.play(step);
            }
        }
        call.nothing_more_is_heard();

        prop_assert_eq!(count(&call, |event| matches!(event, Event::CallEnded { .. })), 1, "{:?}", call.events);
        prop_assert_eq!(count(&call, |event| matches!(event, Event::CallOrdered(_))), 1);
        prop_assert_eq!(count(&call, |event| matches!(event, Event::DoorOpenRequested { .. } | Event::CallRang(_))), 0);
        let mut dialled: BTreeSet<(Target, u32)> = BTreeSet::new();
        for dial in call.dials() {
            prop_assert!(dialled.insert((dial.target, dial.attempt)), "twice: {:?}", dial);
        }
        let closed = call.events.iter().position(|event| matches!(event, Event::CallClosing { .. } | Event::CallEnded { .. }));
        let late = call.events[closed.unwrap_or(0)..].iter().any(|event| matches!(event, Event::DialStarted { .. } | Event::DialRequested(_)));
        prop_assert!(!late, "{:?}", call.events);
        let stored: Vec<Event> = call.events.iter()
            .map(|event| serde_json::from_value(serde_json::to_value(event).unwrap()).unwrap())
            .collect();
        prop_assert_eq!(Call::from_events(&stored), call.call);
    }

    #[test]
    fn replaying_the_events_gives_the_same_state(policy in policies(), moves in moves()) {
        let mut visit = Visit::with(policy);
        for step in &moves {
            visit.play(step);
        }

        let stored: Vec<Event> = visit.events.iter()
            .map(|event| serde_json::from_value(serde_json::to_value(event).unwrap()).unwrap())
            .collect();
        prop_assert_eq!(Call::from_events(&stored), visit.call);
    }

    #[test]
    fn nobody_is_dialled_after_someone_accepted_or_the_call_is_closing(policy in policies(), moves in moves()) {
        let mut visit = Visit::with(policy);
        visit.play(&Move::Rang);
        for step in &moves {
            visit.play(step);
        }

        let is_settled = |event: &Event| matches!(event, Event::CallAccepted { .. } | Event::CallClosing { .. } | Event::CallEnded { .. });
        if let Some(settled) = visit.events.iter().position(is_settled) {
            let late = visit.events[settled..].iter().any(|event| matches!(event, Event::DialStarted { .. } | Event::DialRequested(_)));
            prop_assert!(!late, "{:?}", visit.events);
        }
    }
}
