//! The event webhook: what is said about a leg, in which words.

use std::sync::{Arc, Weak};

use serde_json::{Map, Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::{
    super::leg::{EndedBy, Leg},
    Call, Platform, Target,
    hooks::{self, Hook},
    news,
};

/// ISO 8601 with milliseconds.
#[must_use]
pub fn stamp(at: OffsetDateTime) -> String {
    let whole = at.replace_nanosecond(0).unwrap_or(at).format(&Rfc3339).unwrap_or_default();
    format!("{}.{:03}Z", whole.trim_end_matches('Z'), at.millisecond())
}

/// Second precision, written with milliseconds that are always zero.
#[must_use]
pub fn second(at: OffsetDateTime) -> String {
    stamp(at.replace_nanosecond(0).unwrap_or(at))
}

fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(map) = value { map } else { Map::new() }
}

/// Tells what became of a leg, now.
pub fn status(platform: &Platform, call: &Call, status: &str, extra: Value) {
    status_at(platform, call, status, extra, platform.exchange.clock.now());
}

pub fn status_at(platform: &Platform, call: &Call, status: &str, extra: Value, at: OffsetDateTime) {
    let hook = status_hook(call, status, extra, at);
    if !matches!(status, "human" | "machine") {
        call.leg.state().status = status.into();
    }
    platform.exchange.touch();
    if let Some(hook) = hook {
        call.post(hook);
    }
}

pub fn status_hook(call: &Call, status: &str, extra: Value, at: OffsetDateTime) -> Option<Hook> {
    let leg = &call.leg;
    // Machine detection names the leg differently.
    let id = if matches!(status, "human" | "machine") { "call_uuid" } else { "uuid" };
    let mut fields = object(json!({
        "headers": {},
        "from": leg.from,
        "to": leg.to,
        id: leg.id,
        "conversation_uuid": leg.state().conversation,
        "status": status,
        "direction": leg.direction,
        "timestamp": stamp(at),
    }));
    fields.extend(object(extra));
    hook(call, status, fields, call.event.clone())
}

/// The last word about a leg that was not rejected.
pub fn completed(platform: &Platform, call: &Call) {
    let state = call.leg.state().clone();
    let ended = state.ended_at.unwrap_or_else(|| platform.exchange.clock.now());
    let seconds = state.answered_at.map_or(0, |answered| (ended - answered).whole_seconds().max(0));
    status(
        platform,
        call,
        "completed",
        json!({
            "start_time": state.answered_at.map(second),
            "end_time": second(ended),
            "duration": seconds.to_string(),
            "rate": "0.00450000",
            "price": price(seconds),
            "network": network(&call.leg),
            "sip_code": 200,
            "disconnected_by": state.ended_by.unwrap_or(EndedBy::Platform),
        }),
    );
}

/// 0.0045 euros a minute, in hundred-millionths without a float.
#[must_use]
pub fn price(seconds: i64) -> String {
    let hundred_millionths = seconds * 7500;
    format!("{}.{:08}", hundred_millionths / 100_000_000, hundred_millionths % 100_000_000)
}

#[must_use]
pub fn network(leg: &Leg) -> &'static str {
    if leg.phone.number.starts_with("+447") { "23420" } else { "GB-FIXED" }
}

/// The leg moved to another conversation.
pub fn transfer(platform: &Platform, call: &Call, to: &str) {
    let from = std::mem::replace(&mut call.leg.state().conversation, to.to_owned());
    let fields = object(json!({
        "type": "transfer",
        "uuid": call.leg.id,
        "conversation_uuid_from": from,
        "conversation_uuid_to": to,
        "timestamp": stamp(platform.exchange.clock.now()),
    }));
    if let Some(hook) = hook(call, "transfer", fields, call.event.clone()) {
        call.post(hook);
    }
}

pub const BAD_NCCO: &str = "Syntax error in NCCO. Invalid value type or action.";

pub fn error(platform: &Platform, call: &Call, reason: &str) {
    let fields = object(json!({
        "reason": reason,
        "conversation_uuid": call.leg.state().conversation,
        "timestamp": stamp(platform.exchange.clock.now()),
    }));
    if let Some(hook) = hook(call, "error", fields, call.event.clone()) {
        call.post(hook);
    }
}

pub fn input_hook(
    platform: &Platform,
    call: &Call,
    digits: &str,
    timed_out: bool,
    target: Option<Target>,
) -> Option<Hook> {
    let leg = &call.leg;
    let fields = object(json!({
        "dtmf": { "digits": digits, "timed_out": timed_out },
        "speech": { "results": [] },
        "from": leg.from,
        "to": leg.to,
        "uuid": leg.id,
        "conversation_uuid": leg.state().conversation,
        "timestamp": stamp(platform.exchange.clock.now()),
    }));
    hook(call, "input", fields, target.or_else(|| call.event.clone()))
}

/// An event without a status, to a URL of its own or to the call's.
pub fn shaped(call: &Call, what: &str, fields: Value, target: Option<Target>) -> Option<Hook> {
    hook(call, what, object(fields), target.or_else(|| call.event.clone()))
}

fn hook(
    call: &Call,
    what: &str,
    fields: Map<String, Value>,
    target: Option<Target>,
) -> Option<Hook> {
    Some(Hook {
        kind: "event",
        what: what.into(),
        news: news(what),
        leg: Some(call.leg.clone()),
        application: call.application.clone(),
        target: target?,
        timeouts: call.application.event_timeouts,
        fields,
    })
}

/// Posts every key alone while an asynchronous input (or a subscriber) wants them. Replies steer nothing.
pub async fn post_keys(
    platform: Arc<Platform>,
    call: Weak<Call>,
    mut keys: broadcast::Receiver<char>,
    over: CancellationToken,
) {
    loop {
        let key = tokio::select! {
            () = over.cancelled() => return,
            key = keys.recv() => key,
        };
        let (Ok(key), Some(call)) = (key, call.upgrade()) else { return };
        let target = {
            let post = call.keys();
            let wanted = post.asynchronous.is_some()
                || !platform.exchange.settings.keys_need_asynchronous_input;
            post.subscriber.clone().or_else(|| post.asynchronous.clone()).filter(|_| wanted)
        };
        let Some(hook) = target
            .and_then(|target| input_hook(&platform, &call, &key.to_string(), false, Some(target)))
        else {
            continue;
        };
        // One after the other, so that a calm network keeps the order in which they were pressed.
        let reply = hooks::send(&platform, &hook).await;
        if reply.is_ok_and(|reply| reply.body.trim_start().starts_with('[')) {
            platform.exchange.complain("an NCCO came back for a key of an asynchronous input, where nothing promises that it is played");
        }
    }
}
