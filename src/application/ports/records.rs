//! A carrier's own list of the calls that came in, and how far we looked through it.

use std::fmt::{self, Debug};
use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::Unavailable;

use crate::domain::call::record::RecordSource;
use crate::domain::call::signal::{CarrierLeg, LegEnd};
use crate::domain::ids::{ConnectionId, TenantId};

/// The calls that came in within a span of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallsListed {
    /// All of them, in no order.
    All(Vec<CarrierCall>),
    /// More than a client looks through at once: ask for less time.
    TooMany,
}

/// A call that came in, as the carrier lists it.
#[derive(Clone, PartialEq, Eq)]
pub struct CarrierCall {
    /// The carrier's name for the caller's leg: the one that its webhooks use.
    pub carrier_leg: CarrierLeg,
    /// Who called, in the carrier's words: a number with or without `+`, or a word for one that is withheld.
    pub from: String,
    /// Which number was called, in the carrier's words.
    pub to: String,
    /// When, where the carrier tells.
    pub began: Option<OffsetDateTime>,
    /// Until when, where the carrier tells.
    pub ended: Option<OffsetDateTime>,
    /// How it ended; nothing of one that goes on.
    pub end: Option<LegEnd>,
    /// Which of the carrier's lists it stands in.
    pub source: RecordSource,
}

/// Without the numbers.
impl fmt::Debug for CarrierCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CarrierCall")
            .field("carrier_leg", &self.carrier_leg.id)
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

/// How far carriers' lists were looked through, connection by connection.
#[async_trait]
pub trait SweepBook: Send + Sync + Debug {
    /// The connections that nobody began to sweep for so long; they count as begun now.
    async fn take_due(&self, not_within: Duration) -> Result<Vec<Sweep>, Unavailable>;

    /// A connection's list is looked through up to there.
    async fn swept(&self, sweep: &Sweep, to: OffsetDateTime) -> Result<(), Unavailable>;
}

/// A connection whose carrier's list is to be looked through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// Whose.
    pub tenant: TenantId,
    /// The connection.
    pub connection: ConnectionId,
    /// Looked through up to then; since it was made, if never.
    pub swept_to: OffsetDateTime,
}
