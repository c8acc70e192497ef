//! Extends each tenant's chain as events come, and signs where it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlx::PgConnection;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::application::ports::{Clock, Unavailable};
use crate::domain::audit::chain::{Hash, Head, SealedEvent};
use crate::domain::audit::sign::{Kind, Signer};
use crate::domain::audit::verify::Checkpoint;
use crate::domain::ids::TenantId;
use crate::store::Store;
use crate::store::journal::feed;

/// Events in one transaction.
const BATCH: i64 = 500;
/// Events of a tenant that are signed together at most.
const SIGNED_AFTER_EVENTS: i64 = 1_000;
/// How long an event waits at most to be signed for.
const SIGNED_AFTER: time::Duration = time::Duration::MINUTE;
/// Tenants that are signed for in one transaction.
const SIGNED_AT_ONCE: i64 = 200;

/// Extends and signs the chains. Any number of processes may: one does, the others wait.
#[derive(Clone, Debug)]
pub struct Chains {
    store: Store,
    signer: Signer,
    clock: Arc<dyn Clock>,
}

/// Where a chain is, and how far it is signed.
struct Extended {
    head: Head,
    signed_events: i64,
    signed_at: OffsetDateTime,
}

impl Chains {
    /// Signing as this signer.
    pub fn new(store: Store, signer: Signer, clock: Arc<dyn Clock>) -> Self {
        Self { store, signer, clock }
    }

    /// Done once there may be something new; armed as soon as it is made.
    pub fn news(&self) -> impl Future<Output = ()> + Send + use<> {
        self.store.wake.news()
    }

