//! Conferences as the API shows and ends them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    super::{
        super::settings::Method,
        Platform,
        conference::{self, Conference},
        events::{API_VERSION, stamp},
    },
    Answer, Asked, Refusal,
    calls::Moments,
    page::{check_filters, page},
};

const FILTERS: [&str; 8] = [
    "FriendlyName",
    "Status",
    "DateCreated",
    "DateCreated<",
    "DateCreated>",
    "DateUpdated",
    "DateUpdated<",
    "DateUpdated>",
];

/// A conference of this account by SID.
pub fn known(platform: &Platform, asked: &Asked, sid: &str) -> Result<Arc<Conference>, Refusal> {
    let all = platform.conferences.of(&asked.account.sid);
    all.into_iter()
        .find(|conference| conference.sid == sid)
        .ok_or_else(|| Refusal::not_found(&asked.path))
}

/// A participant may be added by SID or by the conference's name.
pub fn known_or_named(
    platform: &Arc<Platform>,
    asked: &Asked,
    name: &str,
) -> Result<Arc<Conference>, Refusal> {
    if name.len() == 34 && name.starts_with("CF") {
        let conference = known(platform, asked, name)?;
        if conference.room().over.is_some() {
            return Err(Refusal::not_found(&asked.path));
        }
        return Ok(conference);
    }
    Ok(platform.conferences.named(platform, &asked.account, name))
}

#[must_use]
pub fn view(conference: &Conference) -> Value {
    let status = conference.status();
    let room = conference.room();
    let base = format!(
        "/{API_VERSION}/Accounts/{}/Conferences/{}",
        conference.account.sid, conference.sid
    );
    json!({
        "sid": conference.sid,
        "account_sid": conference.account.sid,
        "friendly_name": conference.name,
        "status": status,
        "region": room.region.as_deref().unwrap_or("us1"),
        "reason_conference_ended": room.over.as_ref().map(|end| end.reason),
        "call_sid_ending_conference": room.over.as_ref().and_then(|end| end.by.clone()),
        "api_version": API_VERSION,
        "date_created": stamp(conference.created_at),
        "date_updated": stamp(room.updated_at.unwrap_or(conference.created_at)),
        "uri": format!("{base}.json"),
        "subresource_uris": { "participants": format!("{base}/Participants.json") },
    })
}

pub fn list(platform: &Arc<Platform>, asked: &Asked) -> Result<Answer, Refusal> {
    check_filters(platform, asked, &FILTERS);
    let created = Moments::read(asked, "DateCreated")?;
    let updated = Moments::read(asked, "DateUpdated")?;
    let is = |name: &str, value: &str| asked.queried(name).is_none_or(|wanted| wanted == value);
    let all = platform.conferences.of(&asked.account.sid);
    let views: Vec<Value> = (all.iter().rev())
        .filter(|conference| {
            let last = conference.room().updated_at;
            is("FriendlyName", &conference.name)
                && is("Status", conference.status())
                && created.hold(Some(conference.created_at))
                && updated.hold(Some(last.unwrap_or(conference.created_at)))
        })
        .map(|conference| view(conference))
        .collect();
    page(asked, "conferences", &views).map(Answer::ok)
}

pub fn update(
    platform: &Arc<Platform>,
    conference: &Arc<Conference>,
    asked: &Asked,
) -> Result<Answer, Refusal> {
    let form = &asked.form;
    form.check(platform, "POST Conferences/{Sid}", &["Status", "AnnounceUrl", "AnnounceMethod"]);
    if conference.room().over.is_some() {
        return Err(Refusal::not_found(&asked.path));
    }
    match form.filled("Status") {
        None => {}
        Some("completed") => conference::end_by_api(platform, conference),
        Some(_) => return Err(Refusal::bad(super::form::INVALID, "Status can only be completed")),
    }
    if let Some(target) = form.target("AnnounceUrl", "AnnounceMethod", Method::Post)? {
        let everyone = conference.room().members.iter().map(|member| member.call.clone()).collect();
        conference::announce(platform, conference, everyone, target, None);
    }
    Ok(Answer::ok(view(conference)))
}
