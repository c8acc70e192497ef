//! Calls are kept for as long as their firm wants, a year unless it says otherwise. Then whole calls go, a batch at a time; what doors
//! were counted for stays, told as baselines, so that a read model that is built anew afterwards equals the present one.

use serde_json::{Value, json};
use sqlx::FromRow;
use time::OffsetDateTime;
use uuid::Uuid;

use super::changes::{Action, Change};
use super::journal::PgJournal;
use super::{Reach, Store};
use crate::application::ports::{Actor, Append, Expected, Journal, NewEvent, Unavailable};
use crate::domain::ids::TenantId;

/// How long calls are kept where nobody said otherwise.
const KEPT_DAYS: i32 = 365;
/// Calls in one transaction.
const BATCH: i32 = 100;
/// Counts in one event.
const COUNTS: usize = 500;
/// The tables whose counts outlive the calls. Their columns change with their generation, so what is asked of them is checked by tests.
const BASELINED: [(&str, &str); 3] = [
    (
        "door_count",
        "select to_jsonb(c) from vestibule.door_count c where tenant_id = $1 and ($2::timestamptz is null or quarter >= $2) and quarter < $3 order by quarter",
    ),
    (
        "resident_count",
        "select to_jsonb(c) from vestibule.resident_count c where tenant_id = $1 and ($2::timestamptz is null or quarter >= $2) and quarter < $3 order by quarter",
    ),
    (
        "answer_wait",
        "select to_jsonb(c) from vestibule.answer_wait c where tenant_id = $1 and ($2::timestamptz is null or quarter >= $2) and quarter < $3 order by quarter",
    ),
];

/// A firm whose turn it is.
#[derive(FromRow)]
struct Firm {
    tenant_id: Uuid,
    stream_id: Uuid,
    baselined_to: Option<OffsetDateTime>,
    /// Midnight of the day from which on calls are kept, or of one that is still running.
    before: OffsetDateTime,
    /// Whether the counts know every call from before.
    is_counted: bool,
}

