//! API keys: programs that act for a firm.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Checks;
use crate::application::ports::Actor;
use crate::domain::access::Scope;
use crate::domain::ids::ApiKeyId;
use crate::http::App;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{API_KEY, Manager, Role};
use crate::http::extract::page::{Listed, Page};
use crate::http::extract::patch::{Checked, Editable, Patch};
use crate::http::problem::{FieldProblem, Problem};
use crate::store::access::{ApiKeyView, NewApiKey, Secret};
use crate::store::changes::{Action, Change};

const OVERLAP_MAX: u32 = 30 * 24 * 3600;
const PREFIX_CHARACTERS: usize = 12;
const SECRET_CHARACTERS: usize = 43;
/// Without an underscore, so that a key falls into its parts at a glance.
const ALPHABET: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// An API key to make.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyBody {
    /// What it is for.
    #[schema(example = "Move-in sync", min_length = 1, max_length = 100)]
    pub name: String,
    /// What it may at most: `viewer`, `manager` or `admin`, not higher than one's own.
    #[schema(example = "manager", pattern = "^(viewer|manager|admin)$")]
    pub role: String,
    /// What it may of that: `read` (read all but users and keys), `calls` (step into calls), `directory` (write buildings and
    /// what is in them), `gate` (ask whether a PIN opens, whether a number is blocked, whether a stream runs, and announce one: for flows at a carrier),
    /// `admin` (everything else).
    #[schema(example = json!(["read", "directory"]), min_items = 1, max_items = 5)]
    pub scopes: Vec<String>,
    /// The buildings that it reaches; absent: all. Admin keys are not limited.
    #[schema(max_items = 500)]
    pub buildings: Option<Vec<Uuid>>,
    /// Until when; absent: until it is revoked.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[schema(example = "2036-11-20T12:00:00Z")]
    pub expires_at: Option<OffsetDateTime>,
}

/// What can be changed of a key.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyNameBody {
    /// What it is for.
    #[schema(example = "Move-in sync", min_length = 1, max_length = 100)]
    pub name: String,
}

/// How a key gets another secret.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyRotationBody {
    /// How long the old secret works beside the new, in seconds: at most 30 days.
    #[serde(default)]
    #[schema(example = 86_400, minimum = 0, maximum = 2_592_000)]
    pub overlap_seconds: u32,
}

/// A key with its secret.
#[derive(Clone, Serialize, ToSchema)]
pub struct ApiKeyShown {
    /// The whole key: send it as `Authorization: Bearer vst_…`, or, where only a URL can
    /// be set, as its password: `https://key:vst_…@host/v1/…`. Shown now and never again: null when the request is repeated
    /// with its Idempotency-Key.
    #[schema(example = "vst_k3v9x2m4q7p1_Yq3nV8sT1bZk6wRj0uHdPcGxLfMoAeKiBvNtSyWgQh2")]
    pub key: Option<String>,
    /// The rest.
    #[serde(flatten)]
    pub view: ApiKeyView,
}

/// Hidden: it holds a secret.
impl std::fmt::Debug for ApiKeyShown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ApiKeyShown({})", self.view.id)
    }
}

impl Checked for ApiKeyNameBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.text("name", &self.name, 100);
        checks.done()
    }
}

impl Editable for ApiKeyView {
    type Body = ApiKeyNameBody;
    const READ_ONLY: &'static [&'static str] = &[
        "id",
        "prefixes",
        "role",
        "scopes",
        "buildings",
        "created_by",
        "created_at",
        "expires_at",
        "last_used_at",
    ];
}

