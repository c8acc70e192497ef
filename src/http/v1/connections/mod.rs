//! Carrier connections. Credentials go in and never come out.

mod credentials;

use std::time::Duration;

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, patch, post, put};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use self::credentials::CredentialsBody;
use super::Checks;
use super::buildings::rfc3339;
use super::change::{Audited, change, note_created, remove};
use super::line_check::Finding;
use crate::application::calls::check::{Lets, announces_here, lets_us_in};
use crate::http::App;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page};
use crate::http::extract::patch::{Checked, Editable, Patch};
use crate::http::problem::Problem;
use crate::store::TenantTx;
use crate::store::changes::{Action, Change};
use crate::store::directory::views::ConnectionView;

/// A connection to add.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionBody {
    /// `vonage`, `twilio` or `sipgate`.
    #[schema(example = "vonage", pattern = "^(vonage|twilio|sipgate)$")]
    pub provider: String,
    /// What people call it.
    #[schema(example = "Main account", min_length = 1, max_length = 100)]
    pub label: String,
    /// Whether webhooks must be signed: `required`, or `off` on a machine of one's own.
    #[serde(default = "required")]
    #[schema(example = "required", pattern = "^(required|off)$")]
    pub signing: String,
    /// What the carrier's account is reached and recognised with.
    pub credentials: CredentialsBody,
}

/// What may change of a connection; its credentials have routes of their own.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionChangeBody {
    /// What people call it.
    #[schema(example = "Main account", min_length = 1, max_length = 100)]
    pub label: String,
    /// Whether webhooks must be signed: `required`, or `off` on a machine of one's own.
    #[schema(example = "required", pattern = "^(required|off)$")]
    pub signing: String,
}

/// A new signature secret; of a Twilio account, a new auth token.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretBody {
    /// The secret, as the carrier's dashboard shows it: Vonage's signature secret, Twilio's auth token.
    #[schema(
        write_only,
        example = "a-signature-secret-of-the-account",
        min_length = 8,
        max_length = 200
    )]
    pub secret: String,
    /// How long the ones before are good yet, in seconds: until the carrier signs with the new one everywhere.
    #[serde(default = "an_hour")]
    #[schema(example = 3600, minimum = 0, maximum = 604800)]
    pub overlap_seconds: u32,
}

fn an_hour() -> u32 {
    3_600
}

fn required() -> String {
    "required".to_owned()
}

/// Whether the carrier lets us in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConnectionCheck {
    /// Whether it does.
    pub works: bool,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// Hidden: it holds a secret.
impl std::fmt::Debug for SecretBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretBody")
            .field("overlap_seconds", &self.overlap_seconds)
            .finish_non_exhaustive()
    }
}

impl Checked for ConnectionBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.one_of("provider", &self.provider, &["vonage", "twilio", "sipgate"]);
        checks.text("label", &self.label, 100);
        checks.one_of("signing", &self.signing, &["required", "off"]);
        self.credentials.check(&mut checks, &self.provider, &self.signing);
        checks.done()
    }
}

impl Checked for ConnectionChangeBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.text("label", &self.label, 100);
        checks.one_of("signing", &self.signing, &["required", "off"]);
        checks.done()
    }
}

impl Editable for ConnectionView {
    type Body = ConnectionChangeBody;
    const READ_ONLY: &'static [&'static str] = &["id", "provider", "token"];
}

impl Audited for ConnectionView {
    const RESOURCE: &'static str = "connection";

    fn id(&self) -> Uuid {
        self.id
    }

    fn building(&self) -> Option<Uuid> {
        None
    }

    fn told(&self) -> Value {
        json!({ "id": self.id, "provider": self.provider, "label": self.label, "signing": self.signing })
    }
}

/// Add a connection.
#[utoipa::path(operation_id = "createConnection", tag = "connections", summary = "Add a connection", params(IdempotencyKey), request_body = ConnectionBody,
    responses((status = 201, description = "Added", body = ConnectionView)))]
#[post("/v1/connections")]
pub async fn create(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    body: Json<ConnectionBody>,
) -> Result<HttpResponse, Problem> {
    manager.runs_the_whole_firm(Role::Admin)?;
    body.check()?;
    let connection = ConnectionView {
        id: app.ids.next(),
        provider: body.provider.clone(),
        label: body.label.clone(),
        token: fresh_token(),
        signing: body.signing.clone(),
    };
    key.create(&app, &manager, &*body, async |tx| {
        let sealed = seal(&app, &manager, &body.credentials).await?;
        tx.add_connection(&connection, &sealed).await?;
        note_created(tx, &connection);
        Ok(connection)
    })
    .await
}

/// List connections.
#[utoipa::path(operation_id = "listConnections", tag = "connections", summary = "List connections", params(Page), responses((status = 200, description = "A page", body = Listed<ConnectionView>)))]
#[get("/v1/connections")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    page: Query<Page>,
) -> Result<Json<Listed<ConnectionView>>, Problem> {
    manager.at_least(Role::Manager)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.connections(None, page.after()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read a connection.
#[utoipa::path(operation_id = "readConnection", tag = "connections", summary = "Read a connection", params(("id" = Uuid, Path, description = "Its id")), responses((status = 200, description = "It", body = ConnectionView)))]
#[get("/v1/connections/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Tagged<ConnectionView>, Problem> {
    manager.at_least(Role::Manager)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.carrier_connection(id.into_inner()).await?.map(Tagged).ok_or(Problem::NotFound)
}

/// Change a connection.
#[utoipa::path(operation_id = "updateConnection", tag = "connections", summary = "Change a connection", params(("id" = Uuid, Path, description = "Its id")), request_body = ConnectionChangeBody,
    responses((status = 200, description = "As it is now", body = ConnectionView)))]
