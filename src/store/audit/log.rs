//! The audit log: who changed what, as the events tell it.

use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::application::ports::Unavailable;
use crate::domain::ids::{BuildingId, EventId};
use crate::store::{Reach, Store};

/// What stands where an erased person's data was.
pub const ERASED: &str = "[erased]";

/// A change of something that is configured.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditEntryView {
    /// Its id.
    pub id: Uuid,
    /// Its place among all events.
    #[schema(example = 4711)]
    pub position: i64,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(example = "2026-11-20T12:00:00Z")]
    pub at: OffsetDateTime,
    /// Who: `user`, `api_key`, `worker` or `carrier`.
    #[schema(example = "user")]
    pub actor_kind: String,
    /// Which of them.
    pub actor_id: Option<Uuid>,
    /// What kind of thing was changed.
    #[schema(example = "resident")]
    pub resource: String,
    /// Which.
    pub resource_id: Uuid,
    /// Its building, if it has one.
    pub building_id: Option<Uuid>,
    /// `created`, `changed`, `deleted`, or a word of its own.
    #[schema(example = "changed")]
    pub action: String,
    /// How it was; null if it was not. What was personal about someone who is erased is `[erased]`.
    #[schema(example = json!({ "presence": "home" }))]
    pub before: Value,
    /// How it is; null if it is no more.
    #[schema(example = json!({ "presence": "away" }))]
    pub after: Value,
    /// The request by which it was changed, as `X-Request-Id` named it.
    pub request_id: Option<Uuid>,
}

/// Which changes.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// By this user or API key.
    pub actor: Option<Uuid>,
    /// Of this kind of thing.
    pub resource: Option<String>,
    /// Of this thing.
    pub resource_id: Option<Uuid>,
    /// This was done.
    pub action: Option<String>,
    /// In this building.
    pub building: Option<Uuid>,
    /// From then.
    pub from: Option<OffsetDateTime>,
    /// Before then.
    pub to: Option<OffsetDateTime>,
    /// That name this person.
    pub subject: Option<Uuid>,
    /// After this one, in the order of the list: newest first.
    pub after: Option<Uuid>,
    /// So many.
    pub limit: i64,
}

impl Store {
    /// Changes within reach, newest first.
    pub async fn audit_log(
        &self,
        reach: &Reach,
        filter: &AuditFilter,
    ) -> Result<Vec<AuditEntryView>, Unavailable> {
        let mut tx = self.begin(reach).await?;
        // Events have no policy of buildings: calls of every building are in one table with them.
        let buildings: Option<Vec<Uuid>> = reach
            .buildings
            .as_ref()
            .map(|buildings| buildings.iter().copied().map(BuildingId::as_uuid).collect());
        let rows = sqlx::query!(
            r#"select position, event_id, payload, actor, recorded_at from es.event
               where tenant_id = $1 and type = 'DirectoryChanged'
                 and ($2::uuid is null or actor ->> 'id' = $2::uuid::text)
                 and ($3::text is null or payload -> 'data' ->> 'resource' = $3)
                 and ($4::uuid is null or stream_id = $4)
                 and ($5::text is null or payload -> 'data' ->> 'action' = $5)
                 and ($6::uuid is null or payload -> 'data' ->> 'building' = $6::uuid::text)
                 and ($7::timestamptz is null or recorded_at >= $7)
                 and ($8::timestamptz is null or recorded_at < $8)
                 and ($9::uuid is null or stream_id = $9 or strpos(payload::text, $9::uuid::text) > 0)
                 and ($10::uuid[] is null or (payload -> 'data' ->> 'building')::uuid = any ($10))
                 and ($11::uuid is null or position < (select position from es.event where event_id = $11))
               order by position desc
               limit $12"#,
            reach.tenant.as_uuid(),
            filter.actor,
            filter.resource,
            filter.resource_id,
            filter.action,
            filter.building,
            filter.from,
            filter.to,
            filter.subject,
            buildings as Option<Vec<Uuid>>,
            filter.after,
            filter.limit
        )
        .fetch_all(tx.connection())
        .await?;
        drop(tx);
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows {
            let mut payload = row.payload;
            self.open_event(reach.tenant, EventId::from_uuid(row.event_id), &mut payload).await?;
            entries.push(view(row.event_id, row.position, row.recorded_at, &row.actor, payload));
        }
        Ok(entries)
    }
}

fn view(
    id: Uuid,
    position: i64,
    at: OffsetDateTime,
    actor: &Value,
    mut payload: Value,
) -> AuditEntryView {
    let data = &mut payload["data"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let uuid = |value: &Value| value.as_str().and_then(|text| text.parse::<Uuid>().ok());
    AuditEntryView {
        id,
        position,
        at,
        actor_kind: text(&actor["k"]),
        actor_id: uuid(&actor["id"]),
        resource: text(&data["resource"]),
        resource_id: uuid(&data["resource_id"]).unwrap_or_default(),
        building_id: uuid(&data["building"]),
        action: text(&data["action"]),
        before: plain(data["before"].take()),
        after: plain(data["after"].take()),
        request_id: uuid(&data["request_id"]).filter(|id| !id.is_nil()),
    }
}

/// Opened personal fields as the plain values that they are, or `[erased]`.
pub(super) fn plain(value: Value) -> Value {
    match value {
        Value::Object(mut fields) => match fields.remove("$p") {
            Some(mut inner) => match inner.get_mut("value") {
                Some(value) => value.take(),
                None => ERASED.into(),
            },
            None => fields.into_iter().map(|(name, value)| (name, plain(value))).collect(),
        },
        Value::Array(items) => items.into_iter().map(plain).collect(),
        value @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn opened_fields_are_shown_as_they_are_and_erased_ones_as_erased() {
        let opened = json!({ "name": { "$p": { "subject": 1, "value": "Ada" } }, "numbers": [{ "$p": { "subject": 1 } }], "presence": "home" });

        assert_eq!(
            plain(opened),
            json!({ "name": "Ada", "numbers": [ERASED], "presence": "home" })
        );
    }
}
