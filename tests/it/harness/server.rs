//! A server with nothing in it, a clock that is moved by hand, and a mailbox that takes its letters.

use std::net::TcpListener;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vestibule::application::ports::Clock;
use vestibule::boot::rooms::{self, Plan, Rooms};
use vestibule::mail::{Post, Smtp};
use vestibule::store::PoolSizes;

use super::database;
use super::door::PATIENCE;

/// What everybody's password is, unless a story says otherwise.
pub const PASSWORD: &str = "correct horse battery staple";

/// Ahead of the machine's clock, or of where it was stopped, by as much as a story says.
#[derive(Debug, Default)]
pub struct HandClock {
    ahead: AtomicI64,
    stopped: OnceLock<OffsetDateTime>,
}

impl Clock for HandClock {
    #[expect(clippy::disallowed_methods, reason = "this is a clock")]
    fn now(&self) -> OffsetDateTime {
        let now = self.stopped.get().copied().unwrap_or_else(OffsetDateTime::now_utc);
        now + time::Duration::seconds(self.ahead.load(Ordering::SeqCst))
    }
}

impl HandClock {
    /// From now on only a story moves it: for what depends on half minutes, on a machine that may need seconds for a step.
    #[expect(clippy::disallowed_methods, reason = "this is a clock")]
    pub fn stops(&self) {
        self.stopped.get_or_init(OffsetDateTime::now_utc);
    }

    pub fn advance(&self, by: time::Duration) {
        self.ahead.fetch_add(by.whole_seconds(), Ordering::SeqCst);
    }
}

/// A mail server that keeps what it gets.
#[derive(Clone)]
pub struct Mailbox {
    letters: Arc<Mutex<Vec<String>>>,
    port: u16,
}

impl Mailbox {
    async fn open() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let letters = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&letters);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(receive(socket, Arc::clone(&kept)));
            }
        });
        Self { letters, port }
    }

    /// The token in the next letter to this person.
    pub async fn token_for(&self, email: &str) -> String {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let found = {
                let mut letters = self.letters.lock().unwrap();
                let to = format!("To: {email}");
                let place = letters.iter().position(|letter| letter.contains(&to));
                place.map(|place| letters.remove(place))
            };
            if let Some(letter) = found {
                // Quoted-printable breaks long lines (RFC 2045, 6.7).
                let letter = letter.replace("=\n", "");
                let token = letter.split('#').nth(1).unwrap().lines().next().unwrap();
                return token.trim().to_owned();
            }
            assert!(tokio::time::Instant::now() < deadline, "no letter for {email}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    pub fn count(&self) -> usize {
        self.letters.lock().unwrap().len()
    }
}

