//! Streams that come late, never, or end before their time: what it means for the call, and whom the carrier is told to send away.

use std::time::Duration;

use time::OffsetDateTime;

use super::super::Stage;
use super::super::event::Event;
use super::super::outcome::{Cause, Outcome};
use super::super::signal::{
    Cost, Effect, EffectResult, LegEnd, LegEndCause, LegReport, Signal, Timer,
};
use super::super::stream::{StreamEnd, StreamEndReason, StreamKind, StreamNews, StreamState};
use super::Decision;
use super::stories::{NOON, Visit, carrier_leg, hears, policy};
use super::stream_stories::{
    backend, by_request, ended, heard_by_two, opens, stream_line, tells, wanted,
};
use crate::domain::ids::StreamId;
use crate::domain::policy::StrangerPolicy;
use crate::domain::policy::capabilities::Forks;
use crate::domain::policy::streams::{Duplex, Need, OnLost};

const LOST: Stage = Stage::Closing { outcome: Outcome::Failed, cause: Cause::BackendsLost };

fn after(seconds: u64) -> OffsetDateTime {
    NOON + Duration::from_secs(seconds)
}

fn events(decision: Decision) -> Vec<Event> {
    decision.events.into_iter().map(|recorded| recorded.event).collect()
}

/// A visit that one backend hears.
fn heard_by(need: Need, forks: Forks) -> (Visit, StreamId) {
    let mut policy = heard_by_two(OnLost::EndCall);
    policy.streams.backends = vec![backend(501, Duplex::OneWay, need)];
    policy.capabilities.forks = forks;
    let mut visit = Visit::with(policy);
    visit.rings();
    let stream = wanted(&visit).stream;
    (visit, stream)
}

fn start_went(visit: &mut Visit, stream: StreamId, result: EffectResult) -> Vec<Event> {
    let leg = visit.call.door_leg().unwrap();
    events(visit.signal(Signal::Effect { effect: Effect::StartStream { leg, stream }, result }))
}

fn refused() -> EffectResult {
    EffectResult::Failed { reason: "no websockets here".into() }
}

fn without_audio(stream: StreamId, reason: StreamEndReason) -> Event {
    Event::StreamEnded { stream, end: StreamEnd::without_audio(reason) }
}

fn leg_end(is_final: bool, cost: Option<Cost>) -> LegEnd {
    LegEnd { cause: LegEndCause::HungUp, is_final, duration_seconds: None, cost }
}

fn listener_left(visit: &mut Visit, stream: StreamId, end: LegEnd) -> Vec<Event> {
    let (leg, report) = (stream.into(), LegReport::Ended(end));
    events(visit.signal(Signal::Leg { leg, report, carrier_leg: None, occurred_at: None }))
}

fn stops(visit: &Visit) -> usize {
    let stops = |event: &&Event| matches!(event, Event::StreamStopRequested { .. });
    visit.events.iter().filter(stops).count()
}

#[test]
fn a_call_may_stay_with_its_backends_for_two_hours_and_reaches_them_within_twenty_seconds() {
    let mut visit = Visit::with(stream_line(StrangerPolicy::Pin));
    visit.rings();
    visit.at = after(30);

    visit.signal(opens());

    let stream = wanted(&visit).stream;
    let due = Event::TimerSet { timer: Timer::StreamDue { stream }, due: after(30 + 20) };
    assert!(visit.events.contains(&due));
    assert_eq!(visit.call.overdue_at, Some(after(30 + 2 * 3600 + 120)));
    assert_eq!(visit.call.stage, Stage::Streaming { stream });
}

