//! The web console: its files, embedded in the binary, and how they are served. Nothing of the API is known here: the console's pages ask it
//! as any client does.

mod bundle;

use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    HeaderName, IF_NONE_MATCH, VARY,
};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use self::bundle::{Asset, Bundle};

/// Where the pages are, by the first segment of their paths: one document, whose script shows what the path names.
const PAGES: [&str; 27] = [
    "accept-invitation",
    "account",
    "api-keys",
    "audit",
    "buildings",
    "calls",
    "connections",
    "dry-run",
    "entrances",
    "firm",
    "flows",
    "forgot-password",
    "lines",
    "live",
    "passes",
    "reset-password",
    "residents",
    "schedules",
    "sign-in",
    "sign-up",
    "spam",
    "start",
    "statistics",
    "try-it",
    "units",
    "users",
    "webhooks",
];
/// Scripts and styles come from this server as files, and from nowhere else; pages talk to this server only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; \
    media-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
/// Its path says what it holds.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Asked for each time: it names the assets.
const ASK_FIRST: &str = "no-cache";

/// What the pages are told before they ask the API anything.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where carriers and people reach this installation, without a slash at its end: what is typed into a carrier's dashboard begins with it.
    pub public_url: String,
    /// Whether firms sign up by themselves.
    pub sign_up: Offer,
    /// Whether there is a simulated carrier to try doors with.
    pub simulator: Offer,
}

/// Whether something is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It is.
    Given,
    /// It is not.
    Withheld,
}

impl Offer {
    const fn word(self) -> &'static str {
        match self {
            Self::Given => "yes",
            Self::Withheld => "no",
        }
    }
}

/// Registers the console's pages and assets.
pub fn configure(config: &mut ServiceConfig, settings: &Settings) {
    let pages = PAGES.iter().flat_map(|page| [format!("/{page}"), format!("/{page}/{{rest:.*}}")]);
    let pages: Vec<String> = std::iter::once("/".to_owned()).chain(pages).collect();
    config
        .service(
            web::resource("/assets/{version}/{path:.*}")
                .route(web::get().to(asset))
                .route(web::head().to(asset)),
        )
        .service(
            web::resource(pages)
                .app_data(Data::new(document(settings)))
                .route(web::get().to(page))
                .route(web::head().to(page)),
        );
}

/// The one document, with what the pages are told.
fn document(settings: &Settings) -> Asset {
    let bundle = Bundle::get();
    let text = bundle
        .document
        .replace("{{assets}}", &format!("/assets/{}", bundle.version))
        .replace("{{public_url}}", &escaped(&settings.public_url))
        .replace("{{sign_up}}", settings.sign_up.word())
        .replace("{{simulator}}", settings.simulator.word());
    Asset::new("index.html", text.into_bytes())
}

/// As it stands in an attribute's value.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

async fn page(document: Data<Asset>, request: HttpRequest) -> HttpResponse {
    let mut response = send(&document, ASK_FIRST, &request);
    let headers = response.headers_mut();
    let policy = actix_web::http::header::HeaderValue::from_static(POLICY);
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    headers.insert(
        PERMISSIONS,
        actix_web::http::header::HeaderValue::from_static(
            "camera=(), microphone=(), geolocation=(), payment=()",
        ),
    );
    response
}

/// An asset of this version. Those of another are gone: whoever still has its document asks for the new one.
async fn asset(named: Path<(String, String)>, request: HttpRequest) -> HttpResponse {
    let (version, path) = named.into_inner();
    let bundle = Bundle::get();
    match bundle.assets.get(&path) {
        Some(asset) if version == bundle.version => send(asset, FOR_EVER, &request),
        _ => HttpResponse::NotFound().insert_header((CACHE_CONTROL, "no-store")).finish(),
    }
}

fn send(asset: &Asset, kept: &'static str, request: &HttpRequest) -> HttpResponse {
    let header = |name: HeaderName| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    };
    let tag = format!("\"{}\"", asset.hash);
    let is_known = header(IF_NONE_MATCH)
        .split(',')
        .any(|known| known.trim().trim_start_matches("W/") == tag || known.trim() == "*");
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((ETAG, tag))
        .insert_header((CACHE_CONTROL, kept))
        .insert_header((VARY, "Accept-Encoding"));
    if is_known {
        return response.finish();
    }
    response.insert_header((CONTENT_TYPE, asset.content_type));
    let takes_gzip = header(ACCEPT_ENCODING)
        .split(',')
        .any(|coding| coding.trim().split(';').next() == Some("gzip"));
    let body = if takes_gzip && request.method() != Method::HEAD {
        response.insert_header((CONTENT_ENCODING, "gzip"));
        asset.compressed()
    } else {
        asset.bytes.clone()
    };
    response.body(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::dev::ServiceResponse;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};

    const SETTINGS: fn() -> Settings = || Settings {
        public_url: "https://doors.example/\"><script>".to_owned(),
        sign_up: Offer::Given,
        simulator: Offer::Withheld,
    };

    fn header<B>(response: &ServiceResponse<B>, name: HeaderName) -> String {
        response.headers().get(name).unwrap().to_str().unwrap().to_owned()
    }

    #[actix_web::test]
    async fn a_page_says_where_its_assets_are_and_they_are_there_for_ever() {
        let app =
            init_service(actix_web::App::new().configure(|config| configure(config, &SETTINGS())))
                .await;

        let page = call_service(&app, TestRequest::get().uri("/calls/17").to_request()).await;
        let policy = header(&page, CONTENT_SECURITY_POLICY);
        let text = String::from_utf8(read_body(page).await.to_vec()).unwrap();

        assert!(policy.contains("script-src 'self';"), "{policy}");
        assert!(!text.contains("{{"), "{text}");
        assert!(!text.contains("\"><script>"), "{text}");
        let paths: Vec<&str> = text
            .split('"')
            .filter(|part| part.starts_with("/assets/") && part.contains('.'))
            .collect();
        assert!(paths.len() > 3, "{paths:?}");
        for path in paths {
            let asset = call_service(&app, TestRequest::get().uri(path).to_request()).await;
            assert_eq!(asset.status(), 200, "{path}");
            assert_eq!(header(&asset, CACHE_CONTROL), FOR_EVER);
        }
    }

    /// The script knows what each page shows, the server only that there is one.
    #[test]
    fn every_page_that_the_script_knows_is_served() {
        let routes = Bundle::get().assets["app/routes.js"].bytes.to_vec();
        let routes = String::from_utf8(routes).unwrap();
        let mut known: Vec<&str> = routes
            .split("path: \"/")
            .skip(1)
            .map(|rest| rest.split(['"', '/']).next().unwrap())
            .collect();
        known.sort_unstable();
        known.dedup();

        assert_eq!(known, PAGES);
    }

    #[actix_web::test]
    async fn what_is_asked_for_again_is_not_sent_again_and_what_is_sent_is_compressed() {
        let app =
            init_service(actix_web::App::new().configure(|config| configure(config, &SETTINGS())))
                .await;
        let get = || TestRequest::get().uri("/").insert_header((ACCEPT_ENCODING, "br, gzip;q=0.8"));

        let first = call_service(&app, get().to_request()).await;
        let tag = header(&first, ETAG);
        let again =
            call_service(&app, get().insert_header((IF_NONE_MATCH, tag)).to_request()).await;
        let old = call_service(
            &app,
            TestRequest::get().uri("/assets/0123456789abcdef/app/main.js").to_request(),
        )
        .await;

        assert_eq!(header(&first, CONTENT_ENCODING), "gzip");
        assert_eq!(again.status(), 304);
        assert_eq!(old.status(), 404);
    }
}
