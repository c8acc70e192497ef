//! Running calls and who is in them. A call that is over is gone from here.

use async_trait::async_trait;
use serde_json::json;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::Projection;
use crate::application::ports::StoredEvent;
use crate::domain::call::event::Event;
use crate::domain::call::stay::Stay;
use crate::domain::call::upcast::upcast;
use crate::domain::ids::LegId;

/// The types of event that the fold of a stay looks at.
const ABOUT_THE_ROOM: &[&str] = &[
    "RoomNamed",
    "RoomEnded",
    "LegJoined",
    "LegLeft",
    "LegMuted",
    "LegUnmuted",
    "LegHeld",
    "LegResumed",
    "SpeechStarted",
    "SpeechStopped",
    "MuteRequested",
    "UnmuteRequested",
    "HoldRequested",
    "ResumeRequested",
    "EffectFailed",
    "LegRemoved",
    "HangUpRequested",
    "LegEnded",
    "DialDropped",
    "DialRefused",
    "DialExpired",
];

/// Running calls.
#[derive(Debug)]
pub struct Live;

#[async_trait]
impl Projection for Live {
    fn name(&self) -> &'static str {
        "live"
    }

    fn shape(&self) -> i32 {
        4
    }

    fn tables_sql(&self) -> &'static str {
        "create table live_call (
             tenant_id uuid not null,
             call_id uuid primary key,
             building_id uuid not null,
             -- visit, announcement, connection or watched
             kind text not null,
             -- inbound or outbound, seen from the line
             direction text not null,
             -- whose phones the carrier rings by itself, and who of them picked up; sealed as in the events named
             users jsonb not null default '[]',
             users_event uuid,
             answered_user jsonb,
             answered_user_event uuid,
             -- null: nobody visits
             entrance_id uuid,
             unit_id uuid,
             -- screening, choosing_unit, giving_pin, ringing, talking, streaming, speaking, connecting, closing
             stage text not null,
             rang_at timestamptz not null,
             position bigint not null
         );
         create table live_participant (
             tenant_id uuid not null,
             call_id uuid not null references live_call on delete cascade,
             leg_id uuid not null,
             role text not null,
             resident_id uuid,
             -- the entry of the allowlist that let a visitor ring
             entry_id uuid,
             -- requested, ringing, answered, talking, ended
             state text not null,
             -- how they are in the room that the legs share: the domain's fold, as JSON
             stay jsonb not null default '{}',
             primary key (call_id, leg_id)
         );
         select es.isolate('live_call'), es.isolate('live_participant');"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["live_call", "live_participant"]
    }

    async fn apply(&self, rows: &mut PgConnection, event: &StoredEvent) -> Result<(), sqlx::Error> {
        let data = &event.payload["data"];
        let id = |name: &str| data[name].as_str().and_then(|text| text.parse::<Uuid>().ok());
        let leg = id("leg");
        stays(rows, event, leg).await?;
        match event.kind.as_str() {
            "CallerAdmitted" => admitted(rows, event).await,
            "CallRang" => rang(rows, event, leg).await,
            "CallWatched" => watched(rows, event, leg).await,
            "CallPutThrough" => put_through(rows, event, leg).await,
            "CallOrdered" => ordered(rows, event).await,
            "PartyReached" => reached(rows, event, leg).await,
            "UnitChosen" => {
                sqlx::query("update live_call set unit_id = $2 where call_id = $1")
                    .bind(event.stream)
                    .bind(id("unit"))
                    .execute(rows)
                    .await?;
                Ok(())
            }
            "UnitCodeAsked" => stage(rows, event, "choosing_unit").await,
            "PinAsked" => stage(rows, event, "giving_pin").await,
            "StreamRequested" if data["kind"] == "line" => stage(rows, event, "streaming").await,
            "GroupStarted" => stage(rows, event, "ringing").await,
            "CallAccepted" => {
                stage(rows, event, "talking").await?;
                state(rows, event, leg, "talking").await
            }
            "CallClosing" => stage(rows, event, "closing").await,
            "DialRequested" => {
                let target = &data["target"];
                let resident = target["id"].as_str().and_then(|text| text.parse::<Uuid>().ok());
                join(
                    rows,
                    event,
                    leg,
                    (target["who"].as_str().unwrap_or("resident"), resident, "requested"),
                )
                .await
            }
            "LegRinging" => state(rows, event, leg, "ringing").await,
            "LegAnswered" => state(rows, event, leg, "answered").await,
            "LegEnded" | "DialDropped" | "DialExpired" | "DialRefused" => {
                state(rows, event, leg, "ended").await
            }
            "CallEnded" => {
                sqlx::query("delete from live_call where call_id = $1")
                    .bind(event.stream)
                    .execute(rows)
                    .await?;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// What the event says of the room goes through the same fold as everywhere.
async fn stays(
    rows: &mut PgConnection,
    event: &StoredEvent,
    leg: Option<Uuid>,
) -> Result<(), sqlx::Error> {
    // Other events may hold sealed numbers, and say nothing of the room.
    if !ABOUT_THE_ROOM.contains(&event.kind.as_str()) {
        return Ok(());
    }
    let (kind, version) = (event.kind.as_str(), event.schema_version);
    let data = upcast(kind, version, event.payload["data"].clone());
    let read: Result<Event, _> = serde_json::from_value(json!({ "type": kind, "data": data }));
    let told = read.map_err(|error| sqlx::Error::Decode(error.into()))?;
    let staying: Vec<(Uuid, Json<Stay>)> = sqlx::query_as(
        "select leg_id, stay from live_participant
         where call_id = $1 and ($2::uuid is null or leg_id = $2)
         order by leg_id for update",
    )
    .bind(event.stream)
    .bind(leg)
    .fetch_all(&mut *rows)
    .await?;
    for (leg, Json(mut stay)) in staying {
        stay.apply(LegId::from_uuid(leg), &told, event.recorded_at);
        sqlx::query("update live_participant set stay = $3 where call_id = $1 and leg_id = $2")
            .bind(event.stream)
            .bind(leg)
            .bind(Json(stay))
            .execute(&mut *rows)
            .await?;
    }
    Ok(())
}

async fn admitted(rows: &mut PgConnection, event: &StoredEvent) -> Result<(), sqlx::Error> {
    let admission = &event.payload["data"]["admission"];
    if admission["as"] == "allowlisted" {
        sqlx::query(
            "update live_participant set entry_id = $2 where call_id = $1 and role = 'visitor'",
        )
        .bind(event.stream)
        .bind(admission["id"].as_str().and_then(|text| text.parse::<Uuid>().ok()))
        .execute(rows)
        .await?;
    }
    Ok(())
}

async fn rang(
    rows: &mut PgConnection,
    event: &StoredEvent,
    leg: Option<Uuid>,
) -> Result<(), sqlx::Error> {
    let id = |name: &str| {
        event.payload["data"][name].as_str().and_then(|text| text.parse::<Uuid>().ok())
    };
    sqlx::query(
        "insert into live_call (tenant_id, call_id, kind, building_id, entrance_id, stage, rang_at, position, direction, users, users_event)
         values ($1, $2, 'visit', $3, $4, 'screening', $5, $6, $7, coalesce(nullif($8, 'null'::jsonb), '[]'), $9)",
    )
    .bind(event.tenant.as_uuid())
    .bind(event.stream)
    .bind(id("building"))
    .bind(id("entrance"))
    .bind(event.recorded_at)
    .bind(event.position)
    .bind(event.payload["data"]["direction"].as_str().unwrap_or("inbound"))
    .bind(&event.payload["data"]["users"])
    .bind(event.id.as_uuid())
    .execute(&mut *rows)
    .await?;
    join(rows, event, leg, ("visitor", None, "answered")).await
}

/// The carrier puts it through by itself: nobody has picked up yet, and no door is near.
async fn watched(
    rows: &mut PgConnection,
    event: &StoredEvent,
    leg: Option<Uuid>,
) -> Result<(), sqlx::Error> {
    sqlx::query("update live_call set kind = 'watched', entrance_id = null where call_id = $1")
        .bind(event.stream)
        .execute(&mut *rows)
        .await?;
    stage(rows, event, "ringing").await?;
    state(rows, event, leg, "ringing").await
}

async fn put_through(
    rows: &mut PgConnection,
    event: &StoredEvent,
    leg: Option<Uuid>,
) -> Result<(), sqlx::Error> {
    sqlx::query("update live_call set answered_user = nullif($2, 'null'::jsonb), answered_user_event = $3 where call_id = $1")
        .bind(event.stream)
        .bind(&event.payload["data"]["user"])
        .bind(event.id.as_uuid())
        .execute(&mut *rows)
        .await?;
    stage(rows, event, "talking").await?;
    state(rows, event, leg, "talking").await
}

async fn ordered(rows: &mut PgConnection, event: &StoredEvent) -> Result<(), sqlx::Error> {
    let data = &event.payload["data"];
    let connects = data["errand"]["errand"] == "connect";
    sqlx::query(
        "insert into live_call (tenant_id, call_id, kind, direction, building_id, stage, rang_at, position)
         values ($1, $2, $3, 'outbound', $4, 'ringing', $5, $6)",
    )
    .bind(event.tenant.as_uuid())
    .bind(event.stream)
    .bind(if connects { "connection" } else { "announcement" })
    .bind(data["building"].as_str().and_then(|text| text.parse::<Uuid>().ok()))
    .bind(event.recorded_at)
    .bind(event.position)
    .execute(rows)
    .await?;
    Ok(())
}

/// Someone whom we called picked up: the first of two waits for the other, the second talks.
async fn reached(
    rows: &mut PgConnection,
    event: &StoredEvent,
    leg: Option<Uuid>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update live_call set position = $2, stage = case
             when kind = 'announcement' then 'speaking' when stage = 'ringing' then 'connecting' else 'talking' end
         where call_id = $1",
    )
    .bind(event.stream)
    .bind(event.position)
    .execute(&mut *rows)
    .await?;
    state(rows, event, leg, "talking").await
}

async fn join(
    rows: &mut PgConnection,
    event: &StoredEvent,
    leg: Option<Uuid>,
    (role, resident, state): (&str, Option<Uuid>, &str),
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into live_participant (tenant_id, call_id, leg_id, role, resident_id, state)
         select $1, call_id, $3, $4, $5, $6 from live_call where call_id = $2
         on conflict do nothing",
    )
    .bind(event.tenant.as_uuid())
    .bind(event.stream)
    .bind(leg)
    .bind(role)
    .bind(resident)
    .bind(state)
    .execute(rows)
    .await?;
    Ok(())
}

async fn stage(
    rows: &mut PgConnection,
    event: &StoredEvent,
    stage: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("update live_call set stage = $2, position = $3 where call_id = $1")
        .bind(event.stream)
        .bind(stage)
        .bind(event.position)
        .execute(rows)
        .await?;
    Ok(())
}

async fn state(
    rows: &mut PgConnection,
    event: &StoredEvent,
    leg: Option<Uuid>,
    state: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("update live_participant set state = $3 where call_id = $1 and leg_id = $2 and state <> 'ended'")
        .bind(event.stream)
        .bind(leg)
        .bind(state)
        .execute(rows)
        .await?;
    Ok(())
}
