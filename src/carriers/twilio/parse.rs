//! What a verified webhook says, in no carrier's words. Nothing is decided here, and nothing unknown is an error.

use std::fmt;

use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

use super::form::Form;
use super::is_sid;
use super::urls::Hook;
use super::verify::Verified;
use crate::carriers::in_their_words;
use crate::domain::call::signal::{
    CarrierLeg, CarrierRoom, Keys, LeaveReason, LegEnd, LegEndCause, LegReport, RoomEnd, RoomNews,
    RoomReport,
};
use crate::domain::ids::LegId;

/// What a webhook says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The leg it is about. News of a room as a whole name none.
    pub carrier_leg: Option<CarrierLeg>,
    /// The carrier's clock.
    pub occurred_at: Option<OffsetDateTime>,
    /// What.
    pub what: What,
}

/// What a webhook says of a leg, or of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A visitor's call came in, or a leg that we placed is connected: it asks for its TwiML.
    Asks(Arrival),
    /// Keys, or none in time; asks for more TwiML.
    Keys(Keys),
    /// A leg is out of the room, or of the call that it was connected with, and asks for more TwiML.
    SteppedOut,
    /// Another of our URLs failed.
    FellBack(Fallback),
    /// A room wants the sentence that its URL names.
    WantsSentence,
    /// How a leg fares.
    Leg(LegReport),
    /// How a room fares.
    Room(RoomNews),
    /// Nothing that a call needs to know; its name is for a metric. Events that no document knows are here too.
    Other(String),
}

/// A leg that asks what it shall hear.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Arrival {
    /// The number that was called, or a client or SIP address.
    pub to: Option<String>,
    /// The caller as the network passed it on: free text, and perhaps a word for "withheld".
    pub from: Option<String>,
}

/// Without the numbers.
impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Arrival")
    }
}

/// One of our URLs failed, so that the fallback URL was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fallback {
    /// The carrier's code for why: 11200 and the like.
    pub code: Option<u32>,
    /// What the failed request said.
    pub original: Box<What>,
}

