//! Twilio's dialect: signed forms, TwiML, the REST API of 2010-04-01.

mod calls;
mod credentials;
mod form;
pub mod media;
mod pace;
pub mod parse;
mod records;
pub mod render;
pub mod rest;
mod settings;
mod signature;
pub mod twiml;
pub mod urls;
pub mod verify;
mod voices;
mod wire;

use std::fmt;

use secrecy::SecretString;

use crate::domain::policy::capabilities::{Capabilities, Forks, KeysInRoom, Meeting, Tones};

pub use self::credentials::{BadCredentials, check_account_sid};
pub use self::pace::Queue;
pub use self::parse::{Parsed, What};
pub use self::rest::Client;
pub use self::settings::{ApiHost, Settings, StartError, Twilio};
pub use self::urls::{Hook, Urls};
pub use self::verify::{Refusal, Signing, Unverified, Verified};

/// What Twilio can do.
pub const CAPABILITIES: Capabilities = Capabilities {
    // `<Reject>` as the first verb: the caller is never connected, nobody is billed.
    rejects_unanswered: true,
    speech: true,
    meeting: Meeting::InRoom,
    machine_detection: true,
    // In a conference no key is reported; `hangupOnStar` is the one way out.
    keys_in_room: KeysInRoom::AfterStar,
    // There is no request that sends digits to a running call: it hears other TwiML.
    tones: Tones::Instead,
    echoes_voice: true,
    holds: true,
    forks: Forks::InScript,
    watches: false,
};

/// What a connection's account at Twilio is reached and recognised with.
#[derive(Clone)]
pub struct Credentials {
    /// The account, or subaccount, that our numbers belong to: `AC…`.
    pub account_sid: String,
    /// What signs its webhooks; more than one while it is being changed. The first one also opens the REST API where there is
    /// no API key.
    pub auth_tokens: Vec<SecretString>,
    /// What opens the REST API in place of the token. Never signs.
    pub api_key: Option<ApiKey>,
    /// How many calls a second the account may start: 1 unless the carrier allows more.
    pub calls_per_second: u8,
}

/// An API key of an account.
#[derive(Clone)]
pub struct ApiKey {
    /// `SK…`.
    pub sid: String,
    /// Its secret.
    pub secret: SecretString,
}

/// Hidden, all but the account.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("account_sid", &self.account_sid)
            .finish_non_exhaustive()
    }
}

/// Hidden, all but which.
impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey").field("sid", &self.sid).finish_non_exhaustive()
    }
}

/// Whether a text is an id of theirs with this prefix: two letters and 32 hexadecimal digits. What is put into paths is one.
pub fn is_sid(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
