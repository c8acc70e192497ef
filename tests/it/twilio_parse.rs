//! What Twilio's webhooks say, each as its document shows it.

use proptest::prelude::*;
use time::macros::datetime;
use vestibule::carriers::twilio::parse::{Arrival, Fallback, Parsed, What, parse};
use vestibule::carriers::twilio::verify::Method;
use vestibule::carriers::twilio::{Hook, Signing, Unverified};
use vestibule::domain::call::signal::{
    CarrierLeg, CarrierRoom, Keys, LeaveReason, LegEnd, LegEndCause, LegReport, RoomEnd, RoomNews,
    RoomReport,
};

use crate::twilio_people::{CALL, PUBLIC_URL, Pairs, ROOM, believed, credentials, leg};

fn parsed(hook: Hook, pairs: &Pairs<'_>) -> Parsed {
    parse(hook, &believed(&[&[("CallSid", CALL)], pairs].concat())).unwrap()
}

fn what(hook: Hook, pairs: &Pairs<'_>) -> What {
    parsed(hook, pairs).what
}

fn ended(cause: LegEndCause) -> What {
    What::Leg(LegReport::Ended(LegEnd {
        cause,
        is_final: true,
        duration_seconds: None,
        cost: None,
    }))
}

#[test]
fn a_call_that_comes_in_says_who_calls_whom() {
    let came = parsed(
        Hook::Voice,
        &[
            ("From", "+15145550100"),
            ("To", "+15145550199"),
            ("CallStatus", "ringing"),
            ("Direction", "inbound"),
            ("New", "thing"),
        ],
    );

    assert_eq!(came.carrier_leg, Some(CarrierLeg { id: CALL.to_owned(), region: None }));
    let arrival =
        Arrival { to: Some("+15145550199".to_owned()), from: Some("+15145550100".to_owned()) };
    assert_eq!(came.what, What::Asks(arrival));
}

#[test]
fn a_withheld_number_is_known_however_a_network_spells_it() {
    let from = |text| match what(Hook::Voice, &[("From", text)]) {
        What::Asks(arrival) => arrival.from.unwrap(),
        other => panic!("{other:?}"),
    };
    for spelled in
        ["7378742833", "+7378742833", "+2562533", "8656696", "+266696687", "86282452253", "464"]
    {
        assert_eq!(from(spelled), "anonymous", "{spelled}");
    }
    assert_eq!(from("unknown"), "unknown");
    assert_eq!(from("+15145550100"), "+15145550100");
}

#[test]
fn keys_are_read_and_nothing_else_is_taken_for_keys() {
    let pressed = |digits| what(Hook::Gather, &[("Digits", digits)]);
    assert_eq!(pressed("12*9#"), What::Keys(Keys::Pressed("12*9#".to_owned())));
    assert_eq!(pressed(""), What::Keys(Keys::None));
    assert_eq!(pressed("A"), What::Keys(Keys::None));
    assert_eq!(what(Hook::Gather, &[]), What::Keys(Keys::None));
    for digits in ["1a", "1 2", "12From+15145550100", "１"] {
        assert!(
            parse(Hook::Gather, &believed(&[("CallSid", CALL), ("Digits", digits)])).is_err(),
            "{digits}"
        );
    }
}

#[test]
fn each_status_of_a_call_is_a_report() {
    for (status, expected) in [
        ("ringing", What::Leg(LegReport::Ringing)),
        ("in-progress", What::Leg(LegReport::Answered)),
        ("completed", ended(LegEndCause::HungUp)),
        ("busy", ended(LegEndCause::Busy)),
        ("no-answer", ended(LegEndCause::Unanswered)),
        ("failed", ended(LegEndCause::Failed)),
        ("canceled", ended(LegEndCause::Cancelled)),
        ("queued", What::Other("queued".to_owned())),
        ("initiated", What::Other("initiated".to_owned())),
        ("levitating", What::Other("levitating".to_owned())),
    ] {
        assert_eq!(what(Hook::Status, &[("CallStatus", status)]), expected, "{status}");
    }
}

#[test]
fn what_the_phone_answered_says_more_than_the_status() {
    for (status, code, cause) in [
        ("busy", "603", LegEndCause::Declined),
        ("busy", "486", LegEndCause::Busy),
        ("failed", "486", LegEndCause::Busy),
        ("failed", "480", LegEndCause::Unanswered),
        ("failed", "404", LegEndCause::Failed),
        ("no-answer", "487", LegEndCause::Unanswered),
        ("no-answer", "603", LegEndCause::Declined),
        // It was connected; what the phone said before does not matter.
        ("completed", "603", LegEndCause::HungUp),
        ("canceled", "487", LegEndCause::Cancelled),
    ] {
        let pairs = [("CallStatus", status), ("SipResponseCode", code)];
        assert_eq!(what(Hook::Status, &pairs), ended(cause), "{status} {code}");
    }
}

