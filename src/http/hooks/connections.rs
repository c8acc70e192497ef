//! Connections by the token in their callback URLs, remembered so that a webhook does not wait for a look-up.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use time::OffsetDateTime;
use tokio::sync::RwLock;

use crate::application::ports::Unavailable;
use crate::carriers::sipgate::{PromptUrls, TrustedKeys};
use crate::carriers::{sipgate, twilio, vonage};
use crate::store::Store;
use crate::store::directory::connections::Connection;

/// How long a connection is remembered; while the database is down, longer.
const REMEMBERED: Duration = Duration::from_secs(5);

/// Connections by token.
#[derive(Debug)]
pub struct Connections {
    remembered: RwLock<HashMap<String, (Instant, Arc<Known>)>>,
    /// Whose signatures under sipgate's pushes are believed: the same for all its customers.
    pub(super) sipgate_keys: TrustedKeys,
    /// Where sipgate fetches what is heard.
    pub(super) prompts: Arc<dyn PromptUrls>,
}

/// A connection, with what its adapter needs.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) connection: Connection,
    pub(super) credentials: Credentials,
}

/// What a connection's adapter needs.
#[derive(Debug)]
pub(super) enum Credentials {
    Vonage(vonage::Credentials),
    Twilio(twilio::Credentials),
    Sipgate(sipgate::Credentials),
}

impl Connections {
    /// None is known yet.
    pub fn new(sipgate_keys: TrustedKeys, prompts: Arc<dyn PromptUrls>) -> Self {
        Self { remembered: RwLock::default(), sipgate_keys, prompts }
    }

    /// The connection with this token.
    pub(super) async fn known(
        &self,
        store: &Store,
        token: &str,
        at: OffsetDateTime,
    ) -> Result<Option<Arc<Known>>, Unavailable> {
        let remembered = self.remembered.read().await.get(token).cloned();
        if let Some((since, known)) = &remembered
            && since.elapsed() < REMEMBERED
        {
            return Ok(Some(Arc::clone(known)));
        }
        let found = match (store.connection_by_token(token).await, remembered) {
            (Ok(found), _) => found,
            (Err(_), Some((_, known))) => return Ok(Some(known)),
            (Err(error), None) => return Err(error),
        };
        let Some(connection) = found else { return Ok(None) };
        let credentials = Credentials::of(&connection, at)?;
        let known = Arc::new(Known { connection, credentials });
        self.remembered
            .write()
            .await
            .insert(token.to_owned(), (Instant::now(), Arc::clone(&known)));
        Ok(Some(known))
    }
}

impl Credentials {
    fn of(connection: &Connection, at: OffsetDateTime) -> Result<Self, Unavailable> {
        let unusable = |reason: String| Unavailable { what: "a connection's credentials", reason };
        match connection.provider.as_str() {
            "twilio" => twilio::Credentials::from_json(&connection.credentials, at)
                .map(Self::Twilio)
                .map_err(|error| unusable(error.to_string())),
            "sipgate" => sipgate::Credentials::from_json(&connection.credentials)
                .map(Self::Sipgate)
                .map_err(|error| unusable(error.to_string())),
            _ => vonage::Credentials::from_json(&connection.credentials, at)
                .map(Self::Vonage)
                .map_err(|error| unusable(error.to_string())),
        }
    }
}
