//! A person's rights: to get what is known of them, and to be erased.

use actix_web::post;
use actix_web::web::{Data, Json, Path};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Checks;
use crate::domain::audit::sign::Kind;
use crate::domain::phone_number::PhoneNumber;
use crate::http::App;
use crate::http::extract::manager::{Manager, Role};
use crate::http::problem::Problem;
use crate::store::audit::person::{ErasureStatement, FormerUser, Person, PersonView};

/// Whoever calls from a number.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallerBody {
    /// The number, E.164.
    #[schema(example = "+441632960001", min_length = 4, max_length = 16)]
    pub number: String,
}

/// Hidden: whose number it is, is what shall be forgotten.
impl std::fmt::Debug for CallerBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CallerBody(…)")
    }
}

impl CallerBody {
    fn number(&self) -> Result<PhoneNumber, Problem> {
        let mut checks = Checks::default();
        let number = checks.ok("number", PhoneNumber::parse(&self.number));
        checks.done()?;
        number.ok_or(Problem::NotFound)
    }
}

/// What an erasure did.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErasureView {
    /// What stood for the person in events.
    pub subjects: Vec<Uuid>,
    /// How many events named them: what they said of the person can not be read any more.
    #[schema(example = 12)]
    pub events: i64,
    /// The first of these events' position; 0: there is none.
    #[schema(example = 4711)]
    pub first_position: i64,
    /// The last one's.
    #[schema(example = 4790)]
    pub last_position: i64,
    /// How many rows of the directory are gone.
    #[schema(example = 2)]
    pub rows: usize,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(example = "2026-11-20T12:00:00Z")]
    pub erased_at: OffsetDateTime,
    /// All of this, signed: a compact JWS (EdDSA) by a key of `/.well-known/vestibule-audit.json`.
    #[schema(example = "eyJhbGciOiJFZERTQSJ9.eyJldmVudHMiOjEyfQ.c2lnbmF0dXJl")]
    pub receipt: String,
}

/// Get all that is known of a resident.
#[utoipa::path(operation_id = "exportResident", tag = "audit", summary = "Get all that is known of a resident", params(("id" = Uuid, Path, description = "The resident")),
    responses((status = 200, description = "It, up to 5 000 calls", body = PersonView)))]
#[post("/v1/residents/{id}/export")]
pub async fn export_resident(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<PersonView>, Problem> {
    manager.at_least(Role::Admin)?;
    let person = app.store.resident_person(&manager.reach, *id).await?.ok_or(Problem::NotFound)?;
    Ok(Json(app.store.hand_out(&manager.reach, person).await?))
}

/// Erase a resident.
#[utoipa::path(operation_id = "eraseResident", tag = "audit", summary = "Erase a resident, for ever: their row, what is listed for their numbers, and their data in every event", params(("id" = Uuid, Path, description = "The resident")),
    responses((status = 200, description = "A signed receipt", body = ErasureView)))]
#[post("/v1/residents/{id}/erase")]
pub async fn erase_resident(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<ErasureView>, Problem> {
    for_all_buildings(&manager)?;
    let person = app.store.resident_person(&manager.reach, *id).await?.ok_or(Problem::NotFound)?;
    erase(&app, &manager, person).await
}

/// Get all that is known of a caller.
#[utoipa::path(operation_id = "exportCaller", tag = "audit", summary = "Get all that is known of whoever calls from a number", request_body = CallerBody,
    responses((status = 200, description = "It, up to 5 000 calls", body = PersonView)))]
#[post("/v1/callers/export")]
pub async fn export_caller(
    app: Data<App>,
    manager: Manager,
    body: Json<CallerBody>,
) -> Result<Json<PersonView>, Problem> {
    for_all_buildings(&manager)?;
    let person = app.store.calling_person(&manager.reach, &body.number()?).await?;
    Ok(Json(app.store.hand_out(&manager.reach, person).await?))
}

/// Erase a caller.
#[utoipa::path(operation_id = "eraseCaller", tag = "audit", summary = "Erase whoever calls from a number, for ever: allowlist entries, blocks, and their data in every event", request_body = CallerBody,
    responses((status = 200, description = "A signed receipt", body = ErasureView)))]
#[post("/v1/callers/erase")]
pub async fn erase_caller(
    app: Data<App>,
    manager: Manager,
    body: Json<CallerBody>,
) -> Result<Json<ErasureView>, Problem> {
    for_all_buildings(&manager)?;
    let number = body.number()?;
    if app.store.is_residents(&manager.reach, &number).await? {
        return Err(Problem::InUse("A resident with this number"));
    }
    let person = app.store.calling_person(&manager.reach, &number).await?;
    erase(&app, &manager, person).await
}

/// Erase a user who left.
#[utoipa::path(operation_id = "eraseUser", tag = "audit", summary = "Erase a user who left: their data in every event. Their account must be gone", params(("id" = Uuid, Path, description = "The user")),
    responses((status = 200, description = "A signed receipt", body = ErasureView)))]
#[post("/v1/users/{id}/erase")]
pub async fn erase_user(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<ErasureView>, Problem> {
    for_all_buildings(&manager)?;
    match app.store.former_user(&manager.reach, *id).await? {
        FormerUser::StillHere => Err(Problem::InUse("The user's own account")),
        FormerUser::Unknown => Err(Problem::NotFound),
        FormerUser::Left(person) => erase(&app, &manager, person).await,
    }
}

/// Who may for some buildings only can not speak for what is kept of others.
fn for_all_buildings(manager: &Manager) -> Result<(), Problem> {
    manager.at_least(Role::Admin)?;
    match &manager.reach.buildings {
        None => Ok(()),
        Some(_) => Err(Problem::NotAllowed("admin for all buildings")),
    }
}

async fn erase(
    app: &Data<App>,
    manager: &Manager,
    person: Person,
) -> Result<Json<ErasureView>, Problem> {
    let (work, reach) = (app.clone(), manager.reach.clone());
    // A connection that is reset must not leave a person half erased.
    let erased = tokio::spawn(async move { work.journal.erase_person(&reach, &person).await });
    let erased = erased.await.map_err(|error| Problem::Internal(error.to_string()))??;
    let at = app.clock.now();
    let statement = ErasureStatement::of(&manager.reach, &erased, at);
    let receipt = app.signer.sign(Kind::Erasure, &statement);
    Ok(Json(ErasureView {
        subjects: erased.subjects,
        events: erased.events,
        first_position: erased.first_position,
        last_position: erased.last_position,
        rows: erased.rows,
        erased_at: at,
        receipt,
    }))
}
