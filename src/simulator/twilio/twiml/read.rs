//! A document read strictly: names are case-sensitive, and what the carrier does not know is refused.

use roxmltree::{Document, Node};

use super::{
    super::super::settings::Method,
    Action, Gather, Stream, TwimlError, Verb,
    attributes::{Attributes, Read, is_tones},
    dial,
};

/// What a text to be spoken may hold in bytes, URL-encoded.
const SPEECH_MAX: usize = 4500;

pub fn read(text: &str) -> Read<Vec<Verb>> {
    // A declaration may only stand at the very beginning; blanks before it are a common slip that XML forbids.
    let document = Document::parse(text).map_err(|error| TwimlError::new(error.to_string()))?;
    let root = document.root_element();
    if root.tag_name().name() != "Response" {
        return Err(TwimlError::new(format!(
            "the root is <{}>, not <Response>",
            root.tag_name().name()
        )));
    }
    Attributes::of(root, &[])?;
    no_words(root)?;
    let mut verbs = Vec::new();
    for node in root.children().filter(Node::is_element) {
        let verb = verb(node)?;
        if matches!(verb, Verb::Reject(_)) && !verbs.is_empty() {
            return Err(TwimlError::new("<Reject> has to come first"));
        }
        verbs.push(verb);
    }
    Ok(verbs)
}

/// The actions in a document that are no whole URLs: in one that is given inline they lead nowhere (15004).
#[must_use]
pub fn relative_actions(verbs: &[Verb]) -> Vec<String> {
    let whole = |url: &str| url.starts_with("http://") || url.starts_with("https://");
    let urls = verbs.iter().filter_map(|verb| match verb {
        Verb::Gather(gather) => Some(gather.action.url.as_str()),
        Verb::Dial(dial) => dial.action.as_ref().map(|action| action.url.as_str()),
        Verb::Connect { action, .. } => action.as_ref().map(|action| action.url.as_str()),
        Verb::Redirect { url, .. } => Some(url.as_str()),
        _ => None,
    });
    urls.filter(|url| !whole(url)).map(str::to_owned).collect()
}

fn verb(node: Node<'_, '_>) -> Read<Verb> {
    match node.tag_name().name() {
        "Say" => say(node),
        "Play" => play(node),
        "Pause" => {
            let tag = Attributes::of(node, &["length"])?;
            Ok(Verb::Pause(tag.seconds("length", 0, 1)?))
        }
        "Gather" => gather(node),
        "Dial" => dial::dial(node).map(|dial| Verb::Dial(Box::new(dial))),
        "Reject" => {
            let tag = Attributes::of(node, &["reason"])?;
            nothing_inside(node)?;
            let busy = tag.one_of("reason", &["rejected", "busy"])? == Some("busy");
            Ok(Verb::Reject(if busy { "busy" } else { "no-answer" }))
        }
        "Redirect" => {
            let tag = Attributes::of(node, &["method"])?;
            let method = tag.method("method", Method::Post)?;
            Ok(Verb::Redirect { url: tag.content(), method })
        }
        "Hangup" => {
            Attributes::of(node, &[])?;
            nothing_inside(node)?;
            Ok(Verb::Hangup)
        }
        "Connect" => {
            let action = Attributes::of(node, &["action", "method"])?.action()?;
            let stream = stream(only_child(node, "Stream")?)?;
            if stream.outbound {
                return Err(TwimlError {
                    code: 31941,
                    what: "<Connect><Stream> takes the inbound track only".into(),
                });
            }
            Ok(Verb::Connect { stream, action })
        }
        "Start" => {
            Attributes::of(node, &["action", "method"])?;
            Ok(Verb::Start(stream(only_child(node, "Stream")?)?))
        }
        "Stop" => {
            Attributes::of(node, &[])?;
            let tag = Attributes::of(only_child(node, "Stream")?, &["name"])?;
            Ok(Verb::Stop(tag.text("name").map(str::to_owned)))
        }
        "Record" => Err(TwimlError::new("<Record> is not played by this simulator")),
        other => Err(TwimlError::new(format!("<{other}> is no verb"))),
    }
}

