//! What our client tells Twilio, and what it makes of each answer: above all, never to place a call twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::form_urlencoded;
use uuid::Uuid;
use vestibule::application::ports::{CarrierClient, ControlError, Found, OnLeg, PlaceError};
use vestibule::carriers::twilio::{ApiHost, ApiKey, Client, Credentials, Settings, Twilio};
use vestibule::domain::call::LegPlace;
use vestibule::domain::call::room::{Hold, Voice};
use vestibule::domain::call::script::{Mailboxes, Placement, Script};
use vestibule::domain::call::signal::{Again, CarrierLeg, CarrierRoom};
use vestibule::domain::ids::{EventId, StreamId};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::twilio_people::{
    ACCOUNT, AUTH_TOKEN, CALL, HandClock, NOON, PUBLIC_URL, ROOM, TOKEN, call, credentials, leg,
};
use crate::twilio_render::speech;
use crate::vonage_rest::placement;
use vestibule::domain::call::script::Step;

const ACCOUNTS: &str = "/2010-04-01/Accounts/AC00000000000000000000000000000001";

struct Line {
    client: Client,
    clock: Arc<HandClock>,
}

pub fn twilio_at(url: &str, clock: Arc<HandClock>) -> Twilio {
    // The second test of a process finds it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = Settings {
        api_host: ApiHost::Override(url.parse().expect("a URL")),
        connect_within: Duration::from_millis(500),
        answer_within: Duration::from_millis(700),
        ..Settings::new(PUBLIC_URL)
    };
    settings.start(clock).expect("a client")
}

fn line_with(url: &str, credentials: &Credentials) -> Line {
    let clock = Arc::new(HandClock::at_noon());
    let client = twilio_at(url, Arc::clone(&clock)).client(TOKEN, credentials);
    Line { client, clock }
}

fn line_to(url: &str) -> Line {
    line_with(url, &credentials())
}

async fn carrier_that_answers(answer: ResponseTemplate) -> MockServer {
    let carrier = MockServer::start().await;
    Mock::given(wiremock::matchers::any()).respond_with(answer).mount(&carrier).await;
    carrier
}

pub fn carrier_leg() -> CarrierLeg {
    CarrierLeg { id: CALL.to_owned(), region: None }
}

pub fn in_room() -> OnLeg {
    OnLeg {
        call: call(),
        leg: leg(),
        carrier_leg: carrier_leg(),
        place: LegPlace::InRoom,
        voice: Voice::Heard,
        hold: Hold::Free,
        room: Some(CarrierRoom(ROOM.to_owned())),
        cause: EventId::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_00e1)),
    }
}

pub fn outside() -> OnLeg {
    OnLeg { place: LegPlace::Outside, room: None, ..in_room() }
}

pub fn stream() -> StreamId {
    StreamId::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_00a1))
}

fn created() -> ResponseTemplate {
    ResponseTemplate::new(201).set_body_json(json!({
        "sid": CALL, "account_sid": ACCOUNT, "status": "queued", "direction": "outbound-api", "queue_time": "0",
    }))
}

fn error(status: u16, code: u32, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({
        "code": code, "message": message, "more_info": format!("https://www.twilio.com/docs/errors/{code}"), "status": status,
    }))
}

async fn requests_to(carrier: &MockServer) -> Vec<Request> {
    carrier.received_requests().await.expect("they are recorded")
}

