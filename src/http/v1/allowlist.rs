//! Allowlist entries.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Checks;
use crate::domain::phone_number::PhoneNumber;
use crate::http::App;
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page};
use crate::http::problem::Problem;
use crate::store::directory::views::AllowlistEntryView;

/// A number to let through.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowlistEntryBody {
    /// The number, E.164.
    #[schema(example = "+447700900300")]
    pub number: String,
    /// Whose it is.
    #[serde(default)]
    #[schema(example = "Parcel courier")]
    pub label: String,
}

impl AllowlistEntryBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.ok("number", PhoneNumber::parse(&self.number));
        if !self.label.is_empty() {
            checks.text("label", &self.label, 100);
        }
        checks.done()
    }
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
    let building = building.into_inner();
    let id = app.ids.next();
    let request = body.into_inner();
    key.create(&app, &manager, &request, async |tx| {
        let view = AllowlistEntryView {
            id,
            building_id: building,
            number: request.number.clone(),
            label: request.label.clone(),
        };
        tx.add_allowlist_entry(&view).await?;
        Ok(view)
    })
    .await
}

/// List allowlist entries.
#[utoipa::path(operation_id = "listAllowlistEntries", tag = "allowlist entries", summary = "List allowlist entries", params(("building" = Uuid, Path, description = "Its building"), Page), responses((status = 200, description = "A page", body = Listed<AllowlistEntryView>)))]
#[get("/v1/buildings/{building}/allowlist-entries")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    building: Path<Uuid>,
    page: Query<Page>,
) -> Result<Json<Listed<AllowlistEntryView>>, Problem> {
    let building = building.into_inner();
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.allowlist(Some(building), None, page.after()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read an allowlist entry.
#[utoipa::path(operation_id = "readAllowlistEntry", tag = "allowlist entries", summary = "Read an allowlist entry", params(("id" = Uuid, Path, description = "Its id")), responses((status = 200, description = "It", body = AllowlistEntryView)))]
#[get("/v1/allowlist-entries/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<AllowlistEntryView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.allowlist(None, Some(id.into_inner()), Page::default().after()).await?;
    rows.into_iter().next().map(Json).ok_or(Problem::NotFound)
}
