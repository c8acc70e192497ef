//! The API's document, made of the handlers' own words.

use actix_web::HttpResponse;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::SwaggerUi;

use super::{health, v1};

#[derive(OpenApi)]
#[openapi(
    info(title = "Vestibule", description = "Door intercoms for apartment buildings, run by phone.", license(name = "Apache-2.0", identifier = "Apache-2.0")),
    modifiers(&Bearer),
    security(("bearer" = [])),
    paths(
        health::live, health::ready, health::deep,
        v1::sessions::create, v1::tenants::create, v1::tenants::read,
        v1::buildings::create, v1::buildings::list, v1::buildings::read,
        v1::entrances::create, v1::entrances::list, v1::entrances::read,
        v1::units::create, v1::units::list, v1::units::read,
        v1::residents::create, v1::residents::list, v1::residents::read,
        v1::allowlist::create, v1::allowlist::list, v1::allowlist::read,
        v1::connections::create, v1::connections::list, v1::connections::read,
        v1::lines::create, v1::lines::list, v1::lines::read,
        v1::calls::list, v1::calls::read, v1::calls::events, v1::calls::explain,
        v1::stats::spam, v1::live::follow,
    )
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    }
}

/// The document.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// The document as text, as `openapi/openapi.json` keeps it.
pub fn text() -> String {
    let mut text = openapi().to_pretty_json().expect("the document is made of plain strings and numbers");
    text.push('\n');
    text
}

/// `/openapi.json`.
pub(super) async fn document() -> HttpResponse {
    HttpResponse::Ok().json(openapi())
}

/// `/docs`.
pub(super) fn browser() -> SwaggerUi {
    SwaggerUi::new("/docs/{_:.*}").config(utoipa_swagger_ui::Config::from("/openapi.json"))
}
