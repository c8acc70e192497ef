//! Whether a building hides from its managers whom visits were for.

use actix_web::web::{Data, Path};
use actix_web::{get, patch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::App;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::patch::{Checked, Editable, Patch};
use crate::http::problem::Problem;
use crate::http::v1::Checks;
use crate::store::changes::{Action, Change};

/// What a building's managers see of its visits.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallPrivacyBody {
    /// `shown`: whom they were for, and all that happened. `hidden`: that they happened and what came of them; only admins see
    /// the rest.
    #[schema(example = "hidden", pattern = "^(shown|hidden)$")]
    pub resident_calls: String,
}

impl Checked for CallPrivacyBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.one_of("resident_calls", &self.resident_calls, &["shown", "hidden"]);
        checks.done()
    }
}

impl Editable for CallPrivacyBody {
    type Body = Self;
    const READ_ONLY: &'static [&'static str] = &[];
}

/// Read what a building's managers see of its visits.
#[utoipa::path(operation_id = "readCallPrivacy", tag = "buildings", summary = "Read what managers see of visits", params(("id" = Uuid, Path, description = "The building")),
    responses((status = 200, description = "It", body = CallPrivacyBody)))]
#[get("/v1/buildings/{id}/call-privacy")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Tagged<CallPrivacyBody>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let resident_calls = tx.resident_calls(*id).await?.ok_or(Problem::NotFound)?;
    Ok(Tagged(CallPrivacyBody { resident_calls }))
}

/// Change what a building's managers see of its visits.
#[utoipa::path(operation_id = "updateCallPrivacy", tag = "buildings", summary = "Change what managers see of visits", request_body = CallPrivacyBody,
    params(("id" = Uuid, Path, description = "The building")),
    responses((status = 200, description = "As it is now", body = CallPrivacyBody)))]
#[patch("/v1/buildings/{id}/call-privacy")]
pub async fn update(
    app: Data<App>,
    manager: Manager,
    if_match: IfMatch,
    id: Path<Uuid>,
    patch: Patch,
) -> Result<Tagged<CallPrivacyBody>, Problem> {
    manager.at_least(Role::Admin)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.lock(*id).await?;
    let resident_calls = tx.resident_calls(*id).await?.ok_or(Problem::NotFound)?;
    let before = CallPrivacyBody { resident_calls };
    if_match.check(&before)?;
    let after = patch.apply(&before)?;
    tx.set_resident_calls(*id, &after.resident_calls).await?;
    tx.note(Change {
        resource: "call_privacy",
        id: *id,
        building: Some(*id),
        action: Action::Changed,
        before: serde_json::json!(before),
        after: serde_json::json!(after),
    });
    tx.commit().await?;
    Ok(Tagged(after))
}
