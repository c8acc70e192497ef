//! The carriers' clients, one a connection, kept: each knows whether its carrier answers.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::Url;
use tokio::sync::Mutex;

use crate::application::ports::{CarrierClient, Carriers, Clock, Ids, Unavailable};
use crate::carriers::vonage::{self, ApiHost, Credentials, Vonage};
use crate::domain::ids::{ConnectionId, TenantId};
use crate::store::Store;

/// The clients of all connections.
#[derive(Debug)]
pub struct Connected {
    store: Store,
    vonage: Vonage,
    clients: Mutex<HashMap<ConnectionId, Arc<dyn CarrierClient>>>,
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
        Ok(Self { store, vonage: settings.start(clock, ids)?, clients: Mutex::default() })
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
        if let Some(client) = clients.get(&connection) {
            return Ok(Arc::clone(client));
        }
        let unusable = |reason: String| Unavailable { what: "the carrier connection", reason };
        let found = self
            .store
            .connection(tenant, connection)
            .await?
            .ok_or_else(|| unusable("it was deleted".to_owned()))?;
        let credentials = Credentials::from_json(&found.credentials)
            .map_err(|error| unusable(error.to_string()))?;
        let client: Arc<dyn CarrierClient> = Arc::new(
            self.vonage
                .client(&found.token, &credentials)
                .map_err(|error| unusable(error.to_string()))?,
        );
        clients.insert(connection, Arc::clone(&client));
        Ok(client)
    }
}
