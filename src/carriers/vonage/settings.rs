//! What all connections to Vonage share, and how it is started.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Url, redirect, retry};
use thiserror::Error;

use super::Credentials;
use super::rest::Client;
use super::token::{BadKey, Tokens};
use super::wire::Wire;
use crate::application::ports::{Clock, Ids};
use crate::carriers::breaker::Breaker;

/// What this room needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the world reaches us: `https://door.example.test`.
    pub public_url: String,
    /// Where the carrier is.
    pub api_host: ApiHost,
    /// How long connecting may take.
    pub connect_within: Duration,
    /// How long a request may take, all in all.
    pub answer_within: Duration,
}

/// Where the carrier's API is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiHost {
    /// At the carrier's: the call's region, or the host that finds it.
    Carrier,
    /// Where the operator says, always: a stand-in.
    Override(Url),
}

/// The room can not be used.
#[derive(Debug, Error)]
pub enum StartError {
    /// Not a URL with a host.
    #[error("the carrier's API must be an http or https URL with a host")]
    BadApiHost,
    /// No TLS.
    #[error("the HTTP client could not be built")]
    Http(#[from] reqwest::Error),
}

impl Settings {
    /// At the carrier's, with the limits that calls at a door bear.
    pub fn new(public_url: impl Into<String>) -> Self {
        Self {
            public_url: public_url.into(),
            api_host: ApiHost::Carrier,
            connect_within: Duration::from_secs(2),
            answer_within: Duration::from_secs(8),
        }
    }

    /// Builds what all connections share. The process's TLS provider must be installed.
    pub fn start(self, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Result<Vonage, StartError> {
        if let ApiHost::Override(url) = &self.api_host
            && !(url.has_host() && matches!(url.scheme(), "http" | "https"))
        {
            return Err(StartError::BadApiHost);
        }
        let http = reqwest::Client::builder()
            .user_agent(concat!("vestibule/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.connect_within)
            .timeout(self.answer_within)
            // An idle connection that they closed meanwhile would make a placement's outcome unknown.
            .pool_idle_timeout(Duration::from_secs(20))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            // Only configuration reads the environment.
            .no_proxy()
            .build()?;
        Ok(Vonage { http, settings: self, clock, ids })
    }
}

/// What all connections to Vonage share.
#[derive(Debug)]
pub struct Vonage {
    http: reqwest::Client,
    settings: Settings,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl Vonage {
    /// The client of one connection: to be kept, because it knows whether the carrier answers. `token` is the connection's part
    /// of our callback URLs.
    pub fn client(&self, token: &str, credentials: &Credentials) -> Result<Client, BadKey> {
        Ok(Client::new(
            Wire {
                http: self.http.clone(),
                host: self.settings.api_host.clone(),
                tokens: Tokens::new(credentials, &*self.ids, self.clock.now())?,
                breaker: Breaker::default(),
                clock: Arc::clone(&self.clock),
                ids: Arc::clone(&self.ids),
            },
            self.settings.public_url.clone(),
            token.to_owned(),
        ))
    }
}
