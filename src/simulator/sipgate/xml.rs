//! The XML of an answer: what it may say, and why one is refused.

use std::time::Duration;

use roxmltree::{Document, Node};

/// Phones that ring at once, as documented.
pub const TARGETS_MAX: usize = 5;

/// What the customer wants: who is told, and what is done. No action means that the account decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub on_answer: Option<String>,
    pub on_hangup: Option<String>,
    pub action: Option<Action>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Dial(Dial),
    Play(String),
    Gather(Gather),
    Reject(Reason),
    Hangup,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    pub whom: Whom,
    /// Digits, shown to whoever is rung.
    pub caller_id: Option<String>,
    pub anonymous: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Digits, 1 to 5 of them.
    Numbers(Vec<String>),
    Voicemail,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gather {
    pub on_data: String,
    pub digits_max: usize,
    /// From the end of the sound, and again from each key.
    pub timeout: Duration,
    pub sound: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Rejected,
    Busy,
}

type Read<T> = Result<T, String>;

/// Reads a body; an empty one says nothing special. Refused with the part that is no good.
pub fn read(text: &str) -> Read<Answer> {
    if text.trim().is_empty() {
        return Ok(Answer::default());
    }
    let document = Document::parse(text).map_err(|error| format!("no XML: {error}"))?;
    let root = document.root_element();
    if root.tag_name().name() != "Response" {
        return Err(format!("the root is <{}>, not <Response>", root.tag_name().name()));
    }
    attributes(root, &["onAnswer", "onHangup"])?;
    let action = match children(root)?.as_slice() {
        [] => None,
        [one] => Some(action(*one)?),
        several => {
            return Err(format!("{} actions in one answer, only one is sure", several.len()));
        }
    };
    Ok(Answer { on_answer: url(root, "onAnswer")?, on_hangup: url(root, "onHangup")?, action })
}

fn action(node: Node<'_, '_>) -> Read<Action> {
    match node.tag_name().name() {
        "Dial" => dial(node).map(Action::Dial),
        "Play" => play(node).map(Action::Play),
        "Gather" => gather(node).map(Action::Gather),
        "Reject" => {
            attributes(node, &["reason"])?;
            nothing_inside(node)?;
            match node.attribute("reason") {
                None | Some("rejected") => Ok(Action::Reject(Reason::Rejected)),
                Some("busy") => Ok(Action::Reject(Reason::Busy)),
                Some(other) => Err(format!("<Reject reason> is {other:?}, no reason")),
            }
        }
        "Hangup" => {
            attributes(node, &[])?;
            nothing_inside(node).map(|()| Action::Hangup)
        }
        other => Err(format!("<{other}> is no action")),
    }
}

fn dial(node: Node<'_, '_>) -> Read<Dial> {
    attributes(node, &["callerId", "anonymous"])?;
    let anonymous = match node.attribute("anonymous") {
        None | Some("false") => false,
        Some("true") => true,
        Some(other) => {
            return Err(format!("<Dial anonymous> is {other:?}, neither true nor false"));
        }
    };
    let caller_id = node.attribute("callerId").map(|text| number("<Dial callerId>", text));
    Ok(Dial { whom: whom(node)?, caller_id: caller_id.transpose()?, anonymous })
}

fn whom(node: Node<'_, '_>) -> Read<Whom> {
    let targets = children(node)?;
    if let [only] = targets.as_slice()
        && only.tag_name().name() == "Voicemail"
    {
        attributes(*only, &[])?;
        return nothing_inside(*only).map(|()| Whom::Voicemail);
    }
    if let Some(stranger) = targets.iter().find(|target| target.tag_name().name() != "Number") {
        return Err(format!(
            "<{}> does not go inside <Dial>, or not so",
            stranger.tag_name().name()
        ));
    }
    if !(1..=TARGETS_MAX).contains(&targets.len()) {
        return Err(format!("<Dial> has {} numbers, not 1 to {TARGETS_MAX}", targets.len()));
    }
    let numbers = targets.into_iter().map(|target| {
        attributes(target, &[])?;
        number("<Number>", words(target)?)
    });
    numbers.collect::<Read<_>>().map(Whom::Numbers)
}

