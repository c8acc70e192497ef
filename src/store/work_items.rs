//! Work items: outbox and job queue in one table. Leases are fenced by the number of the attempt.
//!
//! What becomes of an item is written quietly: a server that forgets it in a crash has the item done again, as for a worker that died, and
//! each effect is claimed on its own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Store;
use super::together::Question;
use crate::application::ports::{Lease, Leased, OpenDial, Unavailable, WorkKind, WorkSource};
use crate::domain::ids::{TenantId, WorkId};

/// How long a worker may take before its work counts as lost.
const LEASE: Duration = Duration::from_secs(20);
/// How long an idle worker waits before it looks again, if nobody wakes it.
pub(super) const POLL: Duration = Duration::from_secs(1);

struct Row {
    id: Uuid,
    tenant_id: Uuid,
    kind: String,
    args: Value,
    attempts: i32,
    expires_at: OffsetDateTime,
    traceparent: Option<String>,
}

/// A work item that is on its way to the broker.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// Its id.
    pub id: WorkId,
    /// Its kind.
    pub kind: WorkKind,
    /// Its tenant.
    pub tenant: TenantId,
    /// Which queue of its kind.
    pub lane: i16,
    /// The event that caused it.
    pub position: i64,
    /// The trace of whatever asked for it.
    pub traceparent: Option<String>,
}

/// A work item whose time was over before it was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Expired {
    /// Its id.
    pub id: WorkId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its kind.
    pub kind: WorkKind,
    /// Ids.
    pub args: Value,
}

