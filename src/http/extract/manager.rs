//! Who asks: permission is a parameter, so an endpoint without one stands out.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use time::{Duration, OffsetDateTime};

pub use crate::domain::access::Role;

use crate::application::ports::Actor;
use crate::domain::access::{Scope, Verb};
use crate::domain::ids::{SessionId, TenantId, UserId};
use crate::http::App;
use crate::http::edge::RequestId;
use crate::http::problem::Problem;
use crate::store::Reach;
use crate::store::access::ApiKeyBearer;

/// How every API key begins.
pub const API_KEY: &str = "vst_";
/// When a key was used is written this often at most.
const USE_IS_NOTED_EVERY: Duration = Duration::minutes(1);

/// Someone who is signed in, or a program with a key.
#[derive(Clone, Debug)]
pub struct Manager {
    /// Who they are, and how far they reach.
    pub reach: Reach,
    /// What they may.
    pub role: Role,
    /// The session of a person; a program has none.
    pub session: Option<SessionId>,
    /// What a program may, within its role; empty for people, who may all that their role may.
    pub scopes: Vec<Scope>,
}

/// A person who is signed in: what is a matter of their own is no program's.
#[derive(Clone, Debug)]
pub struct Person {
    /// They.
    pub user: UserId,
    /// Where they are signed in.
    pub session: SessionId,
    /// What they may.
    pub manager: Manager,
}

impl Manager {
    /// Refuses whoever has a lower role, or only some of the buildings.
    pub fn runs_the_whole_firm(&self, role: Role) -> Result<(), Problem> {
        self.at_least(role)?;
        if self.reach.buildings.is_none() { Ok(()) } else { Err(Problem::SomeBuildingsOnly) }
    }

    /// Their firm.
    pub fn tenant(&self) -> TenantId {
        self.reach.tenant
    }

    /// Refuses whoever has a lower role.
    pub fn at_least(&self, role: Role) -> Result<(), Problem> {
        if self.role >= role { Ok(()) } else { Err(Problem::NotAllowed(role.name())) }
    }
}

impl FromRequest for Manager {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { signed_in(&request).await })
    }
}

impl FromRequest for Person {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let manager = signed_in(&request).await?;
            match (manager.reach.actor, manager.session) {
                (Actor::User(user), Some(session)) => {
                    Ok(Self { user: user.into(), session, manager })
                }
                _ => Err(Problem::PeopleOnly),
            }
        })
    }
}

async fn signed_in(request: &HttpRequest) -> Result<Manager, Problem> {
    let manager = recognised(request).await?;
    if let Some(app) = request.app_data::<Data<App>>() {
        app.limits.count(request, &manager.reach)?;
    }
    Ok(manager)
}

async fn recognised(request: &HttpRequest) -> Result<Manager, Problem> {
    let app = request.app_data::<Data<App>>().ok_or(Problem::NotSignedIn)?;
    let verb = if request.method().is_safe() { Verb::Read } else { Verb::Write };
    let is_of_the_gate = Scope::is_of_the_gate(verb, request.path());
    let Some(header) = request.headers().get(AUTHORIZATION) else {
        return Err(if is_of_the_gate { Problem::KeyWanted } else { Problem::NotSignedIn });
    };
    let header = header.to_str().ok().and_then(|text| text.split_once(' '));
    let (scheme, token) = header.ok_or(Problem::NotSignedIn)?;
    let from_basic;
    let token = if scheme.eq_ignore_ascii_case("bearer") {
        token
    } else if scheme.eq_ignore_ascii_case("basic") {
        from_basic = key_from_basic(token).ok_or(Problem::NotSignedIn)?;
        from_basic.as_str()
    } else {
        return Err(Problem::NotSignedIn);
    };
    let now = app.clock.now();
    match token.strip_prefix(API_KEY) {
        Some(key) => {
            let program = program(app, key, now, RequestId::of(request)).await?;
            let needed = Scope::needed(verb, request.path());
            let may_by_the_gate = is_of_the_gate && program.scopes.contains(&Scope::Gate);
            if may_by_the_gate || program.scopes.contains(&needed) {
                Ok(program)
            } else {
                Err(Problem::OutOfScope(needed.name()))
            }
        }
        None => person(app, token, now, RequestId::of(request)).await,
    }
}

