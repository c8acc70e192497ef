//! A process of the installation: started with what a real one is started with, killed, frozen, told to stop, and started again.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::servers::run;

pub const BINARY: &str = env!("CARGO_BIN_EXE_vestibule");

#[derive(Debug)]
pub struct Process {
    pub name: String,
    command: &'static str,
    environment: Vec<(&'static str, String)>,
    /// Where an API listens.
    pub address: SocketAddr,
    log: PathBuf,
    child: Option<Child>,
    /// Whether it shall run: then it is started again if it ends by itself.
    wanted: bool,
    /// How often it ended though nobody asked it to.
    pub ended_by_itself: u32,
    /// What its clock is told, where it is wrong.
    clock: Option<(String, String)>,
}

impl Process {
    pub fn new(
        command: &'static str,
        place: usize,
        environment: &[(&'static str, String)],
        folder: &std::path::Path,
    ) -> Self {
        let name = format!("{command}-{place}");
        Self {
            command,
            environment: environment.to_vec(),
            address: free_address(),
            log: folder.join(format!("{name}.log")),
            name,
            child: None,
            wanted: false,
            ended_by_itself: 0,
            clock: None,
        }
    }

    /// What it finds in its environment from its next start on.
    pub fn is_told(&mut self, environment: &[(&'static str, String)]) {
        self.environment = environment.to_vec();
    }

    pub fn start(&mut self) {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(&self.log).unwrap();
        let mut command = Command::new(BINARY);
        command.arg(self.command).env_clear().envs(self.environment.iter().cloned());
        // By that whoever cleans up knows it.
        command.env("VESTIBULE_CHAOS", self.log.parent().unwrap());
        command.env("VESTIBULE_LISTEN", self.address.to_string());
        command.env("VESTIBULE_METRICS_LISTEN", free_address().to_string());
        if let Some((library, time)) = &self.clock {
            command.env("LD_PRELOAD", library).env("FAKETIME", time);
            // Waiting goes by another clock, which is right.
            command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn().unwrap());
        self.wanted = true;
    }

    /// No goodbye.
    pub fn kill(&mut self) {
        self.wanted = false;
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    /// Told to stop, as by whoever replaces it.
    pub fn terminate(&mut self) {
        self.wanted = false;
        self.signal("-TERM");
    }

    /// Whether it is gone.
    pub fn is_over(&mut self) -> bool {
        let over = self.child.as_mut().is_none_or(|child| !matches!(child.try_wait(), Ok(None)));
        if over {
            self.child = None;
        }
        over
    }

    /// Started again if it ended by itself, as a supervisor does.
    pub fn keep_up(&mut self) {
        if self.wanted && self.is_over() {
            self.ended_by_itself += 1;
            self.start();
        }
    }

    /// From its next start on its clock is that far off; `None`: right.
    pub fn has_clock(&mut self, clock: Option<(String, String)>) {
        self.clock = clock;
    }

    /// The memory that it has, in MiB.
    pub fn memory(&self) -> u64 {
        let Some(child) = &self.child else { return 0 };
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kib.unwrap_or_default() / 1024
    }

    fn signal(&self, signal: &str) {
        if let Some(child) = &self.child {
            run("kill", &[signal, &child.id().to_string()]);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Below the range from which the kernel gives ports to connections, so that none takes it while a process is down.
pub fn free_address() -> SocketAddr {
    loop {
        let port = rand::random_range(10_000..30_000);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if std::net::TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// Whether an API answers, within some time.
pub async fn answers(address: SocketAddr, within: Duration) -> bool {
    let since = Instant::now();
    let http = reqwest::Client::builder().timeout(Duration::from_secs(1)).no_proxy();
    let http = http.build().unwrap();
    while since.elapsed() < within {
        let ready = http.get(format!("http://{address}/health/ready")).send().await;
        if ready.is_ok_and(|answer| answer.status().is_success()) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}
