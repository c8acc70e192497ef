//! What sipgate's own lists say of calls: for pushes that got lost, and for what happened while we were down.
//!
//! There are two: the calls that are established now, and the history of those that are over. One that still rings is in neither.

use std::time::Duration;

use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use super::rest::{Client, is_name, unknown};
use super::wire::Query;
use crate::application::ports::records::{CallsListed, CarrierCall};
use crate::application::ports::{ControlError, Found};
use crate::domain::call::record::{LegRecord, RecordSource};
use crate::domain::call::script::Placement;
use crate::domain::call::signal::{CarrierLeg, LegEnd, LegEndCause};
use crate::domain::phone_number::PhoneNumber;

/// Of the history so many calls are asked for at once …
const PAGE: usize = 100;
/// … and so many pages are looked through: a thousand calls.
const PAGES_MAX: usize = 10;
/// So near to when we heard of it a call began, most of the time.
const NEARBY: Duration = Duration::from_secs(15);
/// Clocks differ, and a call stands in the history under the time at which it began there.
const AROUND: Duration = Duration::from_secs(600);

const INCOMING: [&str; 2] = ["INCOMING", "MISSED_INCOMING"];
const OUTGOING: [&str; 2] = ["OUTGOING", "MISSED_OUTGOING"];

impl Client {
    pub(super) async fn record_of(
        &self,
        id: &str,
        began: OffsetDateTime,
    ) -> Result<LegRecord, ControlError> {
        let running = self.get(&["calls"], Query::new()).await?.list("data")?;
        if running.iter().any(|call| text(call, "callId") == Some(id)) {
            return Ok(LegRecord::Running);
        }
        let is_it = |call: &Value| text(call, "callId") == Some(id);
        // Nearby first: a busy account has more calls in a longer span than are looked through.
        for around in [NEARBY, AROUND] {
            let span = (began - around, began + around);
            match self.history_until(span, &[], is_it).await? {
                Looked::Found(call) => {
                    let source = RecordSource::History;
                    return Ok(LegRecord::Over { end: end(&call), source });
                }
                Looked::TooMany => {
                    return Err(unknown(
                        "the history holds more calls of that time than are looked through",
                    ));
                }
                Looked::Through(_) => {}
            }
        }
        Ok(LegRecord::NoRecord)
    }

