//! What is told: made of the event each time, so that what was erased meanwhile is told no more.

use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::Webhooks;
use crate::application::calls::{CallError, record};
use crate::application::ports::webhooks::Told;
use crate::application::ports::{StoredEvent, Unavailable};
use crate::domain::call::event::Event;
use crate::domain::ids::{TenantId, WebhookId};
use crate::domain::webhook::announcement::{Detail, announce};
use crate::domain::webhook::topic::{self, Topic};

/// What a webhook is told, as it is sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Envelope {
    /// The same however often it comes, and in `webhook-id`.
    pub id: Uuid,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Of the vocabulary.
    pub version: u32,
    /// When it happened.
    #[serde(with = "time::serde::rfc3339")]
    pub timestamp: OffsetDateTime,
    /// What there is to say.
    pub data: Value,
}

impl Webhooks {
    /// What is told of an event. `None`: it can not be read any more.
    pub async fn envelope(
        &self,
        tenant: TenantId,
        topic: Topic,
        told: Told,
        detail: Detail,
    ) -> Result<Option<Envelope>, Unavailable> {
        let stored = self.journal.load(tenant, told.stream).await?;
        let until: Vec<_> =
            stored.into_iter().take_while(|event| event.version <= told.version).collect();
        let Some(last) = until.last().filter(|last| last.version == told.version) else {
            return Ok(None);
        };
        let (id, timestamp) = (last.id.as_uuid(), last.recorded_at);
        let data = match topic {
            Topic::WebhookDisabled => Some(last.payload["data"].clone()),
            _ => of_call(until, detail)?,
        };
        Ok(data.map(|data| envelope(id, topic, timestamp, data)))
    }

    /// What a ping says.
    pub fn ping(&self, delivery: Uuid, webhook: WebhookId, at: OffsetDateTime) -> Envelope {
        envelope(delivery, Topic::Ping, at, json!({ "webhook_id": webhook }))
    }
}

fn of_call(stored: Vec<StoredEvent>, detail: Detail) -> Result<Option<Value>, Unavailable> {
    let events: Result<Vec<Event>, CallError> =
        stored.into_iter().map(|event| Ok(record::read(event)?.1)).collect();
    let events = events
        .map_err(|error| Unavailable { what: "a call's events", reason: error.to_string() })?;
    Ok(announce(&events, detail).and_then(|told| serde_json::to_value(told).ok()))
}

fn envelope(id: Uuid, topic: Topic, timestamp: OffsetDateTime, data: Value) -> Envelope {
    Envelope { id, kind: topic.name(), version: topic::VERSION, timestamp, data }
}
