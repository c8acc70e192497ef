//! Lines that lead to backends, and visits that backends hear.

use std::time::Duration;

use super::super::event::{Event, Operator, StreamRequested};
use super::super::outcome::{Cause, Outcome};
use super::super::participants::participants;
use super::super::script::Step;
use super::super::signal::{
    Command, Cost, Effect, EffectResult, LegEnd, LegEndCause, LegReport, PinCheck, Signal, Timer,
};
use super::super::stream::{StreamEnd, StreamEndReason, StreamKind, StreamNews, StreamState};
use super::super::work::Task;
use super::super::{LegRole, Stage};
use super::Decision;
use super::stories::{NOON, Visit, carrier_leg, hears, id, policy};
use crate::domain::call::explain::Rule;
use crate::domain::ids::{BackendId, StreamId};
use crate::domain::phone_number::Caller;
use crate::domain::policy::capabilities::{Capabilities, Forks};
use crate::domain::policy::streams::{Duplex, Need, OnLost, StreamBackend, StreamSet};
use crate::domain::policy::{LeadsTo, Policy, StrangerPolicy};

pub(super) fn backend(n: u128, duplex: Duplex, need: Need) -> StreamBackend {
    StreamBackend { id: id(n), duplex, need }
}

pub(super) fn heard_by_two(then: OnLost) -> Policy {
    let backends = vec![
        backend(501, Duplex::BothWays, Need::Required),
        backend(502, Duplex::OneWay, Need::BestEffort),
    ];
    Policy { streams: StreamSet { backends, on_last_required_lost: then }, ..policy() }
}

pub(super) fn stream_line(strangers: StrangerPolicy) -> Policy {
    let mut policy = heard_by_two(OnLost::EndCall);
    policy.line.leads_to = LeadsTo::Stream;
    policy.building.strangers = strangers;
    policy.entrance.panel_numbers.clear();
    policy
}

pub(super) fn wanted(visit: &Visit) -> StreamRequested {
    visit
        .events
        .iter()
        .find_map(|event| {
            let Event::StreamRequested(wanted) = event else { return None };
            Some(wanted.clone())
        })
        .expect("asked for before")
}

fn streams_in(decision: &Decision) -> usize {
    let steps = decision.script.iter().flat_map(|script| script.steps());
    steps.filter(|step| matches!(step, Step::Stream(_) | Step::Fork(_))).count()
}

pub(super) fn tells(visit: &mut Visit, stream: StreamId, news: StreamNews) -> Decision {
    visit.signal(Signal::Stream { stream, news })
}

pub(super) fn ended(reason: StreamEndReason) -> StreamNews {
    StreamNews::Ended(StreamEnd { reason, lasted_ms: 9_000, frames: 450, backends: vec![] })
}

pub(super) fn opens() -> Signal {
    let leg = super::stories::DOOR.into();
    Signal::PinGiven { leg, check: PinCheck::Opens(id(5)) }
}

#[test]
fn a_stranger_on_a_stream_line_gives_a_pin_before_anything_is_connected_even_where_strangers_may_ring()
 {
    for strangers in [StrangerPolicy::Ring, StrangerPolicy::Pin] {
        let mut visit = Visit::with(stream_line(strangers));

        let asked = visit.rings();
        let before = visit.has(|event| matches!(event, Event::StreamRequested(_)));
        let wrong = {
            let leg = super::stories::DOOR.into();
            visit.signal(Signal::PinGiven {
                leg,
                check: PinCheck::Wrong { wrong_pins: 1, block: None, entrance_block: None },
            })
        };
        let connected = visit.signal(opens());

        assert!(!before && streams_in(&asked) == 0 && streams_in(&wrong) == 0);
        assert_eq!(streams_in(&connected), 1);
        assert_eq!(wanted(&visit).kind, StreamKind::Line);
        assert_eq!(wanted(&visit).duplex, Duplex::BothWays);
        assert!(!visit.has(|event| matches!(
            event,
            Event::DoorOpenRequested { .. } | Event::DialRequested(_)
        )));
    }
}

#[test]
fn where_strangers_are_rejected_so_are_those_who_call_a_stream_line() {
    let mut visit = Visit::with(stream_line(StrangerPolicy::Reject));

    let decision = visit.rings();

    assert_eq!(decision.script.unwrap().steps(), [Step::Reject]);
    assert!(!visit.has(|event| matches!(event, Event::StreamRequested(_))));
}

#[test]
fn who_hides_the_number_gives_a_pin_on_a_stream_line_too() {
    let mut policy = stream_line(StrangerPolicy::Reject);
    policy.building.withheld = StrangerPolicy::Ring;
    policy.visitor.caller = Caller::Withheld;
    let mut visit = Visit::with(policy);

    visit.rings();

    assert!(visit.call.awaits_pin());
}

