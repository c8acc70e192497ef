//! Dials whose fate nobody knows: looked for at the carrier, never dialled again.

use std::time::Duration;

use super::{CallError, Calls};
use crate::application::ports::{Actor, Found, OpenDial};
use crate::domain::call::LegState;
use crate::domain::call::signal::{DialReport, LegEnd, LegEndCause, LegReport, Signal};

/// How long a dial may take before its fate counts as unknown, and a carrier to list what it placed.
pub const SETTLES_WITHIN: Duration = Duration::from_secs(3);

impl Calls {
    /// Finds out what became of a dial; does nothing while it may still come to light by itself.
    #[tracing::instrument(name = "dial.resolve", skip_all, fields(call.id = %open.call, tenant.id = %open.tenant))]
    pub async fn resolve(&self, open: OpenDial) -> Result<(), CallError> {
        let loaded = self.current(open.tenant, open.call).await?;
        let is_open = loaded
            .call
            .legs
            .get(&open.leg)
            .is_some_and(|leg| matches!(leg.state, LegState::Starting { .. }));
        let Some(rung) = loaded.call.rung(open.leg).filter(|_| is_open) else { return Ok(()) };
        let Some(policy) = self.policy_of(open.tenant, &loaded.call).await? else { return Ok(()) };
        let is_past_deadline = self.clock.now() > rung.ring_until;
        let found = match self.placement(open.call, open.leg, rung, &loaded, &policy) {
            Some(placement) => {
                let client = self.carriers.client(open.tenant, policy.line.connection).await?;
                client.find(&placement, open.started_at).await.unwrap_or(Found::Nothing)
            }
            None => Found::Nothing,
        };
        let dial = |report| Signal::Dial { leg: open.leg, report };
        match found {
            Found::Alive(carrier_leg) => {
                self.tell(
                    open.tenant,
                    open.call,
                    &dial(DialReport::Placed(carrier_leg)),
                    Actor::Worker,
                )
                .await?;
            }
            Found::Over(carrier_leg) => {
                self.tell(
                    open.tenant,
                    open.call,
                    &dial(DialReport::Placed(carrier_leg)),
                    Actor::Worker,
                )
                .await?;
                let end = LegEnd {
                    cause: LegEndCause::Unanswered,
                    is_final: false,
                    duration_seconds: None,
                    cost: None,
                };
                let over = Signal::Leg {
                    leg: open.leg,
                    report: LegReport::Ended(end),
                    carrier_leg: None,
                    occurred_at: None,
                };
                self.tell(open.tenant, open.call, &over, Actor::Worker).await?;
            }
            Found::Nothing | Found::Ambiguous if is_past_deadline => {
                self.tell(open.tenant, open.call, &dial(DialReport::Expired), Actor::Worker)
                    .await?;
            }
            Found::Nothing | Found::Ambiguous => {}
        }
        Ok(())
    }
}
