//! The streams that run in this process: for probes, for whoever stops one, and for an orderly end.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::application::ports::streams::{BackendCounts, BackendPlan, StreamPlan};
use crate::domain::ids::{BackendId, CallId, StreamId, TenantId};

/// The streams that run. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Live(Arc<Mutex<HashMap<StreamId, Arc<Running>>>>);

/// How a stream is.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Whose.
    pub tenant: TenantId,
    /// Of which call.
    pub call: CallId,
    /// Which.
    pub stream: StreamId,
    /// Since it began.
    pub lasts: Duration,
    /// Frames from the carrier so far.
    pub frames: u64,
    /// Its backends, in the plan's order.
    pub backends: Vec<BackendSnapshot>,
}

/// How a backend is.
#[derive(Clone, Copy, Debug)]
pub struct BackendSnapshot {
    /// Whether it is there.
    pub state: BackendState,
    /// What it got so far.
    pub counts: BackendCounts,
}

/// Whether a backend is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackendState {
    /// Being reached, for the first time or again.
    Reaching,
    /// It takes the audio.
    Connected,
    /// It takes no audio any more.
    Gone,
}

/// A stream that runs.
#[derive(Debug)]
pub(super) struct Running {
    tenant: TenantId,
    call: CallId,
    stream: StreamId,
    since: Instant,
    pub frames: AtomicU64,
    pub backends: Vec<Arc<Tally>>,
    /// Told when somebody here stops it.
    pub stop: CancellationToken,
}

/// What one backend got so far.
#[derive(Debug)]
pub(super) struct Tally {
    backend: BackendId,
    state: AtomicU8,
    pub sent: AtomicU64,
    pub missed: AtomicU64,
    pub connections: AtomicU64,
    pub spoken: AtomicU64,
}

impl Live {
    /// All streams that run.
    pub fn snapshot(&self) -> Vec<Snapshot> {
        let running: Vec<_> = self.lock().values().map(Arc::clone).collect();
        running.iter().map(|running| running.snapshot()).collect()
    }

    /// How many run.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// Stops a stream: its backends are told, and the carrier's socket is closed. Whether it ran here.
    pub fn stop(&self, stream: StreamId) -> bool {
        let running = self.lock().get(&stream).map(Arc::clone);
        running.inspect(|running| running.stop.cancel()).is_some()
    }

    /// Stops all streams of a call. How many.
    pub fn stop_call(&self, call: CallId) -> usize {
        let running = self.lock();
        running.values().filter(|one| one.call == call).map(|one| one.stop.cancel()).count()
    }

    pub(super) fn enter(&self, plan: &StreamPlan) -> Entered {
        let running = Arc::new(Running {
            tenant: plan.tenant,
            call: plan.call,
            stream: plan.stream,
            since: Instant::now(),
            frames: AtomicU64::new(0),
            backends: plan.backends.iter().map(|backend| Arc::new(Tally::of(backend))).collect(),
            stop: CancellationToken::new(),
        });
        // A stream that begins again, because the carrier came a second time, takes the place of the first.
        if let Some(before) = self.lock().insert(plan.stream, Arc::clone(&running)) {
            before.stop.cancel();
        }
        Entered { live: self.clone(), running }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<StreamId, Arc<Running>>> {
        // Nothing panics while it is held; and if it did, the map would still be whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream's place among those that run, until it is dropped.
#[derive(Debug)]
pub(super) struct Entered {
    live: Live,
    pub running: Arc<Running>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut all = self.live.lock();
        let is_this =
            all.get(&self.running.stream).is_some_and(|other| Arc::ptr_eq(other, &self.running));
        if is_this {
            all.remove(&self.running.stream);
        }
    }
}

impl Running {
    pub fn lasts(&self) -> Duration {
        self.since.elapsed()
    }

    fn snapshot(&self) -> Snapshot {
        let backends = self
            .backends
            .iter()
            .map(|tally| BackendSnapshot { state: tally.state(), counts: tally.counts() });
        Snapshot {
            tenant: self.tenant,
            call: self.call,
            stream: self.stream,
            lasts: self.lasts(),
            frames: self.frames.load(Ordering::Relaxed),
            backends: backends.collect(),
        }
    }
}

impl Tally {
    fn of(backend: &BackendPlan) -> Self {
        Self {
            backend: backend.id,
            state: AtomicU8::new(0),
            sent: AtomicU64::new(0),
            missed: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            spoken: AtomicU64::new(0),
        }
    }

    pub fn counts(&self) -> BackendCounts {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        BackendCounts {
            backend: self.backend,
            sent: of(&self.sent),
            missed: of(&self.missed),
            connections: of(&self.connections),
            spoken: of(&self.spoken),
        }
    }

    pub fn set(&self, state: BackendState) {
        let number = match state {
            BackendState::Reaching => 0,
            BackendState::Connected => 1,
            BackendState::Gone => 2,
        };
        self.state.store(number, Ordering::Relaxed);
    }

    pub fn state(&self) -> BackendState {
        match self.state.load(Ordering::Relaxed) {
            0 => BackendState::Reaching,
            1 => BackendState::Connected,
            _ => BackendState::Gone,
        }
    }
}
