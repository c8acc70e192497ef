//! POST /v1/calls: a phone is to be rung.

use std::{sync::Arc, time::Duration};

use actix_web::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    super::{
        super::{
            delivery::Delivery,
            leg::Direction,
            network::{DialAnswer, OnDial},
            record::Placed,
            settings::Method,
        },
        Answer as Then, NewCall, Platform, Target,
        detection::Detection,
        life,
        ncco::{NccoError, check, options::Options},
    },
    Answer, Asked, Refusal,
};

/// The dial, once everything about it was found right.
struct Dial {
    number: String,
    from: String,
    answer: Then,
    event: Option<Target>,
    detection: Option<Detection>,
    ringing_timer: Duration,
    length_timer: Duration,
}

const KNOWN: [&str; 12] = [
    "to",
    "from",
    "random_from_number",
    "ncco",
    "answer_url",
    "answer_method",
    "event_url",
    "event_method",
    "machine_detection",
    "advanced_machine_detection",
    "length_timer",
    "ringing_timer",
];

pub fn create(platform: &Arc<Platform>, asked: &Asked) -> Result<Answer, Refusal> {
    let body = asked.object()?;
    if !platform.creations.allows(&asked.application.api_key, platform.exchange.clock.now()) {
        return refuse(platform, asked, body, Refusal::too_many());
    }
    match read(platform, asked, body) {
        Ok(dial) => place(platform, asked, dial, body),
        Err(refusal) => refuse(platform, asked, body, refusal),
    }
}

/// Refused dials are kept as well: a test wants to see them.
fn refuse(
    platform: &Platform,
    asked: &Asked,
    body: &Map<String, Value>,
    refusal: Refusal,
) -> Result<Answer, Refusal> {
    let number = |pointer: &str| {
        Value::Object(body.clone())
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or("")
            .to_owned()
    };
    let status = if matches!(refusal, Refusal::Problem(..)) { 429 } else { 400 };
    keep(
        platform,
        asked,
        (&number("/to/0/number"), &number("/from/number")),
        None,
        None,
        Some(status),
        body,
    );
    Err(refusal)
}

#[expect(clippy::too_many_arguments, reason = "the columns of one record")]
fn keep(
    platform: &Platform,
    asked: &Asked,
    (to, from): (&str, &str),
    uuid: Option<String>,
    run: Option<u64>,
    status: Option<u16>,
    body: &Map<String, Value>,
) {
    let placed = Placed {
        at: platform.exchange.clock.now(),
        application: asked.application.id.clone(),
        to: to.into(),
        from: from.into(),
        uuid,
        run,
        status,
        body: Value::Object(body.clone()),
    };
    platform.exchange.keep(|state| &mut state.placed, placed);
}

fn place(
    platform: &Arc<Platform>,
    asked: &Asked,
    dial: Dial,
    body: &Map<String, Value>,
) -> Result<Answer, Refusal> {
    let (phone, run) = platform.exchange.phone(&dial.number);
    let fault = platform.exchange.dial(run, &phone);
    let ends = (dial.number.clone(), dial.from.clone());
    let created = if fault.as_ref().is_none_or(OnDial::placed) {
        let new = NewCall {
            direction: Direction::Outbound,
            from: dial.from,
            to: dial.number,
            phone,
            run,
            event: dial.event,
            answer: dial.answer,
            ringing_timer: dial.ringing_timer,
            length_timer: dial.length_timer,
            detection: dial.detection,
        };
        let call = platform.begin(asked.application.clone(), new);
        platform.exchange.spawn(life::outbound(platform.clone(), call.clone()));
        let conversation = call.leg.state().conversation.clone();
        json!({ "uuid": call.leg.id, "status": "started", "direction": "outbound", "conversation_uuid": conversation })
    } else {
        json!({})
    };
    let uuid = created["uuid"].as_str().map(str::to_owned);
    let (result, status) = spoil(fault, created);
    keep(platform, asked, (&ends.0, &ends.1), uuid, run, status, body);
    result
}

/// What the fault makes of the answer, and the status that arrives.
fn spoil(fault: Option<OnDial>, created: Value) -> (Result<Answer, Refusal>, Option<u16>) {
    let answer = |delivery| Ok(Answer { status: StatusCode::CREATED, body: created, delivery });
    match fault.map(|fault| fault.answer) {
        None => (answer(Delivery::Arrives), Some(201)),
        Some(DialAnswer::Lost) => (answer(Delivery::Lost), None),
        Some(DialAnswer::Stall) => (answer(Delivery::Stalls), None),
        Some(DialAnswer::Error) => (Err(Refusal::broken()), Some(500)),
        Some(DialAnswer::RateLimit) => (Err(Refusal::too_many()), Some(429)),
    }
}

