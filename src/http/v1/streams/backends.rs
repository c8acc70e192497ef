//! Stream backends: where they are, how they want the audio, and what a call is worth without them.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, patch, post, put};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::policy::streams::{as_web, backend_address};
use crate::domain::webhook::address::PrivateAddresses;
use crate::http::App;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page};
use crate::http::extract::patch::{Checked, Editable, Patch};
use crate::http::problem::{FieldProblem, Problem};
use crate::http::v1::Checks;
use crate::http::v1::change::{Audited, change, note_created, remove};
use crate::store::TenantTx;
use crate::store::changes::{Action, Change};
use crate::store::directory::views::StreamBackendView;

/// Backends of one firm.
const BACKENDS_MAX: i64 = 50;
/// Longest value of an `Authorization` header.
const AUTHORIZATION_MAX: usize = 4_096;

/// A stream backend to add.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStreamBackendBody {
    /// What people call it.
    #[schema(example = "Transcripts", min_length = 1, max_length = 100)]
    pub label: String,
    /// Where it is: wss, on the public internet.
    #[schema(example = "wss://audio.example.com/calls", max_length = 2000)]
    pub url: String,
    /// The value of the `Authorization` header that it is sent. Never shown again.
    #[serde(default)]
    #[schema(example = "Bearer 4f1c2f5e", max_length = 4096)]
    pub authorization: Option<String>,
    /// How it wants the audio: `as_received` (as the carrier sends it) or `pcm16` (signed 16-bit samples, little-endian).
    #[serde(default = "as_received")]
    #[schema(example = "pcm16", pattern = "^(as_received|pcm16)$", default = "as_received")]
    pub audio: String,
    /// How it wants the audio wrapped: `binary` or `json`.
    #[serde(default = "binary")]
    #[schema(example = "binary", pattern = "^(binary|json)$", default = "binary")]
    pub framing: String,
    /// Whether it may speak into the call: `one_way` or `both_ways`.
    #[serde(default = "one_way")]
    #[schema(example = "one_way", pattern = "^(one_way|both_ways)$", default = "one_way")]
    pub duplex: String,
    /// Whether a call is worth anything without it: `required` or `best_effort`.
    #[serde(default = "required")]
    #[schema(example = "best_effort", pattern = "^(required|best_effort)$", default = "required")]
    pub need: String,
}

/// What can be changed of a stream backend. Its authorization has a path of its own.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamBackendBody {
    /// What people call it.
    #[schema(example = "Transcripts", min_length = 1, max_length = 100)]
    pub label: String,
    /// Where it is: wss, on the public internet.
    #[schema(example = "wss://audio.example.com/calls", max_length = 2000)]
    pub url: String,
    /// How it wants the audio: `as_received` or `pcm16`.
    #[serde(default = "as_received")]
    #[schema(example = "pcm16", pattern = "^(as_received|pcm16)$", default = "as_received")]
    pub audio: String,
    /// How it wants the audio wrapped: `binary` or `json`.
    #[serde(default = "binary")]
    #[schema(example = "binary", pattern = "^(binary|json)$", default = "binary")]
    pub framing: String,
    /// Whether it may speak into the call: `one_way` or `both_ways`.
    #[serde(default = "one_way")]
    #[schema(example = "one_way", pattern = "^(one_way|both_ways)$", default = "one_way")]
    pub duplex: String,
    /// Whether a call is worth anything without it: `required` or `best_effort`.
    #[serde(default = "required")]
    #[schema(example = "best_effort", pattern = "^(required|best_effort)$", default = "required")]
    pub need: String,
}

/// What a stream backend is sent to know us by.
#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamAuthorizationBody {
    /// The value of the `Authorization` header; null: it is sent none.
    #[schema(example = "Bearer 4f1c2f5e", max_length = 4096)]
    pub authorization: Option<String>,
}

/// Hidden: it holds a secret.
impl std::fmt::Debug for NewStreamBackendBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewStreamBackendBody").field("label", &self.label).finish_non_exhaustive()
    }
}

/// Hidden: it is a secret.
impl std::fmt::Debug for StreamAuthorizationBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StreamAuthorizationBody(…)")
    }
}

fn as_received() -> String {
    "as_received".to_owned()
}

fn binary() -> String {
    "binary".to_owned()
}

