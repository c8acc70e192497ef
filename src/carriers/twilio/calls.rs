//! What the REST API is told to place a call, and what a listed call says.

use std::time::Duration;

use serde_json::Value;
use time::format_description::well_known::Rfc2822;
use time::{Date, OffsetDateTime};

use super::is_sid;
use super::twiml::LEG_EVENTS;
use super::urls::{Hook, Urls};
use super::wire::Fields;
use crate::application::ports::Found;
use crate::domain::call::script::{Mailboxes, Placement};
use crate::domain::call::signal::CarrierLeg;

/// The URLs are the leg's own, so every webhook says by its path what it is about. `ring` is what is left of its ring time.
pub(super) fn create_call(placement: &Placement, ring: Duration, urls: &Urls<'_>) -> Fields {
    const RING_MAX: u64 = 600;
    const TALK_MAX: u64 = 4 * 60 * 60;
    let mut fields = vec![
        ("To", placement.to.as_e164().to_owned()),
        ("From", placement.from.as_e164().to_owned()),
        ("Url", urls.of_leg(Hook::Voice)),
        ("Method", POST.to_owned()),
        ("FallbackUrl", urls.of_leg(Hook::Fallback)),
        ("FallbackMethod", POST.to_owned()),
        ("StatusCallback", urls.of_leg(Hook::Status)),
        ("StatusCallbackMethod", POST.to_owned()),
        ("Timeout", nearest_second(ring).clamp(1, RING_MAX).to_string()),
        ("TimeLimit", placement.talk_max.as_secs().clamp(1, TALK_MAX).to_string()),
    ];
    // One name an event: all in one text would be taken for one event that does not exist.
    fields.extend(LEG_EVENTS.map(|event| ("StatusCallbackEvent", event.to_owned())));
    if placement.mailboxes == Mailboxes::HangUpOnMachine {
        fields.extend([
            ("MachineDetection", "Enable".to_owned()),
            // Else whoever picks up hears seconds of silence first.
            ("AsyncAmd", "true".to_owned()),
            ("AsyncAmdStatusCallback", urls.of_leg(Hook::Amd)),
            ("AsyncAmdStatusCallbackMethod", POST.to_owned()),
        ]);
    }
    fields
}

/// A dial that was on its way for some milliseconds rings no second less.
fn nearest_second(time: Duration) -> u64 {
    (time + Duration::from_millis(500)).as_secs()
}

pub(super) const POST: &str = "POST";
/// For sounds, which are files.
pub(super) const GET: &str = "GET";

pub(super) fn carrier_leg(call: &Value) -> Option<CarrierLeg> {
    let id = call.get("sid")?.as_str().filter(|sid| is_sid("CA", sid))?.to_owned();
    Some(CarrierLeg { id, region: None })
}

/// Whether a listed call can be the placed leg: its numbers, and when it was made. What an earlier dial or a later one of the same
/// number made must not be taken for it.
pub(super) fn is_of(call: &Value, placement: &Placement, placed_after: OffsetDateTime) -> bool {
    /// Clocks differ, and times are told in whole seconds.
    const BEFORE: Duration = Duration::from_secs(10);
    /// It may have waited for its turn.
    const LATER: Duration = Duration::from_secs(45);
    let text = |name| call.get(name).and_then(Value::as_str);
    let made = text("date_created").and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok());
    text("direction") == Some("outbound-api")
        && text("to") == Some(placement.to.as_e164())
        && text("from") == Some(placement.from.as_e164())
        && made.is_some_and(|made| (placed_after - BEFORE..=placed_after + LATER).contains(&made))
}

/// `None` where the one call has no id.
pub(super) fn only_one(calls: &[Value]) -> Option<Found> {
    let call = match calls {
        [] => return Some(Found::Nothing),
        [call] => call,
        _ => return Some(Found::Ambiguous),
    };
    let leg = carrier_leg(call)?;
    let is_over = call.get("status").and_then(Value::as_str).is_some_and(|status| {
        matches!(status, "completed" | "busy" | "failed" | "no-answer" | "canceled")
    });
    Some(if is_over { Found::Over(leg) } else { Found::Alive(leg) })
}

/// The day before which nothing is listed. A call that was made at midnight may have begun on the day after.
pub(super) fn day_of(placed_after: OffsetDateTime) -> String {
    let day: Date = (placed_after.to_offset(time::UtcOffset::UTC) - Duration::from_secs(60)).date();
    format!("{:04}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day())
}
