//! Webhooks as the API shows them, read and written in the manager's own transaction.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::SECRET;
use crate::application::ports::Unavailable;
use crate::domain::ids::TenantId;
use crate::store::directory::views::{After, DirectoryError};
use crate::store::{Store, TenantTx};

/// A URL of the firm's own that is told what happens. Its secret is shown when it is made, and never again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WebhookView {
    /// Its id.
    pub id: Uuid,
    /// The building whose events it is told; null: all of the firm's, and what concerns no building.
    pub building_id: Option<Uuid>,
    /// Where it is told.
    #[schema(example = "https://hooks.example.com/vestibule")]
    pub url: String,
    /// What people call it.
    #[schema(example = "Parcel desk")]
    pub description: String,
    /// What it is told; empty: everything.
    #[schema(example = json!(["call.rang", "door.opened"]))]
    pub events: Vec<String>,
    /// Whether it is told whole phone numbers; else their middle is hidden.
    #[schema(example = false)]
    pub personal: bool,
    /// Whether it is told anything.
    #[schema(example = true)]
    pub enabled: bool,
    /// Why we switched it off: `gone` (it answered 410) or `failing` (nothing but failures for five days); null: we did not.
    #[schema(example = "failing")]
    pub disabled_because: Option<String>,
    /// Since when it has only failed; null: it took the last that it was told.
    #[serde(with = "time::serde::rfc3339::option")]
    pub failing_since: Option<OffsetDateTime>,
    /// Until when its former secret signs as well; null: there is none.
    #[serde(with = "time::serde::rfc3339::option")]
    pub old_secret_until: Option<OffsetDateTime>,
    /// Since when it is there.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// A webhook's secret, sealed for its row.
#[derive(Clone, Debug)]
pub struct Secret(Vec<u8>);

impl Store {
    /// Seals a webhook's secret.
    pub async fn sealed_webhook_secret(
        &self,
        tenant: TenantId,
        secret: &SecretString,
    ) -> Result<Secret, Unavailable> {
        let sealed = self.seal_secret(tenant, SECRET, secret.expose_secret().as_bytes()).await?;
        Ok(Secret(sealed))
    }
}

impl TenantTx {
    /// Adds a webhook; says since when it is there.
    pub async fn add_webhook(
        &mut self,
        webhook: &WebhookView,
        secret: &Secret,
    ) -> Result<OffsetDateTime, DirectoryError> {
        let tenant = self.tenant().as_uuid();
        let created_at = sqlx::query_scalar!(
            "insert into vestibule.webhook (tenant_id, webhook_id, building_id, url, description, events, personal, enabled, secret)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             returning created_at",
            tenant,
            webhook.id,
            webhook.building_id,
            webhook.url,
            webhook.description,
            &webhook.events,
            webhook.personal,
            webhook.enabled,
            secret.0
        )
        .fetch_one(self.connection())
        .await?;
        Ok(created_at)
    }

    /// How many webhooks the firm has.
    pub async fn count_webhooks(&mut self) -> Result<i64, Unavailable> {
        let count = sqlx::query_scalar!(r#"select count(*) as "count!" from vestibule.webhook"#)
            .fetch_one(self.connection())
            .await?;
        Ok(count)
    }

    /// One webhook, or a page of them, oldest first.
    pub async fn webhooks(
        &mut self,
        id: Option<Uuid>,
        after: After,
    ) -> Result<Vec<WebhookView>, Unavailable> {
        let rows = sqlx::query_as!(
            WebhookView,
            "select webhook_id as id, building_id, url, description, events, personal, enabled, disabled_because, failing_since,
                    case when old_secret_until > clock_timestamp() then old_secret_until end as old_secret_until, created_at
             from vestibule.webhook
             where ($1::uuid is null or webhook_id = $1) and ($2::uuid is null or webhook_id > $2)
             order by webhook_id
             limit $3",
            id,
            after.id,
            after.limit
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows)
    }

    /// Writes what a manager may change. One that is switched on again starts with a clean slate.
    pub async fn change_webhook(&mut self, webhook: &WebhookView) -> Result<(), DirectoryError> {
        sqlx::query!(
            "update vestibule.webhook
             set url = $2, description = $3, events = $4, personal = $5, enabled = $6, disabled_because = $7, failing_since = $8
             where webhook_id = $1",
            webhook.id,
            webhook.url,
            webhook.description,
            &webhook.events,
            webhook.personal,
            webhook.enabled,
            webhook.disabled_because,
            webhook.failing_since
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Deletes a webhook and its log. What is still to be told is told no more.
    pub async fn delete_webhook(&mut self, id: Uuid) -> Result<(), DirectoryError> {
        sqlx::query!("delete from vestibule.webhook where webhook_id = $1", id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Gives a webhook another secret; the present one signs as well for so many seconds. Says until when.
    pub async fn rotate_webhook_secret(
        &mut self,
        id: Uuid,
        secret: &Secret,
        overlap_seconds: i64,
    ) -> Result<OffsetDateTime, DirectoryError> {
        let until = sqlx::query_scalar!(
            r#"update vestibule.webhook
               set old_secret = secret, old_secret_until = clock_timestamp() + $3 * interval '1 second', secret = $2
               where webhook_id = $1
               returning old_secret_until as "until!""#,
            id,
            secret.0,
            overlap_seconds as f64
        )
        .fetch_one(self.connection())
        .await?;
        Ok(until)
    }
}
