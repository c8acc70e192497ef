//! Tells webhooks, many at once but few at the same one: a slow one must not hold up the others.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::pool::{backoff, span_of};
use crate::application::ports::webhooks::Pace;
use crate::application::ports::{Leased, Unavailable, WorkKind, WorkSource};
use crate::application::webhooks::Webhooks;
use crate::application::webhooks::deliver::HookArgs;
use crate::domain::ids::WebhookId;
use crate::domain::webhook::attempt::Fate;

/// Deliveries in hand at the same time, those included that wait for their webhook's turn.
const IN_HAND: usize = 128;
/// Deliveries to one webhook at the same time.
const AT_ONE_WEBHOOK: usize = 4;
/// How long a delivery waits for its webhook's turn before it makes room for others.
const TURN_COMES_WITHIN: Duration = Duration::from_millis(400);
/// How fast the backlog of a busy webhook comes then: more than it takes, and little enough not to fill our hands.
const BUSY: Pace = Pace { many: 32, every: Duration::from_secs(2) };
/// How long idle workers wait after the source failed.
const SOURCE_IS_DOWN: Duration = Duration::from_millis(500);
/// Webhooks that are remembered before those at rest are forgotten.
const REMEMBERED: usize = 1_000;

/// Workers that tell webhooks.
#[derive(Debug)]
pub struct HooksOut {
    webhooks: Webhooks,
    source: Arc<dyn WorkSource>,
    stop: CancellationToken,
    turns: Mutex<HashMap<WebhookId, Arc<Turns>>>,
}

/// The turns at one webhook.
#[derive(Debug)]
struct Turns {
    free: Arc<Semaphore>,
    /// Until then its backlog is held back already.
    held_until: Mutex<Option<Instant>>,
}

impl Turns {
    fn fresh() -> Arc<Self> {
        let free = Arc::new(Semaphore::new(AT_ONE_WEBHOOK));
        Arc::new(Self { free, held_until: Mutex::default() })
    }

    fn are_held(&self) -> bool {
        let held_until = self.held_until.lock().unwrap_or_else(PoisonError::into_inner);
        held_until.is_some_and(|until| Instant::now() < until)
    }

    /// True for who is to hold the backlog back; the others have it done for them.
    fn hold(&self) -> bool {
        let mut held_until = self.held_until.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let is_first = held_until.is_none_or(|until| until <= now);
        if is_first {
            *held_until = Some(now + BUSY.every);
        }
        is_first
    }
}

impl HooksOut {
    /// They take their work from here.
    pub fn new(webhooks: Webhooks, source: Arc<dyn WorkSource>, stop: CancellationToken) -> Self {
        Self { webhooks, source, stop, turns: Mutex::default() }
    }

    /// Works until it is stopped and what is in hand is done.
    pub async fn run(self) {
        let pool = Arc::new(self);
        let mut in_hand = JoinSet::new();
        while !pool.stop.is_cancelled() {
            while in_hand.try_join_next().is_some() {}
            let free = IN_HAND - in_hand.len();
            if free == 0 {
                in_hand.join_next().await;
                continue;
            }
            let taken = super::pool::next(&*pool.source, WorkKind::Hook, free, &pool.stop).await;
            let Some(taken) = taken else { break };
            match taken {
                Ok(items) => {
                    for leased in items {
                        let pool = Arc::clone(&pool);
                        let span = span_of(&leased);
                        in_hand.spawn(async move { pool.work(leased).await }.instrument(span));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "no work for webhooks can be taken");
                    tokio::time::sleep(SOURCE_IS_DOWN).await;
                }
            }
        }
        while in_hand.join_next().await.is_some() {}
    }

    async fn work(&self, leased: Leased) {
        let told = match serde_json::from_value::<HookArgs>(leased.args.clone()) {
            Ok(args) => self.tell(&leased, args).await,
            Err(_) => self.park(&leased, "its arguments are not ids").await,
        };
        if let Err(error) = told {
            // The lease runs out, and it is told again: it can be recognised by its id.
            tracing::warn!(%error, "what became of a webhook's delivery could not be written");
        }
    }

    async fn tell(&self, leased: &Leased, args: HookArgs) -> Result<(), Unavailable> {
        let turns = self.turns_at(args.webhook);
        let Some(turn) = turn(&turns).await else {
            if turns.hold() {
                self.webhooks.log.hold_back(args.webhook, BUSY).await?;
            }
            return self.source.retry(leased, BUSY.every, "the webhook is busy").await;
        };
        let fate = AssertUnwindSafe(self.webhooks.deliver(leased, args)).catch_unwind().await;
        drop(turn);
        match fate {
            Ok(Ok(Fate::Delivered | Fate::GivenUp)) => self.source.done(leased).await,
            Ok(Ok(Fate::Again { after })) => {
                self.source.retry(leased, after, "the webhook did not take it").await
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "a webhook could not be told; it is tried again");
                let wait = backoff(leased.lease.attempts);
                self.source.retry(leased, wait, &error.to_string()).await
            }
            Err(_) => self.park(leased, "the worker panicked").await,
        }
    }

    fn turns_at(&self, webhook: WebhookId) -> Arc<Turns> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.len() >= REMEMBERED {
            // Nobody else holds one that is at rest.
            turns.retain(|_, turns| Arc::strong_count(turns) > 1);
        }
        Arc::clone(turns.entry(webhook).or_insert_with(Turns::fresh))
    }

    async fn park(&self, leased: &Leased, why: &str) -> Result<(), Unavailable> {
        tracing::error!(work.id = %leased.lease.work, why, "a webhook's work is parked: a person must look at it");
        self.source.park(leased, why).await
    }
}

/// A turn, or nothing if the webhook is busy.
async fn turn(turns: &Turns) -> Option<OwnedSemaphorePermit> {
    if let Ok(turn) = Arc::clone(&turns.free).try_acquire_owned() {
        return Some(turn);
    }
    if turns.are_held() {
        return None;
    }
    let comes = Arc::clone(&turns.free).acquire_owned();
    tokio::time::timeout(TURN_COMES_WITHIN, comes).await.ok()?.ok()
}
