//! TwiML: what a document may say, and why one is refused.

mod attributes;
mod dial;
mod read;

use std::time::Duration;

pub use self::read::{read, relative_actions};
use super::{
    super::{settings::Method, sound::Clip},
    Callback,
    conference::Entry,
    detection::Detection,
};

#[derive(Clone, Debug)]
pub enum Verb {
    Say {
        text: String,
        times: Times,
    },
    Play {
        url: String,
        times: Times,
    },
    /// Audio that came in place of a document.
    Clip {
        url: String,
        clip: Clip,
        times: Times,
    },
    /// `Play` with `digits`.
    Tones(String),
    Pause(Duration),
    Gather(Box<Gather>),
    Dial(Box<Dial>),
    Reject(&'static str),
    Redirect {
        url: String,
        method: Method,
    },
    Hangup,
    Connect {
        stream: Stream,
        action: Option<Action>,
    },
    Start(Stream),
    Stop(Option<String>),
}

/// How often something is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    Forever,
    Count(u64),
}

/// Where the next document comes from; the URL may be relative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    pub url: String,
    pub method: Method,
}

#[derive(Clone, Debug)]
pub struct Gather {
    pub action: Action,
    pub timeout: Duration,
    pub finish_on: Option<char>,
    pub digits_max: usize,
    pub action_on_empty: bool,
    pub prompt: Vec<Verb>,
    /// Speech alone: keys say nothing.
    pub keys: bool,
}

#[derive(Clone, Debug)]
pub struct Dial {
    pub action: Option<Action>,
    pub timeout: Duration,
    pub time_limit: Duration,
    pub hangup_on_star: bool,
    pub answer_on_bridge: bool,
    pub caller_id: Option<String>,
    pub sequential: bool,
    pub whom: Whom,
}

#[derive(Clone, Debug)]
pub enum Whom {
    Numbers(Vec<Number>),
    Conference { name: String, entry: Box<Entry> },
}

#[derive(Clone, Debug)]
pub struct Number {
    pub number: String,
    pub send_digits: Option<String>,
    pub screen: Option<Action>,
    pub callback: Option<Callback>,
    pub detection: Option<Detection>,
}

#[derive(Clone, Debug)]
pub struct Stream {
    pub url: String,
    pub name: Option<String>,
    pub inbound: bool,
    pub outbound: bool,
    pub callback: Option<Callback>,
    pub parameters: Vec<(String, String)>,
}

/// What is wrong with a document, and the code that goes with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {what}")]
pub struct TwimlError {
    pub code: u32,
    pub what: String,
}

impl TwimlError {
    fn new(what: impl Into<String>) -> Self {
        Self { code: 12100, what: what.into() }
    }
}
