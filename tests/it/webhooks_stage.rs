//! A firm with two buildings, programs of its own that listen to webhooks, and visits that happen without a carrier.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vestibule::application::ports::{Actor, Append, Expected, Journal, NewEvent};
use vestibule::boot::rooms::{self, Plan, Rooms};
use vestibule::bus;
use vestibule::domain::webhook::address::PrivateAddresses;
use vestibule::store::PoolSizes;
use vestibule::webhooks_out::{self, Lookup, SystemLookup};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::harness::database;
use crate::harness::door::{Manager, PATIENCE, Transport, broker_url};
use crate::harness::ledger::id;

const PASSWORD: &str = "a long password of hers";

/// A server with a firm.
pub struct Stage {
    pub api: String,
    pub rooms: Rooms,
    pub owner: Manager,
    pub maple: Uuid,
    pub elm: Uuid,
    pub database: SecretString,
    tenant: Uuid,
    server: ServerHandle,
    work: Option<(JoinSet<()>, CancellationToken)>,
}

/// What a stage is like.
pub struct Setting {
    pub transport: Transport,
    pub private: PrivateAddresses,
    pub lookup: Arc<dyn Lookup>,
    /// Whether anything works in the background.
    pub works: Works,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Works {
    Yes,
    No,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            transport: Transport::Database,
            private: PrivateAddresses::Allowed,
            lookup: Arc::new(SystemLookup),
            works: Works::Yes,
        }
    }
}

impl Stage {
    pub async fn open() -> Self {
        Self::set(Setting::default()).await
    }

