//! What our client tells Vonage, and what it makes of each answer: above all, never to place a leg twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use vestibule::application::ports::{CarrierClient, ControlError, Found, OnLeg, PlaceError};
use vestibule::carriers::vonage::{ApiHost, BadKey, Client, Credentials, Settings, Vonage};
use vestibule::domain::call::LegPlace;
use vestibule::domain::call::room::{Hold, Voice};
use vestibule::domain::call::script::{Mailboxes, Placement, Script};
use vestibule::domain::call::signal::{Again, CarrierLeg};
use vestibule::domain::ids::EventId;
use vestibule::domain::phone_number::PhoneNumber;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::vonage_people::{
    APPLICATION, CountedIds, HandClock, NOON, PUBLIC_URL, TOKEN, call, credentials, leg,
};
use crate::vonage_render::say;

const LEG: &str = "1c2f8f3c4b5a69788796a5b4c3d2e1f0";

struct Line {
    client: Client,
    clock: Arc<HandClock>,
}

pub fn vonage_at(url: &str, clock: Arc<HandClock>) -> Vonage {
    // The second test of a process finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = Settings {
        api_host: ApiHost::Override(url.parse().expect("a URL")),
        connect_within: Duration::from_millis(500),
        answer_within: Duration::from_millis(700),
        ..Settings::new(PUBLIC_URL)
    };
    settings.start(clock, Arc::new(CountedIds::default())).expect("a client")
}

fn line_to(url: &str) -> Line {
    let clock = Arc::new(HandClock::at_noon());
    let vonage = vonage_at(url, Arc::clone(&clock));
    Line { client: vonage.client(TOKEN, &credentials()).expect("a key"), clock }
}

async fn carrier_that_answers(answer: ResponseTemplate) -> MockServer {
    let carrier = MockServer::start().await;
    Mock::given(wiremock::matchers::any()).respond_with(answer).mount(&carrier).await;
    carrier
}

pub fn placement() -> Placement {
    Placement {
        call: call(),
        leg: leg(),
        to: PhoneNumber::parse("+447700900123").expect("a number"),
        from: PhoneNumber::parse("+441632960100").expect("a number"),
        ring: Duration::from_secs(25),
        talk_max: Duration::from_secs(300),
        mailboxes: Mailboxes::LeaveToKeys,
        region: None,
    }
}

fn carrier_leg() -> CarrierLeg {
    CarrierLeg { id: LEG.to_owned(), region: None }
}

/// Our leg, as the client is told of it.
pub fn on() -> OnLeg {
    on_leg(carrier_leg())
}

pub fn on_leg(carrier_leg: CarrierLeg) -> OnLeg {
    OnLeg {
        call: call(),
        leg: leg(),
        carrier_leg,
        place: LegPlace::Outside,
        voice: Voice::Heard,
        hold: Hold::Free,
        room: None,
        cause: EventId::from_uuid(uuid::Uuid::nil()),
    }
}

fn created() -> ResponseTemplate {
    ResponseTemplate::new(201).set_body_json(json!({
        "uuid": LEG, "status": "started", "direction": "outbound", "conversation_uuid": "CON-77ab",
    }))
}

async fn only_request(carrier: &MockServer) -> Request {
    let mut requests = carrier.received_requests().await.expect("they are recorded");
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).expect("JSON")
}

#[tokio::test]
async fn a_leg_is_placed_with_urls_of_its_own() {
    let carrier = carrier_that_answers(created()).await;

    let placed = line_to(&carrier.uri()).client.place(&placement()).await;

    assert_eq!(placed, Ok(carrier_leg()));
    let request = only_request(&carrier).await;
    assert_eq!((request.method.as_str(), request.url.path()), ("POST", "/v1/calls"));
    let hooks = format!("{PUBLIC_URL}/hooks/vonage/{TOKEN}");
    assert_eq!(
        body(&request),
        json!({
            "to": [{"type": "phone", "number": "447700900123"}],
            "from": {"type": "phone", "number": "441632960100"},
            "answer_url": [format!("{hooks}/answer/{}/{}", call(), leg())],
            "answer_method": "POST",
            "event_url": [format!("{hooks}/event/{}/{}", call(), leg())],
            "event_method": "POST",
            "ringing_timer": 25,
            "length_timer": 300,
        })
    );
}

