//! Reads of many that wait at the same moment, in one query: whatever was asked while the previous one ran.
//!
//! A webhook reads little, by keys. What that costs is the way to the database and back, and many can share it.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use sqlx::PgConnection;
use tokio::sync::{mpsc, oneshot};

use super::kept::Kept;
use super::pool::Pool;
use crate::application::ports::Unavailable;

/// Questions that may wait. Past that, whoever asks waits before asking.
const QUEUE: usize = 1_024;
/// Questions in one query.
const BATCH: usize = 64;
/// A query whose answer is not there by then has none: the way to the database is cut.
const ANSWERED_WITHIN: Duration = Duration::from_secs(3);

/// What can be asked together with others of its kind.
pub(in crate::store) trait Question: Sized + Send + 'static {
    /// What each gets.
    type Answer: Send + 'static;

    /// Answers all, in their order.
    fn answer_all(
        asked: Vec<Self>,
        connection: &mut PgConnection,
    ) -> impl Future<Output = Result<Vec<Self::Answer>, sqlx::Error>> + Send;
}

type Reply<Q> = oneshot::Sender<Result<<Q as Question>::Answer, Unavailable>>;

/// Where questions of a kind are asked. Cheap to clone.
pub(in crate::store) struct Together<Q: Question>(mpsc::Sender<(Q, Reply<Q>)>);

impl<Q: Question> Together<Q> {
    /// Starts the task that answers. It ends when nobody can ask any more.
    pub fn start(pool: Pool) -> Self {
        let (queue, asked) = mpsc::channel(QUEUE);
        tokio::spawn(answer(pool, asked));
        Self(queue)
    }

    pub async fn ask(&self, question: Q) -> Result<Q::Answer, Unavailable> {
        let (reply, answer) = oneshot::channel();
        self.0.send((question, reply)).await.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }
}

impl<Q: Question> Clone for Together<Q> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<Q: Question> fmt::Debug for Together<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Together(…)")
    }
}

async fn answer<Q: Question>(pool: Pool, mut asked: mpsc::Receiver<(Q, Reply<Q>)>) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut kept = Kept::of(pool);
    while kept.until(asked.recv_many(&mut batch, BATCH)).await > 0 {
        let (questions, replies): (Vec<Q>, Vec<Reply<Q>>) = batch.drain(..).unzip();
        let answers = async { Q::answer_all(questions, kept.connection().await?).await };
        let answers = tokio::time::timeout(ANSWERED_WITHIN, answers).await;
        let answers = match answers {
            Ok(answers) => answers.map_err(Unavailable::from),
            Err(_) => Err(Unavailable {
                what: "the database",
                reason: "it did not answer in time".to_owned(),
            }),
        };
        // Whoever asked may have gone away.
        match answers {
            Ok(answers) => {
                for (reply, answer) in replies.into_iter().zip(answers) {
                    let _ = reply.send(Ok(answer));
                }
                if asked.is_empty() {
                    kept.spares();
                }
            }
            Err(error) => {
                for reply in replies {
                    let _ = reply.send(Err(error.clone()));
                }
                kept.is_broken();
            }
        }
    }
}

fn ended() -> Unavailable {
    Unavailable { what: "the database", reason: "this process is about to end".to_owned() }
}
