//! One request to the Voice API, sent once: to which host, for how long, and how much of the answer is read.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, Response, StatusCode, Url, header};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Value;
use tracing::{debug, warn};

use super::settings::ApiHost;
use super::token::Tokens;
use crate::application::ports::{Clock, Ids};
use crate::carriers::breaker::{Breaker, Open};
use crate::carriers::in_their_words;
use crate::trace;

/// Where calls without a region are controlled.
const DEFAULT_HOST: &str = "https://api.nexmo.com";

/// Each region's host. A call exists in one region only; a token goes nowhere else.
const REGION_HOSTS: [&str; 11] = [
    "https://api-us-3.vonage.com",
    "https://api-us-4.vonage.com",
    "https://api-eu-3.vonage.com",
    "https://api-eu-4.vonage.com",
    "https://api-ap-3.vonage.com",
    "https://api-ap-4.vonage.com",
    "https://api-us-1.nexmo.com",
    "https://api-us-2.nexmo.com",
    "https://api-eu-1.nexmo.com",
    "https://api-eu-2.nexmo.com",
    "https://api-sg-1.nexmo.com",
];

/// Answers are a few hundred bytes; a full page of a list is some fifty thousand.
const ANSWER_MAX: usize = 64 * 1024;

/// How long to wait where the carrier is out of reach, or says "later" without saying when.
pub(super) const SHORT_WAIT: Duration = Duration::from_secs(1);

/// The region's host, if it is one of Vonage's.
pub(super) fn region_host(region: &str) -> Option<&'static str> {
    let host = region.trim_end_matches('/');
    REGION_HOSTS.into_iter().find(|known| known.eq_ignore_ascii_case(host))
}

/// The operator's host, always, if there is one; else the region's, else the one that finds the call.
fn base(host: &ApiHost, region: Option<&str>) -> Url {
    match host {
        ApiHost::Override(url) => url.clone(),
        ApiHost::Carrier => region
            .and_then(region_host)
            .unwrap_or(DEFAULT_HOST)
            .parse()
            .expect("the hosts above are URLs"),
    }
}

/// What requests of one connection have in common.
pub(super) struct Wire {
    pub(super) http: reqwest::Client,
    pub(super) host: ApiHost,
    pub(super) tokens: Tokens,
    pub(super) breaker: Breaker,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn Ids>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("host", &self.host).finish_non_exhaustive()
    }
}

/// A request.
pub(super) struct Request<'a, B> {
    pub(super) method: Method,
    /// Below `/v1/calls`.
    pub(super) path: &'a [&'a str],
    pub(super) query: &'a [(&'a str, String)],
    pub(super) body: Option<&'a B>,
    pub(super) region: Option<&'a str>,
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
    pub(super) async fn send<B: Serialize + Sync>(
        &self,
        request: Request<'_, B>,
    ) -> Result<Reply, Lost> {
        let now = self.clock.now();
        self.breaker.admit(now).map_err(|Open { wait }| Lost::NotSent {
            reason: "the carrier failed too often just now".to_owned(),
            wait,
        })?;
        let sent = self.send_once(&request).await;
        let sensible = sent.as_ref().is_ok_and(|reply| reply.is_sensible(request.wants));
        if sensible {
            self.breaker.succeeded();
        } else {
            self.breaker.failed(self.clock.now());
        }
        sent
    }

    #[tracing::instrument(name = "carrier.request", skip_all, fields(carrier = "vonage", http.request.method = %request.method, http.response.status_code))]
    async fn send_once<B: Serialize + Sync>(
        &self,
        request: &Request<'_, B>,
    ) -> Result<Reply, Lost> {
        let token = self
            .tokens
            .current(&*self.ids, self.clock.now())
            .map_err(|bad_key| Lost::NotSent { reason: bad_key.to_string(), wait: SHORT_WAIT })?;
        let mut builder = self
            .http
            .request(request.method.clone(), self.url(request))
            .bearer_auth(token.expose_secret())
            .header(header::ACCEPT, "application/json")
            .headers(trace::headers())
            .query(request.query);
        if let Some(body) = request.body {
            builder = builder.json(body);
        }
        let response = builder.send().await.map_err(Lost::from)?;
        let status = response.status();
        tracing::Span::current().record("http.response.status_code", status.as_u16());
        log(request, &response);
        if status == StatusCode::UNAUTHORIZED {
            self.tokens.forget();
        }
        let retry_after = retry_after(&response);
        let needs_body = !status.is_success() || request.wants == Wants::Json;
        let json = if needs_body { read(response).await } else { None };
        Ok(Reply { status, retry_after, json })
    }

    fn url<B>(&self, request: &Request<'_, B>) -> Url {
        let mut url = base(&self.host, request.region);
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["v1", "calls"]).extend(request.path);
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
            Self::NotSent {
                reason: "the request could not be written".to_owned(),
                wait: SHORT_WAIT,
            }
        } else if error.is_timeout() {
            Self::Unknown { reason: "the carrier did not answer in time".to_owned() }
        } else {
            Self::Unknown { reason: "the connection to the carrier broke".to_owned() }
        }
    }
}

