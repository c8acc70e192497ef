//! What a manager thinks of changing: put on top of a building's configuration, for a replay only.

use uuid::Uuid;

use crate::domain::ids::{AllowlistEntryId, BlockId, UnitId};
use crate::domain::phone_number::{Caller, PhoneNumber};
use crate::domain::policy::allowlist::AllowlistEntry;
use crate::domain::policy::block::{Block, Expires};
use crate::domain::policy::flow::Flow;
use crate::domain::policy::schedule::Schedule;
use crate::domain::policy::{Policy, StrangerPolicy};

/// What would be different. What is not named stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// How units ring.
    pub flow: Option<Flow>,
    /// Whose flow it is; nothing: every unit's.
    pub unit: Option<UnitId>,
    /// When the groups of those flows ring at all.
    pub hours: Option<Schedule>,
    /// What to do with callers that nobody listed.
    pub strangers: Option<StrangerPolicy>,
    /// What to do with callers who hide their number.
    pub withheld: Option<StrangerPolicy>,
    /// Numbers that would be on the allowlist.
    pub allowed: Vec<PhoneNumber>,
    /// Numbers that would no longer be on it.
    pub no_longer_allowed: Vec<PhoneNumber>,
    /// Numbers that would be blocked.
    pub blocked: Vec<PhoneNumber>,
    /// Numbers that would not be blocked.
    pub no_longer_blocked: Vec<PhoneNumber>,
}

impl Change {
    /// The configuration with the change.
    #[must_use]
    pub fn on(&self, mut policy: Policy) -> Policy {
        let units = policy.units.iter_mut().filter(|unit| self.unit.is_none_or(|id| id == unit.id));
        for unit in units {
            if let Some(flow) = &self.flow {
                unit.flow = flow.clone();
            }
            if let Some(hours) = &self.hours {
                unit.flow.groups.iter_mut().for_each(|group| group.hours = Some(hours.clone()));
            }
        }
        policy.building.strangers = self.strangers.unwrap_or(policy.building.strangers);
        policy.building.withheld = self.withheld.unwrap_or(policy.building.withheld);
        policy.allowlist.retain(|entry| !self.no_longer_allowed.contains(&entry.number));
        policy.allowlist.extend(self.allowed.iter().map(|number| AllowlistEntry {
            id: AllowlistEntryId::from_uuid(Uuid::nil()),
            number: number.clone(),
        }));
        if let Caller::Known(number) = &policy.visitor.caller {
            if self.no_longer_blocked.contains(number) {
                policy.visitor.block = None;
            }
            if self.blocked.contains(number) {
                let id = BlockId::from_uuid(Uuid::nil());
                policy.visitor.block = Some(Block { id, expires: Expires::Never });
            }
        }
        policy
    }
}
