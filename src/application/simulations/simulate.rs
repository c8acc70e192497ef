//! A dry run: what would happen if this one called now, or then.

use time::OffsetDateTime;
use uuid::Uuid;

use super::play::{Played, UnknownPin, play};
use super::verdict::Verdict;
use super::world::World;
use crate::application::calls::{CallError, Calls};
use crate::application::ports::{LineCalled, LineKey, PinTry, Unavailable};
use crate::domain::call::event::{DialRequested, Event, Target};
use crate::domain::call::signal::LegEndCause;
use crate::domain::ids::{LegId, LineId, ResidentId, SubjectId, TenantId};
use crate::domain::phone_number::{Caller, PhoneNumber};
use crate::domain::policy::Policy;

/// PINs that are looked up for one dry run at most: more than a call can ask for.
const LOOK_UPS_MAX: usize = 20;
/// Whose number it is in a call that is written nowhere.
const NOBODY: SubjectId = SubjectId::from_uuid(Uuid::nil());

/// A visit to try.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The line that is called.
    pub line: LineId,
    /// Who calls.
    pub caller: Caller,
    /// When.
    pub at: OffsetDateTime,
    /// What everyone does.
    pub world: World,
}

/// What would happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulated {
    /// Event by event.
    pub played: Played,
    /// In short.
    pub verdict: Verdict,
    /// Who rings when.
    pub rings: Vec<Ring>,
    /// What the line's carrier can not do, and what is done instead.
    pub degradations: Vec<String>,
    /// The number that residents are shown: the line's.
    pub shows: PhoneNumber,
}

/// A phone that rings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// Whose.
    pub target: Target,
    /// In which step of the call.
    pub step: u32,
    /// Which of their numbers, from 0.
    pub number_index: u32,
    /// When it is dialled; nothing: it was wanted and given up before.
    pub dialled_at: Option<OffsetDateTime>,
    /// When it is picked up.
    pub answered_at: Option<OffsetDateTime>,
    /// When they accept the visitor.
    pub accepted_at: Option<OffsetDateTime>,
    /// When it is over, and why.
    pub over: Option<(OffsetDateTime, LegEndCause)>,
}

/// Why nothing was tried.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// No such line, or it leads nowhere.
    #[error("there is no such line, or it leads nowhere yet")]
    NoSuchLine,
    /// Something is told of someone who can not be rung from there.
    #[error("nobody with this id lives in a unit that this line can ring")]
    NotRungFromHere(ResidentId),
    /// Something outside did not answer.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl From<Unavailable> for SimulateError {
    fn from(error: Unavailable) -> Self {
        Self::Call(error.into())
    }
}

impl Calls {
    /// Tries a visit: with the rules and the configuration of now, and without a call or a trace.
    #[tracing::instrument(name = "call.simulate", skip_all, fields(tenant.id = %tenant))]
    pub async fn simulate(
        &self,
        tenant: TenantId,
        visit: Visit,
    ) -> Result<Simulated, SimulateError> {
        let Visit { line, caller, at, mut world } = visit;
        let called = LineCalled { tenant, line: LineKey::Id(line) };
        let policy = self.directory.policy(called, caller).await?;
        let mut policy = policy.ok_or(SimulateError::NoSuchLine)?;
        policy.visitor.subject = Some(NOBODY);
        if let Some(stranger) = not_rung_from_here(&policy, &world) {
            return Err(SimulateError::NotRungFromHere(stranger));
        }
        for _ in 0..LOOK_UPS_MAX {
            match play(&policy, &world, at) {
                Ok(played) => return Ok(Simulated::of(played, &policy)),
                Err(UnknownPin(pin)) => {
                    let attempt = PinTry {
                        building: policy.building.id,
                        entrance: policy.entrance.id,
                        caller: policy.visitor.caller.clone(),
                        pin: pin.clone(),
                        at,
                        limits: policy.limits.pins,
                        block: NOBODY.as_uuid().into(),
                        entrance_block: NOBODY.as_uuid().into(),
                        delivery: [0; 32],
                    };
                    let look = self.directory.look_at_pin(tenant, &attempt).await?;
                    world.pins.passes.insert(pin, look.pass);
                    world.pins.wrong_before = look.wrong_pins;
                    world.pins.entrance_block = look.entrance_block;
                }
            }
        }
        Err(Unavailable { what: "a dry run", reason: "it asks for PINs without end".to_owned() })?
    }
}

fn not_rung_from_here(policy: &Policy, world: &World) -> Option<ResidentId> {
    world.phones.keys().find_map(|target| match target {
        Target::Resident(resident) if policy.resident(*resident).is_none() => Some(*resident),
        Target::Resident(_) | Target::Concierge | Target::Called | Target::Connected => None,
    })
}

impl Simulated {
    fn of(played: Played, policy: &Policy) -> Self {
        let mut rings = Rings::default();
        let mut degradations: Vec<String> = Vec::new();
        for (at, recorded) in &played.events {
            let at = *at;
            match &recorded.event {
                Event::DialRequested(dial) => rings.requested(dial),
                Event::DialStarted { leg } => rings.note(*leg, |ring| ring.dialled_at = Some(at)),
                Event::LegAnswered { leg } => rings.note(*leg, |ring| ring.answered_at = Some(at)),
                Event::CallAccepted { leg, .. } => {
                    rings.note(*leg, |ring| ring.accepted_at = Some(at))
                }
                Event::LegEnded { leg, end, .. } => {
                    rings.note(*leg, |ring| ring.over = Some((at, end.cause)))
                }
                Event::DialDropped { leg } => {
                    rings.note(*leg, |ring| ring.over = Some((at, LegEndCause::Cancelled)))
                }
                Event::FlowDegraded { lost } if !degradations.contains(lost) => {
                    degradations.push(lost.clone())
                }
                _ => {}
            }
        }
        let verdict = Verdict::of(&played.events);
        Self {
            verdict,
            rings: rings.0.into_iter().map(|(_, ring)| ring).collect(),
            degradations,
            shows: policy.line.number.clone(),
            played,
        }
    }
}

#[derive(Default)]
struct Rings(Vec<(LegId, Ring)>);

impl Rings {
    fn requested(&mut self, dial: &DialRequested) {
        let ring = Ring {
            target: dial.target,
            step: dial.step,
            number_index: dial.number_index,
            dialled_at: None,
            answered_at: None,
            accepted_at: None,
            over: None,
        };
        self.0.push((dial.leg, ring));
    }

    fn note(&mut self, leg: LegId, what: impl FnOnce(&mut Ring)) {
        if let Some((_, ring)) = self.0.iter_mut().find(|(id, _)| *id == leg) {
            what(ring);
        }
    }
}