#[test]
fn a_carrier_that_sends_no_audio_ends_a_stream_line_and_leaves_a_visit_alone() {
    let mut line = Visit::with(stream_line(StrangerPolicy::Pin));
    line.policy.capabilities.forks = Forks::Never;
    line.rings();
    let told = line.signal(opens());
    assert_eq!(hears(&told), ["Sorry, this call can not go on. Goodbye.", "[end]"]);
    let closing = Stage::Closing { outcome: Outcome::Failed, cause: Cause::NoBackends };
    assert_eq!(line.call.stage, closing);

    let mut visit = Visit::with(heard_by_two(OnLost::EndCall));
    visit.policy.capabilities.forks = Forks::Never;
    let told = visit.rings();
    assert_eq!(hears(&told), ["Calling unit 1204.", "[room]"]);
    let lost = "live audio: no backend hears the call".to_owned();
    assert!(visit.events.contains(&Event::FlowDegraded { lost }));
    assert!(visit.call.streams.is_empty());
}

#[test]
fn a_visit_of_which_nobody_is_told_loses_nothing_by_a_carrier_without_audio() {
    let mut visit = Visit::with(policy());
    visit.policy.capabilities.forks = Forks::Never;

    visit.rings();

    assert!(!visit.has(|event| matches!(event, Event::FlowDegraded { .. })));
}

#[test]
fn a_stream_that_never_comes_ends_a_visit_only_if_a_backend_is_required() {
    for forks in [Forks::InScript, Forks::ByRequest] {
        let (mut visit, stream) = heard_by(Need::BestEffort, forks);
        let due = events(visit.signal(Signal::Due(Timer::StreamDue { stream })));
        assert_eq!(due, [without_audio(stream, StreamEndReason::NeverCame)]);
        assert!(matches!(visit.call.stage, Stage::Ringing { .. }));

        let (mut visit, stream) = heard_by(Need::Required, forks);
        let due = events(visit.signal(Signal::Due(Timer::StreamDue { stream })));
        assert_eq!(due[0], without_audio(stream, StreamEndReason::NeverCame));
        assert_eq!(due[1], Event::StreamRequiredGone { stream, then: OnLost::EndCall });
        assert_eq!(visit.call.stage, LOST);
    }
}

#[test]
fn a_line_whose_stream_never_comes_ends_for_that_and_for_no_lost_backend() {
    let mut visit = Visit::with(stream_line(StrangerPolicy::Pin));
    visit.rings();
    visit.signal(opens());
    let stream = wanted(&visit).stream;
    visit.at = after(20);

    let due = events(visit.signal(Signal::Due(Timer::StreamDue { stream })));

    let (outcome, cause) = (Outcome::Failed, Cause::StreamEnded);
    assert_eq!(
        due[..3],
        [
            without_audio(stream, StreamEndReason::NeverCame),
            Event::CallClosing { outcome, cause },
            Event::TimerSet { timer: Timer::CallOverdue, due: after(20 + 120) },
        ]
    );
    assert!(matches!(due[3..], [Event::LegRedirected { .. }]), "{due:?}");
}

#[test]
fn a_stream_that_has_begun_in_time_is_not_late() {
    let (mut visit, stream) = heard_by(Need::Required, Forks::InScript);
    tells(&mut visit, stream, StreamNews::Started);

    let due = visit.signal(Signal::Due(Timer::StreamDue { stream }));

    assert_eq!(due, Decision::default());
}

#[test]
fn a_refusal_counts_only_for_a_stream_that_was_asked_for_and_has_not_begun() {
    let (mut visit, stream) = heard_by(Need::BestEffort, Forks::ByRequest);
    let refusal = start_went(&mut visit, stream, refused());
    assert_eq!(refusal, [without_audio(stream, StreamEndReason::CarrierRefused)]);
    assert_eq!(start_went(&mut visit, stream, refused()), []);

    let (mut visit, stream) = heard_by(Need::Required, Forks::ByRequest);
    tells(&mut visit, stream, StreamNews::Started);
    assert_eq!(start_went(&mut visit, stream, refused()), []);
    assert_eq!(visit.call.streams[&stream].state, StreamState::Running);

    let (mut visit, stream) = heard_by(Need::Required, Forks::InScript);
    assert_eq!(visit.call.streams[&stream].kind, StreamKind::Fork);
    assert_eq!(start_went(&mut visit, stream, refused()), []);
    assert_eq!(start_went(&mut visit, stream, EffectResult::Done), []);
    assert_eq!(visit.call.streams[&stream].state, StreamState::Requested);
}

