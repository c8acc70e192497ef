//! Calls as they are told to managers, sentence by sentence.

use serde_json::json;
use time::OffsetDateTime;

use super::super::event::{By, CallDiscovered};
use super::super::outcome::Cause;
use super::super::signal::{Again, CarrierLeg};
use super::super::stream::{StreamEnd, StreamEndReason};
use super::*;
use crate::domain::ids::{ResidentId, StreamId, SubjectId};
use crate::domain::policy::flow::AcceptMode;

const AT: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn leg(n: u128) -> LegId {
    LegId::from_uuid(Uuid::from_u128(n))
}

fn id<T: From<Uuid>>(n: u128) -> T {
    T::from(Uuid::from_u128(n))
}

fn number(text: &str) -> Personal<PhoneNumber> {
    Personal::of(id::<SubjectId>(90), PhoneNumber::parse(text).unwrap())
}

fn erased<T: serde::de::DeserializeOwned>() -> Personal<T> {
    serde_json::from_value(json!({ "$p": { "subject": Uuid::from_u128(90) } })).unwrap()
}

fn rang(direction: Direction, caller: Option<Personal<PhoneNumber>>) -> CallRang {
    CallRang {
        call: id(1),
        tenant: id(2),
        building: id(3),
        entrance: id(5),
        line: id(4),
        connection: id(7),
        caller,
        leg: leg(20),
        carrier_leg: CarrierLeg { id: "x".into(), region: None },
        direction,
        users: vec![],
    }
}

fn visitor_rings() -> Event {
    Event::CallRang(rang(Direction::Inbound, Some(number("+441632960001"))))
}

fn found() -> Event {
    let rang = rang(Direction::Inbound, None);
    Event::CallDiscovered(CallDiscovered { rang, began_at: None, over_at: None })
}

fn ordered(by: Operator, errand: Errand) -> Event {
    Event::CallOrdered(CallOrdered {
        call: id(1),
        tenant: id(2),
        building: id(3),
        line: id(4),
        connection: id(7),
        by,
        to: number("+447700900101"),
        errand,
    })
}

fn sentence() -> Errand {
    Errand::Say { text: Personal::of(id::<SubjectId>(90), "Your parcel is here.".into()) }
}

fn dialled(n: u128, target: Target) -> Event {
    Event::DialRequested(DialRequested {
        leg: leg(n),
        step: 1,
        target,
        number: number("+447700900101"),
        number_index: 0,
        attempt: 1,
        accept: AcceptMode::Key,
        not_before: AT,
        deadline: AT,
        ring_until: AT,
        by: By::Request,
    })
}

fn ended(n: u128, cause: LegEndCause, is_final: bool) -> Event {
    ended_by(n, cause, is_final, EndSource::Reported)
}

fn ended_by(n: u128, cause: LegEndCause, is_final: bool, source: EndSource) -> Event {
    let end = LegEnd { cause, is_final, duration_seconds: None, cost: None };
    Event::LegEnded { leg: leg(n), end, source }
}

fn opened(opener: Opener) -> Event {
    Event::DoorOpened { opening: 1, opener }
}

fn names<const N: usize>(names: [(u128, &str); N]) -> HashMap<Uuid, String> {
    names.map(|(id, name)| (Uuid::from_u128(id), name.to_owned())).into()
}

/// The sentences of a call in which Ada's leg 21 was dialled before these events.
fn told(names: &HashMap<Uuid, String>, events: &[Event]) -> Vec<String> {
    let mut teller = Teller::new(names, Numbers::Whole);
    assert_eq!(teller.tell(&dialled(21, Target::Resident(id(11)))), None);
    events.iter().filter_map(|event| teller.tell(event)).collect()
}

/// What is told of one event, where Ada, Eve, a door, a unit, a pass, a listed number and a backend have names.
fn one(event: Event) -> String {
    let names = names([
        (11, "Ada"),
        (12, "Eve"),
        (5, "Front door"),
        (6, "1204"),
        (8, "Cleaner"),
        (9, "Courier"),
        (10, "Recorder"),
    ]);
    told(&names, &[event]).concat()
}

/// The same, where nobody and nothing has a name.
fn nameless(event: Event) -> String {
    told(&HashMap::new(), &[event]).concat()
}

