//! A door: a whole server with a building, a simulated carrier, and phones that people hold.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use secrecy::SecretString;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};
use vestibule::boot::demo::{self, DemoBuilding};
use vestibule::boot::rooms::{self, Plan, Rooms};
use vestibule::bus;
use vestibule::carriers::sipgate::TrustedKeys;
use vestibule::domain::webhook::address::PrivateAddresses;
use vestibule::http::edge::{self, PerMinute};
use vestibule::simulator::{Carrier, RunView, Running, Scenario, Settings, Simulator};
use vestibule::store::PoolSizes;
use vestibule::trace;

use super::broker::Broker;
use super::database;
use super::sipgate;
use super::twilio::{self, Leads};

/// How long a story waits for a fact before it fails.
pub const PATIENCE: Duration = Duration::from_secs(75);

/// As random as a process of its own demands.
pub const MASTER_KEY: &[u8; 32] = b"q8Zr1xT5vB0nM3kW7yL2sD9fG4hJ6pC!";

/// How work reaches the workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Straight from the database.
    Database,
    /// Through RabbitMQ.
    Broker,
}

/// One broker for all tests that do not kill theirs; each test has names of its own there.
static BROKER: LazyLock<(String, Option<Broker>)> = LazyLock::new(|| {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told by the environment where servers are"
    )]
    match std::env::var("AMQP_URL") {
        Ok(url) => (url, None),
        Err(_) => {
            let broker = Broker::start();
            (broker.amqp_url.clone(), Some(broker))
        }
    }
});
/// The URL of the broker that tests share.
pub fn broker_url() -> String {
    BROKER.0.clone()
}

/// The demo building's keys, made once: two seconds each time would be felt.
static KEYS: OnceCell<String> = OnceCell::const_new();

/// A server with one building and its carrier.
pub struct Door {
    pub simulator: Running,
    pub building: DemoBuilding,
    pub api: String,
    pub database: SecretString,
    pub rooms: Option<Rooms>,
    pub(super) server: ServerHandle,
    pub(super) work: Option<(JoinSet<()>, CancellationToken)>,
    /// Of the workers that started later.
    worker_rooms: Option<Rooms>,
    pub(super) plan: Box<dyn Fn() -> Plan + Send + Sync>,
    state: PathBuf,
    /// At which carrier visits are played.
    carrier: Carrier,
}

impl Door {
    /// The same door, called through a line at Twilio.
    pub async fn open_at_twilio() -> Self {
        Self::open(Transport::Database).await.also_at_twilio().await
    }

    /// The same door, called through a line at sipgate.
    pub async fn open_at_sipgate() -> Self {
        Self::open(Transport::Database).await.also_at_sipgate().await
    }

    /// With a line at sipgate, through which it is called from now on.
    pub async fn also_at_sipgate(mut self) -> Self {
        let manager = self.manager().await;
        sipgate::furnish(&self.api, &manager, &self.simulator, Leads::ToTheSameDoor).await;
        self.carrier = Carrier::Sipgate;
        self
    }

    /// Whether the carrier tells which keys are pressed during a talk: else nobody knows whether one opened.
    pub fn hears_keys(&self) -> bool {
        self.carrier != Carrier::Sipgate
    }

    /// Whether the carrier speaks text: else what is heard are files.
    pub fn speaks(&self) -> bool {
        self.carrier != Carrier::Sipgate
    }

