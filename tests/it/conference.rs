//! The room that a call's phones share: what a manager sees of it, does in it, and reads of it afterwards.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::application::calls::receive::{About, Incoming, News};
use vestibule::application::ports::{Answer, RawWebhook};
use vestibule::domain::call::script::Script;
use vestibule::domain::call::signal::{CarrierRoom, LeaveReason, RoomEnd, RoomNews, RoomReport};
use vestibule::domain::ids::{CallId, ConnectionId, LegId, TenantId};
use vestibule::simulator::{LegView, Running};

use crate::harness::database;
use crate::harness::door::{Door, PATIENCE, Transport};
use crate::harness::running::{ADA, RunningCall};

fn phone(simulator: &Running, number: &str) -> LegView {
    let is_theirs =
        |leg: &LegView| leg.to.ends_with(&number[1..]) || leg.from.ends_with(&number[1..]);
    simulator.legs().into_iter().find(is_theirs).unwrap()
}

const VISITOR: &str = "+441632960001";

impl RunningCall {
    async fn ada_once(&self, what: &str, fact: impl Fn(&Value) -> bool) -> Value {
        self.door
            .eventually(what, async || {
                let people = self.participants().await;
                people.into_iter().find(|one| one["name"] == "Ada" && fact(one))
            })
            .await
    }

    async fn timeline(&self) -> Vec<String> {
        let told = self.manager.get(&format!("/v1/calls/{}/timeline", self.id)).await;
        let sentences = told.as_array().unwrap().iter();
        sentences.map(|entry| entry["sentence"].as_str().unwrap().to_owned()).collect()
    }

    /// The room's part of the timeline.
    async fn room_log(&self) -> Vec<String> {
        let about = ["room", "hear each other", "hold", "muted", "speak again", "announcement"];
        let mut told = self.timeline().await;
        told.retain(|sentence| {
            !sentence.contains("stepped in") && about.iter().any(|word| sentence.contains(word))
        });
        told
    }

    /// What a carrier tells of the room, as its adapter hands it over.
    async fn carrier_tells(&self, sequence: u32, report: RoomReport) {
        let mut admin = database::connect(&self.door.database).await;
        let (tenant, connection): (uuid::Uuid, uuid::Uuid) =
            sqlx::query_as("select tenant_id, connection_id from vestibule.line limit 1")
                .fetch_one(&mut admin)
                .await
                .unwrap();
        let nothing = || Answer { status: 204, content_type: None, body: "".into() };
        let news = RoomNews { room: CarrierRoom("CF01".into()), sequence: Some(sequence), report };
        let raw = RawWebhook {
            request_line: "POST /hooks/test".into(),
            headers: String::new(),
            body: "".into(),
        };
        let incoming = Incoming {
            tenant: TenantId::from_uuid(tenant),
            connection: ConnectionId::from_uuid(connection),
            provider: "vonage",
            key: rand::random(),
            raw,
            about: About::Call(CallId::from_uuid(self.id.parse().unwrap())),
            news: News::Room { news, occurred_at: None },
            to_no_line: Script::of([]),
            render: Box::new(move |_, _, _, _| nothing()),
        };
        self.door.rooms.as_ref().unwrap().calls.receive(incoming).await.unwrap();
    }

    async fn leg_id(&self, name: Option<&str>) -> LegId {
        LegId::from_uuid(self.leg(name).await.parse().unwrap())
    }
}

