//! Signing in and out. A session is one sign-in: short-lived access tokens, and refresh tokens that are good once each.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, delete, get, post};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{second_factor, session_cookie};
use crate::application::ports::Actor;
use crate::domain::email::EmailAddress;
use crate::domain::ids::{SessionId, TenantId, UserId};
use crate::http::App;
use crate::http::extract::client::Client;
use crate::http::extract::manager::Person;
use crate::http::extract::opaque::Kind;
use crate::http::extract::page::{Listed, Page};
use crate::http::extract::tokens::LIFETIME;
use crate::http::hashing::verify_password;
use crate::http::problem::Problem;
use crate::store::access::{
    Ended, Limit, Login, NewSession, Refresh, Refreshed, SessionRow, Throttled,
};
use crate::store::changes::{Action, Change};
use crate::store::{Reach, TenantTx};

/// Refresh tokens are good for so long: whoever stays away longer signs in again.
const REFRESH_LIFETIME: Duration = Duration::days(30);
/// No session goes on for longer, however often it is refreshed.
const SESSION_LIFETIME: Duration = Duration::days(90);
const WINDOW: Duration = Duration::minutes(15);
/// Failures to sign in.
pub(super) const SIGN_IN: Failures = Failures {
    of_account: Limit { what: "sign-in account", attempts: 10, window: WINDOW },
    from_address: Limit { what: "sign-in address", attempts: 100, window: WINDOW },
};
/// Failures to prove, once signed in, that one has the password as well. Counted for themselves: whoever found an open session can
/// not keep its owner from signing in.
pub(super) const PROOF: Failures = Failures {
    of_account: Limit { what: "proof account", attempts: 10, window: WINDOW },
    from_address: Limit { what: "proof address", attempts: 100, window: WINDOW },
};

/// How many failures are too many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failures {
    /// Of an account, whether there is such an account or not.
    of_account: Limit,
    /// From an address: an office has many people behind one.
    from_address: Limit,
}

/// Who signs in.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionBody {
    /// The e-mail.
    #[schema(example = "grace@maple.example")]
    pub email: String,
    /// The password.
    #[schema(write_only, example = "correct horse battery staple")]
    pub password: String,
    /// Six digits of the second factor's app, or a recovery code; needed by whoever has a second factor.
    #[serde(default)]
    #[schema(write_only, example = "492039")]
    pub code: Option<String>,
    /// Where the refresh token goes: pages take it as a cookie.
    #[serde(default)]
    #[schema(example = "body")]
    pub refresh_in: RefreshIn,
}

/// Where a refresh token is handed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "body")]
pub enum RefreshIn {
    /// In the answer, for programs.
    #[default]
    Body,
    /// In a cookie that no script can read, for pages of this site.
    Cookie,
}

/// Hidden: it holds a password.
impl std::fmt::Debug for SessionBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionBody(…)")
    }
}

/// A session's tokens.
#[derive(Clone, Serialize, ToSchema)]
pub struct SessionTokens {
    /// The session.
    pub session_id: Uuid,
    /// Send it as `Authorization: Bearer …`.
    #[schema(example = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl")]
    pub access_token: String,
    /// `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: String,
    /// Seconds that the access token is good for.
    #[schema(example = 900)]
    pub expires_in: i64,
    /// Good once, for the next tokens: `POST /v1/sessions/refresh`. A second use ends the session. Absent if it is in a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "vsr_AZN-KlscfT6PSgobLD1OXw")]
    pub refresh_token: Option<String>,
    /// Seconds that the refresh token is good for.
    #[schema(example = 2_592_000)]
    pub refresh_expires_in: i64,
}

/// Hidden: it holds tokens.
impl std::fmt::Debug for SessionTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SessionTokens({})", self.session_id)
    }
}

/// A refresh token.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshBody {
    /// The last one of the session. Absent: the one in the cookie; the next is then put there as well.
    #[serde(default)]
    #[schema(write_only, example = "vsr_AZN-KlscfT6PSgobLD1OXw")]
    pub refresh_token: Option<String>,
}

