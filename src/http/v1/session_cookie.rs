//! The refresh token as a cookie: for pages, whose scripts never see it then. Sent back to where sessions are, by pages of this site, and to
//! nobody else.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use crate::http::App;

const NAME: &str = "vestibule_refresh";
const PATH: &str = "/v1/sessions";

/// Keeps this token in the browser, for so long.
pub(super) fn keeping(app: &App, token: &str, lifetime: Duration) -> Cookie<'static> {
    Cookie::build(NAME, token.to_owned())
        .path(PATH)
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(app.public_url.starts_with("https://"))
        .max_age(lifetime)
        .finish()
}

/// Makes the browser forget it.
pub(super) fn forgetting(app: &App) -> Cookie<'static> {
    keeping(app, "", Duration::ZERO)
}

/// What the browser kept.
pub(super) fn kept(request: &HttpRequest) -> Option<String> {
    request.cookie(NAME).map(|cookie| cookie.value().to_owned()).filter(|token| !token.is_empty())
}
