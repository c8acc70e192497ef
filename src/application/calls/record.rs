//! Events as they are written and read: their names, their versions, and the work that follows from them.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::{CallError, WorkArgs};
use crate::application::ports::{Ids, NewEvent, NewWork, StoredEvent, WorkKind};
use crate::domain::call::event::Event;
use crate::domain::call::explain::Because;
use crate::domain::call::work::{Order, Task};
use crate::domain::call::{Recorded, upcast};
use crate::domain::ids::{BuildingId, CallId, EventId};

/// Queues that work of one kind is spread over.
const LANES: u8 = 16;

/// Events and work items to append for what was decided.
pub(super) fn written(
    call: CallId,
    building: BuildingId,
    recorded: &[Recorded],
    at: OffsetDateTime,
    ids: &dyn Ids,
) -> (Vec<NewEvent>, Vec<NewWork>) {
    let lane = lane_of(building);
    let mut events = Vec::with_capacity(recorded.len());
    let mut work = Vec::new();
    for Recorded { event, because } in recorded {
        let id = EventId::from_uuid(ids.next());
        if let Some(order) = event.order(at) {
            work.push(to_do(call, id, lane, order));
        }
        events.push(write(id, event, because));
    }
    (events, work)
}

/// Events of what is no call's, and asks for no work.
pub(in crate::application) fn events(recorded: &[Recorded], ids: &dyn Ids) -> Vec<NewEvent> {
    let events = recorded.iter();
    events
        .map(|Recorded { event, because }| write(EventId::from_uuid(ids.next()), event, because))
        .collect()
}

fn write(id: EventId, event: &Event, because: &Because) -> NewEvent {
    let mut tagged = serde_json::to_value(event).expect("events have no maps with odd keys");
    let data = tagged.get_mut("data").map(Value::take).unwrap_or_default();
    NewEvent {
        id,
        kind: event.kind(),
        schema_version: event.schema_version(),
        payload: json!({ "data": data, "because": because }),
        occurred_at: None,
    }
}

/// Reads a stored event, whatever version it was written in.
pub(in crate::application) fn read(stored: StoredEvent) -> Result<(StoredEvent, Event), CallError> {
    let data = upcast::upcast(&stored.kind, stored.schema_version, stored.payload["data"].clone());
    match serde_json::from_value(json!({ "type": stored.kind, "data": data })) {
        Ok(event) => Ok((stored, event)),
        Err(error) => Err(CallError::Unreadable {
            kind: stored.kind,
            version: stored.schema_version,
            reason: error.to_string(),
        }),
    }
}

fn to_do(call: CallId, event: EventId, lane: i16, order: Order) -> NewWork {
    let (kind, id, leg) = match order.task {
        Task::Dial(leg) => (WorkKind::Dial, leg.into(), Some(leg)),
        Task::Cause(_) => (WorkKind::Control, event.as_uuid().into(), None),
        Task::Wake(_) => (WorkKind::Timer, event.as_uuid().into(), None),
    };
    let args = json!(WorkArgs { call, event, leg });
    NewWork { id, kind, lane, args, delay: order.delay, expires_in: order.expires_in }
}

/// A building's work stays in one lane.
fn lane_of(building: BuildingId) -> i16 {
    let first_byte = Sha256::digest(building.as_uuid().as_bytes())[0];
    i16::from(first_byte % LANES)
}
