//! What sipgate's pushes say, each as its document shows it.

use proptest::prelude::*;
use time::Duration;
use vestibule::carriers::sipgate::Part;
use vestibule::carriers::sipgate::parse::{Arrival, Parsed, What, parse};
use vestibule::domain::call::signal::{
    CarrierLeg, ConnectedTo, Direction, Keys, LegEnd, LegEndCause, LegReport, Phone,
};
use vestibule::domain::phone_number::PhoneNumber;

use crate::sipgate_people::{CALL, NOON, Pairs, believed, form};

fn read(body: &str) -> Parsed {
    parse(None, &believed(body.to_owned()), NOON).unwrap()
}

fn what(pairs: &Pairs<'_>) -> What {
    read(&form(&[&[("callId", CALL)], pairs].concat())).what
}

fn arrival(pairs: &Pairs<'_>) -> Arrival {
    let pairs = [&[("event", "newCall"), ("direction", "in")], pairs].concat();
    match what(&pairs) {
        What::Rings(arrival) => arrival,
        other => panic!("{other:?}"),
    }
}

fn over(cause: &str) -> LegReport {
    match what(&[("event", "hangup"), ("cause", cause)]) {
        What::Leg(report) => report,
        other => panic!("{other:?}"),
    }
}

fn ended(cause: LegEndCause) -> LegReport {
    LegReport::Ended(LegEnd { cause, is_final: true, duration_seconds: None, cost: None })
}

fn picked_up(pairs: &Pairs<'_>) -> ConnectedTo {
    match what(&[&[("event", "answer")], pairs].concat()) {
        What::Leg(LegReport::Connected(to)) => to,
        other => panic!("{other:?}"),
    }
}

fn keys(part: Option<Part>, pairs: &Pairs<'_>, after: Duration) -> What {
    let body = form(&[&[("event", "dtmf"), ("callId", CALL)], pairs].concat());
    parse(part, &believed(body), NOON + after).unwrap().what
}

#[test]
fn the_samples_of_the_document_are_read() {
    let rings = read(
        "event=newCall&direction=in&from=493023125101&to=493023125900&callId=A1B2C3&origCallId=A1B2C3&user%5B%5D=Haus+7&userId%5B%5D=w4&fullUserId%5B%5D=7654321w4&xcid=5e1f00",
    );
    assert_eq!(
        rings.what,
        What::Rings(Arrival {
            direction: Direction::Inbound,
            to: "+493023125900".to_owned(),
            from: "+493023125101".to_owned(),
            users: vec!["Haus 7".to_owned()],
        })
    );
    assert_eq!(rings.carrier_leg, Some(CarrierLeg { id: "A1B2C3".to_owned(), region: None }));
    assert_eq!(rings.names, ["A1B2C3"]);

    let answer = read(
        "event=answer&direction=in&from=493023125101&to=493023125900&callId=A1B2C3&origCallId=A1B2C3&answeringNumber=4917139200017&xcid=5e1f00",
    );
    let phone = Phone::Number(PhoneNumber::parse("+4917139200017").unwrap());
    assert_eq!(answer.what, What::Leg(LegReport::Connected(ConnectedTo { phone, user: None })));

    let hangup = read(
        "event=hangup&direction=in&from=493023125101&to=493023125900&callId=A1B2C3&origCallId=A1B2C3&cause=normalClearing&answeringNumber=4917139200017&xcid=5e1f00",
    );
    assert_eq!(hangup.what, What::Leg(ended(LegEndCause::HungUp)));

    let dtmf = read("event=dtmf&callId=A1B2C3&dtmf=0482");
    assert_eq!(dtmf.what, What::Keys(Keys::Pressed("0482".to_owned())));

    let withheld = read(
        "event=newCall&direction=in&from=anonymous&to=493023125900&callId=A1B2C4&origCallId=A1B2C4&user%5B%5D=&xcid=5e1f01",
    );
    let What::Rings(withheld) = withheld.what else { panic!("it rings") };
    assert_eq!((withheld.from.as_str(), withheld.users), ("anonymous", vec![]));
}

