//! What runs now, and what happened since: within reach, and no more than someone may see.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Sight;
use crate::application::ports::Unavailable;
use crate::store::{Reach, Store};

/// A running call.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, sqlx::FromRow)]
pub struct LiveCallView {
    /// Its id.
    pub id: Uuid,
    /// `visit`, `announcement` or `connection`.
    #[schema(example = "visit")]
    pub kind: String,
    /// Its building.
    pub building_id: Uuid,
    /// Its entrance; absent if nobody visits.
    pub entrance_id: Option<Uuid>,
    /// The unit that rings; absent where the building hides it.
    pub unit_id: Option<Uuid>,
    /// `screening`, `choosing_unit`, `giving_pin`, `ringing`, `talking` or `closing`; of a call that we place also `speaking`
    /// and `connecting`. `running` where the building hides it.
    #[schema(example = "ringing")]
    pub stage: String,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub rang_at: OffsetDateTime,
    /// Who is in it: `leg_id`, `role`, `resident_id`, `state`, `muted`. Empty where the building hides it.
    pub participants: Value,
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
        let mut calls: Vec<LiveCallView> = sqlx::query_as(
            "select call_id as id, kind, building_id, entrance_id, unit_id, stage, rang_at,
                    coalesce((select jsonb_agg(jsonb_build_object('leg_id', leg_id, 'role', role, 'resident_id', resident_id, 'state', state, 'muted', muted) order by leg_id)
                              from vestibule.live_participant participant where participant.call_id = live_call.call_id), '[]'::jsonb) as participants
             from vestibule.live_call
             order by rang_at, call_id
             limit 1000",
        )
        .fetch_all(tx.connection())
        .await?;
        for call in &mut calls {
            if call.kind == "visit" && hidden.contains(&call.building_id) {
                call.unit_id = None;
                call.stage = "running".to_owned();
                call.participants = json!([]);
            }
        }
        Ok(calls)
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
                      first.type as "first?", first.payload -> 'data' ->> 'building' as building
               from es.event event
               left join es.event first on first.stream_id = event.stream_id and first.version = 1 and first.type in ('CallRang', 'CallOrdered')
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
            })
        });
        Ok((changes.collect(), looked))
    }
}
