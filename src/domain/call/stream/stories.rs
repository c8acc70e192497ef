//! What is told of a stream, what is written down of it, and what that changes.

use uuid::Uuid;

use super::super::signal::{LegEnd, LegEndCause};
use super::*;
use crate::domain::policy::streams::Duplex;

const STREAM: StreamId = StreamId::from_uuid(Uuid::from_u128(1));
const FIRST: BackendId = BackendId::from_uuid(Uuid::from_u128(11));
const SECOND: BackendId = BackendId::from_uuid(Uuid::from_u128(12));
const UNKNOWN: BackendId = BackendId::from_uuid(Uuid::from_u128(13));

fn stream() -> Stream {
    Stream::requested(&StreamRequested {
        stream: STREAM,
        leg: Uuid::from_u128(2).into(),
        kind: StreamKind::Fork,
        building: Uuid::from_u128(3).into(),
        line: Uuid::from_u128(4).into(),
        backends: vec![FIRST, SECOND],
        duplex: Duplex::OneWay,
        on_last_required_lost: OnLost::CarryOn,
    })
}

/// The first backend is so.
fn with_first(state: BackendState) -> Stream {
    let mut stream = stream();
    stream.backends.insert(FIRST, state);
    stream
}

fn why() -> String {
    "it was too slow".to_owned()
}

fn ended() -> StreamEnd {
    let tally = BackendTally { backend: FIRST, sent: 440, dropped: 10 };
    let reason = StreamEndReason::CallEnded;
    StreamEnd { reason, lasted_ms: 9_000, frames: 450, backends: vec![tally] }
}

/// Each that can be told of a backend.
fn news_of(backend: BackendId) -> [StreamNews; 4] {
    [
        StreamNews::Connected(backend),
        StreamNews::Recovered { backend, missed: 7 },
        StreamNews::Lost { backend, why: why() },
        StreamNews::Gone { backend, why: why() },
    ]
}

fn all_news() -> Vec<StreamNews> {
    let of_the_stream = [
        StreamNews::Started,
        StreamNews::RequiredGone { then: OnLost::CarryOn },
        StreamNews::Ended(ended()),
    ];
    of_the_stream.into_iter().chain(news_of(FIRST)).collect()
}

#[test]
fn a_stream_begins_as_it_is_wanted() {
    let waits = BackendState::Waiting;

    assert_eq!(
        stream(),
        Stream {
            leg: LegId::from_uuid(Uuid::from_u128(2)),
            kind: StreamKind::Fork,
            state: StreamState::Requested,
            backends: [(FIRST, waits), (SECOND, waits)].into(),
            required: Required::There,
            carrier_leg: None,
            leg_state: StreamLeg::Alive,
            stop: HangUp::NotWanted,
        }
    );
}

#[test]
fn news_is_written_down_as_it_was_told() {
    let (stream, backend) = (STREAM, FIRST);
    let written = [
        Event::StreamStarted { stream },
        Event::StreamRequiredGone { stream, then: OnLost::CarryOn },
        Event::StreamEnded { stream, end: ended() },
        Event::StreamBackendConnected { stream, backend },
        Event::StreamBackendRecovered { stream, backend, missed: 7 },
        Event::StreamBackendLost { stream, backend, why: why() },
        Event::StreamBackendGone { stream, backend, why: why() },
    ];

    let heard: Vec<Event> =
        all_news().iter().filter_map(|news| self::stream().hear(STREAM, news)).collect();

    assert_eq!(heard, written);
}

#[test]
fn of_a_stream_that_is_over_nothing_is_news() {
    let over = Stream { state: StreamState::Ended, ..stream() };

    for news in all_news() {
        assert_eq!(over.hear(STREAM, &news), None, "{news:?}");
    }
}

#[test]
fn a_stream_starts_once_loses_its_required_backends_once_and_ends_at_any_time() {
    let running = Stream { state: StreamState::Running, ..stream() };
    let lost = Stream { required: Required::Gone, ..running.clone() };
    let end = Event::StreamEnded { stream: STREAM, end: ended() };
    let required_gone = StreamNews::RequiredGone { then: OnLost::EndCall };

    assert_eq!(running.hear(STREAM, &StreamNews::Started), None);
    assert_eq!(
        running.hear(STREAM, &required_gone),
        Some(Event::StreamRequiredGone { stream: STREAM, then: OnLost::EndCall })
    );
    assert_eq!(lost.hear(STREAM, &required_gone), None);
    assert_eq!(lost.hear(STREAM, &StreamNews::Ended(ended())), Some(end));
}

