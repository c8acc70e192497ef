//! A link between processes: it can be slow, held up or cut. With several ends it is the balancer in front of them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How things are on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    Clear,
    /// Everything takes that much longer.
    Slow(Duration),
    /// What is sent arrives once it is clear again.
    HeldUp,
    /// Connections break, and new ones as well.
    Cut,
}

/// Where a link leads.
#[derive(Debug)]
pub struct End {
    address: SocketAddr,
    /// Whether new connections are sent there.
    in_turn: AtomicBool,
    /// Changes when whoever is connected is to be cut off.
    cut_off: watch::Sender<u32>,
}

#[derive(Debug)]
pub struct Link {
    pub address: SocketAddr,
    weather: watch::Sender<Weather>,
    ends: Arc<Vec<End>>,
}

const CONNECTS_WITHIN: Duration = Duration::from_millis(500);

impl Link {
    /// Listens, and leads to these, in turn.
    pub async fn to(ends: impl IntoIterator<Item = SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ends = ends.into_iter().map(|address| End {
            address,
            in_turn: AtomicBool::new(true),
            cut_off: watch::Sender::new(0),
        });
        let link = Self {
            address: listener.local_addr().unwrap(),
            weather: watch::Sender::new(Weather::Clear),
            ends: Arc::new(ends.collect()),
        };
        tokio::spawn(accept(listener, Arc::clone(&link.ends), link.weather.subscribe()));
        link
    }

    pub fn turns(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// Asks each end whether it is ready, as balancers do: one that says no gets nothing new, one that says nothing is cut off.
    pub fn asks_who_is_ready(&self) {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_millis(1_500))
            .pool_max_idle_per_host(0)
            .no_proxy()
            .build()
            .unwrap();
        for place in 0..self.ends.len() {
            tokio::spawn(ask(http.clone(), Arc::clone(&self.ends), place));
        }
    }
}

async fn ask(http: reqwest::Client, ends: Arc<Vec<End>>, place: usize) {
    const EVERY: Duration = Duration::from_millis(300);
    let Some(end) = ends.get(place) else { return };
    let url = format!("http://{}/health/ready", end.address);
    let mut silent = 0;
    loop {
        match http.get(&url).send().await {
            Ok(answer) => {
                silent = 0;
                end.in_turn.store(answer.status().is_success(), Ordering::Relaxed);
            }
            Err(_) => silent += 1,
        }
        if silent == 3 {
            end.in_turn.store(false, Ordering::Relaxed);
            end.cut_off.send_modify(|count| *count += 1);
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn accept(listener: TcpListener, ends: Arc<Vec<End>>, weather: watch::Receiver<Weather>) {
    let turn = Arc::new(AtomicUsize::new(0));
    while let Ok((caller, _)) = listener.accept().await {
        if *weather.borrow() == Weather::Cut {
            let _ = caller.set_zero_linger();
            continue;
        }
        let (ends, weather, turn) = (Arc::clone(&ends), weather.clone(), Arc::clone(&turn));
        tokio::spawn(async move {
            // All may be down, or not asked yet: then any is tried.
            let first = turn.fetch_add(1, Ordering::Relaxed);
            let in_turn = (0..ends.len()).map(|next| &ends[(first + next) % ends.len()]);
            let (ready, others): (Vec<_>, Vec<_>) =
                in_turn.partition(|end| end.in_turn.load(Ordering::Relaxed));
            for end in ready.into_iter().chain(others) {
                let connect = TcpStream::connect(end.address);
                if let Ok(Ok(called)) = tokio::time::timeout(CONNECTS_WITHIN, connect).await {
                    return join(caller, called, weather, end.cut_off.subscribe()).await;
                }
            }
            let _ = caller.set_zero_linger();
        });
    }
}

/// Carries bytes both ways until both sides are done or the line is cut.
async fn join(
    mut caller: TcpStream,
    mut called: TcpStream,
    mut weather: watch::Receiver<Weather>,
    mut cut_off: watch::Receiver<u32>,
) {
    let _ = (caller.set_nodelay(true), called.set_nodelay(true));
    let is_cut = {
        let (from_caller, to_caller) = caller.split();
        let (from_called, to_called) = called.split();
        let there = carry(from_caller, to_called, weather.clone());
        let back = carry(from_called, to_caller, weather.clone());
        tokio::select! {
            () = until_cut(&mut weather) => true,
            _ = cut_off.changed() => true,
            () = async { tokio::join!(there, back); } => false,
        }
    };
    if is_cut {
        // Reset: neither side is told that the other is done.
        let _ = (caller.set_zero_linger(), called.set_zero_linger());
    }
}

async fn until_cut(weather: &mut watch::Receiver<Weather>) {
    let _ = weather.wait_for(|weather| *weather == Weather::Cut).await;
}

async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut weather: watch::Receiver<Weather>,
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let read = from.read(&mut buffer).await;
        let now = *weather.borrow();
        if let Weather::Slow(by) = now {
            tokio::time::sleep(by).await;
        }
        if weather.wait_for(|weather| *weather != Weather::HeldUp).await.is_err() {
            return;
        }
        let Ok(count @ 1..) = read else { break };
        if to.write_all(&buffer[..count]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}
