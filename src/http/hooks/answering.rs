//! What all hooks share: a webhook's own task, and a response that can cross tasks.

use std::future::Future;
use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER};
use actix_web::web::Bytes;
use tokio::runtime::Handle;
use tracing::Instrument;

use crate::application::ports::Answer;
use crate::application::ports::vital_signs::{Sign, Vital};
use crate::http::App;
use crate::store::directory::connections::Connection;

/// A response that can cross tasks.
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) content_type: Option<&'static str>,
    pub(super) retry_after: Option<u16>,
    pub(super) body: Bytes,
}

/// Which webhook came, for metrics.
#[derive(Clone, Copy)]
pub(super) struct Webhook {
    pub(super) provider: &'static str,
    /// By its path.
    pub(super) kind: &'static str,
}

/// A path that we never handed out.
pub(super) const NO_KIND: &str = "unknown";

/// Answers in a task of its own. A reset connection drops the handler, but not the task: what came is stored, whoever still
/// listens. It runs among those who read and write for it: on the thread of its connection it would wait behind every new request.
pub(super) async fn in_own_task(
    tasks: &Handle,
    webhook: Webhook,
    answer: impl Future<Output = (Response, &'static str)> + Send + 'static,
) -> HttpResponse {
    in_own_task_within(tasks, Duration::MAX, webhook, answer).await
}

/// Likewise, for a carrier that waits no longer than this and goes on without us then. The task goes on as well: what came is stored.
pub(super) async fn in_own_task_within(
    tasks: &Handle,
    time: Duration,
    Webhook { provider, kind }: Webhook,
    answer: impl Future<Output = (Response, &'static str)> + Send + 'static,
) -> HttpResponse {
    let started = Instant::now();
    let task = tasks.spawn(answer.in_current_span());
    let (response, outcome) = match tokio::time::timeout(time, task).await {
        Ok(Ok(answered)) => answered,
        Ok(Err(error)) => {
            tracing::error!(%error, "a webhook's task failed");
            (later(), "failed")
        }
        Err(_) => {
            tracing::error!("a webhook could not be answered in time");
            (later(), "too_late")
        }
    };
    metrics::counter!("webhook_requests_total", "provider" => provider, "kind" => kind, "outcome" => outcome)
        .increment(1);
    metrics::histogram!("webhook_answer_seconds").record(started.elapsed().as_secs_f64());
    response.into()
}

/// Counts a webhook that is not believed, and notes it at its connection.
pub(super) fn note_refusal(
    app: &App,
    connection: &Connection,
    provider: &'static str,
    reason: &'static str,
) {
    metrics::counter!("signature_failures_total", "provider" => provider, "reason" => reason)
        .increment(1);
    app.calls.vital_signs.note(Sign {
        tenant: connection.tenant,
        connection: connection.id,
        line: None,
        vital: Vital::Refusal(reason),
    });
}

/// To come again. Vonage does, once, after this and after nothing else; Twilio asks the fallback; sipgate puts the call through as the
/// account is set up.
pub(super) fn later() -> Response {
    Response { retry_after: Some(1), ..status(503) }
}

pub(super) fn status(status: u16) -> Response {
    Response { status, content_type: None, retry_after: None, body: Bytes::new() }
}

impl From<Answer> for Response {
    fn from(answer: Answer) -> Self {
        Self {
            status: answer.status,
            content_type: answer.content_type,
            retry_after: None,
            body: answer.body,
        }
    }
}

impl From<Response> for HttpResponse {
    fn from(response: Response) -> Self {
        let mut answer =
            Self::build(StatusCode::from_u16(response.status).unwrap_or(StatusCode::OK));
        if let Some(content_type) = response.content_type {
            answer.insert_header((CONTENT_TYPE, content_type));
        }
        if let Some(seconds) = response.retry_after {
            answer.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        answer.body(response.body)
    }
}
