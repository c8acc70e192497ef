//! One supervisor a connection: it connects, hands the connection to its work, and connects again when that ends.

use std::future::Future;
use std::time::Duration;

use async_trait::async_trait;
use lapin::uri::AMQPUri;
use lapin::{Connection, ConnectionProperties};
use tokio_util::sync::CancellationToken;

use super::BusError;

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A frozen broker is noticed after two missed heartbeats; by default nobody would notice for a minute and a half.
const HEARTBEAT_SECONDS: u16 = 10;
const BACKOFF_MIN: Duration = Duration::from_millis(200);
const BACKOFF_MAX: Duration = Duration::from_secs(10);

/// What is done with a connection while it lasts.
#[async_trait]
pub(super) trait Connected: Send + Sync {
    /// Its name, as the broker shows it.
    fn name(&self) -> &'static str;
    /// Works until the connection fails or `stop` is cancelled.
    async fn work(&self, connection: &Connection, stop: &CancellationToken)
    -> Result<(), BusError>;
}

/// Opens a connection. It never recovers by itself: whoever works on it must declare and consume anew.
pub(super) async fn connect(url: &str, name: &str) -> Result<Connection, BusError> {
    let mut uri: AMQPUri = url.parse().map_err(|error: String| BusError::Url(error))?;
    uri.query.heartbeat.get_or_insert(HEARTBEAT_SECONDS);
    let properties = ConnectionProperties::default().with_connection_name(name.into());
    within(CONNECT_WITHIN, Connection::connect_uri(uri, properties)).await
}

/// Bounds a wait for the broker.
pub(super) async fn within<T>(
    at_most: Duration,
    work: impl Future<Output = Result<T, lapin::Error>>,
) -> Result<T, BusError> {
    match tokio::time::timeout(at_most, work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(BusError::Slow(at_most)),
    }
}

/// Keeps a connection and its work alive until it is stopped.
pub(super) async fn supervise(url: String, work: impl Connected, stop: CancellationToken) {
    let mut backoff = BACKOFF_MIN;
    while !stop.is_cancelled() {
        let outcome = match connect(&url, work.name()).await {
            Ok(connection) => {
                tracing::info!(connection = work.name(), "the broker is connected");
                metrics::gauge!("broker_up").set(1.0);
                backoff = BACKOFF_MIN;
                let outcome = work.work(&connection, &stop).await;
                // Whatever is wrong with it, it is not used again.
                let _ = tokio::time::timeout(
                    Duration::from_secs(1),
                    connection.close(200, "done".into()),
                )
                .await;
                outcome
            }
            Err(error) => Err(error),
        };
        if let Err(error) = outcome {
            metrics::gauge!("broker_up").set(0.0);
            tracing::warn!(connection = work.name(), %error, "the broker is not connected; work goes through the database meanwhile");
        }
        let jitter = rand::random_range(80..=120_u32);
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(backoff * jitter / 100) => {}
        }
        backoff = (backoff * 2).min(BACKOFF_MAX);
    }
}
