//! NCCOs: the actions that they may hold, and why one is refused.

pub mod check;
pub mod connect;
pub mod input;
pub mod options;
pub mod play;

use std::time::Duration;

use serde_json::{Map, Value};

use super::{Target, detection::Detection, rooms::Entry};

#[derive(Clone, Debug)]
pub enum Action {
    Talk { text: String, barge_in: bool, times: Times },
    Stream { url: String, barge_in: bool, times: Times },
    Input(Input),
    Conversation { name: String, entry: Entry, mute: bool },
    Connect(Box<Connect>),
    Record(Record),
    Notify { payload: Map<String, Value>, target: Target },
    Wait(Duration),
    Transfer { conversation: String, mute: bool },
}

/// How often something is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    Forever,
    Count(u64),
}

#[derive(Clone, Debug)]
pub enum Input {
    /// Collects keys and posts them together.
    Synchronous {
        time_out: Duration,
        max_digits: usize,
        submit_on_hash: bool,
        target: Option<Target>,
    },
    /// Posts each key alone from now on, and does not block.
    Asynchronous { target: Option<Target> },
}

#[derive(Clone, Debug)]
pub struct Connect {
    pub endpoint: Endpoint,
    pub from: Option<String>,
    pub random_from: bool,
    pub synchronous: bool,
    pub timeout: Duration,
    pub limit: Duration,
    pub detection: Option<Detection>,
    pub target: Option<Target>,
    pub ringback: Option<String>,
}

#[derive(Clone, Debug)]
pub enum Endpoint {
    Phone {
        number: String,
        whisper: Option<Target>,
    },
    /// A kind that is read, but that nothing in here can ring.
    Other(String),
}

#[derive(Clone, Debug)]
pub struct Record {
    pub format: String,
    pub end_on_silence: Option<Duration>,
    pub end_on_key: Option<char>,
    pub time_out: Option<Duration>,
    pub target: Option<Target>,
}

/// What is wrong with an NCCO, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {what}")]
pub struct NccoError {
    pub at: String,
    pub what: String,
}

/// Reads an NCCO as a webhook answered it.
pub fn read(text: &str) -> Result<Vec<Action>, NccoError> {
    let ncco: Value = serde_json::from_str(text)
        .map_err(|error| NccoError { at: "NCCO".into(), what: error.to_string() })?;
    check::actions(&ncco)
}
