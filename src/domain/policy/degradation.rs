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

#[cfg(test)]
mod tests {
    use super::*;

    const IN_SCRIPT: Capabilities = Capabilities {
        meeting: Meeting::InScript { at_most: 2 },
        keys_in_room: KeysInRoom::Unheard,
        ..Capabilities::EVERYTHING
    };
    const DEAF: Capabilities =
        Capabilities { machine_detection: false, ..Capabilities::EVERYTHING };

    fn group(accept: AcceptMode, start: Start) -> Group {
        Group { accept, start, ..Flow::default().groups.remove(0) }
    }

    #[test]
    fn what_counts_as_accepting_is_the_nearest_that_the_carrier_can_do() {
        let every = [AcceptMode::Key, AcceptMode::Detect, AcceptMode::None];
        let accepts = |capabilities: Capabilities| every.map(|mode| capabilities.accept(mode));

        assert_eq!(accepts(Capabilities::EVERYTHING), every);
        assert_eq!(accepts(DEAF), [AcceptMode::Key, AcceptMode::Key, AcceptMode::None]);
        assert_eq!(accepts(IN_SCRIPT), [AcceptMode::None; 3]);
    }

    #[test]
    fn in_a_room_a_group_loses_at_most_the_detection_that_it_asks_for() {
        let lost = |capabilities: Capabilities, accept| {
            capabilities.lost_by_group(&group(accept, Start::Spaced { seconds: 5 }), 20)
        };

        assert_eq!(lost(DEAF, AcceptMode::Detect), [Lost::MachineDetection]);
        assert_eq!(lost(DEAF, AcceptMode::Key), []);
        assert_eq!(lost(DEAF, AcceptMode::None), []);
        assert_eq!(lost(Capabilities::EVERYTHING, AcceptMode::Detect), []);
    }

    #[test]
    fn a_group_that_a_script_rings_loses_what_a_script_can_not_do() {
        let plain = group(AcceptMode::None, Start::Together);
        let spaced = group(AcceptMode::Key, Start::Spaced { seconds: 5 });
        let reported = Capabilities { keys_in_room: KeysInRoom::Reported, ..IN_SCRIPT };

        assert_eq!(
            IN_SCRIPT.lost_by_group(&spaced, 3),
            [Lost::AcceptKey, Lost::Spacing, Lost::RingTime, Lost::Members(2), Lost::KeysInTalk]
        );
        for members in [0, 1, 2] {
            assert_eq!(reported.lost_by_group(&plain, members), [Lost::RingTime], "{members}");
        }
    }

    #[test]
    fn only_a_script_that_rings_several_groups_loses_the_later_ones() {
        let groups = |many| Flow {
            groups: vec![group(AcceptMode::Key, Start::Together); many],
            ..Flow::default()
        };

        for (capabilities, many, lost) in [
            (IN_SCRIPT, 0, None),
            (IN_SCRIPT, 1, None),
            (IN_SCRIPT, 2, Some(Lost::LaterGroups)),
            (Capabilities::EVERYTHING, 1, None),
            (Capabilities::EVERYTHING, 2, None),
        ] {
            assert_eq!(capabilities.lost_by_order(&groups(many)), lost, "{many}");
        }
    }

    #[test]
    fn each_loss_says_what_happens_instead() {
        for (lost, sentence) in [
            (Lost::MachineDetection, "machine detection: a key press accepts instead"),
            (
                Lost::AcceptKey,
                "a key press before the talk: whoever picks up first talks to the visitor, a mailbox as well",
            ),
            (Lost::Spacing, "ringing one after the other: all ring at once"),
            (Lost::RingTime, "a ring time: phones ring for as long as the account lets them"),
            (Lost::Members(5), "ringing more than 5 phones at once: the others do not ring"),
            (
                Lost::LaterGroups,
                "ringing one group after the other: the next one rings only if the account sends unanswered calls on",
            ),
            (
                Lost::KeysInTalk,
                "keys during the talk: the panel hears them by itself, and whether it opened is not known",
            ),
        ] {
            assert_eq!(lost.to_string(), sentence);
        }
    }
}
