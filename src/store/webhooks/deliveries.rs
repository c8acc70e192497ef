//! The log of deliveries as the API shows it, and telling again what was told, or was not.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ANSWER, WORK_IS_GOOD_FOR, WebhookView};
use crate::application::ports::webhooks::Told;
use crate::application::ports::{Ids, Unavailable};
use crate::domain::webhook::topic::Topic;
use crate::store::directory::views::After;
use crate::store::{Store, TenantTx};

/// Events that one request may have told again.
const REPLAY_MAX: usize = 5_000;

/// One event on its way to one webhook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryView {
    /// Its id.
    pub id: Uuid,
    /// The webhook.
    pub webhook_id: Uuid,
    /// What it is told: a name of the vocabulary, or `ping`.
    #[serde(rename = "type")]
    #[schema(example = "door.opened")]
    pub topic: String,
    /// The event, and the message's `webhook-id`; null: a ping, whose `webhook-id` is the delivery's.
    pub event_id: Option<Uuid>,
    /// The delivery or request that this tells again; null: the event's own.
    pub replay_of: Option<Uuid>,
    /// `pending`, `delivered` or `failed`.
    #[schema(example = "delivered")]
    pub state: String,
    /// Attempts so far.
    #[schema(example = 1, minimum = 0)]
    pub attempts: i32,
    /// When it is tried again; null: it is over, or due at once.
    #[serde(with = "time::serde::rfc3339::option")]
    pub next_attempt_at: Option<OffsetDateTime>,
    /// The HTTP status of the last answer; null: none came.
    #[schema(example = 204)]
    pub last_status: Option<i32>,
    /// What went wrong, if no answer came or it was given up.
    #[schema(example = "no answer within 5 seconds")]
    pub last_error: Option<String>,
    /// Since when it is tried.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was over; null: it is not.
    #[serde(with = "time::serde::rfc3339::option")]
    pub finished_at: Option<OffsetDateTime>,
}

/// One try, and what was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AttemptView {
    /// From 1.
    #[schema(example = 1, minimum = 1)]
    pub attempt: i32,
    /// When it began.
    #[serde(with = "time::serde::rfc3339")]
    pub attempted_at: OffsetDateTime,
    /// How long it took.
    #[schema(example = 85, minimum = 0)]
    pub duration_ms: i32,
    /// HTTP status; null: no answer came.
    #[schema(example = 204)]
    pub status: Option<i32>,
    /// What went wrong, if no answer came.
    #[schema(example = "no answer within 5 seconds")]
    pub error: Option<String>,
    /// The beginning of the answer, 1 KiB at most; what is not UTF-8 is replaced.
    #[schema(example = "thank you")]
    pub answer: String,
}

/// Which deliveries of a webhook.
#[derive(Clone, Debug)]
pub struct DeliveryFilter {
    /// Of which webhook.
    pub webhook: Uuid,
    /// In this state.
    pub state: Option<String>,
    /// Since then.
    pub from: Option<OffsetDateTime>,
    /// Before then.
    pub to: Option<OffsetDateTime>,
    /// Which page, newest first.
    pub after: After,
}

/// What is to be told again.
#[derive(Clone, Copy, Debug)]
pub struct Replay {
    /// What happened since then.
    pub from: OffsetDateTime,
    /// And before then.
    pub to: OffsetDateTime,
    /// What the new deliveries are said to come from.
    pub request: Uuid,
}

/// Why something is not told again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// Too much happened.
    #[error("more than {REPLAY_MAX} events happened then: ask for a shorter time")]
    TooMany,
    /// The database did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl From<sqlx::Error> for ReplayError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(error.into())
    }
}

struct Event {
    event_id: Uuid,
    stream_id: Uuid,
    version: i32,
    kind: String,
}

/// Deliveries to be written, a column a field.
#[derive(Default)]
struct Fresh {
    ids: Vec<Uuid>,
    topics: Vec<String>,
    events: Vec<Option<Uuid>>,
    streams: Vec<Option<Uuid>>,
    versions: Vec<Option<i32>>,
}

impl Fresh {
    fn push(&mut self, id: Uuid, topic: &str, told: Option<Told>) {
        self.ids.push(id);
        self.topics.push(topic.to_owned());
        self.events.push(told.map(|told| told.event.as_uuid()));
        self.streams.push(told.map(|told| told.stream));
        self.versions.push(told.map(|told| told.version));
    }
}

impl TenantTx {
    /// A page of a webhook's deliveries, newest first.
    pub async fn deliveries(
        &mut self,
        filter: &DeliveryFilter,
    ) -> Result<Vec<DeliveryView>, Unavailable> {
        let rows = sqlx::query_as!(
            DeliveryView,
            "select delivery_id as id, webhook_id, topic, event_id, replay_of, state, attempts, next_attempt_at, last_status, last_error, created_at, finished_at
             from vestibule.webhook_delivery
             where webhook_id = $1
               and ($2::text is null or state = $2)
               and ($3::timestamptz is null or created_at >= $3)
               and ($4::timestamptz is null or created_at < $4)
               and ($5::uuid is null or delivery_id < $5)
             order by delivery_id desc
             limit $6",
            filter.webhook,
            filter.state,
            filter.from,
            filter.to,
            filter.after.id,
            filter.after.limit
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows)
    }

