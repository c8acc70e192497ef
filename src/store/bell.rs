//! What processes on one database tell each other: that there is something new, and no more. Losing a word is harmless: everybody
//! looks by themselves once a second.
//!
//! `NOTIFY` comes after the commit and from here alone: inside the transactions that append, it would hold them up one by one.

use std::io::ErrorKind;
use std::time::Duration;

use sqlx::postgres::{PgListener, PgNotification};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::Store;
use super::wake::Wake;
use crate::application::ports::Unavailable;

/// Told when events were committed.
const EVENTS: &str = "vestibule_events";
/// Told when the running calls changed.
const LIVE: &str = "vestibule_live";
/// The least time between two words on a channel.
const QUIET: Duration = Duration::from_millis(50);
/// How often running calls that somebody follows are looked at, whatever is heard.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long to wait before the connection is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// A process's ear and voice, on one connection. Dropped, it lets go of the connection and of the store.
#[derive(Debug)]
pub struct Bell {
    task: JoinHandle<()>,
    stop: DropGuard,
}

impl Bell {
    /// Starts to listen, and to tell.
    pub fn start(store: Store) -> Self {
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let task = tokio::spawn(async move {
            let both = async { tokio::join!(listen(&store), keep_looking(&store)) };
            tokio::select! {
                () = stopped => {}
                _ = both => {}
            }
        });
        Self { task, stop: stop.drop_guard() }
    }

    /// Lets go of the connection.
    pub async fn stop(self) {
        drop(self.stop);
        if let Err(error) = self.task.await {
            tracing::warn!(%error, "what listens to other processes had failed");
        }
    }
}

/// Keeps a connection for it.
async fn listen(store: &Store) {
    let mut is_heard = true;
    loop {
        let lost = match Line::open(store).await {
            Ok(line) => {
                if !is_heard {
                    tracing::info!("other processes are heard again");
                }
                is_heard = true;
                line.serve(&store.wake).await
            }
            Err(error) => error,
        };
        if is_heard {
            tracing::warn!(error = %lost, "other processes are not heard: what they do is seen within a second");
            is_heard = false;
        }
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}

/// The connection.
struct Line {
    listener: PgListener,
    /// The server's name for it: what it tells, it hears as well.
    own: u32,
}

impl Line {
    async fn open(store: &Store) -> Result<Self, sqlx::Error> {
        let mut listener = PgListener::connect_with(&store.bell).await?;
        // A connection that is lost is given up here, so that what was not heard is looked at.
        listener.eager_reconnect(false);
        listener.listen_all([EVENTS, LIVE]).await?;
        let own: i32 =
            sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut listener).await?;
        store.wake.look_at_events();
        store.wake.look_at_live();
        Ok(Self { listener, own: own.cast_unsigned() })
    }

    /// Tells and hears until the connection is lost.
    async fn serve(mut self, wake: &Wake) -> sqlx::Error {
        let mut events = Voice::new(EVENTS, &wake.tell_events);
        let mut live = Voice::new(LIVE, &wake.tell_live);
        loop {
            let done = tokio::select! {
                heard = self.listener.try_recv() => match heard {
                    Ok(Some(heard)) => { self.hears(&heard, wake); Ok(()) }
                    Ok(None) => Err(sqlx::Error::Io(ErrorKind::ConnectionAborted.into())),
                    Err(error) => Err(error),
                },
                () = events.is_due() => events.tell(&mut self.listener).await,
                () = live.is_due() => live.tell(&mut self.listener).await,
            };
            if let Err(error) = done {
                return error;
            }
        }
    }

    fn hears(&self, heard: &PgNotification, wake: &Wake) {
        if heard.process_id() == self.own {
            return;
        }
        match heard.channel() {
            EVENTS => wake.look_at_events(),
            _ => wake.look_at_live(),
        }
    }
}

/// A channel that is spoken on: at once, and then not again for a moment.
struct Voice<'a> {
    channel: &'static str,
    asked: &'a Notify,
    quiet_until: Instant,
}

impl<'a> Voice<'a> {
    fn new(channel: &'static str, asked: &'a Notify) -> Self {
        Self { channel, asked, quiet_until: Instant::now() }
    }

    async fn is_due(&self) {
        tokio::time::sleep_until(self.quiet_until).await;
        self.asked.notified().await;
    }

    async fn tell(&mut self, on: &mut PgListener) -> Result<(), sqlx::Error> {
        sqlx::query("select pg_notify($1, '')").bind(self.channel).execute(on).await?;
        self.quiet_until = Instant::now() + QUIET;
        Ok(())
    }
}

/// Looks how far the running calls can be read: when it is asked to, and once a second. One look serves all who follow.
async fn keep_looking(store: &Store) {
    loop {
        let _ = tokio::time::timeout(LOOK_EVERY, store.wake.asked_to_look()).await;
        if !store.wake.is_live_followed() {
            continue;
        }
        match store.live_position().await {
            Ok(position) => store.wake.live_is_at(position),
            Err(error) => tracing::debug!(%error, "the running calls can not be looked at"),
        }
    }
}

impl Store {
    /// Follows how far the running calls can be read, as far as this process knows.
    pub fn follow_live(&self) -> watch::Receiver<i64> {
        self.wake.follow_live()
    }

    async fn live_position(&self) -> Result<i64, Unavailable> {
        let mut connection = self.worker.acquire().await?;
        super::history::live_position(&mut connection).await
    }
}
