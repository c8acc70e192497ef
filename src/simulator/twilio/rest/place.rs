//! A phone is to be rung: as a call of its own, or to join a conference.

use std::{sync::Arc, time::Duration};

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::{
    super::{
        super::{
            delivery::Delivery,
            leg::Direction,
            network::{DialAnswer, OnDial},
            record::Placed,
            settings::Method,
        },
        Answer as Then, Call, NewCall, Platform, TIME_LIMIT,
        conference::{self, Conference, Entry, Wait},
        detection::Detection,
        fetch::Program,
        life, twiml,
    },
    Answer, Asked, Refusal, calls, conferences,
    form::{self, INVALID},
    participants,
};

const CALL: &[&str] = &[
    "To",
    "From",
    "Method",
    "FallbackUrl",
    "FallbackMethod",
    "StatusCallback",
    "StatusCallbackEvent",
    "StatusCallbackMethod",
    "SendDigits",
    "Timeout",
    "Record",
    "RecordingChannels",
    "RecordingStatusCallback",
    "RecordingStatusCallbackMethod",
    "SipAuthUsername",
    "SipAuthPassword",
    "MachineDetection",
    "MachineDetectionTimeout",
    "RecordingStatusCallbackEvent",
    "Trim",
    "CallerId",
    "MachineDetectionSpeechThreshold",
    "MachineDetectionSpeechEndThreshold",
    "MachineDetectionSilenceTimeout",
    "AsyncAmd",
    "AsyncAmdStatusCallback",
    "AsyncAmdStatusCallbackMethod",
    "Byoc",
    "CallReason",
    "CallToken",
    "RecordingTrack",
    "TimeLimit",
    "ClientNotificationUrl",
    "Url",
    "Twiml",
    "ApplicationSid",
];
const PARTICIPANT: &[&str] = &[
    "From",
    "To",
    "StatusCallback",
    "StatusCallbackMethod",
    "StatusCallbackEvent",
    "Label",
    "Timeout",
    "Record",
    "Muted",
    "Beep",
    "StartConferenceOnEnter",
    "EndConferenceOnExit",
    "WaitUrl",
    "WaitMethod",
    "EarlyMedia",
    "MaxParticipants",
    "ConferenceRecord",
    "ConferenceTrim",
    "ConferenceStatusCallback",
    "ConferenceStatusCallbackMethod",
    "ConferenceStatusCallbackEvent",
    "RecordingChannels",
    "RecordingStatusCallback",
    "RecordingStatusCallbackMethod",
    "SipAuthUsername",
    "SipAuthPassword",
    "Region",
    "ConferenceRecordingStatusCallback",
    "ConferenceRecordingStatusCallbackMethod",
    "RecordingStatusCallbackEvent",
    "ConferenceRecordingStatusCallbackEvent",
    "Coaching",
    "CallSidToCoach",
    "JitterBufferSize",
    "Byoc",
    "CallerId",
    "CallReason",
    "RecordingTrack",
    "TimeLimit",
    "MachineDetection",
    "MachineDetectionTimeout",
    "MachineDetectionSpeechThreshold",
    "MachineDetectionSpeechEndThreshold",
    "MachineDetectionSilenceTimeout",
    "AmdStatusCallback",
    "AmdStatusCallbackMethod",
    "Trim",
    "CallToken",
    "ClientNotificationUrl",
    "CallerDisplayName",
];
const CALL_EVENTS: &[&str] = &["initiated", "ringing", "answered", "completed"];

pub fn create(platform: &Arc<Platform>, asked: &Asked) -> Result<Answer, Refusal> {
    let read = read_call(platform, asked);
    place(platform, asked, read, |call| calls::view(call))
}

/// Adds a phone to a conference, which exists from then on if it did not before.
pub fn participant(platform: &Arc<Platform>, asked: &Asked, name: &str) -> Result<Answer, Refusal> {
    let conference = conferences::known_or_named(platform, asked, &super::decoded(name))?;
    let read = read_participant(platform, asked, &conference);
    place(platform, asked, read, |call| {
        let Then::Join { entry, .. } = &call.answer else { return Value::Null };
        participants::joining(&conference, call, entry)
    })
}

