//! Spam statistics: per building, day and caller how often they were refused.
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
        2
    }

    fn tables_sql(&self) -> &'static str {
        "create table spam_day (
             tenant_id uuid not null,
             building_id uuid not null,
             -- in UTC
             day date not null,
             -- the subject of the number; nil: withheld
             caller_id uuid not null,
             calls int not null default 0,
             rejected int not null default 0,
             wrong_pins int not null default 0,
             blocked int not null default 0,
             last_seen timestamptz not null,
             primary key (tenant_id, building_id, day, caller_id)
         );
         create table spam_call (
             tenant_id uuid not null,
             call_id uuid primary key,
             building_id uuid not null,
             caller_id uuid not null
         );
         -- callers who gave too many wrong PINs, until when
         create table spam_block (
             tenant_id uuid not null,
             building_id uuid not null,
             caller_id uuid not null,
             block_id uuid primary key,
             expires_at timestamptz not null
         );
         create index on spam_block (tenant_id, building_id, caller_id);
         select es.isolate('spam_day'), es.isolate('spam_call'), es.isolate('spam_block');"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["spam_day", "spam_call", "spam_block"]
    }

    async fn apply(&self, rows: &mut PgConnection, event: &StoredEvent) -> Result<(), sqlx::Error> {
        let data = &event.payload["data"];
        let count = match event.kind.as_str() {
            "CallRang" => {
                remember(rows, event, data).await?;
                Count { calls: 1, ..Count::default() }
            }
            "CallerRefused" => Count { rejected: 1, ..Count::default() },
            "PinRefused" => Count { wrong_pins: 1, ..Count::default() },
            "CallerBlocked" => {
                block(rows, event, data).await?;
                Count { blocked: 1, ..Count::default() }
            }
            "DirectoryChanged" if data["resource"] == "block" && data["action"] == "lifted" => {
                sqlx::query("delete from spam_block where block_id = $1 and tenant_id = $2")
                    .bind(event.stream)
                    .bind(event.tenant.as_uuid())
                    .execute(rows)
                    .await?;
                return Ok(());
            }
            "CallEnded" => {
                sqlx::query("delete from spam_call where call_id = $1")
                    .bind(event.stream)
                    .execute(rows)
                    .await?;
                return Ok(());
            }
            _ => return Ok(()),
        };
        add(rows, event, count).await
    }
}

#[derive(Default)]
struct Count {
    calls: i32,
    rejected: i32,
    wrong_pins: i32,
    blocked: i32,
}

async fn remember(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    let caller = data["caller"]["$s"]
        .as_str()
        .and_then(|subject| subject.parse::<Uuid>().ok())
        .unwrap_or(Uuid::nil());
    sqlx::query("insert into spam_call (tenant_id, call_id, building_id, caller_id) values ($1, $2, $3, $4)")
        .bind(event.tenant.as_uuid())
        .bind(event.stream)
        .bind(data["building"].as_str().and_then(|building| building.parse::<Uuid>().ok()))
        .bind(caller)
        .execute(rows)
        .await?;
    Ok(())
}

async fn block(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into spam_block (tenant_id, building_id, caller_id, block_id, expires_at)
         select tenant_id, building_id, caller_id, $2, $3::text::timestamptz from spam_call where call_id = $1",
    )
    .bind(event.stream)
    .bind(data["block"].as_str().and_then(|block| block.parse::<Uuid>().ok()))
    .bind(data["expires_at"].as_str())
    .execute(rows)
    .await?;
    Ok(())
}

async fn add(
    rows: &mut PgConnection,
    event: &StoredEvent,
    count: Count,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into spam_day as known (tenant_id, building_id, day, caller_id, calls, rejected, wrong_pins, blocked, last_seen)
         select tenant_id, building_id, ($2 at time zone 'UTC')::date, caller_id, $3, $4, $5, $6, $2 from spam_call where call_id = $1
         on conflict (tenant_id, building_id, day, caller_id) do update set
             calls = known.calls + excluded.calls,
             rejected = known.rejected + excluded.rejected,
             wrong_pins = known.wrong_pins + excluded.wrong_pins,
             blocked = known.blocked + excluded.blocked,
             last_seen = excluded.last_seen",
    )
    .bind(event.stream)
    .bind(event.recorded_at)
    .bind(count.calls)
    .bind(count.rejected)
    .bind(count.wrong_pins)
    .bind(count.blocked)
    .execute(rows)
    .await?;
    Ok(())
}
