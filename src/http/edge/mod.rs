//! What every request passes on its way in and every answer on its way out: a name, manners, limits. Nothing of the domain.

pub mod address;
pub mod body;
pub mod headers;
pub mod limits;
pub mod request_id;

use actix_cors::Cors;
use actix_web::http::header::{
    AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderName, IF_MATCH, IF_NONE_MATCH, LOCATION, RETRY_AFTER,
};
use actix_web::http::{Method, header};

pub use self::address::Proxies;
pub use self::limits::{Limits, PerMinute};
pub use self::request_id::RequestId;

/// How long a browser may remember what it was told about another origin.
const PREFLIGHT_IS_REMEMBERED_SECONDS: usize = 600;

/// What the operator settles about the edge.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// How often anyone may ask.
    pub per_minute: PerMinute,
    /// Whose word about the client's address counts.
    pub proxies: Proxies,
    /// Origins whose pages may call the API; empty: none but our own.
    pub origins: Vec<String>,
}

/// Pages of these origins may call the API with a token; nobody's cookies are taken.
pub fn cors(origins: &[String]) -> Cors {
    let cors = origins.iter().fold(Cors::default(), |cors, origin| cors.allowed_origin(origin));
    cors.allowed_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allowed_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            IF_MATCH,
            IF_NONE_MATCH,
            header::ACCEPT,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("last-event-id"),
            request_id::HEADER,
        ])
        .expose_headers([
            ETAG,
            LOCATION,
            RETRY_AFTER,
            request_id::HEADER,
            limits::LIMIT,
            limits::POLICY,
        ])
        .max_age(PREFLIGHT_IS_REMEMBERED_SECONDS)
}
