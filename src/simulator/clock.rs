//! The simulator's clock: the wall's, or one that a test moves by hand. Nothing else in here asks what time it is.

use std::{
    collections::BTreeMap,
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Wake, Waker},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::sync::oneshot;

/// Which clock a simulator runs on.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    #[default]
    Real,
    /// Stands still until `advance`.
    Virtual {
        #[serde(with = "time::serde::rfc3339")]
        start: OffsetDateTime,
    },
}

#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Real,
    Virtual(Arc<Timers>),
}

#[derive(Debug)]
struct Timers {
    queue: Mutex<Queue>,
    /// Tasks that were woken and have not come to rest, and requests on their way: while there are any, time stands still.
    restless: Arc<AtomicUsize>,
    advancing: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Queue {
    now: OffsetDateTime,
    next: u64,
    due: BTreeMap<(OffsetDateTime, u64), oneshot::Sender<()>>,
}

impl Clock {
    #[must_use]
    pub fn new(kind: ClockKind) -> Self {
        match kind {
            ClockKind::Real => Self(Kind::Real),
            ClockKind::Virtual { start } => Self(Kind::Virtual(Arc::new(Timers {
                queue: Mutex::new(Queue { now: start, next: 0, due: BTreeMap::new() }),
                restless: Arc::default(),
                advancing: tokio::sync::Mutex::default(),
            }))),
        }
    }

    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the simulator is a world of its own: this is where its time comes from"
    )]
    pub fn now(&self) -> OffsetDateTime {
        match &self.0 {
            Kind::Real => OffsetDateTime::now_utc(),
            Kind::Virtual(timers) => timers.queue().now,
        }
    }

    pub async fn sleep(&self, pause: Duration) {
        match &self.0 {
            Kind::Real => tokio::time::sleep(pause).await,
            Kind::Virtual(timers) => {
                let at = timers.queue().now + pause;
                timers.wait_for(at).await;
            }
        }
    }

    pub async fn sleep_until(&self, at: OffsetDateTime) {
        let pause = at - self.now();
        if pause.is_positive() {
            self.sleep(pause.unsigned_abs()).await;
        }
    }

    /// Moves a virtual clock, one timer at a time, and lets everything that a timer sets off come to rest before the next.
    /// `false` on a real clock.
    pub async fn advance(&self, by: Duration) -> bool {
        let Kind::Virtual(timers) = &self.0 else { return false };
        let _one_at_a_time = timers.advancing.lock().await;
        let target = timers.queue().now + by;
        loop {
            timers.come_to_rest().await;
            let Some(timer) = timers.next_due(target) else { break };
            // A timer whose sleeper is gone was cancelled.
            let _ = timer.send(());
        }
        timers.queue().now = target;
        true
    }

    /// Waits until nothing in here is on its way; at once on a real clock.
    pub async fn settle(&self) {
        if let Kind::Virtual(timers) = &self.0 {
            timers.come_to_rest().await;
        }
    }

    /// Holds a virtual clock still as long as the guard lives: something is on the wire.
    #[must_use]
    pub fn busy(&self) -> Busy {
        match &self.0 {
            Kind::Real => Busy(None),
            Kind::Virtual(timers) => {
                timers.restless.fetch_add(1, Ordering::SeqCst);
                Busy(Some(timers.restless.clone()))
            }
        }
    }

    /// The same future, counted as restless from the moment it is woken until it waits again.
    pub fn watch<F: Future<Output = ()> + Send>(
        &self,
        future: F,
    ) -> impl Future<Output = ()> + Send + use<F> {
        let awake = match &self.0 {
            Kind::Real => None,
            Kind::Virtual(timers) => Some(Arc::new(Awake::new(timers.restless.clone()))),
        };
        async move {
            let Some(awake) = awake else { return future.await };
            let mut future = pin!(future);
            poll_fn(|context| {
                awake.follow(context.waker());
                let waker = Waker::from(awake.clone());
                let counted = awake.counted.swap(false, Ordering::SeqCst);
                let poll = future.as_mut().poll(&mut Context::from_waker(&waker));
                if counted {
                    awake.restless.fetch_sub(1, Ordering::SeqCst);
                }
                if poll.is_ready() {
                    awake.rest();
                }
                poll
            })
            .await;
        }
    }
}

impl Timers {
    fn queue(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn wait_for(&self, at: OffsetDateTime) {
        let rings = {
            let mut queue = self.queue();
            let (sender, rings) = oneshot::channel();
            queue.next += 1;
            let key = (at, queue.next);
            queue.due.insert(key, sender);
            rings
        };
        let _ = rings.await;
    }

    fn next_due(&self, target: OffsetDateTime) -> Option<oneshot::Sender<()>> {
        let mut queue = self.queue();
        loop {
            let first = queue.due.first_entry()?;
            if first.key().0 > target {
                return None;
            }
            let ((at, _), timer) = first.remove_entry();
            if !timer.is_closed() {
                queue.now = queue.now.max(at);
                return Some(timer);
            }
        }
    }

    async fn come_to_rest(&self) {
        while self.restless.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    }
}

#[derive(Debug)]
pub struct Busy(Option<Arc<AtomicUsize>>);

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(restless) = &self.0 {
            restless.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// A waker that counts its task as restless before it passes the wake-up on.
struct Awake {
    restless: Arc<AtomicUsize>,
    counted: AtomicBool,
    /// The task is over: a timer that it no longer waits for may still hold its waker, and must not count it again.
    over: AtomicBool,
    inner: Mutex<Option<Waker>>,
}

impl Awake {
    /// A fresh task is restless until it was polled once.
    fn new(restless: Arc<AtomicUsize>) -> Self {
        restless.fetch_add(1, Ordering::SeqCst);
        Self {
            restless,
            counted: AtomicBool::new(true),
            over: AtomicBool::new(false),
            inner: Mutex::default(),
        }
    }

    fn rest(&self) {
        self.over.store(true, Ordering::SeqCst);
        self.uncount();
    }

    fn uncount(&self) {
        if self.counted.swap(false, Ordering::SeqCst) {
            self.restless.fetch_sub(1, Ordering::SeqCst);
        }
    }

    fn follow(&self, waker: &Waker) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if !inner.as_ref().is_some_and(|known| known.will_wake(waker)) {
            *inner = Some(waker.clone());
        }
    }
}

impl Wake for Awake {
    fn wake(self: Arc<Self>) {
        if !self.counted.swap(true, Ordering::SeqCst) {
            self.restless.fetch_add(1, Ordering::SeqCst);
        }
        if self.over.load(Ordering::SeqCst) {
            self.uncount();
        }
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(waker) = inner {
            waker.wake();
        }
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        if *self.counted.get_mut() {
            self.restless.fetch_sub(1, Ordering::SeqCst);
        }
    }
}
