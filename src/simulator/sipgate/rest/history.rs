//! The history: calls that are over, with their exact length.

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    super::{super::scenario::digits, Call, Cause, Destination, Platform, Way},
    Answer, Answered, Asked, Refusal, written,
};

const KNOWN: &[&str] = &["types", "from", "to", "phonenumber", "limit", "offset", "directions"];
const LIMIT: usize = 10;
const LIMIT_MAX: usize = 500;

pub fn list(platform: &Platform, asked: &Asked) -> Answered {
    if let Some((unknown, _)) = asked.query.iter().find(|(name, _)| !KNOWN.contains(&name.as_str()))
    {
        platform.exchange.complain(format!("GET /history has no parameter {unknown:?}"));
    }
    let from = moment(asked, "from")?;
    let to = moment(asked, "to")?;
    let number = asked.queried("phonenumber").map(|number| digits(number.trim()));
    let types =
        asked.queried("types").is_none_or(|types| types.split(',').any(|one| one == "CALL"));
    let matches = |call: &Call| {
        types
            && call.account.account == asked.account.account
            && call.state().ended.is_some()
            && from.is_none_or(|from| call.began_at >= from)
            && to.is_none_or(|to| call.began_at <= to)
            && number.is_none_or(|number| call.from == number || call.to == number)
    };
    let mut found: Vec<_> = platform.calls().into_iter().filter(|call| matches(call)).collect();
    found.reverse();
    let limit = whole(asked, "limit")?.unwrap_or(LIMIT).min(LIMIT_MAX);
    let offset = whole(asked, "offset")?.unwrap_or(0);
    let items: Vec<Value> =
        found.iter().skip(offset).take(limit).filter_map(|call| view(call)).collect();
    Ok(Answer::ok(json!({ "items": items, "totalCount": found.len() })))
}

fn moment(asked: &Asked, name: &str) -> Result<Option<OffsetDateTime>, Refusal> {
    let Some(text) = asked.queried(name) else { return Ok(None) };
    let read = OffsetDateTime::parse(text, &Rfc3339);
    read.map(Some)
        .map_err(|_| Refusal::bad(format!("{name} is no time such as 2026-03-02T12:00:00Z")))
}

fn whole(asked: &Asked, name: &str) -> Result<Option<usize>, Refusal> {
    let Some(text) = asked.queried(name) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| Refusal::bad(format!("{name} is no number")))
}

fn view(call: &Call) -> Option<Value> {
    let state = call.state();
    let (ended_at, cause) = state.ended?;
    let stamp = |at: OffsetDateTime| {
        at.replace_nanosecond(0).unwrap_or(at).format(&Rfc3339).unwrap_or_default()
    };
    let answered = state.answered_at;
    let direction = match (call.way, answered) {
        (Way::In, Some(_)) => "INCOMING",
        (Way::In, None) => "MISSED_INCOMING",
        (Way::Out, Some(_)) => "OUTGOING",
        (Way::Out, None) => "MISSED_OUTGOING",
    };
    let status = match cause {
        Cause::Forwarded => "FORWARD",
        Cause::Busy => "BUSY",
        _ if answered.is_some() => "PICKUP",
        _ => "NOPICKUP",
    };
    let seconds = answered.map_or(0, |answered| (ended_at - answered).whole_seconds().max(0));
    Some(json!({
        "id": call.xcid,
        "callId": call.id,
        "type": "CALL",
        "source": written(&call.from),
        "target": written(&call.to),
        "created": stamp(call.began_at),
        "lastModified": stamp(ended_at),
        "direction": direction,
        "incoming": call.way == Way::In,
        "status": status,
        "callStatus": status,
        "duration": seconds,
        "responder": state.answering_number.as_deref().map(written),
        "voicemail": call.destination == Destination::Mailbox,
        "recordings": [],
    }))
}
