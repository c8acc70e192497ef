//! sipgate's dialect: signed forms, XML with one action, the REST API v2.
//!
//! What it can not do is much: no shared room, no speech, no detection of machines, no second attempt to deliver anything.

mod credentials;
mod form;
pub mod keys;
pub mod parse;
pub mod prompts;
mod records;
pub mod render;
pub mod rest;
mod settings;
pub mod urls;
pub mod verify;
mod wire;
mod xml;

use std::fmt;

use secrecy::SecretString;

use crate::domain::policy::capabilities::{Capabilities, Forks, KeysInRoom, Meeting, Tones};

pub use self::credentials::{
    BadCredentials, check_account_number, check_device_id, check_token_id,
};
pub use self::keys::{BadKeys, TrustedKeys};
pub use self::parse::{Parsed, What};
pub use self::prompts::{PromptUrls, Unspoken};
pub use self::rest::Client;
pub use self::settings::{ApiHost, Settings, Sipgate, StartError};
pub use self::urls::{Part, Urls};
pub use self::verify::{Refusal, Signing, Unverified, Verified};

/// So many numbers ring at once, at most.
const NUMBERS_MAX: u8 = 5;

/// What sipgate can do.
pub const CAPABILITIES: Capabilities = Capabilities {
    // `Reject` as the first answer: the call is never picked up.
    rejects_unanswered: true,
    // It plays files by their URL, and speaks nothing.
    speech: false,
    meeting: Meeting::InScript { at_most: NUMBERS_MAX },
    machine_detection: false,
    keys_in_room: KeysInRoom::Unheard,
    tones: Tones::InScript,
    echoes_voice: false,
    // What there is puts all participants on hold, or mutes the account's own side: never one leg.
    holds: false,
    forks: Forks::Never,
    // An answer without an action lets a call go on as the account is set up, and still tells of its end.
    watches: true,
};

/// What a connection's account at sipgate is reached and recognised with.
#[derive(Clone)]
pub struct Credentials {
    /// The account that our numbers belong to: the digits before the letter in `7654321w0`.
    pub account_number: String,
    /// The name of a personal access token: `token-…`.
    pub token_id: String,
    /// That token.
    pub token: SecretString,
    /// The extension from which calls are placed, `e0`; without one none are.
    pub device_id: Option<String>,
}

/// Hidden, all but the account.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("account_number", &self.account_number)
            .finish_non_exhaustive()
    }
}
