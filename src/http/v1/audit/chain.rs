//! The proof: signed checkpoints, the chain itself, and the keys to check both with.

use actix_web::web::{Data, Json, Query};
use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::Checks;
use crate::http::App;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page};
use crate::http::problem::Problem;
use crate::store::audit::export::CheckpointView;

const EVENTS_MAX: u16 = 1_000;

/// Which part of the chain.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// After this position: that of the page before's last line.
    #[param(minimum = 0, default = 0)]
    pub after: Option<i64>,
    /// Events, from 1 to 1000.
    #[param(minimum = 1, maximum = 1000, default = 1000)]
    pub limit: Option<u16>,
}

/// The keys that sign for the audit, as a JSON Web Key Set.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditKeysView {
    /// The one that signs now first, then those that signed before.
    pub keys: Vec<AuditKeyView>,
}

/// A public key, as a JSON Web Key.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditKeyView {
    /// `OKP`.
    #[schema(example = "OKP")]
    pub kty: String,
    /// `Ed25519`.
    #[schema(example = "Ed25519")]
    pub crv: String,
    /// `EdDSA`.
    #[schema(example = "EdDSA")]
    pub alg: String,
    /// Names it in signatures.
    #[schema(example = "0190b1c2-0000-7000-8000-000000000001")]
    pub kid: String,
    /// Its 32 bytes, base64url.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    pub x: String,
}

/// List signed checkpoints, newest first.
#[utoipa::path(operation_id = "listAuditCheckpoints", tag = "audit", summary = "List signed checkpoints of the audit's chain, newest first", params(Page),
    responses((status = 200, description = "A page", body = Listed<CheckpointView>)))]
#[get("/v1/audit/checkpoints")]
pub async fn checkpoints(
    app: Data<App>,
    manager: Manager,
    page: Query<Page>,
) -> Result<Json<Listed<CheckpointView>>, Problem> {
    manager.at_least(Role::Admin)?;
    let rows = app.store.audit_checkpoints(&manager.reach, page.after()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Get a page of the audit's chain.
#[utoipa::path(operation_id = "exportAuditChain", tag = "audit", summary = "Get a page of the audit's chain, for `vestibule audit verify`", params(Part),
    responses((status = 200, description = "A line each: where the page begins; every event as it is stored, personal data sealed, with its hash; signed checkpoints; where the page ends and whether more follows. Pages put one after the other are a chain",
        content_type = "application/x-ndjson", body = String, example = "{\"line\":\"end\",\"at\":{\"events\":0,\"position\":0,\"hash\":\"…\"},\"more\":false}")))]
#[get("/v1/audit/chain")]
pub async fn export(
    app: Data<App>,
    manager: Manager,
    part: Query<Part>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Owner)?;
    let (after, limit) = (part.after.unwrap_or(0), part.limit.unwrap_or(EVENTS_MAX));
    let mut checks = Checks::default();
    checks.holds("after", after >= 0, "a position, from 0");
    checks.holds("limit", (1..=EVENTS_MAX).contains(&limit), "1 to 1000");
    checks.done()?;
    let lines = app.store.audit_chain(&manager.reach, after, i64::from(limit)).await?;
    let mut text = String::new();
    for line in &lines {
        text.push_str(
            &serde_json::to_string(line).map_err(|error| Problem::Internal(error.to_string()))?,
        );
        text.push('\n');
    }
    Ok(HttpResponse::Ok()
        .insert_header(("Content-Type", "application/x-ndjson"))
        .insert_header(("Content-Disposition", "attachment; filename=\"audit-chain.ndjson\""))
        .body(text))
}

/// Read the audit's public keys.
#[utoipa::path(operation_id = "readAuditKeys", tag = "audit", summary = "Read the public keys of the audit's signatures", security(()),
    responses((status = 200, description = "All keys that ever signed", body = AuditKeysView)))]
#[get("/.well-known/vestibule-audit.json")]
pub async fn keys(app: Data<App>) -> Result<HttpResponse, Problem> {
    let keys = app.store.audit_keys().await?.into_iter().map(|key| AuditKeyView {
        kty: key.kty,
        crv: key.crv,
        alg: key.alg,
        kid: key.kid,
        x: key.x,
    });
    Ok(HttpResponse::Ok()
        .insert_header(("Cache-Control", "public, max-age=300"))
        .json(AuditKeysView { keys: keys.collect() }))
}
