//! Entrances.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Checks;
use super::change::{Audited, change, note_created, remove};
use super::documents::{PanelDocument, object};
use crate::http::App;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page};
use crate::http::extract::patch::{Checked, Editable, Patch};
use crate::http::problem::Problem;
use crate::store::TenantTx;
use crate::store::directory::views::EntranceView;

/// A door to add.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntranceBody {
    /// What people call it.
    #[schema(example = "Front door", min_length = 1, max_length = 100)]
    pub name: String,
    /// The numbers that its panel calls from, E.164.
    #[serde(default)]
    #[schema(example = json!(["+441632960001"]), max_items = 20)]
    pub panel_numbers: Vec<String>,
    /// How its panel wants to be talked to.
    #[serde(default, deserialize_with = "object")]
    pub panel: PanelDocument,
    /// The shared flow by which units ring from here that have none of their own.
    #[schema(example = json!(null))]
    pub flow_id: Option<Uuid>,
}

impl Checked for EntranceBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.text("name", &self.name, 100);
        checks.numbers("panel_numbers", &self.panel_numbers);
        self.panel.check(&mut checks, "panel");
        checks.done()
    }
}

impl Editable for EntranceView {
    type Body = EntranceBody;
    const READ_ONLY: &'static [&'static str] = &["id", "building_id"];
}

impl Audited for EntranceView {
    const RESOURCE: &'static str = "entrance";
    const PERSONAL: &'static [&'static str] = &["panel_numbers"];

    fn id(&self) -> Uuid {
        self.id
    }

    fn building(&self) -> Option<Uuid> {
        Some(self.building_id)
    }
}

/// Add an entrance.
#[utoipa::path(operation_id = "createEntrance", tag = "entrances", summary = "Add an entrance", params(("building" = Uuid, Path, description = "Its building"), IdempotencyKey), request_body = EntranceBody,
    responses((status = 201, description = "Added", body = EntranceView)))]
#[post("/v1/buildings/{building}/entrances")]
pub async fn create(
    app: Data<App>,
    manager: Manager,
    building: Path<Uuid>,
    key: IdempotencyKey,
    body: Json<EntranceBody>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    body.check()?;
    let others = json!({ "id": app.ids.next(), "building_id": *building });
    let entrance = EntranceView::made_of(&body, others)?;
    key.create(&app, &manager, &*body, async |tx| {
        tx.add_entrance(&entrance).await?;
        note_created(tx, &entrance);
        Ok(entrance)
    })
    .await
}

/// List a building's entrances.
#[utoipa::path(operation_id = "listEntrances", tag = "entrances", summary = "List a building's entrances", params(("building" = Uuid, Path, description = "Their building"), Page), responses((status = 200, description = "A page", body = Listed<EntranceView>)))]
#[get("/v1/buildings/{building}/entrances")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    building: Path<Uuid>,
    page: Query<Page>,
) -> Result<Json<Listed<EntranceView>>, Problem> {
    let building = building.into_inner();
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.building(building).await?.ok_or(Problem::NotFound)?;
    let rows = tx.entrances(Some(building), None, page.after()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read an entrance.
#[utoipa::path(operation_id = "readEntrance", tag = "entrances", summary = "Read an entrance", params(("id" = Uuid, Path, description = "Its id")), responses((status = 200, description = "It", body = EntranceView)))]
#[get("/v1/entrances/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Tagged<EntranceView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.entrance(id.into_inner()).await?.map(Tagged).ok_or(Problem::NotFound)
}

/// Change an entrance.
#[utoipa::path(operation_id = "updateEntrance", tag = "entrances", summary = "Change an entrance", params(("id" = Uuid, Path, description = "Its id")), request_body = EntranceBody,
    responses((status = 200, description = "As it is now", body = EntranceView)))]
#[patch("/v1/entrances/{id}")]
pub async fn update(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Tagged<EntranceView>, Problem> {
    manager.at_least(Role::Manager)?;
    let what = (id.into_inner(), if_match, patch);
    change(&app, &manager, what, TenantTx::entrance, async |tx, entrance: &EntranceView| {
        Ok(tx.put_entrance(entrance).await?)
    })
    .await
}

/// Remove an entrance that no line leads to.
#[utoipa::path(operation_id = "deleteEntrance", tag = "entrances", summary = "Remove an entrance that no line leads to", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 204, description = "It is gone")))]
#[delete("/v1/entrances/{id}")]
pub async fn delete(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    remove(&app, &manager, id.into_inner(), TenantTx::entrance, TenantTx::remove_entrance).await
}
