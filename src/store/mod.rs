//! PostgreSQL. The one room with SQL in it: what is unique, which version is right; never whether something may happen.

pub mod access;
pub mod audit;
pub mod bell;
pub mod changes;
pub mod codec;
pub mod directory;
mod gauges;
pub mod history;
mod housekeeping;
pub mod journal;
mod kept;
pub mod migrate;
mod pool;
pub mod projections;
pub mod prompts;
mod retention;
pub mod seal;
pub mod statistics;
mod sweeps;
mod together;
pub mod vital_signs;
mod wake;
pub mod webhooks;
pub mod work_items;

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::pool::PoolConnectionMetadata;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool, Postgres, Transaction};
use time::OffsetDateTime;
use uuid::Uuid;

use self::changes::Change;
use self::directory::lines::LineAsked;
use self::journal::{Named, NewIn};
use self::pool::Pool;
use self::seal::{Keyring, MasterKey};
use self::together::Together;
pub use self::wake::Wake;
use self::work_items::Finished;
use crate::application::ports::{Actor, Unavailable};
use crate::domain::ids::{BuildingId, TenantId};

/// What the store needs to start.
#[derive(Debug)]
pub struct Settings {
    /// `postgres://…`: the login; each pool takes its own role on top.
    pub url: SecretString,
    /// Wraps every other key.
    pub master_key: MasterKey,
    /// Connections of the three pools.
    pub pools: PoolSizes,
}

/// Connections per pool. Their sum and one more to hear other processes, times the processes, stays below the server's
/// `max_connections` less ten.
#[derive(Clone, Copy, Debug)]
pub struct PoolSizes {
    /// For webhooks.
    pub ingest: u32,
    /// For the REST API.
    pub app: u32,
    /// For workers.
    pub worker: u32,
}

impl Default for PoolSizes {
    fn default() -> Self {
        Self { ingest: 6, app: 8, worker: 6 }
    }
}

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    ingest: Pool,
    app: Pool,
    worker: Pool,
    bell: PgPool,
    streams: Together<NewIn>,
    lines: Together<LineAsked>,
    carrier_legs: Together<Named>,
    finished_work: Together<Finished>,
    keyring: Arc<Keyring>,
    wake: Arc<Wake>,
}

impl Store {
    /// Opens the pools; fails if the server can not be trusted with acknowledged writes.
    pub async fn connect(settings: Settings) -> Result<Self, StoreError> {
        let PoolSizes { ingest, app, worker } = settings.pools;
        let url = settings.url.expose_secret();
        let ingest = pool(url, "ingest", ingest, ("2s", WEBHOOK_WAITS))?;
        let worker = pool(url, "worker", worker, ("5s", WEBHOOK_WAITS))?;
        let store = Self {
            streams: Together::start(ingest.clone()),
            lines: Together::start(worker.clone()),
            carrier_legs: Together::start(ingest.clone()),
            finished_work: Together::start(worker.clone()),
            ingest,
            app: pool(url, "app", app, ("5s", API_WAITS))?,
            worker,
            bell: PgPoolOptions::new()
                .max_connections(1)
                .acquire_timeout(API_WAITS)
                .connect_lazy_with(
                    login(url, "vestibule_app", "5s")?.application_name("vestibule listener"),
                ),
            keyring: Arc::new(Keyring::new(settings.master_key)),
            wake: Arc::default(),
        };
        let (_, _, mut first) =
            tokio::try_join!(store.ingest.opens(), store.app.opens(), store.worker.opens())?;
        assert_durable(&mut first).await?;
        migrate::assert_fits(&mut first).await?;
        Ok(store)
    }

    /// A transaction that sees and writes what is within reach only, whatever its queries say.
    pub async fn begin(&self, reach: &Reach) -> Result<TenantTx, Unavailable> {
        #[expect(clippy::disallowed_methods, reason = "this is where row-level security begins")]
        let tx = self.app.begin().await?;
        self.limited(tx, reach).await
    }

    /// A transaction that reads everything as of one moment.
    pub async fn begin_reading(&self, reach: &Reach) -> Result<TenantTx, Unavailable> {
        let tx = self.app.begin_with("begin isolation level repeatable read, read only").await?;
        self.limited(tx, reach).await
    }