#[test]
fn of_a_backend_only_what_changes_it_is_news() {
    let heard = |state: BackendState| {
        news_of(FIRST).map(|news| with_first(state).hear(STREAM, &news).is_some())
    };

    assert_eq!(heard(BackendState::Waiting), [true, true, true, true]);
    assert_eq!(heard(BackendState::Connected), [false, false, true, true]);
    assert_eq!(heard(BackendState::Lost), [true, true, false, true]);
    assert_eq!(heard(BackendState::Gone), [false, false, false, false]);
    assert_eq!(news_of(UNKNOWN).map(|news| stream().hear(STREAM, &news)), [const { None }; 4]);
}

#[test]
fn each_event_changes_what_it_is_about_and_nothing_else() {
    let carrier_leg = CarrierLeg { id: "c".to_owned(), region: None };
    let end =
        LegEnd { cause: LegEndCause::HungUp, is_final: true, duration_seconds: None, cost: None };
    let stream = STREAM;
    for (event, after) in [
        (Event::StreamStarted { stream }, Stream { state: StreamState::Running, ..self::stream() }),
        (
            Event::StreamNamed { stream, carrier_leg: carrier_leg.clone() },
            Stream { carrier_leg: Some(carrier_leg), ..self::stream() },
        ),
        (
            Event::StreamLegEnded { stream, end },
            Stream { leg_state: StreamLeg::Over, ..self::stream() },
        ),
        (
            Event::StreamRequiredGone { stream, then: OnLost::EndCall },
            Stream { required: Required::Gone, ..self::stream() },
        ),
        (Event::StreamStopRequested { stream }, Stream { stop: HangUp::Wanted, ..self::stream() }),
        (
            Event::StreamEnded { stream, end: ended() },
            Stream { state: StreamState::Ended, ..self::stream() },
        ),
        (Event::LegRinging { leg: self::stream().leg }, self::stream()),
    ] {
        let mut changed = self::stream();
        changed.apply(&event);
        assert_eq!(changed, after, "{event:?}");
    }
}

#[test]
fn a_backend_is_as_was_told_of_it_last() {
    let stream = STREAM;
    let events = |backend| {
        [
            Event::StreamBackendConnected { stream, backend },
            Event::StreamBackendLost { stream, backend, why: why() },
            Event::StreamBackendRecovered { stream, backend, missed: 7 },
            Event::StreamBackendGone { stream, backend, why: why() },
        ]
    };
    let states =
        [BackendState::Connected, BackendState::Lost, BackendState::Connected, BackendState::Gone];
    let mut told = self::stream();

    for (event, state) in events(FIRST).iter().zip(states) {
        told.apply(event);
        assert_eq!(told, with_first(state), "{event:?}");
    }
    for event in events(UNKNOWN) {
        told.apply(&event);
        assert_eq!(told, with_first(BackendState::Gone), "{event:?}");
    }
}

#[test]
fn a_stream_that_never_came_has_no_audio() {
    let reason = StreamEndReason::NeverCame;

    assert_eq!(
        StreamEnd::without_audio(reason),
        StreamEnd { reason, lasted_ms: 0, frames: 0, backends: vec![] }
    );
}

#[test]
fn each_reason_of_an_end_reads_as_a_sentence() {
    for (reason, sentence) in [
        (StreamEndReason::CallEnded, "the call ended"),
        (StreamEndReason::CarrierLost, "the carrier's connection was lost"),
        (StreamEndReason::CarrierMisbehaved, "the carrier sent something unreadable"),
        (StreamEndReason::CarrierRefused, "the carrier refused it"),
        (StreamEndReason::NeverCame, "the carrier never began it"),
        (StreamEndReason::RequiredBackendsGone, "no required backend was left"),
        (StreamEndReason::EveryBackendGone, "every backend said good-bye"),
        (StreamEndReason::Stopped, "it was stopped"),
        (StreamEndReason::ServerEnding, "our server was stopped"),
    ] {
        assert_eq!(reason.sentence(), sentence);
    }
}
