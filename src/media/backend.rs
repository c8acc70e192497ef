//! One backend of one call, a task of its own: reaches it, tells it what is heard, hears what it says, and reaches it again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use tokio_util::sync::CancellationToken;

use super::dial::{Dialler, NotReached, Socket, in_short};
use super::dialect::{Say, for_carrier};
use super::frame::{Frame, Item};
use super::live::{BackendState, Running, Tally};
use super::protocol::{self, ComesIn, Spoken, Told, takes};
use super::{RING, Settings};
use crate::application::ports::streams::{
    BackendPlan, Duplex, EndReason, Framing, StreamPlan, StreamReport, StreamStart,
};

/// Frames that are written together when a backend is behind: one system call for all.
const TOGETHER_MAX: usize = 32;
/// A connection that lasted so long was a good one: the next wait is short again.
const GOOD_AFTER: Duration = Duration::from_secs(30);

/// What all tasks of a call share.
#[derive(Debug)]
pub(super) struct Shared {
    pub plan: StreamPlan,
    pub start: StreamStart,
    pub settings: Arc<Settings>,
    pub dialler: Dialler,
    pub running: Arc<Running>,
    /// Set once, before the ring is closed.
    pub ended: std::sync::OnceLock<EndReason>,
    /// Told when the ring is closed: nothing more will come, and nobody needs to be reached.
    pub over: CancellationToken,
}

/// One backend of one call.
pub(super) struct Backend {
    /// Its place in the plan.
    pub place: usize,
    pub shared: Arc<Shared>,
    pub items: Receiver<Item>,
    /// Where what it says goes, if it is the one that is heard.
    pub speaks: Option<mpsc::Sender<Say>>,
    pub news: mpsc::Sender<(usize, StreamReport)>,
    /// The next frame that it should get.
    pub next: u64,
}

/// Why a connection is over.
enum Over {
    /// The backend said so: it wants no more.
    GoodBye,
    /// It broke.
    Lost(&'static str),
    /// The call is over, and the backend was told.
    Told,
}

impl Backend {
    /// Until the call is over, or the backend wants no more.
    pub async fn run(mut self) {
        let over = self.shared.over.clone();
        let mut wait = Wait::new(&self.shared.settings);
        let mut is_known_lost = false;
        loop {
            self.tally().set(BackendState::Reaching);
            let dialler = self.shared.dialler.clone();
            // Not given up when the call is over meanwhile: of a short one too, everything is told. Lingering has its limit elsewhere.
            let reached = dialler.reach(self.plan()).await;
            let why = match reached {
                Err(NotReached::Ever(why)) => return self.is_gone(why).await,
                Err(NotReached::Now(why)) => why,
                Ok(socket) => {
                    let since = Instant::now();
                    let over = self.converse(socket).await;
                    is_known_lost = false;
                    if since.elapsed() > GOOD_AFTER {
                        wait.begin_anew();
                    }
                    match over {
                        Over::Told => return,
                        Over::GoodBye => return self.is_gone("it said good-bye").await,
                        Over::Lost(why) => why,
                    }
                }
            };
            self.tally().set(BackendState::Reaching);
            metrics::counter!("media_backend_losses_total", "why" => why).increment(1);
            // Said once, not at each try.
            if !is_known_lost {
                is_known_lost = true;
                self.tell(StreamReport::Lost { backend: self.plan().id, why }).await;
            }
            tokio::select! {
                biased;
                () = over.cancelled() => return,
                () = sleep(wait.next()) => {}
            }
        }
    }

    fn plan(&self) -> &BackendPlan {
        &self.shared.plan.backends[self.place]
    }

    fn tally(&self) -> &Tally {
        &self.shared.running.backends[self.place]
    }

    async fn tell(&self, report: StreamReport) {
        // The call listens as long as it lasts; afterwards nobody wants to know.
        let _ = self.news.send((self.place, report)).await;
    }

    async fn is_gone(&self, why: &'static str) {
        self.tally().set(BackendState::Gone);
        self.tell(StreamReport::Gone { backend: self.plan().id, why }).await;
    }

