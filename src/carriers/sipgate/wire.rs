//! Requests and their answers: what was sent for sure, what may have been, and what came back.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, Response, StatusCode, Url, header};
use secrecy::ExposeSecret;
use serde_json::Value;
use tracing::{debug, warn};

use super::Credentials;
use crate::application::ports::{Clock, ControlError};
use crate::carriers::breaker::{Breaker, Open};
use crate::carriers::in_their_words;
use crate::trace;

/// A page of the history is a hundred calls of some thousand bytes.
const ANSWER_MAX: usize = 512 * 1024;

/// How long to wait where the carrier is out of reach, or says "later" without saying when.
const SHORT_WAIT: Duration = Duration::from_secs(1);

/// What requests of one connection have in common.
pub(super) struct Wire {
    pub(super) http: reqwest::Client,
    /// With the version at its end.
    pub(super) api: Url,
    pub(super) credentials: Credentials,
    pub(super) breaker: Breaker,
    pub(super) clock: Arc<dyn Clock>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("credentials", &self.credentials).finish_non_exhaustive()
    }
}

/// Names and values of a query, in order.
pub(super) type Query = Vec<(&'static str, String)>;

/// A request.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    /// Below the version; escaped where it is written.
    pub(super) path: &'a [&'a str],
    pub(super) query: Query,
    pub(super) body: Option<Value>,
    pub(super) wants: Wants,
}

/// What a success has to come with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wants {
    Nothing,
    Json,
}

/// The carrier answered.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    retry_after: Duration,
    /// `None`: no JSON, too much of it, or it broke off.
    pub(super) json: Option<Value>,
}

/// The carrier did not answer.
pub(super) enum Lost {
    /// It surely has not got the request.
    NotSent { reason: String, wait: Duration },
    /// It may have got it.
    Unknown { reason: String },
}

impl Wire {
    /// Sends it, once.
    pub(super) async fn send(&self, request: Request<'_>) -> Result<Reply, Lost> {
        let now = self.clock.now();
        self.breaker.admit(now).map_err(|Open { wait }| Lost::NotSent {
            reason: "the carrier failed too often just now".to_owned(),
            wait,
        })?;
        let sent = self.send_admitted(&request).await;
        let sensible = sent.as_ref().is_ok_and(|reply| reply.is_sensible(request.wants));
        if sensible {
            self.breaker.succeeded();
        } else {
            self.breaker.failed(self.clock.now());
        }
        sent
    }

    #[tracing::instrument(name = "carrier.request", skip_all, fields(carrier = "sipgate", http.request.method = %request.method, http.response.status_code))]
    async fn send_admitted(&self, request: &Request<'_>) -> Result<Reply, Lost> {
        let Credentials { token_id, token, .. } = &self.credentials;
        let mut builder = self
            .http
            .request(request.method.clone(), self.url(request.path))
            .basic_auth(token_id, Some(token.expose_secret()))
            .header(header::ACCEPT, "application/json")
            .headers(trace::headers())
            .query(&request.query);
        if let Some(body) = &request.body {
            builder = builder.json(body);
        }
        let response = builder.send().await.map_err(Lost::from)?;
        let status = response.status();
        tracing::Span::current().record("http.response.status_code", status.as_u16());
        log(request, status);
        let retry_after = retry_after(&response);
        let needs_body = !status.is_success() || request.wants == Wants::Json;
        let json = if needs_body { read(response).await } else { None };
        Ok(Reply { status, retry_after, json })
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.api.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }
}

impl From<reqwest::Error> for Lost {
    /// A connection that never came to be (name, route, TLS) has carried nothing. After that nobody knows.
    fn from(error: reqwest::Error) -> Self {
        if error.is_connect() {
            let reason = "could not connect to the carrier".to_owned();
            Self::NotSent { reason, wait: SHORT_WAIT }
        } else if error.is_builder() {
            let reason = "the request could not be written".to_owned();
            Self::NotSent { reason, wait: SHORT_WAIT }
        } else if error.is_timeout() {
            Self::Unknown { reason: "the carrier did not answer in time".to_owned() }
        } else {
            Self::Unknown { reason: "the connection to the carrier broke".to_owned() }
        }
    }
}