impl Store {
    /// Leases those of these items that are still to be done.
    pub async fn claim(&self, ids: &[WorkId], owner: Uuid) -> Result<Vec<Leased>, Unavailable> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
        let rows = sqlx::query_as!(
            Row,
            "update es.work_item
             set state = 'leased', attempts = attempts + 1, lease_owner = $2, lease_until = clock_timestamp() + $3 * interval '1 ms'
             where id = any ($1) and state in ('ready', 'sent') and not_before <= clock_timestamp() and expires_at > clock_timestamp() and es.quietly()
             returning id, tenant_id, kind, args, attempts, expires_at, traceparent",
            &ids,
            owner,
            LEASE.as_millis() as f64
        )
        .fetch_all(&self.worker)
        .await?;
        Ok(rows.into_iter().filter_map(|row| row.leased(owner)).collect())
    }

    /// Leases up to `max` items that are due for at least `since`, oldest first. The index ends the search at what is due only where the
    /// time stands still during the statement; else it would look at every timer there is.
    async fn claim_due(
        &self,
        kind: WorkKind,
        max: usize,
        owner: Uuid,
        since: Duration,
    ) -> Result<Vec<Leased>, Unavailable> {
        let rows = sqlx::query_as!(
            Row,
            r#"with due as materialized (
                 select id from es.work_item
                 where kind = $1 and state = 'ready' and not_before <= statement_timestamp() - $5 * interval '1 ms' and expires_at > clock_timestamp()
                 order by not_before, caused_by
                 limit $2
                 for update skip locked),
             taken as (
                 update es.work_item work
                 set state = 'leased', attempts = attempts + 1, lease_owner = $3, lease_until = clock_timestamp() + $4 * interval '1 ms'
                 from due
                 where work.id = due.id and es.quietly()
                 returning work.*)
             select id as "id!", tenant_id as "tenant_id!", kind as "kind!", args as "args!", attempts as "attempts!", expires_at as "expires_at!", traceparent
             from taken
             order by not_before, caused_by"#,
            kind.name(),
            i64::try_from(max).unwrap_or(i64::MAX),
            owner,
            LEASE.as_millis() as f64,
            since.as_millis() as f64
        )
        .fetch_all(&self.worker)
        .await?;
        Ok(rows.into_iter().filter_map(|row| row.leased(owner)).collect())
    }

    /// Until the next item of this kind is due.
    async fn next_due_in(&self, kind: WorkKind) -> Result<Option<Duration>, Unavailable> {
        let milliseconds = sqlx::query_scalar!(
            r#"select (extract(epoch from not_before - clock_timestamp()) * 1000)::float8 as "ms!"
               from es.work_item
               where kind = $1 and state = 'ready' and expires_at > clock_timestamp()
               order by not_before, caused_by
               limit 1"#,
            kind.name()
        )
        .fetch_optional(&self.worker)
        .await?;
        Ok(milliseconds.map(|milliseconds| Duration::from_secs_f64(milliseconds.max(0.0) / 1000.0)))
    }

    /// Ends a lease that is still held: `state` is what becomes of the item.
    pub async fn finish(&self, lease: Lease, state: Finish<'_>) -> Result<(), Unavailable> {
        let (state, delay, why) = match state {
            Finish::Done => ("done", Duration::ZERO, None),
            Finish::Retry { delay, why } => ("ready", delay, Some(why.to_owned())),
            Finish::Park { why } => ("parked", Duration::ZERO, Some(why.to_owned())),
        };
        self.finished_work.ask(Finished { lease, state, delay, why }).await?;
        if state == "ready" {
            self.wake.work.look_at_all();
        }
        Ok(())
    }

    /// Heals what was lost: leases that ran out come back, and what is past its time expires.
    pub async fn sweep_work(&self) -> Result<Vec<Expired>, Unavailable> {
        let returned = sqlx::query!(
            "update es.work_item set state = 'ready', lease_owner = null, lease_until = null
             where state in ('sent', 'leased') and lease_until < clock_timestamp() and expires_at > clock_timestamp()"
        )
        .execute(&self.worker)
        .await?;
        if returned.rows_affected() > 0 {
            self.wake.work.look_at_all();
        }
        // One that is leased may be finishing right now: it expires when its lease does.
        let rows = sqlx::query!(
            "update es.work_item set state = 'expired', finished_at = clock_timestamp()
             where expires_at <= clock_timestamp()
               and (state in ('ready', 'sent') or (state = 'leased' and lease_until < clock_timestamp()))
             returning id, tenant_id, kind, args"
        )
        .fetch_all(&self.worker)
        .await?;
        let expired = rows.into_iter().filter_map(|row| {
            Some(Expired {
                id: row.id.into(),
                tenant: row.tenant_id.into(),
                kind: kind_named(&row.kind)?,
                args: row.args,
            })
        });
        Ok(expired.collect())
    }

    /// Deletes finished items that are older than a week, 5 000 at a time.
    pub async fn sweep_finished_work(&self) -> Result<u64, Unavailable> {
        let swept = sqlx::query!(
            "delete from es.work_item where id in (
                 select id from es.work_item
                 where state in ('done', 'expired') and finished_at < clock_timestamp() - interval '7 days'
                 limit 5000)"
        )
        .execute(&self.worker)
        .await?;
        Ok(swept.rows_affected())
    }

    /// Takes items that are due, up to `max` of each kind, and marks them as sent, for the broker.
    pub async fn claim_for_relay(
        &self,
        relay: Uuid,
        max: i64,
    ) -> Result<Vec<Outgoing>, Unavailable> {
        let rows = sqlx::query!(
            r#"with due as materialized (
                 select ready.id from unnest($3::text[]) of_kind, lateral (
                     select id from es.work_item
                     where kind = of_kind and state = 'ready' and not_before <= statement_timestamp() and expires_at > clock_timestamp()
                     order by not_before, caused_by
                     limit $1
                     for update skip locked) ready),
             taken as (
                 update es.work_item work
                 set state = 'sent', lease_owner = $2,
                     lease_until = clock_timestamp() + case work.kind when 'dial' then interval '3 seconds' else interval '30 seconds' end
                 from due
                 where work.id = due.id and es.quietly()
                 returning work.*)
             select id as "id!", tenant_id as "tenant_id!", kind as "kind!", lane as "lane!", caused_by as "caused_by!", traceparent
             from taken
             order by not_before, caused_by"#,
            max,
            relay,
            &kinds()
        )
        .fetch_all(&self.worker)
        .await?;
        let outgoing = rows.into_iter().filter_map(|row| {
            Some(Outgoing {
                id: row.id.into(),
                kind: kind_named(&row.kind)?,
                tenant: row.tenant_id.into(),
                lane: row.lane,
                position: row.caused_by,
                traceparent: row.traceparent,
            })
        });
        Ok(outgoing.collect())
    }

    /// The broker did not take it: it is ready again.
    pub async fn unsend(&self, ids: &[Uuid], delay: Duration) -> Result<(), Unavailable> {
        sqlx::query!(
            "update es.work_item
             set state = 'ready', lease_owner = null, lease_until = null, not_before = clock_timestamp() + $2 * interval '1 ms'
             where id = any ($1) and state = 'sent'",
            ids,
            delay.as_millis() as f64
        )
        .execute(&self.worker)
        .await?;
        Ok(())
    }

    /// Until the next item of any kind is due.
    pub async fn next_outgoing_in(&self) -> Result<Option<Duration>, Unavailable> {
        let milliseconds = sqlx::query_scalar!(
            r#"select (extract(epoch from min(ready.not_before) - clock_timestamp()) * 1000)::float8 as "ms"
               from unnest($1::text[]) of_kind, lateral (
                   select not_before from es.work_item
                   where kind = of_kind and state = 'ready' and expires_at > clock_timestamp()
                   order by not_before, caused_by
                   limit 1) ready"#,
            &kinds()
        )
        .fetch_one(&self.worker)
        .await?;
        Ok(milliseconds.map(|milliseconds| Duration::from_secs_f64(milliseconds.max(0.0) / 1000.0)))
    }
}

