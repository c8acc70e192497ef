//! Who asks: permission is a parameter, so an endpoint without one stands out.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};

use crate::application::ports::Actor;
use crate::domain::ids::TenantId;
use crate::http::App;
use crate::http::problem::Problem;
use crate::store::Reach;

/// Someone who is signed in.
#[derive(Clone, Debug)]
pub struct Manager {
    /// Who they are, and how far they reach.
    pub reach: Reach,
    /// What they may.
    pub role: Role,
}

/// What a user may; each may what the ones before may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Look.
    Viewer,
    /// Run buildings.
    Manager,
    /// Run lines and connections.
    Admin,
    /// Everything.
    Owner,
}

impl Role {
    fn named(name: &str) -> Option<Self> {
        match name {
            "viewer" => Some(Self::Viewer),
            "manager" => Some(Self::Manager),
            "admin" => Some(Self::Admin),
            "owner" => Some(Self::Owner),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Manager => "manager",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
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
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(signed_in(request).ok_or(Problem::NotSignedIn))
    }
}

fn signed_in(request: &HttpRequest) -> Option<Manager> {
    let app = request.app_data::<Data<App>>()?;
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let claims = app.tokens.read(header.strip_prefix("Bearer ")?, app.clock.now())?;
    let reach = Reach {
        tenant: claims.tenant.into(),
        buildings: None,
        actor: Actor::User(claims.sub),
        request: app.ids.next(),
    };
    Some(Manager { reach, role: Role::named(&claims.role)? })
}
