//! A door whose line is at Twilio: its webhooks come in as Twilio signs them, and what we ask of its API goes out.

use std::time::Duration;

use reqwest::Response;
use serde_json::{Value, json};
use url::form_urlencoded;
use vestibule::boot::rooms::Plan;
use wiremock::matchers::{method, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::harness::database;
use crate::harness::door::PATIENCE;
use crate::harness::server::{Server, Signed};
use crate::twilio_people::{ACCOUNT, AUTH_TOKEN, CALL, Pairs, ROOM, form, signature};

const PANEL: &str = "+441632960001";
const LINE: &str = "+441632960100";
const ADA: &str = "+447700900101";

struct Building {
    server: Server,
    carrier: MockServer,
    owner: Signed,
    connection: String,
    line: String,
    hooks: String,
}

impl Building {
    async fn open() -> Self {
        let carrier = MockServer::start().await;
        let call = json!({"sid": "CA00000000000000000000000000000002", "status": "queued"});
        Mock::given(method("POST"))
            .and(path_regex("/Calls.json$"))
            .respond_with(ResponseTemplate::new(201).set_body_json(call))
            .mount(&carrier)
            .await;
        let listed = json!({"calls": [], "conferences": [], "next_page_uri": null});
        Mock::given(wiremock::matchers::any())
            .respond_with(ResponseTemplate::new(200).set_body_json(listed))
            .mount(&carrier)
            .await;
        let url = carrier.uri().parse().unwrap();
        let server = Server::open_with(|plan: &mut Plan| plan.twilio = Some(url)).await;
        let owner = server.owner("grace@vestibule.example").await;
        let made = async |path: &str, body: Value| {
            let answer = server.post(&owner.token, path, body).await;
            assert_eq!(answer.status, 201, "{path}: {answer:?}");
            answer
        };
        let house = server.building(&owner, "Maple House").await;
        let door = json!({"name": "Front door", "panel_numbers": [PANEL], "panel": {"open_digits": "*9#"}});
        let door = made(&format!("/v1/buildings/{house}/entrances"), door).await.text("id");
        let unit = json!({"name": "1204", "code": "1204"});
        let unit = made(&format!("/v1/buildings/{house}/units"), unit).await.text("id");
        let ada = json!({"name": "Ada", "numbers": [ADA]});
        made(&format!("/v1/units/{unit}/residents"), ada).await;
        let connection = made("/v1/connections", connection(&[AUTH_TOKEN])).await;
        let line = json!({"connection_id": connection.text("id"), "building_id": house, "number": LINE, "entrance_id": door});
        let line = made("/v1/lines", line).await.text("id");
        let hooks = format!("{}/hooks/twilio/{}", server.api, connection.text("token"));
        Self { connection: connection.text("id"), server, carrier, owner, line, hooks }
    }

    async fn rings(&self, call: &str, to: &str) -> Response {
        let pairs = [
            ("CallSid", call),
            ("AccountSid", ACCOUNT),
            ("From", PANEL),
            ("To", to),
            ("CallStatus", "ringing"),
            ("Direction", "inbound"),
        ];
        tell(&format!("{}/voice", self.hooks), &pairs).await
    }

    /// What the carrier was asked, once it was asked this.
    async fn asked(&self, path_ends: &str) -> Vec<(String, String)> {
        let asked = async {
            loop {
                let requests = self.carrier.received_requests().await.unwrap();
                let found = requests.into_iter().find(|request| {
                    request.method.as_str() == "POST" && request.url.path().ends_with(path_ends)
                });
                match found {
                    Some(request) => {
                        return form_urlencoded::parse(&request.body).into_owned().collect();
                    }
                    None => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, asked).await.expect(path_ends)
    }

    async fn close(self) {
        self.server.close().await;
    }
}

fn connection(tokens: &[&str]) -> Value {
    json!({"provider": "twilio", "label": "Twilio", "credentials": {"account_sid": ACCOUNT, "auth_tokens": tokens}})
}

async fn tell_signed_by(token: &str, url: &str, pairs: &Pairs<'_>) -> Response {
    reqwest::Client::new()
        .post(url)
        .header("x-twilio-signature", signature(token, url, pairs))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form(pairs))
        .send()
        .await
        .unwrap()
}

async fn tell(url: &str, pairs: &Pairs<'_>) -> Response {
    tell_signed_by(AUTH_TOKEN, url, pairs).await
}

fn value<'a>(body: &'a [(String, String)], name: &str) -> &'a str {
    &body.iter().find(|(other, _)| other == name).expect(name).1
}

