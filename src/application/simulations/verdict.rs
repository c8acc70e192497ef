//! What came of a call, recorded or played: the few facts by which two of them are compared.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::domain::call::Recorded;
use crate::domain::call::event::{Admission, Event, Opener, Refusal, Target};
use crate::domain::call::outcome::{Cause, Outcome};

/// What came of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The outcome, and why; nothing: it is not over.
    pub ended: Option<(Outcome, Cause)>,
    /// Whether the visitor was let through at first.
    pub screened: Option<Screened>,
    /// When and on whose word the open digits were sent first, if they were.
    pub opened: Option<(OffsetDateTime, Opener)>,
    /// Who was rung, in order, each once.
    pub rang: Vec<Target>,
}

/// Whether a visitor was let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screened {
    /// Yes, as this.
    Admitted(Admission),
    /// No.
    Refused(Refusal),
}

impl Verdict {
    /// Of these events, each with its time.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a (OffsetDateTime, Recorded)>) -> Self {
        let mut verdict = Self::default();
        let mut targets = BTreeMap::new();
        for (at, recorded) in events {
            match &recorded.event {
                Event::CallerAdmitted { admission } => {
                    verdict.screened = verdict.screened.or(Some(Screened::Admitted(*admission)))
                }
                Event::CallerRefused { refusal } => {
                    // A block that came midway is no part of the screening.
                    verdict.screened = verdict.screened.or(Some(Screened::Refused(*refusal)))
                }
                Event::DialRequested(dial) => {
                    targets.insert(dial.leg, dial.target);
                }
                Event::DialStarted { leg } => {
                    let target = targets.get(leg).filter(|target| !verdict.rang.contains(target));
                    verdict.rang.extend(target);
                }
                Event::DoorOpened { opener, .. } => {
                    verdict.opened = verdict.opened.or(Some((*at, *opener)))
                }
                Event::CallEnded { outcome, cause, .. } => verdict.ended = Some((*outcome, *cause)),
                _ => {}
            }
        }
        verdict
    }

    /// Whether the open digits were sent, or were on their way when the call ended.
    pub fn is_opened(&self) -> bool {
        self.opened.is_some() || matches!(self.ended, Some((Outcome::Opened, _)))
    }

    /// Whether both came to the same: outcome, cause, door, and who was rung.
    pub fn is_like(&self, other: &Self) -> bool {
        let sorted = |verdict: &Self| {
            let mut rang = verdict.rang.clone();
            rang.sort_unstable();
            rang
        };
        self.ended == other.ended
            && self.is_opened() == other.is_opened()
            && sorted(self) == sorted(other)
    }

    /// Whether the visitor was refused before anyone rang.
    pub fn is_refused(&self) -> bool {
        matches!(self.screened, Some(Screened::Refused(_)))
    }
}
