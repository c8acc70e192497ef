//! What is said about a call: the parameters that every request carries, and the status callbacks.

use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use super::{
    super::{
        leg::Direction,
        network::News,
        scenario::{Does, digits},
    },
    Call, Platform,
    hooks::{Fields, Hook},
};

pub const API_VERSION: &str = "2010-04-01";

/// RFC 2822, at UTC.
#[must_use]
pub fn stamp(at: OffsetDateTime) -> String {
    at.replace_nanosecond(0).unwrap_or(at).format(&Rfc2822).unwrap_or_default()
}

#[must_use]
pub fn field(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

/// What every request about a call says of it.
#[must_use]
pub fn basics(call: &Call) -> Fields {
    let leg = &call.leg;
    let status = leg.state().status.clone();
    let mut fields = vec![
        field("CallSid", &leg.id),
        field("AccountSid", &call.account.sid),
        field("From", &leg.from),
        field("To", &leg.to),
        field("CallStatus", status),
        field("ApiVersion", API_VERSION),
        field("Direction", call.direction()),
        field("Caller", &leg.from),
        field("Called", &leg.to),
    ];
    for (end, legacy, number) in [("From", "Caller", &leg.from), ("To", "Called", &leg.to)] {
        for side in [end, legacy] {
            fields.push(field(&format!("{side}Country"), country(number)));
            for part in ["City", "State", "Zip"] {
                fields.push(field(&format!("{side}{part}"), ""));
            }
        }
    }
    if leg.direction == Direction::Inbound {
        fields.push(field("CallToken", format!("token-of-{}", leg.id)));
    }
    if let Some(parent) = &call.parent {
        fields.push(field("ParentCallSid", parent));
    }
    if let Some(answered_by) = call.state().answered_by {
        fields.push(field("AnsweredBy", answered_by));
    }
    fields
}

fn country(number: &str) -> &'static str {
    match digits(number) {
        number if number.starts_with("44") => "GB",
        number if number.starts_with('1') => "CA",
        _ => "",
    }
}

/// The call came to another status: remembered, and told to whoever subscribed.
pub fn status(platform: &Platform, call: &Call, event: &'static str, status: &str) {
    call.leg.state().status = status.into();
    platform.exchange.touch();
    let Some((target, number)) = call.next_callback(event) else { return };
    let now = platform.exchange.clock.now();
    let mut fields = basics(call);
    fields.extend([
        field("Timestamp", stamp(now)),
        field("CallbackSource", "call-progress-events"),
        field("SequenceNumber", number.to_string()),
    ]);
    if event == "completed" {
        let seconds = call.seconds();
        fields.push(field("CallDuration", seconds.to_string()));
        // Minutes, as billed; the trap is the vendor's.
        fields.push(field("Duration", seconds.div_ceil(60).to_string()));
        if call.leg.direction == Direction::Outbound {
            fields.push(field("SipResponseCode", call.state().sip_code.to_string()));
        }
    }
    call.post(Hook {
        kind: "event",
        what: status.into(),
        news: news(call, event, status),
        leg: Some(call.leg.clone()),
        account: call.account.clone(),
        target,
        fields,
    });
}

/// What scenarios call it.
fn news(call: &Call, event: &str, status: &str) -> News {
    match (event, status) {
        ("initiated", _) => News::Started,
        ("ringing", _) => News::Ringing,
        ("answered", _) => News::Answered,
        (_, "busy") if call.leg.phone.does == Does::Decline => News::Declined,
        (_, "busy") => News::Busy,
        (_, "no-answer") => News::Unanswered,
        (_, "failed") => News::Failed,
        (_, "canceled") => News::Cancelled,
        _ => News::Ended,
    }
}
