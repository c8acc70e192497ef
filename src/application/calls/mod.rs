//! Calls: what the world tells them, and what is done because of it.

pub mod check;
pub mod command;
pub mod control;
pub mod dial;
mod gate;
pub mod order;
pub mod pin_check;
pub mod receive;
mod recent;
mod reconcile;
pub(in crate::application) mod record;
pub mod resolve;
pub mod sweep;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::gate::Gate;
use self::receive::Incoming;
use self::recent::Recent;
use super::ports::vital_signs::{Sign, Unkept, Vital, VitalSigns};
use super::ports::{
    Actor, Append, Appended, Carriers, Clock, Directory, Expected, Ids, Journal, LineCalled,
    LineKey, StoredEvent, Unavailable,
};
use crate::domain::call::Call;
use crate::domain::call::decide::{Decision, Facts, decide};
use crate::domain::call::event::Event;
use crate::domain::call::script::Speech;
use crate::domain::call::signal::Signal;
use crate::domain::ids::{CallId, EventId, FreshIds, LegId, TenantId};
use crate::domain::phone_number::Caller;
use crate::domain::policy::{Line, Policy};

/// How often a decision is made anew because the call moved on meanwhile.
const TRIES: u32 = 5;

/// Everything that moves calls.
#[derive(Clone, Debug)]
pub struct Calls {
    /// The events.
    pub journal: Arc<dyn Journal>,
    /// What managers configured.
    pub directory: Arc<dyn Directory>,
    /// The carriers' REST sides.
    pub carriers: Arc<dyn Carriers>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn Ids>,
    /// Whether lines live.
    pub vital_signs: Arc<dyn VitalSigns>,
    /// One decision at a time about one call, in this process.
    gate: Gate,
    /// One PIN at a time at a building, of those that no call brings.
    pin_gate: Gate,
    /// Calls as their last deliveries left them.
    recent: Recent,
}

/// A call as stored.
#[derive(Clone, Debug, Default)]
pub struct LoadedCall {
    /// Its state.
    pub call: Call,
    /// Its events.
    pub events: Vec<(StoredEvent, Event)>,
    /// Its version.
    pub version: i32,
}

/// What a work item of a call carries: ids only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkArgs {
    /// The call.
    pub call: CallId,
    /// The event that asks for the work.
    pub event: EventId,
    /// The leg to dial, if it is that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg: Option<LegId>,
}

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Something outside did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// A stored event can not be read: the binary is older than the event, or the event is broken.
    #[error("an event of type {kind}, version {version} can not be read: {reason}")]
    Unreadable {
        /// Its type.
        kind: String,
        /// Its version.
        version: i16,
        /// Why.
        reason: String,
    },
    /// Others kept changing the call.
    #[error("the call changed each time while this was decided; try again")]
    ConcurrentChange,
    /// No such call.
    #[error("there is no such call")]
    NoSuchCall,
    /// No such line.
    #[error("there is no such line")]
    NoSuchLine,
}

impl Calls {
    /// Over these ports.
    pub fn new(
        journal: Arc<dyn Journal>,
        directory: Arc<dyn Directory>,
        carriers: Arc<dyn Carriers>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        Self {
            journal,
            directory,
            carriers,
            clock,
            ids,
            vital_signs: Arc::new(Unkept),
            gate: Gate::default(),
            pin_gate: Gate::default(),
            recent: Recent::default(),
        }
    }

    /// Notes signs of life there.
    #[must_use]
    pub fn noting(self, vital_signs: Arc<dyn VitalSigns>) -> Self {
        Self { vital_signs, ..self }
    }

    /// Notes that a request to the carrier of this line failed.
    fn note_failure(&self, tenant: TenantId, line: &Line, reason: &str) {
        metrics::counter!("carrier_requests_failed_total").increment(1);
        let vital = Vital::Failure(reason.to_owned());
        let sign = Sign { tenant, connection: line.connection, line: Some(line.id), vital };
        self.vital_signs.note(sign);
    }

    /// A call with all its events, read from its beginning.
    pub async fn load(&self, tenant: TenantId, call: CallId) -> Result<LoadedCall, CallError> {
        LoadedCall::default().grown_by(self.journal.load(tenant, call.as_uuid()).await?)
    }

    /// The same, for who moves the call: what this process saw of it a moment ago is not read again.
    async fn current(&self, tenant: TenantId, id: CallId) -> Result<Arc<LoadedCall>, CallError> {
        let (seen, read_at) = self.seen(tenant, id);
        let new = self.journal.load_after(tenant, id.as_uuid(), seen.version).await?;
        Ok(self.keep((tenant, id), seen.grown_by(new)?, read_at))
    }

    /// The same, with the configuration behind it, asked for at once if its line is known. None: it has not begun, and this webhook does
    /// not begin it.
    async fn current_with_policy(
        &self,
        tenant: TenantId,
        id: CallId,
        webhook: Option<&Incoming>,
    ) -> Result<(Arc<LoadedCall>, Option<Policy>), CallError> {
        let (seen, read_at) = self.seen(tenant, id);
        let had_begun = seen.call.line().is_some();
        let (new, policy) = future::join(
            self.journal.load_after(tenant, id.as_uuid(), seen.version),
            self.policy_for(tenant, &seen.call, webhook),
        )
        .await;
        let loaded = self.keep((tenant, id), seen.grown_by(new?)?, read_at);
        let has_begun = loaded.call.line().is_some();
        let policy = match had_begun == has_begun {
            true => policy?,
            false => self.policy_for(tenant, &loaded.call, webhook).await?,
        };
        Ok((loaded, policy))
    }

