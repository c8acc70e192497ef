//! Runs the read models: catches up, builds the next generation beside the present one, switches, checks.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::{PgConnection, Postgres, Transaction};

use super::{Projection, SWEEPS, all};
use crate::application::ports::{StoredEvent, Unavailable};
use crate::store::Store;
use crate::store::history::LIVE_MODELS;
use crate::store::journal::feed;

/// A rebuild reads everything there ever was. Rows and checkpoint are forgotten together in a crash, and made again: nobody need wait for
/// the disk.
const BEGIN: &str = "begin; set local statement_timeout = '10min'; set local idle_in_transaction_session_timeout = '60s'; set local synchronous_commit = off";
/// Events in one transaction of a live read model.
const LIVE_BATCH: i64 = 500;
/// Events in one transaction of one that is being built.
const BUILDING_BATCH: i64 = 5_000;

/// The read models of a database.
#[derive(Clone, Debug)]
pub struct Projections {
    store: Store,
    models: Arc<Vec<Box<dyn Projection>>>,
}

/// How a read model is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Its name.
    pub name: String,
    /// Its generation.
    pub generation: i32,
    /// `live`, `building` or `retired`.
    pub state: String,
    /// The last event it applied.
    pub position: i64,
    /// Why it stopped, if it did.
    pub stopped_because: Option<String>,
}

/// What comparing a live read model with a rebuilt one found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// `call_history.call_row`.
    pub table: String,
    /// Of the live one.
    pub live: String,
    /// Of the rebuilt one.
    pub rebuilt: String,
}

impl Checked {
    /// Whether both hold the same, byte for byte.
    pub fn is_equal(&self) -> bool {
        self.live == self.rebuilt
    }
}

impl Projections {
    /// Over this store; makes what is missing.
    pub async fn start(store: Store) -> Result<Self, Unavailable> {
        let projections = Self { store, models: Arc::new(all()) };
        let live = projections.live_generations().await?;
        for model in projections.models.iter() {
            match live.get(model.name()) {
                None => projections.make(&**model, 1, "live").await?,
                Some((_, shape)) if *shape < model.shape() => {
                    projections.rebuild(model.name()).await.map(drop)?
                }
                Some(_) => {}
            }
        }
        Ok(projections)
    }

    /// Applies what is new to every live read model; true if there may be more. One that stops does not stop the others.
    pub async fn catch_up(&self) -> Result<bool, Unavailable> {
        let (mut more, mut live_moved) = (false, false);
        let mut failure = None;
        let (live, mut page) = (self.live_generations().await?, Page::default());
        for model in self.models.iter() {
            let Some(&(generation, shape)) = live.get(model.name()) else { continue };
            // While versions are changed the newer one has built its own already: its tables are not ours to write.
            if shape > model.shape() {
                continue;
            }
            match self.advance(&**model, generation, LIVE_BATCH, &mut page).await {
                Ok(applied) => {
                    more |= applied == LIVE_BATCH;
                    live_moved |= applied > 0 && LIVE_MODELS.contains(&model.name());
                }
                Err(error) => failure = failure.or(Some(error)),
            }
            // Who follows the running calls reads all of these models: they are told once the last one is through.
            if LIVE_MODELS.last() == Some(&model.name()) && std::mem::take(&mut live_moved) {
                self.store.wake.live_moved();
            }
        }
        // What failed is tried again after a pause; the others first take all there is.
        failure.filter(|_| !more).map_or(Ok(more), Err)
    }

    /// Done once there may be something new; armed as soon as it is made.
    pub fn news(&self) -> impl Future<Output = ()> + Send + use<> {
        self.store.wake.news()
    }

    /// How all generations are doing.
    pub async fn list(&self) -> Result<Vec<State>, Unavailable> {
        let rows = sqlx::query!("select name, version, state, position, stopped_because from es.checkpoint order by name, version")
            .fetch_all(&self.store.worker)
            .await?;
        let states = rows.into_iter().map(|row| State {
            name: row.name,
            generation: row.version,
            state: row.state,
            position: row.position,
            stopped_because: row.stopped_because,
        });
        Ok(states.collect())
    }

    /// Builds the next generation of a read model beside the present one, and shows it once it has caught up.
    pub async fn rebuild(&self, name: &str) -> Result<State, Unavailable> {
        let model = self.model(name)?;
        let next = self.latest_generation(model).await? + 1;
        self.make(model, next, "building").await?;
        if let Err(error) = self.build(model, next).await {
            self.drop_generation(name, next).await?;
            return Err(error);
        }
        let states = self.list().await?;
        states.into_iter().find(|state| state.name == name && state.generation == next).ok_or(
            Unavailable {
                what: "the read model",
                reason: "it was dropped while it was built".to_owned(),
            },
        )
    }

    async fn build(&self, model: &dyn Projection, next: i32) -> Result<(), Unavailable> {
        let mut page = Page::default();
        while self.advance(model, next, BUILDING_BATCH, &mut page).await? == BUILDING_BATCH {}
        self.switch(model, next).await
    }

