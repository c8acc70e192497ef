//! One carrier's socket, from its first message to its last: what it says goes to the backends, and what they say goes back.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_ws::{
    AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, ProtocolError, Session,
};
use metrics::Counter as Metric;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::backend::{Backend, Shared};
use super::dial::Dialler;
use super::dialect::{Dialect, Marks, Out, Say, Voice};
use super::frame::{Counter, Item};
use super::live::{Entered, Live};
use super::watch::{REPORTS_MAX, Reports, watch};
use super::{BACKENDS_MAX, RING, Settings};
use crate::application::ports::streams::{
    Duplex, EndReason, StreamPlan, StreamReport, StreamStart, Streams,
};
use crate::carriers::media::{Heard, Wrong};
use crate::domain::ids::ConnectionId;

/// How long finding out who wants a stream may take.
const PLAN_WITHIN: Duration = Duration::from_secs(5);
/// What a backend may have said that the carrier has not taken yet, in messages.
const SPOKEN_MAX: usize = 64;
/// How long the carrier gets to close its side.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// Takes carriers' sockets and brings their audio to backends.
#[derive(Clone, Debug)]
pub struct Proxy {
    streams: Arc<dyn Streams>,
    settings: Arc<Settings>,
    dialler: Dialler,
    live: Live,
}

/// A carrier's socket whose sender is known.
#[expect(missing_debug_implementations, reason = "neither half of a socket has one")]
pub struct Upgraded {
    /// Its carrier's dialect.
    pub dialect: Dialect,
    /// The connection that it came in on.
    pub connection: ConnectionId,
    /// What is said to it.
    pub session: Session,
    /// What it says.
    pub messages: AggregatedMessageStream,
}

/// Why a socket is closed before there was a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    Wrong(Wrong),
    Silent,
    Unexpected,
    Unavailable,
    Left,
    Ending,
}

/// Why a stream is over, and what about that the carrier is told.
#[derive(Clone, Copy, Debug)]
struct End {
    reason: EndReason,
    wrong: Option<Wrong>,
}

impl Proxy {
    /// Nothing runs yet.
    pub fn new(streams: Arc<dyn Streams>, settings: Settings) -> Self {
        let settings = Arc::new(settings);
        let dialler = Dialler::new(Arc::clone(&settings));
        Self { streams, settings, dialler, live: Live::default() }
    }

    /// What runs.
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// How patient it is.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Serves one socket to its end. `ending`: this process is about to end.
    pub async fn serve(&self, mut upgraded: Upgraded, ending: impl Future<Output = ()>) {
        let provider = upgraded.dialect.name();
        tokio::pin!(ending);
        let began = tokio::select! {
            began = self.begins(&mut upgraded) => began,
            () = &mut ending => Err(Refused::Ending),
        };
        match began {
            Ok((start, plan)) => self.stream(upgraded, start, plan, ending).await,
            Err(refused) => {
                if let Refused::Wrong(wrong) = refused {
                    refused_message(provider, wrong);
                }
                count_outcome(provider, refused.name());
                close(upgraded, refused.close_code(), refused.name()).await;
            }
        }
    }

    /// Waits for the stream's beginning, and finds out who wants it.
    async fn begins(&self, upgraded: &mut Upgraded) -> Result<(StreamStart, StreamPlan), Refused> {
        let start = timeout(self.settings.start_within, starts(upgraded))
            .await
            .unwrap_or(Err(Refused::Silent))?;
        let provider = upgraded.dialect.name();
        let asked = self.streams.plan(provider, upgraded.connection, &start);
        match timeout(PLAN_WITHIN, asked).await {
            Ok(Ok(Some(mut plan))) => {
                if plan.backends.len() > BACKENDS_MAX {
                    tracing::warn!(stream.id = %plan.stream, "a stream has more than {BACKENDS_MAX} backends; the first are served");
                    plan.backends.truncate(BACKENDS_MAX);
                }
                Ok((start, plan))
            }
            Ok(Ok(None)) => Err(Refused::Unexpected),
            Ok(Err(error)) => {
                tracing::warn!(%error, carrier = provider, "a stream's plan could not be read");
                Err(Refused::Unavailable)
            }
            Err(_) => {
                tracing::warn!(carrier = provider, "a stream's plan could not be read in time");
                Err(Refused::Unavailable)
            }
        }
    }