    pub async fn set(setting: Setting) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let _ = tracing_subscriber::fmt()
            .with_env_filter("warn,sqlx=error")
            .with_test_writer()
            .try_init();
        let database = database::fresh().await;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        let mut plan = Plan::new(database.clone(), [7; 32], api.clone());
        plan.pools = PoolSizes { ingest: 3, app: 3, worker: 6 };
        plan.webhooks = webhooks_out::Settings { private: setting.private, lookup: setting.lookup };
        plan.broker = (setting.transport == Transport::Broker).then(|| bus::Settings {
            url: SecretString::from(broker_url()),
            topology: bus::Topology::named(&format!("test-{:08x}", rand::random::<u32>())),
        });
        let rooms = Rooms::open(plan).await.unwrap();
        let (server, _served) = rooms.serve(listener).unwrap();
        let work = (setting.works == Works::Yes).then(|| {
            let stop = CancellationToken::new();
            (rooms.work(&stop), stop)
        });
        let owner = firm(&api, "grace@maple.example").await;
        let tenant = owner.get("/v1/tenants/me").await["id"].as_str().unwrap().parse().unwrap();
        let (maple, elm) = (building(&owner, "Maple").await, building(&owner, "Elm").await);
        Self { api, rooms, owner, maple, elm, database, tenant, server, work }
    }

    /// A firm next door, by its owner.
    pub async fn another_firm(&self) -> Manager {
        firm(&self.api, "hedy@elm.example").await
    }

    /// A webhook, as the answer shows it, with its secret.
    pub async fn webhook(&self, body: Value) -> Value {
        let (status, made) = self.owner.post("/v1/webhooks", &body).await;
        assert_eq!(status, 201, "{made}");
        made
    }

    /// Something is done to a webhook, and must go well.
    pub async fn does(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.tries(method.clone(), path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    pub async fn tries(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let response = self.owner.request(method, path).json(&body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or_default())
    }

    /// Somebody calls at a building, and these things happen. The call's id.
    pub async fn visit(&self, building: Uuid, then: &[(&'static str, Value)]) -> Uuid {
        let call = id();
        let rang = json!({
            "call": call, "tenant": self.tenant, "building": building, "entrance": id(), "line": id(), "connection": id(),
            "caller": { "$p": { "subject": id(), "value": "+441632960001" } }, "leg": id(), "carrier_leg": { "id": "c1" },
        });
        let events = [("CallRang", rang)].into_iter().chain(then.iter().cloned());
        self.happens(call, events.collect()).await;
        call
    }

    async fn happens(&self, stream: Uuid, events: Vec<(&'static str, Value)>) {
        let events = events.into_iter().map(|(kind, data)| NewEvent {
            id: id().into(),
            kind,
            schema_version: 1,
            payload: json!({ "data": data, "because": { "rule": "Told" } }),
            occurred_at: None,
        });
        let append = Append {
            tenant: self.tenant.into(),
            stream,
            stream_type: "call",
            expected: Expected::Any,
            events: events.collect(),
            work: vec![],
            actor: Actor::Worker,
            causation: None,
            delivery: None,
        };
        self.rooms.journal.append(append).await.unwrap();
    }

    /// A webhook's deliveries, once they are as they should be.
    pub async fn deliveries(
        &self,
        webhook: &Value,
        what: &str,
        are: impl Fn(&[Value]) -> bool,
    ) -> Vec<Value> {
        let path = format!("{}/deliveries?limit=200", path_of(webhook));
        eventually(what, async || {
            let listed = self.owner.get(&path).await["items"].as_array().unwrap().clone();
            are(&listed).then_some(listed)
        })
        .await
    }

    /// What the administrator does, as if time had passed.
    pub async fn execute(&self, sql: &'static str) {
        sqlx::query(sql).execute(&mut database::connect(&self.database).await).await.unwrap();
    }

    pub async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(&mut database::connect(&self.database).await)
            .await
            .unwrap()
    }

    /// All that waits is due now.
    pub async fn time_passes(&self) {
        self.execute("update es.work_item set not_before = clock_timestamp() where kind = 'hook' and state = 'ready'").await;
    }

    pub async fn close(mut self) {
        if let Some((work, stop)) = self.work.take() {
            stop.cancel();
            rooms::finish(work).await;
        }
        self.server.stop(false).await;
    }
}

/// `/v1/webhooks/…`
pub fn path_of(webhook: &Value) -> String {
    format!("/v1/webhooks/{}", webhook["id"].as_str().unwrap())
}

/// Waits for a fact.
pub async fn eventually<T>(what: &str, fact: impl AsyncFn() -> Option<T>) -> T {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(fact) = fact().await {
            return fact;
        }
        assert!(tokio::time::Instant::now() < deadline, "never seen: {what}");
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

async fn firm(api: &str, email: &str) -> Manager {
    let firm = json!({ "name": "A firm", "owner_name": "Its owner", "email": email, "password": PASSWORD });
    let made = reqwest::Client::new().post(format!("{api}/v1/tenants")).json(&firm).send().await;
    let made = made.unwrap();
    assert_eq!(made.status(), 201, "{}", made.text().await.unwrap());
    Manager::signed_in(api, email, PASSWORD).await
}

async fn building(owner: &Manager, name: &str) -> Uuid {
    let body =
        json!({ "name": name, "time_zone": "Europe/London", "language": "en-GB", "region": "GB" });
    let (status, made) = owner.post("/v1/buildings", &body).await;
    assert_eq!(status, 201, "{made}");
    made["id"].as_str().unwrap().parse().unwrap()
}

/// A program that listens.
pub struct Receiver(MockServer);

impl Receiver {
    /// It answers so.
    pub async fn that(answers: impl Respond + 'static) -> Self {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answers).mount(&server).await;
        Self(server)
    }

    /// It takes everything.
    pub async fn open() -> Self {
        Self::that(ResponseTemplate::new(204)).await
    }

    /// From now on it answers so.
    pub async fn now(&self, answers: ResponseTemplate) {
        self.0.reset().await;
        Mock::given(any()).respond_with(answers).mount(&self.0).await;
    }

    pub fn url(&self) -> String {
        format!("{}/hook", self.0.uri())
    }

    pub fn port(&self) -> u16 {
        self.0.address().port()
    }

    pub async fn heard(&self) -> Vec<Heard> {
        let requests = self.0.received_requests().await.unwrap();
        requests.iter().map(Heard::of).collect()
    }

    /// At least so many messages.
    pub async fn hears(&self, many: usize) -> Vec<Heard> {
        eventually(&format!("{many} messages"), async || {
            let heard = self.heard().await;
            (heard.len() >= many).then_some(heard)
        })
        .await
    }
}

/// A message as it came.
#[derive(Clone, Debug)]
pub struct Heard {
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Heard {
    fn of(request: &Request) -> Self {
        let headers = request.headers.iter().map(|(name, value)| {
            (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned())
        });
        Self { headers: headers.collect(), body: request.body.clone() }
    }

    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    pub fn signatures(&self) -> Vec<&str> {
        self.headers["webhook-signature"].split(' ').collect()
    }

    /// Whether one of its signatures is this secret's: as the specification's text says, without our own code.
    pub fn is_signed_with(&self, secret: &Value) -> bool {
        let key = secret.as_str().unwrap().strip_prefix("whsec_").unwrap();
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&BASE64_STANDARD.decode(key).unwrap()).unwrap();
        mac.update(format!("{}.{}.", self.id(), self.headers["webhook-timestamp"]).as_bytes());
        mac.update(&self.body);
        let expected = format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()));
        self.signatures().contains(&expected.as_str())
    }
}
