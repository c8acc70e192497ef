//! What live audio needs of the outside: where a call's audio goes, and somebody who is told what became of it.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use url::Url;

use super::Unavailable;
use crate::domain::ids::{BackendId, CallId, ConnectionId, LegId, StreamId, TenantId};
pub use crate::domain::policy::streams::{AudioFormat, Duplex, Framing, Need, OnLost};

/// Who knows which streams are expected, and wants to know how they went.
#[async_trait]
pub trait Streams: Send + Sync + Debug {
    /// The plan behind a stream that a carrier has begun on this connection. `None`: nobody expects it, so that it is closed.
    async fn plan(
        &self,
        provider: &'static str,
        connection: ConnectionId,
        start: &StreamStart,
    ) -> Result<Option<StreamPlan>, Unavailable>;

    /// What became of a stream: in order, and again if it was not taken. The same report twice means the same as once.
    async fn report(&self, plan: &StreamPlan, report: &StreamReport) -> Result<(), Unavailable>;
}

/// What a carrier says about a stream as it begins.
#[derive(Clone, PartialEq, Eq)]
pub struct StreamStart {
    /// The carrier's own id of the stream, where it has one.
    pub stream: Option<String>,
    /// The carrier's own id of the call, where it says.
    pub call: Option<String>,
    /// How the audio is written.
    pub encoding: Encoding,
    /// Whose voice comes.
    pub tracks: Vec<Track>,
    /// What we asked the carrier to say again: ids of ours, and a tenant's own.
    pub parameters: BTreeMap<String, String>,
}

/// Hidden, all but the format: parameters may hold anything.
impl Debug for StreamStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamStart")
            .field("encoding", &self.encoding)
            .field("tracks", &self.tracks)
            .finish_non_exhaustive()
    }
}

/// How a carrier writes audio; one channel always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// G.711 mu-law at 8,000 samples a second, a byte each.
    Mulaw,
    /// Signed 16-bit samples, little-endian.
    Pcm16 {
        /// Samples a second.
        rate: u32,
    },
}

impl Encoding {
    /// Samples a second.
    pub const fn rate(self) -> u32 {
        match self {
            Self::Mulaw => 8_000,
            Self::Pcm16 { rate } => rate,
        }
    }

    /// Bytes of a millisecond.
    pub const fn bytes_per_ms(self) -> u32 {
        match self {
            Self::Mulaw => 8,
            Self::Pcm16 { rate } => rate / 500,
        }
    }
}

/// Whose voice it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Track {
    /// What the leg says; of a conference, what all say.
    Inbound,
    /// What the leg hears.
    Outbound,
}

impl Track {
    /// As backends are told.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}

/// Where a call's audio goes.
#[derive(Clone, Debug)]
pub struct StreamPlan {
    /// Whose call it is.
    pub tenant: TenantId,
    /// The call.
    pub call: CallId,
    /// The leg that is listened to.
    pub leg: LegId,
    /// The stream itself.
    pub stream: StreamId,
    /// Whether a backend may speak into the call.
    pub duplex: Duplex,
    /// Who gets the audio; at most `media::BACKENDS_MAX`. The first that may speak is the one that is heard.
    pub backends: Vec<BackendPlan>,
    /// What a call is worth without its required backends.
    pub on_last_required_lost: OnLost,
    /// Told to each backend.
    pub parameters: BTreeMap<String, String>,
}

/// A backend, as one stream uses it.
#[derive(Clone)]
pub struct BackendPlan {
    /// Which.
    pub id: BackendId,
    /// Where: `wss`, or `ws` where private addresses are allowed.
    pub url: Url,
    /// The value of the `Authorization` header.
    pub authorization: Option<SecretString>,
    /// How it wants the audio.
    pub audio: AudioFormat,
    /// How it wants the audio wrapped.
    pub framing: Framing,
    /// Whether it may speak.
    pub duplex: Duplex,
    /// Whether the call is worth anything without it.
    pub need: Need,
}

/// Without the path, the query and what authenticates: they may be secrets of their owner's.
impl Debug for BackendPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackendPlan")
            .field("id", &self.id)
            .field("host", &self.url.host_str().unwrap_or_default())
            .field("need", &self.need)
            .finish_non_exhaustive()
    }
}

/// What became of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamReport {
    /// The carrier's audio comes; backends are being reached.
    Started,
    /// A backend takes the audio, for the first time.
    Connected {
        /// Which.
        backend: BackendId,
    },
    /// A backend is lost or could not be reached. It is tried again.
    Lost {
        /// Which.
        backend: BackendId,
        /// Why, in our words.
        why: &'static str,
    },
    /// A lost backend takes the audio again.
    Recovered {
        /// Which.
        backend: BackendId,
        /// Frames that it will never see.
        missed: u64,
    },
    /// A backend takes no audio any more, and is not tried again.
    Gone {
        /// Which.
        backend: BackendId,
        /// Why, in our words.
        why: &'static str,
    },
    /// No required backend is left, or none was back in time.
    RequiredGone {
        /// What the plan says about that.
        then: OnLost,
    },
    /// It is over.
    Ended {
        /// Why.
        reason: EndReason,
        /// How long it was.
        lasted: Duration,
        /// Frames that came from the carrier.
        frames: u64,
        /// What each backend got, in the plan's order.
        backends: Vec<BackendCounts>,
    },
}

/// What a backend got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackendCounts {
    /// Which.
    pub backend: BackendId,
    /// Frames handed to it.
    pub sent: u64,
    /// Frames dropped because it was too slow or away.
    pub missed: u64,
    /// Times that it was connected.
    pub connections: u64,
    /// Messages that it spoke into the call.
    pub spoken: u64,
}

/// Why a stream is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The carrier said so: the call ended, or the stream was stopped.
    CallEnded,
    /// The carrier's connection was lost.
    CarrierLost,
    /// The carrier sent something that can not be understood.
    CarrierMisbehaved,
    /// No required backend was left, and the call is worth nothing without.
    RequiredBackendsGone,
    /// All backends said good-bye.
    EveryBackendGone,
    /// Somebody here stopped it.
    Stopped,
    /// This process is about to end.
    ServerEnding,
}

impl EndReason {
    /// As backends are told, and for a metric.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CallEnded => "call_ended",
            Self::CarrierLost => "carrier_lost",
            Self::CarrierMisbehaved => "carrier_misbehaved",
            Self::RequiredBackendsGone => "required_backends_gone",
            Self::EveryBackendGone => "every_backend_gone",
            Self::Stopped => "stopped",
            Self::ServerEnding => "server_ending",
        }
    }
}
