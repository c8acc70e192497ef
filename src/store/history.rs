//! Reading calls: the history, what runs now, who calls too often.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Reach, Store};
use crate::application::ports::Unavailable;
use crate::domain::ids::{EventId, TenantId};

/// A call, as the history tells it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CallView {
    /// Its id.
    pub id: Uuid,
    /// Its building.
    pub building_id: Uuid,
    /// Its entrance.
    pub entrance_id: Uuid,
    /// The line that was called.
    pub line_id: Uuid,
    /// The unit that was rung, once it was clear.
    pub unit_id: Option<Uuid>,
    /// Who called, E.164; `[erased]` once they were erased; absent if withheld.
    #[schema(example = "+441632960001")]
    pub caller: Option<String>,
    /// When it rang.
    #[serde(with = "time::serde::rfc3339")]
    pub rang_at: OffsetDateTime,
    /// When the first phone rang.
    #[serde(with = "time::serde::rfc3339::option")]
    pub first_ring_at: Option<OffsetDateTime>,
    /// When someone accepted.
    #[serde(with = "time::serde::rfc3339::option")]
    pub accepted_at: Option<OffsetDateTime>,
    /// On which leg.
    pub accepted_leg: Option<Uuid>,
    /// When the open digits were sent.
    #[serde(with = "time::serde::rfc3339::option")]
    pub opened_at: Option<OffsetDateTime>,
    /// On whose word.
    pub opened_by: Option<Value>,
    /// When it was over; absent: it still runs.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// What came of it.
    #[schema(example = "opened")]
    pub outcome: Option<String>,
    /// Why.
    #[schema(example = "opened_by_key")]
    pub cause: Option<String>,
    /// What the carrier charged, in millionths of its currency.
    #[schema(example = 12400)]
    pub cost_micros: i64,
    /// The phones in it. Only when one call is read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub legs: Vec<LegView>,
}

/// A phone in a call.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LegView {
    /// Its id.
    pub id: Uuid,
    /// `visitor`, `resident` or `concierge`.
    #[schema(example = "resident")]
    pub role: String,
    /// Whose.
    pub resident_id: Option<Uuid>,
    /// In which step of the flow it rang.
    #[schema(example = 1)]
    pub step: Option<i32>,
    /// The number, E.164; `[erased]` once they were erased.
    #[schema(example = "+447700900101")]
    pub number: Option<String>,
    /// When it was to be rung.
    #[serde(with = "time::serde::rfc3339::option")]
    pub requested_at: Option<OffsetDateTime>,
    /// When it was dialled.
    #[serde(with = "time::serde::rfc3339::option")]
    pub started_at: Option<OffsetDateTime>,
    /// When it rang.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ringing_at: Option<OffsetDateTime>,
    /// When it was picked up.
    #[serde(with = "time::serde::rfc3339::option")]
    pub answered_at: Option<OffsetDateTime>,
    /// When they accepted.
    #[serde(with = "time::serde::rfc3339::option")]
    pub accepted_at: Option<OffsetDateTime>,
    /// When they refused.
    #[serde(with = "time::serde::rfc3339::option")]
    pub declined_at: Option<OffsetDateTime>,
    /// When it was over.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// Why.
    #[schema(example = "hung_up")]
    pub end_cause: Option<String>,
    /// How long it was connected.
    #[schema(example = 9)]
    pub duration_seconds: Option<i32>,
}

/// Which calls.
#[derive(Clone, Debug, Default)]
pub struct CallFilter {
    /// Of this building.
    pub building: Option<Uuid>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// That rang from then.
    pub from: Option<OffsetDateTime>,
    /// That rang before then.
    pub to: Option<OffsetDateTime>,
    /// After this one, in the order of the list: newest first.
    pub after: Option<Uuid>,
    /// So many.
    pub limit: i64,
}

/// A caller's day at a building.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, sqlx::FromRow)]
pub struct SpamDayView {
    /// The building.
    pub building_id: Uuid,
    /// The day, in UTC.
    #[schema(example = "2026-11-20")]
    pub day: String,
    /// Stands for the caller's number; all zeros: withheld.
    pub caller_id: Uuid,
    /// How often they called.
    #[schema(example = 12)]
    pub calls: i32,
    /// How often they were refused.
    #[schema(example = 8)]
    pub rejected: i32,
    /// How many wrong PINs they gave.
    #[schema(example = 3)]
    pub wrong_pins: i32,
    /// How often they were blocked.
    #[schema(example = 1)]
    pub blocked: i32,
    /// When they called last.
    #[serde(with = "time::serde::rfc3339")]
    pub last_seen: OffsetDateTime,
}