/// Hidden: it holds a token.
impl std::fmt::Debug for RefreshBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RefreshBody(…)")
    }
}

/// A session of one's own.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// Its id.
    pub id: Uuid,
    /// Whether it is the one that asks.
    #[schema(example = true)]
    pub is_current: bool,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When its last tokens were given.
    #[serde(with = "time::serde::rfc3339")]
    pub last_used_at: OffsetDateTime,
    /// Until when at the latest.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// Where it began.
    #[schema(example = "203.0.113.9")]
    pub address: String,
    /// With what.
    #[schema(example = "Mozilla/5.0")]
    pub user_agent: String,
}

/// Sign in.
#[utoipa::path(operation_id = "createSession", tag = "sessions", summary = "Sign in", request_body = SessionBody, security(()),
    responses((status = 201, description = "Signed in", body = SessionTokens),
        (status = 401, description = "E-mail or password are wrong, or a code of the second factor is needed or wrong", body = crate::http::problem::ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/sessions")]
pub async fn create(
    app: Data<App>,
    client: Client,
    body: Json<SessionBody>,
) -> Result<HttpResponse, Problem> {
    let SessionBody { email, password, code, refresh_in } = body.into_inner();
    let account = email.trim().to_ascii_lowercase();
    let attempt = Attempt::begin(&app, SIGN_IN, &account, &client).await?;
    let login = match EmailAddress::parse(&email) {
        Ok(email) => app.store.login(email.as_str()).await?,
        Err(_) => None,
    };
    let known = login.as_ref().map(|login| login.password_hash.clone());
    let is_right = verify_password(password, known).await?;
    let Some(login) = login.filter(|_| is_right) else { return Err(Problem::WrongCredentials) };
    if login.has_second_factor && code.is_none() {
        attempt.was_harmless(&app).await?;
        return Err(Problem::SecondFactorNeeded);
    }

    let now = app.clock.now();
    let reach = reach_of(&app, login.tenant, login.user);
    let mut tx = app.store.begin(&reach).await?;
    if login.has_second_factor {
        let code = code.unwrap_or_default();
        if !second_factor::takes(&app, &mut tx, login.user, &code, now).await? {
            return Err(Problem::WrongCode);
        }
    }
    let (session, refresh_token) = begin_session(&app, &mut tx, &login, &client, now).await?;
    tx.note(change(session, Action::Created));
    tx.commit().await?;
    attempt.went_well(&app).await?;
    let tokens = tokens(&app, &Whose::from(&login), session, refresh_token, now).await?;
    Ok(handed_over(&app, tokens, refresh_in))
}

/// Go on with a session: its last refresh token for the next tokens.
///
/// Each refresh token is good once. If one comes a second time, someone has a copy: the session ends.
#[utoipa::path(operation_id = "refreshSession", tag = "sessions", summary = "Go on with a session", request_body = RefreshBody, security(()),
    responses((status = 201, description = "The next tokens", body = SessionTokens),
        (status = 401, description = "The refresh token is not good", body = crate::http::problem::ProblemBody, content_type = "application/problem+json")))]
#[post("/v1/sessions/refresh")]
pub async fn refresh(
    app: Data<App>,
    request: HttpRequest,
    body: Json<RefreshBody>,
) -> Result<HttpResponse, Problem> {
    let (last, refresh_in) = match body.into_inner().refresh_token {
        Some(token) => (Some(token), RefreshIn::Body),
        None => (session_cookie::kept(&request), RefreshIn::Cookie),
    };
    let last = last.and_then(|token| Kind::Refresh.read(&token));
    let (tenant, token) = last.ok_or(Problem::TokenNotGood)?;
    let (refresh_token, next) = Kind::Refresh.fresh(tenant);
    let now = app.clock.now();
    let mut tx = app.store.begin(&Reach::whole(tenant)).await?;
    let next_expires_at = now + REFRESH_LIFETIME;
    match tx.refresh(&Refresh { token, next, next_expires_at, at: now }).await? {
        Refreshed::Session(session, user) => {
            tx.commit().await?;
            let whose = Whose { tenant, user };
            let tokens = tokens(&app, &whose, session, refresh_token, now).await?;
            Ok(handed_over(&app, tokens, refresh_in))
        }
        Refreshed::Reused(session) => {
            if let Some(session) = session {
                tracing::warn!(session.id = %session, "a refresh token came twice: its session is ended");
                tx.note(change(session, Action::Other("reused_token")));
            }
            tx.commit().await?;
            Err(Problem::TokenNotGood)
        }
        Refreshed::No => Err(Problem::TokenNotGood),
    }
}