#[tokio::test]
async fn timers_stay_within_the_carriers_limits_and_mailboxes_are_hung_up_on_when_asked() {
    let carrier = carrier_that_answers(created()).await;
    let placement = Placement {
        ring: Duration::from_secs(900),
        talk_max: Duration::from_secs(90_000),
        mailboxes: Mailboxes::HangUpOnMachine,
        ..placement()
    };

    line_to(&carrier.uri()).client.place(&placement).await.unwrap();

    let body = body(&only_request(&carrier).await);
    assert_eq!(body["ringing_timer"], 120);
    assert_eq!(body["length_timer"], 7200);
    assert_eq!(body["machine_detection"], "hangup");
}

#[tokio::test]
async fn requests_carry_the_applications_token_until_it_is_about_to_expire() {
    let carrier = carrier_that_answers(ResponseTemplate::new(204)).await;
    let line = line_to(&carrier.uri());

    for minutes in [0, 13, 2] {
        line.clock.advance(time::Duration::minutes(minutes));
        line.client.mute(&on()).await.unwrap();
    }

    let requests = carrier.received_requests().await.unwrap();
    let tokens: Vec<_> =
        requests.iter().map(|request| request.headers["authorization"].to_str().unwrap()).collect();
    assert_eq!(tokens[0], tokens[1]);
    assert_ne!(tokens[1], tokens[2]);
    let first = claims(tokens[0]);
    assert_eq!(first["application_id"], APPLICATION);
    assert_eq!(first["iat"], NOON.unix_timestamp());
    assert_eq!(first["exp"], NOON.unix_timestamp() + 900);
    assert_ne!(first["jti"], claims(tokens[2])["jti"]);
}

fn claims(authorization: &str) -> Value {
    let key = include_bytes!("../golden/vonage/test-application-key.pub.pem");
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    rules.validate_exp = false;
    jsonwebtoken::decode::<Value>(
        authorization.strip_prefix("Bearer ").expect("a bearer token"),
        &jsonwebtoken::DecodingKey::from_rsa_pem(key).expect("a key"),
        &rules,
    )
    .expect("signed by the application")
    .claims
}

#[tokio::test]
async fn a_token_that_was_refused_is_not_shown_again() {
    let carrier = carrier_that_answers(
        ResponseTemplate::new(401)
            .set_body_json(json!({"type": "UNAUTHORIZED", "error_title": "Unauthorized"})),
    )
    .await;
    let line = line_to(&carrier.uri());

    for _ in 0..2 {
        let refused = line.client.mute(&on()).await;
        assert_eq!(refused, Err(ControlError::Refused { reason: "401 Unauthorized".to_owned() }));
    }

    let requests = carrier.received_requests().await.unwrap();
    assert_ne!(requests[0].headers["authorization"], requests[1].headers["authorization"]);
}

#[test]
fn a_key_that_can_not_sign_is_found_at_once() {
    let vonage = vonage_at("http://127.0.0.1:9", Arc::new(HandClock::at_noon()));
    for key in ["", "not a key", include_str!("../golden/vonage/test-application-key.pub.pem")] {
        let credentials = Credentials { private_key_pem: key.into(), ..credentials() };
        assert_eq!(vonage.client(TOKEN, &credentials).err(), Some(BadKey), "{key:.20}");
    }
}

#[tokio::test]
async fn each_refusal_is_read_in_each_of_its_three_shapes() {
    let refused = |reason: &str, again| PlaceError::Refused { reason: reason.to_owned(), again };
    let later = Again::After { wait_ms: 1_000 };
    for (status, answer, expected) in [
        (
            401,
            json!({"type": "UNAUTHORIZED", "error_title": "Unauthorized"}),
            refused("401 Unauthorized", Again::Never),
        ),
        (
            400,
            json!({"type": 400, "title": "Bad Request", "invalid_parameters": [{"name": "number", "reason": "Invalid number 447700900123"}]}),
            refused("400 Bad Request number: Invalid number …", Again::Never),
        ),
        (
            400,
            json!({"type": "BAD_REQUEST", "error_title": "Bad Request"}),
            refused("400 Bad Request", Again::Never),
        ),
        (
            403,
            json!({"type": "https://developer.vonage.com/api-errors#forbidden", "title": "Forbidden", "detail": "Your account lacks permission", "instance": "x"}),
            refused("403 Forbidden Your account lacks permission", Again::Never),
        ),
        (404, json!({"title": "Not Found"}), refused("404 Not Found", Again::Never)),
        (422, json!([1, 2]), refused("422", Again::Never)),
        (429, json!({"title": "Too Many Requests"}), refused("429 Too Many Requests", later)),
    ] {
        let carrier =
            carrier_that_answers(ResponseTemplate::new(status).set_body_json(answer)).await;
        assert_eq!(line_to(&carrier.uri()).client.place(&placement()).await, Err(expected));
        only_request(&carrier).await;
    }
}

