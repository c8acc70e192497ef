//! Rows as the API shows them: what a manager configured, read and written in the manager's own transaction.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::application::ports::Unavailable;
use crate::store::TenantTx;

/// Why the directory did not take something.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// Something like it is there already.
    #[error("{0} is taken already")]
    Taken(&'static str),
    /// What it belongs to does not exist.
    #[error("the {0} that it belongs to does not exist")]
    NoParent(&'static str),
    /// Something else needs it.
    #[error("{0} needs it")]
    InUse(&'static str),
    /// The database did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl From<sqlx::Error> for DirectoryError {
    fn from(error: sqlx::Error) -> Self {
        let constraint =
            error.as_database_error().and_then(|error| error.constraint().map(str::to_owned));
        match constraint.as_deref() {
            Some("unit_code_once_per_building") => Self::Taken("this code"),
            Some("unit_name_once_per_building") => Self::Taken("this name"),
            Some("allowlist_number_once_per_building" | "line_number_once_per_connection") => {
                Self::Taken("this number")
            }
            Some("pin_once_per_building") => Self::Taken("this PIN"),
            Some(name) if name.ends_with("building_id_fkey") => Self::NoParent("building"),
            Some(name) if name.ends_with("unit_id_fkey") => Self::NoParent("unit"),
            Some(name) if name.ends_with("entrance_id_fkey") => Self::NoParent("entrance"),
            Some(name) if name.ends_with("connection_id_fkey") => Self::NoParent("connection"),
            Some(_) | None => Self::Unavailable(error.into()),
        }
    }
}

/// Where a page of a list starts: after this id, so many rows.
#[derive(Clone, Copy, Debug)]
pub struct After {
    /// The last id of the page before.
    pub id: Option<Uuid>,
    /// Rows.
    pub limit: i64,
}

/// A property-management firm.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TenantView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// A building.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BuildingView {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// Where it stands.
    pub address: String,
    /// IANA time zone.
    pub time_zone: String,
    /// What is spoken at its doors, BCP 47.
    pub language: String,
    /// The region that numbers without a country code are read in, ISO 3166.
    pub region: String,
    /// What to do with callers that nobody listed: `reject`, `pin` or `ring`.
    pub strangers: String,
    /// What to do with callers who hide their number.
    pub withheld: String,
    /// Whom a flow's last step may ring, E.164.
    pub concierge: Option<String>,
    /// How units ring that have no flow of their own.
    pub flow: Option<Value>,
}

/// A door with its panel.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EntranceView {
    /// Its id.
    pub id: Uuid,
    /// Its building.
    pub building_id: Uuid,
    /// What people call it.
    pub name: String,
    /// The numbers that its panel calls from, E.164.
    pub panel_numbers: Vec<String>,
    /// How its panel wants to be talked to.
    pub panel: Value,
}

/// A dwelling.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UnitView {
    /// Its id.
    pub id: Uuid,
    /// Its building.
    pub building_id: Uuid,
    /// What people call it.
    pub name: String,
    /// What a visitor keys in to ring it.
    pub code: Option<String>,
    /// How its residents are rung; absent: as the building's.
    pub flow: Option<Value>,
}

/// Someone who lives in a unit.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ResidentView {
    /// Their id.
    pub id: Uuid,
    /// Their unit.
    pub unit_id: Uuid,
    /// Their name.
    pub name: String,
    /// Their numbers, E.164, the first is rung first.
    pub numbers: Vec<String>,
    /// What is spoken to them, BCP 47.
    pub language: Option<String>,
    /// The first day they are rung, `2026-11-20`.
    pub moved_in: Option<String>,
    /// The first day they are rung no more.
    pub moved_out: Option<String>,
    /// Not rung before this.
    #[serde(with = "time::serde::rfc3339::option")]
    pub do_not_disturb_until: Option<OffsetDateTime>,
    /// `home` or `away`.
    pub presence: String,
}

/// A number that may ring.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AllowlistEntryView {
    /// Its id.
    pub id: Uuid,
    /// Its building.
    pub building_id: Uuid,
    /// The number, E.164.
    pub number: String,
    /// Whose it is.
    pub label: String,
}

/// A phone number at a connection.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LineView {
    /// Its id.
    pub id: Uuid,
    /// Its connection.
    pub connection_id: Uuid,
    /// Its building.
    pub building_id: Uuid,
    /// The number, E.164.
    pub number: String,
    /// The door that it leads to, or
    pub entrance_id: Option<Uuid>,
    /// the unit.
    pub unit_id: Option<Uuid>,
}

/// A tenant's account at a carrier. Its credentials are never shown.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConnectionView {
    /// Its id.
    pub id: Uuid,
    /// `vonage`.
    pub provider: String,
    /// What people call it.
    pub label: String,
    /// Part of every callback URL: whoever knows it can knock at them.
    #[schema(example = "c2VlZC1mb3ItdGhlLWRvY3VtZW50")]
    pub token: String,
    /// Whether webhooks must be signed: `required` or `off`.
    pub signing: String,
}

