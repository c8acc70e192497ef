//! Connections.

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
use crate::store::directory::views::ConnectionView;

/// An account at a carrier. Its credentials are sealed and never shown again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionBody {
    /// `vonage`.
    #[schema(example = "vonage", pattern = "^vonage$")]
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

/// What Vonage's account is reached and recognised with.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CredentialsBody {
    /// The application's id.
    #[schema(example = "78d335fa-323d-4114-9c3d-d6f0d48968cf")]
    pub application_id: String,
    /// The account's API key.
    #[schema(example = "0a1b2c3d")]
    pub api_key: String,
    /// The application's private key, PKCS#8 in PEM.
    #[schema(
        example = "-----BEGIN PRIVATE KEY-----\n(the application's key)\n-----END PRIVATE KEY-----\n",
        write_only
    )]
    pub private_key: String,
    /// The account's signature secrets: not the API secret. More than one while it is being changed.
    #[schema(example = json!(["the account's signature secret"]), write_only)]
    pub signature_secrets: Vec<String>,
}

/// Hidden.
impl std::fmt::Debug for CredentialsBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CredentialsBody").field("api_key", &self.api_key).finish_non_exhaustive()
    }
}

fn required() -> String {
    "required".to_owned()
}

impl ConnectionBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.one_of("provider", &self.provider, &["vonage"]);
        checks.text("label", &self.label, 100);
        checks.one_of("signing", &self.signing, &["required", "off"]);
        checks.text("credentials.application_id", &self.credentials.application_id, 64);
        checks.text("credentials.api_key", &self.credentials.api_key, 64);
        if self.signing == "required"
            && self.credentials.signature_secrets.iter().all(String::is_empty)
        {
            checks.ok(
                "credentials.signature_secrets",
                Err::<(), _>("at least one, or nothing could be verified"),
            );
        }
        checks.ok(
            "credentials.private_key",
            crate::carriers::vonage::check_private_key(&self.credentials.private_key),
        );
        checks.done()
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
    manager.at_least(Role::Admin)?;
    body.check()?;
    let id = app.ids.next();
    let request = body.into_inner();
    key.create(&app, &manager, &request, async |tx| {
        let view = ConnectionView {
            id,
            provider: request.provider.clone(),
            label: request.label.clone(),
            token: fresh_token(),
            signing: request.signing.clone(),
        };
        let plain = serde_json::to_vec(&request.credentials)
            .map_err(|error| Problem::Internal(error.to_string()))?;
        let sealed = app.store.seal_secret(manager.tenant(), "connection", &plain).await?;
        tx.add_connection(&view, &sealed).await?;
        Ok(view)
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
) -> Result<Json<ConnectionView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.connections(Some(id.into_inner()), Page::default().after()).await?;
    rows.into_iter().next().map(Json).ok_or(Problem::NotFound)
}

/// 32 random bytes, as they fit into a path.
fn fresh_token() -> String {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes);
    hex::encode(bytes)
}
