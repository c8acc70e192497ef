//! What managers change, told as events in the transaction of the change: the audit log is the event log itself.

use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Reach, Store};
use crate::application::ports::Unavailable;
use crate::domain::ids::EventId;

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

/// Appends the changes of a transaction that is about to commit.
pub(super) async fn append(
    store: &Store,
    reach: &Reach,
    connection: &mut PgConnection,
    changes: Vec<Change>,
) -> Result<(), Unavailable> {
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

/// An event's id is the store's own affair here: nobody outside asks for it.
#[expect(clippy::disallowed_methods, reason = "no rule depends on the id of a change")]
fn fresh_id() -> Uuid {
    Uuid::now_v7()
}