fn say(node: Node<'_, '_>) -> Read<Verb> {
    let tag = Attributes::of(node, &["voice", "language", "loop"])?;
    let text = tag.content();
    if text.is_empty() {
        return Err(TwimlError { code: 13520, what: "<Say> says nothing".into() });
    }
    let encoded: usize = url::form_urlencoded::byte_serialize(text.as_bytes()).map(str::len).sum();
    if encoded > SPEECH_MAX {
        return Err(TwimlError { code: 13521, what: "<Say> says too much".into() });
    }
    Ok(Verb::Say { text, times: tag.times()? })
}

fn play(node: Node<'_, '_>) -> Read<Verb> {
    let tag = Attributes::of(node, &["loop", "digits"])?;
    let (url, times) = (tag.content(), tag.times()?);
    match tag.text("digits") {
        Some(digits) if !is_tones(digits) => {
            Err(tag.refuse("digits", "has something that is no tone"))
        }
        Some(digits) => Ok(Verb::Tones(digits.to_owned())),
        None if url.is_empty() => Err(TwimlError::new("<Play> plays nothing")),
        None => Ok(Verb::Play { url, times }),
    }
}

const GATHER: &[&str] = &[
    "input",
    "action",
    "method",
    "timeout",
    "finishOnKey",
    "numDigits",
    "actionOnEmptyResult",
    "speechTimeout",
    "language",
    "hints",
    "speechModel",
    "enhanced",
    "profanityFilter",
    "bargeIn",
    "maxSpeechTime",
    "partialResultCallback",
    "partialResultCallbackMethod",
];

fn gather(node: Node<'_, '_>) -> Read<Verb> {
    let tag = Attributes::of(node, GATHER)?;
    no_words(node)?;
    let finish_on = match tag.text("finishOnKey") {
        None => Some('#'),
        Some("") => None,
        Some(key)
            if key.len() == 1 && key.chars().all(|key| matches!(key, '0'..='9' | '#' | '*')) =>
        {
            key.chars().next()
        }
        Some(_) => return Err(tag.refuse("finishOnKey", "is no key")),
    };
    let mut prompt = Vec::new();
    for inner in node.children().filter(Node::is_element) {
        match verb(inner)? {
            Verb::Tones(_) => {
                return Err(TwimlError::new("<Play digits> does not go inside <Gather>"));
            }
            verb @ (Verb::Say { .. } | Verb::Play { .. } | Verb::Pause(_)) => prompt.push(verb),
            _ => {
                let name = inner.tag_name().name();
                return Err(TwimlError::new(format!("<{name}> does not go inside <Gather>")));
            }
        }
    }
    let input = tag.one_of("input", &["dtmf", "speech", "dtmf speech", "speech dtmf"])?;
    let method = tag.method("method", Method::Post)?;
    for flag in ["enhanced", "profanityFilter", "bargeIn"] {
        tag.flag(flag, true)?;
    }
    Ok(Verb::Gather(Box::new(Gather {
        action: Action { url: tag.text("action").unwrap_or("").to_owned(), method },
        timeout: tag.seconds("timeout", 0, 5)?,
        finish_on,
        digits_max: tag.whole("numDigits", (1, 1000))?.unwrap_or(usize::MAX),
        action_on_empty: tag.flag("actionOnEmptyResult", false)?,
        prompt,
        keys: input != Some("speech"),
    })))
}

fn stream(node: Node<'_, '_>) -> Read<Stream> {
    let tag = Attributes::of(
        node,
        &["url", "name", "track", "connectorName", "statusCallback", "statusCallbackMethod"],
    )?;
    let track = tag.one_of("track", &["inbound_track", "outbound_track", "both_tracks"])?;
    let url = tag.text("url").ok_or_else(|| tag.refuse("url", "is missing"))?;
    let mut parameters = Vec::new();
    for inner in node.children().filter(Node::is_element) {
        if inner.tag_name().name() != "Parameter" {
            return Err(TwimlError::new("only <Parameter> goes inside <Stream>"));
        }
        let parameter = Attributes::of(inner, &["name", "value"])?;
        let (name, value) =
            (parameter.text("name").unwrap_or(""), parameter.text("value").unwrap_or(""));
        if name.is_empty() || name.len() + value.len() >= 500 {
            return Err(parameter.refuse("name", "is missing or, with its value, too long"));
        }
        parameters.push((name.to_owned(), value.to_owned()));
    }
    Ok(Stream {
        url: url.to_owned(),
        name: tag.text("name").map(str::to_owned),
        inbound: track != Some("outbound_track"),
        outbound: matches!(track, Some("outbound_track" | "both_tracks")),
        callback: tag.callback(("statusCallback", "statusCallbackMethod", None), &[], &[])?,
        parameters,
    })
}

