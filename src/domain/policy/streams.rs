//! Where a call's audio goes, besides to people: the firm's own backends, and what a call is worth without them.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::domain::ids::BackendId;
use crate::domain::webhook::address::{Address, AddressError, PrivateAddresses};

/// Backends in one set.
pub const BACKENDS_MAX: usize = 8;

/// The backends that a line's calls are heard by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamSet {
    /// In the firm's order; none: nothing is streamed.
    pub backends: Vec<StreamBackend>,
    /// What a call is worth without its required ones.
    pub on_last_required_lost: OnLost,
}

/// A backend, as far as calls are decided by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamBackend {
    /// Its id.
    pub id: BackendId,
    /// Whether it may speak.
    pub duplex: Duplex,
    /// Whether the call is worth anything without it.
    pub need: Need,
}

/// Which way audio goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duplex {
    /// From the call only.
    #[default]
    OneWay,
    /// Into the call as well.
    BothWays,
}

impl Duplex {
    /// As backends are told.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneWay => "one_way",
            Self::BothWays => "both_ways",
        }
    }
}

/// How a backend wants the audio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AudioFormat {
    /// Byte for byte as the carrier sends it.
    #[default]
    AsReceived,
    /// Signed 16-bit samples, little-endian, at the carrier's rate.
    Pcm16,
}

/// How a backend wants the audio wrapped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// A binary message a frame: the audio and nothing else.
    #[default]
    Binary,
    /// A text message a frame: JSON with sequence, time, track and the audio in base64.
    Json,
}

impl Framing {
    /// As backends are told.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Json => "json",
        }
    }
}

/// Whether a call is worth anything without a backend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// No, once it is the last such.
    #[default]
    Required,
    /// Yes.
    BestEffort,
}

/// What a call is worth without its required backends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnLost {
    /// Nothing: the stream ends, and the call should.
    #[default]
    EndCall,
    /// It goes on, with the backends that are left.
    CarryOn,
}

impl StreamSet {
    /// Whether one of the backends may speak.
    pub fn duplex(&self) -> Duplex {
        let speaks = self.backends.iter().any(|backend| backend.duplex == Duplex::BothWays);
        if speaks { Duplex::BothWays } else { Duplex::OneWay }
    }
}

/// Reads where a backend is: `wss`, by the rules that hold for webhooks; `ws` and private hosts where the operator allows them.
pub fn backend_address(text: &str, private: PrivateAddresses) -> Result<Url, BackendAddressError> {
    Address::parse(&as_web(text)?, private)?;
    Url::parse(text).map_err(|_| BackendAddressError::NotWss)
}

/// The same place as a web address, which the rules are written for.
pub fn as_web(text: &str) -> Result<String, BackendAddressError> {
    let rest = text.strip_prefix("wss://").map(|rest| format!("https://{rest}"));
    let rest = rest.or_else(|| text.strip_prefix("ws://").map(|rest| format!("http://{rest}")));
    rest.ok_or(BackendAddressError::NotWss)
}

/// Why a backend may not be there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackendAddressError {
    /// Something else than a WebSocket over TLS.
    #[error("must begin with wss://, like wss://audio.example.com/calls")]
    NotWss,
    /// Against the rules that hold for webhooks too.
    #[error("{0}")]
    Address(AddressError),
}

impl From<AddressError> for BackendAddressError {
    fn from(error: AddressError) -> Self {
        match error {
            AddressError::NotHttps | AddressError::NotAUrl => Self::NotWss,
            other @ (AddressError::TooLong
            | AddressError::UserInfo
            | AddressError::Fragment
            | AddressError::Port
            | AddressError::NotPublic) => Self::Address(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backend_is_a_websocket_on_the_public_internet() {
        let refused = |text| backend_address(text, PrivateAddresses::Refused).unwrap_err();

        assert!(
            backend_address("wss://audio.example.com/calls", PrivateAddresses::Refused).is_ok()
        );
        for text in ["https://audio.example.com", "ws://audio.example.com", "wss://", "audio", ""] {
            assert_eq!(refused(text), BackendAddressError::NotWss, "{text}");
        }
        for (text, why) in [
            ("wss://127.0.0.1/", AddressError::NotPublic),
            ("wss://0x7f.1/", AddressError::NotPublic),
            ("wss://[::1]:9000/", AddressError::NotPublic),
            ("wss://169.254.169.254/", AddressError::NotPublic),
            ("wss://intranet/", AddressError::NotPublic),
            ("wss://audio.example.com:5432/", AddressError::Port),
            ("wss://me:secret@audio.example.com/", AddressError::UserInfo),
            ("wss://audio.example.com/#calls", AddressError::Fragment),
        ] {
            assert_eq!(refused(text), BackendAddressError::Address(why), "{text}");
        }
    }

    #[test]
    fn an_operator_may_let_backends_stay_inside() {
        for text in ["ws://127.0.0.1:9000/calls", "wss://audio.internal/"] {
            let url = backend_address(text, PrivateAddresses::Allowed).unwrap();
            assert_eq!(url.as_str(), text);
        }
        assert!(backend_address("http://127.0.0.1/", PrivateAddresses::Allowed).is_err());
    }

    #[test]
    fn a_set_speaks_if_one_of_its_backends_may() {
        let duplex = |backends: &[Duplex]| {
            let backends = backends.iter().zip(1..).map(|(duplex, n)| StreamBackend {
                id: uuid::Uuid::from_u128(n).into(),
                duplex: *duplex,
                need: Need::Required,
            });
            StreamSet { backends: backends.collect(), ..StreamSet::default() }.duplex()
        };

        assert_eq!(duplex(&[]), Duplex::OneWay);
        assert_eq!(duplex(&[Duplex::OneWay, Duplex::OneWay]), Duplex::OneWay);
        assert_eq!(duplex(&[Duplex::OneWay, Duplex::BothWays]), Duplex::BothWays);
        assert_eq!(duplex(&[Duplex::BothWays]), Duplex::BothWays);
    }

    #[test]
    fn backends_are_told_the_names_that_the_api_has() {
        for duplex in [Duplex::OneWay, Duplex::BothWays] {
            assert_eq!(serde_json::to_value(duplex).unwrap(), duplex.name());
        }
        for framing in [Framing::Binary, Framing::Json] {
            assert_eq!(serde_json::to_value(framing).unwrap(), framing.name());
        }
    }
}
