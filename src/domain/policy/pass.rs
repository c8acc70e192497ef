//! Passes: a visitor's PIN. The PIN itself never comes here, only what a look-up made of it (`signal::PinCheck`).

use time::OffsetDateTime;

use super::block::Expires;
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
    pub valid_until: Expires,
    /// Only while all of these hold.
    pub hours: Vec<Schedule>,
    /// At these entrances; empty: at all.
    pub entrances: Vec<EntranceId>,
}

impl Pass {
    /// Whether it opens this entrance at this instant, visits aside.
    pub fn opens(&self, entrance: EntranceId, at: OffsetDateTime, zone: &Zone) -> bool {
        let is_over = match self.valid_until {
            Expires::Never => false,
            Expires::At(end) => end <= at,
        };
        let in_window = self.valid_from <= at && !is_over;
        let in_hours = self.hours.iter().all(|hours| hours.holds(at, zone));
        let is_here = self.entrances.is_empty() || self.entrances.contains(&entrance);
        in_window && in_hours && is_here
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_pass_opens_within_its_window_and_hours_at_its_entrances() {
        let zone = Zone::parse("Europe/London").unwrap();
        let (here, elsewhere) =
            (EntranceId::from_uuid(Uuid::from_u128(1)), EntranceId::from_uuid(Uuid::from_u128(2)));
        let pass = Pass {
            id: PassId::from_uuid(Uuid::nil()),
            valid_from: datetime!(2026-11-20 08:00 UTC),
            valid_until: Expires::At(datetime!(2026-11-20 10:00 UTC)),
            hours: vec![],
            entrances: vec![here],
        };
        let nine = datetime!(2026-11-20 09:00 UTC);

        assert!(pass.opens(here, nine, &zone));
        assert!(pass.opens(here, pass.valid_from, &zone));
        assert!(!pass.opens(here, datetime!(2026-11-20 07:59:59 UTC), &zone));
        assert!(Pass { entrances: vec![], ..pass.clone() }.opens(elsewhere, nine, &zone));
        assert!(!pass.opens(elsewhere, nine, &zone));
        assert!(!pass.opens(here, datetime!(2026-11-20 10:00 UTC), &zone));
        assert!(Pass { valid_until: Expires::Never, ..pass.clone() }.opens(
            here,
            datetime!(2036-11-20 10:00 UTC),
            &zone
        ));
        assert!(!Pass { hours: vec![Schedule::default()], ..pass }.opens(here, nine, &zone));
    }
}
