//! Exchanges and queues, declared at every connect. From RabbitMQ 3.10 to 4.3.

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, ExchangeKind};

use super::BusError;
use crate::application::ports::WorkKind;

/// How often the broker may deliver a message. Attempts that matter are counted in the work item.
const DELIVERIES_MAX: i64 = 20;
const PARKED_FOR_MS: i64 = 14 * 24 * 3600 * 1000;

/// Exchanges and queues, under a name of their own: two installations can share a broker.
#[derive(Clone, Debug)]
pub struct Topology(String);

impl Default for Topology {
    fn default() -> Self {
        Self::named("vestibule")
    }
}

impl Topology {
    /// Under this name.
    pub fn named(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// Where work is published, with the key `<kind>.<lane>`.
    pub(super) fn commands(&self) -> String {
        format!("{}.cmd", self.0)
    }

    /// The queue of a kind of work: competing consumers, so that a neighbour's ring never waits behind a slow one.
    pub(super) fn queue(&self, kind: WorkKind) -> String {
        format!("{}.{}", self.0, kind.name())
    }

    /// Declares everything. What exists with other settings is a reason not to start.
    pub(super) async fn declare(&self, channel: &Channel) -> Result<(), BusError> {
        let (commands, dead_letters, parked) =
            (self.commands(), format!("{}.dlx", self.0), format!("{}.parked", self.0));
        exchange(channel, &commands, ExchangeKind::Topic).await?;
        exchange(channel, &dead_letters, ExchangeKind::Fanout).await?;
        // Plain dead-lettering is enough: the rows are the truth. (At-least-once dead-lettering crashed a 3.10 broker's queues at restart.)
        quorum_queue(channel, &parked, &[("x-message-ttl", AMQPValue::LongLongInt(PARKED_FOR_MS))])
            .await?;
        bind(channel, &parked, &dead_letters, "").await?;
        for kind in WorkKind::ALL {
            let queue = self.queue(kind);
            let settings = [
                ("x-delivery-limit", AMQPValue::LongLongInt(DELIVERIES_MAX)),
                ("x-dead-letter-exchange", AMQPValue::LongString(dead_letters.as_str().into())),
            ];
            quorum_queue(channel, &queue, &settings).await?;
            bind(channel, &queue, &commands, &format!("{}.*", kind.name())).await?;
        }
        Ok(())
    }
}

async fn bind(channel: &Channel, queue: &str, exchange: &str, key: &str) -> Result<(), BusError> {
    Ok(channel
        .queue_bind(
            queue.into(),
            exchange.into(),
            key.into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await?)
}

async fn exchange(channel: &Channel, name: &str, kind: ExchangeKind) -> Result<(), BusError> {
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    channel
        .exchange_declare(name.into(), kind, durable, FieldTable::default())
        .await
        .map_err(|error| mismatch(name, error))
}

async fn quorum_queue(
    channel: &Channel,
    name: &str,
    settings: &[(&str, AMQPValue)],
) -> Result<(), BusError> {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    for (setting, value) in settings {
        arguments.insert((*setting).into(), value.clone());
    }
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel
        .queue_declare(name.into(), durable, arguments)
        .await
        .map(drop)
        .map_err(|error| mismatch(name, error))
}

/// 406 PRECONDITION_FAILED: it is there, and it is not ours.
fn mismatch(what: &str, error: lapin::Error) -> BusError {
    let reason = error.to_string();
    if reason.contains("PRECONDITION_FAILED") || reason.contains("406") {
        BusError::Mismatch { what: what.to_owned(), reason }
    } else {
        error.into()
    }
}
