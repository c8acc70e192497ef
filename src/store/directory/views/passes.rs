//! Passes: who may open with a PIN. The PIN itself is written nowhere.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{After, DirectoryError};
use crate::store::TenantTx;

/// A visitor's pass, or a resident's own.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PassView {
    /// Its id.
    pub id: Uuid,
    /// Its building.
    pub building_id: Uuid,
    /// What it is for.
    #[schema(example = "Cleaner")]
    pub label: String,
    /// From when it opens.
    #[serde(with = "time::serde::rfc3339")]
    pub valid_from: OffsetDateTime,
    /// Until when; absent: until it is revoked.
    #[serde(with = "time::serde::rfc3339::option")]
    pub valid_until: Option<OffsetDateTime>,
    /// Only at these hours.
    #[schema(example = json!({"weekly": [{"days": ["monday"], "from": "08:00:00", "to": "12:00:00"}]}))]
    pub hours: Option<Value>,
    /// Only while this schedule holds.
    pub schedule_id: Option<Uuid>,
    /// For so many visits; absent: any number. Uses within 15 minutes are one visit.
    #[schema(example = 10)]
    pub visits_allowed: Option<i32>,
    /// Visits so far.
    #[schema(example = 0)]
    pub visits: i64,
    /// At these entrances; empty: at all.
    pub entrances: Vec<Uuid>,
    /// Whose visitors it is for.
    pub unit_id: Option<Uuid>,
    /// Whose own PIN it is.
    pub resident_id: Option<Uuid>,
    /// When it was revoked.
    #[serde(with = "time::serde::rfc3339::option")]
    pub revoked_at: Option<OffsetDateTime>,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// Which passes.
#[derive(Clone, Debug, Default)]
pub struct PassFilter {
    /// Of this building.
    pub building: Option<Uuid>,
    /// For this unit's visitors.
    pub unit: Option<Uuid>,
    /// This resident's own.
    pub resident: Option<Uuid>,
    /// The one with this id.
    pub id: Option<Uuid>,
    /// That may open at this instant, schedules and visits aside.
    pub valid_at: Option<OffsetDateTime>,
}

/// Whether a PIN was taken for a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewPin {
    /// The pass is there now.
    Taken,
    /// Another pass of the building has this PIN.
    TakenByAnother,
}

impl TenantTx {
    /// Adds a pass with the keyed hash of its PIN.
    pub async fn add_pass(
        &mut self,
        pass: &PassView,
        pin_hash: &[u8],
    ) -> Result<NewPin, DirectoryError> {
        let tenant = self.tenant().as_uuid();
        let added = sqlx::query!(
            "insert into vestibule.pass
                 (tenant_id, pass_id, building_id, label, pin_hash, valid_from, valid_until, hours, schedule_id, visits_allowed, entrances, unit_id,
                  resident_id, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
             on conflict on constraint pin_once_per_building do nothing",
            tenant,
            pass.id,
            pass.building_id,
            pass.label,
            pin_hash,
            pass.valid_from,
            pass.valid_until,
            pass.hours,
            pass.schedule_id,
            pass.visits_allowed,
            &pass.entrances,
            pass.unit_id,
            pass.resident_id,
            pass.created_at
        )
        .execute(self.connection())
        .await?;
        Ok(if added.rows_affected() == 1 { NewPin::Taken } else { NewPin::TakenByAnother })
    }

    /// A page of passes.
    pub async fn passes(
        &mut self,
        which: PassFilter,
        after: After,
    ) -> Result<Vec<PassView>, DirectoryError> {
        Ok(sqlx::query_as!(
            PassView,
            r#"select pass_id as id, building_id, label, valid_from, valid_until, hours, schedule_id, visits_allowed,
                      (select count(*) from vestibule.pass_visit visit where visit.pass_id = pass.pass_id) as "visits!",
                      entrances, unit_id, resident_id, revoked_at, created_at
               from vestibule.pass pass
               where ($1::uuid is null or building_id = $1) and ($2::uuid is null or unit_id = $2) and ($3::uuid is null or resident_id = $3)
                 and ($4::uuid is null or pass_id = $4)
                 and ($5::timestamptz is null
                      or (revoked_at is null and valid_from <= $5 and (valid_until is null or valid_until > $5)))
                 and ($6::uuid is null or pass_id > $6)
               order by pass_id limit $7"#,
            which.building,
            which.unit,
            which.resident,
            which.id,
            which.valid_at,
            after.id,
            after.limit
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The pass with this id.
    pub async fn pass(&mut self, id: Uuid) -> Result<Option<PassView>, DirectoryError> {
        let which = PassFilter { id: Some(id), ..PassFilter::default() };
        Ok(self.passes(which, After::ONE).await?.pop())
    }

    /// Whether these entrances, and the unit if there is one, are in this building.
    pub async fn are_in_building(
        &mut self,
        building: Uuid,
        entrances: &[Uuid],
        unit: Option<Uuid>,
    ) -> Result<bool, DirectoryError> {
        Ok(sqlx::query_scalar!(
            r#"select not exists (select from unnest($2::uuid[]) wanted(id)
                                  where not exists (select from vestibule.entrance where entrance_id = wanted.id and building_id = $1))
                  and ($3::uuid is null or exists (select from vestibule.unit where unit_id = $3 and building_id = $1)) as "are!""#,
            building,
            entrances,
            unit
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Writes a pass as it shall be; its PIN stays.
    pub async fn put_pass(&mut self, pass: &PassView) -> Result<(), DirectoryError> {
        sqlx::query!(
            "update vestibule.pass
             set label = $2, valid_from = $3, valid_until = $4, hours = $5, schedule_id = $6, visits_allowed = $7, entrances = $8, unit_id = $9
             where pass_id = $1",
            pass.id,
            pass.label,
            pass.valid_from,
            pass.valid_until,
            pass.hours,
            pass.schedule_id,
            pass.visits_allowed,
            &pass.entrances,
            pass.unit_id
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Revokes a pass.
    pub async fn revoke_pass(
        &mut self,
        id: Uuid,
        at: OffsetDateTime,
    ) -> Result<(), DirectoryError> {
        sqlx::query!(
            "update vestibule.pass set revoked_at = coalesce(revoked_at, $2) where pass_id = $1",
            id,
            at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
