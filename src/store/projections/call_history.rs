//! The call history: a row a call, a row a leg, a row a resident of a call. One index a filter, each in the order of the list.

use async_trait::async_trait;
use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::Projection;
use crate::application::ports::StoredEvent;
use crate::domain::call::record::EndSource;

const TABLES: &str = "create table call_row (
    tenant_id uuid not null,
    call_id uuid primary key,
    -- visit, announcement, connection or watched
    kind text not null,
    -- inbound or outbound, seen from the line
    direction text not null,
    building_id uuid not null,
    -- null: nobody visits
    entrance_id uuid,
    line_id uuid not null,
    unit_id uuid,
    -- sealed as in the event that caller_event names; null: withheld
    caller jsonb,
    caller_event uuid,
    -- the subject of the caller's number
    caller_id uuid,
    -- whose phones the carrier rang by itself, and who of them picked up; sealed as in the events named
    users jsonb not null default '[]',
    users_event uuid,
    answered_user jsonb,
    answered_user_event uuid,
    -- who ordered it, if we placed it
    ordered_by jsonb,
    rang_at timestamptz not null,
    first_ring_at timestamptz,
    accepted_at timestamptz,
    accepted_leg uuid,
    opened_at timestamptz,
    opened_by jsonb,
    ended_at timestamptz,
    outcome text,
    cause text,
    -- carrier_calls, carrier_history or presumed: how the end became known; null: it was reported
    end_source text,
    cost_micros bigint not null default 0,
    position bigint not null
-- a call is changed some ten times: there is room for that on its page, so that no index has to follow
) with (fillfactor = 60);
create index on call_row (tenant_id, rang_at desc, call_id desc);
create index on call_row (tenant_id, building_id, rang_at desc, call_id desc);
create index on call_row (tenant_id, entrance_id, rang_at desc, call_id desc) where entrance_id is not null;
create index on call_row (tenant_id, unit_id, rang_at desc, call_id desc) where unit_id is not null;
create index on call_row (tenant_id, caller_id, rang_at desc, call_id desc) where caller_id is not null;
create index on call_row (tenant_id, outcome, rang_at desc, call_id desc) where outcome is not null;
create index on call_row (tenant_id, cause, rang_at desc, call_id desc) where cause is not null;
create index on call_row (tenant_id, building_id, outcome, rang_at desc, call_id desc) where outcome is not null;
create index on call_row (tenant_id, building_id, cause, rang_at desc, call_id desc) where cause is not null;
create index on call_row (tenant_id, kind, rang_at desc, call_id desc) where kind <> 'visit';
create index on call_row (tenant_id, rang_at desc, call_id desc) where end_source is not null;
-- whom a call rang; the time stands here too, so that a resident's calls come in the order of the list
create table call_resident (
    tenant_id uuid not null,
    resident_id uuid not null,
    rang_at timestamptz not null,
    call_id uuid not null,
    primary key (tenant_id, resident_id, rang_at, call_id)
);
create table call_leg (
    tenant_id uuid not null,
    call_id uuid not null,
    leg_id uuid not null,
    -- visitor, resident, concierge, called or connected
    role text not null,
    resident_id uuid,
    step int,
    -- sealed as in the event that number_event names
    number jsonb,
    number_event uuid,
    requested_at timestamptz,
    started_at timestamptz,
    ringing_at timestamptz,
    answered_at timestamptz,
    accepted_at timestamptz,
    declined_at timestamptz,
    ended_at timestamptz,
    end_cause text,
    -- as in call_row
    end_source text,
    duration_seconds int,
    cost_micros bigint not null default 0,
    primary key (call_id, leg_id)
);
select es.isolate('call_row'), es.isolate('call_leg'), es.isolate('call_resident');";

/// The call history.
#[derive(Debug)]
pub struct CallHistory;

#[async_trait]
impl Projection for CallHistory {
    fn name(&self) -> &'static str {
        "call_history"
    }

    fn shape(&self) -> i32 {
        3
    }

    fn tables_sql(&self) -> &'static str {
        TABLES
    }

    fn tables(&self) -> &'static [&'static str] {
        &["call_row", "call_leg", "call_resident"]
    }

    async fn apply(&self, rows: &mut PgConnection, event: &StoredEvent) -> Result<(), sqlx::Error> {
        let data = &event.payload["data"];
        match event.kind.as_str() {
            "CallRang" => rang(rows, event, data).await,
            "CallWatched" => watched(rows, event, data).await,
            "CallPutThrough" => put_through(rows, event, data).await,
            "CallDiscovered" => rang(rows, event, data).await,
            "CallOrdered" => ordered(rows, event, data).await,
            "UnitChosen" => set_unit(rows, event, data).await,
            "DialRequested" => requested(rows, event, data).await,
            "DialStarted" | "LegRinging" | "LegAnswered" | "CallDeclined" => {
                leg_reached(rows, event, data).await
            }
            "DialDropped" | "DialExpired" | "DialRefused" => never_placed(rows, event, data).await,
            "CallAccepted" => accepted(rows, event, data).await,
            "PartyReached" => accepted(rows, event, data).await,
            "DoorOpened" => opened(rows, event, data).await,
            "LegEnded" => leg_ended(rows, event, data).await,
            "StreamLegEnded" => {
                add_cost(rows, event, data["end"]["cost"]["micros"].as_i64().unwrap_or(0)).await
            }
            "CallEnded" => ended(rows, event, data).await,
            _ => Ok(()),
        }
    }
}

