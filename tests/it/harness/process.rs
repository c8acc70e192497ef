//! A server in a process of its own: what an attack costs is measured there, and its log is read.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::ExposeSecret;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::database;
use super::door::{MASTER_KEY, PATIENCE};

const EMAIL: &str = "grace@maple.example";
const PASSWORD: &str = "correct horse battery staple";

/// Ended with the test.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
    log: Arc<Mutex<Vec<String>>>,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    /// On a database of its own, with a firm in it.
    pub async fn serves(log: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let database = database::fresh().await;
        let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let (address, metrics) = (free(), free());
        let mut child = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .arg("api")
            .env("VESTIBULE_LISTEN", address.to_string())
            .env("VESTIBULE_METRICS_LISTEN", metrics.to_string())
            .env("DATABASE_URL", database.expose_secret())
            .env("VESTIBULE_MASTER_KEY", BASE64_STANDARD.encode(MASTER_KEY))
            .env("VESTIBULE_LOG", log)
            .env("VESTIBULE_LIMIT_ADDRESS", "off")
            .env("VESTIBULE_LIMIT_SIGN_IN", "off")
            .env("VESTIBULE_LIMIT_USER", "off")
            .env_remove("AMQP_URL")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let kept = Arc::<Mutex<Vec<String>>>::default();
        let log = Arc::clone(&kept);
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|l| kept.lock().unwrap().push(l))
        });
        let process = Self { child, address, log };
        process.is_ready().await;
        let firm =
            json!({ "name": "Maple", "owner_name": "Grace", "email": EMAIL, "password": PASSWORD });
        let tenants = reqwest::Client::new().post(process.url("/v1/tenants")).json(&firm);
        assert_eq!(tenants.send().await.unwrap().status(), 201);
        process
    }

    async fn is_ready(&self) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let ready = async || reqwest::get(self.url("/health/ready")).await.ok();
        while ready().await.is_none_or(|answer| answer.status() != 200) {
            assert!(tokio::time::Instant::now() < deadline, "{:?}", self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Stands still for so long, as a machine does that has no memory left or is moved to another.
    pub async fn stands_still(&self, so_long: Duration) {
        let signals = |signal: &str| {
            let told = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
            assert!(told.unwrap().success(), "{signal}");
        };
        signals("-STOP");
        tokio::time::sleep(so_long).await;
        signals("-CONT");
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Signs the firm's owner in.
    pub async fn token(&self) -> String {
        let body = json!({ "email": EMAIL, "password": PASSWORD });
        let session = reqwest::Client::new().post(self.url("/v1/sessions")).json(&body);
        let session: serde_json::Value = session.send().await.unwrap().json().await.unwrap();
        session["access_token"].as_str().unwrap().to_owned()
    }

    /// What it wrote until now.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Says these bytes on a connection of their own; what came back until it was closed, or until nothing more came for five seconds.
    pub async fn told(&self, bytes: Vec<u8>) -> String {
        let socket = TcpStream::connect(self.address).await.unwrap();
        let (mut reader, mut writer) = socket.into_split();
        // Whoever is refused may be cut off in the middle.
        let saying = tokio::spawn(async move {
            let _ = writer.write_all(&bytes).await;
            writer
        });
        let mut answer = Vec::new();
        let mut chunk = vec![0; 16 * 1024];
        while let Ok(Ok(1..)) = tokio::time::timeout(Duration::from_secs(5), async {
            let read = reader.read(&mut chunk).await;
            if let Ok(length) = read {
                answer.extend_from_slice(&chunk[..length]);
            }
            read
        })
        .await
        {}
        saying.abort();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Of its memory, in KiB: `VmRSS` now, `VmHWM` at most since `forgets_its_peak`.
    pub fn memory(&self, what: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(what)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    pub fn forgets_its_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").unwrap();
    }
}
