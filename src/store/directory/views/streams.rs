//! Stream backends, and which of them a building or a line names.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{After, DirectoryError};
use crate::store::TenantTx;

/// A backend of the firm's own that hears calls. Its authorization is never shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StreamBackendView {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    #[schema(example = "Transcripts")]
    pub label: String,
    /// Where it is.
    #[schema(example = "wss://audio.example.com/calls")]
    pub url: String,
    /// How it wants the audio: `as_received` or `pcm16`.
    #[schema(example = "pcm16")]
    pub audio: String,
    /// How it wants the audio wrapped: `binary` or `json`.
    #[schema(example = "binary")]
    pub framing: String,
    /// Whether it may speak into the call: `one_way` or `both_ways`.
    #[schema(example = "one_way")]
    pub duplex: String,
    /// Whether a call is worth anything without it: `required` or `best_effort`.
    #[schema(example = "best_effort")]
    pub need: String,
    /// Whether it is sent an `Authorization` header.
    #[schema(example = true)]
    pub has_authorization: bool,
}

/// Who hears the calls of a building or of a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StreamSetView {
    /// Stream backends, in the order in which they are told.
    pub backends: Vec<Uuid>,
    /// What becomes of a call when no required backend is left: `end_call` or `carry_on`.
    #[schema(example = "carry_on")]
    pub on_last_required_lost: String,
    /// Whether it is the building's: the line names none of its own.
    #[schema(example = false)]
    pub inherited: bool,
}

impl Default for StreamSetView {
    fn default() -> Self {
        Self {
            backends: Vec::new(),
            on_last_required_lost: "end_call".to_owned(),
            inherited: false,
        }
    }
}

/// Whose set it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamSetOwner {
    /// A building's.
    Building(Uuid),
    /// A line's.
    Line {
        /// Which.
        line: Uuid,
        /// In which building.
        building: Uuid,
    },
}

impl StreamSetOwner {
    /// The building's id, or the line's.
    pub const fn id(self) -> Uuid {
        match self {
            Self::Building(id) | Self::Line { line: id, .. } => id,
        }
    }

    /// Its building.
    pub const fn building(self) -> Uuid {
        match self {
            Self::Building(building) | Self::Line { building, .. } => building,
        }
    }

    const fn line(self) -> Option<Uuid> {
        match self {
            Self::Building(_) => None,
            Self::Line { line, .. } => Some(line),
        }
    }
}

