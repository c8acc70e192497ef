//! Deliveries as the workers see them: what is still to be told, and what came of it.

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::json;
use sqlx::{Postgres, Transaction};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{ANSWER, SECRET};
use crate::application::ports::webhooks::{Attempted, DeliveryLog, Pace, Pending, Told, Wanted};
use crate::application::ports::{Actor, Unavailable};
use crate::domain::ids::{DeliveryId, TenantId, WebhookId};
use crate::domain::webhook::attempt::{Answer, DisabledBecause, Fate, Health};
use crate::store::Store;

struct Row {
    webhook_id: Uuid,
    topic: String,
    event_id: Option<Uuid>,
    stream_id: Option<Uuid>,
    version: Option<i32>,
    attempts: i32,
    created_at: OffsetDateTime,
    url: String,
    personal: bool,
    enabled: bool,
    secret: Vec<u8>,
    old_secret: Option<Vec<u8>>,
    failing_since: Option<OffsetDateTime>,
}

#[async_trait]
impl DeliveryLog for Store {
    async fn pending(
        &self,
        tenant: TenantId,
        delivery: DeliveryId,
    ) -> Result<Option<Pending>, Unavailable> {
        let row = sqlx::query_as!(
            Row,
            "select webhook_id, topic, event_id, stream_id, version, attempts, delivery.created_at, url, personal, enabled, secret,
                    case when old_secret_until > clock_timestamp() then old_secret end as old_secret, failing_since
             from vestibule.webhook_delivery delivery join vestibule.webhook webhook using (tenant_id, webhook_id)
             where tenant_id = $1 and delivery_id = $2 and state = 'pending'",
            tenant.as_uuid(),
            delivery.as_uuid()
        )
        .fetch_optional(&self.worker)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let mut secrets = Vec::new();
        for sealed in [Some(&row.secret), row.old_secret.as_ref()].into_iter().flatten() {
            secrets.push(self.opened_webhook_secret(tenant, sealed).await?);
        }
        row.pending(tenant, delivery, secrets).map(Some)
    }

    async fn record(&self, attempted: &Attempted) -> Result<(), Unavailable> {
        let excerpt = &attempted.reply.excerpt;
        let answer = match excerpt.is_empty() {
            true => None,
            false => Some(self.seal_secret(attempted.tenant, ANSWER, excerpt).await?),
        };
        #[expect(clippy::disallowed_methods, reason = "workers act across tenants")]
        let mut tx = self.worker.begin().await?;
        if write_attempt(&mut tx, attempted, answer).await? {
            write_fate(&mut tx, attempted).await?;
            match attempted.verdict.health {
                Health::Well => write_health(&mut tx, attempted, None).await?,
                Health::Failing => write_health(&mut tx, attempted, Some(attempted.at)).await?,
                Health::Off(because) => switch_off(&mut tx, attempted, because).await?,
                Health::AsBefore => {}
            }
        }
        tx.commit().await?;
        if matches!(attempted.verdict.health, Health::Off(_)) {
            self.wake.committed();
        }
        Ok(())
    }

    async fn give_up(
        &self,
        tenant: TenantId,
        delivery: DeliveryId,
        why: &str,
    ) -> Result<(), Unavailable> {
        sqlx::query!(
            "update vestibule.webhook_delivery set state = 'failed', next_attempt_at = null, last_error = $3, finished_at = clock_timestamp()
             where tenant_id = $1 and delivery_id = $2 and state = 'pending'",
            tenant.as_uuid(),
            delivery.as_uuid(),
            why
        )
        .execute(&self.worker)
        .await?;
        Ok(())
    }

    async fn hold_back(&self, webhook: WebhookId, pace: Pace) -> Result<(), Unavailable> {
        sqlx::query!(
            "update es.work_item work
             set not_before = clock_timestamp() + (1 + place / $3) * $2 * interval '1 ms'
             from (
                 select id, row_number() over (order by not_before, caused_by) - 1 as place
                 from (
                     select id, not_before, caused_by from es.work_item
                     where kind = 'hook' and state = 'ready' and args ->> 'webhook' = $1
                       and not_before <= clock_timestamp() + $2 * interval '1 ms'
                     for update skip locked) due) due
             where work.id = due.id",
            webhook.to_string(),
            pace.every.as_millis() as f64,
            i64::from(pace.many)
        )
        .execute(&self.worker)
        .await?;
        Ok(())
    }
}

impl Row {
    fn pending(
        self,
        tenant: TenantId,
        delivery: DeliveryId,
        secrets: Vec<SecretString>,
    ) -> Result<Pending, Unavailable> {
        let topic = self.topic.parse().map_err(|error| Unavailable {
            what: "a webhook's delivery",
            reason: format!("{error}"),
        })?;
        let event = match (self.event_id, self.stream_id, self.version) {
            (Some(event), Some(stream), Some(version)) => {
                Some(Told { event: event.into(), stream, version })
            }
            (_, _, _) => None,
        };
        Ok(Pending {
            tenant,
            delivery,
            webhook: self.webhook_id.into(),
            wanted: if self.enabled { Wanted::Yes } else { Wanted::SwitchedOff },
            url: self.url,
            secrets,
            personal: self.personal,
            topic,
            event,
            attempts: self.attempts.try_into().unwrap_or_default(),
            created_at: self.created_at,
            failing_since: self.failing_since,
        })
    }
}

