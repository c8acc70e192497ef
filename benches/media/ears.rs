//! Backends. Most are read once a second, for their bytes alone; of some each frame is timed as it comes.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::bail;
use tokio::io::AsyncReadExt;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// Bytes of a frame's audio.
pub const AUDIO: usize = 160;
/// Of how many backends each frame is timed.
const TIMED: usize = 60;
/// How long all backends of a level may take to be reached.
const REACHED_WITHIN: Duration = Duration::from_secs(60);

static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Nanoseconds since this process began.
pub fn epoch() -> u64 {
    u64::try_from(BEGUN.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

#[derive(Debug, Default)]
struct Shared {
    frames: AtomicU64,
    reached: AtomicUsize,
    is_measured: AtomicBool,
    late: Mutex<Vec<Duration>>,
    counted: Mutex<Vec<Ear>>,
}

/// All backends.
pub struct Ears {
    shared: Arc<Shared>,
    ports: [u16; 2],
}

impl Ears {
    pub fn open() -> anyhow::Result<Self> {
        let shared = Arc::new(Shared::default());
        let timing =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let handle = timing.handle().clone();
        // It times for as long as the benchmark lasts.
        std::mem::forget(timing);
        let mut ports = [0; 2];
        for port in &mut ports {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            *port = listener.local_addr()?.port();
            let (shared, handle) = (Arc::clone(&shared), handle.clone());
            std::thread::spawn(move || {
                for socket in listener.incoming().flatten() {
                    let _ = take(socket, &shared, &handle);
                }
            });
        }
        let swept = Arc::clone(&shared);
        std::thread::spawn(move || sweep(&swept));
        Ok(Self { shared, ports })
    }

    pub fn urls(&self) -> [String; 2] {
        self.ports.map(|port| format!("ws://127.0.0.1:{port}/"))
    }

    /// The last level's backends are gone.
    pub fn forget(&mut self) {
        locked(&self.shared.counted).clear();
        self.shared.reached.store(0, Ordering::SeqCst);
        self.shared.frames.store(0, Ordering::SeqCst);
    }

    pub fn until(&self, count: usize) -> anyhow::Result<()> {
        let begun = Instant::now();
        while self.shared.reached.load(Ordering::SeqCst) < count {
            if begun.elapsed() > REACHED_WITHIN {
                bail!(
                    "{} of {count} backends were reached",
                    self.shared.reached.load(Ordering::SeqCst)
                );
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    pub fn begin(&self) {
        locked(&self.shared.late).clear();
        self.shared.is_measured.store(true, Ordering::SeqCst);
    }

    /// How late each timed frame was, sorted.
    pub fn end(&self) -> Vec<Duration> {
        self.shared.is_measured.store(false, Ordering::SeqCst);
        let mut late = std::mem::take(&mut *locked(&self.shared.late));
        late.sort_unstable();
        late
    }

    /// Frames that came, all of them read.
    pub fn frames(&self) -> u64 {
        locked(&self.shared.counted).iter_mut().for_each(|ear| ear.read(&self.shared));
        self.shared.frames.load(Ordering::SeqCst)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn take(
    mut socket: TcpStream,
    shared: &Arc<Shared>,
    timing: &tokio::runtime::Handle,
) -> anyhow::Result<()> {
    let mut request = Vec::new();
    let mut part = [0; 1_024];
    while !request.ends_with(b"\r\n\r\n") {
        let read = socket.read(&mut part)?;
        if read == 0 {
            bail!("gone");
        }
        request.extend_from_slice(&part[..read]);
    }
    let request = String::from_utf8_lossy(&request);
    let key = request
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"))
        .map(|(_, key)| derive_accept_key(key.trim().as_bytes()));
    write!(
        socket,
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: vestibule.media.v1\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        key.unwrap_or_default()
    )?;
    socket.set_nonblocking(true)?;
    let ear = Ear { socket, rest: Vec::new() };
    if shared.reached.fetch_add(1, Ordering::SeqCst) < TIMED {
        let shared = Arc::clone(shared);
        timing.spawn(async move { drop(time(ear, &shared).await) });
    } else {
        locked(&shared.counted).push(ear);
    }
    Ok(())
}

/// Reads what has come to the others. They are not watched, so that their frames wake nobody.
fn sweep(shared: &Shared) {
    loop {
        std::thread::sleep(Duration::from_secs(1));
        // A few at a time, so that the frames that are timed do not wait behind them.
        let count = locked(&shared.counted).len();
        for begin in (0..count).step_by(20) {
            let mut counted = locked(&shared.counted);
            counted.iter_mut().skip(begin).take(20).for_each(|ear| ear.read(shared));
            drop(counted);
            std::thread::sleep(Duration::from_micros(500));
        }
    }
}

async fn time(ear: Ear, shared: &Shared) -> std::io::Result<()> {
    let Ear { socket, mut rest } = ear;
    let mut socket = tokio::net::TcpStream::from_std(socket)?;
    let mut part = [0; 4_096];
    loop {
        let read = socket.read(&mut part).await?;
        if read == 0 {
            return Ok(());
        }
        let now = epoch();
        rest.extend_from_slice(&part[..read]);
        let mut pongs = Vec::new();
        let frames = frames(&mut rest, &mut pongs, |said| {
            if shared.is_measured.load(Ordering::Relaxed) {
                locked(&shared.late).push(Duration::from_nanos(now.saturating_sub(said)));
            }
        });
        shared.frames.fetch_add(frames, Ordering::Relaxed);
        let _ = socket.try_write(&pongs);
    }
}

/// A backend whose bytes are counted.
#[derive(Debug)]
struct Ear {
    socket: TcpStream,
    rest: Vec<u8>,
}

impl Ear {
    fn read(&mut self, shared: &Shared) {
        let mut part = [0; 32 * 1_024];
        loop {
            match self.socket.read(&mut part) {
                Ok(0) => return,
                Ok(read) => self.rest.extend_from_slice(&part[..read]),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => break,
            }
        }
        let mut pongs = Vec::new();
        let frames = frames(&mut self.rest, &mut pongs, |_| {});
        shared.frames.fetch_add(frames, Ordering::Relaxed);
        if !pongs.is_empty() {
            let _ = self.socket.write(&pongs);
        }
    }
}

/// Takes whole frames off the front: how many held audio. Pings are answered.
fn frames(bytes: &mut Vec<u8>, pongs: &mut Vec<u8>, mut said: impl FnMut(u64)) -> u64 {
    let (mut at, mut audio) = (0, 0);
    while let Some(head) = bytes.get(at..at + 2) {
        let (opcode, short) = (head[0] & 0x0f, usize::from(head[1] & 0x7f));
        let (mask_at, length) = match (short, bytes.get(at + 2..at + 4)) {
            (126, Some(long)) => (at + 4, usize::from(u16::from_be_bytes([long[0], long[1]]))),
            (126, None) => break,
            _ => (at + 2, short),
        };
        let (body, end) = (mask_at + 4, mask_at + 4 + length);
        if bytes.len() < end {
            break;
        }
        if opcode == 2 && length == AUDIO {
            let mut time = [0; 8];
            for (n, byte) in time.iter_mut().enumerate() {
                *byte = bytes[body + n] ^ bytes[mask_at + n % 4];
            }
            said(u64::from_be_bytes(time));
            audio += 1;
        }
        if opcode == 9 {
            pongs.extend_from_slice(&[0x8a, 0]);
        }
        at = end;
    }
    bytes.drain(..at);
    audio
}
