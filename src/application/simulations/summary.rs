//! What a change would have meant, in numbers of calls and in words.

use super::replay::{Comparison, Drift};
use super::verdict::{Screened, Verdict};
use crate::domain::call::event::{Admission, Target};

/// Calls that would have gone otherwise, counted by how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// All of them.
    pub changed: usize,
    /// Calls whose replay had to guess something.
    pub estimated: usize,
    /// Calls that today's configuration would decide otherwise even without the change.
    pub drifted: usize,
    /// Panels that would have been refused.
    pub panels_refused: usize,
    /// Callers on the allowlist that would have been refused.
    pub allowlisted_refused: usize,
    /// Strangers that would have been refused.
    pub strangers_refused: usize,
    /// Refused callers that would have been let through.
    pub no_longer_refused: usize,
    /// Doors that would have opened and did not.
    pub opened: usize,
    /// Doors that opened and would not have.
    pub no_longer_opened: usize,
    /// Calls that would have rung others.
    pub rang_others: usize,
}

impl Summary {
    /// Of these calls.
    pub fn of(calls: &[Comparison]) -> Self {
        let mut summary = Self::default();
        for call in calls {
            summary.changed += usize::from(call.differs());
            summary.estimated += usize::from(!call.guesses.is_empty());
            summary.drifted += usize::from(call.drift == Drift::Otherwise);
            summary.count(&call.before, &call.after);
        }
        summary
    }

    fn count(&mut self, before: &Verdict, after: &Verdict) {
        match before.screened.filter(|_| after.is_refused()) {
            Some(Screened::Admitted(Admission::Panel(_))) => self.panels_refused += 1,
            Some(Screened::Admitted(Admission::Allowlisted(_))) => self.allowlisted_refused += 1,
            Some(Screened::Admitted(Admission::Stranger | Admission::StrangerWithPin)) => {
                self.strangers_refused += 1
            }
            Some(Screened::Refused(_)) | None => {}
        }
        self.no_longer_refused += usize::from(before.is_refused() && !after.is_refused());
        self.opened += usize::from(after.is_opened() && !before.is_opened());
        self.no_longer_opened += usize::from(before.is_opened() && !after.is_opened());
        self.rang_others += usize::from(sorted(&before.rang) != sorted(&after.rang));
    }

    /// In words; what did not happen is not named.
    pub fn sentences(&self) -> Vec<String> {
        let counted = [
            (self.panels_refused, "panel call", "panel calls", "would have been refused"),
            (
                self.allowlisted_refused,
                "caller on the allowlist",
                "callers on the allowlist",
                "would have been refused",
            ),
            (self.strangers_refused, "stranger", "strangers", "would have been refused"),
            (
                self.no_longer_refused,
                "refused caller",
                "refused callers",
                "would have been let through",
            ),
            (self.opened, "door that stayed shut", "doors that stayed shut", "would have opened"),
            (
                self.no_longer_opened,
                "door that opened",
                "doors that opened",
                "would have stayed shut",
            ),
            (self.rang_others, "call", "calls", "would have rung others"),
        ];
        let happened = counted.into_iter().filter(|(count, ..)| *count > 0);
        let sentences = happened.map(|(count, one, many, what)| {
            format!("{count} {} {what}.", if count == 1 { one } else { many })
        });
        sentences.collect()
    }
}

fn sorted(targets: &[Target]) -> Vec<Target> {
    let mut targets = targets.to_vec();
    targets.sort_unstable();
    targets
}