    async fn limited(
        &self,
        mut tx: Transaction<'static, Postgres>,
        reach: &Reach,
    ) -> Result<TenantTx, Unavailable> {
        sqlx::query!(
            r#"select set_config('app.tenant_id', $1, true) as "tenant", set_config('app.buildings', $2, true) as "buildings""#,
            reach.tenant.to_string(),
            reach.buildings_setting()
        )
        .fetch_one(&mut *tx)
        .await?;
        Ok(TenantTx { tx, reach: reach.clone(), store: self.clone(), changes: Vec::new() })
    }

    /// What time it is in the database: the same for every process.
    pub async fn time(&self) -> Result<OffsetDateTime, Unavailable> {
        Ok(sqlx::query_scalar("select clock_timestamp()").fetch_one(&self.worker).await?)
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Unavailable> {
        sqlx::query_scalar!("select 1").fetch_one(&self.app).await?;
        Ok(())
    }

    /// Told after each commit of this process.
    pub fn wake(&self) -> Arc<Wake> {
        Arc::clone(&self.wake)
    }

    /// Closes the pools, once what is in flight is done.
    pub async fn close(&self) {
        self.ingest.close().await;
        self.app.close().await;
        self.worker.close().await;
        self.bell.close().await;
    }
}

/// Who acts, and how far they reach.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Their firm.
    pub tenant: TenantId,
    /// Their buildings; `None`: all of the firm's.
    pub buildings: Option<Vec<BuildingId>>,
    /// They.
    pub actor: Actor,
    /// The request by which they act; it is told with each change.
    pub request: Uuid,
}

impl Reach {
    /// All of a tenant, for what we do on our own.
    pub fn whole(tenant: TenantId) -> Self {
        Self { tenant, buildings: None, actor: Actor::Worker, request: Uuid::nil() }
    }

    /// Whether this building is within reach.
    pub fn includes(&self, building: BuildingId) -> bool {
        self.buildings.as_ref().is_none_or(|buildings| buildings.contains(&building))
    }

    /// As the policies of the tables read it: empty means all, so that no building is the nil one.
    fn buildings_setting(&self) -> String {
        match &self.buildings {
            None => String::new(),
            Some(buildings) if buildings.is_empty() => Uuid::nil().to_string(),
            Some(buildings) => {
                buildings.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
            }
        }
    }
}

/// A transaction of one tenant.
#[derive(Debug)]
pub struct TenantTx {
    tx: Transaction<'static, Postgres>,
    reach: Reach,
    store: Store,
    changes: Vec<Change>,
}

impl TenantTx {
    /// Whose.
    pub fn tenant(&self) -> TenantId {
        self.reach.tenant
    }

