//! Reading statistics, and the calls that they count.

use time::OffsetDateTime;
use uuid::Uuid;

use super::TenantTx;
use crate::application::ports::Unavailable;
use crate::domain::ids::CallId;

impl TenantTx {
    /// The latest calls of a building that rang from and before these times, and are over.
    pub async fn calls_that_are_over(
        &mut self,
        building: Uuid,
        (from, to): (Option<OffsetDateTime>, Option<OffsetDateTime>),
        limit: i64,
    ) -> Result<Vec<CallId>, Unavailable> {
        // The read models' tables change with their generation, so these queries are checked by tests instead of by the compiler.
        let rows: Vec<Uuid> = sqlx::query_scalar(
            "select call_id from vestibule.call_row
             where building_id = $1 and ended_at is not null
               and ($2::timestamptz is null or rang_at >= $2)
               and ($3::timestamptz is null or rang_at < $3)
             order by rang_at desc, call_id desc
             limit $4",
        )
        .bind(building)
        .bind(from)
        .bind(to)
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(CallId::from_uuid).collect())
    }
}
