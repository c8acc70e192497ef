//! A RabbitMQ of a test's own, to be killed, frozen and started again. Tests that only need one take `AMQP_URL`.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/private-broker.sh");

/// Stopped and removed when dropped, in whatever state the test left it.
#[derive(Debug)]
pub struct Broker {
    /// Stays the same when it is started again.
    pub amqp_url: String,
    /// Its settings, data and log.
    pub folder: PathBuf,
}

impl Broker {
    /// Blocks for some four seconds, as Erlang takes its time.
    pub fn start() -> Self {
        let folder =
            std::env::temp_dir().join(format!("vestibule-broker-{:08x}", rand::random::<u32>()));
        let amqp_url = control("start", &folder);
        Self { amqp_url, folder }
    }

    /// As a power cut would: no goodbye, nothing written that was not written before.
    pub fn kill(&self) {
        self.signal("-KILL");
    }

    /// Starts it on the same port with what it had stored. After a kill, or while it runs.
    pub fn restart(&self) {
        control("stop", &self.folder);
        control("start", &self.folder);
    }

    /// Connections stay open and nobody answers.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let process = std::fs::read_to_string(self.folder.join("pid"))
            .expect("a started broker has a pid file");
        let sent = Command::new("kill")
            .arg(signal)
            .arg(process.trim())
            .status()
            .expect("kill is on every Unix");
        assert!(sent.success(), "the broker is gone already");
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        control("stop", &self.folder);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Its own words go where a failed test's output is shown.
fn control(action: &str, folder: &Path) -> String {
    let mut script = Command::new("bash");
    script.arg(SCRIPT).arg(action).arg(folder).stdin(Stdio::null());
    let output = script.output().expect("bash is on this machine");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the private broker did not {action}: {said}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
