//! Journeys over real HTTP, against a door service of the test's own: what it answers was written from the contract by hand.

mod api;
mod door;
mod hooks;
mod keys;
mod load;
mod outcomes;
mod sipgate_dial;
mod sipgate_faults;
mod sipgate_gather;
mod sipgate_mailbox;
mod sipgate_place;
mod sipgate_pushes;
mod sipgate_rest;
mod sipgate_stage;
mod twilio_conference;
mod twilio_door;
mod twilio_gather;
mod twilio_hooks;
mod twilio_rest;
mod twilio_stage;
mod twilio_streams;

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::StatusCode,
    web::{self, Bytes, Data},
};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rsa::{
    RsaPrivateKey,
    pkcs1::EncodeRsaPrivateKey,
    pkcs8::{EncodePublicKey, LineEnding},
};
use serde_json::{Value, json};

use super::*;

const PANEL: &str = "+441632960001";
const LINE: &str = "+441632960100";
const ADA: &str = "447700900101";
const BEN: &str = "447700900102";
const APPLICATION: &str = "78d335fa-323d-0114-9c3d-d6f0d48968cf";
const SECRET: &str = "a signature secret of the account";

/// One request that arrived at the door service.
#[derive(Clone, Debug)]
struct Got {
    method: String,
    path: String,
    query: String,
    body: String,
    authorization: Option<String>,
    signature: Option<String>,
    idempotency: Option<String>,
    /// Names in lower case; of several of one name the last.
    headers: BTreeMap<String, String>,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    fn is(&self, status: &str) -> bool {
        self.json()["status"] == status
    }
}

enum Reply {
    Json(Value),
    Raw(u16, &'static str, &'static str),
    Bytes(&'static str, Vec<u8>),
    To(String),
    Nothing,
    Never,
}

type Script = dyn Fn(&Got, usize) -> Reply + Send + Sync;

struct Ours {
    got: Mutex<Vec<Got>>,
    script: Box<Script>,
}

/// A simulator and a door service that talk to each other.
struct Stage {
    simulator: Running,
    ours: Data<Ours>,
    server: ServerHandle,
    /// Where the door service listens.
    base: String,
    key: EncodingKey,
    http: reqwest::Client,
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

/// Generated once: it is slow.
fn customer_key() -> &'static (EncodingKey, String) {
    static KEY: std::sync::OnceLock<(EncodingKey, String)> = std::sync::OnceLock::new();
    KEY.get_or_init(|| {
        let private = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).unwrap();
        let public = private.to_public_key().to_public_key_pem(LineEnding::LF).unwrap();
        let pem = private.to_pkcs1_pem(LineEnding::LF).unwrap();
        (EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap(), public)
    })
}

async fn arrived(ours: Data<Ours>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let header =
        |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let got = Got {
        method: request.method().to_string(),
        path: request.path().to_owned(),
        query: request.query_string().to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
        authorization: header("authorization"),
        signature: header("x-twilio-signature"),
        idempotency: header("i-twilio-idempotency-token"),
        headers: (request.headers().iter())
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
    };
    let before = {
        let mut all = ours.got.lock().unwrap();
        all.push(got.clone());
        all.iter().filter(|other| other.path == got.path).count()
    };
    match (ours.script)(&got, before) {
        Reply::Json(value) => HttpResponse::Ok().json(value),
        Reply::Raw(status, kind, body) => {
            HttpResponse::build(StatusCode::from_u16(status).unwrap()).content_type(kind).body(body)
        }
        Reply::Bytes(kind, body) => HttpResponse::Ok().content_type(kind).body(body),
        Reply::To(location) => HttpResponse::Found().insert_header(("location", location)).finish(),
        Reply::Nothing => HttpResponse::NoContent().finish(),
        Reply::Never => std::future::pending().await,
    }
}

/// A door service that answers as the script says: what arrives there, its server, and where it listens.
fn serve(
    script: impl Fn(&Got, usize) -> Reply + Send + Sync + 'static,
) -> (Data<Ours>, ServerHandle, String) {
    let ours = Data::new(Ours { got: Mutex::default(), script: Box::new(script) });
    let shared = ours.clone();
    let server = HttpServer::new(move || {
        App::new().app_data(shared.clone()).default_service(web::to(arrived))
    })
    .workers(1)
    .disable_signals()
    .shutdown_timeout(0)
    .bind("127.0.0.1:0")
    .unwrap();
    let base = format!("http://{}", server.addrs()[0]);
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);
    (ours, handle, base)
}

