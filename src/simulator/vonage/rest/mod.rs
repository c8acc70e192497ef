//! The calls API: who may ask, what is asked, and what is answered.

pub mod control;
pub mod create;
pub mod look;

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode, header},
    web::{Bytes, Data},
};
use serde_json::{Value, json};

use super::{
    super::{delivery::Delivery, record::Request, settings::Application},
    Call, Platform, Playing,
    ncco::NccoError,
    sign,
};

/// An answer, and what becomes of it on its way.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
    pub delivery: Delivery,
}

/// A refusal, in one of the three shapes that this API has.
#[derive(Debug)]
pub enum Refusal {
    Unauthorized,
    Invalid(Vec<(String, String)>),
    TooEarly,
    /// The generic shape, for everything else.
    Problem(StatusCode, &'static str, &'static str, String),
}

impl Refusal {
    #[must_use]
    pub fn invalid(name: &str, reason: &str) -> Self {
        Self::Invalid(vec![(name.into(), reason.into())])
    }

    #[must_use]
    pub fn not_found() -> Self {
        Self::Problem(
            StatusCode::NOT_FOUND,
            "not-found",
            "Not Found",
            "The call is unknown, or over.".into(),
        )
    }

    #[must_use]
    pub fn too_many() -> Self {
        Self::Problem(
            StatusCode::TOO_MANY_REQUESTS,
            "throttled",
            "Throttled",
            "You have exceeded the rate of requests.".into(),
        )
    }

    #[must_use]
    pub fn broken() -> Self {
        Self::Problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal-error",
            "Internal Error",
            "Something went wrong on our side.".into(),
        )
    }

    fn into_answer(self, instance: &str) -> Answer {
        let (status, body) = match self {
            Self::Unauthorized => (
                StatusCode::UNAUTHORIZED,
                json!({ "type": "UNAUTHORIZED", "error_title": "Unauthorized" }),
            ),
            Self::TooEarly => (
                StatusCode::BAD_REQUEST,
                json!({ "type": "BAD_REQUEST", "error_title": "Bad Request" }),
            ),
            Self::Invalid(parameters) => {
                let parameters: Vec<Value> = parameters
                    .into_iter()
                    .map(|(name, reason)| json!({ "name": name, "reason": reason }))
                    .collect();
                (
                    StatusCode::BAD_REQUEST,
                    json!({ "type": 400, "title": "Bad Request", "invalid_parameters": parameters }),
                )
            }
            Self::Problem(status, slug, title, detail) => {
                let kind = format!("https://developer.vonage.com/api-errors#{slug}");
                (
                    status,
                    json!({ "type": kind, "title": title, "detail": detail, "instance": instance }),
                )
            }
        };
        Answer { status, body, delivery: Delivery::Arrives }
    }
}

impl From<NccoError> for Refusal {
    fn from(error: NccoError) -> Self {
        Self::Invalid(vec![(error.at, error.what)])
    }
}

impl Answer {
    #[must_use]
    pub fn new(status: StatusCode, body: Value) -> Self {
        Self { status, body, delivery: Delivery::Arrives }
    }
}

/// A request that got past the door.
#[derive(Debug)]
pub struct Asked {
    pub application: Arc<Application>,
    pub query: Vec<(String, String)>,
    pub body: Result<Value, String>,
}

impl Asked {
    /// The body, which must be a JSON object.
    pub fn object(&self) -> Result<&serde_json::Map<String, Value>, Refusal> {
        match &self.body {
            Ok(Value::Object(map)) => Ok(map),
            Ok(_) => Err(Refusal::invalid("body", "is not an object")),
            Err(reason) => Err(Refusal::invalid("body", reason)),
        }
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
    let instance = platform.exchange.id().to_string();
    let application = authenticate(platform, &request);
    let read = serde_json::from_slice::<Value>(&body).map_err(|error| error.to_string());
    let record_body = read
        .as_ref()
        .cloned()
        .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&body).into_owned()));
    let id = application.as_ref().ok().map(|application| application.id.clone());

    let answer = match application {
        Ok(application) => {
            let query = serde_json_query(request.query_string());
            let asked = Asked { application, query, body: read };
            route(platform, request.method(), request.path(), &asked)
                .unwrap_or_else(|refusal| refusal.into_answer(&instance))
        }
        Err(refusal) => refusal.into_answer(&instance),
    };
    let arrives = answer.delivery == Delivery::Arrives;
    let record = Request {
        at,
        application: id,
        method: request.method().to_string(),
        path: request.path().into(),
        body: record_body,
        status: arrives.then(|| answer.status.as_u16()),
        answer: answer.body.clone(),
    };
    platform.exchange.keep(|state| &mut state.requests, record);
    drop(busy);
    respond(platform, answer, &instance).await
}

