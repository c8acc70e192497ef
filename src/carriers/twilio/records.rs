//! What Twilio's own list says of calls: for ends that were never reported, and for what happened while we were down.

use serde_json::Value;
use time::format_description::well_known::{Rfc2822, Rfc3339};
use time::{OffsetDateTime, UtcOffset};

use super::calls::carrier_leg;
use super::rest::{Client, PAGE, garbage, nameless};
use crate::application::ports::ControlError;
use crate::application::ports::records::{CallsListed, CarrierCall};
use crate::domain::call::record::{LegRecord, RecordSource};
use crate::domain::call::signal::{LegEnd, LegEndCause};

/// So many pages of a span of time are looked through: a thousand calls.
const PAGES_MAX: usize = 50;

impl Client {
    pub(super) async fn record_of(&self, sid: &str) -> Result<LegRecord, ControlError> {
        let name = format!("{sid}.json");
        let reply = self.get(&["Calls", &name], &[]).await?;
        match reply.control() {
            Err(ControlError::LegOver) => return Ok(LegRecord::NoRecord),
            Err(error) => return Err(error),
            Ok(()) => {}
        }
        // Of another call it proves nothing.
        let call = reply.json.as_ref().filter(|call| text(call, "sid") == Some(sid));
        let call =
            call.filter(|call| text(call, "status").is_some()).ok_or_else(|| garbage(&reply))?;
        Ok(match end(call) {
            Some(end) => LegRecord::Over { end, source: RecordSource::Calls },
            None => LegRecord::Running,
        })
    }

    /// The carrier's filter counts whole seconds, and may count whole days.
    pub(super) async fn listed_between(
        &self,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<CallsListed, ControlError> {
        let query = [
            ("StartTime>".to_owned(), whole_second(from)),
            ("StartTime<".to_owned(), whole_second(to)),
            ("PageSize".to_owned(), PAGE.to_string()),
        ];
        let Some(listed) = self.list(&["Calls.json"], &query, "calls", PAGES_MAX).await? else {
            return Ok(CallsListed::TooMany);
        };
        let inbound = listed.iter().filter(|call| text(call, "direction") == Some("inbound"));
        let calls: Option<Vec<_>> = inbound.map(carrier_call).collect();
        calls.map(CallsListed::All).ok_or_else(nameless)
    }
}

/// `None` where it has no id.
fn carrier_call(call: &Value) -> Option<CarrierCall> {
    let words = |name| text(call, name).unwrap_or_default().to_owned();
    Some(CarrierCall {
        carrier_leg: carrier_leg(call)?,
        from: words("from"),
        to: words("to"),
        began: time(call, "start_time").or_else(|| time(call, "date_created")),
        ended: time(call, "end_time"),
        end: end(call),
        source: RecordSource::Calls,
    })
}

/// How a listed call ended; `None` while it goes on.
fn end(call: &Value) -> Option<LegEnd> {
    let is_machine =
        text(call, "answered_by").is_some_and(|who| who == "fax" || who.starts_with("machine_"));
    let cause = match text(call, "status")? {
        "completed" if is_machine => LegEndCause::Machine,
        "completed" => LegEndCause::HungUp,
        "busy" => LegEndCause::Busy,
        "failed" => LegEndCause::Failed,
        "no-answer" => LegEndCause::Unanswered,
        "canceled" => LegEndCause::Cancelled,
        _ => return None,
    };
    let duration_seconds = text(call, "duration").and_then(|seconds| seconds.parse().ok());
    Some(LegEnd { cause, is_final: true, duration_seconds, cost: None })
}

fn text<'a>(call: &'a Value, name: &str) -> Option<&'a str> {
    call.get(name).and_then(Value::as_str)
}

fn time(call: &Value, name: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text(call, name)?, &Rfc2822).ok()
}

fn whole_second(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC).replace_nanosecond(0).unwrap_or(at);
    at.format(&Rfc3339).expect("a time of this age has four digits for its year")
}