impl TenantTx {
    /// Adds a backend, its authorization sealed.
    pub async fn add_stream_backend(
        &mut self,
        backend: &StreamBackendView,
        authorization: Option<&[u8]>,
    ) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        sqlx::query!(
            "insert into vestibule.stream_backend (tenant_id, backend_id, label, url, audio, framing, duplex, need, authorization_sealed)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            tenant,
            backend.id,
            backend.label,
            backend.url,
            backend.audio,
            backend.framing,
            backend.duplex,
            backend.need,
            authorization
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// How many backends the firm has.
    pub async fn count_stream_backends(&mut self) -> Result<i64, DirectoryError> {
        Ok(sqlx::query_scalar!(r#"select count(*) as "count!" from vestibule.stream_backend"#)
            .fetch_one(self.connection())
            .await?)
    }

    /// A page of backends, or the one with this id.
    pub async fn stream_backends(
        &mut self,
        id: Option<Uuid>,
        after: After,
    ) -> Result<Vec<StreamBackendView>, DirectoryError> {
        Ok(sqlx::query_as!(
            StreamBackendView,
            r#"select backend_id as id, label, url, audio, framing, duplex, need, authorization_sealed is not null as "has_authorization!"
               from vestibule.stream_backend
               where ($1::uuid is null or backend_id = $1) and ($2::uuid is null or backend_id > $2)
               order by backend_id limit $3"#,
            id,
            after.id,
            after.limit
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The backend with this id.
    pub async fn stream_backend(
        &mut self,
        id: Uuid,
    ) -> Result<Option<StreamBackendView>, DirectoryError> {
        Ok(self.stream_backends(Some(id), After::ONE).await?.pop())
    }

    /// Writes a backend as it shall be.
    pub async fn put_stream_backend(
        &mut self,
        backend: &StreamBackendView,
    ) -> Result<(), DirectoryError> {
        sqlx::query!(
            "update vestibule.stream_backend set label = $2, url = $3, audio = $4, framing = $5, duplex = $6, need = $7 where backend_id = $1",
            backend.id,
            backend.label,
            backend.url,
            backend.audio,
            backend.framing,
            backend.duplex,
            backend.need
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Writes a backend's authorization, sealed; or takes it away.
    pub async fn put_stream_authorization(
        &mut self,
        id: Uuid,
        sealed: Option<&[u8]>,
    ) -> Result<(), DirectoryError> {
        sqlx::query!(
            "update vestibule.stream_backend set authorization_sealed = $2 where backend_id = $1",
            id,
            sealed
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Removes a backend that nothing names.
    pub async fn remove_stream_backend(&mut self, id: Uuid) -> Result<(), DirectoryError> {
        sqlx::query!("delete from vestibule.stream_backend where backend_id = $1", id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// How many of these backends the firm has, and how many of them may speak.
    pub async fn stream_backends_among(
        &mut self,
        ids: &[Uuid],
    ) -> Result<(i64, i64), DirectoryError> {
        let row = sqlx::query!(
            r#"select count(*) as "all!", count(*) filter (where duplex = 'both_ways') as "speaking!"
               from vestibule.stream_backend where backend_id = any($1)"#,
            ids
        )
        .fetch_one(self.connection())
        .await?;
        Ok((row.all, row.speaking))
    }

    /// Whether another backend that may speak stands beside this one in a set.
    pub async fn stands_beside_a_speaker(&mut self, backend: Uuid) -> Result<bool, DirectoryError> {
        Ok(sqlx::query_scalar!(
            r#"select exists (
                   select from vestibule.stream_set_backend own
                   join vestibule.stream_set_backend other on other.tenant_id = own.tenant_id and other.owner_id = own.owner_id
                   join vestibule.stream_backend speaker on speaker.tenant_id = other.tenant_id and speaker.backend_id = other.backend_id
                   where own.backend_id = $1 and other.backend_id <> $1 and speaker.duplex = 'both_ways') as "does!""#,
            backend
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// The set of a building or a line of its own, if it has one.
    pub async fn stream_set(
        &mut self,
        owner: StreamSetOwner,
    ) -> Result<Option<StreamSetView>, DirectoryError> {
        let set = sqlx::query!(
            r#"select on_last_required_lost,
                      array(select backend_id from vestibule.stream_set_backend backend
                            where backend.tenant_id = stream_set.tenant_id and backend.owner_id = stream_set.owner_id order by place) as "backends!"
               from vestibule.stream_set where owner_id = $1"#,
            owner.id()
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(set.map(|row| StreamSetView {
            backends: row.backends,
            on_last_required_lost: row.on_last_required_lost,
            inherited: false,
        }))
    }

    /// Writes the set of a building or a line.
    pub async fn put_stream_set(
        &mut self,
        owner: StreamSetOwner,
        set: &StreamSetView,
    ) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        sqlx::query!(
            "insert into vestibule.stream_set (tenant_id, building_id, owner_id, line_id, on_last_required_lost) values ($1, $2, $3, $4, $5)
             on conflict (tenant_id, owner_id) do update set on_last_required_lost = excluded.on_last_required_lost",
            tenant,
            owner.building(),
            owner.id(),
            owner.line(),
            set.on_last_required_lost
        )
        .execute(self.connection())
        .await?;
        sqlx::query!("delete from vestibule.stream_set_backend where owner_id = $1", owner.id())
            .execute(self.connection())
            .await?;
        sqlx::query!(
            "insert into vestibule.stream_set_backend (tenant_id, building_id, owner_id, place, backend_id)
             select $1, $2, $3, place - 1, backend_id from unnest($4::uuid[]) with ordinality as named (backend_id, place)",
            tenant,
            owner.building(),
            owner.id(),
            &set.backends
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Takes the set of a building or a line away.
    pub async fn remove_stream_set(&mut self, owner: StreamSetOwner) -> Result<(), DirectoryError> {
        sqlx::query!("delete from vestibule.stream_set where owner_id = $1", owner.id())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
