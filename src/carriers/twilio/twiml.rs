//! TwiML, typed: verbs and their attributes as the documents name them, written as XML that nothing in a text can break out of.

use std::fmt;

/// A document: verbs, one after the other. After the last one the leg ends.
#[derive(Clone, PartialEq, Eq)]
pub struct Twiml(pub(super) Vec<Verb>);

/// Without what is said, and to whom.
impl fmt::Debug for Twiml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Twiml({} verbs)", self.0.len())
    }
}

/// As XML. An empty document ends the leg.
impl fmt::Display for Twiml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
        let response =
            Element { name: "Response", attributes: Vec::new(), inside: self.elements() };
        write!(f, "{response}")
    }
}

/// What a leg does next.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Verb {
    Say(Say),
    Play {
        url: String,
    },
    Pause {
        seconds: u8,
    },
    Gather(Gather),
    Dial(Dial),
    /// Only as the first verb.
    Reject,
    Hangup,
    Redirect {
        url: String,
    },
    /// Blocks until our end closes the stream.
    Connect {
        stream: Stream,
    },
    /// Goes on at once.
    Start {
        stream: Stream,
    },
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Say {
    pub(super) text: String,
    pub(super) language: &'static str,
    pub(super) voice: &'static str,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Gather {
    pub(super) prompt: Option<Say>,
    pub(super) action: String,
    pub(super) digits_max: u8,
    /// The key that ends the input; empty for none.
    pub(super) finish_on: &'static str,
    pub(super) timeout_seconds: u8,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Dial {
    /// Asked when the leg is out again. Without, the leg would end there.
    pub(super) action: String,
    pub(super) to: Dialled,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Dialled {
    Conference(Conference),
    Number(Number),
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Conference {
    pub(super) name: String,
    /// How it calls the one who enters.
    pub(super) label: String,
    /// `*` takes the one who enters out.
    pub(super) leaves_on_star: bool,
    pub(super) starts: bool,
    pub(super) ends: bool,
    /// Empty for silence.
    pub(super) wait_url: String,
    pub(super) status_callback: String,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) number: String,
    pub(super) caller: String,
    pub(super) timeout_seconds: u16,
    pub(super) status_callback: String,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Stream {
    pub(super) url: String,
    pub(super) name: String,
    /// Which of the leg's directions; a stream in both directions takes none.
    pub(super) track: Option<&'static str>,
    pub(super) status_callback: String,
    pub(super) parameters: Vec<(&'static str, String)>,
}

/// All that happens in a room is told.
pub(super) const ROOM_EVENTS: &str = "start end join leave mute hold modify speaker announcement";
/// All that happens to a leg is told.
pub(super) const LEG_EVENTS: [&str; 4] = ["initiated", "ringing", "answered", "completed"];
/// A visitor, the resident who answered, those who may come in beside them, and nobody's mistake more.
const PARTICIPANTS_MAX: u8 = 10;

impl Twiml {
    fn elements(&self) -> Inside {
        Inside::Elements(self.0.iter().map(Verb::element).collect())
    }
}

impl Verb {
    fn element(&self) -> Element {
        match self {
            Self::Say(say) => say.element(),
            Self::Play { url } => Element::new("Play").text(url),
            Self::Pause { seconds } => Element::new("Pause").with("length", seconds),
            Self::Gather(gather) => gather.element(),
            Self::Dial(dial) => dial.element(),
            Self::Reject => Element::new("Reject").with("reason", "rejected"),
            Self::Hangup => Element::new("Hangup"),
            Self::Redirect { url } => Element::new("Redirect").with("method", "POST").text(url),
            Self::Connect { stream } => Element::new("Connect").holding([stream.element()]),
            Self::Start { stream } => Element::new("Start").holding([stream.element()]),
        }
    }
}

impl Say {
    fn element(&self) -> Element {
        Element::new("Say")
            .with("language", self.language)
            .with("voice", self.voice)
            .text(&self.text)
    }
}

impl Gather {
    fn element(&self) -> Element {
        Element::new("Gather")
            .with("input", "dtmf")
            .with("action", &self.action)
            .with("method", "POST")
            .with("numDigits", self.digits_max)
            .with("finishOnKey", self.finish_on)
            .with("timeout", self.timeout_seconds)
            // Else silence would fall through to whatever comes next.
            .with("actionOnEmptyResult", true)
            .holding(self.prompt.iter().map(Say::element))
    }
}

impl Dial {
    fn element(&self) -> Element {
        let dial = Element::new("Dial").with("action", &self.action).with("method", "POST");
        match &self.to {
            Dialled::Conference(conference) => {
                let star = conference.leaves_on_star.then_some(true);
                dial.maybe("hangupOnStar", star).holding([conference.element()])
            }
            Dialled::Number(number) => dial
                .with("callerId", &number.caller)
                .with("timeout", number.timeout_seconds)
                .holding([number.element()]),
        }
    }
}

impl Conference {
    fn element(&self) -> Element {
        Element::new("Conference")
            .with("beep", false)
            .with("startConferenceOnEnter", self.starts)
            .with("endConferenceOnExit", self.ends)
            .with("participantLabel", &self.label)
            .with("maxParticipants", PARTICIPANTS_MAX)
            .with("waitUrl", &self.wait_url)
            .with("waitMethod", "GET")
            .with("statusCallback", &self.status_callback)
            .with("statusCallbackMethod", "POST")
            .with("statusCallbackEvent", ROOM_EVENTS)
            .text(&self.name)
    }
}

impl Number {
    fn element(&self) -> Element {
        Element::new("Number")
            .with("statusCallback", &self.status_callback)
            .with("statusCallbackMethod", "POST")
            .with("statusCallbackEvent", LEG_EVENTS.join(" "))
            .text(&self.number)
    }
}

impl Stream {
    fn element(&self) -> Element {
        let parameters = self
            .parameters
            .iter()
            .map(|(name, value)| Element::new("Parameter").with("name", name).with("value", value));
        Element::new("Stream")
            .with("url", &self.url)
            .with("name", &self.name)
            .maybe("track", self.track)
            .with("statusCallback", &self.status_callback)
            .with("statusCallbackMethod", "POST")
            .holding(parameters)
    }
}

/// XML, as little of it as TwiML needs.
struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    inside: Inside,
}

enum Inside {
    Text(String),
    Elements(Vec<Element>),
}

impl Element {
    const fn new(name: &'static str) -> Self {
        Self { name, attributes: Vec::new(), inside: Inside::Elements(Vec::new()) }
    }

    fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.attributes.push((name, value.to_string()));
        self
    }

    fn maybe(self, name: &'static str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    fn text(self, text: &str) -> Self {
        Self { inside: Inside::Text(text.to_owned()), ..self }
    }

    fn holding(self, elements: impl IntoIterator<Item = Self>) -> Self {
        Self { inside: Inside::Elements(elements.into_iter().collect()), ..self }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, attributes, inside } = self;
        write!(f, "<{name}")?;
        for (name, value) in attributes {
            write!(f, " {name}=\"{}\"", Escaped(value))?;
        }
        match inside {
            Inside::Elements(elements) if elements.is_empty() => f.write_str("/>"),
            Inside::Elements(elements) => {
                f.write_str(">")?;
                elements.iter().try_for_each(|element| element.fmt(f))?;
                write!(f, "</{name}>")
            }
            Inside::Text(text) => write!(f, ">{}</{name}>", Escaped(text)),
        }
    }
}

/// A text as it may stand between tags and between quotes. Characters that XML does not know at all are left out: one of them
/// would make the whole document a bad one.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&apos;")?,
                // Kept as they are only if written as numbers: a parser makes spaces and line ends of them else.
                '\t' | '\n' | '\r' => write!(f, "&#{};", u32::from(c))?,
                '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(text: &str) -> String {
        let say = Say { text: text.to_owned(), language: "en-GB", voice: "Polly.Amy" };
        Twiml(vec![Verb::Say(say)]).to_string()
    }

    #[test]
    fn an_empty_document_is_an_empty_response() {
        let empty = Twiml(Vec::new()).to_string();

        assert_eq!(empty, r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#);
    }

    proptest! {
        #[test]
        fn whatever_is_said_a_parser_hears_the_same(text in any::<String>()) {
            let xml = said(&text);
            let document = roxmltree::Document::parse(&xml).expect("well-formed");

            let say = document.root_element().first_element_child().expect("a verb");
            let heard = say.text().unwrap_or_default();
            let known = |c: &char| {
                !matches!(c, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
            };
            prop_assert_eq!(heard, text.chars().filter(known).collect::<String>());
            prop_assert_eq!(document.descendants().filter(|node| node.is_element()).count(), 2);
        }

        #[test]
        fn whatever_stands_in_an_attribute_stays_in_it(value in any::<String>()) {
            let verb = Verb::Gather(Gather {
                prompt: None, action: value.clone(), digits_max: 1, finish_on: "", timeout_seconds: 5,
            });
            let xml = Twiml(vec![verb]).to_string();
            let document = roxmltree::Document::parse(&xml).expect("well-formed");

            let gather = document.root_element().first_element_child().expect("a verb");
            prop_assert_eq!(gather.attributes().count(), 7);
            let known = |c: &char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
            let plain = |text: &str| text.chars().filter(known).collect::<String>();
            prop_assert_eq!(plain(gather.attribute("action").expect("there")), plain(&value));
        }

        #[test]
        fn a_name_that_looks_like_mark_up_makes_none(
            name in "(<|>|&|;|\"|'|/|]]>|<!--|-->|<Dial>|</Say>|&lt;|&#60;|[a-z ])*",
        ) {
            let xml = said(&name);
            let document = roxmltree::Document::parse(&xml).expect("well-formed");

            let verbs: Vec<_> = document.root_element().children().collect();
            prop_assert_eq!(verbs.len(), 1);
            prop_assert_eq!(verbs[0].tag_name().name(), "Say");
            prop_assert_eq!(verbs[0].text().unwrap_or_default(), name);
        }
    }
}
