//! Streams: which audio is expected where, who was invited, and what is told of it.

mod invite;
mod report;

use std::sync::Arc;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::calls::{CallError, Calls, record};
use super::ports::Unavailable;
use super::ports::stream_book::{BackendBeat, StreamBeat, StreamBook};
use super::ports::streams::{StreamPlan, StreamReport, StreamStart, Streams};
use crate::domain::call::event::{Event, StreamRequested};
use crate::domain::call::stream::{BackendState, Stream, StreamKind, StreamState};
use crate::domain::ids::{CallId, ConnectionId, LegId, StreamId, TenantId};

pub use self::invite::{Invitation, Invited, fresh_ticket, hash_of};

/// What our carriers' steps say again when a stream begins: the call, the leg, the stream.
pub const CALL: &str = "call";
/// The leg that is heard.
pub const LEG: &str = "leg";
/// The stream.
pub const STREAM: &str = "stream";
/// The ticket of an invitation, which stands for all of them.
pub const TICKET: &str = "ticket";

/// The streams of our calls, and those that were invited.
#[derive(Clone, Debug)]
pub struct CallStreams {
    /// Moves calls.
    pub calls: Calls,
    /// Backends, invitations and signs of life.
    pub book: Arc<dyn StreamBook>,
}

#[async_trait]
impl Streams for CallStreams {
    async fn plan(
        &self,
        _provider: &'static str,
        connection: ConnectionId,
        start: &StreamStart,
    ) -> Result<Option<StreamPlan>, Unavailable> {
        let Some(tenant) = self.book.owner_of(connection).await? else { return Ok(None) };
        let wanted = match start.parameters.get(TICKET) {
            Some(ticket) => self.invited(tenant, connection, ticket).await?,
            None => self.of_a_call(tenant, connection, start).await?,
        };
        let Some((call, wanted)) = wanted else { return Ok(None) };
        let backends = self.book.backends(tenant, &wanted.backends).await?;
        // What is ours is no backend's business; what the firm gave is.
        let ours = [CALL, LEG, STREAM, TICKET];
        let parameters = start.parameters.iter().filter(|(name, _)| !ours.contains(&name.as_str()));
        Ok(Some(StreamPlan {
            tenant,
            call,
            leg: wanted.leg,
            stream: wanted.stream,
            duplex: wanted.duplex,
            backends,
            on_last_required_lost: wanted.on_last_required_lost,
            parameters: parameters.map(|(name, value)| (name.clone(), value.clone())).collect(),
        }))
    }

    async fn report(&self, plan: &StreamPlan, report: &StreamReport) -> Result<(), Unavailable> {
        self.tell(plan, report).await?;
        match report {
            StreamReport::Started => self.book.beat(&[first_beat(plan)]).await,
            StreamReport::Ended { .. } => self.book.fell_silent(plan.tenant, plan.stream).await,
            StreamReport::Connected { .. }
            | StreamReport::Lost { .. }
            | StreamReport::Recovered { .. }
            | StreamReport::Gone { .. }
            | StreamReport::RequiredGone { .. } => Ok(()),
        }
    }
}

impl CallStreams {
    /// A stream that one of our calls asked for, on the connection that the call is on.
    async fn of_a_call(
        &self,
        tenant: TenantId,
        connection: ConnectionId,
        start: &StreamStart,
    ) -> Result<Option<(CallId, StreamRequested)>, Unavailable> {
        let id = |name: &str| start.parameters.get(name)?.parse::<Uuid>().ok();
        let (Some(call), Some(leg), Some(stream)) = (id(CALL), id(LEG), id(STREAM)) else {
            return Ok(None);
        };
        let (call, leg) = (CallId::from_uuid(call), LegId::from_uuid(leg));
        let stream = StreamId::from_uuid(stream);
        let loaded = self.calls.load(tenant, call).await.map_err(unreadable)?;
        let is_on_this_connection =
            loaded.call.visit.as_ref().is_some_and(|visit| visit.connection == connection);
        if !is_on_this_connection || loaded.call.running_stream(stream).is_none() {
            return Ok(None);
        }
        let wanted = requested(loaded.events.iter().map(|(_, event)| event), stream);
        Ok(wanted.filter(|wanted| wanted.leg == leg).map(|wanted| (call, wanted)))
    }

    /// A stream that whoever has this ticket was invited to begin.
    async fn invited(
        &self,
        tenant: TenantId,
        connection: ConnectionId,
        ticket: &str,
    ) -> Result<Option<(CallId, StreamRequested)>, Unavailable> {
        let hash: [u8; 32] = Sha256::digest(ticket).into();
        let Some(stream) = self.book.redeem(tenant, connection, hash).await? else {
            return Ok(None);
        };
        let (events, _) = self.events_of(tenant, stream).await?;
        Ok(requested(&events, stream).map(|wanted| (call_of(stream), wanted)))
    }

    /// The events of a stream that no call of ours has, and its version.
    async fn events_of(
        &self,
        tenant: TenantId,
        stream: StreamId,
    ) -> Result<(Vec<Event>, i32), Unavailable> {
        let stored = self.calls.journal.load(tenant, stream.as_uuid()).await?;
        let version = stored.last().map_or(0, |event| event.version);
        let events = stored.into_iter().map(|stored| record::read(stored).map(|(_, event)| event));
        Ok((events.collect::<Result<_, _>>().map_err(unreadable)?, version))
    }
}

/// What stands for the call of a stream whose call is not ours: the stream itself.
fn call_of(stream: StreamId) -> CallId {
    CallId::from_uuid(stream.as_uuid())
}

/// Whether a plan is of a stream whose call is not ours.
fn is_invited(plan: &StreamPlan) -> bool {
    plan.call == call_of(plan.stream)
}

fn requested<'a>(
    events: impl IntoIterator<Item = &'a Event>,
    stream: StreamId,
) -> Option<StreamRequested> {
    events.into_iter().find_map(|event| match event {
        Event::StreamRequested(wanted) if wanted.stream == stream => Some(wanted.clone()),
        _ => None,
    })
}

/// A stream whose call is not ours, as its events say.
fn state_of(events: &[Event], stream: StreamId) -> Option<Stream> {
    let wanted = requested(events, stream)?;
    let mut state = Stream::requested(&wanted);
    events.iter().for_each(|event| state.apply(event));
    (wanted.kind == StreamKind::Invited && state.state != StreamState::Ended).then_some(state)
}

fn first_beat(plan: &StreamPlan) -> StreamBeat {
    let waiting =
        |backend| BackendBeat { backend, state: BackendState::Waiting, sent: 0, dropped: 0 };
    StreamBeat {
        tenant: plan.tenant,
        stream: plan.stream,
        frames: 0,
        backends: plan.backends.iter().map(|backend| waiting(backend.id)).collect(),
    }
}

fn unreadable(error: CallError) -> Unavailable {
    match error {
        CallError::Unavailable(error) => error,
        error @ (CallError::Unreadable { .. }
        | CallError::ConcurrentChange
        | CallError::NoSuchCall
        | CallError::NoSuchLine) => {
            Unavailable { what: "the stream's events", reason: error.to_string() }
        }
    }
}
