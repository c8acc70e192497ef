//! The REST API: who may ask, what is asked, and what is answered.

mod calls;
mod change;
mod conferences;
mod form;
mod page;
mod participants;
mod place;
mod streams;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    web::{Bytes, Data},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use url::form_urlencoded;

use self::form::Form;
use super::{
    super::{delivery::Delivery, record::Request},
    Call, Platform,
    account::TwilioAccount,
    events::API_VERSION,
};

/// An answer, and what becomes of it on its way.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
    pub delivery: Delivery,
}

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

/// A refusal, with the vendor's code.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub status: StatusCode,
    pub code: u32,
    pub message: String,
}

impl Refusal {
    #[must_use]
    pub fn bad(code: u32, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, message: message.into() }
    }

    #[must_use]
    pub fn not_found(path: &str) -> Self {
        let message = format!("The requested resource {path} was not found");
        Self { status: StatusCode::NOT_FOUND, code: 20404, message }
    }

    #[must_use]
    pub fn too_many() -> Self {
        let message = "Too many concurrent requests".into();
        Self { status: StatusCode::TOO_MANY_REQUESTS, code: 20429, message }
    }

    #[must_use]
    pub fn broken() -> Self {
        let message = "An internal server error has occurred".into();
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, code: 20500, message }
    }

    fn into_answer(self) -> Answer {
        let code = self.code;
        let body = json!({
            "code": code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{code}"),
            "status": self.status.as_u16(),
        });
        Answer { status: self.status, body, delivery: Delivery::Arrives }
    }
}

/// A request that got past the door.
#[derive(Debug)]
pub struct Asked {
    pub account: Arc<TwilioAccount>,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub form: Form,
}

