//! An installation as it is run: two APIs behind a balancer, two workers, PostgreSQL, RabbitMQ or none, and the carrier. Every link
//! between them is ours.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::Value;
use sqlx::{Connection, PgConnection};
use vestibule::boot::demo;
use vestibule::simulator::{Running, Settings, Simulator};

use super::broker::Broker;
use super::link::Link;
use super::process::{BINARY, Process, answers};
use super::schedule::Means;
use super::servers::{Postgres, run, text};

/// As random as a process demands; in base64.
const MASTER_KEY: &str = "cThacjF4VDV2QjBuTTNrVzd5TDJzRDlmRzRoSjZwQyE=";
/// How long carriers get to report before their records are asked: an hour's storm has no two minutes to wait.
const REPORT_WITHIN: Duration = Duration::from_secs(10);
const LIBRARIES: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
];

/// How work reaches the workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Broker,
    Database,
}

pub struct Town {
    pub postgres: Arc<Postgres>,
    pub broker: Option<Arc<Broker>>,
    pub simulator: Running,
    pub public: Link,
    pub carrier: Link,
    pub database: Link,
    pub amqp: Option<Link>,
    /// What the carrier and we know of each other.
    pub kept: Value,
    processes: Mutex<Vec<Process>>,
    environment: Vec<(&'static str, String)>,
    folder: PathBuf,
}

/// Places among the processes.
pub const APIS: [usize; 2] = [0, 1];
pub const WORKERS: [usize; 2] = [2, 3];

impl Town {
    pub async fn founded(mode: Mode) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder =
            std::env::temp_dir().join(format!("vestibule-chaos-{:016x}", rand::random::<u64>()));
        std::fs::create_dir_all(&folder).unwrap();
        let own = folder.clone();
        let postgres = tokio::task::spawn_blocking(move || Postgres::start(&own));
        let broker = tokio::task::spawn_blocking(move || {
            (mode == Mode::Broker).then(|| Arc::new(Broker::start()))
        });
        let simulator = Simulator::start(Settings {
            speech_speed: 20.0,
            pick_up_after: Duration::from_millis(50),
            records_max: 10_000_000,
            ..Settings::default()
        });
        let simulator = simulator.await.unwrap();
        let (postgres, broker) = (Arc::new(postgres.await.unwrap()), broker.await.unwrap());
        let database = Link::to([postgres.address()]).await;
        let carrier = Link::to([simulator.address()]).await;
        let amqp = match &broker {
            None => None,
            Some(broker) => {
                let url: reqwest::Url = broker.amqp_url.parse().unwrap();
                let address = format!("127.0.0.1:{}", url.port().unwrap()).parse().unwrap();
                Some(Link::to([address]).await)
            }
        };
        let mut environment = environment(&postgres, &database, &carrier);
        if let (Some(broker), Some(link)) = (&broker, &amqp) {
            let mut url: reqwest::Url = broker.amqp_url.parse().unwrap();
            url.set_port(Some(link.address.port())).unwrap();
            environment.push(("AMQP_URL", url.to_string()));
        }
        let new = |command, place| Process::new(command, place, &environment, &folder);
        let mut processes = vec![new("api", 0), new("api", 1), new("worker", 0), new("worker", 1)];
        let public = Link::to(APIS.map(|api| processes[api].address)).await;
        environment.push(("VESTIBULE_PUBLIC_URL", format!("http://{}", public.address)));
        processes.iter_mut().for_each(|process| process.is_told(&environment));
        let mut town = Self {
            postgres,
            broker,
            simulator,
            public,
            carrier,
            database,
            amqp,
            kept: Value::Null,
            processes: Mutex::new(processes),
            environment,
            folder,
        };
        town.clean_up_when_we_are_gone();
        town.migrates().await;
        town.opens().await;
        town
    }

    /// Everything runs, and a firm has moved in.
    async fn opens(&mut self) {
        self.processes().iter_mut().for_each(Process::start);
        for api in APIS {
            let address = self.processes()[api].address;
            let mut tries = 30;
            while !answers(address, Duration::from_secs(3)).await {
                tries -= 1;
                assert!(tries > 0, "{}", self.logs());
                self.processes().iter_mut().for_each(Process::keep_up);
            }
        }
        let api = format!("http://{}", self.public.address);
        let state = self.folder.join("state");
        std::fs::create_dir_all(&state).unwrap();
        let building = demo::furnish(&api, &self.simulator.base_url(), &state).await.unwrap();
        let kept = std::fs::read_to_string(state.join("demo.json")).unwrap();
        self.kept = serde_json::from_str(&kept).unwrap();
        super::houses::furnish(&api, &building, &self.kept, &self.simulator).await;
        self.public.asks_who_is_ready();
    }