impl Store {
    async fn opened_webhook_secret(
        &self,
        tenant: TenantId,
        sealed: &[u8],
    ) -> Result<SecretString, Unavailable> {
        let opened = self.open_secret(tenant, SECRET, sealed).await?;
        let text = std::str::from_utf8(&opened).map_err(|error| Unavailable {
            what: "a webhook's secret",
            reason: error.to_string(),
        })?;
        Ok(SecretString::from(text))
    }
}

type Tx = Transaction<'static, Postgres>;

/// False: it is written already, or its delivery was deleted meanwhile.
async fn write_attempt(
    tx: &mut Tx,
    attempted: &Attempted,
    answer: Option<Vec<u8>>,
) -> Result<bool, sqlx::Error> {
    let written = sqlx::query!(
        "insert into vestibule.webhook_attempt (tenant_id, delivery_id, attempt, building_id, attempted_at, duration_ms, status, error, answer)
         select tenant_id, delivery_id, $3, building_id, $4, $5, $6, $7, $8
         from vestibule.webhook_delivery where tenant_id = $1 and delivery_id = $2 and state = 'pending'
         on conflict do nothing",
        attempted.tenant.as_uuid(),
        attempted.delivery.as_uuid(),
        i32::try_from(attempted.attempt).unwrap_or(i32::MAX),
        attempted.at,
        i32::try_from(attempted.reply.took.as_millis()).unwrap_or(i32::MAX),
        status(attempted),
        attempted.reply.error,
        answer
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

async fn write_fate(tx: &mut Tx, attempted: &Attempted) -> Result<(), sqlx::Error> {
    let (state, next) = match attempted.verdict.fate {
        Fate::Delivered => ("delivered", None),
        Fate::GivenUp => ("failed", None),
        Fate::Again { after } => ("pending", Some(attempted.at + after)),
    };
    sqlx::query!(
        "update vestibule.webhook_delivery
         set state = $3, attempts = $4, next_attempt_at = $5, last_status = $6, last_error = $7,
             finished_at = case when $3 = 'pending' then null else clock_timestamp() end
         where tenant_id = $1 and delivery_id = $2",
        attempted.tenant.as_uuid(),
        attempted.delivery.as_uuid(),
        state,
        i32::try_from(attempted.attempt).unwrap_or(i32::MAX),
        next,
        status(attempted),
        attempted.reply.error
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Only a change of it is written: a webhook that is well is not one row that all deliveries wait for.
async fn write_health(
    tx: &mut Tx,
    attempted: &Attempted,
    failed_at: Option<OffsetDateTime>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update vestibule.webhook set failing_since = $3
         where tenant_id = $1 and webhook_id = $2 and (failing_since is null) <> ($3::timestamptz is null)",
        attempted.tenant.as_uuid(),
        attempted.webhook.as_uuid(),
        failed_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Once, with the event that tells it: appended last.
async fn switch_off(
    tx: &mut Tx,
    attempted: &Attempted,
    because: DisabledBecause,
) -> Result<(), sqlx::Error> {
    let switched = sqlx::query!(
        "update vestibule.webhook set enabled = false, disabled_because = $3, failing_since = coalesce(failing_since, $4)
         where tenant_id = $1 and webhook_id = $2 and enabled",
        attempted.tenant.as_uuid(),
        attempted.webhook.as_uuid(),
        because.name(),
        attempted.at
    )
    .execute(&mut **tx)
    .await?;
    if switched.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query!(
        "select outcome from es.append_batch(
             array[$1::uuid], array[$2::uuid], array['directory'], array[null::int], array[$3::jsonb], array[$4::uuid],
             array[null::text], array[null::uuid], array[null::bytea], array[null::jsonb], array[null::uuid], array[null::bytea],
             array[1], array[$5::uuid], array['WebhookDisabled'], array[1::smallint], array[$6::jsonb], array[null::timestamptz],
             '{}', '{}', '{}', '{}', '{}', '{}', '{}')",
        attempted.tenant.as_uuid(),
        attempted.webhook.as_uuid(),
        json!(Actor::Worker),
        attempted.delivery.as_uuid(),
        attempted.event.as_uuid(),
        json!({ "type": "WebhookDisabled", "data": { "webhook_id": attempted.webhook, "reason": because } })
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(())
}

fn status(attempted: &Attempted) -> Option<i32> {
    match attempted.reply.answer {
        Answer::Status { status, .. } => Some(status.into()),
        Answer::None | Answer::Refused => None,
    }
}
