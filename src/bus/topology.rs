//! Exchanges and queues, declared at every connect. From RabbitMQ 3.10 to 4.3.

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, ExchangeKind};

use super::BusError;
use crate::application::ports::WorkKind;

/// Where work is published, with the key `<kind>.<lane>`.
pub(super) const COMMANDS: &str = "vestibule.cmd";
const DEAD_LETTERS: &str = "vestibule.dlx";
const PARKED: &str = "vestibule.parked";
/// How often the broker may deliver a message. Attempts that matter are counted in the work item.
const DELIVERIES_MAX: i64 = 20;
const PARKED_FOR_MS: i64 = 14 * 24 * 3600 * 1000;

/// The queue of a kind of work: competing consumers, so that a neighbour's ring never waits behind a slow one.
pub(super) fn queue(kind: WorkKind) -> String {
    format!("vestibule.{}", kind.name())
}

/// Declares everything. What exists with other settings is a reason not to start.
pub(super) async fn declare(channel: &Channel) -> Result<(), BusError> {
    exchange(channel, COMMANDS, ExchangeKind::Topic).await?;
    exchange(channel, DEAD_LETTERS, ExchangeKind::Fanout).await?;
    // Plain dead-lettering is enough: the rows are the truth. (At-least-once dead-lettering crashed a 3.10 broker's queues at restart.)
    quorum_queue(channel, PARKED, &[("x-message-ttl", AMQPValue::LongLongInt(PARKED_FOR_MS))])
        .await?;
    channel
        .queue_bind(
            PARKED.into(),
            DEAD_LETTERS.into(),
            "".into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await?;
    for kind in WorkKind::ALL {
        let queue = queue(kind);
        let settings = [
            ("x-delivery-limit", AMQPValue::LongLongInt(DELIVERIES_MAX)),
            ("x-dead-letter-exchange", AMQPValue::LongString(DEAD_LETTERS.into())),
        ];
        quorum_queue(channel, &queue, &settings).await?;
        let key = format!("{}.*", kind.name());
        channel
            .queue_bind(
                queue.into(),
                COMMANDS.into(),
                key.into(),
                QueueBindOptions::default(),
                FieldTable::default(),
            )
            .await?;
    }
    Ok(())
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