fn id(data: &Value, name: &str) -> Option<Uuid> {
    data[name].as_str()?.parse().ok()
}

/// A time that the event tells of: of a call that was found afterwards.
fn time(data: &Value, name: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(data[name].as_str()?, &Rfc3339).ok()
}

/// How an end became known; nothing where it was reported.
fn end_source(data: &Value) -> Option<&'static str> {
    serde_json::from_value(data["source"].clone()).ok().and_then(EndSource::name)
}

async fn rang(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into call_row (tenant_id, call_id, kind, building_id, entrance_id, line_id, caller, caller_event, caller_id, rang_at, position, direction, users, users_event, ended_at)
         values ($1, $2, 'visit', $3, $4, $5, nullif($6, 'null'::jsonb), $7, $8, $9, $10, $11, coalesce(nullif($12, 'null'::jsonb), '[]'), $7, $13)",
    )
    .bind(event.tenant.as_uuid())
    .bind(event.stream)
    .bind(id(data, "building"))
    .bind(id(data, "entrance"))
    .bind(id(data, "line"))
    .bind(&data["caller"])
    .bind(event.id.as_uuid())
    .bind(id(&data["caller"], "$s"))
    .bind(time(data, "began_at").unwrap_or(event.recorded_at))
    .bind(event.position)
    .bind(data["direction"].as_str().unwrap_or("inbound"))
    .bind(&data["users"])
    .bind(time(data, "over_at"))
    .execute(&mut *rows)
    .await?;
    sqlx::query("insert into call_leg (tenant_id, call_id, leg_id, role, answered_at, ended_at) values ($1, $2, $3, 'visitor', $4, $5) on conflict do nothing")
        .bind(event.tenant.as_uuid())
        .bind(event.stream)
        .bind(id(data, "leg"))
        .bind((event.kind == "CallRang").then_some(event.recorded_at))
        .bind(time(data, "over_at"))
        .execute(rows)
        .await?;
    Ok(())
}

/// A call that we place has no caller, no entrance and no unit; whom it calls is in its legs.
async fn ordered(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    let connects = data["errand"]["errand"] == "connect";
    sqlx::query(
        "insert into call_row (tenant_id, call_id, kind, direction, building_id, line_id, ordered_by, rang_at, position)
         values ($1, $2, $3, 'outbound', $4, $5, $6, $7, $8)",
    )
    .bind(event.tenant.as_uuid())
    .bind(event.stream)
    .bind(if connects { "connection" } else { "announcement" })
    .bind(id(data, "building"))
    .bind(id(data, "line"))
    .bind(&data["by"])
    .bind(event.recorded_at)
    .bind(event.position)
    .execute(rows)
    .await?;
    Ok(())
}

/// The carrier puts it through by itself: nobody has picked up yet, and no door is near.
async fn watched(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query("update call_row set kind = 'watched', entrance_id = null where call_id = $1")
        .bind(event.stream)
        .execute(&mut *rows)
        .await?;
    sqlx::query("update call_leg set answered_at = null where call_id = $1 and leg_id = $2")
        .bind(event.stream)
        .bind(id(data, "leg"))
        .execute(rows)
        .await?;
    Ok(())
}

async fn put_through(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update call_row set answered_user = nullif($2, 'null'::jsonb), answered_user_event = $3 where call_id = $1",
    )
    .bind(event.stream)
    .bind(&data["user"])
    .bind(event.id.as_uuid())
    .execute(&mut *rows)
    .await?;
    sqlx::query("update call_leg set answered_at = coalesce(answered_at, $3) where call_id = $1 and leg_id = $2")
        .bind(event.stream)
        .bind(id(data, "leg"))
        .bind(event.recorded_at)
        .execute(&mut *rows)
        .await?;
    accepted(rows, event, data).await
}

async fn set_unit(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query("update call_row set unit_id = $2 where call_id = $1")
        .bind(event.stream)
        .bind(id(data, "unit"))
        .execute(rows)
        .await?;
    Ok(())
}

