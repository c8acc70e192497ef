//! Calls as this process saw them last: only what is new is read. Much is told of a call after its end, too.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::LoadedCall;
use crate::domain::ids::{CallId, TenantId};

/// How long a call may stand here after it was read from its beginning: what another process erased meanwhile is gone from here by then.
const READ_ANEW_AFTER: Duration = Duration::from_secs(5);
/// How often those go that would be read anew anyway.
const CLEARED_EVERY: Duration = Duration::from_secs(1);
/// Calls that may stand here. Past that, others are not kept.
const CALLS: usize = 4_096;

/// The calls.
#[derive(Clone, Default)]
pub(super) struct Recent(Arc<Mutex<Calls>>);

#[derive(Default)]
struct Calls {
    seen: HashMap<(TenantId, CallId), Seen>,
    cleared: Option<Instant>,
}

/// A call, and when all of it was read.
struct Seen {
    call: Arc<LoadedCall>,
    at: Instant,
}

impl fmt::Debug for Recent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recent(…)")
    }
}

impl Recent {
    /// Takes a call out, and when it was read from its beginning: whoever reads what is new brings it back.
    pub(super) fn take(&self, tenant: TenantId, call: CallId) -> Option<(LoadedCall, Instant)> {
        let seen = self.calls().seen.remove(&(tenant, call))?;
        let is_fresh = seen.at.elapsed() < READ_ANEW_AFTER;
        is_fresh.then(|| (Arc::unwrap_or_clone(seen.call), seen.at))
    }

    /// Keeps a call that was read from its beginning at this time.
    pub(super) fn keep(&self, tenant: TenantId, id: CallId, call: Arc<LoadedCall>, at: Instant) {
        let mut calls = self.calls();
        if calls.cleared.is_none_or(|cleared| cleared.elapsed() > CLEARED_EVERY) {
            calls.seen.retain(|_, seen| seen.at.elapsed() < READ_ANEW_AFTER);
            calls.cleared = Some(Instant::now());
        }
        if calls.seen.len() < CALLS {
            calls.seen.insert((tenant, id), Seen { call, at });
        }
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        // A panic elsewhere leaves whole entries behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
