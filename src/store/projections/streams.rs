//! Streams: a row a stream, a row a backend of a stream, from the first request to the last count.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;
use time::serde::rfc3339;
use uuid::Uuid;

use super::rows::{Record, Rows};
use super::{Projection, calls_in, id, needed, those_of};
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
        2
    }

    fn tables_sql(&self) -> &'static str {
        TABLES
    }

    fn tables(&self) -> &'static [&'static str] {
        &["stream_row", "stream_backend_row"]
    }

    async fn fold(
        &self,
        tables: &mut PgConnection,
        events: &[StoredEvent],
    ) -> Result<(), sqlx::Error> {
        let (events, _) = those_of(events, KINDS);
        let (over, told): (Vec<&StoredEvent>, Vec<_>) =
            events.iter().partition(|event| event.kind == "CallEnded");
        let calls: Vec<Uuid> = over.iter().map(|event| event.stream).collect();
        let named: Vec<Uuid> =
            told.iter().filter_map(|event| id(&event.payload["data"], "stream")).collect();
        let mut heard = Heard::default();
        heard.streams.read(tables, "stream_id", &named).await?;
        heard.streams.read(tables, "call_id", &calls).await?;
        heard.backends.read(tables, "stream_id", &named).await?;
        for event in events {
            heard.apply(event)?;
        }
        heard.streams.write(tables).await?;
        heard.backends.write(tables).await
    }

    async fn sweep(
        &self,
        tables: &mut PgConnection,
        event: &StoredEvent,
    ) -> Result<(), sqlx::Error> {
        if event.kind == "CallsArchived" {
            sqlx::query("delete from stream_row where call_id = any ($1)")
                .bind(calls_in(&event.payload["data"]))
                .execute(tables)
                .await?;
        }
        Ok(())
    }
}

/// What is told of streams.
const KINDS: &[&str] = &[
    "StreamRequested",
    "StreamStarted",
    "StreamBackendConnected",
    "StreamBackendRecovered",
    "StreamBackendLost",
    "StreamBackendGone",
    "StreamRequiredGone",
    "StreamLegEnded",
    "StreamEnded",
    "CallEnded",
];

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct StreamRow {
    tenant_id: Uuid,
    stream_id: Uuid,
    call_id: Option<Uuid>,
    building_id: Uuid,
    line_id: Uuid,
    leg_id: Option<Uuid>,
    kind: String,
    duplex: String,
    on_last_required_lost: String,
    state: String,
    required_gone: bool,
    #[serde(with = "rfc3339")]
    requested_at: OffsetDateTime,
    #[serde(with = "rfc3339::option")]
    started_at: Option<OffsetDateTime>,
    #[serde(with = "rfc3339::option")]
    ended_at: Option<OffsetDateTime>,
    end_reason: Option<String>,
    frames: i64,
    cost_micros: i64,
}

impl Record for StreamRow {
    const TABLE: &'static str = "stream_row";
    const KEY: &'static [&'static str] = &["stream_id"];
    type Key = Uuid;

    fn key(&self) -> Uuid {
        self.stream_id
    }
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct BackendRow {
    tenant_id: Uuid,
    stream_id: Uuid,
    backend_id: Uuid,
    place: i32,
    state: String,
    #[serde(with = "rfc3339")]
    since: OffsetDateTime,
    why: Option<String>,
    sent: i64,
    dropped: i64,
}

impl Record for BackendRow {
    const TABLE: &'static str = "stream_backend_row";
    const KEY: &'static [&'static str] = &["stream_id", "backend_id"];
    type Key = (Uuid, Uuid);

    fn key(&self) -> (Uuid, Uuid) {
        (self.stream_id, self.backend_id)
    }
}

/// The rows of the streams that a batch is about.
#[derive(Default)]
struct Heard {
    streams: Rows<StreamRow>,
    backends: Rows<BackendRow>,
}

