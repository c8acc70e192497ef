//! A scenario: who calls, which phones exist, how they behave, how bad the network is, and what should come of it.
//!
//! No carrier's word may appear here: the same file drives every carrier's simulator.

use std::{collections::BTreeMap, fmt, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use super::{
    difference::{Carrier, Difference},
    network::Network,
};

/// One visit, as a file says it. Unknown keys are refused by name.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub title: String,
    #[serde(default)]
    pub seed: u64,
    pub call: Visit,
    #[serde(default, rename = "phone")]
    pub phones: Vec<Phone>,
    #[serde(default)]
    pub network: Network,
    #[serde(default)]
    pub expect: Expect,
    /// What is different on one carrier, because that carrier can not do it the usual way.
    #[serde(default)]
    pub on: BTreeMap<Carrier, Difference>,
}

/// The visitor's side: the phone (mostly the door's panel) that starts it all.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// E.164 with `+`, or `withheld`.
    pub from: String,
    pub to: String,
    #[serde(default)]
    pub keys: Vec<Keys>,
    /// Since the call began.
    #[serde(default)]
    pub hang_up_after: Option<Pause>,
}

/// A phone that can be rung.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phone {
    pub number: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub does: Does,
    /// How long it rings before it does that; each behaviour has its own default.
    #[serde(default)]
    pub after: Option<Pause>,
    #[serde(default)]
    pub keys: Vec<Keys>,
    /// Since it answered.
    #[serde(default)]
    pub hang_up_after: Option<Pause>,
    #[serde(default)]
    pub speaks: Vec<Speech>,
    /// What live audio from it sounds like: a WAV file (8 kHz, mono) in base64; a test tone if absent.
    #[serde(default)]
    pub voice: Option<String>,
}

/// Something that a person says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Speech {
    #[serde(default)]
    pub after: Pause,
    #[serde(default)]
    pub since: Option<Since>,
    pub lasts: Pause,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Does {
    Answer,
    Voicemail,
    Busy,
    Decline,
    /// Rings until the caller gives up.
    #[default]
    Never,
    /// Switched off or out of reach.
    Unreachable,
    /// A number that nobody has.
    Invalid,
    /// A number that can not be connected to at present.
    OutOfService,
    /// Rings until someone drives it through the control endpoints.
    Manual,
}

/// Keys that a person presses, one plan after the other.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    pub press: String,
    #[serde(default)]
    pub after: Pause,
    #[serde(default)]
    pub since: Option<Since>,
    /// As soon as these words were spoken; implies `since = "prompt"`.
    #[serde(default)]
    pub after_hearing: Option<String>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    Answer,
    /// The end of something spoken.
    Prompt,
    /// Another party can be heard.
    Joined,
}

/// What should have happened. `outcome` is for whoever knows outcomes; the rest the simulator sees for itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// How often each phone (by name) was dialled.
    #[serde(default)]
    pub placed: BTreeMap<String, usize>,
    /// The tones that the visitor's phone heard, in a row.
    #[serde(default)]
    pub door_digits: Option<String>,
    /// Words that the visitor heard, in this order.
    #[serde(default)]
    pub door_hears: Vec<String>,
    /// Words that each phone (by name) heard, in this order.
    #[serde(default)]
    pub hears: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub outcome: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("{0}")]
    Contradiction(String),
}

impl Scenario {
    /// Reads TOML, or JSON if it begins with a brace.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = if text.trim_start().starts_with('{') {
            serde_json::from_str(text)?
        } else {
            toml::from_str(text)?
        };
        scenario.check().map_err(ScenarioError::Contradiction)?;
        Ok(scenario)
    }

    /// The phone of that number (with or without `+`).
    #[must_use]
    pub fn phone(&self, number: &str) -> Option<&Phone> {
        self.phones.iter().find(|phone| digits(&phone.number) == digits(number))
    }

    fn check(&self) -> Result<(), String> {
        if self.call.from != "withheld" {
            e164("call.from", &self.call.from)?;
        }
        e164("call.to", &self.call.to)?;
        plans("call", &self.call.keys)?;
        for phone in &self.phones {
            e164(&format!("number of phone {:?}", phone.name), &phone.number)?;
            plans(&phone.name, &phone.keys)?;
            if self
                .phones
                .iter()
                .filter(|other| !other.name.is_empty() && other.name == phone.name)
                .count()
                > 1
            {
                return Err(format!("two phones are called {:?}", phone.name));
            }
        }
        let named = (self.expect.placed.keys().chain(self.expect.hears.keys()))
            .chain(self.network.phones())
            .chain(self.on.values().flat_map(Difference::phones));
        for name in named {
            let known = name == "door"
                || self.phones.iter().any(|phone| &phone.name == name || &phone.number == name);
            if !known {
                return Err(format!("no phone is called {name:?}"));
            }
        }
        for (carrier, difference) in &self.on {
            difference.check(*carrier)?;
        }
        self.network.check()
    }
}

