//! Schedules that flows, passes and quiet hours share.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{After, DirectoryError};
use crate::store::TenantTx;

/// A schedule that others share.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ScheduleView {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    #[schema(example = "Delivery hours")]
    pub name: String,
    /// When it holds.
    #[schema(example = json!({"weekly": [{"days": ["monday", "friday"], "from": "08:00:00", "to": "18:00:00"}], "dates": [{"date": "2026-12-25", "hours": []}]}))]
    pub hours: Value,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

impl TenantTx {
    /// Adds a schedule.
    pub async fn add_schedule(&mut self, schedule: &ScheduleView) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        sqlx::query!(
            "insert into vestibule.schedule (tenant_id, schedule_id, name, hours, created_at) values ($1, $2, $3, $4, $5)",
            tenant,
            schedule.id,
            schedule.name,
            schedule.hours,
            schedule.created_at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A page of schedules, or the one with this id.
    pub async fn schedules(
        &mut self,
        id: Option<Uuid>,
        after: After,
    ) -> Result<Vec<ScheduleView>, DirectoryError> {
        Ok(sqlx::query_as!(
            ScheduleView,
            "select schedule_id as id, name, hours, created_at from vestibule.schedule
             where ($1::uuid is null or schedule_id = $1) and ($2::uuid is null or schedule_id > $2)
             order by schedule_id limit $3",
            id,
            after.id,
            after.limit
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The schedule with this id.
    pub async fn schedule(&mut self, id: Uuid) -> Result<Option<ScheduleView>, DirectoryError> {
        Ok(self.schedules(Some(id), After::ONE).await?.pop())
    }

    /// Writes a schedule as it shall be.
    pub async fn put_schedule(&mut self, schedule: &ScheduleView) -> Result<(), DirectoryError> {
        sqlx::query!(
            "update vestibule.schedule set name = $2, hours = $3 where schedule_id = $1",
            schedule.id,
            schedule.name,
            schedule.hours
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Removes a schedule that nothing names.
    pub async fn remove_schedule(&mut self, id: Uuid) -> Result<(), DirectoryError> {
        sqlx::query!("delete from vestibule.schedule where schedule_id = $1", id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// What still names this schedule inside of a flow.
    pub async fn schedule_is_in_a_flow(
        &mut self,
        id: Uuid,
    ) -> Result<Option<&'static str>, DirectoryError> {
        let found = sqlx::query_scalar!(
            r#"select case when exists (select from vestibule.flow where flow::text like '%' || $1 || '%') then 'flow'
                           when exists (select from vestibule.building where flow::text like '%' || $1 || '%') then 'building'
                           when exists (select from vestibule.unit where flow::text like '%' || $1 || '%') then 'unit' end as "found""#,
            id.to_string()
        )
        .fetch_one(self.connection())
        .await?;
        Ok(match found.as_deref() {
            Some("flow") => Some("A flow"),
            Some("building") => Some("A building's flow"),
            Some("unit") => Some("A unit's flow"),
            Some(_) | None => None,
        })
    }
}
