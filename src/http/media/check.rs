//! Whether an upgrade comes from the carrier that it says, before anything on its socket is believed.

use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use time::OffsetDateTime;

use crate::application::ports::{Clock, Unavailable};
use crate::carriers::{twilio, vonage};
use crate::domain::ids::ConnectionId;
use crate::media::Dialect;
use crate::store::Store;
use crate::store::directory::connections::{Connection, Signing};

/// How long a connection is remembered, so that a burst of calls is not a burst of look-ups.
const REMEMBERED: Duration = Duration::from_secs(5);
/// Connections that are remembered; past that all are looked up anew.
const REMEMBERED_MAX: usize = 10_000;

/// A request to upgrade, as it came. Nothing in it may be believed.
#[derive(Clone)]
pub struct Upgrade {
    /// Whose it says that it is.
    pub dialect: Dialect,
    /// The connection's token, out of the path.
    pub token: String,
    /// Its path as it came, with its query if it had one.
    pub target: String,
    /// The values of all its `Authorization` headers.
    pub authorization: Vec<String>,
    /// The values of all its `X-Twilio-Signature` headers.
    pub signature: Vec<String>,
}

/// Hidden: it holds what authenticates.
impl Debug for Upgrade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Upgrade({})", self.dialect.name())
    }
}

/// Why an upgrade is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such connection.
    Unknown,
    /// It is not signed.
    Unsigned,
    /// It was not signed by this connection's account.
    Wrong,
    /// It can not be known now.
    Unavailable,
}

/// Who knows connections and what they are signed with.
#[async_trait]
pub trait UpgradeCheck: Send + Sync + Debug {
    /// The connection that it comes in on, or why it is not believed.
    async fn check(&self, upgrade: &Upgrade) -> Result<ConnectionId, Refusal>;
}

/// The connections in the database.
#[derive(Debug)]
pub struct StoredConnections {
    store: Store,
    clock: Arc<dyn Clock>,
    /// Where the world reaches us, without a slash at its end: what Twilio signs.
    public_url: String,
    remembered: Mutex<HashMap<String, (Instant, Arc<Connection>)>>,
}

impl StoredConnections {
    /// Nothing is remembered yet.
    pub fn new(store: Store, clock: Arc<dyn Clock>, public_url: impl Into<String>) -> Self {
        Self { store, clock, public_url: public_url.into(), remembered: Mutex::default() }
    }

    async fn connection(&self, token: &str) -> Result<Option<Arc<Connection>>, Unavailable> {
        let remembered = {
            let all = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
            all.get(token).cloned()
        };
        if let Some((since, connection)) = remembered
            && since.elapsed() < REMEMBERED
        {
            return Ok(Some(connection));
        }
        let Some(found) = self.store.connection_by_token(token).await? else { return Ok(None) };
        let found = Arc::new(found);
        let mut all = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED_MAX {
            all.clear();
        }
        all.insert(token.to_owned(), (Instant::now(), Arc::clone(&found)));
        Ok(Some(found))
    }
}

#[async_trait]
impl UpgradeCheck for StoredConnections {
    async fn check(&self, upgrade: &Upgrade) -> Result<ConnectionId, Refusal> {
        let found = self.connection(&upgrade.token).await.map_err(|error| {
            tracing::warn!(%error, "an upgrade could not be checked");
            Refusal::Unavailable
        })?;
        let named = |connection: &Arc<Connection>| connection.provider == upgrade.dialect.name();
        let connection = found.filter(named).ok_or(Refusal::Unknown)?;
        let now = self.clock.now();
        let believed = match upgrade.dialect {
            Dialect::Twilio => twilio(&connection, upgrade, &self.public_url, now),
            Dialect::Vonage => vonage(&connection, upgrade, now),
        };
        believed.inspect_err(|refusal| {
            let reason = match refusal {
                Refusal::Unsigned => "unsigned",
                Refusal::Unknown | Refusal::Wrong | Refusal::Unavailable => "upgrade",
            };
            let provider = upgrade.dialect.name();
            metrics::counter!("signature_failures_total", "provider" => provider, "reason" => reason)
                .increment(1);
        })?;
        Ok(connection.id)
    }
}

fn twilio(
    connection: &Connection,
    upgrade: &Upgrade,
    public_url: &str,
    now: OffsetDateTime,
) -> Result<(), Refusal> {
    let credentials =
        twilio::Credentials::from_json(&connection.credentials, now).map_err(unreadable)?;
    let signing = match connection.signing {
        Signing::Required => twilio::Signing::Required,
        Signing::Off => twilio::Signing::Off,
    };
    signed_by_twilio(upgrade, &credentials, signing, public_url)
}

/// Whether an account of Twilio's has signed it, for the URL that Twilio was given.
pub fn signed_by_twilio(
    upgrade: &Upgrade,
    credentials: &twilio::Credentials,
    signing: twilio::Signing,
    public_url: &str,
) -> Result<(), Refusal> {
    let (path, query) = upgrade.target.split_once('?').unwrap_or((&upgrade.target, ""));
    let unverified = twilio::Unverified {
        method: twilio::verify::Method::Upgrade,
        path: path.to_owned(),
        query: query.to_owned(),
        signature: upgrade.signature.clone(),
        attempt_token: None,
        body: Bytes::new(),
    };
    unverified.verify(credentials, signing, public_url).map(drop).map_err(|refusal| match refusal {
        twilio::Refusal::Unsigned => Refusal::Unsigned,
        twilio::Refusal::Wrong(_) => Refusal::Wrong,
        twilio::Refusal::NoToken => Refusal::Unavailable,
    })
}

fn vonage(connection: &Connection, upgrade: &Upgrade, now: OffsetDateTime) -> Result<(), Refusal> {
    let credentials =
        vonage::Credentials::from_json(&connection.credentials, now).map_err(unreadable)?;
    let signing = match connection.signing {
        Signing::Required => vonage::Signing::Required,
        Signing::Off => vonage::Signing::Off,
    };
    vonage::verify::verify_upgrade(&upgrade.authorization, &credentials, signing, now).map_err(
        |refusal| match refusal {
            vonage::Refusal::Unsigned => Refusal::Unsigned,
            vonage::Refusal::Wrong(_) | vonage::Refusal::Stale => Refusal::Wrong,
        },
    )
}

fn unreadable(error: impl fmt::Display) -> Refusal {
    tracing::error!(%error, "a connection's credentials can not be read");
    Refusal::Unavailable
}