impl Visit {
    /// The visitor's own phone, which only ever calls.
    #[must_use]
    pub fn phone(&self) -> Phone {
        Phone {
            number: self.from.clone(),
            name: "door".into(),
            does: Does::Answer,
            after: None,
            keys: self.keys.clone(),
            hang_up_after: self.hang_up_after,
            speaks: Vec::new(),
            voice: None,
        }
    }
}

impl Phone {
    /// A phone that nobody described: it rings out.
    #[must_use]
    pub fn stranger(number: &str) -> Self {
        Self {
            number: format!("+{}", digits(number)),
            name: String::new(),
            does: Does::Never,
            after: None,
            keys: Vec::new(),
            hang_up_after: None,
            speaks: Vec::new(),
            voice: None,
        }
    }

    pub fn check(&self) -> Result<(), String> {
        e164("number", &self.number)?;
        plans(&self.name, &self.keys)
    }
}

fn e164(what: &str, number: &str) -> Result<(), String> {
    let plain = number.strip_prefix('+').is_some_and(|rest| {
        (7..=15).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_digit())
    });
    if plain {
        Ok(())
    } else {
        Err(format!("{what} is {number:?}, not a number like +441632960001"))
    }
}

pub(super) fn plans(whose: &str, keys: &[Keys]) -> Result<(), String> {
    for plan in keys {
        if plan.press.is_empty()
            || !plan.press.chars().all(|key| matches!(key, '0'..='9' | '*' | '#'))
        {
            return Err(format!("{whose}: press = {:?} has something that is no key", plan.press));
        }
        if plan.after_hearing.is_some() && !matches!(plan.since, None | Some(Since::Prompt)) {
            return Err(format!("{whose}: after_hearing goes with since = \"prompt\" only"));
        }
    }
    Ok(())
}

/// The digits of a number, as carriers write it; words such as `withheld` stay as they are.
#[must_use]
pub fn digits(number: &str) -> &str {
    number.strip_prefix('+').unwrap_or(number)
}

/// A length of time: `"300ms"`, `"1.5s"`, `"2m"`, or a number of seconds.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pause(pub Duration);

impl fmt::Debug for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Pause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{}ms", self.0.as_millis()))
    }
}

impl<'de> Deserialize<'de> for Pause {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Seconds(f64),
            Text(String),
        }
        let refused = |got: &str| {
            de::Error::custom(format!(
                "{got:?} is no length of time; write \"300ms\", \"1.5s\" or \"2m\""
            ))
        };
        let (number, unit, text) = match Written::deserialize(deserializer)? {
            Written::Seconds(seconds) => (seconds, 1.0, seconds.to_string()),
            Written::Text(text) => {
                let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
                let unit = match &text[split..] {
                    "ms" => 0.001,
                    "s" => 1.0,
                    "m" => 60.0,
                    _ => return Err(refused(&text)),
                };
                (text[..split].trim().parse().map_err(|_| refused(&text))?, unit, text)
            }
        };
        // By way of milliseconds, so that 0.1 s is 100 ms and not a nanosecond less.
        let milliseconds = (number * unit * 1000.0).round();
        if !(0.0..=86_400_000.0).contains(&milliseconds) {
            return Err(refused(&text));
        }
        Ok(Self(Duration::from_secs_f64(milliseconds / 1000.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "title = 'x'\n[call]\nfrom = '+441632960001'\nto = '+441632960100'\n";

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let refusal = Scenario::parse(&format!("{SMALL}colour = 'red'\n")).unwrap_err().to_string();

        assert!(refusal.contains("colour"), "{refusal}");
    }

    #[test]
    fn lengths_of_time_read_as_people_write_them() {
        for (written, milliseconds) in
            [("\"300ms\"", 300), ("\"1.5s\"", 1500), ("\"2m\"", 120_000), ("3", 3000), ("0.1", 100)]
        {
            let pause: Pause = serde_json::from_str(written).unwrap();

            assert_eq!(pause.0.as_millis(), milliseconds, "{written}");
        }
        assert!(serde_json::from_str::<Pause>("\"soon\"").is_err());
    }

    #[test]
    fn an_expectation_about_a_phone_that_does_not_exist_is_refused() {
        let refusal = Scenario::parse(&format!("{SMALL}[expect]\nplaced = {{ Ada = 1 }}\n"))
            .unwrap_err()
            .to_string();

        assert!(refusal.contains("Ada"), "{refusal}");
    }

    #[test]
    fn every_scenario_in_the_folder_reads() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");

        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            if let Err(refusal) = Scenario::parse(&text) {
                panic!("{}: {refusal}", path.display());
            }
        }
    }
}
