//! GET /v1/calls: what became of one call, or of many.

use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    super::{Call, Platform, events},
    Answer, Asked, Refusal,
};

pub fn one(call: &Call) -> Result<Answer, Refusal> {
    Ok(Answer::new(StatusCode::OK, view(call)))
}

/// Money and times only once the call is over.
fn view(call: &Call) -> Value {
    let leg = &call.leg;
    let state = leg.state().clone();
    let mut view = Map::new();
    view.insert("_links".into(), json!({ "self": { "href": format!("/calls/{}", leg.id) } }));
    view.insert("uuid".into(), leg.id.clone().into());
    view.insert("conversation_uuid".into(), state.conversation.into());
    view.insert("to".into(), json!({ "type": "phone", "number": leg.to }));
    view.insert("from".into(), json!({ "type": "phone", "number": leg.from }));
    view.insert("status".into(), state.status.clone().into());
    view.insert("direction".into(), json!(leg.direction));
    if state.status == "completed" {
        let ended = state.ended_at.unwrap_or(leg.began_at);
        let seconds =
            state.answered_at.map_or(0, |answered| (ended - answered).whole_seconds().max(0));
        view.insert("rate".into(), "0.00450000".into());
        view.insert("price".into(), events::price(seconds).into());
        view.insert("duration".into(), seconds.to_string().into());
        view.insert("start_time".into(), json!(state.answered_at.map(events::second)));
        view.insert("end_time".into(), events::second(ended).into());
        view.insert("network".into(), events::network(leg).into());
    }
    Value::Object(view)
}

pub fn list(platform: &Platform, asked: &Asked) -> Result<Answer, Refusal> {
    let parameter = |name: &str| {
        asked.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    };
    let number = |name: &str, default: usize| match parameter(name) {
        None => Ok(default),
        Some(text) => {
            text.parse::<usize>().map_err(|_| Refusal::invalid(name, "is not a whole number"))
        }
    };
    let moment = |name: &str| match parameter(name) {
        None => Ok(None),
        Some(text) => OffsetDateTime::parse(text, &Rfc3339)
            .map(Some)
            .map_err(|_| Refusal::invalid(name, "is not an ISO 8601 time")),
    };
    let page_size = number("page_size", 10)?;
    if !(1..=100).contains(&page_size) {
        return Err(Refusal::invalid("page_size", "is not between 1 and 100"));
    }
    let (record_index, after, before) =
        (number("record_index", 0)?, moment("date_start")?, moment("date_end")?);
    let order = parameter("order").unwrap_or("asc");
    if !matches!(order, "asc" | "desc") {
        return Err(Refusal::invalid("order", "is neither asc nor desc"));
    }

    let mut calls = platform.calls();
    calls.retain(|call| {
        let state = call.leg.state();
        call.application.id == asked.application.id
            && parameter("status").is_none_or(|status| status == state.status)
            && parameter("conversation_uuid")
                .is_none_or(|conversation| conversation == state.conversation)
            && after.is_none_or(|after| call.leg.began_at >= after)
            && before.is_none_or(|before| call.leg.began_at <= before)
    });
    if order == "desc" {
        calls.reverse();
    }
    let page: Vec<Value> =
        calls.iter().skip(record_index).take(page_size).map(|call| view(call)).collect();
    Ok(Answer::new(StatusCode::OK, paged(calls.len(), page_size, record_index, order, &page)))
}

fn paged(
    count: usize,
    page_size: usize,
    record_index: usize,
    order: &str,
    calls: &[Value],
) -> Value {
    let href = |index: usize| json!({ "href": format!("/calls?page_size={page_size}&record_index={index}&order={order}") });
    let mut links = Map::new();
    links.insert("self".into(), href(record_index));
    links.insert("first".into(), href(0));
    links.insert("last".into(), href(count.saturating_sub(1) / page_size * page_size));
    if record_index + page_size < count {
        links.insert("next".into(), href(record_index + page_size));
    }
    if record_index > 0 {
        links.insert("prev".into(), href(record_index.saturating_sub(page_size)));
    }
    json!({ "count": count, "page_size": page_size, "record_index": record_index, "_links": links, "_embedded": { "calls": calls } })
}
