//! Media streams that the API starts and stops.

use std::sync::Arc;

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::{
    super::{
        super::settings::Method,
        Call, Callback, Platform,
        events::{API_VERSION, stamp},
        streams::{self, Kind, Live},
        twiml::Stream,
    },
    Answer, Asked, Delivery, Refusal,
    form::INVALID,
};

const KNOWN: &[&str] = &["Url", "Name", "Track", "StatusCallback", "StatusCallbackMethod"];

pub fn start(platform: &Arc<Platform>, call: &Arc<Call>, asked: &Asked) -> Result<Answer, Refusal> {
    if !call.leg.is_up() {
        return Err(Refusal::bad(21_220, "Call is not in-progress."));
    }
    let form = &asked.form;
    let (mut known, parameters) = (KNOWN.to_vec(), parameters(asked)?);
    let numbered: Vec<String> = (1..=parameters.len())
        .flat_map(|at| [format!("Parameter{at}.Name"), format!("Parameter{at}.Value")])
        .collect();
    known.extend(numbered.iter().map(String::as_str));
    form.check(platform, "POST Streams", &known);
    let url = form.filled("Url").ok_or_else(|| Refusal::bad(INVALID, "Url is required"))?;
    let track = form.text("Track").unwrap_or("inbound_track");
    if !matches!(track, "inbound_track" | "outbound_track" | "both_tracks") {
        return Err(Refusal::bad(INVALID, "Track is unknown"));
    }
    let name = form.filled("Name").map(str::to_owned);
    if let Some(name) = &name
        && platform.streams.running(&call.leg.id, Some(name)).is_some()
    {
        return Err(Refusal::bad(INVALID, "Name is taken in this call"));
    }
    let target = form.target("StatusCallback", "StatusCallbackMethod", Method::Post)?;
    let stream = Stream {
        url: url.to_owned(),
        name,
        inbound: track != "outbound_track",
        outbound: track != "inbound_track",
        callback: target.map(|target| Callback { target, events: Vec::new() }),
        parameters,
    };
    let handle = streams::start(platform, call, &stream, Kind::Api);
    let body = view(platform, &handle.live(), "in-progress");
    handle.leave_running();
    Ok(Answer { status: StatusCode::CREATED, body, delivery: Delivery::Arrives })
}

/// `Parameter1.Name` and `Parameter1.Value`, and so on.
fn parameters(asked: &Asked) -> Result<Vec<(String, String)>, Refusal> {
    let mut all = Vec::new();
    while let Some(name) = asked.form.text(&format!("Parameter{}.Name", all.len() + 1)) {
        let value = asked.form.text(&format!("Parameter{}.Value", all.len() + 1)).unwrap_or("");
        if name.len() + value.len() >= 500 {
            return Err(Refusal::bad(INVALID, "a parameter is too long"));
        }
        all.push((name.to_owned(), value.to_owned()));
    }
    Ok(all)
}

fn view(platform: &Platform, live: &Live, status: &str) -> Value {
    let (account, call) = (&live.call.account.sid, &live.call.leg.id);
    json!({
        "sid": live.sid,
        "account_sid": account,
        "call_sid": call,
        "name": live.stream.name,
        "status": status,
        "date_updated": stamp(platform.exchange.clock.now()),
        "uri": format!("/{API_VERSION}/Accounts/{account}/Calls/{call}/Streams/{}.json", live.sid),
    })
}

pub fn stop(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    name: &str,
    asked: &Asked,
) -> Result<Answer, Refusal> {
    asked.form.check(platform, "POST Streams/{Sid}", &["Status"]);
    if asked.form.text("Status") != Some("stopped") {
        return Err(Refusal::bad(INVALID, "Status can only be stopped"));
    }
    let name = super::decoded(name);
    let live = platform.streams.running(&call.leg.id, Some(&name));
    let live = live.ok_or_else(|| Refusal::not_found(&asked.path))?;
    platform.streams.stop(&call.leg.id, Some(&name));
    Ok(Answer::ok(view(platform, &live, "stopped")))
}
