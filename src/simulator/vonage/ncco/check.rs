//! Reads NCCOs strictly: an unknown action, a missing option, a wrong type or a value out of range refuses the whole.

use std::time::Duration;

use serde_json::Value;

use super::{
    super::{
        Target,
        detection::{Detection, Mode},
        rooms::Entry,
    },
    Action, Connect, Endpoint, Input, NccoError, Record, Times,
    options::Options,
};
use crate::simulator::settings::Method;

const TEXT_MAX: usize = 1500;

pub fn actions(ncco: &Value) -> Result<Vec<Action>, NccoError> {
    let whole = |what: &str| NccoError { at: "NCCO".into(), what: what.into() };
    let list = ncco.as_array().ok_or_else(|| whole("is not an array"))?;
    if list.is_empty() {
        return Err(whole("has no action"));
    }
    let program = list
        .iter()
        .enumerate()
        .map(|(index, action)| one(index, action))
        .collect::<Result<Vec<_>, _>>()?;
    let mut barging = false;
    for (index, action) in program.iter().enumerate() {
        match action {
            Action::Talk { barge_in, .. } | Action::Stream { barge_in, .. } => barging |= barge_in,
            Action::Input(_) => barging = false,
            _ if barging => {
                return Err(NccoError {
                    at: format!("action {index}"),
                    what: "must be input, since bargeIn was true before it".into(),
                });
            }
            _ => {}
        }
    }
    if barging {
        return Err(whole("ends after bargeIn without an input"));
    }
    Ok(program)
}

fn one(index: usize, action: &Value) -> Result<Action, NccoError> {
    let at = format!("action {index}");
    let map = action
        .as_object()
        .ok_or_else(|| NccoError { at: at.clone(), what: "is not an object".into() })?;
    let options = Options { at, map };
    match options.required("action", Options::text)?.as_str() {
        "talk" => talk(&options),
        "stream" => stream(&options),
        "input" => input(&options),
        "conversation" => conversation(&options),
        "connect" => connect(&options),
        "record" => record(&options),
        "notify" => notify(&options),
        "wait" => {
            // Out of range is clamped here, and only here.
            let seconds =
                options.number("timeout", f64::MIN, f64::MAX)?.unwrap_or(10.0).clamp(0.1, 7200.0);
            Ok(Action::Wait(Duration::from_secs_f64(seconds)))
        }
        "transfer" => {
            let conversation = options.required("conversationId", Options::text)?;
            if !conversation.starts_with("CON-") {
                return Err(options.wrong("conversationId", "does not begin with CON-"));
            }
            Ok(Action::Transfer { conversation, mute: options.flag("mute")?.unwrap_or(false) })
        }
        unknown => Err(options.wrong("action", &format!("is unknown: {unknown:?}"))),
    }
}

fn talk(options: &Options<'_>) -> Result<Action, NccoError> {
    let text = plain(&options.required("text", Options::text)?);
    if text.chars().count() > TEXT_MAX {
        return Err(options.wrong("text", "is longer than 1500 characters"));
    }
    options.text("language")?;
    options.whole("style", 0, 99)?;
    options.flag("premium")?;
    options.number("level", -1.0, 1.0)?;
    options.one_of("provider", &["ElevenLabs", "Google", "Polly"])?;
    Ok(Action::Talk {
        text,
        barge_in: options.flag("bargeIn")?.unwrap_or(false),
        times: times(options)?,
    })
}

/// SSML tags are not spoken and do not count.
fn plain(text: &str) -> String {
    let Some(inner) = text.trim().strip_prefix("<speak>") else { return text.to_owned() };
    let mut spoken = String::new();
    let mut inside = false;
    for character in inner.chars() {
        match character {
            '<' => inside = true,
            '>' => inside = false,
            _ if !inside => spoken.push(character),
            _ => {}
        }
    }
    spoken
}

fn stream(options: &Options<'_>) -> Result<Action, NccoError> {
    let url = options.required("streamUrl", Options::url)?;
    options.number("level", -1.0, 1.0)?;
    Ok(Action::Stream {
        url,
        barge_in: options.flag("bargeIn")?.unwrap_or(false),
        times: times(options)?,
    })
}

