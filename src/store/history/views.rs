//! Calls and their legs as the history tells them, and what of them someone may see.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::stays::RoomView;

/// A call, as the history tells it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CallView {
    /// Its id.
    pub id: Uuid,
    /// `visit`: someone called a line; `announcement`: we called someone who heard a sentence; `connection`: we called two
    /// who talked to each other; `watched`: the carrier put it through by itself.
    #[schema(example = "visit")]
    pub kind: String,
    /// `inbound` or `outbound`, seen from the line.
    #[schema(example = "inbound")]
    pub direction: String,
    /// `hidden`: the building hides whom visits were for, so all that would tell is absent.
    pub details: Details,
    /// Its building.
    pub building_id: Uuid,
    /// Its entrance; absent if nobody visited.
    pub entrance_id: Option<Uuid>,
    /// The line that was called, or called from.
    pub line_id: Option<Uuid>,
    /// The unit that was rung, once it was clear.
    pub unit_id: Option<Uuid>,
    /// Who called, or who was called if it is outbound and watched, E.164; `[erased]` once they were erased; absent if withheld.
    #[schema(example = "+441632960001")]
    pub caller: Option<String>,
    /// Whose phones the carrier rang by itself, in its words; the line's own users, if the call is outbound.
    #[schema(example = json!([]))]
    pub users: Vec<String>,
    /// Whose of these phones was picked up, where the carrier says so.
    #[schema(example = json!(null))]
    pub answered_by: Option<String>,
    /// Who ordered it, if we placed it: a user's id, or `{"api_key": …}`.
    pub ordered_by: Option<Value>,
    /// When it rang, or was ordered.
    #[serde(with = "time::serde::rfc3339")]
    pub rang_at: OffsetDateTime,
    /// When the first phone rang.
    #[serde(with = "time::serde::rfc3339::option")]
    pub first_ring_at: Option<OffsetDateTime>,
    /// When someone accepted.
    #[serde(with = "time::serde::rfc3339::option")]
    pub accepted_at: Option<OffsetDateTime>,
    /// On which leg.
    pub accepted_leg: Option<Uuid>,
    /// When the open digits were sent.
    #[serde(with = "time::serde::rfc3339::option")]
    pub opened_at: Option<OffsetDateTime>,
    /// On whose word.
    pub opened_by: Option<Value>,
    /// When it was over; absent: it still runs.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// How long they talked; absent as long as they do, or if nobody accepted.
    #[schema(example = 42)]
    pub talk_seconds: Option<i64>,
    /// What came of it: `opened`, `talked`, `nobody_came`, `visitor_left`, `rejected`, `ended_by_manager`, `announced` or `failed`.
    #[schema(example = "opened")]
    pub outcome: Option<String>,
    /// Why.
    #[schema(example = "resident_hung_up")]
    pub cause: Option<String>,
    /// How its end became known, where nobody reported it; absent where it was reported, or the call still runs.
    pub reconciled: Option<Reconciled>,
    /// What the carrier charged, in millionths of its currency.
    #[schema(example = 12400)]
    pub cost_micros: i64,
    /// The room that its phones share. Only when one call is read, and once someone was in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomView>,
    /// The phones in it. Only when one call is read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub legs: Vec<LegView>,
}

/// A phone in a call.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LegView {
    /// Its id.
    pub id: Uuid,
    /// `visitor`, `resident` or `concierge`; in a call that we placed `called`, and `connected` for the second.
    #[schema(example = "resident")]
    pub role: String,
    /// Whose.
    pub resident_id: Option<Uuid>,
    /// In which step of the flow it rang.
    #[schema(example = 1)]
    pub step: Option<i32>,
    /// The number, E.164; `[erased]` once they were erased.
    #[schema(example = "+447700900101")]
    pub number: Option<String>,
    /// When it was to be rung.
    #[serde(with = "time::serde::rfc3339::option")]
    pub requested_at: Option<OffsetDateTime>,
    /// When it was dialled.
    #[serde(with = "time::serde::rfc3339::option")]
    pub started_at: Option<OffsetDateTime>,
    /// When it rang.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ringing_at: Option<OffsetDateTime>,
    /// When it was picked up.
    #[serde(with = "time::serde::rfc3339::option")]
    pub answered_at: Option<OffsetDateTime>,
    /// When they accepted.
    #[serde(with = "time::serde::rfc3339::option")]
    pub accepted_at: Option<OffsetDateTime>,
    /// When they refused.
    #[serde(with = "time::serde::rfc3339::option")]
    pub declined_at: Option<OffsetDateTime>,
    /// When it was over.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// Why.
    #[schema(example = "hung_up")]
    pub end_cause: Option<String>,
    /// How its end became known, where nobody reported it.
    #[serde(default)]
    pub reconciled: Option<Reconciled>,
    /// How long it was connected.
    #[schema(example = 9)]
    pub duration_seconds: Option<i32>,
}

/// How an end became known that nobody reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reconciled {
    /// `carrier_calls`: it stood in the carrier's list of calls; `carrier_history`: in its history; `presumed`: they did not
    /// tell either.
    #[schema(example = "carrier_calls")]
    pub source: String,
}

impl Reconciled {
    pub(super) fn by(source: String) -> Self {
        Self { source }
    }
}

/// How much of a call is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "shown")]
pub enum Details {
    /// All of it.
    #[default]
    Shown,
    /// That it happened, and what came of it.
    Hidden,
}

impl CallView {
    /// What is left of it where a building hides whom visits were for: that it happened, and what came of it.
    #[must_use]
    pub fn hidden(self) -> Self {
        Self {
            details: Details::Hidden,
            line_id: None,
            unit_id: None,
            caller: None,
            users: Vec::new(),
            answered_by: None,
            talk_seconds: None,
            first_ring_at: None,
            accepted_at: None,
            accepted_leg: None,
            opened_at: None,
            opened_by: None,
            cause: None,
            room: None,
            legs: Vec::new(),
            ..self
        }
    }
}
