//! What the carriers' audio sockets have in common: what is heard on one, and what can be wrong with it. Each dialect's
//! `media` reads and writes its own messages.

use bytes::Bytes;
use thiserror::Error;

use crate::application::ports::streams::{StreamStart, Track};

/// Something that came from a carrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The stream begins.
    Start(StreamStart),
    /// Audio.
    Audio {
        /// Whose voice.
        track: Track,
        /// Milliseconds since the stream's beginning, where the carrier says.
        timestamp_ms: Option<u64>,
        /// As it came, without base64.
        payload: Bytes,
    },
    /// A key was pressed.
    Key(char),
    /// What was queued before this mark has been played.
    Mark(String),
    /// What was queued is cleared.
    Cleared,
    /// The stream is over.
    Stop,
    /// Nothing that matters, or nothing that we know.
    Nothing,
}

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Wrong {
    /// Bytes where text is due.
    #[error("a binary message where text is due")]
    Binary,
    /// Not JSON, or not of the shape that its event has.
    #[error("a message that can not be read")]
    Json,
    /// Audio that is not base64.
    #[error("audio that is not base64")]
    Base64,
    /// Half a sample.
    #[error("audio that ends within a sample")]
    HalfSample,
    /// Audio in a format that we do not speak.
    #[error("audio in a format that is not spoken here")]
    Format,
    /// A beginning that does not say of which call.
    #[error("a start without a call")]
    NoCall,
    /// Audio, a key or an end before the beginning, or a second beginning.
    #[error("a message out of order")]
    Order,
    /// More than a message may hold.
    #[error("a message that is too long")]
    TooLong,
    /// Not a WebSocket's frames.
    #[error("frames that are no WebSocket's")]
    Framing,
}

impl Wrong {
    /// The close code that answers it (RFC 6455, 7.4.1).
    pub const fn close_code(self) -> u16 {
        match self {
            Self::Framing => 1002,
            Self::Binary | Self::Format => 1003,
            Self::Json | Self::Base64 | Self::HalfSample => 1007,
            Self::NoCall | Self::Order => 1008,
            Self::TooLong => 1009,
        }
    }

    /// For a metric.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Json => "json",
            Self::Base64 => "base64",
            Self::HalfSample => "half_sample",
            Self::Format => "format",
            Self::NoCall => "no_call",
            Self::Order => "order",
            Self::TooLong => "too_long",
            Self::Framing => "framing",
        }
    }
}
