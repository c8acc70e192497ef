//! Live: a snapshot of the running calls, then each change, as server-sent events.

use std::time::Duration;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, get};
use futures_util::stream;
use serde::Serialize;

use crate::http::App;
use crate::http::extract::manager::Manager;
use crate::http::problem::Problem;
use crate::store::Reach;

/// How long without news before a comment shows that the connection lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often another process's news are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Changes in one go. Who is further behind gets a new snapshot.
const CHANGES_MAX: i64 = 1_000;

/// Follow the running calls.
#[utoipa::path(operation_id = "followCalls", tag = "live", summary = "Follow the running calls",
    params(("Last-Event-ID" = Option<String>, Header, description = "Go on after this event")),
    responses((status = 200, description = "Events `snapshot` (the running calls) and `change` (what happened, with the call's id); each id is a position",
            content_type = "text/event-stream", body = String)))]
#[get("/v1/live")]
pub async fn follow(
    app: Data<App>,
    manager: Manager,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let last = request
        .headers()
        .get("Last-Event-ID")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<i64>().ok());
    let head = app.store.head().await?;
    let resumes = last.filter(|last| (0..=head).contains(last) && head - last <= CHANGES_MAX);
    let (first, position) = match resumes {
        Some(last) => (Bytes::from_static(b": resumed\n\n"), last),
        None => (message("snapshot", head, &app.store.live(&manager.reach).await?), head),
    };
    let follower = Follower { app, reach: manager.reach, position, pending: vec![first] };
    let body = stream::unfold(follower, |mut follower| async move {
        let next = follower.next().await?;
        Some((Ok::<_, actix_web::Error>(next), follower))
    });
    Ok(HttpResponse::Ok()
        .insert_header(("Content-Type", "text/event-stream"))
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(body))
}

struct Follower {
    app: Data<App>,
    reach: Reach,
    position: i64,
    /// To send, last first.
    pending: Vec<Bytes>,
}

impl Follower {
    /// What to send next; ends when the database is gone, so that the client connects again.
    async fn next(&mut self) -> Option<Bytes> {
        let mut quiet = Duration::ZERO;
        loop {
            if let Some(message) = self.pending.pop() {
                return Some(message);
            }
            let wake = self.app.store.wake();
            let news = wake.events.notified();
            let changes =
                self.app.store.changes(&self.reach, self.position, CHANGES_MAX).await.ok()?;
            if let Some(last) = changes.last() {
                self.position = last.position;
                self.pending = changes
                    .iter()
                    .rev()
                    .map(|change| message("change", change.position, change))
                    .collect();
                continue;
            }
            let waited = tokio::time::timeout(LOOK_EVERY, news).await.is_err();
            quiet += if waited { LOOK_EVERY } else { Duration::ZERO };
            if quiet >= HEARTBEAT {
                return Some(Bytes::from_static(b": still here\n\n"));
            }
        }
    }
}

fn message(event: &str, id: i64, data: &impl Serialize) -> Bytes {
    let data = serde_json::to_string(data).unwrap_or_default();
    Bytes::from(format!("event: {event}\nid: {id}\ndata: {data}\n\n"))
}
