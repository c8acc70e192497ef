//! One decision at a time about one call, or at one building's PIN gate, within a process: others wait instead of meeting in the store.

use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

/// Calls share these locks by their id, and strangers who share one wait for each other. Where 256 webhooks are at work at once, 256 locks
/// made one in a hundred wait for four others; with so many, two meet once in sixty times. They take 1 MiB.
const STRIPES: usize = 16_384;

/// The locks.
#[derive(Clone, Debug)]
pub(super) struct Gate(Arc<[Mutex<()>]>);

impl Default for Gate {
    fn default() -> Self {
        Self((0..STRIPES).map(|_| Mutex::default()).collect())
    }
}

impl Gate {
    /// Waits until nobody else decides about what has this id.
    pub(super) async fn enter(&self, about: Uuid) -> MutexGuard<'_, ()> {
        // The last bytes of a UUID are its random ones.
        let [.., high, low] = about.into_bytes();
        let stripe = usize::from(u16::from_be_bytes([high, low])) % STRIPES;
        self.0[stripe].lock().await
    }
}
