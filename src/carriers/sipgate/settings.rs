//! What all connections to sipgate share, and how it is started.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Url, redirect, retry};
use thiserror::Error;

use super::Credentials;
use super::prompts::{PromptUrls, Unspoken};
use super::rest::Client;
use super::urls::of_connection;
use super::wire::Wire;
use crate::application::ports::Clock;
use crate::carriers::breaker::Breaker;
use crate::domain::ids::TenantId;

/// What this room needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the world reaches us: `https://door.example.test`.
    pub public_url: String,
    /// Where the carrier is.
    pub api_host: ApiHost,
    /// Where it fetches what is heard.
    pub prompts: Arc<dyn PromptUrls>,
    /// How long connecting may take.
    pub connect_within: Duration,
    /// How long a request may take, all in all.
    pub answer_within: Duration,
}

/// What stands at the end of the API's path.
const VERSION: &str = "/v2";

/// Where the carrier's API is, with or without its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiHost {
    /// At the carrier's.
    Carrier,
    /// Where the operator says: a stand-in.
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
    /// At the carrier's, with the limits that calls at a door bear. Nothing is spoken until somebody says where prompts are.
    pub fn new(public_url: impl Into<String>) -> Self {
        Self {
            public_url: public_url.into(),
            api_host: ApiHost::Carrier,
            prompts: Arc::new(Unspoken),
            connect_within: Duration::from_secs(2),
            answer_within: Duration::from_secs(8),
        }
    }

    /// Builds what all connections share. The process's TLS provider must be installed.
    pub fn start(self, clock: Arc<dyn Clock>) -> Result<Sipgate, StartError> {
        let mut api = match &self.api_host {
            ApiHost::Carrier => Url::parse("https://api.sipgate.com").expect("it is a URL"),
            ApiHost::Override(url)
                if url.has_host() && matches!(url.scheme(), "http" | "https") =>
            {
                url.clone()
            }
            ApiHost::Override(_) => return Err(StartError::BadApiHost),
        };
        if let Ok(mut segments) = api.path_segments_mut() {
            segments.pop_if_empty();
        }
        let has_version = api.path().ends_with(VERSION);
        if let (false, Ok(mut segments)) = (has_version, api.path_segments_mut()) {
            segments.pop_if_empty().push("v2");
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
        let Self { public_url, prompts, .. } = self;
        Ok(Sipgate { http, api, public_url, prompts, clock })
    }
}

/// What all connections to sipgate share.
#[derive(Debug)]
pub struct Sipgate {
    http: reqwest::Client,
    api: Url,
    public_url: String,
    prompts: Arc<dyn PromptUrls>,
    clock: Arc<dyn Clock>,
}

impl Sipgate {
    /// The client of one connection of a firm's: to be kept, because it knows whether the carrier answers. `token` is the connection's
    /// part of our callback URLs.
    pub fn client(&self, tenant: TenantId, token: &str, credentials: &Credentials) -> Client {
        let wire = Wire {
            http: self.http.clone(),
            api: self.api.clone(),
            credentials: credentials.clone(),
            breaker: Breaker::default(),
            clock: Arc::clone(&self.clock),
        };
        let hooks = of_connection(&self.public_url, token);
        Client::new(wire, tenant, hooks, Arc::clone(&self.prompts))
    }
}
