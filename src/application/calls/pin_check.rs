//! A PIN that was given outside of a call: looked at, counted and told of as at the door.

use serde_json::{Value, json};
use uuid::{Builder, Uuid};

use super::{CallError, Calls};
use crate::application::ports::{Actor, Append, Appended, Expected, NewEvent, PinTry, Unavailable};
use crate::domain::call::signal::PinCheck;
use crate::domain::ids::{BuildingId, EntranceId, TenantId};
use crate::domain::personal::Personal;
use crate::domain::phone_number::Caller;
use crate::domain::pin_gate::{Attempt, PinGateEvent, Verdict, is_looked_at};
use crate::domain::policy::{PinLimits, StrangerPolicy};

/// A PIN that was given.
pub struct GivenPin {
    /// Whose building.
    pub tenant: TenantId,
    /// Which.
    pub building: BuildingId,
    /// At which entrance.
    pub entrance: EntranceId,
    /// By whom.
    pub caller: Caller,
    /// What the building does with callers who hide their number.
    pub withheld: StrangerPolicy,
    /// When wrong ones block the caller there.
    pub limits: PinLimits,
    /// The PIN.
    pub pin: String,
    /// Who asks.
    pub actor: Actor,
    /// The same for the same attempt: it counts once, however often it is asked about.
    pub key: [u8; 32],
}

/// Hidden: it holds a PIN.
impl std::fmt::Debug for GivenPin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GivenPin").field("building", &self.building).finish_non_exhaustive()
    }
}

impl Calls {
    /// Whether a PIN opens. What it led to is stored before it is answered, once per attempt.
    #[tracing::instrument(name = "pin.check", skip_all, fields(tenant.id = %given.tenant, outcome))]
    pub async fn check_pin(&self, given: GivenPin) -> Result<Verdict, CallError> {
        // Many at once of one building wait here, and not for each other's database connections.
        let _turn = self.pin_gate.enter(given.building.as_uuid()).await;
        let caller = match &given.caller {
            Caller::Known(number) => {
                let subject = self.journal.subject_of(given.tenant, number).await?;
                Some(Personal::of(subject, number.clone()))
            }
            Caller::Withheld => None,
        };
        let verdict = if is_looked_at(&given.caller, given.withheld) {
            Verdict::of(self.look_and_count(&given).await?, given.limits)
        } else {
            Verdict::Refused
        };
        tracing::Span::current().record("outcome", verdict.word());
        let attempt = Attempt { building: given.building, entrance: given.entrance, caller };
        self.tell_of(&given, &attempt, &verdict).await?;
        Ok(verdict)
    }

    async fn look_and_count(&self, given: &GivenPin) -> Result<PinCheck, Unavailable> {
        let attempt = PinTry {
            building: given.building,
            entrance: given.entrance,
            caller: given.caller.clone(),
            pin: given.pin.clone(),
            at: self.clock.now(),
            limits: given.limits,
            block: self.ids.next().into(),
            entrance_block: self.ids.next().into(),
            delivery: given.key,
        };
        self.directory.check_pin(given.tenant, attempt).await
    }

    /// An attempt is a stream of its own, named by its key: of one that is told of already, nothing more is told.
    async fn tell_of(
        &self,
        given: &GivenPin,
        attempt: &Attempt,
        verdict: &Verdict,
    ) -> Result<(), CallError> {
        let events = PinGateEvent::of(attempt, verdict);
        let append = Append {
            tenant: given.tenant,
            stream: stream_of(&given.key),
            stream_type: "pin_gate",
            expected: Expected::Version(0),
            events: events.iter().map(|event| self.written(event)).collect(),
            work: Vec::new(),
            actor: given.actor,
            causation: None,
            delivery: None,
        };
        match self.journal.append(append).await? {
            Appended::Stored { .. } | Appended::Conflict | Appended::Duplicate(_) => Ok(()),
        }
    }

    fn written(&self, event: &PinGateEvent) -> NewEvent {
        let mut tagged = serde_json::to_value(event).expect("events have no maps with odd keys");
        let data = tagged.get_mut("data").map(Value::take).unwrap_or_default();
        NewEvent {
            id: self.ids.next().into(),
            kind: event.kind(),
            schema_version: 1,
            payload: json!({ "data": data }),
            occurred_at: None,
        }
    }
}

fn stream_of(key: &[u8; 32]) -> Uuid {
    let half = key.first_chunk::<16>().copied().unwrap_or_default();
    Builder::from_custom_bytes(half).into_uuid()
}
