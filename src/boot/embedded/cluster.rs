//! The cluster's life: made, started, found again, stopped. PostgreSQL's own tools do it; we only hold them.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::process::Command;

use super::{account::Account, binaries::Binaries, place::Place, secrets};

pub const DATABASE: &str = "vestibule";
const ADMINISTRATOR: &str = "postgres";
/// Recovery after an unclean end replays what was written since the last checkpoint.
const START_SECONDS: u32 = 120;
const STOP_SECONDS: u32 = 30;
/// Another program may take the port between our look and PostgreSQL's.
const TRIES: u32 = 3;
const PATIENCE: Duration = Duration::from_secs(3);
/// Before the next try: the children of a server that was killed need a moment to notice, and hold its memory until then.
const PAUSE: Duration = Duration::from_millis(500);

/// Appended to what `initdb` wrote. No Unix socket: its path may be 107 bytes at most, and a clone can lie deeper.
const SETTINGS: &str = "
# Vestibule's private cluster: this machine only, by password.
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] '
";

pub struct Cluster {
    binaries: Binaries,
    account: Account,
    place: Place,
    password: SecretString,
    port: u16,
}

impl Cluster {
    pub fn new(binaries: Binaries, account: Account, place: Place, password: SecretString) -> Self {
        Self { binaries, account, place, password, port: 0 }
    }

    pub fn exists(&self) -> bool {
        self.place.data().join("PG_VERSION").is_file()
    }

    /// Makes it under another name first, so that an interrupted run leaves nothing that looks whole.
    pub async fn initialise(&self) -> anyhow::Result<()> {
        let unfinished = self.place.unfinished();
        if unfinished.exists() {
            std::fs::remove_dir_all(&unfinished)
                .with_context(|| format!("can not remove {}", unfinished.display()))?;
        }
        let password_file = self.place.password_file();
        secrets::write_privately(&password_file, &self.password)?;
        self.account.own_privately(&password_file, 0o600)?;

        let mut initdb = self.account.command(&self.binaries.program("initdb"));
        initdb.arg("--pgdata").arg(&unfinished).arg("--pwfile").arg(&password_file);
        initdb.args([
            "--username",
            ADMINISTRATOR,
            "--auth",
            "scram-sha-256",
            "--encoding",
            "UTF8",
            "--no-locale",
        ]);
        initdb.arg("--data-checksums");
        let made = succeed(initdb, "initdb").await;
        std::fs::remove_file(&password_file)?;
        made?;

        append(&unfinished.join("postgresql.conf"), SETTINGS)?;
        std::fs::rename(&unfinished, self.place.data())
            .context("can not give the new cluster its name")
    }

    /// Whether the cluster runs already, left behind by a process that was killed. Then it is ours from now on.
    pub async fn adopt(&mut self) -> anyhow::Result<bool> {
        let Some(left) = Postmaster::read(&self.place.data()) else { return Ok(false) };
        self.port = left.port;
        if self.is_ours().await {
            return Ok(true);
        }
        if left.still_runs() {
            // It starts, stops or recovers: end it the orderly way and start it afresh.
            return self.pg_ctl_stop().await.map(|()| false);
        }
        left.disown()?;
        Ok(false)
    }

    /// Starts it on the port of last time if that is free, as clients may have noted it, else on any.
    pub async fn start(&mut self) -> anyhow::Result<()> {
        let mut refused = None;
        self.port = port_of_last_time(&self.place.data()).unwrap_or(0);
        for _ in 0..TRIES {
            self.port = free_port(self.port)?;
            match self.pg_ctl_start().await {
                Ok(()) => {
                    ensure!(
                        self.is_ours().await,
                        "the server on port {} is not the one just started",
                        self.port
                    );
                    return Ok(());
                }
                Err(error) => refused = Some(error),
            }
            self.port = 0;
            tokio::time::sleep(PAUSE).await;
        }
        Err(refused.map_or_else(
            || anyhow::anyhow!("PostgreSQL was not started"),
            |error| self.with_log(error),
        ))
    }

    /// Clients are disconnected, everything is written, the port is closed.
    pub async fn stop(&self) -> anyhow::Result<()> {
        self.pg_ctl_stop().await
    }

    pub async fn ensure_database(&self) -> anyhow::Result<()> {
        let mut connection = self.connect(ADMINISTRATOR).await?;
        let exists: bool =
            sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
                .bind(DATABASE)
                .fetch_one(&mut connection)
                .await?;
        if !exists {
            sqlx::query("create database vestibule").execute(&mut connection).await?;
        }
        Ok(connection.close().await?)
    }

    pub fn url(&self, database: &str) -> SecretString {
        let password = self.password.expose_secret();
        SecretString::from(format!(
            "postgres://{ADMINISTRATOR}:{password}@127.0.0.1:{}/{database}",
            self.port
        ))
    }

