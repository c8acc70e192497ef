//! Signs of life of the streams that run in this process, so that any process can say whether a stream runs.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::application::ports::stream_book::{RunningStreams, StreamBook};

/// A stream that misses three is taken for dead.
const EVERY: Duration = Duration::from_secs(5);

/// Writes down what runs here, every few seconds, until it shall stop.
pub async fn run(
    running: Arc<dyn RunningStreams>,
    book: Arc<dyn StreamBook>,
    stop: CancellationToken,
) {
    while stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        // A sign that could not be written is made up for by the next.
        if let Err(error) = book.beat(&running.running()).await {
            tracing::warn!(%error, "signs of life of streams could not be written");
        }
    }
}