async fn requested(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    let target = &data["target"];
    sqlx::query(
        "insert into call_leg (tenant_id, call_id, leg_id, role, resident_id, step, number, number_event, requested_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(event.tenant.as_uuid())
    .bind(event.stream)
    .bind(id(data, "leg"))
    .bind(target["who"].as_str().unwrap_or("resident"))
    .bind(id(target, "id"))
    .bind(data["step"].as_i64().and_then(|step| i32::try_from(step).ok()))
    .bind(&data["number"])
    .bind(event.id.as_uuid())
    .bind(event.recorded_at)
    .execute(&mut *rows)
    .await?;
    if let Some(resident) = id(target, "id") {
        sqlx::query(
            "insert into call_resident (tenant_id, resident_id, rang_at, call_id)
             select tenant_id, $2, rang_at, call_id from call_row where call_id = $1
             on conflict do nothing",
        )
        .bind(event.stream)
        .bind(resident)
        .execute(rows)
        .await?;
    }
    Ok(())
}

async fn leg_reached(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update call_leg set
             started_at = case when $3 = 'DialStarted' then coalesce(started_at, $4) else started_at end,
             ringing_at = case when $3 = 'LegRinging' then coalesce(ringing_at, $4) else ringing_at end,
             answered_at = case when $3 = 'LegAnswered' then coalesce(answered_at, $4) else answered_at end,
             declined_at = case when $3 = 'CallDeclined' then coalesce(declined_at, $4) else declined_at end
         where call_id = $1 and leg_id = $2",
    )
    .bind(event.stream)
    .bind(id(data, "leg"))
    .bind(&event.kind)
    .bind(event.recorded_at)
    .execute(&mut *rows)
    .await?;
    if event.kind == "LegRinging" {
        sqlx::query(
            "update call_row set first_ring_at = coalesce(first_ring_at, $2) where call_id = $1",
        )
        .bind(event.stream)
        .bind(event.recorded_at)
        .execute(rows)
        .await?;
    }
    Ok(())
}

async fn never_placed(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    let cause = match event.kind.as_str() {
        "DialRefused" => "failed",
        "DialExpired" => "unanswered",
        _ => "cancelled",
    };
    sqlx::query("update call_leg set ended_at = coalesce(ended_at, $3), end_cause = coalesce(end_cause, $4) where call_id = $1 and leg_id = $2")
        .bind(event.stream)
        .bind(id(data, "leg"))
        .bind(event.recorded_at)
        .bind(cause)
        .execute(rows)
        .await?;
    Ok(())
}

async fn accepted(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query("update call_row set accepted_at = coalesce(accepted_at, $2), accepted_leg = coalesce(accepted_leg, $3) where call_id = $1")
        .bind(event.stream)
        .bind(event.recorded_at)
        .bind(id(data, "leg"))
        .execute(&mut *rows)
        .await?;
    sqlx::query("update call_leg set accepted_at = $3 where call_id = $1 and leg_id = $2")
        .bind(event.stream)
        .bind(id(data, "leg"))
        .bind(event.recorded_at)
        .execute(rows)
        .await?;
    Ok(())
}

async fn opened(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query("update call_row set opened_at = coalesce(opened_at, $2), opened_by = coalesce(opened_by, $3) where call_id = $1")
        .bind(event.stream)
        .bind(event.recorded_at)
        .bind(&data["opener"])
        .execute(rows)
        .await?;
    Ok(())
}

async fn leg_ended(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    let end = &data["end"];
    let cost = end["cost"]["micros"].as_i64().unwrap_or(0);
    sqlx::query(
        "update call_leg set
             ended_at = coalesce(ended_at, $3),
             end_cause = case when end_cause is null or end_cause in ('hung_up', 'unanswered') then $4 else end_cause end,
             duration_seconds = coalesce($5, duration_seconds),
             cost_micros = cost_micros + $6,
             end_source = coalesce(end_source, $7)
         where call_id = $1 and leg_id = $2",
    )
    .bind(event.stream)
    .bind(id(data, "leg"))
    .bind(event.recorded_at)
    .bind(end["cause"].as_str())
    .bind(end["duration_seconds"].as_i64().and_then(|seconds| i32::try_from(seconds).ok()))
    .bind(cost)
    .bind(end_source(data))
    .execute(&mut *rows)
    .await?;
    add_cost(rows, event, cost).await
}

async fn add_cost(
    rows: &mut PgConnection,
    event: &StoredEvent,
    micros: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query("update call_row set cost_micros = cost_micros + $2 where call_id = $1")
        .bind(event.stream)
        .bind(micros)
        .execute(rows)
        .await?;
    Ok(())
}

async fn ended(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query("update call_row set ended_at = coalesce(ended_at, $2), outcome = $3, cause = $4, end_source = $5 where call_id = $1")
        .bind(event.stream)
        .bind(event.recorded_at)
        .bind(data["outcome"].as_str())
        .bind(data["cause"].as_str())
        .bind(end_source(data))
        .execute(rows)
        .await?;
    Ok(())
}
