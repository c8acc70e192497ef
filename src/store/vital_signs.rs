//! The last signs of life of connections and lines: gathered in memory, written together about once a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::directory::views::DirectoryError;
use super::{Store, TenantTx};
use crate::application::ports::vital_signs::{Sign, Vital, VitalSigns};
use crate::application::ports::{Clock, Unavailable};

/// How often what was gathered is written.
const EVERY: Duration = Duration::from_secs(1);
/// Rounds between two counts of the lines that never saw a webhook.
const ROUNDS_A_COUNT: u32 = 60;
/// As long as a carrier's words are kept.
const WORDS_MAX: usize = 200;

/// Whether webhooks of a connection come, and whether its carrier does what it is asked.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ConnectionVitals {
    /// When the last webhook came that was believed; absent: none ever.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_webhook_at: Option<OffsetDateTime>,
    /// When the last one came that was not.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_refusal_at: Option<OffsetDateTime>,
    /// Why it was not, in a word.
    #[schema(example = json!(null))]
    pub last_refusal: Option<String>,
    /// So many were not, ever.
    #[schema(example = 0)]
    pub refusals: i64,
    /// When the last request to the carrier failed.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_failure_at: Option<OffsetDateTime>,
    /// Why, in the carrier's words.
    #[schema(example = json!(null))]
    pub last_failure: Option<String>,
    /// So many failed, ever.
    #[schema(example = 0)]
    pub failures: i64,
}

/// Whether webhooks about a line come, and whether its carrier does what it is asked.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct LineVitals {
    /// When the last webhook came that was believed; absent: none ever.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_webhook_at: Option<OffsetDateTime>,
    /// When the last request to the carrier failed.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_failure_at: Option<OffsetDateTime>,
    /// Why, in the carrier's words.
    #[schema(example = json!(null))]
    pub last_failure: Option<String>,
    /// So many failed, ever.
    #[schema(example = 0)]
    pub failures: i64,
}

/// The signs that this process has seen and not written yet.
#[derive(Debug)]
pub struct Notes {
    store: Store,
    clock: Arc<dyn Clock>,
    of_connections: Mutex<HashMap<(Uuid, Uuid), ConnectionVitals>>,
    of_lines: Mutex<HashMap<(Uuid, Uuid), LineVitals>>,
}

impl Notes {
    /// Starts to write them, until nobody notes any more.
    pub fn start(store: Store, clock: Arc<dyn Clock>) -> Arc<Self> {
        let notes = Arc::new(Self {
            store,
            clock,
            of_connections: Mutex::default(),
            of_lines: Mutex::default(),
        });
        tokio::spawn(write_now_and_then(Arc::downgrade(&notes)));
        notes
    }

    /// Writes what was gathered.
    pub async fn write(&self) -> Result<(), Unavailable> {
        let connections = std::mem::take(&mut *locked(&self.of_connections));
        let lines = std::mem::take(&mut *locked(&self.of_lines));
        self.store.write_connection_vitals(&connections).await?;
        self.store.write_line_vitals(&lines).await
    }
}

async fn write_now_and_then(notes: Weak<Notes>) {
    let mut until_counted: u32 = 0;
    loop {
        tokio::time::sleep(EVERY).await;
        let Some(notes) = notes.upgrade() else { return };
        // The first round counts, and each until there is a line: a scrape soon after a start, or after the first line, finds it all.
        until_counted = match until_counted.checked_sub(1) {
            Some(rounds) => rounds,
            None if notes.store.count_silent_lines().await => ROUNDS_A_COUNT - 1,
            None => 0,
        };
        if let Err(error) = notes.write().await {
            tracing::debug!(%error, "signs of life could not be written");
        }
    }
}

