//! What a verified push says, in no carrier's words. Nothing is decided here, and nothing unknown is an error.

use std::fmt;

use thiserror::Error;
use time::OffsetDateTime;

use super::form::Form;
use super::urls::Part;
use super::verify::Verified;
use crate::carriers::in_their_words;
use crate::domain::call::signal::{
    CarrierLeg, ConnectedTo, Direction, Keys, LegEnd, LegEndCause, LegReport, Phone,
};
use crate::domain::phone_number::PhoneNumber;

/// What a push says.
#[derive(Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The call that it is about, by sipgate's name.
    pub carrier_leg: Option<CarrierLeg>,
    /// All names of it, the one that it had first in front: whoever forwards a call gives it another.
    pub names: Vec<String>,
    /// What.
    pub what: What,
}

/// Without the names, of which some carry addresses.
impl fmt::Debug for Parsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parsed").field("what", &self.what).finish_non_exhaustive()
    }
}

/// What a push says of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A call comes in or goes out, and asks what shall become of it.
    Rings(Arrival),
    /// Keys, or none in time; asks for more.
    Keys(Keys),
    /// Silence before anyone had the time to be silent; asks for more.
    TooSoon,
    /// Something was heard to its end; asks for more.
    Heard,
    /// How a call fares.
    Leg(LegReport),
    /// Nothing that a call needs to know; its name is for a metric. Events that no document knows are here too.
    Other(String),
}

/// A call that comes in or goes out.
#[derive(Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Which way it goes, seen from the account.
    pub direction: Direction,
    /// The number that was called: E.164.
    pub to: String,
    /// Who calls: E.164, or a word for a number that is withheld or none.
    pub from: String,
    /// Whose phones sipgate rings by itself; its own mailbox is called `voicemail`.
    pub users: Vec<String>,
}

/// Without numbers and names.
impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrival").field("direction", &self.direction).finish_non_exhaustive()
    }
}

