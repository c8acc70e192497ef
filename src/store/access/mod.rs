//! Who may sign in and how, the keys that sign their tokens, and answers kept for repeated requests.

mod api_keys;
mod idempotency;
mod invitations;
mod login;
mod mail;
mod passwords;
mod second_factor;
mod sessions;
mod signing_keys;
mod throttle;
mod users;

pub use api_keys::{ApiKeyBearer, ApiKeyView, NewApiKey, Secret};
pub use idempotency::Repeat;
pub use invitations::{Accepted, Invitation, InvitationView};
pub use login::{Login, SignUp};
pub use mail::Letter;
pub use second_factor::{Factor, FactorState};
pub use sessions::{Bearer, Ended, NewSession, Refresh, Refreshed, SessionRow};
pub use signing_keys::SigningKey;
pub use throttle::{Limit, Throttled};
pub use users::{UserChange, UserView};

/// SHA-256 of a token that we made: it is random, so nothing slower is needed.
pub type TokenHash = [u8; 32];
