//! Attempts, counted per account and per address in windows, for all processes together.

use time::{Duration, OffsetDateTime};

use crate::application::ports::Unavailable;
use crate::store::Store;

/// How often something may be tried.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// What is counted: part of the bucket's name.
    pub what: &'static str,
    /// Attempts within a window.
    pub attempts: i32,
    /// How long a window lasts.
    pub window: Duration,
}

/// Whether another attempt may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttled {
    /// Yes; it is counted.
    Go,
    /// Not for so long.
    Wait(Duration),
}

impl Store {
    /// Counts an attempt before it is made: of many at the same time no more than the limit get through.
    pub async fn attempt(
        &self,
        limit: Limit,
        whose: &str,
        at: OffsetDateTime,
    ) -> Result<Throttled, Unavailable> {
        let row = sqlx::query!(
            "insert into vestibule.throttle as known (bucket, attempts, window_ends_at) values ($1, 1, $3)
             on conflict (bucket) do update set
                 attempts = case when known.window_ends_at <= $2 then 1 else least(known.attempts, 1000000) + 1 end,
                 window_ends_at = case when known.window_ends_at <= $2 then excluded.window_ends_at else known.window_ends_at end
             returning attempts, window_ends_at",
            &self.bucket(limit, whose),
            at,
            at + limit.window
        )
        .fetch_one(&self.app)
        .await?;
        let wait = row.window_ends_at - at;
        Ok(if row.attempts > limit.attempts { Throttled::Wait(wait) } else { Throttled::Go })
    }

    /// An attempt that went well does not count.
    pub async fn takes_attempt_back(&self, limit: Limit, whose: &str) -> Result<(), Unavailable> {
        sqlx::query!(
            "update vestibule.throttle set attempts = greatest(attempts - 1, 0) where bucket = $1",
            &self.bucket(limit, whose)
        )
        .execute(&self.app)
        .await?;
        Ok(())
    }

    /// Forgets the attempts, because one went well.
    pub async fn forget_attempts(&self, limit: Limit, whose: &str) -> Result<(), Unavailable> {
        sqlx::query!(
            "delete from vestibule.throttle where bucket = $1",
            &self.bucket(limit, whose)
        )
        .execute(&self.app)
        .await?;
        Ok(())
    }

    /// Hashed: neither e-mails of strangers nor addresses are kept.
    fn bucket(&self, limit: Limit, whose: &str) -> Vec<u8> {
        self.keyring.master().hash(limit.what, whose.as_bytes()).to_vec()
    }
}
