//! The carriers' clients, one a connection, kept: each knows whether its carrier answers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::application::ports::{CarrierClient, Carriers, Clock, Ids, Unavailable};
use crate::carriers::Provider;
use crate::carriers::sipgate::{self, PromptUrls, Sipgate};
use crate::carriers::twilio::{self, Twilio};
use crate::carriers::vonage::{self, Vonage};
use crate::domain::ids::{ConnectionId, TenantId};
use crate::store::Store;
use crate::store::directory::connections::Connection;

/// How long a client is used before its connection is looked at again: a secret that was changed is used from then on.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(5);

const THE_CONNECTION: &str = "the carrier connection";

/// The clients of all connections.
#[derive(Debug)]
pub struct Connected {
    store: Store,
    vonage: Vonage,
    twilio: Twilio,
    sipgate: Sipgate,
    clock: Arc<dyn Clock>,
    clients: Mutex<HashMap<ConnectionId, Known>>,
}

/// A client, and what it was made of.
#[derive(Debug)]
struct Known {
    client: Arc<dyn CarrierClient>,
    credentials: SecretString,
    looked_at: Instant,
}

/// The operator's stand-ins for carriers' APIs.
#[derive(Clone, Debug, Default)]
pub struct StandIns {
    /// For Vonage's.
    pub vonage: Option<Url>,
    /// For Twilio's.
    pub twilio: Option<Url>,
    /// For sipgate's.
    pub sipgate: Option<Url>,
}

impl Connected {
    /// At the carriers', or at the operator's stand-ins.
    pub fn new(
        store: Store,
        public_url: &str,
        stand_ins: StandIns,
        prompts: Arc<dyn PromptUrls>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> anyhow::Result<Self> {
        let mut vonage = vonage::Settings::new(public_url);
        if let Some(url) = stand_ins.vonage {
            vonage.api_host = vonage::ApiHost::Override(url);
        }
        let mut twilio = twilio::Settings::new(public_url);
        if let Some(url) = stand_ins.twilio {
            twilio.api_host = twilio::ApiHost::Override(url);
        }
        let mut sipgate = sipgate::Settings { prompts, ..sipgate::Settings::new(public_url) };
        if let Some(url) = stand_ins.sipgate {
            sipgate.api_host = sipgate::ApiHost::Override(url);
        }
        Ok(Self {
            store,
            vonage: vonage.start(Arc::clone(&clock), ids)?,
            twilio: twilio.start(Arc::clone(&clock))?,
            sipgate: sipgate.start(Arc::clone(&clock))?,
            clock,
            clients: Mutex::default(),
        })
    }

    fn client_of(&self, connection: &Connection) -> Result<Arc<dyn CarrierClient>, Unavailable> {
        let unusable = |reason: String| Unavailable { what: THE_CONNECTION, reason };
        let now = self.clock.now();
        if connection.provider == Provider::Twilio.name() {
            let credentials = twilio::Credentials::from_json(&connection.credentials, now)
                .map_err(|error| unusable(error.to_string()))?;
            return Ok(Arc::new(self.twilio.client(&connection.token, &credentials)));
        }
        if connection.provider == Provider::Sipgate.name() {
            let credentials = sipgate::Credentials::from_json(&connection.credentials)
                .map_err(|error| unusable(error.to_string()))?;
            let client = self.sipgate.client(connection.tenant, &connection.token, &credentials);
            return Ok(Arc::new(client));
        }
        let credentials = vonage::Credentials::from_json(&connection.credentials, now)
            .map_err(|error| unusable(error.to_string()))?;
        let client = self
            .vonage
            .client(&connection.token, &credentials)
            .map_err(|error| unusable(error.to_string()))?;
        Ok(Arc::new(client))
    }
}

#[async_trait]
impl Carriers for Connected {
    async fn client(
        &self,
        tenant: TenantId,
        connection: ConnectionId,
    ) -> Result<Arc<dyn CarrierClient>, Unavailable> {
        let mut clients = self.clients.lock().await;
        if let Some(known) = clients.get(&connection)
            && known.looked_at.elapsed() < LOOKED_AT_EVERY
        {
            return Ok(Arc::clone(&known.client));
        }
        let unusable = |reason: String| Unavailable { what: THE_CONNECTION, reason };
        let found = match self.store.connection(tenant, connection).await {
            Ok(found) => found.ok_or_else(|| unusable("it was deleted".to_owned()))?,
            // The database is down: what was known will do.
            Err(error) => match clients.get(&connection) {
                Some(known) => return Ok(Arc::clone(&known.client)),
                None => return Err(error),
            },
        };
        if let Some(known) = clients.get_mut(&connection)
            && known.credentials.expose_secret() == found.credentials.expose_secret()
        {
            // The same client goes on: it knows whether its carrier answers.
            known.looked_at = Instant::now();
            return Ok(Arc::clone(&known.client));
        }
        let client = self.client_of(&found)?;
        let known = Known {
            client: Arc::clone(&client),
            credentials: found.credentials,
            looked_at: Instant::now(),
        };
        clients.insert(connection, known);
        Ok(client)
    }
}
