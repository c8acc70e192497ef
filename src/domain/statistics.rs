//! Statistics: counts by a clock on a building's wall, and waits as a histogram. All integers; rates are made where they are shown.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Span;
use jiff::civil;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::domain::local_time::Zone;

/// What is counted lies in quarters of an hour: every zone's hours and days are made of whole ones.
pub const QUARTER: Duration = Duration::from_secs(900);

/// How wide a bucket of calls is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Width {
    /// An hour.
    Hour,
    /// A day, from midnight to midnight.
    #[default]
    Day,
    /// A week, from Monday.
    Week,
    /// A month, from the first.
    Month,
}

/// Where a bucket starts, by the clock on the wall. Sorts in time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Start {
    /// When it starts, in seconds; 0 for days and wider.
    order: i64,
    /// `2026-10-25`; of an hour `2026-10-25T01:00:00+01:00`, since a clock may show the same hour twice.
    pub label: String,
}

impl Width {
    /// The bucket that this instant falls into.
    pub fn start(self, at: OffsetDateTime, zone: &Zone) -> Start {
        let local = zone.local(at);
        let date = local.date();
        match self {
            Self::Hour => {
                let past = i64::from(local.minute()) * 60 + i64::from(local.second());
                let hour = local.hour();
                let offset = offset(zone.offset_seconds(at));
                let label = format!("{date}T{hour:02}:00:00{offset}");
                Start { order: at.unix_timestamp() - past, label }
            }
            Self::Day => Start::of(date),
            Self::Week => {
                let since_monday = date.weekday().to_monday_zero_offset();
                Start::of(date.saturating_sub(Span::new().days(since_monday)))
            }
            Self::Month => Start::of(date.first_of_month()),
        }
    }

    /// All buckets between two instants, the empty ones too.
    pub fn starts(self, from: OffsetDateTime, to: OffsetDateTime, zone: &Zone) -> BTreeSet<Start> {
        let mut starts = BTreeSet::new();
        let mut at = from;
        while at < to {
            starts.insert(self.start(at, zone));
            at += QUARTER;
        }
        starts
    }
}

impl Start {
    fn of(date: civil::Date) -> Self {
        // Dates sort as they are written.
        Self { order: 0, label: date.to_string() }
    }
}

fn offset(seconds: i32) -> String {
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Calls, counted by what came of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All that are over.
    pub calls: i64,
    /// Someone accepted.
    pub answered: i64,
    /// The open digits were sent.
    pub opened: i64,
    /// The visitor was not let through, for another reason than a block.
    pub rejected: i64,
    /// The number was blocked.
    pub blocked: i64,
    /// Nobody accepted.
    pub no_answer: i64,
    /// The visitor left before anyone accepted.
    pub visitor_left: i64,
    /// Something broke.
    pub failed: i64,
    /// The resident refused. Of one resident only.
    pub declined: i64,
    /// How long it took until someone accepted.
    pub waits: Waits,
}

impl Counts {
    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.answered += other.answered;
        self.opened += other.opened;
        self.rejected += other.rejected;
        self.blocked += other.blocked;
        self.no_answer += other.no_answer;
        self.visitor_left += other.visitor_left;
        self.failed += other.failed;
        self.declined += other.declined;
        self.waits.add(&other.waits);
    }
}

/// How many waits were how long, in seconds rounded up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waits(BTreeMap<u32, i64>);

impl Waits {
    /// So many waits of so many seconds.
    pub fn of(seconds: u32, calls: i64) -> Self {
        Self([(seconds, calls)].into())
    }

    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        for (seconds, calls) in &other.0 {
            *self.0.entry(*seconds).or_default() += calls;
        }
    }

    /// The wait that so many of a hundred were not longer than; nothing if nobody waited.
    pub fn percentile(&self, percent: u8) -> Option<u32> {
        let all: i64 = self.0.values().sum();
        let mut left = (all * i64::from(percent) + 99) / 100;
        self.0.iter().find_map(|(seconds, calls)| {
            left -= calls;
            (left <= 0).then_some(*seconds)
        })
    }
}

/// Calls by weekday, from Monday, and hour of the day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WeekGrid(pub [[i64; 24]; 7]);

impl WeekGrid {
    /// Adds calls of this instant, by the clock on the wall.
    pub fn add(&mut self, at: OffsetDateTime, zone: &Zone, calls: i64) {
        let local = zone.local(at);
        let day = usize::from(local.date().weekday().to_monday_zero_offset().unsigned_abs());
        let hour = usize::from(local.hour().unsigned_abs());
        if let Some(count) = self.0.get_mut(day).and_then(|hours| hours.get_mut(hour)) {
            *count += calls;
        }
    }

