//! What the use cases of streams need of the store.

use std::fmt::Debug;

use async_trait::async_trait;

use super::Unavailable;
use super::streams::BackendPlan;
use crate::domain::call::stream::BackendState;
use crate::domain::ids::{BackendId, ConnectionId, StreamId, TenantId};

/// Backends, invitations and signs of life.
#[async_trait]
pub trait StreamBook: Send + Sync + Debug {
    /// Whose connection it is.
    async fn owner_of(&self, connection: ConnectionId) -> Result<Option<TenantId>, Unavailable>;

    /// How these backends are reached, in this order. One that was removed meanwhile is left out.
    async fn backends(
        &self,
        tenant: TenantId,
        ids: &[BackendId],
    ) -> Result<Vec<BackendPlan>, Unavailable>;

    /// Takes an invitation, by the hash of its ticket: the stream that it is for. It can be taken once, in its time, on its connection.
    async fn redeem(
        &self,
        tenant: TenantId,
        connection: ConnectionId,
        ticket_hash: [u8; 32],
    ) -> Result<Option<StreamId>, Unavailable>;

    /// These streams run here and now.
    async fn beat(&self, beats: &[StreamBeat]) -> Result<(), Unavailable>;

    /// This stream runs no more.
    async fn fell_silent(&self, tenant: TenantId, stream: StreamId) -> Result<(), Unavailable>;
}

/// A running stream's sign of life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamBeat {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub stream: StreamId,
    /// Frames from the carrier so far.
    pub frames: u64,
    /// Its backends.
    pub backends: Vec<BackendBeat>,
}

/// How a backend of a running stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackendBeat {
    /// Which.
    pub backend: BackendId,
    /// Whether it is there.
    pub state: BackendState,
    /// Frames handed to it so far.
    pub sent: u64,
    /// Frames dropped so far.
    pub dropped: u64,
}

/// Whoever knows which streams run in this process.
pub trait RunningStreams: Send + Sync + Debug {
    /// All of them.
    fn running(&self) -> Vec<StreamBeat>;
}
