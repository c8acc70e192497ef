//! A call's state, as those ask it who decide and show.

use time::macros::datetime;
use uuid::Uuid;

use super::event::{DialRequested, Errand, Operator, StreamRequested};
use super::signal::Direction;
use super::stream::{StreamEnd, StreamEndReason, StreamKind};
use super::*;
use crate::domain::policy::streams::{Duplex, OnLost};

const NOON: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);
const DOOR: LegId = LegId::from_uuid(Uuid::from_u128(9));
const PHONE: LegId = LegId::from_uuid(Uuid::from_u128(10));
const STREAM: StreamId = StreamId::from_uuid(Uuid::from_u128(11));

fn id<T: From<Uuid>>(n: u128) -> T {
    T::from(Uuid::from_u128(n))
}

fn number() -> Personal<PhoneNumber> {
    Personal::of(id(8), PhoneNumber::parse("+447700900101").unwrap())
}

fn rang() -> Event {
    Event::CallRang(CallRang {
        call: id(1),
        tenant: id(2),
        building: id(3),
        entrance: id(4),
        line: id(5),
        connection: id(6),
        caller: None,
        leg: DOOR,
        carrier_leg: CarrierLeg { id: "c".to_owned(), region: None },
        direction: Direction::Inbound,
        users: vec![],
    })
}

fn ordered() -> Event {
    Event::CallOrdered(CallOrdered {
        call: id(1),
        tenant: id(2),
        building: id(3),
        line: id(7),
        connection: id(6),
        by: Operator::User(id(20)),
        to: number(),
        errand: Errand::Connect { connect_to: number() },
    })
}

fn dial() -> DialRequested {
    DialRequested {
        leg: PHONE,
        step: 1,
        target: Target::Concierge,
        number: number(),
        number_index: 2,
        attempt: 3,
        accept: AcceptMode::Detect,
        not_before: NOON,
        deadline: NOON,
        ring_until: NOON,
        by: By::Request,
    }
}

fn leg(state: LegState) -> Leg {
    Leg {
        role: LegRole::Visitor,
        carrier_leg: None,
        state,
        hang_up: HangUp::NotWanted,
        prompts: 0,
        sought: 0,
        end_source: EndSource::Reported,
        in_room: LegInRoom::default(),
        former_names: vec![],
    }
}

#[test]
fn a_call_stands_on_its_line_whoever_began_it() {
    let (new, visit) = (Call::default(), Call::from_events(&[rang()]));
    let placed = Call::from_events(&[ordered()]);

    assert_eq!((new.door_leg(), new.line()), (None, None));
    assert_eq!((visit.door_leg(), visit.line()), (Some(DOOR), Some(id(5))));
    assert_eq!((placed.door_leg(), placed.line()), (None, Some(id(7))));
}

#[test]
fn who_is_rung_is_known_by_their_leg_and_the_visitor_is_nobody() {
    let call = Call::from_events(&[rang(), Event::DialRequested(dial())]);

    assert_eq!(
        call.rung(PHONE),
        Some(&Rung {
            target: Target::Concierge,
            step: 1,
            number: number(),
            number_index: 2,
            attempt: 3,
            accept: AcceptMode::Detect,
            deadline: NOON,
            ring_until: NOON,
            by: By::Request,
        })
    );
    assert_eq!((call.rung(DOOR), call.rung(id(12))), (None, None));
}

#[test]
fn a_pin_is_awaited_from_the_question_until_the_visit_goes_on() {
    let awaits =
        |last| Call::from_events(&[rang(), Event::PinAsked { attempt: 1 }, last]).awaits_pin();

    assert!(!Call::from_events(&[rang()]).awaits_pin());
    assert!(awaits(Event::PinAsked { attempt: 2 }));
    assert!(!awaits(Event::UnitCodeAsked { attempt: 1 }));
    assert!(!awaits(Event::UnitChosen { unit: id(30) }));
}

#[test]
fn a_stream_runs_from_its_request_to_its_end() {
    let stream = STREAM;
    let wanted = StreamRequested {
        stream,
        leg: DOOR,
        kind: StreamKind::Fork,
        building: id(3),
        line: id(5),
        backends: vec![],
        duplex: Duplex::OneWay,
        on_last_required_lost: OnLost::EndCall,
    };
    let mut call = Call::from_events(&[rang(), Event::StreamRequested(wanted)]);
    let state = |call: &Call, stream| call.running_stream(stream).map(|stream| stream.state);

    assert_eq!(state(&call, stream), Some(StreamState::Requested));
    assert_eq!(state(&call, id(12)), None);
    call.apply(&Event::StreamStarted { stream });
    assert_eq!(state(&call, stream), Some(StreamState::Running));
    call.apply(&Event::StreamEnded {
        stream,
        end: StreamEnd::without_audio(StreamEndReason::Stopped),
    });
    assert_eq!(state(&call, stream), None);
}

#[test]
fn a_call_is_over_once_it_has_ended_and_not_while_it_is_closing() {
    let (outcome, cause) = (Outcome::Talked, Cause::TalkLimit);
    let mut call = Call::from_events(&[rang(), Event::CallClosing { outcome, cause }]);

    assert!(!Call::default().is_over() && !call.is_over());
    call.apply(&Event::CallEnded { outcome, cause, source: EndSource::Reported });
    assert!(call.is_over());
}

#[test]
fn a_leg_is_in_the_room_from_when_it_joined_until_it_left() {
    let mut call = Call::from_events(&[rang(), Event::DialRequested(dial())]);
    let places = |call: &Call| [DOOR, PHONE].map(|leg| call.legs[&leg].place());

    assert_eq!(places(&call), [LegPlace::Outside, LegPlace::Outside]);
    call.apply(&Event::LegJoined { leg: PHONE, sequence: None });
    assert_eq!(places(&call), [LegPlace::Outside, LegPlace::InRoom]);
    call.apply(&Event::LegLeft { leg: PHONE, why: None, sequence: None });
    assert_eq!(places(&call), [LegPlace::Outside, LegPlace::Outside]);
}

#[test]
fn a_leg_lives_until_it_ends_and_is_hoped_for_unless_it_got_lost_or_shall_end() {
    let over = LegState::Ended { cause: LegEndCause::Busy, last_word: LastWord::Awaited };
    for (state, is_alive, is_hopeful) in [
        (LegState::Requested, true, true),
        (LegState::Starting { hope: Hope::Yes }, true, true),
        (LegState::Starting { hope: Hope::No }, true, false),
        (LegState::Placed, true, true),
        (LegState::Answered, true, true),
        (over, false, false),
    ] {
        let wanted = leg(state);
        let unwanted = Leg { hang_up: HangUp::Wanted, ..leg(state) };

        assert_eq!((wanted.is_alive(), wanted.is_hopeful()), (is_alive, is_hopeful), "{state:?}");
        assert_eq!((unwanted.is_alive(), unwanted.is_hopeful()), (is_alive, false), "{state:?}");
    }
}
