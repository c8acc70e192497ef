//! What can be looked up afterwards: runs, legs, dials, requests, webhooks and complaints.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::{
    leg::{Direction, EndedBy, Heard, Leg, Pressed},
    scenario::Does,
};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunView {
    pub id: u64,
    pub title: String,
    pub state: RunState,
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// The visitor's first.
    pub legs: Vec<LegView>,
    pub placed: BTreeMap<String, usize>,
    pub checks: Vec<Check>,
    /// Whether every check holds as things stand.
    pub passed: bool,
    /// For whoever knows outcomes.
    pub expected_outcome: Option<String>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    Running,
    Over,
}

/// One expectation against what was seen.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Check {
    pub what: String,
    pub expected: String,
    pub seen: String,
    pub holds: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LegView {
    pub uuid: String,
    pub conversation: String,
    pub application: String,
    pub direction: Direction,
    pub from: String,
    pub to: String,
    pub phone: String,
    pub does: Does,
    pub status: String,
    #[serde(with = "time::serde::rfc3339")]
    pub began_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub answered_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    pub ended_by: Option<EndedBy>,
    pub room: Option<String>,
    pub muted: bool,
    pub earmuffed: bool,
    pub heard: Vec<Heard>,
    pub pressed: Vec<Pressed>,
}

impl From<&Leg> for LegView {
    fn from(leg: &Leg) -> Self {
        let state = leg.state().clone();
        Self {
            uuid: leg.id.clone(),
            conversation: state.conversation,
            application: leg.application.clone(),
            direction: leg.direction,
            from: leg.from.clone(),
            to: leg.to.clone(),
            phone: leg.who().to_owned(),
            does: leg.phone.does,
            status: state.status,
            began_at: leg.began_at,
            answered_at: state.answered_at,
            ended_at: state.ended_at,
            ended_by: state.ended_by,
            room: state.room,
            muted: state.muted,
            earmuffed: state.earmuffed,
            heard: state.heard,
            pressed: state.pressed,
        }
    }
}

/// A request that asked for a phone to be rung.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Placed {
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub application: String,
    pub to: String,
    pub from: String,
    /// The leg, unless it was refused.
    pub uuid: Option<String>,
    pub run: Option<u64>,
    /// What was answered; absent if the answer was lost on purpose.
    pub status: Option<u16>,
    pub body: Value,
}

/// Any request of ours to the carrier's API.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub application: Option<String>,
    pub method: String,
    pub path: String,
    pub body: Value,
    pub status: Option<u16>,
    pub answer: Value,
}

/// One attempt to deliver one webhook.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Webhook {
    pub n: u64,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// `answer`, `event` or `fallback`.
    pub kind: String,
    /// The status, or the shape: `input`, `transfer`, `error` and so on.
    pub what: String,
    pub leg: Option<String>,
    pub application: String,
    pub method: String,
    pub url: String,
    pub authorization: Option<String>,
    /// Further headers that prove something: a signature, a token that tells attempts of one request.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Byte for byte; empty for a GET.
    pub body: String,
    pub attempt: u8,
    /// `lost`, `duplicate`, `late`, `unsigned` or `replay`, where the network or a hand had a part in it.
    pub mishap: Option<String>,
    pub status: Option<u16>,
    pub latency_ms: Option<f64>,
    pub answer: Option<String>,
    pub failure: Option<String>,
}

/// Something that this carrier lets pass, or refuses, and that a careful client would not send.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Complaint {
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub about: String,
}

#[must_use]
pub fn milliseconds(latency: Duration) -> f64 {
    (latency.as_secs_f64() * 1_000_000.0).round() / 1000.0
}
