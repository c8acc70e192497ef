//! Publishes work that is due. Only a confirmed and routed message counts as sent; everything else is ready again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::future::join_all;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Confirmation, Connection};
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::BusError;
use super::supervisor::{Connected, within};
use super::topology::Topology;
use crate::store::work_items::{Outgoing, PgSource};
use crate::trace::TRACEPARENT;

/// Messages in one go.
const WINDOW: i64 = 64;
/// So many times that may be unconfirmed at once: the broker confirms once it has written, which nobody's ring need wait for.
const UNCONFIRMED: usize = 8;
/// A broker that confirms nothing for so long gets nothing more, so that what is due again is taken from the database.
const CONFIRMS_AFTER: Duration = Duration::from_millis(500);
const CONFIRM_WITHIN: Duration = Duration::from_secs(5);
/// How long to wait before the database is asked again.
const DATABASE_IS_DOWN: Duration = Duration::from_secs(1);
const PERSISTENT: u8 = 2;

/// Publishes what is due.
#[derive(Clone)]
pub(super) struct Relay {
    pub work: Arc<PgSource>,
    pub topology: Topology,
}

#[async_trait]
impl Connected for Relay {
    fn name(&self) -> &'static str {
        "vestibule relay"
    }

    async fn work(
        &self,
        connection: &Connection,
        stop: &CancellationToken,
    ) -> Result<(), BusError> {
        let channel = connection.create_channel().await?;
        self.topology.declare(&channel).await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        let mut unconfirmed = Unconfirmed::default();
        let outcome = self.publish_until(stop, &channel, &mut unconfirmed).await;
        // What the broker does not take any more is ready again before this ends.
        while unconfirmed.windows.join_next().await.is_some() {}
        outcome
    }
}

impl Relay {
    async fn publish_until(
        &self,
        stop: &CancellationToken,
        channel: &Channel,
        unconfirmed: &mut Unconfirmed,
    ) -> Result<(), BusError> {
        while !stop.is_cancelled() {
            unconfirmed.settle().await?;
            let due = match self.work.outgoing(WINDOW).await {
                Ok(due) => due,
                Err(error) => {
                    tracing::warn!(%error, "work can not be taken for the broker");
                    tokio::time::sleep(DATABASE_IS_DOWN).await;
                    continue;
                }
            };
            if due.is_empty() {
                self.work.wait_for_outgoing().await;
            } else {
                unconfirmed.add(self.clone().publish(channel.clone(), due));
            }
        }
        Ok(())
    }

    /// Publishes and waits for every confirm; what was not taken is ready again, at once.
    async fn publish(self, channel: Channel, due: Vec<Outgoing>) -> Result<(), BusError> {
        let started = Instant::now();
        let outcomes =
            join_all(due.iter().map(|work| within(CONFIRM_WITHIN, self.send(&channel, work))))
                .await;
        metrics::histogram!("relay_confirm_seconds").record(started.elapsed().as_secs_f64());
        let mut not_taken = Vec::new();
        let mut failure = None;
        for (work, outcome) in due.iter().zip(outcomes) {
            match outcome {
                Ok(Confirmation::Ack(None)) => {}
                // An unroutable message is acked as well, with itself inside: an ack alone proves nothing.
                Ok(
                    Confirmation::Ack(Some(_)) | Confirmation::Nack(_) | Confirmation::NotRequested,
                ) => {
                    metrics::counter!("relay_returned_total").increment(1);
                    not_taken.push(work.id.as_uuid());
                }
                Err(error) => {
                    not_taken.push(work.id.as_uuid());
                    failure = Some(error);
                }
            }
        }
        if !not_taken.is_empty()
            && let Err(error) = self.work.unsend(&not_taken).await
        {
            // Their lease runs out, and the sweeper brings them back.
            tracing::warn!(%error, "unsent work could not be marked as ready");
        }
        failure.map_or(Ok(()), Err)
    }

    async fn send(&self, channel: &Channel, work: &Outgoing) -> Result<Confirmation, lapin::Error> {
        let body = json!({
            "v": 1,
            "id": work.id,
            "kind": work.kind,
            "tenant_id": work.tenant,
            "lane": work.lane,
            "position": work.position,
        })
        .to_string();
        let key = format!("{}.{}", work.kind.name(), work.lane);
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let properties = BasicProperties::default()
            .with_delivery_mode(PERSISTENT)
            .with_content_type("application/json".into())
            .with_message_id(work.id.to_string().into())
            .with_headers(headers(work));
        channel
            .basic_publish(
                self.topology.commands().into(),
                key.into(),
                options,
                body.as_bytes(),
                properties,
            )
            .await?
            .await
    }
}

/// What is on its way to the broker.
#[derive(Default)]
struct Unconfirmed {
    windows: JoinSet<Result<(), BusError>>,
    /// When there was none, or one was confirmed.
    confirmed: Option<Instant>,
}

impl Unconfirmed {
    fn add(&mut self, window: impl Future<Output = Result<(), BusError>> + Send + 'static) {
        if self.windows.is_empty() {
            self.confirmed = Some(Instant::now());
        }
        self.windows.spawn(window);
    }

    /// Takes what became of those that are confirmed, or not; waits only where no more may be on their way.
    async fn settle(&mut self) -> Result<(), BusError> {
        loop {
            let is_slow = self.confirmed.is_some_and(|at| at.elapsed() > CONFIRMS_AFTER);
            let outcome = match is_slow || self.windows.len() >= UNCONFIRMED {
                true => self.windows.join_next().await,
                false => self.windows.try_join_next(),
            };
            // A panic ends what it was about alone: its leases run out, and it is sent again.
            let Some(outcome) = outcome else { return Ok(()) };
            self.confirmed = Some(Instant::now());
            outcome.unwrap_or(Ok(()))?;
        }
    }
}

/// For who follows traces through a broker. Workers take theirs from the work item, as they take everything.
fn headers(work: &Outgoing) -> FieldTable {
    let mut headers = FieldTable::default();
    if let Some(trace) = &work.traceparent {
        headers.insert(TRACEPARENT.into(), AMQPValue::LongString(trace.as_str().into()));
    }
    headers
}
