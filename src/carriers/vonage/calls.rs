//! The Voice API's JSON: what is sent, and what a listed call says.

use serde::Serialize;
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use super::is_id;
use super::render::{Ncco, WebSocket, listening_in};
use super::urls::{Hook, Urls};
use super::wire::region_host;
use crate::application::ports::Found;
use crate::domain::call::script::{Conference, Mailboxes, Placement};
use crate::domain::call::signal::CarrierLeg;
use crate::domain::ids::StreamId;

#[derive(Serialize)]
pub(super) struct CreateCall {
    to: [Phone; 1],
    from: Phone,
    answer_url: [String; 1],
    answer_method: &'static str,
    event_url: [String; 1],
    event_method: &'static str,
    ringing_timer: u64,
    length_timer: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    machine_detection: Option<&'static str>,
}

/// A leg that listens in on a call's room: a socket of ours, and nobody's phone.
#[derive(Serialize)]
pub(super) struct CreateListener {
    to: [Listener; 1],
    random_from_number: bool,
    ncco: Ncco,
    event_url: [String; 1],
    event_method: &'static str,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Listener {
    Websocket(WebSocket),
}

/// What is told of the leg comes to the leg with the stream's id.
pub(super) fn create_listener(stream: StreamId, urls: &Urls<'_>) -> CreateListener {
    CreateListener {
        to: [Listener::Websocket(WebSocket::of(stream, urls))],
        random_from_number: true,
        ncco: listening_in(&Conference::of(urls.call)),
        event_url: [urls.with_leg(stream.into()).of_leg(Hook::Event)],
        event_method: "POST",
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "phone")]
pub(super) struct Phone {
    number: String,
}

#[derive(Serialize)]
#[serde(tag = "action", rename_all = "lowercase")]
pub(super) enum Action {
    Hangup,
    Mute,
    Unmute,
    Earmuff,
    Unearmuff,
    Transfer { destination: Destination },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Destination {
    Ncco { ncco: Ncco },
}

#[derive(Serialize)]
pub(super) struct SendDigits<'a> {
    pub(super) digits: &'a str,
}

#[derive(Serialize)]
pub(super) struct Listen {
    pub(super) event_url: [String; 1],
}

#[derive(Serialize)]
pub(super) struct Talk {
    pub(super) text: String,
    pub(super) language: &'static str,
}

/// The URLs are the leg's own, so every webhook says by its path what it is about.
pub(super) fn create_call(placement: &Placement, urls: &Urls<'_>) -> CreateCall {
    const RING_MAX: u64 = 120;
    // The newer document allows a day; older ones and the vendor's packages two hours.
    const TALK_MAX: u64 = 7200;
    CreateCall {
        to: [Phone { number: placement.to.digits().to_owned() }],
        from: Phone { number: placement.from.digits().to_owned() },
        answer_url: [urls.of_leg(Hook::Answer)],
        answer_method: "POST",
        event_url: [urls.of_leg(Hook::Event)],
        event_method: "POST",
        ringing_timer: placement.ring.as_secs().clamp(1, RING_MAX),
        length_timer: placement.talk_max.as_secs().clamp(1, TALK_MAX),
        machine_detection: match placement.mailboxes {
            Mailboxes::LeaveToKeys => None,
            Mailboxes::HangUpOnMachine => Some("hangup"),
        },
    }
}

pub(super) fn carrier_leg(call: &Value, region: Option<&str>) -> Option<CarrierLeg> {
    let id = call.get("uuid")?.as_str().filter(|id| is_id(id))?.to_owned();
    Some(CarrierLeg { id, region: region.and_then(region_host).map(str::to_owned) })
}

/// Whether a listed call can be the placed leg. When it was made the list has seen to already; its times are told only once it is over.
pub(super) fn is_of(call: &Value, placement: &Placement) -> bool {
    let number = |end: &str| {
        let number =
            call.get(end).and_then(|end| end.get("number").or_else(|| end.pointer("/0/number")));
        number.and_then(Value::as_str).map(|number| number.trim_start_matches('+').to_owned())
    };
    let is_inbound = call.get("direction").and_then(Value::as_str) == Some("inbound");
    !is_inbound
        && number("to").as_deref() == Some(placement.to.digits())
        && number("from").as_deref() == Some(placement.from.digits())
}

/// `None` where the one call has no id.
pub(super) fn only_one(calls: &[Value], region: Option<&str>) -> Option<Found> {
    let call = match calls {
        [] => return Some(Found::Nothing),
        [call] => call,
        _ => return Some(Found::Ambiguous),
    };
    let leg = carrier_leg(call, region)?;
    let is_over = call.get("status").and_then(Value::as_str).is_some_and(|status| {
        matches!(
            status,
            "completed" | "busy" | "cancelled" | "failed" | "rejected" | "timeout" | "unanswered"
        )
    });
    Some(if is_over { Found::Over(leg) } else { Found::Alive(leg) })
}

pub(super) fn whole_second(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC).replace_nanosecond(0).unwrap_or(at);
    at.format(&Rfc3339).expect("a time of this age has four digits for its year")
}
