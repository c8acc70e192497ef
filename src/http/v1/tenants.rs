//! Firms: a sign-up makes one with its owner.

use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Checks;
use super::change::{Audited, change};
use super::sessions::hash_password;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::patch::{Checked, Editable, Patch};
use crate::http::problem::Problem;
use crate::http::{App, SignUp};
use crate::store::directory::views::TenantView;
use crate::store::{TenantTx, access};

/// A firm and its owner.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantBody {
    /// The firm's name.
    #[schema(example = "Maple Property Management", min_length = 1, max_length = 100)]
    pub name: String,
    /// The owner's name.
    #[schema(example = "Grace", min_length = 1, max_length = 100)]
    pub owner_name: String,
    /// The owner's e-mail: signs in.
    #[schema(example = "grace@maple.example")]
    pub email: String,
    /// At least 10 characters.
    #[schema(write_only, example = "correct horse battery", min_length = 10, max_length = 200)]
    pub password: String,
}

/// Hidden: it holds a password.
impl std::fmt::Debug for TenantBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TenantBody(…)")
    }
}

/// What a sign-up made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SignedUp {
    /// The firm.
    pub tenant_id: uuid::Uuid,
    /// Its owner.
    pub user_id: uuid::Uuid,
}

/// Sign up a firm with its owner.
#[utoipa::path(operation_id = "createTenant", tag = "tenants", summary = "Sign up a firm with its owner", request_body = TenantBody, security(()),
    responses((status = 201, description = "Signed up", body = SignedUp)))]
#[post("/v1/tenants")]
pub async fn create(app: Data<App>, body: Json<TenantBody>) -> Result<HttpResponse, Problem> {
    if app.sign_up == SignUp::Closed {
        return Err(Problem::NotAllowed("owner, given by an invitation"));
    }
    let body = body.into_inner();
    let mut checks = Checks::default();
    checks.text("name", &body.name, 100);
    checks.text("owner_name", &body.owner_name, 100);
    checks.text("email", &body.email, 200);
    checks.ok("email", if body.email.contains('@') { Ok(()) } else { Err("an e-mail address") });
    checks.ok(
        "password",
        if (10..=200).contains(&body.password.chars().count()) {
            Ok(())
        } else {
            Err("10 to 200 characters")
        },
    );
    checks.done()?;

    let sign_up = access::SignUp {
        tenant: app.ids.next().into(),
        tenant_name: body.name,
        user: app.ids.next().into(),
        user_name: body.owner_name,
        email: body.email.to_lowercase(),
        password_hash: hash_password(body.password).await?,
    };
    if !app.store.sign_up(&sign_up).await? {
        return Err(Problem::Taken("this e-mail"));
    }
    Ok(HttpResponse::Created()
        .json(SignedUp { tenant_id: sign_up.tenant.as_uuid(), user_id: sign_up.user.as_uuid() }))
}

/// Read one's own firm.
#[utoipa::path(operation_id = "readTenant", tag = "tenants", summary = "Read one's own firm",
    responses((status = 200, description = "It", body = TenantView)))]
#[get("/v1/tenants/me")]
pub async fn read(app: Data<App>, manager: Manager) -> Result<Tagged<TenantView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.own_tenant().await?.map(Tagged).ok_or(Problem::NotFound)
}

/// What may change of a firm.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirmBody {
    /// The firm's name.
    #[schema(example = "Maple Property Management", min_length = 1, max_length = 100)]
    pub name: String,
}

impl Checked for FirmBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.text("name", &self.name, 100);
        checks.done()
    }
}

impl Editable for TenantView {
    type Body = FirmBody;
    const READ_ONLY: &'static [&'static str] = &["id", "created_at"];
}

impl Audited for TenantView {
    const RESOURCE: &'static str = "tenant";

    fn id(&self) -> Uuid {
        self.id
    }

    fn building(&self) -> Option<Uuid> {
        None
    }
}

/// Change one's own firm.
#[utoipa::path(operation_id = "updateTenant", tag = "tenants", summary = "Change one's own firm", request_body = FirmBody,
    responses((status = 200, description = "As it is now", body = TenantView)))]
#[patch("/v1/tenants/me")]
pub async fn update(
    app: Data<App>,
    manager: Manager,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Tagged<TenantView>, Problem> {
    manager.runs_the_whole_firm(Role::Owner)?;
    let what = (manager.tenant().as_uuid(), if_match, patch);
    let own = async |tx: &mut TenantTx, _| tx.own_tenant().await;
    change(&app, &manager, what, own, async |tx, tenant: &TenantView| {
        Ok(tx.put_own_tenant(tenant).await?)
    })
    .await
}
