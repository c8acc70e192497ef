//! The input action: keys are collected while the prompt still plays, and posted together.

use std::{sync::Arc, time::Duration};

use tokio::sync::broadcast;

use super::{
    super::{Call, Platform, Target, events, fetch},
    Action, Input,
    play::Track,
};

/// Collects keys; what comes back is the NCCO that the answer holds, if it holds one.
pub async fn collect(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    input: &Input,
    prompt: Vec<Track>,
) -> Option<Vec<Action>> {
    let Input::Synchronous { time_out, max_digits, submit_on_hash, target } = input else {
        return None;
    };
    let mut keys = call.leg.keys();
    let first = listen_through(call, prompt, &mut keys).await;

    let (digits, timed_out) =
        gather(call, first, &mut keys, (*time_out, *max_digits, *submit_on_hash)).await;
    post(platform, call, &digits, timed_out, target.clone()).await
}

/// Plays the prompt to its end, or until a key is pressed.
async fn listen_through(
    call: &Call,
    prompt: Vec<Track>,
    keys: &mut broadcast::Receiver<char>,
) -> Option<char> {
    let all = async {
        for track in prompt {
            track.play(call).await;
        }
    };
    tokio::select! {
        biased;
        key = keys.recv() => {
            call.leg.hush();
            key.ok()
        }
        () = all => None,
    }
}

async fn gather(
    call: &Call,
    first: Option<char>,
    keys: &mut broadcast::Receiver<char>,
    (time_out, max_digits, submit_on_hash): (Duration, usize, bool),
) -> (String, bool) {
    let mut digits = String::new();
    let mut next = first;
    loop {
        match next.take() {
            Some('#') if submit_on_hash => return (digits, false),
            Some(key) => digits.push(key),
            None => {}
        }
        if digits.len() >= max_digits {
            return (digits, false);
        }
        // Counted from the last key.
        tokio::select! {
            biased;
            Ok(key) = keys.recv() => next = Some(key),
            () = call.leg.clock().sleep(time_out) => return (digits, true),
        }
    }
}

async fn post(
    platform: &Arc<Platform>,
    call: &Call,
    digits: &str,
    timed_out: bool,
    target: Option<Target>,
) -> Option<Vec<Action>> {
    let hook = events::input_hook(platform, call, digits, timed_out, target)?;
    fetch::ask_event(platform, call, &hook).await
}

/// Before an asynchronous input, a prompt that may be interrupted plays until a key is pressed.
pub async fn until_key(call: &Call, prompt: Vec<Track>) {
    let mut keys = call.leg.keys();
    listen_through(call, prompt, &mut keys).await;
}
