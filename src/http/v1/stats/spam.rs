//! Who calls and is refused.

use std::collections::BTreeMap;

use actix_web::get;
use actix_web::web::{Data, Json, Query};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{period, zone, zones};
use crate::domain::phone_number::PhoneNumber;
use crate::http::App;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{LIMIT_MAX, rows_within_reason};
use crate::http::problem::Problem;
use crate::http::v1::Checks;
use crate::store::statistics::{Refused, SpamQuarter};

/// The longest time that is shown at once, in days.
const DAYS_MAX: i64 = 400;
/// Quarter hours that are added up at most: the latest ones.
const QUARTERS_MAX: i64 = 100_000;
const TOP_DEFAULT: u16 = 20;
const TOP_MAX: u16 = 100;

/// Whose refusals.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Whose {
    /// At this building; absent: at all.
    pub building: Option<Uuid>,
    /// Of this number, E.164, or `withheld`; absent: of all.
    #[param(example = "+447700900666", pattern = r"^(withheld|\+[1-9][0-9]{6,14})$")]
    pub number: Option<String>,
    /// From then on, RFC 3339, to the quarter hour; absent: 30 days before `to`.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub from: Option<OffsetDateTime>,
    /// Before then, RFC 3339, to the quarter hour; absent: now.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub to: Option<OffsetDateTime>,
    /// Rows, from 1; by day at most 200, of the top at most 100.
    #[serde(default, deserialize_with = "rows_within_reason")]
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
}

/// A caller's day at a building.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SpamDayView {
    /// The building.
    #[schema(example = "01936f1e-7c3a-7000-8000-000000000002")]
    pub building_id: Uuid,
    /// The day, by the clock on the building's wall.
    #[schema(example = "2026-11-20")]
    pub day: String,
    /// Stands for the caller's number; all zeros: withheld.
    #[schema(example = "01936f1e-7c3a-7000-8000-000000000006")]
    pub caller_id: Uuid,
    /// How often they called. A PIN that a flow at a carrier asks about is no call.
    #[schema(example = 7)]
    pub calls: i64,
    /// How often they were refused, blocks included: calls, and PINs that were not looked at.
    #[schema(example = 7)]
    pub rejected: i64,
    /// How many wrong PINs they gave, in calls and through flows at a carrier.
    #[schema(example = 0)]
    pub wrong_pins: i64,
    /// How often they were blocked: by hand, or for wrong PINs.
    #[schema(example = 0)]
    pub blocked: i64,
    /// How often such a block was lifted. One that expires is not counted.
    #[schema(example = 0)]
    pub lifted: i64,
    /// When they called, tried a PIN, were blocked or unblocked last that day.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(example = "2026-11-20T12:00:00Z")]
    pub last_seen: OffsetDateTime,
}

/// A caller who is refused often.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SpamCallerView {
    /// Stands for the caller's number; all zeros: withheld.
    #[schema(example = "01936f1e-7c3a-7000-8000-000000000006")]
    pub caller_id: Uuid,
    /// Their number, E.164, masked for viewers; `[erased]` once they were erased; absent: withheld.
    #[schema(example = "+447700900666")]
    pub number: Option<String>,
    /// How often they called. A PIN that a flow at a carrier asks about is no call.
    #[schema(example = 40)]
    pub calls: i64,
    /// How often they were refused, blocks included: calls, and PINs that were not looked at.
    #[schema(example = 40)]
    pub rejected: i64,
    /// How many wrong PINs they gave, in calls and through flows at a carrier.
    #[schema(example = 0)]
    pub wrong_pins: i64,
    /// How often they were blocked: by hand, or for wrong PINs.
    #[schema(example = 0)]
    pub blocked: i64,
    /// How often such a block was lifted. One that expires is not counted.
    #[schema(example = 0)]
    pub lifted: i64,
    /// At how many buildings.
    #[schema(example = 2)]
    pub buildings: i64,
    /// When they called, tried a PIN, were blocked or unblocked last.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(example = "2026-11-20T12:00:00Z")]
    pub last_seen: OffsetDateTime,
}

/// Who calls and is refused: by building, day and caller.
#[utoipa::path(operation_id = "listSpam", tag = "statistics", summary = "Who calls and is refused: by building, day and caller", params(Whose),
    responses((status = 200, description = "The latest days first", body = Vec<SpamDayView>)))]
