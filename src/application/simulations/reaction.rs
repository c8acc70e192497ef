//! How a resident reacts to a ring, as a person would say it.

use std::time::Duration;

use super::world::{Did, Key, Known, Silence, Tape};
use crate::domain::call::signal::LegEndCause;

/// How long machine detection listens before it knows.
const DETECTION_TAKES: Duration = Duration::from_secs(2);

/// How a resident reacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// So long after the phone began to ring.
    pub after: Duration,
    /// How.
    pub how: How,
}

/// How a resident reacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// Picks up, presses these keys, each so long after picking up, and perhaps hangs up.
    Answers {
        /// The keys.
        keys: Vec<(Duration, Key)>,
        /// So long after picking up.
        hangs_up_after: Option<Duration>,
    },
    /// Refuses the ring.
    Declines,
    /// Is on the phone.
    Busy,
    /// A mailbox picks up.
    Voicemail,
    /// Lets it ring.
    NoAnswer,
    /// Can not be reached: no such number, no network.
    Unreachable,
}

impl Reaction {
    /// What the phone does then.
    pub fn tape(&self) -> Tape {
        let after = self.after;
        let mut moments = Tape::rings_out().moments;
        match &self.how {
            How::Answers { keys, hangs_up_after } => {
                moments.extend([(after, Did::Answered), (after, Did::Asks)]);
                moments.push((after + DETECTION_TAKES, Did::Human));
                moments
                    .extend(keys.iter().map(|(since, key)| (after + *since, Did::Pressed(*key))));
                moments.extend(
                    hangs_up_after.map(|since| (after + since, Did::Ended(LegEndCause::HungUp))),
                );
                moments.sort_by_key(|(after, _)| *after);
            }
            How::Declines => moments.push((after, Did::Ended(LegEndCause::Declined))),
            How::Busy => moments.push((after, Did::Ended(LegEndCause::Busy))),
            How::Voicemail => moments.extend([
                (after, Did::Answered),
                (after, Did::Asks),
                (after + DETECTION_TAKES, Did::Machine),
            ]),
            How::NoAnswer => {}
            How::Unreachable => {
                moments.truncate(2);
                moments.push((after, Did::Ended(LegEndCause::Failed)));
            }
        }
        Tape { moments, known: Known::ToTheEnd, silence: Silence::Timed }
    }
}
