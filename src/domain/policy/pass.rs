//! Passes: a visitor's PIN. The PIN itself never comes here, only what a look-up made of it (`signal::PinCheck`).

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::schedule::Schedule;
use crate::domain::ids::{EntranceId, PassId};
use crate::domain::local_time::Zone;

/// A visitor's pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// Its id.
    pub id: PassId,
    /// From when it opens.
    pub valid_from: OffsetDateTime,
    /// Until when.
    pub valid_until: OffsetDateTime,
    /// Only at these hours.
    pub hours: Option<Schedule>,
    /// How many visits it is good for.
    pub uses: Uses,
    /// At these entrances; empty: at all.
    pub entrances: Vec<EntranceId>,
}

/// How many visits a pass is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uses {
    /// Any number.
    Unlimited,
    /// So many more.
    Left(u32),
}

impl Pass {
    /// Whether it opens this entrance at this instant.
    pub fn opens(&self, entrance: EntranceId, at: OffsetDateTime, zone: &Zone) -> bool {
        let in_window = self.valid_from <= at && at < self.valid_until;
        let in_hours = self.hours.as_ref().is_none_or(|hours| hours.holds(at, zone));
        let has_uses = match self.uses {
            Uses::Unlimited => true,
            Uses::Left(uses) => uses > 0,
        };
        let is_here = self.entrances.is_empty() || self.entrances.contains(&entrance);
        in_window && in_hours && has_uses && is_here
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_pass_opens_within_its_window_at_its_entrances_while_uses_are_left() {
        let zone = Zone::parse("Europe/London").unwrap();
        let (here, elsewhere) =
            (EntranceId::from_uuid(Uuid::from_u128(1)), EntranceId::from_uuid(Uuid::from_u128(2)));
        let pass = Pass {
            id: PassId::from_uuid(Uuid::nil()),
            valid_from: datetime!(2026-11-20 08:00 UTC),
            valid_until: datetime!(2026-11-20 10:00 UTC),
            hours: None,
            uses: Uses::Left(1),
            entrances: vec![here],
        };
        let nine = datetime!(2026-11-20 09:00 UTC);

        assert!(pass.opens(here, nine, &zone));
        assert!(!pass.opens(elsewhere, nine, &zone));
        assert!(!pass.opens(here, pass.valid_until, &zone));
        assert!(!Pass { uses: Uses::Left(0), ..pass }.opens(here, nine, &zone));
    }
}