/// Their support asks for the trace id.
fn log<B>(request: &Request<'_, B>, response: &Response) {
    let trace = response.headers().get("x-nexmo-trace-id").and_then(|id| id.to_str().ok());
    let status = response.status().as_u16();
    if response.status().is_success() {
        debug!(carrier = "vonage", http.method = %request.method, http.status = status, carrier.trace_id = trace, "The carrier did it");
    } else {
        warn!(carrier = "vonage", http.method = %request.method, http.status = status, carrier.trace_id = trace, "The carrier did not do it");
    }
}

/// Seconds, if it is there and can be read: no document promises either.
fn retry_after(response: &Response) -> Duration {
    const LONGEST: u64 = 60;
    response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().split('.').next()?.parse().ok())
        .map_or(SHORT_WAIT, |seconds: u64| Duration::from_secs(seconds.clamp(1, LONGEST)))
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

    /// Whether something in the request itself was found wrong.
    pub(super) fn names_parameters(&self) -> bool {
        self.json.as_ref().is_some_and(|json| json.get("invalid_parameters").is_some())
    }

    /// What the carrier says is wrong, in any of the three shapes that it says it in.
    pub(super) fn reason(&self) -> String {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let mut words = vec![self.status.as_u16().to_string()];
        if let Some(json) = &self.json {
            words.extend(text(json.get("title").or_else(|| json.get("error_title"))));
            words.extend(text(json.get("detail")));
            let parameters = json.get("invalid_parameters").and_then(Value::as_array);
            for parameter in parameters.into_iter().flatten() {
                words.extend(text(parameter.get("name")).map(|name| format!("{name}:")));
                words.extend(text(parameter.get("reason")));
            }
        }
        in_their_words(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_controlled_in_its_region_unless_the_operator_says_where() {
        let eu = Some("https://api-eu-3.vonage.com");
        let evil = Some("https://evil.example");
        let stand_in = ApiHost::Override(Url::parse("http://127.0.0.1:9/").unwrap());

        assert_eq!(base(&ApiHost::Carrier, eu).as_str(), "https://api-eu-3.vonage.com/");
        assert_eq!(base(&ApiHost::Carrier, evil).as_str(), "https://api.nexmo.com/");
        assert_eq!(base(&ApiHost::Carrier, None).as_str(), "https://api.nexmo.com/");
        assert_eq!(base(&stand_in, eu).as_str(), "http://127.0.0.1:9/");
    }

    #[test]
    fn only_hosts_of_the_carriers_get_a_token() {
        assert_eq!(
            region_host("https://api-eu-3.vonage.com/"),
            Some("https://api-eu-3.vonage.com")
        );
        for stranger in [
            "",
            "api-eu-3.vonage.com",
            "http://api-eu-3.vonage.com",
            "https://api-eu-3.vonage.com.example",
            "https://api-eu-3.vonage.com@evil.example",
            "https://api-eu-3.vonage.com:8443",
            "https://api-eu-3.vonage.com/elsewhere",
            "https://evil.example/https://api-eu-3.vonage.com",
            "https://api-eu-9.vonage.com",
        ] {
            assert_eq!(region_host(stranger), None, "{stranger}");
        }
    }
}
