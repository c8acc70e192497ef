//! Invitations: how people come into a firm.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Checks;
use super::sessions::reach_of;
use super::users::told;
use crate::application::ports::{Actor, Ids, Mail};
use crate::domain::email::EmailAddress;
use crate::http::App;
use crate::http::extract::etag::Tagged;
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::opaque::Kind;
use crate::http::extract::page::{Listed, Page};
use crate::http::hashing::hash_password;
use crate::http::problem::{FieldProblem, Problem};
use crate::store::access::{Invitation, InvitationView, UserChange};
use crate::store::changes::{Action, Change, personal};
use crate::store::directory::views::DirectoryError;
use crate::store::{Reach, Store};

const LIFETIME: Duration = Duration::days(7);

/// Someone to invite.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationBody {
    /// Where the letter goes; what they will sign in with.
    #[schema(example = "ada@maple.example")]
    pub email: String,
    /// `owner`, `admin`, `manager` or `viewer`; not higher than one's own.
    #[schema(example = "manager", pattern = "^(owner|admin|manager|viewer)$")]
    pub role: String,
    /// The buildings that they will be limited to; absent: all. Owners and admins are not limited.
    #[schema(max_items = 500)]
    pub buildings: Option<Vec<Uuid>>,
}

/// A letter's token, and who comes in with it.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptBody {
    /// The token.
    #[schema(write_only, example = "vsi_AZN-KlscfT6PSgobLD1OXw")]
    pub token: String,
    /// What one is called.
    #[schema(example = "Ada", min_length = 1, max_length = 100)]
    pub name: String,
    /// At least 10 characters.
    #[schema(
        write_only,
        min_length = 10,
        max_length = 200,
        example = "correct horse battery staple"
    )]
    pub password: String,
}

/// Hidden: it holds a password.
impl std::fmt::Debug for AcceptBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AcceptBody(…)")
    }
}

/// Who came in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AcceptedView {
    /// The firm.
    pub tenant_id: Uuid,
    /// The user: signs in with `POST /v1/sessions`.
    pub user_id: Uuid,
}

/// Invite someone: a letter with a token is sent to them.
#[utoipa::path(operation_id = "createInvitation", tag = "invitations", summary = "Invite someone", params(IdempotencyKey), request_body = InvitationBody,
    responses((status = 201, description = "Invited", body = InvitationView)))]
#[post("/v1/invitations")]
pub async fn create(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    body: Json<InvitationBody>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Admin)?;
    let request = body.into_inner();
    let mut checks = Checks::default();
    let email = checks.ok("email", EmailAddress::parse(&request.email));
    checks.role_and_buildings(&request.role, request.buildings.as_deref());
    checks.done()?;
    let (Some(email), Ok(role)) = (email, request.role.parse::<Role>()) else {
        return Err(Problem::NotFound);
    };
    if role > manager.role {
        return Err(Problem::AboveOneself);
    }
    let (token, hash) = Kind::Invitation.fresh(manager.tenant());
    let at = app.clock.now();
    let invitation = Invitation {
        id: app.ids.next().into(),
        email: email.as_str().to_owned(),
        role: role.name(),
        buildings: request.buildings.clone(),
        invited_by: match manager.reach.actor {
            Actor::User(user) => Some(user),
            Actor::ApiKey(_) | Actor::Carrier(_) | Actor::Worker => None,
        },
        token: hash,
        at,
        expires_at: at + LIFETIME,
    };
    key.create(&app, &manager, &request, async |tx| {
        if tx.missing_buildings(invitation.buildings.as_deref().unwrap_or_default()).await? > 0 {
            let what = FieldProblem::new("buildings", "one of them is none of yours");
            return Err(Problem::Invalid(vec![what]));
        }
        if tx.has_user_with(email.as_str()).await? {
            return Err(Problem::Taken("This e-mail"));
        }
        tx.invite(&invitation).await?;
        let firm = tx.own_tenant().await?.ok_or(Problem::NotFound)?;
        let mail = letter(&app, email.clone(), &firm.name, &token);
        app.store.post(tx, app.ids.next(), &mail, invitation.expires_at).await?;
        let id = invitation.id.as_uuid();
        let view = tx.invitations(Some(id), None, 1, at).await?.pop().ok_or(Problem::NotFound)?;
        tx.note(Change {
            resource: "invitation",
            id,
            building: None,
            action: Action::Created,
            before: Value::Null,
            after: json!({ "email": personal(id, &view.email), "role": view.role, "buildings": view.buildings }),
        });
        Ok(view)
    })
    .await
}

/// List invitations that can be accepted.
#[utoipa::path(operation_id = "listInvitations", tag = "invitations", summary = "List open invitations", params(Page),
    responses((status = 200, description = "A page", body = Listed<InvitationView>)))]
