//! What is kept for a while only: finished work for a week, deliveries for two, raw webhooks for a month, and what
//! webhooks were told.

use super::Store;
use crate::application::ports::Unavailable;

/// Rows in one go, so that nobody waits for a sweep.
const BATCH: u64 = 5_000;

impl Store {
    /// Sweeps what is past its time, and makes room for the weeks to come. Safe to do at any time, by anyone.
    pub async fn keep_house(&self) -> Result<(), Unavailable> {
        sqlx::query_scalar!(r#"select es.keep_raw_webhooks()::text as "nothing""#)
            .fetch_one(&self.worker)
            .await?;
        while self.sweep_finished_work().await? == BATCH {}
        while self.sweep_deliveries().await? == BATCH {}
        while self.sweep_webhook_deliveries().await? == BATCH {}
        Ok(())
    }

    /// A carrier repeats a webhook within seconds: after two weeks nobody needs to recognise it.
    async fn sweep_deliveries(&self) -> Result<u64, Unavailable> {
        let swept = sqlx::query!(
            "delete from es.delivery where (provider, account, key) in (
                 select provider, account, key from es.delivery
                 where received_at < clock_timestamp() - interval '14 days'
                 limit 5000)"
        )
        .execute(&self.worker)
        .await?;
        Ok(swept.rows_affected())
    }
}
