//! Real-time control: calls whose parties talk are listed, and changed while they do.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    super::{
        super::{
            leg::{EndedBy, Leg},
            sound,
        },
        Call, Platform, play,
    },
    Answer, Answered, Asked, Refusal, e164, written,
};

pub fn list(platform: &Platform, asked: &Asked) -> Answered {
    let own =
        platform.calls().into_iter().filter(|call| call.account.account == asked.account.account);
    let views: Vec<Value> = own.filter_map(|call| view(&call)).collect();
    Ok(Answer::ok(json!({ "data": views })))
}

fn view(call: &Call) -> Option<Value> {
    let [caller, callee] = call.talking()?;
    let state = call.state();
    let participant = |leg: &Leg, number: &str, owner: bool| {
        json!({
            "participantId": leg.id,
            "phoneNumber": written(number),
            "muted": owner && state.muted,
            "hold": !owner && state.hold,
            "owner": owner,
        })
    };
    Some(json!({
        "callId": call.id,
        "muted": state.muted,
        "recording": state.recording,
        "hold": state.hold,
        "participants": [
            participant(&caller, &call.from, false),
            participant(&callee, &callee.to, true),
        ],
    }))
}

pub fn hang_up(call: &Call) -> Answered {
    call.caller.end(EndedBy::Platform);
    Ok(Answer::no_content())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    sequence: String,
}

/// All who are there hear the tones.
pub fn dtmf(platform: &Arc<Platform>, call: &Arc<Call>, asked: &Asked) -> Answered {
    let Keys { sequence } = asked.json()?;
    let key = |key: char| matches!(key, '0'..='9' | 'A'..='D' | '*' | '#');
    if sequence.is_empty() || !sequence.chars().all(key) {
        return Err(Refusal::bad("sequence has something that is no key"));
    }
    for leg in call.talking().into_iter().flatten() {
        let sequence = sequence.clone();
        platform.exchange.spawn(async move {
            tokio::select! {
                () = leg.over.cancelled() => {}
                () = sound::press(&leg, &sequence) => {}
            }
        });
    }
    Ok(Answer::no_content())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Announcement {
    url: String,
}

pub fn announce(platform: &Arc<Platform>, call: &Arc<Call>, asked: &Asked) -> Answered {
    let Announcement { url } = asked.json()?;
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(Refusal::bad("url is no whole URL"));
    }
    let (platform, call) = (platform.clone(), call.clone());
    platform.clone().exchange.spawn(async move {
        let phones: Vec<Arc<Leg>> = call.talking().into_iter().flatten().collect();
        tokio::select! {
            () = call.caller.over.cancelled() => {}
            () = play::file(&platform, &call, &url, &phones) => {}
        }
    });
    Ok(Answer::no_content())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Transfer {
    attended: bool,
    phone_number: String,
    #[serde(default, rename = "callerId")]
    _caller_id: Option<String>,
}

/// The one who owns the call leaves it, and the number given takes that place.
pub fn transfer(call: &Call, asked: &Asked) -> Answered {
    let wanted: Transfer = asked.json()?;
    if wanted.attended {
        return Err(Refusal::bad("an attended transfer needs a second call of the same owner"));
    }
    let number =
        e164(&wanted.phone_number).ok_or_else(|| Refusal::bad("phoneNumber is no number"))?;
    // Whoever reads it goes only with the call.
    call.transfers.send(number).map_err(|_| Refusal::not_found())?;
    Ok(Answer::no_content())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    value: bool,
    /// Only for recordings: whether the parties are told.
    #[serde(default)]
    announcement: Option<bool>,
}

pub fn switch(call: &Call, name: &str, asked: &Asked) -> Answered {
    let wanted: Switch = asked.json()?;
    if wanted.announcement.is_some() != (name == "recording") {
        return Err(Refusal::bad("announcement goes with a recording, and a recording with it"));
    }
    let mut state = call.state();
    let switch = match name {
        "hold" => &mut state.hold,
        "muted" => &mut state.muted,
        _ => &mut state.recording,
    };
    *switch = wanted.value;
    Ok(Answer::no_content())
}
