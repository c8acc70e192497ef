//! `/hooks/sipgate/{token}`: one handler for all pushes. What a push is about says its field `event`; which call of ours, the path below.
//!
//! sipgate delivers once and asks nobody else: whatever it gets instead of a 200 in time puts the call through as the account is set up.
//! That is what a caller gets while we are down, and why a push is never answered before it is stored.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use time::OffsetDateTime;

use super::answering::{
    NO_KIND, Response, Webhook, in_own_task_within, later, note_refusal, status,
};
use super::connections::{Credentials, Known};
use crate::application::calls::CallError;
use crate::application::calls::receive::{About, Incoming, News};
use crate::application::ports::RawWebhook;
use crate::carriers::sipgate::parse::{Parsed, What, parse};
use crate::carriers::sipgate::render::{self, Rendering};
use crate::carriers::sipgate::{Part, Signing, Unverified, Urls, Verified};
use crate::domain::call::script::Script;
use crate::domain::ids::{CallId, LegId};
use crate::http::App;
use crate::store::directory::connections;

/// Above some four seconds sipgate was seen to go on without us.
const ANSWERS_WITHIN: Duration = Duration::from_millis(2500);

/// What the path says.
#[derive(Debug, Deserialize)]
pub struct Path {
    token: String,
    call: Option<CallId>,
    leg: Option<LegId>,
    part: Option<String>,
}

/// Takes a push of sipgate's.
pub async fn receive(
    app: Data<App>,
    request: HttpRequest,
    path: actix_web::web::Path<Path>,
    body: Bytes,
) -> HttpResponse {
    let webhook = unverified(&request, body);
    let kind = match &path.part {
        None => "push",
        Some(name) => Part::read(name, "").map_or(NO_KIND, Part::name),
    };
    let came = Webhook { provider: "sipgate", kind };
    let answer = answer(app.clone(), webhook, path.into_inner());
    in_own_task_within(&app.tasks, ANSWERS_WITHIN, came, answer).await
}

async fn answer(app: Data<App>, unverified: Unverified, path: Path) -> (Response, &'static str) {
    let at = app.clock.now();
    let part = match &path.part {
        None => None,
        Some(name) => match Part::read(name, &unverified.query) {
            Some(part) => Some(part),
            None => return (status(404), "unknown"),
        },
    };
    let known = match app.connections.known(&app.store, &path.token, at).await {
        Ok(Some(known)) => known,
        Ok(None) => return (status(404), "unknown"),
        Err(error) => return unavailable(&CallError::Unavailable(error)),
    };
    let Credentials::Sipgate(credentials) = &known.credentials else {
        return (status(404), "unknown");
    };
    let raw = raw_of(&unverified);
    let signing = match known.connection.signing {
        connections::Signing::Required => Signing::Required,
        connections::Signing::Off => Signing::Off,
    };
    let verified = match unverified.verify(credentials, signing, &app.connections.sipgate_keys) {
        Ok(verified) => verified,
        Err(refusal) => {
            note_refusal(&app, &known.connection, "sipgate", refusal.label());
            return (status(refusal.status()), "refused");
        }
    };
    let parsed = match parse(part, &verified, at) {
        Ok(parsed) => parsed,
        Err(error) => {
            tracing::warn!(%error, "a signed push could not be read");
            return (status(400), "malformed");
        }
    };
    let incoming = incoming(&app, &known, (&path, part), parsed, (&verified, raw), at);
    match app.calls.receive(incoming).await {
        Ok(answer) => (answer.into(), "answered"),
        Err(error) => unavailable(&error),
    }
}

fn incoming(
    app: &Data<App>,
    known: &Known,
    (path, part): (&Path, Option<Part>),
    parsed: Parsed,
    (verified, raw): (&Verified, RawWebhook),
    at: OffsetDateTime,
) -> Incoming {
    // A call is announced at the account's URL; whatever else comes there names its call.
    let about = match (&parsed.what, path.call, path.leg) {
        (What::Rings(_), _, _) | (_, None, _) | (_, _, None) => About::Named(parsed.names.clone()),
        (_, Some(call), Some(leg)) => About::Leg(call, leg),
    };
    let too_soon = match (&parsed.what, part) {
        (What::TooSoon, Some(Part::Keys(silence))) => silence.too_soon + 1,
        _ => 0,
    };
    let asks = parsed.what.asks();
    let (public_url, token) = (app.public_url.clone(), known.connection.token.clone());
    let (prompts, tenant) = (Arc::clone(&app.connections.prompts), known.connection.tenant);
    Incoming {
        tenant,
        connection: known.connection.id,
        provider: "sipgate",
        key: verified.key(known.connection.id),
        raw,
        about,
        news: news(parsed),
        // The account announces all of its calls: those to other numbers are none of our business.
        to_no_line: Script::of([]),
        render: Box::new(move |call, leg, n, script| {
            let urls = Urls { public_url: &public_url, token: &token, call, leg, n };
            let rendering = Rendering { urls, prompts: &*prompts, tenant, at, too_soon };
            render::answer(asks, script, &rendering)
        }),
    }
}

fn news(parsed: Parsed) -> News {
    let Parsed { carrier_leg, what, .. } = parsed;
    match (what, carrier_leg) {
        (What::Rings(arrival), Some(carrier_leg)) => News::Rang {
            to: arrival.to,
            from: arrival.from,
            carrier_leg,
            direction: arrival.direction,
            users: arrival.users,
        },
        (What::Keys(keys), _) => News::Pressed(keys),
        // They are asked again.
        (What::TooSoon, carrier_leg) => News::Asks(carrier_leg),
        (What::Heard, _) => News::Heard,
        (What::Leg(report), carrier_leg) => News::Leg { report, carrier_leg, occurred_at: None },
        (What::Rings(_) | What::Other(_), _) => News::Nothing,
    }
}

fn unverified(request: &HttpRequest, body: Bytes) -> Unverified {
    let signature = request
        .headers()
        .get_all("x-sipgate-signature")
        .map(|value| value.to_str().unwrap_or_default().to_owned());
    Unverified {
        path: request.path().to_owned(),
        query: request.query_string().to_owned(),
        signature: signature.collect(),
        body,
    }
}

/// What is kept, sealed: all but what authenticates.
fn raw_of(webhook: &Unverified) -> RawWebhook {
    let ids = webhook.path.splitn(5, '/').nth(4).unwrap_or_default();
    RawWebhook {
        request_line: format!("POST {ids}?{}", webhook.query),
        headers: String::new(),
        body: webhook.body.clone(),
    }
}

fn unavailable(error: &CallError) -> (Response, &'static str) {
    match error {
        CallError::Unavailable(error) => {
            tracing::warn!(%error, "a push could not be stored");
            (later(), "unavailable")
        }
        error => {
            tracing::error!(%error, "a push could not be decided");
            (later(), "failed")
        }
    }
}
