//! The carriers' dialects. An adapter is four things: verify, parse into signals, render a script, and a REST client. It decides nothing.
//!
//! No carrier names another; what they share is in this file, in `breaker` and in `media`.

pub mod breaker;
pub mod media;
pub mod sipgate;
pub mod twilio;
pub mod vonage;

use std::fmt;

use crate::domain::policy::capabilities::Capabilities;

/// A carrier whose dialect we speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Provider {
    /// Vonage, once Nexmo.
    Vonage,
    /// Twilio.
    Twilio,
    /// sipgate.
    Sipgate,
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Vonage, Self::Twilio, Self::Sipgate];

    /// As in paths, tables and log fields.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vonage => "vonage",
            Self::Twilio => "twilio",
            Self::Sipgate => "sipgate",
        }
    }

    /// What it can do.
    pub const fn capabilities(self) -> Capabilities {
        match self {
            Self::Vonage => vonage::CAPABILITIES,
            Self::Twilio => twilio::CAPABILITIES,
            Self::Sipgate => sipgate::CAPABILITIES,
        }
    }
}

/// What the carrier of this name can do.
pub fn capabilities_of(name: &str) -> Option<Capabilities> {
    Provider::ALL.into_iter().find(|provider| provider.name() == name).map(Provider::capabilities)
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The sound that a visitor hears while residents are rung, as a path below the public URL: carriers fetch it.
pub const HOLD_MUSIC_PATH: &str = "/sounds/hold-music.mp3";

/// A sentence on one line, without control characters, and without the angle brackets that would make mark-up of it: so that a
/// unit's name can not play sounds or end the sentence for the rest.
pub(crate) fn in_one_breath(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() || matches!(c, '<' | '>') { ' ' } else { c })
        .collect();
    let mut sentence = String::with_capacity(plain.len());
    for word in plain.split_whitespace() {
        if !sentence.is_empty() {
            sentence.push(' ');
        }
        sentence.push_str(word);
    }
    sentence
}

/// A carrier's words as they may be stored and logged: one line, short, without numbers that could be someone's.
pub(crate) fn in_their_words(text: &str) -> String {
    const LENGTH_MAX: usize = 160;
    let mut words = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty())
    {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(&without_numbers(word));
        if words.len() > LENGTH_MAX {
            break;
        }
    }
    words.chars().take(LENGTH_MAX).collect()
}

/// Hides addresses, and runs of digits as long as part of a phone number; an HTTP status stays readable.
fn without_numbers(word: &str) -> String {
    const DIGITS_SHOWN: usize = 3;
    if word.contains('@') {
        return "…".to_owned();
    }
    let mut shown = String::new();
    let mut digits = String::new();
    for c in word.chars().chain(std::iter::once('\0')) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        shown.push_str(if digits.len() > DIGITS_SHOWN { "…" } else { &digits });
        digits.clear();
        if c != '\0' {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carriers_words_are_kept_without_numbers_and_on_one_line() {
        assert_eq!(
            in_their_words(
                "400 Bad Request:\r\n to=447700900123, sip:ada@door.example\u{0} failed"
            ),
            "400 Bad Request: to=…, … failed"
        );
        assert!(in_their_words(&"word ".repeat(1_000)).chars().count() <= 160);
    }
}