/// List one's own sessions.
#[utoipa::path(operation_id = "listSessions", tag = "sessions", summary = "List one's own sessions", params(Page),
    responses((status = 200, description = "A page", body = Listed<SessionView>)))]
#[get("/v1/sessions")]
pub async fn list(
    app: Data<App>,
    person: Person,
    page: Query<Page>,
) -> Result<Json<Listed<SessionView>>, Problem> {
    let after = page.after();
    let mut tx = app.store.begin(&person.manager.reach).await?;
    let rows = tx.sessions(person.user, app.clock.now(), after.id, after.limit).await?;
    let current = person.session.as_uuid();
    let sessions = rows.into_iter().map(|row| view(row, current)).collect();
    Ok(Json(page.listed(sessions, |session: &SessionView| session.id)))
}

/// Sign out here.
#[utoipa::path(operation_id = "endCurrentSession", tag = "sessions", summary = "Sign out",
    responses((status = 204, description = "Signed out: its tokens are no good any more")))]
#[delete("/v1/sessions/current")]
pub async fn end_current(app: Data<App>, person: Person) -> Result<HttpResponse, Problem> {
    let mut response = end(&app, &person, person.session).await?;
    response
        .add_cookie(&session_cookie::forgetting(&app))
        .map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(response)
}

/// Sign out there.
#[utoipa::path(operation_id = "endSession", tag = "sessions", summary = "End one of one's own sessions", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 204, description = "Ended: its tokens are no good any more")))]
#[delete("/v1/sessions/{id}")]
pub async fn end_one(
    app: Data<App>,
    person: Person,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    end(&app, &person, id.into_inner().into()).await
}

/// Sign out everywhere.
#[utoipa::path(operation_id = "endSessions", tag = "sessions", summary = "Sign out everywhere",
    responses((status = 204, description = "Signed out: no token of one's own is good any more")))]