fn one_way() -> String {
    "one_way".to_owned()
}

fn required() -> String {
    "required".to_owned()
}

impl Checked for StreamBackendBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.text("label", &self.label, 100);
        checks.ok("url", as_web(&self.url));
        checks.one_of("audio", &self.audio, &["as_received", "pcm16"]);
        checks.one_of("framing", &self.framing, &["binary", "json"]);
        checks.one_of("duplex", &self.duplex, &["one_way", "both_ways"]);
        checks.one_of("need", &self.need, &["required", "best_effort"]);
        checks.done()
    }
}

impl Editable for StreamBackendView {
    type Body = StreamBackendBody;
    const READ_ONLY: &'static [&'static str] = &["id", "has_authorization"];
}

impl Audited for StreamBackendView {
    const RESOURCE: &'static str = "stream_backend";

    fn id(&self) -> Uuid {
        self.id
    }

    fn building(&self) -> Option<Uuid> {
        None
    }

    /// A URL's path and query may hold a secret of its owner's.
    fn told(&self) -> Value {
        let host = url::Url::parse(&self.url).ok();
        let host = host.and_then(|url| url.host_str().map(str::to_owned));
        json!({
            "label": self.label, "host": host, "audio": self.audio, "framing": self.framing, "duplex": self.duplex,
            "need": self.need, "has_authorization": self.has_authorization,
        })
    }
}

impl NewStreamBackendBody {
    fn changeable(&self) -> StreamBackendBody {
        StreamBackendBody {
            label: self.label.clone(),
            url: self.url.clone(),
            audio: self.audio.clone(),
            framing: self.framing.clone(),
            duplex: self.duplex.clone(),
            need: self.need.clone(),
        }
    }
}

/// Add a stream backend.
#[utoipa::path(operation_id = "createStreamBackend", tag = "streams", summary = "Add a stream backend", params(IdempotencyKey), request_body = NewStreamBackendBody,
    responses((status = 201, description = "Added", body = StreamBackendView)))]
#[post("/v1/stream-backends")]
pub async fn create(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    body: Json<NewStreamBackendBody>,
) -> Result<HttpResponse, Problem> {
    manager.runs_the_whole_firm(Role::Admin)?;
    let changeable = body.changeable();
    changeable.check()?;
    let authorization = checked(body.authorization.as_deref())?;
    check_address(&app, &body.url).await?;
    let others = json!({ "id": app.ids.next(), "has_authorization": authorization.is_some() });
    let backend = StreamBackendView::made_of(&changeable, others)?;
    let sealed = seal(&app, &manager, authorization).await?;
    key.create(&app, &manager, &*body, async |tx| {
        tx.lock(manager.tenant().as_uuid()).await?;
        if tx.count_stream_backends().await? >= BACKENDS_MAX {
            let many = format!("a firm has at most {BACKENDS_MAX} stream backends");
            return Err(Problem::Invalid(vec![FieldProblem::new("body", many)]));
        }
        tx.add_stream_backend(&backend, sealed.as_deref()).await?;
        note_created(tx, &backend);
        Ok(backend)
    })
    .await
}

/// List stream backends.
#[utoipa::path(operation_id = "listStreamBackends", tag = "streams", summary = "List stream backends", params(Page),
    responses((status = 200, description = "A page", body = Listed<StreamBackendView>)))]
#[get("/v1/stream-backends")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    page: Query<Page>,
) -> Result<Json<Listed<StreamBackendView>>, Problem> {
    manager.at_least(Role::Manager)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.stream_backends(None, page.after()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read a stream backend.
#[utoipa::path(operation_id = "readStreamBackend", tag = "streams", summary = "Read a stream backend", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 200, description = "It", body = StreamBackendView)))]
#[get("/v1/stream-backends/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Tagged<StreamBackendView>, Problem> {
    manager.at_least(Role::Manager)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.stream_backend(*id).await?.map(Tagged).ok_or(Problem::NotFound)
}

/// Change a stream backend. Calls that stream already go on as they were begun.
#[utoipa::path(operation_id = "updateStreamBackend", tag = "streams", summary = "Change a stream backend", params(("id" = Uuid, Path, description = "Its id")), request_body = StreamBackendBody,
    responses((status = 200, description = "As it is now", body = StreamBackendView)))]
