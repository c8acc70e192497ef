//! What our client tells sipgate, and what it makes of each answer: above all, never to place a call twice.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use time::macros::datetime;
use vestibule::application::ports::records::CallsListed;
use vestibule::application::ports::{
    Announcements, CarrierClient, ControlError, Found, OnLeg, PlaceError,
};
use vestibule::carriers::sipgate::{ApiHost, Client, Credentials, Settings};
use vestibule::domain::call::record::{LegRecord, RecordSource};
use vestibule::domain::call::script::{Script, Step};
use vestibule::domain::call::signal::{Again, CarrierLeg, LegEnd, LegEndCause};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::sipgate_people::{
    ACCESS_TOKEN, CALL, HandClock, NOON, PUBLIC_URL, TOKEN, TOKEN_ID, Voice, credentials, tenant,
};
use crate::twilio_render::speech;
use crate::vonage_rest::{on_leg, placement};

fn client_with(url: &str, credentials: &Credentials) -> Client {
    // The second test of a process finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = Settings {
        api_host: ApiHost::Override(url.parse().expect("a URL")),
        prompts: Arc::new(Voice),
        connect_within: Duration::from_millis(500),
        answer_within: Duration::from_millis(700),
        ..Settings::new(PUBLIC_URL)
    };
    let sipgate = settings.start(Arc::new(HandClock::at_noon())).expect("a client");
    sipgate.client(tenant(), TOKEN, credentials)
}

pub fn client(url: &str) -> Client {
    client_with(url, &credentials())
}

async fn carrier_that_answers(answer: ResponseTemplate) -> MockServer {
    let carrier = MockServer::start().await;
    Mock::given(wiremock::matchers::any()).respond_with(answer).mount(&carrier).await;
    carrier
}

async fn carrier_with(lists: &[(&str, Value)]) -> MockServer {
    let carrier = MockServer::start().await;
    for (at, list) in lists {
        Mock::given(method("GET"))
            .and(path(*at))
            .respond_with(ResponseTemplate::new(200).set_body_json(list))
            .mount(&carrier)
            .await;
    }
    carrier
}

fn named(id: &str) -> CarrierLeg {
    CarrierLeg { id: id.to_owned(), region: None }
}

fn on() -> OnLeg {
    on_leg(named(CALL))
}

fn done() -> ResponseTemplate {
    ResponseTemplate::new(204)
}

async fn requests_to(carrier: &MockServer) -> Vec<Request> {
    carrier.received_requests().await.expect("they are recorded")
}

/// Method, path and JSON of each.
async fn asked(carrier: &MockServer) -> Vec<(String, String, Value)> {
    let requests = requests_to(carrier).await.into_iter();
    requests
        .map(|request| {
            let body = serde_json::from_slice(&request.body).unwrap_or_default();
            (request.method.to_string(), request.url.path().to_owned(), body)
        })
        .collect()
}

fn one(verb: &str, path: &str, body: Value) -> (String, String, Value) {
    (verb.to_owned(), path.to_owned(), body)
}

fn at_call(rest: &str) -> String {
    format!("/v2/calls/{CALL}{rest}")
}

#[tokio::test]
async fn a_call_is_placed_from_the_connections_extension() {
    let session = ResponseTemplate::new(200).set_body_json(json!({ "sessionId": "ABCDEF01" }));
    let carrier = carrier_that_answers(session).await;

    assert_eq!(client(&carrier.uri()).place(&placement()).await, Ok(named("ABCDEF01")));

    let body = json!({
        "deviceId": "e0", "caller": "e0", "callee": "+447700900123", "callerId": "+441632960100",
    });
    assert_eq!(asked(&carrier).await, [one("POST", "/v2/sessions/calls", body)]);
    let request = requests_to(&carrier).await.remove(0);
    let basic = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(format!("{TOKEN_ID}:{ACCESS_TOKEN}"))
    };
    assert_eq!(request.headers["authorization"], format!("Basic {basic}").as_str());
    assert!(request.headers["user-agent"].to_str().unwrap().starts_with("vestibule/"));
}