/// Not what Twilio sends: a question that does not say whose call it is, news of no room. The answer is a 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this is not a webhook of Twilio's: {0}")]
pub struct Malformed(&'static str);

/// Reads a webhook.
pub fn parse(hook: Hook, webhook: &Verified) -> Result<Parsed, Malformed> {
    let form = webhook.form();
    let carrier_leg = form
        .text("CallSid")
        .filter(|sid| is_sid("CA", sid))
        .map(|sid| CarrierLeg { id: sid.to_owned(), region: None });
    let what = what(hook, form)?;
    let needs_leg = match hook {
        Hook::Voice | Hook::Gather | Hook::Room | Hook::Fallback | Hook::Status | Hook::Amd => true,
        Hook::Conference | Hook::Say | Hook::Stream => false,
    };
    if needs_leg && carrier_leg.is_none() {
        return Err(Malformed("it names no call"));
    }
    Ok(Parsed { carrier_leg, occurred_at: occurred_at(form), what })
}

fn what(hook: Hook, form: &Form) -> Result<What, Malformed> {
    Ok(match hook {
        Hook::Voice => asks(form),
        Hook::Gather => What::Keys(keys(form)?),
        Hook::Room => stepped_out(form),
        Hook::Fallback => fell_back(form)?,
        Hook::Say => What::WantsSentence,
        Hook::Status => status(form),
        Hook::Conference => room(form)?,
        Hook::Amd => heard(form),
        Hook::Stream => stream(form),
    })
}

/// In RFC 2822; of streams in ISO 8601.
fn occurred_at(form: &Form) -> Option<OffsetDateTime> {
    let text = form.text("Timestamp")?;
    OffsetDateTime::parse(text, &Rfc2822).or_else(|_| OffsetDateTime::parse(text, &Rfc3339)).ok()
}

/// Where detection is waited for, its result comes with the question. A mailbox is told nothing: it is hung up on.
fn asks(form: &Form) -> What {
    match form.text("AnsweredBy").and_then(answered_by) {
        Some(LegReport::Machine) => What::Leg(LegReport::Machine),
        _ => What::Asks(arrival(form)),
    }
}

fn arrival(form: &Form) -> Arrival {
    let shown = |name| {
        const LENGTH_MAX: usize = 256;
        let text: String = form.text(name)?.chars().filter(|c| !c.is_control()).collect();
        Some(text.chars().take(LENGTH_MAX).collect::<String>())
    };
    Arrival { to: shown("To"), from: shown("From").map(unspelled) }
}

/// Some networks spell a word for "withheld" on the keypad, so that it looks like a number.
fn unspelled(from: String) -> String {
    const SPELLED: [&str; 6] =
        ["7378742833", "2562533", "8656696", "266696687", "86282452253", "464"];
    let digits = from.strip_prefix('+').unwrap_or(&from);
    if SPELLED.contains(&digits) { "anonymous".to_owned() } else { from }
}

/// `#` that ended the input is not among them.
fn keys(form: &Form) -> Result<Keys, Malformed> {
    const KEYS_MAX: usize = 32;
    let Some(digits) = form.text("Digits") else { return Ok(Keys::None) };
    // Nothing separates one parameter from the next in what is signed: what looks like more than keys is something else.
    if !digits.bytes().all(|key| matches!(key, b'0'..=b'9' | b'*' | b'#' | b'A'..=b'D')) {
        return Err(Malformed("its keys are none"));
    }
    let keys: String =
        digits.chars().filter(|key| !key.is_ascii_alphabetic()).take(KEYS_MAX).collect();
    Ok(if keys.is_empty() { Keys::None } else { Keys::Pressed(keys) })
}

/// Whoever hung up asks nothing more, but the question comes all the same.
fn stepped_out(form: &Form) -> What {
    match form.text("CallStatus") {
        Some("completed" | "busy" | "failed" | "no-answer" | "canceled") => {
            What::Leg(LegReport::Ended(LegEnd {
                cause: LegEndCause::HungUp,
                is_final: false,
                duration_seconds: None,
                cost: None,
            }))
        }
        Some(_) | None => What::SteppedOut,
    }
}

/// What the failed URL was asked, is asked again here: its name says which hook that was.
fn fell_back(form: &Form) -> Result<What, Malformed> {
    let failed = form.text("ErrorUrl").and_then(|url| {
        let (_, below) = url.split_once("/hooks/twilio/")?;
        below.split(['/', '?', '#']).nth(1)?.parse::<Hook>().ok()
    });
    let original = match failed {
        Some(Hook::Gather) => What::Keys(keys(form)?),
        Some(Hook::Room) => stepped_out(form),
        Some(
            Hook::Voice
            | Hook::Fallback
            | Hook::Say
            | Hook::Status
            | Hook::Conference
            | Hook::Amd
            | Hook::Stream,
        )
        | None => asks(form),
    };
    let code = form.text("ErrorCode").and_then(|code| code.parse().ok());
    Ok(What::FellBack(Fallback { code, original: Box::new(original) }))
}

fn status(form: &Form) -> What {
    let Some(status) = form.text("CallStatus") else {
        return What::Other("no_status".to_owned());
    };
    let cause = match status {
        "ringing" => return What::Leg(LegReport::Ringing),
        "in-progress" => return What::Leg(LegReport::Answered),
        "completed" => completed(form),
        "busy" => refusal(form).unwrap_or(LegEndCause::Busy),
        "no-answer" => refusal(form).unwrap_or(LegEndCause::Unanswered),
        "failed" => refusal(form).unwrap_or(LegEndCause::Failed),
        "canceled" => LegEndCause::Cancelled,
        // `queued`, `initiated` and what is yet to be invented.
        other => return What::Other(in_their_words(other)),
    };
    What::Leg(LegReport::Ended(LegEnd {
        cause,
        is_final: true,
        // Seconds. `Duration` is minutes, as billed.
        duration_seconds: form.text("CallDuration").and_then(|seconds| seconds.parse().ok()),
        cost: None,
    }))
}

fn completed(form: &Form) -> LegEndCause {
    match form.text("AnsweredBy").and_then(answered_by) {
        Some(LegReport::Machine) => LegEndCause::Machine,
        _ => LegEndCause::HungUp,
    }
}

/// What the callee's phone answered, where it says more than the status.
fn refusal(form: &Form) -> Option<LegEndCause> {
    match form.text("SipResponseCode")? {
        "486" | "600" => Some(LegEndCause::Busy),
        "603" => Some(LegEndCause::Declined),
        "408" | "480" | "487" => Some(LegEndCause::Unanswered),
        _ => None,
    }
}

fn heard(form: &Form) -> What {
    match form.text("AnsweredBy").and_then(answered_by) {
        Some(report) => What::Leg(report),
        // It heard neither: a person may be there, so nobody is hung up on.
        None => What::Other("heard_neither".to_owned()),
    }
}

fn answered_by(who: &str) -> Option<LegReport> {
    match who {
        "human" => Some(LegReport::Human),
        "machine_start"
        | "machine_end_beep"
        | "machine_end_silence"
        | "machine_end_other"
        | "fax" => Some(LegReport::Machine),
        _ => None,
    }
}

fn room(form: &Form) -> Result<What, Malformed> {
    let room = form
        .text("ConferenceSid")
        .filter(|sid| is_sid("CF", sid))
        .map(|sid| CarrierRoom(sid.to_owned()))
        .ok_or(Malformed("it names no conference"))?;
    let event = form.text("StatusCallbackEvent").unwrap_or("no_event");
    let Some(report) = room_report(event, form) else {
        return Ok(What::Other(in_their_words(event)));
    };
    let sequence = form.text("SequenceNumber").and_then(|number| number.parse().ok());
    Ok(What::Room(RoomNews { room, sequence, report }))
}

/// `None`: an event that is yet to be invented, or of someone in the room who is no leg of ours.
fn room_report(event: &str, form: &Form) -> Option<RoomReport> {
    // Ours, by the label that it came in with.
    let leg = form
        .text("ParticipantLabel")
        .and_then(|label| label.parse::<uuid::Uuid>().ok())
        .map(LegId::from_uuid);
    Some(match event {
        "conference-start" => RoomReport::Started,
        "conference-end" => {
            RoomReport::Ended { why: form.text("ReasonConferenceEnded").and_then(room_end) }
        }
        "participant-join" => RoomReport::Joined(leg?),
        "participant-leave" => RoomReport::Left {
            leg: leg?,
            why: form.text("ReasonParticipantLeft").and_then(leave_reason),
        },
        "participant-mute" => RoomReport::Muted(leg?),
        "participant-unmute" => RoomReport::Unmuted(leg?),
        "participant-hold" => RoomReport::Held(leg?),
        "participant-unhold" => RoomReport::Resumed(leg?),
        "participant-modify" => RoomReport::Modified(leg?),
        "participant-speech-start" => RoomReport::SpeechStarted(leg?),
        "participant-speech-stop" => RoomReport::SpeechStopped(leg?),
        "announcement-end" => RoomReport::AnnouncementEnded { leg },
        "announcement-fail" => RoomReport::AnnouncementFailed {
            leg,
            reason: in_their_words(form.text("ReasonAnnouncementFailed").unwrap_or_default()),
        },
        _ => return None,
    })
}

/// With hyphens …
fn room_end(reason: &str) -> Option<RoomEnd> {
    match reason {
        "conference-ended-via-api" => Some(RoomEnd::ByUs),
        "participant-with-end-conference-on-exit-left" => Some(RoomEnd::HostLeft),
        "participant-with-end-conference-on-exit-kicked" => Some(RoomEnd::HostRemoved),
        "last-participant-kicked" => Some(RoomEnd::LastRemoved),
        "last-participant-left" => Some(RoomEnd::LastLeft),
        _ => None,
    }
}

/// … and with underscores.
fn leave_reason(reason: &str) -> Option<LeaveReason> {
    match reason {
        "conference_ended_via_api" | "moderator_ended_conference" => Some(LeaveReason::RoomEnded),
        "participant_updated_via_api" => Some(LeaveReason::Redirected),
        "participant_hung_up" => Some(LeaveReason::HungUp),
        "participant_add_failed" => Some(LeaveReason::NeverCame),
        _ => None,
    }
}

fn stream(form: &Form) -> What {
    match form.text("StreamEvent") {
        Some("stream-error") => What::Leg(LegReport::Trouble(in_their_words(&format!(
            "live audio: {}",
            form.text("StreamError").unwrap_or("the carrier does not say why")
        )))),
        event => What::Other(in_their_words(event.unwrap_or("no_event"))),
    }
}

impl What {
    /// For a metric: one of few words, never the carrier's.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Asks(_) => "asks",
            Self::Keys(_) => "keys",
            Self::SteppedOut => "stepped_out",
            Self::FellBack(_) => "fell_back",
            Self::WantsSentence => "wants_sentence",
            Self::Leg(_) => "leg",
            Self::Room(_) => "room",
            Self::Other(_) => "other",
        }
    }

    /// What it says by itself: of a request that fell back, what the failed one said.
    pub fn into_innermost(self) -> Self {
        match self {
            Self::FellBack(fallback) => *fallback.original,
            other => other,
        }
    }
}
