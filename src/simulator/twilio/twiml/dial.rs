//! The `Dial` verb and its nouns.

use roxmltree::Node;

use super::{
    super::{
        Callback, Target,
        conference::{self, Entry, Wait},
    },
    Dial, Number, TwimlError, Whom,
    attributes::{Attributes, Read, is_tones},
};

const DIAL: &[&str] = &[
    "action",
    "method",
    "timeout",
    "timeLimit",
    "answerOnBridge",
    "hangupOnStar",
    "callerId",
    "record",
    "recordingStatusCallback",
    "recordingStatusCallbackMethod",
    "recordingStatusCallbackEvent",
    "recordingTrack",
    "trim",
    "ringTone",
    "sequential",
    "events",
    "referUrl",
    "referMethod",
    "callReason",
];
const NUMBER: &[&str] = &[
    "sendDigits",
    "url",
    "method",
    "statusCallback",
    "statusCallbackEvent",
    "statusCallbackMethod",
    "byoc",
    "machineDetection",
    "machineDetectionTimeout",
    "machineDetectionSpeechThreshold",
    "machineDetectionSpeechEndThreshold",
    "machineDetectionSilenceTimeout",
    "amdStatusCallback",
    "amdStatusCallbackMethod",
];
const CONFERENCE: &[&str] = &[
    "muted",
    "beep",
    "startConferenceOnEnter",
    "endConferenceOnExit",
    "participantLabel",
    "jitterBufferSize",
    "waitUrl",
    "waitMethod",
    "maxParticipants",
    "record",
    "region",
    "trim",
    "coach",
    "statusCallback",
    "statusCallbackMethod",
    "statusCallbackEvent",
    "recordingStatusCallback",
    "recordingStatusCallbackMethod",
    "recordingStatusCallbackEvent",
    "recordingConfigurationId",
    "eventCallbackUrl",
];
pub const CALL_EVENTS: &[&str] = &["initiated", "ringing", "answered", "completed"];

pub fn dial(node: Node<'_, '_>) -> Read<Dial> {
    let tag = Attributes::of(node, DIAL)?;
    tag.one_of(
        "record",
        &[
            "do-not-record",
            "record-from-answer",
            "record-from-ringing",
            "record-from-answer-dual",
            "record-from-ringing-dual",
        ],
    )?;
    if tag.text("callReason").is_some_and(|reason| reason.chars().count() > 50) {
        return Err(tag.refuse("callReason", "is longer than 50 characters"));
    }
    Ok(Dial {
        action: tag.action()?,
        timeout: tag.seconds("timeout", 1, 30)?,
        time_limit: tag.seconds("timeLimit", 1, 14_400)?,
        hangup_on_star: tag.flag("hangupOnStar", false)?,
        answer_on_bridge: tag.flag("answerOnBridge", false)?,
        caller_id: tag.text("callerId").map(str::to_owned),
        sequential: tag.flag("sequential", false)?,
        whom: whom(node, &tag)?,
    })
}

fn whom(node: Node<'_, '_>, tag: &Attributes<'_>) -> Read<Whom> {
    let nouns: Vec<_> = node.children().filter(Node::is_element).collect();
    match nouns.as_slice() {
        [] => {
            let number = callee(&tag.content())?;
            Ok(Whom::Numbers(vec![Number {
                number,
                send_digits: None,
                screen: None,
                callback: None,
                detection: None,
            }]))
        }
        [room] if room.tag_name().name() == "Conference" => conference(*room),
        numbers => numbers.iter().map(|node| number(*node)).collect::<Read<_>>().map(Whom::Numbers),
    }
}

fn callee(text: &str) -> Read<String> {
    let plain = text.strip_prefix('+').is_some_and(|rest| {
        (7..=15).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_digit())
    });
    plain
        .then(|| text.to_owned())
        .ok_or_else(|| TwimlError { code: 13224, what: "<Dial> has no number in E.164".into() })
}

fn number(node: Node<'_, '_>) -> Read<Number> {
    if node.tag_name().name() != "Number" {
        return Err(TwimlError::new(format!(
            "<{}> can not be dialled on this simulator, or not beside other nouns",
            node.tag_name().name()
        )));
    }
    let tag = Attributes::of(node, NUMBER)?;
    let send_digits = tag.text("sendDigits");
    if send_digits.is_some_and(|digits| !is_tones(digits)) {
        return Err(tag.refuse("sendDigits", "has something that is no tone"));
    }
    Ok(Number {
        number: callee(&tag.content())?,
        send_digits: send_digits.map(str::to_owned),
        screen: tag.action_at("url", "method")?,
        callback: tag.callback(
            ("statusCallback", "statusCallbackMethod", Some("statusCallbackEvent")),
            CALL_EVENTS,
            &["completed"],
        )?,
        detection: tag.detection()?,
    })
}

fn conference(node: Node<'_, '_>) -> Read<Whom> {
    let tag = Attributes::of(node, CONFERENCE)?;
    let name = tag.content();
    if name.is_empty() || name.chars().count() > 128 {
        return Err(TwimlError::new("a conference's name has 1 to 128 characters"));
    }
    let label = tag.text("participantLabel").map(str::to_owned);
    if label.as_deref().is_some_and(|label| !conference::is_label(label)) {
        return Err(TwimlError { code: 16023, what: "participantLabel is no good".into() });
    }
    tag.one_of("record", &["do-not-record", "record-from-start"])?;
    tag.one_of("jitterBufferSize", &["large", "medium", "small", "off"])?;
    tag.one_of("trim", &["trim-silence", "do-not-trim"])?;
    tag.one_of("beep", &["true", "false", "onEnter", "onExit"])?;
    let regions = ["us1", "us2", "ie1", "de1", "sg1", "br1", "au1", "jp1"];
    let region = tag.one_of("region", &regions)?.map(str::to_owned);
    let events = tag.text("statusCallbackEvent");
    if events.is_some() && tag.text("statusCallback").is_none() {
        return Err(tag.refuse("statusCallbackEvent", "goes with statusCallback"));
    }
    let entry = Entry {
        label,
        muted: tag.flag("muted", false)?,
        starts: tag.flag("startConferenceOnEnter", true)?,
        ends: tag.flag("endConferenceOnExit", false)?,
        participants_max: tag.whole("maxParticipants", (2, 250))?.unwrap_or(250),
        wait: wait(&tag)?,
        coaches: tag.text("coach").map(str::to_owned),
        region,
        callback: callback(&tag)?,
        by_api: false,
    };
    Ok(Whom::Conference { name, entry: Box::new(entry) })
}

fn wait(tag: &Attributes<'_>) -> Read<Wait> {
    let method = tag.method("waitMethod", super::super::super::settings::Method::Post)?;
    Ok(match tag.text("waitUrl") {
        None => Wait::Music,
        Some("") => Wait::Silence,
        Some(url) => Wait::Ask(Target::new(url, method)),
    })
}

fn callback(tag: &Attributes<'_>) -> Read<Option<Callback>> {
    tag.callback(
        ("statusCallback", "statusCallbackMethod", Some("statusCallbackEvent")),
        conference::EVENTS,
        &[],
    )
}
