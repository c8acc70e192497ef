//! The one writer of a process: it appends whatever queued while the previous commit ran, in one statement.

use std::collections::HashSet;
use std::time::Instant;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::append::{Sealed, Written, append_batch};
use crate::application::ports::{Append, Appended, DialClaim, Unavailable, WorkKind};
use crate::store::Store;
use crate::store::kept::Kept;

/// Appends that may wait. Past that a webhook is told to come again.
const QUEUE: usize = 4_096;
/// Appends that wait before new ones are refused.
const QUEUE_IS_FULL_AT: usize = QUEUE * 4 / 5;
/// Appends in one statement. More gained nothing when it was measured.
const BATCH: usize = 64;

type Reply = oneshot::Sender<Result<Written, Unavailable>>;

/// Hands appends to the writer task.
#[derive(Clone, Debug)]
pub struct Writer {
    store: Store,
    queue: mpsc::Sender<(Sealed, Reply)>,
}

impl Writer {
    /// Starts the writer task. It ends when the last `Writer` is dropped and the queue is drained.
    pub fn start(store: Store) -> (Self, JoinHandle<()>) {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let task = tokio::spawn(write(store.clone(), waiting));
        (Self { store, queue }, task)
    }

    /// Appends, and waits for the commit.
    pub async fn append(&self, append: Append) -> Result<Appended, Unavailable> {
        let written = self.write(self.store.seal_append(append)).await?;
        // Only a dial can be taken.
        Ok(written.appended().unwrap_or(Appended::Conflict))
    }

    /// Starts a dial; see `Journal::start_dial`.
    pub async fn start_dial(
        &self,
        claim: DialClaim,
        append: Append,
    ) -> Result<Option<Appended>, Unavailable> {
        Ok(self.write(self.store.seal_dial(claim, append)).await?.appended())
    }

    async fn write(
        &self,
        sealed: impl Future<Output = Result<Sealed, Unavailable>>,
    ) -> Result<Written, Unavailable> {
        if QUEUE - self.queue.capacity() > QUEUE_IS_FULL_AT {
            return Err(Unavailable {
                what: "the event store",
                reason: "too many appends are waiting".to_owned(),
            });
        }
        let sealed = sealed.await?;
        let (reply, answer) = oneshot::channel();
        let gone = |_| Unavailable {
            what: "the event store",
            reason: "the writer has stopped".to_owned(),
        };
        self.queue.send((sealed, reply)).await.map_err(|error| gone(error.to_string()))?;
        answer.await.map_err(|error| gone(error.to_string()))?
    }
}

async fn write(store: Store, mut waiting: mpsc::Receiver<(Sealed, Reply)>) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut kept = Kept::of(store.ingest.clone());
    while kept.until(waiting.recv_many(&mut batch, BATCH)).await > 0 {
        metrics::histogram!("ingest_batch_size").record(batch.len() as f64);
        metrics::gauge!("ingest_queue_depth").set(waiting.len() as f64);
        let (appends, replies): (Vec<Sealed>, Vec<Reply>) = batch.drain(..).unzip();
        let due: HashSet<WorkKind> = appends.iter().flat_map(Sealed::due_soon).collect();
        let started = Instant::now();
        let results = append_or_bisect(&mut kept, appends).await;
        metrics::histogram!("ingest_commit_seconds").record(started.elapsed().as_secs_f64());
        store.wake.committed();
        store.wake.work.look(due);
        for (reply, result) in replies.into_iter().zip(results) {
            // Whoever asked may have gone away: the append stands all the same.
            let _ = reply.send(result);
        }
        if waiting.is_empty() {
            kept.spares();
        }
    }
}

/// Appends a batch; if it fails, each half on its own, so that one bad item fails alone.
fn append_or_bisect(
    kept: &mut Kept,
    mut batch: Vec<Sealed>,
) -> BoxFuture<'_, Vec<Result<Written, Unavailable>>> {
    async move {
        let written = async { append_batch(kept.connection().await?, &batch).await }.await;
        match written {
            Ok(written) => written.into_iter().map(Ok).collect(),
            Err(error) if is_about_the_data(&error) && batch.len() > 1 => {
                let second = batch.split_off(batch.len() / 2);
                let mut results = append_or_bisect(kept, batch).await;
                results.extend(append_or_bisect(kept, second).await);
                results
            }
            Err(error) => {
                if !matches!(error, sqlx::Error::Database(_)) {
                    kept.is_broken();
                }
                let reason = error.to_string();
                let failed = Unavailable { what: "the event store", reason };
                batch.iter().map(|_| Err(failed.clone())).collect()
            }
        }
    }
    .boxed()
}

/// A server that is gone, full or locked is so for every half, too: only what is wrong with an item's data is worth bisecting.
fn is_about_the_data(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Encode(_) => true,
        // Bad data, a constraint, or a deadlock, which the next attempt does not meet.
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| ["22", "23", "40"].iter().any(|class| code.starts_with(class))),
        _ => false,
    }
}
