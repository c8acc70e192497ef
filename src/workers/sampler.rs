//! Asks every few seconds how things stand that nobody tells by themselves.

use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::application::ports::Unavailable;

/// How often it asks: more often than Prometheus does.
const EVERY: Duration = Duration::from_secs(5);

/// Who can be asked.
#[async_trait]
pub trait Sample: Send + Sync {
    /// Tells the gauges how things stand.
    async fn tell_gauges(&self) -> Result<(), Unavailable>;
}

/// Asks until it is stopped.
pub async fn run(asked: impl Sample, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        if let Err(error) = asked.tell_gauges().await {
            tracing::debug!(%error, "nobody can tell how things stand");
        }
    }
}
