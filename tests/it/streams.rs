//! Audio streams: backends and who names them, a line that leads to them, and what is told of a running stream.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule::application::ports::CarrierClient;
use vestibule::application::ports::stream_book::{BackendBeat, StreamBeat, StreamBook};
use vestibule::application::ports::streams::{
    BackendCounts, Encoding, EndReason, OnLost, StreamPlan, StreamReport, StreamStart, Streams,
    Track,
};
use vestibule::domain::call::stream::BackendState;
use vestibule::domain::ids::{ConnectionId, StreamId};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::harness::door::{Door, Manager, Transport};
use crate::harness::follower::Follower;
use crate::vonage_people::{HandClock, PUBLIC_URL, TOKEN, call, credentials, leg};
use crate::vonage_rest::{on, vonage_at};

const STREAM_LINE: &str = "+441632960155";
const STRANGER: &str = "447700900177";

async fn sent(manager: &Manager, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let response = manager.request(method, path).json(body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

async fn backend(manager: &Manager, label: &str, duplex: &str, need: &str) -> Uuid {
    let body = json!({ "label": label, "url": format!("wss://{label}.example.com/calls?key=of-its-own"), "duplex": duplex, "need": need,
        "authorization": "Bearer of-its-own" });
    let (status, made) = manager.post("/v1/stream-backends", &body).await;
    assert_eq!(status, 201, "{made}");
    made["id"].as_str().unwrap().parse().unwrap()
}

async fn first(manager: &Manager, path: &str) -> Value {
    manager.get(path).await["items"][0].clone()
}

fn id_of(thing: &Value) -> Uuid {
    thing["id"].as_str().unwrap().parse().unwrap()
}

#[actix_web::test]
async fn backends_are_named_by_buildings_and_lines_and_show_no_secret() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let (building, line) =
        (first(&manager, "/v1/buildings").await, first(&manager, "/v1/lines").await);
    let of_building = format!("/v1/buildings/{}/streams", id_of(&building));
    let of_line = format!("/v1/lines/{}/streams", id_of(&line));

    let ears = backend(&manager, "ears", "one_way", "best_effort").await;
    let agent = backend(&manager, "agent", "both_ways", "required").await;
    let other = backend(&manager, "other", "both_ways", "required").await;
    let listed = manager.get("/v1/stream-backends").await;
    let taken = manager
        .post("/v1/stream-backends", &json!({ "label": "ears", "url": "wss://ears.example.com" }))
        .await;
    let web = manager
        .post("/v1/stream-backends", &json!({ "label": "web", "url": "https://ears.example.com" }))
        .await;
    let two_speak =
        sent(&manager, Method::PUT, &of_building, &json!({ "backends": [agent, other] })).await;
    let twice =
        sent(&manager, Method::PUT, &of_building, &json!({ "backends": [ears, ears] })).await;
    let nobodys =
        sent(&manager, Method::PUT, &of_building, &json!({ "backends": [Uuid::from_u128(9)] }))
            .await;
    let set = json!({ "backends": [agent, ears], "on_last_required_lost": "carry_on" });
    let (named, _) = sent(&manager, Method::PUT, &of_building, &set).await;

    assert!(!listed.to_string().contains("Bearer"), "{listed}");
    assert_eq!(listed["items"][0]["has_authorization"], true);
    assert_eq!((taken.0, web.0), (409, 422), "{taken:?} {web:?}");
    assert_eq!((two_speak.0, twice.0, nobodys.0, named), (422, 422, 404, 200));

    let inherited = manager.get(&of_line).await;
    let (own, _) = sent(&manager, Method::PUT, &of_line, &json!({ "backends": [ears] })).await;
    let as_own = manager.get(&of_line).await;
    let speaks = json!({ "duplex": "both_ways" });
    let (beside, _) =
        sent(&manager, Method::PATCH, &format!("/v1/stream-backends/{ears}"), &speaks).await;
    let (in_use, problem) =
        sent(&manager, Method::DELETE, &format!("/v1/stream-backends/{agent}"), &json!({})).await;
    let (gone, _) = sent(&manager, Method::DELETE, &of_line, &json!({})).await;
    let again = manager.get(&of_line).await;
    let (removed, _) =
        sent(&manager, Method::DELETE, &format!("/v1/stream-backends/{other}"), &json!({})).await;

    assert_eq!(
        inherited,
        json!({ "backends": [agent, ears], "on_last_required_lost": "carry_on", "inherited": true })
    );
    assert_eq!(
        (own, &as_own["backends"], &as_own["inherited"]),
        (200, &json!([ears]), &json!(false))
    );
    assert_eq!((beside, in_use, gone, removed), (422, 409, 204, 204), "{problem}");
    assert_eq!(again, inherited);
    let audit = manager.get("/v1/audit?resource=stream_backend").await;
    assert!(!audit.to_string().contains("of-its-own"), "{audit}");
    door.close().await;
}

/// The demo's building with a second line that leads to two backends, and a pass.
struct StreamLine {
    door: Door,
    manager: Manager,
    connection: ConnectionId,
    backends: [Uuid; 2],
    pin: String,
}

impl StreamLine {
    async fn open(on_last_required_lost: &str) -> Self {
        let door = Door::open(Transport::Database).await;
        let manager = door.manager().await;
        let line = first(&manager, "/v1/lines").await;
        let building = line["building_id"].clone();
        let agent = backend(&manager, "agent", "both_ways", "required").await;
        let ears = backend(&manager, "ears", "one_way", "best_effort").await;
        let path = format!("/v1/buildings/{}", building.as_str().unwrap());
        let (status, told) =
            sent(&manager, Method::PATCH, &path, &json!({ "strangers": "ring" })).await;
        assert_eq!(status, 200, "{told}");
        let body = json!({ "connection_id": line["connection_id"], "building_id": building, "number": STREAM_LINE, "leads_to_stream": true });
        let (status, made) = manager.post("/v1/lines", &body).await;
        assert_eq!(status, 201, "{made}");
        let set =
            json!({ "backends": [agent, ears], "on_last_required_lost": on_last_required_lost });
        let of_line = format!("/v1/lines/{}/streams", id_of(&made));
        assert_eq!(sent(&manager, Method::PUT, &of_line, &set).await.0, 200);
        let (status, pass) =
            manager.post(&format!("{path}/passes"), &json!({ "label": "Agent" })).await;
        assert_eq!(status, 201, "{pass}");
        let pin = pass["pin"].as_str().unwrap().to_owned();
        let connection = line["connection_id"].as_str().unwrap().parse().unwrap();
        Self { door, manager, connection, backends: [agent, ears], pin }
    }

    /// A webhook as the carrier signs it.
    async fn hears(&self, url: &str, body: &Value) -> Value {
        let body = body.to_string();
        let token = self.door.signed(body.as_bytes(), self.door.now());
        let request = reqwest::Client::new().post(url).bearer_auth(token);
        let answer =
            request.header("Content-Type", "application/json").body(body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default()
    }

    /// A stranger rings; what they hear.
    async fn stranger_rings(&self) -> Value {
        let rings = json!({ "to": STREAM_LINE.trim_start_matches('+'), "from": STRANGER, "uuid": "aaaabbbbccccddddeeeeffff00001111",
            "conversation_uuid": "CON-aaaabbbb-cccc-dddd-eeee-ffff00001111" });
        self.hears(&self.door.hook("answer"), &rings).await
    }

    async fn presses(&self, ncco: &Value, keys: &str) -> Value {
        let url = ncco[1]["eventUrl"][0].as_str().unwrap();
        let pressed =
            json!({ "dtmf": { "digits": keys }, "uuid": "aaaabbbbccccddddeeeeffff00001111" });
        self.hears(url, &pressed).await
    }

    /// The call up to the stream: the connect action.
    async fn connected(&self) -> Value {
        let asked = self.stranger_rings().await;
        let connected = self.presses(&asked, &self.pin).await;
        let is_connect = |action: &&Value| action["action"] == "connect";
        connected.as_array().unwrap().iter().find(is_connect).cloned().unwrap()
    }

    async fn plan(&self, parameters: &Value) -> Option<StreamPlan> {
        let streams = &self.door.rooms.as_ref().unwrap().streams;
        streams.plan("vonage", self.connection, &start(parameters)).await.unwrap()
    }

    async fn report(&self, plan: &StreamPlan, report: StreamReport) {
        let streams = &self.door.rooms.as_ref().unwrap().streams;
        streams.report(plan, &report).await.unwrap();
    }

    async fn visitor_is_gone(&self, connect: &Value) {
        let of_stream = connect["eventUrl"][0].as_str().unwrap().split('?').next().unwrap();
        let (call, _) = of_stream.rsplit_once('/').unwrap();
        let leg = connect["endpoint"][0]["headers"]["leg"].as_str().unwrap();
        let over = json!({ "status": "completed", "uuid": "aaaabbbbccccddddeeeeffff00001111", "duration": "9", "price": "0.001" });
        self.hears(&format!("{call}/{leg}"), &over).await;
    }
}

fn start(parameters: &Value) -> StreamStart {
    let parameters: BTreeMap<String, String> = serde_json::from_value(parameters.clone()).unwrap();
    let encoding = Encoding::Pcm16 { rate: 8_000 };
    StreamStart { stream: None, call: None, encoding, tracks: vec![Track::Inbound], parameters }
}

fn counts(backend: Uuid) -> BackendCounts {
    BackendCounts { backend: backend.into(), sent: 440, missed: 10, connections: 1, spoken: 3 }
}

#[actix_web::test]
async fn a_stranger_gives_a_pin_and_then_talks_to_the_backends_which_the_api_follows() {
    let line = StreamLine::open("end_call").await;

    let asked = line.stranger_rings().await;
    let wrong = line.presses(&asked, "000000").await;
    let nothing_yet = line.manager.get("/v1/streams").await;
    let connected = line.presses(&wrong, &line.pin).await;

    assert_eq!(asked[1]["action"], "input", "{asked}");
    assert_eq!(wrong[1]["action"], "input", "{wrong}");
    assert_eq!(nothing_yet["items"], json!([]));
    let connect = &connected[1];
    assert_eq!(connect["action"], "connect", "{connected}");
    let endpoint = &connect["endpoint"][0];
    assert_eq!(endpoint["type"], "websocket");
    assert!(endpoint["uri"].as_str().unwrap().contains("/media/vonage/"), "{endpoint}");
    assert!(endpoint["headers"].to_string().len() <= 512);
    assert_eq!(connected[2]["text"], "Goodbye.");

    let headers = &endpoint["headers"];
    let plan = line.plan(headers).await.expect("a stream that was asked for");
    let [agent, ears] = line.backends;
    assert_eq!(plan.backends.iter().map(|one| one.id.as_uuid()).collect::<Vec<_>>(), [agent, ears]);
    assert!(plan.backends[0].authorization.is_some());
    for (name, value) in
        [("call", Uuid::from_u128(1)), ("leg", Uuid::from_u128(2)), ("stream", Uuid::from_u128(3))]
    {
        let mut guessed = headers.clone();
        guessed[name] = json!(value);
        assert!(line.plan(&guessed).await.is_none(), "{name}");
    }
    let stream = format!("/v1/streams/{}", plan.stream);
    let before = line.manager.try_get(&format!("{stream}/probe")).await;
    line.report(&plan, StreamReport::Started).await;
    line.report(&plan, StreamReport::Connected { backend: agent.into() }).await;
    let beat =
        |backend: Uuid, state| BackendBeat { backend: backend.into(), state, sent: 40, dropped: 2 };
    let beats = [StreamBeat {
        tenant: plan.tenant,
        stream: plan.stream,
        frames: 42,
        backends: vec![beat(agent, BackendState::Connected), beat(ears, BackendState::Lost)],
    }];
    line.door.rooms.as_ref().unwrap().store.beat(&beats).await.unwrap();

    assert!([404, 409].contains(&before.0), "{before:?}");
    let alive = line.door.eventually("the stream is alive", async || {
        let (status, told) = line.manager.try_get(&format!("{stream}/probe")).await;
        (status == 200).then_some(told)
    });
    let alive = alive.await;
    assert_eq!(
        (&alive["alive"], &alive["backends_connected"]),
        (&json!(true), &json!(1)),
        "{alive}"
    );
    let running = line.door.eventually("the stream is listed with its counts", async || {
        let running = line.manager.get("/v1/streams?state=running").await;
        (running["items"][0]["frames"] == 42).then_some(running)
    });
    let running = running.await;
    assert_eq!(running["items"][0]["backends"][1]["dropped"], 2);
    let mut live = Follower::follows(&line.manager, &line.door.api, None).await;
    live.begins().await.unwrap();
    let card = live.cards.into_values().next().unwrap();
    let shown = &card["streams"][0];
    assert_eq!(
        (&card["stage"], &shown["state"]),
        (&json!("streaming"), &json!("running")),
        "{card:#}"
    );
    assert_eq!(
        shown["backends"],
        json!([
            { "id": agent, "label": "agent", "state": "connected", "dropped": 2 },
            { "id": ears, "label": "ears", "state": "lost", "dropped": 2 },
        ])
    );

    let backends = vec![counts(agent), counts(ears)];
    let ended = StreamReport::Ended {
        reason: EndReason::EveryBackendGone,
        lasted: Duration::from_secs(9),
        frames: 450,
        backends,
    };
    line.report(&plan, ended).await;
    line.visitor_is_gone(connect).await;

    let call = line.door.history().await;
    assert_eq!(
        (&call["outcome"], &call["cause"]),
        (&json!("streamed"), &json!("stream_ended")),
        "{call}"
    );
    let over = line.manager.get(&stream).await;
    assert_eq!(
        (&over["state"], &over["frames"], &over["backends"][0]["dropped"]),
        (&json!("ended"), &json!(450), &json!(10)),
        "{over}"
    );
    assert_eq!(line.manager.try_get(&format!("{stream}/probe")).await.0, 410);
    assert!(line.plan(headers).await.is_none(), "what is over is not begun again");
    let timeline =
        line.manager.get(&format!("/v1/calls/{}/timeline", call["id"].as_str().unwrap())).await;
    assert!(timeline.to_string().contains("The backend agent hears the call."), "{timeline}");
    line.door.close().await;
}

#[actix_web::test]
async fn when_the_last_required_backend_is_lost_the_call_ends_or_goes_on_as_the_line_says() {
    for (word, then) in [("end_call", OnLost::EndCall), ("carry_on", OnLost::CarryOn)] {
        let line = StreamLine::open(word).await;
        let connect = line.connected().await;
        let plan = line.plan(&connect["endpoint"][0]["headers"]).await.unwrap();
        line.report(&plan, StreamReport::Started).await;

        line.report(&plan, StreamReport::RequiredGone { then }).await;

        assert_eq!(plan.on_last_required_lost, then);
        line.visitor_is_gone(&connect).await;
        let call = line.door.history().await;
        let cause = match then {
            OnLost::EndCall => "backends_lost",
            OnLost::CarryOn => "visitor_hung_up",
        };
        assert_eq!(
            (&call["outcome"], &call["cause"]),
            (&json!("streamed"), &json!(cause)),
            "{call}"
        );
        line.door.close().await;
    }
}

#[actix_web::test]
async fn a_stream_from_outside_needs_a_ticket_which_opens_it_once() {
    let line = StreamLine::open("end_call").await;
    let own = first(&line.manager, "/v1/lines?number=%2B441632960155").await;
    let (status, expected) =
        line.manager.post("/v1/streams", &json!({ "line_id": id_of(&own) })).await;
    assert_eq!(status, 201, "{expected}");

    let none = line.plan(&json!({ "line": id_of(&own) })).await;
    let guessed = line.plan(&json!({ "ticket": "guessed" })).await;
    let plan = line.plan(&expected["parameters"]).await.expect("an invited stream");
    let again = line.plan(&expected["parameters"]).await;
    line.report(&plan, StreamReport::Started).await;
    line.report(&plan, StreamReport::Started).await;

    assert!(none.is_none() && guessed.is_none() && again.is_none());
    assert_eq!(plan.stream, StreamId::from_uuid(id_of(&expected)));
    assert_eq!(plan.backends.len(), 2);
    assert!(plan.parameters.is_empty(), "a ticket is no backend's business: {:?}", plan.parameters);
    let stream = format!("/v1/streams/{}", plan.stream);
    line.door
        .eventually("it is alive", async || {
            let (status, _) = line.manager.try_get(&format!("{stream}/probe")).await;
            (status == 200).then_some(())
        })
        .await;
    let ended = StreamReport::Ended {
        reason: EndReason::CallEnded,
        lasted: Duration::from_secs(1),
        frames: 50,
        backends: vec![],
    };
    line.report(&plan, ended).await;
    line.door
        .eventually("it is over", async || {
            let told = line.manager.get(&stream).await;
            (told["state"] == "ended" && told["call_id"].is_null()).then_some(())
        })
        .await;
    line.door.close().await;
}

#[actix_web::test]
async fn vonage_is_asked_to_let_a_muted_socket_listen_in_on_the_room() {
    let carrier = MockServer::start().await;
    let created = json!({ "uuid": "63f61863-4a51-4f6b-86e1-46edebcf9356", "status": "started", "direction": "outbound" });
    let answer = ResponseTemplate::new(201).set_body_json(created);
    Mock::given(method("POST")).respond_with(answer).mount(&carrier).await;
    let clock = std::sync::Arc::new(HandClock::at_noon());
    let vonage = vonage_at(&carrier.uri(), clock);
    let client = vonage.client(TOKEN, &credentials()).expect("a key");
    let stream = StreamId::from_uuid(Uuid::from_u128(0x5_0000));

    client.start_stream(&on(), stream).await.unwrap();

    let requests = carrier.received_requests().await.unwrap();
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    let socket = PUBLIC_URL.replacen("http", "ws", 1);
    let ids = json!({ "call": call(), "leg": leg(), "stream": stream });
    assert_eq!(
        body,
        json!({
            "to": [{ "type": "websocket", "uri": format!("{socket}/media/vonage/{TOKEN}"),
                     "content-type": "audio/l16;rate=8000", "headers": ids }],
            "random_from_number": true,
            "ncco": [{ "action": "conversation", "name": format!("visit-{}", call()),
                       "startOnEnter": false, "endOnExit": false, "mute": true }],
            "event_url": [format!("{PUBLIC_URL}/hooks/vonage/{TOKEN}/event/{}/{stream}", call())],
            "event_method": "POST",
        })
    );
}
