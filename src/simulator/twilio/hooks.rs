//! Webhooks on their way out: a form, signed, sent again only where the rules say so, and recorded.

use std::{collections::BTreeMap, error::Error, sync::Arc, time::Duration};

use bytes::Bytes;
use reqwest::header;
use tokio::{sync::mpsc, time::Instant};
use url::form_urlencoded::Serializer;

use super::{
    super::{
        leg::Leg,
        network::{Fate, News},
        record::{Webhook, milliseconds},
        settings::Method,
    },
    Platform, Target,
    account::TwilioAccount,
    overrides::{Overrides, Retry},
    sign,
};

pub type Fields = Vec<(String, String)>;

/// A webhook that is to be sent.
#[derive(Clone, Debug)]
pub struct Hook {
    /// `answer`, `action`, `event`, `conference`, `detection`, `fallback`, `stream`, `wait`, `announce` or `audio`.
    pub kind: &'static str,
    pub what: String,
    pub news: News,
    pub leg: Option<Arc<Leg>>,
    pub account: Arc<TwilioAccount>,
    pub target: Target,
    pub fields: Fields,
}

#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub content_type: Option<String>,
    pub location: Option<String>,
    pub body: Bytes,
}

impl Reply {
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Why there was no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    Connect,
    Timeout,
    Broken,
    HostName,
    Tls,
    Overrides,
    /// The network of a scenario swallowed it.
    Lost,
}

impl Failure {
    /// As the fallback is told.
    #[must_use]
    pub fn code(self) -> u32 {
        match self {
            Self::Connect => 11205,
            Self::Timeout | Self::Lost => 11200,
            Self::Broken => 11206,
            Self::HostName => 11210,
            Self::Tls => 11220,
            Self::Overrides => 11243,
        }
    }

    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Connect => "no connection",
            Self::Timeout => "no answer in time",
            Self::Broken => "the connection broke",
            Self::HostName => "no such host",
            Self::Tls => "no protected connection",
            Self::Overrides => "bad connection overrides",
            Self::Lost => "lost",
        }
    }
}

/// Delivers the news of one call or conference, one after the other.
pub async fn postman(platform: Arc<Platform>, mut letters: mpsc::UnboundedReceiver<Hook>) {
    while let Some(hook) = letters.recv().await {
        let fate = fate(&platform, &hook);
        if fate.held.is_some() {
            // Held back on the side, so that the next may overtake it.
            let late = platform.clone();
            platform.exchange.spawn(async move {
                let _ = send_with(&late, &hook, fate).await;
            });
        } else {
            check_receipt(&platform, &hook, send_with(&platform, &hook, fate).await);
        }
    }
}

/// Nothing steers here: what comes back should be empty or a harmless document.
fn check_receipt(platform: &Platform, hook: &Hook, reply: Result<Reply, Failure>) {
    let code = match hook.kind {
        "event" => 15003,
        "conference" => 16011,
        _ => return,
    };
    if let Ok(reply) = reply
        && !(200..300).contains(&reply.status)
    {
        tracing::debug!(code, status = reply.status, url = hook.target.url, "callback refused");
        if reply.status != 403 {
            let what = &hook.what;
            platform.exchange.complain(format!(
                "callback {what} was answered {} (warning {code}); nothing is sent again",
                reply.status
            ));
        }
    }
}

/// Sends at once and waits for the reply, which may steer the call.
pub async fn send(platform: &Arc<Platform>, hook: &Hook) -> Result<Reply, Failure> {
    let fate = fate(platform, hook);
    send_with(platform, hook, fate).await
}

fn fate(platform: &Platform, hook: &Hook) -> Fate {
    let Some(leg) = &hook.leg else { return Fate::default() };
    platform.exchange.fate(leg.run, leg.who(), hook.news)
}

async fn send_with(platform: &Arc<Platform>, hook: &Hook, fate: Fate) -> Result<Reply, Failure> {
    let letter = write(platform, hook);
    if fate.lost {
        let lost = Webhook { attempt: 0, mishap: Some("lost".into()), ..letter };
        platform.exchange.keep_webhook(lost);
        return Err(Failure::Lost);
    }
    if let Some(held) = fate.held {
        platform.exchange.clock.sleep(held).await;
    }
    let mut first = letter.clone();
    first.mishap = fate.held.map(|_| "late".to_owned());
    if fate.unsigned {
        first.mishap = Some("unsigned".into());
        first.headers.remove(SIGNATURE);
    }
    let reply = attempts(platform, first).await;
    if let Some(again) = fate.again {
        let platform = platform.clone();
        platform.clone().exchange.spawn(async move {
            platform.exchange.clock.sleep(again).await;
            let copy = Webhook { mishap: Some("duplicate".into()), ..letter };
            let _ = attempts(&platform, copy).await;
        });
    }
    reply
}

async fn attempts(platform: &Platform, letter: Webhook) -> Result<Reply, Failure> {
    let limits = match Overrides::read(&letter.url, platform.exchange.settings.twilio_reply_max) {
        Ok(limits) => limits,
        Err(what) => {
            platform.exchange.complain(what);
            return Err(Failure::Overrides);
        }
    };
    let began = Instant::now();
    let mut number = 1;
    loop {
        let left = limits.total.saturating_sub(began.elapsed());
        if left.is_zero() {
            return Err(Failure::Timeout);
        }
        let mut webhook = Webhook { attempt: number, ..letter.clone() };
        webhook.at = platform.exchange.clock.now();
        let reply = deliver(platform, webhook, limits.connect, limits.read.min(left)).await;
        if u32::from(number) > limits.retries || !worth_another(&limits, &reply) {
            return reply;
        }
        number += 1;
    }
}

