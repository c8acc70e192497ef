//! Read models: folded from the events in their order, each with its checkpoint, and rebuilt without downtime.

pub mod call_history;
pub mod door_stats;
pub mod live;
mod runner;
pub mod spam_stats;
pub mod streams;

use async_trait::async_trait;
use sqlx::PgConnection;

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
    /// Applies an event, personal fields sealed, in the transaction that moves the checkpoint.
    async fn apply(&self, rows: &mut PgConnection, event: &StoredEvent) -> Result<(), sqlx::Error>;
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
