//! What our clients make of carriers' own records: of one leg, and of all calls that came in within a span of time.

use std::sync::Arc;

use serde_json::{Value, json};
use time::Duration;
use time::macros::datetime;
use vestibule::application::ports::records::CallsListed;
use vestibule::application::ports::{CarrierClient, ControlError, OnLeg};
use vestibule::domain::call::record::{LegRecord, RecordSource};
use vestibule::domain::call::signal::{CarrierLeg, LegEnd, LegEndCause};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{twilio_people, twilio_rest, vonage_people, vonage_rest};

const NOON: time::OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

/// A carrier's client, and how its carrier writes a call.
struct Dialect {
    client: fn(&str) -> Arc<dyn CarrierClient>,
    on: fn() -> OnLeg,
    call: fn(&str, &str) -> Value,
    page: fn(Value, bool) -> Value,
    page_of: usize,
    over: &'static [(&'static str, LegEndCause)],
    running: &'static [&'static str],
}

fn vonage(url: &str) -> Arc<dyn CarrierClient> {
    let clock = Arc::new(vonage_people::HandClock::at_noon());
    let vonage = vonage_rest::vonage_at(url, clock);
    Arc::new(vonage.client(vonage_people::TOKEN, &vonage_people::credentials()).expect("a key"))
}

fn twilio(url: &str) -> Arc<dyn CarrierClient> {
    let clock = Arc::new(twilio_people::HandClock::at_noon());
    let twilio = twilio_rest::twilio_at(url, clock);
    Arc::new(twilio.client(twilio_people::TOKEN, &twilio_people::credentials()))
}

const DIALECTS: [Dialect; 2] = [
    Dialect {
        client: vonage,
        on: vonage_rest::on,
        call: |id, status| {
            json!({
                "uuid": id, "status": status, "direction": "inbound", "duration": "7", "price": "0.0045",
                "from": { "type": "phone", "number": "441632960021" }, "to": { "type": "phone", "number": "441632960100" },
                "start_time": "2026-03-01T12:00:01.000Z", "end_time": "2026-03-01T12:00:08.000Z",
            })
        },
        page: |calls, _| json!({ "count": 1, "_embedded": { "calls": calls } }),
        page_of: 50,
        over: &[
            ("completed", LegEndCause::HungUp),
            ("busy", LegEndCause::Busy),
            ("cancelled", LegEndCause::Cancelled),
            ("failed", LegEndCause::Failed),
            ("rejected", LegEndCause::Failed),
            ("timeout", LegEndCause::Unanswered),
            ("unanswered", LegEndCause::Unanswered),
        ],
        running: &["started", "ringing", "answered"],
    },
    Dialect {
        client: twilio,
        on: twilio_rest::in_room,
        call: |id, status| {
            json!({
                "sid": id, "status": status, "direction": "inbound", "duration": "7",
                "from": "+441632960021", "to": "+441632960100",
                "start_time": "Sun, 01 Mar 2026 12:00:01 +0000", "end_time": "Sun, 01 Mar 2026 12:00:08 +0000",
            })
        },
        page: |calls, more| {
            let next = more.then_some("/2010-04-01/Accounts/x/Calls.json?PageToken=more");
            json!({ "calls": calls, "next_page_uri": next })
        },
        page_of: 20,
        over: &[
            ("completed", LegEndCause::HungUp),
            ("busy", LegEndCause::Busy),
            ("canceled", LegEndCause::Cancelled),
            ("failed", LegEndCause::Failed),
            ("no-answer", LegEndCause::Unanswered),
        ],
        running: &["queued", "ringing", "in-progress"],
    },
];

async fn carrier_that_answers(answer: ResponseTemplate) -> MockServer {
    let carrier = MockServer::start().await;
    Mock::given(wiremock::matchers::any()).respond_with(answer).mount(&carrier).await;
    carrier
}

async fn looked_up(dialect: &Dialect, answer: ResponseTemplate) -> Result<LegRecord, ControlError> {
    let carrier = carrier_that_answers(answer).await;
    (dialect.client)(&carrier.uri()).look_up(&(dialect.on)(), NOON).await
}

