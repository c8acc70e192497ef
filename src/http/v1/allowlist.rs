//! Allowlists: who may ring without being a panel.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Checks;
use super::buildings::{Added, check_items};
use super::change::{Audited, change, note_created, remove};
use crate::http::App;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page};
use crate::http::extract::patch::{Checked, Editable, Patch};
use crate::http::problem::Problem;
use crate::store::TenantTx;
use crate::store::directory::views::AllowlistEntryView;

/// A number that may ring.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowlistEntryBody {
    /// The number, E.164.
    #[schema(example = "+447700900300", pattern = "^\\+[1-9][0-9]{6,14}$")]
    pub number: String,
    /// Whose it is.
    #[serde(default)]
    #[schema(example = "Parcel courier", max_length = 100)]
    pub label: String,
}

impl Checked for AllowlistEntryBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.number("number", &self.number);
        checks.text_or_none("label", &self.label, 100);
        checks.done()
    }
}

impl Editable for AllowlistEntryView {
    type Body = AllowlistEntryBody;
    const READ_ONLY: &'static [&'static str] = &["id", "building_id"];
}

impl Audited for AllowlistEntryView {
    const RESOURCE: &'static str = "allowlist_entry";
    const PERSONAL: &'static [&'static str] = &["number", "label"];

    fn id(&self) -> Uuid {
        self.id
    }

    fn building(&self) -> Option<Uuid> {
        Some(self.building_id)
    }
}

/// Numbers to list at once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowlistEntriesBody {
    /// 1 to 500 of them: all are listed, or none.
    #[schema(min_items = 1, max_items = 500)]
    pub items: Vec<AllowlistEntryBody>,
}

/// Add an allowlist entry.
#[utoipa::path(operation_id = "createAllowlistEntry", tag = "allowlist entries", summary = "Add an allowlist entry", params(("building" = Uuid, Path, description = "Its building"), IdempotencyKey), request_body = AllowlistEntryBody,
    responses((status = 201, description = "Added", body = AllowlistEntryView)))]
#[post("/v1/buildings/{building}/allowlist-entries")]
pub async fn create(
    app: Data<App>,
    manager: Manager,
    building: Path<Uuid>,
    key: IdempotencyKey,
    body: Json<AllowlistEntryBody>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    body.check()?;
    let entries = made(&app, *building, std::slice::from_ref(&*body))?;
    key.create(&app, &manager, &*body, async |tx| {
        tx.add_allowlist_entries(&entries).await?;
        entries.iter().for_each(|entry| note_created(tx, entry));
        entries.into_iter().next().ok_or_else(|| Problem::Internal("nothing was added".to_owned()))
    })
    .await
}

/// Add many allowlist entries at once.
#[utoipa::path(operation_id = "createAllowlistEntries", tag = "allowlist entries", summary = "Add many allowlist entries at once", params(("building" = Uuid, Path, description = "Their building"), IdempotencyKey), request_body = AllowlistEntriesBody,
    responses((status = 201, description = "All are added", body = Added<AllowlistEntryView>)))]
#[post("/v1/buildings/{building}/allowlist-entries/bulk")]
pub async fn create_many(
    app: Data<App>,
    manager: Manager,
    building: Path<Uuid>,
    key: IdempotencyKey,
    body: Json<AllowlistEntriesBody>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    check_items(&body.items)?;
    let entries = made(&app, *building, &body.items)?;
    key.create(&app, &manager, &*body, async |tx| {
        tx.add_allowlist_entries(&entries).await?;
        entries.iter().for_each(|entry| note_created(tx, entry));
        Ok(Added { items: entries })
    })
    .await
}

fn made(
    app: &App,
    building: Uuid,
    bodies: &[AllowlistEntryBody],
) -> Result<Vec<AllowlistEntryView>, Problem> {
    let with_id = |body| {
        AllowlistEntryView::made_of(body, json!({ "id": app.ids.next(), "building_id": building }))
    };
    bodies.iter().map(with_id).collect()
}

/// List a building's allowlist entries.
#[utoipa::path(operation_id = "listAllowlistEntries", tag = "allowlist entries", summary = "List a building's allowlist entries", params(("building" = Uuid, Path, description = "Their building"), Page), responses((status = 200, description = "A page", body = Listed<AllowlistEntryView>)))]
#[get("/v1/buildings/{building}/allowlist-entries")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    building: Path<Uuid>,
    page: Query<Page>,
) -> Result<Json<Listed<AllowlistEntryView>>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.building(*building).await?.ok_or(Problem::NotFound)?;
    let rows = tx.allowlist(Some(*building), None, page.after()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read an allowlist entry.
#[utoipa::path(operation_id = "readAllowlistEntry", tag = "allowlist entries", summary = "Read an allowlist entry", params(("id" = Uuid, Path, description = "Its id")), responses((status = 200, description = "It", body = AllowlistEntryView)))]
#[get("/v1/allowlist-entries/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Tagged<AllowlistEntryView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.allowlist_entry(id.into_inner()).await?.map(Tagged).ok_or(Problem::NotFound)
}

/// Change an allowlist entry.
#[utoipa::path(operation_id = "updateAllowlistEntry", tag = "allowlist entries", summary = "Change an allowlist entry", params(("id" = Uuid, Path, description = "Its id")), request_body = AllowlistEntryBody,
    responses((status = 200, description = "As it is now", body = AllowlistEntryView)))]
#[patch("/v1/allowlist-entries/{id}")]
pub async fn update(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Tagged<AllowlistEntryView>, Problem> {
    manager.at_least(Role::Manager)?;
    let what = (id.into_inner(), if_match, patch);
    change(
        &app,
        &manager,
        what,
        TenantTx::allowlist_entry,
        async |tx, thing: &AllowlistEntryView| Ok(tx.put_allowlist_entry(thing).await?),
    )
    .await
}

/// Remove an allowlist entry.
#[utoipa::path(operation_id = "deleteAllowlistEntry", tag = "allowlist entries", summary = "Remove an allowlist entry", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 204, description = "It is gone")))]
#[delete("/v1/allowlist-entries/{id}")]
pub async fn delete(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    remove(
        &app,
        &manager,
        id.into_inner(),
        TenantTx::allowlist_entry,
        TenantTx::remove_allowlist_entry,
    )
    .await
}