    /// Calls that still go on are left out: those that are established are listed without what they are.
    pub(super) async fn listed_between(
        &self,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<CallsListed, ControlError> {
        let Some(listed) = self.history((from, to), &INCOMING).await? else {
            return Ok(CallsListed::TooMany);
        };
        // A call that has no name can not be one that was announced.
        Ok(CallsListed::All(listed.iter().filter_map(carrier_call).collect()))
    }

    /// Running calls tell numbers but no times, so one of an earlier dial may be taken for it; then both are the same to whoever asks.
    pub(super) async fn find_placed(
        &self,
        placement: &Placement,
        placed_after: OffsetDateTime,
    ) -> Result<Found, ControlError> {
        let running = self.get(&["calls"], Query::new()).await?.list("data")?;
        let takes_part = |call: &&Value| {
            let participants = call.get("participants").and_then(Value::as_array);
            participants.is_some_and(|all| {
                all.iter().any(|one| is_number(one, "phoneNumber", &placement.to))
            })
        };
        let alive: Vec<_> = running.iter().filter(takes_part).filter_map(carrier_leg).collect();
        let span = (placed_after - CLOCKS_DIFFER, placed_after + AROUND);
        let Some(listed) = self.history(span, &OUTGOING).await? else {
            return Ok(Found::Ambiguous);
        };
        let over = listed.iter().filter(|call| is_number(call, "target", &placement.to));
        let over: Vec<_> = over.filter_map(carrier_leg).collect();
        Ok(match (alive.as_slice(), over.as_slice()) {
            ([], []) => Found::Nothing,
            ([leg], []) => Found::Alive(leg.clone()),
            ([], [leg]) => Found::Over(leg.clone()),
            _ => Found::Ambiguous,
        })
    }

    /// Calls of a span of time in these directions, or in all. `None`: there are more than are looked through.
    async fn history(
        &self,
        span: (OffsetDateTime, OffsetDateTime),
        directions: &[&str],
    ) -> Result<Option<Vec<Value>>, ControlError> {
        match self.history_until(span, directions, |_| false).await? {
            Looked::Through(all) => Ok(Some(all)),
            Looked::Found(_) | Looked::TooMany => Ok(None),
        }
    }

    /// The same, up to the one that is looked for.
    async fn history_until(
        &self,
        (from, to): (OffsetDateTime, OffsetDateTime),
        directions: &[&str],
        is_it: impl Fn(&Value) -> bool + Send,
    ) -> Result<Looked, ControlError> {
        let mut all = Vec::new();
        for page in 0..PAGES_MAX {
            let mut query = vec![("types", "CALL".to_owned())];
            query
                .extend(directions.iter().map(|direction| ("directions", (*direction).to_owned())));
            query.extend([
                ("from", whole_second(from)),
                ("to", whole_second(to + SECOND)),
                ("limit", PAGE.to_string()),
                ("offset", (page * PAGE).to_string()),
            ]);
            let listed = self.get(&["history"], query).await?.list("items")?;
            let is_last = listed.len() < PAGE;
            if let Some(found) = listed.iter().find(|call| is_it(call)) {
                return Ok(Looked::Found(found.clone()));
            }
            all.extend(listed);
            if is_last {
                return Ok(Looked::Through(all));
            }
        }
        Ok(Looked::TooMany)
    }
}

/// What looking through the history came to.
enum Looked {
    /// The one that was looked for.
    Found(Value),
    /// All of them, and it was none.
    Through(Vec<Value>),
    /// There are more than are looked through.
    TooMany,
}

const SECOND: Duration = Duration::from_secs(1);
/// What an earlier dial of the same number made must not be taken for this one's.
const CLOCKS_DIFFER: Duration = Duration::from_secs(10);

fn carrier_leg(call: &Value) -> Option<CarrierLeg> {
    let id = text(call, "callId").filter(|id| is_name(id))?.to_owned();
    Some(CarrierLeg { id, region: None })
}

/// `None` where it has no name.
fn carrier_call(call: &Value) -> Option<CarrierCall> {
    let words = |name| text(call, name).unwrap_or_default().to_owned();
    Some(CarrierCall {
        carrier_leg: carrier_leg(call)?,
        from: words("source"),
        to: words("target"),
        began: text(call, "created").and_then(|at| OffsetDateTime::parse(at, &Rfc3339).ok()),
        // It tells how long they talked, not when that began.
        ended: None,
        end: Some(end(call)),
        source: RecordSource::History,
    })
}

/// How a call of the history ended.
fn end(call: &Value) -> LegEnd {
    let duration_seconds = call
        .get("duration")
        .and_then(Value::as_u64)
        .and_then(|seconds| u32::try_from(seconds).ok());
    let was_answered = duration_seconds.is_some_and(|seconds| seconds > 0);
    let cause = match text(call, "callStatus") {
        Some("SUCCESS") => LegEndCause::HungUp,
        Some("BUSY" | "BUSY_ON_BUSY") => LegEndCause::Busy,
        Some("REJECTED" | "REJECTED_DND") => LegEndCause::Declined,
        Some("VOICEMAIL_NO_MESSAGE") => LegEndCause::Machine,
        Some("MISSED") => LegEndCause::Unanswered,
        Some("FAILURE") => LegEndCause::Failed,
        Some(_) | None if was_answered => LegEndCause::HungUp,
        Some(_) | None => LegEndCause::Unanswered,
    };
    LegEnd { cause, is_final: true, duration_seconds, cost: None }
}

fn is_number(of: &Value, name: &str, number: &PhoneNumber) -> bool {
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).collect::<Vec<_>>();
    text(of, name).is_some_and(|text| digits(text) == number.digits().as_bytes())
}

fn text<'a>(call: &'a Value, name: &str) -> Option<&'a str> {
    call.get(name).and_then(Value::as_str)
}

fn whole_second(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC).replace_nanosecond(0).unwrap_or(at);
    at.format(&Rfc3339).expect("a time of this age has four digits for its year")
}
