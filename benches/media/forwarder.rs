//! The forwarders: ours, with nothing around it, and the one on Node.js. Processes of their own, on the first core.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{App, HttpServer};
use anyhow::{Context, bail};
use async_trait::async_trait;
use uuid::Uuid;
use vestibule::application::ports::Unavailable;
use vestibule::application::ports::streams::{
    AudioFormat, BackendPlan, Duplex, Framing, Need, OnLost, StreamPlan, StreamReport, StreamStart,
    Streams,
};
use vestibule::domain::ids::ConnectionId;
use vestibule::domain::webhook::address::PrivateAddresses;
use vestibule::http::media::check::{Refusal, Upgrade, UpgradeCheck};
use vestibule::http::media::{self, Media};
use vestibule::http::stopping::Stopping;
use vestibule::media::{Proxy, Settings};

const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/media-forwarder");

/// Whose forwarder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Ours,
    Node,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Node => "Node.js, ws 8.23.0",
        }
    }
}

/// A forwarder that runs, until it is dropped.
pub struct Forwarder {
    pub port: u16,
    child: Child,
}

impl Forwarder {
    pub fn start(kind: Kind, backends: &[String; 2]) -> anyhow::Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = match kind {
            Kind::Ours => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("media-forwarder");
                command
            }
            Kind::Node => {
                let mut command = Command::new("node");
                command.arg("forward.js").current_dir(PEER);
                command
            }
        };
        command.arg(port.to_string()).args(backends).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| {
            format!("{} can not be started; scripts/toolbox.sh benches/peers/media-forwarder installs what it needs", kind.name())
        })?;
        let mut ready = String::new();
        let said = child.stdout.take().context("a forwarder says nothing")?;
        BufReader::new(said).read_line(&mut ready)?;
        if ready.trim() != "ready" {
            bail!(
                "{} does not start: scripts/toolbox.sh benches/peers/media-forwarder installs what it needs",
                kind.name()
            );
        }
        pin(child.id(), 0);
        Ok(Self { port, child })
    }

    /// Seconds of processor so far.
    pub fn cpu(&self) -> f64 {
        crate::processes::cpu_of(self.child.id())
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Binds a process and all its threads to one core. Whether that could be done.
pub fn pin(process: u32, core: u32) -> bool {
    Command::new("taskset")
        .args(["-a", "-c", "-p", &core.to_string(), &process.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Our forwarder: the room `media` behind its real socket, with one worker. Serves until it is killed.
pub async fn serve(port: u16, backends: Vec<String>) -> anyhow::Result<()> {
    let settings = Settings {
        private: PrivateAddresses::Allowed,
        streams: 100_000,
        streams_per_connection: 100_000,
        ..Settings::default()
    };
    let proxy = Proxy::new(Arc::new(ToAll(backends)), settings);
    let media = Data::new(Media::new(proxy, Arc::new(Anyone), Stopping::default()));
    let server =
        HttpServer::new(move || App::new().app_data(media.clone()).configure(media::configure))
            .workers(1)
            .backlog(4_096)
            .bind(("127.0.0.1", port))?
            .disable_signals()
            .run();
    println!("ready");
    Ok(server.await?)
}

#[derive(Debug)]
struct Anyone;

#[async_trait]
impl UpgradeCheck for Anyone {
    async fn check(&self, _: &Upgrade) -> Result<ConnectionId, Refusal> {
        Ok(Uuid::nil().into())
    }
}

#[derive(Debug)]
struct ToAll(Vec<String>);

#[async_trait]
impl Streams for ToAll {
    async fn plan(
        &self,
        _: &'static str,
        _: ConnectionId,
        _: &StreamStart,
    ) -> Result<Option<StreamPlan>, Unavailable> {
        let fresh = || Uuid::from_u128(rand::random());
        let backend = |url: &String| {
            url.parse().ok().map(|url| BackendPlan {
                id: fresh().into(),
                url,
                authorization: None,
                audio: AudioFormat::AsReceived,
                framing: Framing::Binary,
                duplex: Duplex::OneWay,
                need: Need::BestEffort,
            })
        };
        Ok(Some(StreamPlan {
            tenant: fresh().into(),
            call: fresh().into(),
            leg: fresh().into(),
            stream: fresh().into(),
            duplex: Duplex::OneWay,
            backends: self.0.iter().filter_map(backend).collect(),
            on_last_required_lost: OnLost::CarryOn,
            parameters: BTreeMap::new(),
        }))
    }

    async fn report(&self, _: &StreamPlan, _: &StreamReport) -> Result<(), Unavailable> {
        Ok(())
    }
}