/// A running call.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, sqlx::FromRow)]
pub struct LiveCallView {
    /// Its id.
    pub id: Uuid,
    /// Its building.
    pub building_id: Uuid,
    /// Its entrance.
    pub entrance_id: Uuid,
    /// The unit that rings.
    pub unit_id: Option<Uuid>,
    /// `screening`, `choosing_unit`, `giving_pin`, `ringing`, `talking` or `closing`.
    pub stage: String,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub rang_at: OffsetDateTime,
    /// Who is in it: `leg_id`, `role`, `resident_id`, `state`, `muted`.
    pub participants: Value,
}

#[derive(sqlx::FromRow)]
struct CallRow {
    call_id: Uuid,
    building_id: Uuid,
    entrance_id: Uuid,
    line_id: Uuid,
    unit_id: Option<Uuid>,
    caller: Option<Value>,
    caller_event: Uuid,
    rang_at: OffsetDateTime,
    first_ring_at: Option<OffsetDateTime>,
    accepted_at: Option<OffsetDateTime>,
    accepted_leg: Option<Uuid>,
    opened_at: Option<OffsetDateTime>,
    opened_by: Option<Value>,
    ended_at: Option<OffsetDateTime>,
    outcome: Option<String>,
    cause: Option<String>,
    cost_micros: i64,
}

#[derive(sqlx::FromRow)]
struct LegRow {
    leg_id: Uuid,
    role: String,
    resident_id: Option<Uuid>,
    step: Option<i32>,
    number: Option<Value>,
    number_event: Option<Uuid>,
    requested_at: Option<OffsetDateTime>,
    started_at: Option<OffsetDateTime>,
    ringing_at: Option<OffsetDateTime>,
    answered_at: Option<OffsetDateTime>,
    accepted_at: Option<OffsetDateTime>,
    declined_at: Option<OffsetDateTime>,
    ended_at: Option<OffsetDateTime>,
    end_cause: Option<String>,
    duration_seconds: Option<i32>,
}

impl Store {
    /// A page of calls, newest first.
    pub async fn calls(
        &self,
        reach: &Reach,
        filter: &CallFilter,
    ) -> Result<Vec<CallView>, Unavailable> {
        let mut tx = self.begin(reach).await?;
        // The read models' tables change with their generation, so these queries are checked by tests instead of by the compiler.
        let rows: Vec<CallRow> = sqlx::query_as(
            "select * from vestibule.call_row
             where ($1::uuid is null or building_id = $1)
               and ($2::text is null or outcome = $2)
               and ($3::timestamptz is null or rang_at >= $3)
               and ($4::timestamptz is null or rang_at < $4)
               and ($5::uuid is null or (rang_at, call_id) < (select rang_at, call_id from vestibule.call_row where call_id = $5))
             order by rang_at desc, call_id desc
             limit $6",
        )
        .bind(filter.building)
        .bind(&filter.outcome)
        .bind(filter.from)
        .bind(filter.to)
        .bind(filter.after)
        .bind(filter.limit)
        .fetch_all(tx.connection())
        .await?;
        let mut calls = Vec::with_capacity(rows.len());
        for row in rows {
            calls.push(self.call_view(reach.tenant, row).await?);
        }
        Ok(calls)
    }

    /// A call with its legs.
    pub async fn call(&self, reach: &Reach, id: Uuid) -> Result<Option<CallView>, Unavailable> {
        let mut tx = self.begin(reach).await?;
        let row: Option<CallRow> =
            sqlx::query_as("select * from vestibule.call_row where call_id = $1")
                .bind(id)
                .fetch_optional(tx.connection())
                .await?;
        let Some(row) = row else { return Ok(None) };
        let legs: Vec<LegRow> = sqlx::query_as("select * from vestibule.call_leg where call_id = $1 order by requested_at nulls first, leg_id")
            .bind(id)
            .fetch_all(tx.connection())
            .await?;
        drop(tx);
        let mut view = self.call_view(reach.tenant, row).await?;
        for leg in legs {
            view.legs.push(self.leg_view(reach.tenant, leg).await?);
        }
        Ok(Some(view))
    }

