//! The `Gather` action: keys are collected during the sound and for a while after it, and always told.

use std::{slice, sync::Arc};

use tokio::sync::broadcast;

use super::{
    super::network::News,
    Call, Platform,
    ask::{self, Entered, Next},
    life, play, push,
    xml::Gather,
};

pub async fn gather(platform: &Arc<Platform>, call: &Arc<Call>, wanted: &Gather) -> Next {
    let mut keys = call.caller.keys();
    life::pick_up(platform, &call.caller);
    let fate = push::fate(platform, call, News::Keys);
    let entered = if fate.hasty {
        Entered::Keys(String::new())
    } else {
        collect(platform, call, wanted, &mut keys).await
    };
    call.caller.hush();
    ask::about_keys(platform, call, wanted, entered, &fate).await
}

async fn collect(
    platform: &Platform,
    call: &Call,
    wanted: &Gather,
    keys: &mut broadcast::Receiver<char>,
) -> Entered {
    let mut digits = String::new();
    if let Some(url) = &wanted.sound {
        tokio::select! {
            biased;
            // The first key stops the sound.
            Ok(key) = keys.recv() => digits.push(key),
            () = call.caller.over.cancelled() => return Entered::HungUpDuringSound,
            () = play::file(platform, call, url, slice::from_ref(&call.caller)) => {}
        }
        call.caller.hush();
    }
    let enough = async {
        while digits.len() < wanted.digits_max
            && let Ok(key) = keys.recv().await
        {
            digits.push(key);
        }
    };
    tokio::select! {
        biased;
        () = enough => {}
        () = call.caller.over.cancelled() => {}
        () = platform.exchange.clock.sleep(wanted.timeout) => {}
    }
    Entered::Keys(digits)
}
