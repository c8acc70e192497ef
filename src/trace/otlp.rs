//! Sends spans to a collector: OTLP over HTTP, as JSON (opentelemetry.io/docs/specs/otlp). A collector that is slow or away costs spans and
//! nothing else.

use std::time::{Duration, SystemTime};

use reqwest::Url;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::SAMPLED_BELOW;
use super::layer::{Attribute, Span, Spans};

/// Requests and work items whose spans may wait.
const WAITING_MAX: usize = 1024;
/// Of those in one message.
const AT_ONCE: usize = 256;
/// Spans are gathered for so long.
const GATHERED_FOR: Duration = Duration::from_millis(500);
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

/// Where spans go, and which.
#[derive(Clone, Debug)]
pub struct Exporter {
    /// The collector's URL for traces, `http://127.0.0.1:4318/v1/traces`.
    pub url: Url,
    /// What it wants to be told besides, a key mostly.
    pub headers: HeaderMap,
    /// As what this process is shown.
    pub service: String,
    /// Of the traces that begin here, from 0 to 1. Those in which something goes wrong are sent all the same.
    pub ratio: f64,
}

impl Exporter {
    /// Sends what it is handed, until nobody can hand it anything any more.
    pub fn start(self) -> mpsc::Sender<Spans> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of all ids, which a float that is too large takes to all of them"
        )]
        let below = (self.ratio.clamp(0.0, 1.0) * u64::MAX as f64) as u64;
        SAMPLED_BELOW.store(below, std::sync::atomic::Ordering::Relaxed);
        let (to, waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(self.send(waiting));
        to
    }

    async fn send(self, mut waiting: mpsc::Receiver<Spans>) {
        let http = reqwest::Client::new();
        let mut gathered = Vec::new();
        while waiting.recv_many(&mut gathered, AT_ONCE).await > 0 {
            tokio::time::sleep(GATHERED_FOR).await;
            while gathered.len() < AT_ONCE
                && let Ok(more) = waiting.try_recv()
            {
                gathered.push(more);
            }
            let message = self.message(gathered.drain(..).flatten());
            let request = http
                .post(self.url.clone())
                .headers(self.headers.clone())
                .timeout(ANSWERS_WITHIN)
                .json(&message);
            let sent = request.send().await.and_then(reqwest::Response::error_for_status);
            if let Err(error) = sent {
                metrics::counter!("trace_spans_dropped_total").increment(1);
                // Its URL may hold a key.
                tracing::debug!(error = %error.without_url(), "spans could not be sent");
            }
        }
    }

    fn message(&self, spans: impl Iterator<Item = Span>) -> Value {
        json!({ "resourceSpans": [{
            "resource": { "attributes": [
                attribute("service.name", &Attribute::Text(self.service.clone())),
                attribute("service.version", &Attribute::Text(env!("CARGO_PKG_VERSION").to_owned())),
            ] },
            "scopeSpans": [{
                "scope": { "name": "vestibule" },
                "spans": spans.map(written).collect::<Vec<_>>(),
            }],
        }] })
    }
}

/// Ids are in hexadecimal and times are texts, other than elsewhere in protobuf's JSON.
fn written(span: Span) -> Value {
    let attributes: Vec<Value> =
        span.attributes.iter().map(|(name, value)| attribute(name, value)).collect();
    let mut written = json!({
        "traceId": format!("{:032x}", span.here.trace),
        "spanId": format!("{:016x}", span.here.span),
        "name": span.name,
        "kind": span.kind as u8,
        "startTimeUnixNano": nanoseconds(span.began),
        "endTimeUnixNano": nanoseconds(span.ended),
        "attributes": attributes,
        "status": { "code": if span.has_failed { 2 } else { 0 } },
    });
    if let Some(parent) = span.parent {
        written["parentSpanId"] = format!("{:016x}", parent.span).into();
    }
    written
}

fn attribute(name: &str, value: &Attribute) -> Value {
    let value = match value {
        Attribute::Text(text) => json!({ "stringValue": text }),
        Attribute::Number(number) => json!({ "intValue": number.to_string() }),
    };
    json!({ "key": name, "value": value })
}

fn nanoseconds(at: SystemTime) -> String {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    since.as_nanos().to_string()
}
