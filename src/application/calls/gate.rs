//! One decision at a time about one call, or at one building's PIN gate, within a process: others wait instead of meeting in the store.

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};
use uuid::Uuid;

/// Calls share these locks by their id: few enough to keep, many enough that strangers seldom wait for each other.
const STRIPES: usize = 256;

/// The locks.
#[derive(Clone, Debug)]
pub(super) struct Gate(Arc<[Arc<Mutex<()>>]>);

impl Default for Gate {
    fn default() -> Self {
        Self((0..STRIPES).map(|_| Arc::default()).collect())
    }
}

impl Gate {
    /// Waits until nobody else decides about what has this id.
    pub(super) async fn enter(&self, about: Uuid) -> OwnedMutexGuard<()> {
        // The last bytes of a UUID are its random ones.
        let bytes = about.into_bytes();
        let stripe = usize::from(bytes[15]) % STRIPES;
        Arc::clone(&self.0[stripe]).lock_owned().await
    }
}
