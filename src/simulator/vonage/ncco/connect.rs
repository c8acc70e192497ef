//! The connect action: another phone is rung and bridged to this leg.

use std::sync::Arc;

use super::{
    super::{
        super::leg::{Direction, EndedBy, Sound},
        Answer, Call, NewCall, Platform, events, life,
        rooms::Entry,
    },
    Connect, Endpoint,
};

/// Rings the endpoint and stays until that leg is over. What the reply to a failure holds comes by the caller's inbox.
pub async fn connect(platform: &Arc<Platform>, call: &Arc<Call>, wanted: &Connect) {
    let Endpoint::Phone { number, whisper } = &wanted.endpoint else {
        platform
            .exchange
            .complain("connect to an endpoint that is no phone: nothing here can ring it");
        events::error(platform, call, "Failed to connect.");
        return;
    };
    if !platform.creations.allows(&call.application.api_key, platform.exchange.clock.now()) {
        events::error(platform, call, "Rate limit exceeded.");
        return;
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
    let steers = wanted.synchronous.then(|| Arc::downgrade(call));
    let new = NewCall {
        direction: Direction::Outbound,
        from: from.unwrap_or_else(|| "unknown".into()),
        to: number.to_owned(),
        phone,
        run: run.or(call.leg.run),
        event: wanted.target.clone().or_else(|| call.event.clone()),
        answer: Answer::Bridge {
            whisper,
            conversation: call.leg.state().conversation.clone(),
            steers,
        },
        ringing_timer: wanted.timeout,
        length_timer: wanted.limit,
        detection: wanted.detection,
    };
    let callee = platform.begin(call.application.clone(), new);
    platform.exchange.spawn(life::outbound(platform.clone(), callee.clone()));
    callee
}