#[tokio::test]
async fn without_an_extension_nothing_is_placed() {
    let carrier = carrier_that_answers(done()).await;
    let none = Credentials { device_id: None, ..credentials() };

    let refused = client_with(&carrier.uri(), &none).place(&placement()).await;

    assert!(matches!(refused, Err(PlaceError::Refused { again: Again::Never, .. })), "{refused:?}");
    assert!(asked(&carrier).await.is_empty());
}

#[tokio::test]
async fn each_answer_to_a_placement_says_whether_there_may_be_a_call_and_none_is_repeated() {
    #[derive(PartialEq, Debug)]
    enum Kind {
        Never,
        Later,
        Unknown,
    }
    let error = |status| {
        ResponseTemplate::new(status).set_body_json(json!({ "message": "to +447700900123: no" }))
    };
    for (answer, kind) in [
        (error(400), Kind::Never),
        (error(401), Kind::Never),
        (error(402), Kind::Never),
        (error(403), Kind::Never),
        (error(404), Kind::Never),
        (error(415), Kind::Never),
        (error(429), Kind::Later),
        (error(408), Kind::Unknown),
        (error(500), Kind::Unknown),
        (error(503), Kind::Unknown),
        (ResponseTemplate::new(302).insert_header("location", "/v2/elsewhere"), Kind::Unknown),
        (ResponseTemplate::new(200), Kind::Unknown),
        (ResponseTemplate::new(200).set_body_json(json!({ "sessionId": ".." })), Kind::Unknown),
        (ResponseTemplate::new(200).set_delay(Duration::from_secs(2)), Kind::Unknown),
    ] {
        let carrier = carrier_that_answers(answer).await;
        let placed = client(&carrier.uri()).place(&placement()).await;
        let (found, reason) = match placed.unwrap_err() {
            PlaceError::Refused { again: Again::Never, reason } => (Kind::Never, reason),
            PlaceError::Refused { again: Again::After { .. }, reason } => (Kind::Later, reason),
            PlaceError::Unknown { reason } => (Kind::Unknown, reason),
        };
        assert_eq!(found, kind, "{reason}");
        assert!(!reason.contains("7700"), "{reason}");
        assert_eq!(asked(&carrier).await.len(), 1, "{reason}");
    }
    let nobody = client("http://127.0.0.1:9").place(&placement()).await;
    assert!(
        matches!(nobody, Err(PlaceError::Refused { again: Again::After { .. }, .. })),
        "{nobody:?}"
    );
}

#[tokio::test]
async fn a_running_call_is_hung_up_told_and_sent_keys() {
    let carrier = carrier_that_answers(done()).await;
    let client = client(&carrier.uri());
    let say = |text| Step::Say(speech(text, "de-DE"));

    client.hang_up(&on()).await.unwrap();
    client.send_digits(&on(), "*9#").await.unwrap();
    client.say(&on(), "Die Tür ist offen", "de-DE").await.unwrap();
    client.redirect(&on(), &Script::of([say("Noch eine Minute")])).await.unwrap();
    client.redirect(&on(), &Script::of([say("Auf Wiederhören"), Step::HangUp])).await.unwrap();

    let sound = |words| json!({ "url": format!("{PUBLIC_URL}/sounds/prompts/{words}.wav") });
    assert_eq!(
        asked(&carrier).await,
        [
            one("DELETE", &at_call(""), Value::Null),
            one("POST", &at_call("/dtmf"), json!({ "sequence": "*9#" })),
            one("POST", &at_call("/announcements"), sound("Die-Tür-ist-offen")),
            one("POST", &at_call("/announcements"), sound("Noch-eine-Minute")),
            one("DELETE", &at_call(""), Value::Null),
        ]
    );
}

#[tokio::test]
async fn pauses_among_keys_are_made_between_requests() {
    let carrier = carrier_that_answers(done()).await;
    let began = Instant::now();

    client(&carrier.uri()).send_digits(&on(), "p9pp5p").await.unwrap();

    assert!(began.elapsed() >= Duration::from_secs(2), "four pauses of half a second");
    let keys = |sequence| one("POST", &at_call("/dtmf"), json!({ "sequence": sequence }));
    assert_eq!(asked(&carrier).await, [keys("9"), keys("5")]);
}

