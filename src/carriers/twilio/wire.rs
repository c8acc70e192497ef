//! One request to the REST API and its answer: where it goes, what proves that it is ours, what may happen to it on the way, and
//! how much of the answer is read.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, Response, StatusCode, Url, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::{Instant, sleep};
use tracing::{debug, warn};
use url::form_urlencoded;

use super::Credentials;
use crate::application::ports::Clock;
use crate::carriers::breaker::{Breaker, Open};
use crate::carriers::in_their_words;
use crate::trace;

/// A call is some two thousand bytes; of a list a page of twenty is asked for.
const ANSWER_MAX: usize = 128 * 1024;

/// How long to wait where the carrier is out of reach, or says "later" without saying when.
pub(super) const SHORT_WAIT: Duration = Duration::from_secs(1);

/// "Too many requests" is said of requests that were surely not processed: they are repeated so often, as the vendor's own
/// package does.
const REPEATS_MAX: u32 = 3;
/// Between two attempts lies at most this long …
const REPEAT_AFTER_MAX: Duration = Duration::from_secs(3);
/// … and at first about this long.
const REPEAT_AFTER: Duration = Duration::from_millis(100);

/// What requests of one connection have in common.
pub(super) struct Wire {
    pub(super) http: reqwest::Client,
    pub(super) host: Url,
    pub(super) credentials: Credentials,
    pub(super) breaker: Breaker,
    pub(super) clock: Arc<dyn Clock>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("credentials", &self.credentials).finish_non_exhaustive()
    }
}

/// Names and values of a form or a query, in order.
pub(super) type Fields = Vec<(&'static str, String)>;

/// A request.
pub(super) struct Request<'a> {
    pub(super) method: Method,
    /// Below the account.
    pub(super) path: &'a [&'a str],
    pub(super) query: &'a [(String, String)],
    /// What a POST says.
    pub(super) form: Option<Fields>,
    /// Until when it may be repeated.
    pub(super) until: Instant,
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
    pub(super) retry_after: Duration,
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
    /// Sends it; again only after "too many requests".
    pub(super) async fn send(&self, request: Request<'_>) -> Result<Reply, Lost> {
        let mut repeats = 0;
        loop {
            let reply = self.send_guarded(&request).await?;
            let after = reply.repeat_after(repeats);
            let in_time = Instant::now() + after < request.until;
            if reply.status != StatusCode::TOO_MANY_REQUESTS || repeats == REPEATS_MAX || !in_time {
                return Ok(reply);
            }
            repeats += 1;
            metrics::counter!("carrier_repeats_total", "provider" => "twilio").increment(1);
            sleep(after).await;
        }
    }

    async fn send_guarded(&self, request: &Request<'_>) -> Result<Reply, Lost> {
        let now = self.clock.now();
        self.breaker.admit(now).map_err(|Open { wait }| Lost::NotSent {
            reason: "the carrier failed too often just now".to_owned(),
            wait,
        })?;
        let sent = self.send_once(request).await;
        let sensible = sent.as_ref().is_ok_and(|reply| reply.is_sensible(request.wants));
        if sensible {
            self.breaker.succeeded();
        } else {
            self.breaker.failed(self.clock.now());
        }
        sent
    }

    #[tracing::instrument(name = "carrier.request", skip_all, fields(carrier = "twilio", http.request.method = %request.method, http.response.status_code))]
    async fn send_once(&self, request: &Request<'_>) -> Result<Reply, Lost> {
        let Some((user, password)) = self.login() else {
            return Err(Lost::NotSent {
                reason: "the connection has neither a token nor an API key".to_owned(),
                wait: SHORT_WAIT,
            });
        };
        let mut builder = self
            .http
            .request(request.method.clone(), self.url(request))
            .basic_auth(user, Some(password.expose_secret()))
            .header(header::ACCEPT, "application/json")
            .headers(trace::headers())
            .query(request.query);
        if let Some(form) = &request.form {
            let written: String =
                form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
            builder = builder
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(written);
        }
        let response = builder.send().await.map_err(Lost::from)?;
        let status = response.status();
        tracing::Span::current().record("http.response.status_code", status.as_u16());
        log(request, &response);
        let retry_after = retry_after(&response);
        let needs_body = !status.is_success() || request.wants == Wants::Json;
        let json = if needs_body { read(response).await } else { None };
        Ok(Reply { status, retry_after, json })
    }

    /// An API key where there is one; else the account with its first token.
    fn login(&self) -> Option<(&str, &SecretString)> {
        match &self.credentials.api_key {
            Some(key) => Some((&key.sid, &key.secret)),
            None => Some((&self.credentials.account_sid, self.credentials.auth_tokens.first()?)),
        }
    }

    fn url(&self, request: &Request<'_>) -> Url {
        let mut url = self.host.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments
                .pop_if_empty()
                .extend(["2010-04-01", "Accounts", &self.credentials.account_sid])
                .extend(request.path);
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

/// Their support asks for the request's id; how loaded the account is they tell by themselves.
fn log(request: &Request<'_>, response: &Response) {
    let shown = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let id = shown("twilio-request-id");
    let concurrent = shown("twilio-concurrent-requests");
    let status = response.status().as_u16();
    if response.status().is_success() {
        debug!(carrier = "twilio", http.method = %request.method, http.status = status, carrier.request_id = id, "The carrier did it");
    } else {
        warn!(carrier = "twilio", http.method = %request.method, http.status = status, carrier.request_id = id, carrier.concurrent_requests = concurrent, "The carrier did not do it");
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

    /// Longer each time, and never quite the same, so that those who were refused together do not come back together.
    fn repeat_after(&self, repeats: u32) -> Duration {
        if !self.retry_after.is_zero() {
            return self.retry_after;
        }
        let longest = (REPEAT_AFTER * 2_u32.pow(repeats)).min(REPEAT_AFTER_MAX);
        longest.mul_f64(rand::random_range(0.5..1.0))
    }

    /// When to come again, where it was too much.
    pub(super) fn wait(&self) -> Duration {
        self.retry_after.max(SHORT_WAIT)
    }

    /// The carrier's code for what is wrong: 21220 and the like.
    pub(super) fn code(&self) -> Option<u64> {
        self.json.as_ref()?.get("code")?.as_u64()
    }

    /// What the carrier says is wrong.
    pub(super) fn reason(&self) -> String {
        let mut reason = self.status.as_u16().to_string();
        // Not through the filter for numbers, which would hide it.
        if let Some(code) = self.code().filter(|code| *code < 1_000_000) {
            reason.push_str(&format!(" (error {code})"));
        }
        let message = self.json.as_ref().and_then(|json| json.get("message")?.as_str());
        if let Some(message) = message {
            reason.push(' ');
            reason.push_str(&in_their_words(message));
        }
        reason
    }
}
