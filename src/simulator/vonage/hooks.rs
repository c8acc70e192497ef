//! Webhooks on their way out: built, signed, sent with one more attempt where the rules say so, and recorded.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use reqwest::{Url, header};
use serde_json::{Map, Value};
use tokio::{sync::mpsc, time::Instant};

use super::{
    super::{
        leg::Leg,
        network::{Fate, News},
        record::{Webhook, milliseconds},
        settings::{Application, Method, Timeouts},
    },
    Platform, Target, sign,
};

/// A webhook that is to be sent.
#[derive(Clone, Debug)]
pub struct Hook {
    /// `answer`, `event` or `fallback`.
    pub kind: &'static str,
    pub what: String,
    pub news: News,
    pub leg: Option<Arc<Leg>>,
    pub application: Arc<Application>,
    pub target: Target,
    pub timeouts: Timeouts,
    pub fields: Map<String, Value>,
}

#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub content_type: String,
    pub body: String,
}

/// Why there was no reply, in the words that the fallback is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    Closed,
    Reset,
    Timeout,
    /// The URL or the connection's protection is no good: not worth a second attempt.
    Impossible,
    /// The network of a scenario swallowed it.
    Lost,
}

impl Failure {
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Closed | Self::Impossible | Self::Lost => "Connection closed.",
            Self::Reset => "Connection reset.",
            Self::Timeout => "Socket timeout.",
        }
    }
}

/// A request as it goes over the wire, each time the same.
#[derive(Clone, Debug)]
struct Letter {
    url: String,
    body: String,
    payload_hash: String,
    jti: String,
}

/// Delivers one call's news, one after the other, until the call is forgotten.
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
            let _ = send_with(&platform, &hook, fate).await;
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
    let letter = write(platform, hook).ok_or(Failure::Impossible)?;
    if fate.lost {
        platform.exchange.keep_webhook(entry(platform, hook, &letter, 0, Some("lost")));
        return Err(Failure::Lost);
    }
    if let Some(held) = fate.held {
        platform.exchange.clock.sleep(held).await;
    }
    let mishap = if fate.unsigned { Some("unsigned") } else { fate.held.map(|_| "late") };
    let mut reply = attempt(platform, hook, &letter, 1, mishap).await;
    if worth_another(&reply) {
        let mut letter = letter.clone();
        if !platform.exchange.settings.same_jti_on_retry {
            letter.jti = platform.exchange.id().to_string();
        }
        reply = attempt(platform, hook, &letter, 2, None).await;
    }
    if let Some(again) = fate.again {
        let (platform, hook, letter) = (platform.clone(), hook.clone(), letter);
        platform.clone().exchange.spawn(async move {
            platform.exchange.clock.sleep(again).await;
            let _ = attempt(&platform, &hook, &letter, 1, Some("duplicate")).await;
        });
    }
    reply
}

/// One more attempt on time-outs, lost connections, 429, 503 and 504; on nothing else.
fn worth_another(reply: &Result<Reply, Failure>) -> bool {
    match reply {
        Ok(reply) => matches!(reply.status, 429 | 503 | 504),
        Err(Failure::Closed | Failure::Reset | Failure::Timeout) => true,
        Err(Failure::Impossible | Failure::Lost) => false,
    }
}

fn write(platform: &Platform, hook: &Hook) -> Option<Letter> {
    let jti = platform.exchange.id().to_string();
    if hook.target.method == Method::Post {
        let body = Value::Object(hook.fields.clone()).to_string();
        return Some(Letter {
            url: hook.target.url.clone(),
            payload_hash: sign::hash(body.as_bytes()),
            body,
            jti,
        });
    }
    let mut url = Url::parse(&hook.target.url).ok()?;
    let own = url.query_pairs().count();
    {
        let mut query = url.query_pairs_mut();
        for (name, value) in &hook.fields {
            query.append_pair(name, &parameter(value));
        }
    }
    let skip = if platform.exchange.settings.hash_own_parameters { 0 } else { own };
    let pairs: Vec<(String, String)> = url
        .query_pairs()
        .skip(skip)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    Some(Letter {
        payload_hash: sign::hash_of_query(&pairs),
        url: url.into(),
        body: String::new(),
        jti,
    })
}

