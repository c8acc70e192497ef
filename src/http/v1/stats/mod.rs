//! Statistics: what came of calls, and who was refused. Rates are made here, of integers.

pub mod breakdown;
pub mod busiest;
pub mod calls;
pub mod spam;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Checks;
use crate::domain::local_time::Zone;
use crate::domain::statistics::{Counts, QUARTER};
use crate::http::problem::Problem;
use crate::store::TenantTx;
use crate::store::statistics::Counted;

/// What is shown if nobody says from when.
const USUAL: Duration = Duration::from_secs(30 * 24 * 3600);
/// The longest time that is counted at once, in days.
const DAYS_MAX: i64 = 400;

/// Which calls are counted: those that are over.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// At this building.
    pub building: Option<Uuid>,
    /// At this entrance.
    pub entrance: Option<Uuid>,
    /// For this unit.
    pub unit: Option<Uuid>,
    /// In which this resident was rung: then it is counted what they did.
    pub resident: Option<Uuid>,
    /// That rang from then, RFC 3339, to the quarter hour; absent: 30 days before `to`.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub from: Option<OffsetDateTime>,
    /// That rang before then, RFC 3339, to the quarter hour; absent: now.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub to: Option<OffsetDateTime>,
}

/// Calls, counted by what came of them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CountsView {
    /// Calls that are over; of a resident: in which their phone was dialled.
    #[schema(example = 120)]
    pub calls: i64,
    /// Someone accepted; of a resident: they did.
    #[schema(example = 90)]
    pub answered: i64,
    /// The door's open digits were sent; of a resident: on their word.
    #[schema(example = 84)]
    pub opened: i64,
    /// The visitor was not let through, for another reason than a block.
    #[schema(example = 10)]
    pub rejected: i64,
    /// The number was blocked.
    #[schema(example = 4)]
    pub blocked: i64,
    /// Nobody accepted; of a resident: they neither accepted nor refused.
    #[schema(example = 12)]
    pub no_answer: i64,
    /// The visitor left before anyone accepted.
    #[schema(example = 4)]
    pub visitor_left: i64,
    /// Something broke.
    #[schema(example = 0)]
    pub failed: i64,
    /// They refused the visitor. Of one resident only, else 0.
    #[schema(example = 0)]
    pub declined: i64,
    /// `answered` of `calls`, from 0 to 1; absent without calls.
    #[schema(example = 0.75)]
    pub answered_rate: Option<f64>,
    /// `opened` of `calls`.
    #[schema(example = 0.7)]
    pub opened_rate: Option<f64>,
    /// `rejected` and `blocked` of `calls`.
    #[schema(example = 0.1167)]
    pub refused_rate: Option<f64>,
    /// `no_answer` of `calls`.
    #[schema(example = 0.1)]
    pub no_answer_rate: Option<f64>,
    /// Half of those who were answered waited no longer than so many seconds, from the first ring; to the second up to a minute, to
    /// ten seconds beyond; absent if nobody was answered.
    #[schema(example = 8)]
    pub answered_within_median: Option<u32>,
    /// Nine of ten of them waited no longer than so many seconds.
    #[schema(example = 19)]
    pub answered_within_p90: Option<u32>,
}

impl From<&Counts> for CountsView {
    fn from(counts: &Counts) -> Self {
        let rate = |part: i64| rate(part, counts.calls);
        Self {
            calls: counts.calls,
            answered: counts.answered,
            opened: counts.opened,
            rejected: counts.rejected,
            blocked: counts.blocked,
            no_answer: counts.no_answer,
            visitor_left: counts.visitor_left,
            failed: counts.failed,
            declined: counts.declined,
            answered_rate: rate(counts.answered),
            opened_rate: rate(counts.opened),
            refused_rate: rate(counts.rejected + counts.blocked),
            no_answer_rate: rate(counts.no_answer),
            answered_within_median: counts.waits.percentile(50),
            answered_within_p90: counts.waits.percentile(90),
        }
    }
}

/// To four places: rounded as an integer, so that equal counts show equal rates everywhere.
fn rate(part: i64, of: i64) -> Option<f64> {
    let ten_thousandths = (part * 20_000 + of).checked_div(of * 2)?;
    Some(f64::from(i32::try_from(ten_thousandths).ok()?) / 10_000.0)
}

impl Which {
    fn counted(&self, now: OffsetDateTime) -> Result<Counted, Problem> {
        let (from, to) = period((self.from, self.to), now, DAYS_MAX)?;
        let Self { building, entrance, unit, resident, .. } = *self;
        Ok(Counted { building, entrance, unit, resident, from, to })
    }
}

/// Whole quarters of an hour, at most so many days of them.
fn period(
    (from, to): (Option<OffsetDateTime>, Option<OffsetDateTime>),
    now: OffsetDateTime,
    days_max: i64,
) -> Result<(OffsetDateTime, OffsetDateTime), Problem> {
    let mut checks = Checks::default();
    let is_near =
        |at: Option<OffsetDateTime>| at.is_none_or(|at| (2000..2100).contains(&at.year()));
    checks.holds("from", is_near(from), "a time between 2000 and 2099");
    checks.holds("to", is_near(to), "a time between 2000 and 2099");
    checks.done()?;
    let to = to.unwrap_or(now);
    let from = from.unwrap_or(to - USUAL);
    let mut checks = Checks::default();
    checks.holds("from", from < to, "a time before `to`");
    let too_long = format!("at most {days_max} days before `to`");
    checks.holds("from", (to - from).whole_days() <= days_max, &too_long);
    checks.done()?;
    Ok((quarter(from), quarter(to + QUARTER - Duration::from_nanos(1))))
}

fn quarter(at: OffsetDateTime) -> OffsetDateTime {
    let seconds = at.unix_timestamp();
    OffsetDateTime::from_unix_timestamp(
        seconds - seconds.rem_euclid(QUARTER.as_secs().cast_signed()),
    )
    .unwrap_or(at)
}

/// The zones that the counted buildings are in; another firm's building has none.
async fn zones(tx: &mut TenantTx, building: Option<Uuid>) -> Result<Vec<Zone>, Problem> {
    let names = tx.zones(building).await?;
    if building.is_some() && names.is_empty() {
        return Err(Problem::NotFound);
    }
    names.iter().map(|name| zone(name)).collect()
}

fn zone(name: &str) -> Result<Zone, Problem> {
    Zone::parse(name).map_err(|error| Problem::Internal(format!("{name}: {error}")))
}