fn locked<T>(what: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

impl VitalSigns for Notes {
    fn note(&self, sign: Sign) {
        let at = Some(self.clock.now());
        let tenant = sign.tenant.as_uuid();
        let mut connections = locked(&self.of_connections);
        let connection = connections.entry((tenant, sign.connection.as_uuid())).or_default();
        let mut lines = locked(&self.of_lines);
        let line = sign.line.map(|line| lines.entry((tenant, line.as_uuid())).or_default());
        match sign.vital {
            Vital::Webhook => {
                connection.last_webhook_at = at;
                line.into_iter().for_each(|line| line.last_webhook_at = at);
            }
            Vital::Refusal(why) => {
                connection.last_refusal_at = at;
                connection.last_refusal = Some(why.to_owned());
                connection.refusals += 1;
            }
            Vital::Failure(why) => {
                let why: String = why.chars().take(WORDS_MAX).collect();
                if let Some(line) = line {
                    (line.last_failure_at, line.last_failure) = (at, Some(why.clone()));
                    line.failures += 1;
                }
                (connection.last_failure_at, connection.last_failure) = (at, Some(why));
                connection.failures += 1;
            }
        }
    }
}

impl Store {
    async fn write_connection_vitals(
        &self,
        vitals: &HashMap<(Uuid, Uuid), ConnectionVitals>,
    ) -> Result<(), Unavailable> {
        // In one order in every process: none waits for another that waits for it.
        let mut vitals: Vec<_> = vitals.iter().collect();
        vitals.sort_by_key(|(ids, _)| **ids);
        for ((tenant, connection), vitals) in vitals {
            sqlx::query!(
                "insert into vestibule.connection_vitals as known
                     (tenant_id, connection_id, last_webhook_at, last_refusal_at, last_refusal, refusals, last_failure_at, last_failure, failures)
                 select tenant_id, connection_id, $3, $4, $5, $6, $7, $8, $9 from vestibule.connection
                 where tenant_id = $1 and connection_id = $2
                 on conflict (tenant_id, connection_id) do update set
                     last_webhook_at = greatest(known.last_webhook_at, excluded.last_webhook_at),
                     last_refusal_at = greatest(known.last_refusal_at, excluded.last_refusal_at),
                     last_refusal = coalesce(excluded.last_refusal, known.last_refusal),
                     refusals = known.refusals + excluded.refusals,
                     last_failure_at = greatest(known.last_failure_at, excluded.last_failure_at),
                     last_failure = coalesce(excluded.last_failure, known.last_failure),
                     failures = known.failures + excluded.failures",
                tenant,
                connection,
                vitals.last_webhook_at,
                vitals.last_refusal_at,
                vitals.last_refusal,
                vitals.refusals,
                vitals.last_failure_at,
                vitals.last_failure,
                vitals.failures
            )
            .execute(&self.worker)
            .await?;
        }
        Ok(())
    }

    async fn write_line_vitals(
        &self,
        vitals: &HashMap<(Uuid, Uuid), LineVitals>,
    ) -> Result<(), Unavailable> {
        let mut vitals: Vec<_> = vitals.iter().collect();
        vitals.sort_by_key(|(ids, _)| **ids);
        for ((tenant, line), vitals) in vitals {
            sqlx::query!(
                "insert into vestibule.line_vitals as known (tenant_id, line_id, last_webhook_at, last_failure_at, last_failure, failures)
                 select tenant_id, line_id, $3, $4, $5, $6 from vestibule.line where tenant_id = $1 and line_id = $2
                 on conflict (tenant_id, line_id) do update set
                     last_webhook_at = greatest(known.last_webhook_at, excluded.last_webhook_at),
                     last_failure_at = greatest(known.last_failure_at, excluded.last_failure_at),
                     last_failure = coalesce(excluded.last_failure, known.last_failure),
                     failures = known.failures + excluded.failures",
                tenant,
                line,
                vitals.last_webhook_at,
                vitals.last_failure_at,
                vitals.last_failure,
                vitals.failures
            )
            .execute(&self.worker)
            .await?;
        }
        Ok(())
    }

    /// Tells, of each carrier, how many lines it has, and how many of them no webhook ever came about. Whether there is any line.
    async fn count_silent_lines(&self) -> bool {
        let counted = sqlx::query!(
            r#"select provider, count(*) as "lines!", count(*) filter (where vitals.last_webhook_at is null) as "silent!"
               from vestibule.line line
               join vestibule.connection connection using (tenant_id, connection_id)
               left join vestibule.line_vitals vitals using (tenant_id, line_id)
               group by provider order by provider"#
        )
        .fetch_all(&self.worker)
        .await;
        match counted {
            Ok(carriers) => {
                for of in &carriers {
                    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
                    let (all, silent) = (of.lines as f64, of.silent as f64);
                    let provider = || of.provider.clone();
                    metrics::gauge!("lines", "provider" => provider()).set(all);
                    metrics::gauge!("lines_without_webhook", "provider" => provider()).set(silent);
                }
                !carriers.is_empty()
            }
            Err(error) => {
                tracing::debug!(%error, "lines could not be counted");
                false
            }
        }
    }
}

impl TenantTx {
    /// The vital signs of a connection; empty ones, if there were none.
    pub async fn connection_vitals(
        &mut self,
        connection: Uuid,
    ) -> Result<ConnectionVitals, DirectoryError> {
        let vitals = sqlx::query_as!(
            ConnectionVitals,
            "select last_webhook_at, last_refusal_at, last_refusal, refusals, last_failure_at, last_failure, failures
             from vestibule.connection_vitals where connection_id = $1",
            connection
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(vitals.unwrap_or_default())
    }

    /// The vital signs of a line; empty ones, if there were none.
    pub async fn line_vitals(&mut self, line: Uuid) -> Result<LineVitals, DirectoryError> {
        let vitals = sqlx::query_as!(
            LineVitals,
            "select last_webhook_at, last_failure_at, last_failure, failures from vestibule.line_vitals where line_id = $1",
            line
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(vitals.unwrap_or_default())
    }
}