fn read(platform: &Platform, asked: &Asked, body: &Map<String, Value>) -> Result<Dial, Refusal> {
    for unknown in body.keys().filter(|name| !KNOWN.contains(&name.as_str())) {
        platform
            .exchange
            .complain(format!("POST /v1/calls with {unknown:?}, which means nothing there"));
    }
    let options = Options { at: "body".into(), map: body };
    let event = match target(&options, "event_url", "event_method", Method::Post)? {
        Some(target) => Some(target),
        None => life::event_target(&asked.application),
    };
    if event.is_none() {
        return Err(Refusal::invalid("event_url", "is required: the application has none"));
    }
    let seconds = |name: &str, max, default| -> Result<Duration, Refusal> {
        Ok(Duration::from_secs(options.whole(name, 1, max).map_err(plainly)?.unwrap_or(default)))
    };
    Ok(Dial {
        number: callee(&options)?,
        from: caller(platform, asked, &options)?,
        answer: then(&options)?,
        event,
        detection: detection(&options)?,
        ringing_timer: seconds("ringing_timer", 120, 60)?,
        length_timer: seconds("length_timer", 86_400, 7200)?,
    })
}

/// The parameter's name alone, as this API gives it.
fn plainly(error: NccoError) -> Refusal {
    Refusal::Invalid(vec![(
        error.at.rsplit(", ").next().unwrap_or_default().to_owned(),
        error.what,
    )])
}

fn target(
    options: &Options<'_>,
    url: &str,
    method: &str,
    default: Method,
) -> Result<Option<Target>, Refusal> {
    options.target(url, method, default).map_err(plainly)
}

fn callee(options: &Options<'_>) -> Result<String, Refusal> {
    let list = options.required("to", Options::list).map_err(plainly)?;
    let [Value::Object(map)] = list.as_slice() else {
        return Err(Refusal::invalid("to", "is not an array of one endpoint"));
    };
    let to = Options { at: "to".into(), map };
    if map.contains_key("onAnswer") {
        return Err(Refusal::invalid("onAnswer", "does not belong here"));
    }
    match to.required("type", Options::text).map_err(plainly)?.as_str() {
        "phone" => {
            if to.text("dtmfAnswer").map_err(plainly)?.is_some_and(|keys| !check::is_tones(&keys)) {
                return Err(Refusal::invalid("dtmfAnswer", "has something that is no tone"));
            }
            let number = to.required("number", Options::text).map_err(plainly)?;
            if check::is_number(&number) {
                Ok(number)
            } else {
                Err(Refusal::invalid("number", "does not match \\d{7,15}"))
            }
        }
        "sip" | "websocket" | "vbc" | "app" => {
            Err(Refusal::invalid("type", "only phones can be rung on this simulator"))
        }
        _ => Err(Refusal::invalid("type", "is unknown")),
    }
}

fn caller(platform: &Platform, asked: &Asked, options: &Options<'_>) -> Result<String, Refusal> {
    let random = options.flag("random_from_number").map_err(plainly)?.unwrap_or(false);
    match (options.inner("from").map_err(plainly)?, random) {
        (Some(_), true) => Err(Refusal::invalid("from", "does not go with random_from_number")),
        (None, false) => Err(Refusal::invalid("from", "is required, or random_from_number")),
        (None, true) => {
            asked.application.numbers.first().cloned().ok_or_else(|| {
                Refusal::invalid("random_from_number", "the application has no number")
            })
        }
        (Some(from), false) => {
            if from.text("type").map_err(plainly)?.as_deref() != Some("phone") {
                return Err(Refusal::invalid("type", "must be phone"));
            }
            let number = from.required("number", Options::text).map_err(plainly)?;
            if !check::is_number(&number) && !number.starts_with("sip:") {
                return Err(Refusal::invalid(
                    "number",
                    "is neither E.164 without + nor a SIP address",
                ));
            }
            if !asked.application.numbers.contains(&number) {
                platform.exchange.complain("POST /v1/calls from a number that is not the application's: the callee would see \"unknown\"");
            }
            Ok(number)
        }
    }
}

fn then(options: &Options<'_>) -> Result<Then, Refusal> {
    let answer_url = target(options, "answer_url", "answer_method", Method::Get)?;
    match (options.map.get("ncco"), answer_url) {
        (Some(_), Some(_)) => Err(Refusal::invalid("ncco", "does not go with answer_url")),
        (None, None) => Err(Refusal::invalid("ncco", "is required, or answer_url")),
        (Some(ncco), None) => Ok(Then::Inline(life::inline(ncco)?)),
        (None, Some(target)) => Ok(Then::Ask(target)),
    }
}

fn detection(options: &Options<'_>) -> Result<Option<Detection>, Refusal> {
    let simple = options.one_of("machine_detection", &["continue", "hangup"]).map_err(plainly)?;
    match options.inner("advanced_machine_detection").map_err(plainly)? {
        Some(advanced) => Ok(Some(check::advanced_detection(&advanced).map_err(plainly)?)),
        None => Ok(simple.map(|behaviour| check::simple_detection(&behaviour))),
    }
}
