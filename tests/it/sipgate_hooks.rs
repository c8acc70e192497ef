//! A door whose line is at sipgate: its pushes come in as sipgate signs them, and each is answered with one action.

use std::time::{Duration, Instant};

use reqwest::Response;
use serde_json::{Value, json};
use vestibule::boot::rooms::Plan;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::harness::database;
use crate::harness::door::PATIENCE;
use crate::harness::server::{Server, Signed};
use crate::sipgate_people::{ACCESS_TOKEN, ACCOUNT, Pairs, SIPGATE, Signer, TOKEN_ID, form};

const PANEL: &str = "+441632960001";
const PANEL_DIGITS: &str = "441632960001";
const LINE: &str = "+441632960100";
const LINE_DIGITS: &str = "441632960100";
const ADA: &str = "447700900101";
const BEN: &str = "447700900102";

struct Building {
    server: Server,
    carrier: MockServer,
    owner: Signed,
    connection: String,
    hooks: String,
}

impl Building {
    async fn open() -> Self {
        let carrier = MockServer::start().await;
        let url = carrier.uri().parse().unwrap();
        let server = Server::open_with(|plan: &mut Plan| {
            plan.sipgate = Some(url);
            plan.sipgate_keys = SIPGATE.trusted();
        })
        .await;
        let owner = server.owner("grace@vestibule.example").await;
        let made = async |path: &str, body: Value| {
            let answer = server.post(&owner.token, path, body).await;
            assert_eq!(answer.status, 201, "{path}: {answer:?}");
            answer
        };
        let house = server.building(&owner, "Maple House").await;
        let door =
            json!({"name": "Front door", "panel_numbers": [PANEL], "panel": {"open_digits": "9"}});
        let door = made(&format!("/v1/buildings/{house}/entrances"), door).await.text("id");
        for (name, residents) in [("1204", &[ADA, BEN][..]), ("1205", &[])] {
            let unit = json!({"name": name, "code": name});
            let unit = made(&format!("/v1/buildings/{house}/units"), unit).await.text("id");
            for number in residents {
                let resident = json!({"name": number, "numbers": [format!("+{number}")]});
                made(&format!("/v1/units/{unit}/residents"), resident).await;
            }
        }
        let connection = made("/v1/connections", connection()).await;
        let line = json!({"connection_id": connection.text("id"), "building_id": house, "number": LINE, "entrance_id": door});
        made("/v1/lines", line).await;
        let hooks = format!("{}/hooks/sipgate/{}", server.api, connection.text("token"));
        Self { connection: connection.text("id"), server, carrier, owner, hooks }
    }

    async fn rings(&self, call: &str) -> Response {
        push(&self.hooks, &rings(call, PANEL_DIGITS, LINE_DIGITS)).await
    }

    /// The calls of the firm, as they are told when what came is told.
    async fn history(&self) -> Vec<Value> {
        let calls = self.server.get(&self.owner.token, "/v1/calls").await;
        calls.body["items"].as_array().unwrap().clone()
    }

    /// The only call, once it is told.
    async fn call(&self) -> Value {
        self.eventually(async || self.history().await.into_iter().next()).await
    }

    /// What happened in the only call so far. That is read where it is written, so it is never behind.
    async fn story(&self) -> String {
        let path = format!("/v1/calls/{}/timeline", self.call().await["id"].as_str().unwrap());
        let timeline = self.server.get(&self.owner.token, &path).await;
        assert_eq!(timeline.status, 200, "{timeline:?}");
        timeline.body.to_string()
    }

