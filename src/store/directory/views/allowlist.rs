//! Allowlists.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{After, DirectoryError};
use crate::store::TenantTx;

/// A number that may ring.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AllowlistEntryView {
    /// Its id.
    pub id: Uuid,
    /// Its building.
    pub building_id: Uuid,
    /// The number, E.164.
    #[schema(example = "+447700900300")]
    pub number: String,
    /// Whose it is.
    #[schema(example = "Parcel courier")]
    pub label: String,
}

impl TenantTx {
    /// Lists numbers, all or none.
    pub async fn add_allowlist_entries(
        &mut self,
        entries: &[AllowlistEntryView],
    ) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        let ids: Vec<Uuid> = entries.iter().map(|entry| entry.id).collect();
        let buildings: Vec<Uuid> = entries.iter().map(|entry| entry.building_id).collect();
        let numbers: Vec<String> = entries.iter().map(|entry| entry.number.clone()).collect();
        let labels: Vec<String> = entries.iter().map(|entry| entry.label.clone()).collect();
        sqlx::query!(
            "insert into vestibule.allowlist_entry (tenant_id, entry_id, building_id, number, label)
             select $1, * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[])",
            tenant,
            &ids,
            &buildings,
            &numbers,
            &labels
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A page of a building's allowlist, or the entry with this id.
    pub async fn allowlist(
        &mut self,
        building: Option<Uuid>,
        id: Option<Uuid>,
        after: After,
    ) -> Result<Vec<AllowlistEntryView>, DirectoryError> {
        Ok(sqlx::query_as!(
            AllowlistEntryView,
            "select entry_id as id, building_id, number, label from vestibule.allowlist_entry
             where ($1::uuid is null or building_id = $1) and ($2::uuid is null or entry_id = $2) and ($3::uuid is null or entry_id > $3)
             order by entry_id limit $4",
            building,
            id,
            after.id,
            after.limit
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The entry with this id.
    pub async fn allowlist_entry(
        &mut self,
        id: Uuid,
    ) -> Result<Option<AllowlistEntryView>, DirectoryError> {
        Ok(self.allowlist(None, Some(id), After::ONE).await?.pop())
    }

    /// Writes an entry as it shall be.
    pub async fn put_allowlist_entry(
        &mut self,
        entry: &AllowlistEntryView,
    ) -> Result<(), DirectoryError> {
        sqlx::query!(
            "update vestibule.allowlist_entry set number = $2, label = $3 where entry_id = $1",
            entry.id,
            entry.number,
            entry.label
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Removes an entry.
    pub async fn remove_allowlist_entry(&mut self, id: Uuid) -> Result<(), DirectoryError> {
        sqlx::query!("delete from vestibule.allowlist_entry where entry_id = $1", id)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
