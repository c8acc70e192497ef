//! The `Gather` verb: keys are collected while the prompt still plays, and taken to the action together.

use std::sync::Arc;

use tokio::sync::broadcast;

use super::{
    super::{Call, Platform, Target, events::field, twiml::Gather},
    Ending, next, play,
};

/// What comes of it; nothing means that the document goes on with the next verb.
pub async fn gather(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    wanted: &Gather,
    source: Option<&Target>,
) -> Option<Ending> {
    let mut keys = call.leg.keys();
    let prompt = async {
        for verb in &wanted.prompt {
            play::verb(platform, call, verb, source).await;
        }
    };
    let first = tokio::select! {
        biased;
        key = key(&mut keys, wanted) => {
            // A key stops the prompt.
            call.leg.hush();
            Some(key)
        }
        () = prompt => None,
    };
    let digits = collect(call, wanted, first, &mut keys).await;
    if digits.is_empty() && !wanted.action_on_empty {
        return None;
    }
    Some(next(platform, call, &wanted.action, source, vec![field("Digits", digits)]).await)
}

async fn collect(
    call: &Call,
    wanted: &Gather,
    first: Option<char>,
    keys: &mut broadcast::Receiver<char>,
) -> String {
    let mut digits = String::new();
    let mut next = first;
    loop {
        match next.take() {
            Some(end) if Some(end) == wanted.finish_on => return digits,
            Some(digit) => digits.push(digit),
            None => {}
        }
        if digits.len() >= wanted.digits_max {
            return digits;
        }
        // From the end of the prompts, and again from each key.
        tokio::select! {
            biased;
            digit = key(keys, wanted) => next = Some(digit),
            () = call.leg.clock().sleep(wanted.timeout) => return digits,
        }
    }
}

async fn key(keys: &mut broadcast::Receiver<char>, wanted: &Gather) -> char {
    if wanted.keys
        && let Ok(key) = keys.recv().await
    {
        return key;
    }
    std::future::pending().await
}