/// Rings, unless a fault of the scenario says otherwise. Refused dials are kept as well: a test wants to see them.
fn place(
    platform: &Arc<Platform>,
    asked: &Asked,
    read: Result<NewCall, Refusal>,
    view: impl Fn(&Arc<Call>) -> Value,
) -> Result<Answer, Refusal> {
    let mut record = Placed {
        at: platform.exchange.clock.now(),
        application: asked.account.sid.clone(),
        to: asked.form.text("To").unwrap_or("").to_owned(),
        from: asked.form.text("From").unwrap_or("").to_owned(),
        uuid: None,
        run: None,
        status: Some(400),
        body: form::as_json(asked.form.fields()),
    };
    let new = match read {
        Ok(new) => new,
        Err(refusal) => {
            platform.exchange.keep(|state| &mut state.placed, record);
            return Err(refusal);
        }
    };
    let fault = platform.exchange.dial(new.run, &new.phone);
    record.run = new.run;
    let created = if fault.as_ref().is_none_or(OnDial::placed) {
        let call = ring(platform, asked, new);
        record.uuid = Some(call.leg.id.clone());
        view(&call)
    } else {
        json!({})
    };
    let answer = |delivery| Ok(Answer { status: StatusCode::CREATED, body: created, delivery });
    let (result, status) = match fault.map(|fault| fault.answer) {
        None => (answer(Delivery::Arrives), Some(201)),
        Some(DialAnswer::Lost) => (answer(Delivery::Lost), None),
        Some(DialAnswer::Stall) => (answer(Delivery::Stalls), None),
        Some(DialAnswer::Error) => (Err(Refusal::broken()), Some(500)),
        Some(DialAnswer::RateLimit) => (Err(Refusal::too_many()), Some(429)),
    };
    record.status = status;
    platform.exchange.keep(|state| &mut state.placed, record);
    result
}

fn ring(platform: &Arc<Platform>, asked: &Asked, new: NewCall) -> Arc<Call> {
    let queued = platform.queue.wait(&asked.account, platform.exchange.clock.now());
    let call = platform.begin(asked.account.clone(), new);
    call.state().queue_time = queued;
    if let Then::Join { conference, entry } = &call.answer {
        conference::expect(platform, conference, &call, entry.callback.clone());
    }
    platform.exchange.spawn(life::outbound(platform.clone(), call.clone(), queued));
    call
}

fn read_call(platform: &Platform, asked: &Asked) -> Result<NewCall, Refusal> {
    let form = &asked.form;
    form.check(platform, "POST Calls", CALL);
    let send_digits = send_digits(asked)?;
    let aside = if form.flag("AsyncAmd", false)? {
        let callback = "AsyncAmdStatusCallback";
        Some(form.target(callback, "AsyncAmdStatusCallbackMethod", Method::Post)?)
    } else {
        None
    };
    let detection = form.detection(aside)?;
    if detection.is_some() && send_digits.is_some() {
        platform.exchange.complain("MachineDetection is ignored with SendDigits");
    }
    let answer = then(platform, asked)?;
    let mut new = new_call(platform, asked, answer, detection.filter(|_| send_digits.is_none()))?;
    new.send_digits = send_digits;
    new.fallback = form.target("FallbackUrl", "FallbackMethod", Method::Post)?;
    Ok(new)
}

fn send_digits(asked: &Asked) -> Result<Option<String>, Refusal> {
    let Some(digits) = asked.form.filled("SendDigits") else { return Ok(None) };
    let plain =
        digits.chars().all(|key| matches!(key, '0'..='9' | 'A'..='D' | '*' | '#' | 'w' | 'W'));
    if !plain || digits.len() > 32 {
        return Err(Refusal::bad(INVALID, "SendDigits is not valid"));
    }
    Ok(Some(digits.to_owned()))
}

/// What both kinds of dial have in common.
fn new_call(
    platform: &Platform,
    asked: &Asked,
    answer: Then,
    detection: Option<Detection>,
) -> Result<NewCall, Refusal> {
    let form = &asked.form;
    let from = form.filled("CallerId").or(form.filled("From")).unwrap_or("");
    if !asked.account.may_show(from) {
        return Err(Refusal::bad(
            21_210,
            format!("'From' phone number not verified: {from:?} is not the account's"),
        ));
    }
    let to = form.filled("To").unwrap_or("");
    let plain = to.strip_prefix('+').is_some_and(|rest| {
        (7..=15).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_digit())
    });
    if !plain {
        return Err(Refusal::bad(21_211, "Invalid 'To' phone number"));
    }
    if form.filled("CallReason").is_some_and(|reason| reason.chars().count() > 50) {
        return Err(Refusal::bad(INVALID, "CallReason is longer than 50 characters"));
    }
    let least = if matches!(answer, Then::Join { .. }) { 5 } else { 1 };
    let (phone, run) = platform.exchange.phone(to);
    Ok(NewCall {
        direction: Direction::Outbound,
        from: life::e164(from),
        to: to.to_owned(),
        phone,
        run,
        parent: None,
        answer,
        callback: form.callback(platform, "StatusCallback", CALL_EVENTS, &["completed"])?,
        fallback: None,
        ring_max: form.seconds("Timeout", (least, 600), 60)?,
        time_limit: form.seconds("TimeLimit", (1, 86_400), TIME_LIMIT.as_secs())?,
        detection,
        send_digits: None,
    })
}

