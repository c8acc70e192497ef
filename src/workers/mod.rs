//! Loops that do what events ask for. No rules, no SQL: each takes work, hands it to a use case, and says what became of it.

pub mod archiver;
pub mod hooks_out;
pub mod pool;
pub mod post;
pub mod projector;
pub mod prompts;
pub mod reconciler;
pub mod resolver;
pub mod sampler;
pub mod streams;
pub mod sweeper;

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::application::calls::Calls;
use crate::application::ports::{WorkKind, WorkSource};

/// Work of one kind that a process does at the same time.
const AT_ONCE: usize = 32;

/// Starts a pool of workers for each kind of work that calls cause. They end when `stop` is cancelled and what is in hand is done.
pub fn start(calls: &Calls, source: &Arc<dyn WorkSource>, stop: &CancellationToken) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for kind in WorkKind::OF_CALLS {
        let workers = pool::Pool {
            kind,
            calls: calls.clone(),
            source: Arc::clone(source),
            stop: stop.clone(),
            at_once: AT_ONCE,
        };
        tasks.spawn(workers.run());
    }
    tasks
}
