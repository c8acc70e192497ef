//! What runs now: within reach, and no more than someone may see.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Sight, StayView};
use crate::application::ports::Unavailable;
use crate::domain::call::participants::ParticipantRole;
use crate::domain::call::stay::Stay;
use crate::domain::ids::TenantId;
use crate::store::codec::subjects_sealing;
use crate::store::{Reach, Store, TenantTx};

/// The read models that a running call is shown from, in the order in which they are brought up to date.
pub(in crate::store) const LIVE_MODELS: [&str; 2] = ["live", "streams"];

/// What runs now.
#[derive(Clone, Debug)]
pub struct LiveSnapshot {
    /// Everything up to this position is in it.
    pub position: i64,
    /// The running calls, the oldest first.
    pub calls: Vec<LiveCallView>,
}

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
    /// Which backends hear it. Empty where the building hides it.
    pub streams: Vec<LiveStreamView>,
}

/// A running call's audio on its way to backends.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LiveStreamView {
    /// Its id.
    pub id: Uuid,
    /// `requested`, `running` or `ended`.
    #[schema(example = "running")]
    pub state: String,
    /// Who hears it, in the firm's order.
    pub backends: Vec<LiveBackendView>,
}

/// A backend that hears a running call.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LiveBackendView {
    /// Its id.
    pub id: Uuid,
    /// What it is called; null if it was removed.
    #[schema(example = "Transcription")]
    pub label: Option<String>,
    /// `waiting`, `connected`, `lost` or `gone`, as of its last sign of life.
    #[schema(example = "connected")]
    pub state: String,
    /// Frames that it will never see.
    #[schema(example = 0)]
    pub dropped: i64,
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
    streams: Json<Vec<LiveStreamView>>,
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

/// Running calls as their rows say, before it is decided how much of them is shown.
pub(super) struct LiveRows {
    calls: Vec<CallRow>,
    people: Vec<ParticipantRow>,
}

/// Up to where a running call's rows hold everything. A model of streams that stopped does not stop what is shown of calls.
pub(in crate::store) async fn live_position(
    connection: &mut PgConnection,
) -> Result<i64, Unavailable> {
    let position = sqlx::query_scalar!(
        r#"select coalesce(min(position), 0) as "position!" from es.checkpoint
           where state = 'live' and name = any($1) and (name = $2 or stopped_because is null)"#,
        &LIVE_MODELS.map(str::to_owned),
        LIVE_MODELS[0]
    )
    .fetch_one(connection)
    .await?;
    Ok(position)
}

impl Store {
    /// What runs now.
    pub async fn live(&self, reach: &Reach, sight: Sight) -> Result<LiveSnapshot, Unavailable> {
        let mut tx = self.begin_reading(reach).await?;
        let position = live_position(tx.connection()).await?;
        let hidden = tx.hidden_buildings(sight).await?;
        let rows = tx.live_rows(None).await?;
        drop(tx);
        let calls = self.live_views(reach.tenant, rows, &hidden).await?;
        Ok(LiveSnapshot { position, calls })
    }

    pub(super) async fn live_views(
        &self,
        tenant: TenantId,
        LiveRows { calls, people }: LiveRows,
        hidden: &[Uuid],
    ) -> Result<Vec<LiveCallView>, Unavailable> {
        let mut participants: HashMap<Uuid, Vec<LiveParticipantView>> = HashMap::new();
        for row in people {
            let call = row.call_id;
            participants.entry(call).or_default().extend(row.view());
        }
        let sealed = calls.iter().flat_map(|call| [Some(&call.users), call.answered_user.as_ref()]);
        let subjects: Vec<_> = sealed.flatten().flat_map(subjects_sealing).collect();
        self.remember_subject_keys(tenant, &subjects).await?;
        let mut views = Vec::with_capacity(calls.len());
        for call in calls {
            let users = (call.users_event, call.users);
            let users = self.personal_texts(tenant, users.0, "users", users.1).await?;
            let by = (call.answered_user_event, call.answered_user);
            let answered_by = self.personal_text(tenant, by.0, "user", by.1).await?;
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
                streams: if is_hidden { Vec::new() } else { call.streams.0 },
            });
        }
        Ok(views)
    }
}

impl TenantTx {
    /// The running calls with these ids, or all.
    pub(super) async fn live_rows(
        &mut self,
        ids: Option<&[Uuid]>,
    ) -> Result<LiveRows, Unavailable> {
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
             where $1::uuid[] is null or call_id = any($1)
             order by rang_at, call_id
             limit 1000",
        )
        .bind(ids)
        .fetch_all(self.connection())
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
        .fetch_all(self.connection())
        .await?;
        Ok(LiveRows { calls, people })
    }
}
