//! Plays an NCCO on a leg, action by action.

use std::{sync::Arc, time::Duration};

use serde_json::json;

use super::{
    super::{super::leg::Sound, Call, Platform, events, fetch, rooms::Entry},
    Action, Input, Record, Times, connect, input,
};

/// How an NCCO came to its end.
#[derive(Debug)]
pub enum Ending {
    Finished,
    Replaced(Vec<Action>),
}

/// Something to play, and how often.
#[derive(Clone, Debug)]
pub struct Track {
    pub sound: Sound,
    pub takes: Duration,
    pub times: Times,
}

pub async fn play(platform: &Arc<Platform>, call: &Arc<Call>, program: Vec<Action>) -> Ending {
    // What was said with bargeIn: it plays while the input that follows already listens.
    let mut waiting: Vec<Track> = Vec::new();
    let mut barging = false;
    for action in program {
        match action {
            Action::Talk { text, barge_in, times } => {
                barging |= barge_in;
                say_or_keep(call, speech(platform, text, times), barging, &mut waiting).await;
            }
            Action::Stream { url, barge_in, times } => {
                barging |= barge_in;
                say_or_keep(call, file(platform, url, times), barging, &mut waiting).await;
            }
            Action::Input(Input::Asynchronous { target }) => {
                call.keys().asynchronous = target.or_else(|| call.event.clone());
                input::until_key(call, std::mem::take(&mut waiting)).await;
                barging = false;
            }
            Action::Input(wanted) => {
                barging = false;
                if let Some(new) =
                    input::collect(platform, call, &wanted, std::mem::take(&mut waiting)).await
                {
                    return Ending::Replaced(new);
                }
            }
            Action::Conversation { name, entry, mute } => {
                converse(platform, call, &name, entry, mute).await
            }
            Action::Connect(wanted) => connect::connect(platform, call, &wanted).await,
            Action::Record(wanted) => record(platform, call, wanted).await,
            Action::Notify { payload, target } => {
                let at = events::stamp(platform.exchange.clock.now());
                let fields = json!({ "payload": payload, "conversation_uuid": call.leg.state().conversation, "timestamp": at });
                if let Some(hook) = events::shaped(call, "notify", fields, Some(target))
                    && let Some(new) = fetch::ask_event(platform, call, &hook).await
                {
                    return Ending::Replaced(new);
                }
            }
            Action::Wait(pause) => platform.exchange.clock.sleep(pause).await,
            Action::Transfer { conversation, mute } => {
                call.leg.state().muted |= mute;
                stay(platform, call, &conversation, &conversation, Entry::default()).await;
                return Ending::Finished;
            }
        }
    }
    Ending::Finished
}

async fn say_or_keep(call: &Call, track: Track, barging: bool, waiting: &mut Vec<Track>) {
    if barging {
        waiting.push(track);
    } else {
        track.play(call).await;
    }
}

#[must_use]
pub fn speech(platform: &Platform, text: String, times: Times) -> Track {
    let takes = platform.exchange.speech_takes(&text);
    let takes_ms = u64::try_from(takes.as_millis()).unwrap_or(u64::MAX);
    Track { sound: Sound::Speech { text, takes_ms }, takes, times }
}

#[must_use]
pub fn file(platform: &Platform, url: String, times: Times) -> Track {
    Track { sound: Sound::Music { url }, takes: platform.exchange.settings.file_length, times }
}

impl Track {
    /// A file that never ends is one long sound; a text is heard anew each time.
    pub async fn play(&self, call: &Call) {
        let count = match self.times {
            Times::Forever if matches!(self.sound, Sound::Music { .. }) => {
                call.leg.hear(self.sound.clone());
                return std::future::pending().await;
            }
            Times::Forever => u64::MAX,
            Times::Count(count) => count,
        };
        for _ in 0..count {
            let number = call.leg.hear(self.sound.clone());
            // At least a moment, so that an empty text for ever does not stop the clock.
            call.leg.clock().sleep(self.takes.max(Duration::from_millis(10))).await;
            call.leg.heard_all_of(number);
        }
    }
}

async fn converse(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    name: &str,
    entry: Entry,
    mute: bool,
) {
    let fresh = format!("CON-{}", platform.exchange.id());
    let conversation = platform.rooms.named(&call.application.id, name, fresh);
    call.leg.state().muted |= mute;
    stay(platform, call, &conversation, name, entry).await;
}

async fn stay(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    conversation: &str,
    name: &str,
    entry: Entry,
) {
    if call.leg.state().conversation != conversation {
        events::transfer(platform, call, conversation);
    }
    let over = platform.rooms.enter(conversation, name, &call.leg, entry);
    platform.exchange.touch();
    over.cancelled().await;
    platform.rooms.leave(&call.leg);
}

/// Moves on at once unless an end condition is set; the news of the recording comes when it is over.
async fn record(platform: &Arc<Platform>, call: &Arc<Call>, wanted: Record) {
    let began = platform.exchange.clock.now();
    let waits =
        wanted.end_on_silence.is_some() || wanted.end_on_key.is_some() || wanted.time_out.is_some();
    if waits {
        let mut keys = call.leg.keys();
        let longest = [wanted.end_on_silence, wanted.time_out]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(super::super::LENGTH_TIMER);
        tokio::select! {
            () = platform.exchange.clock.sleep(longest) => {}
            () = async { while keys.recv().await.is_ok_and(|key| Some(key) != wanted.end_on_key) {} } => {}
        }
        tell_recorded(platform, call, &wanted, began);
    } else {
        let (platform, call) = (platform.clone(), call.clone());
        platform.clone().exchange.spawn(async move {
            call.leg.over.cancelled().await;
            tell_recorded(&platform, &call, &wanted, began);
        });
    }
}

fn tell_recorded(platform: &Platform, call: &Call, wanted: &Record, began: time::OffsetDateTime) {
    let now = platform.exchange.clock.now();
    let whole = |at| events::second(at).replace(".000Z", "Z");
    let seconds = (now - began).whole_seconds().max(0);
    let fields = json!({
        "start_time": whole(began),
        "end_time": whole(now),
        "recording_url": format!("https://api.nexmo.com/v1/files/{}.{}", platform.exchange.id(), wanted.format),
        "recording_uuid": platform.exchange.id(),
        "size": seconds * 4000,
        "conversation_uuid": call.leg.state().conversation,
        "timestamp": events::stamp(now),
    });
    if let Some(hook) = events::shaped(call, "record", fields, wanted.target.clone()) {
        call.post(hook);
    }
}
