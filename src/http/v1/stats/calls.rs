//! What came of calls, bucket by bucket.

use std::collections::BTreeMap;

use actix_web::get;
use actix_web::web::{Data, Json, Query};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{CountsView, Which, zone, zones};
use crate::domain::local_time::Zone;
use crate::domain::statistics::{Counts, Start, Width};
use crate::http::App;
use crate::http::extract::manager::Manager;
use crate::http::problem::{FieldProblem, Problem};
use crate::store::statistics::Counted;

/// The longest time that is shown by the hour, in days.
const DAYS_BY_HOUR_MAX: i64 = 35;

/// Which calls are counted, and how wide a bucket is.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichBuckets {
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
    /// That rang before then, RFC 3339, to the quarter hour; absent: now. At most 400 days, by the hour 35.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub to: Option<OffsetDateTime>,
    /// How wide a bucket is; absent: a day.
    pub bucket: Option<BucketWord>,
}

/// How wide a bucket is: by the clock on the building's wall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "day")]
pub enum BucketWord {
    /// An hour.
    Hour,
    /// A day.
    #[default]
    Day,
    /// A week, from Monday.
    Week,
    /// A month.
    Month,
}

/// What came of calls.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CallStatisticsView {
    /// From when it is counted.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(example = "2026-11-01T00:00:00Z")]
    pub from: OffsetDateTime,
    /// Before when.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(example = "2026-12-01T00:00:00Z")]
    pub to: OffsetDateTime,
    /// How wide a bucket is.
    pub bucket: BucketWord,
    /// The zones of the buildings; each building's calls are counted by its own clock.
    #[schema(example = json!(["Europe/London"]))]
    pub time_zones: Vec<String>,
    /// All of it.
    pub total: CountsView,
    /// Bucket by bucket, the empty ones too.
    pub buckets: Vec<BucketView>,
}

/// A bucket of calls.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BucketView {
    /// Where it starts: a date; of an hour a time with its offset, since a clock may show the same hour twice.
    #[schema(example = "2026-11-20")]
    pub start: String,
    /// What came of its calls.
    #[serde(flatten)]
    pub counts: CountsView,
}

/// Count calls by what came of them, bucket by bucket.
#[utoipa::path(operation_id = "countCalls", tag = "statistics", summary = "Count calls by what came of them, bucket by bucket", params(WhichBuckets),
    responses((status = 200, description = "The counts", body = CallStatisticsView)))]
#[get("/v1/statistics/calls")]
pub async fn count(
    app: Data<App>,
    manager: Manager,
    which: Query<WhichBuckets>,
) -> Result<Json<CallStatisticsView>, Problem> {
    let bucket = which.bucket.unwrap_or_default();
    let counted = which.into_inner().counted(app.clock.now())?;
    let mut tx = app.store.begin(&manager.reach).await?;
    let zones = zones(&mut tx, counted.building).await?;
    let quarters = tx.counts_by_quarter(&counted).await?;
    drop(tx);

    let width = Width::from(bucket);
    let mut buckets: BTreeMap<Start, Counts> = BTreeMap::new();
    for zone in &zones {
        let starts = width.starts(counted.from, counted.to, zone);
        buckets.extend(starts.into_iter().map(|start| (start, Counts::default())));
    }
    let mut total = Counts::default();
    let mut known: BTreeMap<String, Zone> = BTreeMap::new();
    for quarter in quarters {
        let its_zone = match known.get(&quarter.time_zone) {
            Some(zone) => zone,
            None => {
                let zone = zone(&quarter.time_zone)?;
                known.entry(quarter.time_zone.clone()).or_insert(zone)
            }
        };
        let start = width.start(quarter.quarter, its_zone);
        buckets.entry(start).or_default().add(&quarter.counts);
        total.add(&quarter.counts);
    }
    let buckets = buckets
        .iter()
        .map(|(start, counts)| BucketView { start: start.label.clone(), counts: counts.into() });
    Ok(Json(CallStatisticsView {
        from: counted.from,
        to: counted.to,
        bucket,
        time_zones: zones.iter().map(|zone| zone.name().to_owned()).collect(),
        total: (&total).into(),
        buckets: buckets.collect(),
    }))
}

impl WhichBuckets {
    fn counted(self, now: OffsetDateTime) -> Result<Counted, Problem> {
        let Self { building, entrance, unit, resident, from, to, bucket } = self;
        let counted = Which { building, entrance, unit, resident, from, to }.counted(now)?;
        let days = (counted.to - counted.from).whole_days();
        if bucket == Some(BucketWord::Hour) && days > DAYS_BY_HOUR_MAX {
            let field = FieldProblem::new("bucket", "by the hour at most 35 days are shown");
            return Err(Problem::Invalid(vec![field]));
        }
        Ok(counted)
    }
}

impl From<BucketWord> for Width {
    fn from(bucket: BucketWord) -> Self {
        match bucket {
            BucketWord::Hour => Self::Hour,
            BucketWord::Day => Self::Day,
            BucketWord::Week => Self::Week,
            BucketWord::Month => Self::Month,
        }
    }
}