#[test]
fn a_calls_length_is_its_seconds_not_the_minutes_that_are_billed() {
    let over = parsed(
        Hook::Status,
        &[
            ("CallStatus", "completed"),
            ("CallDuration", "39"),
            ("Duration", "1"),
            ("Timestamp", "Thu, 01 Jun 2017 20:48:32 +0000"),
        ],
    );

    assert_eq!(over.occurred_at, Some(datetime!(2017-06-01 20:48:32 UTC)));
    let What::Leg(LegReport::Ended(end)) = over.what else { panic!() };
    assert_eq!(end.duration_seconds, Some(39));
}

#[test]
fn machine_detection_is_read_wherever_it_is_told() {
    for (who, expected) in [
        ("human", What::Leg(LegReport::Human)),
        ("machine_start", What::Leg(LegReport::Machine)),
        ("machine_end_beep", What::Leg(LegReport::Machine)),
        ("fax", What::Leg(LegReport::Machine)),
        ("unknown", What::Other("heard_neither".to_owned())),
        ("a parrot", What::Other("heard_neither".to_owned())),
    ] {
        assert_eq!(what(Hook::Amd, &[("AnsweredBy", who)]), expected, "{who}");
    }
    // Where the carrier waited for it.
    assert_eq!(
        what(Hook::Voice, &[("AnsweredBy", "machine_start")]),
        What::Leg(LegReport::Machine)
    );
    assert!(matches!(what(Hook::Voice, &[("AnsweredBy", "human")]), What::Asks(_)));
    let pairs = [("CallStatus", "completed"), ("AnsweredBy", "machine_start")];
    assert_eq!(what(Hook::Status, &pairs), ended(LegEndCause::Machine));
}

fn news(event: &str, more: &Pairs<'_>) -> What {
    let label = leg().to_string();
    let all = [
        ("ConferenceSid", ROOM),
        ("SequenceNumber", "4"),
        ("StatusCallbackEvent", event),
        ("ParticipantLabel", &label),
    ];
    what(Hook::Conference, &[&all, more].concat())
}

#[test]
fn each_event_of_a_room_is_news() {
    let of = |report| {
        What::Room(RoomNews { room: CarrierRoom(ROOM.to_owned()), sequence: Some(4), report })
    };
    for (event, report) in [
        ("conference-start", RoomReport::Started),
        ("conference-end", RoomReport::Ended { why: None }),
        ("participant-join", RoomReport::Joined(leg())),
        ("participant-leave", RoomReport::Left { leg: leg(), why: None }),
        ("participant-mute", RoomReport::Muted(leg())),
        ("participant-unmute", RoomReport::Unmuted(leg())),
        ("participant-hold", RoomReport::Held(leg())),
        ("participant-unhold", RoomReport::Resumed(leg())),
        ("participant-modify", RoomReport::Modified(leg())),
        ("participant-speech-start", RoomReport::SpeechStarted(leg())),
        ("participant-speech-stop", RoomReport::SpeechStopped(leg())),
        ("announcement-end", RoomReport::AnnouncementEnded { leg: Some(leg()) }),
    ] {
        assert_eq!(news(event, &[]), of(report), "{event}");
    }
    let failed =
        RoomReport::AnnouncementFailed { leg: Some(leg()), reason: "no sound at +…".to_owned() };
    assert_eq!(
        news("announcement-fail", &[("ReasonAnnouncementFailed", "no sound at +15145550100")]),
        of(failed)
    );
    assert_eq!(news("participant-levitate", &[]), What::Other("participant-levitate".to_owned()));
}

#[test]
fn why_someone_left_and_why_a_room_closed_is_spelled_in_two_ways() {
    for (reason, expected) in [
        ("participant_hung_up", Some(LeaveReason::HungUp)),
        ("participant_add_failed", Some(LeaveReason::NeverCame)),
        ("participant_updated_via_api", Some(LeaveReason::Redirected)),
        ("moderator_ended_conference", Some(LeaveReason::RoomEnded)),
        ("conference_ended_via_api", Some(LeaveReason::RoomEnded)),
        ("bored", None),
    ] {
        let What::Room(RoomNews { report: RoomReport::Left { why, .. }, .. }) =
            news("participant-leave", &[("ReasonParticipantLeft", reason)])
        else {
            panic!()
        };
        assert_eq!(why, expected, "{reason}");
    }
    for (reason, expected) in [
        ("conference-ended-via-api", Some(RoomEnd::ByUs)),
        ("participant-with-end-conference-on-exit-left", Some(RoomEnd::HostLeft)),
        ("participant-with-end-conference-on-exit-kicked", Some(RoomEnd::HostRemoved)),
        ("last-participant-kicked", Some(RoomEnd::LastRemoved)),
        ("last-participant-left", Some(RoomEnd::LastLeft)),
        ("late", None),
    ] {
        let What::Room(RoomNews { report: RoomReport::Ended { why }, .. }) =
            news("conference-end", &[("ReasonConferenceEnded", reason)])
        else {
            panic!()
        };
        assert_eq!(why, expected, "{reason}");
    }
}

