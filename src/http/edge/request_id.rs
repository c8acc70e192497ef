//! `X-Request-Id`: a request's name, on its answer, in every log line about it, and in the audit.

use std::future::{Ready, ready};
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest};
use tracing::Instrument;
use tracing::field::Empty;
use uuid::Uuid;

use crate::http::App;
use crate::trace::{TRACEPARENT, Traceparent};

/// The header.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// A request's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

impl RequestId {
    /// What the edge named this request; nil if it did not come by there.
    pub fn of(request: &HttpRequest) -> Self {
        request.extensions().get().copied().unwrap_or(Self(Uuid::nil()))
    }
}

impl FromRequest for RequestId {
    type Error = std::convert::Infallible;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

/// Names the request: as its sender did, if that is a UUID, so that it can be followed through other systems.
pub async fn name<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let started = Instant::now();
    let given = request.headers().get(HEADER).and_then(|value| value.to_str().ok());
    let given = given.and_then(|text| Uuid::try_parse(text).ok());
    let id = given.or_else(|| request.app_data::<Data<App>>().map(|app| app.ids.next()));
    let id = id.unwrap_or_default();
    request.extensions_mut().insert(RequestId(id));

    let cause = request.headers().get(TRACEPARENT).and_then(|value| value.to_str().ok());
    // Of the highest level, so that a line has its request's name however little is logged.
    let span = tracing::error_span!(
        "http.request",
        request.id = %id,
        traceparent = %Traceparent::given_or_fresh(cause),
        http.request.method = Empty,
        http.route = Empty,
        http.response.status_code = Empty,
    );
    let mut response = next.call(request).instrument(span.clone()).await?;
    span.in_scope(|| {
        // The route and not the path: a hook's path holds its token.
        let request = response.request();
        let status = response.status();
        span.record("http.request.method", request.method().as_str());
        span.record("http.route", request.match_pattern().unwrap_or_default());
        span.record("http.response.status_code", status.as_u16());
        tracing::debug!(
            method = %request.method(),
            route = request.match_pattern().unwrap_or_default(),
            status = status.as_u16(),
            elapsed_ms = started.elapsed().as_secs_f64() * 1000.0,
            "a request was answered"
        );
    });
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        response.headers_mut().insert(HEADER, value);
    }
    Ok(response)
}