    async fn eventually<T>(&self, fact: impl AsyncFn() -> Option<T>) -> T {
        let look = async {
            loop {
                match fact().await {
                    Some(found) => return found,
                    None => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, look).await.unwrap()
    }

    async fn close(self) {
        self.server.close().await;
    }
}

fn connection() -> Value {
    json!({"provider": "sipgate", "label": "sipgate", "credentials": {
        "account_number": ACCOUNT, "token_id": TOKEN_ID, "token": ACCESS_TOKEN, "device_id": "e0",
    }})
}

fn rings<'a>(call: &'a str, from: &'a str, to: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("event", "newCall"),
        ("direction", "in"),
        ("from", from),
        ("to", to),
        ("callId", call),
        ("origCallId", call),
        ("user[]", "Haus 7"),
        ("userId[]", "w0"),
        ("fullUserId[]", "7654321w0"),
    ]
}

async fn push_signed_by(signer: &Signer, url: &str, pairs: &Pairs<'_>) -> Response {
    let body = form(pairs);
    reqwest::Client::new()
        .post(url)
        .header("x-sipgate-signature", signer.sign(body.as_bytes()))
        .header("content-type", "application/x-www-form-urlencoded; charset=UTF-8")
        .body(body)
        .send()
        .await
        .unwrap()
}

async fn push(url: &str, pairs: &Pairs<'_>) -> Response {
    push_signed_by(&SIPGATE, url, pairs).await
}

async fn xml(response: Response) -> String {
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/xml");
    assert!(response.headers().contains_key("content-length"));
    response.text().await.unwrap()
}

fn attribute(xml: &str, element: &str, name: &str) -> String {
    let document = roxmltree::Document::parse(xml).unwrap();
    let found = document.descendants().find(|node| node.has_tag_name(element));
    let found = found.unwrap_or_else(|| panic!("{element}: {xml}"));
    found.attribute(name).unwrap_or_else(|| panic!("{name}: {xml}")).to_owned()
}

fn texts(xml: &str, element: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(xml).unwrap();
    let found = document.descendants().filter(|node| node.has_tag_name(element));
    found.filter_map(|node| node.text()).map(str::to_owned).collect()
}

/// Keys in the code of a unit; returns what follows.
async fn keys(asks: &str, call: &str, dtmf: &str) -> String {
    let data = [("event", "dtmf"), ("callId", call), ("dtmf", dtmf)];
    xml(push(&attribute(asks, "Gather", "onData"), &data).await).await
}

#[actix_web::test]
async fn a_visitor_keys_in_a_code_hears_who_is_called_and_whoever_picks_up_first_talks() {
    let building = Building::open().await;

    let asks = xml(building.rings("C1").await).await;
    let told = attribute(&asks, "Response", "onHangup");
    assert_eq!(attribute(&asks, "Response", "onAnswer"), told);
    assert!(told.starts_with(&building.hooks), "{told}");
    assert!(texts(&asks, "Url")[0].contains("/sounds/prompts/"), "{asks}");
    let calling = keys(&asks, "C1", "1204#").await;
    assert_ne!(texts(&calling, "Url"), texts(&asks, "Url"), "it is said who is called");
    let dials = keys(&calling, "C1", "").await;

    assert_eq!(texts(&dials, "Number"), [ADA, BEN]);
    assert_eq!(attribute(&dials, "Dial", "callerId"), LINE_DIGITS);
    assert_eq!(attribute(&dials, "Response", "onHangup"), told);
    let pushed = async |event: &str, more: &Pairs<'_>| {
        let all = [
            &[("event", event), ("direction", "in"), ("callId", "C1"), ("answeringNumber", BEN)],
            more,
        ];
        xml(push(&told, &all.concat()).await).await
    };
    pushed("answer", &[]).await;
    pushed("hangup", &[("cause", "normalClearing")]).await;

    let talked = async || Some(building.call().await).filter(|call| call["outcome"] == "talked");
    building.eventually(talked).await;
    building.close().await;
}

