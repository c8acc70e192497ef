//! Passwords that change, and such that were forgotten.

use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, post};
use serde::Deserialize;
use serde_json::Value;
use time::Duration;
use utoipa::ToSchema;

use super::Checks;
use super::sessions::{Attempt, PROOF, reach_of, throttle};
use crate::application::ports::Mail;
use crate::domain::email::EmailAddress;
use crate::domain::ids::UserId;
use crate::http::App;
use crate::http::extract::client::Client;
use crate::http::extract::manager::Person;
use crate::http::extract::opaque::Kind;
use crate::http::hashing::{hash_password, verify_password};
use crate::http::problem::Problem;
use crate::store::Reach;
use crate::store::access::{Ended, Limit, Login, Throttled};
use crate::store::changes::{Action, Change};

const RESET_LIFETIME: Duration = Duration::hours(1);
/// Letters to an e-mail: nobody's mailbox is flooded through us.
const LETTERS: Limit = Limit { what: "reset account", attempts: 3, window: Duration::hours(1) };
/// Requests from an address.
const REQUESTS: Limit = Limit { what: "reset address", attempts: 30, window: Duration::hours(1) };

/// A password to change.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    /// The one that is good now.
    #[schema(write_only, example = "correct horse battery staple")]
    pub current_password: String,
    /// The next: at least 10 characters.
    #[schema(
        write_only,
        min_length = 10,
        max_length = 200,
        example = "staple battery horse correct"
    )]
    pub new_password: String,
}

/// Who forgot a password.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetBody {
    /// What they sign in with.
    #[schema(example = "grace@maple.example")]
    pub email: String,
}

/// A token that came by mail, and another password.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetConfirmation {
    /// The token.
    #[schema(write_only, example = "vsp_AZN-KlscfT6PSgobLD1OXw")]
    pub token: String,
    /// The next password: at least 10 characters.
    #[schema(
        write_only,
        min_length = 10,
        max_length = 200,
        example = "staple battery horse correct"
    )]
    pub new_password: String,
}

macro_rules! hidden { ($($name:ident)+) => { $(
    /// Hidden: it holds a secret, or says who someone is.
    impl std::fmt::Debug for $name {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(concat!(stringify!($name), "(…)"))
        }
    }
)+ } }
hidden! { PasswordBody ResetBody ResetConfirmation }

/// Change one's password. Every other session ends.
#[utoipa::path(operation_id = "changePassword", tag = "passwords", summary = "Change one's password", request_body = PasswordBody,
    responses((status = 204, description = "Changed; every other session is over")))]
#[post("/v1/me/password")]
pub async fn change(
    app: Data<App>,
    person: Person,
    client: Client,
    body: Json<PasswordBody>,
) -> Result<HttpResponse, Problem> {
    let PasswordBody { current_password, new_password } = body.into_inner();
    let mut checks = Checks::default();
    checks.password("new_password", &new_password);
    checks.done()?;
    prove(&app, &person, &client, current_password).await?;
    let hash = hash_password(new_password).await?;
    let now = app.clock.now();
    let mut tx = app.store.begin(&person.manager.reach).await?;
    tx.change_password(person.user, &hash, now).await?;
    let this = Some(person.session);
    tx.end_sessions(person.user, this, Ended::PasswordChanged, now).await?;
    tx.note(change_of(person.user, "password_changed"));
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ask for a letter with a token that lets one choose another password. The answer is the same whether there is such a user.
#[utoipa::path(operation_id = "requestPasswordReset", tag = "passwords", summary = "Ask for a letter to choose another password", request_body = ResetBody, security(()),
    responses((status = 202, description = "If someone signs in with this e-mail, a letter is on its way")))]
