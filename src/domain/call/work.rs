//! What is to be done because of an event: the rest of the system reads it here, and nowhere else.

use std::time::Duration;

use time::OffsetDateTime;

use super::event::{By, Event};
use super::signal::{Effect, Timer};
use super::stream::StreamKind;
use crate::domain::ids::LegId;

/// How long an effect on a leg is worth trying.
const EFFECT_IS_WORTH: Duration = Duration::from_secs(30);
/// How long after the key press an open command is worth sending: nobody expects a door to open later.
const OPENING_IS_WORTH: Duration = Duration::from_secs(10);
/// How long a copy of a call's audio is worth beginning: what was said before is lost.
const STREAM_IS_WORTH: Duration = Duration::from_secs(15);
/// How long a timer that is late still counts: a call must end even if every worker was down.
const TIMER_IS_WORTH: Duration = Duration::from_secs(24 * 3600);

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// What.
    pub task: Task,
    /// Not before so long from now.
    pub delay: Duration,
    /// Worthless so long from now.
    pub expires_in: Duration,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Place this leg, once.
    Dial(LegId),
    /// Cause this effect.
    Cause(Effect),
    /// Tell the call that this time is reached.
    Wake(Timer),
}

impl Event {
    /// What is to be done because of this event, recorded at `at`.
    #[expect(clippy::too_many_lines, reason = "one arm an event type")]
    pub fn order(&self, at: OffsetDateTime) -> Option<Order> {
        match self {
            Self::DialRequested(dial) if dial.by == By::Script => None,
            Self::DoorOpenRequested { by: By::Script, .. } => None,
            Self::DialRequested(dial) => Some(Order {
                task: Task::Dial(dial.leg),
                delay: until(dial.not_before, at),
                expires_in: until(dial.deadline, at),
            }),
            Self::HangUpRequested { leg, delay_ms } => {
                let delay = Duration::from_millis(u64::from(*delay_ms));
                Some(Order {
                    task: Task::Cause(Effect::HangUp { leg: *leg }),
                    delay,
                    expires_in: delay + EFFECT_IS_WORTH,
                })
            }
            Self::DoorOpenRequested { leg, opening, delay_ms, .. } => Some(Order {
                delay: Duration::from_millis(u64::from(*delay_ms)),
                ..now(Effect::OpenDoor { leg: *leg, opening: *opening }, OPENING_IS_WORTH)
            }),
            Self::LegRedirected { leg, redirection, .. } => Some(now(
                Effect::Redirect { leg: *leg, redirection: *redirection },
                EFFECT_IS_WORTH,
            )),
            Self::KeysListenedFor { leg } => {
                Some(now(Effect::ListenForKeys { leg: *leg }, EFFECT_IS_WORTH))
            }
            Self::MuteRequested { leg } => Some(now(Effect::Mute { leg: *leg }, EFFECT_IS_WORTH)),
            Self::UnmuteRequested { leg } => {
                Some(now(Effect::Unmute { leg: *leg }, EFFECT_IS_WORTH))
            }
            Self::HoldRequested { leg } => Some(now(Effect::Hold { leg: *leg }, EFFECT_IS_WORTH)),
            Self::ResumeRequested { leg } => {
                Some(now(Effect::Resume { leg: *leg }, EFFECT_IS_WORTH))
            }
            Self::SayRequested { leg, text } => {
                Some(now(Effect::Say { leg: *leg, text: text.clone() }, EFFECT_IS_WORTH))
            }
            Self::StreamRequested(wanted) if wanted.kind == StreamKind::RequestedFork => Some(now(
                Effect::StartStream { leg: wanted.leg, stream: wanted.stream },
                STREAM_IS_WORTH,
            )),
            Self::StreamStopRequested { stream } => Some(now(
                Effect::StopStream { leg: (*stream).into(), stream: *stream },
                EFFECT_IS_WORTH,
            )),
            Self::LegSought { leg, .. } => Some(now(Effect::LookUp { leg: *leg }, EFFECT_IS_WORTH)),
            Self::TimerSet { timer, due } => {
                let delay = until(*due, at);
                Some(Order { task: Task::Wake(*timer), delay, expires_in: delay + TIMER_IS_WORTH })
            }
            Self::CallRang(_)
            | Self::CallOrdered(_)
            | Self::CallWatched { .. }
            | Self::CallPutThrough { .. }
            | Self::LegSentOn { .. }
            | Self::CallDiscovered(_)
            | Self::PartyReached { .. }
            | Self::CallerAdmitted { .. }
            | Self::CallerRefused { .. }
            | Self::UnitCodeAsked { .. }
            | Self::UnitCodeWrong { .. }
            | Self::UnitChosen { .. }
            | Self::PinAsked { .. }
            | Self::PinAccepted { .. }
            | Self::PinRefused { .. }
            | Self::CallerBlocked { .. }
            | Self::GroupStarted { .. }
            | Self::ResidentSkipped { .. }
            | Self::GroupSkipped { .. }
            | Self::DialStarted { .. }
            | Self::DialDropped { .. }
            | Self::DialPlaced { .. }
            | Self::DialRefused { .. }
            | Self::DialUnknown { .. }
            | Self::DialExpired { .. }
            | Self::LegIdentified { .. }
            | Self::LegRinging { .. }
            | Self::LegAnswered { .. }
            | Self::LegHeardHuman { .. }
            | Self::LegHeardMachine { .. }
            | Self::AcceptAsked { .. }
            | Self::RoomNamed { .. }
            | Self::RoomStarted { .. }
            | Self::LegJoined { .. }
            | Self::LegLeft { .. }
            | Self::LegModified { .. }
            | Self::SpeechStarted { .. }
            | Self::SpeechStopped { .. }
            | Self::AnnouncementEnded { .. }
            | Self::AnnouncementFailed { .. }
            | Self::RoomEnded { .. }
            | Self::LegHeld { .. }
            | Self::LegResumed { .. }
            | Self::LegEnded { .. }
            | Self::LegTroubled { .. }
            | Self::CallAccepted { .. }
            | Self::CallDeclined { .. }
            | Self::TalkExtended { .. }
            | Self::DoorOpened { .. }
            | Self::DoorOpenFailed { .. }
            | Self::LegMuted { .. }
            | Self::LegUnmuted { .. }
            | Self::EffectFailed { .. }
            | Self::ManagerStepped { .. }
            | Self::LegRemoved { .. }
            | Self::StreamRequested(_)
            | Self::StreamNamed { .. }
            | Self::StreamStarted { .. }
            | Self::StreamBackendConnected { .. }
            | Self::StreamBackendLost { .. }
            | Self::StreamBackendRecovered { .. }
            | Self::StreamBackendGone { .. }
            | Self::StreamRequiredGone { .. }
            | Self::StreamLegEnded { .. }
            | Self::StreamEnded { .. }
            | Self::FlowDegraded { .. }
            | Self::CallClosing { .. }
            | Self::CallEnded { .. } => None,
        }
    }
}

fn now(effect: Effect, worth: Duration) -> Order {
    Order { task: Task::Cause(effect), delay: Duration::ZERO, expires_in: worth }
}

fn until(instant: OffsetDateTime, at: OffsetDateTime) -> Duration {
    (instant - at).try_into().unwrap_or(Duration::ZERO)
}