impl Store {
    /// The next firm that nobody looked at for an hour.
    async fn firm_to_archive(&self) -> Result<Option<Firm>, Unavailable> {
        sqlx::query("insert into es.retention (tenant_id) select tenant_id from vestibule.tenant on conflict do nothing")
            .execute(&self.worker)
            .await?;
        let firm = sqlx::query_as(
            "with next as materialized (
                 select tenant_id from es.retention
                 where looked_at is null or looked_at < clock_timestamp() - interval '1 hour'
                 order by looked_at nulls first limit 1 for update skip locked),
             mine as (
                 update es.retention r set looked_at = clock_timestamp() from next where r.tenant_id = next.tenant_id
                 returning r.tenant_id, r.stream_id, r.baselined_to,
                           clock_timestamp() - make_interval(days => coalesce(r.calls_kept_days, $1)) as from_then),
             cut as (
                 select mine.*, date_trunc('day', least(from_then, (
                     select min(rang_at) from vestibule.running_call call where call.tenant_id = mine.tenant_id)), 'UTC') as before
                 from mine)
             select tenant_id, stream_id, baselined_to, before, not exists (
                 select from es.event e where e.position > (select position from es.checkpoint where name = 'door_stats' and state = 'live')
                   and e.recorded_at < before) as is_counted
             from cut",
        )
        .bind(KEPT_DAYS)
        .fetch_optional(&self.worker)
        .await?;
        Ok(firm)
    }

    /// Counts of quarter hours that are about to lose their calls, some together.
    async fn counts_to_keep(&self, firm: &Firm) -> Result<Vec<Value>, Unavailable> {
        let mut kept = vec![];
        for (table, asked) in BASELINED {
            let rows: Vec<Value> = sqlx::query_scalar(asked)
                .bind(firm.tenant_id)
                .bind(firm.baselined_to)
                .bind(firm.before)
                .fetch_all(&self.worker)
                .await?;
            kept.extend(
                rows.chunks(COUNTS).map(|rows| json!({ "data": { "table": table, "rows": rows } })),
            );
        }
        Ok(kept)
    }

    async fn note_baseline(&self, firm: &Firm) -> Result<(), Unavailable> {
        sqlx::query("update es.retention set baselined_to = greatest(baselined_to, $2) where tenant_id = $1")
            .bind(firm.tenant_id)
            .bind(firm.before)
            .execute(&self.worker)
            .await?;
        Ok(())
    }

    /// Its turn comes again at once.
    async fn has_more(&self, firm: &Firm) -> Result<(), Unavailable> {
        sqlx::query("update es.retention set looked_at = null where tenant_id = $1")
            .bind(firm.tenant_id)
            .execute(&self.worker)
            .await?;
        Ok(())
    }

    /// A carrier's names for legs of calls that are gone.
    async fn forget_carrier_legs(&self, firm: &Firm) -> Result<(), Unavailable> {
        sqlx::query(
            "delete from es.carrier_leg where (connection_id, reference) in (
                 select connection_id, reference from es.carrier_leg where seen_at < $2 and tenant_id = $1 limit 5000)",
        )
        .bind(firm.tenant_id)
        .bind(firm.before)
        .execute(&self.worker)
        .await?;
        Ok(())
    }

    /// How long a firm's calls are kept: from 30 days on. False: there is no such firm.
    pub async fn keep_calls(&self, tenant: TenantId, days: i32) -> Result<bool, Unavailable> {
        let before: Option<Option<i32>> = sqlx::query_scalar(
            "select calls_kept_days from vestibule.tenant left join es.retention using (tenant_id) where tenant_id = $1",
        )
        .bind(tenant.as_uuid())
        .fetch_optional(&self.worker)
        .await?;
        let Some(before) = before else { return Ok(false) };
        sqlx::query(
            "insert into es.retention (tenant_id, calls_kept_days) values ($1, $2)
             on conflict (tenant_id) do update set calls_kept_days = $2, looked_at = null",
        )
        .bind(tenant.as_uuid())
        .bind(days)
        .execute(&self.worker)
        .await?;
        let mut tx = self.begin(&Reach::whole(tenant)).await?;
        tx.note(Change {
            resource: "tenant",
            id: tenant.as_uuid(),
            building: None,
            action: Action::Changed,
            before: json!({ "calls_kept_days": before.unwrap_or(KEPT_DAYS) }),
            after: json!({ "calls_kept_days": days }),
        });
        tx.commit().await?;
        Ok(true)
    }
}

impl PgJournal {
    /// Archives some calls of some firm; false: nobody has any to archive.
    pub async fn archive(&self) -> Result<bool, Unavailable> {
        let store = self.store();
        let Some(firm) = store.firm_to_archive().await? else { return Ok(false) };
        if !firm.is_counted {
            tracing::warn!("calls are not archived: the door statistics are behind");
            return Ok(true);
        }
        if firm.baselined_to.is_none_or(|to| to < firm.before) {
            for counts in store.counts_to_keep(&firm).await? {
                self.append(self.baseline(&firm, counts)).await?;
            }
            store.note_baseline(&firm).await?;
        }
        let archived: i32 = sqlx::query_scalar("select es.archive_calls($1, $2, $3, $4, $5)")
            .bind(firm.tenant_id)
            .bind(firm.before)
            .bind(BATCH)
            .bind(self.fresh_id())
            .bind(json!(Actor::Worker))
            .fetch_one(&store.worker)
            .await?;
        if archived > 0 {
            store.wake.committed();
            metrics::counter!("calls_archived_total").increment(u64::from(archived.unsigned_abs()));
            store.forget_carrier_legs(&firm).await?;
        }
        if archived == BATCH {
            store.has_more(&firm).await?;
        }
        Ok(true)
    }

    fn baseline(&self, firm: &Firm, payload: Value) -> Append {
        Append {
            tenant: firm.tenant_id.into(),
            stream: firm.stream_id,
            stream_type: "retention",
            expected: Expected::Any,
            events: vec![NewEvent {
                id: self.fresh_id().into(),
                kind: "StatsBaselined",
                schema_version: 1,
                payload,
                occurred_at: None,
            }],
            work: vec![],
            actor: Actor::Worker,
            causation: None,
            delivery: None,
        }
    }
}