fn times(options: &Options<'_>) -> Result<Times, NccoError> {
    Ok(match options.whole("loop", 0, u64::MAX)? {
        Some(0) => Times::Forever,
        count => Times::Count(count.unwrap_or(1)),
    })
}

fn input(options: &Options<'_>) -> Result<Action, NccoError> {
    let kinds = options.required("type", Options::texts)?;
    if kinds.is_empty() || !kinds.iter().all(|kind| matches!(kind.as_str(), "dtmf" | "speech")) {
        return Err(options.wrong("type", "is not [\"dtmf\"], [\"speech\"] or both"));
    }
    let target = options.target("eventUrl", "eventMethod", Method::Post)?;
    let dtmf = options.inner("dtmf")?;
    if let Some(speech) = options.inner("speech")? {
        speech.texts("uuid")?;
        speech.text("language")?;
        speech.texts("context")?;
        speech.number("startTimeout", 1.0, 60.0)?;
        speech.number("endOnSilence", 0.4, 10.0)?;
        speech.number("maxDuration", 1.0, 60.0)?;
        speech.number("sensitivity", 10.0, 100.0)?;
        speech.flag("saveAudio")?;
    }
    if options.one_of("mode", &["synchronous", "asynchronous"])?.as_deref() == Some("asynchronous")
    {
        return if dtmf.is_some() {
            Err(options.wrong("dtmf", "must be absent in asynchronous mode"))
        } else {
            Ok(Action::Input(Input::Asynchronous { target }))
        };
    }
    let (time_out, max_digits, submit_on_hash) = match &dtmf {
        Some(dtmf) => (
            dtmf.number("timeOut", 0.0, 10.0)?,
            dtmf.whole("maxDigits", 1, 20)?,
            dtmf.flag("submitOnHash")?,
        ),
        None => (None, None, None),
    };
    Ok(Action::Input(Input::Synchronous {
        time_out: Duration::from_secs_f64(time_out.unwrap_or(3.0)),
        max_digits: usize::try_from(max_digits.unwrap_or(4)).unwrap_or(4),
        submit_on_hash: submit_on_hash.unwrap_or(false),
        target,
    }))
}

fn conversation(options: &Options<'_>) -> Result<Action, NccoError> {
    let name = options.required("name", Options::text)?;
    let entry = Entry {
        starts: options.flag("startOnEnter")?.unwrap_or(true),
        ends: options.flag("endOnExit")?.unwrap_or(false),
        hold_music: options.url("musicOnHoldUrl")?,
        can_speak: options.texts("canSpeak")?,
        can_hear: options.texts("canHear")?,
    };
    let mute = options.flag("mute")?.unwrap_or(false);
    if mute && entry.can_speak.is_some() {
        return Err(options.wrong("mute", "does not go with canSpeak"));
    }
    let record = options.flag("record")?.unwrap_or(false);
    if options.inner("transcription")?.is_some() && !record {
        return Err(options.wrong("transcription", "needs record"));
    }
    options.target("eventUrl", "eventMethod", Method::Post)?;
    Ok(Action::Conversation { name, entry, mute })
}

fn connect(options: &Options<'_>) -> Result<Action, NccoError> {
    let endpoints = options.required("endpoint", Options::list)?;
    let [endpoint] = endpoints.as_slice() else {
        return Err(options.wrong("endpoint", "is not an array of one"));
    };
    let map = endpoint.as_object().ok_or_else(|| options.wrong("endpoint", "is not an object"))?;
    let endpoint = endpoint_of(&Options { at: format!("{}, endpoint", options.at), map })?;
    let random_from = options.flag("randomFromNumber")?.unwrap_or(false);
    let from = options.text("from")?;
    if random_from && from.is_some() {
        return Err(options.wrong("from", "does not go with randomFromNumber"));
    }
    let simple = options.one_of("machineDetection", &["continue", "hangup"])?;
    let detection = match options.inner("advancedMachineDetection")? {
        Some(advanced) => Some(advanced_detection(&advanced)?),
        None => simple.map(|behaviour| simple_detection(&behaviour)),
    };
    Ok(Action::Connect(Box::new(Connect {
        endpoint,
        from,
        random_from,
        synchronous: options.one_of("eventType", &["synchronous"])?.is_some(),
        timeout: Duration::from_secs(options.whole("timeout", 1, 7200)?.unwrap_or(60)),
        limit: Duration::from_secs(options.whole("limit", 1, 7200)?.unwrap_or(7200)),
        detection,
        target: options.target("eventUrl", "eventMethod", Method::Post)?,
        ringback: options.text("ringbackTone")?,
    })))
}

