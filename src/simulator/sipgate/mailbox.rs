//! The line's own mailbox: it takes what nobody answered, as a call of its own.

use std::{sync::Arc, time::Duration};

use super::{
    super::{leg::Sound, phone::GREETING},
    Call, Cause, Destination, NewCall, Platform, SipgateUser, Way,
    life::{self, Ending},
    tell,
};

/// From its turn until it picks up.
const PICKS_UP_AFTER: Duration = Duration::from_secs(1);
/// It records no longer than this.
const RECORDING_MAX: Duration = Duration::from_secs(120);
const WORDS: &str = "Please leave a message after the tone.";

/// The call that takes over when this one is forwarded.
#[must_use]
pub fn forward(platform: &Platform, call: &Call) -> Box<NewCall> {
    Box::new(NewCall {
        id: platform.call_id(Way::In),
        origin: call.id.clone(),
        account: call.account.clone(),
        line: call.line.clone(),
        way: call.way,
        from: call.from.clone(),
        to: call.to.clone(),
        users: vec![SipgateUser { name: tell::VOICEMAIL.into(), id: None }],
        diversion: Some(call.to.clone()),
        destination: Destination::Mailbox,
        caller: call.caller.clone(),
    })
}

/// It picks up, greets and records until the caller has said all.
pub async fn takes(platform: &Arc<Platform>, call: &Arc<Call>) -> Ending {
    let caller = &call.caller;
    let clock = &platform.exchange.clock;
    let message = async {
        clock.sleep(PICKS_UP_AFTER).await;
        life::pick_up(platform, caller);
        call.state().answered_at = Some(clock.now());
        tell::answer(call, None);
        let takes_ms = u64::try_from(GREETING.as_millis()).unwrap_or(u64::MAX);
        let greeting = caller.hear(Sound::Speech { text: WORDS.into(), takes_ms });
        clock.sleep(GREETING).await;
        caller.heard_all_of(greeting);
        clock.sleep(RECORDING_MAX).await;
    };
    tokio::select! {
        biased;
        () = caller.over.cancelled() => life::gone(call),
        () = message => Ending::Over(Cause::NormalClearing),
    }
}
