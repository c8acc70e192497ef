//! Participants of a conference as the API shows and changes them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    super::{
        super::settings::Method,
        Answer as Then, Call, Platform,
        conference::{self, Change, Conference, Entry, Member, Wait},
        events::{API_VERSION, stamp},
    },
    Answer, Asked, Refusal, calls,
    form::INVALID,
    page::page,
};

const KNOWN: &[&str] = &[
    "Muted",
    "Hold",
    "HoldUrl",
    "HoldMethod",
    "AnnounceUrl",
    "AnnounceMethod",
    "WaitUrl",
    "WaitMethod",
    "BeepOnExit",
    "EndConferenceOnExit",
    "Coaching",
    "CallSidToCoach",
];

fn view(conference: &Conference, member: &Member) -> Value {
    let mut view = joining(conference, &member.call, &member.entry);
    view["muted"] = member.muted.into();
    view["hold"] = member.hold.into();
    view["status"] = "connected".into();
    view["date_created"] = stamp(member.joined_at).into();
    view
}

/// One that is still to come, or never came.
#[must_use]
pub fn joining(conference: &Conference, call: &Call, entry: &Entry) -> Value {
    let status = match calls::status(call).as_str() {
        "queued" => "queued",
        "ringing" if call.leg.state().status == "initiated" => "connecting",
        "ringing" => "ringing",
        "in-progress" => "connected",
        "completed" => "complete",
        _ => "failed",
    };
    let account = &conference.account.sid;
    json!({
        "call_sid": call.leg.id,
        "conference_sid": conference.sid,
        "account_sid": account,
        "label": entry.label,
        "muted": entry.muted,
        "hold": false,
        "coaching": entry.coaches.is_some(),
        "call_sid_to_coach": entry.coaches,
        "start_conference_on_enter": entry.starts,
        "end_conference_on_exit": entry.ends,
        "status": status,
        "queue_time": call.state().queue_time.as_millis().to_string(),
        "date_created": stamp(call.leg.began_at),
        "date_updated": stamp(call.leg.began_at),
        "uri": format!(
            "/{API_VERSION}/Accounts/{account}/Conferences/{}/Participants/{}.json",
            conference.sid, call.leg.id
        ),
    })
}

/// Only those who are in it: there is no history.
pub fn list(conference: &Conference, asked: &Asked) -> Result<Answer, Refusal> {
    let is = |name: &str, value: bool| {
        asked.queried(name).is_none_or(|wanted| wanted == value.to_string())
    };
    let all: Vec<Value> = (conference.room().members.iter())
        .filter(|member| {
            is("Muted", member.muted)
                && is("Hold", member.hold)
                && is("Coaching", member.entry.coaches.is_some())
        })
        .map(|member| view(conference, member))
        .collect();
    page(asked, "participants", &all).map(Answer::ok)
}

pub fn one(conference: &Conference, who: &str, asked: &Asked) -> Result<Answer, Refusal> {
    let room = conference.room();
    if let Some(member) = room.member(who) {
        return Ok(Answer::ok(view(conference, member)));
    }
    let coming = room.expected.iter().find_map(|call| match &call.answer {
        Then::Join { entry, .. } if call.leg.id == who || entry.label.as_deref() == Some(who) => {
            Some(joining(conference, call, entry))
        }
        _ => None,
    });
    coming.map(Answer::ok).ok_or_else(|| Refusal::not_found(&asked.path))
}

fn inside(conference: &Conference, who: &str, asked: &Asked) -> Result<Arc<Call>, Refusal> {
    let room = conference.room();
    let call = room.member(who).map(|member| member.call.clone());
    call.ok_or_else(|| Refusal::not_found(&asked.path))
}

/// Whom this participant is to coach: somebody in the room.
pub fn coach(conference: &Conference, asked: &Asked) -> Result<Option<String>, Refusal> {
    let coaching = asked.form.flag("Coaching", asked.form.filled("CallSidToCoach").is_some())?;
    let Some(sid) = asked.form.filled("CallSidToCoach").filter(|_| coaching) else {
        return Ok(None);
    };
    if conference.room().member(sid).is_none() {
        return Err(Refusal::bad(13_240, "CallSidToCoach is not in the conference"));
    }
    Ok(Some(sid.to_owned()))
}

pub fn update(
    platform: &Arc<Platform>,
    conference: &Arc<Conference>,
    who: &str,
    asked: &Asked,
) -> Result<Answer, Refusal> {
    let form = &asked.form;
    form.check(platform, "POST Participants/{CallSid}", KNOWN);
    let call = inside(conference, who, asked)?;
    let changes = changes(platform, conference, asked)?;
    let announcement = form.target("AnnounceUrl", "AnnounceMethod", Method::Post)?;
    if changes.is_empty() && announcement.is_none() {
        return Err(Refusal::bad(INVALID, "nothing to change"));
    }
    for change in changes {
        conference::change(platform, conference, &call, change);
    }
    if let Some(target) = announcement {
        let sid = call.leg.id.clone();
        conference::announce(platform, conference, vec![call.clone()], target, Some(sid));
    }
    one(conference, &call.leg.id, asked)
}

fn changes(
    platform: &Platform,
    conference: &Conference,
    asked: &Asked,
) -> Result<Vec<Change>, Refusal> {
    let form = &asked.form;
    let mut changes = Vec::new();
    if let Some(muted) = form.text("Muted") {
        if !matches!(muted, "true" | "false") {
            platform.exchange.complain(format!("Muted={muted:?} counts as false"));
        }
        changes.push(Change::Muted(muted == "true"));
    }
    if form.text("Hold").is_some() {
        let method = form.method("HoldMethod", Method::Get)?;
        let music = Wait::asked(form.filled("HoldUrl"), method);
        changes.push(Change::Hold(form.flag("Hold", false)?.then_some(music)));
    } else if form.filled("HoldUrl").is_some() {
        platform.exchange.complain("HoldUrl without Hold");
    }
    if form.text("EndConferenceOnExit").is_some() {
        changes.push(Change::Ends(form.flag("EndConferenceOnExit", false)?));
    }
    if form.text("Coaching").is_some() || form.text("CallSidToCoach").is_some() {
        changes.push(Change::Coaches(coach(conference, asked)?));
    }
    if form.text("BeepOnExit").is_some() {
        form.flag("BeepOnExit", false)?;
        changes.push(Change::BeepOnExit);
    }
    if let Some(url) = form.text("WaitUrl") {
        let method = form.method("WaitMethod", Method::Post)?;
        changes.push(Change::Wait(Wait::asked(Some(url), method)));
    }
    Ok(changes)
}

/// Out of the room; the leg goes on after its `Dial`.
pub fn remove(
    platform: &Arc<Platform>,
    conference: &Arc<Conference>,
    who: &str,
    asked: &Asked,
) -> Result<Answer, Refusal> {
    let call = inside(conference, who, asked)?;
    conference::kick(platform, &call);
    Ok(Answer::no_content())
}
