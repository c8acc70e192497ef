//! A stream's events, opened.

use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::application::ports::{Actor, StoredEvent, Unavailable};
use crate::domain::ids::TenantId;
use crate::store::Store;
use crate::store::together::Question;

/// A row of `es.event`.
#[derive(Debug)]
pub(in crate::store) struct Row {
    pub position: i64,
    pub stream_id: Uuid,
    pub version: i32,
    pub tenant_id: Uuid,
    pub event_id: Uuid,
    pub kind: String,
    pub schema_version: i16,
    pub payload: Value,
    pub actor: Value,
    pub occurred_at: Option<OffsetDateTime>,
    pub recorded_at: OffsetDateTime,
}

impl Row {
    /// The event as stored: personal fields still sealed.
    pub(in crate::store) fn sealed(self) -> StoredEvent {
        StoredEvent {
            position: self.position,
            version: self.version,
            tenant: self.tenant_id.into(),
            stream: self.stream_id,
            id: self.event_id.into(),
            kind: self.kind,
            schema_version: self.schema_version,
            payload: self.payload,
            actor: serde_json::from_value(self.actor).unwrap_or(Actor::Worker),
            occurred_at: self.occurred_at,
            recorded_at: self.recorded_at,
        }
    }
}

impl Store {
    /// A stream's events after this version in order, personal fields opened. Empty if there is none, or if it is another tenant's.
    pub async fn load_stream(
        &self,
        tenant: TenantId,
        stream: Uuid,
        after: i32,
    ) -> Result<Vec<StoredEvent>, Unavailable> {
        let rows = self.streams.ask(NewIn { tenant, stream, after }).await?;
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            let mut event = row.sealed();
            self.open_event(tenant, event.id, &mut event.payload).await?;
            events.push(event);
        }
        Ok(events)
    }
}

/// What came to a stream after a version.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct NewIn {
    tenant: TenantId,
    stream: Uuid,
    after: i32,
}

impl Question for NewIn {
    /// In order. Empty if there is nothing new, no such stream, or if it is another tenant's.
    type Answer = Vec<Row>;

    async fn answer_all(
        asked: Vec<Self>,
        connection: &mut PgConnection,
    ) -> Result<Vec<Vec<Row>>, sqlx::Error> {
        let tenants: Vec<Uuid> = asked.iter().map(|question| question.tenant.as_uuid()).collect();
        let streams: Vec<Uuid> = asked.iter().map(|question| question.stream).collect();
        let after: Vec<i32> = asked.iter().map(|question| question.after).collect();
        let rows = sqlx::query!(
            r#"select item as "item!", event.*
               from unnest($1::uuid[], $2::uuid[], $3::int[]) with ordinality asked (tenant, stream, after, item)
               cross join lateral (
                   select position, stream_id, version, tenant_id, event_id, type as kind, schema_version, payload, actor, occurred_at, recorded_at
                   from es.event
                   where stream_id = asked.stream and tenant_id = asked.tenant and version > asked.after
                   order by version
               ) event
               order by item, version"#,
            &tenants,
            &streams,
            &after
        )
        .fetch_all(connection)
        .await?;
        let mut answers: Vec<Vec<Row>> = asked.iter().map(|_| Vec::new()).collect();
        for row in rows {
            let place = usize::try_from(row.item - 1).ok().and_then(|place| answers.get_mut(place));
            if let Some(answer) = place {
                answer.push(Row {
                    position: row.position,
                    stream_id: row.stream_id,
                    version: row.version,
                    tenant_id: row.tenant_id,
                    event_id: row.event_id,
                    kind: row.kind,
                    schema_version: row.schema_version,
                    payload: row.payload,
                    actor: row.actor,
                    occurred_at: row.occurred_at,
                    recorded_at: row.recorded_at,
                });
            }
        }
        Ok(answers)
    }
}
