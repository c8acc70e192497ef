//! Flows: in which order, for how long and how a unit's residents are rung.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::schedule::Schedule;
use crate::domain::ids::ResidentId;

/// Ordered groups that ring, one after the other, until somebody accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// The groups, in order.
    pub groups: Vec<Group>,
    /// What the visitor gets when no group is left.
    #[serde(default)]
    pub on_none: OnNone,
}

/// Residents who ring together, or one after the other with a short gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Who rings.
    pub members: Members,
    /// Together, or spaced.
    #[serde(default)]
    pub start: Start,
    /// How long the group rings, in seconds, from 5 to 120.
    #[serde(default = "default_ring_seconds")]
    pub ring_seconds: u16,
    /// What counts as accepting.
    #[serde(default)]
    pub accept: AcceptMode,
    /// What a refusal means for the others.
    #[serde(default)]
    pub on_decline: OnDecline,
    /// When the group rings at all; outside these hours it is skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Schedule>,
}

fn default_ring_seconds() -> u16 {
    25
}

/// Who rings in a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Members {
    /// All residents of the unit, in their order.
    AllResidents,
    /// These residents, in this order.
    Residents(Vec<ResidentId>),
    /// The building's concierge.
    Concierge,
}

/// When a group's members start to ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// All at once.
    #[default]
    Together,
    /// Each so many seconds after the one before.
    Spaced {
        /// From 1 to 60.
        seconds: u16,
    },
}

/// What counts as accepting a visitor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AcceptMode {
    /// A key: no mailbox presses one.
    #[default]
    Key,
    /// Picking up, if the carrier's machine detection hears a person.
    Detect,
    /// Picking up.
    None,
}

/// What a resident's refusal means for the others. For that resident it is final in this call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDecline {
    /// Nothing.
    #[default]
    LeaveMeOut,
    /// This group is over.
    NextGroup,
    /// Nobody else is rung.
    StopAll,
}

/// What the visitor gets when no group is left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnNone {
    /// A sentence: this one, or that nobody answers.
    Say {
        /// Absent: a sentence of ours in the building's language.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// The building's concierge.
    Concierge,
    /// A short goodbye.
    #[default]
    HangUp,
}

impl Default for Flow {
    /// All residents ring together; a key accepts; at the end a sentence.
    fn default() -> Self {
        let everyone = Group {
            members: Members::AllResidents,
            start: Start::Together,
            ring_seconds: default_ring_seconds(),
            accept: AcceptMode::Key,
            on_decline: OnDecline::LeaveMeOut,
            hours: None,
        };
        Self { groups: vec![everyone], on_none: OnNone::Say { text: None } }
    }
}

/// Why a flow can not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FlowError {
    /// None, or too many.
    #[error("a flow has 1 to 10 groups")]
    Groups,
    /// Too many, none, or one twice.
    #[error("a group has 1 to 20 residents, each once")]
    Members,
    /// Outside its range.
    #[error("a group rings for 5 to 120 seconds")]
    RingSeconds,
    /// Outside its range, or the last would start after the group is over.
    #[error(
        "residents ring 1 to 60 seconds apart, and the last one starts before the group is over"
    )]
    Spacing,
    /// Too long to speak.
    #[error("the closing sentence has 1 to 500 characters")]
    Text,
}

impl Flow {
    /// Checks that it can work.
    pub fn check(&self) -> Result<(), FlowError> {
        if !(1..=10).contains(&self.groups.len()) {
            return Err(FlowError::Groups);
        }
        self.groups.iter().try_for_each(Group::check)?;
        match &self.on_none {
            OnNone::Say { text: Some(text) } if !(1..=500).contains(&text.chars().count()) => {
                Err(FlowError::Text)
            }
            OnNone::Say { .. } | OnNone::Concierge | OnNone::HangUp => Ok(()),
        }
    }
}

