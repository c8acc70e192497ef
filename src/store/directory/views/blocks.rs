//! Blocks: set by managers, or by too many wrong PINs.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{After, DirectoryError};
use crate::domain::phone_number::{Caller, PhoneNumber};
use crate::store::TenantTx;

/// Who may not ring.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BlockView {
    /// Its id.
    pub id: Uuid,
    /// Its building.
    pub building_id: Uuid,
    /// `number`: this number; `prefix`: all that begin like it; `automatic`: a caller who gave too many wrong PINs; `entrance`: every PIN
    /// at an entrance, since too many wrong ones came there from whomever. It keeps nobody else out.
    #[schema(example = "number")]
    pub kind: String,
    /// The number or its beginning, E.164; masked for viewers; `[erased]` once the caller was erased: the block holds all the same.
    /// Absent: of callers who hide their number, who are blocked as one, and of an entrance.
    #[schema(example = "+447700900666")]
    pub number: Option<String>,
    /// The entrance that takes no PINs; of `entrance` only.
    pub entrance_id: Option<Uuid>,
    /// Stands for the caller of an automatic block in statistics; all zeros: whoever hides the number.
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
    /// Since when.
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
    /// That hold for this caller.
    pub caller: Option<&'a Caller>,
    /// That hold at this instant.
    pub active_at: Option<OffsetDateTime>,
}

/// What stands in the place of a number that was erased.
pub const ERASED: &str = "[erased]";

impl BlockView {
    /// Whose number it holds for, if it is one number's and known.
    pub fn blocked_number(&self) -> Option<&str> {
        self.number.as_deref().filter(|number| self.kind != "prefix" && *number != ERASED)
    }
}

impl TenantTx {
    /// Adds blocks, all or none.
    pub async fn add_blocks(&mut self, blocks: &[BlockView]) -> Result<(), DirectoryError> {
        let tenant = self.tenant();
        for block in blocks {
            let number = block.blocked_number().and_then(|number| PhoneNumber::parse(number).ok());
            let hash = match number {
                Some(number) => Some(self.store().number_hash(tenant, &number).await?),
                None => None,
            };
            sqlx::query!(
                "insert into vestibule.block (tenant_id, block_id, building_id, kind, number, reason, expires_at, created_at, number_hash)
                 values ($1, $2, $3, $4, $5, $6, $7, coalesce($8, clock_timestamp()), $9)",
                tenant.as_uuid(),
                block.id,
                block.building_id,
                block.kind,
                block.number.as_deref().unwrap_or_default(),
                block.reason,
                block.expires_at,
                block.created_at,
                hash.as_ref().map(|hash| &hash[..])
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
        let tenant = self.tenant();
        let hash = match which.caller {
            Some(caller) => Some(self.store().caller_hash(tenant, caller).await?),
            None => None,
        };
        let number = match which.caller {
            Some(Caller::Known(number)) => Some(number.as_e164()),
            Some(Caller::Withheld) | None => None,
        };
        let rows = sqlx::query!(
            "select block_id, building_id, kind, number, entrance_id, caller_id, sealed_number, reason, expires_at, lifted_at, created_at
             from vestibule.block
             where ($1::uuid is null or building_id = $1) and ($2::uuid is null or block_id = $2)
               and ($3::bytea is null or number_hash = $3 or number = $4 or (kind = 'prefix' and starts_with($4, number)))
               and ($5::timestamptz is null or (lifted_at is null and (expires_at is null or expires_at > $5)))
               and ($6::uuid is null or block_id > $6)
             order by block_id limit $7",
            which.building,
            which.id,
            hash.as_ref().map(|hash| &hash[..]),
            number,
            which.active_at,
            after.id,
            after.limit
        )
        .fetch_all(self.connection())
        .await?;
        let mut blocks = Vec::with_capacity(rows.len());
        for row in rows {
            let number = match (row.number, row.caller_id, row.sealed_number) {
                _ if row.entrance_id.is_some() => None,
                (Some(number), _, _) => Some(number),
                (None, Some(caller), _) if caller.is_nil() => None,
                (None, Some(caller), Some(sealed)) => {
                    let store = self.store().clone();
                    let number = store.blocked_number(tenant, row.block_id, (caller, &sealed));
                    Some(number.await?.unwrap_or_else(|| ERASED.to_owned()))
                }
                (None, Some(_) | None, _) => Some(ERASED.to_owned()),
            };
            blocks.push(BlockView {
                id: row.block_id,
                building_id: row.building_id,
                kind: row.kind,
                number,
                entrance_id: row.entrance_id,
                caller_id: row.caller_id,
                reason: row.reason,
                expires_at: row.expires_at,
                lifted_at: row.lifted_at,
                created_at: Some(row.created_at),
            });
        }
        Ok(blocks)
    }

    /// The block with this id.
    pub async fn block(&mut self, id: Uuid) -> Result<Option<BlockView>, DirectoryError> {
        let which = BlockFilter { id: Some(id), ..BlockFilter::default() };
        Ok(self.blocks(which, After::ONE).await?.pop())
    }

    /// Lifts a block. The caller's wrong PINs are forgotten, so that the next one is the first again.
    pub async fn lift_block(&mut self, id: Uuid, at: OffsetDateTime) -> Result<(), DirectoryError> {
        sqlx::query!(
            "with lifted as (
                 update vestibule.block set lifted_at = coalesce(lifted_at, $2) where block_id = $1
                 returning tenant_id, building_id, number_hash)
             update vestibule.pin_failure failure set forgotten_at = coalesce(forgotten_at, $2), entrance_id = null
             from lifted
             where failure.tenant_id = lifted.tenant_id and failure.building_id = lifted.building_id
               and failure.caller_hash = lifted.number_hash and (forgotten_at is null or entrance_id is not null)",
            id,
            at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