#[actix_web::test]
async fn a_leg_is_put_on_hold_and_taken_off_and_who_was_muted_before_stays_so() {
    let call = RunningCall::talks().await;
    let ada = call.leg(Some("Ada")).await;
    let before = call.ada_once("Ada is in the room", |one| one["in_room"] == true).await;
    assert!(before["joined_at"].is_string() && before["left_at"].is_null(), "{before}");
    assert_eq!(before["on_hold"], false);

    assert_eq!(call.does(&format!("legs/{ada}/mute"), json!({})).await.0, 202);
    call.ada_once("she is muted", |one| one["muted"] == true).await;
    let (status, held) = call.does(&format!("legs/{ada}/hold"), json!({})).await;
    assert_eq!(status, 202, "{held}");
    assert_eq!(held["decided"][1]["event"], "HoldRequested");
    let deaf = |carrier: &Running| phone(carrier, ADA).earmuffed;
    assert!(call.door.simulator.until(PATIENCE, deaf).await, "she still hears");
    let on_hold = call.ada_once("she is on hold", |one| one["on_hold"] == true).await;
    assert_eq!(on_hold["hold_requested"], Value::Null);
    let (again, nothing) = call.does(&format!("legs/{ada}/hold"), json!({})).await;
    assert_eq!((again, &nothing["decided"]), (202, &json!([])));

    assert_eq!(call.does(&format!("legs/{ada}/resume"), json!({})).await.0, 202);
    call.ada_once("she is back", |one| one["on_hold"] == false).await;
    let after = phone(&call.door.simulator, ADA);
    assert!(!after.earmuffed && after.muted, "the hold took her mute away");
    let log = call.room_log().await;
    for sentence in [
        "Ada came into the room.",
        "Ada was muted.",
        "Ada was put on hold.",
        "Ada is no longer on hold.",
    ] {
        assert_eq!(log.iter().filter(|told| *told == sentence).count(), 1, "{sentence}: {log:?}");
    }
    call.close().await;
}

#[actix_web::test]
async fn one_leg_is_told_a_sentence_that_the_other_does_not_hear() {
    let call = RunningCall::talks().await;
    let ada = call.leg(Some("Ada")).await;
    let text = "The caretaker is on the way.";

    let (status, body) = call.does(&format!("legs/{ada}/announce"), json!({ "text": text })).await;

    assert_eq!(status, 202, "{body}");
    let hears = |carrier: &Running| format!("{:?}", phone(carrier, ADA).heard).contains(text);
    assert!(call.door.simulator.until(PATIENCE, hears).await);
    assert!(!format!("{:?}", phone(&call.door.simulator, VISITOR).heard).contains(text));
    assert!(call.timeline().await.contains(&format!("Ada is told: {text}")));
    let empty = call.does(&format!("legs/{ada}/announce"), json!({ "text": " " })).await;
    assert_eq!(empty.0, 422);
    let ben = call.leg(Some("Ben")).await;
    let (status, refused) = call.does(&format!("legs/{ben}/hold"), json!({})).await;
    assert_eq!(status, 409, "{refused}");
    call.close().await;
}

#[actix_web::test]
async fn news_of_the_room_in_any_order_read_in_the_order_in_which_they_happened() {
    let call = RunningCall::talks().await;
    let (visitor, ada) = (call.leg_id(None).await, call.leg_id(Some("Ada")).await);

    for (sequence, report) in [
        (2, RoomReport::Joined(ada)),
        (1, RoomReport::Joined(visitor)),
        (5, RoomReport::SpeechStarted(ada)),
        (3, RoomReport::Started),
        (7, RoomReport::Unmuted(visitor)),
        (6, RoomReport::Muted(visitor)),
        (4, RoomReport::Held(ada)),
        (4, RoomReport::Held(ada)),
    ] {
        call.carrier_tells(sequence, report).await;
    }

    let one = call.ada_once("Ada is on hold", |one| one["on_hold"] == true).await;
    assert_eq!((&one["speaking"], &one["in_room"]), (&json!(true), &json!(true)));
    let people = call.participants().await;
    let caller = people.iter().find(|one| one["role"] == "visitor").unwrap();
    assert_eq!((&caller["name"], &caller["muted"]), (&json!("Visitor"), &json!(false)));
    let live = live_participants(&call).await;
    for (leg, live) in [(ada, &live), (visitor, &live)] {
        let leg = json!(leg.as_uuid());
        let told = people.iter().find(|one| one["leg_id"] == leg).unwrap();
        let shown = live.iter().find(|one| one["leg_id"] == leg).unwrap();
        for field in ["name", "in_room", "joined_at", "muted", "on_hold", "speaking", "left_at"] {
            assert_eq!(told[field], shown[field], "{field}");
        }
    }

    let left = RoomReport::Left { leg: visitor, why: Some(LeaveReason::HungUp) };
    call.carrier_tells(9, RoomReport::Ended { why: Some(RoomEnd::HostLeft) }).await;
    call.carrier_tells(8, left).await;

    let log = call.room_log().await;
    let since_named = log.iter().rposition(|told| told == "The visitor came into the room.");
    assert_eq!(
        log[since_named.unwrap()..],
        [
            "The visitor came into the room.",
            "Ada came into the room.",
            "They can hear each other.",
            "Ada was put on hold.",
            "The visitor was muted.",
            "The visitor may speak again.",
            "The visitor left the room: hung up.",
            "The room was closed: the visitor left.",
        ]
    );
    let room = call.manager.get(&format!("/v1/calls/{}", call.id)).await["room"].clone();
    assert!(room["started_at"].is_string() && room["ended_at"].is_string(), "{room}");
    assert_eq!(room["ended_because"], "host_left");
    let one = call.ada_once("Ada is outside", |one| one["in_room"] == false).await;
    assert_eq!(one["left_because"], "room_ended");
    let people = call.participants().await;
    let caller = people.iter().find(|one| one["role"] == "visitor").unwrap();
    assert_eq!(caller["left_because"], "hung_up");
    let projections = call.door.rooms.as_ref().unwrap().projections.clone();
    for table in projections.check("live").await.unwrap() {
        assert!(table.is_equal(), "{table:?}");
    }
    call.close().await;
}

