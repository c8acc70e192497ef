//! At which hours of the week visitors come.

use actix_web::get;
use actix_web::web::{Data, Json, Query};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Which, zone, zones};
use crate::domain::statistics::WeekGrid;
use crate::http::App;
use crate::http::extract::manager::Manager;
use crate::http::problem::Problem;

const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Calls by weekday and hour, by the clock on each building's wall.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BusiestHoursView {
    /// The zones of the buildings.
    #[schema(example = json!(["Europe/London"]))]
    pub time_zones: Vec<String>,
    /// All calls.
    #[schema(example = 120)]
    pub calls: i64,
    /// The busiest hour; absent if nobody called.
    pub busiest: Option<BusyHourView>,
    /// The week, from Monday.
    pub days: Vec<BusyDayView>,
}

/// An hour of the week.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BusyHourView {
    /// The day.
    #[schema(example = "friday")]
    pub weekday: &'static str,
    /// The hour, from 0 to 23.
    #[schema(example = 18)]
    pub hour: usize,
    /// Calls in it.
    #[schema(example = 14)]
    pub calls: i64,
}

/// A day of the week.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BusyDayView {
    /// The day.
    #[schema(example = "friday")]
    pub weekday: &'static str,
    /// Calls in each of its 24 hours.
    #[schema(example = json!([0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 2, 4, 5, 3, 2, 2, 4, 9, 14, 8, 3, 1, 0, 0]), min_items = 24, max_items = 24)]
    pub calls_by_hour: Vec<i64>,
}

/// Count calls by weekday and hour.
#[utoipa::path(operation_id = "countBusiestHours", tag = "statistics", summary = "Count calls by weekday and hour", params(Which),
    responses((status = 200, description = "The week", body = BusiestHoursView)))]
#[get("/v1/statistics/busiest-hours")]
pub async fn grid(
    app: Data<App>,
    manager: Manager,
    which: Query<Which>,
) -> Result<Json<BusiestHoursView>, Problem> {
    let counted = which.counted(app.clock.now())?;
    let mut tx = app.store.begin(&manager.reach).await?;
    let zones = zones(&mut tx, counted.building).await?;
    let quarters = tx.counts_by_quarter(&counted).await?;
    drop(tx);

    let mut grid = WeekGrid::default();
    for quarter in quarters.iter().filter(|quarter| quarter.counts.calls > 0) {
        grid.add(quarter.quarter, &zone(&quarter.time_zone)?, quarter.counts.calls);
    }
    let busiest = grid.busiest().map(|(day, hour, calls)| BusyHourView {
        weekday: WEEKDAYS[day],
        hour,
        calls,
    });
    let days = WEEKDAYS
        .iter()
        .zip(grid.0)
        .map(|(weekday, hours)| BusyDayView { weekday, calls_by_hour: hours.to_vec() });
    Ok(Json(BusiestHoursView {
        time_zones: zones.iter().map(|zone| zone.name().to_owned()).collect(),
        calls: grid.0.iter().flatten().sum(),
        busiest,
        days: days.collect(),
    }))
}