impl Heard {
    fn apply(&mut self, event: &StoredEvent) -> Result<(), sqlx::Error> {
        let data = &event.payload["data"];
        match event.kind.as_str() {
            "StreamRequested" => self.requested(event, data)?,
            "StreamStarted" => self.of_stream(data, |stream| {
                if stream.state == "requested" {
                    stream.state = "running".to_owned();
                    stream.started_at = Some(event.recorded_at);
                }
            }),
            "StreamBackendConnected" | "StreamBackendRecovered" => {
                self.backend_is(event, data, "connected");
            }
            "StreamBackendLost" => self.backend_is(event, data, "lost"),
            "StreamBackendGone" => self.backend_is(event, data, "gone"),
            "StreamRequiredGone" => self.of_stream(data, |stream| stream.required_gone = true),
            "StreamLegEnded" => self.of_stream(data, |stream| {
                stream.cost_micros += data["end"]["cost"]["micros"].as_i64().unwrap_or(0);
            }),
            "StreamEnded" => self.ended(event, data),
            "CallEnded" => self.call_ended(event),
            _ => {}
        }
        Ok(())
    }

    /// Changes the stream that the event names, if it is here.
    fn of_stream(&mut self, data: &Value, change: impl FnOnce(&mut StreamRow)) {
        if let Some(stream) = id(data, "stream").and_then(|stream| self.streams.get(&stream)) {
            change(stream);
        }
    }

    fn requested(&mut self, event: &StoredEvent, data: &Value) -> Result<(), sqlx::Error> {
        let text = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
        let (tenant_id, stream_id) = (event.tenant.as_uuid(), needed(event, "stream")?);
        // The events of a stream without a call stand under its own id.
        let call_id = Some(event.stream).filter(|call| *call != stream_id);
        self.streams.at(StreamRow {
            tenant_id,
            stream_id,
            call_id,
            building_id: needed(event, "building")?,
            line_id: needed(event, "line")?,
            leg_id: id(data, "leg").filter(|_| call_id.is_some()),
            kind: text("kind"),
            duplex: text("duplex"),
            on_last_required_lost: text("on_last_required_lost"),
            state: "requested".to_owned(),
            required_gone: false,
            requested_at: event.recorded_at,
            started_at: None,
            ended_at: None,
            end_reason: None,
            frames: 0,
            cost_micros: 0,
        });
        let backends = data["backends"].as_array().into_iter().flatten();
        let backends = backends.filter_map(|id| id.as_str()?.parse().ok());
        for (place, backend_id) in (0..).zip(backends) {
            self.backends.at(BackendRow {
                tenant_id,
                stream_id,
                backend_id,
                place,
                state: "waiting".to_owned(),
                since: event.recorded_at,
                why: None,
                sent: 0,
                dropped: 0,
            });
        }
        Ok(())
    }

    fn backend_is(&mut self, event: &StoredEvent, data: &Value, state: &str) {
        let (Some(stream), Some(backend)) = (id(data, "stream"), id(data, "backend")) else {
            return;
        };
        if let Some(backend) = self.backends.get(&(stream, backend)) {
            backend.state = state.to_owned();
            backend.since = event.recorded_at;
            backend.why = data["why"].as_str().map(str::to_owned);
        }
    }

    fn ended(&mut self, event: &StoredEvent, data: &Value) {
        let end = &data["end"];
        // A call that was over before has ended it already: the counts come with this.
        self.of_stream(data, |stream| {
            stream.state = "ended".to_owned();
            stream.ended_at.get_or_insert(event.recorded_at);
            stream.end_reason = end["reason"].as_str().map(str::to_owned);
            stream.frames = end["frames"].as_i64().unwrap_or(0);
        });
        let Some(stream) = id(data, "stream") else { return };
        for tally in end["backends"].as_array().into_iter().flatten() {
            let backend = id(tally, "backend").map(|backend| (stream, backend));
            if let Some(backend) = backend.and_then(|key| self.backends.get(&key)) {
                backend.sent = tally["sent"].as_i64().unwrap_or(0);
                backend.dropped = tally["dropped"].as_i64().unwrap_or(0);
            }
        }
    }

    /// A stream does not outlive its call, whoever still has to tell of its end.
    fn call_ended(&mut self, event: &StoredEvent) {
        let of_call = |stream: &&mut StreamRow| {
            stream.call_id == Some(event.stream) && stream.state != "ended"
        };
        for stream in self.streams.from(Uuid::nil()).filter(of_call) {
            stream.state = "ended".to_owned();
            stream.ended_at = Some(event.recorded_at);
            stream.end_reason = Some("call_ended".to_owned());
        }
    }
}