/// The value of an attribute in what a leg was told to do.
fn attribute(twiml: &str, element: &str, name: &str) -> String {
    let document = roxmltree::Document::parse(twiml).unwrap();
    let element = document.descendants().find(|node| node.has_tag_name(element)).expect(element);
    element.attribute(name).expect(name).to_owned()
}

async fn twiml(response: Response) -> String {
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/xml");
    response.text().await.unwrap()
}

#[actix_web::test]
async fn a_visitor_rings_ada_opens_and_the_panel_hears_the_tones() {
    let building = Building::open().await;

    let waits = twiml(building.rings(CALL, LINE).await).await;

    assert!(waits.contains("1204"), "it is said who is called: {waits}");
    assert_eq!(attribute(&waits, "Conference", "endConferenceOnExit"), "true");
    let visitor = attribute(&waits, "Conference", "participantLabel");
    let room = attribute(&waits, "Conference", "statusCallback");
    let news = async |event: &str, sequence: &str, leg: &str, call: &str| {
        let pairs = [
            ("ConferenceSid", ROOM),
            ("AccountSid", ACCOUNT),
            ("SequenceNumber", sequence),
            ("StatusCallbackEvent", event),
            ("ParticipantLabel", leg),
            ("CallSid", call),
        ];
        assert_eq!(tell(&room, &pairs).await.status(), 204);
    };
    news("participant-join", "1", &visitor, CALL).await;

    let dial = building.asked("/Calls.json").await;
    assert_eq!((value(&dial, "To"), value(&dial, "From")), (ADA, LINE));
    let ada = "CA00000000000000000000000000000002";
    let leg = |status| [("CallSid", ada), ("AccountSid", ACCOUNT), ("CallStatus", status)];
    let ringing = [&leg("ringing")[..], &[("SequenceNumber", "1")]].concat();
    assert_eq!(tell(value(&dial, "StatusCallback"), &ringing).await.status(), 204);
    let asks = twiml(tell(value(&dial, "Url"), &leg("in-progress")).await).await;
    let keys = attribute(&asks, "Gather", "action");
    let opens = [&leg("in-progress")[..], &[("Digits", "9")]].concat();
    let joins = twiml(tell(&keys, &opens).await).await;
    assert_eq!(attribute(&joins, "Dial", "hangupOnStar"), "true");
    assert_eq!(attribute(&joins, "Conference", "statusCallback"), room);

    let announced = building.asked(&format!("/Conferences/{ROOM}/Participants/{CALL}.json")).await;
    let tones = value(&announced, "AnnounceUrl");
    assert!(tones.ends_with("/sounds/tones/star9hash.wav"), "{tones}");
    let sound = reqwest::get(tones).await.unwrap();
    assert_eq!(
        (sound.status().as_u16(), &sound.headers()["content-type"]),
        (200, &"audio/wav".parse().unwrap())
    );
    assert_eq!(&sound.bytes().await.unwrap()[..4], b"RIFF");

    // In the talk no key is heard: star leads to a question, and a key back into the talk.
    let resident = attribute(&joins, "Conference", "participantLabel");
    news("participant-join", "2", &resident, ada).await;
    news("conference-start", "3", "", ada).await;
    news("participant-leave", "4", &resident, ada).await;
    let out = [&leg("in-progress")[..], &[("DialCallStatus", "answered")]].concat();
    let asked = twiml(tell(&attribute(&joins, "Dial", "action"), &out).await).await;
    let nothing =
        twiml(tell(&attribute(&asked, "Gather", "action"), &leg("in-progress")).await).await;
    assert_eq!(attribute(&nothing, "Conference", "participantLabel"), resident);
    building.close().await;
}