impl From<Lost> for ControlError {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::NotSent { reason, wait } => Self::NotYet { reason, wait },
            Lost::Unknown { reason } => Self::Unknown { reason },
        }
    }
}

/// Without the path, which names calls.
fn log(request: &Request<'_>, status: StatusCode) {
    let status = (status.as_u16(), status.is_success());
    let what = request.path.first().copied().unwrap_or_default();
    match status {
        (status, true) => {
            debug!(carrier = "sipgate", http.method = %request.method, http.status = status, carrier.resource = what, "The carrier did it");
        }
        (status, false) => {
            warn!(carrier = "sipgate", http.method = %request.method, http.status = status, carrier.resource = what, "The carrier did not do it");
        }
    }
}

/// Seconds, if it is there and can be read: no document promises either.
fn retry_after(response: &Response) -> Duration {
    const LONGEST: u64 = 60;
    response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().split('.').next()?.parse().ok())
        .map_or(Duration::ZERO, |seconds: u64| Duration::from_secs(seconds.clamp(1, LONGEST)))
}

async fn read(mut response: Response) -> Option<Value> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if body.len() + chunk.len() > ANSWER_MAX {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).ok()
}

impl Reply {
    /// Whether the carrier is well: a refusal is an answer, too.
    fn is_sensible(&self, wants: Wants) -> bool {
        let is_garbage = wants == Wants::Json && self.status.is_success() && self.json.is_none();
        !is_garbage && (self.status.is_success() || self.status.is_client_error())
    }

    /// When to come again, where it was too much.
    pub(super) fn wait(&self) -> Duration {
        self.retry_after.max(SHORT_WAIT)
    }

    /// What the carrier says is wrong.
    pub(super) fn reason(&self) -> String {
        let status = self.status.as_u16();
        let message = self.json.as_ref().and_then(|json| json.get("message")?.as_str());
        match message {
            Some(message) => format!("{status} {}", in_their_words(message)),
            None => status.to_string(),
        }
    }

    /// What the answer to an effect means.
    pub(super) fn control(&self) -> Result<(), ControlError> {
        match self.status {
            status if status.is_success() => Ok(()),
            StatusCode::NOT_FOUND => Err(ControlError::LegOver),
            StatusCode::TOO_MANY_REQUESTS => {
                Err(ControlError::NotYet { reason: self.reason(), wait: self.wait() })
            }
            StatusCode::REQUEST_TIMEOUT => Err(ControlError::Unknown { reason: self.reason() }),
            status if status.is_client_error() => {
                Err(ControlError::Refused { reason: self.reason() })
            }
            _ => Err(ControlError::Unknown { reason: self.reason() }),
        }
    }

    /// What the answer to a question holds.
    pub(super) fn document(&self) -> Result<&Value, ControlError> {
        match self.control() {
            // What was asked for is no leg.
            Err(ControlError::LegOver) => Err(ControlError::Refused { reason: self.reason() }),
            Err(error) => Err(error),
            Ok(()) => self.json.as_ref().ok_or_else(|| self.garbage()),
        }
    }

    /// A list in it.
    pub(super) fn list(&self, of: &str) -> Result<Vec<Value>, ControlError> {
        let list = self.document()?.get(of).and_then(Value::as_array);
        list.cloned().ok_or_else(|| self.garbage())
    }

    pub(super) fn garbage(&self) -> ControlError {
        ControlError::Unknown { reason: self.garbage_words() }
    }

    pub(super) fn garbage_words(&self) -> String {
        format!("the carrier answered {} with something unreadable", self.status.as_u16())
    }
}
