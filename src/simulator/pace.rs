//! How many requests a second a customer may make: those beyond are refused, not queued.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use time::{Duration, OffsetDateTime};

#[derive(Debug)]
pub struct Pace {
    per_second: Option<usize>,
    /// Per account, the moments within the last second.
    recent: Mutex<HashMap<String, VecDeque<OffsetDateTime>>>,
}

impl Pace {
    #[must_use]
    pub fn new(per_second: Option<usize>) -> Self {
        Self { per_second, recent: Mutex::default() }
    }

    /// Counts this request if there is room for it.
    pub fn allows(&self, account: &str, now: OffsetDateTime) -> bool {
        let Some(per_second) = self.per_second else { return true };
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let moments = recent.entry(account.to_owned()).or_default();
        while moments.front().is_some_and(|moment| now - *moment >= Duration::SECOND) {
            moments.pop_front();
        }
        let room = moments.len() < per_second;
        if room {
            moments.push_back(now);
        }
        room
    }
}
