//! A server for live audio with nothing around it, carriers that speak to it, and backends that listen, dawdle, freeze and refuse.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use uuid::Uuid;
use vestibule::application::ports::Unavailable;
use vestibule::application::ports::streams::{
    AudioFormat, BackendPlan, Duplex, EndReason, Framing, Need, OnLost, StreamPlan, StreamReport,
    StreamStart, Streams,
};
use vestibule::carriers::twilio;
use vestibule::carriers::twilio::media::signature;
use vestibule::domain::ids::ConnectionId;
use vestibule::domain::webhook::address::PrivateAddresses;
use vestibule::http::media::check::{Refusal, Upgrade, UpgradeCheck, signed_by_twilio};
use vestibule::http::media::{self, Media};
use vestibule::http::stopping::Stopping;
use vestibule::media::{Live, Proxy, SUBPROTOCOL, Settings};

/// Longer than anything here should take.
pub const PATIENCE: Duration = Duration::from_secs(20);
pub const AUTH_TOKEN: &str = "test-token-0001";
pub const STREAM_SID: &str = "MZ00000000000000000000000000000001";
pub const CALL_SID: &str = "CA00000000000000000000000000000001";

/// A server for live audio.
pub struct Studio {
    pub address: SocketAddr,
    pub desk: Arc<Desk>,
    pub stopping: Stopping,
    media: Data<Media>,
    server: ServerHandle,
}

/// Who knows what is expected, and keeps what is reported.
#[derive(Debug)]
pub struct Desk {
    plan: Mutex<Option<StreamPlan>>,
    reports: watch::Sender<Vec<StreamReport>>,
    pub started: Mutex<Vec<StreamStart>>,
}

/// Knows two connections: `quiet` and `busy`.
#[derive(Debug)]
struct Gate {
    public_url: String,
}

impl Studio {
    pub async fn opens(change: impl FnOnce(&mut Settings)) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut settings = Settings {
            private: PrivateAddresses::Allowed,
            backend_silent: Duration::from_millis(900),
            retry_first: Duration::from_millis(50),
            retry_max: Duration::from_millis(300),
            ..Settings::default()
        };
        change(&mut settings);
        let desk = Arc::new(Desk {
            plan: Mutex::new(None),
            reports: watch::Sender::default(),
            started: Mutex::default(),
        });
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stopping = Stopping::default();
        let gate = Gate { public_url: format!("http://{address}") };
        let proxy = Proxy::new(Arc::clone(&desk) as _, settings);
        let media = Data::new(Media::new(proxy, Arc::new(gate), stopping.clone()));
        let served = media.clone();
        let server = HttpServer::new(move || {
            App::new().app_data(served.clone()).configure(media::configure)
        })
        .workers(2)
        .backlog(4_096)
        .max_connection_rate(4_096)
        .listen(listener)
        .unwrap()
        .disable_signals()
        .run();
        let handle = server.handle();
        tokio::spawn(server);
        Self { address, desk, stopping, media, server: handle }
    }

    pub fn live(&self) -> &Live {
        self.media.live()
    }

    pub fn url(&self, carrier: &str, token: &str) -> String {
        format!("ws://{}/media/{carrier}/{token}", self.address)
    }

    /// A call whose audio goes to these, as soon as it begins.
    pub async fn call(&self, backends: Vec<BackendPlan>) -> Phone {
        self.desk.expects(plan(backends));
        Phone::begins(self, "quiet").await
    }

    pub async fn close(self) {
        self.stopping.close();
        self.server.stop(false).await;
    }
}

impl Desk {
    pub fn expects(&self, plan: StreamPlan) {
        *self.plan.lock().unwrap() = Some(plan);
    }

    pub fn reports(&self) -> Vec<StreamReport> {
        self.reports.borrow().clone()
    }

