//! What Vonage's own list says of calls: for ends that were never reported, and for what happened while we were down.

use serde_json::Value;
use time::OffsetDateTime;

use super::calls::carrier_leg;
use super::fields;
use super::rest::{Client, PAGE, garbage, id_of, nameless};
use crate::application::ports::ControlError;
use crate::application::ports::records::{CallsListed, CarrierCall};
use crate::domain::call::record::{LegRecord, RecordSource};
use crate::domain::call::signal::{CarrierLeg, Cost, LegEnd, LegEndCause};

/// So many pages of a span of time are looked through: a thousand calls.
const PAGES_MAX: usize = 20;

impl Client {
    pub(super) async fn record_of(&self, leg: &CarrierLeg) -> Result<LegRecord, ControlError> {
        let id = id_of(leg)?;
        let reply = self.get(&[id], &[], leg.region.as_deref()).await?;
        match reply.control() {
            Err(ControlError::LegOver) => return Ok(LegRecord::NoRecord),
            Err(error) => return Err(error),
            Ok(()) => {}
        }
        let call = reply.json.as_ref().filter(|call| text(call, "uuid").as_deref() == Some(id));
        // Of another leg it proves nothing.
        let call =
            call.filter(|call| text(call, "status").is_some()).ok_or_else(|| garbage(&reply))?;
        Ok(match end(call) {
            Some(end) => LegRecord::Over { end, source: RecordSource::Calls },
            None => LegRecord::Running,
        })
    }

    pub(super) async fn listed_between(
        &self,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<CallsListed, ControlError> {
        let mut all = Vec::new();
        for page in 0..PAGES_MAX {
            let listed = self.list((from, to), None, (page * PAGE, PAGE)).await?;
            for call in listed.iter().filter(|call| is_inbound(call)) {
                all.push(carrier_call(call).ok_or_else(nameless)?);
            }
            if listed.len() < PAGE {
                return Ok(CallsListed::All(all));
            }
        }
        Ok(CallsListed::TooMany)
    }
}

fn is_inbound(call: &Value) -> bool {
    text(call, "direction").as_deref() == Some("inbound")
}

/// `None` where it has no id.
fn carrier_call(call: &Value) -> Option<CarrierCall> {
    let number = |end: &str| {
        let end = call.get(end)?;
        end.get("number").or_else(|| end.pointer("/0/number")).and_then(fields::text)
    };
    let time = |name| text(call, name).and_then(|text| fields::read_time(&text));
    Some(CarrierCall {
        carrier_leg: carrier_leg(call, None)?,
        from: number("from").unwrap_or_default(),
        to: number("to").unwrap_or_default(),
        began: time("start_time"),
        ended: time("end_time"),
        end: end(call),
        source: RecordSource::Calls,
    })
}

/// How a listed call ended; `None` while it goes on. Only the status and the time connected tell why: what the phone answered is
/// not listed.
fn end(call: &Value) -> Option<LegEnd> {
    let duration_seconds =
        text(call, "duration").and_then(|seconds| fields::read_seconds(&seconds));
    let was_connected = duration_seconds.is_some_and(|seconds| seconds > 0);
    let cause = match text(call, "status")?.as_str() {
        "completed" if was_connected || is_inbound(call) => LegEndCause::HungUp,
        "completed" | "timeout" | "unanswered" => LegEndCause::Unanswered,
        "busy" => LegEndCause::Busy,
        "cancelled" => LegEndCause::Cancelled,
        "failed" | "rejected" => LegEndCause::Failed,
        _ => return None,
    };
    let cost = text(call, "price")
        .and_then(|price| fields::read_micros(&price))
        .map(|micros| Cost { micros, currency: "EUR".to_owned() });
    Some(LegEnd { cause, is_final: true, duration_seconds, cost })
}

fn text(call: &Value, name: &str) -> Option<String> {
    call.get(name).and_then(fields::text)
}