#[patch("/v1/connections/{id}")]
pub async fn update(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Tagged<ConnectionView>, Problem> {
    manager.runs_the_whole_firm(Role::Admin)?;
    let what = (id.into_inner(), if_match, patch);
    change(
        &app,
        &manager,
        what,
        TenantTx::carrier_connection,
        async |tx, connection: &ConnectionView| Ok(tx.put_connection(connection).await?),
    )
    .await
}

/// Remove a connection that no line is at.
#[utoipa::path(operation_id = "deleteConnection", tag = "connections", summary = "Remove a connection that no line is at", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 204, description = "It is gone")))]
#[delete("/v1/connections/{id}")]
pub async fn delete(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    manager.runs_the_whole_firm(Role::Admin)?;
    let id = id.into_inner();
    remove(&app, &manager, id, TenantTx::carrier_connection, TenantTx::remove_connection).await
}

/// Replace a connection's credentials.
#[utoipa::path(operation_id = "setCredentials", tag = "connections", summary = "Replace a connection's credentials", params(("id" = Uuid, Path, description = "The connection")), request_body = CredentialsBody,
    responses((status = 204, description = "They are replaced")))]
#[put("/v1/connections/{id}/credentials")]
pub async fn set_credentials(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    body: Json<CredentialsBody>,
) -> Result<HttpResponse, Problem> {
    manager.runs_the_whole_firm(Role::Admin)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.lock(*id).await?;
    let connection = tx.carrier_connection(*id).await?.ok_or(Problem::NotFound)?;
    let mut checks = Checks::default();
    body.check(&mut checks, &connection.provider, &connection.signing);
    checks.done()?;
    tx.put_credentials(*id, &seal(&app, &manager, &body).await?).await?;
    note_credentials(&mut tx, *id, "credentials_replaced", body.told());
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take a new signature secret; the ones before are good for a while yet.
#[utoipa::path(operation_id = "rotateSignatureSecret", tag = "connections", summary = "Take a new signature secret", params(("id" = Uuid, Path, description = "The connection")), request_body = SecretBody,
    responses((status = 204, description = "Webhooks signed with it are taken from now on")))]
#[post("/v1/connections/{id}/signature-secrets")]
pub async fn rotate_secret(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    body: Json<SecretBody>,
) -> Result<HttpResponse, Problem> {
    manager.runs_the_whole_firm(Role::Admin)?;
    let mut checks = Checks::default();
    checks.holds("secret", (8..=200).contains(&body.secret.len()), "8 to 200 characters");
    checks.holds("overlap_seconds", body.overlap_seconds <= 604_800, "at most a week");
    checks.done()?;
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.lock(*id).await?;
    let sealed = tx.sealed_credentials(*id).await?.ok_or(Problem::NotFound)?;
    let opened = app.store.open_secret(manager.tenant(), "connection", &sealed).await?;
    let mut credentials: CredentialsBody =
        serde_json::from_slice(&opened).map_err(|error| Problem::Internal(error.to_string()))?;
    let now = app.clock.now();
    let overlap = Duration::from_secs(body.overlap_seconds.into());
    credentials.rotate(&body.secret, now, overlap)?;
    tx.put_credentials(*id, &seal(&app, &manager, &credentials).await?).await?;
    note_credentials(
        &mut tx,
        *id,
        "secret_rotated",
        json!({ "before_good_until": rfc3339(now + overlap) }),
    );
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

fn note_credentials(tx: &mut TenantTx, id: Uuid, action: &'static str, after: Value) {
    let action = Action::Other(action);
    tx.note(Change {
        resource: "connection",
        id,
        building: None,
        action,
        before: Value::Null,
        after,
    });
}

async fn seal(
    app: &App,
    manager: &Manager,
    credentials: &CredentialsBody,
) -> Result<Vec<u8>, Problem> {
    let plain =
        serde_json::to_vec(credentials).map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(app.store.seal_secret(manager.tenant(), "connection", &plain).await?)
}

/// Ask the carrier whether it lets us in.
#[utoipa::path(operation_id = "checkConnection", tag = "connections", summary = "Ask the carrier whether it lets us in", params(("id" = Uuid, Path, description = "The connection")),
    responses((status = 200, description = "What it says", body = ConnectionCheck)))]
#[post("/v1/connections/{id}/check")]
pub async fn check(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<ConnectionCheck>, Problem> {
    manager.at_least(Role::Admin)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.carrier_connection(*id).await?.ok_or(Problem::NotFound)?;
    drop(tx);
    let (carriers, tenant, connection) = (&*app.calls.carriers, manager.tenant(), (*id).into());
    let lets = lets_us_in(carriers, tenant, connection).await;
    let mut found = match lets {
        Lets::Yes(_) => announces_here(carriers, tenant, connection).await,
        Lets::No(_) | Lets::Unknown(_) => Vec::new(),
    };
    found.insert(0, lets);
    let findings: Vec<_> = found.into_iter().map(finding).collect();
    let works = !findings.iter().any(|finding| finding.severity == "wrong")
        && findings.first().is_some_and(|finding| finding.severity == "fine");
    Ok(Json(ConnectionCheck { works, findings }))
}

fn finding(lets: Lets) -> Finding {
    let (severity, message) = match lets {
        Lets::Yes(what) => ("fine", what.to_owned()),
        Lets::No(reason) => ("wrong", reason),
        Lets::Unknown(reason) => ("unknown", reason),
    };
    Finding { severity: severity.to_owned(), message }
}

fn fresh_token() -> String {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes);
    hex::encode(bytes)
}
