//! What programs look for at places that everyone knows (RFC 8615).

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::extract::tokens::PublicKey;
use super::problem::Problem;

/// The public keys that verify access tokens, RFC 7517.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PublicKeys {
    /// The keys; a token's header names its own.
    pub keys: Vec<PublicKey>,
}

/// Read the public keys that verify access tokens.
///
/// Look again when a token names a key that is not among them: keys are changed each month, or at once if need be.
#[utoipa::path(operation_id = "listPublicKeys", tag = "sessions", summary = "Read the public keys of access tokens", security(()),
    responses((status = 200, description = "They", body = PublicKeys)))]
#[get("/.well-known/jwks.json")]
pub async fn jwks(app: Data<App>) -> Result<HttpResponse, Problem> {
    let now = app.clock.now();
    let tokens = app.keys.current(&app.store, &*app.ids, now).await?;
    Ok(HttpResponse::Ok()
        .insert_header(("Cache-Control", "public, max-age=60"))
        .json(PublicKeys { keys: tokens.public(now) }))
}
