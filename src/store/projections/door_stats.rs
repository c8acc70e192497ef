//! Door statistics: per door, unit and resident what came of calls, by quarter hours, so that a clock in any zone can sum them up.
//!
//! A call is counted when it is over, in the quarter hour in which it rang. Waits are counted by their length in seconds, each length
//! a row: such a histogram adds up over doors and days, and percentiles are read from it without a float.

use async_trait::async_trait;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Projection;
use crate::application::ports::StoredEvent;

const TABLES: &str = "create table door_count (
     tenant_id uuid not null,
     building_id uuid not null,
     entrance_id uuid not null,
     -- nil: it was never clear which
     unit_id uuid not null,
     -- when the quarter hour began in which the call rang
     quarter timestamptz not null,
     calls int not null default 0,
     answered int not null default 0,
     opened int not null default 0,
     -- without the blocked ones
     rejected int not null default 0,
     blocked int not null default 0,
     no_answer int not null default 0,
     visitor_left int not null default 0,
     failed int not null default 0,
     primary key (tenant_id, building_id, quarter, entrance_id, unit_id)
 );
 create table resident_count (
     tenant_id uuid not null,
     building_id uuid not null,
     entrance_id uuid not null,
     unit_id uuid not null,
     resident_id uuid not null,
     quarter timestamptz not null,
     -- calls in which their phone was dialled
     calls int not null default 0,
     answered int not null default 0,
     opened int not null default 0,
     declined int not null default 0,
     no_answer int not null default 0,
     primary key (tenant_id, building_id, quarter, resident_id, entrance_id, unit_id)
 );
 -- How long it took until someone accepted. resident_id nil: the call's own, from its first ring; else that resident's.
 create table answer_wait (
     tenant_id uuid not null,
     building_id uuid not null,
     entrance_id uuid not null,
     unit_id uuid not null,
     resident_id uuid not null,
     quarter timestamptz not null,
     -- at most so many seconds
     seconds int not null,
     calls int not null default 0,
     primary key (tenant_id, building_id, quarter, resident_id, entrance_id, unit_id, seconds)
 );
 -- calls that are not over yet
 create table running_call (
     tenant_id uuid not null,
     call_id uuid primary key,
     building_id uuid not null,
     entrance_id uuid not null,
     unit_id uuid not null,
     rang_at timestamptz not null,
     first_ring_at timestamptz,
     accepted_at timestamptz,
     opened boolean not null default false
 );
 create table running_ring (
     tenant_id uuid not null,
     building_id uuid not null,
     call_id uuid not null,
     leg_id uuid not null,
     resident_id uuid not null,
     dialled_at timestamptz,
     accepted_at timestamptz,
     opened boolean not null default false,
     declined boolean not null default false,
     primary key (call_id, leg_id)
 );
 select es.isolate('door_count'), es.isolate('resident_count'), es.isolate('answer_wait'), es.isolate('running_call'), es.isolate('running_ring');";

/// Door statistics.
#[derive(Debug)]
pub struct DoorStats;

#[async_trait]
impl Projection for DoorStats {
    fn name(&self) -> &'static str {
        "door_stats"
    }

    fn shape(&self) -> i32 {
        1
    }

    fn tables_sql(&self) -> &'static str {
        TABLES
    }

    fn tables(&self) -> &'static [&'static str] {
        &["door_count", "resident_count", "answer_wait", "running_call", "running_ring"]
    }

    async fn apply(&self, rows: &mut PgConnection, event: &StoredEvent) -> Result<(), sqlx::Error> {
        let data = &event.payload["data"];
        match event.kind.as_str() {
            "CallRang" => rang(rows, event, data).await,
            "UnitChosen" => unit_chosen(rows, event, data).await,
            "GroupStarted" => group_started(rows, event).await,
            "DialRequested" => requested(rows, event, data).await,
            "DialStarted" | "CallDeclined" => ring_went(rows, event, data).await,
            "CallAccepted" => accepted(rows, event, data).await,
            "DoorOpened" => opened(rows, event, data).await,
            "CallEnded" => ended(rows, event, data).await,
            _ => Ok(()),
        }
    }
}

