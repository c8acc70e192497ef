//! The API's document, made of the handlers' own words; what all operations share is added here (`complete`).

mod complete;
mod example;
mod live;
mod webhooks;

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
use super::v1::live::LiveEvent;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vestibule",
        description = "Door intercoms for apartment buildings, run by phone: tenants, buildings, residents and passes, calls as they run and as they ran.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "/", description = "This server")),
    components(schemas(ProblemBody, FieldProblem, LiveEvent)),
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
        let components = openapi.components.get_or_insert_default();
        // One scheme alone: of two, generated clients take the first that they come across. The other is told in words.
        let mut bearer = Http::new(HttpAuthScheme::Bearer);
        bearer.description = Some(
            "An access token or an API key. A program that can set a URL and no header gives an API key as the URL's \
             password: https://key:vst_…@host/v1/…"
                .into(),
        );
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let mut document =
            serde_json::to_value(openapi).expect("it is made of plain strings and numbers");
        live::describe(&mut document);
        complete::complete(&mut document);
        webhooks::describe(&mut document);
        document
    });
    &DOCUMENT
}

/// The methods that the document has for this path, upper case; none if it has no such path.
pub(super) fn methods_at(path: &str) -> Vec<String> {
    let paths = document()["paths"].as_object();
    // A path that is written out comes before one with a parameter in its place.
    let is_written_out = paths.is_some_and(|paths| paths.contains_key(path));
    let operations = paths
        .into_iter()
        .flatten()
        .filter(
            |(template, _)| {
                if is_written_out { *template == path } else { leads_to(template, path) }
            },
        )
        .filter_map(|(_, operations)| operations.as_object());
    operations
        .flat_map(|operations| operations.keys().map(|method| method.to_uppercase()))
        .collect()
}

/// Whether a path is the one of a template like `/v1/units/{unit}/residents`.
fn leads_to(template: &str, path: &str) -> bool {
    let (mut expected, mut found) = (template.split('/'), path.split('/'));
    loop {
        match (expected.next(), found.next()) {
            (None, None) => return true,
            (Some(parameter), Some(value)) if parameter.starts_with('{') && !value.is_empty() => {}
            (Some(word), Some(value)) if word == value => {}
            (Some(_) | None, Some(_)) | (Some(_), None) => return false,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_by_its_shape() {
        assert_eq!(methods_at("/v1/units/7/residents"), ["GET", "POST"]);
        assert!(methods_at("/v1/units//residents").is_empty());
        assert!(methods_at("/v1/units/7/residents/8").is_empty());
        assert!(methods_at("/v1").is_empty());
    }
}
