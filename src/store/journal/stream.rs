//! A stream's events, opened.

use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::application::ports::{Actor, StoredEvent, Unavailable};
use crate::domain::ids::TenantId;
use crate::store::Store;

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
    /// A stream's events in order, personal fields opened. Empty if there is none, or if it is another tenant's.
    pub async fn load_stream(
        &self,
        tenant: TenantId,
        stream: Uuid,
    ) -> Result<Vec<StoredEvent>, Unavailable> {
        let rows = sqlx::query_as!(
            Row,
            r#"select position, stream_id, version, tenant_id, event_id, type as kind, schema_version, payload, actor, occurred_at, recorded_at
               from es.event
               where stream_id = $1 and tenant_id = $2
               order by version"#,
            stream,
            tenant.as_uuid()
        )
        .fetch_all(&self.ingest)
        .await?;
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            let mut event = row.sealed();
            self.open_event(tenant, event.id, &mut event.payload).await?;
            events.push(event);
        }
        Ok(events)
    }
}
