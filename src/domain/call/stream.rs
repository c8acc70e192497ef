//! A stream: a call's audio on its way to the firm's backends, as far as it is known. Reports come late, twice and shuffled.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::HangUp;
use super::event::{Event, StreamRequested};
use super::signal::CarrierLeg;
use crate::domain::ids::{BackendId, LegId, StreamId};
use crate::domain::policy::streams::OnLost;

/// A stream, as its events say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// The leg that is heard.
    pub leg: LegId,
    /// How it comes about.
    pub kind: StreamKind,
    /// How far it is.
    pub state: StreamState,
    /// Its backends.
    pub backends: BTreeMap<BackendId, BackendState>,
    /// Whether there is a required backend left.
    pub required: Required,
    /// The carrier's name for the leg that it made for the stream, where it makes one.
    pub carrier_leg: Option<CarrierLeg>,
    /// Whether that leg is over.
    pub leg_state: StreamLeg,
    /// Whether the carrier shall end it.
    pub stop: HangUp,
}

/// How a stream comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamKind {
    /// The caller's line leads to the backends: they are who the caller talks to.
    Line,
    /// A copy of a visit, by a step of the leg's script.
    Fork,
    /// A copy of a visit, by a request of its own.
    RequestedFork,
    /// Of a call that is not ours, on an invitation of ours.
    Invited,
}

/// How far a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamState {
    /// Wanted; the carrier has not begun it.
    Requested,
    /// Audio comes.
    Running,
    /// Over, or it never came.
    Ended,
}

/// How a backend of a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackendState {
    /// Not reached yet.
    Waiting,
    /// It takes the audio.
    Connected,
    /// It was connected, or could not be; it is tried again.
    Lost,
    /// It is not tried again.
    Gone,
}

/// Whether there is a required backend left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Required {
    /// Yes, or none was ever required.
    #[default]
    There,
    /// No.
    Gone,
}

/// Whether the leg that the carrier made for a stream is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StreamLeg {
    /// Not as far as we know.
    #[default]
    Alive,
    /// Yes.
    Over,
}

/// What is told of a stream by whoever moves its audio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamNews {
    /// The carrier's audio comes.
    Started,
    /// A backend takes it, for the first time.
    Connected(BackendId),
    /// A backend is lost, and tried again.
    Lost {
        /// Which.
        backend: BackendId,
        /// Why, in our words.
        why: String,
    },
    /// A lost backend takes it again.
    Recovered {
        /// Which.
        backend: BackendId,
        /// Frames that it will never see.
        missed: u64,
    },
    /// A backend takes no audio any more.
    Gone {
        /// Which.
        backend: BackendId,
        /// Why, in our words.
        why: String,
    },
    /// No required backend is left, or none was back in time.
    RequiredGone {
        /// What the firm wants then.
        then: OnLost,
    },
    /// It is over.
    Ended(StreamEnd),
}

/// How a stream ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamEnd {
    /// Why.
    pub reason: StreamEndReason,
    /// How long it was, in milliseconds.
    pub lasted_ms: u64,
    /// Frames that came from the carrier.
    pub frames: u64,
    /// What each backend got.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backends: Vec<BackendTally>,
}

/// What a backend got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackendTally {
    /// Which.
    pub backend: BackendId,
    /// Frames handed to it.
    pub sent: u64,
    /// Frames dropped because it was too slow or away.
    pub dropped: u64,
}

/// Why a stream is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamEndReason {
    /// The call ended, or the carrier was told to stop it.
    CallEnded,
    /// The carrier's connection was lost.
    CarrierLost,
    /// The carrier sent something that can not be understood.
    CarrierMisbehaved,
    /// The carrier refused to begin it.
    CarrierRefused,
    /// The carrier never began it.
    NeverCame,
    /// No required backend was left, and the call is worth nothing without.
    RequiredBackendsGone,
    /// All backends said good-bye.
    EveryBackendGone,
    /// Somebody stopped it.
    Stopped,
    /// Our process ended.
    ServerEnding,
}

