//! What runs now, and what happened since: within reach, and no more than someone may see.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::types::Json;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Sight, StayView};
use crate::application::ports::Unavailable;
use crate::domain::call::participants::ParticipantRole;
use crate::domain::call::stay::Stay;
use crate::store::{Reach, Store};

/// A running call.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LiveCallView {
    /// Its id.
    pub id: Uuid,
    /// `visit`, `announcement`, `connection`, or `watched` if the carrier puts it through by itself.
    #[schema(example = "visit")]
    pub kind: String,
    /// `inbound` or `outbound`, seen from the line.
    #[schema(example = "inbound")]
    pub direction: String,
    /// Whose phones the carrier rings by itself, in its words; the line's own users, if the call is outbound.
    #[schema(example = json!([]))]
    pub users: Vec<String>,
    /// Whose of these phones was picked up, where the carrier says so.
    #[schema(example = json!(null))]
    pub answered_by: Option<String>,
    /// Its building.
    pub building_id: Uuid,
    /// Its entrance; absent if nobody visits.
    pub entrance_id: Option<Uuid>,
    /// The unit that rings; absent where the building hides it.
    pub unit_id: Option<Uuid>,
    /// `screening`, `choosing_unit`, `giving_pin`, `ringing`, `talking`, `streaming` or `closing`; of a call that we place also `speaking`
    /// and `connecting`. `running` where the building hides it.
    #[schema(example = "ringing")]
    pub stage: String,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub rang_at: OffsetDateTime,
    /// Who is in it, or was. Empty where the building hides it.
    pub participants: Vec<LiveParticipantView>,
    /// Which backends hear it: `id`, `state`, `backends` (`id`, `label`, `state`, `dropped`). Empty where the building hides it.
    pub streams: Value,
}

/// Someone in a running call.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LiveParticipantView {
    /// Their leg: what the actions on a running call take.
    pub leg_id: Uuid,
    /// `visitor`, `resident` or `concierge`; in a call that we placed `called`, and `connected` for the second.
    #[schema(value_type = String, example = "resident")]
    pub role: ParticipantRole,
    /// Who, if it is a resident.
    pub resident_id: Option<Uuid>,
    /// What they are called: by the directory, else by what they are here; absent for who moved out, or is in no directory.
    #[schema(example = "Ada")]
    pub name: Option<String>,
    /// `requested`, `ringing`, `answered`, `talking` or `ended`.
    #[schema(example = "talking")]
    pub state: String,
    /// How they are in the room that the call's phones share.
    #[serde(flatten)]
    pub room: StayView,
}

#[derive(sqlx::FromRow)]
struct CallRow {
    id: Uuid,
    kind: String,
    direction: String,
    users: Value,
    users_event: Option<Uuid>,
    answered_user: Option<Value>,
    answered_user_event: Option<Uuid>,
    building_id: Uuid,
    entrance_id: Option<Uuid>,
    unit_id: Option<Uuid>,
    stage: String,
    rang_at: OffsetDateTime,
    streams: Value,
}

#[derive(sqlx::FromRow)]
struct ParticipantRow {
    call_id: Uuid,
    leg_id: Uuid,
    role: String,
    resident_id: Option<Uuid>,
    name: Option<String>,
    state: String,
    stay: Json<Stay>,
}

impl ParticipantRow {
    fn view(self) -> Option<LiveParticipantView> {
        let role: ParticipantRole = serde_json::from_value(Value::String(self.role)).ok()?;
        let name = self.name.filter(|name| !name.is_empty());
        Some(LiveParticipantView {
            leg_id: self.leg_id,
            role,
            resident_id: self.resident_id,
            name: name.or_else(|| role.title().map(str::to_owned)),
            state: self.state,
            room: StayView::of(&self.stay),
        })
    }
}

/// Something that happened in a call.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CallChange {
    /// Its place among all events.
    pub position: i64,
    /// The call.
    pub call_id: Uuid,
    /// Its building.
    pub building_id: Uuid,
    /// What: an event's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Which leg, if it was about one.
    pub leg_id: Option<String>,
    /// Its place among the carrier's news of the room, where the carrier counts them: they may come in any order, and what has a
    /// lower number than the last of its leg changes nothing.
    pub sequence: Option<i64>,
    /// Which way the call goes, seen from the line, when it begins: `inbound` or `outbound`.
    pub direction: Option<String>,
    /// Why it ended, when it does.
    pub cause: Option<String>,
    /// What was asked for, in a word, if it failed: `mute`, `unmute`, `hold`, `resume`, `say`.
    pub wanted: Option<String>,
}

