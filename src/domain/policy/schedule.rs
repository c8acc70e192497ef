//! Schedules: weekly hours, and dates that differ.

use jiff::civil;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;

use crate::domain::local_time::Zone;

/// Weekly hours in a building's zone, and dates on which other hours hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Hours that hold every week.
    #[serde(default)]
    pub weekly: Vec<WeeklyHours>,
    /// Dates on which these hours hold instead: holidays, a party.
    #[serde(default)]
    pub dates: Vec<DateHours>,
}

/// Hours on some days of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeeklyHours {
    /// On these days.
    pub days: Vec<Weekday>,
    /// Between these times.
    #[serde(flatten)]
    pub hours: Hours,
}

/// Other hours on one date: none means closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DateHours {
    /// The date, `2026-12-25`.
    pub date: civil::Date,
    /// Between these times; empty: not at all.
    #[serde(default)]
    pub hours: Vec<Hours>,
}

/// From a time to a time. One that ends before it starts goes on past midnight; one that ends when it starts lasts a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// The first moment, `08:00`.
    pub from: civil::Time,
    /// The first moment that no longer counts, `18:00`.
    pub to: civil::Time,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the days of the week explain themselves")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Why a schedule can not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ScheduleError {
    /// Too many entries.
    #[error("a schedule has at most 50 weekly entries of 7 days and 200 dates of 10 hours")]
    TooLong,
    /// An entry that never holds.
    #[error("weekly hours name at least one day")]
    NoDays,
}

impl Schedule {
    /// Checks that it can work.
    pub fn check(&self) -> Result<(), ScheduleError> {
        if self.weekly.len() > 50 || self.dates.len() > 200 {
            return Err(ScheduleError::TooLong);
        }
        if self.weekly.iter().any(|entry| entry.days.len() > 7)
            || self.dates.iter().any(|entry| entry.hours.len() > 10)
        {
            return Err(ScheduleError::TooLong);
        }
        if self.weekly.iter().any(|entry| entry.days.is_empty()) {
            return Err(ScheduleError::NoDays);
        }
        Ok(())
    }

    /// Whether it holds at this instant, by a clock on the wall in this zone.
    pub fn holds(&self, at: OffsetDateTime, zone: &Zone) -> bool {
        let local = zone.local(at);
        self.holds_from(local.date(), local.time())
            || local
                .date()
                .yesterday()
                .is_ok_and(|before| self.runs_over_midnight(before, local.time()))
    }

    fn holds_from(&self, date: civil::Date, time: civil::Time) -> bool {
        self.hours_of(date)
            .any(|hours| hours.from <= time && (time < hours.to || hours.is_overnight()))
    }

    fn runs_over_midnight(&self, before: civil::Date, time: civil::Time) -> bool {
        self.hours_of(before).any(|hours| hours.is_overnight() && time < hours.to)
    }

    fn hours_of(&self, date: civil::Date) -> impl Iterator<Item = Hours> + '_ {
        let special = self.dates.iter().find(|entry| entry.date == date);
        let weekday = Weekday::of(date);
        let usual = self
            .weekly
            .iter()
            .filter(move |entry| special.is_none() && entry.days.contains(&weekday));
        special
            .into_iter()
            .flat_map(|entry| entry.hours.iter().copied())
            .chain(usual.map(|entry| entry.hours))
    }
}

impl Hours {
    fn is_overnight(self) -> bool {
        self.to <= self.from
    }
}

impl Weekday {
    fn of(date: civil::Date) -> Self {
        match date.weekday() {
            civil::Weekday::Monday => Self::Monday,
            civil::Weekday::Tuesday => Self::Tuesday,
            civil::Weekday::Wednesday => Self::Wednesday,
            civil::Weekday::Thursday => Self::Thursday,
            civil::Weekday::Friday => Self::Friday,
            civil::Weekday::Saturday => Self::Saturday,
            civil::Weekday::Sunday => Self::Sunday,
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn deliveries() -> Schedule {
        serde_json::from_str(
            r#"{"weekly": [{"days": ["monday", "friday"], "from": "08:00", "to": "18:00"},
                           {"days": ["saturday"], "from": "22:00", "to": "02:00"}],
                "dates": [{"date": "2026-12-25", "hours": []}]}"#,
        )
        .unwrap()
    }

    fn holds(at: OffsetDateTime) -> bool {
        deliveries().holds(at, &Zone::parse("Europe/London").unwrap())
    }

    #[test]
    fn hours_hold_from_their_first_moment_to_before_their_last() {
        assert!(!holds(datetime!(2026-11-20 07:59:59 UTC)));
        assert!(holds(datetime!(2026-11-20 08:00 UTC)));
        assert!(!holds(datetime!(2026-11-20 18:00 UTC)));
        assert!(!holds(datetime!(2026-11-19 12:00 UTC)), "a Thursday");
    }

    #[test]
    fn hours_past_midnight_belong_to_the_day_they_started_on() {
        assert!(holds(datetime!(2026-11-21 23:00 UTC)));
        assert!(holds(datetime!(2026-11-22 01:59 UTC)));
        assert!(!holds(datetime!(2026-11-22 02:00 UTC)));
        assert!(!holds(datetime!(2026-11-21 01:00 UTC)), "Saturday before they start");
    }

    #[test]
    fn hours_that_end_when_they_start_last_a_day() {
        let all_day = r#"{"weekly": [{"days": ["friday"], "from": "09:00", "to": "09:00"}]}"#;
        let all_day: Schedule = serde_json::from_str(all_day).unwrap();
        let holds = |at| all_day.holds(at, &Zone::parse("Europe/London").unwrap());

        assert!(!holds(datetime!(2026-11-20 08:59:59 UTC)));
        assert!(holds(datetime!(2026-11-20 09:00 UTC)));
        assert!(holds(datetime!(2026-11-21 08:59:59 UTC)));
        assert!(!holds(datetime!(2026-11-21 09:00 UTC)));
    }

    #[test]
    fn a_schedule_is_refused_just_past_each_of_its_limits() {
        let hours = Hours { from: civil::time(8, 0, 0, 0), to: civil::time(18, 0, 0, 0) };
        let weekly = |days| WeeklyHours { days: vec![Weekday::Monday; days], hours };
        let date = |many| DateHours { date: civil::date(2026, 12, 25), hours: vec![hours; many] };
        let check = |weekly, dates| Schedule { weekly, dates }.check();

        assert_eq!(check(vec![], vec![]), Ok(()));
        assert_eq!(check(vec![weekly(7); 50], vec![date(10); 200]), Ok(()));
        assert_eq!(check(vec![weekly(1); 51], vec![]), Err(ScheduleError::TooLong));
        assert_eq!(check(vec![], vec![date(1); 201]), Err(ScheduleError::TooLong));
        assert_eq!(check(vec![weekly(8)], vec![]), Err(ScheduleError::TooLong));
        assert_eq!(check(vec![], vec![date(11)]), Err(ScheduleError::TooLong));
        assert_eq!(check(vec![weekly(1), weekly(0)], vec![]), Err(ScheduleError::NoDays));
    }

    #[test]
    fn a_date_of_its_own_overrules_the_week() {
        assert!(!holds(datetime!(2026-12-25 12:00 UTC)), "a Friday, and Christmas Day");
    }

    #[test]
    fn summer_time_moves_the_hours_with_the_wall_clock() {
        assert!(holds(datetime!(2026-07-03 07:00 UTC)), "08:00 in London");
        assert!(!holds(datetime!(2026-07-03 17:00 UTC)), "18:00 in London");
    }
}