#[test]
fn a_number_is_a_number_and_nothing_else_is_read_as_someones() {
    for (from, read) in [
        ("493023125101", "+493023125101"),
        ("+493023125101", "+493023125101"),
        ("110", "+110"),
        ("anonymous", "anonymous"),
        ("Anonymous", "anonymous"),
        ("", "anonymous"),
        ("123456e0", "unknown"),
        ("12", "unknown"),
        ("4930231251014930231251", "unknown"),
        ("+", "unknown"),
        ("49 30 23125101", "unknown"),
        ("４９３０２３１２５", "unknown"),
        ("sip:door@panel.example", "unknown"),
    ] {
        assert_eq!(arrival(&[("from", from)]).from, read, "{from}");
    }
    assert_eq!(arrival(&[]).from, "anonymous");
}

#[test]
fn a_call_tells_its_direction_and_whose_phones_ring_in_their_order() {
    let rings = arrival(&[
        ("user[]", "Büro"),
        ("user[]", "voicemail"),
        ("user[]", ""),
        ("user[]", "Haus 7"),
    ]);
    assert_eq!(rings.users, ["Büro", "voicemail", "Haus 7"]);

    let out = [("event", "newCall"), ("direction", "out"), ("from", "493023125900")];
    let What::Rings(out) = what(&out) else { panic!("it rings") };
    assert_eq!(out.direction, Direction::Outbound);
    let body = form(&[("callId", CALL), ("event", "newCall"), ("direction", "sideways")]);
    assert!(parse(None, &believed(body), NOON).is_err());
}

#[test]
fn a_call_that_was_sent_on_is_known_by_its_first_name() {
    let names = |pairs| read(&form(pairs)).names;

    let forwarded = [("event", "dtmf"), ("callId", "c2"), ("origCallId", "c1")];
    assert_eq!(names(&forwarded), ["c1", "c2"]);
    let transferred = [("event", "dtmf"), ("callId", "c2"), ("origCallId", "")];
    assert_eq!(names(&transferred), ["c2"]);
    assert_eq!(over("forwarded"), LegReport::SentOn);
}

#[test]
fn each_cause_has_its_meaning_and_an_unknown_one_still_ends_the_call() {
    for (cause, means) in [
        ("normalClearing", LegEndCause::HungUp),
        ("busy", LegEndCause::Busy),
        ("cancel", LegEndCause::Cancelled),
        ("noAnswer", LegEndCause::Declined),
        ("congestion", LegEndCause::Failed),
        ("notFound", LegEndCause::Failed),
        ("chanunavail", LegEndCause::Failed),
        ("", LegEndCause::Failed),
    ] {
        assert_eq!(over(cause), ended(means), "{cause}");
    }
    let answered =
        [("event", "hangup"), ("cause", "chanunavail"), ("answeringNumber", "4917139200017")];
    assert_eq!(what(&answered), What::Leg(ended(LegEndCause::HungUp)));
}

#[test]
fn whoever_picks_up_is_told_as_far_as_it_is() {
    let to = |phone, user: Option<&str>| ConnectedTo { phone, user: user.map(str::to_owned) };
    let number = Phone::Number(PhoneNumber::parse("+4917139200017").unwrap());

    assert_eq!(
        picked_up(&[("answeringNumber", "4917139200017"), ("user", "Haus 7")]),
        to(number, Some("Haus 7"))
    );
    assert_eq!(picked_up(&[("user", "voicemail")]), to(Phone::Mailbox, None));
    assert_eq!(
        picked_up(&[("user", "voicemail"), ("answeringNumber", "4917139200017")]),
        to(Phone::Mailbox, None)
    );
    assert_eq!(picked_up(&[]), to(Phone::Untold, None));
    assert_eq!(picked_up(&[("answeringNumber", "anonymous")]), to(Phone::Untold, None));
}

