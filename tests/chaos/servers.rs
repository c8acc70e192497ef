//! PostgreSQL and the simplest ways to be hard on a process. The server is one of our own, so that it may be killed.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// A small disk, where the machine permits one: as much as some minutes of load need.
const DISK: &str = "size=500m";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/test-services.sh");

/// A cluster of our own. It stays as durable as a real one.
#[derive(Debug)]
pub struct Postgres {
    /// `postgres://postgres:…@127.0.0.1:port/postgres`.
    pub url: reqwest::Url,
    folder: PathBuf,
    pub has_small_disk: bool,
}

impl Postgres {
    /// In this folder. Blocks for a few seconds.
    pub fn start(folder: &Path) -> Self {
        let own = folder.join("postgres");
        std::fs::create_dir_all(&own).unwrap();
        let has_small_disk = run("mount", &["-t", "tmpfs", "-o", DISK, "tmpfs", &text(&own)]);
        let mut script = Command::new("bash");
        script.arg(SCRIPT).arg("start").arg(folder).env_remove("DATABASE_URL");
        let output = script.env("AMQP_URL", "unused").stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let url = said
            .lines()
            .find_map(|line| line.split("DATABASE_URL=").nth(1)?.split_whitespace().next())
            .unwrap_or_else(|| panic!("no server: {}", String::from_utf8_lossy(&output.stderr)));
        let url = url.trim_matches(['\'', '"']).parse().unwrap();
        Self { url, folder: own, has_small_disk }
    }

    pub fn address(&self) -> std::net::SocketAddr {
        format!("127.0.0.1:{}", self.url.port().unwrap()).parse().unwrap()
    }

    /// As a power cut would: postmaster and backends alike.
    pub fn kill(&self) {
        self.signal("-KILL");
    }

    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    /// Starts it on the same port, again and again until it can: that is what supervisors are for. Blocks.
    pub fn restart(&self) {
        for _ in 0..60 {
            if self.pg_ctl(&["start", "-w", "-t", "60"]) {
                return;
            }
            std::thread::sleep(Duration::from_millis(500));
        }
        panic!("PostgreSQL does not start again: {}", self.end_of_log());
    }

    /// Whether there is a postmaster.
    pub fn runs(&self) -> bool {
        self.postmaster().is_some()
    }

    /// Takes all the room that is left.
    pub fn fill_disk(&self) {
        let ballast = self.folder.join("ballast");
        let _ = run("dd", &["if=/dev/zero", &format!("of={}", text(&ballast)), "bs=1M"]);
    }

    pub fn empty_disk(&self) {
        let _ = std::fs::remove_file(self.folder.join("ballast"));
    }

    pub fn end_of_log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }

    /// The process in the file, if it is a PostgreSQL: a number that is left there may be anyone's by now.
    fn postmaster(&self) -> Option<u32> {
        let file = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).ok()?;
        let process = file.lines().next()?.trim().parse().ok()?;
        let program = std::fs::read_to_string(format!("/proc/{process}/comm")).ok()?;
        (program.trim() == "postgres").then_some(process)
    }

    fn signal(&self, signal: &str) {
        let Some(postmaster) = self.postmaster() else { return };
        let family = children(postmaster).into_iter().chain([postmaster]);
        let family: Vec<String> = family.map(|process| process.to_string()).collect();
        let mut arguments = vec![signal];
        arguments.extend(family.iter().map(String::as_str));
        run("kill", &arguments);
    }

    fn pg_ctl(&self, arguments: &[&str]) -> bool {
        let data = self.folder.join("data");
        let programs = std::fs::read_to_string(self.folder.join("bin")).unwrap();
        let mut pg_ctl = Command::new(Path::new(programs.trim()).join("pg_ctl"));
        pg_ctl.arg("-D").arg(&data).arg("-l").arg(self.folder.join("log")).args(arguments);
        pg_ctl.arg("-o").arg(format!("-p {}", self.url.port().unwrap()));
        pg_ctl.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").current_dir("/");
        pg_ctl.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let owner = std::fs::metadata(&data).unwrap();
        if std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
            pg_ctl.uid(owner.uid()).gid(owner.gid());
        }
        pg_ctl.status().is_ok_and(|status| status.success())
    }
}

/// Everything that PostgreSQL and its folder need to be gone.
impl Drop for Postgres {
    fn drop(&mut self) {
        self.thaw();
        self.pg_ctl(&["stop", "-m", "immediate"]);
        if self.has_small_disk {
            run("umount", &["--lazy", &text(&self.folder)]);
        }
    }
}

/// Whether it went well.
pub fn run(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

pub fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn children(of: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers.filter(|process| parent(*process) == Some(of)).collect()
}

fn parent(of: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{of}/stat")).ok()?;
    // The name in brackets may hold anything.
    stat.rsplit_once(") ")?.1.split_whitespace().nth(1)?.parse().ok()
}