    /// One delivery of a webhook, and the event that it tells.
    pub async fn delivery(
        &mut self,
        webhook: Uuid,
        id: Uuid,
    ) -> Result<Option<(DeliveryView, Option<Told>)>, Unavailable> {
        let row = sqlx::query!(
            "select delivery_id as id, webhook_id, topic, event_id, replay_of, state, attempts, next_attempt_at, last_status, last_error, created_at, finished_at,
                    stream_id, version
             from vestibule.webhook_delivery
             where webhook_id = $1 and delivery_id = $2",
            webhook,
            id
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|row| {
            let told = match (row.event_id, row.stream_id, row.version) {
                (Some(event), Some(stream), Some(version)) => {
                    Some(Told { event: event.into(), stream, version })
                }
                (_, _, _) => None,
            };
            let view = DeliveryView {
                id: row.id,
                webhook_id: row.webhook_id,
                topic: row.topic,
                event_id: row.event_id,
                replay_of: row.replay_of,
                state: row.state,
                attempts: row.attempts,
                next_attempt_at: row.next_attempt_at,
                last_status: row.last_status,
                last_error: row.last_error,
                created_at: row.created_at,
                finished_at: row.finished_at,
            };
            (view, told)
        }))
    }

    /// A delivery's attempts in order, their answers opened.
    pub async fn attempts(
        &mut self,
        store: &Store,
        delivery: Uuid,
    ) -> Result<Vec<AttemptView>, Unavailable> {
        let rows = sqlx::query!(
            "select attempt, attempted_at, duration_ms, status, error, answer from vestibule.webhook_attempt where delivery_id = $1 order by attempt",
            delivery
        )
        .fetch_all(self.connection())
        .await?;
        let mut attempts = Vec::with_capacity(rows.len());
        for row in rows {
            let answer = match row.answer {
                Some(sealed) => store.open_secret(self.tenant(), ANSWER, &sealed).await?.to_vec(),
                None => Vec::new(),
            };
            attempts.push(AttemptView {
                attempt: row.attempt,
                attempted_at: row.attempted_at,
                duration_ms: row.duration_ms,
                status: row.status,
                error: row.error,
                answer: String::from_utf8_lossy(&answer).into_owned(),
            });
        }
        Ok(attempts)
    }

    /// Has a webhook told one thing: a ping, or again what a delivery told. Its work is written with it.
    pub async fn tell_webhook(
        &mut self,
        webhook: &WebhookView,
        id: Uuid,
        topic: &str,
        again: Option<(Uuid, Option<Told>)>,
    ) -> Result<(), Unavailable> {
        let (replay_of, told) = again.map_or((None, None), |(of, told)| (Some(of), told));
        let mut fresh = Fresh::default();
        fresh.push(id, topic, told);
        self.write_deliveries(webhook, replay_of, fresh).await?;
        Ok(())
    }

    /// Has a webhook told again all that it asks for and that happened in a time, told before or not. Says how much that is.
    pub async fn replay(
        &mut self,
        webhook: &WebhookView,
        replay: Replay,
        ids: &dyn Ids,
    ) -> Result<usize, ReplayError> {
        let kinds: Vec<String> = Topic::ALL
            .into_iter()
            .filter(|topic| {
                webhook.events.is_empty() || webhook.events.iter().any(|name| name == topic.name())
            })
            .map(|topic| topic.stored_as().to_owned())
            .collect();
        let events = self.events_between(webhook.building_id, &kinds, replay).await?;
        if events.len() > REPLAY_MAX {
            return Err(ReplayError::TooMany);
        }
        let mut fresh = Fresh::default();
        for event in events {
            let Some(topic) = Topic::of_stored(&event.kind) else { continue };
            let told = Told {
                event: event.event_id.into(),
                stream: event.stream_id,
                version: event.version,
            };
            fresh.push(ids.next(), topic.name(), Some(told));
        }
        let many = fresh.ids.len();
        self.write_deliveries(webhook, Some(replay.request), fresh).await?;
        Ok(many)
    }

    async fn events_between(
        &mut self,
        building: Option<Uuid>,
        kinds: &[String],
        replay: Replay,
    ) -> Result<Vec<Event>, sqlx::Error> {
        let tenant = self.tenant().as_uuid();
        sqlx::query_as!(
            Event,
            "select event_id, stream_id, version, type as kind
             from es.event event
             where tenant_id = $1 and type = any ($2) and recorded_at >= $3 and recorded_at < $4
               and ($5::uuid is null or $5::text = (
                   select first.payload -> 'data' ->> 'building' from es.event first
                   where first.stream_id = event.stream_id and first.version = 1))
             order by position
             limit $6",
            tenant,
            kinds,
            replay.from,
            replay.to,
            building,
            i64::try_from(REPLAY_MAX + 1).unwrap_or(i64::MAX)
        )
        .fetch_all(self.connection())
        .await
    }

    async fn write_deliveries(
        &mut self,
        webhook: &WebhookView,
        replay_of: Option<Uuid>,
        fresh: Fresh,
    ) -> Result<(), sqlx::Error> {
        let tenant = self.tenant().as_uuid();
        sqlx::query!(
            "insert into vestibule.webhook_delivery (tenant_id, webhook_id, building_id, replay_of, delivery_id, topic, event_id, stream_id, version)
             select $1, $2, $3, $4, id, topic, event_id, stream_id, version
             from unnest($5::uuid[], $6::text[], $7::uuid[], $8::uuid[], $9::int[]) as fresh(id, topic, event_id, stream_id, version)",
            tenant,
            webhook.id,
            webhook.building_id,
            replay_of,
            &fresh.ids,
            &fresh.topics,
            &fresh.events as &[Option<Uuid>],
            &fresh.streams as &[Option<Uuid>],
            &fresh.versions as &[Option<i32>]
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            r#"select es.queue_webhook_deliveries($1, $2, $3 * interval '1 ms')::text as "nothing""#,
            &fresh.ids,
            webhook.id,
            WORK_IS_GOOD_FOR.as_millis() as f64
        )
        .fetch_one(self.connection())
        .await?;
        Ok(())
    }
}
