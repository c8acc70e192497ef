//! The connect action: another phone is rung and bridged to this leg.

use std::sync::Arc;

use serde_json::json;

use super::{
    super::{
        super::leg::{Direction, EndedBy, Sound},
        Answer, Call, NewCall, Platform, events, fetch, life,
        rooms::Entry,
    },
    Action, Connect, Endpoint,
};

/// Rings the endpoint and stays until that leg is over. A synchronous connect that failed may be answered with an NCCO.
pub async fn connect(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    wanted: &Connect,
) -> Option<Vec<Action>> {
    let Endpoint::Phone { number, whisper } = &wanted.endpoint else {
        platform
            .exchange
            .complain("connect to an endpoint that is no phone: nothing here can ring it");
        events::error(platform, call, "Failed to connect.");
        return None;
    };
    if !platform.creations.allows(&call.application.api_key, platform.exchange.clock.now()) {
        events::error(platform, call, "Rate limit exceeded.");
        return None;
    }
    let callee = ring(platform, call, wanted, number, whisper.clone());
    call.leg.hear(wanted.ringback.clone().map_or(Sound::Ringing, |url| Sound::Music { url }));
    let conversation = call.leg.state().conversation.clone();
    let over = platform.rooms.enter(
        &conversation,
        "bridge",
        &call.leg,
        Entry { starts: false, ..Entry::default() },
    );

    let hangs_up_with_us = HangUp(callee.clone());
    tokio::select! {
        () = callee.leg.over.cancelled() => {}
        () = over.cancelled() => {}
        () = platform.exchange.clock.sleep(wanted.limit + wanted.timeout) => {}
    }
    drop(hangs_up_with_us);
    platform.rooms.leave(&call.leg);
    let failed = callee.leg.state().answered_at.is_none() && wanted.synchronous;
    if failed { ask_what_next(platform, call, &callee, wanted).await } else { None }
}

/// Whatever ends the action also ends the leg that it placed.
struct HangUp(Arc<Call>);

impl Drop for HangUp {
    fn drop(&mut self) {
        self.0.leg.end(EndedBy::Platform);
    }
}

fn ring(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    wanted: &Connect,
    number: &str,
    whisper: Option<super::super::Target>,
) -> Arc<Call> {
    let (phone, run) = platform.exchange.phone(number);
    platform.exchange.dial(run, &phone);
    let from = if wanted.random_from {
        call.application.numbers.first().cloned()
    } else {
        wanted.from.clone()
    };
    let new = NewCall {
        direction: Direction::Outbound,
        from: from.unwrap_or_else(|| "unknown".into()),
        to: number.to_owned(),
        phone,
        run: run.or(call.leg.run),
        event: wanted.target.clone().or_else(|| call.event.clone()),
        answer: Answer::Bridge { whisper, conversation: call.leg.state().conversation.clone() },
        ringing_timer: wanted.timeout,
        length_timer: wanted.limit,
        detection: wanted.detection,
    };
    let callee = platform.begin(call.application.clone(), new);
    platform.exchange.spawn(life::outbound(platform.clone(), callee.clone()));
    callee
}

/// The failure is told once more, and this time the reply counts.
async fn ask_what_next(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    callee: &Call,
    wanted: &Connect,
) -> Option<Vec<Action>> {
    let status = callee.leg.state().status.clone();
    let status = if status == "completed" { "unanswered".to_owned() } else { status };
    let target = wanted.target.clone().or_else(|| call.event.clone())?;
    let mut hook = events::status_hook(callee, &status, json!({}), platform.exchange.clock.now())?;
    hook.target = target;
    fetch::ask_event(platform, call, &hook).await
}