/// As much of RFC 5321 as a client needs.
async fn receive(mut socket: tokio::net::TcpStream, kept: Arc<Mutex<Vec<String>>>) {
    let (reader, mut writer) = socket.split();
    let mut lines = BufReader::new(reader).lines();
    let _ = writer.write_all(b"220 mail.example\r\n").await;
    while let Ok(Some(line)) = lines.next_line().await {
        let word = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        let answer = match word.as_str() {
            "DATA" => {
                let _ = writer.write_all(b"354 go on\r\n").await;
                let mut letter = String::new();
                while let Ok(Some(line)) = lines.next_line().await {
                    if line == "." {
                        break;
                    }
                    letter.push_str(&line);
                    letter.push('\n');
                }
                kept.lock().unwrap().push(letter);
                "250 taken\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "250 fine\r\n",
        };
        if writer.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub retry_after: Option<i64>,
    pub etag: Option<String>,
}

impl Answer {
    /// The problem's slug.
    pub fn problem(&self) -> &str {
        self.body["type"].as_str().unwrap_or_default().trim_start_matches("/problems/")
    }

    pub fn text(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_else(|| panic!("no {field}: {self:?}")).to_owned()
    }
}

/// Someone who is signed in.
#[derive(Clone, Debug)]
pub struct Signed {
    pub token: String,
    pub refresh: String,
}

/// A process of Vestibule.
pub struct Server {
    pub api: String,
    pub database: SecretString,
    pub clock: Arc<HandClock>,
    pub mail: Mailbox,
    http: reqwest::Client,
    rooms: Rooms,
    server: ServerHandle,
    work: JoinSet<()>,
    stop: CancellationToken,
}

impl Server {
    pub async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    pub async fn open_with(change: impl FnOnce(&mut Plan)) -> Self {
        let (clock, mail) = (Arc::default(), Mailbox::open().await);
        Self::on(database::fresh().await, clock, mail, change).await
    }

    /// Another process on the same database.
    pub async fn another(&self) -> Self {
        let (clock, mail) = (Arc::clone(&self.clock), self.mail.clone());
        Self::on(self.database.clone(), clock, mail, |_| {}).await
    }

    async fn on(
        database: SecretString,
        clock: Arc<HandClock>,
        mail: Mailbox,
        change: impl FnOnce(&mut Plan),
    ) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let api = format!("http://{}", listener.local_addr().unwrap());
        let mut plan = plan(&database, &api, &clock, &mail);
        change(&mut plan);
        let rooms = Rooms::open(plan).await.unwrap();
        let (server, _served) = rooms.serve(listener).unwrap();
        let stop = CancellationToken::new();
        let work = rooms.work(&stop);
        Self { api, database, clock, mail, http: reqwest::Client::new(), rooms, server, work, stop }
    }

    /// What another process, or the operator's command line, is told.
    pub fn plan(&self) -> Plan {
        plan(&self.database, &self.api, &self.clock, &self.mail)
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let header = |name: &str| {
            response.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        Answer {
            status: response.status().as_u16(),
            retry_after: header("retry-after").map(|seconds| seconds.parse().unwrap()),
            etag: header("etag"),
            body: response.json().await.unwrap_or_default(),
        }
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.api))
    }

    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).bearer_auth(token)).await
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).bearer_auth(token).json(&body)).await
    }

    pub async fn patch(&self, token: &str, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::PATCH, path).bearer_auth(token).json(&body)).await
    }

    pub async fn delete(&self, token: &str, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path).bearer_auth(token)).await
    }

    /// What needs no token.
    pub async fn tell(&self, path: &str, body: Value) -> Answer {
        self.send(self.request(Method::POST, path).json(&body)).await
    }

    /// Tries to sign in.
    pub async fn knocks(&self, email: &str, password: &str) -> Answer {
        self.tell("/v1/sessions", json!({ "email": email, "password": password })).await
    }

    pub async fn signs_in(&self, email: &str, password: &str) -> Signed {
        let answer = self.knocks(email, password).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        signed(&answer)
    }

    /// Goes on with a session.
    pub async fn refreshes(&self, refresh: &str) -> Answer {
        self.tell("/v1/sessions/refresh", json!({ "refresh_token": refresh })).await
    }

    /// A firm's owner, signed in.
    pub async fn owner(&self, email: &str) -> Signed {
        let firm =
            json!({ "name": "Maple", "owner_name": "Grace", "email": email, "password": PASSWORD });
        let answer = self.tell("/v1/tenants", firm).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        self.signs_in(email, PASSWORD).await
    }

    /// Someone who was invited and came in, signed in; and their id.
    pub async fn joins(&self, by: &Signed, email: &str, role: &str) -> (Signed, String) {
        self.joins_with(by, json!({ "email": email, "role": role })).await
    }

    pub async fn joins_with(&self, by: &Signed, invitation: Value) -> (Signed, String) {
        let email = invitation["email"].as_str().unwrap().to_owned();
        let answer = self.post(&by.token, "/v1/invitations", invitation).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let token = self.mail.token_for(&email).await;
        let come = json!({ "token": token, "name": "Someone", "password": PASSWORD });
        let answer = self.tell("/v1/invitations/accept", come).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        (self.signs_in(&email, PASSWORD).await, answer.text("user_id"))
    }

    /// A building's id.
    pub async fn building(&self, by: &Signed, name: &str) -> String {
        let house = json!({ "name": name, "time_zone": "Europe/London", "language": "en-GB", "region": "GB" });
        let answer = self.post(&by.token, "/v1/buildings", house).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.text("id")
    }

    pub async fn close(self) {
        self.stop.cancel();
        self.server.stop(false).await;
        rooms::finish(self.work).await;
        self.rooms.close().await;
    }
}

pub fn signed(answer: &Answer) -> Signed {
    Signed { token: answer.text("access_token"), refresh: answer.text("refresh_token") }
}

fn plan(database: &SecretString, api: &str, clock: &Arc<HandClock>, mail: &Mailbox) -> Plan {
    let mut plan = Plan::new(database.clone(), [7; 32], api);
    plan.clock = Arc::clone(clock) as Arc<dyn Clock>;
    plan.pools = PoolSizes { ingest: 2, app: 4, worker: 3 };
    plan.post = Post::Smtp(Smtp {
        url: SecretString::from(format!("smtp://127.0.0.1:{}", mail.port)),
        from: "Vestibule <door@vestibule.example>".into(),
    });
    plan
}
