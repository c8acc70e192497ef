//! Residents.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Checks;
use crate::http::App;
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page};
use crate::http::problem::Problem;
use crate::store::directory::views::ResidentView;

/// Someone who moves in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResidentBody {
    /// Their name.
    #[schema(example = "Ada", min_length = 1, max_length = 100)]
    pub name: String,
    /// Their numbers, E.164: the first is rung, the next if that one can not be reached.
    #[schema(example = json!(["+447700900101"]))]
    pub numbers: Vec<String>,
    /// What is spoken to them, BCP 47; absent: the building's language.
    #[schema(example = "en-GB")]
    pub language: Option<String>,
    /// The first day they are rung.
    #[schema(example = "2026-11-20")]
    pub moved_in: Option<String>,
    /// The first day they are rung no more.
    #[schema(example = "2031-03-31")]
    pub moved_out: Option<String>,
    /// Not rung before this.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub do_not_disturb_until: Option<time::OffsetDateTime>,
    /// `home` or `away`.
    #[serde(default = "home")]
    #[schema(example = "home", pattern = "^(home|away)$")]
    pub presence: String,
}

fn home() -> String {
    "home".to_owned()
}

impl ResidentBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.text("name", &self.name, 100);
        checks.numbers("numbers", &self.numbers);
        for (field, day) in [("moved_in", &self.moved_in), ("moved_out", &self.moved_out)] {
            if let Some(day) = day {
                checks.ok(field, day.parse::<jiff::civil::Date>());
            }
        }
        checks.one_of("presence", &self.presence, &["home", "away"]);
        checks.done()
    }
}

/// Add a resident.
#[utoipa::path(operation_id = "createResident", tag = "residents", summary = "Add a resident", params(("unit" = Uuid, Path, description = "Their unit"), IdempotencyKey), request_body = ResidentBody,
    responses((status = 201, description = "Added", body = ResidentView)))]
#[post("/v1/units/{unit}/residents")]
pub async fn create(
    app: Data<App>,
    manager: Manager,
    unit: Path<Uuid>,
    key: IdempotencyKey,
    body: Json<ResidentBody>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    body.check()?;
    let unit = unit.into_inner();
    let id = app.ids.next();
    let request = body.into_inner();
    key.create(&app, &manager, &request, async |tx| {
        let view = ResidentView {
            id,
            unit_id: unit,
            name: request.name.clone(),
            numbers: request.numbers.clone(),
            language: request.language.clone(),
            moved_in: request.moved_in.clone(),
            moved_out: request.moved_out.clone(),
            do_not_disturb_until: request.do_not_disturb_until,
            presence: request.presence.clone(),
        };
        tx.add_resident(&view).await?;
        Ok(view)
    })
    .await
}

/// List residents.
#[utoipa::path(operation_id = "listResidents", tag = "residents", summary = "List residents", params(("unit" = Uuid, Path, description = "Their unit"), Page), responses((status = 200, description = "A page", body = Listed<ResidentView>)))]
#[get("/v1/units/{unit}/residents")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    unit: Path<Uuid>,
    page: Query<Page>,
) -> Result<Json<Listed<ResidentView>>, Problem> {
    let unit = unit.into_inner();
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.residents(Some(unit), None, page.after()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read a resident.
#[utoipa::path(operation_id = "readResident", tag = "residents", summary = "Read a resident", params(("id" = Uuid, Path, description = "Its id")), responses((status = 200, description = "It", body = ResidentView)))]
#[get("/v1/residents/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<ResidentView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.residents(None, Some(id.into_inner()), Page::default().after()).await?;
    rows.into_iter().next().map(Json).ok_or(Problem::NotFound)
}
