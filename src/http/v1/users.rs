//! The people of a firm, and who one is oneself.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, patch};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Checks;
use crate::application::ports::Actor;
use crate::domain::ids::UserId;
use crate::http::App;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page};
use crate::http::extract::patch::{Checked, Editable, Patch};
use crate::http::problem::{FieldProblem, Problem};
use crate::store::access::{UserChange, UserView};
use crate::store::changes::{Action, Change, personal};

const BUILDINGS_MAX: usize = 500;

/// What can be changed of a user.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Grace"}))]
pub struct UserBody {
    /// What they are called.
    #[schema(example = "Grace", min_length = 1, max_length = 100)]
    pub name: String,
    /// `owner`, `admin`, `manager` or `viewer`.
    #[schema(example = "manager", pattern = "^(owner|admin|manager|viewer)$")]
    pub role: String,
    /// The buildings that they are limited to; null: all. Owners and admins are not limited.
    #[schema(max_items = 500)]
    pub buildings: Option<Vec<Uuid>>,
}

/// Who one is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MeView {
    /// `user` or `api_key`.
    #[schema(example = "user")]
    pub kind: String,
    /// One's id.
    pub id: Uuid,
    /// One's firm.
    pub tenant_id: Uuid,
    /// One's name; a key's label.
    #[schema(example = "Grace")]
    pub name: String,
    /// What one signs in with; null for a key.
    #[schema(example = "grace@maple.example")]
    pub email: Option<String>,
    /// What one may at most.
    #[schema(example = "owner")]
    pub role: String,
    /// What a key may of that; null for a user.
    pub scopes: Option<Vec<String>>,
    /// The buildings that one is limited to; null: all.
    pub buildings: Option<Vec<Uuid>>,
    /// Whether a code of a second factor is needed to sign in.
    #[schema(example = false)]
    pub has_second_factor: bool,
}

impl Checked for UserBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.text("name", &self.name, 100);
        checks.role_and_buildings(&self.role, self.buildings.as_deref());
        checks.done()
    }
}

impl Checks {
    /// A role, and buildings if it can be limited to some.
    pub(super) fn role_and_buildings(&mut self, role: &str, buildings: Option<&[Uuid]>) {
        let role =
            self.ok("role", role.parse::<Role>().map_err(|_| "owner, admin, manager or viewer"));
        let Some(buildings) = buildings else { return };
        if buildings.len() > BUILDINGS_MAX {
            self.ok("buildings", Err::<(), _>("at most 500 buildings"));
        }
        if role.is_some_and(|role| !role.can_be_limited()) {
            self.ok(
                "buildings",
                Err::<(), _>("only managers and viewers are limited to buildings"),
            );
        }
    }
}

impl Editable for UserView {
    type Body = UserBody;
    const READ_ONLY: &'static [&'static str] = &["id", "email", "has_second_factor", "created_at"];
}

/// Who one is.
#[utoipa::path(operation_id = "readMe", tag = "users", summary = "Read who one is",
    responses((status = 200, description = "Oneself", body = MeView)))]
#[get("/v1/me")]
pub async fn me(app: Data<App>, manager: Manager) -> Result<Tagged<MeView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let tenant_id = manager.tenant().as_uuid();
    match manager.reach.actor {
        Actor::User(id) => {
            let user = tx.users(Some(id), None, 1).await?.pop().ok_or(Problem::NotFound)?;
            Ok(Tagged(MeView {
                kind: "user".to_owned(),
                id,
                tenant_id,
                name: user.name,
                email: Some(user.email),
                role: user.role,
                scopes: None,
                buildings: user.buildings,
                has_second_factor: user.has_second_factor,
            }))
        }
        Actor::ApiKey(id) => {
            let now = app.clock.now();
            let key = tx.api_keys(Some(id), None, 1, now).await?.pop().ok_or(Problem::NotFound)?;
            Ok(Tagged(MeView {
                kind: "api_key".to_owned(),
                id,
                tenant_id,
                name: key.name,
                email: None,
                role: key.role,
                scopes: Some(key.scopes),
                buildings: key.buildings,
                has_second_factor: false,
            }))
        }
        Actor::Carrier(_) | Actor::Worker => Err(Problem::NotSignedIn),
    }
}