#[test]
fn who_is_listed_talks_to_the_backends_at_once_and_hears_a_good_bye_when_they_are_done() {
    let mut policy = stream_line(StrangerPolicy::Reject);
    policy.entrance.panel_numbers = self::policy().entrance.panel_numbers;
    let mut visit = Visit::with(policy);

    let connected = visit.rings();
    assert!(!visit.call.awaits_pin());
    let stream = wanted(&visit).stream;
    tells(&mut visit, stream, StreamNews::Started);
    tells(&mut visit, stream, ended(StreamEndReason::EveryBackendGone));
    let twice = tells(&mut visit, stream, ended(StreamEndReason::EveryBackendGone));
    visit.visitor_leaves();

    assert_eq!(
        hears(&connected),
        ["One moment please, we connect you.", "[stream]", "Goodbye.", "[end]"]
    );
    assert_eq!(twice, Decision::default());
    assert_eq!(visit.ended(), Some((Outcome::Streamed, Cause::StreamEnded)));
}

#[test]
fn a_stream_line_without_backends_says_so_and_ends() {
    let mut policy = stream_line(StrangerPolicy::Pin);
    policy.streams = StreamSet::default();
    let mut visit = Visit::with(policy);

    visit.rings();
    let decision = visit.signal(opens());

    assert_eq!(hears(&decision), ["Sorry, this call can not go on. Goodbye.", "[end]"]);
    visit.visitor_leaves();
    assert_eq!(visit.ended(), Some((Outcome::Failed, Cause::NoBackends)));
}

#[test]
fn a_caller_who_hangs_up_ends_the_stream() {
    let mut visit = Visit::with(stream_line(StrangerPolicy::Pin));
    visit.rings();
    visit.signal(opens());
    let stream = wanted(&visit).stream;
    tells(&mut visit, stream, StreamNews::Started);

    visit.visitor_leaves();

    assert_eq!(visit.ended(), Some((Outcome::Streamed, Cause::VisitorHungUp)));
    let last = tells(&mut visit, stream, ended(StreamEndReason::CallEnded));
    assert_eq!(last.events.len(), 1, "its counts are written down though the call is over");
}

#[test]
fn a_stream_that_the_carrier_never_begins_ends_a_call_that_waits_for_it() {
    let mut visit = Visit::with(stream_line(StrangerPolicy::Pin));
    visit.rings();
    visit.signal(opens());
    let stream = wanted(&visit).stream;

    visit.at += Duration::from_secs(20);
    visit.signal(Signal::Due(Timer::StreamDue { stream }));

    let told = visit.events.iter().any(|event| matches!(event, Event::LegRedirected { .. }));
    assert!(told);
    visit.visitor_leaves();
    assert_eq!(visit.ended(), Some((Outcome::Failed, Cause::StreamEnded)));
}

#[test]
fn the_door_of_a_stream_line_can_not_be_opened_there_is_none() {
    let mut visit = Visit::with(stream_line(StrangerPolicy::Pin));
    visit.rings();
    visit.signal(opens());

    let by = Operator::User(id(77));
    let decision = visit.signal(Signal::Command { by, command: Command::OpenDoor });

    assert_eq!(decision.refusal, Some(Rule::NoDoorInThisCall));
}

#[test]
fn backends_hear_a_visit_from_the_room_on_and_none_of_them_speaks() {
    let mut visit = Visit::with(heard_by_two(OnLost::EndCall));

    let decision = visit.rings();

    assert_eq!(hears(&decision), ["Calling unit 1204.", "[fork]", "[room]"]);
    let wanted = wanted(&visit);
    assert_eq!((wanted.kind, wanted.duplex), (StreamKind::Fork, Duplex::OneWay));
    assert_eq!(wanted.backends, [id::<BackendId>(501), id(502)]);
    let tasks = visit.events.iter().filter_map(|event| event.order(NOON)).map(|order| order.task);
    assert!(!tasks.into_iter().any(|task| matches!(task, Task::Cause(Effect::StartStream { .. }))));
}

#[test]
fn nobody_listens_in_before_a_stranger_is_let_through_or_when_nobody_is_there_to_talk_to() {
    let mut stranger = heard_by_two(OnLost::EndCall);
    stranger.entrance.panel_numbers.clear();
    stranger.building.strangers = StrangerPolicy::Pin;
    let mut nobody = heard_by_two(OnLost::EndCall);
    nobody.units[0].residents.clear();

    for policy in [stranger, nobody] {
        let mut visit = Visit::with(policy);
        let decision = visit.rings();

        assert_eq!(streams_in(&decision), 0);
        assert!(!visit.has(|event| matches!(event, Event::StreamRequested(_))));
    }
}

pub(super) fn by_request(then: OnLost) -> (Visit, StreamId) {
    let capabilities = Capabilities { forks: Forks::ByRequest, ..policy().capabilities };
    let mut visit = Visit::with(Policy { capabilities, ..heard_by_two(then) });
    visit.rings();
    let stream = wanted(&visit).stream;
    (visit, stream)
}

