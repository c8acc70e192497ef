//! Live audio: one carrier's socket in, any number of backends out. Nothing that a slow backend could hold up.
//!
//! The audio of a call stands in one ring of `RING` frames that all its backends read, each at its own pace: who falls further
//! behind misses the oldest frames, and is told how many. A call therefore costs the same memory however many of its backends
//! are slow: with a carrier's usual 20 ms frames some 100 KiB, at most `RING` × (`FRAME_BYTES_MAX` of audio, twice that as samples,
//! and both in base64) ≈ 1.9 MiB; and for each backend the buffers of its socket.

mod backend;
mod dial;
mod dialect;
mod frame;
pub mod g711;
pub mod live;
mod protocol;
mod proxy;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use crate::domain::webhook::address::PrivateAddresses;

pub use self::dial::{Lookup, SystemLookup};
pub use self::dialect::Dialect;
pub use self::live::Live;
pub use self::protocol::SUBPROTOCOL;
pub use self::proxy::{Proxy, Upgraded};

/// Backends of one stream.
pub const BACKENDS_MAX: usize = 16;
/// Frames of a call that are kept for backends that are behind: 5.12 s of a carrier's 20 ms frames.
pub const RING: usize = 256;
/// Audio in one frame; what a carrier sends in one piece beyond that is cut.
pub const FRAME_BYTES_MAX: usize = 1_024;
/// The longest message that is read, from a carrier or from a backend.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1_024;

/// How patient live audio is.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether backends may be inside the operator's own network.
    pub private: PrivateAddresses,
    /// Who knows where names are.
    pub lookup: Arc<dyn Lookup>,
    /// Streams at a time on one connection.
    pub streams_per_connection: usize,
    /// Streams at a time in this process.
    pub streams: usize,
    /// How long a carrier may say nothing after its upgrade.
    pub start_within: Duration,
    /// How long a carrier may say nothing once it has begun.
    pub carrier_silent: Duration,
    /// How long reaching a backend may take: looking it up, connecting, TLS and the upgrade.
    pub connect_within: Duration,
    /// How long a backend may say nothing, not even pong. It is pinged three times in that time.
    pub backend_silent: Duration,
    /// How long to wait before a backend is tried again, the first time; doubled each time, up to `retry_max`, and spread by chance.
    pub retry_first: Duration,
    /// The longest wait before a backend is tried again.
    pub retry_max: Duration,
    /// How long the last required backend may be away until the plan's word about that counts.
    pub required_back_within: Duration,
    /// How long backends get to take what is left and the good-bye, once a stream is over.
    pub linger: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            private: PrivateAddresses::Refused,
            lookup: Arc::new(SystemLookup),
            streams_per_connection: 1_000,
            streams: 5_000,
            start_within: Duration::from_secs(10),
            carrier_silent: Duration::from_secs(60),
            connect_within: Duration::from_secs(5),
            backend_silent: Duration::from_secs(10),
            retry_first: Duration::from_millis(250),
            retry_max: Duration::from_secs(5),
            required_back_within: Duration::from_secs(15),
            linger: Duration::from_secs(2),
        }
    }
}
