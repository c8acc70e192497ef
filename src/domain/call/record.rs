//! What a carrier's own records say of a leg whose end was never reported, and how it became known that a leg or a call is over.

use serde::{Deserialize, Serialize};

use super::signal::LegEnd;

/// Which of a carrier's lists said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordSource {
    /// The calls, as the carrier's calls API holds them.
    Calls,
    /// The history of calls that are over.
    History,
}

/// What a carrier's records say of one leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegRecord {
    /// It goes on.
    Running,
    /// It is over.
    Over {
        /// How it ended.
        end: LegEnd,
        /// Where that stands.
        source: RecordSource,
    },
    /// The carrier does not know it, or no longer.
    NoRecord,
}

/// How it became known that a leg or a call is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndSource {
    /// It was reported as it happened.
    #[default]
    Reported,
    /// Nothing was reported; it stands in the carrier's records.
    Reconciled(RecordSource),
    /// Nothing was reported, and the carrier's records did not tell either.
    Presumed,
}

impl EndSource {
    /// For events that leave out what is the rule.
    pub fn is_reported(&self) -> bool {
        *self == Self::Reported
    }

    /// In the words of the API and of metrics; `None` where the end was reported as it happened.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Reported => None,
            Self::Reconciled(RecordSource::Calls) => Some("carrier_calls"),
            Self::Reconciled(RecordSource::History) => Some("carrier_history"),
            Self::Presumed => Some("presumed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_that_was_not_reported_says_where_it_was_found() {
        let told = |source: EndSource| (source.is_reported(), source.name());

        assert_eq!(told(EndSource::Reported), (true, None));
        assert_eq!(
            told(EndSource::Reconciled(RecordSource::Calls)),
            (false, Some("carrier_calls"))
        );
        assert_eq!(
            told(EndSource::Reconciled(RecordSource::History)),
            (false, Some("carrier_history"))
        );
        assert_eq!(told(EndSource::Presumed), (false, Some("presumed")));
    }
}