impl ApiKeyBody {
    /// All that is wrong with it, or what it may at most.
    fn check(&self, now: OffsetDateTime) -> Result<Role, Problem> {
        let mut checks = Checks::default();
        checks.text("name", &self.name, 100);
        checks.one_of("role", &self.role, &["viewer", "manager", "admin"]);
        checks.role_and_buildings(&self.role, self.buildings.as_deref());
        if self.scopes.is_empty() || self.scopes.len() > 5 {
            checks.ok("scopes", Err::<(), _>("one to five"));
        }
        for scope in &self.scopes {
            let known = scope.parse::<Scope>().map_err(|_| "read, calls, directory, gate or admin");
            if checks.ok("scopes", known) == Some(Scope::Admin) && self.role != "admin" {
                checks.ok("scopes", Err::<(), _>("admin needs the role admin"));
            }
        }
        if self.expires_at.is_some_and(|until| until <= now) {
            checks.ok("expires_at", Err::<(), _>("in the future"));
        }
        checks.done()?;
        let field =
            |_| Problem::Invalid(vec![FieldProblem::new("role", "viewer, manager or admin")]);
        self.role.parse().map_err(field)
    }
}

/// Make an API key.
#[utoipa::path(operation_id = "createApiKey", tag = "API keys", summary = "Make an API key", params(IdempotencyKey), request_body = ApiKeyBody,
    responses((status = 201, description = "Made; its secret is shown now and never again", body = ApiKeyShown)))]
#[post("/v1/api-keys")]
pub async fn create(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    body: Json<ApiKeyBody>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Admin)?;
    let request = body.into_inner();
    let at = app.clock.now();
    let role = request.check(at)?;
    if role > manager.role {
        return Err(Problem::AboveOneself);
    }
    if !manager.scopes.is_empty() && !holds(&manager, &request.scopes) {
        return Err(Problem::AboveOneself);
    }
    let mut scopes = request.scopes.clone();
    scopes.sort_unstable();
    scopes.dedup();
    let buildings = request.buildings.clone().map(|mut buildings| {
        buildings.sort_unstable();
        buildings.dedup();
        buildings
    });
    let made = NewApiKey {
        id: app.ids.next().into(),
        name: request.name.clone(),
        role: role.name(),
        scopes,
        buildings,
        created_by: creator(&manager),
        at,
        expires_at: request.expires_at,
    };
    let (text, secret) = fresh();
    key.shows_once("key")
        .create(&app, &manager, &request, async |tx| {
            if tx.missing_buildings(made.buildings.as_deref().unwrap_or_default()).await? > 0 {
                let what = FieldProblem::new("buildings", "one of them is none of yours");
                return Err(Problem::Invalid(vec![what]));
            }
            tx.add_api_key(&made, &secret).await?;
            let id = made.id.as_uuid();
            let view = tx.api_keys(Some(id), None, 1, at).await?.pop().ok_or(Problem::NotFound)?;
            tx.note(change(id, Action::Created, Value::Null, json!(view)));
            Ok(ApiKeyShown { key: Some(text.clone()), view })
        })
        .await
}

/// List API keys.
#[utoipa::path(operation_id = "listApiKeys", tag = "API keys", summary = "List API keys", params(Page),
    responses((status = 200, description = "A page", body = Listed<ApiKeyView>)))]
#[get("/v1/api-keys")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    page: Query<Page>,
) -> Result<Json<Listed<ApiKeyView>>, Problem> {
    manager.at_least(Role::Admin)?;
    let after = page.after();
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.api_keys(None, after.id, after.limit, app.clock.now()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read an API key.
#[utoipa::path(operation_id = "readApiKey", tag = "API keys", summary = "Read an API key", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 200, description = "It, without its secret", body = ApiKeyView)))]
#[get("/v1/api-keys/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Tagged<ApiKeyView>, Problem> {
    manager.at_least(Role::Admin)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.api_keys(Some(id.into_inner()), None, 1, app.clock.now()).await?;
    rows.into_iter().next().map(Tagged).ok_or(Problem::NotFound)
}

/// Call an API key something else. What it may does not change: make another key for that.
#[utoipa::path(operation_id = "changeApiKey", tag = "API keys", summary = "Rename an API key", params(("id" = Uuid, Path, description = "Its id")), request_body = ApiKeyNameBody,
    responses((status = 200, description = "As it is now", body = ApiKeyView)))]