    pub async fn hears_of(
        &self,
        what: &str,
        wanted: impl Fn(&StreamReport) -> bool,
    ) -> StreamReport {
        let mut reports = self.reports.subscribe();
        let found = reports.wait_for(|all| all.iter().any(&wanted));
        let found = tokio::time::timeout(PATIENCE, found).await;
        let all = found.unwrap_or_else(|_| panic!("no report that {what}: {:?}", self.reports()));
        all.unwrap().iter().find(|report| wanted(report)).unwrap().clone()
    }

    pub async fn hears_of_the_end(&self) -> StreamReport {
        self.hears_of("it is over", |report| matches!(report, StreamReport::Ended { .. })).await
    }
}

#[async_trait]
impl Streams for Desk {
    async fn plan(
        &self,
        _: &'static str,
        _: ConnectionId,
        start: &StreamStart,
    ) -> Result<Option<StreamPlan>, Unavailable> {
        self.started.lock().unwrap().push(start.clone());
        let plan = self.plan.lock().unwrap().clone();
        Ok(plan.map(|plan| StreamPlan { stream: fresh().into(), ..plan }))
    }

    async fn report(&self, _: &StreamPlan, report: &StreamReport) -> Result<(), Unavailable> {
        self.reports.send_modify(|all| all.push(report.clone()));
        Ok(())
    }
}

#[async_trait]
impl UpgradeCheck for Gate {
    async fn check(&self, upgrade: &Upgrade) -> Result<ConnectionId, Refusal> {
        let connection = match upgrade.token.as_str() {
            "quiet" => ConnectionId::from_uuid(Uuid::from_u128(1)),
            "busy" => ConnectionId::from_uuid(Uuid::from_u128(2)),
            _ => return Err(Refusal::Unknown),
        };
        // Vonage's stories sign as Twilio's do: who speaks is not what they are about.
        let account = twilio::Credentials {
            account_sid: "AC00000000000000000000000000000001".to_owned(),
            auth_tokens: vec![SecretString::from("retired"), SecretString::from(AUTH_TOKEN)],
            api_key: None,
            calls_per_second: 1,
        };
        signed_by_twilio(upgrade, &account, twilio::Signing::Required, &self.public_url)?;
        Ok(connection)
    }
}

fn fresh() -> Uuid {
    Uuid::from_u128(rand::random())
}

pub fn plan(backends: Vec<BackendPlan>) -> StreamPlan {
    StreamPlan {
        tenant: fresh().into(),
        call: fresh().into(),
        leg: fresh().into(),
        stream: fresh().into(),
        duplex: Duplex::BothWays,
        backends,
        on_last_required_lost: OnLost::CarryOn,
        parameters: BTreeMap::from([("door".to_owned(), "front".to_owned())]),
    }
}

/// A backend that takes bytes as they come and may be missed.
pub fn backend(url: &str) -> BackendPlan {
    BackendPlan {
        id: fresh().into(),
        url: url.parse().unwrap(),
        authorization: None,
        audio: AudioFormat::AsReceived,
        framing: Framing::Binary,
        duplex: Duplex::OneWay,
        need: Need::BestEffort,
    }
}

pub type ClientSocket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A carrier's end of an audio socket.
pub struct Phone {
    pub socket: ClientSocket,
    sent: u64,
}

impl Phone {
    /// Upgraded, and nothing said yet.
    pub async fn connects(studio: &Studio, token: &str) -> Self {
        let url = studio.url("twilio", token);
        let signed = signature(&url, &AUTH_TOKEN.into());
        Self::upgrades(&url, &[("x-twilio-signature", &signed)]).await.unwrap()
    }

