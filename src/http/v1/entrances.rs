//! Entrances.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Checks;
use crate::domain::policy::panel::PanelProfile;
use crate::http::App;
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page};
use crate::http::problem::Problem;
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
    #[schema(example = json!(["+441632960001"]))]
    pub panel_numbers: Vec<String>,
    /// How its panel wants to be talked to; absent: the usual way.
    #[schema(example = json!({"open_digits": "9"}))]
    pub panel: Option<serde_json::Value>,
}

impl EntranceBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.text("name", &self.name, 100);
        checks.numbers("panel_numbers", &self.panel_numbers);
        if let Some(panel) = self.panel.clone()
            && let Some(panel) = checks.ok("panel", serde_json::from_value::<PanelProfile>(panel))
        {
            checks.ok("panel", panel.check());
        }
        checks.done()
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
    let building = building.into_inner();
    let id = app.ids.next();
    let request = body.into_inner();
    key.create(&app, &manager, &request, async |tx| {
        let view = EntranceView {
            id,
            building_id: building,
            name: request.name.clone(),
            panel_numbers: request.panel_numbers.clone(),
            panel: request.panel.clone().unwrap_or_else(|| serde_json::json!({})),
        };
        tx.add_entrance(&view).await?;
        Ok(view)
    })
    .await
}

/// List entrances.
#[utoipa::path(operation_id = "listEntrances", tag = "entrances", summary = "List entrances", params(("building" = Uuid, Path, description = "Its building"), Page), responses((status = 200, description = "A page", body = Listed<EntranceView>)))]
#[get("/v1/buildings/{building}/entrances")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    building: Path<Uuid>,
    page: Query<Page>,
) -> Result<Json<Listed<EntranceView>>, Problem> {
    let building = building.into_inner();
    let mut tx = app.store.begin(&manager.reach).await?;
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
) -> Result<Json<EntranceView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.entrances(None, Some(id.into_inner()), Page::default().after()).await?;
    rows.into_iter().next().map(Json).ok_or(Problem::NotFound)
}