impl Stage {
    async fn with(script: impl Fn(&Got, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::set(|_, _| {}, script).await
    }

    async fn set(
        change: impl FnOnce(&mut Settings, &mut Application),
        script: impl Fn(&Got, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let (ours, handle, base) = serve(script);
        let (key, public_key) = customer_key().clone();
        let mut application: Application = serde_json::from_value(json!({
            "id": APPLICATION, "api_key": "abcd1234", "signature_secret": SECRET, "public_key": public_key,
            "answer_url": format!("{base}/answer?b=maple-12"), "answer_method": "POST", "event_url": format!("{base}/event"),
            "fallback_answer_url": format!("{base}/fallback"), "fallback_method": "POST", "numbers": [LINE],
        }))
        .unwrap();
        application.answer_timeouts.socket_ms = 300;
        application.event_timeouts.socket_ms = 300;
        let mut settings = Settings { seed: Some(1), ..Settings::with_virtual_clock() };
        change(&mut settings, &mut application);
        settings.applications.push(application);
        let simulator = Simulator::start(settings).await.unwrap();
        Self { simulator, ours, server: handle, base, key, http: reqwest::Client::new() }
    }

    fn got(&self) -> Vec<Got> {
        self.ours.got.lock().unwrap().clone()
    }

    fn got_at(&self, path: &str) -> Vec<Got> {
        self.got().into_iter().filter(|got| got.path == path).collect()
    }

    /// The statuses that arrived about one leg, in order of arrival.
    fn statuses_of(&self, leg: &str) -> Vec<String> {
        let about = |got: &Got| {
            let json = got.json();
            let named = json["uuid"].as_str().or(json["call_uuid"].as_str()).map(str::to_owned);
            (named.as_deref() == Some(leg))
                .then(|| json["status"].as_str().map(str::to_owned))
                .flatten()
        };
        self.got_at("/event").iter().filter_map(about).collect()
    }

    fn token(&self) -> String {
        let now = self.simulator.now().unix_timestamp();
        self.token_with(json!({ "application_id": APPLICATION, "iat": now, "exp": now + 900, "jti": "one of a kind" }))
    }

    fn token_with(&self, claims: Value) -> String {
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &self.key).unwrap()
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.ask_as(&self.token(), method, path, body).await
    }

    async fn ask_as(&self, token: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}{path}", self.simulator.base_url());
        let mut request = self.http.request(method.parse().unwrap(), url).bearer_auth(token);
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or(Value::Null))
    }

    /// Rings a phone; what comes back is the leg.
    async fn dial(&self, body: Value) -> String {
        let (status, created) = self.ask("POST", "/v1/calls", body).await;
        assert_eq!(status, 201, "{created}");
        created["uuid"].as_str().unwrap().to_owned()
    }

    async fn pass(&self, milliseconds: u64) {
        self.simulator.advance(Duration::from_millis(milliseconds)).await.unwrap();
    }

    fn visit(&self, more: &str) -> u64 {
        self.simulator.call(scenario(more)).unwrap()
    }

    fn door(&self, run: u64) -> LegView {
        self.simulator.run(run).unwrap().legs[0].clone()
    }
}

fn scenario(more: &str) -> Scenario {
    let call = if more.contains("[call]") {
        String::new()
    } else {
        format!("[call]\nfrom = '{PANEL}'\nto = '{LINE}'\n")
    };
    Scenario::parse(&format!("title = 'a visit'\nseed = 7\n{call}{more}")).unwrap()
}

fn to(number: &str, more: Value) -> Value {
    let mut body = json!({
        "to": [{ "type": "phone", "number": number }],
        "from": { "type": "phone", "number": "441632960100" },
        "ringing_timer": 25,
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn spoken(leg: &LegView) -> Vec<String> {
    leg.heard.iter().filter_map(Heard::spoken).map(str::to_owned).collect()
}