/// Not what sipgate sends: a push that does not say whose call it is, keys that are none. The answer is a 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this is not a push of sipgate's: {0}")]
pub struct Malformed(&'static str);

/// The user as whom sipgate's own mailbox picks up.
const MAILBOX: &str = "voicemail";

/// Reads a push, which came to this part of the URLs that we hand out, at this instant.
pub fn parse(
    part: Option<Part>,
    webhook: &Verified,
    at: OffsetDateTime,
) -> Result<Parsed, Malformed> {
    let form = webhook.form();
    let (carrier_leg, names) = names(form)?;
    let event = form.text("event").ok_or(Malformed("it names no event"))?;
    let what = match event {
        "newCall" => What::Rings(arrival(form)?),
        "answer" => What::Leg(LegReport::Connected(connected(form))),
        "hangup" => What::Leg(over(form)),
        "dtmf" => keys(part, form, at)?,
        other => What::Other(in_their_words(other)),
    };
    if carrier_leg.is_none() && !matches!(what, What::Other(_)) {
        return Err(Malformed("it names no call"));
    }
    Ok(Parsed { carrier_leg, names, what })
}

fn names(form: &Form) -> Result<(Option<CarrierLeg>, Vec<String>), Malformed> {
    /// Seen are up to 136 characters.
    const LENGTH_MAX: usize = 256;
    let name = |field| match form.text(field) {
        Some(id) if id.len() > LENGTH_MAX || id.chars().any(char::is_control) => {
            Err(Malformed("its name of a call is none"))
        }
        id => Ok(id.map(str::to_owned)),
    };
    let (first, now) = (name("origCallId")?, name("callId")?);
    let names = first.into_iter().chain(now.clone()).fold(Vec::new(), |mut names, name| {
        if !names.contains(&name) {
            names.push(name);
        }
        names
    });
    Ok((now.map(|id| CarrierLeg { id, region: None }), names))
}

fn arrival(form: &Form) -> Result<Arrival, Malformed> {
    let direction = match form.text("direction") {
        Some("in") => Direction::Inbound,
        Some("out") => Direction::Outbound,
        Some(_) | None => return Err(Malformed("it goes neither in nor out")),
    };
    let users = form.list("user").map(shown).collect();
    let number = |field| number(form.text(field).unwrap_or_default());
    Ok(Arrival { direction, to: number("to"), from: number("from"), users })
}

/// A name as it may be kept.
fn shown(text: &str) -> String {
    const LENGTH_MAX: usize = 100;
    text.chars().filter(|c| !c.is_control()).take(LENGTH_MAX).collect()
}

/// A number, without `+` as it comes, in E.164. What is none (a SIP id, a word) must not be read as if it were someone's.
fn number(text: &str) -> String {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let is_number =
        (3..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    match text {
        _ if is_number => format!("+{digits}"),
        "" => "anonymous".to_owned(),
        word if word.eq_ignore_ascii_case("anonymous") => "anonymous".to_owned(),
        _ => "unknown".to_owned(),
    }
}

fn connected(form: &Form) -> ConnectedTo {
    let user = form.text("user").map(shown);
    if user.as_deref() == Some(MAILBOX) {
        return ConnectedTo { phone: Phone::Mailbox, user: None };
    }
    let number = form
        .text("answeringNumber")
        .map(|digits| PhoneNumber::from_digits(digits.strip_prefix('+').unwrap_or(digits)));
    let phone = match number {
        Some(Ok(number)) => Phone::Number(number),
        Some(Err(_)) | None => Phone::Untold,
    };
    ConnectedTo { phone, user }
}

fn over(form: &Form) -> LegReport {
    let cause = match form.text("cause") {
        Some("forwarded") => return LegReport::SentOn,
        Some("normalClearing") => LegEndCause::HungUp,
        Some("busy") => LegEndCause::Busy,
        Some("cancel") => LegEndCause::Cancelled,
        // "The called party rejected the call", or wants no calls: nobody's time was up.
        Some("noAnswer") => LegEndCause::Declined,
        Some("congestion" | "notFound") => LegEndCause::Failed,
        other => {
            let cause = in_their_words(other.unwrap_or("none"));
            tracing::warn!(
                carrier = "sipgate",
                carrier.cause = cause,
                "A call ended for a reason that no document knows"
            );
            // Somebody who picked up was talked to.
            if form.text("answeringNumber").is_some() {
                LegEndCause::HungUp
            } else {
                LegEndCause::Failed
            }
        }
    };
    ended(cause, true)
}

fn ended(cause: LegEndCause, is_final: bool) -> LegReport {
    LegReport::Ended(LegEnd { cause, is_final, duration_seconds: None, cost: None })
}

fn keys(part: Option<Part>, form: &Form, at: OffsetDateTime) -> Result<What, Malformed> {
    const KEYS_MAX: usize = 32;
    let pressed = form.text("dtmf").unwrap_or_default();
    // The caller hung up while the sound played. The push that says so follows, or is lost.
    if pressed == "-1" {
        return Ok(What::Leg(ended(LegEndCause::Cancelled, false)));
    }
    if !pressed.bytes().all(|key| matches!(key, b'0'..=b'9' | b'*' | b'#' | b'A'..=b'D')) {
        return Err(Malformed("its keys are none"));
    }
    let keys: String =
        pressed.chars().filter(|key| !key.is_ascii_alphabetic()).take(KEYS_MAX).collect();
    Ok(match part {
        Some(Part::Heard) => What::Heard,
        Some(Part::Keys(silence)) if keys.is_empty() && silence.is_too_soon(at) => What::TooSoon,
        Some(Part::Keys(_)) | None if keys.is_empty() => What::Keys(Keys::None),
        Some(Part::Keys(_)) | None => What::Keys(Keys::Pressed(keys)),
    })
}

impl What {
    /// Whether a call goes on as we answer; the other pushes only report.
    pub const fn asks(&self) -> bool {
        match self {
            Self::Rings(_) | Self::Keys(_) | Self::TooSoon | Self::Heard => true,
            Self::Leg(_) | Self::Other(_) => false,
        }
    }

    /// For a metric: one of few words, never the carrier's.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Rings(_) => "rings",
            Self::Keys(_) => "keys",
            Self::TooSoon => "too_soon",
            Self::Heard => "heard",
            Self::Leg(_) => "leg",
            Self::Other(_) => "other",
        }
    }
}
