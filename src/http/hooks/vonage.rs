//! `/hooks/vonage/{token}/…`: one handler for all of them, GET and POST.

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::answering::{NO_KIND, Response, Webhook, in_own_task, later, note_refusal, status};
use super::connections::{Credentials, Known};
use crate::application::calls::CallError;
use crate::application::calls::receive::{About, Incoming, News};
use crate::application::ports::{RawWebhook, Unavailable};
use crate::carriers::vonage::parse::{Parsed, What, parse};
use crate::carriers::vonage::verify::{Method, Signing, Unverified, Verified};
use crate::carriers::vonage::{Hook, Urls, render};
use crate::domain::call::script::{Script, Step};
use crate::domain::call::signal::{Direction, Signal};
use crate::domain::ids::{CallId, LegId};
use crate::http::App;
use crate::store::directory::connections;

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

/// Takes a webhook of Vonage's.
pub async fn receive(
    app: Data<App>,
    request: HttpRequest,
    path: actix_web::web::Path<Path>,
    body: Bytes,
) -> HttpResponse {
    let webhook = unverified(&request, body);
    let kind = path.hook.parse().map_or(NO_KIND, Hook::name);
    let came = Webhook { provider: "vonage", kind };
    let answer = answer(app.clone(), webhook, path.into_inner());
    in_own_task(&app.tasks, came, answer).await
}

async fn answer(app: Data<App>, unverified: Unverified, path: Path) -> (Response, &'static str) {
    let Ok(hook) = path.hook.parse::<Hook>() else { return (status(404), "unknown") };
    let known = match app.connections.known(&app.store, &path.token, app.clock.now()).await {
        Ok(Some(known)) => known,
        Ok(None) => return (status(404), "unknown"),
        Err(error) => return unavailable(hook, &error),
    };
    let Credentials::Vonage(credentials) = &known.credentials else {
        return (status(404), "unknown");
    };
    let raw = raw_of(&unverified);
    let signing = match known.connection.signing {
        connections::Signing::Required => Signing::Required,
        connections::Signing::Off => Signing::Off,
    };
    let verified = match unverified.verify(credentials, signing, app.clock.now()) {
        Ok(verified) => verified,
        Err(refusal) => {
            note_refusal(&app, &known.connection, "vonage", refusal.label());
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
        to_no_line: Script::of([Step::Reject]),
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
        return News::Rang {
            to: arrival.to.unwrap_or_default(),
            from,
            carrier_leg,
            direction: Direction::Inbound,
            users: Vec::new(),
        };
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
