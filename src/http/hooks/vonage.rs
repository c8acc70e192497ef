//! `/hooks/vonage/{token}/…`: one handler for all of them, GET and POST.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use time::OffsetDateTime;
use tokio::sync::RwLock;

use crate::application::calls::CallError;
use crate::application::calls::receive::{About, Incoming, News};
use crate::application::ports::{Answer, RawWebhook, Unavailable};
use crate::carriers::vonage::parse::{Parsed, What, parse};
use crate::carriers::vonage::verify::{Method, Signing, Unverified, Verified};
use crate::carriers::vonage::{Credentials, Hook, Urls, render};
use crate::domain::call::signal::Signal;
use crate::domain::ids::{CallId, LegId};
use crate::http::App;
use crate::store::Store;
use crate::store::directory::connections::{self, Connection};

/// How long a connection is remembered; while the database is down, longer.
const REMEMBERED: Duration = Duration::from_secs(5);
/// What a caller hears if a callback failed and the database is still down: never silence.
const TRY_AGAIN: &str = r#"[{"action":"talk","text":"Sorry, the door can not be reached right now. Please try again in a moment."}]"#;

/// What the path says.
#[derive(Debug, Deserialize)]
pub struct Path {
    token: String,
    hook: String,
    call: Option<CallId>,
    leg: Option<LegId>,
}

/// Connections by token, remembered so that a webhook does not wait for a look-up.
#[derive(Debug, Default)]
pub struct Connections(RwLock<HashMap<String, (Instant, Arc<Known>)>>);

/// A connection, with what its adapter needs.
#[derive(Debug)]
pub struct Known {
    connection: Connection,
    credentials: Credentials,
}

impl Connections {
    /// The connection with this token.
    async fn known(
        &self,
        store: &Store,
        token: &str,
        at: OffsetDateTime,
    ) -> Result<Option<Arc<Known>>, Unavailable> {
        let remembered = self.0.read().await.get(token).cloned();
        if let Some((since, known)) = &remembered
            && since.elapsed() < REMEMBERED
        {
            return Ok(Some(Arc::clone(known)));
        }
        let found = match (store.connection_by_token(token).await, remembered) {
            (Ok(found), _) => found,
            (Err(_), Some((_, known))) => return Ok(Some(known)),
            (Err(error), None) => return Err(error),
        };
        let Some(connection) = found else { return Ok(None) };
        let credentials = Credentials::from_json(&connection.credentials, at).map_err(|error| {
            Unavailable { what: "a connection's credentials", reason: error.to_string() }
        })?;
        let known = Arc::new(Known { connection, credentials });
        self.0.write().await.insert(token.to_owned(), (Instant::now(), Arc::clone(&known)));
        Ok(Some(known))
    }
}

/// Takes a webhook of Vonage's.
pub async fn receive(
    app: Data<App>,
    request: HttpRequest,
    path: actix_web::web::Path<Path>,
    body: Bytes,
) -> HttpResponse {
    let started = Instant::now();
    // A reset connection drops this handler, but not the task: what came is stored, whoever still listens.
    let work = tokio::spawn(answer(app, unverified(&request, body), path.into_inner()));
    let (response, outcome) = work.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a webhook's task failed");
        (later(), "failed")
    });
    metrics::counter!("webhook_requests_total", "provider" => "vonage", "outcome" => outcome)
        .increment(1);
    metrics::histogram!("webhook_answer_seconds").record(started.elapsed().as_secs_f64());
    response.into()
}

/// A response that can cross tasks.
struct Response {
    status: u16,
    content_type: Option<&'static str>,
    retry_after: Option<u16>,
    body: Bytes,
}

async fn answer(app: Data<App>, unverified: Unverified, path: Path) -> (Response, &'static str) {
    let Ok(hook) = path.hook.parse::<Hook>() else { return (status(404), "unknown") };
    let known = match app.connections.known(&app.store, &path.token, app.clock.now()).await {
        Ok(Some(known)) => known,
        Ok(None) => return (status(404), "unknown"),
        Err(error) => return unavailable(hook, &error),
    };
    let raw = raw_of(&unverified);
    let signing = match known.connection.signing {
        connections::Signing::Required => Signing::Required,
        connections::Signing::Off => Signing::Off,
    };
    let verified = match unverified.verify(&known.credentials, signing, app.clock.now()) {
        Ok(verified) => verified,
        Err(refusal) => {
            metrics::counter!("signature_failures_total", "provider" => "vonage", "reason" => refusal.label()).increment(1);
            let response =
                Response { retry_after: refusal.retry_after(), ..status(refusal.status()) };
            return (response, "refused");
        }
    };
    let parsed = match parse(hook, &verified) {
        Ok(parsed) => parsed,
        Err(error) => {
            tracing::warn!(%error, "a signed webhook could not be read");
            return (status(400), "malformed");
        }
    };
    match app.calls.receive(incoming(&app, &known, &path, parsed, &verified, raw)).await {
        Ok(answer) => (answer.into(), "answered"),
        Err(CallError::Unavailable(error)) => unavailable(hook, &error),
        Err(error) => {
            tracing::error!(%error, "a webhook could not be decided");
            (later(), "failed")
        }
    }
}

