//! The API's document, made of the handlers' own words; what all operations share is added here (`complete`).

mod complete;
mod example;

use std::sync::LazyLock;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{App, HttpResponse};
use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::SwaggerUi;

use super::problem::{FieldProblem, ProblemBody};
use super::routes;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vestibule",
        description = "Door intercoms for apartment buildings, run by phone: tenants, buildings, residents and passes, calls as they run and as they ran.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "/", description = "This server")),
    components(schemas(ProblemBody, FieldProblem)),
    security(("bearer" = []))
)]
struct Document;

/// The document: every route that is served, and nothing else.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
        let (_, mut openapi) = App::new()
            .into_utoipa_app()
            .openapi(Document::openapi())
            .configure(routes::documented)
            .split_for_parts();
        openapi
            .components
            .get_or_insert_default()
            .add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        let mut document =
            serde_json::to_value(openapi).expect("it is made of plain strings and numbers");
        complete::complete(&mut document);
        document
    });
    &DOCUMENT
}

/// The document as text, as `openapi/openapi.json` keeps it.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(document()).expect("it is JSON");
    text.push('\n');
    text
}

/// `/openapi.json`.
pub(super) async fn serve() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header(("Cache-Control", "public, max-age=300"))
        .body(text())
}

/// `/docs`.
pub(super) fn browser() -> SwaggerUi {
    SwaggerUi::new("/docs/{_:.*}").config(utoipa_swagger_ui::Config::from("/openapi.json"))
}