    /// Serves a stream to its end.
    async fn stream(
        &self,
        mut upgraded: Upgraded,
        start: StreamStart,
        plan: StreamPlan,
        ending: impl Future<Output = ()>,
    ) {
        let provider = upgraded.dialect.name();
        let entered = self.live.enter(&plan);
        let _running = Gauge::one(provider);
        let reports = Reports::start(Arc::clone(&self.streams), &plan);
        reports.tell(StreamReport::Started);
        let shared = self.shared(&entered, start, plan);
        let (ring, first) = broadcast::channel(RING);
        let (spoken, to_say) = mpsc::channel(SPOKEN_MAX);
        let (news, told) = mpsc::channel(REPORTS_MAX);
        let mut backends = JoinSet::new();
        let speaker = speaker(&shared.plan);
        for place in 0..shared.plan.backends.len() {
            let backend = Backend {
                place,
                shared: Arc::clone(&shared),
                items: ring.subscribe(),
                speaks: (speaker == Some(place)).then(|| spoken.clone()),
                news: news.clone(),
                next: 1,
            };
            backends.spawn(backend.run());
        }
        drop(first);
        let marks = Marks::default();
        let voice = Voice::new(upgraded.dialect, &shared.start, marks.clone());
        let session = upgraded.session.clone();
        let end = tokio::select! {
            end = hear(&mut upgraded, &shared, &ring, &spoken, &marks) => end,
            () = say(session, voice, to_say) => End::of(EndReason::CarrierLost),
            end = watch(&shared, told, &reports) => End::of(end),
            () = entered.running.stop.cancelled() => End::of(EndReason::Stopped),
            () = ending => End::of(EndReason::ServerEnding),
        };
        let _ = shared.ended.set(end.reason);
        // The ring is closed: backends take what is left in it, say good-bye, and end.
        drop(ring);
        shared.over.cancel();
        if let Some(wrong) = end.wrong {
            refused_message(provider, wrong);
        }
        count_outcome(provider, end.reason.name());
        // Beside each other: no backend that lingers keeps the carrier waiting.
        tokio::join!(close(upgraded, end.close_code(), end.reason.name()), async {
            let all = async { while backends.join_next().await.is_some() {} };
            if timeout(self.settings.linger, all).await.is_err() {
                backends.shutdown().await;
            }
            reports.end(ended(&entered, end.reason)).await;
        });
    }

    fn shared(&self, entered: &Entered, start: StreamStart, plan: StreamPlan) -> Arc<Shared> {
        Arc::new(Shared {
            plan,
            start,
            settings: Arc::clone(&self.settings),
            dialler: self.dialler.clone(),
            running: Arc::clone(&entered.running),
            ended: Default::default(),
            over: CancellationToken::new(),
        })
    }
}

/// The first backend that may speak, if the call can be spoken into.
fn speaker(plan: &StreamPlan) -> Option<usize> {
    let may_speak = |duplex| duplex == Duplex::BothWays;
    let first = plan.backends.iter().position(|backend| may_speak(backend.duplex));
    first.filter(|_| may_speak(plan.duplex))
}

/// The next message of a carrier. `None`: it has left.
async fn next(upgraded: &mut Upgraded) -> Option<Result<Heard, Wrong>> {
    let message = upgraded.messages.recv().await?;
    Some(match message {
        Ok(AggregatedMessage::Text(text)) => upgraded.dialect.read_text(&text),
        Ok(AggregatedMessage::Binary(bytes)) => upgraded.dialect.read_binary(bytes),
        Ok(AggregatedMessage::Ping(bytes)) => {
            // Answered from here only before the stream begins: later a queue would be jumped, or waited for.
            let _ = upgraded.session.pong(&bytes).await;
            Ok(Heard::Nothing)
        }
        Ok(AggregatedMessage::Pong(_)) => Ok(Heard::Nothing),
        Ok(AggregatedMessage::Close(_)) => return None,
        Err(error) => Err(wrong(&error)?),
    })
}

