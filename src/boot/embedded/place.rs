//! Where the cluster lies: in the state directory, or beside it when the server's account can not get there.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::account::Account;
use crate::boot::console_output;

/// Holds the cluster's path, so that the next start finds it whatever has changed about permissions since.
const RECORD: &str = "database-location";
/// Where root may put what another account must reach.
const ELSEWHERE: [&str; 2] = ["/var/lib/vestibule", "/var/tmp/vestibule"];

/// The cluster's folder.
#[derive(Clone, Debug)]
pub struct Place(PathBuf);

impl Place {
    /// The one recorded at an earlier start, or a new one.
    pub async fn choose(state_dir: &Path, account: &Account) -> anyhow::Result<Self> {
        if let Some(path) = existing(state_dir) {
            if account.can_write_in(&path).await {
                return Ok(Self(path));
            }
            bail!(
                "the database in {} belongs to another user; start as that user or as root, or give another --state-dir",
                path.display()
            );
        }
        let path = Self::make(state_dir, account).await?;
        let record = state_dir.join(RECORD);
        std::fs::write(&record, path.as_os_str().as_encoded_bytes())
            .with_context(|| format!("can not write {}", record.display()))?;
        Ok(Self(path))
    }

    async fn make(state_dir: &Path, account: &Account) -> anyhow::Result<PathBuf> {
        let inside = state_dir.join("postgres");
        account.make_private_dir(&inside)?;
        if account.can_write_in(&inside).await {
            return Ok(inside);
        }
        // Empty, as the account could not even get there.
        let _ = std::fs::remove_dir(&inside);
        for parent in ELSEWHERE {
            let path = Path::new(parent).join(name_for(state_dir));
            if make_elsewhere(Path::new(parent), &path, account).is_ok()
                && account.can_write_in(&path).await
            {
                console_output::line(format_args!(
                    "    PostgreSQL does not run as root, and its own account can not reach {}:\n    the data is kept in {}",
                    state_dir.display(),
                    path.display()
                ));
                return Ok(path);
            }
        }
        bail!(
            "PostgreSQL does not run as root, and its own account can reach neither {} nor {ELSEWHERE:?}; \
             give a --state-dir that everybody may enter",
            state_dir.display()
        )
    }

    pub fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    /// What is being made, until it is whole.
    pub fn unfinished(&self) -> PathBuf {
        self.0.join("data.unfinished")
    }

    pub fn log(&self) -> PathBuf {
        self.0.join("postgres.log")
    }

    pub fn password_file(&self) -> PathBuf {
        self.0.join("initial-password")
    }
}

/// The place recorded at an earlier start, if its data is still there.
pub fn existing(state_dir: &Path) -> Option<PathBuf> {
    let recorded = std::fs::read_to_string(state_dir.join(RECORD)).ok()?;
    let path = PathBuf::from(recorded.trim_end_matches('\n'));
    // A state directory that was copied or moved carries its cluster along, and must not reach for the old one's.
    let path = if path.ends_with("postgres") { state_dir.join("postgres") } else { path };
    path.join("data").join("PG_VERSION").is_file().then_some(path)
}

/// Root's own folder above, the account's below: nobody else can have put anything there.
fn make_elsewhere(parent: &Path, path: &Path, account: &Account) -> anyhow::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};

    match std::fs::DirBuilder::new().mode(0o755).create(parent) {
        Ok(()) => std::fs::set_permissions(parent, std::fs::Permissions::from_mode(0o755))?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let metadata = std::fs::symlink_metadata(parent)?;
            if !metadata.is_dir() || metadata.uid() != 0 || metadata.mode() & 0o022 != 0 {
                bail!("{} is not root's own", parent.display());
            }
        }
        Err(error) => return Err(error.into()),
    }
    std::fs::create_dir(path)?;
    account.own_privately(path, 0o700)
}

/// Tells a person whose it is; the random part keeps it apart from one left behind by a deleted state directory.
fn name_for(state_dir: &Path) -> String {
    let project = state_dir
        .parent()
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().into_owned());
    format!("{}-{:08x}", project.unwrap_or_else(|| "root".to_owned()), rand::random::<u32>())
}
