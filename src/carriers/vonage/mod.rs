//! Vonage's dialect: signed JSON webhooks, NCCOs, the Voice API.

mod calls;
mod credentials;
mod fields;
pub mod media;
pub mod parse;
mod payload;
mod records;
pub mod render;
pub mod rest;
mod settings;
mod token;
pub mod urls;
pub mod verify;
mod wire;

use std::fmt;

use secrecy::SecretString;

use crate::domain::policy::capabilities::{Capabilities, Forks, KeysInRoom, Meeting, Tones};

pub use self::credentials::{BadCredentials, check_private_key};
pub use self::parse::{Parsed, What};
pub use self::rest::Client;
pub use self::settings::{ApiHost, Settings, StartError, Vonage};
pub use self::token::BadKey;
pub use self::urls::{Hook, Urls};
pub use self::verify::{Refusal, Signing, Unverified, Verified};

/// What Vonage can do.
pub const CAPABILITIES: Capabilities = Capabilities {
    // It picks up by itself, and there is no action that refuses.
    rejects_unanswered: false,
    speech: true,
    meeting: Meeting::InRoom,
    machine_detection: true,
    keys_in_room: KeysInRoom::Reported,
    tones: Tones::Beside,
    // A leg that was muted or made deaf sends no event.
    echoes_voice: false,
    holds: true,
    forks: Forks::ByRequest,
    watches: false,
};

/// What a connection's account at Vonage is reached and recognised with.
#[derive(Clone)]
pub struct Credentials {
    /// The application that our calls belong to.
    pub application_id: String,
    /// The account, as its webhooks name it.
    pub api_key: String,
    /// The application's RSA key, PKCS#8 in PEM: signs our requests.
    pub private_key_pem: SecretString,
    /// The account's signature secrets, which sign its webhooks; more than one while it is being changed. Not the API secret.
    pub signature_secrets: Vec<SecretString>,
}

/// Hidden, all but the account.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("api_key", &self.api_key).finish_non_exhaustive()
    }
}

/// Whether a text can be an id of theirs. Opaque beyond that: with or without dashes, with or without a prefix.
/// What is stored and put into paths is at least no path, no query and no NUL.
fn is_id(text: &str) -> bool {
    const LENGTH_MAX: usize = 128;
    (1..=LENGTH_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::is_id;

    #[test]
    fn an_id_is_up_to_128_letters_digits_and_dashes() {
        for id in ["a", "CON-aaaaaaaa_bbbb-0123", &"a".repeat(128)] {
            assert!(is_id(id), "{id}");
        }
        for text in ["", "a/b", "a?b", "a b", "a\0", "ä", "..", &"a".repeat(129)] {
            assert!(!is_id(text), "{text}");
        }
    }
}
