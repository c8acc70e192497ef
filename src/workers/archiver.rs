//! Archives calls that are past the time for which their firm keeps them, a batch after the other.

use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::application::ports::Unavailable;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(600);
/// Between two batches: what is urgent goes first.
const PAUSE: Duration = Duration::from_millis(200);

/// Who keeps the calls.
#[async_trait]
pub trait Archive: Send + Sync {
    /// Archives some; false: there are none.
    async fn archive(&self) -> Result<bool, Unavailable>;
}

/// Archives until it is stopped.
pub async fn run(calls: impl Archive, stop: CancellationToken) {
    loop {
        let pause = match calls.archive().await {
            Ok(true) => PAUSE,
            Ok(false) => EVERY,
            Err(error) => {
                tracing::warn!(%error, "calls can not be archived");
                EVERY
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}
