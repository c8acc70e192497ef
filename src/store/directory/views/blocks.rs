//! Blocks: set by managers, or by too many wrong PINs.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{After, DirectoryError};
use crate::store::TenantTx;

/// Who may not ring.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, sqlx::FromRow)]
pub struct BlockView {
    /// Its id.
    pub id: Uuid,
    /// Its building.
    pub building_id: Uuid,
    /// `number`: this number; `prefix`: all that begin like it; `automatic`: a caller who gave too many wrong PINs.
    #[schema(example = "number")]
    pub kind: String,
    /// The number or its beginning, E.164. Absent if automatic: the statistics know the caller by `caller_id`.
    #[schema(example = "+447700900666")]
    pub number: Option<String>,
    /// Stands for the caller of an automatic block.
    pub caller_id: Option<Uuid>,
    /// Why.
    #[schema(example = "Rings at night")]
    pub reason: String,
    /// Until when; absent: until it is lifted.
    #[serde(with = "time::serde::rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
    /// When it was lifted.
    #[serde(with = "time::serde::rfc3339::option")]
    pub lifted_at: Option<OffsetDateTime>,
    /// Since when. Absent if automatic.
    #[serde(with = "time::serde::rfc3339::option")]
    pub created_at: Option<OffsetDateTime>,
}

/// Which blocks.
#[derive(Clone, Debug, Default)]
pub struct BlockFilter<'a> {
    /// Of this building.
    pub building: Option<Uuid>,
    /// The one with this id.
    pub id: Option<Uuid>,
    /// That hold for this number.
    pub number: Option<&'a str>,
    /// That hold at this instant.
    pub active_at: Option<OffsetDateTime>,
}

impl TenantTx {
    /// Adds blocks, all or none.
    pub async fn add_blocks(&mut self, blocks: &[BlockView]) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        for block in blocks {
            sqlx::query!(
                "insert into vestibule.block (tenant_id, block_id, building_id, kind, number, reason, expires_at, created_at)
                 values ($1, $2, $3, $4, $5, $6, $7, coalesce($8, clock_timestamp()))",
                tenant,
                block.id,
                block.building_id,
                block.kind,
                block.number.as_deref().unwrap_or_default(),
                block.reason,
                block.expires_at,
                block.created_at
            )
            .execute(self.connection())
            .await?;
        }
        Ok(())
    }

    /// A page of blocks, by hand and automatic.
    pub async fn blocks(
        &mut self,
        which: BlockFilter<'_>,
        after: After,
    ) -> Result<Vec<BlockView>, DirectoryError> {
        // The automatic ones are a read model, whose tables change with its generation: checked by tests instead of by the compiler.
        Ok(sqlx::query_as(
            "select * from (
                 select block_id as id, building_id, kind, number, null::uuid as caller_id, reason, expires_at, lifted_at, created_at
                 from vestibule.block
                 union all
                 select block_id, building_id, 'automatic', null, caller_id, 'Too many wrong PINs', expires_at, null, null
                 from vestibule.spam_block) block
             where ($1::uuid is null or building_id = $1) and ($2::uuid is null or id = $2)
               and ($3::text is null or number = $3 or (kind = 'prefix' and starts_with($3, number)))
               and ($4::timestamptz is null or (lifted_at is null and (expires_at is null or expires_at > $4)))
               and ($5::uuid is null or id > $5)
             order by id limit $6",
        )
        .bind(which.building)
        .bind(which.id)
        .bind(which.number)
        .bind(which.active_at)
        .bind(after.id)
        .bind(after.limit)
        .fetch_all(self.connection())
        .await?)
    }

    /// The block with this id.
    pub async fn block(&mut self, id: Uuid) -> Result<Option<BlockView>, DirectoryError> {
        let which = BlockFilter { id: Some(id), ..BlockFilter::default() };
        Ok(self.blocks(which, After::ONE).await?.pop())
    }

    /// Lifts a block. An automatic one is lifted by the event that tells so.
    pub async fn lift_block(&mut self, id: Uuid, at: OffsetDateTime) -> Result<(), DirectoryError> {
        sqlx::query!(
            "update vestibule.block set lifted_at = coalesce(lifted_at, $2) where block_id = $1",
            id,
            at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
