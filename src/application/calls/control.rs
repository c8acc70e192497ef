//! Effects on legs: hang up, open the door, redirect, mute, say; and the times that calls set themselves.

use std::time::Duration;

use time::OffsetDateTime;

use super::{CallError, Calls, LoadedCall, WorkArgs};
use crate::application::ports::{Actor, CarrierClient, ControlError, Leased, OnLeg};
use crate::domain::call::event::Event;
use crate::domain::call::room::{Hold, Voice};
use crate::domain::call::signal::{CarrierLeg, Effect, EffectResult, Signal, Timer};
use crate::domain::call::stream::StreamLeg;
use crate::domain::call::work::Task;
use crate::domain::call::{Call, LegPlace, LegState};
use crate::domain::ids::{LegId, TenantId};
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
        let loaded = self.current(leased.tenant, args.call).await?;
        let Some((event, effect)) = loaded.effect_of(args) else { return Ok(Done::Yes) };
        let Some(told) = loaded.call.told_of(&effect) else { return Ok(Done::Yes) };
        if told.is_over {
            return self.effect_failed(leased, args, effect, "the leg is over").await;
        }
        let Some(carrier_leg) = told.carrier_leg else {
            return Ok(Done::Later {
                delay: NAME_COMES_WITHIN,
                why: "the carrier has not named the leg yet".to_owned(),
            });
        };
        let Some(policy) = self.policy_of(leased.tenant, &loaded.call).await? else {
            return Ok(Done::Yes);
        };
        let client = self.carriers.client(leased.tenant, policy.line.connection).await?;
        let on = OnLeg {
            call: args.call,
            leg: effect.leg(),
            carrier_leg,
            place: told.place,
            voice: told.voice,
            hold: told.hold,
            room: loaded.call.room.clone(),
            cause: args.event,
        };
        if let Effect::LookUp { leg } = effect {
            return self.look_up(leased, args, (leg, &on), &*client, loaded.began(leg)).await;
        }
        let outcome = act(&*client, &on, &effect, event, &policy).await;
        if let Err(ControlError::Refused { reason } | ControlError::Unknown { reason }) = &outcome {
            self.note_failure(leased.tenant, &policy.line, reason);
        }
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
                        | Effect::StartStream { .. }
                        | Effect::StopStream { .. }
                ) =>
            {
                return Ok(Done::Yes);
            }
            Ok(()) => EffectResult::Done,
            Err(ControlError::LegOver)
                if matches!(effect, Effect::HangUp { .. } | Effect::StopStream { .. }) =>
            {
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
                if matches!(
                    effect,
                    Effect::HangUp { .. } | Effect::Redirect { .. } | Effect::StopStream { .. }
                ) =>
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
        if effect.is_awaited() {
            let result = EffectResult::Failed { reason: reason.to_owned() };
            self.tell(leased.tenant, args.call, &Signal::Effect { effect, result }, Actor::Worker)
                .await?;
        }
        Ok(Done::Yes)
    }

    /// Tells a call that nobody did in time what it asked for: whoever waits for it waits no longer.
    pub async fn gave_up(&self, tenant: TenantId, args: WorkArgs) -> Result<(), CallError> {
        let loaded = self.current(tenant, args.call).await?;
        let wanted = loaded.effect_of(args).map(|(_, effect)| effect);
        let Some(effect) = wanted.filter(|effect| effect.is_awaited() && !loaded.call.is_over())
        else {
            return Ok(());
        };
        // One that was taken up and never finished may have been done.
        let result = EffectResult::Unknown { reason: "it was not done in time".to_owned() };
        match self.tell(tenant, args.call, &Signal::Effect { effect, result }, Actor::Worker).await
        {
            Ok(_) | Err(CallError::NoSuchCall) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Tells a call that a time is reached.
    #[tracing::instrument(name = "timer.wake", skip_all, fields(call.id = %args.call, tenant.id = %leased.tenant))]
    pub async fn wake(&self, leased: &Leased, args: WorkArgs) -> Result<Done, CallError> {
        let loaded = self.current(leased.tenant, args.call).await?;
        // Legs may outlast their call.
        let counts = |timer: &Timer| *timer == Timer::CallOverdue || !loaded.call.is_over();
        let Some((timer, due)) = loaded.timer_of(args).filter(|(timer, _)| counts(timer)) else {
            return Ok(Done::Yes);
        };
        // The database's clock is ahead of ours. A watchdog that looked too early would never look again.
        if let Ok(early) = Duration::try_from(due - self.clock.now())
            && timer == Timer::CallOverdue
            && !early.is_zero()
        {
            return Ok(Done::Later { delay: early, why: "it is not due by our clock".to_owned() });
        }
        match self.tell(leased.tenant, args.call, &Signal::Due(timer), Actor::Worker).await {
            Ok(decision) => {
                self.count_ends(leased.tenant, &loaded.call, &decision).await.map(|()| Done::Yes)
            }
            Err(CallError::NoSuchCall) => Ok(Done::Yes),
            Err(error) => Err(error),
        }
    }
}

/// What the carrier is told of the leg that an effect is about.
struct Told {
    carrier_leg: Option<CarrierLeg>,
    place: LegPlace,
    voice: Voice,
    hold: Hold,
    is_over: bool,
}

impl Call {
    /// A leg of the call, or the one that the carrier made for a stream.
    fn told_of(&self, effect: &Effect) -> Option<Told> {
        if let Effect::StopStream { stream, .. } = effect {
            let stream = self.streams.get(stream)?;
            return Some(Told {
                carrier_leg: stream.carrier_leg.clone(),
                place: LegPlace::InRoom,
                voice: Voice::Muted,
                hold: Hold::Free,
                is_over: stream.leg_state == StreamLeg::Over,
            });
        }
        let leg = self.legs.get(&effect.leg())?;
        Some(Told {
            carrier_leg: leg.carrier_leg.clone(),
            place: leg.place(),
            voice: leg.in_room.voice_to_be(),
            hold: leg.in_room.hold_to_be(),
            is_over: matches!(leg.state, LegState::Ended { .. }),
        })
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

    /// What a call set itself, and for when.
    fn timer_of(&self, args: WorkArgs) -> Option<(Timer, OffsetDateTime)> {
        let (_, event) = self.events.iter().find(|(stored, _)| stored.id == args.event)?;
        match event {
            Event::TimerSet { timer, due } => Some((*timer, *due)),
            _ => None,
        }
    }
}

async fn act(
    client: &dyn CarrierClient,
    on: &OnLeg,
    effect: &Effect,
    event: &Event,
    policy: &Policy,
) -> Result<(), ControlError> {
    match effect {
        Effect::HangUp { .. } => client.hang_up(on).await,
        Effect::OpenDoor { .. } => client.send_digits(on, &policy.entrance.panel.tones()).await,
        Effect::Redirect { .. } => match event {
            Event::LegRedirected { script, .. } => client.redirect(on, script).await,
            _ => Ok(()),
        },
        Effect::ListenForKeys { .. } => client.listen_for_keys(on).await,
        Effect::Mute { .. } => client.mute(on).await,
        Effect::Unmute { .. } => client.unmute(on).await,
        Effect::Hold { .. } => client.hold(on).await,
        Effect::Resume { .. } => client.resume(on).await,
        Effect::Say { text, .. } => client.say(on, text, &policy.building.language).await,
        Effect::StartStream { stream, .. } => client.start_stream(on, *stream).await,
        Effect::StopStream { stream, .. } => client.stop_stream(on, *stream).await,
        // Asked for an answer, not for an effect.
        Effect::LookUp { .. } => Ok(()),
    }
}

impl Effect {
    /// Whether someone waits to see it happen.
    const fn is_awaited(&self) -> bool {
        match self {
            Self::OpenDoor { .. }
            | Self::Mute { .. }
            | Self::Unmute { .. }
            | Self::Hold { .. }
            | Self::Resume { .. }
            | Self::StartStream { .. }
            | Self::Say { .. } => true,
            Self::HangUp { .. }
            | Self::Redirect { .. }
            | Self::ListenForKeys { .. }
            | Self::LookUp { .. }
            | Self::StopStream { .. } => false,
        }
    }

    /// The leg it acts on.
    fn leg(&self) -> LegId {
        match self {
            Self::HangUp { leg }
            | Self::OpenDoor { leg, .. }
            | Self::Redirect { leg, .. }
            | Self::ListenForKeys { leg }
            | Self::Mute { leg }
            | Self::Unmute { leg }
            | Self::Hold { leg }
            | Self::Resume { leg }
            | Self::Say { leg, .. }
            | Self::LookUp { leg }
            | Self::StartStream { leg, .. }
            | Self::StopStream { leg, .. } => *leg,
        }
    }
}