#[test]
fn where_a_request_lets_someone_listen_in_that_leg_is_nobodys_phone_and_ends_with_the_call() {
    let (mut visit, stream) = by_request(OnLost::EndCall);
    let report = |report| Signal::Leg {
        leg: stream.into(),
        report,
        carrier_leg: Some(carrier_leg()),
        occurred_at: None,
    };

    visit.signal(report(LegReport::Ringing));
    visit.signal(report(LegReport::Answered));
    tells(&mut visit, stream, StreamNews::Started);
    visit.visitor_leaves();
    let end = LegEnd {
        cause: LegEndCause::HungUp,
        is_final: true,
        duration_seconds: Some(9),
        cost: Some(Cost { micros: 1_000, currency: "EUR".into() }),
    };
    visit.signal(report(LegReport::Ended(end.clone())));
    let twice = visit.signal(report(LegReport::Ended(LegEnd { cost: None, ..end })));

    let effects: Vec<_> = visit
        .events
        .iter()
        .filter_map(|event| match event.order(NOON)?.task {
            Task::Cause(effect @ (Effect::StartStream { .. } | Effect::StopStream { .. })) => {
                Some(effect)
            }
            Task::Cause(_) | Task::Dial(_) | Task::Wake(_) => None,
        })
        .collect();
    let door = visit.call.door_leg().unwrap();
    assert_eq!(
        effects,
        [
            Effect::StartStream { leg: door, stream },
            Effect::StopStream { leg: stream.into(), stream }
        ]
    );
    assert_eq!(twice, Decision::default());
    assert_eq!(visit.call.streams[&stream].carrier_leg, Some(carrier_leg()));
    assert!(visit.call.legs.values().filter(|leg| leg.role == LegRole::Visitor).count() == 1);
    let people = participants(visit.events.iter().map(|event| (event, NOON)));
    assert!(people.iter().all(|person| person.leg != stream.into()));
    assert_eq!(visit.ended(), Some((Outcome::VisitorLeft, Cause::VisitorHungUp)));
}

#[test]
fn when_the_last_required_backend_is_gone_the_call_ends_with_a_sentence_or_goes_on_as_configured() {
    for then in [OnLost::EndCall, OnLost::CarryOn] {
        let mut visit = Visit::with(heard_by_two(then));
        visit.rings();
        let (leg, _) = visit.picks_up(1);
        visit.presses(leg, "1");
        let stream = wanted(&visit).stream;
        tells(&mut visit, stream, StreamNews::Started);
        tells(&mut visit, stream, StreamNews::Connected(id(501)));
        let lost = StreamNews::Lost { backend: id(501), why: "the connection broke".into() };
        tells(&mut visit, stream, lost);
        let still = visit.call.stage.clone();

        tells(&mut visit, stream, StreamNews::RequiredGone { then });
        let twice = tells(&mut visit, stream, StreamNews::RequiredGone { then });

        assert!(matches!(still, Stage::Talking { .. }), "what is lost may come back");
        assert_eq!(twice, Decision::default());
        assert!(visit.has(|event| matches!(event, Event::StreamRequiredGone { .. })));
        match then {
            OnLost::EndCall => {
                assert_eq!(
                    visit.call.stage,
                    Stage::Closing { outcome: Outcome::Talked, cause: Cause::BackendsLost }
                );
                assert!(visit.has(|event| matches!(event, Event::LegRedirected { .. })));
                let hung_up = visit.has(
                    |event| matches!(event, Event::HangUpRequested { leg: of, .. } if *of == leg),
                );
                assert!(hung_up);
            }
            OnLost::CarryOn => assert!(matches!(visit.call.stage, Stage::Talking { .. })),
        }
    }
}

#[test]
fn a_carrier_that_refuses_a_required_stream_is_as_if_its_backends_were_lost() {
    let (mut visit, stream) = by_request(OnLost::EndCall);
    let leg = visit.call.door_leg().unwrap();

    let result = EffectResult::Failed { reason: "no websockets here".into() };
    visit.signal(Signal::Effect { effect: Effect::StartStream { leg, stream }, result });

    assert_eq!(visit.call.streams[&stream].state, StreamState::Ended);
    let closing = Stage::Closing { outcome: Outcome::Failed, cause: Cause::BackendsLost };
    assert_eq!(visit.call.stage, closing);
}

#[test]
fn news_of_a_stream_that_come_twice_late_or_of_nobodys_change_nothing() {
    let mut visit = Visit::with(heard_by_two(OnLost::EndCall));
    visit.rings();
    let stream = wanted(&visit).stream;
    tells(&mut visit, stream, StreamNews::Started);
    tells(&mut visit, stream, StreamNews::Connected(id(501)));

    let again = [
        (stream, StreamNews::Started),
        (stream, StreamNews::Connected(id(501))),
        (stream, StreamNews::Connected(id(599))),
        (stream, StreamNews::Recovered { backend: id(501), missed: 3 }),
        (id(404), StreamNews::Started),
    ];
    for (stream, news) in again {
        assert_eq!(tells(&mut visit, stream, news), Decision::default());
    }
    tells(&mut visit, stream, ended(StreamEndReason::Stopped));
    let late = tells(&mut visit, stream, StreamNews::RequiredGone { then: OnLost::EndCall });
    assert_eq!(late, Decision::default());
    assert!(matches!(visit.call.stage, Stage::Ringing { .. }));
}
