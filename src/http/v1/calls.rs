//! Calls: the history, and why each step was taken.

use actix_web::get;
use actix_web::web::{Data, Json, Path, Query};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::domain::call::explain::Because;
use crate::domain::ids::CallId;
use crate::domain::phone_number::PhoneNumber;
use crate::http::App;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page, rows_within_reason};
use crate::http::problem::Problem;
use crate::store::history::{CallFilter, CallView};

/// Which calls.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Of this building.
    pub building: Option<Uuid>,
    /// With this outcome.
    #[param(example = "opened")]
    pub outcome: Option<String>,
    /// That rang from then, RFC 3339.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub from: Option<OffsetDateTime>,
    /// That rang before then, RFC 3339.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub to: Option<OffsetDateTime>,
    /// Rows, from 1 to 200.
    #[serde(default, deserialize_with = "rows_within_reason")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u16>,
    /// `next_cursor` of the page before.
    pub cursor: Option<Uuid>,
}

/// An event of a call.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EventView {
    /// Its place in the call, from 1.
    #[schema(example = 1)]
    pub version: i32,
    /// Its place among all events.
    #[schema(example = 1204)]
    pub position: i64,
    /// Its type.
    #[serde(rename = "type")]
    #[schema(example = "CallRang")]
    pub kind: String,
    /// Its data. Personal data is not in it: read the call for that.
    pub data: serde_json::Value,
    /// When it was recorded.
    #[serde(with = "time::serde::rfc3339")]
    pub recorded_at: OffsetDateTime,
}

/// Why a step was taken.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExplainedStep {
    /// Its place in the call, from 1.
    #[schema(example = 1)]
    pub version: i32,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What happened: an event's type.
    #[schema(example = "CallRang")]
    pub event: String,
    /// The rule that made it so.
    #[schema(example = "CallCameIn")]
    pub rule: String,
    /// What the rule says.
    #[schema(example = "A call came in on one of the building's lines.")]
    pub sentence: String,
    /// What it looked at.
    pub inputs: serde_json::Value,
}

/// List calls, newest first.
#[utoipa::path(operation_id = "listCalls", tag = "calls", summary = "List calls, newest first", params(Which),
    responses((status = 200, description = "A page", body = Listed<CallView>)))]
#[get("/v1/calls")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    which: Query<Which>,
) -> Result<Json<Listed<CallView>>, Problem> {
    let Which { building, outcome, from, to, limit, cursor } = which.into_inner();
    let page = Page { limit, cursor };
    let filter =
        CallFilter { building, outcome, from, to, after: cursor, limit: page.after().limit };
    let calls = app.store.calls(&manager.reach, &filter).await?;
    let calls = calls.into_iter().map(|call| masked(call, &manager)).collect();
    Ok(Json(page.listed(calls, |call: &CallView| call.id)))
}

/// Read a call with its legs.
#[utoipa::path(operation_id = "readCall", tag = "calls", summary = "Read a call with its legs", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 200, description = "It", body = CallView)))]
#[get("/v1/calls/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<CallView>, Problem> {
    let call = app.store.call(&manager.reach, id.into_inner()).await?.ok_or(Problem::NotFound)?;
    Ok(Json(masked(call, &manager)))
}

/// Read a call's events.
#[utoipa::path(operation_id = "listCallEvents", tag = "calls", summary = "Read a call's events", params(("id" = Uuid, Path, description = "The call")),
    responses((status = 200, description = "All of them, in order", body = Vec<EventView>)))]
#[get("/v1/calls/{id}/events")]
pub async fn events(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<Vec<EventView>>, Problem> {
    let loaded = app.calls.load(manager.tenant(), CallId::from_uuid(id.into_inner())).await?;
    if loaded.events.is_empty() {
        return Err(Problem::NotFound);
    }
    let events = loaded.events.into_iter().map(|(stored, _)| EventView {
        version: stored.version,
        position: stored.position,
        kind: stored.kind,
        data: without_personal_data(stored.payload["data"].clone()),
        recorded_at: stored.recorded_at,
    });
    Ok(Json(events.collect()))
}

/// Explain a call, rule by rule.
#[utoipa::path(operation_id = "explainCall", tag = "calls", summary = "Explain a call, rule by rule", params(("id" = Uuid, Path, description = "The call")),
    responses((status = 200, description = "Each step and why it was taken", body = Vec<ExplainedStep>)))]
#[get("/v1/calls/{id}/explain")]
pub async fn explain(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<Vec<ExplainedStep>>, Problem> {
    let loaded = app.calls.load(manager.tenant(), CallId::from_uuid(id.into_inner())).await?;
    if loaded.events.is_empty() {
        return Err(Problem::NotFound);
    }
    let steps = loaded.events.into_iter().filter_map(|(stored, event)| {
        let because: Because = serde_json::from_value(stored.payload["because"].clone()).ok()?;
        Some(ExplainedStep {
            version: stored.version,
            at: stored.recorded_at,
            event: event.kind().to_owned(),
            rule: serde_json::to_value(because.rule).ok()?.as_str()?.to_owned(),
            sentence: because.rule.sentence().to_owned(),
            inputs: serde_json::to_value(because.inputs).ok()?,
        })
    });
    Ok(Json(steps.collect()))
}

/// Viewers see that someone called, not from where.
fn masked(mut call: CallView, manager: &Manager) -> CallView {
    if manager.role > Role::Viewer {
        return call;
    }
    let mask = |number: Option<String>| {
        number.map(|number| PhoneNumber::parse(&number).map_or(number, |number| number.masked()))
    };
    call.caller = mask(call.caller);
    for leg in &mut call.legs {
        leg.number = mask(leg.number.take());
    }
    call
}

/// Personal data is read with the call, where it is masked for whom it must be.
fn without_personal_data(mut data: serde_json::Value) -> serde_json::Value {
    if let Some(fields) = data.as_object_mut() {
        for field in fields.values_mut() {
            if field.get("$p").is_some() {
                *field = "[personal]".into();
            }
        }
    }
    data
}
