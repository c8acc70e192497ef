//! Work as RabbitMQ delivers it. A delivery is only a hint: the claim in the database decides who does it.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use secrecy::ExposeSecret;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use super::Settings;
use super::consumer::{Consumer, Named, PREFETCH};
use super::relay::Relay;
use super::supervisor::supervise;
use crate::application::ports::{Leased, Unavailable, WorkKind, WorkSource};
use crate::store::work_items::PgSource;

/// How long an idle worker waits for a delivery before it looks whether the broker forgot something.
const PATIENCE: Duration = Duration::from_millis(500);
/// Work that is due for so long and not taken by the broker is taken from the database: a ring must not wait for a broker.
const OVERDUE: Duration = Duration::from_secs(1);

/// Work from RabbitMQ, and from the database when the broker fails.
#[derive(Debug)]
pub struct AmqpSource {
    direct: Arc<PgSource>,
    deliveries: HashMap<WorkKind, Mutex<mpsc::Receiver<Named>>>,
}

impl AmqpSource {
    /// A source, and the task that keeps its connections.
    pub fn start(
        settings: Settings,
        direct: Arc<PgSource>,
        stop: CancellationToken,
    ) -> (Self, impl Future<Output = ()> + Send) {
        let mut senders = Vec::new();
        let mut deliveries = HashMap::new();
        for kind in WorkKind::ALL {
            let (sender, receiver) = mpsc::channel(usize::from(PREFETCH));
            senders.push((kind, sender));
            deliveries.insert(kind, Mutex::new(receiver));
        }
        // Two connections: a broker's alarm blocks the one that publishes only.
        let url = settings.url.expose_secret().to_owned();
        let relay = Relay { work: Arc::clone(&direct), topology: settings.topology.clone() };
        let consumer = Consumer { topology: settings.topology, to: senders };
        let relay = supervise(url.clone(), relay, stop.clone());
        let consumer = supervise(url, consumer, stop);
        let source = Self { direct, deliveries };
        (source, async move {
            tokio::join!(relay, consumer);
        })
    }

    async fn delivered(&self, kind: WorkKind, max: usize) -> Vec<Named> {
        let mut named = Vec::new();
        let mut deliveries = self.deliveries[&kind].lock().await;
        let _ = tokio::time::timeout(PATIENCE, deliveries.recv_many(&mut named, max)).await;
        named
    }

    /// Claims what deliveries name. Once that is written, or someone else has it, a message has said all it can: if we die now,
    /// the lease runs out and it is sent again. One that were kept would take the place of another until its work is reported.
    async fn claim(&self, named: Vec<Named>) -> Result<Vec<Leased>, Unavailable> {
        let work: Vec<_> = named.iter().map(|named| named.work).collect();
        let claimed = self.direct.claim(&work).await;
        let told = named.iter().map(|Named { delivery, .. }| async {
            // If the connection is gone, so is the message's claim on us.
            let _ = match claimed {
                Ok(_) => delivery.acker.ack(BasicAckOptions::default()).await,
                Err(_) => {
                    let again = BasicNackOptions { requeue: true, ..BasicNackOptions::default() };
                    delivery.acker.nack(again).await
                }
            };
        });
        join_all(told).await;
        claimed
    }
}

#[async_trait]
impl WorkSource for AmqpSource {
    async fn next(&self, kind: WorkKind, max: usize) -> Result<Vec<Leased>, Unavailable> {
        let named = self.delivered(kind, max).await;
        if named.is_empty() {
            return self.direct.overdue(kind, max, OVERDUE).await;
        }
        self.claim(named).await
    }

    async fn done(&self, leased: &Leased) -> Result<(), Unavailable> {
        self.direct.done(leased).await
    }

    async fn retry(&self, leased: &Leased, delay: Duration, why: &str) -> Result<(), Unavailable> {
        self.direct.retry(leased, delay, why).await
    }

    async fn park(&self, leased: &Leased, why: &str) -> Result<(), Unavailable> {
        self.direct.park(leased, why).await
    }
}