fn says(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

#[tokio::test]
async fn a_legs_record_tells_whether_and_how_it_ended() {
    for dialect in &DIALECTS {
        let id = (dialect.on)().carrier_leg.id;
        for (status, cause) in dialect.over {
            let record = looked_up(dialect, says((dialect.call)(&id, status))).await;
            let Ok(LegRecord::Over { end, source: RecordSource::Calls }) = record else {
                panic!("{status}: {record:?}")
            };
            let expected = LegEnd {
                cost: end.cost.clone(),
                cause: *cause,
                is_final: true,
                duration_seconds: Some(7),
            };
            assert_eq!(end, expected, "{status}");
        }
        for status in dialect.running {
            let record = looked_up(dialect, says((dialect.call)(&id, status))).await;
            assert_eq!(record, Ok(LegRecord::Running), "{status}");
        }
        let unknown = looked_up(dialect, ResponseTemplate::new(404)).await;
        assert_eq!(unknown, Ok(LegRecord::NoRecord));
    }
}

#[tokio::test]
async fn a_hostile_answer_about_a_leg_proves_nothing() {
    for dialect in &DIALECTS {
        let id = (dialect.on)().carrier_leg.id;
        let other = id.replace(|c: char| c.is_ascii_digit(), "7");
        let mut of_other_types = (dialect.call)(&id, "completed");
        of_other_types["status"] = json!({ "completed": true });
        for answer in [
            says((dialect.call)(&other, "completed")),
            says(of_other_types),
            says(json!([])),
            ResponseTemplate::new(200).set_body_string("<html>"),
            ResponseTemplate::new(200).set_body_string("x".repeat(1 << 20)),
            ResponseTemplate::new(302).insert_header("location", "https://evil.example/"),
            ResponseTemplate::new(500),
        ] {
            let record = looked_up(dialect, answer).await;
            assert!(matches!(record, Err(ControlError::Unknown { .. })), "{record:?}");
        }
        let nowhere = (dialect.client)("http://127.0.0.1:9").look_up(&(dialect.on)(), NOON).await;
        assert!(matches!(nowhere, Err(ControlError::NotYet { .. })), "{nowhere:?}");
        let carrier = carrier_that_answers(says(json!({}))).await;
        let on = OnLeg {
            carrier_leg: CarrierLeg { id: "../x".to_owned(), region: None },
            ..(dialect.on)()
        };
        let refused = (dialect.client)(&carrier.uri()).look_up(&on, NOON).await;
        assert!(matches!(refused, Err(ControlError::Refused { .. })), "{refused:?}");
        assert!(carrier.received_requests().await.expect("they are recorded").is_empty());
    }
}

async fn listed(
    dialect: &Dialect,
    answer: ResponseTemplate,
) -> (Result<CallsListed, ControlError>, usize) {
    let carrier = carrier_that_answers(answer).await;
    let client = (dialect.client)(&carrier.uri());
    let listed = client.calls_between(NOON, NOON + Duration::minutes(5)).await;
    (listed, carrier.received_requests().await.expect("they are recorded").len())
}

#[tokio::test]
async fn the_calls_of_a_span_of_time_are_those_that_came_in() {
    for dialect in &DIALECTS {
        let id = (dialect.on)().carrier_leg.id;
        let mut ours = (dialect.call)(&id, "completed");
        ours["direction"] = json!("outbound");
        let page = (dialect.page)(
            json!([(dialect.call)(&id, "completed"), ours, (dialect.call)(&id, "ringing")]),
            false,
        );

        let (listed, _) = listed(dialect, says(page)).await;

        let Ok(CallsListed::All(calls)) = listed else { panic!("{listed:?}") };
        assert_eq!(calls.len(), 2);
        assert_eq!(calls[0].carrier_leg.id, id);
        assert_eq!(calls[0].from.trim_start_matches('+'), "441632960021");
        assert_eq!(calls[0].to.trim_start_matches('+'), "441632960100");
        assert_eq!(calls[0].began, Some(datetime!(2026-03-01 12:00:01 UTC)));
        assert_eq!(calls[0].ended, Some(datetime!(2026-03-01 12:00:08 UTC)));
        assert_eq!(calls[0].end.as_ref().map(|end| end.cause), Some(LegEndCause::HungUp));
        assert_eq!(calls[1].end, None, "it goes on");
        assert!(!format!("{:?}", calls[0]).contains("1632"), "nobody's number is shown");
    }
}

#[tokio::test]
async fn a_span_with_too_many_calls_is_never_taken_for_all_of_it() {
    for dialect in &DIALECTS {
        let id = (dialect.on)().carrier_leg.id;
        let full = vec![(dialect.call)(&id, "completed"); dialect.page_of];

        let (listed, requests) = listed(dialect, says((dialect.page)(json!(full), true))).await;

        assert_eq!(listed, Ok(CallsListed::TooMany));
        assert!((2..=50).contains(&requests), "{requests}");
    }
}

#[tokio::test]
async fn a_hostile_list_proves_nothing() {
    for dialect in &DIALECTS {
        let nameless = (dialect.call)("../x", "completed");
        for answer in [
            says((dialect.page)(json!("none"), false)),
            says((dialect.page)(json!([nameless]), false)),
            ResponseTemplate::new(200).set_body_string("x".repeat(1 << 20)),
            ResponseTemplate::new(302).insert_header("location", "https://evil.example/"),
            ResponseTemplate::new(503),
        ] {
            let (listed, _) = listed(dialect, answer).await;
            assert!(matches!(listed, Err(ControlError::Unknown { .. })), "{listed:?}");
        }
    }
}
