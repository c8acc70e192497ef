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
            | Self::EntranceBlocked { .. }
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

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;
    use crate::domain::call::event::{DialRequested, Opener, StreamRequested, Target};
    use crate::domain::call::script::Script;
    use crate::domain::ids::StreamId;
    use crate::domain::personal::Personal;
    use crate::domain::phone_number::PhoneNumber;
    use crate::domain::policy::flow::AcceptMode;
    use crate::domain::policy::streams::{Duplex, OnLost};

    const NOON: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);
    const LEG: LegId = LegId::from_uuid(Uuid::from_u128(1));
    const STREAM: StreamId = StreamId::from_uuid(Uuid::from_u128(2));

    fn id<T: From<Uuid>>(n: u128) -> T {
        T::from(Uuid::from_u128(n))
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn at_once(effect: Effect, worth: u64) -> Option<Order> {
        let (delay, expires_in) = (Duration::ZERO, seconds(worth));
        Some(Order { task: Task::Cause(effect), delay, expires_in })
    }

    fn dial(by: By) -> Event {
        Event::DialRequested(DialRequested {
            leg: LEG,
            step: 1,
            target: Target::Concierge,
            number: Personal::of(id(3), PhoneNumber::parse("+447700900101").unwrap()),
            number_index: 0,
            attempt: 1,
            accept: AcceptMode::Key,
            not_before: NOON + seconds(5),
            deadline: NOON + seconds(25),
            ring_until: NOON + seconds(60),
            by,
        })
    }

    fn opening(by: By) -> Event {
        Event::DoorOpenRequested {
            opening: 2,
            leg: LEG,
            opener: Opener::Concierge,
            asked_at: NOON,
            delay_ms: 1_500,
            by,
        }
    }

    fn stream(kind: StreamKind) -> Event {
        Event::StreamRequested(StreamRequested {
            stream: STREAM,
            leg: LEG,
            kind,
            building: id(4),
            line: id(5),
            backends: vec![],
            duplex: Duplex::OneWay,
            on_last_required_lost: OnLost::EndCall,
        })
    }

    #[test]
    fn a_leg_is_dialled_from_its_time_on_until_its_deadline() {
        let task = Task::Dial(LEG);
        let order = |delay, expires_in| {
            let (delay, expires_in) = (seconds(delay), seconds(expires_in));
            Some(Order { task: task.clone(), delay, expires_in })
        };

        assert_eq!(dial(By::Request).order(NOON), order(5, 25));
        assert_eq!(dial(By::Request).order(NOON + seconds(20)), order(0, 5));
        assert_eq!(dial(By::Request).order(NOON + seconds(30)), order(0, 0));
    }

    #[test]
    fn what_the_script_does_itself_is_no_work() {
        assert_eq!(dial(By::Script).order(NOON), None);
        assert_eq!(opening(By::Script).order(NOON), None);
        for kind in [StreamKind::Line, StreamKind::Fork, StreamKind::Invited] {
            assert_eq!(stream(kind).order(NOON), None, "{kind:?}");
        }
    }

    #[test]
    fn an_opening_is_worth_sending_for_ten_seconds() {
        let task = Task::Cause(Effect::OpenDoor { leg: LEG, opening: 2 });
        let delay = Duration::from_millis(1_500);
        let order = Order { task, delay, expires_in: seconds(10) };

        assert_eq!(opening(By::Request).order(NOON), Some(order));
    }

    #[test]
    fn a_leg_that_is_hung_up_later_is_worth_it_until_half_a_minute_after_that() {
        for (delay_ms, delay) in [(0, 0), (4_000, 4), (40_000, 40)] {
            let task = Task::Cause(Effect::HangUp { leg: LEG });
            let order = Order { task, delay: seconds(delay), expires_in: seconds(delay + 30) };

            assert_eq!(Event::HangUpRequested { leg: LEG, delay_ms }.order(NOON), Some(order));
        }
    }

    #[test]
    fn a_timer_that_is_late_counts_for_a_day() {
        let timer = Timer::GroupOver { step: 3 };
        let order = |due| Event::TimerSet { timer, due }.order(NOON);
        let wake = |delay: u64| {
            let (delay, expires_in) = (seconds(delay), seconds(delay + 86_400));
            Some(Order { task: Task::Wake(timer), delay, expires_in })
        };

        assert_eq!(order(NOON + seconds(25)), wake(25));
        assert_eq!(order(NOON), wake(0));
        assert_eq!(order(NOON - seconds(25)), wake(0));
    }

    #[test]
    fn an_effect_on_a_leg_is_caused_at_once() {
        let redirected = Event::LegRedirected { leg: LEG, redirection: 4, script: Script::of([]) };
        let text = "Please speak up.".to_owned();
        for (event, effect) in [
            (redirected, Effect::Redirect { leg: LEG, redirection: 4 }),
            (Event::KeysListenedFor { leg: LEG }, Effect::ListenForKeys { leg: LEG }),
            (Event::MuteRequested { leg: LEG }, Effect::Mute { leg: LEG }),
            (Event::UnmuteRequested { leg: LEG }, Effect::Unmute { leg: LEG }),
            (Event::HoldRequested { leg: LEG }, Effect::Hold { leg: LEG }),
            (Event::ResumeRequested { leg: LEG }, Effect::Resume { leg: LEG }),
            (Event::SayRequested { leg: LEG, text: text.clone() }, Effect::Say { leg: LEG, text }),
            (
                Event::StreamStopRequested { stream: STREAM },
                Effect::StopStream { leg: STREAM.into(), stream: STREAM },
            ),
            (Event::LegSought { leg: LEG, attempt: 1 }, Effect::LookUp { leg: LEG }),
        ] {
            assert_eq!(event.order(NOON), at_once(effect, 30));
        }
    }

    #[test]
    fn a_copy_of_the_audio_that_is_asked_for_is_worth_beginning_for_a_quarter_of_a_minute() {
        let start = Effect::StartStream { leg: LEG, stream: STREAM };

        assert_eq!(stream(StreamKind::RequestedFork).order(NOON), at_once(start, 15));
    }

    #[test]
    fn what_has_happened_is_no_work() {
        for event in [
            Event::LegRinging { leg: LEG },
            Event::LegAnswered { leg: LEG },
            Event::DialStarted { leg: LEG },
            Event::StreamStarted { stream: STREAM },
        ] {
            assert_eq!(event.order(NOON), None);
        }
    }
}