fn serde_json_query(query: &str) -> Vec<(String, String)> {
    let url = reqwest::Url::parse(&format!("http://query/?{query}"));
    url.map(|url| {
        url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
    })
    .unwrap_or_default()
}

fn authenticate(platform: &Platform, request: &HttpRequest) -> Result<Arc<Application>, Refusal> {
    let refuse = |why: &str| {
        platform.exchange.complain(format!("a request was refused: {why}"));
        Refusal::Unauthorized
    };
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(|| refuse("no bearer token"))?;
    let id = sign::names(token).ok_or_else(|| refuse("the token names no application"))?;
    let application =
        platform.application(&id).ok_or_else(|| refuse("the application is unknown"))?;
    sign::check(token, &application, platform.exchange.clock.now()).map_err(refuse)?;
    Ok(application)
}

fn route(
    platform: &Arc<Platform>,
    method: &Method,
    path: &str,
    asked: &Asked,
) -> Result<Answer, Refusal> {
    let segments: Vec<&str> = path
        .trim_start_matches("/v1/calls")
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    let creates = method == Method::POST && segments.is_empty();
    if !creates
        && !platform.requests.allows(&asked.application.api_key, platform.exchange.clock.now())
    {
        return Err(Refusal::too_many());
    }
    let known = |uuid: &str| known(platform, asked, uuid);
    let alive = |uuid: &str| alive(platform, asked, uuid);
    let talking = |uuid: &str| talking(platform, asked, uuid);
    match (method.as_str(), segments.as_slice()) {
        ("POST", []) => create::create(platform, asked),
        ("GET", []) => look::list(platform, asked),
        ("GET", [uuid]) => known(uuid).and_then(|call| look::one(&call)),
        ("PUT", [uuid]) => alive(uuid).and_then(|call| control::update(platform, &call, asked)),
        ("PUT", [uuid, "talk"]) => {
            talking(uuid).and_then(|call| control::talk(platform, &call, asked))
        }
        ("DELETE", [uuid, "talk"]) => {
            talking(uuid).and_then(|call| control::stop(&call, Playing::Talk))
        }
        ("PUT", [uuid, "stream"]) => {
            talking(uuid).and_then(|call| control::stream(platform, &call, asked))
        }
        ("DELETE", [uuid, "stream"]) => {
            talking(uuid).and_then(|call| control::stop(&call, Playing::Stream))
        }
        ("PUT", [uuid, "dtmf"]) => {
            talking(uuid).and_then(|call| control::dtmf(platform, &call, asked))
        }
        ("PUT", [uuid, "input", "dtmf"]) => {
            alive(uuid).and_then(|call| control::subscribe(&call, asked))
        }
        ("DELETE", [uuid, "input", "dtmf"]) => {
            alive(uuid).and_then(|call| control::unsubscribe(&call))
        }
        _ => Err(Refusal::Problem(
            StatusCode::NOT_FOUND,
            "not-found",
            "Not Found",
            format!("{method} {path} is nothing here."),
        )),
    }
}

/// A call of this application, over or not.
fn known(platform: &Platform, asked: &Asked, uuid: &str) -> Result<Arc<Call>, Refusal> {
    platform
        .call(uuid)
        .filter(|call| call.application.id == asked.application.id)
        .ok_or_else(Refusal::not_found)
}

fn alive(platform: &Platform, asked: &Asked, uuid: &str) -> Result<Arc<Call>, Refusal> {
    known(platform, asked, uuid).and_then(|call| {
        if call.leg.over.is_cancelled() { Err(Refusal::not_found()) } else { Ok(call) }
    })
}

/// A leg that was answered: nothing can be played into one that rings.
fn talking(platform: &Platform, asked: &Asked, uuid: &str) -> Result<Arc<Call>, Refusal> {
    alive(platform, asked, uuid)
        .and_then(|call| if call.leg.is_up() { Ok(call) } else { Err(Refusal::TooEarly) })
}

async fn respond(platform: &Platform, answer: Answer, trace: &str) -> HttpResponse {
    let mut response = HttpResponse::build(answer.status);
    response.insert_header(("x-nexmo-trace-id", trace));
    if let Some(severed) = answer.delivery.fails(&platform.exchange).await {
        return severed;
    }
    if answer.status == StatusCode::NO_CONTENT {
        response.finish()
    } else {
        response.json(answer.body)
    }
}