#[must_use]
pub fn simple_detection(behaviour: &str) -> Detection {
    Detection {
        mode: Mode::Simple,
        hang_up: behaviour == "hangup",
        beep_timeout: Duration::from_secs(45),
    }
}

/// `{behavior, mode, beep_timeout}`, the same in NCCOs and in the calls API.
pub fn advanced_detection(options: &Options<'_>) -> Result<Detection, NccoError> {
    let mode = match options.one_of("mode", &["default", "detect", "detect_beep"])?.as_deref() {
        Some("default") => Mode::Parallel,
        Some("detect_beep") => Mode::Beep,
        _ => Mode::Detect,
    };
    let hang_up = options.one_of("behavior", &["continue", "hangup"])?.as_deref() == Some("hangup");
    let beep_timeout = Duration::from_secs(options.whole("beep_timeout", 45, 120)?.unwrap_or(45));
    Ok(Detection { mode, hang_up, beep_timeout })
}

fn endpoint_of(options: &Options<'_>) -> Result<Endpoint, NccoError> {
    match options.required("type", Options::text)?.as_str() {
        "phone" => {
            let number = options.required("number", Options::text)?;
            if !is_number(&number) {
                return Err(options.wrong("number", "is not 7 to 15 digits"));
            }
            if options.text("dtmfAnswer")?.is_some_and(|keys| !is_tones(&keys)) {
                return Err(options.wrong("dtmfAnswer", "has something that is no tone"));
            }
            let whisper = match options.inner("onAnswer")? {
                Some(inner) => Some(Target {
                    url: inner.required("url", Options::address)?,
                    method: Method::Get,
                }),
                None => None,
            };
            Ok(Endpoint::Phone { number, whisper })
        }
        "app" => options.required("user", Options::text).map(|_| Endpoint::Other("app".into())),
        "vbc" => {
            options.required("extension", Options::text).map(|_| Endpoint::Other("vbc".into()))
        }
        "sip" => Ok(Endpoint::Other("sip".into())),
        "websocket" => {
            options.required("uri", Options::text)?;
            options.required("content-type", Options::text)?;
            Ok(Endpoint::Other("websocket".into()))
        }
        unknown => Err(options.wrong("type", &format!("is unknown: {unknown:?}"))),
    }
}

fn record(options: &Options<'_>) -> Result<Action, NccoError> {
    let seconds = |value: Option<u64>| value.map(Duration::from_secs);
    options.whole("channels", 1, 32)?;
    options.flag("beepStart")?;
    options.one_of("split", &["conversation"])?;
    let key = options.text("endOnKey")?;
    if key.as_deref().is_some_and(|key| key.len() != 1 || !is_tones(key)) {
        return Err(options.wrong("endOnKey", "is not one key"));
    }
    Ok(Action::Record(Record {
        format: options.one_of("format", &["mp3", "wav", "ogg"])?.unwrap_or_else(|| "mp3".into()),
        end_on_silence: seconds(options.whole("endOnSilence", 3, 10)?),
        end_on_key: key.and_then(|key| key.chars().next()),
        time_out: seconds(options.whole("timeOut", 3, 7200)?),
        target: options.target("eventUrl", "eventMethod", Method::Post)?,
    }))
}

fn notify(options: &Options<'_>) -> Result<Action, NccoError> {
    let payload = options
        .map
        .get("payload")
        .and_then(Value::as_object)
        .ok_or_else(|| options.wrong("payload", "is not an object"))?;
    let target = options
        .target("eventUrl", "eventMethod", Method::Post)?
        .ok_or_else(|| options.wrong("eventUrl", "is missing"))?;
    Ok(Action::Notify { payload: payload.clone(), target })
}

/// 7 to 15 digits, without `+`.
#[must_use]
pub fn is_number(text: &str) -> bool {
    (7..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[must_use]
pub fn is_tones(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|tone| matches!(tone, '0'..='9' | '*' | '#' | 'p'))
}
