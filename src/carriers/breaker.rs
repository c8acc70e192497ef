//! A circuit breaker: a carrier that fails again and again is left alone for a while, so that calls fall through at once.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;

/// So many failures …
const FAILURES: usize = 5;
/// … within this time …
const WITHIN: Duration = Duration::from_secs(30);
/// … and nothing is sent for this long. Then one request is let through, to see.
const OPEN_FOR: Duration = Duration::from_secs(15);

/// One connection's breaker.
#[derive(Debug, Default)]
pub struct Breaker {
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Closed { failures: VecDeque<OffsetDateTime> },
    Open { since: OffsetDateTime },
}

impl Default for State {
    fn default() -> Self {
        Self::Closed { failures: VecDeque::with_capacity(FAILURES) }
    }
}

/// Nothing is sent now; worth another try after this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// How long to wait.
    pub wait: Duration,
}

impl Breaker {
    /// Whether a request may be sent now. The first one after the pause is the trial: while it is on its way others wait on.
    pub fn admit(&self, now: OffsetDateTime) -> Result<(), Open> {
        let mut state = self.lock();
        match *state {
            State::Closed { .. } => Ok(()),
            State::Open { since } => {
                let open_for = now - since;
                // A clock that leapt back must not keep the breaker open for longer than its pause.
                if open_for < OPEN_FOR && !open_for.is_negative() {
                    let wait = OPEN_FOR - open_for.unsigned_abs();
                    return Err(Open { wait });
                }
                *state = State::Open { since: now };
                Ok(())
            }
        }
    }

    /// The carrier answered sensibly.
    pub fn succeeded(&self) {
        *self.lock() = State::default();
    }

    /// The carrier did not answer, or not sensibly.
    pub fn failed(&self, now: OffsetDateTime) {
        let mut state = self.lock();
        match &mut *state {
            State::Open { since } => *since = now,
            State::Closed { failures } => {
                failures.retain(|&at| (now - at).unsigned_abs() <= WITHIN);
                failures.push_back(now);
                if failures.len() >= FAILURES {
                    *state = State::Open { since: now };
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every write leaves a whole state behind, so one that a panic interrupted is as good as any.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

    fn after(seconds: u64) -> OffsetDateTime {
        NOON + Duration::from_secs(seconds)
    }

    fn failed_at(seconds: impl IntoIterator<Item = u64>) -> Breaker {
        let breaker = Breaker::default();
        seconds.into_iter().for_each(|second| breaker.failed(after(second)));
        breaker
    }

    #[test]
    fn five_failures_within_thirty_seconds_open_it_for_fifteen() {
        let breaker = failed_at([0, 7, 14, 21]);
        assert_eq!(breaker.admit(after(22)), Ok(()));

        breaker.failed(after(28));

        assert_eq!(breaker.admit(after(30)), Err(Open { wait: Duration::from_secs(13) }));
        assert_eq!(breaker.admit(after(43)), Ok(()));
    }

    #[test]
    fn failures_far_apart_do_not_open_it() {
        let breaker = failed_at([0, 31, 62, 93, 124, 155]);

        assert_eq!(breaker.admit(after(156)), Ok(()));
    }

    #[test]
    fn after_the_pause_one_request_is_let_through_and_decides() {
        let breaker = failed_at([0, 0, 0, 0, 0]);

        assert_eq!(breaker.admit(after(15)), Ok(()), "the trial");
        assert!(breaker.admit(after(16)).is_err(), "others wait for it");
        breaker.failed(after(17));
        assert_eq!(breaker.admit(after(18)), Err(Open { wait: Duration::from_secs(14) }));

        assert_eq!(breaker.admit(after(33)), Ok(()), "the next trial");
        breaker.succeeded();
        assert_eq!(breaker.admit(after(33)), Ok(()));
        assert_eq!(breaker.admit(after(33)), Ok(()));
    }

    #[test]
    fn a_success_forgets_the_failures_before_it() {
        let breaker = failed_at([0, 1, 2, 3]);
        breaker.succeeded();
        breaker.failed(after(4));

        assert_eq!(breaker.admit(after(5)), Ok(()));
    }

    #[test]
    fn a_clock_that_leaps_back_does_not_keep_it_open() {
        let breaker = failed_at([600, 600, 600, 600, 600]);

        assert_eq!(breaker.admit(after(300)), Ok(()));
    }
}