    /// The busiest hour: weekday from 0 for Monday, hour, calls. Nothing if there was no call.
    pub fn busiest(&self) -> Option<(usize, usize, i64)> {
        let all = self.0.iter().enumerate().flat_map(|(day, hours)| {
            hours.iter().enumerate().map(move |(hour, calls)| (day, hour, *calls))
        });
        // The first of several equals.
        all.filter(|(.., calls)| *calls > 0).rev().max_by_key(|(.., calls)| *calls)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn zone(name: &str) -> Zone {
        Zone::parse(name).unwrap()
    }

    fn labels(starts: BTreeSet<Start>) -> Vec<String> {
        starts.into_iter().map(|start| start.label).collect()
    }

    #[test]
    fn the_hour_that_a_clock_shows_twice_is_two_buckets_in_their_order() {
        let starts = Width::Hour.starts(
            datetime!(2026-10-25 00:00 UTC),
            datetime!(2026-10-25 03:00 UTC),
            &zone("Europe/London"),
        );

        assert_eq!(
            labels(starts),
            ["2026-10-25T01:00:00+01:00", "2026-10-25T01:00:00+00:00", "2026-10-25T02:00:00+00:00"]
        );
    }

    #[test]
    fn all_of_an_hour_is_one_bucket() {
        let london = zone("Europe/London");
        let start = |at| Width::Hour.start(at, &london);

        assert_eq!(
            start(datetime!(2026-11-20 12:00 UTC)),
            start(datetime!(2026-11-20 12:59:59 UTC))
        );
        assert!(start(datetime!(2026-11-20 12:59:59 UTC)) < start(datetime!(2026-11-20 13:00 UTC)));
    }

    #[test]
    fn counts_are_added_each_to_its_own() {
        let some = Counts {
            calls: 11,
            answered: 3,
            opened: 4,
            rejected: 5,
            blocked: 6,
            no_answer: 7,
            visitor_left: 8,
            failed: 9,
            declined: 10,
            waits: Waits::of(10, 11),
        };
        let mut sum = some.clone();
        sum.add(&some);

        let twice = Counts {
            calls: 22,
            answered: 6,
            opened: 8,
            rejected: 10,
            blocked: 12,
            no_answer: 14,
            visitor_left: 16,
            failed: 18,
            declined: 20,
            waits: Waits::of(10, 22),
        };
        assert_eq!(sum, twice);
    }

    #[test]
    fn the_hour_that_a_clock_skips_is_no_bucket_and_the_day_is_short() {
        let (from, to) = (datetime!(2026-03-29 00:00 UTC), datetime!(2026-03-29 23:00 UTC));
        let hours = labels(Width::Hour.starts(from, to, &zone("Europe/London")));

        assert_eq!(hours.len(), 23);
        assert_eq!(hours[..2], ["2026-03-29T00:00:00+00:00", "2026-03-29T02:00:00+01:00"]);
        assert_eq!(labels(Width::Day.starts(from, to, &zone("Europe/London"))), ["2026-03-29"]);
    }

    #[test]
    fn a_zone_with_a_half_hour_has_its_own_midnight() {
        let kolkata = zone("Asia/Kolkata");
        let label = |at| Width::Day.start(at, &kolkata).label;

        assert_eq!(label(datetime!(2026-11-20 18:29 UTC)), "2026-11-20");
        assert_eq!(label(datetime!(2026-11-20 18:30 UTC)), "2026-11-21");
        assert_eq!(
            Width::Hour.start(datetime!(2026-11-20 18:45 UTC), &kolkata).label,
            "2026-11-21T00:00:00+05:30"
        );
        assert_eq!(
            Width::Hour.start(datetime!(2026-11-20 18:44 UTC), &zone("Asia/Kathmandu")).label,
            "2026-11-21T00:00:00+05:45"
        );
    }

    #[test]
    fn weeks_start_on_monday_and_months_on_the_first() {
        let sunday = datetime!(2026-03-01 12:00 UTC);

        assert_eq!(Width::Week.start(sunday, &zone("UTC")).label, "2026-02-23");
        assert_eq!(Width::Month.start(sunday, &zone("UTC")).label, "2026-03-01");
    }

    #[test]
    fn a_percentile_is_the_wait_that_so_many_did_not_exceed_however_the_parts_are_added() {
        let mut waits = Waits::default();
        for seconds in 1..=10 {
            waits.add(&Waits::of(seconds, 1));
        }
        let mut twice = waits.clone();
        twice.add(&waits);

        assert_eq!((waits.percentile(50), waits.percentile(90)), (Some(5), Some(9)));
        assert_eq!((twice.percentile(50), twice.percentile(90)), (Some(5), Some(9)));
        assert_eq!(Waits::of(7, 1).percentile(50), Some(7));
        assert_eq!(Waits::default().percentile(50), None);
    }

    #[test]
    fn the_grid_follows_the_wall_clock_and_names_its_busiest_hour() {
        let mut grid = WeekGrid::default();
        let london = zone("Europe/London");
        grid.add(datetime!(2026-07-10 11:00 UTC), &london, 2);
        grid.add(datetime!(2026-11-20 12:45 UTC), &london, 3);
        grid.add(datetime!(2026-11-22 23:00 UTC), &london, 4);

        assert_eq!(grid.0[4][12], 5, "two Fridays at noon, in summer and in winter");
        assert_eq!(grid.0[6][23], 4);
        assert_eq!(grid.busiest(), Some((4, 12, 5)));
        assert_eq!(WeekGrid::default().busiest(), None);
    }
}