    async fn call_view(&self, tenant: TenantId, row: CallRow) -> Result<CallView, Unavailable> {
        Ok(CallView {
            id: row.call_id,
            building_id: row.building_id,
            entrance_id: row.entrance_id,
            line_id: row.line_id,
            unit_id: row.unit_id,
            caller: self
                .personal_text(tenant, Some(row.caller_event), "caller", row.caller)
                .await?,
            rang_at: row.rang_at,
            first_ring_at: row.first_ring_at,
            accepted_at: row.accepted_at,
            accepted_leg: row.accepted_leg,
            opened_at: row.opened_at,
            opened_by: row.opened_by,
            ended_at: row.ended_at,
            outcome: row.outcome,
            cause: row.cause,
            cost_micros: row.cost_micros,
            legs: Vec::new(),
        })
    }

    async fn leg_view(&self, tenant: TenantId, row: LegRow) -> Result<LegView, Unavailable> {
        Ok(LegView {
            id: row.leg_id,
            role: row.role,
            resident_id: row.resident_id,
            step: row.step,
            number: self.personal_text(tenant, row.number_event, "number", row.number).await?,
            requested_at: row.requested_at,
            started_at: row.started_at,
            ringing_at: row.ringing_at,
            answered_at: row.answered_at,
            accepted_at: row.accepted_at,
            declined_at: row.declined_at,
            ended_at: row.ended_at,
            end_cause: row.end_cause,
            duration_seconds: row.duration_seconds,
        })
    }

    /// Opens a personal text that a read model keeps sealed, as it stood in its event.
    async fn personal_text(
        &self,
        tenant: TenantId,
        event: Option<Uuid>,
        field: &str,
        sealed: Option<Value>,
    ) -> Result<Option<String>, Unavailable> {
        let (Some(event), Some(sealed)) = (event, sealed) else { return Ok(None) };
        let mut payload = json!({ "data": { field: sealed } });
        self.open_event(tenant, EventId::from_uuid(event), &mut payload).await?;
        let text = payload["data"][field]["$p"]["value"].as_str().unwrap_or("[erased]");
        Ok(Some(text.to_owned()))
    }

    /// Who called too often: newest day first, most refused first.
    pub async fn spam(
        &self,
        reach: &Reach,
        building: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<SpamDayView>, Unavailable> {
        let mut tx = self.begin(reach).await?;
        Ok(sqlx::query_as(
            "select building_id, day::text as day, caller_id, calls, rejected, wrong_pins, blocked, last_seen from vestibule.spam_day
             where ($1::uuid is null or building_id = $1) and rejected + wrong_pins + blocked > 0
             order by vestibule.spam_day.day desc, rejected + wrong_pins desc, caller_id
             limit $2",
        )
        .bind(building)
        .bind(limit)
        .fetch_all(tx.connection())
        .await?)
    }

    /// What runs now.
    pub async fn live(&self, reach: &Reach) -> Result<Vec<LiveCallView>, Unavailable> {
        let mut tx = self.begin(reach).await?;
        Ok(sqlx::query_as(
            "select call_id as id, building_id, entrance_id, unit_id, stage, rang_at,
                    coalesce((select jsonb_agg(jsonb_build_object('leg_id', leg_id, 'role', role, 'resident_id', resident_id, 'state', state, 'muted', muted) order by leg_id)
                              from vestibule.live_participant participant where participant.call_id = live_call.call_id), '[]'::jsonb) as participants
             from vestibule.live_call
             order by rang_at, call_id
             limit 1000",
        )
        .fetch_all(tx.connection())
        .await?)
    }

    /// What happened after this position, for a live view: position, call, type, when, and the leg it was about.
    pub async fn changes(
        &self,
        reach: &Reach,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Change>, Unavailable> {
        let mut tx = self.begin(reach).await?;
        let rows = sqlx::query!(
            r#"select position, stream_id, type as kind, recorded_at, payload -> 'data' ->> 'leg' as leg from es.event
               where tenant_id = $1 and position > $2 and type <> 'DirectoryChanged'
               order by position
               limit $3"#,
            reach.tenant.as_uuid(),
            after,
            limit
        )
        .fetch_all(tx.connection())
        .await?;
        let changes = rows.into_iter().map(|row| Change {
            position: row.position,
            call_id: row.stream_id,
            kind: row.kind,
            at: row.recorded_at,
            leg_id: row.leg,
        });
        Ok(changes.collect())
    }
}

/// Something that happened in a call.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Change {
    /// Its place among all events.
    pub position: i64,
    /// The call.
    pub call_id: Uuid,
    /// What: an event's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Which leg, if it was about one.
    pub leg_id: Option<String>,
}