#[test]
fn a_visit_reads_like_a_story_and_nothing_is_told_twice() {
    let (ada, ben): (ResidentId, ResidentId) = (id(11), id(12));
    let names = names([(11, "Ada"), (12, "Ben"), (5, "Front door"), (6, "1204")]);
    let events = [
        visitor_rings(),
        Event::LegAnswered { leg: leg(20) },
        Event::UnitChosen { unit: id(6) },
        dialled(21, Target::Resident(ada)),
        dialled(22, Target::Resident(ben)),
        Event::LegRinging { leg: leg(21) },
        ended(22, LegEndCause::Declined, false),
        Event::CallDeclined { leg: leg(22), how: DeclinedBy::Phone },
        ended(22, LegEndCause::Declined, true),
        Event::LegAnswered { leg: leg(21) },
        Event::CallAccepted { leg: leg(21), how: AcceptMode::Key, ends_at: AT },
        opened(Opener::Resident(ada)),
        ended(20, LegEndCause::HungUp, true),
        Event::CallEnded {
            outcome: Outcome::Opened,
            cause: Cause::VisitorHungUp,
            source: EndSource::Reconciled(RecordSource::Calls),
        },
    ];
    let told = |numbers| {
        let mut teller = Teller::new(&names, numbers);
        events.iter().filter_map(|event| teller.tell(event)).collect::<Vec<_>>()
    };

    assert_eq!(
        told(Numbers::Whole),
        [
            "+441632960001 rang at Front door.",
            "Unit 1204 was called.",
            "The phone of Ada rings.",
            "Ben declined.",
            "Ada picked up.",
            "Ada accepted.",
            "The door was opened: Ada pressed the open key.",
            "The visitor is no longer connected.",
            "The call is over: the door was opened. It stood in the carrier's list of calls.",
        ]
    );
    assert_eq!(told(Numbers::Masked)[0], "+44••••••••01 rang at Front door.");
}

#[test]
fn who_rang_or_was_called_is_told_as_far_as_it_is_known() {
    let of = |direction, caller| one(Event::CallRang(rang(direction, caller)));
    let known = || Some(number("+441632960001"));

    assert_eq!(of(Direction::Inbound, known()), "+441632960001 rang at Front door.");
    assert_eq!(of(Direction::Inbound, None), "Someone with a withheld number rang at Front door.");
    assert_eq!(
        of(Direction::Inbound, Some(erased())),
        "Someone who was erased rang at Front door."
    );
    assert_eq!(of(Direction::Outbound, known()), "+441632960001 was called from the line.");
    assert_eq!(of(Direction::Outbound, None), "Someone was called from the line.");
    assert_eq!(nameless(visitor_rings()), "+441632960001 rang at a door that is gone by now.");
    assert_eq!(
        one(found()),
        "Someone with a withheld number rang at Front door. It was found afterwards in the carrier's records."
    );
}

#[test]
fn an_ordered_call_is_told_with_who_ordered_it_and_what_for() {
    let program = Operator::Program { api_key: id(13) };
    let connect = Errand::Connect { connect_to: number("+447700900102") };

    assert_eq!(
        one(ordered(Operator::User(id(12)), sentence())),
        "Eve ordered that +447700900101 hears a sentence."
    );
    assert_eq!(
        one(ordered(program, connect)),
        "A program with an API key ordered that +447700900101 is connected with +447700900102."
    );
    assert_eq!(
        nameless(ordered(Operator::User(id(12)), sentence())),
        "A manager ordered that +447700900101 hears a sentence."
    );
}

#[test]
fn whom_a_leg_rings_is_told_by_name_or_number() {
    let rings = |target: Target| {
        let names = names([(11, "Ada")]);
        told(&names, &[dialled(22, target), Event::LegRinging { leg: leg(22) }]).concat()
    };

    assert_eq!(rings(Target::Resident(id(11))), "The phone of Ada rings.");
    assert_eq!(rings(Target::Resident(id(12))), "The phone of Someone who moved out rings.");
    assert_eq!(rings(Target::Concierge), "The phone of The concierge rings.");
    assert_eq!(rings(Target::Called), "The phone of +447700900101 rings.");
    assert_eq!(rings(Target::Connected), "The phone of +447700900101 rings.");
    assert_eq!(one(Event::LegRinging { leg: leg(22) }), "The phone of Someone rings.");
}

#[test]
fn the_end_of_a_phone_connection_is_told_with_its_cause() {
    let of = |cause| one(ended(21, cause, true));

    assert_eq!(of(LegEndCause::HungUp), "Ada is no longer connected.");
    assert_eq!(of(LegEndCause::Busy), "The phone of Ada was busy.");
    assert_eq!(of(LegEndCause::Declined), "Ada declined.");
    assert_eq!(of(LegEndCause::Unanswered), "Ada did not answer.");
    assert_eq!(of(LegEndCause::Cancelled), "The phone of Ada stopped ringing.");
    assert_eq!(of(LegEndCause::Machine), "The mailbox of Ada was hung up on.");
    assert_eq!(of(LegEndCause::Failed), "Ada could not be reached.");
}