#[test]
fn a_listener_who_left_is_told_of_once_and_again_with_the_price() {
    let (mut visit, stream) = by_request(OnLost::CarryOn);
    tells(&mut visit, stream, StreamNews::Started);
    visit.at = after(3);
    let left = |end| Event::StreamLegEnded { stream, end };
    let cost = Some(Cost { micros: 1_000, currency: "EUR".into() });

    let first = listener_left(&mut visit, stream, leg_end(false, None));
    let again = listener_left(&mut visit, stream, leg_end(false, cost.clone()));
    let free = listener_left(&mut visit, stream, leg_end(true, None));
    let priced = listener_left(&mut visit, stream, leg_end(true, cost.clone()));
    let due = events(visit.signal(Signal::Due(Timer::StreamDue { stream })));

    let last_words = Event::TimerSet { timer: Timer::StreamDue { stream }, due: after(3 + 10) };
    assert_eq!(first, [left(leg_end(false, None)), last_words]);
    assert_eq!((again, free), (vec![], vec![]));
    assert_eq!(priced, [left(leg_end(true, cost))]);
    assert_eq!(due, [without_audio(stream, StreamEndReason::CarrierLost)]);
}

#[test]
fn a_listener_who_left_before_the_audio_came_never_listened() {
    let (mut visit, stream) = heard_by(Need::BestEffort, Forks::ByRequest);

    let left = listener_left(&mut visit, stream, leg_end(true, None));

    assert_eq!(
        left,
        [
            Event::StreamLegEnded { stream, end: leg_end(true, None) },
            without_audio(stream, StreamEndReason::NeverCame),
        ]
    );
}

#[test]
fn a_listener_has_one_name() {
    let (mut visit, stream) = by_request(OnLost::CarryOn);
    let answered = || Signal::Leg {
        leg: stream.into(),
        report: LegReport::Answered,
        carrier_leg: Some(carrier_leg()),
        occurred_at: None,
    };

    let first = events(visit.signal(answered()));
    let again = events(visit.signal(answered()));

    assert_eq!(first, [Event::StreamNamed { stream, carrier_leg: carrier_leg() }]);
    assert_eq!(again, []);
}

#[test]
fn at_the_end_of_a_call_only_a_listener_who_is_still_there_is_sent_away_and_only_once() {
    let sent_away = |forks, before: &[StreamNews], has_left: bool| {
        let (mut visit, stream) = heard_by(Need::BestEffort, forks);
        for news in before {
            tells(&mut visit, stream, news.clone());
        }
        if has_left {
            listener_left(&mut visit, stream, leg_end(true, None));
        }
        visit.visitor_leaves();
        visit.visitor_leaves();
        stops(&visit)
    };
    let over = [StreamNews::Started, ended(StreamEndReason::Stopped)];

    assert_eq!(sent_away(Forks::ByRequest, &[], false), 1);
    assert_eq!(sent_away(Forks::ByRequest, &[StreamNews::Started], false), 1);
    assert_eq!(sent_away(Forks::ByRequest, &[StreamNews::Started], true), 0);
    assert_eq!(sent_away(Forks::ByRequest, &over, false), 0);
    assert_eq!(sent_away(Forks::InScript, &[], false), 0);
    assert_eq!(sent_away(Forks::InScript, &[StreamNews::Started], false), 0);
    assert_eq!(sent_away(Forks::InScript, &over, false), 0);
}

#[test]
fn a_caller_whose_stream_came_through_was_streamed_and_one_whose_did_not_has_left() {
    for (before, outcome) in
        [(vec![StreamNews::Started], Outcome::Streamed), (vec![], Outcome::VisitorLeft)]
    {
        let mut visit = Visit::with(stream_line(StrangerPolicy::Pin));
        visit.rings();
        visit.signal(opens());
        let stream = wanted(&visit).stream;
        for news in before {
            tells(&mut visit, stream, news);
        }

        visit.visitor_leaves();

        assert_eq!(visit.ended(), Some((outcome, Cause::VisitorHungUp)));
        assert_eq!(stops(&visit), 0);
    }
}