#[patch("/v1/stream-backends/{id}")]
pub async fn update(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Tagged<StreamBackendView>, Problem> {
    manager.runs_the_whole_firm(Role::Admin)?;
    let url = {
        let mut tx = app.store.begin(&manager.reach).await?;
        let current = tx.stream_backend(*id).await?.ok_or(Problem::NotFound)?;
        patch.clone().apply(&current)?.url
    };
    check_address(&app, &url).await?;
    let what = (id.into_inner(), if_match, patch);
    let write = async |tx: &mut TenantTx, backend: &StreamBackendView| {
        if backend.url != url {
            return Err(Problem::ConcurrentChange);
        }
        tx.lock(manager.tenant().as_uuid()).await?;
        if backend.duplex == "both_ways" && tx.stands_beside_a_speaker(backend.id).await? {
            let field = FieldProblem::new("duplex", "another backend beside it may speak already");
            return Err(Problem::Invalid(vec![field]));
        }
        Ok(tx.put_stream_backend(backend).await?)
    };
    change(&app, &manager, what, TenantTx::stream_backend, write).await
}

/// Remove a stream backend that nothing names.
#[utoipa::path(operation_id = "deleteStreamBackend", tag = "streams", summary = "Remove a stream backend that nothing names", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 204, description = "It is gone")))]
#[delete("/v1/stream-backends/{id}")]
pub async fn delete(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    manager.runs_the_whole_firm(Role::Admin)?;
    let id = id.into_inner();
    remove(&app, &manager, id, TenantTx::stream_backend, TenantTx::remove_stream_backend).await
}

/// Replace what a stream backend is sent to know us by.
#[utoipa::path(operation_id = "setStreamAuthorization", tag = "streams", summary = "Replace a stream backend's authorization", params(("id" = Uuid, Path, description = "The backend")), request_body = StreamAuthorizationBody,
    responses((status = 204, description = "It is replaced")))]
#[put("/v1/stream-backends/{id}/authorization")]
pub async fn set_authorization(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    body: Json<StreamAuthorizationBody>,
) -> Result<HttpResponse, Problem> {
    manager.runs_the_whole_firm(Role::Admin)?;
    let authorization = checked(body.authorization.as_deref())?;
    let after = json!({ "has_authorization": authorization.is_some() });
    let sealed = seal(&app, &manager, authorization).await?;
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.lock(*id).await?;
    tx.stream_backend(*id).await?.ok_or(Problem::NotFound)?;
    tx.put_stream_authorization(*id, sealed.as_deref()).await?;
    tx.note(Change {
        resource: StreamBackendView::RESOURCE,
        id: *id,
        building: None,
        action: Action::Other("authorization_replaced"),
        before: Value::Null,
        after,
    });
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Printable ASCII: what a header takes.
fn checked(authorization: Option<&str>) -> Result<Option<SecretString>, Problem> {
    let Some(text) = authorization else { return Ok(None) };
    let is_value = (1..=AUTHORIZATION_MAX).contains(&text.len())
        && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let mut checks = Checks::default();
    checks.holds("authorization", is_value, "1 to 4096 printable ASCII characters");
    checks.done()?;
    Ok(Some(text.into()))
}

async fn seal(
    app: &App,
    manager: &Manager,
    authorization: Option<SecretString>,
) -> Result<Option<Vec<u8>>, Problem> {
    let Some(secret) = authorization else { return Ok(None) };
    let plain = secret.expose_secret().as_bytes();
    Ok(Some(app.store.sealed_authorization(manager.tenant(), plain).await?))
}

/// Looked at before any transaction is open: names are looked up, unless they may lead anywhere. Connecting looks again.
async fn check_address(app: &App, url: &str) -> Result<(), Problem> {
    let refused = |error: String| Problem::Invalid(vec![FieldProblem::new("url", error)]);
    backend_address(url, app.private_backends).map_err(|error| refused(error.to_string()))?;
    if app.private_backends == PrivateAddresses::Allowed {
        return Ok(());
    }
    let web = as_web(url).map_err(|error| refused(error.to_string()))?;
    let checked = app.webhooks.poster.check(&web).await;
    checked.map(drop).map_err(|error| {
        let error = crate::domain::policy::streams::BackendAddressError::from(error);
        refused(error.to_string())
    })
}