#[actix_web::test]
async fn a_captured_push_sent_again_gets_the_same_bytes_and_does_nothing() {
    let building = Building::open().await;
    let asks = xml(building.rings("C1").await).await;
    let url = attribute(&asks, "Gather", "onData");
    let wrong = keys(&asks, "C1", "999#").await;
    let before = building.story().await;

    assert_eq!(xml(building.rings("C1").await).await, asks);
    assert_eq!(keys(&asks, "C1", "999#").await, wrong, "no second try is burnt");
    assert_eq!(building.story().await, before);
    assert_ne!(attribute(&wrong, "Gather", "onData"), url, "the same keys twice are two tries");

    let over = [("event", "hangup"), ("callId", "C1"), ("cause", "cancel")];
    let told = attribute(&asks, "Response", "onHangup");
    xml(push(&told, &over).await).await;
    let after = building.story().await;
    xml(push(&told, &over).await).await;
    let late = [("event", "answer"), ("callId", "C1"), ("answeringNumber", ADA)];
    xml(push(&told, &late).await).await;
    assert_eq!(building.story().await, after, "what is over is over");
    building.close().await;
}

#[actix_web::test]
async fn silence_that_comes_at_once_burns_no_try() {
    let building = Building::open().await;
    let mut asks = xml(building.rings("C1").await).await;
    let asked = building.story().await;

    for _ in 0..3 {
        let again = keys(&asks, "C1", "").await;
        assert_ne!(attribute(&again, "Gather", "onData"), attribute(&asks, "Gather", "onData"));
        assert_eq!(building.story().await, asked);
        asks = again;
    }
    keys(&asks, "C1", "").await;

    assert!(building.story().await.len() > asked.len(), "the fourth counts");
    building.close().await;
}

#[actix_web::test]
async fn a_call_that_sipgate_sends_on_stays_the_same_visit() {
    let building = Building::open().await;
    let asks = xml(building.rings("C1").await).await;
    let dials = keys(&keys(&asks, "C1", "1204#").await, "C1", "").await;
    let told = attribute(&dials, "Response", "onHangup");

    let forwarded = [("event", "hangup"), ("callId", "C1"), ("cause", "forwarded")];
    xml(push(&told, &forwarded).await).await;
    let mut mailbox = rings("C2", PANEL_DIGITS, LINE_DIGITS);
    mailbox.retain(|(name, _)| !["origCallId", "user[]"].contains(name));
    mailbox.extend([("origCallId", "C1"), ("user[]", "voicemail")]);
    let instead = xml(push(&building.hooks, &mailbox).await).await;

    assert!(instead.contains("<Gather") || instead.contains("<Hangup/>"), "{instead}");
    building.call().await;
    assert_eq!(building.history().await.len(), 1, "one visit");
    building.close().await;
}

#[actix_web::test]
async fn what_is_not_sipgates_or_not_ours_is_refused_and_what_is_nowhere_is_not_found() {
    let building = Building::open().await;
    let visit = rings("C1", PANEL_DIGITS, LINE_DIGITS);
    let http = reqwest::Client::new();

    assert_eq!(push_signed_by(&Signer::new(), &building.hooks, &visit).await.status(), 403);
    let unsigned = http.post(&building.hooks).body(form(&visit)).send().await.unwrap();
    assert_eq!(unsigned.status(), 403);
    let mut of_another = visit.clone();
    of_another.push(("fullUserId[]", "1234567w0"));
    assert_eq!(push(&building.hooks, &of_another).await.status(), 403);
    for (url, status) in [
        (format!("{}/hooks/sipgate/nobody", building.server.api), 404),
        (format!("{}/no-id/no-id", building.hooks), 404),
        (format!("{0}/{1}/{1}/levitate/1", building.hooks, uuid::Uuid::nil()), 404),
        (building.hooks.replace("/sipgate/", "/twilio/") + "/voice", 404),
        (building.hooks.replace("/sipgate/", "/vonage/") + "/answer", 404),
    ] {
        assert_eq!(push(&url, &visit).await.status(), status, "{url}");
    }
    assert_eq!(push(&building.hooks, &[("event", "newCall")]).await.status(), 400);
    let huge = "x".repeat(70_000);
    assert_eq!(push(&building.hooks, &[("event", &huge)]).await.status(), 413);
    assert!(building.history().await.is_empty());
    building.close().await;
}

