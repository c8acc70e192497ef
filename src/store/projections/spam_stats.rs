//! Spam statistics: per building, quarter hour and caller how often they were refused; quarter hours add up to days in any zone.
//! A caller is the subject of their number: it stands for the number, and tells nothing without its key.

use async_trait::async_trait;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Projection;
use crate::application::ports::StoredEvent;

/// Spam statistics.
#[derive(Debug)]
pub struct SpamStats;

#[async_trait]
impl Projection for SpamStats {
    fn name(&self) -> &'static str {
        "spam_stats"
    }

    fn shape(&self) -> i32 {
        4
    }

    fn tables_sql(&self) -> &'static str {
        "create table spam_count (
             tenant_id uuid not null,
             building_id uuid not null,
             -- when the quarter hour began
             quarter timestamptz not null,
             -- the subject of the number; nil: withheld
             caller_id uuid not null,
             calls int not null default 0,
             rejected int not null default 0,
             wrong_pins int not null default 0,
             blocked int not null default 0,
             lifted int not null default 0,
             last_seen timestamptz not null,
             primary key (tenant_id, building_id, quarter, caller_id)
         );
         -- the number behind a caller, sealed as in the event that caller_event names, at this place in its data
         create table spam_caller (
             tenant_id uuid not null,
             caller_id uuid not null,
             caller jsonb not null,
             caller_event uuid not null,
             place text not null check (place in ('caller', 'after/number')),
             primary key (tenant_id, caller_id)
         );
         create table spam_call (
             tenant_id uuid not null,
             call_id uuid primary key,
             building_id uuid not null,
             caller_id uuid not null
         );
         select es.isolate('spam_count'), es.isolate('spam_caller'), es.isolate('spam_call');"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["spam_count", "spam_caller", "spam_call"]
    }

    async fn apply(&self, rows: &mut PgConnection, event: &StoredEvent) -> Result<(), sqlx::Error> {
        let data = &event.payload["data"];
        match event.kind.as_str() {
            "CallRang" => {
                let who = Who::of_field(data, &data["caller"]);
                let Some(who) = who else { return Ok(()) };
                begin(rows, event, who).await?;
                remember(rows, event, who, ("caller", &data["caller"])).await?;
                add(rows, event, who, Count { calls: 1, ..Count::default() }).await
            }
            "CallerRefused" => {
                add_to_call(rows, event, Count { rejected: 1, ..Count::default() }).await
            }
            "PinRefused" => {
                add_to_call(rows, event, Count { wrong_pins: 1, ..Count::default() }).await
            }
            "CallerBlocked" => {
                add_to_call(rows, event, Count { blocked: 1, ..Count::default() }).await
            }
            "PinChecked" | "PinGateBlocked" => {
                let who = Who::of_field(data, &data["caller"]);
                let (Some(who), Some(count)) = (who, at_the_gate(event, data)) else {
                    return Ok(());
                };
                remember(rows, event, who, ("caller", &data["caller"])).await?;
                add(rows, event, who, count).await
            }
            "DirectoryChanged" if data["resource"] == "block" => {
                let count = match data["action"].as_str() {
                    Some("created") => Count { blocked: 1, ..Count::default() },
                    Some("lifted") => Count { lifted: 1, ..Count::default() },
                    Some(_) | None => return Ok(()),
                };
                let Some(who) = Who::of_block(event, data) else { return Ok(()) };
                if data["after"]["caller_id"].is_null() {
                    let number = ("after/number", &data["after"]["number"]);
                    remember(rows, event, who, number).await?;
                }
                add(rows, event, who, count).await
            }
            "CallEnded" => {
                sqlx::query("delete from spam_call where call_id = $1")
                    .bind(event.stream)
                    .execute(rows)
                    .await?;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Count {
    calls: i32,
    rejected: i32,
    wrong_pins: i32,
    blocked: i32,
    lifted: i32,
}

/// A caller at a building.
#[derive(Clone, Copy)]
struct Who {
    building: Uuid,
    /// Nil: withheld.
    caller: Uuid,
}

impl Who {
    /// As a sealed number says; none: withheld.
    fn of_field(data: &Value, number: &Value) -> Option<Self> {
        let caller = uuid(&number["$s"]).unwrap_or(Uuid::nil());
        Some(Self { building: uuid(&data["building"])?, caller })
    }

    /// Whom a block holds for. One of all numbers that begin alike is about nobody in particular, nor is one of an erased caller.
    fn of_block(event: &StoredEvent, data: &Value) -> Option<Self> {
        let block = &data["after"];
        if block["kind"] == "prefix" {
            return None;
        }
        let caller = uuid(&block["caller_id"]).or_else(|| uuid(&block["number"]["$s"]))?;
        let is_someone = caller != event.tenant.as_uuid();
        is_someone.then_some(Self { building: uuid(&data["building"])?, caller })
    }
}

fn uuid(value: &Value) -> Option<Uuid> {
    value.as_str().and_then(|text| text.parse().ok())
}

/// What an attempt outside of a call counts as.
fn at_the_gate(event: &StoredEvent, data: &Value) -> Option<Count> {
    if event.kind == "PinGateBlocked" {
        return Some(Count { blocked: 1, ..Count::default() });
    }
    match data["result"].as_str() {
        Some("wrong") => Some(Count { wrong_pins: 1, ..Count::default() }),
        Some("blocked" | "refused") => Some(Count { rejected: 1, ..Count::default() }),
        Some(_) | None => None,
    }
}

async fn begin(rows: &mut PgConnection, event: &StoredEvent, who: Who) -> Result<(), sqlx::Error> {
    sqlx::query("insert into spam_call (tenant_id, call_id, building_id, caller_id) values ($1, $2, $3, $4)")
        .bind(event.tenant.as_uuid())
        .bind(event.stream)
        .bind(who.building)
        .bind(who.caller)
        .execute(rows)
        .await?;
    Ok(())
}

async fn remember(
    rows: &mut PgConnection,
    event: &StoredEvent,
    who: Who,
    (place, number): (&str, &Value),
) -> Result<(), sqlx::Error> {
    if who.caller.is_nil() {
        return Ok(());
    }
    sqlx::query("insert into spam_caller (tenant_id, caller_id, caller, caller_event, place) values ($1, $2, $3, $4, $5) on conflict do nothing")
        .bind(event.tenant.as_uuid())
        .bind(who.caller)
        .bind(number)
        .bind(event.id.as_uuid())
        .bind(place)
        .execute(rows)
        .await?;
    Ok(())
}

/// Adds to the caller of the event's call.
async fn add_to_call(
    rows: &mut PgConnection,
    event: &StoredEvent,
    count: Count,
) -> Result<(), sqlx::Error> {
    let call: Option<(Uuid, Uuid)> =
        sqlx::query_as("select building_id, caller_id from spam_call where call_id = $1")
            .bind(event.stream)
            .fetch_optional(&mut *rows)
            .await?;
    match call {
        Some((building, caller)) => add(rows, event, Who { building, caller }, count).await,
        None => Ok(()),
    }
}

async fn add(
    rows: &mut PgConnection,
    event: &StoredEvent,
    who: Who,
    count: Count,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into spam_count as known (tenant_id, building_id, quarter, caller_id, calls, rejected, wrong_pins, blocked, lifted, last_seen)
         values ($1, $2, date_bin('15 minutes', $4, '2000-01-01 00:00Z'), $3, $5, $6, $7, $8, $9, $4)
         on conflict (tenant_id, building_id, quarter, caller_id) do update set
             calls = known.calls + excluded.calls,
             rejected = known.rejected + excluded.rejected,
             wrong_pins = known.wrong_pins + excluded.wrong_pins,
             blocked = known.blocked + excluded.blocked,
             lifted = known.lifted + excluded.lifted,
             last_seen = excluded.last_seen",
    )
    .bind(event.tenant.as_uuid())
    .bind(who.building)
    .bind(who.caller)
    .bind(event.recorded_at)
    .bind(count.calls)
    .bind(count.rejected)
    .bind(count.wrong_pins)
    .bind(count.blocked)
    .bind(count.lifted)
    .execute(rows)
    .await?;
    Ok(())
}
