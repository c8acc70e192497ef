//! Calls at a carrier: fifty frames a second each, at their times, from one thread.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::ears::{AUDIO, epoch};

const EACH: Duration = Duration::from_millis(20);
const START: &str = r#"{"event":"start","sequenceNumber":"1","streamSid":"MZ00000000000000000000000000000001","start":{"accountSid":"AC00000000000000000000000000000001","streamSid":"MZ00000000000000000000000000000001","callSid":"CA00000000000000000000000000000001","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"customParameters":{}}}"#;
const MEDIA: &str = r#"{"event":"media","sequenceNumber":"1","streamSid":"MZ00000000000000000000000000000001","media":{"track":"inbound","chunk":"1","timestamp":"20","payload":""#;

/// Calls that have begun.
pub struct Calls {
    sockets: Vec<TcpStream>,
}

/// What was said.
pub struct Said {
    pub frames: u64,
    /// How late each frame was said, sorted: if this is long, the load was the bottleneck.
    pub late: Vec<Duration>,
}

/// Calls that speak.
pub struct Running(JoinHandle<anyhow::Result<Said>>);

impl Running {
    pub fn join(self) -> anyhow::Result<Said> {
        self.0.join().map_err(|_| anyhow::anyhow!("the load failed"))?
    }
}

impl Calls {
    /// Upgrades so many sockets, and begins a stream on each.
    pub fn open(port: u16, count: usize) -> anyhow::Result<Self> {
        let sockets = (0..count).map(|_| begin(port)).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Self { sockets })
    }

    pub fn count(&self) -> usize {
        self.sockets.len()
    }

    /// Speaks on all of them for a while, spread evenly over each 20 ms; then hangs up.
    pub fn run(self, how_long: Duration) -> Running {
        Running(std::thread::spawn(move || self.speak(how_long)))
    }

    fn speak(mut self, how_long: Duration) -> anyhow::Result<Said> {
        let count = self.sockets.len() as u32;
        let rounds = (how_long.as_millis() / EACH.as_millis()) as u32;
        let mut late = Vec::with_capacity((rounds * count) as usize);
        let begun = Instant::now();
        for round in 0..rounds {
            for (n, socket) in (0..count).zip(&mut self.sockets) {
                let due = begun + EACH * round + EACH * n / count;
                wait_until(due);
                late.push(due.elapsed());
                let frame = media();
                match socket.write(&frame) {
                    Ok(written) if written == frame.len() => {}
                    Ok(_) => bail!("a forwarder no longer reads"),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        bail!("a forwarder no longer reads")
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        late.sort_unstable();
        let frames = u64::from(rounds) * u64::from(count);
        // So that what is under way arrives before the stop does.
        std::thread::sleep(Duration::from_millis(300));
        for socket in &mut self.sockets {
            let _ = socket.write(&text(r#"{"event":"stop","stop":{}}"#));
        }
        Ok(Said { frames, late })
    }
}

fn wait_until(due: Instant) {
    loop {
        let left = due.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        std::thread::sleep(left);
    }
}

fn begin(port: u16) -> anyhow::Result<TcpStream> {
    let mut socket = TcpStream::connect(("127.0.0.1", port))?;
    socket.set_nodelay(true)?;
    write!(
        socket,
        "GET /media/twilio/bench HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") {
        socket.read_exact(&mut byte).context("no answer to an upgrade")?;
        answer.push(byte[0]);
    }
    if !answer.starts_with(b"HTTP/1.1 101") {
        bail!("an upgrade was refused: {}", String::from_utf8_lossy(&answer));
    }
    socket.write_all(&text(START))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// A frame whose audio begins with the time.
fn media() -> Vec<u8> {
    let mut audio = [0x55; AUDIO];
    audio[..8].copy_from_slice(&epoch().to_be_bytes());
    let mut json = String::with_capacity(MEDIA.len() + 220);
    json.push_str(MEDIA);
    STANDARD.encode_string(audio, &mut json);
    json.push_str("\"}}");
    text(&json)
}

/// A client's text frame, masked with zeros: allowed, and no work.
fn text(json: &str) -> Vec<u8> {
    let mut frame = vec![0x81];
    match json.len() {
        short @ 0..=125 => frame.push(0x80 | short as u8),
        long => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&(long as u16).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(json.as_bytes());
    frame
}