    /// Brings the schema to what the binary wants, as an operator does.
    pub async fn migrates(&self) {
        let (environment, url) = (self.environment.clone(), self.postgres.url.to_string());
        let log = self.folder.join("migrate.log");
        let migrated = tokio::task::spawn_blocking(move || {
            let log = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
            let mut command = std::process::Command::new(BINARY);
            command.arg("migrate").env_clear().envs(environment).env("DATABASE_URL", url);
            command.stdout(log.try_clone().unwrap()).stderr(log).status().unwrap().success()
        });
        assert!(migrated.await.unwrap(), "{}", self.logs());
    }

    /// What comparing the read models with rebuilt ones printed.
    pub async fn compares_read_models(&self) -> String {
        let (environment, url) = (self.environment.clone(), self.postgres.url.to_string());
        let compared = tokio::task::spawn_blocking(move || {
            let mut command = std::process::Command::new(BINARY);
            command.args(["projections", "check"]).env_clear().envs(environment);
            let output = command.env("DATABASE_URL", url).output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            if said.is_empty() {
                String::from_utf8_lossy(&output.stderr).into_owned()
            } else {
                said
            }
        });
        compared.await.unwrap()
    }

    pub fn processes(&self) -> MutexGuard<'_, Vec<Process>> {
        self.processes.lock().unwrap()
    }

    /// A connection as the server's administrator, past every link.
    pub async fn admin(&self) -> PgConnection {
        PgConnection::connect(self.postgres.url.as_str()).await.unwrap()
    }

    pub fn means(&self) -> Means {
        Means {
            broker: self.broker.is_some(),
            small_disk: self.postgres.has_small_disk,
            wrong_clock: wrong_clock().is_some(),
        }
    }

    /// The ends of all logs, for a run that failed.
    pub fn logs(&self) -> String {
        let mut told = format!("PostgreSQL:\n{}\n", self.postgres.end_of_log());
        for name in ["migrate", "api-0", "api-1", "worker-0", "worker-1"] {
            let path = self.folder.join(format!("{name}.log"));
            let log = std::fs::read_to_string(path).unwrap_or_default();
            let lines: Vec<_> = log.lines().collect();
            let end = lines[lines.len().saturating_sub(10)..].join("\n");
            told.push_str(&format!("{name}:\n{end}\n"));
        }
        told
    }

    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// A test that is killed cleans nothing up: a child does, once we are gone. Only what is in our folder.
    fn clean_up_when_we_are_gone(&self) {
        let folder = text(&self.folder);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/test-services.sh");
        let command = format!(
            "while kill -0 {us} 2>/dev/null && [ -e {folder} ]; do sleep 1; done
             [ -e {folder} ] || exit 0
             for process in /proc/[0-9]*; do
                 grep -qzs '^VESTIBULE_CHAOS={folder}$' \"$process/environ\" && kill -9 \"${{process#/proc/}}\"
             done
             bash {script} stop {folder}; umount --lazy {folder}/postgres; rm -rf {folder}",
            us = std::process::id(),
        );
        let mut watch = std::process::Command::new("setsid");
        watch.args(["bash", "-c", &command]).stdin(std::process::Stdio::null());
        watch.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        if let Ok(mut watch) = watch.spawn() {
            std::thread::spawn(move || watch.wait());
        }
    }

    /// Everything is put away; the logs too, unless they are wanted.
    pub async fn closes(self) {
        self.processes().clear();
        let Self { simulator, postgres, broker, folder, .. } = self;
        simulator.shutdown().await;
        let _ = tokio::task::spawn_blocking(move || {
            drop((postgres, broker));
            let _ = std::fs::remove_dir_all(folder);
        })
        .await;
    }
}

/// What every process is told, but for where it listens.
fn environment(
    postgres: &Postgres,
    database: &Link,
    carrier: &Link,
) -> Vec<(&'static str, String)> {
    let mut url = postgres.url.clone();
    url.set_port(Some(database.address.port())).unwrap();
    let off = || "off".to_owned();
    vec![
        ("PATH", "/usr/bin:/bin".to_owned()),
        ("DATABASE_URL", url.to_string()),
        ("VESTIBULE_MASTER_KEY", MASTER_KEY.to_owned()),
        ("VESTIBULE_VONAGE_URL", format!("http://{}", carrier.address)),
        ("VESTIBULE_REPORT_WITHIN", REPORT_WITHIN.as_secs().to_string()),
        ("VESTIBULE_LIMIT_ADDRESS", off()),
        ("VESTIBULE_LIMIT_SIGN_IN", off()),
        ("VESTIBULE_LIMIT_USER", off()),
        ("VESTIBULE_LIMIT_TENANT", off()),
        ("VESTIBULE_LOG", "warn".to_owned()),
        ("RUST_BACKTRACE", "1".to_owned()),
    ]
}

/// The library that tells a process another time, if this machine has it.
pub fn wrong_clock() -> Option<&'static str> {
    LIBRARIES.into_iter().find(|library| run("test", &["-e", library]))
}
