//! Residents, and their own PINs.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::change::{Audited, change, note_created, remove};
use super::{Checks, search};
use crate::domain::phone_number::PhoneNumber;
use crate::http::App;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page, rows_within_reason};
use crate::http::extract::patch::{Checked, Editable, Patch};
use crate::http::problem::Problem;
use crate::store::TenantTx;
use crate::store::directory::views::{ResidentFilter, ResidentView};

/// Someone who moves in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResidentBody {
    /// Their name.
    #[schema(example = "Ada", min_length = 1, max_length = 100)]
    pub name: String,
    /// Their numbers, E.164: the first is rung, the next if that one can not be reached.
    #[serde(default)]
    #[schema(example = json!(["+447700900101"]), max_items = 20)]
    pub numbers: Vec<String>,
    /// Where they stand when residents ring in order: the lower first, those of one rank as they came.
    #[serde(default)]
    #[schema(example = 0, minimum = 0, maximum = 1000)]
    pub order: i32,
    /// What is spoken to them, BCP 47; absent: the building's language.
    #[schema(example = "en-GB")]
    pub language: Option<String>,
    /// The first day they are rung.
    #[schema(example = "2026-11-20", format = Date)]
    pub moved_in: Option<String>,
    /// The first day they are rung no more.
    #[schema(example = "2031-03-31", format = Date)]
    pub moved_out: Option<String>,
    /// Not rung before this.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[schema(example = json!(null))]
    pub do_not_disturb_until: Option<OffsetDateTime>,
    /// Not rung while this schedule holds.
    #[schema(example = json!(null))]
    pub quiet_hours_id: Option<Uuid>,
    /// `home` or `away`.
    #[serde(default = "home")]
    #[schema(example = "home", pattern = "^(home|away)$")]
    pub presence: String,
}

fn home() -> String {
    "home".to_owned()
}

impl Checked for ResidentBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.text("name", &self.name, 100);
        checks.numbers("numbers", &self.numbers);
        checks.holds("order", (0..=1_000).contains(&self.order), "0 to 1000");
        if let Some(language) = &self.language {
            checks.language("language", language);
        }
        checks.date("moved_in", self.moved_in.as_deref());
        checks.date("moved_out", self.moved_out.as_deref());
        checks.time("do_not_disturb_until", self.do_not_disturb_until);
        checks.one_of("presence", &self.presence, &["home", "away"]);
        checks.done()
    }
}

impl Editable for ResidentView {
    type Body = ResidentBody;
    const READ_ONLY: &'static [&'static str] = &["id", "unit_id", "building_id"];
}

impl Audited for ResidentView {
    const RESOURCE: &'static str = "resident";
    const PERSONAL: &'static [&'static str] = &["name", "numbers"];

    fn id(&self) -> Uuid {
        self.id
    }

    fn building(&self) -> Option<Uuid> {
        Some(self.building_id)
    }
}

/// Which residents.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Of this building.
    pub building: Option<Uuid>,
    /// Whose name has this in it.
    #[param(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// Who have this number, E.164.
    #[param(pattern = "^\\+[1-9][0-9]{6,14}$")]
    pub number: Option<String>,
    /// Rows, from 1 to 200.
    #[serde(default, deserialize_with = "rows_within_reason")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u16>,
    /// `next_cursor` of the page before.
    pub cursor: Option<Uuid>,
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
    let id = app.ids.next();
    key.create(&app, &manager, &*body, async |tx| {
        let unit = tx.unit(*unit).await?.ok_or(Problem::NotFound)?;
        let others = json!({ "id": id, "unit_id": unit.id, "building_id": unit.building_id });
        let resident = ResidentView::made_of(&body, others)?;
        tx.add_residents(std::slice::from_ref(&resident)).await?;
        note_created(tx, &resident);
        Ok(resident)
    })
    .await
}

/// List a unit's residents.
#[utoipa::path(operation_id = "listResidents", tag = "residents", summary = "List a unit's residents", params(("unit" = Uuid, Path, description = "Their unit"), Page), responses((status = 200, description = "A page", body = Listed<ResidentView>)))]
#[get("/v1/units/{unit}/residents")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    unit: Path<Uuid>,
    page: Query<Page>,
) -> Result<Json<Listed<ResidentView>>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.unit(*unit).await?.ok_or(Problem::NotFound)?;
    let filter = ResidentFilter { unit: Some(*unit), ..ResidentFilter::default() };
    let rows = tx.residents(filter, page.after()).await?;
    Ok(Json(page.listed(rows.into_iter().map(|row| masked(row, &manager)).collect(), |row| row.id)))
}

/// Look for residents.
#[utoipa::path(operation_id = "findResidents", tag = "residents", summary = "Look for residents", params(Which), responses((status = 200, description = "A page", body = Listed<ResidentView>)))]
#[get("/v1/residents")]
pub async fn find(
    app: Data<App>,
    manager: Manager,
    which: Query<Which>,
) -> Result<Json<Listed<ResidentView>>, Problem> {
    let Which { building, name, number, limit, cursor } = which.into_inner();
    let page = Page { limit, cursor };
    let name = search(name)?;
    let mut checks = Checks::default();
    if let Some(number) = &number {
        checks.number("number", number);
    }
    checks.done()?;
    let mut tx = app.store.begin(&manager.reach).await?;
    let filter = ResidentFilter {
        building,
        name: name.as_deref(),
        number: number.as_deref(),
        ..ResidentFilter::default()
    };
    let rows = tx.residents(filter, page.after()).await?;
    Ok(Json(page.listed(rows.into_iter().map(|row| masked(row, &manager)).collect(), |row| row.id)))
}

/// Read a resident.
#[utoipa::path(operation_id = "readResident", tag = "residents", summary = "Read a resident", params(("id" = Uuid, Path, description = "Their id")), responses((status = 200, description = "They", body = ResidentView)))]
#[get("/v1/residents/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Tagged<ResidentView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let resident = tx.resident(id.into_inner()).await?.ok_or(Problem::NotFound)?;
    Ok(Tagged(masked(resident, &manager)))
}

/// Viewers see who lives there, not under which number.
fn masked(mut resident: ResidentView, manager: &Manager) -> ResidentView {
    if manager.role == Role::Viewer {
        for number in &mut resident.numbers {
            *number =
                PhoneNumber::parse(number).map_or_else(|_| String::new(), |number| number.masked());
        }
    }
    resident
}

/// Change a resident.
#[utoipa::path(operation_id = "updateResident", tag = "residents", summary = "Change a resident", params(("id" = Uuid, Path, description = "Its id")), request_body = ResidentBody,
    responses((status = 200, description = "As it is now", body = ResidentView)))]
#[patch("/v1/residents/{id}")]
pub async fn update(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Tagged<ResidentView>, Problem> {
    manager.at_least(Role::Manager)?;
    let what = (id.into_inner(), if_match, patch);
    change(&app, &manager, what, TenantTx::resident, async |tx, thing: &ResidentView| {
        Ok(tx.put_resident(thing).await?)
    })
    .await
}

/// Remove a resident.
#[utoipa::path(operation_id = "deleteResident", tag = "residents", summary = "Remove a resident", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 204, description = "It is gone")))]
#[delete("/v1/residents/{id}")]
pub async fn delete(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    remove(&app, &manager, id.into_inner(), TenantTx::resident, TenantTx::remove_resident).await
}