    /// Talks until one side ends it. Writing and reading go on beside each other: a backend that reads nothing may still speak,
    /// and one that is frozen is noticed by its silence while a write hangs.
    async fn converse(&mut self, socket: Socket) -> Over {
        let (mut write, mut read) = socket.split();
        let shared = Arc::clone(&self.shared);
        let speaks = self.speaks.clone();
        let place = self.place;
        let ended = {
            let telling = self.tell_all(&mut write);
            let hearing = hear(&shared, place, speaks.as_ref(), &mut read);
            tokio::select! {
                over = telling => over,
                over = hearing => over,
            }
        };
        match ended {
            Over::Lost(_) => {}
            Over::GoodBye | Over::Told => {
                // The other half of the closing handshake.
                let rest = async {
                    let _ = write.flush().await;
                    while let Some(Ok(_)) = read.next().await {}
                };
                let _ = timeout(Duration::from_millis(500), rest).await;
            }
        }
        ended
    }

    async fn tell_all(&mut self, write: &mut SplitSink<Socket, Message>) -> Over {
        match self.tell_until_closed(write).await {
            Ok(()) => Over::Told,
            Err(error) => Over::Lost(in_short(&error)),
        }
    }

    async fn tell_until_closed(
        &mut self,
        write: &mut SplitSink<Socket, Message>,
    ) -> Result<(), Error> {
        let first = self.first();
        let comes_in = self.comes_in(first.as_ref());
        self.tell_start(write, comes_in).await?;
        if let Some(first) = first {
            self.feed(write, first).await?;
            write.flush().await?;
        }
        let every = self.shared.settings.backend_silent / 3;
        let mut ping = interval_at(Instant::now() + every, every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                item = self.items.recv() => match item {
                    Ok(item) => self.feed_with_the_rest(write, item).await?,
                    // How many is told by the next frame's number.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return self.tell_stop(write).await,
                },
                _ = ping.tick() => write.send(Message::Ping(Bytes::new())).await?,
            }
        }
    }

    /// What is in the ring for it already.
    fn first(&mut self) -> Option<Item> {
        loop {
            match self.items.try_recv() {
                Ok(item) => return Some(item),
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return None,
            }
        }
    }

    fn comes_in(&mut self, first: Option<&Item>) -> ComesIn {
        let sequence = match first {
            Some(Item::Audio(frame)) => frame.sequence,
            Some(Item::Key { .. } | Item::Mark(_)) | None => self.next,
        };
        let missed = sequence.saturating_sub(self.next);
        self.count_missed(missed);
        self.next = self.next.max(sequence);
        let resumed = self.tally().connections.fetch_add(1, Ordering::Relaxed) > 0;
        ComesIn { resumed, missed, sequence }
    }

    async fn tell_start(
        &mut self,
        write: &mut SplitSink<Socket, Message>,
        comes_in: ComesIn,
    ) -> Result<(), Error> {
        let duplex = if self.speaks.is_some() { Duplex::BothWays } else { Duplex::OneWay };
        let (shared, plan) = (&self.shared, self.plan());
        let start = protocol::start(&shared.plan, plan, &shared.start, duplex.name(), comes_in);
        write.send(Message::text(start.json())).await?;
        self.tally().set(BackendState::Connected);
        let backend = self.plan().id;
        self.tell(if comes_in.resumed {
            StreamReport::Recovered { backend, missed: comes_in.missed }
        } else {
            StreamReport::Connected { backend }
        })
        .await;
        Ok(())
    }