    /// A call as this process saw it last, and when all of it was read.
    fn seen(&self, tenant: TenantId, id: CallId) -> (LoadedCall, Instant) {
        self.recent.take(tenant, id).unwrap_or_else(|| (LoadedCall::default(), Instant::now()))
    }

    fn keep(
        &self,
        (tenant, id): (TenantId, CallId),
        call: LoadedCall,
        read_at: Instant,
    ) -> Arc<LoadedCall> {
        let call = Arc::new(call);
        if call.version > 0 {
            self.recent.keep(tenant, id, Arc::clone(&call), read_at);
        }
        call
    }

    /// Tells a call something that is not a carrier's delivery. Nothing is appended if it changes nothing.
    pub async fn tell(
        &self,
        tenant: TenantId,
        call: CallId,
        signal: &Signal,
        actor: Actor,
    ) -> Result<Decision, CallError> {
        let _turn = self.gate.enter(call.as_uuid()).await;
        for attempt in 0..TRIES {
            let (loaded, policy) = self.current_with_policy(tenant, call, None).await?;
            let policy = policy.ok_or(CallError::NoSuchCall)?;
            let decision = self.decide(call, &loaded.call, signal, &policy);
            if decision.events.is_empty() {
                return Ok(decision);
            }
            let append =
                self.append_of(call, &policy, &decision, Expected::Version(loaded.version), actor);
            if matches!(self.journal.append(append).await?, Appended::Stored { .. }) {
                return Ok(decision);
            }
            wait_a_little(attempt).await;
        }
        Err(CallError::ConcurrentChange)
    }

    /// The sentence that this event of a call asks to be spoken, and its language: for carriers that fetch it.
    pub async fn sentence(
        &self,
        tenant: TenantId,
        call: CallId,
        event: EventId,
    ) -> Result<Option<Speech>, CallError> {
        let loaded = self.load(tenant, call).await?;
        let asked = loaded.events.iter().find(|(stored, _)| stored.id == event);
        let Some((_, Event::SayRequested { text, .. })) = asked else { return Ok(None) };
        let policy = self.policy_of(tenant, &loaded.call).await?;
        Ok(policy.map(|policy| Speech { text: text.clone(), language: policy.building.language }))
    }

    fn decide(&self, id: CallId, call: &Call, signal: &Signal, policy: &Policy) -> Decision {
        let facts = Facts { call: id, policy, at: self.clock.now() };
        decide(call, signal, facts, FreshIds::from(self.ids.next()))
    }

    fn append_of(
        &self,
        call: CallId,
        policy: &Policy,
        decision: &Decision,
        expected: Expected,
        actor: Actor,
    ) -> Append {
        let (events, work) = record::written(
            call,
            policy.building.id,
            &decision.events,
            self.clock.now(),
            &*self.ids,
        );
        Append {
            tenant: policy.building.tenant,
            stream: call.as_uuid(),
            stream_type: "call",
            expected,
            events,
            work,
            actor,
            causation: None,
            delivery: None,
        }
    }

    /// The configuration behind a call that has begun, or that this webhook begins.
    async fn policy_for(
        &self,
        tenant: TenantId,
        call: &Call,
        webhook: Option<&Incoming>,
    ) -> Result<Option<Policy>, Unavailable> {
        match webhook {
            Some(webhook) if call.line().is_none() => self.policy_for_first(webhook).await,
            _ => self.policy_of(tenant, call).await,
        }
    }

    /// The configuration behind a call that has begun.
    async fn policy_of(
        &self,
        tenant: TenantId,
        call: &Call,
    ) -> Result<Option<Policy>, Unavailable> {
        let Some(line) = call.line() else { return Ok(None) };
        let visitor = call.visit.as_ref().and_then(|visit| visit.caller.as_ref());
        let caller = visitor
            .and_then(|caller| caller.value())
            .map_or(Caller::Withheld, |number| Caller::Known(number.clone()));
        let line = LineCalled { tenant, line: LineKey::Id(line) };
        let policy = self.directory.policy(line, caller).await?;
        Ok(policy.map(|mut policy| {
            policy.visitor.subject = visitor.map(|caller| caller.subject());
            policy
        }))
    }
}

impl LoadedCall {
    /// Itself, after these events.
    fn grown_by(mut self, new: Vec<StoredEvent>) -> Result<Self, CallError> {
        for stored in new {
            let (stored, event) = record::read(stored)?;
            self.call.apply(&event);
            self.version = stored.version;
            self.events.push((stored, event));
        }
        Ok(self)
    }
}

impl WorkArgs {
    /// Reads them from a work item.
    pub fn read(args: &Value) -> Option<Self> {
        serde_json::from_value(args.clone()).ok()
    }
}

/// Lets whoever was faster finish.
async fn wait_a_little(attempt: u32) {
    let jitter = rand::random_range(1..=10_u64);
    tokio::time::sleep(Duration::from_millis(jitter << attempt)).await;
}