/// A signature of Twilio's has no time in it: whoever captured a request can send it for ever.
#[actix_web::test]
async fn captured_webhooks_of_twilios_get_the_same_bytes_and_open_nothing_again() {
    let building = Building::open().await;
    let waits = twiml(building.rings(CALL, LINE).await).await;
    let dial = building.asked("/Calls.json").await;
    let ada = "CA00000000000000000000000000000002";
    let answered = vec![("CallSid", ada), ("AccountSid", ACCOUNT), ("CallStatus", "in-progress")];
    let url = value(&dial, "Url");
    let asks = twiml(tell(url, &answered).await).await;
    let keys = attribute(&asks, "Gather", "action");
    let opens = [&answered[..], &[("Digits", "9")]].concat();
    let joins = twiml(tell(&keys, &opens).await).await;

    for _ in 0..5 {
        assert_eq!(twiml(building.rings(CALL, LINE).await).await, waits);
        assert_eq!(twiml(tell(url, &answered).await).await, asks);
        assert_eq!(twiml(tell(&keys, &opens).await).await, joins);
        let shuffled: Vec<_> = opens.iter().rev().copied().collect();
        assert_eq!(twiml(tell(&keys, &shuffled).await).await, joins, "in another order");
    }

    let token = &building.owner.token;
    let calls = building.server.get(token, "/v1/calls").await.body;
    assert_eq!(calls["items"].as_array().unwrap().len(), 1, "{calls}");
    let path = format!("/v1/calls/{}/explain", calls["items"][0]["id"].as_str().unwrap());
    let story = building.server.get(token, &path).await.body;
    let happened = |event: &str| {
        story.as_array().unwrap().iter().filter(|step| step["event"] == event).count()
    };
    for event in ["CallRang", "DialRequested", "CallAccepted", "DoorOpenRequested"] {
        assert_eq!(happened(event), 1, "{event}: {story}");
    }
    building.close().await;
}

#[actix_web::test]
async fn what_twilio_has_not_signed_is_refused_and_what_is_nowhere_is_not_found() {
    let building = Building::open().await;
    let url = format!("{}/voice", building.hooks);
    let pairs = [("CallSid", CALL), ("AccountSid", ACCOUNT), ("From", PANEL), ("To", LINE)];
    let http = reqwest::Client::new();

    assert_eq!(tell_signed_by("another-token", &url, &pairs).await.status(), 403);
    let unsigned = http.post(&url).body(form(&pairs)).send().await.unwrap();
    assert_eq!(unsigned.status(), 403);
    // Who says where they are is not believed.
    let elsewhere = signature(AUTH_TOKEN, "https://evil.example/voice", &pairs);
    let spoofed = http
        .post(&url)
        .header("x-twilio-signature", elsewhere)
        .header("x-forwarded-host", "evil.example");
    assert_eq!(spoofed.body(form(&pairs)).send().await.unwrap().status(), 403);
    for (path, status) in [
        (url.replace("/voice", "/levitate"), 404),
        (format!("{}/status/no-id/no-id", building.hooks), 404),
        (format!("{}/hooks/twilio/nobody/voice", building.server.api), 404),
        (building.hooks.replace("/twilio/", "/vonage/") + "/answer", 404),
    ] {
        assert_eq!(tell(&path, &pairs).await.status(), status, "{path}");
    }
    let huge = "x".repeat(70_000);
    assert_eq!(tell(&url, &[("CallSid", CALL), ("Huge", &huge)]).await.status(), 413);
    assert_eq!(tell(&url, &[("AccountSid", ACCOUNT)]).await.status(), 400, "it names no call");
    let calls = building.server.get(&building.owner.token, "/v1/calls").await;
    assert_eq!(calls.body["items"], json!([]));
    building.close().await;
}