/// Nested objects travel as JSON inside the parameter.
fn parameter(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn entry(
    platform: &Platform,
    hook: &Hook,
    letter: &Letter,
    attempt: u8,
    mishap: Option<&str>,
) -> Webhook {
    let at = platform.exchange.clock.now();
    let signed = hook.application.signed_callbacks && mishap != Some("unsigned");
    Webhook {
        n: 0,
        at,
        kind: hook.kind.into(),
        what: hook.what.clone(),
        leg: hook.leg.as_ref().map(|leg| leg.id.clone()),
        application: hook.application.id.clone(),
        method: method_name(hook.target.method).into(),
        url: letter.url.clone(),
        authorization: signed
            .then(|| sign::webhook(&hook.application, &letter.payload_hash, &letter.jti, at))
            .flatten(),
        headers: BTreeMap::new(),
        body: letter.body.clone(),
        attempt,
        mishap: mishap.map(Into::into),
        status: None,
        latency_ms: None,
        answer: None,
        failure: None,
    }
}

fn method_name(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
    }
}

async fn attempt(
    platform: &Platform,
    hook: &Hook,
    letter: &Letter,
    number: u8,
    mishap: Option<&str>,
) -> Result<Reply, Failure> {
    deliver(platform, entry(platform, hook, letter, number, mishap), hook.timeouts).await
}

/// Sends a recorded webhook again, byte for byte; with a token of this moment or with the one that it had.
pub async fn replay(
    platform: &Platform,
    recorded: &Webhook,
    fresh: bool,
) -> Result<Reply, Failure> {
    let mut webhook = Webhook {
        mishap: Some("replay".into()),
        status: None,
        latency_ms: None,
        answer: None,
        failure: None,
        ..recorded.clone()
    };
    webhook.at = platform.exchange.clock.now();
    if fresh && let Some(application) = platform.application(&recorded.application) {
        let payload_hash = if recorded.method == "POST" {
            sign::hash(recorded.body.as_bytes())
        } else {
            let url = Url::parse(&recorded.url).map_err(|_| Failure::Impossible)?;
            sign::hash_of_query(
                &url.query_pairs()
                    .map(|(name, value)| (name.into_owned(), value.into_owned()))
                    .collect::<Vec<_>>(),
            )
        };
        webhook.authorization = sign::webhook(
            &application,
            &payload_hash,
            &platform.exchange.id().to_string(),
            webhook.at,
        );
    }
    deliver(platform, webhook, Timeouts::event()).await
}

async fn deliver(
    platform: &Platform,
    webhook: Webhook,
    timeouts: Timeouts,
) -> Result<Reply, Failure> {
    let _on_the_wire = platform.exchange.clock.busy();
    let client = platform.client(timeouts.connect_ms).map_err(|_| Failure::Impossible)?;
    let mut request = if webhook.method == "POST" {
        client
            .post(&webhook.url)
            .header(header::CONTENT_TYPE, "application/json")
            .body(webhook.body.clone())
    } else {
        client.get(&webhook.url)
    };
    if let Some(authorization) = &webhook.authorization {
        request = request.header(header::AUTHORIZATION, authorization);
    }
    tracing::debug!(
        kind = webhook.kind,
        what = webhook.what,
        url = webhook.url,
        "webhook goes out"
    );
    let n = platform.exchange.keep_webhook(webhook);
    let began = Instant::now();
    let outcome = exchange(request, timeouts).await;
    let latency = began.elapsed();
    platform.exchange.finish_webhook(n, |webhook| {
        webhook.latency_ms = Some(milliseconds(latency));
        match &outcome {
            Ok(reply) => {
                (webhook.status, webhook.answer) = (Some(reply.status), Some(reply.body.clone()))
            }
            Err(failure) => webhook.failure = Some(format!("{failure:?}").to_lowercase()),
        }
    });
    outcome
}

async fn exchange(request: reqwest::RequestBuilder, timeouts: Timeouts) -> Result<Reply, Failure> {
    let response = request
        .timeout(Duration::from_millis(timeouts.connect_ms + timeouts.socket_ms))
        .send()
        .await
        .map_err(|error| failure(&error))?;
    let status = response.status().as_u16();
    let content_type = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("")
        .to_owned();
    let body = response.text().await.map_err(|error| failure(&error))?;
    Ok(Reply { status, content_type, body })
}

fn failure(error: &reqwest::Error) -> Failure {
    use std::error::Error;

    if error.is_timeout() {
        return Failure::Timeout;
    }
    if error.is_builder() {
        return Failure::Impossible;
    }
    let mut causes = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        causes.push_str(&next.to_string());
        cause = next.source();
    }
    let causes = causes.to_lowercase();
    if causes.contains("reset") {
        Failure::Reset
    } else if causes.contains("certificate") || causes.contains("tls") {
        Failure::Impossible
    } else {
        Failure::Closed
    }
}
