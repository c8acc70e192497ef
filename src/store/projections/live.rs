//! Running calls and who is in them. A call that is over is gone from here.

use async_trait::async_trait;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Projection;
use crate::application::ports::StoredEvent;

/// Running calls.
#[derive(Debug)]
pub struct Live;

#[async_trait]
impl Projection for Live {
    fn name(&self) -> &'static str {
        "live"
    }

    fn shape(&self) -> i32 {
        2
    }

    fn tables_sql(&self) -> &'static str {
        "create table live_call (
             tenant_id uuid not null,
             call_id uuid primary key,
             building_id uuid not null,
             -- visit, announcement or connection
             kind text not null,
             -- null: nobody visits
             entrance_id uuid,
             unit_id uuid,
             -- screening, choosing_unit, giving_pin, ringing, talking, speaking, connecting, closing
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
             -- requested, ringing, answered, talking, ended
             state text not null,
             muted boolean not null default false,
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
        match event.kind.as_str() {
            "CallRang" => rang(rows, event, leg).await,
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
            "LegMuted" | "LegUnmuted" => {
                sqlx::query(
                    "update live_participant set muted = $3 where call_id = $1 and leg_id = $2",
                )
                .bind(event.stream)
                .bind(leg)
                .bind(event.kind == "LegMuted")
                .execute(rows)
                .await?;
                Ok(())
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

async fn rang(
    rows: &mut PgConnection,
    event: &StoredEvent,
    leg: Option<Uuid>,
) -> Result<(), sqlx::Error> {
    let id = |name: &str| {
        event.payload["data"][name].as_str().and_then(|text| text.parse::<Uuid>().ok())
    };
    sqlx::query(
        "insert into live_call (tenant_id, call_id, kind, building_id, entrance_id, stage, rang_at, position)
         values ($1, $2, 'visit', $3, $4, 'screening', $5, $6)",
    )
    .bind(event.tenant.as_uuid())
    .bind(event.stream)
    .bind(id("building"))
    .bind(id("entrance"))
    .bind(event.recorded_at)
    .bind(event.position)
    .execute(&mut *rows)
    .await?;
    join(rows, event, leg, ("visitor", None, "answered")).await
}

async fn ordered(rows: &mut PgConnection, event: &StoredEvent) -> Result<(), sqlx::Error> {
    let data = &event.payload["data"];
    let connects = data["errand"]["errand"] == "connect";
    sqlx::query(
        "insert into live_call (tenant_id, call_id, kind, building_id, stage, rang_at, position)
         values ($1, $2, $3, $4, 'ringing', $5, $6)",
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