#[get("/v1/statistics/spam")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    whose: Query<Whose>,
) -> Result<Json<Vec<SpamDayView>>, Problem> {
    let rows = usize::from(whose.limit.unwrap_or(LIMIT_MAX));
    let Some(refused) = whose.refused(&app, &manager, LIMIT_MAX, QUARTERS_MAX).await? else {
        return Ok(Json(Vec::new()));
    };
    let mut tx = app.store.begin(&manager.reach).await?;
    zones(&mut tx, refused.building).await?;
    let quarters = tx.refused_by_quarter(&refused).await?;
    drop(tx);
    let mut days = by_day(quarters)?;
    days.truncate(rows);
    Ok(Json(days))
}

/// Who is refused most.
#[utoipa::path(operation_id = "listTopSpam", tag = "statistics", summary = "Who is refused most", params(Whose),
    responses((status = 200, description = "The most refused first", body = Vec<SpamCallerView>)))]
#[get("/v1/statistics/spam/top")]
pub async fn top(
    app: Data<App>,
    manager: Manager,
    whose: Query<Whose>,
) -> Result<Json<Vec<SpamCallerView>>, Problem> {
    let rows = i64::from(whose.limit.unwrap_or(TOP_DEFAULT));
    let Some(refused) = whose.refused(&app, &manager, TOP_MAX, rows).await? else {
        return Ok(Json(Vec::new()));
    };
    let mut tx = app.store.begin(&manager.reach).await?;
    zones(&mut tx, refused.building).await?;
    drop(tx);
    let callers = app.store.most_refused(&manager.reach, &refused).await?;
    let callers = callers.into_iter().map(|caller| SpamCallerView {
        caller_id: caller.caller_id,
        number: caller.number.map(|number| shown(number, &manager)),
        calls: caller.calls,
        rejected: caller.rejected,
        wrong_pins: caller.wrong_pins,
        blocked: caller.blocked,
        lifted: caller.lifted,
        buildings: caller.buildings,
        last_seen: caller.last_seen,
    });
    Ok(Json(callers.collect()))
}

impl Whose {
    /// Nothing: the number never called.
    async fn refused(
        &self,
        app: &App,
        manager: &Manager,
        limit_max: u16,
        limit: i64,
    ) -> Result<Option<Refused>, Problem> {
        let (from, to) = period((self.from, self.to), app.clock.now(), DAYS_MAX)?;
        let mut checks = Checks::default();
        let in_range = self.limit.is_none_or(|limit| (1..=limit_max).contains(&limit));
        checks.holds("limit", in_range, &format!("1 to {limit_max}"));
        let number = match self.number.as_deref() {
            None | Some("withheld") => None,
            Some(number) => checks.ok("number", PhoneNumber::parse(number)),
        };
        checks.done()?;
        let caller = match (self.number.as_deref(), number) {
            (Some("withheld"), _) => Some(Uuid::nil()),
            (_, None) => None,
            (_, Some(number)) => match app.store.caller_of(&manager.reach, &number).await? {
                None => return Ok(None),
                known => known,
            },
        };
        Ok(Some(Refused { building: self.building, caller, from, to, limit }))
    }
}

/// Quarter hours as days of their building, days without a refusal left out; the latest first, then who was refused most.
fn by_day(quarters: Vec<SpamQuarter>) -> Result<Vec<SpamDayView>, Problem> {
    let mut days: BTreeMap<(String, Uuid, Uuid), SpamDayView> = BTreeMap::new();
    for quarter in quarters {
        let day = zone(&quarter.time_zone)?.date(quarter.quarter).to_string();
        let key = (day.clone(), quarter.building_id, quarter.caller_id);
        let view = days.entry(key).or_insert(SpamDayView {
            building_id: quarter.building_id,
            day,
            caller_id: quarter.caller_id,
            calls: 0,
            rejected: 0,
            wrong_pins: 0,
            blocked: 0,
            lifted: 0,
            last_seen: quarter.last_seen,
        });
        view.calls += quarter.calls;
        view.rejected += quarter.rejected;
        view.wrong_pins += quarter.wrong_pins;
        view.blocked += quarter.blocked;
        view.lifted += quarter.lifted;
        view.last_seen = view.last_seen.max(quarter.last_seen);
    }
    let is_spam = |day: &SpamDayView| day.rejected + day.wrong_pins + day.blocked + day.lifted > 0;
    let mut days: Vec<SpamDayView> = days.into_values().filter(is_spam).collect();
    days.sort_by(|one, other| {
        let refusals = |day: &SpamDayView| day.rejected + day.wrong_pins;
        (&other.day, refusals(other), one.caller_id).cmp(&(
            &one.day,
            refusals(one),
            other.caller_id,
        ))
    });
    Ok(days)
}

/// Viewers see that someone called, not from where.
fn shown(number: String, manager: &Manager) -> String {
    if manager.role > Role::Viewer {
        return number;
    }
    PhoneNumber::parse(&number).map_or(number, |number| number.masked())
}
