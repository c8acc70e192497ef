//! The carriers' clients, one a connection, kept: each knows whether its carrier answers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::application::ports::{CarrierClient, Carriers, Clock, Ids, Unavailable};
use crate::carriers::vonage::{self, ApiHost, Credentials, Vonage};
use crate::domain::ids::{ConnectionId, TenantId};
use crate::store::Store;

/// How long a client is used before its connection is looked at again: a secret that was changed is used from then on.
const LOOKED_AT_EVERY: Duration = Duration::from_secs(5);

/// The clients of all connections.
#[derive(Debug)]
pub struct Connected {
    store: Store,
    vonage: Vonage,
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

impl Connected {
    /// At the carriers', or at the operator's stand-in.
    pub fn new(
        store: Store,
        public_url: &str,
        vonage: Option<Url>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, vonage::StartError> {
        let mut settings = vonage::Settings::new(public_url);
        if let Some(url) = vonage {
            settings.api_host = ApiHost::Override(url);
        }
        let vonage = settings.start(Arc::clone(&clock), ids)?;
        Ok(Self { store, vonage, clock, clients: Mutex::default() })
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
        let unusable = |reason: String| Unavailable { what: "the carrier connection", reason };
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
        let credentials = Credentials::from_json(&found.credentials, self.clock.now())
            .map_err(|error| unusable(error.to_string()))?;
        let client: Arc<dyn CarrierClient> = Arc::new(
            self.vonage
                .client(&found.token, &credentials)
                .map_err(|error| unusable(error.to_string()))?,
        );
        let known = Known {
            client: Arc::clone(&client),
            credentials: found.credentials,
            looked_at: Instant::now(),
        };
        clients.insert(connection, known);
        Ok(client)
    }
}
