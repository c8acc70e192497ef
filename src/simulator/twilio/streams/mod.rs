//! Media streams: a real WebSocket to the customer for a call's live audio, and the record of what came back.

mod playback;
mod socket;
mod wire;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use self::playback::Playback;
use super::{super::network::News, Call, Platform, events::field, hooks::Hook, twiml};

/// Streams that are kept after their end.
const KEPT_MAX: usize = 10_000;

#[derive(Debug, Default)]
pub struct Streams(Mutex<VecDeque<Arc<Live>>>);

/// How a stream came about, which says what it can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `<Connect>`: both ways; the document goes on when the customer closes the socket.
    Connect,
    /// `<Start>`: to the customer only, beside the document.
    Start,
    /// Through the API: as `<Start>`.
    Api,
}

#[derive(Debug)]
pub struct Live {
    pub sid: String,
    pub call: Arc<Call>,
    pub stream: twiml::Stream,
    pub kind: Kind,
    /// Asks it to end.
    stopped: CancellationToken,
    over: CancellationToken,
    state: Mutex<LiveState>,
}

#[derive(Debug, Default)]
struct LiveState {
    status: Status,
    error: Option<String>,
    frames_sent: u64,
    playback: Playback,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    #[default]
    Connecting,
    Running,
    Stopped,
    Failed,
}

/// A stream, and what came back over it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StreamView {
    pub sid: String,
    pub call: String,
    pub name: Option<String>,
    pub url: String,
    pub status: Status,
    /// Why it failed.
    pub error: Option<String>,
    pub frames_sent: u64,
    /// Bytes of audio that the customer sent.
    pub bytes_received: u64,
    /// Of these, the bytes that were cleared before the phone heard them.
    pub bytes_cleared: u64,
    /// Over all that was received, in order.
    pub sha256: String,
    /// In base64, if the simulator was told to keep them.
    pub audio: Option<String>,
    /// The marks that were echoed, in order.
    pub marks: Vec<String>,
}

/// Ends the stream when the verb that waits for it is given up.
#[derive(Debug)]
pub struct Handle(Arc<Live>, bool);

impl Handle {
    /// Waits until the stream is over, which is mostly the customer's doing.
    pub async fn ended(mut self) {
        self.0.over.cancelled().await;
        self.1 = false;
    }

    pub fn leave_running(mut self) {
        self.1 = false;
    }

    #[must_use]
    pub fn live(&self) -> Arc<Live> {
        self.0.clone()
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if self.1 {
            self.0.stopped.cancel();
        }
    }
}

impl Streams {
    fn all(&self) -> MutexGuard<'_, VecDeque<Arc<Live>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn views(&self) -> Vec<StreamView> {
        self.all().iter().map(|live| live.view()).collect()
    }

    /// The running stream of that call and name (or SID), or any if no name is given.
    pub fn running(&self, call: &str, name: Option<&str>) -> Option<Arc<Live>> {
        let of_it = |live: &&Arc<Live>| {
            live.call.leg.id == call
                && !live.over.is_cancelled()
                && name.is_none_or(|name| {
                    live.sid == name || live.stream.name.as_deref() == Some(name)
                })
        };
        self.all().iter().rev().find(of_it).cloned()
    }

    pub fn stop(&self, call: &str, name: Option<&str>) -> bool {
        self.running(call, name).map(|live| live.stopped.cancel()).is_some()
    }

    pub fn stop_all(&self, call: &str) {
        for live in self.all().iter().filter(|live| live.call.leg.id == call) {
            live.stopped.cancel();
        }
    }
}

impl Live {
    fn state(&self) -> MutexGuard<'_, LiveState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Both ways, or only to the customer.
    #[must_use]
    pub fn is_both_ways(&self) -> bool {
        self.kind == Kind::Connect
    }

    /// The URL without what streams do not support.
    #[must_use]
    pub fn url(&self) -> &str {
        let url = super::sign::without_fragment(&self.stream.url);
        url.split_once('?').map_or(url, |(url, _)| url)
    }

    fn view(&self) -> StreamView {
        let state = self.state();
        StreamView {
            sid: self.sid.clone(),
            call: self.call.leg.id.clone(),
            name: self.stream.name.clone(),
            url: self.url().to_owned(),
            status: state.status,
            error: state.error.clone(),
            frames_sent: state.frames_sent,
            bytes_received: state.playback.received,
            bytes_cleared: state.playback.cleared,
            sha256: state.playback.digest(),
            audio: state.playback.audio(),
            marks: state.playback.echoed.clone(),
        }
    }

    /// Tells how the stream fares, if the customer wants to know.
    fn tell(&self, platform: &Platform, event: &str, error: Option<&str>) {
        platform.exchange.touch();
        let Some(callback) = &self.stream.callback else { return };
        let now = platform.exchange.clock.now();
        let stamp = now.format(&time::format_description::well_known::Rfc3339).unwrap_or_default();
        let mut fields = vec![
            field("AccountSid", &self.call.account.sid),
            field("CallSid", &self.call.leg.id),
            field("StreamSid", &self.sid),
            field("StreamName", self.stream.name.as_deref().unwrap_or(&self.sid)),
            field("StreamEvent", event),
            field("Timestamp", stamp),
        ];
        if let Some(error) = error {
            fields.push(field("StreamError", error));
        }
        self.call.post(Hook {
            kind: "stream",
            what: event.into(),
            news: News::Other,
            leg: Some(self.call.leg.clone()),
            account: self.call.account.clone(),
            target: callback.target.clone(),
            fields,
        });
    }
}

/// Opens a stream; it runs beside whatever the call does until it is stopped or closed.
pub fn start(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    stream: &twiml::Stream,
    kind: Kind,
) -> Handle {
    let live = Arc::new(Live {
        sid: platform.sid("MZ"),
        call: call.clone(),
        stream: stream.clone(),
        kind,
        stopped: CancellationToken::new(),
        over: CancellationToken::new(),
        state: Mutex::new(LiveState {
            playback: Playback::keeping(platform.exchange.settings.keep_stream_bytes),
            ..LiveState::default()
        }),
    });
    let taken = live
        .stream
        .name
        .as_deref()
        .is_some_and(|name| platform.streams.running(&call.leg.id, Some(name)).is_some());
    if taken {
        platform.exchange.complain("two streams of one call have the same name");
    }
    if live.stream.url.contains('?') {
        platform.exchange.complain("the query of a stream's URL is not supported: it is stripped");
    }
    let mut all = platform.streams.all();
    all.push_back(live.clone());
    if all.len() > KEPT_MAX {
        all.pop_front();
    }
    drop(all);
    platform.exchange.spawn(socket::run(platform.clone(), live.clone()));
    Handle(live, true)
}
