//! Pushes on their way out: a form, signed over its bytes, never sent again, and recorded.

use std::{collections::BTreeMap, io::Read, sync::Arc};

use bytes::Bytes;
use flate2::read::{GzDecoder, ZlibDecoder};
use reqwest::header::{self, HeaderMap};
use tokio::{sync::mpsc, time::Instant};
use url::form_urlencoded::Serializer;

use super::{
    super::{
        network::{Fate, News},
        record::{Webhook, milliseconds},
    },
    Call, Platform,
};

pub type Fields = Vec<(&'static str, String)>;

pub const SIGNATURE: &str = "X-Sipgate-Signature";
/// What else stands on a push, as seen; it passes the carrier's own proxy.
const HEADERS: [(&str, &str); 6] = [
    ("Accept", "application/xml, text/plain, text/html"),
    ("Accept-Charset", "utf-8"),
    ("Accept-Encoding", "gzip,deflate"),
    ("X-SIPGATE-JOBS", "https://www.sipgate.de/jobs"),
    ("Via", "1.1 push-api.sipgate.net (squid/3.1.20)"),
    ("X-Forwarded-For", "217.116.118.254"),
];
/// An answer or a sound beyond this is cut off.
const BODY_MAX: u64 = 8 << 20;

/// A push that is to be sent.
#[derive(Clone, Debug)]
pub struct Push {
    /// `answer` for the question what to do with a call, `action` for keys, `event` for news.
    pub kind: &'static str,
    /// The wire's name of the event.
    pub what: &'static str,
    pub news: News,
    pub call: Arc<Call>,
    pub url: String,
    pub fields: Fields,
}

#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub content_type: Option<String>,
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
    /// The network of a scenario swallowed it.
    Lost,
}

impl Failure {
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Connect => "no connection",
            Self::Timeout => "no answer in time",
            Self::Broken => "the connection broke",
            Self::Lost => "lost",
        }
    }
}

/// Delivers the news of one call, one after the other. What is answered is discarded.
pub async fn postman(platform: Arc<Platform>, mut letters: mpsc::UnboundedReceiver<Push>) {
    while let Some(push) = letters.recv().await {
        hand_over(&platform, push).await;
    }
}

/// Delivers one piece of news, late and on the side if the network holds it back.
pub async fn hand_over(platform: &Arc<Platform>, push: Push) {
    let fate = fate(platform, &push.call, push.news);
    if fate.held.is_some() {
        // Held back on the side, so that the next may overtake it.
        let late = platform.clone();
        platform.exchange.spawn(async move {
            let _ = send(&late, &push, &fate).await;
        });
        return;
    }
    if let Ok(reply) = send(platform, &push, &fate).await
        && !(200..300).contains(&reply.status)
        && !fate.unsigned
    {
        platform.exchange.complain(format!(
            "{} was answered {}; nothing is sent again",
            push.what, reply.status
        ));
    }
}

/// What the network does to the next push of this kind.
pub fn fate(platform: &Platform, call: &Call, news: News) -> Fate {
    platform.exchange.fate(call.caller.run, call.caller.who(), news)
}

/// Sends it, as the network lets it through, and waits for the reply.
pub async fn send(platform: &Arc<Platform>, push: &Push, fate: &Fate) -> Result<Reply, Failure> {
    let letter = write(platform, push);
    if fate.lost {
        let lost = Webhook { attempt: 0, mishap: Some("lost".into()), ..letter };
        platform.exchange.keep_webhook(lost);
        return Err(Failure::Lost);
    }
    let mut first = letter.clone();
    if let Some(held) = fate.held {
        platform.exchange.clock.sleep(held).await;
        first.mishap = Some("late".into());
        first.at = platform.exchange.clock.now();
    }
    if fate.unsigned {
        first.mishap = Some("unsigned".into());
        first.headers.remove(SIGNATURE);
    }
    let reply = deliver(platform, first).await;
    if let Some(again) = fate.again {
        let platform = platform.clone();
        platform.clone().exchange.spawn(async move {
            platform.exchange.clock.sleep(again).await;
            let at = platform.exchange.clock.now();
            let copy = Webhook { at, mishap: Some("duplicate".into()), ..letter };
            let _ = deliver(&platform, copy).await;
        });
    }
    reply
}

