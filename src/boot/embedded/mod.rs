//! A private PostgreSQL cluster for trying Vestibule out. It is never a server that was there before, and it stops with us.

mod account;
mod binaries;
mod cluster;
mod place;
mod secrets;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use secrecy::SecretString;
use tokio::time::Instant;

pub use binaries::Binaries;

use super::{config::MasterKey, console_output::step};
use account::Account;
use cluster::Cluster;
use place::Place;

/// How long the state directory's lock is waited for.
const LOCK_WITHIN: Duration = Duration::from_secs(1);
const LOCK_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// A running private database, and the master key that belongs to what is stored in it.
pub struct Embedded {
    cluster: Cluster,
    state_dir: PathBuf,
    /// Held for as long as we run: two processes must not share, start and stop one cluster.
    _lock: File,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedded").field("state_dir", &self.state_dir).finish_non_exhaustive()
    }
}

impl Embedded {
    /// Makes the cluster if there is none, starts it (or takes over one that a killed process left running), and
    /// makes the database. `search_path` is where PostgreSQL's programs are looked for first.
    pub async fn start(state_dir: &Path, search_path: Vec<PathBuf>) -> anyhow::Result<Self> {
        let state_dir = make_state_dir(state_dir)?;
        let lock = lock(&state_dir).await?;
        let binaries = step("find PostgreSQL", Binaries::find(search_path)).await?;
        let account = Account::for_server(&state_dir).await?;
        let place = Place::choose(&state_dir, &account).await?;
        let password = secrets::database_password(&state_dir)?;

        let mut cluster = Cluster::new(binaries, account, place, password);
        if !cluster.exists() {
            step("make a private database cluster", cluster.initialise()).await?;
        }
        if step("look for a cluster left running", cluster.adopt()).await? {
            super::console_output::line("    taken over from a Vestibule that was killed");
        } else {
            step("start PostgreSQL", cluster.start()).await?;
        }
        step("open the database", cluster.ensure_database()).await?;
        Ok(Self { cluster, state_dir, _lock: lock })
    }

    /// The administrator's URL of the database `vestibule`.
    pub fn url(&self) -> SecretString {
        self.cluster.url(cluster::DATABASE)
    }

    /// The master key kept in the state directory; made at the first call.
    pub fn master_key(&self) -> anyhow::Result<MasterKey> {
        secrets::master_key(&self.state_dir)
    }

    /// Disconnects everybody and shuts down cleanly. What is stored stays for the next start.
    pub async fn stop(self) -> anyhow::Result<()> {
        step("stop PostgreSQL", self.cluster.stop()).await
    }
}

fn make_state_dir(state_dir: &Path) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(state_dir)
        .and_then(|()| state_dir.canonicalize())
        .with_context(|| format!("can not make the state directory {}", state_dir.display()))
}

async fn lock(state_dir: &Path) -> anyhow::Result<File> {
    let path = state_dir.join("lock");
    let file = File::create(&path).with_context(|| {
        format!(
            "can not write {}; was it made by another user? --state-dir names another one",
            path.display()
        )
    })?;
    let patience = Instant::now() + LOCK_WITHIN;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            // Whoever held it may be about to end; and a child has its parent's locks until it is another program.
            Err(TryLockError::WouldBlock) if Instant::now() < patience => {
                tokio::time::sleep(LOCK_AGAIN_AFTER).await;
            }
            Err(TryLockError::WouldBlock) => bail!(
                "another Vestibule runs on {}; stop it, or give this one its own --state-dir",
                state_dir.display()
            ),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("can not lock {}", path.display()));
            }
        }
    }
}

#[cfg(test)]
mod tests;