    /// Rebuilds a read model aside, up to where the live one is, and compares them table by table.
    pub async fn check(&self, name: &str) -> Result<Vec<Checked>, Unavailable> {
        let model = self.model(name)?;
        let live = self.live_generations().await?;
        let Some(&(live, _)) = live.get(name) else { return Ok(Vec::new()) };
        let mut page = Page::default();
        while self.advance(model, live, LIVE_BATCH, &mut page).await? == LIVE_BATCH {}
        let aside = self.latest_generation(model).await? + 1;
        self.make(model, aside, "building").await?;
        let checked = self.compare(model, live, aside).await;
        self.drop_generation(name, aside).await?;
        checked
    }

    async fn compare(
        &self,
        model: &dyn Projection,
        live: i32,
        aside: i32,
    ) -> Result<Vec<Checked>, Unavailable> {
        let name = model.name();
        let mut tx = self.begin().await?;
        // The live one stands still while both are compared.
        let until = position_of(&mut tx, name, live).await?;
        let mut page = Page { until: Some(until), ..Page::default() };
        while position_of(&mut tx, name, aside).await? < until {
            let applied = apply_batch(&mut tx, model, aside, BUILDING_BATCH, &mut page).await?;
            // The last ones before may be archived.
            if applied == 0 {
                break;
            }
        }
        let mut checked = Vec::new();
        for table in model.tables() {
            checked.push(Checked {
                table: format!("{name}.{table}"),
                live: digest(&mut tx, &schema(name, live), table).await?,
                rebuilt: digest(&mut tx, &schema(name, aside), table).await?,
            });
        }
        tx.rollback().await?;
        Ok(checked)
    }

