//! A process on its way out: first it tells the load balancer, then it lets go of whoever follows a stream.

use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Whether this process is about to end. Clones tell the same.
#[derive(Clone, Debug, Default)]
pub struct Stopping {
    draining: CancellationToken,
    closing: CancellationToken,
}

impl Stopping {
    /// From here on the process says that it is not ready; requests are still taken.
    pub fn drain(&self) {
        self.draining.cancel();
    }

    /// From here on no stream goes on: an open one would hold up the end.
    pub fn close(&self) {
        self.draining.cancel();
        self.closing.cancel();
    }

    /// Whether new requests should go elsewhere.
    pub fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// Done once streams must end.
    pub fn closed(&self) -> WaitForCancellationFutureOwned {
        self.closing.clone().cancelled_owned()
    }
}