    /// Chains what is new, up to a batch, and signs what is due; true if there may be more.
    pub async fn extend(&self) -> Result<bool, Unavailable> {
        #[expect(clippy::disallowed_methods, reason = "chains are extended across tenants")]
        let mut tx = self.store.worker.begin().await?;
        let from = sqlx::query_scalar!("select position from es.audit_feed for update")
            .fetch_one(&mut *tx)
            .await?;
        let events = new_events(&mut tx, from).await?;
        let count = events.len();
        let last = events.last().map(|(_, event)| event.position);
        let mut by_tenant: BTreeMap<TenantId, Vec<SealedEvent>> = BTreeMap::new();
        for (tenant, event) in events {
            by_tenant.entry(tenant).or_default().push(event);
        }
        for (tenant, events) in by_tenant {
            self.chain(&mut tx, tenant, &events).await?;
        }
        let due = self.sign_what_waits(&mut tx).await?;
        if let Some(last) = last {
            sqlx::query!("update es.audit_feed set position = $1", last).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(i64::try_from(count).unwrap_or(BATCH) == BATCH || due == SIGNED_AT_ONCE)
    }

    async fn chain(
        &self,
        tx: &mut PgConnection,
        tenant: TenantId,
        events: &[SealedEvent],
    ) -> Result<(), Unavailable> {
        let now = self.clock.now();
        let mut chain = extended(tx, tenant).await?.unwrap_or(Extended {
            head: Head::genesis(tenant),
            signed_events: 0,
            signed_at: now,
        });
        let (mut positions, mut nths, mut hashes) = (vec![], vec![], vec![]);
        for event in events {
            chain.head = chain.head.then(event);
            positions.push(chain.head.position);
            nths.push(chain.head.events);
            hashes.push(chain.head.hash.as_bytes().to_vec());
            if chain.head.events - chain.signed_events >= SIGNED_AFTER_EVENTS {
                self.sign(tx, tenant, chain.head, now).await?;
                (chain.signed_events, chain.signed_at) = (chain.head.events, now);
            }
        }
        sqlx::query!(
            "insert into es.audit_link (tenant_id, position, nth, hash) select $1, p, n, h from unnest($2::bigint[], $3::bigint[], $4::bytea[]) u(p, n, h)",
            tenant.as_uuid(),
            &positions,
            &nths,
            &hashes
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "insert into es.audit_head (tenant_id, events, position, hash, signed_events, signed_at) values ($1, $2, $3, $4, $5, $6)
             on conflict (tenant_id) do update set events = $2, position = $3, hash = $4, signed_events = $5, signed_at = $6",
            tenant.as_uuid(),
            chain.head.events,
            chain.head.position,
            &chain.head.hash.as_bytes()[..],
            chain.signed_events,
            chain.signed_at
        )
        .execute(&mut *tx)
        .await?;
        Ok(())
    }

    /// Signs for tenants whose last events wait long enough, also when no more come.
    async fn sign_what_waits(&self, tx: &mut PgConnection) -> Result<i64, Unavailable> {
        let now = self.clock.now();
        let rows = sqlx::query!(
            "select tenant_id, events, position, hash from es.audit_head
             where signed_events < events and signed_at <= $1
             order by signed_at
             limit $2
             for update",
            now - SIGNED_AFTER,
            SIGNED_AT_ONCE
        )
        .fetch_all(&mut *tx)
        .await?;
        let due = i64::try_from(rows.len()).unwrap_or(SIGNED_AT_ONCE);
        for row in rows {
            let head = head(row.events, row.position, &row.hash)?;
            self.sign(tx, row.tenant_id.into(), head, now).await?;
            sqlx::query!(
                "update es.audit_head set signed_events = events, signed_at = $2 where tenant_id = $1",
                row.tenant_id,
                now
            )
            .execute(&mut *tx)
            .await?;
        }
        Ok(due)
    }

    async fn sign(
        &self,
        tx: &mut PgConnection,
        tenant: TenantId,
        head: Head,
        now: OffsetDateTime,
    ) -> Result<(), Unavailable> {
        let signed_at = now.format(&Rfc3339).unwrap_or_default();
        let signed = self.signer.sign(Kind::Checkpoint, &Checkpoint { tenant, head, signed_at });
        sqlx::query!(
            "insert into es.audit_checkpoint (tenant_id, position, events, hash, key_id, signed, signed_at) values ($1, $2, $3, $4, $5, $6, $7)",
            tenant.as_uuid(),
            head.position,
            head.events,
            &head.hash.as_bytes()[..],
            self.signer.key_id(),
            signed,
            now
        )
        .execute(tx)
        .await?;
        Ok(())
    }
}

/// The next events of all tenants, as they are stored. A missing position means a missing event: then nothing is chained.
async fn new_events(
    tx: &mut PgConnection,
    from: i64,
) -> Result<Vec<(TenantId, SealedEvent)>, Unavailable> {
    let rows = sqlx::query_as!(
        EventRow,
        "select position, stream_id, version, tenant_id, event_id, type as kind, schema_version, payload, actor, recorded_at
         from es.event
         where position > $1
         order by position
         limit $2",
        from,
        BATCH
    )
    .fetch_all(&mut *tx)
    .await?;
    let positions = rows.iter().map(|row| row.position);
    if let Some(missing) = feed::missing(tx, from, positions).await? {
        return Err(Unavailable {
            what: "the audit's chain",
            reason: format!("event {missing} is missing"),
        });
    }
    Ok(rows.into_iter().map(|row| (row.tenant_id.into(), row.sealed())).collect())
}

async fn extended(
    tx: &mut PgConnection,
    tenant: TenantId,
) -> Result<Option<Extended>, Unavailable> {
    let row = sqlx::query!(
        "select events, position, hash, signed_events, signed_at from es.audit_head where tenant_id = $1 for update",
        tenant.as_uuid()
    )
    .fetch_optional(tx)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Extended {
        head: head(row.events, row.position, &row.hash)?,
        signed_events: row.signed_events,
        signed_at: row.signed_at,
    }))
}

/// A row of `es.event`, as far as the chain covers it.
pub(super) struct EventRow {
    pub position: i64,
    pub stream_id: Uuid,
    pub version: i32,
    pub tenant_id: Uuid,
    pub event_id: Uuid,
    pub kind: String,
    pub schema_version: i16,
    pub payload: serde_json::Value,
    pub actor: serde_json::Value,
    pub recorded_at: OffsetDateTime,
}

impl EventRow {
    pub(super) fn sealed(self) -> SealedEvent {
        SealedEvent {
            position: self.position,
            event_id: self.event_id,
            stream: self.stream_id,
            version: self.version,
            kind: self.kind,
            schema_version: self.schema_version,
            payload: self.payload,
            actor: self.actor,
            recorded_at_us: i64::try_from(self.recorded_at.unix_timestamp_nanos() / 1_000)
                .unwrap_or_default(),
        }
    }
}

pub(super) fn head(events: i64, position: i64, hash: &[u8]) -> Result<Head, Unavailable> {
    let hash = Hash::from_bytes(hash).ok_or(Unavailable {
        what: "the audit's chain",
        reason: format!("the hash at position {position} has not 32 bytes"),
    })?;
    Ok(Head { events, position, hash })
}