#[get("/v1/invitations")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    page: Query<Page>,
) -> Result<Json<Listed<InvitationView>>, Problem> {
    manager.at_least(Role::Admin)?;
    let after = page.after();
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.invitations(None, after.id, after.limit, app.clock.now()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read an invitation that can be accepted.
#[utoipa::path(operation_id = "readInvitation", tag = "invitations", summary = "Read an open invitation", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 200, description = "It", body = InvitationView)))]
#[get("/v1/invitations/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Tagged<InvitationView>, Problem> {
    manager.at_least(Role::Admin)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.invitations(Some(id.into_inner()), None, 1, app.clock.now()).await?;
    rows.into_iter().next().map(Tagged).ok_or(Problem::NotFound)
}

/// Take an invitation back.
#[utoipa::path(operation_id = "revokeInvitation", tag = "invitations", summary = "Take an invitation back", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 204, description = "Its token is not good any more")))]
#[delete("/v1/invitations/{id}")]
pub async fn revoke(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Admin)?;
    let id = id.into_inner();
    let now = app.clock.now();
    let mut tx = app.store.begin(&manager.reach).await?;
    let view = tx.invitations(Some(id), None, 1, now).await?.pop().ok_or(Problem::NotFound)?;
    // The role was taken from someone who could give it.
    if view.role.parse::<Role>().is_ok_and(|role| role > manager.role) {
        return Err(Problem::AboveOneself);
    }
    if !tx.revoke_invitation(id.into(), now).await? {
        return Err(Problem::NotFound);
    }
    tx.note(Change {
        resource: "invitation",
        id,
        building: None,
        action: Action::Other("revoked"),
        before: json!({ "email": personal(id, &view.email), "role": view.role }),
        after: Value::Null,
    });
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Accept an invitation with the token of its letter, a name and a password.
#[utoipa::path(operation_id = "acceptInvitation", tag = "invitations", summary = "Accept an invitation", request_body = AcceptBody, security(()),
    responses((status = 201, description = "Come in: sign in with the e-mail that was invited", body = AcceptedView),
        (status = 401, description = "The token is not good", body = crate::http::problem::ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/invitations/accept")]
pub async fn accept(app: Data<App>, body: Json<AcceptBody>) -> Result<HttpResponse, Problem> {
    let AcceptBody { token, name, password } = body.into_inner();
    let mut checks = Checks::default();
    checks.text("name", &name, 100);
    checks.password("password", &password);
    checks.done()?;
    let (tenant, token) = Kind::Invitation.read(&token).ok_or(Problem::TokenNotGood)?;
    let now = app.clock.now();
    // Looked at before the slow part: nothing is hashed for a token that is none.
    let mut tx = app.store.begin(&Reach::whole(tenant)).await?;
    if !tx.is_invited(&token, now).await? {
        return Err(Problem::TokenNotGood);
    }
    drop(tx);
    let hash = hash_password(password).await?;

    let user = app.ids.next().into();
    let mut tx = app.store.begin(&reach_of(&app, tenant, user)).await?;
    let accepted = tx.accept_invitation(&token, now).await?.ok_or(Problem::TokenNotGood)?;
    let role: Role = accepted.role.parse().map_err(|_| Problem::TokenNotGood)?;
    let come = UserChange { name, role: role.name(), buildings: accepted.buildings };
    tx.add_user(user, &come, now).await?;
    if !tx.add_login(&accepted.email, user, &hash).await? {
        return Err(Problem::Taken("This e-mail"));
    }
    let view = tx.users(Some(user.as_uuid()), None, 1).await?.pop().ok_or(Problem::NotFound)?;
    tx.note(Change {
        resource: "user",
        id: user.as_uuid(),
        building: None,
        action: Action::Created,
        before: Value::Null,
        after: told(&view),
    });
    tx.commit().await?;
    let view = AcceptedView { tenant_id: tenant.as_uuid(), user_id: user.as_uuid() };
    Ok(HttpResponse::Created().json(view))
}

/// Makes a firm without anybody in it, and invites its first owner. The token, for the operator to hand over.
pub async fn first_owner(
    store: &Store,
    ids: &dyn Ids,
    name: &str,
    owner: &EmailAddress,
    at: OffsetDateTime,
) -> Result<String, DirectoryError> {
    let tenant = ids.next().into();
    let (token, hash) = Kind::Invitation.fresh(tenant);
    let invitation = Invitation {
        id: ids.next().into(),
        email: owner.as_str().to_owned(),
        role: Role::Owner.name(),
        buildings: None,
        invited_by: None,
        token: hash,
        at,
        expires_at: at + LIFETIME,
    };
    let mut tx = store.begin(&Reach::whole(tenant)).await?;
    tx.add_tenant(name).await?;
    tx.invite(&invitation).await?;
    let id = invitation.id.as_uuid();
    tx.note(Change {
        resource: "invitation",
        id,
        building: None,
        action: Action::Created,
        before: Value::Null,
        after: json!({ "email": personal(id, owner.as_str()), "role": invitation.role }),
    });
    tx.commit().await?;
    Ok(token)
}

/// Where an invitation is accepted. Behind the #, so that no log on the way has the token.
pub fn link(public_url: &str, token: &str) -> String {
    format!("{public_url}/accept-invitation#{token}")
}

fn letter(app: &App, to: EmailAddress, firm: &str, token: &str) -> Mail {
    let (url, link) = (&app.public_url, link(&app.public_url, token));
    Mail {
        to,
        subject: format!("{firm} invites you to Vestibule"),
        text: format!(
            "{firm} invites you to run its doors with Vestibule at {url}.\n\nOpen this within a week:\n\n{link}\n\nIf you do not know why, there is nothing to do.\n"
        ),
    }
}
