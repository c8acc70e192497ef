//! Sounds by URL: fetched, held against the one format that is played, and heard by phones.

use std::sync::Arc;

use super::{
    super::{
        leg::{Leg, Sound},
        sound::{self, Clip},
    },
    Call, Platform, push,
};

/// Plays a file to whoever is there, each from its beginning; nothing is heard of one that is no good.
pub async fn file(platform: &Platform, call: &Call, url: &str, phones: &[Arc<Leg>]) {
    let Some(clip) = fetch(platform, call, url).await else { return };
    let takes_ms = u64::try_from(clip.lasts.as_millis()).unwrap_or(u64::MAX);
    let hear = |leg| {
        let prompt = Sound::Prompt { url: url.to_owned(), takes_ms };
        sound::play(leg, prompt, &clip)
    };
    futures_util::future::join_all(phones.iter().map(|leg| hear(leg))).await;
}

async fn fetch(platform: &Platform, call: &Call, url: &str) -> Option<Clip> {
    let read = match push::fetch(platform, call, url).await {
        Ok(reply) if reply.status == 200 => sound::examine_linear(&reply.body),
        Ok(reply) => Err(format!("was answered {}", reply.status)),
        Err(failure) => Err(format!("did not come: {}", failure.reason())),
    };
    match read {
        Ok(clip) => Some(clip.faster(platform.exchange.settings.speech_speed)),
        Err(what) => {
            platform.exchange.complain(format!("the sound {url} {what}"));
            None
        }
    }
}
