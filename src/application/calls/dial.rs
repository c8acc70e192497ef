//! Dialling: claimed and written down first, then placed, once; what came of it is told to the call.

use std::time::Duration;

use time::OffsetDateTime;

use super::{CallError, Calls, LoadedCall, TRIES, WorkArgs, wait_a_little};
use crate::application::ports::{Actor, Appended, DialClaim, Expected, Leased, PlaceError};
use crate::domain::call::Rung;
use crate::domain::call::event::Event;
use crate::domain::call::script::{Mailboxes, Placement};
use crate::domain::call::signal::{DialReport, Signal};
use crate::domain::ids::{CallId, LegId, TenantId};
use crate::domain::policy::flow::AcceptMode;
use crate::domain::policy::{Line, Policy};

/// How often the outcome of a dial is told again when the store does not answer. After that the resolver looks for it.
const TELLINGS: u32 = 8;

/// The right to place one leg: there is no other way to `place`.
#[derive(Debug)]
pub struct Claimed {
    tenant: TenantId,
    placement: Placement,
    line: Line,
    deadline: OffsetDateTime,
}

/// What a request may need on its way to the carrier: one that leaves later than so long before its deadline would ring late.
const ON_THE_WAY: Duration = Duration::from_millis(500);

impl Calls {
    /// Places the leg of a dial's work item, unless the call moved on, the deadline passed, or someone did it before.
    #[tracing::instrument(name = "dial.place", skip_all, fields(call.id = %args.call, tenant.id = %leased.tenant))]
    pub async fn dial(&self, leased: &Leased, args: WorkArgs) -> Result<(), CallError> {
        let Some(leg) = args.leg else { return Ok(()) };
        let Some(claimed) = self.claim(leased, args.call, leg).await? else {
            metrics::counter!("dial_duplicates_prevented_total").increment(1);
            return Ok(());
        };
        let report = self.place(&claimed).await;
        self.tell_outcome(claimed.tenant, args.call, &Signal::Dial { leg, report }).await
    }

    /// Writes down that the leg is about to be placed. None: it must not be.
    async fn claim(
        &self,
        leased: &Leased,
        call: CallId,
        leg: LegId,
    ) -> Result<Option<Claimed>, CallError> {
        let _turn = self.gate.enter(call.as_uuid()).await;
        for attempt in 0..TRIES {
            let (loaded, policy) = self.current_with_policy(leased.tenant, call, None).await?;
            let Some(policy) = policy else { return Ok(None) };
            let ready = Signal::Dial { leg, report: DialReport::Ready };
            let decision = self.decide(call, &loaded.call, &ready, &policy);
            if decision.events.is_empty() {
                return Ok(None);
            }
            let append = self.append_of(
                call,
                &policy,
                &decision,
                Expected::Version(loaded.version),
                Actor::Worker,
            );
            let starts = decision
                .events
                .iter()
                .any(|recorded| matches!(recorded.event, Event::DialStarted { .. }));
            let Some(rung) = loaded.call.rung(leg).filter(|_| starts) else {
                match self.journal.append(append).await? {
                    Appended::Conflict => wait_a_little(attempt).await,
                    Appended::Stored { .. } | Appended::Duplicate(_) => return Ok(None),
                }
                continue;
            };
            let Some(placement) = self.placement(call, leg, rung, &loaded, &policy) else {
                return Ok(None);
            };
            let claim = DialClaim {
                lease: leased.lease,
                leg,
                call,
                step: i32::try_from(rung.step).unwrap_or(i32::MAX),
                target: placement.to.clone(),
                tenant: leased.tenant,
                attempt: i32::try_from(rung.attempt).unwrap_or(i32::MAX),
            };
            match self.journal.start_dial(claim, append).await? {
                Some(Appended::Stored { .. }) => {
                    return Ok(Some(Claimed {
                        tenant: leased.tenant,
                        placement,
                        line: policy.line.clone(),
                        deadline: rung.deadline,
                    }));
                }
                Some(Appended::Conflict) => wait_a_little(attempt).await,
                // Too late by now, it may be: the call has to be told.
                None if self.clock.now() >= rung.deadline => {}
                Some(Appended::Duplicate(_)) | None => return Ok(None),
            }
        }
        Err(CallError::ConcurrentChange)
    }

    /// How the carrier is asked for this leg. None: the person was erased meanwhile.
    pub(super) fn placement(
        &self,
        call: CallId,
        leg: LegId,
        rung: &Rung,
        loaded: &LoadedCall,
        policy: &Policy,
    ) -> Option<Placement> {
        let to = rung.number.value()?.clone();
        let ring = Duration::try_from(rung.ring_until - self.clock.now())
            .unwrap_or_default()
            .max(Duration::from_secs(1));
        let talk = Duration::from_secs(u64::from(policy.entrance.panel.talk_max_seconds));
        let mailboxes = match rung.accept {
            AcceptMode::Detect => Mailboxes::HangUpOnMachine,
            AcceptMode::Key | AcceptMode::None => Mailboxes::LeaveToKeys,
        };
        let door = loaded.call.door_leg().and_then(|door| loaded.call.legs.get(&door));
        let region = door
            .and_then(|door| door.carrier_leg.as_ref())
            .and_then(|carrier_leg| carrier_leg.region.clone());
        // Long enough for every extension that a resident may press; the talk's own timer ends it before.
        let talk_max = talk * 10 + policy.limits.key_grace;
        Some(Placement {
            call,
            leg,
            to,
            from: policy.line.number.clone(),
            ring,
            talk_max,
            mailboxes,
            region,
        })
    }

    async fn place(&self, claimed: &Claimed) -> DialReport {
        let client = match self.carriers.client(claimed.tenant, claimed.line.connection).await {
            Ok(client) => client,
            Err(error) => {
                return DialReport::Refused {
                    reason: error.to_string(),
                    again: crate::domain::call::signal::Again::after(Duration::from_secs(1)),
                };
            }
        };
        // Writing it down may have taken all the time there was.
        if self.clock.now() + ON_THE_WAY > claimed.deadline {
            return DialReport::Expired;
        }
        let carrier = client.carrier();
        metrics::counter!("dial_started_total", "carrier" => carrier).increment(1);
        let (outcome, report) = match client.place(&claimed.placement).await {
            Ok(carrier_leg) => ("placed", DialReport::Placed(carrier_leg)),
            Err(PlaceError::Refused { reason, again }) => {
                self.note_failure(claimed.tenant, &claimed.line, &reason);
                ("refused", DialReport::Refused { reason, again })
            }
            Err(PlaceError::Unknown { reason }) => {
                self.note_failure(claimed.tenant, &claimed.line, &reason);
                ("unknown", DialReport::Unknown { reason })
            }
        };
        metrics::counter!("dial_outcome_total", "carrier" => carrier, "outcome" => outcome)
            .increment(1);
        report
    }

    /// The phone rings already: the outcome is told until the store takes it, or until the resolver must find it.
    async fn tell_outcome(
        &self,
        tenant: TenantId,
        call: CallId,
        signal: &Signal,
    ) -> Result<(), CallError> {
        let mut attempt = 0;
        loop {
            match self.tell(tenant, call, signal, Actor::Worker).await {
                Ok(_) => return Ok(()),
                Err(error) if attempt >= TELLINGS => return Err(error),
                Err(_) => {
                    attempt += 1;
                    tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
                }
            }
        }
    }
}