    /// Who acts, and how far they reach.
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    pub(in crate::store) fn connection(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    pub(in crate::store) fn store(&self) -> &Store {
        &self.store
    }

    /// Others who lock this id wait until this transaction is over: what is read now is what is written upon.
    pub async fn lock(&mut self, id: Uuid) -> Result<(), Unavailable> {
        sqlx::query!(
            r#"select pg_advisory_xact_lock(hashtextextended($1, 0))::text as "nothing""#,
            id.to_string()
        )
        .fetch_one(self.connection())
        .await?;
        Ok(())
    }

    /// Remembers a change: it is told as an event when this transaction commits.
    pub fn note(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// Makes it so, together with the events that tell what changed: they come last, because they are appended one at a time.
    pub async fn commit(mut self) -> Result<(), Unavailable> {
        let changes = std::mem::take(&mut self.changes);
        let has_events = !changes.is_empty();
        if has_events {
            changes::append(&self.store, &self.reach, &mut self.tx, changes).await?;
        }
        self.tx.commit().await?;
        if has_events {
            self.store.wake.committed();
        }
        Ok(())
    }
}

/// Acknowledged must mean written: a server that may forget on a crash is refused.
async fn assert_durable(connection: &mut PgConnection) -> Result<(), StoreError> {
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let value = sqlx::query_scalar!("select current_setting($1)", setting)
            .fetch_one(&mut *connection)
            .await?
            .unwrap_or_default();
        if value == "off" {
            return Err(StoreError::NotDurable { setting });
        }
    }
    Ok(())
}

/// How long a webhook, or work because of one, waits for a connection: a carrier does not wait longer.
const WEBHOOK_WAITS: Duration = Duration::from_millis(800);
/// How long a request of the API does: fifty at once with one idempotency key are answered one after the other.
const API_WAITS: Duration = Duration::from_secs(3);

/// How long a connection that answered is believed to be alive.
const TRUSTED_FOR: Duration = Duration::from_millis(100);

fn pool(
    url: &str,
    name: &'static str,
    size: u32,
    (statement_timeout, patience): (&str, Duration),
) -> Result<Pool, StoreError> {
    let role = format!("vestibule_{name}");
    let options = PgPoolOptions::new()
        .max_connections(size)
        // Some are open before they are needed: a webhook should not wait for a handshake.
        .min_connections(size.div_ceil(2))
        .test_before_acquire(false)
        .before_acquire(|connection, meta| Box::pin(lives(connection, meta)));
    Ok(Pool::new(name, options, login(url, &role, statement_timeout)?, patience))
}

fn login(url: &str, role: &str, statement_timeout: &str) -> Result<PgConnectOptions, StoreError> {
    let login = url.parse::<PgConnectOptions>().map_err(StoreError::Url)?;
    let login = login.application_name("vestibule").options([
        ("role", role),
        ("lock_timeout", "2s"),
        ("statement_timeout", statement_timeout),
        ("idle_in_transaction_session_timeout", "5s"),
        ("synchronous_commit", "on"),
    ]);
    // Lists are asked for in many ways, and are planned as they come.
    Ok(if role == "vestibule_app" { login } else { login.options(BY_KEY) })
}

/// How webhooks and work are planned. They find every row by its key, however many they look for: a plan that is kept is as good as a
/// new one, and for nothing. But it must not have been made for tables so small that reading all of one, or of an index, was as cheap:
/// they grow, and the plan stays until PostgreSQL next counts rows. So what is left to it is one index, and a key at a time. What can
/// only be read whole looks so dear then that it would be compiled.
const BY_KEY: [(&str, &str); 7] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_bitmapscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("enable_material", "off"),
    ("jit", "off"),
];

/// Asks a connection that has been idle whether its server is still there. One that was used a moment ago answered then, when it was
/// released: asking again would double the round trips of a busy server.
async fn lives(
    connection: &mut PgConnection,
    meta: PoolConnectionMetadata,
) -> Result<bool, sqlx::Error> {
    if meta.idle_for > TRUSTED_FOR {
        connection.ping().await?;
    }
    Ok(true)
}

/// Why the store does not start.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Not a connection URL.
    #[error(
        "DATABASE_URL is not a PostgreSQL URL ({0}); it looks like postgres://user:password@host:5432/vestibule"
    )]
    Url(#[source] sqlx::Error),
    /// No answer, or a refusal.
    #[error("the database refused or did not answer: {0}")]
    Database(#[from] sqlx::Error),
    /// A migration failed.
    #[error("the database could not be migrated: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// It may forget what it acknowledged.
    #[error(
        "the server runs with {setting} = off: an acknowledged webhook could be lost; switch it on"
    )]
    NotDurable {
        /// Which setting.
        setting: &'static str,
    },
    /// A migration was not applied yet.
    #[error(
        "the database's schema is older than this version: migration {missing} is missing; run `vestibule migrate` first"
    )]
    SchemaIsOlder {
        /// Which.
        missing: i64,
    },
    /// A later version took away what this one needs.
    #[error(
        "the database's schema is newer, and its migration {by} took away what this version needs: start a newer version"
    )]
    SchemaIsContracted {
        /// Which migration did.
        by: i64,
    },
    /// Roles are missing, and this login may not make them.
    #[error(
        "the roles of Vestibule are missing, and this login may not create them: run `vestibule migrate` once as a superuser"
    )]
    Roles,
}

impl From<sqlx::Error> for Unavailable {
    fn from(error: sqlx::Error) -> Self {
        Self { what: "the database", reason: error.to_string() }
    }
}
