//! Speaks in advance what lines can say whose carrier does not speak: whoever rings need not wait for a voice.

use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::application::ports::Unavailable;

/// How often it looks for what is new.
const EVERY: Duration = Duration::from_secs(60);

/// Who speaks, and knows what there is to say.
#[async_trait]
pub trait Render: Send + Sync {
    /// Speaks what is missing; tells how many sentences still are.
    async fn render_missing(&self) -> Result<usize, Unavailable>;
}

/// Renders until it is stopped.
pub async fn run(voice: impl Render, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        // A round can take long, and what it leaves undone the next one does.
        match stop.run_until_cancelled(voice.render_missing()).await {
            None => return,
            Some(Ok(missing)) => {
                metrics::gauge!("prompts_missing")
                    .set(f64::from(u32::try_from(missing).unwrap_or(u32::MAX)));
            }
            Some(Err(error)) => tracing::warn!(%error, "sentences can not be spoken in advance"),
        }
    }
}
