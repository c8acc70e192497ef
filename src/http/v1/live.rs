//! Live: a snapshot of the running calls, then each change, as server-sent events.

use std::time::Duration;

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, get};
use futures_util::{StreamExt, stream};
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::application::ports::Unavailable;
use crate::http::App;
use crate::http::extract::manager::Manager;
use crate::http::problem::Problem;
use crate::store::Reach;
use crate::store::history::{CallChange, Changes, LiveCallView, Sight};

/// How long without news before a comment shows that the connection lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// The least time between two looks for changes: however much happens, a follower asks so often at most.
const BREATH: Duration = Duration::from_millis(50);
/// Events in one go. Who is further behind gets a new snapshot.
const CHANGES_MAX: usize = 1_000;

/// What is told to whoever follows the running calls: `event` and `data` of a server-sent event.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum LiveEvent {
    /// The running calls: replaces whatever was shown. The first of a stream, unless it goes on from an earlier one; it may come
    /// again, if too much happened at once.
    Snapshot(Vec<LiveCallView>),
    /// Something happened in a call.
    Change(Box<CallChange>),
}

/// Follow the running calls.
///
/// Each event's `data` is one line of JSON (`LiveEvent` names both kinds), its `id` a position among all events. First comes a
/// `snapshot`: an array of the running calls, complete up to its id. Then a `change` for whatever happens: the last one of each call
/// in a burst has the member `call`, the whole call as it is then, or null once it is over; so whoever follows replaces what they
/// show of the call, and never has to work it out. Who connects again with the id of the last event they saw gets what they missed
/// in the same way; after an id that is too old, or none, a new snapshot. Lines that begin with a colon are comments: they show that
/// the connection lives.
#[utoipa::path(operation_id = "followCalls", tag = "live", summary = "Follow the running calls",
    params(("Last-Event-ID" = Option<String>, Header, description = "Go on after this event")),
    responses((status = 200, description = "Server-sent events `snapshot` (the running calls) and `change` (what happened, and the call as it is then)",
            content_type = "text/event-stream", body = String, example = "event: snapshot\nid: 4711\ndata: []\n\n")))]
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
        .and_then(|text| text.parse::<i64>().ok())
        .filter(|last| *last >= 0);
    let closed = app.stopping.closed();
    let mut follower = Follower {
        // Before anything is read: what happens meanwhile is heard of.
        news: app.store.follow_live(),
        app,
        sight: manager.sight(),
        reach: manager.reach,
        position: 0,
        looked: Instant::now(),
        pending: Vec::new(),
    };
    follower.begin(last).await?;
    let body = stream::unfold(follower, |mut follower| async move {
        let next = follower.next().await?;
        Some((Ok::<_, actix_web::Error>(next), follower))
    })
    .take_until(closed);
    Ok(HttpResponse::Ok()
        .insert_header(("Content-Type", "text/event-stream"))
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(body))
}

struct Follower {
    app: Data<App>,
    reach: Reach,
    sight: Sight,
    /// How far the running calls can be read, as far as this process knows.
    news: watch::Receiver<i64>,
    /// Everything up to here was told, or is pending.
    position: i64,
    looked: Instant,
    /// To send, last first.
    pending: Vec<Bytes>,
}

impl Follower {
    async fn begin(&mut self, last: Option<i64>) -> Result<(), Unavailable> {
        self.position = last.unwrap_or_default();
        if last.is_some() && self.read_changes().await? {
            self.pending.push(Bytes::from_static(b": resumed\n\n"));
            return Ok(());
        }
        self.begin_anew().await
    }

    async fn begin_anew(&mut self) -> Result<(), Unavailable> {
        let snapshot = self.app.store.live(&self.reach, self.sight).await?;
        self.position = snapshot.position;
        self.pending = vec![message(self.position, &LiveEvent::Snapshot(snapshot.calls))];
        Ok(())
    }

    /// What to send next; ends when the database is gone, so that the client connects again.
    async fn next(&mut self) -> Option<Bytes> {
        // What happens out of sight is no news, however much of it there is.
        let silent_until = Instant::now() + HEARTBEAT;
        while self.pending.is_empty() {
            let is_behind = *self.news.borrow_and_update() > self.position;
            if is_behind && self.look().await.ok()? {
                continue;
            }
            let changed = self.news.changed();
            match tokio::time::timeout_at(silent_until, changed).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return None,
                Err(_) => return Some(Bytes::from_static(b": still here\n\n")),
            }
        }
        self.pending.pop()
    }

    /// Makes pending what happened; false if the position is still the same.
    async fn look(&mut self) -> Result<bool, Unavailable> {
        tokio::time::sleep_until(self.looked + BREATH).await;
        self.looked = Instant::now();
        let before = self.position;
        if !self.read_changes().await? {
            self.begin_anew().await?;
        }
        Ok(self.position != before)
    }

    /// False if there is no going on from the position.
    async fn read_changes(&mut self) -> Result<bool, Unavailable> {
        let store = &self.app.store;
        let changes = store.changes(&self.reach, self.sight, self.position, CHANGES_MAX).await?;
        let Some(Changes { position, changes }) = changes else { return Ok(false) };
        self.position = position;
        let told = changes.into_iter().rev();
        self.pending = told
            .map(|change| message(change.position, &LiveEvent::Change(Box::new(change))))
            .collect();
        Ok(true)
    }
}

fn message(id: i64, event: &LiveEvent) -> Bytes {
    let (name, data) = match event {
        LiveEvent::Snapshot(calls) => ("snapshot", serde_json::to_string(calls)),
        LiveEvent::Change(change) => ("change", serde_json::to_string(change)),
    };
    Bytes::from(format!("event: {name}\nid: {id}\ndata: {}\n\n", data.unwrap_or_default()))
}
