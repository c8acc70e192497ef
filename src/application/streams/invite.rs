//! Invitations: a stream of a call that is not ours begins only with a ticket that was asked for a moment before.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::{CallStreams, STREAM, TICKET};
use crate::application::calls::{CallError, record};
use crate::application::ports::{Actor, Append, Expected, LineCalled, LineKey};
use crate::domain::call::Recorded;
use crate::domain::call::event::{Event, StreamRequested};
use crate::domain::call::explain::{Because, Rule};
use crate::domain::call::stream::StreamKind;
use crate::domain::ids::{BackendId, LegId, LineId, StreamId, TenantId};
use crate::domain::phone_number::Caller;

/// A stream that shall be begun from outside.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Which stream it will be.
    pub stream: StreamId,
    /// The line that its call is on.
    pub line: LineId,
    /// Who hears it; none: the backends that the line or its building names.
    pub backends: Vec<BackendId>,
    /// What opens it.
    pub ticket: String,
}

/// What became of an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invited {
    /// It can be taken: the parameters that the carrier has to say when the stream begins.
    Yes(BTreeMap<String, String>),
    /// Nobody would hear it.
    NoBackends,
}

/// 32 random bytes, in letters that a URL takes.
pub fn fresh_ticket() -> String {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// What is kept of a ticket.
pub fn hash_of(ticket: &str) -> [u8; 32] {
    Sha256::digest(ticket).into()
}

impl CallStreams {
    /// Expects a stream from outside. The ticket's hash is kept by whoever asks, in the transaction of the request.
    #[tracing::instrument(name = "stream.invite", skip_all, fields(stream.id = %invitation.stream, tenant.id = %tenant))]
    pub async fn invite(
        &self,
        tenant: TenantId,
        invitation: &Invitation,
        by: Actor,
    ) -> Result<Invited, CallError> {
        let line = LineCalled { tenant, line: LineKey::Id(invitation.line) };
        let policy = self.calls.directory.policy(line, Caller::Withheld).await?;
        let policy = policy.ok_or(CallError::NoSuchLine)?;
        let named = policy.streams.backends.iter().map(|backend| backend.id);
        let backends: Vec<_> = if invitation.backends.is_empty() {
            named.collect()
        } else {
            invitation.backends.clone()
        };
        if backends.is_empty() {
            return Ok(Invited::NoBackends);
        }
        let because = Because::of(Rule::ManagerDecides).given("backends", backends.len());
        let stream = invitation.stream;
        let event = Event::StreamRequested(StreamRequested {
            stream,
            leg: LegId::from(stream),
            kind: StreamKind::Invited,
            building: policy.building.id,
            line: invitation.line,
            backends,
            duplex: policy.streams.duplex(),
            on_last_required_lost: policy.streams.on_last_required_lost,
        });
        let append = Append {
            tenant,
            stream: stream.as_uuid(),
            stream_type: "stream",
            expected: Expected::Version(0),
            events: record::events(&[Recorded { event, because }], &*self.calls.ids),
            work: Vec::new(),
            actor: by,
            causation: None,
            delivery: None,
        };
        self.calls.journal.append(append).await?;
        let ticket = invitation.ticket.clone();
        Ok(Invited::Yes([(STREAM, stream.to_string()), (TICKET, ticket)].map(named_so).into()))
    }
}

fn named_so((name, value): (&str, String)) -> (String, String) {
    (name.to_owned(), value)
}
