//! Whose name PostgreSQL runs under. It refuses to run as root, so root lends it an unprivileged account.

use std::{
    fs::Permissions,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
};

use anyhow::{Context, bail};
use tokio::process::Command;

/// Accounts that a system has for this, the best first.
const LENT: [&str; 3] = ["postgres", "nobody", "daemon"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// Whoever started us.
    Own,
    /// Another one, lent by root.
    Lent { uid: u32, gid: u32 },
}

impl Account {
    /// For root the account that owns the cluster there already is, or else one that the system has for it.
    pub async fn for_server(state_dir: &Path) -> anyhow::Result<Self> {
        if id(&["-u"]).await != Some(0) {
            return Ok(Self::Own);
        }
        if let Some(owner) = super::place::existing(state_dir).and_then(|place| owner(&place)) {
            return Ok(owner);
        }
        for name in LENT {
            if let (Some(uid), Some(gid)) = (id(&["-u", name]).await, id(&["-g", name]).await)
                && uid != 0
            {
                return Ok(Self::Lent { uid, gid });
            }
        }
        bail!(
            "PostgreSQL refuses to run as root, and this system has none of the users {LENT:?}; start as another user"
        )
    }

    /// A program under this account, in a folder and with an environment that mean nothing to it: a user's `PGPORT` or
    /// `PGDATA` must not lead it to another server.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").current_dir("/");
        command.stdin(std::process::Stdio::null());
        if let Self::Lent { uid, gid } = self {
            command.uid(*uid).gid(*gid);
        }
        command
    }

    /// Makes a folder that nobody else can look into.
    pub fn make_private_dir(&self, path: &Path) -> anyhow::Result<()> {
        std::fs::create_dir_all(path)
            .with_context(|| format!("can not make {}", path.display()))?;
        self.own_privately(path, 0o700)
    }

    /// Hands a file or folder over.
    pub fn own_privately(&self, path: &Path, mode: u32) -> anyhow::Result<()> {
        if let Self::Lent { uid, gid } = self {
            chown(path, Some(*uid), Some(*gid))
                .with_context(|| format!("can not hand over {}", path.display()))?;
        }
        std::fs::set_permissions(path, Permissions::from_mode(mode))
            .with_context(|| format!("can not protect {}", path.display()))
    }

    /// Whether it can write in the folder, which every folder above may forbid: a home directory mostly does.
    pub async fn can_write_in(&self, folder: &Path) -> bool {
        let mut test = self.command(Path::new("/usr/bin/env"));
        test.arg("test").arg("-w").arg(folder).arg("-a").arg("-x").arg(folder);
        test.status().await.is_ok_and(|status| status.success())
    }
}

fn owner(place: &Path) -> Option<Account> {
    let metadata = std::fs::symlink_metadata(place.join("data")).ok()?;
    (metadata.uid() != 0).then(|| Account::Lent { uid: metadata.uid(), gid: metadata.gid() })
}

async fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().await.ok()?;
    output.status.success().then_some(())?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
