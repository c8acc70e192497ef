//! A whole server in this process, with the demo building and a simulated carrier; and the databases that they need.

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vestibule::boot::demo::{self, DemoBuilding};
use vestibule::boot::rooms::{self, Plan, Rooms};
use vestibule::bus;
use vestibule::simulator::{Running, Settings, Simulator};
use vestibule::store::migrate;

/// Wraps the keys of databases that last as long as the benchmark.
pub const MASTER_KEY: [u8; 32] = [7; 32];

/// A server, and the carrier that calls it.
pub struct Server {
    pub carrier: Running,
    pub api: String,
    pub database: String,
    pub building: DemoBuilding,
    rooms: Rooms,
    handle: ServerHandle,
    work: JoinSet<()>,
    stop: CancellationToken,
    state: PathBuf,
}

impl Server {
    /// Everything runs as it would in production, on a database of its own. `broker`: where RabbitMQ is, if work goes through it.
    pub async fn start(broker: Option<String>) -> anyhow::Result<Self> {
        let carrier = Simulator::start(Settings {
            pick_up_after: Duration::ZERO,
            too_early_to_hang_up: None,
            ..Settings::default()
        })
        .await?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let api = format!("http://{}", listener.local_addr()?);
        let database = fresh_database().await?;
        let mut plan = Plan::new(database.clone(), MASTER_KEY, api.clone());
        plan.vonage = Some(carrier.base_url().parse()?);
        plan.broker = broker.map(|url| bus::Settings {
            url: SecretString::from(url),
            topology: bus::Topology::named(&format!("bench-{:08x}", rand::random::<u32>())),
        });
        let rooms = Rooms::open(plan).await?;
        let (handle, _served) = rooms.serve(listener)?;
        let stop = CancellationToken::new();
        let work = rooms.work(&stop);
        let state =
            std::env::temp_dir().join(format!("vestibule-bench-{:016x}", rand::random::<u64>()));
        std::fs::create_dir_all(&state)?;
        let building = demo::furnish(&api, &carrier.base_url(), &state).await?;
        let database = database.expose_secret().to_owned();
        Ok(Self { carrier, api, database, building, rooms, handle, work, stop, state })
    }

    /// Everything is put away.
    pub async fn close(self) -> anyhow::Result<()> {
        self.stop.cancel();
        rooms::finish(self.work).await;
        self.handle.stop(false).await;
        self.carrier.shutdown().await;
        self.rooms.close().await;
        Ok(std::fs::remove_dir_all(&self.state)?)
    }
}

/// The URL of a fresh, migrated database in the given server.
pub async fn fresh_database() -> anyhow::Result<SecretString> {
    let url = empty_database().await?;
    migrate::run(&url).await?;
    Ok(url)
}

/// Likewise, with nothing in it.
pub async fn empty_database() -> anyhow::Result<SecretString> {
    let server = from_environment("DATABASE_URL")?;
    let name = format!("bench_{:016x}", rand::random::<u64>());
    let mut admin = PgConnection::connect(&server).await?;
    admin.execute(AssertSqlSafe(format!("create database {name}"))).await?;
    let mut url = reqwest::Url::parse(&server)?;
    url.set_path(&name);
    Ok(SecretString::from(url.to_string()))
}

#[expect(
    clippy::disallowed_methods,
    reason = "benchmarks are told by the environment where servers are"
)]
pub fn from_environment(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set; make bench sets it"))
}
