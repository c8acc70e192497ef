//! Streams as they were and are, each with its last sign of life; and the invitations to streams of calls that are not ours.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Sight;
use crate::application::ports::Unavailable;
use crate::store::TenantTx;
use crate::store::directory::views::{After, DirectoryError};

/// A call's audio on its way to the firm's backends.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, sqlx::FromRow)]
pub struct StreamView {
    /// Its id.
    pub id: Uuid,
    /// Its call; null if that is not ours.
    pub call_id: Option<Uuid>,
    /// The leg that is heard; null if the call is not ours.
    pub leg_id: Option<Uuid>,
    /// Its building.
    pub building_id: Uuid,
    /// Its line.
    pub line_id: Uuid,
    /// How it came about: `line` (the line leads to backends), `fork` or `requested_fork` (a copy of a visit), `invited` (asked for by
    /// the API).
    #[schema(example = "line")]
    pub kind: String,
    /// Whether a backend may speak into the call: `one_way` or `both_ways`.
    #[schema(example = "one_way")]
    pub duplex: String,
    /// `requested`, `running` or `ended`.
    #[schema(example = "running")]
    pub state: String,
    /// Since when it is in this state.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// When it was asked for.
    #[serde(with = "time::serde::rfc3339")]
    pub requested_at: OffsetDateTime,
    /// When its audio began to come.
    #[serde(with = "time::serde::rfc3339::option")]
    pub started_at: Option<OffsetDateTime>,
    /// When it was over.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// Why it is over: `call_ended`, `carrier_lost`, `never_came` …
    #[schema(example = "call_ended")]
    pub end_reason: Option<String>,
    /// When it last gave a sign of life; null once it is over.
    #[serde(with = "time::serde::rfc3339::option")]
    pub beat_at: Option<OffsetDateTime>,
    /// Whether it runs right now, in this process or another: its last sign of life is a few seconds old at most.
    pub alive: bool,
    /// Frames from the carrier, as of the last sign of life.
    #[schema(example = 450)]
    pub frames: i64,
    /// Its backends: `id`, `label`, `state` (`waiting`, `connected`, `lost`, `gone`), `since`, `why`, `sent`, `dropped`.
    pub backends: Value,
}

/// Which streams.
#[derive(Clone, Debug, Default)]
pub struct StreamFilter<'a> {
    /// The one with this id.
    pub id: Option<Uuid>,
    /// In this state.
    pub state: Option<&'a str>,
    /// Of this call.
    pub call: Option<Uuid>,
    /// Of this building.
    pub building: Option<Uuid>,
}

/// An invitation to stream a call that is not ours.
#[derive(Clone, Debug)]
pub struct NewTicket {
    /// The stream that it is for.
    pub stream: Uuid,
    /// The line that the call is on.
    pub line: Uuid,
    /// The line's building.
    pub building: Uuid,
    /// The line's connection.
    pub connection: Uuid,
    /// SHA-256 of the ticket.
    pub hash: [u8; 32],
}

/// A stream gives a sign of life every five seconds; one that misses three is taken for dead.
const STREAMS: &str = "with stream as (
        select stream_id as id, call_id, leg_id, building_id, line_id, kind, duplex, requested_at, started_at, frames,
               case when stale then 'ended' else state end as state,
               case when stale then requested_at + interval '2 minutes' else ended_at end as ended_at,
               case when stale then 'never_came' else end_reason end as end_reason
        from (select stream_row.*, state = 'requested' and requested_at < clock_timestamp() - interval '2 minutes' as stale from vestibule.stream_row) known
        union all
        select stream_id, null, null, building_id, line_id, 'invited', 'one_way', expires_at - interval '60 seconds', null, 0, 'requested', null, null
        from vestibule.stream_ticket ticket
        where used_at is null and expires_at > clock_timestamp() - interval '1 minute'
          and not exists (select from vestibule.stream_row known where known.stream_id = ticket.stream_id)
    )
    select id, call_id, leg_id, building_id, line_id, kind, duplex, state, coalesce(ended_at, started_at, requested_at) as since,
           requested_at, started_at, ended_at, end_reason, beat_at,
           state <> 'ended' and coalesce(beat_at > clock_timestamp() - interval '15 seconds', false) as alive,
           greatest(stream.frames, coalesce(beat.frames, 0)) as frames,
           coalesce((select jsonb_agg(jsonb_build_object(
                         'id', row.backend_id, 'label', backend.label, 'why', row.why, 'since', row.since,
                         'state', coalesce(beat.backends -> row.backend_id::text ->> 'state', row.state),
                         'sent', coalesce((beat.backends -> row.backend_id::text ->> 'sent')::bigint, row.sent),
                         'dropped', coalesce((beat.backends -> row.backend_id::text ->> 'dropped')::bigint, row.dropped)) order by row.place)
                     from vestibule.stream_backend_row row
                     left join vestibule.stream_backend backend on backend.tenant_id = row.tenant_id and backend.backend_id = row.backend_id
                     where row.stream_id = stream.id), '[]'::jsonb) as backends
    from stream
    left join vestibule.stream_beat beat on beat.stream_id = stream.id and stream.state <> 'ended'
    where ";

impl TenantTx {
    /// A page of streams, the newest first.
    pub async fn streams(
        &mut self,
        which: &StreamFilter<'_>,
        sight: Sight,
        after: After,
    ) -> Result<Vec<StreamView>, Unavailable> {
        let hidden: Vec<Uuid> = self.hidden_buildings(sight).await?.into_iter().collect();
        let mut query = sqlx::QueryBuilder::new(STREAMS);
        // Whom a visit was for is hidden there, and so is who heard it.
        query.push("(call_id is null or building_id <> all (").push_bind(hidden).push("))");
        if let Some(id) = which.id {
            query.push(" and id = ").push_bind(id);
        }
        if let Some(state) = which.state {
            query.push(" and state = ").push_bind(state.to_owned());
        }
        if let Some(call) = which.call {
            query.push(" and call_id = ").push_bind(call);
        }
        if let Some(building) = which.building {
            query.push(" and building_id = ").push_bind(building);
        }
        if let Some(before) = after.id {
            query.push(" and id < ").push_bind(before);
        }
        query.push(" order by id desc limit ").push_bind(after.limit);
        Ok(query.build_query_as().fetch_all(self.connection()).await?)
    }

    /// Keeps an invitation for a minute.
    pub async fn add_stream_ticket(
        &mut self,
        ticket: &NewTicket,
    ) -> Result<OffsetDateTime, DirectoryError> {
        let tenant = self.tenant().as_uuid();
        Ok(sqlx::query_scalar!(
            "insert into vestibule.stream_ticket (tenant_id, building_id, stream_id, line_id, connection_id, ticket_hash, expires_at)
             values ($1, $2, $3, $4, $5, $6, clock_timestamp() + interval '60 seconds')
             returning expires_at",
            tenant,
            ticket.building,
            ticket.stream,
            ticket.line,
            ticket.connection,
            &ticket.hash[..]
        )
        .fetch_one(self.connection())
        .await?)
    }
}
