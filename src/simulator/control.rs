//! The control endpoints under `/sim`: start calls, drive phones, look things up, move the clock.

use std::{sync::Arc, time::Duration};

use actix_web::{
    HttpResponse, ResponseError,
    http::StatusCode,
    web::{self, Bytes, Data, Json, Path, Query},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    SimulatorError,
    difference::Carrier,
    leg::{Decision, EndedBy, LegState},
    load::{self, LoadRequest},
    page, phone,
    platforms::Platforms,
    record::Placed,
    scenario::{Phone, Scenario, digits},
    settings::Application,
    sipgate::{self, SipgateAccount},
    twilio::TwilioAccount,
};

type Shared = Data<Arc<Platforms>>;

pub fn routes(app: &mut web::ServiceConfig) {
    app.route("/sim", web::get().to(page::show))
        .route("/sim/applications", web::post().to(add_application))
        .route("/sim/applications", web::get().to(list_applications))
        .route("/sim/twilio/accounts", web::post().to(add_twilio_account))
        .route("/sim/twilio/accounts", web::get().to(list_twilio_accounts))
        .route("/sim/twilio/streams", web::get().to(list_twilio_streams))
        .route("/sim/sipgate/accounts", web::post().to(add_sipgate_account))
        .route("/sim/sipgate/accounts", web::get().to(list_sipgate_accounts))
        .route(sipgate::PUBLIC_KEY_PATH, web::get().to(show_sipgate_key))
        .route("/sim/calls", web::post().to(start_call))
        .route("/sim/calls", web::get().to(list_calls))
        .route("/sim/calls/{id}", web::get().to(show_call))
        .route("/sim/placed", web::get().to(list_placed))
        .route("/sim/requests", web::get().to(list_requests))
        .route("/sim/webhooks", web::get().to(list_webhooks))
        .route("/sim/webhooks/replay/{n}", web::post().to(replay_webhook))
        .route("/sim/complaints", web::get().to(list_complaints))
        .route("/sim/rooms", web::get().to(list_rooms))
        .route("/sim/records", web::delete().to(delete_records))
        .route("/sim/phones/{number}", web::put().to(put_phone))
        .route("/sim/phones/{number}/press", web::post().to(press_keys))
        .route("/sim/phones/{number}/hang_up", web::post().to(hang_up_phone))
        .route("/sim/phones/{number}/answer", web::post().to(answer_phone))
        .route("/sim/phones/{number}/decline", web::post().to(decline_phone))
        .route("/sim/clock", web::get().to(show_clock))
        .route("/sim/clock/advance", web::post().to(advance_clock))
        .route("/sim/load", web::post().to(run_load));
}

impl ResponseError for SimulatorError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NobodyHasThatNumber | Self::NoSuchCall | Self::NoSuchWebhook(_) => {
                StatusCode::NOT_FOUND
            }
            Self::Undelivered(_) => StatusCode::BAD_GATEWAY,
            Self::RealClock | Self::VirtualClock | Self::Impossible(_) => StatusCode::CONFLICT,
        }
    }

    fn error_response(&self) -> HttpResponse {
        refuse(self.status_code(), &self.to_string())
    }
}

pub fn placed(platforms: &Platforms, to: Option<&str>) -> Vec<Placed> {
    let state = platforms.exchange.state();
    state
        .placed
        .iter()
        .filter(|placed| to.is_none_or(|to| digits(to) == digits(&placed.to)))
        .cloned()
        .collect()
}

pub fn press(platforms: &Platforms, number: &str, keys: &str) -> Result<(), SimulatorError> {
    let leg = platforms
        .exchange
        .leg_of(number)
        .filter(|leg| leg.is_up())
        .ok_or(SimulatorError::NoSuchCall)?;
    let keys = keys.to_owned();
    platforms.exchange.spawn(async move {
        tokio::select! {
            () = leg.over.cancelled() => {}
            () = phone::press(&leg, &keys) => {}
        }
    });
    Ok(())
}

pub fn hang_up(platforms: &Platforms, number: &str) -> Result<(), SimulatorError> {
    platforms
        .exchange
        .leg_of(number)
        .ok_or(SimulatorError::NoSuchCall)
        .map(|leg| leg.end(EndedBy::User))
}

