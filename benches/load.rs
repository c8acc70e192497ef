//! Requests that were written beforehand, over kept connections, each as soon as the one before it is answered. Little more than
//! the two system calls a request, because it shares the machine with what it drives.

use std::cell::Cell;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use futures_util::future::try_join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Where to, and how hard.
#[derive(Clone, Copy)]
pub struct Load {
    pub to: SocketAddr,
    pub connections: usize,
    /// No request begins after this.
    pub time: Duration,
    pub again: Again,
}

/// Whether a request may be sent more than once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// What comes again would be known already: the load ends with the last request.
    Never,
    /// Nothing is remembered where it goes: after the last comes the first.
    FromTheFirst,
}

/// What came of it.
pub struct Answered {
    pub taken: Duration,
    /// Of each request, in order of length.
    pub latencies: Vec<Duration>,
    /// Answers that were no success.
    pub refused: usize,
}

impl Answered {
    /// Successes.
    pub fn per_second(&self) -> f64 {
        (self.latencies.len() - self.refused) as f64 / self.taken.as_secs_f64()
    }

    /// In milliseconds.
    pub fn percentile(&self, part: f64) -> f64 {
        percentile(&self.latencies, part)
    }
}

/// In milliseconds; `part` of 1.
pub fn percentile(sorted: &[Duration], part: f64) -> f64 {
    let rank = (sorted.len() as f64 * part).ceil() as usize;
    sorted.get(rank.max(1) - 1).map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
}

/// Sends, and measures from the first byte out to the last byte in.
pub async fn send(load: Load, requests: &[Vec<u8>]) -> anyhow::Result<Answered> {
    ensure!(!requests.is_empty(), "there is nothing to send");
    let open = (0..load.connections).map(|_| Connection::open(load.to));
    let connections = try_join_all(open).await?;
    let next = Cell::new(0);
    let began = Instant::now();
    let take = || {
        let place = next.replace(next.get() + 1);
        let is_over = began.elapsed() >= load.time;
        match load.again {
            _ if is_over => None,
            Again::Never => requests.get(place),
            Again::FromTheFirst => requests.get(place % requests.len()),
        }
    };
    let all = try_join_all(connections.into_iter().map(|one| one.send_all(&take))).await?;
    let taken = began.elapsed();
    let refused = all.iter().map(|(_, refused)| refused).sum();
    let mut latencies: Vec<Duration> = all.into_iter().flat_map(|(times, _)| times).collect();
    latencies.sort_unstable();
    Ok(Answered { taken, latencies, refused })
}

struct Connection {
    socket: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    async fn open(to: SocketAddr) -> anyhow::Result<Self> {
        let socket = TcpStream::connect(to).await.context("nobody takes connections")?;
        socket.set_nodelay(true)?;
        Ok(Self { socket, read: Vec::with_capacity(4_096) })
    }

    async fn send_all<'a>(
        mut self,
        take: &impl Fn() -> Option<&'a Vec<u8>>,
    ) -> anyhow::Result<(Vec<Duration>, usize)> {
        let (mut latencies, mut refused) = (Vec::new(), 0);
        while let Some(request) = take() {
            let began = Instant::now();
            self.socket.write_all(request).await?;
            let status = self.answer().await?;
            latencies.push(began.elapsed());
            refused += usize::from(!(200..300).contains(&status));
        }
        Ok((latencies, refused))
    }

    /// Reads one answer; its status.
    async fn answer(&mut self) -> anyhow::Result<u16> {
        self.read.clear();
        let head = loop {
            if let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break Head::read(&self.read[..end])?;
            }
            self.more().await?;
        };
        while self.read.len() < head.answer_length {
            self.more().await?;
        }
        Ok(head.status)
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        ensure!(self.socket.read_buf(&mut self.read).await? > 0, "the connection was closed");
        Ok(())
    }
}

struct Head {
    status: u16,
    /// With the head itself.
    answer_length: usize,
}

impl Head {
    fn read(head: &[u8]) -> anyhow::Result<Self> {
        let text = std::str::from_utf8(head)?;
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("no status")?;
        let mut body = 0;
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-length") {
                body = value.trim().parse()?;
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                bail!("an answer in pieces is not read here");
            }
        }
        Ok(Self { status: status.parse()?, answer_length: head.len() + 4 + body })
    }
}