/// What is wrong with frames. `None`: nothing; the connection broke.
fn wrong(error: &ProtocolError) -> Option<Wrong> {
    match error {
        ProtocolError::Overflow => Some(Wrong::TooLong),
        ProtocolError::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            Some(Wrong::Json)
        }
        // The one way in which the library says that continued frames have become too long.
        ProtocolError::Io(error) if error.to_string() == "Exceeded maximum continuation size" => {
            Some(Wrong::TooLong)
        }
        ProtocolError::Io(_) => None,
        _ => Some(Wrong::Framing),
    }
}

async fn starts(upgraded: &mut Upgraded) -> Result<StreamStart, Refused> {
    loop {
        match next(upgraded).await.ok_or(Refused::Left)?.map_err(Refused::Wrong)? {
            Heard::Start(start) => return Ok(start),
            Heard::Nothing => {}
            Heard::Audio { .. } | Heard::Key(_) | Heard::Mark(_) | Heard::Cleared | Heard::Stop => {
                return Err(Refused::Wrong(Wrong::Order));
            }
        }
    }
}

/// Hears the carrier to its end, and lets its backends know.
async fn hear(
    upgraded: &mut Upgraded,
    shared: &Shared,
    ring: &broadcast::Sender<Item>,
    spoken: &mpsc::Sender<Say>,
    marks: &Marks,
) -> End {
    let mut counter = Counter::new(shared.start.encoding);
    let metric = metrics::counter!("media_frames_total", "provider" => upgraded.dialect.name());
    loop {
        let message = match timeout(shared.settings.carrier_silent, upgraded.messages.recv()).await
        {
            Err(_) | Ok(None) => return End::of(EndReason::CarrierLost),
            Ok(Some(message)) => message,
        };
        let heard = match message {
            Ok(AggregatedMessage::Text(text)) => upgraded.dialect.read_text(&text),
            Ok(AggregatedMessage::Binary(bytes)) => upgraded.dialect.read_binary(bytes),
            Ok(AggregatedMessage::Ping(bytes)) => {
                // If so much waits to be said, the carrier sees that we live.
                let _ = spoken.try_send(Say::Pong(bytes));
                continue;
            }
            Ok(AggregatedMessage::Pong(_)) => continue,
            Ok(AggregatedMessage::Close(_)) => return End::of(EndReason::CallEnded),
            Err(error) => match wrong(&error) {
                Some(wrong) => Err(wrong),
                None => return End::of(EndReason::CarrierLost),
            },
        };
        match heard.map(|heard| pass_on(heard, &mut counter, ring, marks)) {
            Ok(Passed::On) => count(shared, &counter, &metric),
            Ok(Passed::Stop) => return End::of(EndReason::CallEnded),
            Ok(Passed::OutOfOrder) => return End::misbehaved(Wrong::Order),
            Err(wrong) => return End::misbehaved(wrong),
        }
    }
}

enum Passed {
    On,
    Stop,
    OutOfOrder,
}

fn pass_on(
    heard: Heard,
    counter: &mut Counter,
    ring: &broadcast::Sender<Item>,
    marks: &Marks,
) -> Passed {
    // That nobody listens any more is noticed elsewhere.
    let tell = |item| drop(ring.send(item));
    match heard {
        Heard::Audio { track, timestamp_ms, payload } => {
            for frame in counter.frames_of(track, timestamp_ms, &payload) {
                tell(Item::Audio(Arc::new(frame)));
            }
        }
        Heard::Key(digit) => tell(Item::Key { digit, timestamp_ms: counter.latest_ms() }),
        Heard::Mark(name) => {
            marks.reached(&name);
            tell(Item::Mark(name.into()));
        }
        Heard::Cleared => {
            marks.cleared().into_iter().for_each(|name| tell(Item::Mark(name.into())));
        }
        Heard::Nothing => {}
        Heard::Stop => return Passed::Stop,
        Heard::Start(_) => return Passed::OutOfOrder,
    }
    Passed::On
}

