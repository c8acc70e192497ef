//! Keeps the read models up to the events.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::application::ports::Unavailable;

/// How long to wait if nobody says that there is something new.
const POLL: Duration = Duration::from_secs(1);
/// The least time from one look to the next: what comes in it is taken in together. Whoever rings does not wait behind what only shows it.
const BREATH: Duration = Duration::from_millis(100);

/// Read models that follow the events.
#[async_trait]
pub trait Project: Send + Sync {
    /// Applies what is new, up to a batch a read model; true if there may be more.
    async fn catch_up(&self) -> Result<bool, Unavailable>;
    /// Done once there may be something new; what comes between its making and its awaiting counts.
    fn news(&self) -> BoxFuture<'static, ()>;
}

/// Follows until it is stopped.
pub async fn run(projections: impl Project, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let breath = Instant::now() + BREATH;
        // Taken before looking: what is committed meanwhile is not slept through.
        let news = projections.news();
        match projections.catch_up().await {
            Ok(true) => {}
            Ok(false) => {
                let _ = tokio::time::timeout(POLL, news).await;
                tokio::time::sleep_until(breath).await;
            }
            Err(error) => {
                tracing::warn!(%error, "what follows the events can not be brought up to date");
                tokio::time::sleep(POLL).await;
            }
        }
    }
}
