//! Buildings.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{After, DirectoryError};
use crate::store::TenantTx;

/// A building.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BuildingView {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    #[schema(example = "Maple House")]
    pub name: String,
    /// Where it stands.
    #[schema(example = "1 Maple Road, London")]
    pub address: String,
    /// IANA time zone.
    #[schema(example = "Europe/London")]
    pub time_zone: String,
    /// What is spoken at its doors, BCP 47.
    #[schema(example = "en-GB")]
    pub language: String,
    /// The region that numbers without a country code are read in, ISO 3166.
    #[schema(example = "GB")]
    pub region: String,
    /// What to do with callers that nobody listed: `reject`, `pin` or `ring`.
    #[schema(example = "reject")]
    pub strangers: String,
    /// What to do with callers who hide their number.
    #[schema(example = "reject")]
    pub withheld: String,
    /// Whom a flow's last step may ring, E.164.
    #[schema(example = "+441632960900")]
    pub concierge: Option<String>,
    /// How units ring that have no flow of their own.
    #[schema(example = json!({"groups": [{"members": "all_residents", "ring_seconds": 25}], "on_none": "concierge"}))]
    pub flow: Option<Value>,
    /// The shared flow by which they ring, if the building has none of its own.
    pub flow_id: Option<Uuid>,
    /// Since when it is managed here.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

impl TenantTx {
    /// Adds buildings, all or none.
    pub async fn add_buildings(
        &mut self,
        buildings: &[BuildingView],
    ) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        for building in buildings {
            sqlx::query!(
                "insert into vestibule.building
                     (tenant_id, building_id, name, address, time_zone, language, region, strangers, withheld, concierge, flow, flow_id, created_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                tenant,
                building.id,
                building.name,
                building.address,
                building.time_zone,
                building.language,
                building.region,
                building.strangers,
                building.withheld,
                building.concierge,
                building.flow,
                building.flow_id,
                building.created_at
            )
            .execute(self.connection())
            .await?;
        }
        Ok(())
    }

    /// A page of buildings, or the one with this id.
    pub async fn buildings(
        &mut self,
        id: Option<Uuid>,
        name: Option<&str>,
        after: After,
    ) -> Result<Vec<BuildingView>, DirectoryError> {
        Ok(sqlx::query_as!(
            BuildingView,
            "select building_id as id, name, address, time_zone, language, region, strangers, withheld, concierge, flow, flow_id, created_at
             from vestibule.building
             where ($1::uuid is null or building_id = $1) and ($2::text is null or name ilike '%' || $2 || '%')
               and ($3::uuid is null or building_id > $3)
             order by building_id limit $4",
            id,
            name,
            after.id,
            after.limit
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The building with this id.
    pub async fn building(&mut self, id: Uuid) -> Result<Option<BuildingView>, DirectoryError> {
        Ok(self.buildings(Some(id), None, After::ONE).await?.pop())
    }

    /// Writes a building as it shall be.
    pub async fn put_building(&mut self, building: &BuildingView) -> Result<(), DirectoryError> {
        sqlx::query!(
            "update vestibule.building
             set name = $2, address = $3, time_zone = $4, language = $5, region = $6, strangers = $7, withheld = $8, concierge = $9, flow = $10,
                 flow_id = $11
             where building_id = $1",
            building.id,
            building.name,
            building.address,
            building.time_zone,
            building.language,
            building.region,
            building.strangers,
            building.withheld,
            building.concierge,
            building.flow,
            building.flow_id
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Removes a building with all that is below it.
    pub async fn remove_building(&mut self, id: Uuid) -> Result<(), DirectoryError> {
        sqlx::query!("delete from vestibule.building where building_id = $1", id)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
