//! The simulated carrier, where an installation has one: visitors and phones for whoever tries a door from the console. Nothing of it is part
//! of the API; it is passed on to the simulator as it is, once it is clear who asks.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{self, Bytes, Data, Path, ServiceConfig};
use reqwest::{Client, Method, Url};

use crate::domain::phone_number::PhoneNumber;
use crate::http::App;
use crate::http::extract::manager::{Manager, Role};
use crate::http::problem::Problem;

/// It runs beside us.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);
/// What can be done to a phone by hand.
const ACTS: [&str; 4] = ["answer", "decline", "press", "hang_up"];

/// Where the simulator is.
#[derive(Clone, Debug)]
pub struct Simulator {
    client: Client,
    base: Url,
}

impl Simulator {
    /// The one at this address.
    pub fn at(base: Url) -> Result<Self, reqwest::Error> {
        let redirect = reqwest::redirect::Policy::none();
        let client = Client::builder().timeout(ANSWERS_WITHIN).redirect(redirect).build()?;
        Ok(Self { client, base })
    }
}

/// Registers what the console needs of it: tell it of a line, start a visit, look at it, drive phones by hand.
pub fn configure(config: &mut ServiceConfig) {
    config
        .route("/simulator/applications", web::post().to(add_application))
        .route("/simulator/calls", web::post().to(start_call))
        .route("/simulator/calls/{id}", web::get().to(show_call))
        .route("/simulator/phones/{number}", web::put().to(set_phone))
        .route("/simulator/phones/{number}/{act}", web::post().to(drive_phone));
}

async fn add_application(
    app: Data<App>,
    manager: Manager,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    pass_on(&app, Method::POST, "applications", body).await
}

async fn start_call(
    app: Data<App>,
    manager: Manager,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    pass_on(&app, Method::POST, "calls", body).await
}

async fn show_call(
    app: Data<App>,
    manager: Manager,
    id: Path<u64>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    pass_on(&app, Method::GET, &format!("calls/{id}"), Bytes::new()).await
}

async fn set_phone(
    app: Data<App>,
    manager: Manager,
    number: Path<String>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    let number = phone(&number)?;
    pass_on(&app, Method::PUT, &format!("phones/{number}"), body).await
}

async fn drive_phone(
    app: Data<App>,
    manager: Manager,
    named: Path<(String, String)>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    let (number, act) = named.into_inner();
    let number = phone(&number)?;
    if !ACTS.contains(&act.as_str()) {
        return Err(Problem::NotFound);
    }
    pass_on(&app, Method::POST, &format!("phones/{number}/{act}"), body).await
}

fn phone(text: &str) -> Result<String, Problem> {
    let number = PhoneNumber::parse(text).map_err(|_| Problem::NotFound)?;
    Ok(number.as_e164().to_owned())
}

async fn pass_on(
    app: &App,
    method: Method,
    path: &str,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let simulator = app.simulator.as_ref().ok_or(Problem::NotFound)?;
    let failed = |error: reqwest::Error| Problem::Unavailable(error.without_url().to_string());
    let url = simulator
        .base
        .join(&format!("/sim/{path}"))
        .map_err(|error| Problem::Internal(error.to_string()))?;
    let request =
        simulator.client.request(method, url).header("content-type", "application/json").body(body);
    let answer = request.send().await.map_err(failed)?;
    let status = StatusCode::from_u16(answer.status().as_u16())
        .map_err(|error| Problem::Internal(error.to_string()))?;
    let body = answer.bytes().await.map_err(failed)?;
    Ok(HttpResponse::build(status)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(body))
}
