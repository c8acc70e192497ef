//! The chain as it is handed out: pages of sealed events with their hashes, and the signed checkpoints between them.

use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::chain::{EventRow, head};
use crate::application::ports::Unavailable;
use crate::domain::audit::chain::Head;
use crate::domain::audit::sign::PublicKey;
use crate::domain::audit::verify::Line;
use crate::store::directory::views::After;
use crate::store::{Reach, Store, TenantTx};

/// A signed checkpoint of the audit's chain.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CheckpointView {
    /// The id of the last event that it covers.
    pub id: Uuid,
    /// That event's position.
    #[schema(example = 4711)]
    pub position: i64,
    /// How many of the firm's events it covers.
    #[schema(example = 1000)]
    pub events: i64,
    /// The chain's hash there: 64 hexadecimal digits.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub hash: String,
    /// The key that signed it, as `/.well-known/vestibule-audit.json` names it.
    #[schema(example = "0190b1c2-0000-7000-8000-000000000001")]
    pub key_id: String,
    /// All of this, signed: a compact JWS (EdDSA).
    #[schema(example = "eyJhbGciOiJFZERTQSJ9.eyJoZWFkIjp7fX0.c2lnbmF0dXJl")]
    pub signed: String,
    /// When it was signed.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(example = "2026-11-20T12:00:00Z")]
    pub signed_at: OffsetDateTime,
}

impl Store {
    /// A page of a firm's chain: after this position, up to so many events.
    pub async fn audit_chain(
        &self,
        reach: &Reach,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Line>, Unavailable> {
        let keys = self.audit_keys().await?;
        let mut tx = self.begin(reach).await?;
        tx.chain_page(after, limit, keys).await
    }

    /// Signed checkpoints, newest first.
    pub async fn audit_checkpoints(
        &self,
        reach: &Reach,
        after: After,
    ) -> Result<Vec<CheckpointView>, Unavailable> {
        let mut tx = self.begin(reach).await?;
        let rows = sqlx::query!(
            r#"select event_id, c.position, c.events, c.hash, c.key_id, c.signed, c.signed_at
               from es.audit_checkpoint c join es.event e on e.position = c.position
               where c.tenant_id = $1 and ($2::uuid is null or c.position < (select position from es.event where event_id = $2))
               order by c.position desc
               limit $3"#,
            reach.tenant.as_uuid(),
            after.id,
            after.limit
        )
        .fetch_all(tx.connection())
        .await?;
        let views = rows.into_iter().map(|row| CheckpointView {
            id: row.event_id,
            position: row.position,
            events: row.events,
            hash: hex::encode(row.hash),
            key_id: row.key_id,
            signed: row.signed,
            signed_at: row.signed_at,
        });
        Ok(views.collect())
    }
}

impl TenantTx {
    async fn chain_page(
        &mut self,
        after: i64,
        limit: i64,
        keys: Vec<PublicKey>,
    ) -> Result<Vec<Line>, Unavailable> {
        let tenant = self.tenant();
        let from = self.chain_at(after).await?;
        let mut links = self.links(from.position, limit + 1).await?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = links.len() > wanted;
        links.truncate(wanted);
        let at = links.last().map_or(from, |link| link.at);
        let mut checkpoints =
            self.signed_between(from.position, at.position).await?.into_iter().peekable();

        let archived_through = sqlx::query_scalar!("select through from es.archive")
            .fetch_one(self.connection())
            .await?;
        let mut lines = vec![Line::Begin { tenant, from, keys }];
        for Link { at, event } in links {
            match event.map(EventRow::sealed) {
                Some(event) => lines.push(Line::Event { nth: at.events, event, hash: at.hash }),
                None if at.position <= archived_through => lines.push(Line::Archived { at }),
                // An event that is gone leaves its place empty, which is how its absence is found.
                None => {}
            }
            while let Some((_, signed)) =
                checkpoints.next_if(|(position, _)| *position <= at.position)
            {
                lines.push(Line::Checkpoint { signed });
            }
        }
        lines.push(Line::End { at, more });
        Ok(lines)
    }

    /// Where the chain was at this position.
    async fn chain_at(&mut self, position: i64) -> Result<Head, Unavailable> {
        let tenant = self.tenant();
        let row = sqlx::query!(
            "select nth, position, hash from es.audit_link where tenant_id = $1 and position <= $2 order by position desc limit 1",
            tenant.as_uuid(),
            position
        )
        .fetch_optional(self.connection())
        .await?;
        row.map_or(Ok(Head::genesis(tenant)), |row| head(row.nth, row.position, &row.hash))
    }

    async fn links(&mut self, after: i64, limit: i64) -> Result<Vec<Link>, Unavailable> {
        let tenant = self.tenant();
        let rows = sqlx::query!(
            r#"select l.nth, l.position, l.hash, e.stream_id as "stream_id?", e.version as "version?", e.event_id as "event_id?", e.type as "kind?",
                      e.schema_version as "schema_version?", e.payload as "payload?", e.actor as "actor?", e.recorded_at as "recorded_at?"
               from es.audit_link l left join es.event e on e.position = l.position and e.tenant_id = l.tenant_id
               where l.tenant_id = $1 and l.position > $2
               order by l.position
               limit $3"#,
            tenant.as_uuid(),
            after,
            limit
        )
        .fetch_all(self.connection())
        .await?;
        let links = rows.into_iter().map(|row| {
            let event = (|| {
                Some(EventRow {
                    position: row.position,
                    stream_id: row.stream_id?,
                    version: row.version?,
                    tenant_id: tenant.as_uuid(),
                    event_id: row.event_id?,
                    kind: row.kind?,
                    schema_version: row.schema_version?,
                    payload: row.payload?,
                    actor: row.actor?,
                    recorded_at: row.recorded_at?,
                })
            })();
            Ok(Link { at: head(row.nth, row.position, &row.hash)?, event })
        });
        links.collect()
    }

    async fn signed_between(
        &mut self,
        after: i64,
        to: i64,
    ) -> Result<Vec<(i64, String)>, Unavailable> {
        let tenant = self.tenant().as_uuid();
        let rows = sqlx::query!(
            "select position, signed from es.audit_checkpoint where tenant_id = $1 and position > $2 and position <= $3 order by position",
            tenant,
            after,
            to
        )
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(|row| (row.position, row.signed)).collect())
    }
}

/// An event with what the chain was after it; no event: it is gone.
struct Link {
    at: Head,
    event: Option<EventRow>,
}