#[test]
fn who_is_no_leg_of_ours_is_no_news() {
    let strangers: [&Pairs<'_>; 2] = [&[], &[("ParticipantLabel", "someone")]];
    for label in strangers {
        let all = [("ConferenceSid", ROOM), ("StatusCallbackEvent", "participant-join")];
        assert_eq!(
            what(Hook::Conference, &[&all, label].concat()),
            What::Other("participant-join".to_owned())
        );
    }
    let to_all = what(
        Hook::Conference,
        &[("ConferenceSid", ROOM), ("StatusCallbackEvent", "announcement-end")],
    );
    assert!(matches!(
        to_all,
        What::Room(RoomNews { report: RoomReport::AnnouncementEnded { leg: None }, .. })
    ));
}

#[test]
fn who_is_out_of_the_room_asks_unless_they_hung_up() {
    assert_eq!(
        what(Hook::Room, &[("CallStatus", "in-progress"), ("DialCallStatus", "answered")]),
        What::SteppedOut
    );
    assert_eq!(what(Hook::Room, &[]), What::SteppedOut);
    let over = what(Hook::Room, &[("CallStatus", "completed"), ("DialCallStatus", "completed")]);
    assert!(matches!(
        over,
        What::Leg(LegReport::Ended(LegEnd { cause: LegEndCause::HungUp, is_final: false, .. }))
    ));
}

#[test]
fn what_fell_back_says_what_the_failed_request_said() {
    let fell_back = |url, more: &Pairs<'_>| {
        what(Hook::Fallback, &[&[("ErrorCode", "11200"), ("ErrorUrl", url)], more].concat())
    };
    let of =
        |original| What::FellBack(Fallback { code: Some(11200), original: Box::new(original) });
    let voice = "https://door.example.test/hooks/twilio/t/voice";
    assert_eq!(fell_back(voice, &[]), of(What::Asks(Arrival::default())));
    let gather = "https://door.example.test/hooks/twilio/t/gather/c/l?n=7";
    assert_eq!(
        fell_back(gather, &[("Digits", "9")]),
        of(What::Keys(Keys::Pressed("9".to_owned())))
    );
    let room = "https://door.example.test/hooks/twilio/t/room/c/l?n=7";
    assert_eq!(fell_back(room, &[]), of(What::SteppedOut));
    assert_eq!(fell_back("nonsense", &[]), of(What::Asks(Arrival::default())));
}

#[test]
fn live_audio_that_fails_is_trouble() {
    let failed = [
        ("StreamEvent", "stream-error"),
        ("StreamError", "handshake failed"),
        ("Timestamp", "2026-03-01T12:00:02.123Z"),
    ];
    let parsed = parsed(Hook::Stream, &failed);

    assert_eq!(
        parsed.what,
        What::Leg(LegReport::Trouble("live audio: handshake failed".to_owned()))
    );
    assert_eq!(parsed.occurred_at, Some(datetime!(2026-03-01 12:00:02.123 UTC)));
    assert_eq!(
        what(Hook::Stream, &[("StreamEvent", "stream-started")]),
        What::Other("stream-started".to_owned())
    );
}

#[test]
fn what_names_no_call_or_no_room_is_malformed() {
    for hook in [Hook::Voice, Hook::Gather, Hook::Room, Hook::Fallback, Hook::Status, Hook::Amd] {
        for pairs in [&[][..], &[("CallSid", "../CA1")], &[("CallSid", "CA1")]] {
            assert!(parse(hook, &believed(pairs)).is_err(), "{hook}");
        }
    }
    for pairs in [&[][..], &[("ConferenceSid", "CF/../..")]] {
        assert!(parse(Hook::Conference, &believed(pairs)).is_err());
    }
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(body in "[\\PC&=%+]{0,120}") {
        let unverified = Unverified {
            method: Method::Post, path: "/".to_owned(), query: String::new(), signature: vec![], attempt_token: None, body: body.into(),
        };
        if let Ok(verified) = unverified.verify(&credentials(), Signing::Off, PUBLIC_URL) {
            for hook in Hook::ALL {
                let _ = parse(hook, &verified);
            }
        }
    }

    #[test]
    fn whatever_the_values_are_it_is_read_or_refused(
        status in "\\PC{0,20}", digits in "\\PC{0,20}", event in "\\PC{0,20}", time in "\\PC{0,20}",
    ) {
        let pairs = [
            ("CallSid", CALL), ("ConferenceSid", ROOM), ("CallStatus", &status), ("Digits", &digits),
            ("StatusCallbackEvent", &event), ("StreamEvent", &event), ("AnsweredBy", &event), ("Timestamp", &time), ("SequenceNumber", &digits),
        ];
        for hook in Hook::ALL {
            let _ = parse(hook, &believed(&pairs));
        }
    }
}
