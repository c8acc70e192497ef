//! The callback URLs that we hand out: they say by themselves which call and leg a webhook is about.

use std::fmt;
use std::str::FromStr;

use crate::carriers::HOLD_MUSIC_PATH;
use crate::domain::ids::{CallId, LegId};

/// What a callback is for: the segment of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hook {
    /// A leg is connected and asks for its NCCO.
    Answer,
    /// How a leg fares.
    Event,
    /// Keys, collected or one by one.
    Keys,
    /// An NCCO came this far.
    Mark,
    /// Another callback failed.
    Fallback,
}

impl Hook {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Answer, Self::Event, Self::Keys, Self::Mark, Self::Fallback];

    /// As in the path.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Event => "event",
            Self::Keys => "keys",
            Self::Mark => "mark",
            Self::Fallback => "fallback",
        }
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No hook has that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no hook has that name")]
pub struct UnknownHook;

impl FromStr for Hook {
    type Err = UnknownHook;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|hook| hook.name() == text).ok_or(UnknownHook)
    }
}

/// The name of our one query parameter.
pub(super) const SEQUENCE: &str = "n";

/// Where Vonage calls us back about one leg.
#[derive(Clone, Copy)]
pub struct Urls<'a> {
    /// Where the world reaches us, without a slash at its end.
    pub public_url: &'a str,
    /// The connection's part of the path, which nobody can guess.
    pub token: &'a str,
    /// The call.
    pub call: CallId,
    /// The leg.
    pub leg: LegId,
    /// Which of the leg's scripts asks: the same question asked twice gets answers that are told apart.
    pub n: u64,
}

/// Without the token: whoever knows it can knock at the hooks.
impl fmt::Debug for Urls<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Urls")
            .field("call", &self.call)
            .field("leg", &self.leg)
            .field("n", &self.n)
            .finish_non_exhaustive()
    }
}

impl Urls<'_> {
    /// For what a leg is told once and for all: its own answer and event URL.
    pub fn of_leg(&self, hook: Hook) -> String {
        let Self { public_url, token, call, leg, .. } = self;
        format!("{}/hooks/vonage/{token}/{hook}/{call}/{leg}", public_url.trim_end_matches('/'))
    }

    /// For what one script asks.
    pub fn of_step(&self, hook: Hook) -> String {
        format!("{}?{SEQUENCE}={}", self.of_leg(hook), self.n)
    }

    /// Of another leg of the same call.
    pub(super) fn with_leg(self, leg: LegId) -> Self {
        Self { leg, ..self }
    }

    /// Where Vonage sends audio: a socket of ours.
    pub(super) fn media(&self) -> String {
        let socket = self.public_url.trim_end_matches('/').replacen("http", "ws", 1);
        format!("{socket}/media/vonage/{}", self.token)
    }

    pub(super) fn hold_music(&self) -> String {
        format!("{}{HOLD_MUSIC_PATH}", self.public_url.trim_end_matches('/'))
    }
}
