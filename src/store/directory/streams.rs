//! Stream backends as calls need them: who hears a line, how backends are reached, who was invited, and which streams live.

use std::collections::HashMap;

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use url::Url;
use uuid::Uuid;

use super::policy::{unreadable, word};
use crate::application::ports::Unavailable;
use crate::application::ports::stream_book::{StreamBeat, StreamBook};
use crate::application::ports::streams::BackendPlan;
use crate::domain::call::stream::BackendState;
use crate::domain::ids::{BackendId, BuildingId, ConnectionId, LineId, StreamId, TenantId};
use crate::domain::policy::streams::{StreamBackend, StreamSet};
use crate::store::Store;
use crate::store::pool::Pool;

/// What a sealed authorization is sealed for.
const AUTHORIZATION: &str = "stream_backend";

/// What a building's lines name, and the building itself (no line).
pub(super) type Sets = HashMap<Option<LineId>, StreamSet>;

/// The sets of a building and of its lines.
pub(super) async fn sets(
    pool: &Pool,
    tenant: TenantId,
    building: BuildingId,
) -> Result<Sets, Unavailable> {
    let rows = sqlx::query!(
        r#"select line_id, on_last_required_lost, backend_id as "backend_id?", duplex as "duplex?", need as "need?"
           from vestibule.stream_set
           left join vestibule.stream_set_backend using (tenant_id, owner_id)
           left join vestibule.stream_backend using (tenant_id, backend_id)
           where tenant_id = $1 and stream_set.building_id = $2
           order by owner_id, place"#,
        tenant.as_uuid(),
        building.as_uuid()
    )
    .fetch_all(pool)
    .await?;
    let mut sets = Sets::new();
    for row in rows {
        let set = sets.entry(row.line_id.map(LineId::from)).or_default();
        set.on_last_required_lost = word(&row.on_last_required_lost)?;
        if let (Some(id), Some(duplex), Some(need)) = (row.backend_id, row.duplex, row.need) {
            let backend =
                StreamBackend { id: id.into(), duplex: word(&duplex)?, need: word(&need)? };
            set.backends.push(backend);
        }
    }
    Ok(sets)
}

#[async_trait]
impl StreamBook for Store {
    async fn owner_of(&self, connection: ConnectionId) -> Result<Option<TenantId>, Unavailable> {
        let owner = sqlx::query_scalar!(
            "select tenant_id from vestibule.connection where connection_id = $1",
            connection.as_uuid()
        )
        .fetch_optional(&self.worker)
        .await?;
        Ok(owner.map(TenantId::from))
    }

    async fn backends(
        &self,
        tenant: TenantId,
        ids: &[BackendId],
    ) -> Result<Vec<BackendPlan>, Unavailable> {
        let wanted: Vec<Uuid> = ids.iter().map(|id| id.as_uuid()).collect();
        let rows = sqlx::query!(
            "select backend_id, url, authorization_sealed, audio, framing, duplex, need from vestibule.stream_backend
             where tenant_id = $1 and backend_id = any($2)
             order by array_position($2, backend_id)",
            tenant.as_uuid(),
            &wanted
        )
        .fetch_all(&self.worker)
        .await?;
        let mut backends = Vec::with_capacity(rows.len());
        for row in rows {
            let authorization = match row.authorization_sealed {
                None => None,
                Some(sealed) => Some(self.opened_authorization(tenant, &sealed).await?),
            };
            backends.push(BackendPlan {
                id: row.backend_id.into(),
                url: Url::parse(&row.url).map_err(|error| unreadable("a backend's URL", &error))?,
                authorization,
                audio: word(&row.audio)?,
                framing: word(&row.framing)?,
                duplex: word(&row.duplex)?,
                need: word(&row.need)?,
            });
        }
        Ok(backends)
    }

    async fn redeem(
        &self,
        tenant: TenantId,
        connection: ConnectionId,
        ticket_hash: [u8; 32],
    ) -> Result<Option<StreamId>, Unavailable> {
        // One statement: of two who come at once with the same ticket, one finds it used.
        let stream = sqlx::query_scalar!(
            "update vestibule.stream_ticket set used_at = clock_timestamp()
             where tenant_id = $1 and connection_id = $2 and ticket_hash = $3 and used_at is null and expires_at > clock_timestamp()
             returning stream_id",
            tenant.as_uuid(),
            connection.as_uuid(),
            &ticket_hash[..]
        )
        .fetch_optional(&self.worker)
        .await?;
        Ok(stream.map(StreamId::from))
    }

    async fn beat(&self, beats: &[StreamBeat]) -> Result<(), Unavailable> {
        if beats.is_empty() {
            return Ok(());
        }
        let tenants: Vec<Uuid> = beats.iter().map(|beat| beat.tenant.as_uuid()).collect();
        let streams: Vec<Uuid> = beats.iter().map(|beat| beat.stream.as_uuid()).collect();
        let frames: Vec<i64> = beats.iter().map(|beat| count(beat.frames)).collect();
        let backends: Vec<Value> = beats.iter().map(document_of).collect();
        sqlx::query!(
            "insert into vestibule.stream_beat (tenant_id, stream_id, frames, backends)
             select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::jsonb[])
             on conflict (tenant_id, stream_id) do update
             set beat_at = clock_timestamp(), frames = excluded.frames, backends = excluded.backends",
            &tenants,
            &streams,
            &frames,
            &backends
        )
        .execute(&self.worker)
        .await?;
        Ok(())
    }

    async fn fell_silent(&self, tenant: TenantId, stream: StreamId) -> Result<(), Unavailable> {
        sqlx::query!(
            "delete from vestibule.stream_beat where tenant_id = $1 and stream_id = $2",
            tenant.as_uuid(),
            stream.as_uuid()
        )
        .execute(&self.worker)
        .await?;
        Ok(())
    }
}

impl Store {
    /// Seals what a backend is sent to know us by.
    pub async fn sealed_authorization(
        &self,
        tenant: TenantId,
        authorization: &[u8],
    ) -> Result<Vec<u8>, Unavailable> {
        self.seal_secret(tenant, AUTHORIZATION, authorization).await
    }

    async fn opened_authorization(
        &self,
        tenant: TenantId,
        sealed: &[u8],
    ) -> Result<SecretString, Unavailable> {
        let opened = self.open_secret(tenant, AUTHORIZATION, sealed).await?;
        let text = std::str::from_utf8(&opened)
            .map_err(|error| unreadable("a backend's authorization", &error))?;
        Ok(text.into())
    }
}

fn document_of(beat: &StreamBeat) -> Value {
    let backends = beat.backends.iter().map(|backend| {
        let told = json!({
            "state": state_name(backend.state), "sent": count(backend.sent), "dropped": count(backend.dropped),
        });
        (backend.backend.to_string(), told)
    });
    Value::Object(backends.collect::<Map<_, _>>())
}

/// As the API says it.
const fn state_name(state: BackendState) -> &'static str {
    match state {
        BackendState::Waiting => "waiting",
        BackendState::Connected => "connected",
        BackendState::Lost => "lost",
        BackendState::Gone => "gone",
    }
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