/// Who is in the call as the live view shows it, once it has heard of the hold.
async fn live_participants(call: &RunningCall) -> Vec<Value> {
    call.door
        .eventually("the live view shows the hold", async || {
            let request = call.manager.request(Method::GET, "/v1/live");
            let mut answer = request.send().await.unwrap();
            let mut text = String::new();
            while !text.contains("\n\n") {
                let more = tokio::time::timeout(PATIENCE, answer.chunk()).await;
                text.push_str(&String::from_utf8_lossy(&more.unwrap().unwrap()?));
            }
            let data = text.lines().find_map(|line| line.strip_prefix("data: "))?;
            let calls: Value = serde_json::from_str(data).unwrap();
            let people = calls[0]["participants"].as_array()?.clone();
            people.iter().any(|one| one["on_hold"] == true).then_some(people)
        })
        .await
}

#[actix_web::test]
async fn a_building_plays_the_music_that_its_manager_chose() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let building = manager.get("/v1/buildings").await["items"][0].clone();
    let path = format!("/v1/buildings/{}", building["id"].as_str().unwrap());
    assert_eq!(building["wait_music"], json!({ "kind": "ours" }));
    let change = async |music: Value| {
        let body = json!({ "wait_music": music });
        let answer = manager.request(Method::PATCH, &path).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };

    for wrong in [
        json!({ "kind": "url" }),
        json!({ "kind": "url", "url": "http://sounds.example.com/lobby.mp3" }),
        json!({ "kind": "url", "url": "https://localhost/lobby.mp3" }),
        json!({ "kind": "url", "url": "https://10.0.0.1/lobby.mp3" }),
        json!({ "kind": "url", "url": "https://sounds.internal/lobby.mp3" }),
        json!({ "kind": "url", "url": format!("https://sounds.example.com/{}", "x".repeat(2_000)) }),
        json!({ "kind": "radio" }),
    ] {
        let (status, problem) = change(wrong.clone()).await;
        assert_eq!(status, 422, "{wrong}: {problem}");
    }
    let url = "https://sounds.example.com/lobby.mp3";
    let (status, changed) = change(json!({ "kind": "url", "url": url })).await;
    assert_eq!((status, &changed["wait_music"]["url"]), (200, &json!(url)), "{changed}");

    let call = RunningCall::rings_at(door).await;

    let plays = |carrier: &Running| format!("{:?}", phone(carrier, VISITOR).heard).contains(url);
    assert!(call.door.simulator.until(PATIENCE, plays).await);
    let body = json!({ "wait_music": { "kind": "silence" } });
    let answer = call.manager.request(Method::PATCH, &path).json(&body).send().await.unwrap();
    let silent: Value = answer.json().await.unwrap();
    assert_eq!(silent["wait_music"], json!({ "kind": "silence" }));
    let noted = call.manager.get("/v1/audit?limit=50").await.to_string();
    assert!(noted.contains("wait_music") && noted.contains("silence"), "{noted}");
    call.close().await;
}
