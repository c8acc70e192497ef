//! The peer: Express, in a process of its own, with or without checking signatures.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use serde_json::json;
use vestibule::simulator::sipgate::sign::PUBLIC_KEY;

use super::firm::{TWILIO_TOKEN, VONAGE_SECRET};
use crate::processes::Process;

const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/express-hooks");

/// Whether it looks at signatures.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Signatures {
    Ignored,
    Verified,
}

/// An Express that runs, until it is dropped.
pub struct Express {
    pub process: Process,
    pub address: SocketAddr,
}

impl Express {
    /// One that stands where this URL leads: Twilio signs it.
    pub fn start(signatures: Signatures, public_url: &str) -> anyhow::Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mode = match signatures {
            Signatures::Ignored => "plain",
            Signatures::Verified => "verify",
        };
        let secrets = json!({ "public_url": public_url, "twilio": TWILIO_TOKEN, "vonage": VONAGE_SECRET, "sipgate": PUBLIC_KEY });
        let missing = "Express does not start; scripts/toolbox.sh benches/peers/express-hooks installs what it needs";
        let mut child = Command::new("node")
            .args(["hooks.js", &address.port().to_string(), mode, &secrets.to_string()])
            .current_dir(PEER)
            .env("NODE_ENV", "production")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context(missing)?;
        let said = child.stdout.take().context(missing)?;
        let process = Process::other(child);
        let mut ready = String::new();
        BufReader::new(said).read_line(&mut ready)?;
        ensure!(ready.trim() == "ready", "{missing}");
        Ok(Self { process, address })
    }
}