/// What becomes of a work item.
#[derive(Clone, Copy, Debug)]
pub enum Finish<'a> {
    /// It is done.
    Done,
    /// Again, after this time.
    Retry {
        /// How long to wait.
        delay: Duration,
        /// Why.
        why: &'a str,
    },
    /// Never again, until a person looks at it.
    Park {
        /// Why.
        why: &'a str,
    },
}

/// What became of an item, to be written.
#[derive(Debug)]
pub(super) struct Finished {
    lease: Lease,
    state: &'static str,
    delay: Duration,
    why: Option<String>,
}

impl Question for Finished {
    type Answer = ();

    async fn answer_all(
        asked: Vec<Self>,
        connection: &mut PgConnection,
    ) -> Result<Vec<()>, sqlx::Error> {
        let work: Vec<Uuid> = asked.iter().map(|one| one.lease.work.as_uuid()).collect();
        let owners: Vec<Uuid> = asked.iter().map(|one| one.lease.owner).collect();
        let attempts: Vec<i32> = asked.iter().map(|one| one.lease.attempts).collect();
        let states: Vec<String> = asked.iter().map(|one| one.state.to_owned()).collect();
        let delays: Vec<f64> = asked.iter().map(|one| one.delay.as_millis() as f64).collect();
        let reasons: Vec<Option<String>> = asked.iter().map(|one| one.why.clone()).collect();
        // A word that the planner does not know: items are found by their ids, and not among all that is out.
        let leased = "leased";
        sqlx::query!(
            "update es.work_item work
             set state = done.state, not_before = greatest(work.not_before, clock_timestamp() + done.delay * interval '1 ms'),
                 last_error = coalesce(done.why, work.last_error), lease_owner = null, lease_until = null,
                 finished_at = case when done.state = 'ready' then null else clock_timestamp() end
             from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::float8[], $6::text[]) done (id, owner, attempts, state, delay, why)
             where work.id = done.id and work.lease_owner = done.owner and work.attempts = done.attempts and work.state = $7
               and es.quietly()",
            &work,
            &owners,
            &attempts,
            &states,
            &delays,
            &reasons as &[Option<String>],
            leased
        )
        .execute(connection)
        .await?;
        Ok(asked.iter().map(|_| ()).collect())
    }
}

impl Row {
    fn leased(self, owner: Uuid) -> Option<Leased> {
        Some(Leased {
            lease: Lease { work: self.id.into(), owner, attempts: self.attempts },
            tenant: self.tenant_id.into(),
            kind: kind_named(&self.kind)?,
            args: self.args,
            expires_at: self.expires_at,
            traceparent: self.traceparent,
        })
    }
}

/// The names of all kinds: what is ready is found by its kind.
fn kinds() -> [String; WorkKind::ALL.len()] {
    WorkKind::ALL.map(|kind| kind.name().to_owned())
}

fn kind_named(name: &str) -> Option<WorkKind> {
    WorkKind::ALL.into_iter().find(|kind| kind.name() == name)
}

