//! Who is told that there is something new: at once in this process, and through the bell in all others.

use std::sync::Arc;

use tokio::sync::futures::{Notified, OwnedNotified};
use tokio::sync::{Notify, watch};

use crate::application::ports::WorkKind;

/// Told after each commit, so that nobody has to poll for it.
#[derive(Debug, Default)]
pub struct Wake {
    /// New events, of this process or another.
    events: Arc<Notify>,
    /// Work of this process that is due.
    pub work: Due,
    /// How far the running calls can be read.
    live: watch::Sender<i64>,
    /// Asks to look how far that is.
    look: Notify,
    /// Asks to tell other processes of new events. What they tell is never told on: two processes would echo each other for ever.
    pub(super) tell_events: Notify,
    /// Asks to tell them that running calls changed.
    pub(super) tell_live: Notify,
}

impl Wake {
    /// Done once something is new. Armed as soon as it is made: whoever takes it before looking misses nothing.
    pub fn news(&self) -> OwnedNotified {
        Arc::clone(&self.events).notified_owned()
    }

    /// There may be something new for whoever follows the events in this process.
    pub(super) fn look_at_events(&self) {
        self.events.notify_waiters();
    }

    /// This process committed events.
    pub(super) fn committed(&self) {
        self.look_at_events();
        self.tell_events.notify_one();
    }

    /// This process brought the running calls up to date.
    pub(super) fn live_moved(&self) {
        self.look_at_live();
        self.tell_live.notify_one();
    }

    /// The running calls may be further than this process knows.
    pub(super) fn look_at_live(&self) {
        self.look.notify_one();
    }

    /// Done once somebody asked to look.
    pub(super) async fn asked_to_look(&self) {
        self.look.notified().await;
    }

    /// Follows how far the running calls can be read.
    pub(super) fn follow_live(&self) -> watch::Receiver<i64> {
        let followed = self.live.subscribe();
        self.look_at_live();
        followed
    }

    /// Whether anybody follows the running calls.
    pub(super) fn is_live_followed(&self) -> bool {
        self.live.receiver_count() > 0
    }

    /// The running calls can be read up to this position.
    pub(super) fn live_is_at(&self, position: i64) {
        self.live.send_if_modified(|known| std::mem::replace(known, position) != position);
    }
}

/// Told once work is due, each kind to whoever does it: most commits bring none, and to look for it in vain takes as long as to find it.
#[derive(Debug, Default)]
pub struct Due {
    kinds: [Notify; WorkKind::ALL.len()],
    /// For the relay, which takes all kinds.
    any: Notify,
}

impl Due {
    /// Done once there is work of this kind. Armed as soon as it is made.
    pub(super) fn of(&self, kind: WorkKind) -> Notified<'_> {
        self.kinds[kind as usize].notified()
    }

    /// Done once there is work of any kind, likewise.
    pub(super) fn of_any(&self) -> Notified<'_> {
        self.any.notified()
    }

    /// There is work of these kinds.
    pub(super) fn look(&self, kinds: impl IntoIterator<Item = WorkKind>) {
        let mut is_any = false;
        for kind in kinds {
            is_any = true;
            self.kinds[kind as usize].notify_waiters();
        }
        if is_any {
            self.any.notify_waiters();
        }
    }

    /// There may be work of every kind, or no more need to wait for it.
    pub fn look_at_all(&self) {
        self.look(WorkKind::ALL);
    }
}
