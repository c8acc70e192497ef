//! Flows that buildings, entrances and units share.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{After, DirectoryError};
use crate::store::TenantTx;

/// A flow that others share.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FlowView {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    #[schema(example = "Family first, then concierge")]
    pub name: String,
    /// Its groups.
    #[schema(example = json!({"groups": [{"members": "all_residents", "ring_seconds": 25}], "on_none": "concierge"}))]
    pub flow: Value,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

impl TenantTx {
    /// Adds a flow.
    pub async fn add_flow(&mut self, flow: &FlowView) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        sqlx::query!(
            "insert into vestibule.flow (tenant_id, flow_id, name, flow, created_at) values ($1, $2, $3, $4, $5)",
            tenant,
            flow.id,
            flow.name,
            flow.flow,
            flow.created_at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A page of flows, or the one with this id.
    pub async fn flows(
        &mut self,
        id: Option<Uuid>,
        after: After,
    ) -> Result<Vec<FlowView>, DirectoryError> {
        Ok(sqlx::query_as!(
            FlowView,
            "select flow_id as id, name, flow, created_at from vestibule.flow
             where ($1::uuid is null or flow_id = $1) and ($2::uuid is null or flow_id > $2)
             order by flow_id limit $3",
            id,
            after.id,
            after.limit
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The flow with this id.
    pub async fn flow(&mut self, id: Uuid) -> Result<Option<FlowView>, DirectoryError> {
        Ok(self.flows(Some(id), After::ONE).await?.pop())
    }

    /// Writes a flow as it shall be.
    pub async fn put_flow(&mut self, flow: &FlowView) -> Result<(), DirectoryError> {
        sqlx::query!(
            "update vestibule.flow set name = $2, flow = $3 where flow_id = $1",
            flow.id,
            flow.name,
            flow.flow
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Removes a flow that nothing names.
    pub async fn remove_flow(&mut self, id: Uuid) -> Result<(), DirectoryError> {
        sqlx::query!("delete from vestibule.flow where flow_id = $1", id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Whether these residents are there, and within reach.
    pub async fn residents_exist(&mut self, ids: &[Uuid]) -> Result<bool, DirectoryError> {
        let known = sqlx::query_scalar!(
            r#"select count(*) as "known!" from vestibule.resident where resident_id = any ($1)"#,
            ids
        )
        .fetch_one(self.connection())
        .await?;
        Ok(usize::try_from(known).is_ok_and(|known| known == ids.len()))
    }

    /// Whether these schedules are there, and within reach.
    pub async fn schedules_exist(&mut self, ids: &[Uuid]) -> Result<bool, DirectoryError> {
        let known = sqlx::query_scalar!(
            r#"select count(*) as "known!" from vestibule.schedule where schedule_id = any ($1)"#,
            ids
        )
        .fetch_one(self.connection())
        .await?;
        Ok(usize::try_from(known).is_ok_and(|known| known == ids.len()))
    }
}