    /// An item, and whatever else is there already, in one write.
    async fn feed_with_the_rest(
        &mut self,
        write: &mut SplitSink<Socket, Message>,
        item: Item,
    ) -> Result<(), Error> {
        self.feed(write, item).await?;
        for _ in 1..TOGETHER_MAX {
            match self.items.try_recv() {
                Ok(item) => self.feed(write, item).await?,
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        write.flush().await
    }

    async fn feed(
        &mut self,
        write: &mut SplitSink<Socket, Message>,
        item: Item,
    ) -> Result<(), Error> {
        match item {
            Item::Audio(frame) => self.feed_frame(write, &frame).await,
            Item::Key { digit, timestamp_ms } => {
                write.feed(Message::text(Told::Dtmf { digit, timestamp_ms }.json())).await
            }
            Item::Mark(name) if self.speaks.is_some() => {
                write.feed(Message::text(Told::Mark { name: &name }.json())).await
            }
            Item::Mark(_) => Ok(()),
        }
    }

    async fn feed_frame(
        &mut self,
        write: &mut SplitSink<Socket, Message>,
        frame: &Frame,
    ) -> Result<(), Error> {
        let missed = frame.sequence.saturating_sub(self.next);
        self.next = frame.sequence + 1;
        if missed > 0 {
            self.count_missed(missed);
            let gap = Told::Gap { missed, sequence: frame.sequence };
            write.feed(Message::text(gap.json())).await?;
        }
        if !takes(self.plan(), frame.track) {
            return Ok(());
        }
        let plan = self.plan();
        let message = match plan.framing {
            Framing::Binary => Message::Binary(frame.audio(plan.audio).clone()),
            Framing::Json => Message::Text(frame.json(plan.audio).clone()),
        };
        write.feed(message).await?;
        self.tally().sent.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn count_missed(&self, missed: u64) {
        if missed > 0 {
            self.tally().missed.fetch_add(missed, Ordering::Relaxed);
            metrics::counter!("media_backend_frames_missed_total").increment(missed);
        }
    }

    async fn tell_stop(&self, write: &mut SplitSink<Socket, Message>) -> Result<(), Error> {
        let counts = self.tally().counts();
        let lasted = self.shared.running.lasts();
        let stop = Told::Stop {
            reason: self.shared.ended.get().map_or("stopped", |reason| reason.name()),
            frames: counts.sent,
            missed: counts.missed,
            duration_ms: u64::try_from(lasted.as_millis()).unwrap_or(u64::MAX),
        };
        write.feed(Message::text(stop.json())).await?;
        let close = CloseFrame { code: CloseCode::Normal, reason: "".into() };
        write.send(Message::Close(Some(close))).await
    }
}

/// Hears what a backend says, until it says no more.
async fn hear(
    shared: &Shared,
    place: usize,
    speaks: Option<&mpsc::Sender<Say>>,
    read: &mut SplitStream<Socket>,
) -> Over {
    let plan = &shared.plan.backends[place];
    loop {
        let message = match timeout(shared.settings.backend_silent, read.next()).await {
            Err(_) => return Over::Lost("it is frozen: no sign of life in time"),
            Ok(None) => return Over::Lost("the connection broke"),
            Ok(Some(Err(error))) => return Over::Lost(in_short(&error)),
            Ok(Some(Ok(message))) => message,
        };
        let spoken = match message {
            // A close frame without a code is how most libraries close without being told a code.
            Message::Close(None) => return Over::GoodBye,
            Message::Close(Some(frame)) => {
                return match frame.code {
                    CloseCode::Normal | CloseCode::Status => Over::GoodBye,
                    CloseCode::Away => Over::Lost("it went away"),
                    _ => Over::Lost("it closed with an error"),
                };
            }
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
            Message::Binary(audio) => Spoken::Audio(audio),
            Message::Text(text) => protocol::read(&text),
        };
        let Some(speaks) = speaks else { continue };
        let say = match spoken {
            Spoken::Audio(audio) => {
                Say::Audio(for_carrier(audio, plan.audio, shared.start.encoding))
            }
            Spoken::Mark(name) => Say::Mark(name),
            Spoken::Clear => Say::Clear,
            Spoken::Nothing => continue,
        };
        shared.running.backends[place].spoken.fetch_add(1, Ordering::Relaxed);
        // While the carrier takes no more, the backend is not read either: it is slowed down, and nobody else.
        if speaks.send(say).await.is_err() {
            return std::future::pending().await;
        }
    }
}

/// How long to wait before the next try: longer each time, and spread, so that a backend that comes back is not stormed.
struct Wait {
    first: Duration,
    max: Duration,
    next: Duration,
}

impl Wait {
    fn new(settings: &Settings) -> Self {
        Self { first: settings.retry_first, max: settings.retry_max, next: settings.retry_first }
    }

    fn begin_anew(&mut self) {
        self.next = self.first;
    }

    fn next(&mut self) -> Duration {
        let wait = self.next.mul_f64(rand::random_range(0.5..1.0));
        self.next = (self.next * 2).min(self.max);
        wait
    }
}

const _: () = assert!(TOGETHER_MAX < RING);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_longer_than_the_last_but_never_longer_than_the_longest() {
        let mut wait = Wait::new(&Settings::default());

        let waits: Vec<Duration> = (0..10).map(|_| wait.next()).collect();

        for (n, wait) in waits.iter().enumerate() {
            let most = Duration::from_millis(250 << n).min(Duration::from_secs(5));
            assert!((most / 2..=most).contains(wait), "{n}: {wait:?}");
        }
    }
}
