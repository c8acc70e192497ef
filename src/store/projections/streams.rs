//! Streams: a row a stream, a row a backend of a stream, from the first request to the last count.

use async_trait::async_trait;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Projection;
use crate::application::ports::StoredEvent;

const TABLES: &str = "create table stream_row (
    tenant_id uuid not null,
    stream_id uuid primary key,
    -- null: of a call that is not ours
    call_id uuid,
    building_id uuid not null,
    line_id uuid not null,
    leg_id uuid,
    -- line, fork, requested_fork or invited
    kind text not null,
    duplex text not null,
    on_last_required_lost text not null,
    -- requested, running or ended
    state text not null default 'requested',
    required_gone boolean not null default false,
    requested_at timestamptz not null,
    started_at timestamptz,
    ended_at timestamptz,
    end_reason text,
    frames bigint not null default 0,
    cost_micros bigint not null default 0
);
create index on stream_row (tenant_id, stream_id desc);
create index on stream_row (tenant_id, building_id, stream_id desc);
create index on stream_row (tenant_id, stream_id desc) where state <> 'ended';
create index on stream_row (call_id) where call_id is not null;
create table stream_backend_row (
    tenant_id uuid not null,
    stream_id uuid not null references stream_row on delete cascade,
    backend_id uuid not null,
    place int not null,
    -- waiting, connected, lost or gone
    state text not null default 'waiting',
    since timestamptz not null,
    why text,
    sent bigint not null default 0,
    dropped bigint not null default 0,
    primary key (stream_id, backend_id)
);
select es.isolate('stream_row'), es.isolate('stream_backend_row');";

/// Streams.
#[derive(Debug)]
pub struct Streams;

#[async_trait]
impl Projection for Streams {
    fn name(&self) -> &'static str {
        "streams"
    }

    fn shape(&self) -> i32 {
        1
    }

    fn tables_sql(&self) -> &'static str {
        TABLES
    }

    fn tables(&self) -> &'static [&'static str] {
        &["stream_row", "stream_backend_row"]
    }

    async fn apply(&self, rows: &mut PgConnection, event: &StoredEvent) -> Result<(), sqlx::Error> {
        let data = &event.payload["data"];
        match event.kind.as_str() {
            "StreamRequested" => requested(rows, event, data).await,
            "StreamStarted" => started(rows, event, data).await,
            "StreamBackendConnected" | "StreamBackendRecovered" => {
                backend_is(rows, event, data, "connected").await
            }
            "StreamBackendLost" => backend_is(rows, event, data, "lost").await,
            "StreamBackendGone" => backend_is(rows, event, data, "gone").await,
            "StreamRequiredGone" => required_gone(rows, data).await,
            "StreamLegEnded" => leg_ended(rows, data).await,
            "StreamEnded" => ended(rows, event, data).await,
            "CallEnded" => call_ended(rows, event).await,
            _ => Ok(()),
        }
    }
}

fn id(data: &Value, name: &str) -> Option<Uuid> {
    data[name].as_str()?.parse().ok()
}

async fn requested(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    let stream = id(data, "stream");
    // The events of a stream without a call stand under its own id.
    let call = Some(event.stream).filter(|call| Some(*call) != stream);
    sqlx::query(
        "insert into stream_row (tenant_id, stream_id, call_id, building_id, line_id, leg_id, kind, duplex, on_last_required_lost, requested_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(event.tenant.as_uuid())
    .bind(stream)
    .bind(call)
    .bind(id(data, "building"))
    .bind(id(data, "line"))
    .bind(id(data, "leg").filter(|_| call.is_some()))
    .bind(data["kind"].as_str())
    .bind(data["duplex"].as_str())
    .bind(data["on_last_required_lost"].as_str())
    .bind(event.recorded_at)
    .execute(&mut *rows)
    .await?;
    let backends: Vec<Uuid> = data["backends"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|id| id.as_str()?.parse().ok())
        .collect();
    sqlx::query(
        "insert into stream_backend_row (tenant_id, stream_id, backend_id, place, since)
         select $1, $2, backend_id, place - 1, $4 from unnest($3::uuid[]) with ordinality as named (backend_id, place)
         on conflict do nothing",
    )
    .bind(event.tenant.as_uuid())
    .bind(stream)
    .bind(&backends)
    .bind(event.recorded_at)
    .execute(rows)
    .await?;
    Ok(())
}

async fn started(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    sqlx::query("update stream_row set state = 'running', started_at = $2 where stream_id = $1 and state = 'requested'")
        .bind(id(data, "stream"))
        .bind(event.recorded_at)
        .execute(rows)
        .await?;
    Ok(())
}

async fn backend_is(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
    state: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("update stream_backend_row set state = $3, since = $4, why = $5 where stream_id = $1 and backend_id = $2")
        .bind(id(data, "stream"))
        .bind(id(data, "backend"))
        .bind(state)
        .bind(event.recorded_at)
        .bind(data["why"].as_str())
        .execute(rows)
        .await?;
    Ok(())
}

async fn required_gone(rows: &mut PgConnection, data: &Value) -> Result<(), sqlx::Error> {
    sqlx::query("update stream_row set required_gone = true where stream_id = $1")
        .bind(id(data, "stream"))
        .execute(rows)
        .await?;
    Ok(())
}

async fn leg_ended(rows: &mut PgConnection, data: &Value) -> Result<(), sqlx::Error> {
    sqlx::query("update stream_row set cost_micros = cost_micros + $2 where stream_id = $1")
        .bind(id(data, "stream"))
        .bind(data["end"]["cost"]["micros"].as_i64().unwrap_or(0))
        .execute(rows)
        .await?;
    Ok(())
}

async fn ended(
    rows: &mut PgConnection,
    event: &StoredEvent,
    data: &Value,
) -> Result<(), sqlx::Error> {
    let (stream, end) = (id(data, "stream"), &data["end"]);
    // A call that was over before has ended it already: the counts come with this.
    sqlx::query(
        "update stream_row set state = 'ended', ended_at = coalesce(ended_at, $2), end_reason = $3, frames = $4 where stream_id = $1",
    )
    .bind(stream)
    .bind(event.recorded_at)
    .bind(end["reason"].as_str())
    .bind(end["frames"].as_i64().unwrap_or(0))
    .execute(&mut *rows)
    .await?;
    for tally in end["backends"].as_array().into_iter().flatten() {
        sqlx::query("update stream_backend_row set sent = $3, dropped = $4 where stream_id = $1 and backend_id = $2")
            .bind(stream)
            .bind(id(tally, "backend"))
            .bind(tally["sent"].as_i64().unwrap_or(0))
            .bind(tally["dropped"].as_i64().unwrap_or(0))
            .execute(&mut *rows)
            .await?;
    }
    Ok(())
}

/// A stream does not outlive its call, whoever still has to tell of its end.
async fn call_ended(rows: &mut PgConnection, event: &StoredEvent) -> Result<(), sqlx::Error> {
    sqlx::query("update stream_row set state = 'ended', ended_at = $2, end_reason = 'call_ended' where call_id = $1 and state <> 'ended'")
        .bind(event.stream)
        .bind(event.recorded_at)
        .execute(rows)
        .await?;
    Ok(())
}
