//! What holds for every visit, however its signals are ordered, repeated or lost.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::super::event::{Event, Operator, Target};
use super::super::record::LegRecord;
use super::super::signal::{
    Again, CarrierRoom, Command, DialReport, Effect, EffectResult, Keys, LeaveReason, LegEnd,
    LegEndCause, LegReport, PinCheck, RoomEnd, RoomNews, RoomReport, Signal, Timer,
};
use super::super::stream::{StreamEnd, StreamEndReason, StreamNews};
use super::super::{Call, LegState};
use super::stories::{DOOR, Visit, all_residents, carrier_leg, leg_ended, policy, rang, resident};
use crate::domain::ids::{LegId, PassId, StreamId, UserId};
use crate::domain::policy::capabilities::Forks;
use crate::domain::policy::flow::{AcceptMode, OnDecline, OnNone};
use crate::domain::policy::streams::{Duplex, Need, OnLost};
use crate::domain::policy::{LeadsTo, Policy, StrangerPolicy, Unit};

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
    Streamed(usize, StreamNews),
    StreamLeg(usize, LegReport),
    StreamDue(usize),
    StreamAsked(usize, bool),
    TimePasses(u64),
    SteppedOut(usize),
    Room(usize, Option<u32>, u8),
    Voice(usize, u8, bool),
    Record(usize, u8),
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
    let stream = 0..2_usize;
    let news = prop::sample::select(stream_news());
    let stream_leg = prop::sample::select(vec![
        LegReport::Answered,
        LegReport::Ended(LegEnd {
            cause: LegEndCause::HungUp,
            is_final: true,
            duration_seconds: Some(3),
            cost: None,
        }),
    ]);
    let one = prop_oneof![
        3 => (stream.clone(), news).prop_map(|(stream, news)| Move::Streamed(stream, news)),
        1 => (stream.clone(), stream_leg).prop_map(|(stream, report)| Move::StreamLeg(stream, report)),
        1 => stream.clone().prop_map(Move::StreamDue),
        1 => (stream, any::<bool>()).prop_map(|(stream, went)| Move::StreamAsked(stream, went)),
        1 => Just(Move::Rang),
        3 => leg.clone().prop_map(Move::Asks),
        5 => (leg.clone(), keys).prop_map(|(leg, keys)| Move::Pressed(leg, keys)),
        1 => (0..12_u32).prop_map(Move::Pin),
        4 => (leg.clone(), report).prop_map(|(leg, report)| Move::Report(leg, report)),
        3 => (leg.clone(), cause, any::<bool>()).prop_map(|(leg, cause, is_final)| Move::Ended(leg, cause, is_final)),
        6 => (leg.clone(), dial).prop_map(|(leg, report)| Move::Dial(leg, report)),
        1 => (1..3_u32, any::<bool>()).prop_map(|(opening, went)| Move::Opened(opening, went)),
        2 => timer.prop_map(Move::Due),
        2 => leg.clone().prop_map(Move::SteppedOut),
        6 => (leg.clone(), prop::option::of(1..30_u32), 0..13_u8).prop_map(|(leg, sequence, which)| Move::Room(leg, sequence, which)),
        2 => (leg.clone(), 0..4_u8, any::<bool>()).prop_map(|(leg, which, went)| Move::Voice(leg, which, went)),
        1 => (leg.clone(), 0..9_u8).prop_map(|(leg, which)| Move::Manager(leg, which)),
        1 => (leg, 0..4_u8).prop_map(|(leg, which)| Move::Record(leg, which)),
        2 => (1..30_u64).prop_map(Move::TimePasses),
    ];
    prop::collection::vec(one, 0..60)
}

fn stream_news() -> Vec<StreamNews> {
    let backend = super::stories::id(501);
    let end =
        StreamEnd { lasted_ms: 1, frames: 1, ..StreamEnd::without_audio(StreamEndReason::Stopped) };
    vec![
        StreamNews::Started,
        StreamNews::Connected(backend),
        StreamNews::Lost { backend, why: "broken".into() },
        StreamNews::Recovered { backend, missed: 2 },
        StreamNews::Gone { backend, why: "refused".into() },
        StreamNews::RequiredGone { then: OnLost::EndCall },
        StreamNews::RequiredGone { then: OnLost::CarryOn },
        StreamNews::Ended(end),
    ]
}

