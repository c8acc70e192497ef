//! What a verified webhook says, in no carrier's words. Nothing is decided here, and nothing unknown is an error.

use std::fmt;

use serde_json::Value;
use thiserror::Error;
use time::OffsetDateTime;

use super::fields::{self, Fields};
use super::is_id;
use super::urls::Hook;
use super::verify::Verified;
use crate::carriers::in_their_words;
use crate::domain::call::signal::{
    CarrierLeg, Cost, Keys, LegEnd, LegEndCause, LegReport, Rang, Signal,
};
use crate::domain::ids::LegId;

/// What a webhook says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The leg it is about. Recordings, marks and troubles name none.
    pub carrier_leg: Option<CarrierLeg>,
    /// The conversation that the leg is in, now.
    pub conversation: Option<String>,
    /// The carrier's clock.
    pub occurred_at: Option<OffsetDateTime>,
    /// What.
    pub what: What,
}

/// What a webhook says of a leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A leg is connected and asks for its NCCO: a visitor's call that came in, or a leg that we placed.
    Asks(Arrival),
    /// Another of our URLs failed.
    FellBack(Fallback),
    /// How a leg fares.
    Leg(LegReport),
    /// Keys, or none in time.
    Keys(Keys),
    /// The NCCO came to a mark of ours.
    Marked(String),
    /// Nothing that a call needs to know; its name is for a metric. Statuses that no document knows are here too.
    Other(String),
}

/// A connected leg.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Arrival {
    /// The number that was called, or a user or SIP address.
    pub to: Option<String>,
    /// The caller as the network passed it on: free text, and perhaps a word for "withheld".
    pub from: Option<String>,
    /// The caller, where it is a client of the SDK; then there is no `from`.
    pub from_user: Option<String>,
    /// `phone`, `sip`, `app` …
    pub endpoint_type: Option<String>,
}

/// Without the numbers.
impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrival")
            .field("endpoint_type", &self.endpoint_type)
            .finish_non_exhaustive()
    }
}

/// One of our URLs failed, so that the fallback URL was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fallback {
    /// Why, in the carrier's words.
    pub reason: String,
    /// What the failed request said.
    pub original: Box<What>,
}

