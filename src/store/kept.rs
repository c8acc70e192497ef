//! A connection in one task's hands for as long as it is busy: each time one goes back to its pool, the server is asked whether it is
//! still there.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Error, PgConnection, Postgres};

use super::pool::Pool;

/// How long it is kept for nothing. Whoever takes one from the pool notices that a server went away meanwhile; its holder would not.
const IDLE: Duration = Duration::from_millis(100);

/// A connection, while there is one.
#[derive(Debug)]
pub(in crate::store) struct Kept {
    pool: Pool,
    connection: Option<PoolConnection<Postgres>>,
}

impl Kept {
    /// None yet.
    pub fn of(pool: Pool) -> Self {
        Self { pool, connection: None }
    }

    pub async fn connection(&mut self) -> Result<&mut PgConnection, Error> {
        Ok(match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(self.pool.acquire().await?),
        })
    }

    /// Waits for what is to be done next.
    pub async fn until<T>(&mut self, next: impl Future<Output = T>) -> T {
        let mut next = pin!(next);
        if self.connection.is_some() {
            if let Ok(next) = tokio::time::timeout(IDLE, &mut next).await {
                return next;
            }
            self.connection = None;
        }
        next.await
    }

    /// Gives it back if others might wait for it.
    pub fn spares(&mut self) {
        if !self.pool.has_idle() {
            self.connection = None;
        }
    }

    /// It may be broken, or an answer may still come: nobody else gets it.
    pub fn is_broken(&mut self) {
        drop(self.connection.take().map(PoolConnection::detach));
    }
}
