//! Work as RabbitMQ delivers it. A delivery is only a hint: the claim in the database decides who does it.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use lapin::Acker;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use secrecy::ExposeSecret;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use super::Settings;
use super::consumer::{Consumer, Named, PREFETCH};
use super::relay::Relay;
use super::supervisor::supervise;
use crate::application::ports::{Leased, Receipt, Unavailable, WorkKind, WorkSource};
use crate::store::work_items::PgSource;

/// How long an idle worker waits for a delivery before it looks whether the broker forgot something.
const PATIENCE: Duration = Duration::from_millis(500);
/// Work that is due for so long and not taken by the broker is taken from the database: a ring must not wait for a broker.
const OVERDUE: Duration = Duration::from_secs(2);

/// Work from RabbitMQ, and from the database when the broker fails.
#[derive(Debug)]
pub struct AmqpSource {
    direct: Arc<PgSource>,
    deliveries: HashMap<WorkKind, Mutex<mpsc::Receiver<Named>>>,
    in_hand: Mutex<HashMap<u64, Acker>>,
    next_receipt: AtomicU64,
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
        let source =
            Self { direct, deliveries, in_hand: Mutex::default(), next_receipt: AtomicU64::new(1) };
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

    /// Claims what a delivery names. Someone else has it, or it is over: it is acknowledged and forgotten.
    async fn claim(&self, named: Named) -> Result<Option<Leased>, Unavailable> {
        let acker = named.delivery.acker;
        match self.direct.claim(named.work).await {
            Ok(Some(leased)) => {
                let receipt = self.next_receipt.fetch_add(1, Ordering::Relaxed);
                self.in_hand.lock().await.insert(receipt, acker);
                Ok(Some(Leased { receipt: Receipt(Some(receipt)), ..leased }))
            }
            Ok(None) => {
                // If the connection is gone, so is the message's claim on us.
                let _ = acker.ack(BasicAckOptions::default()).await;
                Ok(None)
            }
            Err(error) => {
                let _ = acker
                    .nack(BasicNackOptions { requeue: true, ..BasicNackOptions::default() })
                    .await;
                Err(error)
            }
        }
    }

    /// Acknowledges what was written: a crash before leaves a message that finds nothing to claim. What could not be written is
    /// acknowledged, too: its lease runs out and it is sent again, while a message that is kept takes the place of another.
    async fn acknowledge(&self, leased: &Leased) {
        let Receipt(Some(receipt)) = leased.receipt else { return };
        if let Some(acker) = self.in_hand.lock().await.remove(&receipt) {
            let _ = acker.ack(BasicAckOptions::default()).await;
        }
    }
}

#[async_trait]
impl WorkSource for AmqpSource {
    async fn next(&self, kind: WorkKind, max: usize) -> Result<Vec<Leased>, Unavailable> {
        let named = self.delivered(kind, max).await;
        if named.is_empty() {
            return self.direct.overdue(kind, max, OVERDUE).await;
        }
        let mut leased = Vec::new();
        let mut failure = None;
        for named in named {
            match self.claim(named).await {
                Ok(claimed) => leased.extend(claimed),
                Err(error) => failure = Some(error),
            }
        }
        // What was claimed is in hand, whatever became of the rest: that goes back to the broker.
        failure.filter(|_| leased.is_empty()).map_or(Ok(leased), Err)
    }

    async fn done(&self, leased: &Leased) -> Result<(), Unavailable> {
        let written = self.direct.done(leased).await;
        self.acknowledge(leased).await;
        written
    }

    async fn retry(&self, leased: &Leased, delay: Duration, why: &str) -> Result<(), Unavailable> {
        let written = self.direct.retry(leased, delay, why).await;
        self.acknowledge(leased).await;
        written
    }

    async fn park(&self, leased: &Leased, why: &str) -> Result<(), Unavailable> {
        let written = self.direct.park(leased, why).await;
        self.acknowledge(leased).await;
        written
    }
}
