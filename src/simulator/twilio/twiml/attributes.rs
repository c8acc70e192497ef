//! Attributes of one element: read by name, and refused where they mean nothing.

use std::{str::FromStr, time::Duration};

use roxmltree::Node;

use super::{
    super::{
        super::settings::Method,
        Callback, Target,
        detection::{Detection, Mode},
    },
    Action, Times, TwimlError,
};

/// An element and the attributes that were asked for.
pub struct Attributes<'a> {
    pub node: Node<'a, 'a>,
    known: &'static [&'static str],
}

pub type Read<T> = Result<T, TwimlError>;

impl<'a> Attributes<'a> {
    /// Refuses attributes that the element does not have.
    pub fn of(node: Node<'a, 'a>, known: &'static [&'static str]) -> Read<Self> {
        let name = node.tag_name().name();
        for attribute in node.attributes() {
            if !known.contains(&attribute.name()) {
                return Err(TwimlError::new(format!(
                    "<{name}> has no attribute {}",
                    attribute.name()
                )));
            }
        }
        Ok(Self { node, known })
    }

    pub fn refuse(&self, attribute: &str, why: &str) -> TwimlError {
        TwimlError::new(format!("<{} {attribute}> {why}", self.node.tag_name().name()))
    }

    pub fn text(&self, name: &str) -> Option<&'a str> {
        debug_assert!(self.known.contains(&name), "{name}");
        self.node.attribute(name)
    }

    pub fn flag(&self, name: &str, otherwise: bool) -> Read<bool> {
        match self.text(name) {
            None => Ok(otherwise),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(_) => Err(self.refuse(name, "is neither true nor false")),
        }
    }

    pub fn one_of(&self, name: &str, words: &[&str]) -> Read<Option<&'a str>> {
        match self.text(name) {
            Some(word) if !words.contains(&word) => {
                Err(self.refuse(name, &format!("is {word:?}, none of {words:?}")))
            }
            word => Ok(word),
        }
    }

    pub fn whole<T: FromStr + PartialOrd + Copy>(
        &self,
        name: &str,
        (least, most): (T, T),
    ) -> Read<Option<T>> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        number.map(Some).ok_or_else(|| self.refuse(name, &format!("is {text:?}, out of range")))
    }

    pub fn seconds(&self, name: &str, least: u64, otherwise: u64) -> Read<Duration> {
        let seconds = self.whole(name, (least, 86_400))?.unwrap_or(otherwise);
        Ok(Duration::from_secs(seconds))
    }

    pub fn times(&self) -> Read<Times> {
        Ok(match self.whole("loop", (0, 1_000_000))? {
            Some(0) => Times::Forever,
            count => Times::Count(count.unwrap_or(1)),
        })
    }

    pub fn method(&self, name: &str, otherwise: Method) -> Read<Method> {
        Ok(match self.one_of(name, &["GET", "POST"])? {
            Some("GET") => Method::Get,
            Some(_) => Method::Post,
            None => otherwise,
        })
    }

    pub fn action(&self) -> Read<Option<Action>> {
        self.action_at("action", "method")
    }

    pub fn action_at(&self, url: &str, method: &str) -> Read<Option<Action>> {
        let method = self.method(method, Method::Post)?;
        Ok(self.text(url).map(|url| Action { url: url.to_owned(), method }))
    }

    /// A callback's URL has to be whole, and its host's name without underscores.
    pub fn callback(
        &self,
        (url, method, events): (&str, &str, Option<&str>),
        words: &[&str],
        otherwise: &[&str],
    ) -> Read<Option<Callback>> {
        let method = self.method(method, Method::Post)?;
        let wanted: Vec<String> = match events.and_then(|events| self.text(events)) {
            Some(list) => list.split_whitespace().map(str::to_owned).collect(),
            None => otherwise.iter().map(|word| (*word).to_owned()).collect(),
        };
        if let Some(unknown) = wanted.iter().find(|word| !words.contains(&word.as_str())) {
            return Err(self.refuse(url, &format!("subscribes to {unknown:?}, which is no event")));
        }
        let Some(url) = self.text(url) else { return Ok(None) };
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(self.refuse("statusCallback", "is no whole URL"));
        }
        Ok(Some(Callback { target: Target::new(url, method), events: wanted }))
    }

    pub fn detection(&self) -> Read<Option<Detection>> {
        let timeout = self.seconds("machineDetectionTimeout", 3, 30)?;
        self.whole("machineDetectionSpeechThreshold", (1000, 6000))?;
        self.whole("machineDetectionSpeechEndThreshold", (500, 5000))?;
        self.whole("machineDetectionSilenceTimeout", (2000, 10_000))?;
        let target =
            self.callback(("amdStatusCallback", "amdStatusCallbackMethod", None), &[], &[])?;
        let mode = self.one_of("machineDetection", &["Enable", "DetectMessageEnd"])?;
        Ok(mode.map(|mode| Detection {
            mode: if mode == "Enable" { Mode::Enable } else { Mode::DetectMessageEnd },
            timeout,
            // A dialled number is bridged at once; the result comes beside.
            aside: Some(target.map(|callback| callback.target)),
        }))
    }

    /// All text inside, markup for voices included, blanks trimmed.
    pub fn content(&self) -> String {
        let texts = self.node.descendants().filter(Node::is_text).filter_map(|node| node.text());
        texts.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Whether these are tones and pauses.
#[must_use]
pub fn is_tones(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|key| matches!(key, '0'..='9' | 'A'..='D' | '*' | '#' | 'w' | 'W'))
}
