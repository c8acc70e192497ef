//! The people (and machines) at the far end: they let it ring, pick up, press keys and hang up as their script says.

use std::{sync::Arc, time::Duration};

use time::OffsetDateTime;

use super::{
    leg::{Decision, Direction, EndedBy, Heard, Leg, Sound},
    scenario::{Does, Keys, Since},
};

/// Between two keys of one plan.
const BETWEEN_KEYS: Duration = Duration::from_millis(150);
/// A machine's greeting, after which it beeps.
pub const GREETING: Duration = Duration::from_secs(3);
/// A machine records no longer than this.
const RECORDING_MAX: Duration = Duration::from_secs(120);

/// What a rung phone came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pickup {
    Person,
    Machine,
    Busy,
    Declined,
    Unreachable,
    Invalid,
    OutOfService,
}

/// Rings the phone until it does something; for ever, if it never does.
pub async fn ring(leg: &Leg) -> Pickup {
    tokio::select! {
        biased;
        pickup = by_hand(leg) => pickup,
        pickup = by_script(leg) => pickup,
    }
}

async fn by_hand(leg: &Leg) -> Pickup {
    let mut decision = leg.decision.subscribe();
    loop {
        match *decision.borrow_and_update() {
            Some(Decision::Answer) => return Pickup::Person,
            Some(Decision::Decline) => return Pickup::Declined,
            None => {}
        }
        if decision.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}

async fn by_script(leg: &Leg) -> Pickup {
    let (default_ms, pickup) = match leg.phone.does {
        Does::Answer => (2000, Pickup::Person),
        Does::Voicemail => (4000, Pickup::Machine),
        Does::Busy => (500, Pickup::Busy),
        Does::Decline => (2000, Pickup::Declined),
        Does::Unreachable => (1000, Pickup::Unreachable),
        Does::Invalid => (200, Pickup::Invalid),
        Does::OutOfService => (200, Pickup::OutOfService),
        Does::Never | Does::Manual => return std::future::pending().await,
    };
    leg.clock()
        .sleep(leg.phone.after.map_or(Duration::from_millis(default_ms), |pause| pause.0))
        .await;
    pickup
}

/// What the phone does once it is connected, until its leg is over.
pub async fn live(leg: Arc<Leg>) {
    let machine = leg.phone.does == Does::Voicemail;
    let hang_up_after =
        leg.phone.hang_up_after.map(|pause| pause.0).or(machine.then_some(RECORDING_MAX));
    // The visitor counts from the call's begin, a called phone from its answer.
    let since = if leg.direction == Direction::Inbound {
        Some(leg.began_at)
    } else {
        leg.state().answered_at
    };
    tokio::select! {
        () = leg.over.cancelled() => {}
        () = press_all(&leg) => {}
        () = speak_all(&leg) => {}
        () = hang_up(&leg, hang_up_after, since) => {}
    }
}

/// Hangs up when the script says so, connected or not.
pub async fn hang_up(leg: &Leg, after: Option<Duration>, since: Option<OffsetDateTime>) {
    let Some(after) = after else { return std::future::pending().await };
    let clock = leg.clock();
    clock.sleep_until(since.unwrap_or_else(|| clock.now()) + after).await;
    leg.end(EndedBy::User);
}

async fn press_all(leg: &Leg) {
    let mut last = leg.state().answered_at.unwrap_or(leg.began_at) - Duration::from_millis(1);
    for plan in &leg.phone.keys {
        let trigger = wait_for(leg, plan, last).await;
        last = trigger;
        leg.clock().sleep_until(trigger + plan.after.0).await;
        press(leg, &plan.press).await;
    }
    std::future::pending().await
}

/// One utterance after the other; each waits for its moment as keys do.
async fn speak_all(leg: &Leg) {
    let begin = leg.state().answered_at.unwrap_or(leg.began_at) - Duration::from_millis(1);
    for speech in &leg.phone.speaks {
        let trigger = wait_until(leg, None, speech.since.unwrap_or(Since::Answer), begin).await;
        leg.clock().sleep_until(trigger + speech.after.0).await;
        leg.voice.send_replace(true);
        leg.clock().sleep(speech.lasts.0).await;
        leg.voice.send_replace(false);
    }
    std::future::pending().await
}

pub async fn press(leg: &Leg, keys: &str) {
    for (index, key) in keys.chars().enumerate() {
        if index > 0 {
            leg.clock().sleep(BETWEEN_KEYS).await;
        }
        leg.press(key);
    }
}

async fn wait_for(leg: &Leg, plan: &Keys, last: OffsetDateTime) -> OffsetDateTime {
    let since = plan.since.unwrap_or(Since::Answer);
    wait_until(leg, plan.after_hearing.as_deref(), since, last).await
}

/// The moment that a plan waits for: a prompt counts only if it came after the plan before was set off.
async fn wait_until(
    leg: &Leg,
    words: Option<&str>,
    since: Since,
    last: OffsetDateTime,
) -> OffsetDateTime {
    let mut heard = leg.listen();
    loop {
        heard.borrow_and_update();
        let moment = match (words, since) {
            (Some(words), _) => heard_since(leg, words, last),
            (None, Since::Prompt) => heard_since(leg, "", last),
            (None, Since::Answer) => leg.state().answered_at,
            (None, Since::Joined) => joined(leg),
        };
        match moment {
            // The words are on their way; whether they were cut off shows when they should have been spoken.
            Some(moment) if moment > leg.clock().now() => {
                leg.clock().sleep_until(moment).await;
                if heard_since(leg, words.unwrap_or(""), last) == Some(moment) {
                    return moment;
                }
            }
            Some(moment) => return moment,
            None => {
                if heard.changed().await.is_err() {
                    return std::future::pending().await;
                }
            }
        }
    }
}

/// No words at all mean the end of whatever is spoken.
fn heard_since(leg: &Leg, words: &str, last: OffsetDateTime) -> Option<OffsetDateTime> {
    let state = leg.state();
    state.heard.iter().filter_map(|heard| moment(heard, words)).find(|moment| *moment > last)
}

fn moment(heard: &Heard, words: &str) -> Option<OffsetDateTime> {
    if words.is_empty() { heard.end_of_prompt() } else { heard.moment_of(words) }
}

fn joined(leg: &Leg) -> Option<OffsetDateTime> {
    let state = leg.state();
    state
        .heard
        .iter()
        .find(|heard| matches!(heard.sound, Sound::Joined { .. }))
        .map(|heard| heard.at)
}
