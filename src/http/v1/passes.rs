//! Passes: PINs that open without ringing. A PIN is shown once, in the answer that makes it.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, patch, post, put};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Checks;
use super::buildings::rfc3339;
use super::change::{Audited, change, note_changed, note_created};
use super::documents::{ScheduleDocument, object_or_null};
use crate::domain::ids::TenantId;
use crate::http::App;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page, rows_within_reason};
use crate::http::extract::patch::{Checked, Editable, Patch};
use crate::http::problem::{FieldProblem, Problem};
use crate::store::TenantTx;
use crate::store::changes::Action;
use crate::store::directory::views::{NewPin, PassFilter, PassView};

/// Digits of a PIN: a million of them, of which a caller may guess ten a day.
const PIN_DIGITS: usize = 6;
/// How often another PIN is tried because the building has that one already.
const PIN_TRIES: usize = 20;

/// A pass to add.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PassBody {
    /// What it is for.
    #[serde(default)]
    #[schema(example = "Cleaner", max_length = 100)]
    pub label: String,
    /// From when it opens; absent: from now.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub valid_from: Option<OffsetDateTime>,
    /// Until when; absent: until it is revoked.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[schema(example = "2031-11-20T12:00:00Z")]
    pub valid_until: Option<OffsetDateTime>,
    /// Only at these hours: a recurring visit.
    #[serde(default, deserialize_with = "object_or_null")]
    pub hours: Option<ScheduleDocument>,
    /// Only while this schedule holds.
    #[schema(example = json!(null))]
    pub schedule_id: Option<Uuid>,
    /// For so many visits; absent: any number. Uses within 15 minutes are one visit.
    #[schema(example = 10, minimum = 1, maximum = 100000)]
    pub visits_allowed: Option<i32>,
    /// At these entrances; empty: at all.
    #[serde(default)]
    #[schema(example = json!([]), max_items = 100)]
    pub entrances: Vec<Uuid>,
    /// Whose visitors it is for.
    #[schema(example = json!(null))]
    pub unit_id: Option<Uuid>,
}

impl Checked for PassBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.text_or_none("label", &self.label, 100);
        checks.time("valid_from", self.valid_from);
        checks.time("valid_until", self.valid_until);
        if let (Some(from), Some(until)) = (self.valid_from, self.valid_until) {
            checks.holds("valid_until", from < until, "after valid_from");
        }
        if let Some(hours) = &self.hours {
            hours.check(&mut checks, "hours");
        }
        let is_count = self.visits_allowed.is_none_or(|visits| (1..=100_000).contains(&visits));
        checks.holds("visits_allowed", is_count, "1 to 100000");
        checks.holds("entrances", self.entrances.len() <= 100, "at most 100 entrances");
        checks.done()
    }
}

impl Editable for PassView {
    type Body = PassBody;
    const READ_ONLY: &'static [&'static str] =
        &["id", "building_id", "visits", "resident_id", "revoked_at", "created_at"];
}

impl Audited for PassView {
    const RESOURCE: &'static str = "pass";

    fn id(&self) -> Uuid {
        self.id
    }

    fn building(&self) -> Option<Uuid> {
        Some(self.building_id)
    }
}

/// A pass that was made, with its PIN.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct NewPass {
    /// The PIN: shown now, and never again.
    #[schema(example = "480915")]
    pub pin: String,
    /// The pass.
    pub pass: PassView,
}

/// Hidden: it holds a PIN.
impl std::fmt::Debug for NewPass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewPass({})", self.pass.id)
    }
}

/// Which passes.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// For this unit's visitors.
    pub unit: Option<Uuid>,
    /// This resident's own.
    pub resident: Option<Uuid>,
    /// Only those that are valid now, hours and visits aside.
    #[serde(default)]
    pub valid: Option<bool>,
    /// Rows, from 1 to 200.
    #[serde(default, deserialize_with = "rows_within_reason")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u16>,
    /// `next_cursor` of the page before.
    pub cursor: Option<Uuid>,
}

