//! Every route, one list.

use actix_web::error::{InternalError, JsonPayloadError};
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::web::{self, JsonConfig, PathConfig, PayloadConfig, QueryConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use utoipa_actix_web::service_config::ServiceConfig as Documented;

use super::problem::{FieldProblem, Problem};
use super::{health, hooks, media, openapi, simulator, sounds, v1, well_known};
use crate::carriers::HOLD_MUSIC_PATH;

/// A request's largest body.
pub const BODY_MAX: usize = 64 * 1024;
/// The largest JSON of the API: a bulk of 500 with flows of their own.
const JSON_MAX: usize = 1024 * 1024;

/// Registers every route.
pub fn configure(config: &mut ServiceConfig) {
    config
        .app_data(
            JsonConfig::default()
                .limit(JSON_MAX)
                .error_handler(|error, _| json_problem(&error).into()),
        )
        .app_data(PayloadConfig::new(BODY_MAX))
        .app_data(
            QueryConfig::default()
                .error_handler(|error, _| Problem::Unreadable(error.to_string()).into()),
        )
        .app_data(PathConfig::default().error_handler(|error, request| {
            InternalError::from_response(error, nothing_at(request)).into()
        }))
        .service(
            web::resource([
                "/hooks/vonage/{token}/{hook}",
                "/hooks/vonage/{token}/{hook}/{call}/{leg}",
            ])
            .app_data(hooks_path())
            .route(web::get().to(hooks::vonage::receive))
            .route(web::post().to(hooks::vonage::receive)),
        )
        .service(
            web::resource([
                "/hooks/twilio/{token}/{hook}",
                "/hooks/twilio/{token}/{hook}/{call}",
                "/hooks/twilio/{token}/{hook}/{call}/{leg}",
                "/hooks/twilio/{token}/{hook}/{call}/{leg}/{event}",
            ])
            .app_data(hooks_path())
            .route(web::get().to(hooks::twilio::receive))
            .route(web::post().to(hooks::twilio::receive)),
        )
        .service(
            web::resource([
                "/hooks/sipgate/{token}",
                "/hooks/sipgate/{token}/{call}/{leg}",
                "/hooks/sipgate/{token}/{call}/{leg}/{part}/{n}",
            ])
            .app_data(hooks_path())
            .route(web::post().to(hooks::sipgate::receive)),
        )
        .configure(media::configure)
        .configure(simulator::configure)
        .service(web::redirect("/docs", "/docs/"))
        .route(HOLD_MUSIC_PATH, web::get().to(sounds::hold_music))
        .route("/sounds/tones/{keys}.wav", web::get().to(sounds::tones))
        .service(
            web::resource("/sounds/prompts/{name}.wav")
                .route(web::get().to(sounds::prompt))
                .route(web::head().to(sounds::prompt)),
        );
    documented(&mut Documented::new(config));
    config
        .route("/openapi.json", web::get().to(openapi::serve))
        .service(openapi::browser())
        .default_service(web::to(nothing_here));
}

/// An id that is none, in the path of a hook: nothing is there.
fn hooks_path() -> PathConfig {
    PathConfig::default().error_handler(|error, _| {
        InternalError::from_response(error, HttpResponse::NotFound().finish()).into()
    })
}

/// The routes that the API's document tells of: all but the carriers' hooks and the documents.
pub(super) fn documented(config: &mut Documented) {
    config
        .service(health::live)
        .service(health::ready)
        .service(health::deep)
        .configure(documented_access)
        .configure(documented_directory)
        .configure(documented_doors)
        .configure(documented_calls)
        .configure(documented_rest);
}

/// Signing in, and who may.
fn documented_access(config: &mut Documented) {
    config
        .service(v1::sessions::create)
        .service(v1::tenants::create)
        .service(v1::tenants::read)
        .service(v1::tenants::update)
        .service(v1::sessions::refresh)
        .service(v1::sessions::list)
        .service(v1::sessions::end_current)
        .service(v1::sessions::end_one)
        .service(v1::sessions::end_all)
        .service(v1::users::me)
        .service(v1::users::list)
        .service(v1::users::read)
        .service(v1::users::change)
        .service(v1::users::remove)
        .service(v1::invitations::accept)
        .service(v1::invitations::create)
        .service(v1::invitations::list)
        .service(v1::invitations::read)
        .service(v1::invitations::revoke)
        .service(v1::passwords::change)
        .service(v1::passwords::request)
        .service(v1::passwords::confirm)
        .service(v1::second_factor::read)
        .service(v1::second_factor::enrol)
        .service(v1::second_factor::confirm)
        .service(v1::second_factor::replace_recovery_codes)
        .service(v1::second_factor::disable)
        .service(v1::api_keys::create)
        .service(v1::api_keys::list)
        .service(v1::api_keys::read)
        .service(v1::api_keys::change_name)
        .service(v1::api_keys::rotate)
        .service(v1::api_keys::revoke)
        .service(well_known::jwks);
}

/// Buildings, and who lives in them.
fn documented_directory(config: &mut Documented) {
    config
        .service(v1::buildings::create)
        .service(v1::buildings::create_many)
        .service(v1::buildings::list)
        .service(v1::buildings::read)
        .service(v1::buildings::update)
        .service(v1::buildings::delete)
        .service(v1::import::import)
        .service(v1::import::export)
        .service(v1::entrances::create)
        .service(v1::entrances::list)
        .service(v1::entrances::read)
        .service(v1::entrances::update)
        .service(v1::entrances::delete)
        .service(v1::units::create)
        .service(v1::units::create_many)
        .service(v1::units::list)
        .service(v1::units::read)
        .service(v1::units::update)
        .service(v1::units::delete)
        .service(v1::residents::find)
        .service(v1::residents::create)
        .service(v1::residents::list)
        .service(v1::residents::read)
        .service(v1::residents::update)
        .service(v1::residents::delete);
}

/// How doors ring, whom they know, and over which lines.
fn documented_doors(config: &mut Documented) {
    config
        .service(v1::passes::set_resident_pin)
        .service(v1::passes::remove_resident_pin)
        .service(v1::flows::create)
        .service(v1::flows::list)
        .service(v1::flows::read)
        .service(v1::flows::update)
        .service(v1::flows::delete)
        .service(v1::schedules::create)
        .service(v1::schedules::list)
        .service(v1::schedules::read)
        .service(v1::schedules::update)
        .service(v1::schedules::delete)
        .service(v1::allowlist::create)
        .service(v1::allowlist::create_many)
        .service(v1::allowlist::list)
        .service(v1::allowlist::read)
        .service(v1::allowlist::update)
        .service(v1::allowlist::delete)
        .service(v1::blocks::create)
        .service(v1::blocks::create_many)
        .service(v1::blocks::list)
        .service(v1::blocks::read)
        .service(v1::blocks::lift)
        .service(v1::pin_checks::check)
        .service(v1::passes::create)
        .service(v1::passes::list)
        .service(v1::passes::read)
        .service(v1::passes::update)
        .service(v1::passes::revoke)
        .service(v1::connections::create)
        .service(v1::connections::list)
        .service(v1::connections::read)
        .service(v1::connections::update)
        .service(v1::connections::delete)
        .service(v1::connections::set_credentials)
        .service(v1::connections::rotate_secret)
        .service(v1::connections::check)
        .service(v1::lines::create)
        .service(v1::lines::list)
        .service(v1::lines::read)
        .service(v1::lines::update)
        .service(v1::lines::delete)
        .service(v1::line_check::check)
        .service(v1::line_health::of_line)
        .service(v1::line_health::of_connection)
        .service(v1::prompts::list)
        .service(v1::prompts::upload)
        .service(v1::prompts::delete)
        .service(v1::streams::backends::create)
        .service(v1::streams::backends::list)
        .service(v1::streams::backends::read)
        .service(v1::streams::backends::update)
        .service(v1::streams::backends::delete)
        .service(v1::streams::backends::set_authorization)
        .service(v1::streams::sets::read_building)
        .service(v1::streams::sets::set_building)
        .service(v1::streams::sets::read_line)
        .service(v1::streams::sets::set_line)
        .service(v1::streams::sets::delete_line);
}

/// Calls: as they were, as they are, as they would be.
fn documented_calls(config: &mut Documented) {
    config
        .service(v1::calls::history::list)
        .service(v1::calls::outbound::create)
        .service(v1::calls::outbound::read_rules)
        .service(v1::calls::outbound::update_rules)
        .service(v1::calls::privacy::read)
        .service(v1::calls::privacy::update)
        .service(v1::calls::story::events)
        .service(v1::calls::story::explain)
        .service(v1::calls::story::timeline)
        .service(v1::calls::story::participants)
        .service(v1::calls::actions::open)
        .service(v1::calls::actions::hang_up)
        .service(v1::calls::actions::say)
        .service(v1::calls::actions::mute)
        .service(v1::calls::actions::unmute)
        .service(v1::calls::actions::hold)
        .service(v1::calls::actions::resume)
        .service(v1::calls::actions::announce)
        .service(v1::calls::actions::remove)
        .service(v1::calls::history::read)
        .service(v1::stats::spam::list)
        .service(v1::stats::spam::top)
        .service(v1::stats::calls::count)
        .service(v1::stats::busiest::grid)
        .service(v1::stats::breakdown::count)
        .service(v1::simulations::call::try_call)
        .service(v1::simulations::replay::replay)
        .service(v1::streams::running::create)
        .service(v1::streams::running::list)
        .service(v1::streams::running::probe)
        .service(v1::streams::running::read)
        .service(v1::live::follow);
}

/// What is told to others, and kept for the audit.
fn documented_rest(config: &mut Documented) {
    config
        .service(v1::webhooks::endpoints::create)
        .service(v1::webhooks::endpoints::list)
        .service(v1::webhooks::endpoints::read)
        .service(v1::webhooks::endpoints::update)
        .service(v1::webhooks::endpoints::remove)
        .service(v1::webhooks::secrets::rotate)
        .service(v1::webhooks::deliveries::list)
        .service(v1::webhooks::deliveries::read)
        .service(v1::webhooks::replays::one)
        .service(v1::webhooks::replays::range)
        .service(v1::webhooks::replays::ping)
        .service(v1::audit::log::list)
        .service(v1::audit::log::file)
        .service(v1::audit::chain::checkpoints)
        .service(v1::audit::chain::export)
        .service(v1::audit::chain::keys)
        .service(v1::persons::export_resident)
        .service(v1::persons::erase_resident)
        .service(v1::persons::export_caller)
        .service(v1::persons::erase_caller)
        .service(v1::persons::erase_user);
}

/// No such path; or one that takes other methods, which `Allow` then names.
async fn nothing_here(request: HttpRequest) -> HttpResponse {
    nothing_at(&request)
}

fn nothing_at(request: &HttpRequest) -> HttpResponse {
    let methods = openapi::methods_at(request.path());
    // A method that is taken, but for a path whose id is none.
    let is_taken = methods.iter().any(|method| method == request.method().as_str());
    if methods.is_empty() || is_taken {
        return Problem::NotFound.error_response();
    }
    let mut response = Problem::MethodNotAllowed.error_response();
    if let Ok(allowed) = HeaderValue::from_str(&methods.join(", ")) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

fn json_problem(error: &JsonPayloadError) -> Problem {
    match error {
        JsonPayloadError::OverflowKnownLength { .. } | JsonPayloadError::Overflow { .. } => {
            Problem::TooLarge
        }
        JsonPayloadError::Deserialize(error) if error.is_data() => {
            Problem::Invalid(vec![FieldProblem::new("body", error)])
        }
        error if error.status_code() == actix_web::http::StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::TooLarge
        }
        error => Problem::Unreadable(error.to_string()),
    }
}
