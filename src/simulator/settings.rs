//! Everything that can be set on a simulator, and the applications that it plays carrier for.

use std::{fmt, net::SocketAddr, time::Duration};

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, macros::datetime};

use super::{clock::ClockKind, network::Network, sipgate::SipgateAccount, twilio::TwilioAccount};

#[derive(Clone, Debug)]
pub struct Settings {
    /// Port 0 takes any free one.
    pub listen: SocketAddr,
    pub applications: Vec<Application>,
    pub clock: ClockKind,
    /// Fixes the identifiers that are given out; fresh ones if absent.
    pub seed: Option<u64>,
    /// 1 speaks a character in 60 ms, 10 is ten times as fast.
    pub speech_speed: f64,
    /// How long a played file lasts.
    pub file_length: Duration,
    /// From the arrival of an inbound call until the platform has picked it up.
    pub pick_up_after: Duration,
    /// From an accepted dial until the first news about it.
    pub dial_delay: Duration,
    /// How long telling a person from a machine takes.
    pub detection_takes: Duration,
    /// A leg younger than this can not be hung up (400).
    pub too_early_to_hang_up: Option<Duration>,
    /// Dials per second beyond which 429 is answered.
    pub creations_per_second: Option<usize>,
    /// Other requests per second beyond which 429 is answered.
    pub requests_per_second: Option<usize>,
    /// The network for calls that no scenario describes.
    pub network: Network,
    /// Told to the answer webhook.
    pub region_url: String,
    /// Whether a repeated delivery carries the `jti` of the first.
    pub same_jti_on_retry: bool,
    /// Whether the hash over a GET's parameters includes those that the configured URL already had.
    pub hash_own_parameters: bool,
    /// Whether keys are only posted to a subscriber while an asynchronous input is in force.
    pub keys_need_asynchronous_input: bool,
    pub twilio_accounts: Vec<TwilioAccount>,
    /// The longest that Twilio waits for any reply, retries included.
    pub twilio_reply_max: Duration,
    /// Added to the ring time that a Twilio customer asks for.
    pub twilio_ring_buffer: Duration,
    /// The number of a Twilio conference's first callback.
    pub twilio_conference_sequence_from: u64,
    pub sipgate_accounts: Vec<SipgateAccount>,
    /// The longest that sipgate waits for an answer before it puts the call through.
    pub sipgate_reply_max: Duration,
    /// How long sipgate lets phones ring that nobody picks up: the customer can not say.
    pub sipgate_ring_max: Duration,
    /// Whether the bytes that came back over a media stream are kept, beside their count and digest.
    pub keep_stream_bytes: bool,
    /// Records kept of each kind; the oldest go first.
    pub records_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            applications: Vec::new(),
            clock: ClockKind::Real,
            seed: None,
            speech_speed: 1.0,
            file_length: Duration::from_secs(10),
            pick_up_after: Duration::from_millis(300),
            dial_delay: Duration::from_millis(100),
            detection_takes: Duration::from_secs(2),
            too_early_to_hang_up: Some(Duration::from_secs(2)),
            creations_per_second: None,
            requests_per_second: None,
            network: Network::default(),
            region_url: "https://api-eu-3.vonage.com".into(),
            same_jti_on_retry: true,
            hash_own_parameters: true,
            keys_need_asynchronous_input: true,
            twilio_accounts: Vec::new(),
            twilio_reply_max: Duration::from_secs(15),
            twilio_ring_buffer: Duration::ZERO,
            twilio_conference_sequence_from: 1,
            sipgate_accounts: Vec::new(),
            sipgate_reply_max: Duration::from_secs(10),
            sipgate_ring_max: Duration::from_secs(120),
            keep_stream_bytes: false,
            records_max: 100_000,
        }
    }
}

impl Settings {
    /// For tests: time stands still until it is moved, and a leg can be hung up at once.
    #[must_use]
    pub fn with_virtual_clock() -> Self {
        const NOON: OffsetDateTime = datetime!(2026-03-02 12:00 UTC);
        Self {
            clock: ClockKind::Virtual { start: NOON },
            too_early_to_hang_up: None,
            ..Self::default()
        }
    }
}

/// An application as the carrier knows it: numbers, webhooks, and the keys of both sides.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    pub id: String,
    pub api_key: String,
    /// Signs what the carrier sends.
    #[serde(skip_serializing)]
    pub signature_secret: String,
    /// PEM; checks what the carrier is sent.
    pub public_key: String,
    pub answer_url: String,
    #[serde(default)]
    pub answer_method: Method,
    #[serde(default)]
    pub event_url: Option<String>,
    #[serde(default = "Method::post")]
    pub event_method: Method,
    #[serde(default)]
    pub fallback_answer_url: Option<String>,
    #[serde(default)]
    pub fallback_method: Method,
    #[serde(default = "Timeouts::answer")]
    pub answer_timeouts: Timeouts,
    #[serde(default = "Timeouts::answer")]
    pub fallback_timeouts: Timeouts,
    #[serde(default = "Timeouts::event")]
    pub event_timeouts: Timeouts,
    #[serde(default = "yes")]
    pub signed_callbacks: bool,
    /// E.164 without `+`; one with `+` is taken as well.
    #[serde(default)]
    pub numbers: Vec<String>,
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application")
            .field("id", &self.id)
            .field("answer_url", &self.answer_url)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    #[default]
    Get,
    Post,
}

impl Method {
    const fn post() -> Self {
        Self::Post
    }
}

/// How long the carrier waits for a connection, and then for an answer.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq, Hash)]
#[serde(deny_unknown_fields)]
pub struct Timeouts {
    pub connect_ms: u64,
    pub socket_ms: u64,
}

impl Timeouts {
    #[must_use]
    pub const fn answer() -> Self {
        Self { connect_ms: 1000, socket_ms: 5000 }
    }

    #[must_use]
    pub const fn event() -> Self {
        Self { connect_ms: 1000, socket_ms: 10_000 }
    }
}

const fn yes() -> bool {
    true
}
