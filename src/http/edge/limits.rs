//! How often anyone may ask the API: by address before anything is read, by user and firm once they are known.
//! Per process: it sheds what is too much, it does not bill. Carriers' webhooks never come by here.

use std::fmt;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpRequest, ResponseError};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use uuid::Uuid;

use super::address;
use crate::application::ports::Actor;
use crate::http::App;
use crate::http::problem::Problem;
use crate::store::Reach;

/// `RateLimit` (draft-ietf-httpapi-ratelimit-headers): what is left, of the limit that is nearest.
pub const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// `RateLimit-Policy`: that limit.
pub const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// Where passwords, codes and tokens are tried, and letters are asked for.
const SIGNING_IN: [&str; 6] = [
    "/v1/sessions",
    "/v1/sessions/refresh",
    "/v1/tenants",
    "/v1/invitations/accept",
    "/v1/password-resets",
    "/v1/password-resets/confirm",
];
const WINDOW_SECONDS: u64 = 60;
/// Requests between two sweeps of addresses and users that were not seen for a while.
const SWEEP_EVERY: u32 = 10_000;

/// Requests a minute, all of which may come at once; none: any number.
#[derive(Clone, Copy, Debug)]
pub struct PerMinute {
    /// From one address.
    pub address: Option<NonZeroU32>,
    /// Sign-ins and sign-ups from one address: each costs a slow hash.
    pub sign_in: Option<NonZeroU32>,
    /// By one user or API key.
    pub user: Option<NonZeroU32>,
    /// By one firm.
    pub tenant: Option<NonZeroU32>,
}

impl PerMinute {
    /// Any number by anyone.
    pub const UNLIMITED: Self = Self { address: None, sign_in: None, user: None, tenant: None };
}

impl Default for PerMinute {
    fn default() -> Self {
        Self {
            address: NonZeroU32::new(3_000),
            sign_in: NonZeroU32::new(120),
            user: NonZeroU32::new(1_200),
            tenant: NonZeroU32::new(6_000),
        }
    }
}

/// The limits, and what was counted.
#[derive(Debug)]
pub struct Limits {
    address: Option<Limit<IpAddr>>,
    sign_in: Option<Limit<IpAddr>>,
    user: Option<Limit<Uuid>>,
    tenant: Option<Limit<Uuid>>,
}

/// Where a request stands in the limit that is nearest.
#[derive(Clone, Copy, Debug)]
struct Standing {
    name: &'static str,
    quota: u32,
    left: u32,
    /// Seconds until one more is allowed; 0: at once.
    wait: u64,
}

impl Limits {
    /// Nothing is counted yet.
    pub fn new(per_minute: PerMinute) -> Self {
        Self {
            address: per_minute.address.map(|quota| Limit::new("address", quota)),
            sign_in: per_minute.sign_in.map(|quota| Limit::new("sign-in", quota)),
            user: per_minute.user.map(|quota| Limit::new("user", quota)),
            tenant: per_minute.tenant.map(|quota| Limit::new("tenant", quota)),
        }
    }

    /// Counts a request of a user or API key, once it is clear whose it is.
    pub fn count(&self, request: &HttpRequest, reach: &Reach) -> Result<(), Problem> {
        let user = match reach.actor {
            Actor::User(id) | Actor::ApiKey(id) => self.user.as_ref().map(|limit| limit.take(&id)),
            Actor::Carrier(_) | Actor::Worker => None,
        };
        // Who alone is too fast does not use up what is their firm's.
        if user.is_none_or(Standing::is_within) {
            let tenant = self.tenant.as_ref().map(|limit| limit.take(&reach.tenant.as_uuid()));
            note(request, tenant)?;
        }
        note(request, user)
    }

    fn count_address(&self, request: &HttpRequest, address: IpAddr) -> Result<(), Problem> {
        note(request, self.address.as_ref().map(|limit| limit.take(&address)))?;
        let signs_in = request.method() == Method::POST && SIGNING_IN.contains(&request.path());
        let limit = self.sign_in.as_ref().filter(|_| signs_in);
        note(request, limit.map(|limit| limit.take(&address)))
    }
}

/// Keeps where the request stands for its answer, and refuses it if it is one too many.
fn note(request: &HttpRequest, standing: Option<Standing>) -> Result<(), Problem> {
    let Some(standing) = standing else { return Ok(()) };
    let mut kept = request.extensions_mut();
    let nearest = kept.get::<Standing>().is_none_or(|known| standing.is_nearer_than(*known));
    if nearest {
        kept.insert(standing);
    }
    drop(kept);
    if standing.is_within() {
        return Ok(());
    }
    metrics::counter!("requests_limited_total", "limit" => standing.name).increment(1);
    Err(Problem::TooManyRequests { limit: standing.name, wait: standing.wait })
}

/// Refuses an address that asks too often, before anything else is looked at; tells on the answer what is left.
pub async fn hold<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_limited = request.path().starts_with("/v1/");
    let app = request.app_data::<Data<App>>().filter(|_| is_limited).cloned();
    if let Some(app) = app
        && let Some(peer) = request.peer_addr()
    {
        let client = app.proxies.client(peer.ip(), request.headers());
        let counted = app.limits.count_address(request.request(), address::network(client));
        if let Err(problem) = counted {
            let response = problem.error_response();
            return Ok(told(request.into_response(response)));
        }
    }
    Ok(told(next.call(request).await?.map_into_boxed_body()))
}

fn told(mut response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let standing = response.request().extensions().get::<Standing>().copied();
    if let Some(Standing { name, quota, left, wait }) = standing {
        let policy = format!("\"{name}\";q={quota};w={WINDOW_SECONDS}");
        let limit = format!("\"{name}\";r={left};t={wait}");
        for (header, text) in [(POLICY, policy), (LIMIT, limit)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                response.headers_mut().insert(header, value);
            }
        }
    }
    response
}

impl Standing {
    fn is_within(self) -> bool {
        self.wait == 0
    }

    fn is_nearer_than(self, other: Self) -> bool {
        (self.is_within(), self.left) < (other.is_within(), other.left)
    }
}

type Counted<K> =
    RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

struct Limit<K: Clone + Hash + Eq> {
    name: &'static str,
    quota: NonZeroU32,
    counted: Counted<K>,
    since_sweep: AtomicU32,
}

/// Without who was counted.
impl<K: Clone + Hash + Eq> fmt::Debug for Limit<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Limit({} per minute and {})", self.quota, self.name)
    }
}

impl<K: Clone + Hash + Eq> Limit<K> {
    fn new(name: &'static str, quota: NonZeroU32) -> Self {
        let counted = RateLimiter::keyed(Quota::per_minute(quota))
            .with_middleware::<StateInformationMiddleware>();
        Self { name, quota, counted, since_sweep: AtomicU32::new(0) }
    }

    fn take(&self, who: &K) -> Standing {
        if self.since_sweep.fetch_add(1, Ordering::Relaxed) >= SWEEP_EVERY {
            self.since_sweep.store(0, Ordering::Relaxed);
            self.counted.retain_recent();
            self.counted.shrink_to_fit();
        }
        let quota = self.quota.get();
        match self.counted.check_key(who) {
            Ok(state) => {
                Standing { name: self.name, quota, left: state.remaining_burst_capacity(), wait: 0 }
            }
            Err(early) => {
                let wait = early.wait_time_from(self.counted.clock().now());
                Standing { name: self.name, quota, left: 0, wait: whole_seconds(wait) }
            }
        }
    }
}

/// Rounded up, and never 0: whoever comes back then is let in.
fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}
