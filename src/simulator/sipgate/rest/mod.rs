//! The REST API v2: who may ask, what is asked, and what is answered.

mod calls;
mod history;
mod place;
mod settings;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    web::{Bytes, Data},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{
    super::{delivery::Delivery, record::Request},
    Call, Platform,
    account::SipgateAccount,
};

/// An answer, and what becomes of it on its way.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
    pub delivery: Delivery,
}

/// Why a request is refused; the words are ours, the carrier documents the status alone.
#[derive(Debug)]
pub struct Refusal {
    pub status: StatusCode,
    pub message: String,
}

pub type Answered = Result<Answer, Refusal>;

impl Answer {
    #[must_use]
    pub fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, body, delivery: Delivery::Arrives }
    }

    #[must_use]
    pub fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: Value::Null, delivery: Delivery::Arrives }
    }
}

impl Refusal {
    #[must_use]
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    #[must_use]
    pub fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found")
    }

    fn into_answer(self) -> Answer {
        let body = json!({ "status": self.status.as_u16(), "message": self.message });
        Answer { status: self.status, body, delivery: Delivery::Arrives }
    }
}

/// A request that got past the door.
#[derive(Debug)]
pub struct Asked {
    pub account: Arc<SipgateAccount>,
    pub query: Vec<(String, String)>,
    pub content_type: String,
    pub body: Bytes,
}

impl Asked {
    #[must_use]
    pub fn queried(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The body, of which every field has to be known.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        if !self.content_type.starts_with("application/json") {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Refusal::new(status, "application/json is wanted"));
        }
        serde_json::from_slice(&self.body).map_err(|error| Refusal::bad(error.to_string()))
    }
}

pub async fn handle(
    platform: Data<Arc<Platform>>,
    request: HttpRequest,
    body: Bytes,
) -> HttpResponse {
    let platform = platform.get_ref();
    let busy = platform.exchange.clock.busy();
    let at = platform.exchange.clock.now();
    let account = authenticate(platform, &request);
    let application = account.as_ref().ok().map(|account| account.account.clone());
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let answer = account.and_then(|account| {
        let asked = Asked {
            account,
            query: form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect(),
            content_type: kind.unwrap_or("").to_ascii_lowercase(),
            body: body.clone(),
        };
        route(platform, request.method(), request.path(), &asked)
    });
    let answer = answer.unwrap_or_else(Refusal::into_answer);
    let arrives = answer.delivery == Delivery::Arrives;
    let record = Request {
        at,
        application,
        method: request.method().to_string(),
        path: request.path().into(),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        status: arrives.then(|| answer.status.as_u16()),
        answer: answer.body.clone(),
    };
    platform.exchange.keep(|state| &mut state.requests, record);
    drop(busy);
    if let Some(severed) = answer.delivery.fails(&platform.exchange).await {
        return severed;
    }
    let mut response = HttpResponse::build(answer.status);
    if answer.status == StatusCode::NO_CONTENT {
        response.finish()
    } else {
        response.json(answer.body)
    }
}

/// Token id and token, as user and password.
fn authenticate(
    platform: &Platform,
    request: &HttpRequest,
) -> Result<Arc<SipgateAccount>, Refusal> {
    let refuse = |why: &str| {
        platform.exchange.complain(format!("a request was refused: {why}"));
        Refusal::new(StatusCode::UNAUTHORIZED, "Unauthorized")
    };
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let both = header
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|value| STANDARD.decode(value).ok())
        .and_then(|value| String::from_utf8(value).ok())
        .ok_or_else(|| refuse("no token id and token"))?;
    let (token_id, token) = both.split_once(':').ok_or_else(|| refuse("no token id and token"))?;
    let account = platform.account_of_token(token_id);
    account.filter(|account| account.token == token).ok_or_else(|| refuse("the token is unknown"))
}

fn route(platform: &Arc<Platform>, method: &Method, path: &str, asked: &Asked) -> Answered {
    let now = platform.exchange.clock.now();
    if !platform.requests.allows(&asked.account.account, now) {
        return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests"));
    }
    let path = path.trim_start_matches("/v2").trim_matches('/');
    let segments: Vec<&str> = path.split('/').collect();
    let talking = |id: &str| talking(platform, asked, id);
    match (method.as_str(), segments.as_slice()) {
        ("POST", ["sessions", "calls"]) => place::create(platform, asked),
        ("GET", ["calls"]) => calls::list(platform, asked),
        ("DELETE", ["calls", id]) => calls::hang_up(&*talking(id)?),
        ("POST", ["calls", id, "dtmf"]) => calls::dtmf(platform, &talking(id)?, asked),
        ("POST", ["calls", id, "announcements"]) => calls::announce(platform, &talking(id)?, asked),
        ("POST", ["calls", id, "transfer"]) => calls::transfer(&*talking(id)?, asked),
        ("PUT", ["calls", id, switch @ ("hold" | "muted" | "recording")]) => {
            calls::switch(&*talking(id)?, switch, asked)
        }
        ("GET", ["history"]) => history::list(platform, asked),
        ("GET", ["settings", "sipgateio"]) => settings::show(asked),
        ("PUT", ["settings", "sipgateio"]) => settings::change(platform, asked),
        ("GET", ["log", "webhooks"]) => settings::log(platform, asked),
        ("GET", ["account"]) => settings::account(asked),
        ("GET", ["authorization", "userinfo"]) => settings::who(asked),
        ("GET", ["numbers"]) => settings::numbers(asked),
        _ => {
            platform.exchange.complain(format!("{method} {path} is nothing that is known here"));
            Err(Refusal::not_found())
        }
    }
}

/// A call of this account whose parties talk: the API knows no other, neither one that rings nor one that is over.
fn talking(platform: &Platform, asked: &Asked, id: &str) -> Result<Arc<Call>, Refusal> {
    platform
        .call(id)
        .filter(|call| call.account.account == asked.account.account && call.talking().is_some())
        .ok_or_else(Refusal::not_found)
}

/// Digits of a number in E.164, which is written with `+` here.
fn e164(number: &str) -> Option<String> {
    let digits = number.strip_prefix('+')?;
    let plain =
        (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.to_owned())
}

/// As it is written here: `+` and digits, or nothing for a withheld one.
fn written(number: &str) -> String {
    if number.bytes().all(|byte| byte.is_ascii_digit()) && !number.is_empty() {
        format!("+{number}")
    } else {
        String::new()
    }
}
