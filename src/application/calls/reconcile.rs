//! Ends that nobody reported, asked of the carrier's own records; and how often reports and records disagree.

use time::OffsetDateTime;

use super::control::Done;
use super::receive::{Incoming, News};
use super::{CallError, Calls, LoadedCall, WorkArgs};
use crate::application::ports::{Actor, CarrierClient, ControlError, Leased, OnLeg};
use crate::domain::call::Call;
use crate::domain::call::decide::Decision;
use crate::domain::call::event::Event;
use crate::domain::call::record::EndSource;
use crate::domain::call::signal::{Effect, EffectResult, LegEnd, LegReport, Signal};
use crate::domain::ids::{LegId, TenantId};

/// A leg that is being asked for, as long as this lives.
struct Sought;

impl Sought {
    fn begins() -> Self {
        metrics::gauge!("reconcile_legs_sought").increment(1.0);
        Self
    }
}

impl Drop for Sought {
    fn drop(&mut self) {
        metrics::gauge!("reconcile_legs_sought").decrement(1.0);
    }
}

impl Calls {
    /// Asks the carrier's records for a leg, and tells the call.
    pub(super) async fn look_up(
        &self,
        leased: &Leased,
        args: WorkArgs,
        (leg, on): (LegId, &OnLeg),
        client: &dyn CarrierClient,
        began: OffsetDateTime,
    ) -> Result<Done, CallError> {
        let _sought = Sought::begins();
        let signal = match client.look_up(on, began).await {
            Ok(record) => Signal::Record { leg, record },
            Err(ControlError::NotYet { reason, wait }) => {
                return Ok(Done::Later { delay: wait, why: reason });
            }
            Err(error) => Signal::Effect {
                effect: Effect::LookUp { leg },
                result: EffectResult::Unknown { reason: error.to_string() },
            },
        };
        let decision = self.tell(leased.tenant, args.call, &signal, Actor::Worker).await?;
        count(client.carrier(), &decision);
        Ok(Done::Yes)
    }

    /// Counts the ends that nobody reported, of a call that was just told something.
    pub(super) async fn count_ends(
        &self,
        tenant: TenantId,
        call: &Call,
        decision: &Decision,
    ) -> Result<(), CallError> {
        if unreported(decision).next().is_none() {
            return Ok(());
        }
        let Some(policy) = self.policy_of(tenant, call).await? else { return Ok(()) };
        let client = self.carriers.client(tenant, policy.line.connection).await?;
        count(client.carrier(), decision);
        Ok(())
    }
}

/// Counts legs whose end nobody reported.
pub(super) fn count(carrier: &'static str, decision: &Decision) {
    for source in unreported(decision) {
        metrics::counter!("reconciled_total", "carrier" => carrier, "source" => source)
            .increment(1);
        count_drift(carrier, "missing_end");
    }
}

/// Counts where a carrier's reports and its records disagree.
pub(super) fn count_drift(carrier: &'static str, kind: &'static str) {
    metrics::counter!("reconcile_drift_total", "carrier" => carrier, "kind" => kind).increment(1);
}

fn unreported(decision: &Decision) -> impl Iterator<Item = &'static str> {
    decision.events.iter().filter_map(|recorded| match &recorded.event {
        Event::LegEnded { source, .. } => source.name(),
        _ => None,
    })
}

impl LoadedCall {
    /// When a leg began, by our clock: when it was asked for, or when its call came in.
    pub(super) fn began(&self, leg: LegId) -> OffsetDateTime {
        let dialled = self
            .events
            .iter()
            .find(|(_, event)| matches!(event, Event::DialRequested(dial) if dial.leg == leg));
        let began = dialled.or(self.events.first());
        began.map_or(OffsetDateTime::UNIX_EPOCH, |(stored, _)| stored.recorded_at)
    }

    /// How a leg ended, if it became known without a report.
    fn reconciled_end(&self, leg: LegId) -> Option<&LegEnd> {
        self.events.iter().find_map(|(_, event)| match event {
            Event::LegEnded { leg: of, end, source } if *of == leg && !source.is_reported() => {
                Some(end)
            }
            _ => None,
        })
    }
}

impl Incoming {
    /// Counts a report of an end that was found in the carrier's records before. It changes nothing.
    pub(super) fn count_drift(&self, loaded: &LoadedCall, leg: LegId) {
        let is_known =
            loaded.call.legs.get(&leg).is_some_and(|leg| leg.end_source != EndSource::Reported);
        let News::Leg { report: LegReport::Ended(end), .. } = &self.news else { return };
        if !is_known {
            return;
        }
        let recorded = loaded.reconciled_end(leg).and_then(|end| end.duration_seconds);
        let differs = matches!((recorded, end.duration_seconds), (Some(a), Some(b)) if a != b);
        count_drift(self.provider, if differs { "other_duration" } else { "late_report" });
    }
}