fn count(shared: &Shared, counter: &Counter, metric: &Metric) {
    let before = shared.running.frames.swap(counter.frames(), Ordering::Relaxed);
    metric.increment(counter.frames() - before);
}

/// Says what is to be said, until the carrier takes no more.
async fn say(mut session: Session, mut voice: Voice, mut to_say: mpsc::Receiver<Say>) {
    while let Some(what) = to_say.recv().await {
        for out in voice.say(what) {
            let said = match out {
                Out::Text(text) => session.text(text).await,
                Out::Binary(bytes) => session.binary(bytes).await,
                Out::Pong(bytes) => session.pong(&bytes).await,
            };
            if said.is_err() {
                return;
            }
        }
    }
    std::future::pending().await
}

fn ended(entered: &Entered, reason: EndReason) -> StreamReport {
    let running = &entered.running;
    StreamReport::Ended {
        reason,
        lasted: running.lasts(),
        frames: running.frames.load(Ordering::Relaxed),
        backends: running.backends.iter().map(|tally| tally.counts()).collect(),
    }
}

fn count_outcome(provider: &'static str, outcome: &'static str) {
    metrics::counter!("media_streams_total", "provider" => provider, "outcome" => outcome)
        .increment(1);
}

fn refused_message(provider: &'static str, wrong: Wrong) {
    metrics::counter!("media_refused_messages_total", "provider" => provider, "what" => wrong.name())
        .increment(1);
    tracing::info!(carrier = provider, "a carrier's socket is closed for {wrong}");
}

async fn close(upgraded: Upgraded, code: u16, outcome: &'static str) {
    let Upgraded { session, mut messages, .. } = upgraded;
    let reason =
        CloseReason { code: CloseCode::from(code), description: Some(outcome.replace('_', " ")) };
    let closing = async {
        let _ = session.close(Some(reason)).await;
        // The close frame is on its way as long as the socket is held; the carrier answers it, or hangs up.
        while let Some(Ok(_)) = messages.recv().await {}
    };
    let _ = timeout(CLOSE_WITHIN, closing).await;
}

impl End {
    fn of(reason: EndReason) -> Self {
        Self { reason, wrong: None }
    }

    fn misbehaved(wrong: Wrong) -> Self {
        Self { reason: EndReason::CarrierMisbehaved, wrong: Some(wrong) }
    }

    fn close_code(self) -> u16 {
        match (self.reason, self.wrong) {
            (EndReason::CarrierMisbehaved, wrong) => wrong.map_or(1002, Wrong::close_code),
            (EndReason::ServerEnding, _) => 1001,
            (EndReason::RequiredBackendsGone, _) => 1011,
            (
                EndReason::CallEnded
                | EndReason::CarrierLost
                | EndReason::EveryBackendGone
                | EndReason::Stopped,
                _,
            ) => 1000,
        }
    }
}

impl Refused {
    fn close_code(self) -> u16 {
        match self {
            Self::Wrong(wrong) => wrong.close_code(),
            Self::Silent | Self::Unexpected => 1008,
            Self::Unavailable => 1013,
            Self::Left => 1000,
            Self::Ending => 1001,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Wrong(_) => "refused",
            Self::Silent => "silent",
            Self::Unexpected => "unexpected",
            Self::Unavailable => "unavailable",
            Self::Left => "left",
            Self::Ending => "server_ending",
        }
    }
}

/// One more stream that runs, until it is dropped.
struct Gauge(metrics::Gauge);

impl Gauge {
    fn one(provider: &'static str) -> Self {
        let running = metrics::gauge!("media_streams_running", "provider" => provider);
        running.increment(1.0);
        Self(running)
    }
}

impl Drop for Gauge {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}