    /// Proven by our password and the folder it serves: a port alone says nothing.
    async fn is_ours(&self) -> bool {
        let asked = async {
            let mut connection = self.connect(ADMINISTRATOR).await?;
            let folder: String =
                sqlx::query_scalar("show data_directory").fetch_one(&mut connection).await?;
            let ours = Path::new(&folder).canonicalize()? == self.place.data().canonicalize()?;
            anyhow::Ok(ours)
        };
        matches!(tokio::time::timeout(PATIENCE, asked).await, Ok(Ok(true)))
    }

    async fn connect(&self, database: &str) -> anyhow::Result<PgConnection> {
        let options: PgConnectOptions = self.url(database).expose_secret().parse()?;
        Ok(options.connect().await?)
    }

    /// `pg_ctl` puts the server into a session of its own, so Ctrl-C reaches us alone and the server stops last.
    async fn pg_ctl_start(&self) -> anyhow::Result<()> {
        let mut pg_ctl = self.pg_ctl("start");
        pg_ctl.args([
            "--timeout",
            &START_SECONDS.to_string(),
            "--options",
            &format!("-p {}", self.port),
        ]);
        pg_ctl.arg("--log").arg(self.place.log());
        succeed(pg_ctl, "pg_ctl start").await
    }

    async fn pg_ctl_stop(&self) -> anyhow::Result<()> {
        let mut pg_ctl = self.pg_ctl("stop");
        pg_ctl.args(["--mode", "fast", "--timeout", &STOP_SECONDS.to_string()]);
        succeed(pg_ctl, "pg_ctl stop").await
    }

    fn pg_ctl(&self, action: &str) -> Command {
        let mut pg_ctl = self.account.command(&self.binaries.program("pg_ctl"));
        pg_ctl.arg(action).arg("--pgdata").arg(self.place.data()).args(["--wait", "--silent"]);
        pg_ctl
    }

    fn with_log(&self, error: anyhow::Error) -> anyhow::Error {
        let path = self.place.log();
        let log = std::fs::read_to_string(&path).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines[lines.len().saturating_sub(8)..].join("\n  ");
        error.context(format!(
            "PostgreSQL does not start; the end of {}:\n  {last}\n ",
            path.display()
        ))
    }
}

/// What a running server writes into its folder.
struct Postmaster {
    file: PathBuf,
    process: String,
    port: u16,
    rest: String,
}

impl Postmaster {
    fn read(data: &Path) -> Option<Self> {
        let file = data.join("postmaster.pid");
        let content = std::fs::read_to_string(&file).ok()?;
        // Process, folder, start time, port. A server that has only just begun has not written the port.
        let (process, rest) = content.split_once('\n')?;
        let port = rest.lines().nth(2).and_then(|line| line.trim().parse().ok()).unwrap_or(0);
        Some(Self { process: process.trim().to_owned(), port, rest: rest.to_owned(), file })
    }

    /// Whether the process is there and is a PostgreSQL. Where /proc is missing PostgreSQL's own check has to do.
    fn still_runs(&self) -> bool {
        match std::fs::read_to_string(format!("/proc/{}/stat", self.process)) {
            // A container without an init keeps the dead as zombies, state Z.
            Ok(stat) => stat.contains("(postgres)") && !stat.contains(") Z "),
            Err(_) => !Path::new("/proc/self").exists(),
        }
    }

    /// After a restart of the machine the number may be another program's, and PostgreSQL would refuse to start.
    ///
    /// Ours takes its place, as `pg_ctl` tells the server to take no notice of whoever called it. The file must not be
    /// removed: its last lines lead PostgreSQL to children of the old server that still hold its memory.
    fn disown(&self) -> anyhow::Result<()> {
        std::fs::write(&self.file, format!("{}\n{}", std::process::id(), self.rest))
            .with_context(|| format!("can not change {}", self.file.display()))
    }
}

/// PostgreSQL keeps the options of its last start: `… "-D" "…/data" "-p" "41237"`.
fn port_of_last_time(data: &Path) -> Option<u16> {
    let options = std::fs::read_to_string(data.join("postmaster.opts")).ok()?;
    let (_, port) = options.rsplit_once("\"-p\" \"")?;
    port.split('"').next()?.parse().ok()
}

fn free_port(wanted: u16) -> anyhow::Result<u16> {
    let listener =
        TcpListener::bind(("127.0.0.1", wanted)).or_else(|_| TcpListener::bind(("127.0.0.1", 0)));
    Ok(listener
        .and_then(|listener| listener.local_addr())
        .context("no free port on 127.0.0.1")?
        .port())
}

fn append(path: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    let file = std::fs::OpenOptions::new().append(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("can not write {}", path.display()))
}

/// Runs a tool to its end; its own words are the error when it fails.
async fn succeed(mut command: Command, what: &str) -> anyhow::Result<()> {
    // The pipes end with the tool: `pg_ctl --log` detaches the server from both.
    let output = command.output().await.with_context(|| format!("can not run {what}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    bail!("{what} failed ({}): {}", output.status, said.trim())
}