#[patch("/v1/api-keys/{id}")]
pub async fn change_name(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Tagged<ApiKeyView>, Problem> {
    manager.at_least(Role::Admin)?;
    let id = id.into_inner();
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.lock(id).await?;
    let rows = tx.api_keys(Some(id), None, 1, app.clock.now()).await?;
    let before = rows.into_iter().next().ok_or(Problem::NotFound)?;
    if_match.check(&before)?;
    let after = patch.apply(&before)?;
    tx.rename_api_key(id.into(), &after.name).await?;
    tx.note(change(id, Action::Changed, json!(before), json!(after)));
    tx.commit().await?;
    Ok(Tagged(after))
}

/// Give an API key another secret; the old one works a while longer, if asked to.
#[utoipa::path(operation_id = "rotateApiKey", tag = "API keys", summary = "Give an API key another secret", params(("id" = Uuid, Path, description = "Its id"), IdempotencyKey), request_body = KeyRotationBody,
    responses((status = 201, description = "It, with its new secret: shown now and never again", body = ApiKeyShown)))]
#[post("/v1/api-keys/{id}/rotate")]
pub async fn rotate(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    key: IdempotencyKey,
    body: Json<KeyRotationBody>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Admin)?;
    let request = body.into_inner();
    if request.overlap_seconds > OVERLAP_MAX {
        let what = FieldProblem::new("overlap_seconds", "at most 2592000, which is 30 days");
        return Err(Problem::Invalid(vec![what]));
    }
    let id = id.into_inner();
    let at = app.clock.now();
    let old_until = at + Duration::seconds(i64::from(request.overlap_seconds));
    let (text, secret) = fresh();
    key.shows_once("key")
        .create(&app, &manager, &request, async |tx| {
            tx.lock(id).await?;
            let old = tx.api_keys(Some(id), None, 1, at).await?.pop().ok_or(Problem::NotFound)?;
            // Its new secret would be the new hand's: nobody takes over a key that may more than they.
            let above = old.scopes.iter().any(|name| !holds(&manager, std::slice::from_ref(name)));
            if above && !manager.scopes.is_empty() {
                return Err(Problem::AboveOneself);
            }
            tx.rotate_api_key(ApiKeyId::from(id), &secret, at, old_until).await?;
            let view = tx.api_keys(Some(id), None, 1, at).await?.pop().ok_or(Problem::NotFound)?;
            tx.note(change(id, Action::Other("rotated"), json!(old), json!(view)));
            Ok(ApiKeyShown { key: Some(text.clone()), view })
        })
        .await
}

/// Revoke an API key: no request with it is answered any more.
#[utoipa::path(operation_id = "revokeApiKey", tag = "API keys", summary = "Revoke an API key", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 204, description = "Revoked")))]
#[delete("/v1/api-keys/{id}")]
pub async fn revoke(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Admin)?;
    let id = id.into_inner();
    let now = app.clock.now();
    let mut tx = app.store.begin(&manager.reach).await?;
    let view = tx.api_keys(Some(id), None, 1, now).await?.pop().ok_or(Problem::NotFound)?;
    if !tx.revoke_api_key(id.into(), now).await? {
        return Err(Problem::NotFound);
    }
    tx.note(change(id, Action::Other("revoked"), json!(view), Value::Null));
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Whether a program has these scopes itself.
fn holds(manager: &Manager, scopes: &[String]) -> bool {
    let has =
        |name: &String| name.parse().is_ok_and(|scope: Scope| manager.scopes.contains(&scope));
    scopes.iter().all(has)
}

fn creator(manager: &Manager) -> Option<Uuid> {
    match manager.reach.actor {
        Actor::User(id) => Some(id),
        Actor::ApiKey(_) | Actor::Carrier(_) | Actor::Worker => None,
    }
}

fn fresh() -> (String, Secret) {
    let (prefix, rest) = (random(PREFIX_CHARACTERS), random(SECRET_CHARACTERS));
    let hash = Sha256::digest(&rest).into();
    (format!("{API_KEY}{prefix}_{rest}"), Secret { prefix, hash })
}

fn random(characters: usize) -> String {
    (0..characters).map(|_| char::from(ALPHABET[rand::random_range(0..ALPHABET.len())])).collect()
}

fn change(id: Uuid, action: Action, before: Value, after: Value) -> Change {
    Change { resource: "api_key", id, building: None, action, before, after }
}