fn only_child<'a>(node: Node<'a, 'a>, name: &str) -> Read<Node<'a, 'a>> {
    let mut inside = node.children().filter(Node::is_element);
    match (inside.next(), inside.next()) {
        (Some(child), None) if child.tag_name().name() == name => Ok(child),
        _ => Err(TwimlError::new(format!(
            "<{}> holds one <{name}> here, and nothing else",
            node.tag_name().name()
        ))),
    }
}

fn nothing_inside(node: Node<'_, '_>) -> Read<()> {
    let name = node.tag_name().name();
    if node.children().any(|child| child.is_element()) {
        return Err(TwimlError::new(format!("nothing goes inside <{name}>")));
    }
    no_words(node)
}

fn no_words(node: Node<'_, '_>) -> Read<()> {
    let stray = node
        .children()
        .filter(Node::is_text)
        .any(|child| child.text().is_some_and(|text| !text.trim().is_empty()));
    if stray {
        return Err(TwimlError::new(format!("words stand bare in <{}>", node.tag_name().name())));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{super::Whom, *};

    fn verbs(inside: &str) -> Result<Vec<Verb>, TwimlError> {
        read(&format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>{inside}</Response>"))
    }

    #[test]
    fn a_door_s_documents_are_read() {
        let all = verbs(
            "<!-- a door --><Gather input=\"dtmf\" numDigits=\"4\" finishOnKey=\"\" timeout=\"7\" actionOnEmptyResult=\"true\" action=\"/code?v=1&amp;w=2\">\
             <Say language=\"en-CA\">Enter the <emphasis>code</emphasis> of the person.</Say><Pause length=\"2\"/></Gather>\
             <Dial action=\"/after\" hangupOnStar=\"true\"><Conference beep=\"false\" waitUrl=\"\" maxParticipants=\"3\" endConferenceOnExit=\"true\" \
             participantLabel=\"visitor\" statusCallback=\"https://door.example.test/c\" statusCallbackEvent=\"start end join leave\">b12-d1</Conference></Dial>",
        )
        .unwrap();

        let (Verb::Gather(gather), Verb::Dial(dial)) = (&all[0], &all[1]) else {
            panic!("{all:?}")
        };
        assert_eq!(
            (gather.digits_max, gather.finish_on, gather.timeout.as_secs(), gather.prompt.len()),
            (4, None, 7, 2)
        );
        assert!(
            matches!(&gather.prompt[0], Verb::Say { text, .. } if text == "Enter the code of the person.")
        );
        assert_eq!(gather.action.url, "/code?v=1&w=2");
        let Whom::Conference { name, entry } = &dial.whom else { panic!("{dial:?}") };
        assert_eq!((name.as_str(), entry.label.as_deref()), ("b12-d1", Some("visitor")));
        assert!(entry.ends && dial.hangup_on_star);
    }

    #[test]
    fn what_the_carrier_does_not_know_is_refused() {
        for wrong in [
            "<say>Hello</say>",
            "<Say>Hello</Say><Reject/>",
            "<Say colour=\"red\">Hello</Say>",
            "<Say></Say>",
            "Hello",
            "<Gather><Gather/></Gather>",
            "<Gather timeout=\"soon\"/>",
            "<Gather><Play digits=\"9\"/></Gather>",
            "<Dial><Conference participantLabel=\"a/b\">x</Conference></Dial>",
            "<Dial><Conference statusCallback=\"/c\">x</Conference></Dial>",
            "<Dial><Conference statusCallback=\"https://a.test/c\" statusCallbackEvent=\"begin\">x</Conference></Dial>",
            "<Connect><Stream url=\"wss://a.test/m\" track=\"both_tracks\"/></Connect>",
            "<Play digits=\"9x\"/>",
            "<Record/>",
        ] {
            assert!(verbs(wrong).is_err(), "{wrong}");
        }
        assert!(read("<Response><Say>Hello</Response>").is_err());
        assert!(read("<Answer/>").is_err());
        assert!(verbs("").unwrap().is_empty());
    }

    #[test]
    fn actions_without_a_host_are_found_in_inline_documents() {
        let all = verbs("<Gather action=\"/code\"/><Gather action=\"https://a.test/code\"/><Redirect>next</Redirect>").unwrap();

        assert_eq!(relative_actions(&all), ["/code", "next"]);
    }
}
