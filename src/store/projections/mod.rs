//! Read models: folded from the events in their order, each with its checkpoint, and rebuilt without downtime.

pub mod call_history;
pub mod door_stats;
pub mod live;
mod rows;
mod runner;
pub mod spam_stats;
pub mod streams;

use async_trait::async_trait;
use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

pub use self::runner::{Checked, Projections, State};
use crate::application::ports::StoredEvent;

/// A read model. Deterministic: it looks at the event and its own rows, at no clock, and at nothing else.
#[async_trait]
pub trait Projection: Send + Sync + std::fmt::Debug {
    /// `call_history`.
    fn name(&self) -> &'static str;
    /// Raised when its tables or rules change: the next generation is then built beside the present one.
    fn shape(&self) -> i32;
    /// Makes its tables, in the schema that is first in the search path.
    fn tables_sql(&self) -> &'static str;
    /// Its tables, as they are shown in `vestibule`.
    fn tables(&self) -> &'static [&'static str];
    /// Applies events in their order, personal fields sealed, in the transaction that moves the checkpoint.
    async fn fold(
        &self,
        tables: &mut PgConnection,
        events: &[StoredEvent],
    ) -> Result<(), sqlx::Error>;
    /// Applies one of `SWEEPS`.
    async fn sweep(
        &self,
        tables: &mut PgConnection,
        event: &StoredEvent,
    ) -> Result<(), sqlx::Error>;
}

/// Events that say something about many calls at once: they are applied by themselves.
const SWEEPS: [&str; 2] = ["CallsArchived", "StatsBaselined"];

/// The calls that an archiving event names: nothing of them is shown any more, nor left over of one that was being counted.
fn calls_in(data: &Value) -> Vec<Uuid> {
    serde_json::from_value(data["calls"].clone()).unwrap_or_default()
}

/// The events that a model looks at, and the calls or other streams that they are about, each once.
fn those_of<'e>(events: &'e [StoredEvent], kinds: &[&str]) -> (Vec<&'e StoredEvent>, Vec<Uuid>) {
    let events: Vec<_> =
        events.iter().filter(|event| kinds.contains(&event.kind.as_str())).collect();
    let mut streams: Vec<Uuid> = events.iter().map(|event| event.stream).collect();
    streams.sort_unstable();
    streams.dedup();
    (events, streams)
}

/// An id in an event's data.
fn id(data: &Value, name: &str) -> Option<Uuid> {
    data[name].as_str()?.parse().ok()
}

/// One without which the event can not be applied.
fn needed(event: &StoredEvent, name: &str) -> Result<Uuid, sqlx::Error> {
    id(&event.payload["data"], name).ok_or_else(|| {
        let (kind, position) = (&event.kind, event.position);
        sqlx::Error::Decode(format!("{kind} at position {position} has no {name}").into())
    })
}

/// A field of an event's data; JSON's null is none.
fn field(data: &Value, name: &str) -> Option<Value> {
    data.get(name).filter(|value| !value.is_null()).cloned()
}

/// When the quarter hour began in which this was.
fn quarter_of(at: OffsetDateTime) -> OffsetDateTime {
    const QUARTER: i64 = 15 * 60;
    let since = at.unix_timestamp().rem_euclid(QUARTER);
    let whole = at.replace_nanosecond(0).unwrap_or(at);
    whole - time::Duration::seconds(since)
}

/// All read models; first those that people watch.
pub fn all() -> Vec<Box<dyn Projection>> {
    vec![
        Box::new(live::Live),
        Box::new(streams::Streams),
        Box::new(call_history::CallHistory),
        Box::new(spam_stats::SpamStats),
        Box::new(door_stats::DoorStats),
    ]
}
