//! Entrances.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{After, DirectoryError};
use crate::store::TenantTx;

/// A door with its panel.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EntranceView {
    /// Its id.
    pub id: Uuid,
    /// Its building.
    pub building_id: Uuid,
    /// What people call it.
    #[schema(example = "Front door")]
    pub name: String,
    /// The numbers that its panel calls from, E.164.
    #[schema(example = json!(["+441632960001"]))]
    pub panel_numbers: Vec<String>,
    /// How its panel wants to be talked to.
    #[schema(example = json!({"open_digits": "9"}))]
    pub panel: Value,
    /// The shared flow by which units ring from here that have none of their own.
    pub flow_id: Option<Uuid>,
}

impl TenantTx {
    /// Adds an entrance.
    pub async fn add_entrance(&mut self, entrance: &EntranceView) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        sqlx::query!(
            "insert into vestibule.entrance (tenant_id, entrance_id, building_id, name, panel_numbers, panel, flow_id) values ($1, $2, $3, $4, $5, $6, $7)",
            tenant,
            entrance.id,
            entrance.building_id,
            entrance.name,
            &entrance.panel_numbers,
            entrance.panel,
            entrance.flow_id
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A page of a building's entrances, or the one with this id.
    pub async fn entrances(
        &mut self,
        building: Option<Uuid>,
        id: Option<Uuid>,
        after: After,
    ) -> Result<Vec<EntranceView>, DirectoryError> {
        Ok(sqlx::query_as!(
            EntranceView,
            "select entrance_id as id, building_id, name, panel_numbers, panel, flow_id from vestibule.entrance
             where ($1::uuid is null or building_id = $1) and ($2::uuid is null or entrance_id = $2) and ($3::uuid is null or entrance_id > $3)
             order by entrance_id limit $4",
            building,
            id,
            after.id,
            after.limit
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The entrance with this id.
    pub async fn entrance(&mut self, id: Uuid) -> Result<Option<EntranceView>, DirectoryError> {
        Ok(self.entrances(None, Some(id), After::ONE).await?.pop())
    }

    /// Writes an entrance as it shall be.
    pub async fn put_entrance(&mut self, entrance: &EntranceView) -> Result<(), DirectoryError> {
        sqlx::query!(
            "update vestibule.entrance set name = $2, panel_numbers = $3, panel = $4, flow_id = $5 where entrance_id = $1",
            entrance.id,
            entrance.name,
            &entrance.panel_numbers,
            entrance.panel,
            entrance.flow_id
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Removes an entrance that no line leads to.
    pub async fn remove_entrance(&mut self, id: Uuid) -> Result<(), DirectoryError> {
        sqlx::query!("delete from vestibule.entrance where entrance_id = $1", id)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
