//! What the rooms need to be told before they open.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::audio::Audio;
use super::clock::DatabaseClock;
use crate::application::ports::Clock;
use crate::boot::config::Access;
use crate::bus;
use crate::carriers::sipgate::TrustedKeys;
use crate::domain::policy::Limits as CallLimits;
use crate::http::SignUp;
use crate::http::edge;
use crate::mail::Post;
use crate::prompts::Voice;
use crate::store::seal::Key;
use crate::store::{PoolSizes, Settings as StoreSettings};
use crate::webhooks_out;
use crate::workers::reconciler;

/// What the rooms need to be told.
#[derive(Debug)]
pub struct Plan {
    /// `postgres://…`.
    pub database: SecretString,
    /// None: work comes straight from the database.
    pub broker: Option<bus::Settings>,
    /// 32 bytes.
    pub master_key: [u8; 32],
    /// Where the world reaches us, without a slash at its end.
    pub public_url: String,
    /// The carrier's API; none: the real one.
    pub vonage: Option<reqwest::Url>,
    /// Likewise.
    pub twilio: Option<reqwest::Url>,
    /// Likewise.
    pub sipgate: Option<reqwest::Url>,
    /// A simulated carrier to try doors with from the console.
    pub simulator: Option<reqwest::Url>,
    /// Whose signatures under sipgate's pushes are believed.
    pub sipgate_keys: TrustedKeys,
    /// The time: the database's, unless another is set.
    pub clock: Arc<dyn Clock>,
    pub(super) database_clock: Arc<DatabaseClock>,
    /// Connections of the pools.
    pub pools: PoolSizes,
    /// Where webhooks may be.
    pub webhooks: webhooks_out::Settings,
    /// Whether anybody may sign up.
    pub sign_up: SignUp,
    /// How letters go out.
    pub post: Post,
    /// Limits, proxies and foreign origins.
    pub edge: edge::Settings,
    /// Live audio.
    pub audio: Audio,
    /// Who speaks where the carrier does not; none: what nobody recorded is a signal.
    pub voice: Option<Voice>,
    /// Times and counts that bound every call, but for those that managers set.
    pub limits: CallLimits,
    /// How often carriers' lists of calls are compared with what we know.
    pub reconciler: reconciler::Settings,
}

impl Plan {
    /// With the database's clock.
    pub fn new(
        database: SecretString,
        master_key: [u8; 32],
        public_url: impl Into<String>,
    ) -> Self {
        let public_url = public_url.into().trim_end_matches('/').to_owned();
        let database_clock = Arc::<DatabaseClock>::default();
        Self {
            database,
            broker: None,
            master_key,
            public_url,
            vonage: None,
            twilio: None,
            sipgate: None,
            simulator: None,
            sipgate_keys: TrustedKeys::default(),
            clock: Arc::clone(&database_clock) as _,
            database_clock,
            pools: PoolSizes::default(),
            webhooks: webhooks_out::Settings::default(),
            sign_up: SignUp::Open,
            post: Post::None,
            edge: edge::Settings::default(),
            audio: Audio::default(),
            voice: None,
            limits: CallLimits::default(),
            reconciler: reconciler::Settings::default(),
        }
    }

    /// Carriers get so long to report how a call fares; what they did not report by then is looked for in their records.
    pub fn give_carriers(&mut self, report_within: Duration) {
        self.limits.overdue_after = report_within;
        self.limits.seek_gap = report_within / 4;
        self.reconciler =
            reconciler::Settings { every: report_within * 3 / 2, settle: report_within };
    }

    pub(super) fn store(&self) -> StoreSettings {
        StoreSettings {
            url: self.database.clone(),
            master_key: Key::from_bytes(self.master_key),
            pools: self.pools,
        }
    }

    /// With what the operator decided about people who sign in.
    pub fn admit(&mut self, access: &Access) {
        self.sign_up = access.sign_up;
        self.post = access.post.clone();
    }
}