#[test]
fn an_end_that_nobody_reported_is_told_with_how_it_is_known() {
    let of = |source| one(ended_by(21, LegEndCause::Busy, true, source));

    assert_eq!(of(EndSource::Reported), "The phone of Ada was busy.");
    assert_eq!(
        of(EndSource::Reconciled(RecordSource::Calls)),
        "The phone of Ada was busy. It stood in the carrier's list of calls."
    );
    assert_eq!(
        of(EndSource::Reconciled(RecordSource::History)),
        "The phone of Ada was busy. It stood in the carrier's history."
    );
    assert_eq!(
        of(EndSource::Presumed),
        "The phone of Ada was busy. Nobody told: that is presumed."
    );
}

#[test]
fn a_mailbox_and_a_decline_are_told_while_the_phone_is_connected() {
    let machine = Event::LegHeardMachine { leg: leg(21) };
    let declined = |how| Event::CallDeclined { leg: leg(21), how };
    let over = || ended(21, LegEndCause::HungUp, true);
    let names = names([(11, "Ada")]);

    let heard = "A mailbox answered for Ada, or nobody pressed a key.";
    assert_eq!(
        told(&names, &[machine.clone(), over(), machine]),
        [heard, "Ada is no longer connected."]
    );
    assert_eq!(told(&names, &[declined(DeclinedBy::Key), over()]), ["Ada declined."]);
    assert_eq!(
        told(&names, &[over(), declined(DeclinedBy::Phone)]),
        ["Ada is no longer connected."]
    );
}

#[test]
fn a_door_is_told_to_be_opened_on_someones_word() {
    let of = |opener| one(opened(opener));

    assert_eq!(of(Opener::Resident(id(11))), "The door was opened: Ada pressed the open key.");
    assert_eq!(of(Opener::Concierge), "The door was opened: the concierge pressed the open key.");
    assert_eq!(of(Opener::Pass(id(8))), "The door was opened: by the pass Cleaner.");
    assert_eq!(of(Opener::Manager(id(12))), "The door was opened: by Eve.");
    assert_eq!(of(Opener::Program(id(13))), "The door was opened: by a program with an API key.");
    assert_eq!(
        nameless(opened(Opener::Resident(id(11)))),
        "The door was opened: someone who moved out pressed the open key."
    );
    assert_eq!(nameless(opened(Opener::Manager(id(12)))), "The door was opened: by a manager.");
    assert_eq!(
        nameless(opened(Opener::Pass(id(8)))),
        "The door was opened: by the pass without a name."
    );
}

#[test]
fn every_outcome_of_a_call_has_its_words() {
    let of = |outcome| {
        let (cause, source) = (Cause::VisitorHungUp, EndSource::Reported);
        one(Event::CallEnded { outcome, cause, source })
    };

    assert_eq!(of(Outcome::Opened), "The call is over: the door was opened.");
    assert_eq!(of(Outcome::Talked), "The call is over: they talked.");
    assert_eq!(of(Outcome::NobodyCame), "The call is over: nobody came.");
    assert_eq!(of(Outcome::VisitorLeft), "The call is over: the visitor left.");
    assert_eq!(of(Outcome::Rejected), "The call is over: the visitor was not let through.");
    assert_eq!(of(Outcome::EndedByManager), "The call is over: a manager ended it.");
    assert_eq!(of(Outcome::Announced), "The call is over: the sentence was spoken.");
    assert_eq!(of(Outcome::Streamed), "The call is over: the caller talked to the backends.");
    assert_eq!(of(Outcome::Failed), "The call is over: it failed.");
}

#[test]
fn what_backends_hear_is_told_with_their_names() {
    let (stream, backend, why): (StreamId, _, String) = (id(30), id(10), "it hung up".into());
    let connected = Event::StreamBackendConnected { stream, backend };

    assert_eq!(one(connected.clone()), "The backend Recorder hears the call.");
    assert_eq!(nameless(connected), "A backend that is gone by now hears the call.");
    assert_eq!(
        one(Event::StreamBackendLost { stream, backend, why: why.clone() }),
        "The backend Recorder was lost: it hung up."
    );
    assert_eq!(
        one(Event::StreamBackendRecovered { stream, backend, missed: 3 }),
        "The backend Recorder hears the call again."
    );
    assert_eq!(
        one(Event::StreamBackendGone { stream, backend, why }),
        "The backend Recorder hears the call no more: it hung up."
    );
    let reason = StreamEndReason::Stopped;
    let end = StreamEnd { reason, lasted_ms: 5, frames: 1, backends: vec![] };
    assert_eq!(
        one(Event::StreamEnded { stream, end }),
        "The backends hear the call no more: it was stopped."
    );
}

