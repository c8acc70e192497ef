//! Keeps the read models up to the events.

use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::application::ports::Unavailable;

/// How long to wait if nobody says that there is something new.
const POLL: Duration = Duration::from_secs(1);

/// Read models that follow the events.
#[async_trait]
pub trait Project: Send + Sync {
    /// Applies what is new, up to a batch a read model; true if there may be more.
    async fn catch_up(&self) -> Result<bool, Unavailable>;
    /// Waits until there may be something new.
    async fn wait(&self, at_most: Duration);
}

/// Follows until it is stopped.
pub async fn run(projections: impl Project, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match projections.catch_up().await {
            Ok(true) => {}
            Ok(false) => projections.wait(POLL).await,
            Err(error) => {
                tracing::warn!(%error, "what follows the events can not be brought up to date");
                tokio::time::sleep(POLL).await;
            }
        }
    }
}