/// Work straight from PostgreSQL.
#[derive(Clone, Debug)]
pub struct PgSource {
    store: Store,
    owner: Uuid,
    wake: Arc<super::Wake>,
}

impl PgSource {
    /// For one process, whose leases carry `owner`.
    pub fn new(store: Store, owner: Uuid) -> Self {
        let wake = store.wake();
        Self { store, owner, wake }
    }

    /// Leases those of the items that messages name that are still to be done.
    pub async fn claim(&self, work: &[WorkId]) -> Result<Vec<Leased>, Unavailable> {
        self.store.claim(work, self.owner).await
    }

    /// Up to `max` items that are due, marked as sent.
    pub async fn outgoing(&self, max: i64) -> Result<Vec<Outgoing>, Unavailable> {
        self.store.claim_for_relay(self.owner, max).await
    }

    /// What the broker did not take is ready again, at once.
    pub async fn unsend(&self, ids: &[Uuid]) -> Result<(), Unavailable> {
        self.store.unsend(ids, Duration::ZERO).await
    }

    /// Waits until there is something due, or may be.
    pub async fn wait_for_outgoing(&self) {
        let woken = self.wake.work.of_any();
        let patience =
            self.store.next_outgoing_in().await.ok().flatten().map_or(POLL, |due| due.min(POLL));
        let _ = tokio::time::timeout(patience, woken).await;
    }

    /// Work that is due for so long and that nobody took: the broker failed it.
    pub async fn overdue(
        &self,
        kind: WorkKind,
        max: usize,
        since: Duration,
    ) -> Result<Vec<Leased>, Unavailable> {
        self.store.claim_due(kind, max, self.owner, since).await
    }
}

#[async_trait]
impl WorkSource for PgSource {
    async fn next(&self, kind: WorkKind, max: usize) -> Result<Vec<Leased>, Unavailable> {
        // Armed before looking: what is committed in between wakes it.
        let woken = self.wake.work.of(kind);
        tokio::pin!(woken);
        woken.as_mut().enable();
        let leased = self.store.claim_due(kind, max, self.owner, Duration::ZERO).await?;
        if !leased.is_empty() {
            return Ok(leased);
        }
        let patience = self.store.next_due_in(kind).await?.map_or(POLL, |due| due.min(POLL));
        let _ = tokio::time::timeout(patience, woken).await;
        self.store.claim_due(kind, max, self.owner, Duration::ZERO).await
    }

    async fn done(&self, leased: &Leased) -> Result<(), Unavailable> {
        self.store.finish(leased.lease, Finish::Done).await
    }

    async fn retry(&self, leased: &Leased, delay: Duration, why: &str) -> Result<(), Unavailable> {
        self.store.finish(leased.lease, Finish::Retry { delay, why }).await
    }

    async fn park(&self, leased: &Leased, why: &str) -> Result<(), Unavailable> {
        self.store.finish(leased.lease, Finish::Park { why }).await
    }
}

impl Store {
    /// Dials that were started and of which nothing was heard, settled by now, of the last ten minutes.
    pub async fn open_dials(&self, settled: Duration) -> Result<Vec<OpenDial>, Unavailable> {
        let rows = sqlx::query!(
            r#"select claim.dial_id, claim.call_id, claim.claimed_at, stream.tenant_id
               from es.dial_claim claim join es.stream stream on stream.stream_id = claim.call_id
               where claim.claimed_at between clock_timestamp() - interval '10 minutes' and clock_timestamp() - $1 * interval '1 ms'
                 and not exists (
                     select from es.event event
                     where event.stream_id = claim.call_id
                       and event.type in ('DialPlaced', 'DialRefused', 'DialExpired', 'LegIdentified', 'LegEnded')
                       and event.payload -> 'data' ->> 'leg' = claim.dial_id::text)
               order by claim.claimed_at
               limit 200"#,
            settled.as_millis() as f64
        )
        .fetch_all(&self.worker)
        .await?;
        let open = rows.into_iter().map(|row| OpenDial {
            tenant: row.tenant_id.into(),
            call: row.call_id.into(),
            leg: row.dial_id.into(),
            started_at: row.claimed_at,
        });
        Ok(open.collect())
    }
}
