//! What managers change, told as events in the transaction of the change: the audit log is the event log itself.

use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::codec::subjects_in;
use super::{Reach, Store};
use crate::application::ports::Unavailable;
use crate::domain::ids::{EventId, TenantId};
use crate::domain::phone_number::PhoneNumber;

/// Changes whose persons' keys are looked up one by one; of more, all at once.
const ONE_BY_ONE: usize = 8;

/// A change of something that managers configure. Secrets are in neither of its sides; personal fields are wrapped as
/// `{"$p": {"subject": …, "value": …}}`, so that they are sealed and can be erased.
#[derive(Clone, Debug)]
pub struct Change {
    /// What kind of thing: `building`, `api_key`.
    pub resource: &'static str,
    /// Which.
    pub id: Uuid,
    /// Its building, if it has one.
    pub building: Option<Uuid>,
    /// What was done.
    pub action: Action,
    /// How it was; null if it was not.
    pub before: Value,
    /// How it is; null if it is no more.
    pub after: Value,
}

/// What was done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is new.
    Created,
    /// It is different.
    Changed,
    /// It is gone.
    Deleted,
    /// Something with a name of its own: `signed_out`, `rotated`.
    Other(&'static str),
}

impl Action {
    /// As the audit log says it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
            Self::Other(name) => name,
        }
    }
}

impl Serialize for Action {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

/// A person's data inside a change.
pub fn personal(subject: Uuid, value: impl Serialize) -> Value {
    json!({ "$p": { "subject": subject, "value": value } })
}

/// What is told of whoever calls from a number: erasing the caller erases it.
pub fn personal_of_caller(number: &str, value: impl Serialize) -> Value {
    json!({ "$p": { "caller": number, "value": value } })
}

/// Appends the changes of a transaction that is about to commit.
pub(super) async fn append(
    store: &Store,
    reach: &Reach,
    connection: &mut PgConnection,
    mut changes: Vec<Change>,
) -> Result<(), Unavailable> {
    for side in changes.iter_mut().flat_map(|change| [&mut change.before, &mut change.after]) {
        name_callers(store, reach.tenant, side).await?;
    }
    if changes.len() > ONE_BY_ONE {
        let sides = changes.iter().flat_map(|change| [&change.before, &change.after]);
        let mut subjects: Vec<Uuid> = sides.flat_map(subjects_in).collect();
        subjects.sort_unstable();
        subjects.dedup();
        store.prepare_subject_keys(reach.tenant, &subjects).await?;
    }
    let (mut streams, mut ids, mut payloads) = (vec![], vec![], vec![]);
    for change in changes {
        let id = EventId::from(fresh_id());
        let mut payload = json!({ "data": {
            "resource": change.resource,
            "resource_id": change.id,
            "building": change.building,
            "action": change.action,
            "before": change.before,
            "after": change.after,
            "request_id": reach.request,
        } });
        store.seal_event(reach.tenant, id, &mut payload).await?;
        streams.push(change.id);
        ids.push(id.as_uuid());
        payloads.push(payload);
    }
    sqlx::query_scalar!(
        r#"select es.append_changes($1, $2, $3, $4) as "position""#,
        json!(reach.actor),
        &streams,
        &ids,
        &payloads
    )
    .fetch_one(connection)
    .await?;
    Ok(())
}

/// Puts the subject where a field names a caller's number.
async fn name_callers(
    store: &Store,
    tenant: TenantId,
    side: &mut Value,
) -> Result<(), Unavailable> {
    let Some(fields) = side.as_object_mut() else { return Ok(()) };
    for (_, field) in fields {
        let Some(number) = field.pointer("/$p/caller").and_then(Value::as_str) else { continue };
        let subject = match PhoneNumber::parse(number) {
            Ok(number) => store.caller_subject(tenant, &number, fresh_id()).await?.as_uuid(),
            // No number, nobody's.
            Err(_) => tenant.as_uuid(),
        };
        *field = personal(subject, field["$p"]["value"].take());
    }
    Ok(())
}

/// An event's id is the store's own affair here: nobody outside asks for it.
#[expect(clippy::disallowed_methods, reason = "no rule depends on the id of a change")]
fn fresh_id() -> Uuid {
    Uuid::now_v7()
}