/// The request as it goes over the wire, each time the same.
fn write(platform: &Platform, push: &Push) -> Webhook {
    let body = Serializer::new(String::new()).extend_pairs(&push.fields).finish();
    let signature = platform.seal.sign(body.as_bytes());
    Webhook {
        n: 0,
        at: platform.exchange.clock.now(),
        kind: push.kind.into(),
        what: push.what.into(),
        leg: Some(push.call.caller.id.clone()),
        application: push.call.account.account.clone(),
        method: "POST".into(),
        url: push.url.clone(),
        authorization: None,
        headers: BTreeMap::from([(SIGNATURE.to_owned(), signature)]),
        body,
        attempt: 1,
        mishap: None,
        status: None,
        latency_ms: None,
        answer: None,
        failure: None,
    }
}

/// Sends a recorded push again, byte for byte: its signature knows no time.
pub async fn replay(platform: &Platform, recorded: &Webhook) -> Result<Reply, Failure> {
    let again = Webhook {
        mishap: Some("replay".into()),
        at: platform.exchange.clock.now(),
        status: None,
        latency_ms: None,
        answer: None,
        failure: None,
        ..recorded.clone()
    };
    deliver(platform, again).await
}

/// Fetches a sound. Nothing is said about the call that it is for.
pub async fn fetch(platform: &Platform, call: &Call, url: &str) -> Result<Reply, Failure> {
    let request = Webhook {
        n: 0,
        at: platform.exchange.clock.now(),
        kind: "audio".into(),
        what: "play".into(),
        leg: Some(call.caller.id.clone()),
        application: call.account.account.clone(),
        method: "GET".into(),
        url: url.into(),
        authorization: None,
        headers: BTreeMap::new(),
        body: String::new(),
        attempt: 1,
        mishap: None,
        status: None,
        latency_ms: None,
        answer: None,
        failure: None,
    };
    deliver(platform, request).await
}

async fn deliver(platform: &Platform, webhook: Webhook) -> Result<Reply, Failure> {
    let _on_the_wire = platform.exchange.clock.busy();
    let mut request = if webhook.method == "POST" {
        let form = "application/x-www-form-urlencoded; charset=UTF-8";
        let push = platform.http.post(&webhook.url).header(header::CONTENT_TYPE, form);
        HEADERS
            .iter()
            .fold(push, |push, (name, value)| push.header(*name, *value))
            .body(webhook.body.clone())
    } else {
        platform.http.get(&webhook.url)
    };
    for (name, value) in &webhook.headers {
        request = request.header(name, value);
    }
    tracing::debug!(kind = webhook.kind, what = webhook.what, url = webhook.url, "push goes out");
    let is_text = webhook.kind != "audio";
    let n = platform.exchange.keep_webhook(webhook);
    let began = Instant::now();
    let limit = platform.exchange.settings.sipgate_reply_max;
    let outcome = match tokio::time::timeout(limit, exchange(request)).await {
        Ok(outcome) => outcome.map_err(|error| failure(&error)),
        Err(_) => Err(Failure::Timeout),
    };
    let latency = began.elapsed();
    platform.exchange.finish_webhook(n, |webhook| {
        webhook.latency_ms = Some(milliseconds(latency));
        match &outcome {
            Ok(reply) => {
                webhook.status = Some(reply.status);
                webhook.answer = is_text.then(|| reply.text());
            }
            Err(failure) => webhook.failure = Some(failure.reason().into()),
        }
    });
    outcome
}

async fn exchange(request: reqwest::RequestBuilder) -> Result<Reply, reqwest::Error> {
    let response = request.send().await?;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let body = unpacked(&headers, response.bytes().await?);
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    Ok(Reply { status, content_type: content_type.map(str::to_owned), body })
}

/// A push says that it takes packed answers, so it has to.
fn unpacked(headers: &HeaderMap, body: Bytes) -> Bytes {
    let mut plain = Vec::new();
    let coding = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    let read = match coding {
        Some("gzip") => GzDecoder::new(&body[..]).take(BODY_MAX).read_to_end(&mut plain),
        Some("deflate") => ZlibDecoder::new(&body[..]).take(BODY_MAX).read_to_end(&mut plain),
        _ => return body,
    };
    // What does not unpack is no document either.
    if read.is_ok() { plain.into() } else { body }
}

fn failure(error: &reqwest::Error) -> Failure {
    if error.is_connect() || error.is_builder() {
        Failure::Connect
    } else if error.is_timeout() {
        Failure::Timeout
    } else {
        Failure::Broken
    }
}
