//! The time: the database's, so that a deadline means the same in every process, however wrong a machine's clock is.

use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use time::OffsetDateTime;

use crate::application::ports::{Clock, Unavailable};
use crate::store::Store;

/// How often the database is asked. In between time goes on by the clock that nobody sets.
const EVERY: Duration = Duration::from_secs(10);
/// An answer that took longer says too little.
const TRUSTED_WITHIN: Duration = Duration::from_millis(500);
/// Smaller differences come from the asking.
const WORTH_A_WORD: Duration = Duration::from_secs(2);

/// The database's clock, as this process knows it; the machine's until the database was asked. It goes on while the database is down.
#[derive(Debug, Default)]
pub struct DatabaseClock {
    known: RwLock<Option<(OffsetDateTime, Instant)>>,
}

impl DatabaseClock {
    /// Asks the database, and again now and then until nobody needs the clock any more.
    pub async fn follow(self: &Arc<Self>, store: Store) -> Result<(), Unavailable> {
        self.ask(&store, Duration::MAX).await?;
        let off_ms = (self.now() - machine()).whole_milliseconds();
        if off_ms.unsigned_abs() > WORTH_A_WORD.as_millis() {
            let off_ms = i64::try_from(off_ms).unwrap_or(i64::MAX);
            tracing::warn!(
                off_ms,
                "this machine's clock is wrong, or the database's: that one counts"
            );
        }
        tokio::spawn(keep_following(Arc::downgrade(self), store));
        Ok(())
    }

    async fn ask(&self, store: &Store, trusted_within: Duration) -> Result<(), Unavailable> {
        let asked = Instant::now();
        let time = store.time().await?;
        let took = asked.elapsed();
        if took <= trusted_within {
            // It was read about half way.
            let known = (time + took / 2, Instant::now());
            *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
        }
        Ok(())
    }
}

impl Clock for DatabaseClock {
    fn now(&self) -> OffsetDateTime {
        let known = *self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.map_or_else(machine, |(time, at)| time + at.elapsed())
    }
}

async fn keep_following(clock: Weak<DatabaseClock>, store: Store) {
    loop {
        tokio::time::sleep(EVERY).await;
        let Some(clock) = clock.upgrade() else { return };
        if let Err(error) = clock.ask(&store, TRUSTED_WITHIN).await {
            tracing::debug!(%error, "the database does not tell the time; it goes on by itself");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the machine's clock")]
fn machine() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn it_goes_on_from_what_the_database_said() {
        let noon = datetime!(2026-03-02 12:00 UTC);
        let said = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();

        let clock = DatabaseClock { known: RwLock::new(Some((noon, said))) };

        let since_noon = clock.now() - noon;
        assert!((1..30).contains(&since_noon.whole_seconds()), "{since_noon}");
    }
}
