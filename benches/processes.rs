//! Vestibule as it runs in production: processes of its binary on a database; and what a process takes of the machine.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sqlx::{Connection, PgConnection};
use vestibule::simulator::sipgate::sign::PUBLIC_KEY;

const BINARY: &str = env!("CARGO_BIN_EXE_vestibule");
/// The port that is reserved for what discards everything (RFC 863); nothing listens there.
const NOBODY: &str = "http://127.0.0.1:9";
const TRIES: u32 = 3;
const STARTS_WITHIN: Duration = Duration::from_secs(30);

/// Bytes of the binary.
pub fn binary_size() -> anyhow::Result<u64> {
    Ok(std::fs::metadata(BINARY)?.len())
}

/// Where processes of ours work, and what they are told.
#[derive(Clone)]
pub struct Installation {
    settings: BTreeMap<&'static str, String>,
}

impl Installation {
    /// On this migrated database, without limits on how often one address may ask: all of the load comes from one.
    pub fn on(database: &str) -> Self {
        let mut master_key = [0; 32];
        rand::fill(&mut master_key);
        let settings = [
            ("DATABASE_URL", database.to_owned()),
            ("VESTIBULE_MASTER_KEY", STANDARD.encode(master_key)),
            ("VESTIBULE_METRICS_LISTEN", "127.0.0.1:0".to_owned()),
            ("VESTIBULE_SIPGATE_KEYS", PUBLIC_KEY.to_owned()),
            // No carrier is asked for anything, unless one stands there.
            ("VESTIBULE_VONAGE_URL", NOBODY.to_owned()),
            ("VESTIBULE_TWILIO_URL", NOBODY.to_owned()),
            ("VESTIBULE_SIPGATE_URL", NOBODY.to_owned()),
            ("VESTIBULE_LIMIT_ADDRESS", "off".to_owned()),
            ("VESTIBULE_LIMIT_SIGN_IN", "off".to_owned()),
            ("VESTIBULE_LIMIT_USER", "off".to_owned()),
            ("VESTIBULE_LIMIT_TENANT", "off".to_owned()),
        ];
        Self { settings: settings.into() }
    }

    /// Likewise, with this as well.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.settings.insert(name, value.to_owned());
        self
    }

    /// A process that serves, as soon as it does. On a busy machine it may miss its database, and is started again.
    pub fn api(&self) -> anyhow::Result<Api> {
        let mut tries = 0..TRIES;
        loop {
            let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
            let mut api = self.api_at(address)?;
            match api.until_ready() {
                Ok(()) => return Ok(api),
                Err(error) if tries.next().is_none() => return Err(error),
                Err(_) => {}
            }
        }
    }

    /// A process that is about to serve there.
    pub fn api_at(&self, address: SocketAddr) -> anyhow::Result<Api> {
        let serving = self.clone().with("VESTIBULE_LISTEN", &address.to_string());
        Ok(Api { process: serving.process(&["api"])?, address })
    }

    /// A process that works in the background.
    pub fn worker(&self) -> anyhow::Result<Process> {
        self.process(&["worker"])
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<()> {
        let mut process = self.process(arguments)?;
        let status = process.child.wait()?;
        if status.success() {
            return Ok(());
        }
        bail!(
            "vestibule {} ended with {status}; see {}",
            arguments.join(" "),
            process.log.display()
        )
    }

    fn process(&self, arguments: &[&str]) -> anyhow::Result<Process> {
        let name = format!("bench-{}.log", arguments.join("-"));
        let log = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let file = File::create(&log)?;
        let child = Command::new(BINARY)
            .args(arguments)
            .env_remove("AMQP_URL")
            .envs(&self.settings)
            .stdout(file.try_clone()?)
            .stderr(file)
            .stdin(Stdio::null())
            .spawn()?;
        Ok(Process { child, log })
    }
}

/// A process, until it is dropped.
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Of another program.
    pub fn other(child: Child) -> Self {
        Self { child, log: PathBuf::new() }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Fails if it does not run any more.
    pub fn still_runs(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("a process ended with {status}; see {}", self.log.display()),
        }
    }

    /// Bytes of memory that are its own or mapped, now.
    pub fn resident(&self) -> f64 {
        self.status("VmRSS:")
    }

    /// The most of it so far.
    pub fn resident_most(&self) -> f64 {
        self.status("VmHWM:")
    }

    /// A line of `/proc/PID/status`, in kB there.
    fn status(&self, name: &str) -> f64 {
        let path = format!("/proc/{}/status", self.id());
        let status = std::fs::read_to_string(path).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
        kilobytes.unwrap_or(f64::NAN) * 1_024.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A process that serves.
pub struct Api {
    pub process: Process,
    pub address: SocketAddr,
}

impl Api {
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until it takes connections.
    pub fn until_ready(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        while std::net::TcpStream::connect(self.address).is_err() {
            let has_ended = self.process.child.try_wait()?.is_some();
            if has_ended || began.elapsed() > STARTS_WITHIN {
                bail!("vestibule api does not start; see {}", self.process.log.display());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }
}

/// PostgreSQL's processes, if they are on this machine.
pub struct Postgres {
    postmaster: u32,
}

impl Postgres {
    pub async fn of(database: &str) -> anyhow::Result<Self> {
        let mut admin = PgConnection::connect(database).await?;
        let backend: i32 =
            sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut admin).await?;
        let stat = Stat::of(u32::try_from(backend)?).context("PostgreSQL is on another machine")?;
        admin.close().await?;
        Ok(Self { postmaster: stat.parent })
    }

    /// Seconds of processor so far, of those that run and of those that have ended.
    pub fn cpu(&self) -> f64 {
        let own = Stat::of(self.postmaster).map_or(0.0, |stat| stat.cpu + stat.cpu_of_ended);
        let running =
            std::fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| {
                let process = entry.file_name().to_str()?.parse().ok()?;
                Stat::of(process).filter(|stat| stat.parent == self.postmaster)
            });
        own + running.map(|stat| stat.cpu).sum::<f64>()
    }
}

/// Seconds of processor that a process took so far.
pub fn cpu_of(process: u32) -> f64 {
    Stat::of(process).map_or(0.0, |stat| stat.cpu)
}

/// Likewise, with what processes took that it started and that have ended.
pub fn cpu_of_all(process: u32) -> f64 {
    Stat::of(process).map_or(0.0, |stat| stat.cpu + stat.cpu_of_ended)
}

/// What `/proc/PID/stat` says (proc(5): times in hundredths, in a process's own and in the system's code).
struct Stat {
    parent: u32,
    cpu: f64,
    cpu_of_ended: f64,
}

impl Stat {
    fn of(process: u32) -> Option<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let (_, after_name) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let seconds = |n: usize| {
            fields.get(n).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default() / 100.0
        };
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            cpu: seconds(11) + seconds(12),
            cpu_of_ended: seconds(13) + seconds(14),
        })
    }
}
