//! Asking the customer what to do: the answer webhook, the fallback, and NCCOs in replies to events.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    super::settings::Timeouts,
    Call, Platform, Target, events,
    hooks::{self, Failure, Hook, Reply},
    ncco::{self, Action},
    news,
};

/// Why there is no NCCO, in the words that the fallback is told.
enum Refusal {
    Invalid(String),
    Status,
    Wire(Failure),
}

impl Refusal {
    fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "Invalid NCCO.",
            Self::Status => "Invalid response code.",
            Self::Wire(failure) => failure.reason(),
        }
    }
}

/// Asks an answer URL, then the fallback. Nothing means that nobody said what to do.
pub async fn ask(platform: &Arc<Platform>, call: &Call, target: &Target) -> Option<Vec<Action>> {
    let fields = question(platform, call);
    let hook = answer_hook(
        call,
        "answer",
        target.clone(),
        call.application.answer_timeouts,
        fields.clone(),
    );
    match read_answer(hooks::send(platform, &hook).await) {
        Ok(program) => Some(program),
        Err(refusal) => {
            say_what_is_wrong(platform, call, &refusal);
            fall_back(platform, call, fields, &refusal, target, "answer").await
        }
    }
}

/// Sends an event whose reply may replace the rest of the NCCO; nothing means that the NCCO goes on.
pub async fn ask_event(platform: &Arc<Platform>, call: &Call, hook: &Hook) -> Option<Vec<Action>> {
    match read_reply(hooks::send(platform, hook).await) {
        Ok(program) => program,
        // A scenario's network lost it: the carrier believes that it was said.
        Err(Refusal::Wire(Failure::Lost)) => None,
        Err(refusal) => {
            say_what_is_wrong(platform, call, &refusal);
            fall_back(platform, call, hook.fields.clone(), &refusal, &hook.target, "event").await
        }
    }
}

fn say_what_is_wrong(platform: &Platform, call: &Call, refusal: &Refusal) {
    if let Refusal::Invalid(what) = refusal {
        platform.exchange.complain(format!("bad NCCO: {what}"));
        events::error(platform, call, events::BAD_NCCO);
    }
}

async fn fall_back(
    platform: &Arc<Platform>,
    call: &Call,
    mut fields: Map<String, Value>,
    refusal: &Refusal,
    original: &Target,
    kind: &str,
) -> Option<Vec<Action>> {
    let url = call.application.fallback_answer_url.clone()?;
    fields.insert("reason".into(), refusal.reason().into());
    fields.insert("original_request".into(), json!({ "url": original.url, "type": kind }));
    let target = Target { url, method: call.application.fallback_method };
    let hook = answer_hook(call, "fallback", target, call.application.fallback_timeouts, fields);
    match read_answer(hooks::send(platform, &hook).await) {
        Ok(program) => Some(program),
        Err(refusal) => {
            say_what_is_wrong(platform, call, &refusal);
            None
        }
    }
}

fn question(platform: &Platform, call: &Call) -> Map<String, Value> {
    let leg = &call.leg;
    let fields = [
        ("to", leg.to.clone()),
        ("from", leg.from.clone()),
        ("endpoint_type", "phone".into()),
        ("conversation_uuid", leg.state().conversation.clone()),
        ("uuid", leg.id.clone()),
        ("region_url", platform.exchange.settings.region_url.clone()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect()
}

fn answer_hook(
    call: &Call,
    kind: &'static str,
    target: Target,
    timeouts: Timeouts,
    fields: Map<String, Value>,
) -> Hook {
    Hook {
        kind,
        what: kind.into(),
        news: news(kind),
        leg: Some(call.leg.clone()),
        application: call.application.clone(),
        target,
        timeouts,
        fields,
    }
}

/// An answer must be 200, JSON, and an NCCO with something in it.
fn read_answer(reply: Result<Reply, Failure>) -> Result<Vec<Action>, Refusal> {
    let reply = reply.map_err(Refusal::Wire)?;
    if reply.status != 200 {
        return Err(Refusal::Status);
    }
    read_ncco(&reply)
}

/// An event's reply may be empty, or any JSON but an array: no change.
fn read_reply(reply: Result<Reply, Failure>) -> Result<Option<Vec<Action>>, Refusal> {
    let reply = reply.map_err(Refusal::Wire)?;
    if !(200..=205).contains(&reply.status) {
        return Err(Refusal::Status);
    }
    let body = reply.body.trim();
    if body.is_empty() {
        return Ok(None);
    }
    if is_json(&reply) && serde_json::from_str::<Map<String, Value>>(body).is_ok() {
        return Ok(None);
    }
    read_ncco(&reply).map(Some)
}

fn read_ncco(reply: &Reply) -> Result<Vec<Action>, Refusal> {
    if !is_json(reply) {
        return Err(Refusal::Invalid(format!("content type {:?}", reply.content_type)));
    }
    ncco::read(&reply.body).map_err(|error| Refusal::Invalid(error.to_string()))
}

fn is_json(reply: &Reply) -> bool {
    reply
        .content_type
        .split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
