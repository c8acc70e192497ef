//! Connections that are made to the end, also when whoever asked for one waits no longer: the next one finds it.
//!
//! sqlx drops a connection that is half made with the request that waited for it. Where making one takes longer than a carrier waits (all
//! come back at once after an outage, or the way is long), none would ever be made again.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::TryFutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{
    PgConnectOptions, PgPoolOptions, PgQueryResult, PgRow, PgStatement, PgTypeInfo,
};
use sqlx::{Describe, Either, Error, Execute, Executor, PgPool, Postgres, SqlStr, Transaction};
use tokio::sync::Semaphore;

/// How long making a connection may take, whoever waits for it.
const CONNECTS_WITHIN: Duration = Duration::from_secs(10);

/// A pool whose users wait for so long and no longer. Cheap to clone.
#[derive(Clone, Debug)]
pub(in crate::store) struct Pool {
    /// As metrics call it.
    name: &'static str,
    connections: PgPool,
    /// As many ask for a connection at once as there can be: whoever gave up holds nobody up.
    turns: Arc<Semaphore>,
    patience: Duration,
}

impl Pool {
    /// Connects when it is needed. So many may ask at once, and each waits so long.
    pub fn new(
        name: &'static str,
        options: PgPoolOptions,
        login: PgConnectOptions,
        patience: Duration,
    ) -> Self {
        let turns = Arc::new(Semaphore::new(options.get_max_connections() as usize));
        let connections = options.acquire_timeout(CONNECTS_WITHIN).connect_lazy_with(login);
        Self { name, connections, turns, patience }
    }

    /// The first connection: it is waited for longer than requests wait, as a process that starts has time.
    pub async fn opens(&self) -> Result<PoolConnection<Postgres>, Error> {
        self.connections.acquire().await
    }

    pub async fn acquire(&self) -> Result<PoolConnection<Postgres>, Error> {
        let connections = self.connections.clone();
        self.in_time(async move { connections.acquire().await }).await
    }

    pub async fn begin(&self) -> Result<Transaction<'static, Postgres>, Error> {
        let connections = self.connections.clone();
        #[expect(clippy::disallowed_methods, reason = "whoever calls this limits what it sees")]
        self.in_time(async move { connections.begin().await }).await
    }

    pub async fn begin_with(
        &self,
        statement: &'static str,
    ) -> Result<Transaction<'static, Postgres>, Error> {
        let connections = self.connections.clone();
        self.in_time(async move { connections.begin_with(statement).await }).await
    }

    /// Whether a connection is there for whoever asks next: making one may take longer than anybody waits.
    pub fn has_idle(&self) -> bool {
        self.connections.num_idle() > 0
    }

    pub async fn close(&self) {
        self.connections.close().await;
    }

    /// What is begun goes on by itself: only the wait for it ends. A `begin` that was cancelled would return its connection inside an open
    /// transaction, in which later writes would be lost (sqlx issue 4393).
    async fn in_time<T: Send + 'static>(
        &self,
        begun: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let asked = async {
            let turn = Arc::clone(&self.turns).acquire_owned().await;
            let own = tokio::spawn(async move {
                let done = begun.await;
                drop(turn);
                done
            });
            own.await.unwrap_or(Err(Error::WorkerCrashed))
        };
        let since = Instant::now();
        let done = tokio::time::timeout(self.patience, asked).await;
        // Who waited in vain waited, too.
        metrics::histogram!("pool_wait_seconds", "pool" => self.name)
            .record(since.elapsed().as_secs_f64());
        done.unwrap_or(Err(Error::PoolTimedOut))
    }
}

impl<'p> Executor<'p> for &'_ Pool {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, Error>>
    where
        E: 'q + Execute<'q, Postgres>,
    {
        let pool = self.clone();
        let rows = async move {
            let mut connection = pool.acquire().await?;
            let rows: Vec<_> = connection.fetch_many(query).collect().await;
            Ok(stream::iter(rows))
        };
        rows.try_flatten_stream().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, Error>>
    where
        E: 'q + Execute<'q, Postgres>,
    {
        let pool = self.clone();
        Box::pin(async move { pool.acquire().await?.fetch_optional(query).await })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, Error>>
    where
        'p: 'e,
    {
        let pool = self.clone();
        Box::pin(async move { pool.acquire().await?.prepare_with(sql, parameters).await })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, Error>>
    where
        'p: 'e,
    {
        let pool = self.clone();
        Box::pin(async move { pool.acquire().await?.describe(sql).await })
    }
}