pub fn decide(
    platforms: &Platforms,
    number: &str,
    decision: Decision,
) -> Result<(), SimulatorError> {
    let leg = platforms.exchange.leg_of(number).ok_or(SimulatorError::NoSuchCall)?;
    let LegState { answered_at, .. } = leg.state().clone();
    if answered_at.is_some() {
        return Err(SimulatorError::NoSuchCall);
    }
    leg.decision.send_replace(Some(decision));
    Ok(())
}

fn refuse(status: StatusCode, detail: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "detail": detail }))
}

/// The state under lock, as JSON.
fn all<T: Serialize>(records: impl IntoIterator<Item = T>) -> HttpResponse {
    HttpResponse::Ok().json(records.into_iter().collect::<Vec<T>>())
}

async fn add_application(platforms: Shared, body: Bytes) -> HttpResponse {
    match serde_json::from_slice::<Application>(&body) {
        Ok(application) => {
            let id = application.id.clone();
            platforms.vonage.add_application(application);
            HttpResponse::Created().json(json!({ "id": id }))
        }
        Err(error) => refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

async fn list_applications(platforms: Shared) -> HttpResponse {
    all(platforms.vonage.applications().iter().map(|application| (**application).clone()))
}

async fn add_twilio_account(platforms: Shared, body: Bytes) -> HttpResponse {
    match serde_json::from_slice::<TwilioAccount>(&body) {
        Ok(account) if account.auth_tokens.is_empty() => {
            refuse(StatusCode::BAD_REQUEST, "auth_tokens needs at least the primary token")
        }
        Ok(account) => {
            let sid = account.sid.clone();
            platforms.twilio.add_account(account);
            HttpResponse::Created().json(json!({ "sid": sid }))
        }
        Err(error) => refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    }
}

async fn list_twilio_accounts(platforms: Shared) -> HttpResponse {
    all(platforms.twilio.accounts().iter().map(|account| (**account).clone()))
}

async fn list_twilio_streams(platforms: Shared) -> HttpResponse {
    all(platforms.twilio.streams.views())
}

async fn add_sipgate_account(platforms: Shared, body: Bytes) -> HttpResponse {
    let read = serde_json::from_slice::<SipgateAccount>(&body).map_err(|error| error.to_string());
    match read.and_then(|account| account.check().map(|()| account)) {
        Ok(account) => {
            let number = account.account.clone();
            platforms.sipgate.add_account(account);
            HttpResponse::Created().json(json!({ "account": number }))
        }
        Err(detail) => refuse(StatusCode::BAD_REQUEST, &detail),
    }
}

async fn list_sipgate_accounts(platforms: Shared) -> HttpResponse {
    all(platforms.sipgate.accounts().iter().map(|account| (**account).clone()))
}

/// The same for all customers, as the carrier's own is.
async fn show_sipgate_key() -> HttpResponse {
    HttpResponse::Ok().content_type("application/x-pem-file").body(sipgate::sign::PUBLIC_KEY)
}

#[derive(Deserialize)]
struct On {
    carrier: Option<Carrier>,
    /// The number that is called instead of the scenario's.
    to: Option<String>,
}

async fn start_call(
    platforms: Shared,
    on: Query<On>,
    body: String,
) -> Result<HttpResponse, SimulatorError> {
    let mut scenario = match Scenario::parse(&body) {
        Ok(scenario) => scenario,
        Err(error) => return Ok(refuse(StatusCode::BAD_REQUEST, &error.to_string())),
    };
    if let Some(to) = &on.to {
        // A plus in a query is a space unless it was escaped.
        scenario.call.to = format!("+{}", digits(to.trim()));
    }
    let id = match on.carrier {
        Some(carrier) => platforms.call_on(carrier, scenario)?,
        None => platforms.call(scenario)?,
    };
    Ok(HttpResponse::Created().json(json!({ "id": id })))
}

async fn list_calls(platforms: Shared) -> HttpResponse {
    all(platforms.exchange.runs())
}

async fn show_call(platforms: Shared, id: Path<u64>) -> HttpResponse {
    match platforms.exchange.run(*id) {
        Some(run) => HttpResponse::Ok().json(run),
        None => refuse(StatusCode::NOT_FOUND, "no such run"),
    }
}

#[derive(Deserialize)]
struct To {
    to: Option<String>,
}

async fn list_placed(platforms: Shared, query: Query<To>) -> HttpResponse {
    // A plus in a query is a space unless it was escaped.
    all(placed(&platforms, query.to.as_deref().map(str::trim)))
}

async fn list_requests(platforms: Shared) -> HttpResponse {
    let records = platforms.exchange.state().requests.clone();
    all(records)
}

async fn list_webhooks(platforms: Shared) -> HttpResponse {
    let records = platforms.exchange.state().webhooks.clone();
    all(records)
}

async fn list_complaints(platforms: Shared) -> HttpResponse {
    let records = platforms.exchange.state().complaints.clone();
    all(records)
}

async fn list_rooms(platforms: Shared) -> HttpResponse {
    all(platforms.rooms().into_iter().map(|(name, who)| json!({ "name": name, "who": who })))
}

async fn delete_records(platforms: Shared) -> HttpResponse {
    platforms.exchange.forget();
    HttpResponse::NoContent().finish()
}

#[derive(Deserialize)]
struct Fresh {
    #[serde(default)]
    fresh: bool,
}

async fn replay_webhook(
    platforms: Shared,
    n: Path<u64>,
    query: Query<Fresh>,
) -> Result<HttpResponse, SimulatorError> {
    let status = platforms.replay(*n, query.fresh).await?;
    Ok(HttpResponse::Ok().json(json!({ "status": status })))
}

/// The number in the path is the phone's, whether or not the body repeats it.
async fn put_phone(
    platforms: Shared,
    number: Path<String>,
    body: Json<serde_json::Value>,
) -> HttpResponse {
    let mut described = body.into_inner();
    if let Some(map) = described.as_object_mut() {
        map.insert("number".into(), format!("+{}", digits(&number)).into());
    }
    match serde_json::from_value::<Phone>(described)
        .map_err(|error| error.to_string())
        .and_then(|phone| phone.check().map(|()| phone))
    {
        Ok(phone) => {
            platforms.exchange.set_phone(&number, phone);
            HttpResponse::NoContent().finish()
        }
        Err(detail) => refuse(StatusCode::BAD_REQUEST, &detail),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Press {
    keys: String,
}

async fn press_keys(
    platforms: Shared,
    number: Path<String>,
    body: Json<Press>,
) -> Result<HttpResponse, SimulatorError> {
    press(&platforms, &number, &body.keys)?;
    Ok(HttpResponse::NoContent().finish())
}

async fn hang_up_phone(
    platforms: Shared,
    number: Path<String>,
) -> Result<HttpResponse, SimulatorError> {
    hang_up(&platforms, &number)?;
    Ok(HttpResponse::NoContent().finish())
}

async fn answer_phone(
    platforms: Shared,
    number: Path<String>,
) -> Result<HttpResponse, SimulatorError> {
    decide(&platforms, &number, Decision::Answer)?;
    Ok(HttpResponse::NoContent().finish())
}

async fn decline_phone(
    platforms: Shared,
    number: Path<String>,
) -> Result<HttpResponse, SimulatorError> {
    decide(&platforms, &number, Decision::Decline)?;
    Ok(HttpResponse::NoContent().finish())
}

async fn show_clock(platforms: Shared) -> HttpResponse {
    let now = platforms.exchange.clock.now();
    HttpResponse::Ok().json(json!({ "now": now.unix_timestamp_nanos() / 1_000_000 }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    ms: u64,
}

async fn advance_clock(
    platforms: Shared,
    body: Json<Advance>,
) -> Result<HttpResponse, SimulatorError> {
    if !platforms.exchange.clock.advance(Duration::from_millis(body.ms)).await {
        return Err(SimulatorError::RealClock);
    }
    Ok(show_clock(platforms).await)
}

async fn run_load(
    platforms: Shared,
    body: Json<LoadRequest>,
) -> Result<HttpResponse, SimulatorError> {
    let report = load::run(&platforms, body.into_inner()).await?;
    Ok(HttpResponse::Ok().json(report))
}