#[tokio::test]
async fn a_carrier_that_says_later_is_believed_as_far_as_it_can_be_read() {
    for (header, wait_ms) in [
        ("3", 3_000),
        ("2.5", 2_000),
        ("86400", 60_000),
        ("0", 1_000),
        ("soon", 1_000),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 1_000),
    ] {
        let answer = ResponseTemplate::new(429).insert_header("retry-after", header);
        let carrier = carrier_that_answers(answer).await;
        let line = line_to(&carrier.uri());

        let PlaceError::Refused { again, .. } = line.client.place(&placement()).await.unwrap_err()
        else {
            panic!("429 is never processed")
        };
        assert_eq!(again, Again::After { wait_ms }, "{header}");
        let wait = Duration::from_millis(wait_ms.into());
        assert_eq!(
            line.client.mute(&on()).await,
            Err(ControlError::NotYet { reason: "429".to_owned(), wait })
        );
    }
}

#[tokio::test]
async fn answers_that_leave_it_open_never_lead_to_another_attempt() {
    let huge = ResponseTemplate::new(201).set_body_bytes(vec![b' '; 10 << 20]);
    let not_theirs = json!({"uuid": "../../accounts", "status": "started"});
    for answer in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(502).set_body_string("<html>Bad gateway</html>"),
        ResponseTemplate::new(503).insert_header("retry-after", "1"),
        ResponseTemplate::new(504),
        ResponseTemplate::new(408),
        ResponseTemplate::new(201),
        ResponseTemplate::new(201).set_body_string("<html>OK</html>"),
        ResponseTemplate::new(201).set_body_json(json!({"status": "started"})),
        ResponseTemplate::new(201).set_body_json(json!({"uuid": 5})),
        ResponseTemplate::new(201).set_body_json(not_theirs),
        ResponseTemplate::new(302).insert_header("location", "/elsewhere"),
        ResponseTemplate::new(307).insert_header("location", "/v1/calls"),
        created().set_delay(Duration::from_secs(5)),
        huge,
    ] {
        let shown = format!("{answer:.80?}");
        let carrier = carrier_that_answers(answer).await;

        let placed = line_to(&carrier.uri()).client.place(&placement()).await;

        assert!(matches!(placed, Err(PlaceError::Unknown { .. })), "{placed:?} for {shown}");
        only_request(&carrier).await;
    }
}

