//! Looks through the carriers' own lists of calls, at the start and then every few minutes: what happened while we were down must
//! not stay unknown.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::application::calls::Calls;
use crate::application::calls::sweep::SweepError;
use crate::application::ports::records::{Sweep, SweepBook};
use crate::domain::ids::ConnectionId;

/// How often, and what is left to settle.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How often a connection's list is looked through: a few requests each time, far below what any carrier allows.
    pub every: Duration,
    /// Calls that began later than that before now are left for the next time: they may still be reported.
    pub settle: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { every: Duration::from_secs(180), settle: Duration::from_secs(120) }
    }
}

/// Sweeps until it is stopped.
pub async fn run(
    calls: Calls,
    book: Arc<dyn SweepBook>,
    settings: Settings,
    stop: CancellationToken,
) {
    /// Processes that start together must not all ask at once.
    const AT_THE_START: Duration = Duration::from_secs(5);
    let mut ticks = tokio::time::interval(settings.every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut failing = HashSet::new();
    let mut not_within = AT_THE_START.min(settings.every / 2);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        match book.take_due(not_within).await {
            Ok(due) => {
                for sweep in due {
                    if stop.is_cancelled() {
                        return;
                    }
                    one(&calls, &*book, &sweep, settings.settle, &mut failing).await;
                }
                not_within = settings.every / 2;
            }
            Err(error) => tracing::warn!(%error, "carriers' lists can not be compared now"),
        }
    }
}

/// One connection's failure is logged once, and holds up no other.
async fn one(
    calls: &Calls,
    book: &dyn SweepBook,
    sweep: &Sweep,
    settle: Duration,
    failing: &mut HashSet<ConnectionId>,
) {
    match look_through(calls, book, sweep, settle).await {
        Ok(()) => {
            if failing.remove(&sweep.connection) {
                tracing::info!(tenant.id = %sweep.tenant, "a carrier's list of calls can be read again");
            }
        }
        Err(error) => {
            metrics::counter!("reconcile_sweep_failures_total").increment(1);
            if failing.insert(sweep.connection) {
                tracing::warn!(%error, tenant.id = %sweep.tenant, "a carrier's list of calls can not be compared; it is tried again");
            }
        }
    }
}

async fn look_through(
    calls: &Calls,
    book: &dyn SweepBook,
    sweep: &Sweep,
    settle: Duration,
) -> Result<(), SweepError> {
    let client = calls.carriers.client(sweep.tenant, sweep.connection).await?;
    let to = calls.sweep(sweep, &*client, settle).await?;
    book.swept(sweep, to).await?;
    Ok(())
}