#[delete("/v1/sessions")]
pub async fn end_all(app: Data<App>, person: Person) -> Result<HttpResponse, Problem> {
    let mut tx = app.store.begin(&person.manager.reach).await?;
    tx.end_sessions(person.user, None, Ended::SignedOut, app.clock.now()).await?;
    tx.note(Change {
        resource: "user",
        id: person.user.as_uuid(),
        building: None,
        action: Action::Other("signed_out_everywhere"),
        before: Value::Null,
        after: Value::Null,
    });
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn end(app: &App, person: &Person, session: SessionId) -> Result<HttpResponse, Problem> {
    let mut tx = app.store.begin(&person.manager.reach).await?;
    let is_ended = tx.is_session_of(session, person.user).await?
        && tx.end_session(session, Ended::SignedOut, app.clock.now()).await?;
    if !is_ended {
        return Err(Problem::NotFound);
    }
    tx.note(change(session, Action::Other("signed_out")));
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// An attempt to prove who one is: counted before it is made, so that many at the same time do not get past the limit.
#[derive(Debug)]
pub(super) struct Attempt {
    failures: Failures,
    account: String,
    address: String,
}

impl Attempt {
    pub(super) async fn begin(
        app: &App,
        failures: Failures,
        account: &str,
        client: &Client,
    ) -> Result<Self, Problem> {
        let attempt = Self { failures, account: account.to_owned(), address: client.bucket() };
        throttle(app, failures.from_address, &attempt.address).await?;
        throttle(app, failures.of_account, &attempt.account).await?;
        Ok(attempt)
    }

    pub(super) async fn went_well(&self, app: &App) -> Result<(), Problem> {
        app.store.forget_attempts(self.failures.of_account, &self.account).await?;
        self.was_harmless(app).await
    }

    /// The account's count stands: whoever guesses codes has the password already.
    async fn was_harmless(&self, app: &App) -> Result<(), Problem> {
        Ok(app.store.takes_attempt_back(self.failures.from_address, &self.address).await?)
    }
}

/// Counts, and refuses what is too often.
pub(super) async fn throttle(app: &App, limit: Limit, whose: &str) -> Result<(), Problem> {
    match app.store.attempt(limit, whose, app.clock.now()).await? {
        Throttled::Go => Ok(()),
        Throttled::Wait(wait) => Err(Problem::TooManyAttempts(wait.whole_seconds().max(1))),
    }
}

/// How far someone reaches who is about to prove who they are: to what is theirs.
pub(super) fn reach_of(app: &App, tenant: TenantId, user: UserId) -> Reach {
    Reach { actor: Actor::User(user.as_uuid()), request: app.ids.next(), ..Reach::whole(tenant) }
}

async fn begin_session(
    app: &App,
    tx: &mut TenantTx,
    login: &Login,
    client: &Client,
    now: OffsetDateTime,
) -> Result<(SessionId, String), Problem> {
    let session = NewSession {
        id: app.ids.next().into(),
        user: login.user,
        at: now,
        expires_at: now + SESSION_LIFETIME,
        address: client.address.to_string(),
        user_agent: client.user_agent.clone(),
    };
    let (refresh_token, hash) = Kind::Refresh.fresh(login.tenant);
    tx.begin_session(&session, &hash, now + REFRESH_LIFETIME).await?;
    Ok((session.id, refresh_token))
}

struct Whose {
    tenant: TenantId,
    user: UserId,
}

impl From<&Login> for Whose {
    fn from(login: &Login) -> Self {
        Self { tenant: login.tenant, user: login.user }
    }
}

async fn tokens(
    app: &App,
    whose: &Whose,
    session: SessionId,
    refresh_token: String,
    now: OffsetDateTime,
) -> Result<SessionTokens, Problem> {
    let keys = app.keys.current(&app.store, &*app.ids, now).await?;
    let (user, tenant, session_id) =
        (whose.user.as_uuid(), whose.tenant.as_uuid(), session.as_uuid());
    let access_token = keys
        .issue(user, tenant, session_id, now)
        .map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(SessionTokens {
        session_id,
        access_token,
        token_type: "Bearer".to_owned(),
        expires_in: LIFETIME.whole_seconds(),
        refresh_token: Some(refresh_token),
        refresh_expires_in: REFRESH_LIFETIME.whole_seconds(),
    })
}

/// The tokens, the one for the next where it was asked for.
fn handed_over(app: &App, mut tokens: SessionTokens, refresh_in: RefreshIn) -> HttpResponse {
    let mut response = HttpResponse::Created();
    if refresh_in == RefreshIn::Cookie {
        let token = tokens.refresh_token.take().unwrap_or_default();
        response.cookie(session_cookie::keeping(app, &token, REFRESH_LIFETIME));
    }
    response.json(tokens)
}

fn view(row: SessionRow, current: Uuid) -> SessionView {
    SessionView {
        id: row.id,
        is_current: row.id == current,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
        expires_at: row.expires_at,
        address: row.address,
        user_agent: row.user_agent,
    }
}

fn change(session: SessionId, action: Action) -> Change {
    let (id, nothing) = (session.as_uuid(), Value::Null);
    Change {
        resource: "session",
        id,
        building: None,
        action,
        before: nothing.clone(),
        after: nothing,
    }
}