impl Asked {
    #[must_use]
    pub fn queried(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The beginning of every address in this account.
    #[must_use]
    pub fn base(&self) -> String {
        format!("/{API_VERSION}/Accounts/{}", self.account.sid)
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
    let sid = account.as_ref().ok().map(|account| account.sid.clone());
    let fields: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let record_body = form::as_json(&fields);

    let answer = account.and_then(|account| {
        check_shape(platform, &request, &body);
        let asked = Asked {
            account,
            path: request.path().to_owned(),
            query: form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect(),
            form: Form::new(fields),
        };
        route(platform, request.method(), &asked)
    });
    let answer = answer.unwrap_or_else(Refusal::into_answer);
    let arrives = answer.delivery == Delivery::Arrives;
    let record = Request {
        at,
        application: sid,
        method: request.method().to_string(),
        path: request.path().into(),
        body: record_body,
        status: arrives.then(|| answer.status.as_u16()),
        answer: answer.body.clone(),
    };
    platform.exchange.keep(|state| &mut state.requests, record);
    drop(busy);
    respond(platform, answer).await
}

fn check_shape(platform: &Platform, request: &HttpRequest, body: &Bytes) {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let form = kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !body.is_empty() && !form {
        platform.exchange.complain(format!("a body came as {kind:?}: this API reads forms only"));
    }
}

/// `AccountSid:AuthToken` or `SK…:secret`; the account in the path has to be the same.
fn authenticate(platform: &Platform, request: &HttpRequest) -> Result<Arc<TwilioAccount>, Refusal> {
    let refuse = |why: &str| {
        platform.exchange.complain(format!("a request was refused: {why}"));
        Refusal { status: StatusCode::UNAUTHORIZED, code: 20003, message: "Authenticate".into() }
    };
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let both = header
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|value| STANDARD.decode(value).ok())
        .and_then(|value| String::from_utf8(value).ok())
        .ok_or_else(|| refuse("no user and password"))?;
    let (user, password) = both.split_once(':').ok_or_else(|| refuse("no user and password"))?;
    let sid = request.path().split('/').nth(3).unwrap_or("");
    let account = platform
        .account(sid.trim_end_matches(".json"))
        .ok_or_else(|| refuse("the account is unknown"))?;
    let known = if user == account.sid {
        account.auth_tokens.iter().any(|token| token == password)
    } else {
        account.api_keys.get(user).is_some_and(|secret| secret == password)
    };
    if known { Ok(account) } else { Err(refuse("wrong user or password")) }
}

fn route(platform: &Arc<Platform>, method: &Method, asked: &Asked) -> Result<Answer, Refusal> {
    let now = platform.exchange.clock.now();
    let Some(path) = asked.path.strip_suffix(".json") else {
        platform.exchange.complain(format!("{} lacks .json", asked.path));
        return Err(Refusal::not_found(&asked.path));
    };
    if !platform.requests.allows(&asked.account.sid, now) {
        return Err(Refusal::too_many());
    }
    let segments: Vec<&str> = path.split('/').skip(4).collect();
    let call = |sid: &str| known(platform, asked, sid);
    let room = |sid: &str| conferences::known(platform, asked, sid);
    match (method.as_str(), segments.as_slice()) {
        ("POST", ["Calls"]) => place::create(platform, asked),
        ("GET", ["Calls"]) => calls::list(platform, asked),
        ("GET", ["Calls", sid]) => call(sid).map(|call| Answer::ok(calls::view(&call))),
        ("POST", ["Calls", sid]) => change::update(platform, &call(sid)?, asked),
        ("DELETE", ["Calls", sid]) => {
            let call = call(sid)?;
            calls::delete(platform, &call)
        }
        ("POST", ["Calls", sid, "Streams"]) => streams::start(platform, &call(sid)?, asked),
        ("POST", ["Calls", sid, "Streams", name]) => {
            streams::stop(platform, &call(sid)?, name, asked)
        }
        ("GET", ["Conferences"]) => conferences::list(platform, asked),
        ("GET", ["Conferences", sid]) => {
            room(sid).map(|conference| Answer::ok(conferences::view(&conference)))
        }
        ("POST", ["Conferences", sid]) => conferences::update(platform, &room(sid)?, asked),
        ("POST", ["Conferences", name, "Participants"]) => {
            place::participant(platform, asked, name)
        }
        ("GET", ["Conferences", sid, "Participants"]) => {
            let room = room(sid)?;
            participants::list(&room, asked)
        }
        ("GET", ["Conferences", sid, "Participants", who]) => {
            let room = room(sid)?;
            participants::one(&room, &decoded(who), asked)
        }
        ("POST", ["Conferences", sid, "Participants", who]) => {
            participants::update(platform, &room(sid)?, &decoded(who), asked)
        }
        ("DELETE", ["Conferences", sid, "Participants", who]) => {
            participants::remove(platform, &room(sid)?, &decoded(who), asked)
        }
        _ => Err(Refusal::not_found(&asked.path)),
    }
}

/// A piece of a path as it was meant.
fn decoded(segment: &str) -> String {
    let pair = format!("x={}", segment.replace('+', "%2B"));
    let read = form_urlencoded::parse(pair.as_bytes()).next();
    read.map_or_else(String::new, |(_, value)| value.into_owned())
}

/// A call of this account, over or not.
fn known(platform: &Platform, asked: &Asked, sid: &str) -> Result<Arc<Call>, Refusal> {
    platform
        .call(sid)
        .filter(|call| call.account.sid == asked.account.sid)
        .ok_or_else(|| Refusal::not_found(&asked.path))
}

async fn respond(platform: &Platform, answer: Answer) -> HttpResponse {
    let mut response = HttpResponse::build(answer.status);
    if let Some(severed) = answer.delivery.fails(&platform.exchange).await {
        return severed;
    }
    let load = if answer.status == StatusCode::TOO_MANY_REQUESTS { "100" } else { "1" };
    response.insert_header(("Twilio-Concurrent-Requests", load));
    if answer.status == StatusCode::NO_CONTENT {
        response.finish()
    } else {
        response.json(answer.body)
    }
}
