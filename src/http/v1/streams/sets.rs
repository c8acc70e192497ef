//! Who hears the calls of a building, or of one of its lines.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, delete, get, put};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::policy::streams::BACKENDS_MAX;
use crate::http::App;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::manager::{Manager, Role};
use crate::http::problem::{FieldProblem, Problem};
use crate::http::v1::Checks;
use crate::store::TenantTx;
use crate::store::changes::{Action, Change};
use crate::store::directory::views::{StreamSetOwner, StreamSetView};

/// Who shall hear the calls of a building or of a line.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamSetBody {
    /// Stream backends, at most eight; at most one of them may speak. None: nobody hears the calls.
    #[schema(max_items = 8)]
    pub backends: Vec<Uuid>,
    /// What becomes of a call when no required backend is left: `end_call` or `carry_on`.
    #[serde(default = "end_call")]
    #[schema(example = "carry_on", pattern = "^(end_call|carry_on)$", default = "end_call")]
    pub on_last_required_lost: String,
}

fn end_call() -> String {
    "end_call".to_owned()
}

impl StreamSetBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.holds("backends", self.backends.len() <= BACKENDS_MAX, "at most 8 backends");
        let mut once = self.backends.clone();
        once.sort_unstable();
        once.dedup();
        checks.holds("backends", once.len() == self.backends.len(), "each backend once");
        checks.one_of(
            "on_last_required_lost",
            &self.on_last_required_lost,
            &["end_call", "carry_on"],
        );
        checks.done()
    }
}

/// Read who hears a building's calls.
#[utoipa::path(operation_id = "readBuildingStreams", tag = "streams", summary = "Read who hears a building's calls", params(("id" = Uuid, Path, description = "The building")),
    responses((status = 200, description = "They", body = StreamSetView)))]
#[get("/v1/buildings/{id}/streams")]
pub async fn read_building(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Tagged<StreamSetView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let owner = building(&mut tx, *id).await?;
    Ok(Tagged(tx.stream_set(owner).await?.unwrap_or_default()))
}

/// Say who hears a building's calls. A line's own set wins over it.
#[utoipa::path(operation_id = "setBuildingStreams", tag = "streams", summary = "Say who hears a building's calls", params(("id" = Uuid, Path, description = "The building")), request_body = StreamSetBody,
    responses((status = 200, description = "They, from the next call on", body = StreamSetView)))]
#[put("/v1/buildings/{id}/streams")]
pub async fn set_building(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    if_match: IfMatch,
    body: Json<StreamSetBody>,
) -> Result<Tagged<StreamSetView>, Problem> {
    manager.at_least(Role::Admin)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    let owner = building(&mut tx, *id).await?;
    put_set(tx, owner, &if_match, body.into_inner()).await
}

/// Read who hears a line's calls: its own backends, or the building's.
#[utoipa::path(operation_id = "readLineStreams", tag = "streams", summary = "Read who hears a line's calls", params(("id" = Uuid, Path, description = "The line")),
    responses((status = 200, description = "They", body = StreamSetView)))]
#[get("/v1/lines/{id}/streams")]
pub async fn read_line(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Tagged<StreamSetView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let owner = line(&mut tx, *id).await?;
    Ok(Tagged(effective(&mut tx, owner).await?))
}

/// Say who hears a line's calls, whatever its building says. With no backends, nobody does.
#[utoipa::path(operation_id = "setLineStreams", tag = "streams", summary = "Say who hears a line's calls", params(("id" = Uuid, Path, description = "The line")), request_body = StreamSetBody,
    responses((status = 200, description = "They, from the next call on", body = StreamSetView)))]
#[put("/v1/lines/{id}/streams")]
pub async fn set_line(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    if_match: IfMatch,
    body: Json<StreamSetBody>,
) -> Result<Tagged<StreamSetView>, Problem> {
    manager.at_least(Role::Admin)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    let owner = line(&mut tx, *id).await?;
    put_set(tx, owner, &if_match, body.into_inner()).await
}

/// Let a line's calls be heard by whoever hears its building's.
#[utoipa::path(operation_id = "deleteLineStreams", tag = "streams", summary = "Take a line's own streams away", params(("id" = Uuid, Path, description = "The line")),
    responses((status = 204, description = "The building's count from the next call on")))]
#[delete("/v1/lines/{id}/streams")]
pub async fn delete_line(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Admin)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.lock(*id).await?;
    let owner = line(&mut tx, *id).await?;
    if let Some(before) = tx.stream_set(owner).await? {
        tx.remove_stream_set(owner).await?;
        note(&mut tx, owner, Action::Deleted, json!(before), Value::Null);
        tx.commit().await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

async fn building(tx: &mut TenantTx, id: Uuid) -> Result<StreamSetOwner, Problem> {
    tx.building(id).await?.ok_or(Problem::NotFound)?;
    Ok(StreamSetOwner::Building(id))
}

async fn line(tx: &mut TenantTx, id: Uuid) -> Result<StreamSetOwner, Problem> {
    let line = tx.line(id).await?.ok_or(Problem::NotFound)?;
    Ok(StreamSetOwner::Line { line: id, building: line.building_id })
}

/// A line's own, or its building's.
async fn effective(tx: &mut TenantTx, owner: StreamSetOwner) -> Result<StreamSetView, Problem> {
    if let Some(own) = tx.stream_set(owner).await? {
        return Ok(own);
    }
    let inherited = matches!(owner, StreamSetOwner::Line { .. });
    let of_building = tx.stream_set(StreamSetOwner::Building(owner.building())).await?;
    Ok(StreamSetView { inherited, ..of_building.unwrap_or_default() })
}

async fn put_set(
    mut tx: TenantTx,
    owner: StreamSetOwner,
    if_match: &IfMatch,
    body: StreamSetBody,
) -> Result<Tagged<StreamSetView>, Problem> {
    body.check()?;
    // Whether two of a set may speak is looked at by whoever changes a backend too.
    let tenant = tx.tenant().as_uuid();
    tx.lock(tenant).await?;
    tx.lock(owner.id()).await?;
    let before = tx.stream_set(owner).await?;
    if_match.check(&effective(&mut tx, owner).await?)?;
    let (known, speaking) = tx.stream_backends_among(&body.backends).await?;
    if usize::try_from(known).ok() != Some(body.backends.len()) {
        return Err(Problem::NotFound);
    }
    if speaking > 1 {
        let field = FieldProblem::new("backends", "at most one that may speak into the call");
        return Err(Problem::Invalid(vec![field]));
    }
    let after = StreamSetView {
        backends: body.backends,
        on_last_required_lost: body.on_last_required_lost,
        inherited: false,
    };
    tx.put_stream_set(owner, &after).await?;
    let action = if before.is_some() { Action::Changed } else { Action::Created };
    note(&mut tx, owner, action, json!(before), json!(after));
    tx.commit().await?;
    Ok(Tagged(after))
}

fn note(tx: &mut TenantTx, owner: StreamSetOwner, action: Action, before: Value, after: Value) {
    let (id, building) = (owner.id(), Some(owner.building()));
    tx.note(Change { resource: "stream_set", id, building, action, before, after });
}