impl Group {
    fn check(&self) -> Result<(), FlowError> {
        let members = match &self.members {
            Members::AllResidents | Members::Concierge => 1,
            Members::Residents(members) => {
                let distinct = members
                    .iter()
                    .enumerate()
                    .all(|(index, member)| !members[..index].contains(member));
                if !(1..=20).contains(&members.len()) || !distinct {
                    return Err(FlowError::Members);
                }
                members.len()
            }
        };
        if !(5..=120).contains(&self.ring_seconds) {
            return Err(FlowError::RingSeconds);
        }
        match self.start {
            Start::Together => Ok(()),
            Start::Spaced { seconds } => {
                let last_starts_after = usize::from(seconds) * (members - 1);
                let fits = (1..=60).contains(&seconds)
                    && last_starts_after < usize::from(self.ring_seconds);
                if fits { Ok(()) } else { Err(FlowError::Spacing) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_flow_works() {
        assert_eq!(Flow::default().check(), Ok(()));
    }

    #[test]
    fn a_flow_reads_as_it_is_written_in_the_api() {
        let flow: Flow = serde_json::from_str(
            r#"{"groups": [{"members": "all_residents", "start": {"spaced": {"seconds": 5}}, "accept": "detect", "on_decline": "stop_all"},
                           {"members": "concierge", "accept": "none"}],
                "on_none": {"say": {"text": "Please come back tomorrow."}}}"#,
        )
        .unwrap();

        assert_eq!(flow.check(), Ok(()));
        assert_eq!(flow.groups[0].start, Start::Spaced { seconds: 5 });
        assert_eq!(flow.groups[1].ring_seconds, 25);
    }

    #[test]
    fn a_flow_that_can_not_work_says_why() {
        let group = Flow::default().groups.remove(0);
        let twice = ResidentId::from_uuid(uuid::Uuid::nil());
        let cases = [
            (Flow { groups: vec![], on_none: OnNone::HangUp }, FlowError::Groups),
            (
                Flow {
                    groups: vec![Group { ring_seconds: 4, ..group.clone() }],
                    on_none: OnNone::HangUp,
                },
                FlowError::RingSeconds,
            ),
            (
                Flow {
                    groups: vec![Group {
                        members: Members::Residents(vec![twice, twice]),
                        ..group.clone()
                    }],
                    on_none: OnNone::HangUp,
                },
                FlowError::Members,
            ),
            (
                Flow {
                    groups: vec![Group { start: Start::Spaced { seconds: 61 }, ..group }],
                    on_none: OnNone::HangUp,
                },
                FlowError::Spacing,
            ),
        ];
        for (flow, error) in cases {
            assert_eq!(flow.check(), Err(error));
        }
    }

    #[test]
    fn a_flow_is_refused_just_past_each_of_its_limits() {
        let of = |many: usize| {
            let ids = (0..many as u128).map(uuid::Uuid::from_u128);
            Members::Residents(ids.map(ResidentId::from_uuid).collect())
        };
        let check = |groups: Vec<Group>| Flow { groups, ..Flow::default() }.check();
        let everyone = Flow::default().groups.remove(0);
        let with = |members| Group { members, ..everyone.clone() };
        let rings = |ring_seconds| Group { ring_seconds, ..everyone.clone() };
        let spaced = |seconds, many, ring_seconds| {
            check(vec![Group { start: Start::Spaced { seconds }, ring_seconds, ..with(of(many)) }])
        };
        let says = |length: usize| {
            let on_none = OnNone::Say { text: Some("ö".repeat(length)) };
            Flow { on_none, ..Flow::default() }.check()
        };

        assert_eq!(check(vec![everyone.clone(); 10]), Ok(()));
        assert_eq!(check(vec![everyone.clone(); 11]), Err(FlowError::Groups));
        assert_eq!(check(vec![with(of(1)), with(of(20)), rings(5), rings(120)]), Ok(()));
        assert_eq!(check(vec![with(of(0))]), Err(FlowError::Members));
        assert_eq!(check(vec![with(of(21))]), Err(FlowError::Members));
        assert_eq!(check(vec![rings(4)]), Err(FlowError::RingSeconds));
        assert_eq!(check(vec![rings(121)]), Err(FlowError::RingSeconds));
        assert_eq!(check(vec![everyone.clone(), rings(121)]), Err(FlowError::RingSeconds));
        assert_eq!(
            (spaced(1, 20, 20), spaced(60, 2, 61), spaced(12, 3, 25)),
            (Ok(()), Ok(()), Ok(()))
        );
        for (seconds, many, ring_seconds) in [(0, 2, 25), (61, 1, 120), (13, 3, 26), (25, 2, 25)] {
            assert_eq!(spaced(seconds, many, ring_seconds), Err(FlowError::Spacing), "{seconds}");
        }
        assert_eq!((says(1), says(500)), (Ok(()), Ok(())));
        assert_eq!((says(0), says(501)), (Err(FlowError::Text), Err(FlowError::Text)));
    }
}
