//! What all connections to Twilio share, and how it is started.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Url, redirect, retry};
use thiserror::Error;

use super::Credentials;
use super::pace::Pace;
use super::rest::Client;
use super::wire::Wire;
use crate::application::ports::Clock;
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
    pub fn start(self, clock: Arc<dyn Clock>) -> Result<Twilio, StartError> {
        let host = match &self.api_host {
            ApiHost::Carrier => Url::parse("https://api.twilio.com").expect("it is a URL"),
            ApiHost::Override(url)
                if url.has_host() && matches!(url.scheme(), "http" | "https") =>
            {
                url.clone()
            }
            ApiHost::Override(_) => return Err(StartError::BadApiHost),
        };
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
        let public_url = self.public_url.trim_end_matches('/').to_owned();
        Ok(Twilio { http, host, public_url, clock, paces: Mutex::default() })
    }
}

/// What all connections to Twilio share.
#[derive(Debug)]
pub struct Twilio {
    http: reqwest::Client,
    host: Url,
    public_url: String,
    clock: Arc<dyn Clock>,
    /// By account: the carrier counts calls by account, however many connections lead there.
    paces: Mutex<HashMap<String, Arc<Pace>>>,
}

impl Twilio {
    /// The client of one connection: to be kept, because it knows whether the carrier answers. `token` is the connection's part
    /// of our callback URLs.
    pub fn client(&self, token: &str, credentials: &Credentials) -> Client {
        let wire = Wire {
            http: self.http.clone(),
            host: self.host.clone(),
            credentials: credentials.clone(),
            breaker: Breaker::default(),
            clock: Arc::clone(&self.clock),
        };
        Client::new(wire, self.pace(credentials), self.public_url.clone(), token.to_owned())
    }

    /// One an account, kept when a connection's credentials change: the carrier still counts.
    fn pace(&self, credentials: &Credentials) -> Arc<Pace> {
        let Credentials { account_sid, calls_per_second, .. } = credentials;
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        let pace = paces
            .entry(account_sid.clone())
            .or_insert_with(|| Arc::new(Pace::new(*calls_per_second)));
        pace.set(*calls_per_second);
        Arc::clone(pace)
    }
}
