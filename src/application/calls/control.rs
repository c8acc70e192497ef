//! Effects on legs: hang up, open the door, redirect, mute, say; and the times that calls set themselves.

use std::time::Duration;

use super::{CallError, Calls, LoadedCall, WorkArgs};
use crate::application::ports::{Actor, CarrierClient, ControlError, Leased};
use crate::domain::call::LegState;
use crate::domain::call::event::Event;
use crate::domain::call::signal::{CarrierLeg, Effect, EffectResult, Signal, Timer};
use crate::domain::call::work::Task;
use crate::domain::ids::LegId;
use crate::domain::policy::Policy;

/// How long to wait for the carrier to name a leg that shall be hung up.
const NAME_COMES_WITHIN: Duration = Duration::from_millis(300);

/// What becomes of a work item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// It is done.
    Yes,
    /// Not yet.
    Later {
        /// How long to wait.
        delay: Duration,
        /// Why.
        why: String,
    },
}

impl Calls {
    /// Causes the effect that an event asks for.
    #[tracing::instrument(name = "control.cause", skip_all, fields(call.id = %args.call, tenant.id = %leased.tenant))]
    pub async fn cause(&self, leased: &Leased, args: WorkArgs) -> Result<Done, CallError> {
        let loaded = self.load(leased.tenant, args.call).await?;
        let Some((event, effect)) = loaded.effect_of(args) else { return Ok(Done::Yes) };
        let Some(leg) = loaded.call.legs.get(&effect.leg()) else { return Ok(Done::Yes) };
        if matches!(leg.state, LegState::Ended { .. }) {
            return self.effect_failed(leased, args, effect, "the leg is over").await;
        }
        let Some(carrier_leg) = leg.carrier_leg.clone() else {
            return Ok(Done::Later {
                delay: NAME_COMES_WITHIN,
                why: "the carrier has not named the leg yet".to_owned(),
            });
        };
        let Some(policy) = self.policy_of(leased.tenant, &loaded.call).await? else {
            return Ok(Done::Yes);
        };
        let client = self.carriers.client(leased.tenant, policy.line.connection).await?;
        let outcome = act(&*client, args, &effect, event, &carrier_leg, &policy).await;
        self.report(leased, args, effect, outcome).await
    }

    async fn report(
        &self,
        leased: &Leased,
        args: WorkArgs,
        effect: Effect,
        outcome: Result<(), ControlError>,
    ) -> Result<Done, CallError> {
        let result = match outcome {
            Ok(())
                if matches!(
                    effect,
                    Effect::HangUp { .. }
                        | Effect::Redirect { .. }
                        | Effect::ListenForKeys { .. }
                        | Effect::Say { .. }
                ) =>
            {
                return Ok(Done::Yes);
            }
            Ok(()) => EffectResult::Done,
            Err(ControlError::LegOver) if matches!(effect, Effect::HangUp { .. }) => {
                return Ok(Done::Yes);
            }
            Err(ControlError::LegOver) => {
                EffectResult::Failed { reason: "the leg is over".to_owned() }
            }
            Err(ControlError::NotYet { reason, wait }) => {
                return Ok(Done::Later { delay: wait, why: reason });
            }
            Err(ControlError::Refused { reason }) => EffectResult::Failed { reason },
            // Hanging up twice is hanging up; opening twice is not: that is told as unknown.
            Err(ControlError::Unknown { reason })
                if matches!(effect, Effect::HangUp { .. } | Effect::Redirect { .. }) =>
            {
                return Ok(Done::Later { delay: Duration::from_millis(500), why: reason });
            }
            Err(ControlError::Unknown { reason }) => EffectResult::Unknown { reason },
        };
        self.tell(leased.tenant, args.call, &Signal::Effect { effect, result }, Actor::Worker)
            .await?;
        Ok(Done::Yes)
    }

    async fn effect_failed(
        &self,
        leased: &Leased,
        args: WorkArgs,
        effect: Effect,
        reason: &str,
    ) -> Result<Done, CallError> {
        if matches!(effect, Effect::OpenDoor { .. }) {
            let result = EffectResult::Failed { reason: reason.to_owned() };
            self.tell(leased.tenant, args.call, &Signal::Effect { effect, result }, Actor::Worker)
                .await?;
        }
        Ok(Done::Yes)
    }

    /// Tells a call that a time is reached.
    #[tracing::instrument(name = "timer.wake", skip_all, fields(call.id = %args.call, tenant.id = %leased.tenant))]
    pub async fn wake(&self, leased: &Leased, args: WorkArgs) -> Result<(), CallError> {
        let loaded = self.load(leased.tenant, args.call).await?;
        let Some(timer) = loaded.timer_of(args).filter(|_| !loaded.call.is_over()) else {
            return Ok(());
        };
        match self.tell(leased.tenant, args.call, &Signal::Due(timer), Actor::Worker).await {
            Ok(_) | Err(CallError::NoSuchCall) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl LoadedCall {
    fn effect_of(&self, args: WorkArgs) -> Option<(&Event, Effect)> {
        let (stored, event) = self.events.iter().find(|(stored, _)| stored.id == args.event)?;
        match event.order(stored.recorded_at)?.task {
            Task::Cause(effect) => Some((event, effect)),
            Task::Dial(_) | Task::Wake(_) => None,
        }
    }

    fn timer_of(&self, args: WorkArgs) -> Option<Timer> {
        let (stored, event) = self.events.iter().find(|(stored, _)| stored.id == args.event)?;
        match event.order(stored.recorded_at)?.task {
            Task::Wake(timer) => Some(timer),
            Task::Dial(_) | Task::Cause(_) => None,
        }
    }
}

async fn act(
    client: &dyn CarrierClient,
    args: WorkArgs,
    effect: &Effect,
    event: &Event,
    carrier_leg: &CarrierLeg,
    policy: &Policy,
) -> Result<(), ControlError> {
    match effect {
        Effect::HangUp { .. } => client.hang_up(carrier_leg).await,
        Effect::OpenDoor { .. } => {
            client.send_digits(carrier_leg, &policy.entrance.panel.tones()).await
        }
        Effect::Redirect { leg, .. } => match event {
            Event::LegRedirected { script, .. } => {
                client.redirect(args.call, *leg, carrier_leg, script).await
            }
            _ => Ok(()),
        },
        Effect::ListenForKeys { leg } => client.listen_for_keys(args.call, *leg, carrier_leg).await,
        Effect::Mute { .. } => client.mute(carrier_leg).await,
        Effect::Unmute { .. } => client.unmute(carrier_leg).await,
        Effect::Say { text, .. } => client.say(carrier_leg, text, &policy.building.language).await,
    }
}

impl Effect {
    /// The leg it acts on.
    fn leg(&self) -> LegId {
        match self {
            Self::HangUp { leg }
            | Self::OpenDoor { leg, .. }
            | Self::Redirect { leg, .. }
            | Self::ListenForKeys { leg }
            | Self::Mute { leg }
            | Self::Unmute { leg }
            | Self::Say { leg, .. } => *leg,
        }
    }
}
