//! The events: how they come in (`append`, `writer`), and how they are read, by stream or by position.

mod append;
pub mod erase;
pub mod feed;
mod legs;
mod stream;
pub mod writer;

use async_trait::async_trait;

pub(in crate::store) use self::legs::Named;
pub(in crate::store) use self::stream::NewIn;
use self::writer::Writer;
use super::{Store, codec};
use crate::application::ports::{
    Answer, Append, Appended, CarrierReferences, DialClaim, Expected, Ids, Journal, StoredEvent,
    Unavailable,
};
use crate::domain::ids::{CallId, ConnectionId, LegId, SubjectId, TenantId};
use crate::domain::phone_number::PhoneNumber;

/// The journal in PostgreSQL: reads straight, writes through the one writer of this process.
#[derive(Clone, Debug)]
pub struct PgJournal {
    store: Store,
    writer: Writer,
    ids: std::sync::Arc<dyn Ids>,
}

impl PgJournal {
    /// Over this store, through this writer.
    pub fn new(store: Store, writer: Writer, ids: std::sync::Arc<dyn Ids>) -> Self {
        Self { store, writer, ids }
    }

    pub(in crate::store) fn store(&self) -> &Store {
        &self.store
    }

    pub(in crate::store) fn fresh_id(&self) -> uuid::Uuid {
        self.ids.next()
    }
}

#[async_trait]
impl Journal for PgJournal {
    async fn load_after(
        &self,
        tenant: TenantId,
        stream: uuid::Uuid,
        version: i32,
    ) -> Result<Vec<StoredEvent>, Unavailable> {
        self.store.load_stream(tenant, stream, version).await
    }

    async fn append(&self, append: Append) -> Result<Appended, Unavailable> {
        self.writer.append(append).await
    }

    async fn answered(
        &self,
        provider: &'static str,
        account: ConnectionId,
        key: [u8; 32],
    ) -> Result<Option<Answer>, Unavailable> {
        let row = sqlx::query_scalar!(
            "select response from es.delivery where provider = $1 and account = $2 and key = $3",
            provider,
            account.as_uuid(),
            &key[..]
        )
        .fetch_optional(&self.store.ingest)
        .await?;
        Ok(row.as_ref().map(codec::answer_from_row))
    }

    async fn leg_of(
        &self,
        references: CarrierReferences,
        fresh: (CallId, LegId),
    ) -> Result<(CallId, LegId), Unavailable> {
        self.store.leg_of(references, fresh).await
    }

    async fn subject_of(
        &self,
        tenant: TenantId,
        number: &PhoneNumber,
    ) -> Result<SubjectId, Unavailable> {
        self.store.caller_subject(tenant, number, self.ids.next()).await
    }

    async fn start_dial(
        &self,
        claim: DialClaim,
        append: Append,
    ) -> Result<Option<Appended>, Unavailable> {
        self.writer.start_dial(claim, append).await
    }
}

impl Expected {
    fn as_row(self) -> Option<i32> {
        match self {
            Self::Any => None,
            Self::Version(version) => Some(version),
        }
    }
}