#[test]
fn what_a_sentence_names_is_told_by_name_and_what_has_none_by_what_it_is() {
    let listed = Event::CallerAdmitted { admission: Admission::Allowlisted(id(9)) };
    let chosen = Event::UnitChosen { unit: id(6) };
    let pin = Event::PinAccepted { pass: id(8) };
    let skipped = Event::ResidentSkipped { step: 1, resident: id(11) };
    let stepped = Event::ManagerStepped { by: Operator::User(id(12)), wanted: "mute".into() };

    let both = |event: Event| [one(event.clone()), nameless(event)];
    assert_eq!(
        both(listed),
        [
            "The number is on the allowlist: Courier.",
            "The number is on the allowlist: without a name.",
        ]
    );
    assert_eq!(both(chosen), ["Unit 1204 was called.", "Unit that is gone by now was called."]);
    assert_eq!(
        both(pin),
        ["The PIN of the pass Cleaner was given.", "The PIN of the pass without a name was given."]
    );
    assert_eq!(both(skipped), ["Ada was not rung.", "Someone who moved out was not rung."]);
    assert_eq!(both(stepped), ["Eve stepped in: mute.", "A manager stepped in: mute."]);
}

#[test]
fn an_attempt_to_call_someone_is_told_with_what_came_of_it() {
    let (leg, reason) = (leg(21), || "no route".to_owned());

    assert_eq!(one(Event::DialStarted { leg }), "Ada was called.");
    assert_eq!(
        one(Event::DialRefused { leg, reason: reason(), again: Again::Never }),
        "Ada could not be called."
    );
    assert_eq!(
        one(Event::DialUnknown { leg, reason: reason() }),
        "Nobody knows whether the phone of Ada rings."
    );
    assert_eq!(one(Event::DialExpired { leg }), "It was too late to call Ada.");
    assert_eq!(one(Event::DialDropped { leg }), "");
    assert_eq!(
        one(Event::LegSought { leg, attempt: 1 }),
        "No end was reported of Ada: the carrier's records are asked."
    );
    assert_eq!(one(Event::LegSought { leg, attempt: 2 }), "");
}

#[test]
fn an_event_needs_the_names_of_those_that_its_sentence_names() {
    let (stream, backend, why): (StreamId, _, String) = (id(30), id(10), "it hung up".into());
    let user = Operator::User(id(12));
    let named = [
        (visitor_rings(), 5),
        (found(), 5),
        (ordered(user, sentence()), 12),
        (Event::ManagerStepped { by: user, wanted: "mute".into() }, 12),
        (Event::CallerAdmitted { admission: Admission::Allowlisted(id(9)) }, 9),
        (Event::UnitChosen { unit: id(6) }, 6),
        (Event::PinAccepted { pass: id(8) }, 8),
        (Event::ResidentSkipped { step: 1, resident: id(11) }, 11),
        (Event::StreamBackendConnected { stream, backend }, 10),
        (Event::StreamBackendLost { stream, backend, why: why.clone() }, 10),
        (Event::StreamBackendRecovered { stream, backend, missed: 3 }, 10),
        (Event::StreamBackendGone { stream, backend, why }, 10),
        (dialled(21, Target::Resident(id(11))), 11),
        (opened(Opener::Resident(id(11))), 11),
        (opened(Opener::Pass(id(8))), 8),
        (opened(Opener::Manager(id(12))), 12),
    ];

    for (event, name) in named {
        assert_eq!(named_in(&event), [Uuid::from_u128(name)], "{event:?}");
    }
}

#[test]
fn an_event_whose_sentence_names_nobody_needs_no_name() {
    let program = Operator::Program { api_key: id(13) };
    let nobody = [
        ordered(program, sentence()),
        Event::ManagerStepped { by: program, wanted: "mute".into() },
        Event::CallerAdmitted { admission: Admission::Stranger },
        dialled(21, Target::Concierge),
        opened(Opener::Concierge),
        opened(Opener::Program(id(13))),
        Event::LegRinging { leg: leg(21) },
    ];

    for event in nobody {
        assert_eq!(named_in(&event), Vec::<Uuid>::new(), "{event:?}");
    }
}