impl Store {
    /// What runs now.
    pub async fn live(
        &self,
        reach: &Reach,
        sight: Sight,
    ) -> Result<Vec<LiveCallView>, Unavailable> {
        let mut tx = self.begin(reach).await?;
        let hidden = tx.hidden_buildings(sight).await?;
        let calls: Vec<CallRow> = sqlx::query_as(
            "select call_id as id, kind, direction, users, users_event, answered_user, answered_user_event, building_id, entrance_id, unit_id, stage, rang_at,
                    coalesce((select jsonb_agg(jsonb_build_object('id', stream_id, 'state', state, 'backends',
                                  (select coalesce(jsonb_agg(jsonb_build_object('id', row.backend_id, 'label', backend.label,
                                              'state', coalesce(beat.backends -> row.backend_id::text ->> 'state', row.state),
                                              'dropped', coalesce((beat.backends -> row.backend_id::text ->> 'dropped')::bigint, row.dropped)) order by row.place), '[]'::jsonb)
                                   from vestibule.stream_backend_row row
                                   left join vestibule.stream_backend backend on backend.tenant_id = row.tenant_id and backend.backend_id = row.backend_id
                                   left join vestibule.stream_beat beat on beat.stream_id = row.stream_id
                                   where row.stream_id = stream.stream_id)) order by stream_id)
                              from vestibule.stream_row stream where stream.call_id = live_call.call_id), '[]'::jsonb) as streams
             from vestibule.live_call
             order by rang_at, call_id
             limit 1000",
        )
        .fetch_all(tx.connection())
        .await?;
        let ids: Vec<Uuid> = calls.iter().map(|call| call.id).collect();
        let people: Vec<ParticipantRow> = sqlx::query_as(
            "select participant.call_id, participant.leg_id, participant.role, participant.resident_id,
                    coalesce(resident.name, entry.label) as name, participant.state, participant.stay
             from vestibule.live_participant participant
             left join vestibule.resident on resident.resident_id = participant.resident_id
             left join vestibule.allowlist_entry entry on entry.entry_id = participant.entry_id
             where participant.call_id = any($1)
             order by participant.leg_id",
        )
        .bind(&ids)
        .fetch_all(tx.connection())
        .await?;
        let mut participants: HashMap<Uuid, Vec<LiveParticipantView>> = HashMap::new();
        for row in people {
            let call = row.call_id;
            participants.entry(call).or_default().extend(row.view());
        }
        drop(tx);
        let mut views = Vec::with_capacity(calls.len());
        for call in calls {
            let users = (call.users_event, call.users);
            let users = self.personal_texts(reach.tenant, users.0, "users", users.1).await?;
            let by = (call.answered_user_event, call.answered_user);
            let answered_by = self.personal_text(reach.tenant, by.0, "user", by.1).await?;
            let is_hidden = call.kind == "visit" && hidden.contains(&call.building_id);
            views.push(LiveCallView {
                id: call.id,
                kind: call.kind,
                direction: call.direction,
                users: if is_hidden { Vec::new() } else { users },
                answered_by: answered_by.filter(|_| !is_hidden),
                building_id: call.building_id,
                entrance_id: call.entrance_id,
                unit_id: call.unit_id.filter(|_| !is_hidden),
                stage: if is_hidden { "running".to_owned() } else { call.stage },
                rang_at: call.rang_at,
                participants: participants
                    .remove(&call.id)
                    .filter(|_| !is_hidden)
                    .unwrap_or_default(),
                streams: if is_hidden { Value::Array(Vec::new()) } else { call.streams },
            });
        }
        Ok(views)
    }

    /// What happened in calls after this position, and how far was looked: positions of what is out of reach are passed over.
    pub async fn changes(
        &self,
        reach: &Reach,
        sight: Sight,
        after: i64,
        limit: i64,
    ) -> Result<(Vec<CallChange>, Option<i64>), Unavailable> {
        let mut tx = self.begin(reach).await?;
        let hidden = tx.hidden_buildings(sight).await?;
        // Every call's first event names its building.
        let rows = sqlx::query!(
            r#"select event.position, event.stream_id, event.type as kind, event.recorded_at, event.payload -> 'data' ->> 'leg' as leg,
                      case when jsonb_typeof(event.payload -> 'data' -> 'sequence') = 'number' then (event.payload -> 'data' ->> 'sequence')::bigint end as sequence,
                      case when event.type = 'CallRang' then coalesce(event.payload -> 'data' ->> 'direction', 'inbound')
                           when event.type = 'CallOrdered' then 'outbound' end as direction,
                      case when event.type = 'CallEnded' then event.payload -> 'data' ->> 'cause'
                           when event.type = 'LegEnded' then event.payload -> 'data' -> 'end' ->> 'cause' end as cause,
                      case when event.type = 'EffectFailed' then event.payload -> 'data' ->> 'wanted' end as wanted,
                      first.type as "first?", first.payload -> 'data' ->> 'building' as building
               from es.event event
               left join es.event first on first.stream_id = event.stream_id and first.version = 1 and first.type in ('CallRang', 'CallDiscovered', 'CallOrdered')
               where event.tenant_id = $1 and event.position > $2
               order by event.position
               limit $3"#,
            reach.tenant.as_uuid(),
            after,
            limit
        )
        .fetch_all(tx.connection())
        .await?;
        let looked = rows.last().map(|row| row.position);
        let changes = rows.into_iter().filter_map(|row| {
            let building: Uuid = row.building?.parse().ok()?;
            let is_hidden = row.first.as_deref() == Some("CallRang") && hidden.contains(&building);
            let is_told = !is_hidden || matches!(row.kind.as_str(), "CallRang" | "CallEnded");
            (is_told && reach.includes(building.into())).then_some(CallChange {
                position: row.position,
                call_id: row.stream_id,
                building_id: building,
                kind: row.kind,
                at: row.recorded_at,
                leg_id: row.leg.filter(|_| !is_hidden),
                sequence: row.sequence.filter(|_| !is_hidden),
                direction: row.direction,
                cause: row.cause.filter(|_| !is_hidden),
                wanted: row.wanted.filter(|_| !is_hidden),
            })
        });
        Ok((changes.collect(), looked))
    }
}
