//! How someone is in the room that a call's phones share, and the room itself: as it is shown.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::domain::call::room::{Hold, LegPlace, Speech, Voice};
use crate::domain::call::signal::{LeaveReason, RoomEnd};
use crate::domain::call::stay::{RoomSpan, Stay};

/// How someone is in the room: as the carrier tells it, and what it was asked for and has not told yet.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StayView {
    /// Whether they are in the room.
    #[schema(example = true)]
    pub in_room: bool,
    /// When they came into it; when they came back, if they had left it.
    #[serde(with = "time::serde::rfc3339::option")]
    pub joined_at: Option<OffsetDateTime>,
    /// When they left it; absent while they are in it.
    #[serde(with = "time::serde::rfc3339::option")]
    pub left_at: Option<OffsetDateTime>,
    /// Why: `hung_up`, `never_came`, `redirected` (they hear something else), `removed` or `room_ended`.
    #[schema(value_type = Option<String>, example = "hung_up")]
    pub left_because: Option<LeaveReason>,
    /// Whether they are muted.
    #[schema(example = false)]
    pub muted: bool,
    /// Whether they are on hold: they hear nobody, and nobody hears them.
    #[schema(example = false)]
    pub on_hold: bool,
    /// Whether they speak right now, where the carrier tells it.
    #[schema(example = false)]
    pub speaking: bool,
    /// `mute` or `unmute`, from when it was asked for until the carrier does it or it fails; else absent.
    #[schema(example = "mute")]
    pub mute_requested: Option<String>,
    /// `hold` or `resume`, from when it was asked for until the carrier does it or it fails; else absent.
    #[schema(example = "hold")]
    pub hold_requested: Option<String>,
}

impl StayView {
    /// As this stay is shown.
    pub fn of(stay: &Stay) -> Self {
        let room = &stay.room;
        let voice = |voice| if voice == Voice::Muted { "mute" } else { "unmute" };
        let hold = |hold| if hold == Hold::OnHold { "hold" } else { "resume" };
        Self {
            in_room: room.place() == LegPlace::InRoom,
            joined_at: stay.joined_at,
            left_at: stay.left_at,
            left_because: stay.left_because(),
            muted: room.voice() == Voice::Muted,
            on_hold: room.hold() == Hold::OnHold,
            speaking: room.speech() == Speech::Speaking,
            mute_requested: room.voice_asked.map(voice).map(str::to_owned),
            hold_requested: room.hold_asked.map(hold).map(str::to_owned),
        }
    }
}

/// The room that a call's phones share.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RoomView {
    /// Since when two could hear each other; absent: nobody was there but one.
    #[serde(with = "time::serde::rfc3339::option")]
    pub started_at: Option<OffsetDateTime>,
    /// When it was closed; absent: it is open.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// Why: `last_left`, `last_removed`, `host_left` (the visitor; in a call that we placed, who was called first),
    /// `host_removed` or `by_us`.
    #[schema(value_type = Option<String>, example = "host_left")]
    pub ended_because: Option<RoomEnd>,
}

impl From<RoomSpan> for RoomView {
    fn from(span: RoomSpan) -> Self {
        let RoomSpan { started_at, ended_at, ended_because } = span;
        Self { started_at, ended_at, ended_because }
    }
}