fn incoming(
    app: &Data<App>,
    known: &Known,
    path: &Path,
    parsed: Parsed,
    verified: &Verified,
    raw: RawWebhook,
) -> Incoming {
    let about = match (path.call, path.leg) {
        (Some(call), Some(leg)) => About::Leg(call, leg),
        _ => About::Named(
            parsed
                .carrier_leg
                .iter()
                .map(|leg| leg.id.clone())
                .chain(parsed.conversation.clone())
                .collect(),
        ),
    };
    let is_first = matches!(about, About::Named(_));
    let news = news(parsed, is_first);
    let (public_url, token) = (app.public_url.clone(), known.connection.token.clone());
    Incoming {
        tenant: known.connection.tenant,
        connection: known.connection.id,
        provider: "vonage",
        key: verified.key(known.connection.id),
        raw,
        about,
        news,
        render: Box::new(move |call, leg, n, script| {
            let urls = Urls { public_url: &public_url, token: &token, call, leg, n };
            render::answer(script, &urls)
        }),
    }
}

/// What a webhook says: without ids of ours in its path, a leg that asks is a visitor who rings.
fn news(parsed: Parsed, is_first: bool) -> News {
    if is_first
        && let Some((arrival, carrier_leg)) =
            parsed.arrival().cloned().zip(parsed.carrier_leg.clone())
    {
        let from = arrival.from.or(arrival.from_user).unwrap_or_default();
        return News::Rang { to: arrival.to.unwrap_or_default(), from, carrier_leg };
    }
    if let What::Other(_) | What::Marked(_) = parsed.what {
        return News::Nothing;
    }
    // The leg is filled in by the use case, which knows it.
    match parsed.into_signal(LegId::from_uuid(uuid::Uuid::nil())) {
        Some(Signal::Asks { carrier_leg, .. }) => News::Asks(carrier_leg),
        Some(Signal::Pressed { keys, .. }) => News::Pressed(keys),
        Some(Signal::Leg { report, carrier_leg, occurred_at, .. }) => {
            News::Leg { report, carrier_leg, occurred_at }
        }
        _ => News::Nothing,
    }
}

fn unverified(request: &HttpRequest, body: Bytes) -> Unverified {
    let authorization = request
        .headers()
        .get_all(AUTHORIZATION)
        .filter_map(|value| value.to_str().ok().map(str::to_owned));
    Unverified {
        method: if request.method() == actix_web::http::Method::GET {
            Method::Get
        } else {
            Method::Post
        },
        path: request.path().to_owned(),
        query: request.query_string().to_owned(),
        authorization: authorization.collect(),
        body,
    }
}

/// What is kept, sealed: all but what authenticates.
fn raw_of(webhook: &Unverified) -> RawWebhook {
    let method = match webhook.method {
        Method::Get => "GET",
        Method::Post => "POST",
    };
    let hook_and_ids = webhook.path.splitn(5, '/').nth(4).unwrap_or_default();
    RawWebhook {
        request_line: format!("{method} {hook_and_ids}?{}", webhook.query),
        headers: String::new(),
        body: webhook.body.clone(),
    }
}

fn unavailable(hook: Hook, error: &Unavailable) -> (Response, &'static str) {
    tracing::warn!(%error, "a webhook could not be stored");
    if hook == Hook::Fallback {
        let body = Bytes::from_static(TRY_AGAIN.as_bytes());
        return (
            Response { content_type: Some("application/json"), body, ..status(200) },
            "fallback",
        );
    }
    (later(), "unavailable")
}

/// Vonage tries again after 503, once, and after nothing else.
fn later() -> Response {
    Response { retry_after: Some(1), ..status(503) }
}

fn status(status: u16) -> Response {
    Response { status, content_type: None, retry_after: None, body: Bytes::new() }
}

impl From<Answer> for Response {
    fn from(answer: Answer) -> Self {
        Self {
            status: answer.status,
            content_type: answer.content_type,
            retry_after: None,
            body: answer.body,
        }
    }
}

impl From<Response> for HttpResponse {
    fn from(response: Response) -> Self {
        let mut answer =
            Self::build(StatusCode::from_u16(response.status).unwrap_or(StatusCode::OK));
        if let Some(content_type) = response.content_type {
            answer.insert_header((CONTENT_TYPE, content_type));
        }
        if let Some(seconds) = response.retry_after {
            answer.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        answer.body(response.body)
    }
}
