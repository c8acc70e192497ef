//! `/hooks/twilio/{token}/…`: one handler for all of them, GET and POST.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::answering::{NO_KIND, Response, Webhook, in_own_task, later, note_refusal, status};
use super::connections::{Credentials, Known};
use crate::application::calls::CallError;
use crate::application::calls::receive::{About, Incoming, News};
use crate::application::ports::{RawWebhook, Unavailable};
use crate::carriers::twilio::parse::{Parsed, What, parse};
use crate::carriers::twilio::verify::{Method, Signing, Unverified, Verified};
use crate::carriers::twilio::{Hook, Urls, render};
use crate::domain::call::script::{Script, Speech, Step};
use crate::domain::call::signal::Direction;
use crate::domain::ids::{CallId, EventId, LegId};
use crate::http::App;
use crate::store::directory::connections;

/// What a caller hears if a callback failed and the database is still down: never silence.
const TRY_AGAIN: &str =
    "Sorry, the door can not be reached right now. Please try again in a moment.";

/// What the path says.
#[derive(Debug, Deserialize)]
pub struct Path {
    token: String,
    hook: String,
    call: Option<CallId>,
    leg: Option<LegId>,
    event: Option<EventId>,
}

/// Takes a webhook of Twilio's.
pub async fn receive(
    app: Data<App>,
    request: HttpRequest,
    path: actix_web::web::Path<Path>,
    body: Bytes,
) -> HttpResponse {
    let webhook = unverified(&request, body);
    let kind = path.hook.parse().map_or(NO_KIND, Hook::name);
    let came = Webhook { provider: "twilio", kind };
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
    let Credentials::Twilio(credentials) = &known.credentials else {
        return (status(404), "unknown");
    };
    let raw = raw_of(&unverified);
    let signing = match known.connection.signing {
        connections::Signing::Required => Signing::Required,
        connections::Signing::Off => Signing::Off,
    };
    let verified = match unverified.verify(credentials, signing, &app.public_url) {
        Ok(verified) => verified,
        Err(refusal) => {
            note_refusal(&app, &known.connection, "twilio", refusal.label());
            return (status(refusal.status()), "refused");
        }
    };
    let parsed = match parse(hook, &verified) {
        Ok(parsed) => parsed,
        Err(error) => {
            tracing::warn!(%error, "a signed webhook could not be read");
            return (status(400), "malformed");
        }
    };
    if parsed.what == What::WantsSentence {
        return sentence(&app, &known, &path).await;
    }
    match app.calls.receive(incoming(&app, &known, (hook, &path), parsed, &verified, raw)).await {
        Ok(answer) => (answer.into(), "answered"),
        Err(CallError::Unavailable(error)) => unavailable(hook, &error),
        Err(error) => {
            tracing::error!(%error, "a webhook could not be decided");
            (later(), "failed")
        }
    }
}

/// Reads the sentence that a room fetches. Nothing happens by that, so nothing is stored.
async fn sentence(app: &App, known: &Known, path: &Path) -> (Response, &'static str) {
    let (Some(call), Some(event)) = (path.call, path.event) else {
        return (status(404), "unknown");
    };
    match app.calls.sentence(known.connection.tenant, call, event).await {
        Ok(speech) => (render::sentence(speech.as_ref()).into(), "answered"),
        Err(CallError::Unavailable(error)) => unavailable(Hook::Say, &error),
        Err(error) => {
            tracing::error!(%error, "a sentence could not be read");
            (later(), "failed")
        }
    }
}

fn incoming(
    app: &Data<App>,
    known: &Known,
    (hook, path): (Hook, &Path),
    parsed: Parsed,
    verified: &Verified,
    raw: RawWebhook,
) -> Incoming {
    if let What::FellBack(fallback) = &parsed.what {
        tracing::warn!(
            carrier = "twilio",
            carrier.error = fallback.code,
            "The carrier could not use an answer of ours, and asks the fallback"
        );
    }
    let about = match (path.call, path.leg) {
        (Some(call), Some(leg)) => About::Leg(call, leg),
        (Some(call), None) => About::Call(call),
        (None, _) => About::Named(parsed.carrier_leg.iter().map(|leg| leg.id.clone()).collect()),
    };
    let is_first = matches!(about, About::Named(_));
    let (public_url, token) = (app.public_url.clone(), known.connection.token.clone());
    Incoming {
        tenant: known.connection.tenant,
        connection: known.connection.id,
        provider: "twilio",
        key: verified.key(known.connection.id),
        raw,
        about,
        news: news(parsed, is_first),
        to_no_line: Script::of([Step::Reject]),
        render: Box::new(move |call, leg, n, script| {
            let urls = Urls { public_url: &public_url, token: &token, call, leg, n };
            render::answer(hook, script, &urls)
        }),
    }
}

/// What a webhook says: without ids of ours in its path, a leg that asks is a visitor who rings.
fn news(parsed: Parsed, is_first: bool) -> News {
    let Parsed { carrier_leg, occurred_at, what } = parsed;
    match (what.into_innermost(), carrier_leg) {
        (What::Asks(arrival), Some(carrier_leg)) if is_first => News::Rang {
            to: arrival.to.unwrap_or_default(),
            from: arrival.from.unwrap_or_default(),
            carrier_leg,
            direction: Direction::Inbound,
            users: Vec::new(),
        },
        (What::Asks(_), carrier_leg) => News::Asks(carrier_leg),
        (What::Keys(keys), _) => News::Pressed(keys),
        (What::SteppedOut, _) => News::SteppedOut,
        (What::Leg(report), carrier_leg) => News::Leg { report, carrier_leg, occurred_at },
        (What::Room(news), _) => News::Room { news, occurred_at },
        (What::FellBack(_) | What::WantsSentence | What::Other(_), _) => News::Nothing,
    }
}

fn unverified(request: &HttpRequest, body: Bytes) -> Unverified {
    let values = |name| {
        let values = request.headers().get_all(name);
        values.filter_map(|value| value.to_str().ok().map(str::to_owned))
    };
    Unverified {
        method: if request.method() == actix_web::http::Method::GET {
            Method::Get
        } else {
            Method::Post
        },
        path: request.path().to_owned(),
        query: request.query_string().to_owned(),
        signature: values("x-twilio-signature").collect(),
        attempt_token: values("i-twilio-idempotency-token").next(),
        body,
    }
}

/// What is kept, sealed: all but what authenticates. The token that its attempts share tells a retry from a replay.
fn raw_of(webhook: &Unverified) -> RawWebhook {
    const TOKEN_MAX: usize = 128;
    let method = match webhook.method {
        Method::Get | Method::Upgrade => "GET",
        Method::Post => "POST",
    };
    let hook_and_ids = webhook.path.splitn(5, '/').nth(4).unwrap_or_default();
    let attempt = webhook.attempt_token.as_ref().filter(|token| token.len() <= TOKEN_MAX);
    RawWebhook {
        request_line: format!("{method} {hook_and_ids}?{}", webhook.query),
        headers: attempt
            .map(|token| format!("i-twilio-idempotency-token: {token}"))
            .unwrap_or_default(),
        body: webhook.body.clone(),
    }
}

/// A callback that fails is asked of the fallback, so the first one says so; the fallback itself has to be heard.
fn unavailable(hook: Hook, error: &Unavailable) -> (Response, &'static str) {
    tracing::warn!(%error, "a webhook could not be stored");
    if hook == Hook::Fallback {
        let speech = Speech { text: TRY_AGAIN.to_owned(), language: "en-GB".to_owned() };
        return (render::apology(&speech).into(), "fallback");
    }
    (later(), "unavailable")
}
