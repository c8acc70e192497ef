//! Lines.

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
use crate::store::directory::views::LineView;

/// A phone number to use.
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
    #[schema(example = "+441632960100")]
    pub number: String,
    /// The door that it leads to, or
    pub entrance_id: Option<Uuid>,
    /// the unit: one of the two.
    pub unit_id: Option<Uuid>,
}

impl LineBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.ok("number", PhoneNumber::parse(&self.number));
        if self.entrance_id.is_some() == self.unit_id.is_some() {
            checks.ok(
                "entrance_id",
                Err::<(), _>("a line leads to an entrance or to a unit: give one of the two"),
            );
        }
        checks.done()
    }
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
    let id = app.ids.next();
    let request = body.into_inner();
    key.create(&app, &manager, &request, async |tx| {
        let view = LineView {
            id,
            connection_id: request.connection_id,
            building_id: request.building_id,
            number: request.number.clone(),
            entrance_id: request.entrance_id,
            unit_id: request.unit_id,
        };
        tx.add_line(&view).await?;
        Ok(view)
    })
    .await
}

/// List lines.
#[utoipa::path(operation_id = "listLines", tag = "lines", summary = "List lines", params(Page), responses((status = 200, description = "A page", body = Listed<LineView>)))]
#[get("/v1/lines")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    page: Query<Page>,
) -> Result<Json<Listed<LineView>>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.lines(None, page.after()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read a line.
#[utoipa::path(operation_id = "readLine", tag = "lines", summary = "Read a line", params(("id" = Uuid, Path, description = "Its id")), responses((status = 200, description = "It", body = LineView)))]
#[get("/v1/lines/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<LineView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.lines(Some(id.into_inner()), Page::default().after()).await?;
    rows.into_iter().next().map(Json).ok_or(Problem::NotFound)
}