/// An API key out of HTTP Basic (RFC 7617), for programs that can set a URL and no header: the key is the password, or the user's name.
/// What people sign in with is no use here.
fn key_from_basic(credentials: &str) -> Option<String> {
    let plain = BASE64_STANDARD.decode(credentials.trim()).ok()?;
    let plain = String::from_utf8(plain).ok()?;
    let (name, password) = plain.split_once(':')?;
    let key = [password, name].into_iter().find(|part| part.starts_with(API_KEY))?;
    // The parts of a key are as good as the whole: `vst_<id>` and its secret.
    let is_half = key == name && key.matches('_').count() == 1;
    Some(if is_half { format!("{name}_{password}") } else { key.to_owned() })
}

/// What a token's bearer may is read at each request: a session that ended, a role that changed and a user who was removed
/// count at once.
async fn person(
    app: &App,
    token: &str,
    now: OffsetDateTime,
    request: RequestId,
) -> Result<Manager, Problem> {
    let claims = app.keys.read(&app.store, &*app.ids, token, now).await?;
    let claims = claims.ok_or(Problem::NotSignedIn)?;
    let (tenant, session) = (TenantId::from(claims.tenant), SessionId::from(claims.sid));
    let bearer = app.store.session_bearer(tenant, session, now).await?;
    let bearer = bearer.filter(|it| it.user.as_uuid() == claims.sub).ok_or(Problem::NotSignedIn)?;
    let reach = Reach {
        tenant,
        buildings: bearer.buildings,
        actor: Actor::User(claims.sub),
        request: request.0,
    };
    let role = bearer.role.parse().map_err(|_| Problem::NotSignedIn)?;
    Ok(Manager { reach, role, session: Some(session), scopes: Vec::new() })
}

async fn program(
    app: &App,
    key: &str,
    now: OffsetDateTime,
    request: RequestId,
) -> Result<Manager, Problem> {
    let (prefix, secret) = key.split_once('_').ok_or(Problem::NotSignedIn)?;
    // The database refuses NUL, and no prefix of ours has anything but letters and digits.
    if !prefix.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(Problem::NotSignedIn);
    }
    let bearer = app.store.api_key_bearer(prefix, now).await?.ok_or(Problem::NotSignedIn)?;
    let is_right: bool = Sha256::digest(secret).as_slice().ct_eq(&bearer.secret_hash).into();
    if !is_right {
        return Err(Problem::NotSignedIn);
    }
    note_use(app, &bearer, now).await;
    let reach = Reach {
        tenant: bearer.tenant,
        buildings: bearer.buildings,
        actor: Actor::ApiKey(bearer.key.as_uuid()),
        request: request.0,
    };
    let role = bearer.role.parse().map_err(|_| Problem::NotSignedIn)?;
    let scopes = bearer.scopes.iter().filter_map(|name| name.parse().ok()).collect();
    Ok(Manager { reach, role, session: None, scopes })
}

async fn note_use(app: &App, bearer: &ApiKeyBearer, now: OffsetDateTime) {
    if bearer.last_used_at.is_some_and(|last| now - last < USE_IS_NOTED_EVERY) {
        return;
    }
    // When it was used is not worth a refusal.
    if let Err(error) = app.store.api_key_is_used(bearer.tenant, bearer.key, now).await {
        tracing::warn!(%error, "when an API key was used could not be written");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_from_the_name_or_the_password_whole_or_in_its_parts() {
        let whole = Some("vst_k3v9_secret".to_owned());
        for (plain, key) in [
            ("key:vst_k3v9_secret", whole.clone()),
            ("vst_k3v9_secret:", whole.clone()),
            ("vst_k3v9:secret", whole),
            ("grace@maple.example:correct horse", None),
            ("vst_k3v9_secret", None),
        ] {
            assert_eq!(key_from_basic(&BASE64_STANDARD.encode(plain)), key, "{plain}");
        }
        assert_eq!(key_from_basic("not base64"), None);
    }
}
