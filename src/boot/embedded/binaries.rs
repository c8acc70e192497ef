//! Where PostgreSQL's programs are on this machine.

use std::path::{Path, PathBuf};

use anyhow::bail;
use tokio::process::Command;

/// What the migrations were written for.
const OLDEST: u32 = 15;
/// What starts, stops and makes a cluster. A client-only installation lacks the first.
const NEEDED: [&str; 3] = ["postgres", "initdb", "pg_ctl"];
/// Where packages put a folder a version: Debian, Red Hat, Homebrew on either chip, and Linux.
const VERSIONED: [(&str, &str); 5] = [
    ("/usr/lib/postgresql", ""),
    ("/usr", "pgsql-"),
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@"),
];

#[derive(Clone, Debug)]
pub struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// The first folder with a complete server of a version that will do: the search path's, then packages', newest
    /// first.
    pub async fn find(search_path: Vec<PathBuf>) -> anyhow::Result<Self> {
        let mut too_old = None;
        for folder in search_path.into_iter().chain(packaged()).chain(told_by_pg_config().await) {
            match version(&folder).await {
                Some(version) if version >= OLDEST => return Ok(Self { folder }),
                Some(version) => too_old = Some(version),
                None => {}
            }
        }
        let install = how_to_install();
        match too_old {
            Some(version) => {
                bail!(
                    "PostgreSQL {version} is here, but Vestibule needs {OLDEST} or newer. Install it with: {install}"
                )
            }
            None => bail!(
                "PostgreSQL's server programs (initdb, postgres) are not on this machine. Install them with: {install}\n\
                 Or set DATABASE_URL to a database that runs elsewhere."
            ),
        }
    }

    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn packaged() -> Vec<PathBuf> {
    VERSIONED.iter().flat_map(|(parent, prefix)| newest_first(Path::new(parent), prefix)).collect()
}

fn newest_first(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

async fn told_by_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().await.ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(folder.trim()))
}

/// The major version of a complete server in this folder.
async fn version(folder: &Path) -> Option<u32> {
    if !NEEDED.iter().all(|program| folder.join(program).is_file()) {
        return None;
    }
    // Links in a folder of the search path lead to where the server's own library folder is found from.
    let output = Command::new(folder.join("postgres")).arg("--version").output().await.ok()?;
    major(&String::from_utf8(output.stdout).ok()?)
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` is 15, `postgres (PostgreSQL) 19beta1` is 19.
fn major(line: &str) -> Option<u32> {
    let (_, version) = line.split_once("(PostgreSQL) ")?;
    let end = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..end].parse().ok()
}

fn how_to_install() -> &'static str {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let is = |names: &[&str]| {
        release
            .lines()
            .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
            .flat_map(|ids| ids.trim_matches('"').split_whitespace())
            .any(|id| names.contains(&id))
    };
    match () {
        () if is(&["debian", "ubuntu"]) => "sudo apt-get install postgresql",
        () if is(&["fedora", "rhel", "centos"]) => "sudo dnf install postgresql-server",
        () if is(&["alpine"]) => "sudo apk add postgresql",
        () if is(&["arch"]) => "sudo pacman -S postgresql",
        () if is(&["suse", "opensuse"]) => "sudo zypper install postgresql-server",
        () if cfg!(target_os = "macos") => "brew install postgresql@17",
        () => {
            "your system's package manager (the package is mostly called postgresql or postgresql-server)"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_says() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(major("mysqld  Ver 8.0"), None);
    }
}