fn id(data: &Value, name: &str) -> Option<Uuid> {
    data[name].as_str()?.parse().ok()
}

async fn rang(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into running_call (tenant_id, call_id, building_id, entrance_id, unit_id, rang_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict do nothing",
    )
    .bind(event.tenant.as_uuid())
    .bind(event.stream)
    .bind(id(data, "building"))
    .bind(id(data, "entrance"))
    .bind(Uuid::nil())
    .bind(event.recorded_at)
    .execute(rows)
    .await?;
    Ok(())
}

async fn unit_chosen(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query("update running_call set unit_id = coalesce($2, unit_id) where call_id = $1")
        .bind(event.stream)
        .bind(id(data, "unit"))
        .execute(rows)
        .await?;
    Ok(())
}

async fn group_started(rows: &mut PgConnection, event: &StoredEvent) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update running_call set first_ring_at = coalesce(first_ring_at, $2) where call_id = $1",
    )
    .bind(event.stream)
    .bind(event.recorded_at)
    .execute(rows)
    .await?;
    Ok(())
}

async fn requested(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    // The concierge is no resident.
    let Some(resident) = id(&data["target"], "id") else { return Ok(()) };
    sqlx::query(
        "insert into running_ring (tenant_id, building_id, call_id, leg_id, resident_id)
         select tenant_id, building_id, call_id, $2, $3 from running_call where call_id = $1
         on conflict do nothing",
    )
    .bind(event.stream)
    .bind(id(data, "leg"))
    .bind(resident)
    .execute(rows)
    .await?;
    Ok(())
}

async fn ring_went(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update running_ring set
             dialled_at = case when $3 = 'DialStarted' then coalesce(dialled_at, $4) else dialled_at end,
             declined = declined or $3 = 'CallDeclined'
         where call_id = $1 and leg_id = $2",
    )
    .bind(event.stream)
    .bind(id(data, "leg"))
    .bind(&event.kind)
    .bind(event.recorded_at)
    .execute(rows)
    .await?;
    Ok(())
}

async fn accepted(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update running_call set accepted_at = coalesce(accepted_at, $2) where call_id = $1",
    )
    .bind(event.stream)
    .bind(event.recorded_at)
    .execute(&mut *rows)
    .await?;
    sqlx::query("update running_ring set accepted_at = coalesce(accepted_at, $3) where call_id = $1 and leg_id = $2")
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
    sqlx::query("update running_call set opened = true where call_id = $1")
        .bind(event.stream)
        .execute(&mut *rows)
        .await?;
    if data["opener"]["by"] == "resident" {
        sqlx::query("update running_ring set opened = true where call_id = $1 and resident_id = $2 and accepted_at is not null")
            .bind(event.stream)
            .bind(id(&data["opener"], "id"))
            .execute(rows)
            .await?;
    }
    Ok(())
}

/// A call that is over is counted, and forgotten: what is told of it later is about money.
async fn ended(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    let (outcome, cause) = (data["outcome"].as_str(), data["cause"].as_str());
    count_call(rows, event, outcome, cause).await?;
    count_residents(rows, event).await?;
    count_waits(rows, event).await?;
    for forget in [
        "delete from running_ring where call_id = $1",
        "delete from running_call where call_id = $1",
    ] {
        sqlx::query(forget).bind(event.stream).execute(&mut *rows).await?;
    }
    Ok(())
}