    pub async fn upgrades(
        url: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, tungstenite::Error> {
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let (socket, _) = tokio_tungstenite::connect_async(request).await?;
        Ok(Self { socket, sent: 0 })
    }

    /// Upgraded and begun.
    pub async fn begins(studio: &Studio, token: &str) -> Self {
        let mut phone = Self::connects(studio, token).await;
        phone.says(json!({ "event": "connected", "protocol": "Call", "version": "1.0.0" })).await;
        phone.says(start()).await;
        phone
    }

    pub async fn says(&mut self, message: Value) {
        self.sends(Message::text(message.to_string())).await;
    }

    pub async fn sends(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// One frame of 20 ms: its number again and again.
    pub async fn speaks(&mut self) {
        self.sent += 1;
        let n = self.sent;
        let payload = STANDARD.encode(frame(n));
        let media = json!({ "track": "inbound", "chunk": n.to_string(), "timestamp": (n * 20).to_string(), "payload": payload });
        self.says(json!({ "event": "media", "sequenceNumber": (n + 1).to_string(), "streamSid": STREAM_SID, "media": media })).await;
    }

    /// So many frames, each after a while.
    pub async fn speaks_on(&mut self, frames: u64, each: Duration) {
        let mut clock = tokio::time::interval(each);
        for _ in 0..frames {
            clock.tick().await;
            self.speaks().await;
        }
    }

    pub async fn hangs_up(&mut self) {
        self.says(
            json!({ "event": "stop", "streamSid": STREAM_SID, "stop": { "callSid": CALL_SID } }),
        )
        .await;
    }

    /// The next text that comes, as JSON.
    pub async fn hears(&mut self) -> Value {
        loop {
            match self.next().await {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(frame) => panic!("closed: {frame:?}"),
                _ => {}
            }
        }
    }

    pub async fn next(&mut self) -> Message {
        let next = tokio::time::timeout(PATIENCE, self.socket.next()).await;
        next.expect("nothing came").expect("closed without a word").unwrap()
    }

    /// The code and the reason with which the server closes.
    pub async fn is_closed(&mut self) -> (u16, String) {
        loop {
            if let Message::Close(frame) = self.next().await {
                let frame = frame.unwrap();
                return (frame.code.into(), frame.reason.to_string());
            }
        }
    }
}

pub fn start() -> Value {
    json!({ "event": "start", "sequenceNumber": "1", "streamSid": STREAM_SID, "start": {
        "accountSid": "AC00000000000000000000000000000001", "streamSid": STREAM_SID, "callSid": CALL_SID,
        "tracks": ["inbound"], "mediaFormat": { "encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1 },
        "customParameters": { "call": "c1" } } })
}

/// The audio of the frame with this number.
pub fn frame(n: u64) -> Vec<u8> {
    n.to_be_bytes().repeat(20)
}

/// The number of the frame with this audio.
pub fn number(audio: &[u8]) -> u64 {
    u64::from_be_bytes(audio[..8].try_into().unwrap())
}

/// What a backend does with what it is sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mood {
    Listening,
    /// Takes so long over each message.
    Dawdling(Duration),
    /// Takes and answers nothing, on connections and at the door.
    Frozen,
    /// Answers upgrades with 503.
    Refusing,
    /// Breaks each connection.
    Breaking,
}

/// A backend.
#[derive(Clone)]
pub struct Ear {
    pub url: String,
    mood: Arc<watch::Sender<Mood>>,
    heard: Arc<watch::Sender<Vec<Heard>>>,
    says: tokio::sync::broadcast::Sender<Message>,
}

/// What a backend heard.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    Connection { protocol: String, authorization: Option<String> },
    Text(Value),
    Audio(Vec<u8>),
    Closed(Option<u16>),
}

impl Ear {
    pub async fn in_mood(mood: Mood) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        // As little as the system allows: a backend that does not read is felt at once.
        socket.set_recv_buffer_size(4_096).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(64).unwrap();
        let url = format!("ws://{}/audio", listener.local_addr().unwrap());
        let ear = Self {
            url,
            mood: Arc::new(watch::Sender::new(mood)),
            heard: Arc::default(),
            says: tokio::sync::broadcast::Sender::new(1_024),
        };
        tokio::spawn(ear.clone().listen(listener));
        ear
    }

    pub async fn listening() -> Self {
        Self::in_mood(Mood::Listening).await
    }