/// List the firm's users.
#[utoipa::path(operation_id = "listUsers", tag = "users", summary = "List users", params(Page),
    responses((status = 200, description = "A page", body = Listed<UserView>)))]
#[get("/v1/users")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    page: Query<Page>,
) -> Result<Json<Listed<UserView>>, Problem> {
    manager.at_least(Role::Admin)?;
    let after = page.after();
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.users(None, after.id, after.limit).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read a user.
#[utoipa::path(operation_id = "readUser", tag = "users", summary = "Read a user", params(("id" = Uuid, Path, description = "Their id")),
    responses((status = 200, description = "They", body = UserView)))]
#[get("/v1/users/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Tagged<UserView>, Problem> {
    manager.at_least(Role::Admin)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    let user = tx.users(Some(id.into_inner()), None, 1).await?.pop();
    user.map(Tagged).ok_or(Problem::NotFound)
}

/// Change a user's name, role or buildings. It counts from their next request on.
#[utoipa::path(operation_id = "changeUser", tag = "users", summary = "Change a user", params(("id" = Uuid, Path, description = "Their id")), request_body = UserBody,
    responses((status = 200, description = "As they are now", body = UserView)))]
#[patch("/v1/users/{id}")]
pub async fn change(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Tagged<UserView>, Problem> {
    manager.at_least(Role::Admin)?;
    let id = UserId::from(id.into_inner());
    let mut tx = app.store.begin(&manager.reach).await?;
    // Before anyone's row: whoever changes users does so one after the other, so that one owner is always left.
    let owners = tx.owners().await?;
    let before = tx.user_for_change(id).await?.ok_or(Problem::NotFound)?;
    if_match.check(&before)?;
    let after = patch.apply(&before)?;
    let (old_role, new_role) = (role(&before.role)?, role(&after.role)?);
    if old_role.max(new_role) > manager.role {
        return Err(Problem::AboveOneself);
    }
    if old_role == Role::Owner && new_role != Role::Owner && owners == 1 {
        return Err(Problem::LastOwner);
    }
    let mut buildings = after.buildings;
    if let Some(buildings) = &mut buildings {
        buildings.sort_unstable();
        buildings.dedup();
        if tx.missing_buildings(buildings).await? > 0 {
            return Err(Problem::Invalid(vec![FieldProblem::new(
                "buildings",
                "one of them is none of yours",
            )]));
        }
    }
    let shall_be = UserChange { name: after.name, role: new_role.name(), buildings };
    tx.change_user(id, &shall_be).await?;
    let after = tx.users(Some(id.as_uuid()), None, 1).await?.pop().ok_or(Problem::NotFound)?;
    tx.note(Change {
        resource: "user",
        id: id.as_uuid(),
        building: None,
        action: Action::Changed,
        before: told(&before),
        after: told(&after),
    });
    tx.commit().await?;
    Ok(Tagged(after))
}

/// Remove a user: their sessions end and they can not sign in any more. What they did stays told.
#[utoipa::path(operation_id = "removeUser", tag = "users", summary = "Remove a user", params(("id" = Uuid, Path, description = "Their id")),
    responses((status = 204, description = "Removed")))]
#[delete("/v1/users/{id}")]
pub async fn remove(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Admin)?;
    let id = UserId::from(id.into_inner());
    let mut tx = app.store.begin(&manager.reach).await?;
    let owners = tx.owners().await?;
    let user = tx.user_for_change(id).await?.ok_or(Problem::NotFound)?;
    let their_role = role(&user.role)?;
    if their_role > manager.role {
        return Err(Problem::AboveOneself);
    }
    if their_role == Role::Owner && owners == 1 {
        return Err(Problem::LastOwner);
    }
    tx.remove_user(id).await?;
    tx.note(Change {
        resource: "user",
        id: id.as_uuid(),
        building: None,
        action: Action::Deleted,
        before: told(&user),
        after: Value::Null,
    });
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A user as the audit log tells of them.
pub(super) fn told(user: &UserView) -> Value {
    json!({
        "name": personal(user.id, &user.name),
        "email": personal(user.id, &user.email),
        "role": user.role,
        "buildings": user.buildings,
    })
}

fn role(name: &str) -> Result<Role, Problem> {
    name.parse()
        .map_err(|error: crate::domain::access::Unheard| Problem::Internal(error.to_string()))
}
