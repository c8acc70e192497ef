//! Looks for dials whose fate nobody knows.

use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::application::calls::Calls;
use crate::application::calls::resolve::SETTLES_WITHIN;
use crate::application::ports::{OpenDial, Unavailable};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(2);

/// Who knows of started dials without an outcome.
#[async_trait]
pub trait OpenDials: Send + Sync {
    /// Those that had time to settle.
    async fn open_dials(&self, settled: Duration) -> Result<Vec<OpenDial>, Unavailable>;
}

/// Looks until it is stopped.
pub async fn run(calls: Calls, open_dials: impl OpenDials, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let open = match open_dials.open_dials(SETTLES_WITHIN).await {
            Ok(open) => open,
            Err(error) => {
                tracing::warn!(%error, "open dials can not be looked up");
                continue;
            }
        };
        metrics::gauge!("dial_unknown_open").set(open.len() as f64);
        for dial in open {
            if let Err(error) = calls.resolve(dial).await {
                tracing::warn!(%error, call.id = %dial.call, "a dial could not be resolved yet");
            }
        }
    }
}
