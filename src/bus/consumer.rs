//! Takes deliveries off the queues and hands them to the source. A message names a work item; what it says besides is not believed.

use async_trait::async_trait;
use futures_util::StreamExt;
use futures_util::stream::select_all;
use lapin::Connection;
use lapin::message::Delivery;
use lapin::options::{BasicConsumeOptions, BasicQosOptions, BasicRejectOptions};
use lapin::types::FieldTable;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::BusError;
use super::supervisor::Connected;
use super::topology::Topology;
use crate::application::ports::WorkKind;
use crate::domain::ids::WorkId;

/// Messages of one kind in hand and unacknowledged.
pub(super) const PREFETCH: u16 = 32;

/// A delivery that names a work item.
#[derive(Debug)]
pub(super) struct Named {
    pub work: WorkId,
    pub delivery: Delivery,
}

/// Consumes all kinds of work.
pub(super) struct Consumer {
    pub topology: Topology,
    /// One channel a kind.
    pub to: Vec<(WorkKind, mpsc::Sender<Named>)>,
}

#[derive(Deserialize)]
struct Message {
    id: WorkId,
}

#[async_trait]
impl Connected for Consumer {
    fn name(&self) -> &'static str {
        "vestibule consumer"
    }

    async fn work(
        &self,
        connection: &Connection,
        stop: &CancellationToken,
    ) -> Result<(), BusError> {
        self.topology.declare(&connection.create_channel().await?).await?;
        let mut deliveries = Vec::new();
        for (kind, to) in &self.to {
            let channel = connection.create_channel().await?;
            channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
            let queue = self.topology.queue(*kind);
            let consumer = channel
                .basic_consume(
                    queue.into(),
                    "".into(),
                    BasicConsumeOptions::default(),
                    FieldTable::default(),
                )
                .await?;
            deliveries.push(consumer.map(move |delivery| (to, delivery)));
        }
        let mut deliveries = select_all(deliveries);
        loop {
            let next = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                next = deliveries.next() => next,
            };
            let Some((to, delivery)) = next else { return Ok(()) };
            let delivery = delivery?;
            match serde_json::from_slice::<Message>(&delivery.data) {
                // The channel holds a prefetch's worth: the broker sends no more.
                Ok(Message { id }) => drop(to.send(Named { work: id, delivery }).await),
                Err(error) => {
                    tracing::error!(%error, "a message names no work item: it is parked");
                    delivery.acker.reject(BasicRejectOptions { requeue: false }).await?;
                }
            }
        }
    }
}
