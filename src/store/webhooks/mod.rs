//! Webhooks that go out: what is configured, what was told, and the work to tell it.

mod deliveries;
mod fan_out;
mod log;
mod rows;

pub use self::deliveries::{AttemptView, DeliveryFilter, DeliveryView, Replay, ReplayError};
pub use self::fan_out::FanOut;
pub use self::rows::{Secret, WebhookView};

use std::time::Duration;

use super::Store;
use crate::application::ports::Unavailable;
use crate::domain::webhook::attempt::TRIED_FOR;

/// How long the work of a delivery is good for: a little longer than it is tried, so that its end is decided and not missed.
const WORK_IS_GOOD_FOR: Duration = TRIED_FOR.saturating_add(Duration::from_secs(3600));
/// What secrets of webhooks are sealed for.
const SECRET: &str = "webhook";
/// What answers of webhooks are sealed for.
const ANSWER: &str = "webhook answer";

impl Store {
    /// Deletes deliveries that are older than 30 days, 5 000 at a time, and ends those that no work is left for.
    pub(super) async fn sweep_webhook_deliveries(&self) -> Result<u64, Unavailable> {
        sqlx::query!(
            "update vestibule.webhook_delivery set state = 'failed', next_attempt_at = null, last_error = 'its time ran out', finished_at = clock_timestamp()
             where state = 'pending' and created_at < clock_timestamp() - $1 * interval '1 ms'",
            WORK_IS_GOOD_FOR.as_millis() as f64
        )
        .execute(&self.worker)
        .await?;
        let swept = sqlx::query!(
            "delete from vestibule.webhook_delivery where (tenant_id, delivery_id) in (
                 select tenant_id, delivery_id from vestibule.webhook_delivery
                 where created_at < clock_timestamp() - interval '30 days'
                 limit 5000)"
        )
        .execute(&self.worker)
        .await?;
        Ok(swept.rows_affected())
    }
}
