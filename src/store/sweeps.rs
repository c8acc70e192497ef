//! How far carriers' own lists of calls were looked through, a row a connection.

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::Store;
use crate::application::ports::Unavailable;
use crate::application::ports::records::{Sweep, SweepBook};

#[async_trait]
impl SweepBook for Store {
    async fn take_due(&self, not_within: Duration) -> Result<Vec<Sweep>, Unavailable> {
        let rows = sqlx::query!(
            "insert into vestibule.carrier_sweep as sweep (tenant_id, connection_id, swept_to)
             select tenant_id, connection_id, created_at from vestibule.connection
             on conflict (tenant_id, connection_id) do update set begun_at = clock_timestamp()
             where sweep.begun_at <= clock_timestamp() - $1 * interval '1 ms'
             returning tenant_id, connection_id, swept_to",
            not_within.as_millis() as f64
        )
        .fetch_all(&self.worker)
        .await?;
        let due = rows.into_iter().map(|row| Sweep {
            tenant: row.tenant_id.into(),
            connection: row.connection_id.into(),
            swept_to: row.swept_to,
        });
        Ok(due.collect())
    }

    async fn swept(&self, sweep: &Sweep, to: OffsetDateTime) -> Result<(), Unavailable> {
        sqlx::query!(
            "update vestibule.carrier_sweep set swept_to = greatest(swept_to, $3)
             where tenant_id = $1 and connection_id = $2",
            sweep.tenant.as_uuid(),
            sweep.connection.as_uuid(),
            to
        )
        .execute(&self.worker)
        .await?;
        Ok(())
    }
}