#[actix_web::test]
async fn a_stranger_and_whoever_hides_are_rejected_and_a_number_that_is_no_line_is_left_alone() {
    let building = Building::open().await;

    for (from, to) in [
        ("441632960077", LINE_DIGITS),
        ("anonymous", LINE_DIGITS),
        ("", LINE_DIGITS),
        ("1632960001e0", LINE_DIGITS),
    ] {
        let call = format!("C{from}{to}");
        let answer = xml(push(&building.hooks, &rings(&call, from, to)).await).await;
        assert!(answer.contains(r#"<Reject reason="rejected"/>"#), "{from} {to}: {answer}");
    }
    // The account announces all of its calls, those to people's desks as well.
    let desk = rings("C-desk", PANEL_DIGITS, "441632960999");
    let left_alone = xml(push(&building.hooks, &desk).await).await;
    let acts = ["Reject", "Hangup", "Dial", "Gather", "Play"];
    assert!(acts.iter().all(|action| !left_alone.contains(&format!("<{action}"))), "{left_alone}");
    building.close().await;
}

#[actix_web::test]
async fn while_the_database_is_down_the_account_puts_calls_through() {
    let building = Building::open().await;
    // The connection is known from then on.
    xml(building.rings("C1").await).await;

    database::goes_down(&building.server.database).await;
    let began = Instant::now();
    let answer = building.rings("C2").await;
    database::comes_back(&building.server.database).await;

    assert_eq!(answer.status(), 503, "anything but a 200 does");
    assert!(began.elapsed() < Duration::from_secs(3));
    building.close().await;
}

#[actix_web::test]
async fn a_connection_is_checked_and_its_credentials_are_and_never_shown() {
    let building = Building::open().await;
    let (server, token) = (&building.server, &building.owner.token);
    let at = format!("/v1/connections/{}", building.connection);
    let mounted = async |at: &'static str, body: Value| {
        let answer = ResponseTemplate::new(200).set_body_json(body);
        Mock::given(path(at)).respond_with(answer).mount(&building.carrier).await;
    };
    mounted("/v2/authorization/userinfo", json!({ "sub": "w0" })).await;
    let urls = json!({ "incomingUrl": building.hooks, "outgoingUrl": "https://other.example/" });
    mounted("/v2/settings/sipgateio", urls).await;

    let check = server.post(token, &format!("{at}/check"), json!({})).await;
    assert_eq!(check.body["works"], true, "{check:?}");
    let severities: Vec<_> = check.body["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["severity"].as_str().unwrap())
        .collect();
    assert_eq!(severities, ["fine", "fine", "unknown"], "{check:?}");
    let shown = server.get(token, &at).await;
    assert!(!shown.body.to_string().contains(ACCESS_TOKEN), "{shown:?}");
    let next = json!({"secret": "the-next-secret", "overlap_seconds": 600});
    let rotated = server.post(token, &format!("{at}/signature-secrets"), next).await;
    assert_eq!(rotated.status, 422, "{rotated:?}");

    let with = |field: &str, value: Value| {
        let mut body = connection();
        body["credentials"][field] = value;
        body
    };
    for (body, field) in [
        (with("account_number", json!("w0")), "credentials.account_number"),
        (with("token_id", json!("AB12CD")), "credentials.token_id"),
        (with("token", json!("short")), "credentials.token"),
        (with("device_id", json!("0")), "credentials.device_id"),
        (with("auth_tokens", json!([])), "unknown field"),
        (
            json!({"provider": "twilio", "label": "Wrong", "credentials": connection()["credentials"]}),
            "another carrier",
        ),
    ] {
        let refused = server.post(token, "/v1/connections", body).await;
        assert_eq!(refused.status, 422, "{refused:?}");
        assert!(refused.body.to_string().contains(field), "{field}: {refused:?}");
    }
    building.close().await;
}
