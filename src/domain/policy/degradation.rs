//! What a flow loses on a carrier that can do less than it asks: known before anyone calls, and recorded when it happens.

use std::fmt;

use super::capabilities::{Capabilities, KeysInRoom, Meeting};
use super::flow::{AcceptMode, Flow, Group, Start};

/// Something that a flow asks and a carrier can not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lost {
    /// Telling mailboxes from people.
    MachineDetection,
    /// A key that accepts.
    AcceptKey,
    /// Ringing one after the other.
    Spacing,
    /// A limit of how long phones ring.
    RingTime,
    /// Ringing more phones at once than so many.
    Members(u8),
    /// Groups after the first.
    LaterGroups,
    /// Keys that are reported during the talk.
    KeysInTalk,
}

/// What is lost, and what happens instead.
impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MachineDetection => f.write_str("machine detection: a key press accepts instead"),
            Self::AcceptKey => f.write_str(
                "a key press before the talk: whoever picks up first talks to the visitor, a mailbox as well",
            ),
            Self::Spacing => f.write_str("ringing one after the other: all ring at once"),
            Self::RingTime => {
                f.write_str("a ring time: phones ring for as long as the account lets them")
            }
            Self::Members(at_most) => {
                write!(f, "ringing more than {at_most} phones at once: the others do not ring")
            }
            Self::LaterGroups => f.write_str(
                "ringing one group after the other: the next one rings only if the account sends unanswered calls on",
            ),
            Self::KeysInTalk => f.write_str(
                "keys during the talk: the panel hears them by itself, and whether it opened is not known",
            ),
        }
    }
}

impl Capabilities {
    /// What counts as accepting, where this was wanted.
    pub fn accept(&self, wanted: AcceptMode) -> AcceptMode {
        match (self.meeting, wanted) {
            (Meeting::InScript { .. }, _) => AcceptMode::None,
            (Meeting::InRoom, AcceptMode::Detect) if !self.machine_detection => AcceptMode::Key,
            (Meeting::InRoom, AcceptMode::Key | AcceptMode::Detect | AcceptMode::None) => wanted,
        }
    }

    /// What a group of so many loses when it rings.
    pub fn lost_by_group(&self, group: &Group, members: usize) -> Vec<Lost> {
        let Meeting::InScript { at_most } = self.meeting else {
            let detects = group.accept == AcceptMode::Detect && !self.machine_detection;
            return detects.then_some(Lost::MachineDetection).into_iter().collect();
        };
        let losses = [
            (group.accept != AcceptMode::None, Lost::AcceptKey),
            (group.start != Start::Together, Lost::Spacing),
            (true, Lost::RingTime),
            (members > usize::from(at_most), Lost::Members(at_most)),
            (self.keys_in_room == KeysInRoom::Unheard, Lost::KeysInTalk),
        ];
        losses.into_iter().filter(|(is_lost, _)| *is_lost).map(|(_, lost)| lost).collect()
    }

    /// What a flow loses besides what its groups lose.
    pub fn lost_by_order(&self, flow: &Flow) -> Option<Lost> {
        let is_lost = matches!(self.meeting, Meeting::InScript { .. }) && flow.groups.len() > 1;
        is_lost.then_some(Lost::LaterGroups)
    }
}
