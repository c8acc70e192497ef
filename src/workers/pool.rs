//! Takes work of one kind and does it, several at once: a carrier that takes seconds must not hold up a neighbour's ring.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::application::calls::control::Done;
use crate::application::calls::{CallError, Calls, WorkArgs};
use crate::application::ports::{Leased, Unavailable, WorkKind, WorkSource};

/// How often work is tried that fails for reasons of ours, before a person must look at it.
const ATTEMPTS: i32 = 12;
/// How long an idle pool waits after the source failed.
const SOURCE_IS_DOWN: Duration = Duration::from_millis(500);
/// How long a claim may take that is on its way when the process stops.
const CLAIMED_WITHIN: Duration = Duration::from_secs(5);

/// Workers for one kind.
#[derive(Debug)]
pub struct Pool {
    /// Which.
    pub kind: WorkKind,
    /// The use cases.
    pub calls: Calls,
    /// Where the work comes from.
    pub source: Arc<dyn WorkSource>,
    /// Cancelled when the process stops.
    pub stop: CancellationToken,
    /// How much at the same time.
    pub at_once: usize,
}

impl Pool {
    /// Works until it is stopped and what is in hand is done.
    pub async fn run(self) {
        let pool = Arc::new(self);
        let slots = Arc::new(Semaphore::new(pool.at_once));
        let mut in_hand = JoinSet::new();
        while !pool.stop.is_cancelled() {
            while in_hand.try_join_next().is_some() {}
            let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { break };
            drop(slot);
            let free = slots.available_permits().max(1);
            let Some(taken) = next(&*pool.source, pool.kind, free, &pool.stop).await else { break };
            match taken {
                Ok(items) => {
                    for leased in items {
                        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { break };
                        let pool = Arc::clone(&pool);
                        in_hand.spawn(async move {
                            let span = span_of(&leased);
                            pool.work(leased).instrument(span).await;
                            drop(slot);
                        });
                    }
                }
                Err(error) => {
                    tracing::warn!(kind = pool.kind.name(), %error, "no work can be taken");
                    tokio::time::sleep(SOURCE_IS_DOWN).await;
                }
            }
        }
        while in_hand.join_next().await.is_some() {}
    }

    async fn work(&self, leased: Leased) {
        let outcome = AssertUnwindSafe(self.act(&leased)).catch_unwind().await;
        let told = match outcome {
            Ok(Ok(Done::Yes)) => self.source.done(&leased).await,
            Ok(Ok(Done::Later { delay, why })) => self.source.retry(&leased, delay, &why).await,
            Ok(Err(error @ CallError::Unreadable { .. })) => {
                self.park(&leased, &error.to_string()).await
            }
            Ok(Err(error)) if leased.lease.attempts >= ATTEMPTS => {
                self.park(&leased, &error.to_string()).await
            }
            Ok(Err(error)) => {
                tracing::warn!(kind = self.kind.name(), %error, "work failed; it is tried again");
                self.source.retry(&leased, backoff(leased.lease.attempts), &error.to_string()).await
            }
            Err(_) => self.park(&leased, "the worker panicked").await,
        };
        if let Err(error) = told {
            // The lease runs out, and someone takes it again: each effect is claimed on its own.
            tracing::warn!(kind = self.kind.name(), %error, "what became of work could not be written");
        }
    }

    async fn act(&self, leased: &Leased) -> Result<Done, CallError> {
        let Some(args) = WorkArgs::read(&leased.args) else {
            return Err(CallError::Unreadable {
                kind: self.kind.name().to_owned(),
                version: 1,
                reason: "its arguments are not ids".to_owned(),
            });
        };
        match self.kind {
            WorkKind::Dial => self.calls.dial(leased, args).await.map(|()| Done::Yes),
            WorkKind::Control => self.calls.cause(leased, args).await,
            WorkKind::Timer => self.calls.wake(leased, args).await,
            WorkKind::Hook => Err(CallError::Unreadable {
                kind: self.kind.name().to_owned(),
                version: 1,
                reason: "webhooks have workers of their own".to_owned(),
            }),
        }
    }

    async fn park(&self, leased: &Leased, why: &str) -> Result<(), Unavailable> {
        tracing::error!(kind = self.kind.name(), work.id = %leased.lease.work, why, "work is parked: a person must look at it");
        self.source.park(leased, why).await
    }
}

/// Goes on with the trace of whatever asked for the work. Of the highest level: every line about it says which work it is about.
pub(super) fn span_of(leased: &Leased) -> tracing::Span {
    tracing::error_span!(
        "work.do",
        traceparent = leased.traceparent,
        work.id = %leased.lease.work,
        work.kind = leased.kind.name(),
    )
}

/// What the source has; none once the process stops. A claim that is on its way then is waited for: dropped, it would leave a lease
/// that nobody holds, and somebody's ring would wait until it has run out.
pub(super) async fn next(
    source: &dyn WorkSource,
    kind: WorkKind,
    free: usize,
    stop: &CancellationToken,
) -> Option<Result<Vec<Leased>, Unavailable>> {
    let mut next = source.next(kind, free);
    tokio::select! {
        taken = &mut next => Some(taken),
        () = stop.cancelled() => tokio::time::timeout(CLAIMED_WITHIN, next).await.ok(),
    }
}

/// Half a second, doubled each time, up to ten minutes, give or take a fifth.
pub(super) fn backoff(attempts: i32) -> Duration {
    let doubled = 500_u64 << attempts.clamp(0, 11);
    let jitter = rand::random_range(80..=120_u64);
    Duration::from_millis((doubled.min(600_000)) * jitter / 100)
}