/// Not what Vonage sends: no object, or an answer request that does not say for whom. The answer is a 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this is not a webhook of Vonage's: {0}")]
pub struct Malformed(&'static str);

/// Reads a webhook.
pub fn parse(hook: Hook, webhook: &Verified) -> Result<Parsed, Malformed> {
    let fields = Fields::read(webhook.content()).ok_or(Malformed("it is no JSON object"))?;
    let parsed = Parsed {
        carrier_leg: carrier_leg(&fields),
        conversation: ["conversation_uuid_to", "conversation_uuid"]
            .into_iter()
            .find_map(|name| fields.text(name))
            .filter(|id| is_id(id)),
        occurred_at: fields.time("timestamp"),
        what: what(hook, &fields),
    };
    match parsed.what {
        What::Asks(_) if parsed.carrier_leg.is_none() => Err(Malformed("it names no leg")),
        _ => Ok(parsed),
    }
}

/// Machine detection names the leg otherwise than all others.
fn carrier_leg(fields: &Fields) -> Option<CarrierLeg> {
    const REGION_LENGTH_MAX: usize = 100;
    let id = ["uuid", "call_uuid"].into_iter().find_map(|name| fields.text(name))?;
    let region = fields
        .text("region_url")
        .filter(|url| url.len() <= REGION_LENGTH_MAX && url.bytes().all(|b| b.is_ascii_graphic()));
    is_id(&id).then_some(CarrierLeg { id, region })
}

fn what(hook: Hook, fields: &Fields) -> What {
    if fields.has("original_request") {
        return fell_back(fields);
    }
    match hook {
        Hook::Answer => What::Asks(arrival(fields)),
        Hook::Event | Hook::Keys | Hook::Mark | Hook::Fallback => event(fields),
    }
}

fn fell_back(fields: &Fields) -> What {
    let of_event = fields.text_in("original_request", "type").is_some_and(|kind| kind == "event");
    let original = if of_event { event(fields) } else { What::Asks(arrival(fields)) };
    What::FellBack(Fallback { reason: reason(fields), original: Box::new(original) })
}

fn reason(fields: &Fields) -> String {
    in_their_words(&fields.text("reason").unwrap_or_default())
}

fn arrival(fields: &Fields) -> Arrival {
    let shown = |name| {
        const LENGTH_MAX: usize = 256;
        let text: String = fields.text(name)?.chars().filter(|c| !c.is_control()).collect();
        Some(text.chars().take(LENGTH_MAX).collect())
    };
    Arrival {
        to: shown("to"),
        from: shown("from"),
        from_user: shown("from_user"),
        endpoint_type: shown("endpoint_type"),
    }
}

/// Told by shape, in the order of the vendor's own parsers: most events have a status, the others are known by a field of theirs.
fn event(fields: &Fields) -> What {
    if let Some(status) = fields.text("status") {
        return status_event(&status, fields);
    }
    let is_transfer = fields.text("type").is_some_and(|kind| kind == "transfer")
        || fields.has("conversation_uuid_from");
    if is_transfer {
        What::Leg(LegReport::Joined)
    } else if fields.has("dtmf") || fields.has("speech") {
        What::Keys(keys(fields))
    } else if fields.has("recording_url") {
        What::Other("recorded".to_owned())
    } else if fields.has("payload") {
        mark(fields)
    } else if fields.has("reason") {
        What::Leg(LegReport::Trouble(reason(fields)))
    } else {
        What::Other("shape".to_owned())
    }
}

fn status_event(status: &str, fields: &Fields) -> What {
    let report = match status {
        "ringing" => LegReport::Ringing,
        "answered" => LegReport::Answered,
        "human" => LegReport::Human,
        "machine" => LegReport::Machine,
        "busy" => failed(LegEndCause::Busy),
        "timeout" => failed(LegEndCause::Unanswered),
        "unanswered" => failed(refusal(fields).unwrap_or(LegEndCause::Unanswered)),
        "failed" => failed(LegEndCause::Failed),
        "cancelled" => failed(LegEndCause::Cancelled),
        "rejected" => LegReport::Ended(rejected(fields)),
        "completed" => LegReport::Ended(completed(fields)),
        // `started`, `disconnected`, `transcribed`, `success`, `failure` and what is yet to be invented.
        other => return What::Other(in_their_words(other)),
    };
    What::Leg(report)
}

/// A cause; `completed` follows.
fn failed(cause: LegEndCause) -> LegReport {
    LegReport::Ended(LegEnd { cause, is_final: false, duration_seconds: None, cost: None })
}

/// The one status that no `completed` follows.
fn rejected(fields: &Fields) -> LegEnd {
    let cause = match fields.text("detail").as_deref() {
        Some("declined") => LegEndCause::Declined,
        Some("invalid_number" | "restricted") => LegEndCause::Failed,
        Some(_) | None => refusal(fields).unwrap_or(LegEndCause::Failed),
    };
    LegEnd { cause, is_final: true, duration_seconds: None, cost: None }
}

fn completed(fields: &Fields) -> LegEnd {
    let duration_seconds = fields.text("duration").and_then(|text| fields::read_seconds(&text));
    let was_connected = duration_seconds.is_some_and(|seconds| seconds > 0);
    // The cause may come after this, or never: what the callee's phone answered is told here, too.
    let cause = if was_connected { None } else { refusal(fields) };
    LegEnd {
        cause: cause.unwrap_or(LegEndCause::HungUp),
        is_final: true,
        duration_seconds,
        cost: fields
            .text("price")
            .and_then(|text| fields::read_micros(&text))
            .map(|micros| Cost { micros, currency: "EUR".to_owned() }),
    }
}

/// What the callee's phone answered, where it says more than the status: a decline is called `unanswered` by some networks.
fn refusal(fields: &Fields) -> Option<LegEndCause> {
    match fields.text("sip_code")?.as_str() {
        "486" => Some(LegEndCause::Busy),
        "603" => Some(LegEndCause::Declined),
        _ => None,
    }
}

/// The digits alone count: `timed_out` is true with digits, too. The legacy form has them at top level.
fn keys(fields: &Fields) -> Keys {
    const KEYS_MAX: usize = 32;
    let digits = match fields.value("dtmf") {
        Some(Value::Object(dtmf)) => dtmf.get("digits").and_then(fields::text),
        Some(legacy) => fields::text(legacy),
        None => None,
    };
    let keys: String = digits
        .unwrap_or_default()
        .chars()
        .filter(|key| matches!(key, '0'..='9' | '*' | '#'))
        .take(KEYS_MAX)
        .collect();
    if keys.is_empty() { Keys::None } else { Keys::Pressed(keys) }
}

/// The payload is ours: see `render`.
fn mark(fields: &Fields) -> What {
    match fields.text_in("payload", "mark") {
        Some(name) => What::Marked(name),
        None => What::Other("notified".to_owned()),
    }
}

impl Parsed {
    /// How the leg fares, if that is what it says.
    pub fn report(&self) -> Option<LegReport> {
        match self.what.innermost() {
            What::Leg(report) => Some(report.clone()),
            What::Asks(_)
            | What::FellBack(_)
            | What::Keys(_)
            | What::Marked(_)
            | What::Other(_) => None,
        }
    }

    /// Who called whom, if a connected leg asks for its NCCO.
    pub fn arrival(&self) -> Option<&Arrival> {
        match self.what.innermost() {
            What::Asks(arrival) => Some(arrival),
            What::FellBack(_) | What::Leg(_) | What::Keys(_) | What::Marked(_) | What::Other(_) => {
                None
            }
        }
    }

    /// The signal, if it is a visitor's call that came in.
    pub fn rang(self, leg: LegId) -> Option<Signal> {
        self.arrival()?;
        Some(Signal::Rang(Rang::inbound(leg, self.carrier_leg?)))
    }

    /// The signal about a leg that is known already, if it is one. One that fell back says what the failed request said.
    pub fn into_signal(self, leg: LegId) -> Option<Signal> {
        let Self { carrier_leg, occurred_at, what, .. } = self;
        match what.into_innermost() {
            What::Asks(_) => Some(Signal::Asks { leg, carrier_leg }),
            What::Leg(report) => Some(Signal::Leg { leg, report, carrier_leg, occurred_at }),
            What::Keys(keys) => Some(Signal::Pressed { leg, keys }),
            What::FellBack(_) | What::Marked(_) | What::Other(_) => None,
        }
    }
}

impl What {
    /// For a metric: one of few words, never the carrier's.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Asks(_) => "asks",
            Self::FellBack(_) => "fell_back",
            Self::Leg(_) => "leg",
            Self::Keys(_) => "keys",
            Self::Marked(_) => "marked",
            Self::Other(_) => "other",
        }
    }

    fn innermost(&self) -> &Self {
        match self {
            Self::FellBack(fallback) => &fallback.original,
            other => other,
        }
    }

    fn into_innermost(self) -> Self {
        match self {
            Self::FellBack(fallback) => *fallback.original,
            other => other,
        }
    }
}
