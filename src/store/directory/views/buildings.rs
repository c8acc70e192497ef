//! Buildings.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::types::Json;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::policy::pin_limits;
use super::{After, DirectoryError};
use crate::domain::call::script::Music;
use crate::domain::policy::PinLimits;
use crate::store::TenantTx;

/// What a visitor hears while residents are rung.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, from = "AsWritten")]
pub struct WaitMusic {
    /// `ours`: the music that comes with this; `url`: a sound file of yours; `silence`: nothing.
    pub kind: MusicKind,
    /// Where the sound file is, if `kind` is `url`: an `https://` address that the line's carrier can fetch. Else absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://sounds.example.com/lobby.mp3", max_length = 2000)]
    pub url: Option<String>,
}

/// Which music a visitor hears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "url")]
pub enum MusicKind {
    /// The music that comes with this.
    #[default]
    Ours,
    /// A sound file at an address.
    Url,
    /// None.
    Silence,
}

/// A change of the kind alone leaves the address of before: it is dropped, where it means nothing any more.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AsWritten {
    kind: MusicKind,
    url: Option<String>,
}

impl From<AsWritten> for WaitMusic {
    fn from(AsWritten { kind, url }: AsWritten) -> Self {
        Self { kind, url: url.filter(|_| kind == MusicKind::Url) }
    }
}

impl WaitMusic {
    /// As the domain knows it.
    pub fn music(self) -> Music {
        match (self.kind, self.url) {
            (MusicKind::Url, Some(url)) => Music::At(url),
            (MusicKind::Silence, _) => Music::Silence,
            (MusicKind::Ours | MusicKind::Url, _) => Music::Ours,
        }
    }
}

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
    /// What a visitor hears while residents are rung.
    #[serde(default)]
    #[schema(value_type = WaitMusic)]
    pub wait_music: Json<WaitMusic>,
    /// How units ring that have no flow of their own.
    #[schema(example = json!({"groups": [{"members": "all_residents", "ring_seconds": 25}], "on_none": "concierge"}))]
    pub flow: Option<Value>,
    /// The shared flow by which they ring, if the building has none of its own.
    pub flow_id: Option<Uuid>,
    /// The wrong PIN that blocks a caller. Five times as many at one entrance, from whomever, close it to all PINs for as long.
    #[schema(example = 10)]
    pub wrong_pins_max: i32,
    /// Wrong PINs count for so many hours.
    #[schema(example = 24)]
    pub wrong_pins_within_hours: i32,
    /// How many hours such a block lasts.
    #[schema(example = 24)]
    pub pin_block_hours: i32,
    /// Since when it is managed here.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

impl BuildingView {
    /// When wrong PINs block a caller here.
    pub fn pin_limits(&self) -> PinLimits {
        pin_limits(self.wrong_pins_max, self.wrong_pins_within_hours, self.pin_block_hours)
    }
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
                     (tenant_id, building_id, name, address, time_zone, language, region, strangers, withheld, concierge, wait_music, flow, flow_id, created_at,
                      wrong_pins_max, wrong_pins_within_hours, pin_block_hours)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
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
                json!(building.wait_music),
                building.flow,
                building.flow_id,
                building.created_at,
                building.wrong_pins_max,
                building.wrong_pins_within_hours,
                building.pin_block_hours
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
            r#"select building_id as id, name, address, time_zone, language, region, strangers, withheld, concierge,
                    wait_music as "wait_music: Json<WaitMusic>", flow, flow_id,
                    wrong_pins_max, wrong_pins_within_hours, pin_block_hours, created_at
             from vestibule.building
             where ($1::uuid is null or building_id = $1) and ($2::text is null or name ilike '%' || $2 || '%')
               and ($3::uuid is null or building_id > $3)
             order by building_id limit $4"#,
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
                 flow_id = $11, wrong_pins_max = $12, wrong_pins_within_hours = $13, pin_block_hours = $14, wait_music = $15
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
            building.flow_id,
            building.wrong_pins_max,
            building.wrong_pins_within_hours,
            building.pin_block_hours,
            json!(building.wait_music)
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