/// Digits, with or without `+`.
fn number(what: &str, text: &str) -> Read<String> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let plain =
        (3..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.to_owned()).ok_or_else(|| format!("{what} is no number"))
}

fn play(node: Node<'_, '_>) -> Read<String> {
    attributes(node, &[])?;
    match children(node)?.as_slice() {
        [one] if one.tag_name().name() == "Url" => {
            attributes(*one, &[])?;
            let text = words(*one)?;
            absolute(text).ok_or_else(|| format!("<Url> {text:?} is no whole URL"))
        }
        _ => Err("<Play> holds one <Url>, and nothing else".into()),
    }
}

fn gather(node: Node<'_, '_>) -> Read<Gather> {
    attributes(node, &["onData", "maxDigits", "timeout", "type"])?;
    if !matches!(node.attribute("type"), None | Some("dtmf")) {
        return Err("<Gather type> is something else than dtmf".into());
    }
    let sound = match children(node)?.as_slice() {
        [] => None,
        [one] if one.tag_name().name() == "Play" => Some(play(*one)?),
        _ => return Err("<Gather> holds one <Play>, and nothing else".into()),
    };
    Ok(Gather {
        on_data: url(node, "onData")?.ok_or("<Gather> lacks onData")?,
        digits_max: usize::try_from(whole(node, "maxDigits", 1)?).unwrap_or(usize::MAX),
        timeout: Duration::from_millis(whole(node, "timeout", 2000)?),
        sound,
    })
}

fn whole(node: Node<'_, '_>, name: &str, otherwise: u64) -> Read<u64> {
    let Some(text) = node.attribute(name) else { return Ok(otherwise) };
    let number = text.parse().ok().filter(|number| (1..=3_600_000).contains(number));
    number.ok_or_else(|| format!("<{} {name}> is {text:?}, out of range", node.tag_name().name()))
}

fn url(node: Node<'_, '_>, name: &str) -> Read<Option<String>> {
    let Some(text) = node.attribute(name) else { return Ok(None) };
    let refused = || format!("<{} {name}> {text:?} is no whole URL", node.tag_name().name());
    absolute(text).ok_or_else(refused).map(Some)
}

fn absolute(text: &str) -> Option<String> {
    let parsed = url::Url::parse(text).ok()?;
    (matches!(parsed.scheme(), "http" | "https") && parsed.has_host()).then(|| text.to_owned())
}

fn attributes(node: Node<'_, '_>, known: &[&str]) -> Read<()> {
    let name = node.tag_name().name();
    match node.attributes().find(|attribute| !known.contains(&attribute.name())) {
        Some(unknown) => Err(format!("<{name}> has no attribute {}", unknown.name())),
        None => Ok(()),
    }
}

/// The elements inside, among which no words may stand.
fn children<'a>(node: Node<'a, 'a>) -> Read<Vec<Node<'a, 'a>>> {
    let stray = node
        .children()
        .filter(Node::is_text)
        .any(|child| child.text().is_some_and(|text| !text.trim().is_empty()));
    if stray {
        return Err(format!("words stand bare in <{}>", node.tag_name().name()));
    }
    Ok(node.children().filter(Node::is_element).collect())
}

fn nothing_inside(node: Node<'_, '_>) -> Read<()> {
    if children(node)?.is_empty() {
        Ok(())
    } else {
        Err(format!("nothing goes inside <{}>", node.tag_name().name()))
    }
}