impl StreamEndReason {
    /// For people.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::CallEnded => "the call ended",
            Self::CarrierLost => "the carrier's connection was lost",
            Self::CarrierMisbehaved => "the carrier sent something unreadable",
            Self::CarrierRefused => "the carrier refused it",
            Self::NeverCame => "the carrier never began it",
            Self::RequiredBackendsGone => "no required backend was left",
            Self::EveryBackendGone => "every backend said good-bye",
            Self::Stopped => "it was stopped",
            Self::ServerEnding => "our server was stopped",
        }
    }
}

impl StreamEnd {
    /// Nothing ever came.
    pub const fn without_audio(reason: StreamEndReason) -> Self {
        Self { reason, lasted_ms: 0, frames: 0, backends: Vec::new() }
    }
}

impl Stream {
    /// As it is wanted.
    pub fn requested(wanted: &StreamRequested) -> Self {
        Self {
            leg: wanted.leg,
            kind: wanted.kind,
            state: StreamState::Requested,
            backends: wanted.backends.iter().map(|id| (*id, BackendState::Waiting)).collect(),
            required: Required::There,
            carrier_leg: None,
            leg_state: StreamLeg::Alive,
            stop: HangUp::NotWanted,
        }
    }

    /// What is to be written down because of this news: nothing, if it changes nothing.
    pub fn hear(&self, stream: StreamId, news: &StreamNews) -> Option<Event> {
        if self.state == StreamState::Ended {
            return None;
        }
        let backend_is = |backend: &BackendId| self.backends.get(backend).copied();
        let is_news = match news {
            StreamNews::Started => self.state == StreamState::Requested,
            StreamNews::Connected(backend) => {
                matches!(backend_is(backend), Some(BackendState::Waiting | BackendState::Lost))
            }
            StreamNews::Recovered { backend, .. } => {
                matches!(backend_is(backend), Some(BackendState::Waiting | BackendState::Lost))
            }
            StreamNews::Lost { backend, .. } => {
                matches!(backend_is(backend), Some(BackendState::Waiting | BackendState::Connected))
            }
            StreamNews::Gone { backend, .. } => {
                backend_is(backend).is_some_and(|state| state != BackendState::Gone)
            }
            StreamNews::RequiredGone { .. } => self.required == Required::There,
            StreamNews::Ended(_) => true,
        };
        is_news.then(|| event(stream, news))
    }

    /// The state after this event.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most events are about no stream")]
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::StreamStarted { .. } => self.state = StreamState::Running,
            Event::StreamNamed { carrier_leg, .. } => self.carrier_leg = Some(carrier_leg.clone()),
            Event::StreamLegEnded { .. } => self.leg_state = StreamLeg::Over,
            Event::StreamBackendConnected { backend, .. }
            | Event::StreamBackendRecovered { backend, .. } => {
                self.backend_is(*backend, BackendState::Connected)
            }
            Event::StreamBackendLost { backend, .. } => {
                self.backend_is(*backend, BackendState::Lost)
            }
            Event::StreamBackendGone { backend, .. } => {
                self.backend_is(*backend, BackendState::Gone)
            }
            Event::StreamRequiredGone { .. } => self.required = Required::Gone,
            Event::StreamStopRequested { .. } => self.stop = HangUp::Wanted,
            Event::StreamEnded { .. } => self.state = StreamState::Ended,
            _ => {}
        }
    }

    fn backend_is(&mut self, backend: BackendId, state: BackendState) {
        if let Some(known) = self.backends.get_mut(&backend) {
            *known = state;
        }
    }
}

fn event(stream: StreamId, news: &StreamNews) -> Event {
    match news {
        StreamNews::Started => Event::StreamStarted { stream },
        StreamNews::Connected(backend) => {
            Event::StreamBackendConnected { stream, backend: *backend }
        }
        StreamNews::Lost { backend, why } => {
            Event::StreamBackendLost { stream, backend: *backend, why: why.clone() }
        }
        StreamNews::Recovered { backend, missed } => {
            Event::StreamBackendRecovered { stream, backend: *backend, missed: *missed }
        }
        StreamNews::Gone { backend, why } => {
            Event::StreamBackendGone { stream, backend: *backend, why: why.clone() }
        }
        StreamNews::RequiredGone { then } => Event::StreamRequiredGone { stream, then: *then },
        StreamNews::Ended(end) => Event::StreamEnded { stream, end: end.clone() },
    }
}

#[cfg(test)]
mod stories;