    /// The outcome that a scenario's file names for this carrier, as the API names it.
    pub fn expects(&self, file: &str) -> &'static str {
        let scenario = Scenario::parse(&scenario(file)).unwrap().on(self.carrier);
        match scenario.expect.outcome.as_deref() {
            Some("door opened") => "opened",
            Some("talked") => "talked",
            other => panic!("an outcome that no story asks for: {other:?}"),
        }
    }

    /// Everything runs; nobody rang yet.
    pub async fn open(transport: Transport) -> Self {
        let url = (transport == Transport::Broker).then(broker_url);
        Self::open_with(url, Settings { speech_speed: 20.0, ..quick() }).await
    }

    /// With this broker, or none, and this carrier.
    pub async fn open_with(amqp_url: Option<String>, carrier: Settings) -> Self {
        // Stories ask as fast as they can.
        let edge = edge::Settings { per_minute: PerMinute::UNLIMITED, ..edge::Settings::default() };
        Self::open_behind(edge, amqp_url, carrier).await
    }

    /// With these limits and manners.
    pub async fn open_behind(
        edge: edge::Settings,
        amqp_url: Option<String>,
        carrier: Settings,
    ) -> Self {
        let change = move |plan: &mut Plan| plan.edge = edge.clone();
        Self::open_planned(amqp_url, carrier, change).await
    }

    /// With whatever differs from other doors.
    pub async fn open_planned(
        amqp_url: Option<String>,
        carrier: Settings,
        change: impl Fn(&mut Plan) + Send + Sync + 'static,
    ) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let lines = tracing_subscriber::fmt::layer().with_test_writer();
        let _ = tracing_subscriber::registry()
            .with(trace::layer(None))
            .with(lines.with_filter(EnvFilter::new("warn,sqlx=error")))
            .try_init();
        let database = database::fresh().await;
        let simulator = Simulator::start(carrier).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        let namespace = format!("test-{:08x}", rand::random::<u32>());
        let plan = {
            let (database, api, stand_in) = (database.clone(), api.clone(), simulator.base_url());
            let sipgate_key = simulator.sipgate_public_key();
            Box::new(move || {
                let mut plan = Plan::new(database.clone(), *MASTER_KEY, api.clone());
                plan.vonage = Some(stand_in.parse().unwrap());
                plan.twilio = Some(stand_in.parse().unwrap());
                plan.sipgate = Some(stand_in.parse().unwrap());
                plan.sipgate_keys = TrustedKeys::from_pems(&sipgate_key).unwrap();
                plan.pools = PoolSizes { ingest: 3, app: 3, worker: 4 };
                plan.webhooks.private = PrivateAddresses::Allowed;
                plan.audio.settings.private = PrivateAddresses::Allowed;
                plan.broker = amqp_url.clone().map(|url| bus::Settings {
                    url: SecretString::from(url),
                    topology: bus::Topology::named(&namespace),
                });
                change(&mut plan);
                plan
            })
        };
        let rooms = Rooms::open(plan()).await.unwrap();
        let (server, _served) = rooms.serve(listener).unwrap();
        let stop = CancellationToken::new();
        let work = rooms.work(&stop);
        let state =
            std::env::temp_dir().join(format!("vestibule-door-{:016x}", rand::random::<u64>()));
        let building = furnish(&api, &simulator.base_url(), &state).await;
        Self {
            simulator,
            building,
            api,
            database,
            rooms: Some(rooms),
            server,
            work: Some((work, stop)),
            worker_rooms: None,
            plan,
            state,
            carrier: Carrier::Vonage,
        }
    }

    /// The visitor's phone and everyone's else do as the file says.
    pub async fn plays(&self, file: &str) -> u64 {
        self.rings(&scenario(file)).await
    }

    /// Calls at the second carrier from now on.
    pub async fn also_at_twilio(mut self) -> Self {
        let manager = self.manager().await;
        twilio::furnish(&self.api, &manager, &self.simulator, Leads::ToTheSameDoor).await;
        self.carrier = Carrier::Twilio;
        self
    }

    /// Nothing that a carrier says about calls that come in reaches us any more.
    pub fn is_out_of_reach(&self) {
        const NOWHERE: &str = "http://127.0.0.1:9";
        self.is_known_at(NOWHERE);
        twilio::is_known_at(&self.simulator, NOWHERE);
        sipgate::is_known_at(&self.simulator, NOWHERE);
    }

    /// The carrier of the demo's connection is told where we are.
    fn is_known_at(&self, api: &str) {
        let kept = self.kept();
        let hook = |name: &str| {
            format!("{api}/hooks/vonage/{}/{name}", kept["token"].as_str().unwrap_or_default())
        };
        let application = serde_json::json!({
            "id": kept["application_id"],
            "api_key": kept["api_key"],
            "signature_secret": kept["signature_secret"],
            "public_key": kept["public_key"],
            "answer_url": hook("answer"),
            "answer_method": "POST",
            "event_url": hook("event"),
            "numbers": [demo::LINE],
        });
        self.simulator.add_application(serde_json::from_value(application).unwrap());
    }

    /// A second unit behind the door, in which nobody lives.
    pub async fn has_another_unit(&self, name: &str) {
        let manager = self.manager().await;
        let buildings = manager.get("/v1/buildings").await;
        let path = format!("/v1/buildings/{}/units", buildings["items"][0]["id"].as_str().unwrap());
        let unit = serde_json::json!({ "name": name, "code": name });
        let (status, made) = manager.post(&path, &unit).await;
        assert_eq!(status, 201, "{made}");
    }

    /// The visitor's phone and everyone's else do as the text says.
    pub async fn rings(&self, scenario: &str) -> u64 {
        self.simulator.call_on(self.carrier, Scenario::parse(scenario).unwrap()).unwrap()
    }

    /// The run as the carrier saw it, once its last leg is over.
    pub async fn carrier_saw(&self, run: u64) -> RunView {
        let over = |simulator: &Running| {
            simulator.run(run).is_some_and(|run| run.state == vestibule::simulator::RunState::Over)
        };
        assert!(
            self.simulator.until(PATIENCE, over).await,
            "the visit does not end: {:#?}",
            self.simulator.run(run)
        );
        self.simulator.run(run).unwrap()
    }

    /// The only call, once it is over, as the API tells it.
    pub async fn history(&self) -> Value {
        self.eventually("the call is in the history, over", async || {
            let calls = self.get("/v1/calls").await;
            let call = calls["items"][0].clone();
            let ended = call["ended_at"].is_string();
            if !ended {
                return None;
            }
            Some(self.get(&format!("/v1/calls/{}", call["id"].as_str()?)).await)
        })
        .await
    }

    /// An answer of the API's, as the demo's owner.
    pub async fn get(&self, path: &str) -> Value {
        self.manager().await.get(path).await
    }

    /// The demo's owner, signed in.
    pub async fn manager(&self) -> Manager {
        Manager::signed_in(&self.api, self.building.email(), self.building.password()).await
    }

    /// Waits for a fact.
    pub async fn eventually<T>(&self, what: &str, fact: impl AsyncFn() -> Option<T>) -> T {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(fact) = fact().await {
                return fact;
            }
            assert!(tokio::time::Instant::now() < deadline, "never seen: {what}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// The carrier gives the demo's application another number.
    pub fn also_answers(&self, number: &str) {
        let kept = self.kept();
        let text = |name: &str| kept[name].as_str().unwrap().to_owned();
        let application = serde_json::json!({
            "id": text("application_id"),
            "api_key": text("api_key"),
            "signature_secret": text("signature_secret"),
            "public_key": text("public_key"),
            "answer_url": self.hook("answer"),
            "answer_method": "POST",
            "event_url": self.hook("event"),
            "numbers": [demo::LINE, number],
        });
        self.simulator.add_application(serde_json::from_value(application).unwrap());
    }

    /// A callback URL of the demo's connection.
    pub fn hook(&self, name: &str) -> String {
        format!("{}/hooks/vonage/{}/{name}", self.api, self.kept()["token"].as_str().unwrap())
    }

    /// A token as the carrier makes it for this body.
    pub fn signed(&self, body: &[u8], issued_at: i64) -> String {
        let kept = self.kept();
        self.signed_with(kept["signature_secret"].as_str().unwrap(), body, issued_at)
    }

    /// A token as the carrier would make it with this secret.
    pub fn signed_with(&self, secret: &str, body: &[u8], issued_at: i64) -> String {
        let kept = self.kept();
        let claims = serde_json::json!({
            "iss": "Vonage",
            "iat": issued_at,
            "jti": format!("{:032x}", rand::random::<u128>()),
            "api_key": kept["api_key"],
            "application_id": kept["application_id"],
            "payload_hash": hex::encode(Sha256::digest(body)),
        });
        let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
        jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key).unwrap()
    }

    /// Seconds since 1970.
    pub fn now(&self) -> i64 {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap()
            .as_secs()
            .cast_signed()
    }

    /// A key that a connection takes.
    pub fn private_key(&self) -> String {
        self.kept()["private_key"].as_str().unwrap().to_owned()
    }

    /// What the demo keeps beside its database.
    fn kept(&self) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.state.join("demo.json")).unwrap())
            .unwrap()
    }

    /// What another process on the same database is told.
    pub fn plan(&self) -> Plan {
        (self.plan)()
    }

    /// The workers are gone at once, whatever they had in hand.
    pub async fn workers_die(&mut self) {
        let (mut work, _) = self.work.take().unwrap();
        work.shutdown().await;
        self.worker_rooms = None;
    }

    /// Other workers start: another process, as far as anyone can tell.
    pub async fn workers_start(&mut self) {
        let stop = CancellationToken::new();
        let rooms = Rooms::open((self.plan)()).await.unwrap();
        self.work = Some((rooms.work(&stop), stop));
        self.worker_rooms = Some(rooms);
    }

    /// Everything is put away.
    pub async fn close(mut self) {
        if let Some((work, stop)) = self.work.take() {
            stop.cancel();
            rooms::finish(work).await;
        }
        self.server.stop(false).await;
        let _ = std::fs::remove_dir_all(&self.state);
    }
}