fn then(platform: &Platform, asked: &Asked) -> Result<Then, Refusal> {
    let form = &asked.form;
    let url = form.target("Url", "Method", Method::Post)?;
    match (url, form.filled("Twiml")) {
        (Some(target), both) => {
            if both.is_some() {
                platform.exchange.complain("Url wins over Twiml: only one of them belongs there");
            }
            Ok(Then::Ask(target))
        }
        (None, Some(text)) => inline(platform, text).map(Then::Inline),
        (None, None) if form.filled("ApplicationSid").is_some() => {
            Err(Refusal::bad(21_218, "Invalid ApplicationSid: no application is known here"))
        }
        (None, None) => Err(Refusal::bad(21_205, "Url, Twiml or ApplicationSid is required")),
    }
}

/// Reads a document that came with the request.
pub fn inline(platform: &Platform, text: &str) -> Result<Program, Refusal> {
    const MOST: usize = 4000;
    if text.chars().count() > MOST {
        return Err(Refusal::bad(32_018, "Twiml is longer than 4000 characters"));
    }
    let verbs = twiml::read(text).map_err(|error| {
        platform.exchange.complain(format!("inline TwiML: {error}"));
        Refusal::bad(error.code, error.what)
    })?;
    if let Some(relative) = twiml::relative_actions(&verbs).first() {
        platform.exchange.complain(format!("15004: inline TwiML with the relative {relative:?}"));
        return Err(Refusal::bad(15_004, format!("{relative:?} has to be a whole URL")));
    }
    Ok(Program { verbs, source: None })
}

fn read_participant(
    platform: &Arc<Platform>,
    asked: &Asked,
    conference: &Arc<Conference>,
) -> Result<NewCall, Refusal> {
    let form = &asked.form;
    form.check(platform, "POST Participants", PARTICIPANT);
    let label = form.filled("Label").map(str::to_owned);
    if let Some(label) = &label {
        if !conference::is_label(label) {
            return Err(Refusal::bad(16_024, "Label is not valid"));
        }
        let taken = {
            let room = conference.room();
            let expected = room.expected.iter().any(|call| {
                matches!(&call.answer, Then::Join { entry, .. } if entry.label.as_ref() == Some(label))
            });
            expected || room.member(label).is_some()
        };
        if taken {
            return Err(Refusal::bad(16_026, "Label is taken in this conference"));
        }
    }
    let coaches = participants::coach(conference, asked)?;
    form.flag("EarlyMedia", true)?;
    if !matches!(form.text("Beep"), None | Some("true" | "false" | "onEnter" | "onExit")) {
        return Err(Refusal::bad(INVALID, "Beep is not valid"));
    }
    let most = form.whole("MaxParticipants", (2, 250))?.unwrap_or(250);
    let entry = Entry {
        label,
        muted: form.flag("Muted", false)?,
        starts: form.flag("StartConferenceOnEnter", true)?,
        ends: form.flag("EndConferenceOnExit", false)?,
        participants_max: usize::try_from(most).unwrap_or(250),
        wait: Wait::asked(form.text("WaitUrl"), form.method("WaitMethod", Method::Post)?),
        coaches,
        region: form.filled("Region").map(str::to_owned),
        callback: form.callback(
            platform,
            "ConferenceStatusCallback",
            conference::EVENTS,
            &["start", "end"],
        )?,
        by_api: true,
    };
    let aside = form.target("AmdStatusCallback", "AmdStatusCallbackMethod", Method::Post)?;
    let detection = form.detection(Some(aside))?;
    let answer = Then::Join { conference: conference.clone(), entry };
    let mut new = new_call(platform, asked, answer, detection)?;
    new.ring_max = new.ring_max.max(Duration::from_secs(5));
    Ok(new)
}