#[post("/v1/password-resets")]
pub async fn request(
    app: Data<App>,
    client: Client,
    body: Json<ResetBody>,
) -> Result<HttpResponse, Problem> {
    throttle(&app, REQUESTS, &client.bucket()).await?;
    if let Ok(email) = EmailAddress::parse(&body.email) {
        // Beside the answer, which so comes as fast for nobody as for someone.
        let app = app.clone();
        actix_web::rt::spawn(async move {
            if let Err(error) = offer(&app, email).await {
                tracing::warn!(%error, "a password reset could not be offered");
            }
        });
    }
    Ok(HttpResponse::Accepted().finish())
}

/// Choose another password with the token of a letter. Every session ends; the second factor stays.
#[utoipa::path(operation_id = "confirmPasswordReset", tag = "passwords", summary = "Choose another password with a letter's token", request_body = ResetConfirmation, security(()),
    responses((status = 204, description = "Changed; every session is over"),
        (status = 401, description = "The token is not good", body = crate::http::problem::ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/password-resets/confirm")]
pub async fn confirm(
    app: Data<App>,
    body: Json<ResetConfirmation>,
) -> Result<HttpResponse, Problem> {
    let ResetConfirmation { token, new_password } = body.into_inner();
    let mut checks = Checks::default();
    checks.password("new_password", &new_password);
    checks.done()?;
    let (tenant, token) = Kind::PasswordReset.read(&token).ok_or(Problem::TokenNotGood)?;
    let now = app.clock.now();
    // Looked at before the slow part: nothing is hashed for a token that is none.
    let mut tx = app.store.begin(&Reach::whole(tenant)).await?;
    let user = tx.reset_of(&token, now).await?.ok_or(Problem::TokenNotGood)?;
    drop(tx);
    let hash = hash_password(new_password).await?;

    let mut tx = app.store.begin(&reach_of(&app, tenant, user)).await?;
    let user = tx.use_reset(&token, now).await?.ok_or(Problem::TokenNotGood)?;
    tx.change_password(user, &hash, now).await?;
    tx.end_sessions(user, None, Ended::PasswordChanged, now).await?;
    tx.note(change_of(user, "password_reset"));
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Proves that whoever has the session also has the password; their e-mail.
pub(super) async fn prove(
    app: &App,
    person: &Person,
    client: &Client,
    password: String,
) -> Result<String, Problem> {
    let mut tx = app.store.begin(&person.manager.reach).await?;
    let (email, known) = tx.password_of(person.user).await?.ok_or(Problem::NotSignedIn)?;
    drop(tx);
    let attempt = Attempt::begin(app, PROOF, &email, client).await?;
    if !verify_password(password, Some(known)).await? {
        return Err(Problem::WrongCredentials);
    }
    attempt.went_well(app).await?;
    Ok(email)
}

async fn offer(app: &App, email: EmailAddress) -> Result<(), Problem> {
    let now = app.clock.now();
    if app.store.attempt(LETTERS, email.as_str(), now).await? != Throttled::Go {
        return Ok(());
    }
    let Some(Login { tenant, user, .. }) = app.store.login(email.as_str()).await? else {
        return Ok(());
    };
    let (token, hash) = Kind::PasswordReset.fresh(tenant);
    let mut tx = app.store.begin(&reach_of(app, tenant, user)).await?;
    tx.offer_reset(user, &hash, now + RESET_LIFETIME).await?;
    let mail = Mail {
        to: email,
        subject: "Choose another password".to_owned(),
        text: format!(
            "Somebody, probably you, asked to choose another password at {url}.\n\nOpen this within an hour:\n\n{url}/reset-password#{token}\n\nIf it was not you, there is nothing to do: your password stays as it is.\n",
            url = app.public_url
        ),
    };
    app.store.post(&mut tx, app.ids.next(), &mail, now + RESET_LIFETIME).await?;
    tx.note(change_of(user, "password_reset_requested"));
    Ok(tx.commit().await?)
}

fn change_of(user: UserId, what: &'static str) -> Change {
    Change {
        resource: "user",
        id: user.as_uuid(),
        building: None,
        action: Action::Other(what),
        before: Value::Null,
        after: Value::Null,
    }
}