async fn count_call(
    rows: &mut PgConnection,
    event: &StoredEvent,
    outcome: Option<&str>,
    cause: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into door_count as known (tenant_id, building_id, entrance_id, unit_id, quarter, calls,
                                          answered, opened, rejected, blocked, no_answer, visitor_left, failed)
         select tenant_id, building_id, entrance_id, unit_id, date_bin('15 minutes', rang_at, '2000-01-01 00:00Z'), 1,
                (accepted_at is not null)::int,
                (opened or $2 = 'opened')::int,
                ($2 = 'rejected' and $3 <> 'caller_blocked')::int,
                ($2 = 'rejected' and $3 = 'caller_blocked')::int,
                ($2 = 'nobody_came')::int,
                ($2 = 'visitor_left')::int,
                ($2 = 'failed')::int
         from running_call where call_id = $1
         on conflict (tenant_id, building_id, quarter, entrance_id, unit_id) do update set
             calls = known.calls + 1,
             answered = known.answered + excluded.answered,
             opened = known.opened + excluded.opened,
             rejected = known.rejected + excluded.rejected,
             blocked = known.blocked + excluded.blocked,
             no_answer = known.no_answer + excluded.no_answer,
             visitor_left = known.visitor_left + excluded.visitor_left,
             failed = known.failed + excluded.failed",
    )
    .bind(event.stream)
    .bind(outcome.unwrap_or_default())
    .bind(cause.unwrap_or_default())
    .execute(rows)
    .await?;
    Ok(())
}

/// Once a call, however often their phone rang in it.
async fn count_residents(rows: &mut PgConnection, event: &StoredEvent) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into resident_count as known (tenant_id, building_id, entrance_id, unit_id, resident_id, quarter, calls,
                                              answered, opened, declined, no_answer)
         select call.tenant_id, call.building_id, entrance_id, unit_id, resident_id,
                date_bin('15 minutes', rang_at, '2000-01-01 00:00Z'), 1,
                bool_or(ring.accepted_at is not null)::int,
                bool_or(ring.opened)::int,
                bool_or(declined)::int,
                (not bool_or(ring.accepted_at is not null or declined))::int
         from running_call call join running_ring ring using (call_id)
         where call_id = $1 and dialled_at is not null
         group by call.tenant_id, call.building_id, entrance_id, unit_id, resident_id, rang_at
         on conflict (tenant_id, building_id, quarter, resident_id, entrance_id, unit_id) do update set
             calls = known.calls + 1,
             answered = known.answered + excluded.answered,
             opened = known.opened + excluded.opened,
             declined = known.declined + excluded.declined,
             no_answer = known.no_answer + excluded.no_answer",
    )
    .bind(event.stream)
    .execute(rows)
    .await?;
    Ok(())
}

/// To the second up to a minute, to ten seconds beyond, and half an hour is the longest: that bounds the rows of a quarter hour.
async fn count_waits(rows: &mut PgConnection, event: &StoredEvent) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into answer_wait as known (tenant_id, building_id, entrance_id, unit_id, resident_id, quarter, seconds, calls)
         select tenant_id, building_id, entrance_id, unit_id, resident_id, date_bin('15 minutes', rang_at, '2000-01-01 00:00Z'),
                case when waited <= 60 then greatest(waited, 1) else least(ceil(waited / 10.0)::int * 10, 1800) end, 1
         from (select tenant_id, building_id, entrance_id, unit_id, rang_at, $2::uuid as resident_id,
                      ceil(extract(epoch from accepted_at - first_ring_at))::int as waited
               from running_call where call_id = $1 and accepted_at is not null and first_ring_at is not null
               union all
               select call.tenant_id, call.building_id, entrance_id, unit_id, rang_at, resident_id,
                      ceil(extract(epoch from ring.accepted_at - dialled_at))::int
               from running_call call join running_ring ring using (call_id)
               where call_id = $1 and ring.accepted_at is not null and dialled_at is not null) waits
         on conflict (tenant_id, building_id, quarter, resident_id, entrance_id, unit_id, seconds) do update set
             calls = known.calls + 1",
    )
    .bind(event.stream)
    .bind(Uuid::nil())
    .execute(rows)
    .await?;
    Ok(())
}
