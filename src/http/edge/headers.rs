//! What answers tell browsers: to guess nothing, to frame nothing, to keep nothing of a manager's data.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::web::Data;

use crate::http::App;

/// An answer of the API is data: nothing in it may ever run.
const DATA_ONLY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";
/// Pages run what this server serves. The API's browser makes its styles as it goes.
const OWN_PAGES: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Adds them to every answer; what a handler says itself stands.
pub async fn add<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let is_data = ["/v1/", "/hooks/", "/health/", "/.well-known/", "/simulator/"]
        .iter()
        .any(|prefix| request.path().starts_with(prefix));
    let is_private = request.path().starts_with("/v1/");
    let is_tls =
        request.app_data::<Data<App>>().is_some_and(|app| app.public_url.starts_with("https://"));

    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    say(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    say(headers, REFERRER_POLICY, "no-referrer");
    // For browsers older than frame-ancestors.
    say(headers, X_FRAME_OPTIONS, "DENY");
    say(headers, CONTENT_SECURITY_POLICY, if is_data { DATA_ONLY } else { OWN_PAGES });
    if is_tls {
        say(headers, STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if is_private {
        say(headers, CACHE_CONTROL, "no-store");
    }
    Ok(response)
}

fn say(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