async fn only_request(carrier: &MockServer) -> Request {
    let mut requests = requests_to(carrier).await;
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

fn body(request: &Request) -> Vec<(String, String)> {
    form_urlencoded::parse(&request.body).into_owned().collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_leg_is_placed_with_urls_of_its_own() {
    let carrier = carrier_that_answers(created()).await;

    let placed = line_to(&carrier.uri()).client.place(&placement()).await;

    assert_eq!(placed, Ok(carrier_leg()));
    let request = only_request(&carrier).await;
    assert_eq!(
        (request.method.as_str(), request.url.path()),
        ("POST", &*format!("{ACCOUNTS}/Calls.json"))
    );
    let (hooks, ids) =
        (format!("{PUBLIC_URL}/hooks/twilio/{TOKEN}"), format!("{}/{}", call(), leg()));
    assert_eq!(
        body(&request),
        pairs(&[
            ("To", "+447700900123"),
            ("From", "+441632960100"),
            ("Url", &format!("{hooks}/voice/{ids}")),
            ("Method", "POST"),
            ("FallbackUrl", &format!("{hooks}/fallback/{ids}")),
            ("FallbackMethod", "POST"),
            ("StatusCallback", &format!("{hooks}/status/{ids}")),
            ("StatusCallbackMethod", "POST"),
            ("Timeout", "25"),
            ("TimeLimit", "300"),
            ("StatusCallbackEvent", "initiated"),
            ("StatusCallbackEvent", "ringing"),
            ("StatusCallbackEvent", "answered"),
            ("StatusCallbackEvent", "completed"),
        ])
    );
}

#[tokio::test]
async fn timers_stay_within_the_carriers_limits_and_mailboxes_are_listened_for_when_asked() {
    let carrier = carrier_that_answers(created()).await;
    let placement = Placement {
        ring: Duration::from_secs(900),
        talk_max: Duration::from_secs(90_000),
        mailboxes: Mailboxes::HangUpOnMachine,
        ..placement()
    };

    line_to(&carrier.uri()).client.place(&placement).await.unwrap();

    let body = body(&only_request(&carrier).await);
    let amd = format!("{PUBLIC_URL}/hooks/twilio/{TOKEN}/amd/{}/{}", call(), leg());
    for pair in pairs(&[
        ("Timeout", "600"),
        ("TimeLimit", "14400"),
        ("MachineDetection", "Enable"),
        ("AsyncAmd", "true"),
        ("AsyncAmdStatusCallback", &amd),
        ("AsyncAmdStatusCallbackMethod", "POST"),
    ]) {
        assert!(body.contains(&pair), "{pair:?}");
    }
}

#[tokio::test]
async fn an_api_key_opens_the_api_where_there_is_one_and_else_the_first_token() {
    let carrier = carrier_that_answers(created()).await;
    let sid = "SK00000000000000000000000000000001".to_owned();
    let api_key = Some(ApiKey { sid, secret: "the-secret-of-the-key".into() });
    let keyed = Credentials { api_key, ..credentials() };
    let next = Credentials {
        auth_tokens: vec!["the-next-token".into(), AUTH_TOKEN.into()],
        ..credentials()
    };

    for credentials in [credentials(), keyed, next] {
        line_with(&carrier.uri(), &credentials).client.place(&placement()).await.unwrap();
    }

    use base64::Engine as _;
    let logins: Vec<_> = requests_to(&carrier)
        .await
        .iter()
        .map(|request| {
            let header = request.headers["authorization"].to_str().unwrap().to_owned();
            let login = base64::engine::general_purpose::STANDARD
                .decode(header.strip_prefix("Basic ").unwrap());
            String::from_utf8(login.unwrap()).unwrap()
        })
        .collect();
    assert_eq!(
        logins,
        [
            format!("{ACCOUNT}:{AUTH_TOKEN}"),
            "SK00000000000000000000000000000001:the-secret-of-the-key".to_owned(),
            format!("{ACCOUNT}:the-next-token"),
        ]
    );
}

#[tokio::test]
async fn without_token_and_key_nothing_is_sent() {
    let carrier = carrier_that_answers(created()).await;
    let none = Credentials { auth_tokens: vec![], ..credentials() };

    let placed = line_with(&carrier.uri(), &none).client.place(&placement()).await;

    assert!(matches!(placed, Err(PlaceError::Refused { .. })), "{placed:?}");
    assert_eq!(requests_to(&carrier).await.len(), 0);
}

#[tokio::test]
async fn each_refusal_is_told_in_the_carriers_words_with_its_code() {
    for (answer, reason) in [
        (error(401, 20003, "Authenticate"), "401 (error 20003) Authenticate"),
        (error(403, 20003, "Permission Denied"), "403 (error 20003) Permission Denied"),
        (
            error(404, 20404, "The requested resource was not found"),
            "404 (error 20404) The requested resource was not found",
        ),
        (
            error(400, 21211, "The 'To' number +447700900123 is not a valid phone number."),
            "400 (error 21211) The 'To' number +… is not a valid phone number.",
        ),
        (error(400, 22005, "queue is too long"), "400 (error 22005) queue is too long"),
        (ResponseTemplate::new(422).set_body_string("<html>no</html>"), "422"),
        (ResponseTemplate::new(400).set_body_json(json!([1])), "400"),
        (ResponseTemplate::new(400).set_body_json(json!({"code": "x", "message": 5})), "400"),
    ] {
        let carrier = carrier_that_answers(answer).await;
        let placed = line_to(&carrier.uri()).client.place(&placement()).await;
        assert_eq!(
            placed,
            Err(PlaceError::Refused { reason: reason.to_owned(), again: Again::Never })
        );
        only_request(&carrier).await;
    }
}

#[tokio::test]
async fn too_many_requests_are_surely_not_processed_and_repeated_a_few_times() {
    let carrier = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(error(429, 20429, "Too Many Requests"))
        .up_to_n_times(2)
        .mount(&carrier)
        .await;
    Mock::given(method("POST")).respond_with(created()).mount(&carrier).await;

    assert_eq!(line_to(&carrier.uri()).client.place(&placement()).await, Ok(carrier_leg()));
    assert_eq!(requests_to(&carrier).await.len(), 3);

    let carrier = carrier_that_answers(error(429, 20429, "Too Many Requests")).await;
    let reason = "429 (error 20429) Too Many Requests".to_owned();
    let again = Again::After { wait_ms: 1_000 };
    let line = line_to(&carrier.uri());
    assert_eq!(
        line.client.place(&placement()).await,
        Err(PlaceError::Refused { reason: reason.clone(), again })
    );
    assert_eq!(requests_to(&carrier).await.len(), 4, "once, and three times again");
    let wait = Duration::from_secs(1);
    assert_eq!(line.client.hang_up(&outside()).await, Err(ControlError::NotYet { reason, wait }));
}

#[tokio::test]
async fn a_carrier_that_says_how_long_to_wait_is_not_asked_before_that() {
    for (header, wait_ms, repeats) in
        [("30", 30_000, false), ("86400", 60_000, false), ("soon", 1_000, true)]
    {
        let carrier =
            carrier_that_answers(error(429, 20429, "no").insert_header("retry-after", header))
                .await;
        let placement = Placement { ring: Duration::from_secs(20), ..placement() };

        let placed = line_to(&carrier.uri()).client.place(&placement).await;

        let again = Again::After { wait_ms };
        assert_eq!(
            placed,
            Err(PlaceError::Refused { reason: "429 (error 20429) no".to_owned(), again }),
            "{header}"
        );
        assert_eq!(requests_to(&carrier).await.len() > 1, repeats, "{header}");
    }
}

#[tokio::test]
async fn answers_that_leave_it_open_never_lead_to_another_attempt() {
    let huge = ResponseTemplate::new(201).set_body_bytes(vec![b' '; 10 << 20]);
    for answer in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(502).set_body_string("<html>Bad gateway</html>"),
        error(503, 20503, "Service Unavailable").insert_header("retry-after", "1"),
        ResponseTemplate::new(504),
        ResponseTemplate::new(408),
        ResponseTemplate::new(201),
        ResponseTemplate::new(201).set_body_string("<html>OK</html>"),
        ResponseTemplate::new(201).set_body_json(json!({"status": "queued"})),
        ResponseTemplate::new(201).set_body_json(json!({"sid": 5})),
        ResponseTemplate::new(201).set_body_json(json!({"sid": "CA/../../Accounts"})),
        ResponseTemplate::new(302).insert_header("location", "/elsewhere"),
        ResponseTemplate::new(307).insert_header("location", "/2010-04-01/Accounts/x/Calls.json"),
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
        b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"sid\":",
        b"HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"sid",
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

        let hung_up = line.client.hang_up(&in_room()).await;
        let wait = Duration::from_secs(1);
        assert_eq!(hung_up, Err(ControlError::NotYet { reason, wait }), "{url}");
    }
}

#[tokio::test]
async fn after_five_failures_the_carrier_is_left_alone_for_a_while() {
    let carrier = carrier_that_answers(ResponseTemplate::new(500)).await;
    let line = line_to(&carrier.uri());
    for _ in 0..5 {
        let failed = line.client.mute(&in_room()).await;
        assert!(matches!(failed, Err(ControlError::Unknown { .. })), "{failed:?}");
    }

    let refused = line.client.place(&placement()).await.unwrap_err();

    let reason = "the carrier failed too often just now".to_owned();
    assert_eq!(refused, PlaceError::Refused { reason, again: Again::After { wait_ms: 15_000 } });
    assert_eq!(requests_to(&carrier).await.len(), 5);

    carrier.reset().await;
    Mock::given(method("POST")).respond_with(created()).mount(&carrier).await;
    line.clock.advance(time::Duration::seconds(15));
    assert_eq!(line.client.place(&placement()).await, Ok(carrier_leg()));
}

#[tokio::test]
async fn calls_start_at_the_accounts_pace_and_who_waits_can_be_seen() {
    let carrier = carrier_that_answers(created()).await;
    let clock = Arc::new(HandClock::at_noon());
    let twilio = twilio_at(&carrier.uri(), clock);
    let paced = Credentials { calls_per_second: 5, ..credentials() };
    // Two connections of one account share its pace.
    let clients =
        [Arc::new(twilio.client(TOKEN, &paced)), Arc::new(twilio.client("another", &paced))];
    let began = Instant::now();

    let placing: Vec<_> = (0..4)
        .map(|n| {
            let client = Arc::clone(&clients[n % 2]);
            tokio::spawn(async move { client.place(&placement()).await })
        })
        .collect();
    while clients[0].queue().waiting < 3 {
        tokio::task::yield_now().await;
    }
    let queue = clients[1].queue();

    assert_eq!((queue.waiting, queue.between), (3, Duration::from_millis(200)));
    assert!(queue.wait > Duration::from_millis(500), "{queue:?}");
    for placed in placing {
        placed.await.unwrap().unwrap();
    }
    assert!(began.elapsed() >= Duration::from_millis(600), "{:?}", began.elapsed());
    assert_eq!(clients[0].queue().waiting, 0);
    // Another account does not wait for this one.
    let other =
        Credentials { account_sid: "AC00000000000000000000000000000002".to_owned(), ..paced };
    assert_eq!(twilio.client(TOKEN, &other).queue().wait, Duration::ZERO);
}

#[tokio::test]
async fn a_dial_that_would_ring_too_late_is_not_made() {
    let carrier = carrier_that_answers(created()).await;
    let line = line_with(&carrier.uri(), &Credentials { calls_per_second: 1, ..credentials() });
    line.client.place(&placement()).await.unwrap();
    let began = Instant::now();

    let short = Placement { ring: Duration::from_millis(1_500), ..placement() };
    let refused = line.client.place(&short).await.unwrap_err();

    assert!(matches!(refused, PlaceError::Refused { again: Again::Never, .. }), "{refused:?}");
    assert!(began.elapsed() < Duration::from_millis(400), "it is told at once");
    // One that has the time waits, and rings for what is left of it.
    let long = Placement { ring: Duration::from_secs(10), ..placement() };
    line.client.place(&long).await.unwrap();
    let requests = requests_to(&carrier).await;
    assert_eq!(requests.len(), 2);
    assert!(
        body(&requests[1]).contains(&("Timeout".to_owned(), "9".to_owned())),
        "{:?}",
        body(&requests[1])
    );
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one line an effect")]
async fn each_effect_is_one_request() {
    let carrier = carrier_that_answers(ResponseTemplate::new(200)).await;
    let Line { client, .. } = line_to(&carrier.uri());
    let (inside, outside) = (in_room(), outside());

    client.hang_up(&inside).await.unwrap();
    client.mute(&inside).await.unwrap();
    client.unmute(&inside).await.unwrap();
    client.hold(&inside).await.unwrap();
    client.resume(&inside).await.unwrap();
    client.send_digits(&inside, "*9p#").await.unwrap();
    client.send_digits(&outside, "9").await.unwrap();
    client.say(&inside, "One minute left", "de-AT").await.unwrap();
    client.say(&outside, "One <b>minute</b> left", "de-AT").await.unwrap();
    client.redirect(&inside, &Script::of([Step::Say(speech("Sorry", "en-GB"))])).await.unwrap();
    client.start_stream(&inside, stream()).await.unwrap();
    client.stop_stream(&inside, stream()).await.unwrap();
    client.end_room(call(), inside.room.as_ref()).await.unwrap();
    client.listen_for_keys(&inside).await.unwrap();

    let told: Vec<_> = requests_to(&carrier)
        .await
        .iter()
        .map(|request| {
            (
                request
                    .url
                    .path()
                    .replace(ACCOUNTS, "")
                    .replace(CALL, "CALL")
                    .replace(ROOM, "ROOM"),
                body(request),
            )
        })
        .collect();
    let hooks = format!("{PUBLIC_URL}/hooks/twilio/{TOKEN}");
    let (ids, n) = (format!("{}/{}", call(), leg()), NOON.unix_timestamp() * 1_000);
    let redirect =
        format!(r#"<Redirect method="POST">{hooks}/voice/{ids}?n={n}</Redirect></Response>"#);
    let xml = r#"<?xml version="1.0" encoding="UTF-8"?><Response>"#;
    let say = |text: &str| {
        format!(r#"{xml}<Say language="de-DE" voice="Polly.Vicki">{text}</Say>{redirect}"#)
    };
    let played = format!("{xml}<Play>{PUBLIC_URL}/sounds/tones/9.wav</Play>{redirect}");
    let sorry = format!(r#"{xml}<Say language="en-GB" voice="Polly.Amy">Sorry</Say></Response>"#);
    let sentence = format!("{hooks}/say/{ids}/{}", inside.cause);
    let (id, call, leg) = (stream().to_string(), call().to_string(), leg().to_string());
    let participant = "/Conferences/ROOM/Participants/CALL.json";
    let expected = [
        ("/Calls/CALL.json", pairs(&[("Status", "completed")])),
        (participant, pairs(&[("Muted", "true")])),
        (participant, pairs(&[("Muted", "false")])),
        (
            participant,
            pairs(&[
                ("Hold", "true"),
                ("HoldUrl", &format!("{PUBLIC_URL}/sounds/hold-music.mp3")),
                ("HoldMethod", "GET"),
            ]),
        ),
        (participant, pairs(&[("Hold", "false")])),
        (
            participant,
            pairs(&[
                ("AnnounceUrl", &format!("{PUBLIC_URL}/sounds/tones/star9phash.wav")),
                ("AnnounceMethod", "GET"),
            ]),
        ),
        ("/Calls/CALL.json", pairs(&[("Twiml", &played)])),
        (participant, pairs(&[("AnnounceUrl", &sentence), ("AnnounceMethod", "POST")])),
        ("/Calls/CALL.json", pairs(&[("Twiml", &say("One b minute /b left"))])),
        ("/Calls/CALL.json", pairs(&[("Twiml", &sorry)])),
        (
            "/Calls/CALL/Streams.json",
            pairs(&[
                ("Url", "wss://door.example.test/media/twilio/nobody-guesses-this"),
                ("Name", &id),
                ("Track", "both_tracks"),
                ("StatusCallback", &format!("{hooks}/stream/{ids}")),
                ("StatusCallbackMethod", "POST"),
                ("Parameter1.Name", "stream"),
                ("Parameter1.Value", &id),
                ("Parameter2.Name", "call"),
                ("Parameter2.Value", &call),
                ("Parameter3.Name", "leg"),
                ("Parameter3.Value", &leg),
            ]),
        ),
        (&format!("/Calls/CALL/Streams/{id}.json"), pairs(&[("Status", "stopped")])),
        ("/Conferences/ROOM.json", pairs(&[("Status", "completed")])),
    ];
    assert_eq!(told, expected.map(|(path, body)| (path.to_owned(), body)));
}

#[tokio::test]
async fn a_room_that_nobody_has_named_yet_is_looked_up() {
    let carrier = MockServer::start().await;
    let rooms = json!({"conferences": [
        {"sid": "CF00000000000000000000000000000009", "status": "completed"},
        {"sid": ROOM, "status": "in-progress"},
    ]});
    Mock::given(method("GET"))
        .and(path(format!("{ACCOUNTS}/Conferences.json")))
        .and(query_param("FriendlyName", format!("visit-{}", call())))
        .respond_with(ResponseTemplate::new(200).set_body_json(rooms))
        .mount(&carrier)
        .await;
    Mock::given(method("POST"))
        .and(path(format!("{ACCOUNTS}/Conferences/{ROOM}/Participants/{CALL}.json")))
        .respond_with(ResponseTemplate::new(200))
        .expect(2)
        .mount(&carrier)
        .await;
    let Line { client, .. } = line_to(&carrier.uri());
    let nameless = OnLeg { room: None, ..in_room() };

    client.mute(&nameless).await.unwrap();
    client.send_digits(&nameless, "9").await.unwrap();
}

#[tokio::test]
async fn the_door_opens_even_if_the_visitor_has_just_left_the_room_or_the_room_can_not_play() {
    for answer in [error(404, 20404, "not found"), error(400, 20001, "not in progress")] {
        let carrier = MockServer::start().await;
        let updated =
            Mock::given(method("POST")).and(path(format!("{ACCOUNTS}/Calls/{CALL}.json")));
        updated.respond_with(ResponseTemplate::new(200)).expect(1).mount(&carrier).await;
        Mock::given(method("POST")).respond_with(answer).mount(&carrier).await;

        line_to(&carrier.uri()).client.send_digits(&in_room(), "9").await.unwrap();
    }
    // What nobody knows is not done a second time in another way.
    let carrier = carrier_that_answers(ResponseTemplate::new(500)).await;
    let opened = line_to(&carrier.uri()).client.send_digits(&in_room(), "9").await;
    assert!(matches!(opened, Err(ControlError::Unknown { .. })), "{opened:?}");
    only_request(&carrier).await;
}

#[tokio::test]
async fn who_is_in_no_room_can_not_be_muted_there() {
    let carrier = carrier_that_answers(error(404, 20404, "not found")).await;
    let Line { client, .. } = line_to(&carrier.uri());
    let reason = "the leg is not in the room".to_owned();
    assert_eq!(client.mute(&in_room()).await, Err(ControlError::Refused { reason }));

    let none = ResponseTemplate::new(200).set_body_json(json!({"conferences": []}));
    let carrier = carrier_that_answers(none).await;
    let hung = line_to(&carrier.uri()).client.hold(&outside()).await;
    assert!(matches!(hung, Err(ControlError::Refused { .. })), "{hung:?}");
}

#[tokio::test]
async fn a_call_that_is_over_counts_as_hung_up() {
    for answer in [
        error(404, 20404, "not found"),
        error(400, 21220, "Call is not in-progress. Cannot redirect."),
    ] {
        let carrier = carrier_that_answers(answer).await;
        let Line { client, .. } = line_to(&carrier.uri());

        assert_eq!(client.hang_up(&in_room()).await, Ok(()));
        assert_eq!(client.redirect(&in_room(), &Script::of([])).await, Err(ControlError::LegOver));
        assert_eq!(client.stop_stream(&in_room(), stream()).await, Ok(()));
        assert_eq!(client.end_room(call(), in_room().room.as_ref()).await, Ok(()));
    }
}

#[tokio::test]
async fn what_can_not_be_asked_is_not_sent() {
    let carrier = carrier_that_answers(ResponseTemplate::new(200)).await;
    let Line { client, .. } = line_to(&carrier.uri());

    for digits in ["", "12a", "1 2", "１", "../x", &"9".repeat(33)] {
        let sent = client.send_digits(&in_room(), digits).await;
        assert!(matches!(sent, Err(ControlError::Refused { .. })), "{digits}");
    }
    for id in [
        "",
        "..",
        "../../Accounts",
        "CA1",
        "CF00000000000000000000000000000001",
        "CA0000000000000000000000000000000/",
    ] {
        let on = OnLeg { carrier_leg: CarrierLeg { id: id.to_owned(), region: None }, ..in_room() };
        for sent in [
            client.hang_up(&on).await,
            client.mute(&on).await,
            client.start_stream(&on, stream()).await,
        ] {
            assert!(matches!(sent, Err(ControlError::Refused { .. })), "{id}");
        }
    }
    let elsewhere = OnLeg { room: Some(CarrierRoom("../Calls".to_owned())), ..in_room() };
    assert!(client.mute(&elsewhere).await.is_err());
    assert!(client.say(&in_room(), " <> ", "en-GB").await.is_err());
    let endless = Script::of(vec![Step::Say(speech(&"long ".repeat(500), "en-GB")); 60]);
    assert!(client.redirect(&in_room(), &endless).await.is_err());
    assert_eq!(requests_to(&carrier).await.len(), 0);
}

#[tokio::test]
async fn the_carrier_is_asked_whether_it_lets_us_in() {
    let list = ResponseTemplate::new(200).set_body_json(json!({"calls": []}));
    for (answer, lets) in [
        (list, true),
        (error(401, 20003, "Authenticate"), false),
        (error(404, 20404, "no account"), false),
    ] {
        let carrier = carrier_that_answers(answer).await;
        let answered = line_to(&carrier.uri()).client.lets_us_in().await;
        assert_eq!(answered.is_ok(), lets, "{answered:?}");
        assert!(lets || matches!(answered, Err(ControlError::Refused { .. })), "{answered:?}");
        assert_eq!(only_request(&carrier).await.method.as_str(), "GET");
    }
}

fn listed(id: u8, to: &str, status: &str, made: &str) -> Value {
    json!({
        "sid": format!("CA{id:032}"), "status": status, "direction": "outbound-api", "to": to, "from": "+441632960100",
        "date_created": format!("Sun, 01 Mar 2026 {made} +0000"),
    })
}

const OURS: &str = "+447700900123";

async fn found_among(calls: Value) -> Result<Found, ControlError> {
    let page = json!({"calls": calls, "next_page_uri": null, "page_size": 20});
    let carrier = carrier_that_answers(ResponseTemplate::new(200).set_body_json(page)).await;

    let found = line_to(&carrier.uri()).client.find(&placement(), NOON).await;

    let asked: Vec<Vec<_>> = requests_to(&carrier)
        .await
        .iter()
        .map(|request| request.url.query_pairs().into_owned().collect())
        .collect();
    let numbers = [("To", "+447700900123"), ("From", "+441632960100")];
    let begun = [&numbers[..], &[("StartTime>", "2026-03-01"), ("PageSize", "20")]].concat();
    let waits = [&numbers[..], &[("Status", "queued"), ("PageSize", "20")]].concat();
    if found.is_ok() {
        assert_eq!(asked, [pairs(&begun), pairs(&waits)]);
    }
    found
}

#[tokio::test]
async fn a_leg_is_found_by_its_numbers_and_its_time_if_exactly_one_fits() {
    let ours = |status| listed(1, OURS, status, "12:00:01");
    let mut inbound = listed(2, OURS, "in-progress", "12:00:01");
    inbound["direction"] = json!("inbound");
    let other = listed(3, "+447700900124", "ringing", "12:00:01");
    let before = listed(4, OURS, "completed", "11:59:40");
    let later = listed(5, OURS, "ringing", "12:05:00");

    let found = found_among(json!([other, inbound, before, later, ours("ringing")])).await;
    assert_eq!(found, Ok(Found::Alive(carrier_leg())));

    for over in ["completed", "busy", "failed", "no-answer", "canceled"] {
        assert_eq!(
            found_among(json!([ours(over)])).await,
            Ok(Found::Over(carrier_leg())),
            "{over}"
        );
    }
    assert_eq!(found_among(json!([other, before])).await, Ok(Found::Nothing));
    assert_eq!(found_among(json!([])).await, Ok(Found::Nothing));
    let twice = json!([ours("ringing"), listed(6, OURS, "completed", "12:00:02")]);
    assert_eq!(found_among(twice).await, Ok(Found::Ambiguous));
    assert!(matches!(found_among(json!("none")).await, Err(ControlError::Unknown { .. })));
    let mut nameless = ours("ringing");
    nameless["sid"] = json!("../x");
    assert!(matches!(found_among(json!([nameless])).await, Err(ControlError::Unknown { .. })));
}

#[tokio::test]
async fn a_list_is_followed_page_by_page_but_never_to_another_place() {
    let carrier = MockServer::start().await;
    let next =
        "https://evil.example/2010-04-01/Accounts/x/Calls.json?PageSize=20&Page=1&PageToken=PACA1";
    let first = json!({"calls": [listed(3, "+447700900124", "ringing", "12:00:01")], "next_page_uri": next});
    let second = json!({"calls": [listed(1, OURS, "ringing", "12:00:01")], "next_page_uri": null});
    Mock::given(method("GET"))
        .and(query_param("PageToken", "PACA1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(second))
        .mount(&carrier)
        .await;
    Mock::given(method("GET"))
        .and(path(format!("{ACCOUNTS}/Calls.json")))
        .respond_with(ResponseTemplate::new(200).set_body_json(first))
        .mount(&carrier)
        .await;

    let found = line_to(&carrier.uri()).client.find(&placement(), NOON).await;

    assert_eq!(found, Ok(Found::Alive(carrier_leg())));
    assert_eq!(requests_to(&carrier).await.len(), 4);
}

#[tokio::test]
async fn a_list_too_long_to_be_looked_through_proves_nothing() {
    let page =
        json!({"calls": [], "next_page_uri": "/2010-04-01/Accounts/x/Calls.json?PageToken=more"});
    let carrier = carrier_that_answers(ResponseTemplate::new(200).set_body_json(page)).await;

    let found = line_to(&carrier.uri()).client.find(&placement(), NOON).await;

    assert_eq!(found, Ok(Found::Ambiguous));
    assert_eq!(requests_to(&carrier).await.len(), 5);
}

#[tokio::test]
async fn neither_key_nor_token_shows_in_debug_output() {
    let line = line_to("http://127.0.0.1:9");

    let shown = format!("{:?}", line.client);

    assert!(!shown.contains(TOKEN) && !shown.contains(AUTH_TOKEN), "{shown}");
}
