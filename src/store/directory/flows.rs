//! Flows and schedules that a firm shares between its buildings, put in where they are named.

use std::collections::HashMap;

use serde_json::Value;
use uuid::Uuid;

use super::policy::{document, unreadable};
use crate::application::ports::Unavailable;
use crate::domain::ids::TenantId;
use crate::domain::policy::flow::Flow;
use crate::domain::policy::schedule::Schedule;
use crate::store::pool::Pool;

/// A firm's flows and schedules, by id.
#[derive(Debug, Default)]
pub(super) struct Shared {
    flows: HashMap<Uuid, Value>,
    schedules: HashMap<Uuid, Value>,
}

impl Shared {
    pub(super) async fn load(pool: &Pool, tenant: TenantId) -> Result<Self, Unavailable> {
        let flows = sqlx::query!(
            "select flow_id, flow from vestibule.flow where tenant_id = $1",
            tenant.as_uuid()
        )
        .fetch_all(pool)
        .await?;
        let schedules = sqlx::query!(
            "select schedule_id, hours from vestibule.schedule where tenant_id = $1",
            tenant.as_uuid()
        )
        .fetch_all(pool)
        .await?;
        Ok(Self {
            flows: flows.into_iter().map(|row| (row.flow_id, row.flow)).collect(),
            schedules: schedules.into_iter().map(|row| (row.schedule_id, row.hours)).collect(),
        })
    }

    /// The flow that is written here, or else the shared one with this id.
    pub(super) fn flow(
        &self,
        own: Option<Value>,
        shared: Option<Uuid>,
    ) -> Result<Option<Flow>, Unavailable> {
        let Some(mut flow) = own.or_else(|| self.flows.get(&shared?).cloned()) else {
            return Ok(None);
        };
        for group in flow["groups"].as_array_mut().into_iter().flatten() {
            let named = group["hours"]["schedule_id"].as_str().and_then(|id| id.parse().ok());
            if let Some(id) = named {
                group["hours"] = self.named(id)?.clone();
            }
        }
        document(flow).map(Some)
    }

    /// The schedule with this id.
    pub(super) fn schedule(&self, id: Uuid) -> Result<Schedule, Unavailable> {
        document(self.named(id)?.clone())
    }

    fn named(&self, id: Uuid) -> Result<&Value, Unavailable> {
        self.schedules
            .get(&id)
            .ok_or_else(|| unreadable("a schedule", &"a flow names one that is gone"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schedule_is_put_in_where_a_group_names_it() {
        let id = Uuid::from_u128(1);
        let hours = json!({ "weekly": [{ "days": ["monday"], "from": "08:00", "to": "18:00" }] });
        let shared = Shared { schedules: HashMap::from([(id, hours)]), ..Shared::default() };
        let named =
            json!({ "groups": [{ "members": "concierge", "hours": { "schedule_id": id } }] });

        let flow = shared.flow(Some(named.clone()), None).unwrap().unwrap();

        assert_eq!(flow.groups[0].hours, Some(shared.schedule(id).unwrap()));
        assert!(Shared::default().flow(Some(named), None).is_err());
    }

    #[test]
    fn what_is_written_comes_before_what_is_shared() {
        let id = Uuid::from_u128(1);
        let one = |end: &str| json!({ "groups": [{ "members": "all_residents" }], "on_none": end });
        let shared = Shared { flows: HashMap::from([(id, one("hang_up"))]), ..Shared::default() };

        assert_eq!(shared.flow(None, None).unwrap(), None);
        assert_eq!(
            shared.flow(None, Some(id)).unwrap().unwrap().on_none,
            document(json!("hang_up")).unwrap()
        );
        assert_eq!(
            shared.flow(Some(one("concierge")), Some(id)).unwrap().unwrap().on_none,
            document(json!("concierge")).unwrap()
        );
    }
}
