//! Webhooks that go out: an event is told to whoever asked for it, until it is taken or a day is over.

pub mod deliver;
pub mod message;

use std::sync::Arc;

use super::ports::webhooks::{DeliveryLog, Poster};
use super::ports::{Clock, Ids, Journal};

/// Everything that tells webhooks.
#[derive(Clone, Debug)]
pub struct Webhooks {
    /// The events.
    pub journal: Arc<dyn Journal>,
    /// The deliveries.
    pub log: Arc<dyn DeliveryLog>,
    /// The way out.
    pub poster: Arc<dyn Poster>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn Ids>,
}