    /// The names of all read models.
    pub fn names(&self) -> Vec<&'static str> {
        self.models.iter().map(|model| model.name()).collect()
    }

    fn model(&self, name: &str) -> Result<&dyn Projection, Unavailable> {
        let found = self.models.iter().find(|model| model.name() == name);
        found.map(|model| &**model).ok_or_else(|| Unavailable {
            what: "the read model",
            reason: format!("there is none called {name}"),
        })
    }

    async fn begin(&self) -> Result<Transaction<'static, Postgres>, Unavailable> {
        Ok(self.store.worker.begin_with(BEGIN).await?)
    }

    /// The generation that each read model shows, and its shape.
    async fn live_generations(&self) -> Result<HashMap<String, (i32, i32)>, Unavailable> {
        let rows =
            sqlx::query!("select name, version, shape from es.checkpoint where state = 'live'")
                .fetch_all(&self.store.worker)
                .await?;
        Ok(rows.into_iter().map(|row| (row.name, (row.version, row.shape))).collect())
    }

    async fn latest_generation(&self, model: &dyn Projection) -> Result<i32, Unavailable> {
        let latest = sqlx::query_scalar!(
            "select max(version) from es.checkpoint where name = $1",
            model.name()
        )
        .fetch_one(&self.store.worker)
        .await?;
        Ok(latest.unwrap_or(0))
    }

    /// Makes a generation's schema, tables and checkpoint. Two processes may do it at once: the checkpoint's key lets one win.
    async fn make(
        &self,
        model: &dyn Projection,
        generation: i32,
        state: &str,
    ) -> Result<(), Unavailable> {
        let mut tx = self.begin().await?;
        let made = sqlx::query!(
            "insert into es.checkpoint (name, version, position, state, shape) values ($1, $2, 0, $3, $4) on conflict do nothing",
            model.name(),
            generation,
            state,
            model.shape()
        )
        .execute(&mut *tx)
        .await?;
        if made.rows_affected() == 1 {
            let schema = schema(model.name(), generation);
            sqlx::query("select es.make_read_schema($1)").bind(&schema).execute(&mut *tx).await?;
            search_in(&mut tx, &schema).await?;
            sqlx::raw_sql(model.tables_sql()).execute(&mut *tx).await?;
            // Shown with what made it: of processes that start at the same time one does it, and no other goes on before.
            if state == "live" {
                show(&mut tx, model, generation).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Applies a batch; says how many events it had.
    async fn advance(
        &self,
        model: &dyn Projection,
        generation: i32,
        limit: i64,
        page: &mut Page,
    ) -> Result<i64, Unavailable> {
        let mut tx = self.begin().await?;
        match apply_batch(&mut tx, model, generation, limit, page).await {
            Ok(applied) => {
                tx.commit().await?;
                Ok(applied)
            }
            Err(error) => {
                tx.rollback().await?;
                sqlx::query!("update es.checkpoint set stopped_because = $3 where name = $1 and version = $2", model.name(), generation, error.to_string())
                    .execute(&self.store.worker)
                    .await?;
                tracing::error!(projection = model.name(), %error, "the read model stopped: it never skips an event");
                Err(error)
            }
        }
    }

    /// Brings the next generation level with the live one and shows it, in one transaction.
    async fn switch(&self, model: &dyn Projection, next: i32) -> Result<(), Unavailable> {
        let mut tx = self.begin().await?;
        let live = sqlx::query_scalar!(
            "select version from es.checkpoint where name = $1 and state = 'live' for update",
            model.name()
        )
        .fetch_optional(&mut *tx)
        .await?;
        let mut page = Page::default();
        while apply_batch(&mut tx, model, next, BUILDING_BATCH, &mut page).await? == BUILDING_BATCH
        {
        }
        show(&mut tx, model, next).await?;
        sqlx::query!("update es.checkpoint set state = case when version = $2 then 'live' else 'retired' end where name = $1", model.name(), next)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        tracing::info!(
            projection = model.name(),
            from = live,
            to = next,
            "the read model is switched"
        );
        Ok(())
    }

    async fn drop_generation(&self, name: &str, generation: i32) -> Result<(), Unavailable> {
        let mut tx = self.begin().await?;
        sqlx::query("select es.drop_read_schema($1)")
            .bind(schema(name, generation))
            .execute(&mut *tx)
            .await?;
        sqlx::query!(
            "delete from es.checkpoint where name = $1 and version = $2",
            name,
            generation
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

fn schema(name: &str, generation: i32) -> String {
    format!("read_{name}_{generation}")
}

async fn search_in(connection: &mut PgConnection, schema: &str) -> Result<(), sqlx::Error> {
    sqlx::query("select set_config('search_path', $1, true)")
        .bind(schema)
        .execute(connection)
        .await?;
    Ok(())
}

async fn show(
    connection: &mut PgConnection,
    model: &dyn Projection,
    generation: i32,
) -> Result<(), sqlx::Error> {
    for table in model.tables() {
        let schema = schema(model.name(), generation);
        sqlx::query("select es.show_read_table($1, $2)")
            .bind(schema)
            .bind(table)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn digest(
    connection: &mut PgConnection,
    schema: &str,
    table: &str,
) -> Result<String, sqlx::Error> {
    sqlx::query_scalar("select es.read_table_digest($1, $2)")
        .bind(schema)
        .bind(table)
        .fetch_one(connection)
        .await
}

async fn position_of(
    connection: &mut PgConnection,
    name: &str,
    generation: i32,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "select position from es.checkpoint where name = $1 and version = $2 for update",
        name,
        generation
    )
    .fetch_one(connection)
    .await
}

/// Events as they were read last: the read models follow the same ones, mostly side by side.
#[derive(Debug, Default)]
struct Page {
    /// After which position, and at most how many.
    asked: Option<(i64, i64)>,
    events: Vec<StoredEvent>,
    /// None after this is taken.
    until: Option<i64>,
}

impl Page {
    async fn after(
        &mut self,
        connection: &mut PgConnection,
        position: i64,
        limit: i64,
    ) -> Result<&[StoredEvent], sqlx::Error> {
        if self.asked != Some((position, limit)) {
            self.events = feed::after(connection, position, limit).await?;
            let is_wanted =
                |event: &StoredEvent| self.until.is_none_or(|until| event.position <= until);
            self.events.retain(is_wanted);
            self.asked = Some((position, limit));
        }
        Ok(&self.events)
    }
}

/// Applies up to `limit` events after the checkpoint and moves it, in the caller's transaction.
async fn apply_batch(
    connection: &mut PgConnection,
    model: &dyn Projection,
    generation: i32,
    limit: i64,
    page: &mut Page,
) -> Result<i64, Unavailable> {
    let position = position_of(connection, model.name(), generation).await?;
    let events = page.after(connection, position, limit).await?;
    if events.is_empty() {
        return Ok(0);
    }
    assert_no_gap(connection, position, events).await?;
    search_in(connection, &schema(model.name(), generation)).await?;
    let is_sweep = |event: &StoredEvent| SWEEPS.contains(&event.kind.as_str());
    for part in events.chunk_by(|one, next| !is_sweep(one) && !is_sweep(next)) {
        let applied = match part {
            [event] if is_sweep(event) => model.sweep(connection, event).await,
            events => model.fold(connection, events).await,
        };
        applied.map_err(|error| Unavailable {
            what: "a read model",
            reason: format!("after position {}: {error}", part[0].position - 1),
        })?;
    }
    if let Some(last) = events.last() {
        sqlx::query!(
            "update es.checkpoint set position = $3, updated_at = clock_timestamp(), stopped_because = null where name = $1 and version = $2",
            model.name(),
            generation,
            last.position
        )
        .execute(connection)
        .await?;
    }
    Ok(i64::try_from(events.len()).unwrap_or(i64::MAX))
}

/// A missing position means a missing event: better to stop than to go on without it.
async fn assert_no_gap(
    connection: &mut PgConnection,
    position: i64,
    events: &[StoredEvent],
) -> Result<(), Unavailable> {
    let positions = events.iter().map(|event| event.position);
    match feed::missing(connection, position, positions).await? {
        None => Ok(()),
        Some(missing) => {
            Err(Unavailable { what: "a read model", reason: format!("event {missing} is missing") })
        }
    }
}