impl TenantTx {
    /// The tenant itself.
    pub async fn own_tenant(&mut self) -> Result<Option<TenantView>, DirectoryError> {
        Ok(sqlx::query_as!(
            TenantView,
            "select tenant_id as id, name, created_at from vestibule.tenant"
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Adds a building.
    pub async fn add_building(&mut self, building: &BuildingView) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        sqlx::query!(
            "insert into vestibule.building (tenant_id, building_id, name, address, time_zone, language, region, strangers, withheld, concierge, flow)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
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
            building.flow
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A page of buildings, or the one with this id.
    pub async fn buildings(
        &mut self,
        id: Option<Uuid>,
        after: After,
    ) -> Result<Vec<BuildingView>, DirectoryError> {
        Ok(sqlx::query_as!(
            BuildingView,
            "select building_id as id, name, address, time_zone, language, region, strangers, withheld, concierge, flow from vestibule.building
             where ($1::uuid is null or building_id = $1) and ($2::uuid is null or building_id > $2)
             order by building_id limit $3",
            id,
            after.id,
            after.limit
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Adds an entrance.
    pub async fn add_entrance(&mut self, entrance: &EntranceView) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        sqlx::query!(
            "insert into vestibule.entrance (tenant_id, entrance_id, building_id, name, panel_numbers, panel) values ($1, $2, $3, $4, $5, $6)",
            tenant,
            entrance.id,
            entrance.building_id,
            entrance.name,
            &entrance.panel_numbers,
            entrance.panel
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
            "select entrance_id as id, building_id, name, panel_numbers, panel from vestibule.entrance
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

    /// Adds a unit.
    pub async fn add_unit(&mut self, unit: &UnitView) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        sqlx::query!(
            "insert into vestibule.unit (tenant_id, unit_id, building_id, name, code, flow) values ($1, $2, $3, $4, $5, $6)",
            tenant,
            unit.id,
            unit.building_id,
            unit.name,
            unit.code,
            unit.flow
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A page of a building's units, or the one with this id.
    pub async fn units(
        &mut self,
        building: Option<Uuid>,
        id: Option<Uuid>,
        after: After,
    ) -> Result<Vec<UnitView>, DirectoryError> {
        Ok(sqlx::query_as!(
            UnitView,
            "select unit_id as id, building_id, name, code, flow from vestibule.unit
             where ($1::uuid is null or building_id = $1) and ($2::uuid is null or unit_id = $2) and ($3::uuid is null or unit_id > $3)
             order by unit_id limit $4",
            building,
            id,
            after.id,
            after.limit
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Adds a resident.
    pub async fn add_resident(&mut self, resident: &ResidentView) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        let added = sqlx::query!(
            "insert into vestibule.resident (tenant_id, resident_id, unit_id, building_id, name, numbers, language, moved_in, moved_out, do_not_disturb_until, presence)
             select $1, $2, unit_id, building_id, $4, $5, $6, $7::text::date, $8::text::date, $9, $10
             from vestibule.unit where unit_id = $3",
            tenant,
            resident.id,
            resident.unit_id,
            resident.name,
            &resident.numbers,
            resident.language,
            resident.moved_in,
            resident.moved_out,
            resident.do_not_disturb_until,
            resident.presence
        )
        .execute(self.connection())
        .await?;
        if added.rows_affected() == 0 { Err(DirectoryError::NoParent("unit")) } else { Ok(()) }
    }

    /// A page of a unit's residents, or the one with this id.
    pub async fn residents(
        &mut self,
        unit: Option<Uuid>,
        id: Option<Uuid>,
        after: After,
    ) -> Result<Vec<ResidentView>, DirectoryError> {
        Ok(sqlx::query_as!(
            ResidentView,
            "select resident_id as id, unit_id, name, numbers, language, moved_in::text, moved_out::text, do_not_disturb_until, presence
             from vestibule.resident
             where ($1::uuid is null or unit_id = $1) and ($2::uuid is null or resident_id = $2) and ($3::uuid is null or resident_id > $3)
             order by resident_id limit $4",
            unit,
            id,
            after.id,
            after.limit
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Lists a number.
    pub async fn add_allowlist_entry(
        &mut self,
        entry: &AllowlistEntryView,
    ) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        sqlx::query!(
            "insert into vestibule.allowlist_entry (tenant_id, entry_id, building_id, number, label) values ($1, $2, $3, $4, $5)",
            tenant,
            entry.id,
            entry.building_id,
            entry.number,
            entry.label
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

    /// Adds a line.
    pub async fn add_line(&mut self, line: &LineView) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        sqlx::query!(
            "insert into vestibule.line (tenant_id, line_id, connection_id, building_id, number, entrance_id, unit_id) values ($1, $2, $3, $4, $5, $6, $7)",
            tenant,
            line.id,
            line.connection_id,
            line.building_id,
            line.number,
            line.entrance_id,
            line.unit_id
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A page of lines, or the one with this id.
    pub async fn lines(
        &mut self,
        id: Option<Uuid>,
        after: After,
    ) -> Result<Vec<LineView>, DirectoryError> {
        Ok(sqlx::query_as!(
            LineView,
            "select line_id as id, connection_id, building_id, number, entrance_id, unit_id from vestibule.line
             where ($1::uuid is null or line_id = $1) and ($2::uuid is null or line_id > $2)
             order by line_id limit $3",
            id,
            after.id,
            after.limit
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Adds a connection, its credentials sealed.
    pub async fn add_connection(
        &mut self,
        connection: &ConnectionView,
        sealed: &[u8],
    ) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        sqlx::query!(
            "insert into vestibule.connection (tenant_id, connection_id, provider, label, token, credentials, signing) values ($1, $2, $3, $4, $5, $6, $7)",
            tenant,
            connection.id,
            connection.provider,
            connection.label,
            connection.token,
            sealed,
            connection.signing
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A page of connections, or the one with this id.
    pub async fn connections(
        &mut self,
        id: Option<Uuid>,
        after: After,
    ) -> Result<Vec<ConnectionView>, DirectoryError> {
        Ok(sqlx::query_as!(
            ConnectionView,
            "select connection_id as id, provider, label, token, signing from vestibule.connection
             where ($1::uuid is null or connection_id = $1) and ($2::uuid is null or connection_id > $2)
             order by connection_id limit $3",
            id,
            after.id,
            after.limit
        )
        .fetch_all(self.connection())
        .await?)
    }
}
