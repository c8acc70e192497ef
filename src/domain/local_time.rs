//! Instants as a clock on a building's wall shows them.

use std::fmt;

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;

/// An IANA time zone, `Europe/London`. Its rules are built in: no file of the machine is read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// No such time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a time zone is a name of the IANA database, for example Europe/London")]
pub struct UnknownZone;

impl Zone {
    /// Finds a zone by its IANA name.
    pub fn parse(name: &str) -> Result<Self, UnknownZone> {
        let rules = TimeZone::get(name).map_err(|_| UnknownZone)?;
        Ok(Self { name: name.to_owned(), rules })
    }

    /// Its IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a clock on the wall shows there at this instant.
    pub fn local(&self, at: OffsetDateTime) -> civil::DateTime {
        self.rules.to_datetime(instant(at))
    }

    /// How far its clock is ahead of UTC at this instant, in seconds.
    pub fn offset_seconds(&self, at: OffsetDateTime) -> i32 {
        self.rules.to_offset(instant(at)).seconds()
    }

    /// The day it is there at this instant.
    pub fn date(&self, at: OffsetDateTime) -> civil::Date {
        self.local(at).date()
    }
}

/// The same instant for the rules; what lies beyond their calendar stays at its ends.
fn instant(at: OffsetDateTime) -> Timestamp {
    let ends = (Timestamp::MIN.as_nanosecond(), Timestamp::MAX.as_nanosecond());
    Timestamp::from_nanosecond(at.unix_timestamp_nanos().clamp(ends.0, ends.1)).unwrap_or_default()
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_wall_clock_follows_summer_time() {
        let london = Zone::parse("Europe/London").unwrap();

        assert_eq!(
            london.local(datetime!(2026-01-10 12:00 UTC)),
            civil::date(2026, 1, 10).at(12, 0, 0, 0)
        );
        assert_eq!(
            london.local(datetime!(2026-07-10 23:30 UTC)),
            civil::date(2026, 7, 11).at(0, 30, 0, 0)
        );
    }

    #[test]
    fn a_zone_knows_its_name_and_how_far_ahead_it_is() {
        let berlin: Zone = serde_json::from_str(r#""Europe/Berlin""#).unwrap();

        assert_eq!(
            (berlin.name(), format!("{berlin:?}").as_str()),
            ("Europe/Berlin", "Europe/Berlin")
        );
        assert_eq!(serde_json::to_value(&berlin).unwrap(), "Europe/Berlin");
        assert_eq!(berlin.offset_seconds(datetime!(2026-01-10 12:00 UTC)), 3_600);
        assert_eq!(berlin.offset_seconds(datetime!(2026-07-10 12:00 UTC)), 7_200);
        assert_eq!(berlin.date(datetime!(2026-07-10 22:30 UTC)), civil::date(2026, 7, 11));
    }

    #[test]
    fn instants_beyond_the_calendar_stay_at_its_ends() {
        let utc = Zone::parse("UTC").unwrap();

        assert_eq!(utc.local(datetime!(9999-12-31 23:00 UTC)).year(), 9999);
        assert_eq!(utc.local(datetime!(-9999-01-01 00:00 UTC)).year(), -9999);
    }

    #[test]
    fn a_zone_that_does_not_exist_is_refused() {
        assert_eq!(Zone::parse("Europe/Atlantis"), Err(UnknownZone));
    }
}
