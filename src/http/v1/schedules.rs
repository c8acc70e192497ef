//! Schedules that flows, passes and quiet hours share.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Checks;
use super::buildings::rfc3339;
use super::change::{Audited, change, note_created, remove};
use super::documents::{ScheduleDocument, object};
use crate::http::App;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page};
use crate::http::extract::patch::{Checked, Editable, Patch};
use crate::http::problem::Problem;
use crate::store::TenantTx;
use crate::store::directory::views::{DirectoryError, ScheduleView};

/// A schedule to share.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleBody {
    /// What people call it.
    #[schema(example = "Delivery hours", min_length = 1, max_length = 100)]
    pub name: String,
    /// When it holds.
    #[serde(deserialize_with = "object")]
    pub hours: ScheduleDocument,
}

impl Checked for ScheduleBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.text("name", &self.name, 100);
        self.hours.check(&mut checks, "hours");
        checks.done()
    }
}

impl Editable for ScheduleView {
    type Body = ScheduleBody;
    const READ_ONLY: &'static [&'static str] = &["id", "created_at"];
}

impl Audited for ScheduleView {
    const RESOURCE: &'static str = "schedule";

    fn id(&self) -> Uuid {
        self.id
    }

    fn building(&self) -> Option<Uuid> {
        None
    }
}

/// Add a schedule.
#[utoipa::path(operation_id = "createSchedule", tag = "schedules", summary = "Add a schedule", params(IdempotencyKey), request_body = ScheduleBody,
    responses((status = 201, description = "Added", body = ScheduleView)))]
#[post("/v1/schedules")]
pub async fn create(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    body: Json<ScheduleBody>,
) -> Result<HttpResponse, Problem> {
    manager.runs_the_whole_firm(Role::Manager)?;
    body.check()?;
    let others = json!({ "id": app.ids.next(), "created_at": rfc3339(app.clock.now()) });
    let schedule = ScheduleView::made_of(&body, others)?;
    key.create(&app, &manager, &*body, async |tx| {
        tx.add_schedule(&schedule).await?;
        note_created(tx, &schedule);
        Ok(schedule)
    })
    .await
}

/// List schedules.
#[utoipa::path(operation_id = "listSchedules", tag = "schedules", summary = "List schedules", params(Page), responses((status = 200, description = "A page", body = Listed<ScheduleView>)))]
#[get("/v1/schedules")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    page: Query<Page>,
) -> Result<Json<Listed<ScheduleView>>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.schedules(None, page.after()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read a schedule.
#[utoipa::path(operation_id = "readSchedule", tag = "schedules", summary = "Read a schedule", params(("id" = Uuid, Path, description = "Its id")), responses((status = 200, description = "It", body = ScheduleView)))]
#[get("/v1/schedules/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Tagged<ScheduleView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.schedule(id.into_inner()).await?.map(Tagged).ok_or(Problem::NotFound)
}

/// Change a schedule.
#[utoipa::path(operation_id = "updateSchedule", tag = "schedules", summary = "Change a schedule", params(("id" = Uuid, Path, description = "Its id")), request_body = ScheduleBody,
    responses((status = 200, description = "As it is now", body = ScheduleView)))]
#[patch("/v1/schedules/{id}")]
pub async fn update(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Tagged<ScheduleView>, Problem> {
    manager.runs_the_whole_firm(Role::Manager)?;
    let what = (id.into_inner(), if_match, patch);
    change(&app, &manager, what, TenantTx::schedule, async |tx, thing: &ScheduleView| {
        Ok(tx.put_schedule(thing).await?)
    })
    .await
}

/// Remove a schedule that nothing needs.
#[utoipa::path(operation_id = "deleteSchedule", tag = "schedules", summary = "Remove a schedule that nothing needs", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 204, description = "It is gone")))]
#[delete("/v1/schedules/{id}")]
pub async fn delete(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    manager.runs_the_whole_firm(Role::Manager)?;
    remove(&app, &manager, id.into_inner(), TenantTx::schedule, async |tx: &mut TenantTx, id| {
        match tx.schedule_is_in_a_flow(id).await? {
            Some(by) => Err(DirectoryError::InUse(by)),
            None => tx.remove_schedule(id).await,
        }
    })
    .await
}