/// The words inside, among which no elements may stand.
fn words<'a>(node: Node<'a, 'a>) -> Read<&'a str> {
    if node.children().any(|child| child.is_element()) {
        return Err(format!("only words go inside <{}>", node.tag_name().name()));
    }
    Ok(node.text().unwrap_or("").trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOOK: &str = "https://t.example/hooks/sipgate/TOKEN";

    fn inside(text: &str) -> Read<Answer> {
        read(&format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response onHangup=\"{HOOK}\">{text}</Response>"
        ))
    }

    #[test]
    fn the_documents_of_a_door_are_read() {
        let dial = inside(
            "<Dial callerId=\"493023125900\"><Number>4917139200017</Number>\n<Number>+4917139200018</Number></Dial>",
        )
        .unwrap();
        let gather = inside(&format!(
            "<Gather onData=\"{HOOK}?step=pin1&amp;x=2\" maxDigits=\"4\" timeout=\"6000\"><Play><Url>https://t.example/p.wav</Url></Play></Gather>"
        ))
        .unwrap();

        assert_eq!((dial.on_hangup.as_deref(), dial.on_answer), (Some(HOOK), None));
        let numbers = vec!["4917139200017".to_owned(), "4917139200018".to_owned()];
        let caller_id = Some("493023125900".to_owned());
        let whom = Whom::Numbers(numbers);
        assert_eq!(dial.action, Some(Action::Dial(Dial { whom, caller_id, anonymous: false })));
        let Some(Action::Gather(gather)) = gather.action else { panic!("{gather:?}") };
        assert_eq!((gather.digits_max, gather.timeout.as_millis()), (4, 6000));
        assert_eq!(gather.on_data, format!("{HOOK}?step=pin1&x=2"));
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let Some(Action::Gather(gather)) =
            inside(&format!("<Gather onData=\"{HOOK}\"/>")).unwrap().action
        else {
            panic!()
        };
        assert_eq!((gather.digits_max, gather.timeout.as_millis(), gather.sound), (1, 2000, None));
        assert_eq!(inside("<Reject/>").unwrap().action, Some(Action::Reject(Reason::Rejected)));
        assert_eq!(read("").unwrap(), Answer::default());
        assert_eq!(read("<Response/>").unwrap(), Answer::default());
    }

    #[test]
    fn whatever_the_carrier_does_not_know_is_refused() {
        let six = "<Number>4917139200017</Number>".repeat(6);
        for wrong in [
            "<Hangup/><Hangup/>",
            "<hangup/>",
            "<Hangup>now</Hangup>",
            "Hello",
            "<Say>Hello</Say>",
            "<Dial/>",
            &format!("<Dial>{six}</Dial>"),
            "<Dial timeout=\"20\"><Number>4917139200017</Number></Dial>",
            "<Dial anonymous=\"yes\"><Number>4917139200017</Number></Dial>",
            "<Dial callerId=\"anonymous\"><Number>4917139200017</Number></Dial>",
            "<Dial><Number>0171 3920</Number></Dial>",
            "<Dial><Number>4917139200017</Number><Voicemail/></Dial>",
            "<Play/>",
            "<Play><Url>prompts/p.wav</Url></Play>",
            "<Play loop=\"2\"><Url>https://t.example/p.wav</Url></Play>",
            "<Gather maxDigits=\"1\"/>",
            "<Gather onData=\"/data\"/>",
            &format!("<Gather onData=\"{HOOK}\" maxDigits=\"0\"/>"),
            &format!("<Gather onData=\"{HOOK}\" timeout=\"2s\"/>"),
            &format!("<Gather onData=\"{HOOK}\" type=\"speech\"/>"),
            &format!("<Gather onData=\"{HOOK}\"><Hangup/></Gather>"),
            "<Reject reason=\"spam\"/>",
        ] {
            assert!(inside(wrong).is_err(), "{wrong}");
        }
        for wrong in [
            "<Response><Hangup></Response>",
            "<Answer/>",
            "<Response onData=\"https://t.example\"/>",
            "<Response onAnswer=\"/hooks\"/>",
            "{}",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
