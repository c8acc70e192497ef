//! What is kept for a while only: finished work for a week, deliveries for two, raw webhooks for a month, what webhooks were told;
//! of signing in what can not be used any more; sentences that can not be said any more.

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
        while self.sweep_kept_answers().await? == BATCH {}
        while self.sweep_webhook_deliveries().await? == BATCH {}
        self.sweep_streams().await?;
        while self.sweep_refresh_tokens().await? == BATCH {}
        while self.sweep_wrong_pins().await? == BATCH {}
        while self.sweep_prompts().await? == BATCH {}
        self.sweep_access().await
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

    /// Wrong PINs count for a week at most.
    async fn sweep_wrong_pins(&self) -> Result<u64, Unavailable> {
        let swept = sqlx::query!(
            "delete from vestibule.pin_failure where (tenant_id, building_id, caller_hash, delivery_key) in (
                 select tenant_id, building_id, caller_hash, delivery_key from vestibule.pin_failure
                 where failed_at < clock_timestamp() - interval '8 days'
                 limit 5000)"
        )
        .execute(&self.worker)
        .await?;
        Ok(swept.rows_affected())
    }

    /// A used token is kept as long as it would have been good: its second use is noticed until then.
    async fn sweep_refresh_tokens(&self) -> Result<u64, Unavailable> {
        let swept = sqlx::query!(
            "delete from vestibule.refresh_token where (tenant_id, token_hash) in (
                 select tenant_id, token_hash from vestibule.refresh_token
                 where expires_at < clock_timestamp() - interval '1 day'
                 limit 5000)"
        )
        .execute(&self.worker)
        .await?;
        Ok(swept.rows_affected())
    }

    /// Invitations that nobody took, and the last signs of life of streams whose process died.
    async fn sweep_streams(&self) -> Result<(), Unavailable> {
        sqlx::query!("delete from vestibule.stream_ticket where expires_at < clock_timestamp() - interval '1 day'")
            .execute(&self.worker)
            .await?;
        sqlx::query!("delete from vestibule.stream_beat where beat_at < clock_timestamp() - interval '1 hour'")
            .execute(&self.worker)
            .await?;
        Ok(())
    }

    /// Few rows each.
    async fn sweep_access(&self) -> Result<(), Unavailable> {
        sqlx::query!(
            "delete from vestibule.session
             where least(expires_at, ended_at) < clock_timestamp() - interval '30 days'"
        )
        .execute(&self.worker)
        .await?;
        sqlx::query!("delete from vestibule.throttle where window_ends_at < clock_timestamp() - interval '1 day'")
            .execute(&self.worker)
            .await?;
        sqlx::query!("delete from vestibule.password_reset where expires_at < clock_timestamp() - interval '1 day'")
            .execute(&self.worker)
            .await?;
        sqlx::query!("delete from vestibule.mail where expires_at < clock_timestamp()")
            .execute(&self.worker)
            .await?;
        sqlx::query!("delete from vestibule.signing_key where expires_at < clock_timestamp() - interval '1 day'")
            .execute(&self.ingest)
            .await?;
        Ok(())
    }

    /// Who repeats a POST does so within the day that is promised.
    async fn sweep_kept_answers(&self) -> Result<u64, Unavailable> {
        let swept = sqlx::query!(
            "delete from vestibule.idempotency where (tenant_id, key) in (
                 select tenant_id, key from vestibule.idempotency
                 where created_at < clock_timestamp() - interval '1 day'
                 limit 5000)"
        )
        .execute(&self.worker)
        .await?;
        Ok(swept.rows_affected())
    }
}
