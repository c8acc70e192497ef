//! The secret of a webhook: 32 random bytes, shown once, and replaced with an overlap so that no message fails its check.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, post};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{change, find, may_steer};
use crate::http::App;
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::Manager;
use crate::http::problem::{FieldProblem, Problem};
use crate::store::changes::Action;

/// A week.
const OVERLAP_MAX_SECONDS: i64 = 7 * 24 * 3600;

/// How a secret is replaced.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SecretRotationBody {
    /// For so long messages carry both signatures, at most a week.
    #[serde(default = "a_day")]
    #[schema(example = 86400, minimum = 0, maximum = 604800)]
    pub overlap_seconds: i64,
}

fn a_day() -> i64 {
    86_400
}

/// A new secret, which is shown this once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewSecretView {
    /// The webhook.
    pub id: Uuid,
    /// What its messages are signed with from now on.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub secret: String,
    /// Until when the former secret signs as well.
    #[serde(with = "time::serde::rfc3339")]
    pub old_secret_until: OffsetDateTime,
}

/// Replace a webhook's secret.
#[utoipa::path(operation_id = "rotateWebhookSecret", tag = "webhooks", summary = "Replace a webhook's secret", params(("id" = Uuid, Path, description = "Its id"), IdempotencyKey), request_body = SecretRotationBody,
    responses((status = 201, description = "Replaced; the new secret is shown this once", body = NewSecretView)))]
#[post("/v1/webhooks/{id}/rotate-secret")]
pub async fn rotate(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    key: IdempotencyKey,
    body: Json<SecretRotationBody>,
) -> Result<HttpResponse, Problem> {
    let request = body.into_inner();
    let overlap = request.overlap_seconds;
    if !(0..=OVERLAP_MAX_SECONDS).contains(&overlap) {
        let field = FieldProblem::new("overlap_seconds", format!("0 to {OVERLAP_MAX_SECONDS}"));
        return Err(Problem::Invalid(vec![field]));
    }
    let secret = fresh_secret();
    let sealed = app.store.sealed_webhook_secret(manager.tenant(), &secret.as_str().into()).await?;
    let id = id.into_inner();
    key.create(&app, &manager, &request, async |tx| {
        tx.lock(id).await?;
        let webhook = find(tx, id).await?;
        may_steer(&manager, &webhook)?;
        let old_secret_until = tx.rotate_webhook_secret(id, &sealed, overlap).await?;
        let after = json!({ "overlap_seconds": overlap });
        tx.note(change(&webhook, Action::Other("secret_rotated"), json!(null), after));
        Ok(NewSecretView { id, secret, old_secret_until })
    })
    .await
}

/// `whsec_` and 32 random bytes.
pub(super) fn fresh_secret() -> String {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes);
    format!("whsec_{}", BASE64_STANDARD.encode(bytes))
}
