//! A carrier's own list of the calls that came in.

use std::fmt;

use time::OffsetDateTime;

use crate::domain::call::record::RecordSource;
use crate::domain::call::signal::{CarrierLeg, LegEnd};

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