/// Add a pass. Its PIN is in the answer, and nowhere else.
#[utoipa::path(operation_id = "createPass", tag = "passes", summary = "Add a pass", params(("building" = Uuid, Path, description = "Where it opens"), IdempotencyKey), request_body = PassBody,
    responses((status = 201, description = "Added", body = NewPass)))]
#[post("/v1/buildings/{building}/passes")]
pub async fn create(
    app: Data<App>,
    manager: Manager,
    building: Path<Uuid>,
    key: IdempotencyKey,
    body: Json<PassBody>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    body.check()?;
    let pass = made(&app, *building, &body, None)?;
    key.create(&app, &manager, &*body, async |tx| {
        is_possible(tx, &pass).await?;
        let pin = with_fresh_pin(&app, manager.tenant(), tx, &pass).await?;
        note_created(tx, &pass);
        Ok(NewPass { pin, pass })
    })
    .await
}

fn made(
    app: &App,
    building: Uuid,
    body: &PassBody,
    resident: Option<Uuid>,
) -> Result<PassView, Problem> {
    let now = app.clock.now();
    let body = PassBody { valid_from: body.valid_from.or(Some(now)), ..body.clone() };
    let others = json!({ "id": app.ids.next(), "building_id": building, "visits": 0, "resident_id": resident,
        "revoked_at": Value::Null, "created_at": rfc3339(now) });
    PassView::made_of(&body, others)
}

/// A pass opens entrances of its building, for visitors of a unit in it.
async fn is_possible(tx: &mut TenantTx, pass: &PassView) -> Result<(), Problem> {
    tx.building(pass.building_id).await?.ok_or(Problem::NotFound)?;
    if let Some(unit) = pass.unit_id {
        tx.unit(unit).await?.ok_or(Problem::NotFound)?;
    }
    for entrance in &pass.entrances {
        tx.entrance(*entrance).await?.ok_or(Problem::NotFound)?;
    }
    if tx.are_in_building(pass.building_id, &pass.entrances, pass.unit_id).await? {
        return Ok(());
    }
    Err(Problem::Invalid(vec![FieldProblem::new(
        "entrances",
        "one, or the unit, is in another building",
    )]))
}

async fn with_fresh_pin(
    app: &App,
    tenant: TenantId,
    tx: &mut TenantTx,
    pass: &PassView,
) -> Result<String, Problem> {
    for _ in 0..PIN_TRIES {
        let pin: String =
            (0..PIN_DIGITS).map(|_| char::from(b'0' + rand::random_range(0..10_u8))).collect();
        let hash = app.store.pin_hash(tenant, &pin).await?;
        if tx.add_pass(pass, &hash).await? == NewPin::Taken {
            return Ok(pin);
        }
    }
    Err(Problem::Taken("Every PIN that was tried"))
}

/// List a building's passes.
#[utoipa::path(operation_id = "listPasses", tag = "passes", summary = "List a building's passes", params(("building" = Uuid, Path, description = "The building"), Which), responses((status = 200, description = "A page", body = Listed<PassView>)))]
#[get("/v1/buildings/{building}/passes")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    building: Path<Uuid>,
    which: Query<Which>,
) -> Result<Json<Listed<PassView>>, Problem> {
    let Which { unit, resident, valid, limit, cursor } = which.into_inner();
    let page = Page { limit, cursor };
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.building(*building).await?.ok_or(Problem::NotFound)?;
    let valid_at = (valid == Some(true)).then(|| app.clock.now());
    let filter = PassFilter { building: Some(*building), unit, resident, id: None, valid_at };
    let rows = tx.passes(filter, page.after()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read a pass.
#[utoipa::path(operation_id = "readPass", tag = "passes", summary = "Read a pass", params(("id" = Uuid, Path, description = "Its id")), responses((status = 200, description = "It", body = PassView)))]
#[get("/v1/passes/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Tagged<PassView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.pass(id.into_inner()).await?.map(Tagged).ok_or(Problem::NotFound)
}

/// Change a pass. Its PIN stays.
#[utoipa::path(operation_id = "updatePass", tag = "passes", summary = "Change a pass", params(("id" = Uuid, Path, description = "Its id")), request_body = PassBody,
    responses((status = 200, description = "As it is now", body = PassView)))]