#[tokio::test]
async fn keys_of_which_a_part_was_sent_are_not_known_to_be_sent() {
    let carrier = MockServer::start().await;
    Mock::given(method("POST")).respond_with(done()).up_to_n_times(1).mount(&carrier).await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(404)).mount(&carrier).await;
    let client = client(&carrier.uri());

    let halfway = client.send_digits(&on(), "9p9").await;
    assert!(matches!(halfway, Err(ControlError::Unknown { .. })), "{halfway:?}");
    assert_eq!(client.send_digits(&on(), "9p9").await, Err(ControlError::LegOver));
    for none in ["", "9a", "9 9", &"9".repeat(33)] {
        let refused = client.send_digits(&on(), none).await;
        assert!(matches!(refused, Err(ControlError::Refused { .. })), "{none}: {refused:?}");
    }
}

#[tokio::test]
async fn each_answer_to_an_effect_says_whether_it_may_have_happened() {
    for (status, expected) in [
        (204, "done"),
        (404, "over"),
        (429, "later"),
        (400, "refused"),
        (401, "refused"),
        (403, "refused"),
        (408, "unknown"),
        (500, "unknown"),
        (302, "unknown"),
    ] {
        let answer = ResponseTemplate::new(status).insert_header("retry-after", "7");
        let carrier = carrier_that_answers(answer).await;
        let client = client(&carrier.uri());
        let found = match client.send_digits(&on(), "9").await {
            Ok(()) => "done",
            Err(ControlError::LegOver) => "over",
            Err(ControlError::NotYet { wait, .. }) => {
                assert_eq!(wait, Duration::from_secs(7));
                "later"
            }
            Err(ControlError::Refused { .. }) => "refused",
            Err(ControlError::Unknown { .. }) => "unknown",
        };
        assert_eq!(found, expected, "{status}");
        if status == 404 {
            assert_eq!(client.hang_up(&on()).await, Ok(()), "over is over");
        }
    }
}

#[tokio::test]
async fn what_can_not_be_done_to_one_leg_is_refused_without_a_request() {
    let carrier = carrier_that_answers(done()).await;
    let client = client(&carrier.uri());
    let on = on();

    for result in [
        client.mute(&on).await,
        client.unmute(&on).await,
        client.hold(&on).await,
        client.resume(&on).await,
        client.say(&on_leg(named("..")), "Hallo", "de-DE").await,
        client.hang_up(&on_leg(named(""))).await,
        client.redirect(&on, &Script::of([Step::ListenForKeys])).await,
        client.redirect(&on, &Script::of([])).await,
    ] {
        assert!(matches!(result, Err(ControlError::Refused { .. })), "{result:?}");
    }
    assert_eq!(client.listen_for_keys(&on).await, Ok(()));
    assert!(asked(&carrier).await.is_empty());
}

#[tokio::test]
async fn a_name_of_a_call_never_leads_to_another_path() {
    let carrier = carrier_that_answers(done()).await;

    client(&carrier.uri()).hang_up(&on_leg(named("a/../b?c#d%2e"))).await.unwrap();

    let paths: Vec<_> = asked(&carrier).await.into_iter().map(|(_, path, _)| path).collect();
    assert_eq!(paths, ["/v2/calls/a%2F..%2Fb%3Fc%23d%252e"]);
}

#[tokio::test]
async fn an_api_host_may_be_written_with_its_version_or_without() {
    for ending in ["", "/", "/v2", "/v2/", "/stand-in"] {
        let carrier = carrier_that_answers(done()).await;

        client(&format!("{}{ending}", carrier.uri())).hang_up(&on()).await.unwrap();

        let path = asked(&carrier).await.remove(0).1;
        let before = ending.trim_end_matches('/').trim_end_matches("/v2");
        assert_eq!(path, format!("{before}{}", at_call("")), "{ending}");
    }
}

