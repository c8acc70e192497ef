//! Units.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::buildings::{Added, check_items, flow_is_possible};
use super::change::{Audited, change, note_created, remove};
use super::documents::{FlowDocument, object_or_null};
use super::{Checks, search};
use crate::http::App;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page, rows_within_reason};
use crate::http::extract::patch::{Checked, Editable, Patch};
use crate::http::problem::Problem;
use crate::store::TenantTx;
use crate::store::directory::views::{UnitFilter, UnitView};

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
    /// How its residents are rung; absent: as `flow_id` says, else as the entrance or the building says.
    #[serde(default, deserialize_with = "object_or_null")]
    pub flow: Option<FlowDocument>,
    /// A shared flow.
    #[schema(example = json!(null))]
    pub flow_id: Option<Uuid>,
}

impl Checked for UnitBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.text("name", &self.name, 100);
        if let Some(code) = &self.code {
            let is_code =
                (1..=10).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
            checks.holds("code", is_code, "1 to 10 digits");
        }
        if let Some(flow) = &self.flow {
            flow.check(&mut checks, "flow");
        }
        checks.done()
    }
}

impl Editable for UnitView {
    type Body = UnitBody;
    const READ_ONLY: &'static [&'static str] = &["id", "building_id"];
}

impl Audited for UnitView {
    const RESOURCE: &'static str = "unit";

    fn id(&self) -> Uuid {
        self.id
    }

    fn building(&self) -> Option<Uuid> {
        Some(self.building_id)
    }
}

/// Units to add at once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitsBody {
    /// 1 to 500 of them: all are added, or none.
    #[schema(min_items = 1, max_items = 500)]
    pub items: Vec<UnitBody>,
}

/// Which units.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Whose name has this in it.
    #[param(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// Rows, from 1 to 200.
    #[serde(default, deserialize_with = "rows_within_reason")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u16>,
    /// `next_cursor` of the page before.
    pub cursor: Option<Uuid>,
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
    let units = made(&app, *building, std::slice::from_ref(&*body))?;
    key.create(&app, &manager, &*body, async |tx| {
        flow_is_possible(tx, body.flow.as_ref()).await?;
        tx.add_units(&units).await?;
        units.iter().for_each(|unit| note_created(tx, unit));
        units.into_iter().next().ok_or_else(|| Problem::Internal("nothing was added".to_owned()))
    })
    .await
}

/// Add many units at once.
#[utoipa::path(operation_id = "createUnits", tag = "units", summary = "Add many units at once", params(("building" = Uuid, Path, description = "Their building"), IdempotencyKey), request_body = UnitsBody,
    responses((status = 201, description = "All are added", body = Added<UnitView>)))]
#[post("/v1/buildings/{building}/units/bulk")]
pub async fn create_many(
    app: Data<App>,
    manager: Manager,
    building: Path<Uuid>,
    key: IdempotencyKey,
    body: Json<UnitsBody>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    check_items(&body.items)?;
    let units = made(&app, *building, &body.items)?;
    key.create(&app, &manager, &*body, async |tx| {
        for unit in &body.items {
            flow_is_possible(tx, unit.flow.as_ref()).await?;
        }
        tx.add_units(&units).await?;
        units.iter().for_each(|unit| note_created(tx, unit));
        Ok(Added { items: units })
    })
    .await
}

fn made(app: &App, building: Uuid, bodies: &[UnitBody]) -> Result<Vec<UnitView>, Problem> {
    let with_id =
        |body| UnitView::made_of(body, json!({ "id": app.ids.next(), "building_id": building }));
    bodies.iter().map(with_id).collect()
}

/// List a building's units.
#[utoipa::path(operation_id = "listUnits", tag = "units", summary = "List a building's units", params(("building" = Uuid, Path, description = "Their building"), Which), responses((status = 200, description = "A page", body = Listed<UnitView>)))]
#[get("/v1/buildings/{building}/units")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    building: Path<Uuid>,
    which: Query<Which>,
) -> Result<Json<Listed<UnitView>>, Problem> {
    let Which { name, limit, cursor } = which.into_inner();
    let page = Page { limit, cursor };
    let name = search(name)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.building(*building).await?.ok_or(Problem::NotFound)?;
    let filter = UnitFilter { building: Some(*building), id: None, name: name.as_deref() };
    let rows = tx.units(filter, page.after()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read a unit.
#[utoipa::path(operation_id = "readUnit", tag = "units", summary = "Read a unit", params(("id" = Uuid, Path, description = "Its id")), responses((status = 200, description = "It", body = UnitView)))]
#[get("/v1/units/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Tagged<UnitView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.unit(id.into_inner()).await?.map(Tagged).ok_or(Problem::NotFound)
}

/// Change a unit.
#[utoipa::path(operation_id = "updateUnit", tag = "units", summary = "Change a unit", params(("id" = Uuid, Path, description = "Its id")), request_body = UnitBody,
    responses((status = 200, description = "As it is now", body = UnitView)))]
#[patch("/v1/units/{id}")]
pub async fn update(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Tagged<UnitView>, Problem> {
    manager.at_least(Role::Manager)?;
    let what = (id.into_inner(), if_match, patch);
    change(&app, &manager, what, TenantTx::unit, async |tx, thing: &UnitView| {
        let flow = thing.flow.clone().and_then(|flow| serde_json::from_value(flow).ok());
        flow_is_possible(tx, flow.as_ref()).await?;
        Ok(tx.put_unit(thing).await?)
    })
    .await
}

/// Remove a unit with its residents.
#[utoipa::path(operation_id = "deleteUnit", tag = "units", summary = "Remove a unit with its residents", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 204, description = "It is gone")))]
#[delete("/v1/units/{id}")]
pub async fn delete(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    remove(&app, &manager, id.into_inner(), TenantTx::unit, TenantTx::remove_unit).await
}