#[patch("/v1/passes/{id}")]
pub async fn update(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Tagged<PassView>, Problem> {
    manager.at_least(Role::Manager)?;
    let what = (id.into_inner(), if_match, patch);
    change(&app, &manager, what, TenantTx::pass, async |tx, pass: &PassView| {
        is_possible(tx, pass).await?;
        Ok(tx.put_pass(pass).await?)
    })
    .await
}

/// Revoke a pass.
#[utoipa::path(operation_id = "revokePass", tag = "passes", summary = "Revoke a pass", params(("id" = Uuid, Path, description = "The pass")),
    responses((status = 200, description = "As it is now", body = PassView)))]
#[post("/v1/passes/{id}/revoke")]
pub async fn revoke(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<PassView>, Problem> {
    manager.at_least(Role::Manager)?;
    let id = id.into_inner();
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.lock(id).await?;
    let pass = tx.pass(id).await?.ok_or(Problem::NotFound)?;
    let revoked = revoked(&app, &mut tx, pass).await?;
    tx.commit().await?;
    Ok(Json(revoked))
}

async fn revoked(app: &App, tx: &mut TenantTx, pass: PassView) -> Result<PassView, Problem> {
    if pass.revoked_at.is_some() {
        return Ok(pass);
    }
    let now = app.clock.now();
    tx.revoke_pass(pass.id, now).await?;
    let after = PassView { revoked_at: Some(now), ..pass.clone() };
    note_changed(tx, Action::Other("revoked"), &pass, &after);
    Ok(after)
}

/// Give a resident a PIN of their own: a new one, and the one before opens no more.
#[utoipa::path(operation_id = "setResidentPin", tag = "passes", summary = "Give a resident a PIN of their own", params(("id" = Uuid, Path, description = "The resident")),
    responses((status = 200, description = "Their PIN, shown once", body = NewPass)))]
#[put("/v1/residents/{id}/pin")]
pub async fn set_resident_pin(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<NewPass>, Problem> {
    manager.at_least(Role::Manager)?;
    let id = id.into_inner();
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.lock(id).await?;
    let resident = tx.resident(id).await?.ok_or(Problem::NotFound)?;
    revoke_own(&app, &mut tx, id).await?;
    let body: PassBody =
        serde_json::from_value(json!({ "label": "Own PIN", "unit_id": resident.unit_id }))
            .map_err(|error| Problem::Internal(error.to_string()))?;
    let pass = made(&app, resident.building_id, &body, Some(id))?;
    let pin = with_fresh_pin(&app, manager.tenant(), &mut tx, &pass).await?;
    note_created(&mut tx, &pass);
    tx.commit().await?;
    Ok(Json(NewPass { pin, pass }))
}

/// Take a resident's own PIN away.
#[utoipa::path(operation_id = "removeResidentPin", tag = "passes", summary = "Take a resident's own PIN away", params(("id" = Uuid, Path, description = "The resident")),
    responses((status = 204, description = "They have none")))]
#[delete("/v1/residents/{id}/pin")]
pub async fn remove_resident_pin(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    let id = id.into_inner();
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.lock(id).await?;
    tx.resident(id).await?.ok_or(Problem::NotFound)?;
    revoke_own(&app, &mut tx, id).await?;
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn revoke_own(app: &App, tx: &mut TenantTx, resident: Uuid) -> Result<(), Problem> {
    let filter = PassFilter {
        resident: Some(resident),
        valid_at: Some(app.clock.now()),
        ..PassFilter::default()
    };
    for pass in tx.passes(filter, Page::default().after()).await? {
        revoked(app, tx, pass).await?;
    }
    Ok(())
}
