//! The fields of a request, read by name and held against what the API knows.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{
    super::{
        super::settings::Method,
        Callback, Platform, Target,
        detection::{Detection, Mode},
    },
    Refusal,
};

/// The vendor's general word for a field that is no good.
pub const INVALID: u32 = 21_200;

#[derive(Debug)]
pub struct Form(Vec<(String, String)>);

impl Form {
    #[must_use]
    pub fn new(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    #[must_use]
    pub fn fields(&self) -> &[(String, String)] {
        &self.0
    }

    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// A field that is there and says something.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.text(name).filter(|value| !value.is_empty())
    }

    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Fields that mean nothing there, and fields that come twice without being lists.
    pub fn check(&self, platform: &Platform, what: &str, known: &[&str]) {
        for (at, (name, _)) in self.0.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                platform
                    .exchange
                    .complain(format!("{what} with {name:?}, which means nothing there"));
            } else if !name.ends_with("CallbackEvent")
                && self.0[..at].iter().any(|(before, _)| before == name)
            {
                platform.exchange.complain(format!("{what} with {name:?} twice"));
            }
        }
    }

    pub fn flag(&self, name: &str, otherwise: bool) -> Result<bool, Refusal> {
        match self.text(name) {
            None => Ok(otherwise),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(_) => Err(Refusal::bad(INVALID, format!("{name} is neither true nor false"))),
        }
    }

    pub fn whole(&self, name: &str, (least, most): (u64, u64)) -> Result<Option<u64>, Refusal> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        let refused = || Refusal::bad(INVALID, format!("{name} is not between {least} and {most}"));
        number.map(Some).ok_or_else(refused)
    }

    pub fn seconds(
        &self,
        name: &str,
        between: (u64, u64),
        otherwise: u64,
    ) -> Result<Duration, Refusal> {
        Ok(Duration::from_secs(self.whole(name, between)?.unwrap_or(otherwise)))
    }

    pub fn method(&self, name: &str, otherwise: Method) -> Result<Method, Refusal> {
        match self.text(name) {
            None => Ok(otherwise),
            Some("GET") => Ok(Method::Get),
            Some("POST") => Ok(Method::Post),
            Some(_) => Err(Refusal::bad(INVALID, format!("{name} is neither GET nor POST"))),
        }
    }

    /// A whole URL and how it is called.
    pub fn target(
        &self,
        url: &str,
        method: &str,
        otherwise: Method,
    ) -> Result<Option<Target>, Refusal> {
        let method = self.method(method, otherwise)?;
        let Some(text) = self.filled(url) else { return Ok(None) };
        if !text.starts_with("http://") && !text.starts_with("https://") {
            return Err(Refusal::bad(21_205, format!("{url} is not a valid URL")));
        }
        Ok(Some(Target::new(text, method)))
    }

    /// Where progress is told. What the carrier lets pass but never calls back for comes to nothing, with a complaint.
    pub fn callback(
        &self,
        platform: &Platform,
        prefix: &str,
        words: &[&str],
        otherwise: &[&str],
    ) -> Result<Option<Callback>, Refusal> {
        let (url, method) = (prefix.to_owned(), format!("{prefix}Method"));
        let target = self.target(&url, &method, Method::Post)?;
        let wanted = self.all(&format!("{prefix}Event"));
        let Some(target) = target else {
            if !wanted.is_empty() {
                platform.exchange.complain(format!("{prefix}Event without {prefix}"));
            }
            return Ok(None);
        };
        if host(&target.url).contains('_') {
            platform.exchange.complain(format!(
                "{prefix}: a host's name with an underscore is never called back"
            ));
            return Ok(None);
        }
        if let Some(joined) = wanted.iter().find(|word| word.contains(' ')) {
            platform.exchange.complain(format!(
                "21626: {prefix}Event={joined:?} in one piece: the key has to be repeated; nothing is called back"
            ));
            return Ok(None);
        }
        if let Some(unknown) = wanted.iter().find(|word| !words.contains(word)) {
            return Err(Refusal::bad(21_626, format!("{prefix}Event {unknown:?} is not valid")));
        }
        let events = if wanted.is_empty() { otherwise } else { &wanted };
        let events = events.iter().map(|word| (*word).to_owned()).collect();
        Ok(Some(Callback { target, events }))
    }

    /// Machine detection; `aside` is where a result that does not hold the call up is told.
    pub fn detection(&self, aside: Option<Option<Target>>) -> Result<Option<Detection>, Refusal> {
        let timeout = self.seconds("MachineDetectionTimeout", (3, 59), 30)?;
        self.whole("MachineDetectionSpeechThreshold", (1000, 6000))?;
        self.whole("MachineDetectionSpeechEndThreshold", (500, 5000))?;
        self.whole("MachineDetectionSilenceTimeout", (2000, 10_000))?;
        let mode = match self.filled("MachineDetection") {
            None => return Ok(None),
            Some("Enable") => Mode::Enable,
            Some("DetectMessageEnd") => Mode::DetectMessageEnd,
            Some(_) => return Err(Refusal::bad(INVALID, "MachineDetection is unknown")),
        };
        Ok(Some(Detection { mode, timeout, aside }))
    }
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#', ':']).next().unwrap_or("")
}

/// For the record: repeated keys become lists.
#[must_use]
pub fn as_json(fields: &[(String, String)]) -> Value {
    let mut map = Map::new();
    for (name, value) in fields {
        let value = Value::from(value.as_str());
        match map.get_mut(name) {
            None => {
                map.insert(name.clone(), value);
            }
            Some(Value::Array(list)) => list.push(value),
            Some(one) => *one = Value::Array(vec![one.clone(), value]),
        }
    }
    Value::Object(map)
}
