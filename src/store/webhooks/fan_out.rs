//! Follows the events and writes, for each webhook that asked for one, a delivery and its work: in the transaction that moves the
//! checkpoint, so that each is told once, however many processes follow.

use std::sync::Arc;

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::WORK_IS_GOOD_FOR;
use crate::application::ports::{Ids, StoredEvent, Unavailable, WorkKind};
use crate::domain::webhook::topic::Topic;
use crate::store::Store;
use crate::store::journal::feed;

/// Its checkpoint's name.
const NAME: &str = "webhooks";
/// Events in one transaction.
const BATCH: i64 = 500;

/// Follows the events for the webhooks.
#[derive(Clone, Debug)]
pub struct FanOut {
    store: Store,
    ids: Arc<dyn Ids>,
}

/// Events that webhooks may be told, a column a field.
#[derive(Debug, Default)]
struct Public {
    tenants: Vec<Uuid>,
    streams: Vec<Uuid>,
    versions: Vec<i32>,
    events: Vec<Uuid>,
    topics: Vec<String>,
    recorded: Vec<OffsetDateTime>,
    positions: Vec<i64>,
}

struct Match {
    tenant_id: Uuid,
    webhook_id: Uuid,
    building_id: Option<Uuid>,
    topic: String,
    event_id: Uuid,
    stream_id: Uuid,
    version: i32,
    position: i64,
}

impl FanOut {
    /// Follows from now on: no webhook was there before.
    pub async fn start(store: Store, ids: Arc<dyn Ids>) -> Result<Self, Unavailable> {
        sqlx::query!(
            "insert into es.checkpoint (name, version, position) select $1, 1, position from es.head on conflict do nothing",
            NAME
        )
        .execute(&store.worker)
        .await?;
        Ok(Self { store, ids })
    }

    /// Takes the next events; true if there may be more.
    pub async fn catch_up(&self) -> Result<bool, Unavailable> {
        #[expect(clippy::disallowed_methods, reason = "the events of all tenants are followed")]
        let mut tx = self.store.worker.begin().await?;
        let position = sqlx::query_scalar!(
            "select position from es.checkpoint where name = $1 for update skip locked",
            NAME
        )
        .fetch_optional(&mut *tx)
        .await?;
        // Someone else is at it.
        let Some(position) = position else { return Ok(false) };
        let events = feed::after(&mut tx, position, BATCH).await?;
        let Some(last) = events.last().map(|event| event.position) else { return Ok(false) };
        let positions = events.iter().map(|event| event.position);
        if let Some(missing) = feed::missing(&mut tx, position, positions).await? {
            return Err(Unavailable {
                what: "the telling of webhooks",
                reason: format!("event {missing} is missing"),
            });
        }
        let made = self.write(&mut tx, Public::of(&events)).await?;
        sqlx::query!(
            "update es.checkpoint set position = $2, updated_at = clock_timestamp() where name = $1",
            NAME,
            last
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        if made > 0 {
            self.store.wake.work.look([WorkKind::Hook]);
        }
        Ok(events.len() == usize::try_from(BATCH).unwrap_or(usize::MAX))
    }

    /// Done once there may be something new; armed as soon as it is made.
    pub fn news(&self) -> impl Future<Output = ()> + Send + use<> {
        self.store.wake.news()
    }

    async fn write(&self, tx: &mut PgConnection, public: Public) -> Result<usize, Unavailable> {
        if public.events.is_empty() {
            return Ok(0);
        }
        let matches = matches(tx, &public).await?;
        if matches.is_empty() {
            return Ok(0);
        }
        let ids: Vec<Uuid> = matches.iter().map(|_| self.ids.next()).collect();
        insert(tx, &ids, &matches).await?;
        Ok(matches.len())
    }
}

impl Public {
    fn of(events: &[StoredEvent]) -> Self {
        let mut public = Self::default();
        for event in events {
            let Some(topic) = Topic::of_stored(&event.kind) else { continue };
            public.tenants.push(event.tenant.as_uuid());
            public.streams.push(event.stream);
            public.versions.push(event.version);
            public.events.push(event.id.as_uuid());
            public.topics.push(topic.name().to_owned());
            public.recorded.push(event.recorded_at);
            public.positions.push(event.position);
        }
        public
    }
}

/// Who asked for which: a call's first event says which building it is about. Nobody is told what was before they asked.
async fn matches(tx: &mut PgConnection, public: &Public) -> Result<Vec<Match>, sqlx::Error> {
    sqlx::query_as!(
        Match,
        r#"with public as (
             select * from unnest($1::uuid[], $2::uuid[], $3::int[], $4::uuid[], $5::text[], $6::timestamptz[], $7::bigint[])
                 as p(tenant_id, stream_id, version, event_id, topic, recorded_at, position))
           select public.tenant_id as "tenant_id!", webhook_id, webhook.building_id, topic as "topic!", event_id as "event_id!",
                  stream_id as "stream_id!", version as "version!", position as "position!"
           from public join vestibule.webhook webhook on webhook.tenant_id = public.tenant_id
           where enabled
             and webhook.created_at <= public.recorded_at
             and (events = '{}' or topic = any (events))
             and (building_id is null or building_id::text = (
                 select first.payload -> 'data' ->> 'building' from es.event first
                 where first.stream_id = public.stream_id and first.version = 1))
           order by position, webhook_id"#,
        &public.tenants,
        &public.streams,
        &public.versions,
        &public.events,
        &public.topics,
        &public.recorded,
        &public.positions
    )
    .fetch_all(tx)
    .await
}

async fn insert(tx: &mut PgConnection, ids: &[Uuid], matches: &[Match]) -> Result<(), sqlx::Error> {
    let column = |field: fn(&Match) -> Uuid| matches.iter().map(field).collect::<Vec<_>>();
    sqlx::query!(
        "with made as (
             insert into vestibule.webhook_delivery (delivery_id, tenant_id, webhook_id, building_id, topic, event_id, stream_id, version)
             select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::uuid[], $8::int[])
             on conflict do nothing
             returning tenant_id, delivery_id, webhook_id)
         insert into es.work_item (id, tenant_id, kind, lane, caused_by, args, expires_at)
         select made.delivery_id, tenant_id, 'hook', get_byte(uuid_send(webhook_id), 15) % 16, caused_by,
                jsonb_build_object('delivery', made.delivery_id, 'webhook', webhook_id), clock_timestamp() + $10 * interval '1 ms'
         from made join unnest($1::uuid[], $9::bigint[]) as cause(delivery_id, caused_by) using (delivery_id)",
        ids,
        &column(|row| row.tenant_id),
        &column(|row| row.webhook_id),
        &matches.iter().map(|row| row.building_id).collect::<Vec<_>>() as &[Option<Uuid>],
        &matches.iter().map(|row| row.topic.clone()).collect::<Vec<_>>(),
        &column(|row| row.event_id),
        &column(|row| row.stream_id),
        &matches.iter().map(|row| row.version).collect::<Vec<_>>(),
        &matches.iter().map(|row| row.position).collect::<Vec<_>>(),
        WORK_IS_GOOD_FOR.as_millis() as f64
    )
    .execute(tx)
    .await?;
    Ok(())
}