#[actix_web::test]
async fn a_call_to_a_number_that_is_no_line_is_refused_before_it_is_answered_each_time_with_the_same_bytes()
 {
    let building = Building::open().await;

    let first = twiml(building.rings(CALL, "+441632960999").await).await;
    let again = twiml(building.rings(CALL, "+441632960999").await).await;

    assert!(first.ends_with(r#"<Response><Reject reason="rejected"/></Response>"#), "{first}");
    assert_eq!(first, again);
    building.close().await;
}

#[actix_web::test]
async fn while_the_database_is_down_the_fallback_speaks_and_all_else_comes_again() {
    let building = Building::open().await;
    // It is known from then on.
    twiml(building.rings(CALL, LINE).await).await;

    database::goes_down(&building.server.database).await;
    let voice = building.rings("CA00000000000000000000000000000003", LINE).await;
    let pairs = [
        ("CallSid", "CA00000000000000000000000000000003"),
        ("AccountSid", ACCOUNT),
        ("ErrorCode", "11200"),
    ];
    let fallback = twiml(tell(&format!("{}/fallback", building.hooks), &pairs).await).await;
    database::comes_back(&building.server.database).await;

    assert_eq!(voice.status(), 503);
    assert!(fallback.contains("<Say") && fallback.ends_with("<Hangup/></Response>"), "{fallback}");
    building.close().await;
}

#[actix_web::test]
async fn a_connections_token_is_rotated_and_its_credentials_are_checked_and_never_shown() {
    let building = Building::open().await;
    let (server, token) = (&building.server, &building.owner.token);
    let at = format!("/v1/connections/{}", building.connection);

    let works = server.post(token, &format!("{at}/check"), json!({})).await;
    assert_eq!(works.body["works"], true, "{works:?}");
    let line = server.get(token, &format!("/v1/lines/{}/check", building.line)).await;
    assert!(line.body.to_string().contains("press star"), "{line:?}");

    let next = json!({"secret": "the-next-auth-token", "overlap_seconds": 600});
    let rotated = server.post(token, &format!("{at}/signature-secrets"), next).await;
    assert_eq!(rotated.status, 204, "{rotated:?}");
    let shown = server.get(token, &at).await;
    assert!(!shown.body.to_string().contains("token-0001"), "{shown:?}");

    for (credentials, field) in [
        (json!({"account_sid": "AC1", "auth_tokens": ["long-enough"]}), "credentials.account_sid"),
        (json!({"account_sid": ACCOUNT, "auth_tokens": []}), "credentials.auth_tokens"),
        (json!({"account_sid": ACCOUNT, "auth_tokens": ["short"]}), "credentials.auth_tokens"),
        (
            json!({"account_sid": ACCOUNT, "auth_tokens": ["long-enough"], "api_key_sid": "SK1"}),
            "credentials.api_key_sid",
        ),
        (
            json!({"account_sid": ACCOUNT, "auth_tokens": ["long-enough"], "calls_per_second": 0}),
            "credentials.calls_per_second",
        ),
        (
            json!({"account_sid": ACCOUNT, "auth_tokens": ["long-enough"], "api_key": "abcd"}),
            "unknown field",
        ),
        (
            json!({"application_id": "a", "api_key": "b", "private_key": "c", "signature_secrets": ["long-enough"]}),
            "another carrier",
        ),
    ] {
        let body = json!({"provider": "twilio", "label": "Wrong", "credentials": credentials});
        let refused = server.post(token, "/v1/connections", body).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        assert!(refused.body.to_string().contains(field), "{field}: {refused:?}");
    }
    building.close().await;
}