fn worth_another(limits: &Overrides, reply: &Result<Reply, Failure>) -> bool {
    let wants = |policy| limits.retry.contains(&policy);
    match reply {
        Ok(reply) => {
            (400..500).contains(&reply.status) && wants(Retry::ClientError)
                || reply.status >= 500 && wants(Retry::ServerError)
        }
        Err(Failure::Connect | Failure::Tls) => wants(Retry::Connect),
        Err(Failure::Timeout) => wants(Retry::Read),
        Err(Failure::Broken | Failure::HostName | Failure::Overrides | Failure::Lost) => false,
    }
}

pub const SIGNATURE: &str = "X-Twilio-Signature";
const IDEMPOTENCY: &str = "I-Twilio-Idempotency-Token";

/// The request as it goes over the wire, each time the same. The URL keeps its fragment here, where the overrides are.
fn write(platform: &Platform, hook: &Hook) -> Webhook {
    let token = hook.account.primary();
    let form = Serializer::new(String::new()).extend_pairs(&hook.fields).finish();
    let (url, body, signature) = if hook.target.method == Method::Post {
        (hook.target.url.clone(), form, sign::form(token, &hook.target.url, &hook.fields))
    } else {
        let url = with_query(&hook.target.url, &form);
        let signature = sign::url(token, &url);
        (url, String::new(), signature)
    };
    let headers = BTreeMap::from([
        (SIGNATURE.to_owned(), signature),
        (IDEMPOTENCY.to_owned(), platform.exchange.id().to_string()),
    ]);
    Webhook {
        n: 0,
        at: platform.exchange.clock.now(),
        kind: hook.kind.into(),
        what: hook.what.clone(),
        leg: hook.leg.as_ref().map(|leg| leg.id.clone()),
        application: hook.account.sid.clone(),
        method: if hook.target.method == Method::Post { "POST" } else { "GET" }.into(),
        url,
        authorization: None,
        headers,
        body,
        attempt: 1,
        mishap: None,
        status: None,
        latency_ms: None,
        answer: None,
        failure: None,
    }
}

fn with_query(url: &str, query: &str) -> String {
    let (url, fragment) = url.split_once('#').unwrap_or((url, ""));
    let mut all = url.to_owned();
    if !query.is_empty() {
        all.push(if url.contains('?') { '&' } else { '?' });
        all.push_str(query);
    }
    if !fragment.is_empty() {
        all.push('#');
        all.push_str(fragment);
    }
    all
}

/// Sends a recorded webhook again, byte for byte; afresh it has another idempotency token. The signature knows no time.
pub async fn replay(
    platform: &Platform,
    recorded: &Webhook,
    fresh: bool,
) -> Result<Reply, Failure> {
    let mut webhook = Webhook {
        mishap: Some("replay".into()),
        at: platform.exchange.clock.now(),
        status: None,
        latency_ms: None,
        answer: None,
        failure: None,
        ..recorded.clone()
    };
    if fresh {
        webhook.headers.insert(IDEMPOTENCY.into(), platform.exchange.id().to_string());
    }
    let total = platform.exchange.settings.twilio_reply_max;
    deliver(platform, webhook, Duration::from_secs(5), total).await
}

async fn deliver(
    platform: &Platform,
    webhook: Webhook,
    connect: Duration,
    read: Duration,
) -> Result<Reply, Failure> {
    let _on_the_wire = platform.exchange.clock.busy();
    let client = platform.client(connect).map_err(|_| Failure::Tls)?;
    let url = sign::without_fragment(&webhook.url);
    let mut request = if webhook.method == "POST" {
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        client.post(url).header(header::CONTENT_TYPE, form).body(webhook.body.clone())
    } else {
        client.get(url)
    };
    for (name, value) in &webhook.headers {
        request = request.header(name, value);
    }
    tracing::debug!(kind = webhook.kind, what = webhook.what, url, "webhook goes out");
    let n = platform.exchange.keep_webhook(webhook);
    let began = Instant::now();
    let outcome = exchange(request, read).await;
    let latency = began.elapsed();
    platform.exchange.finish_webhook(n, |webhook| {
        webhook.latency_ms = Some(milliseconds(latency));
        match &outcome {
            Ok(reply) => {
                (webhook.status, webhook.answer) = (Some(reply.status), Some(reply.text()));
            }
            Err(failure) => webhook.failure = Some(failure.reason().into()),
        }
    });
    outcome
}

async fn exchange(request: reqwest::RequestBuilder, read: Duration) -> Result<Reply, Failure> {
    let response = request.timeout(read).send().await.map_err(|error| failure(&error))?;
    let header = |name: header::HeaderName| {
        response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let (content_type, location) = (header(header::CONTENT_TYPE), header(header::LOCATION));
    let status = response.status().as_u16();
    let body = response.bytes().await.map_err(|error| failure(&error))?;
    Ok(Reply { status, content_type, location, body })
}

fn failure(error: &reqwest::Error) -> Failure {
    let mut causes = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        causes.push_str(&next.to_string());
        cause = next.source();
    }
    let causes = causes.to_lowercase();
    if error.is_builder() || causes.contains("dns") {
        Failure::HostName
    } else if causes.contains("certificate") || causes.contains("tls") {
        Failure::Tls
    } else if error.is_connect() {
        Failure::Connect
    } else if error.is_timeout() {
        Failure::Timeout
    } else {
        Failure::Broken
    }
}