    pub fn becomes(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    pub fn says(&self, message: Value) {
        self.sends(Message::text(message.to_string()));
    }

    pub fn sends(&self, message: Message) {
        self.says.send(message).unwrap();
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.heard.borrow().clone()
    }

    /// The numbers of the frames that were heard.
    pub fn frames(&self) -> Vec<u64> {
        let audio = self.heard().into_iter().filter_map(|heard| match heard {
            Heard::Audio(audio) => Some(number(&audio)),
            _ => None,
        });
        audio.collect()
    }

    /// The messages with this event.
    pub fn told(&self, event: &str) -> Vec<Value> {
        let texts = self.heard().into_iter().filter_map(|heard| match heard {
            Heard::Text(text) if text["event"] == event => Some(text),
            _ => None,
        });
        texts.collect()
    }

    pub async fn until(&self, what: &str, wanted: impl Fn(&[Heard]) -> bool) {
        let mut heard = self.heard.subscribe();
        let found = heard.wait_for(|all| wanted(all));
        if tokio::time::timeout(PATIENCE, found).await.is_err() {
            let all = self.heard();
            let last = &all[all.len().saturating_sub(5)..];
            panic!("never {what}: {} messages, the last {last:?}", all.len());
        }
    }

    /// Until a message with this event was heard so many times.
    pub async fn until_told(&self, event: &str, times: usize) {
        let is = |heard: &&Heard| matches!(heard, Heard::Text(text) if text["event"] == event);
        self.until(event, |all| all.iter().filter(is).count() >= times).await;
    }

    pub async fn until_frame(&self, n: u64) {
        let is = |heard: &Heard| matches!(heard, Heard::Audio(audio) if number(audio) >= n);
        self.until("that frame", |all| all.iter().any(is)).await;
    }

    async fn thaws(&self) {
        self.mood.subscribe().wait_for(|mood| *mood != Mood::Frozen).await.unwrap();
    }

    async fn listen(self, listener: TcpListener) {
        loop {
            self.thaws().await;
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(self.clone().converse(stream));
        }
    }

    async fn converse(self, stream: TcpStream) {
        self.thaws().await;
        let refuses = *self.mood.borrow() == Mood::Refusing;
        let mut says = self.says.subscribe();
        #[expect(clippy::result_large_err, reason = "the library's own shape of an answer")]
        let asked = |request: &Request,
                     mut response: Response|
         -> Result<Response, ErrorResponse> {
            if refuses {
                let refusal = tungstenite::http::Response::builder().status(503);
                return Err(refusal.body(None).unwrap());
            }
            let header = |name: &str| {
                request.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
            };
            let protocol = header("sec-websocket-protocol").unwrap_or_default();
            self.keep(Heard::Connection { protocol, authorization: header("authorization") });
            response.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse().unwrap());
            Ok(response)
        };
        let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, asked).await else {
            return;
        };
        let mut moods = self.mood.subscribe();
        loop {
            let mood = *moods.borrow_and_update();
            match mood {
                Mood::Frozen => {
                    self.thaws().await;
                    continue;
                }
                Mood::Breaking => return,
                Mood::Dawdling(while_) => tokio::time::sleep(while_).await,
                Mood::Listening | Mood::Refusing => {}
            }
            tokio::select! {
                _ = moods.changed() => {}
                Ok(message) = says.recv() => drop(socket.send(message).await),
                message = socket.next() => match message {
                    Some(Ok(Message::Text(text))) => self.keep(Heard::Text(serde_json::from_str(&text).unwrap())),
                    Some(Ok(Message::Binary(audio))) => self.keep(Heard::Audio(audio.to_vec())),
                    Some(Ok(Message::Close(frame))) => self.keep(Heard::Closed(frame.map(|frame| frame.code.into()))),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return,
                },
            }
        }
    }

    fn keep(&self, heard: Heard) {
        self.heard.send_modify(|all| all.push(heard));
    }
}

/// A good-bye.
pub fn good_bye() -> Message {
    Message::Close(Some(CloseFrame { code: CloseCode::Normal, reason: "".into() }))
}

/// Why a stream is over, of the report that says so.
pub fn reason(report: &StreamReport) -> EndReason {
    let StreamReport::Ended { reason, .. } = report else { panic!("{report:?}") };
    *reason
}