#[test]
fn keys_are_read_and_nothing_else_is_taken_for_keys() {
    let pressed = |digits| keys(None, &[("dtmf", digits)], Duration::ZERO);

    assert_eq!(pressed("12*9#"), What::Keys(Keys::Pressed("12*9#".to_owned())));
    assert_eq!(pressed("0042"), What::Keys(Keys::Pressed("0042".to_owned())));
    assert_eq!(pressed(""), What::Keys(Keys::None));
    assert_eq!(pressed("A"), What::Keys(Keys::None));
    assert_eq!(keys(None, &[], Duration::ZERO), What::Keys(Keys::None));
    for digits in ["1a", "1 2", "-2", "１", "--1"] {
        let body = form(&[("event", "dtmf"), ("callId", CALL), ("dtmf", digits)]);
        assert!(parse(None, &believed(body), NOON).is_err(), "{digits}");
    }
}

#[test]
fn who_hung_up_while_the_sound_played_is_gone_whatever_was_asked() {
    let end = LegEnd {
        cause: LegEndCause::Cancelled,
        is_final: false,
        duration_seconds: None,
        cost: None,
    };
    for part in [None, Some(Part::Heard), Part::read("keys", "")] {
        assert_eq!(
            keys(part, &[("dtmf", "-1")], Duration::ZERO),
            What::Leg(LegReport::Ended(end.clone()))
        );
    }
}

#[test]
fn a_sound_was_heard_whether_or_not_a_key_ended_it() {
    for dtmf in [&[][..], &[("dtmf", "")], &[("dtmf", "5")]] {
        assert_eq!(keys(Some(Part::Heard), dtmf, Duration::ZERO), What::Heard);
    }
}

#[test]
fn silence_that_comes_at_once_is_no_try_of_the_visitors_but_three_times_at_most() {
    let silent_from = (NOON + Duration::seconds(7)).unix_timestamp() * 1000;
    let asked =
        |too_soon| Part::read("keys", &format!("silent_from={silent_from}&too_soon={too_soon}"));
    let second = Duration::SECOND;

    assert_eq!(keys(asked(0), &[], second), What::TooSoon);
    assert_eq!(keys(asked(2), &[("dtmf", "")], second), What::TooSoon);
    assert_eq!(keys(asked(3), &[], second), What::Keys(Keys::None));
    assert_eq!(keys(asked(0), &[], 8 * second), What::Keys(Keys::None));
    let pressed = What::Keys(Keys::Pressed("1".to_owned()));
    assert_eq!(keys(asked(0), &[("dtmf", "1")], second), pressed, "keys are never too soon");
}

#[test]
fn what_names_no_call_or_no_event_is_none_of_theirs_and_what_is_new_is_let_pass() {
    let read = |pairs: &Pairs<'_>| parse(None, &believed(form(pairs)), NOON);
    let long = "A".repeat(257);

    assert!(read(&[("event", "hangup")]).is_err());
    assert!(read(&[("callId", CALL)]).is_err());
    assert!(read(&[("event", "hangup"), ("callId", &long)]).is_err());
    assert!(read(&[("event", "hangup"), ("callId", "a\nb")]).is_err());
    assert!(read(&[("event", "hangup"), ("callId", &long[1..])]).is_ok());
    let Parsed { what, .. } = read(&[("event", "data 493023125101")]).unwrap();
    assert_eq!(what, What::Other("data …".to_owned()));
    assert!(!what.asks());
}

#[test]
fn nothing_prints_who_called_whom() {
    let parsed = read(
        "event=newCall&direction=in&from=493023125101&to=493023125900&callId=A1B2C3&user%5B%5D=Haus+7",
    );

    let printed = format!("{parsed:?}");
    assert!(!printed.contains("4930") && !printed.contains("Haus"), "{printed}");
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..400), hook in 0..3) {
        let part = match hook {
            0 => None,
            1 => Some(Part::Heard),
            _ => Part::read("keys", "silent_from=99999999999999"),
        };
        let _ = parse(part, &believed(body), NOON);
    }

    #[test]
    fn no_field_makes_it_panic(
        event in "newCall|answer|hangup|dtmf|\\PC{0,9}",
        name in "dtmf|from|to|cause|direction|user|user\\[\\]|answeringNumber|callId|origCallId",
        value in "\\PC{0,20}|[0-9*#+-]{0,20}",
    ) {
        let body = form(&[("event", &event), ("callId", CALL), ("direction", "in"), (&name, &value)]);
        let _ = parse(None, &believed(body), NOON);
    }
}
