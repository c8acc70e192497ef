//! Lines.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{After, DirectoryError};
use crate::store::TenantTx;

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
    #[schema(example = "+441632960100")]
    pub number: String,
    /// The door that it leads to, or
    pub entrance_id: Option<Uuid>,
    /// the unit, or
    pub unit_id: Option<Uuid>,
    /// whether who calls talks to the backends of its streams, and nobody is rung, or
    pub leads_to_stream: bool,
    /// whether the carrier puts its calls through as the account says, and we only tell how they fare.
    pub is_watched: bool,
}

/// Which lines.
#[derive(Clone, Debug, Default)]
pub struct LineFilter<'a> {
    /// Of this building.
    pub building: Option<Uuid>,
    /// At this connection.
    pub connection: Option<Uuid>,
    /// The one with this id.
    pub id: Option<Uuid>,
    /// With this number.
    pub number: Option<&'a str>,
}

impl TenantTx {
    /// Adds a line.
    pub async fn add_line(&mut self, line: &LineView) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        sqlx::query!(
            "insert into vestibule.line (tenant_id, line_id, connection_id, building_id, number, entrance_id, unit_id, leads_to_stream, is_watched)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            tenant,
            line.id,
            line.connection_id,
            line.building_id,
            line.number,
            line.entrance_id,
            line.unit_id,
            line.leads_to_stream,
            line.is_watched
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A page of lines.
    pub async fn lines(
        &mut self,
        which: LineFilter<'_>,
        after: After,
    ) -> Result<Vec<LineView>, DirectoryError> {
        Ok(sqlx::query_as!(
            LineView,
            "select line_id as id, connection_id, building_id, number, entrance_id, unit_id, leads_to_stream, is_watched from vestibule.line
             where ($1::uuid is null or building_id = $1) and ($2::uuid is null or connection_id = $2) and ($3::uuid is null or line_id = $3)
               and ($4::text is null or number = $4) and ($5::uuid is null or line_id > $5)
             order by line_id limit $6",
            which.building,
            which.connection,
            which.id,
            which.number,
            after.id,
            after.limit
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The line with this id.
    pub async fn line(&mut self, id: Uuid) -> Result<Option<LineView>, DirectoryError> {
        let which = LineFilter { id: Some(id), ..LineFilter::default() };
        Ok(self.lines(which, After::ONE).await?.pop())
    }

    /// Whether what a line leads to is in the line's building.
    pub async fn line_leads_into_its_building(
        &mut self,
        line: &LineView,
    ) -> Result<bool, DirectoryError> {
        Ok(sqlx::query_scalar!(
            r#"select $4 or exists (select from vestibule.entrance where entrance_id = $1 and building_id = $3)
                   or exists (select from vestibule.unit where unit_id = $2 and building_id = $3) as "does!""#,
            line.entrance_id,
            line.unit_id,
            line.building_id,
            line.leads_to_stream || line.is_watched
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Writes a line as it shall be.
    pub async fn put_line(&mut self, line: &LineView) -> Result<(), DirectoryError> {
        sqlx::query!(
            "update vestibule.line set connection_id = $2, building_id = $3, number = $4, entrance_id = $5, unit_id = $6, leads_to_stream = $7, is_watched = $8 where line_id = $1",
            line.id,
            line.connection_id,
            line.building_id,
            line.number,
            line.entrance_id,
            line.unit_id,
            line.leads_to_stream,
            line.is_watched
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Removes a line.
    pub async fn remove_line(&mut self, id: Uuid) -> Result<(), DirectoryError> {
        sqlx::query!("delete from vestibule.line where line_id = $1", id)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
