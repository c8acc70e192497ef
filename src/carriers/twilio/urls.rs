//! The callback URLs that we hand out: they say by themselves which call and leg a webhook is about.

use std::fmt;
use std::str::FromStr;

use crate::carriers::HOLD_MUSIC_PATH;
use crate::domain::ids::{CallId, EventId, LegId, StreamId};

/// What a callback is for: the segment of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hook {
    /// A call came in, or a leg of ours is connected: what shall it hear?
    Voice,
    /// Keys that were asked for; what shall the leg hear next?
    Gather,
    /// A leg is out of the room, or of the call that it was connected with: what shall it hear?
    Room,
    /// Another URL of these failed.
    Fallback,
    /// A sentence that is played into a room.
    Say,
    /// How a leg fares.
    Status,
    /// What happens in a room.
    Conference,
    /// What machine detection heard.
    Amd,
    /// How live audio fares.
    Stream,
}

impl Hook {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Voice,
        Self::Gather,
        Self::Room,
        Self::Fallback,
        Self::Say,
        Self::Status,
        Self::Conference,
        Self::Amd,
        Self::Stream,
    ];

    /// As in the path.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::Gather => "gather",
            Self::Room => "room",
            Self::Fallback => "fallback",
            Self::Say => "say",
            Self::Status => "status",
            Self::Conference => "conference",
            Self::Amd => "amd",
            Self::Stream => "stream",
        }
    }

    /// Whether a leg hears what we answer. An empty document ends the leg that asked for it; the other hooks only report.
    pub const fn is_heard(self) -> bool {
        match self {
            Self::Voice | Self::Gather | Self::Room | Self::Fallback | Self::Say => true,
            Self::Status | Self::Conference | Self::Amd | Self::Stream => false,
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

/// Where Twilio calls us back about one leg.
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
    /// For what a leg is told once and for all.
    pub fn of_leg(&self, hook: Hook) -> String {
        format!("{}/{}", self.of_call(hook), self.leg)
    }

    /// For what one script asks.
    pub fn of_step(&self, hook: Hook) -> String {
        format!("{}?n={}", self.of_leg(hook), self.n)
    }

    /// For what is the same of all legs of a call: the first leg's word counts for the room that all share.
    pub fn of_call(&self, hook: Hook) -> String {
        let Self { token, call, .. } = self;
        format!("{}/hooks/twilio/{token}/{hook}/{call}", self.base())
    }

    /// For the sentence of one event, which is read when the room fetches it.
    pub fn of_sentence(&self, event: EventId) -> String {
        format!("{}/{event}", self.of_leg(Hook::Say))
    }

    /// Of another leg of the same call.
    pub(super) fn with_leg(self, leg: LegId) -> Self {
        Self { leg, ..self }
    }

    pub(super) fn hold_music(&self) -> String {
        format!("{}{HOLD_MUSIC_PATH}", self.base())
    }

    /// The sound of keys: digits of `0-9 * #`, `p` is a pause. `None` where it is anything else, or too long.
    pub(super) fn tones(&self, tones: &str) -> Option<String> {
        const TONES_MAX: usize = 32;
        let known = |tone: u8| tone.is_ascii_digit() || matches!(tone, b'*' | b'#' | b'p');
        if !(1..=TONES_MAX).contains(&tones.len()) || !tones.bytes().all(known) {
            return None;
        }
        // Words, so that nobody on the way has to agree with us on what is escaped and how.
        let written = tones.replace('#', "hash").replace('*', "star");
        Some(format!("{}{TONES_PATH}{written}.wav", self.base()))
    }

    /// Where live audio goes. A query would be cut off, so all else travels as parameters of the stream.
    pub(super) fn media(&self) -> String {
        let base = match self.base().split_once("://") {
            Some(("https", host)) => format!("wss://{host}"),
            Some(("http", host)) => format!("ws://{host}"),
            Some(_) | None => self.base().to_owned(),
        };
        format!("{base}/media/twilio/{}", self.token)
    }

    /// What a stream says of itself when it connects.
    pub(super) fn stream_parameters(&self, stream: StreamId) -> [(&'static str, String); 3] {
        [
            ("stream", stream.to_string()),
            ("call", self.call.to_string()),
            ("leg", self.leg.to_string()),
        ]
    }

    fn base(&self) -> &str {
        self.public_url.trim_end_matches('/')
    }
}

/// Below the public URL: the sounds of keys.
const TONES_PATH: &str = "/sounds/tones/";