/// A carrier that reads the request, does `answer` and closes. Counts connections.
async fn rude_carrier(answer: &'static [u8]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream.write_all(answer).await;
            drop(stream);
        }
    });
    (url, connections)
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_leaves_it_open() {
    for answer in [
        &b""[..],
        b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"uuid\":",
        b"HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"uui",
        b"SSH-2.0-OpenSSH\r\n",
    ] {
        let (url, connections) = rude_carrier(answer).await;

        let placed = line_to(&url).client.place(&placement()).await;

        assert!(matches!(placed, Err(PlaceError::Unknown { .. })), "{placed:?}");
        assert_eq!(connections.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn a_carrier_that_can_not_be_reached_has_surely_not_placed_anything() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (plain, _) = rude_carrier(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    for url in [
        format!("http://{closed}"),
        "http://no-such-host.invalid".to_owned(),
        plain.replace("http:", "https:"),
    ] {
        let line = line_to(&url);
        let placed = line.client.place(&placement()).await;
        let again = Again::After { wait_ms: 1_000 };
        let reason = "could not connect to the carrier".to_owned();
        assert_eq!(placed, Err(PlaceError::Refused { reason: reason.clone(), again }), "{url}");

        let hung_up = line.client.hang_up(&on()).await;
        let wait = Duration::from_secs(1);
        assert_eq!(hung_up, Err(ControlError::NotYet { reason, wait }), "{url}");
    }
}

#[tokio::test]
async fn after_five_failures_the_carrier_is_left_alone_for_a_while() {
    let carrier = carrier_that_answers(ResponseTemplate::new(500)).await;
    let line = line_to(&carrier.uri());
    for _ in 0..5 {
        let failed = line.client.mute(&on()).await;
        assert!(matches!(failed, Err(ControlError::Unknown { .. })), "{failed:?}");
    }

    let refused = line.client.place(&placement()).await.unwrap_err();

    let reason = "the carrier failed too often just now".to_owned();
    let again = Again::After { wait_ms: 15_000 };
    assert_eq!(refused, PlaceError::Refused { reason, again });
    assert_eq!(carrier.received_requests().await.unwrap().len(), 5);

    carrier.reset().await;
    Mock::given(method("POST")).respond_with(created()).mount(&carrier).await;
    line.clock.advance(time::Duration::seconds(15));
    assert_eq!(line.client.place(&placement()).await, Ok(carrier_leg()));
    assert_eq!(line.client.place(&placement()).await, Ok(carrier_leg()));
}

#[tokio::test]
async fn refusals_are_no_failures_of_the_carrier() {
    let carrier = carrier_that_answers(ResponseTemplate::new(404)).await;
    let line = line_to(&carrier.uri());

    for _ in 0..20 {
        assert_eq!(line.client.mute(&on()).await, Err(ControlError::LegOver));
    }
}

#[tokio::test]
async fn garbage_counts_as_a_failure_of_the_carrier() {
    let carrier = carrier_that_answers(ResponseTemplate::new(200).set_body_string("OK")).await;
    let line = line_to(&carrier.uri());

    for _ in 0..6 {
        line.client.place(&placement()).await.unwrap_err();
    }

    assert_eq!(carrier.received_requests().await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_leg_that_is_over_counts_as_hung_up() {
    let carrier = carrier_that_answers(ResponseTemplate::new(404)).await;

    assert_eq!(line_to(&carrier.uri()).client.hang_up(&on()).await, Ok(()));
}

#[tokio::test]
async fn a_leg_that_is_too_young_to_be_hung_up_is_hung_up_later() {
    let wait = Duration::from_millis(700);
    for answer in [
        json!({"type": "BAD_REQUEST", "error_title": "Bad Request"}),
        json!({"type": "about:blank", "title": "Bad Request"}),
    ] {
        let carrier = carrier_that_answers(ResponseTemplate::new(400).set_body_json(answer)).await;

        let hung_up = line_to(&carrier.uri()).client.hang_up(&on()).await;

        let reason = "400 Bad Request".to_owned();
        assert_eq!(hung_up, Err(ControlError::NotYet { reason, wait }));
    }
    let wrong = json!({"type": 400, "title": "Bad Request", "invalid_parameters": [{"name": "action", "reason": "unknown"}]});
    let carrier = carrier_that_answers(ResponseTemplate::new(400).set_body_json(wrong)).await;
    let hung_up = line_to(&carrier.uri()).client.hang_up(&on()).await;
    assert!(matches!(hung_up, Err(ControlError::Refused { .. })), "{hung_up:?}");
}

#[tokio::test]
async fn each_effect_is_one_request() {
    let carrier = carrier_that_answers(ResponseTemplate::new(204)).await;
    let Line { client, .. } = line_to(&carrier.uri());
    let at = on();

    client.hang_up(&at).await.unwrap();
    client.mute(&at).await.unwrap();
    client.unmute(&at).await.unwrap();
    client.send_digits(&at, "9p#").await.unwrap();
    client.say(&at, "One <b>minute</b> left", "de-AT").await.unwrap();
    client.listen_for_keys(&at).await.unwrap();
    client.redirect(&at, &Script::of([say("Sorry")])).await.unwrap();

    let told: Vec<_> = carrier
        .received_requests()
        .await
        .unwrap()
        .iter()
        .map(|request| (request.url.path().replace(LEG, "LEG"), body(request)))
        .collect();
    let n = NOON.unix_timestamp() * 1_000;
    let keys = format!("{PUBLIC_URL}/hooks/vonage/{TOKEN}/keys/{}/{}?n={n}", call(), leg());
    let talk = json!({"action": "talk", "text": "Sorry", "language": "en-GB", "bargeIn": false});
    let expected = [
        ("/v1/calls/LEG", json!({"action": "hangup"})),
        ("/v1/calls/LEG", json!({"action": "mute"})),
        ("/v1/calls/LEG", json!({"action": "unmute"})),
        ("/v1/calls/LEG/dtmf", json!({"digits": "9p#"})),
        ("/v1/calls/LEG/talk", json!({"text": "One b minute /b left", "language": "de-DE"})),
        ("/v1/calls/LEG/input/dtmf", json!({"event_url": [keys]})),
        (
            "/v1/calls/LEG",
            json!({"action": "transfer", "destination": {"type": "ncco", "ncco": [talk]}}),
        ),
    ];
    assert_eq!(told, expected.map(|(path, body)| (path.to_owned(), body)));
}

#[tokio::test]
async fn what_can_not_be_asked_is_not_sent() {
    let carrier = carrier_that_answers(ResponseTemplate::new(204)).await;
    let Line { client, .. } = line_to(&carrier.uri());

    for digits in ["", "12a", "1 2", "１"] {
        let sent = client.send_digits(&on(), digits).await;
        assert!(matches!(sent, Err(ControlError::Refused { .. })), "{digits}");
    }
    for id in ["", "..", "../../v2/applications", "a/hangup", "a?b", "a%2fb", "a b"] {
        let leg = CarrierLeg { id: id.to_owned(), region: None };
        let sent = client.hang_up(&on_leg(leg)).await;
        assert!(matches!(sent, Err(ControlError::Refused { .. })), "{id}");
    }
    assert!(client.say(&on(), " <> ", "en-GB").await.is_err());
    assert_eq!(carrier.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn the_operators_host_is_used_whatever_region_a_webhook_names() {
    let carrier = carrier_that_answers(created()).await;
    let line = line_to(&format!("{}/stand-in/", carrier.uri()));
    for region in ["https://api-eu-3.vonage.com", "https://evil.example"] {
        let placement = Placement { region: Some(region.to_owned()), ..placement() };
        let placed = line.client.place(&placement).await.unwrap();

        // Kept for later only if it is one of theirs.
        assert_eq!(placed.region.is_some(), region.ends_with("vonage.com"), "{region}");
    }
    let requests = carrier.received_requests().await.unwrap();
    assert!(requests.iter().all(|request| request.url.path() == "/stand-in/v1/calls"));
    assert_eq!(requests.len(), 2);
}

fn listed(id: &str, to: &str, status: &str) -> Value {
    json!({
        "uuid": id, "conversation_uuid": "CON-1", "status": status, "direction": "outbound",
        "to": {"type": "phone", "number": to}, "from": {"type": "phone", "number": "441632960100"},
    })
}

async fn found_among(calls: Value) -> Result<Found, ControlError> {
    let list =
        json!({"count": 1, "page_size": 50, "record_index": 0, "_embedded": {"calls": calls}});
    let carrier = carrier_that_answers(ResponseTemplate::new(200).set_body_json(list)).await;

    let found = line_to(&carrier.uri()).client.find(&placement(), NOON).await;

    let request = only_request(&carrier).await;
    assert_eq!(request.url.path(), "/v1/calls");
    assert_eq!(
        request
            .url
            .query_pairs()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>(),
        [
            "date_start=2026-03-01T11:59:50Z",
            "date_end=2026-03-01T12:00:11Z",
            "page_size=50",
            "record_index=0",
            "order=asc",
        ]
    );
    found
}

#[tokio::test]
async fn a_leg_is_found_by_its_numbers_if_exactly_one_fits() {
    let ours = "447700900123";
    let inbound = {
        let mut call = listed("in", ours, "answered");
        call["direction"] = json!("inbound");
        call
    };
    let other = listed("other", "447700900124", "ringing");

    let found = found_among(json!([other, inbound, listed(LEG, ours, "ringing")])).await;
    assert_eq!(found, Ok(Found::Alive(carrier_leg())));

    for over in ["completed", "busy", "cancelled", "failed", "rejected", "timeout", "unanswered"] {
        let found = found_among(json!([listed(LEG, ours, over)])).await;
        assert_eq!(found, Ok(Found::Over(carrier_leg())), "{over}");
    }
    assert_eq!(found_among(json!([other])).await, Ok(Found::Nothing));
    assert_eq!(found_among(json!([])).await, Ok(Found::Nothing));
    let twice = json!([listed("a", ours, "ringing"), listed("b", ours, "completed")]);
    assert_eq!(found_among(twice).await, Ok(Found::Ambiguous));
    assert!(matches!(found_among(json!("none")).await, Err(ControlError::Unknown { .. })));
    assert!(matches!(
        found_among(json!([listed("../x", ours, "ringing")])).await,
        Err(ControlError::Unknown { .. })
    ));
}

#[tokio::test]
async fn a_list_too_long_to_be_looked_through_proves_nothing() {
    let calls: Vec<_> =
        (0..50).map(|n| listed(&format!("other-{n}"), "447700900124", "ringing")).collect();
    let page = ResponseTemplate::new(200).set_body_json(json!({"_embedded": {"calls": calls}}));
    let carrier = carrier_that_answers(page).await;

    let found = line_to(&carrier.uri()).client.find(&placement(), NOON).await;

    assert_eq!(found, Ok(Found::Ambiguous));
    assert_eq!(carrier.received_requests().await.unwrap().len(), 5);
}

#[tokio::test]
async fn neither_key_nor_token_shows_in_debug_output() {
    let line = line_to("http://127.0.0.1:9");

    let shown = format!("{:?}", line.client);

    assert!(
        !shown.contains(TOKEN) && !shown.contains("PRIVATE") && !shown.contains("eyJ"),
        "{shown}"
    );
}
