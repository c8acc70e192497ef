//! Signing in: a password for a short-lived token.

use std::sync::LazyLock;

use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, post};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use crate::http::App;
use crate::http::extract::tokens::LIFETIME;
use crate::http::problem::Problem;

/// Hashing takes 19 MiB and a core: few at a time, so that attackers can not use it as a lever.
static HASHING: Semaphore = Semaphore::const_new(2);
/// What an unknown e-mail's password is compared with: it takes as long as for a known one.
static NOBODYS_PASSWORD: LazyLock<String> =
    LazyLock::new(|| hash("nobody has this password").unwrap_or_default());

/// Who signs in.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionBody {
    /// The e-mail.
    #[schema(example = "grace@maple.example")]
    pub email: String,
    /// The password.
    #[schema(write_only, example = "correct horse battery")]
    pub password: String,
}

/// A token.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// Send it as `Authorization: Bearer …`.
    #[schema(example = "eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl")]
    pub access_token: String,
    /// `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: String,
    /// Seconds it is good for.
    #[schema(example = 900)]
    pub expires_in: i64,
}

/// Hidden: it holds a password.
impl std::fmt::Debug for SessionBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionBody(…)")
    }
}

/// Sign in.
#[utoipa::path(operation_id = "createSession", tag = "sessions", summary = "Sign in", request_body = SessionBody, security(()),
    responses((status = 201, description = "Signed in", body = SessionView)))]
#[post("/v1/sessions")]
pub async fn create(app: Data<App>, body: Json<SessionBody>) -> Result<HttpResponse, Problem> {
    let SessionBody { email, password } = body.into_inner();
    let email = email.to_lowercase();
    let login = app.store.login(&email).await?;
    let now = app.clock.now();
    if login.as_ref().and_then(|login| login.locked_until).is_some_and(|until| now < until) {
        return Err(Problem::Locked);
    }
    let known = login
        .as_ref()
        .map_or_else(|| NOBODYS_PASSWORD.clone(), |login| login.password_hash.clone());
    let is_right = verify_password(password, known).await?;
    let Some(login) = login.filter(|_| is_right) else {
        app.store.sign_in_failed(&email).await?;
        return Err(Problem::WrongCredentials);
    };
    app.store.signed_in(&email).await?;
    let token = app.tokens.issue(login.user.as_uuid(), login.tenant.as_uuid(), &login.role, now);
    let access_token = token.map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(HttpResponse::Created().json(SessionView {
        access_token,
        token_type: "Bearer".to_owned(),
        expires_in: LIFETIME.whole_seconds(),
    }))
}

/// argon2id with 19 MiB, two passes, one lane: the crate's defaults, as OWASP advises.
fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())
}

/// Hashes a password, off the async threads.
pub(super) async fn hash_password(password: String) -> Result<String, Problem> {
    off_the_async_threads(move || hash(&password))
        .await?
        .map_err(|error| Problem::Internal(error.to_string()))
}

async fn verify_password(password: String, known: String) -> Result<bool, Problem> {
    off_the_async_threads(move || {
        PasswordHash::new(&known).is_ok_and(|known| {
            Argon2::default().verify_password(password.as_bytes(), &known).is_ok()
        })
    })
    .await
}

async fn off_the_async_threads<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let _slot = HASHING.acquire().await.map_err(|error| Problem::Internal(error.to_string()))?;
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::Internal(error.to_string()))
}
