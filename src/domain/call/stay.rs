//! When someone came into the room that a call's legs share, when they left it and why; and the room's own beginning and end.
//! Carriers that tell nothing of rooms tell of legs: what can be concluded from those, is.
#![expect(clippy::wildcard_enum_match_arm, reason = "most events are not about the room")]

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::event::Event;
use super::room::{LegInRoom, LegPlace, Told};
use super::signal::{LeaveReason, RoomEnd};
use crate::domain::ids::LegId;

/// Someone's stay in the room: the last, if they left and came back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stay {
    /// How they are in it.
    pub room: LegInRoom,
    /// When they came.
    #[serde(with = "time::serde::rfc3339::option")]
    pub joined_at: Option<OffsetDateTime>,
    /// When they left.
    #[serde(with = "time::serde::rfc3339::option")]
    pub left_at: Option<OffsetDateTime>,
    left_because: Told<Option<LeaveReason>>,
    expelled: Option<LeaveReason>,
}

impl Stay {
    /// Why they left, where that is known.
    pub fn left_because(&self) -> Option<LeaveReason> {
        self.left_because.value
    }

    /// The stay after an event of the call, recorded at `at`.
    pub fn apply(&mut self, this: LegId, event: &Event, at: OffsetDateTime) {
        let before = self.room.place();
        self.room.apply(this, event);
        let after = self.room.place();
        match event {
            Event::LegJoined { leg, sequence } if *leg == this => match (before, after) {
                (LegPlace::Outside, LegPlace::InRoom) => self.comes(*sequence, at),
                (LegPlace::InRoom, LegPlace::InRoom) => {}
                // Told after they left: it was before that.
                (_, LegPlace::Outside) => {
                    self.joined_at = self.joined_at.or(self.left_at.map(|left| left.min(at)));
                }
            },
            Event::LegLeft { leg, why, sequence } if *leg == this => {
                if after == LegPlace::Outside {
                    self.left_at = self.left_at.or(Some(at));
                    if why.is_some() {
                        self.left_because.hear(*why, *sequence);
                    }
                }
            }
            Event::LegRemoved { leg } if *leg == this => {
                self.expelled = Some(LeaveReason::Removed);
            }
            Event::HangUpRequested { leg, .. } if *leg == this => {
                self.expelled = self.expelled.or(Some(LeaveReason::RoomEnded));
            }
            Event::RoomEnded { .. } => self.goes(before, after, LeaveReason::RoomEnded, at),
            _ => self.goes(before, after, self.expelled.unwrap_or(LeaveReason::HungUp), at),
        }
    }

    fn comes(&mut self, sequence: Option<u32>, at: OffsetDateTime) {
        (self.joined_at, self.left_at) = (Some(at), None);
        self.left_because = Told { value: None, sequence };
    }

    /// They are gone without a word of the carrier's: why is what we conclude, until it says more.
    fn goes(&mut self, before: LegPlace, after: LegPlace, why: LeaveReason, at: OffsetDateTime) {
        if (before, after) == (LegPlace::InRoom, LegPlace::Outside) {
            self.left_at = Some(at);
            self.left_because.value = Some(why);
        }
    }
}

/// When the room was open: from when two could hear each other until it was closed. The last one, if a call had several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomSpan {
    /// Since when they could hear each other.
    pub started_at: Option<OffsetDateTime>,
    /// When it was closed.
    pub ended_at: Option<OffsetDateTime>,
    /// Why, where that is known.
    pub ended_because: Option<RoomEnd>,
}

/// The room of the call that these events made, each with the time of its recording. Nothing if nobody was in one.
pub fn room_of<'a>(
    events: impl IntoIterator<Item = (&'a Event, OffsetDateTime)>,
) -> Option<RoomSpan> {
    let mut span = RoomSpan::default();
    let mut legs: BTreeMap<LegId, LegInRoom> = BTreeMap::new();
    let (mut expelled, mut was_used, mut is_told) = (BTreeSet::new(), false, false);
    for (event, at) in events {
        match event {
            Event::CallRang(rang) => _ = legs.insert(rang.leg, LegInRoom::default()),
            Event::DialRequested(dial) => _ = legs.insert(dial.leg, LegInRoom::default()),
            Event::HangUpRequested { leg, .. } => _ = expelled.insert(*leg),
            _ => {}
        }
        let before = present(&legs);
        legs.iter_mut().for_each(|(id, leg)| leg.apply(*id, event));
        let after = present(&legs);
        match event {
            Event::RoomNamed { .. } => {
                span = RoomSpan::default();
                (was_used, is_told) = (true, true);
            }
            Event::RoomStarted { .. } => span.started_at = span.started_at.or(Some(at)),
            Event::RoomEnded { why, .. } => {
                (span.ended_at, span.ended_because) = (Some(at), *why);
            }
            _ if is_told => {}
            _ if after >= 2 && span.started_at.is_none() => span.started_at = Some(at),
            _ if before > 0 && after == 0 => {
                let by_us = matches!(event, Event::LegEnded { leg, .. } if expelled.contains(leg));
                let why = if by_us { RoomEnd::ByUs } else { RoomEnd::LastLeft };
                (span.ended_at, span.ended_because) = (Some(at), Some(why));
            }
            _ if after > 0 => (span.ended_at, span.ended_because) = (None, None),
            _ => {}
        }
        was_used |= after > 0;
    }
    was_used.then_some(span)
}

fn present(legs: &BTreeMap<LegId, LegInRoom>) -> usize {
    legs.values().filter(|leg| leg.place() == LegPlace::InRoom).count()
}