#[tokio::test]
async fn a_carrier_that_fails_again_and_again_is_left_alone() {
    let carrier = carrier_that_answers(ResponseTemplate::new(500)).await;
    let client = client(&carrier.uri());

    for _ in 0..5 {
        let _ = client.hang_up(&on()).await;
    }
    let left_alone = client.hang_up(&on()).await;

    assert!(matches!(left_alone, Err(ControlError::NotYet { .. })), "{left_alone:?}");
    assert_eq!(asked(&carrier).await.len(), 5);
}

#[tokio::test]
async fn it_lets_us_in_or_says_why_not() {
    let known = json!({ "sub": "w0", "masterSipId": "7654321" });
    let carrier = carrier_with(&[("/v2/authorization/userinfo", known)]).await;
    assert_eq!(client(&carrier.uri()).lets_us_in().await, Ok(()));

    for status in [401, 403, 404] {
        let carrier = carrier_that_answers(ResponseTemplate::new(status)).await;
        let refused = client(&carrier.uri()).lets_us_in().await;
        assert!(matches!(refused, Err(ControlError::Refused { .. })), "{status}: {refused:?}");
    }
    let carrier = carrier_that_answers(ResponseTemplate::new(200).set_body_string("<html>")).await;
    let garbage = client(&carrier.uri()).lets_us_in().await;
    assert!(matches!(garbage, Err(ControlError::Unknown { .. })), "{garbage:?}");
}

#[tokio::test]
async fn it_tells_whether_calls_are_announced_here() {
    let ours = format!("{PUBLIC_URL}/hooks/sipgate/{TOKEN}");
    let told = async |settings: Value| {
        let carrier = carrier_with(&[("/v2/settings/sipgateio", settings)]).await;
        client(&carrier.uri()).announces_here().await
    };
    let of =
        |incoming, outgoing, only_some| Ok(Some(Announcements { incoming, outgoing, only_some }));

    let both = json!({ "incomingUrl": ours, "outgoingUrl": format!("{ours}/"), "log": true, "whitelist": null });
    assert_eq!(told(both).await, of(true, true, false));
    let one = json!({ "incomingUrl": ours, "outgoingUrl": "", "whitelist": ["w0"] });
    assert_eq!(told(one).await, of(true, false, true));
    let other = json!({ "incomingUrl": format!("{ours}0"), "outgoingUrl": null });
    assert_eq!(told(other).await, of(false, false, false));
    let carrier = carrier_that_answers(ResponseTemplate::new(403)).await;
    let refused = client(&carrier.uri()).announces_here().await;
    assert!(matches!(refused, Err(ControlError::Refused { reason }) if reason.contains("booked")));
}

fn entry(id: &str, status: &str) -> Value {
    json!({
        "id": "1", "callId": id, "type": "CALL", "direction": "INCOMING", "callStatus": status, "duration": 7,
        "source": "+493023125101", "target": "+493023125900", "created": "2026-03-01T12:00:01Z",
    })
}

fn running(id: &str, number: &str) -> Value {
    json!({ "callId": id, "muted": false, "participants": [
        { "participantId": "1", "phoneNumber": "" }, { "participantId": "2", "phoneNumber": number },
    ] })
}

async fn carrier_that_lists(calls: Value, history: Value) -> MockServer {
    let (calls, history) = (json!({ "data": calls }), json!({ "items": history, "totalCount": 1 }));
    carrier_with(&[("/v2/calls", calls), ("/v2/history", history)]).await
}

