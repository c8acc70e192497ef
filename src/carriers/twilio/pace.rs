//! So many calls a second an account may start; what comes faster waits here, where it can be seen, and not in the carrier's
//! queue, where it would ring long after anyone still stands at the door.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// One account's pace. Other processes have their own: what they start together beyond it the carrier queues.
#[derive(Debug)]
pub(super) struct Pace(Mutex<State>);

#[derive(Debug)]
struct State {
    between: Duration,
    next: Instant,
    waiting: usize,
}

/// What waits for its turn at an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// So many calls wait.
    pub waiting: usize,
    /// So long the next one would wait.
    pub wait: Duration,
    /// So much time lies between two calls.
    pub between: Duration,
}

/// Its turn would come too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLate;

impl Pace {
    pub(super) fn new(calls_per_second: u8) -> Self {
        let between = between(calls_per_second);
        Self(Mutex::new(State { between, next: Instant::now(), waiting: 0 }))
    }

    /// From now on another pace.
    pub(super) fn set(&self, calls_per_second: u8) {
        self.lock().between = between(calls_per_second);
    }

    /// Waits for a turn, at most so long; says how long it took. Who would wait longer takes no turn.
    pub(super) async fn turn(&self, at_most: Duration) -> Result<Duration, TooLate> {
        let came = Instant::now();
        let turn = self.take(came, at_most)?;
        if turn > came {
            let _waiting = Waiting::at(self);
            sleep_until(turn).await;
        }
        metrics::histogram!("carrier_queue_seconds", "provider" => "twilio")
            .record(came.elapsed().as_secs_f64());
        Ok(came.elapsed())
    }

    pub(super) fn queue(&self) -> Queue {
        let state = self.lock();
        let wait = state.next.saturating_duration_since(Instant::now());
        Queue { waiting: state.waiting, wait, between: state.between }
    }

    fn take(&self, now: Instant, at_most: Duration) -> Result<Instant, TooLate> {
        let mut state = self.lock();
        let turn = state.next.max(now);
        if turn - now > at_most {
            return Err(TooLate);
        }
        state.next = turn + state.between;
        Ok(turn)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every write leaves a whole state behind, so one that a panic interrupted is as good as any.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn between(calls_per_second: u8) -> Duration {
    Duration::from_secs(1) / u32::from(calls_per_second.max(1))
}

/// Someone waits, until dropped: by having had the turn, or by giving up.
struct Waiting<'a>(&'a Pace);

impl<'a> Waiting<'a> {
    fn at(pace: &'a Pace) -> Self {
        pace.lock().waiting += 1;
        metrics::gauge!("carrier_queue_waiting", "provider" => "twilio").increment(1);
        Self(pace)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.lock().waiting -= 1;
        metrics::gauge!("carrier_queue_waiting", "provider" => "twilio").decrement(1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn one_call_a_second_starts_and_the_others_take_the_turns_after_it() {
        let pace = Pace::new(1);
        let now = Instant::now();

        let turns: Vec<_> = (0..4).map(|_| pace.take(now, 10 * SECOND).unwrap() - now).collect();

        assert_eq!(turns, [0, 1, 2, 3].map(|seconds| seconds * SECOND));
    }

    #[test]
    fn whose_turn_would_come_too_late_takes_none() {
        let pace = Pace::new(1);
        let now = Instant::now();
        pace.take(now, SECOND).unwrap();

        assert_eq!(pace.take(now, SECOND / 2), Err(TooLate));
        assert_eq!(pace.take(now, SECOND), Ok(now + SECOND));
        assert_eq!(
            pace.take(now + 5 * SECOND, SECOND),
            Ok(now + 5 * SECOND),
            "turns are not saved up"
        );
    }

    #[test]
    fn an_account_that_may_do_more_does_more() {
        let pace = Pace::new(1);
        pace.set(20);
        let now = Instant::now();
        pace.take(now, SECOND).unwrap();

        assert_eq!(pace.take(now, SECOND), Ok(now + SECOND / 20));
    }

    #[tokio::test]
    async fn those_who_wait_are_seen_until_they_had_their_turn_or_gave_up() {
        let pace = Arc::new(Pace::new(10));
        pace.turn(SECOND).await.unwrap();
        let waits = tokio::spawn({
            let pace = Arc::clone(&pace);
            async move { pace.turn(SECOND).await }
        });
        let gives_up = pace.turn(SECOND);
        let given_up = tokio::time::timeout(Duration::from_millis(30), gives_up);

        let (seen, given_up) = tokio::join!(
            async {
                while pace.queue().waiting < 2 {
                    tokio::task::yield_now().await;
                }
                pace.queue()
            },
            given_up
        );

        assert_eq!((seen.waiting, seen.between), (2, SECOND / 10));
        assert!(given_up.is_err());
        assert!(waits.await.unwrap().unwrap() > Duration::from_millis(50));
        assert_eq!(pace.queue().waiting, 0);
    }
}