/// No backends, or one; which a line may lead to, and which a carrier may be asked to let listen in.
fn streaming(mut policy: Policy, which: u8) -> Policy {
    if which & 1 != 0 {
        let backend = super::stream_stories::backend(501, Duplex::OneWay, Need::Required);
        policy.streams.backends.push(backend);
    }
    if which & 2 != 0 {
        policy.line.leads_to = LeadsTo::Stream;
    }
    if which & 4 != 0 {
        policy.capabilities.forks = Forks::ByRequest;
    }
    policy
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
    (accept, on_decline, on_none, strangers, 1..3_usize, any::<(bool, bool, u8)>()).prop_map(
        |(
            accept,
            on_decline,
            on_none,
            strangers,
            groups,
            (is_stranger, has_many_units, streams),
        )| {
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
            // Most lines lead to people.
            streaming(policy, if streams < 128 { 0 } else { streams })
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

    fn stream_at(&self, place: usize) -> StreamId {
        let mut streams = self.call.streams.keys().copied();
        streams.nth(place).unwrap_or(super::stories::id(404))
    }

    #[expect(clippy::too_many_lines, reason = "one arm a move")]
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
            Move::Pin(wrong_pins) => Signal::PinGiven {
                leg: self.leg_at(0),
                check: PinCheck::Wrong { wrong_pins, block: None, entrance_block: None },
            },
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
            Move::SteppedOut(leg) => Signal::SteppedOut { leg: self.leg_at(leg) },
            Move::Room(leg, sequence, which) => room_news(self.leg_at(leg), sequence, which),
            Move::Voice(leg, which, went) => {
                let leg = self.leg_at(leg);
                let effect = match which {
                    0 => Effect::Mute { leg },
                    1 => Effect::Unmute { leg },
                    2 => Effect::Hold { leg },
                    _ => Effect::Resume { leg },
                };
                let failed = || EffectResult::Failed { reason: "no".into() };
                Signal::Effect { effect, result: if went { EffectResult::Done } else { failed() } }
            }
            Move::Record(leg, which) => record(self.leg_at(leg), which),
            Move::Due(timer) => Signal::Due(timer),
            Move::Streamed(stream, news) => Signal::Stream { stream: self.stream_at(stream), news },
            Move::StreamLeg(stream, report) => Signal::Leg {
                leg: self.stream_at(stream).into(),
                report,
                carrier_leg: Some(carrier_leg()),
                occurred_at: None,
            },
            Move::StreamDue(stream) => {
                Signal::Due(Timer::StreamDue { stream: self.stream_at(stream) })
            }
            Move::StreamAsked(stream, went) => {
                let result = if went {
                    EffectResult::Done
                } else {
                    EffectResult::Failed { reason: "refused".into() }
                };
                let (leg, stream) = (self.leg_at(0), self.stream_at(stream));
                Signal::Effect { effect: Effect::StartStream { leg, stream }, result }
            }
            Move::Manager(leg, which) => {
                let leg = self.leg_at(leg);
                let command = match which {
                    0 => Command::OpenDoor,
                    1 => Command::HangUp,
                    2 => Command::Mute(leg),
                    3 => Command::Unmute(leg),
                    4 => Command::Remove(leg),
                    5 => Command::Hold(leg),
                    6 => Command::Resume(leg),
                    7 => Command::Announce { leg, text: "Hello".into() },
                    _ => Command::Say("Hello".into()),
                };
                Signal::Command { by: Operator::User(UserId::from_uuid(DOOR)), command }
            }
        };
        self.signal(signal);
    }

    /// Whatever happened: time passes, nothing more is heard, and the watchdog looks until it has nothing more to look for.
    fn nothing_more_is_heard(&mut self) {
        for _ in 0..16 {
            self.at += Duration::from_secs(24 * 3600);
            self.signal(Signal::Due(Timer::CallOverdue));
        }
        let before = self.events.len();
        self.at += Duration::from_secs(24 * 3600);
        self.signal(Signal::Due(Timer::CallOverdue));
        assert_eq!(self.events.len(), before, "seeking comes to an end: {:?}", self.events);
        let open = self
            .call
            .legs
            .values()
            .any(|leg| matches!(leg.state, LegState::Placed | LegState::Answered));
        assert!(!open, "a leg is left open: {:?}", self.events);
    }
}