#[tokio::test]
async fn a_call_is_looked_up_among_those_that_run_and_then_in_the_history() {
    let other = entry("OTHER", "SUCCESS");
    let carrier = carrier_that_lists(json!([running(CALL, "")]), json!([])).await;
    assert_eq!(client(&carrier.uri()).look_up(&on(), NOON).await, Ok(LegRecord::Running));

    for (status, cause) in [
        ("SUCCESS", LegEndCause::HungUp),
        ("BUSY", LegEndCause::Busy),
        ("BUSY_ON_BUSY", LegEndCause::Busy),
        ("REJECTED", LegEndCause::Declined),
        ("REJECTED_DND", LegEndCause::Declined),
        ("VOICEMAIL_NO_MESSAGE", LegEndCause::Machine),
        ("MISSED", LegEndCause::Unanswered),
        ("FAILURE", LegEndCause::Failed),
        ("SOMETHING_NEW", LegEndCause::HungUp),
    ] {
        let carrier = carrier_that_lists(json!([]), json!([other, entry(CALL, status)])).await;
        let end = LegEnd { cause, is_final: true, duration_seconds: Some(7), cost: None };
        let record = LegRecord::Over { end, source: RecordSource::History };
        assert_eq!(client(&carrier.uri()).look_up(&on(), NOON).await, Ok(record), "{status}");
    }
    let carrier = carrier_that_lists(json!([running("OTHER", "")]), json!([other])).await;
    assert_eq!(client(&carrier.uri()).look_up(&on(), NOON).await, Ok(LegRecord::NoRecord));
    let carrier = carrier_that_answers(ResponseTemplate::new(500)).await;
    let unknown = client(&carrier.uri()).look_up(&on(), NOON).await;
    assert!(matches!(unknown, Err(ControlError::Unknown { .. })), "{unknown:?}");
}

#[tokio::test]
async fn the_calls_of_a_span_of_time_are_listed_page_by_page() {
    let first: Vec<_> = (0..100).map(|n| entry(&format!("C{n}"), "SUCCESS")).collect();
    let carrier = MockServer::start().await;
    let page = |offset: &str, items: Value| {
        Mock::given(path("/v2/history"))
            .and(query_param("offset", offset))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "items": items })))
    };
    page("0", json!(first)).mount(&carrier).await;
    page("100", json!([entry("LAST", "MISSED"), { "type": "CALL" }])).mount(&carrier).await;

    let listed = client(&carrier.uri()).calls_between(NOON, NOON + Duration::from_secs(60)).await;

    let Ok(CallsListed::All(calls)) = listed else { panic!("{listed:?}") };
    assert_eq!(calls.len(), 101);
    let last = calls.last().unwrap();
    assert_eq!((last.from.as_str(), last.to.as_str()), ("+493023125101", "+493023125900"));
    assert_eq!(last.carrier_leg, named("LAST"));
    assert_eq!((last.began, last.ended), (Some(datetime!(2026-03-01 12:00:01 UTC)), None));
    let query = requests_to(&carrier).await[0].url.query().unwrap().to_owned();
    for part in [
        "types=CALL",
        "directions=INCOMING",
        "directions=MISSED_INCOMING",
        "from=2026-03-01T12%3A00%3A00Z",
        "to=2026-03-01T12%3A01%3A01Z",
        "limit=100",
    ] {
        assert!(query.contains(part), "{part}: {query}");
    }
}

#[tokio::test]
async fn more_calls_than_anyone_looks_through_are_too_many() {
    let page: Vec<_> = (0..100).map(|n| entry(&format!("C{n}"), "SUCCESS")).collect();
    let carrier = carrier_that_lists(json!([]), json!(page)).await;

    let listed = client(&carrier.uri()).calls_between(NOON, NOON + Duration::from_secs(60)).await;

    assert_eq!(listed, Ok(CallsListed::TooMany));
    assert_eq!(asked(&carrier).await.len(), 10);
}

#[tokio::test]
async fn a_call_that_may_have_been_placed_is_looked_for_by_its_number() {
    let found = async |calls: Value, history: Value| {
        let carrier = carrier_that_lists(calls, history).await;
        client(&carrier.uri()).find(&placement(), NOON).await.unwrap()
    };
    let to = |id: &str, number: &str| {
        let mut entry = entry(id, "SUCCESS");
        entry["target"] = json!(number);
        entry
    };
    let ada = "+447700900123";

    assert_eq!(found(json!([]), json!([])).await, Found::Nothing);
    assert_eq!(
        found(json!([running("A", ada), running("B", "+447700900124")]), json!([])).await,
        Found::Alive(named("A"))
    );
    assert_eq!(
        found(json!([]), json!([to("A", "447700-900123"), to("B", "+447700900124")])).await,
        Found::Over(named("A"))
    );
    assert_eq!(found(json!([running("A", ada)]), json!([to("B", ada)])).await, Found::Ambiguous);
}
