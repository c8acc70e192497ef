//! Units.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Checks;
use crate::domain::policy::flow::Flow;
use crate::http::App;
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page};
use crate::http::problem::Problem;
use crate::store::directory::views::UnitView;

/// A dwelling to add.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitBody {
    /// What people call it.
    #[schema(example = "1204", min_length = 1, max_length = 100)]
    pub name: String,
    /// What a visitor keys in to ring it: 1 to 10 digits.
    #[schema(example = "1204", pattern = "^[0-9]{1,10}$")]
    pub code: Option<String>,
    /// How its residents are rung; absent: as the building says.
    pub flow: Option<serde_json::Value>,
}

impl UnitBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.text("name", &self.name, 100);
        if let Some(code) = &self.code {
            let is_code =
                (1..=10).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
            checks.ok("code", if is_code { Ok(()) } else { Err("1 to 10 digits") });
        }
        if let Some(flow) = self.flow.clone()
            && let Some(flow) = checks.ok("flow", serde_json::from_value::<Flow>(flow))
        {
            checks.ok("flow", flow.check());
        }
        checks.done()
    }
}

/// Add a unit.
#[utoipa::path(operation_id = "createUnit", tag = "units", summary = "Add a unit", params(("building" = Uuid, Path, description = "Its building"), IdempotencyKey), request_body = UnitBody,
    responses((status = 201, description = "Added", body = UnitView)))]
#[post("/v1/buildings/{building}/units")]
pub async fn create(
    app: Data<App>,
    manager: Manager,
    building: Path<Uuid>,
    key: IdempotencyKey,
    body: Json<UnitBody>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    body.check()?;
    let building = building.into_inner();
    let id = app.ids.next();
    let request = body.into_inner();
    key.create(&app, &manager, &request, async |tx| {
        let view = UnitView {
            id,
            building_id: building,
            name: request.name.clone(),
            code: request.code.clone(),
            flow: request.flow.clone(),
        };
        tx.add_unit(&view).await?;
        Ok(view)
    })
    .await
}

/// List units.
#[utoipa::path(operation_id = "listUnits", tag = "units", summary = "List units", params(("building" = Uuid, Path, description = "Its building"), Page), responses((status = 200, description = "A page", body = Listed<UnitView>)))]
#[get("/v1/buildings/{building}/units")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    building: Path<Uuid>,
    page: Query<Page>,
) -> Result<Json<Listed<UnitView>>, Problem> {
    let building = building.into_inner();
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.units(Some(building), None, page.after()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read a unit.
#[utoipa::path(operation_id = "readUnit", tag = "units", summary = "Read a unit", params(("id" = Uuid, Path, description = "Its id")), responses((status = 200, description = "It", body = UnitView)))]
#[get("/v1/units/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<UnitView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.units(None, Some(id.into_inner()), Page::default().after()).await?;
    rows.into_iter().next().map(Json).ok_or(Problem::NotFound)
}
