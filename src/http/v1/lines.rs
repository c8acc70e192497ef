//! Lines: phone numbers that lead to a door, a unit or backends.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Checks;
use super::change::{Audited, change, note_created, remove};
use crate::carriers::capabilities_of;
use crate::http::App;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page, rows_within_reason};
use crate::http::extract::patch::{Checked, Editable, Patch};
use crate::http::problem::{FieldProblem, Problem};
use crate::store::TenantTx;
use crate::store::directory::views::{LineFilter, LineView};

/// A line to add.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "connection_id": "01936f5e-8b7a-7cc0-9d3e-2f1a5b6c7d8e",
    "building_id": "01936f5e-8b7a-7cc0-9d3e-2f1a5b6c7d8e",
    "number": "+441632960100",
    "entrance_id": "01936f5e-8b7a-7cc0-9d3e-2f1a5b6c7d8e",
}))]
pub struct LineBody {
    /// Its connection.
    pub connection_id: Uuid,
    /// Its building.
    pub building_id: Uuid,
    /// The number, E.164.
    #[schema(example = "+441632960100", pattern = "^\\+[1-9][0-9]{6,14}$")]
    pub number: String,
    /// The door that it leads to, or
    pub entrance_id: Option<Uuid>,
    /// the unit, or
    #[schema(example = json!(null))]
    pub unit_id: Option<Uuid>,
    /// the backends of its streams, or of its building's: nobody is rung, and who is not listed gives a PIN first, or
    #[serde(default)]
    #[schema(example = false)]
    pub leads_to_stream: bool,
    /// nothing of ours: the carrier puts its calls through as the account says, and we only tell how they fare. One of the four.
    #[serde(default)]
    #[schema(example = false)]
    pub is_watched: bool,
}

impl Checked for LineBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.number("number", &self.number);
        checks.holds(
            "entrance_id",
            [
                self.entrance_id.is_some(),
                self.unit_id.is_some(),
                self.leads_to_stream,
                self.is_watched,
            ]
            .iter()
            .filter(|leads| **leads)
            .count()
                == 1,
            "a line leads to an entrance, to a unit, to backends or is watched: give one of the four",
        );
        checks.done()
    }
}

impl Editable for LineView {
    type Body = LineBody;
    const READ_ONLY: &'static [&'static str] = &["id"];
}

impl Audited for LineView {
    const RESOURCE: &'static str = "line";
    const PERSONAL: &'static [&'static str] = &["number"];

    fn id(&self) -> Uuid {
        self.id
    }

    fn building(&self) -> Option<Uuid> {
        Some(self.building_id)
    }
}

/// Which lines.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Of this building.
    pub building: Option<Uuid>,
    /// At this connection.
    pub connection: Option<Uuid>,
    /// With this number, E.164.
    #[param(pattern = "^\\+[1-9][0-9]{6,14}$")]
    pub number: Option<String>,
    /// Rows, from 1 to 200.
    #[serde(default, deserialize_with = "rows_within_reason")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u16>,
    /// `next_cursor` of the page before.
    pub cursor: Option<Uuid>,
}

/// Add a line.
#[utoipa::path(operation_id = "createLine", tag = "lines", summary = "Add a line", params(IdempotencyKey), request_body = LineBody,
    responses((status = 201, description = "Added", body = LineView)))]
#[post("/v1/lines")]
pub async fn create(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    body: Json<LineBody>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Admin)?;
    body.check()?;
    let line = LineView::made_of(&body, json!({ "id": app.ids.next() }))?;
    key.create(&app, &manager, &*body, async |tx| {
        is_possible(tx, &line).await?;
        tx.add_line(&line).await?;
        note_created(tx, &line);
        Ok(line)
    })
    .await
}

/// A line leads to something in its own building, over a connection of its own firm.
async fn is_possible(tx: &mut TenantTx, line: &LineView) -> Result<(), Problem> {
    tx.building(line.building_id).await?.ok_or(Problem::NotFound)?;
    let connection = tx.carrier_connection(line.connection_id).await?.ok_or(Problem::NotFound)?;
    let watches = capabilities_of(&connection.provider).is_some_and(|can| can.watches);
    if line.is_watched && !watches {
        let why = "the carrier of this connection asks us about each call, and puts none through by itself";
        return Err(Problem::Invalid(vec![FieldProblem::new("is_watched", why)]));
    }
    if let Some(entrance) = line.entrance_id {
        tx.entrance(entrance).await?.ok_or(Problem::NotFound)?;
    }
    if let Some(unit) = line.unit_id {
        tx.unit(unit).await?.ok_or(Problem::NotFound)?;
    }
    if tx.line_leads_into_its_building(line).await? {
        return Ok(());
    }
    let field = if line.entrance_id.is_some() { "entrance_id" } else { "unit_id" };
    Err(Problem::Invalid(vec![FieldProblem::new(field, "it is in another building")]))
}

/// List lines.
#[utoipa::path(operation_id = "listLines", tag = "lines", summary = "List lines", params(Which), responses((status = 200, description = "A page", body = Listed<LineView>)))]
#[get("/v1/lines")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    which: Query<Which>,
) -> Result<Json<Listed<LineView>>, Problem> {
    let Which { building, connection, number, limit, cursor } = which.into_inner();
    let page = Page { limit, cursor };
    let mut checks = Checks::default();
    if let Some(number) = &number {
        checks.number("number", number);
    }
    checks.done()?;
    let mut tx = app.store.begin(&manager.reach).await?;
    let filter = LineFilter { building, connection, id: None, number: number.as_deref() };
    let rows = tx.lines(filter, page.after()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read a line.
#[utoipa::path(operation_id = "readLine", tag = "lines", summary = "Read a line", params(("id" = Uuid, Path, description = "Its id")), responses((status = 200, description = "It", body = LineView)))]
#[get("/v1/lines/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Tagged<LineView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.line(id.into_inner()).await?.map(Tagged).ok_or(Problem::NotFound)
}

/// Change a line.
#[utoipa::path(operation_id = "updateLine", tag = "lines", summary = "Change a line", params(("id" = Uuid, Path, description = "Its id")), request_body = LineBody,
    responses((status = 200, description = "As it is now", body = LineView)))]
#[patch("/v1/lines/{id}")]
pub async fn update(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Tagged<LineView>, Problem> {
    manager.at_least(Role::Admin)?;
    let what = (id.into_inner(), if_match, patch);
    change(&app, &manager, what, TenantTx::line, async |tx, thing: &LineView| {
        is_possible(tx, thing).await?;
        Ok(tx.put_line(thing).await?)
    })
    .await
}

/// Remove a line.
#[utoipa::path(operation_id = "deleteLine", tag = "lines", summary = "Remove a line", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 204, description = "It is gone")))]
#[delete("/v1/lines/{id}")]
pub async fn delete(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Admin)?;
    remove(&app, &manager, id.into_inner(), TenantTx::line, TenantTx::remove_line).await
}
