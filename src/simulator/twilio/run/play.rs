//! What a phone is made to hear: speech, files and the tones in them, digits, silence.

use std::{sync::Arc, time::Duration};

use super::super::{
    super::{
        leg::Sound,
        sound::{self, Clip},
    },
    Call, Platform, Target, fetch,
    twiml::{Times, Verb},
};

/// Without an end, as documented: so often at most.
const FOREVER: u64 = 1000;

/// Plays one of the verbs that only sound; nothing else is handed in.
pub async fn verb(platform: &Arc<Platform>, call: &Call, verb: &Verb, source: Option<&Target>) {
    match verb {
        Verb::Say { text, times } => say(platform, call, text, *times).await,
        Verb::Play { url, times } => {
            let whole = source.map_or_else(|| url.clone(), |source| source.resolve(url));
            if let Some(found) = fetch::file(platform, call, &whole).await {
                clip(call, &whole, &found, *times).await;
            }
        }
        Verb::Clip { url, clip: found, times } => clip(call, url, found, *times).await,
        Verb::Tones(digits) => sound::press(&call.leg, digits).await,
        Verb::Pause(length) => call.leg.clock().sleep(*length).await,
        _ => {}
    }
}

async fn say(platform: &Platform, call: &Call, text: &str, times: Times) {
    let takes = platform.exchange.speech_takes(text);
    let takes_ms = u64::try_from(takes.as_millis()).unwrap_or(u64::MAX);
    for _ in 0..count(times) {
        let number = call.leg.hear(Sound::Speech { text: text.to_owned(), takes_ms });
        call.leg.clock().sleep(takes.max(Duration::from_millis(10))).await;
        call.leg.heard_all_of(number);
    }
}

/// A file, with the touch tones in it at their moments.
pub async fn clip(call: &Call, url: &str, clip: &Clip, times: Times) {
    for _ in 0..count(times) {
        sound::play(&call.leg, Sound::Music { url: url.to_owned() }, clip).await;
    }
}

fn count(times: Times) -> u64 {
    match times {
        Times::Forever => FOREVER,
        Times::Count(count) => count,
    }
}