/// What carriers' records say, of a leg that is asked for or not.
fn record(leg: LegId, which: u8) -> Signal {
    let record = match which {
        0 => LegRecord::Running,
        1 => LegRecord::NoRecord,
        _ => super::reconciling_stories::over(LegEndCause::HungUp),
    };
    Signal::Record { leg, record }
}

fn room_news(leg: LegId, sequence: Option<u32>, which: u8) -> Signal {
    let report = match which {
        0 => RoomReport::Started,
        1 | 2 => RoomReport::Joined(leg),
        3 => RoomReport::Left { leg, why: Some(LeaveReason::HungUp) },
        4 => RoomReport::Muted(leg),
        5 => RoomReport::Unmuted(leg),
        6 => RoomReport::Held(leg),
        7 => RoomReport::Resumed(leg),
        8 => RoomReport::Modified(leg),
        9 => RoomReport::SpeechStarted(leg),
        10 => RoomReport::SpeechStopped(leg),
        11 => RoomReport::AnnouncementEnded { leg: Some(leg) },
        _ => RoomReport::Ended { why: Some(RoomEnd::LastLeft) },
    };
    let room = CarrierRoom("room-1".into());
    Signal::Room { news: RoomNews { room, sequence, report }, occurred_at: None }
}

/// What the carrier told of the room, each piece with its number: in order, and as they came.
fn shuffled_news() -> impl Strategy<Value = (Vec<Move>, Vec<Move>)> {
    prop::collection::vec((0..3_usize, 0..13_u8), 1..12).prop_flat_map(|news| {
        let numbered: Vec<Move> = (1..)
            .zip(news)
            .map(|(sequence, (leg, which))| Move::Room(leg, Some(sequence), which))
            .collect();
        (Just(numbered.clone()), Just(numbered).prop_shuffle())
    })
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
    fn nothing_is_heard_by_backends_before_the_caller_is_let_through_and_no_stream_begins_or_ends_twice(policy in policies(), moves in moves(), repeat in any::<bool>()) {
        let leads_to_stream = policy.line.leads_to == LeadsTo::Stream;
        let mut visit = Visit::with(policy);
        visit.play(&Move::Rang);
        for step in &moves {
            visit.play(step);
            if repeat {
                visit.play(step);
            }
        }

        if let Some(asked) = visit.events.iter().position(|event| matches!(event, Event::StreamRequested(_))) {
            let before = &visit.events[..asked];
            let pin_was_asked = before.iter().any(|event| matches!(event, Event::PinAsked { .. }));
            let was_admitted = before.iter().any(|event| matches!(event, Event::CallerAdmitted { .. }));
            prop_assert!(was_admitted, "nobody was let through");
            prop_assert!(!pin_was_asked || before.iter().any(|event| matches!(event, Event::PinAccepted { .. })), "{:?}", visit.events);
        }
        let requested = count(&visit, |event| matches!(event, Event::StreamRequested(_)));
        let started = count(&visit, |event| matches!(event, Event::StreamStarted { .. }));
        let ended = count(&visit, |event| matches!(event, Event::StreamEnded { .. }));
        prop_assert!(requested <= 1 && started <= 1 && ended <= 1, "twice");
        prop_assert!(!leads_to_stream || visit.dials().is_empty(), "a line to backends rings nobody");
    }

    #[test]
    fn the_news_of_a_room_give_the_same_state_in_whatever_order_they_come((in_order, as_they_came) in shuffled_news(), muted in any::<bool>()) {
        let mut states = Vec::new();
        for news in [in_order, as_they_came] {
            let mut visit = Visit::with(policy());
            visit.rings();
            let (leg, _) = visit.picks_up(1);
            visit.presses(leg, "1");
            if muted {
                visit.play(&Move::Manager(1, 2));
            }
            for step in &news {
                visit.play(step);
                visit.play(step);
            }
            // Whether a lost mute was asked for again depends on what was known then; what the carrier told does not.
            visit.call.legs.values_mut().for_each(|leg| leg.in_room.voice_asked = None);
            states.push(visit.call);
        }
        prop_assert_eq!(&states[0], &states[1]);
    }

    #[test]
    fn replaying_the_events_gives_the_same_state(policy in policies(), moves in moves()) {
        let mut visit = Visit::with(policy);
        for step in &moves {
            visit.play(step);
        }

        let stored = serde_json::to_value(&visit.events).unwrap();
        let stored: Vec<Event> = serde_json::from_value(stored).unwrap();
        prop_assert_eq!(&stored, &visit.events);
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
