//! Calls as the API shows them.

use std::{cmp::Ordering, sync::Arc};

use serde_json::{Value, json};
use time::{Date, OffsetDateTime, macros::format_description};

use super::{
    super::{
        super::leg::Direction,
        Call, Platform,
        events::{API_VERSION, stamp},
    },
    Answer, Asked, Refusal,
    form::INVALID,
    page::{check_filters, page},
};

const FILTERS: [&str; 10] = [
    "To",
    "From",
    "ParentCallSid",
    "Status",
    "StartTime",
    "StartTime<",
    "StartTime>",
    "EndTime",
    "EndTime<",
    "EndTime>",
];

/// The status that the API gives: it has no `initiated`.
#[must_use]
pub fn status(call: &Call) -> String {
    let status = call.leg.state().status.clone();
    if status == "initiated" { "ringing".into() } else { status }
}

#[must_use]
pub fn view(call: &Call) -> Value {
    let leg = call.leg.state().clone();
    let state = call.state();
    let base = format!("/{API_VERSION}/Accounts/{}/Calls/{}", call.account.sid, call.leg.id);
    let over = leg.ended_at.is_some();
    let seconds =
        leg.answered_at.map_or(0, |at| (leg.ended_at.unwrap_or(at) - at).whole_seconds().max(0));
    let started = leg.answered_at.or(over.then_some(call.leg.began_at));
    let number =
        if call.leg.direction == Direction::Inbound { &call.leg.to } else { &call.leg.from };
    let updated =
        state.updated_at.or(leg.ended_at).or(leg.answered_at).unwrap_or(call.leg.began_at);
    json!({
        "sid": call.leg.id,
        "account_sid": call.account.sid,
        "parent_call_sid": call.parent,
        "to": call.leg.to,
        "to_formatted": call.leg.to,
        "from": call.leg.from,
        "from_formatted": call.leg.from,
        "phone_number_sid": call.account.number(number).map(|_| format!("PN{}", &call.account.sid[2..])),
        "status": if leg.status == "initiated" { "ringing" } else { &leg.status },
        "start_time": started.map(stamp),
        "end_time": leg.ended_at.map(stamp),
        "duration": over.then(|| seconds.to_string()),
        "price": over.then_some("-0.02"),
        "price_unit": "USD",
        "direction": call.direction(),
        "answered_by": state.answered_by,
        "api_version": API_VERSION,
        "forwarded_from": null,
        "group_sid": null,
        "caller_name": null,
        "queue_time": state.queue_time.as_millis().to_string(),
        "trunk_sid": null,
        "date_created": stamp(call.leg.began_at),
        "date_updated": stamp(updated),
        "uri": format!("{base}.json"),
        "subresource_uris": { "streams": format!("{base}/Streams.json") },
    })
}

pub fn list(platform: &Arc<Platform>, asked: &Asked) -> Result<Answer, Refusal> {
    check_filters(platform, asked, &FILTERS);
    let moments = Moments::read(asked, "StartTime")?;
    let ends = Moments::read(asked, "EndTime")?;
    let is = |name: &str, value: &str| asked.queried(name).is_none_or(|wanted| wanted == value);
    let wanted = |call: &Arc<Call>| {
        let leg = call.leg.state().clone();
        call.account.sid == asked.account.sid
            && is("To", &call.leg.to)
            && is("From", &call.leg.from)
            && is("Status", &status(call))
            && is("ParentCallSid", call.parent.as_deref().unwrap_or(""))
            && moments.hold(Some(leg.answered_at.unwrap_or(call.leg.began_at)))
            && ends.hold(leg.ended_at)
    };
    // The newest first.
    let calls: Vec<Value> =
        (platform.calls().into_iter().rev()).filter(wanted).map(|call| view(&call)).collect();
    page(asked, "calls", &calls).map(Answer::ok)
}

pub fn delete(platform: &Arc<Platform>, call: &Call) -> Result<Answer, Refusal> {
    if !call.leg.over.is_cancelled() {
        return Err(Refusal::bad(20_009, "a call that is under way can not be deleted"));
    }
    platform.forget_call(&call.leg.id);
    Ok(Answer::no_content())
}

/// Filters over a moment: on a day or at a moment, before it, or after it.
pub struct Moments(Vec<(Ordering, OffsetDateTime, bool)>);

impl Moments {
    pub fn read(asked: &Asked, name: &str) -> Result<Self, Refusal> {
        let mut all = Vec::new();
        for (suffix, ordering) in
            [("", Ordering::Equal), ("<", Ordering::Less), (">", Ordering::Greater)]
        {
            let name = format!("{name}{suffix}");
            let Some(text) = asked.queried(&name) else { continue };
            let (at, whole_day) =
                moment(text).ok_or_else(|| Refusal::bad(INVALID, format!("{name} is no date")))?;
            all.push((ordering, at, whole_day));
        }
        Ok(Self(all))
    }

    #[must_use]
    pub fn hold(&self, at: Option<OffsetDateTime>) -> bool {
        self.0.iter().all(|(ordering, wanted, whole_day)| {
            at.is_some_and(|at| match ordering {
                Ordering::Equal if *whole_day => at.date() == wanted.date(),
                Ordering::Equal => at == *wanted,
                // The inequalities include their bound.
                Ordering::Less => at <= *wanted,
                Ordering::Greater => at >= *wanted,
            })
        })
    }
}

fn moment(text: &str) -> Option<(OffsetDateTime, bool)> {
    let day = format_description!("[year]-[month]-[day]");
    let whole = OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339);
    whole
        .ok()
        .map(|at| (at, false))
        .or_else(|| Date::parse(text, day).ok().map(|date| (date.midnight().assume_utc(), true)))
}
