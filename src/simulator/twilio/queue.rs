//! The queue before a dial: so many calls leave it in a second, account by account.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use time::OffsetDateTime;

use super::account::TwilioAccount;

#[derive(Debug, Default)]
pub struct Queue(Mutex<HashMap<String, OffsetDateTime>>);

impl Queue {
    /// Takes a place; what comes back is how long it is until that place's turn.
    pub fn wait(&self, account: &TwilioAccount, now: OffsetDateTime) -> Duration {
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = next.entry(account.sid.clone()).or_insert(now);
        let mine = (*turn).max(now);
        *turn = mine + Duration::from_secs(1) / account.cps.max(1);
        (mine - now).unsigned_abs()
    }
}