/// Someone who is signed in at the API.
pub struct Manager {
    http: reqwest::Client,
    api: String,
    token: String,
}

impl Manager {
    pub async fn signed_in(api: &str, email: &str, password: &str) -> Self {
        let http = reqwest::Client::new();
        let body = serde_json::json!({ "email": email, "password": password });
        let session: Value = http
            .post(format!("{api}/v1/sessions"))
            .json(&body)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let token = session["access_token"]
            .as_str()
            .unwrap_or_else(|| panic!("no sign-in: {session}"))
            .to_owned();
        Self { http, api: api.to_owned(), token }
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.answer(self.http.get(format!("{}{path}", self.api))).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.answer(self.http.post(format!("{}{path}", self.api)).json(body)).await
    }

    pub async fn try_get(&self, path: &str) -> (u16, Value) {
        self.answer(self.http.get(format!("{}{path}", self.api))).await
    }

    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.request_at(&self.api, method, path)
    }

    /// At another server on the same database.
    pub fn request_at(
        &self,
        api: &str,
        method: reqwest::Method,
        path: &str,
    ) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{api}{path}")).bearer_auth(&self.token)
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> (u16, Value) {
        let response = request.bearer_auth(&self.token).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or_default())
    }
}

/// A carrier whose phones and network are quick.
pub fn quick() -> Settings {
    Settings {
        pick_up_after: Duration::from_millis(20),
        dial_delay: Duration::from_millis(20),
        too_early_to_hang_up: None,
        ..Settings::default()
    }
}

async fn furnish(api: &str, simulator: &str, state: &PathBuf) -> DemoBuilding {
    std::fs::create_dir_all(state).unwrap();
    if let Some(keys) = KEYS.get() {
        std::fs::write(state.join("demo.json"), keys).unwrap();
    }
    let building = demo::furnish(api, simulator, state).await.unwrap();
    let made = std::fs::read_to_string(state.join("demo.json")).unwrap();
    let _ = KEYS.get_or_init(async || without_token(&made)).await;
    building
}

fn without_token(kept: &str) -> String {
    let mut kept: Value = serde_json::from_str(kept).unwrap();
    kept["token"] = "".into();
    kept.to_string()
}

/// The text of a scenario's file.
fn scenario(file: &str) -> String {
    let path = format!("{}/tests/scenarios/{file}.toml", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}
