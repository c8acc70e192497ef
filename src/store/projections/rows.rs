//! Rows of a read model in memory, while a batch of events is folded into them: read at once, changed without a query, written at once.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sqlx::types::Json;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

/// A row as its table has it: each field is the column of that name.
pub(super) trait Record:
    Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + Unpin + 'static
{
    /// The table, in the schema that is first in the search path.
    const TABLE: &'static str;
    /// The columns of its primary key.
    const KEY: &'static [&'static str];
    /// Their values.
    type Key: Clone + Ord + Send + Sync;

    fn key(&self) -> Self::Key;
}

/// A row of counts: what two say of the same is added up.
pub(super) trait Tally: Record {
    /// The columns that are added up; of others the later one stands.
    const COUNTS: &'static [&'static str];
}

/// Rows of a table, as they were read and as they are now.
#[derive(Debug)]
pub(super) struct Rows<R: Record> {
    stored: BTreeMap<R::Key, R>,
    now: BTreeMap<R::Key, R>,
}

impl<R: Record> Default for Rows<R> {
    fn default() -> Self {
        Self { stored: BTreeMap::new(), now: BTreeMap::new() }
    }
}

impl<R: Record> Rows<R> {
    /// Reads, too, all rows that have one of these ids in this column.
    pub async fn read(
        &mut self,
        connection: &mut PgConnection,
        column: &'static str,
        ids: &[Uuid],
    ) -> Result<(), sqlx::Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut query = QueryBuilder::<Postgres>::new("select to_jsonb(known) from ");
        query.push(R::TABLE).push(" known where ").push(column);
        query.push(" = any (").push_bind(ids).push(")");
        let rows: Vec<Json<R>> = query.build_query_scalar().fetch_all(connection).await?;
        for Json(row) in rows {
            self.stored.insert(row.key(), row.clone());
            self.now.insert(row.key(), row);
        }
        Ok(())
    }

    pub fn get(&mut self, key: &R::Key) -> Option<&mut R> {
        self.now.get_mut(key)
    }

    /// All rows from this key on, in order.
    pub fn from(&mut self, key: R::Key) -> impl Iterator<Item = &mut R> {
        self.now.range_mut(key..).map(|(_, row)| row)
    }

    /// This row, unless there is one with its key: then that.
    pub fn at(&mut self, row: R) -> &mut R {
        self.now.entry(row.key()).or_insert(row)
    }

    /// This row, in place of one with its key.
    pub fn put(&mut self, row: R) {
        self.now.insert(row.key(), row);
    }

    pub fn remove(&mut self, key: &R::Key) -> Option<R> {
        self.now.remove(key)
    }

    /// Writes what changed, and removes what is gone.
    pub async fn write(self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let Self { stored, now } = self;
        let changed: Vec<&R> = now
            .iter()
            .filter(|(key, row)| stored.get(key) != Some(row))
            .map(|(_, row)| row)
            .collect();
        let gone: Vec<&R> =
            stored.iter().filter(|(key, _)| !now.contains_key(key)).map(|(_, row)| row).collect();
        upsert::<R>(connection, &changed, &[]).await?;
        if gone.is_empty() {
            return Ok(());
        }
        let table = R::TABLE;
        let mut query = QueryBuilder::<Postgres>::new("delete from ");
        query.push(table).push(" known using jsonb_populate_recordset(null::").push(table);
        query.push(", ").push_bind(Json(gone)).push(") gone where ");
        let same = R::KEY.iter().map(|column| format!("known.{column} = gone.{column}"));
        query.push(same.collect::<Vec<_>>().join(" and "));
        query.build().execute(connection).await?;
        Ok(())
    }
}

impl<R: Tally> Rows<R> {
    /// Adds these counts to what is stored. Nothing was read before.
    pub async fn add_up(self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let counted: Vec<&R> = self.now.values().collect();
        upsert::<R>(connection, &counted, R::COUNTS).await
    }
}

async fn upsert<R: Record>(
    connection: &mut PgConnection,
    rows: &[&R],
    added_up: &[&str],
) -> Result<(), sqlx::Error> {
    let Some(first) = rows.first() else { return Ok(()) };
    let columns = columns(*first)?;
    let changes: Vec<_> = columns
        .iter()
        .filter(|column| !R::KEY.contains(&column.as_str()))
        .map(|column| {
            let sum = if added_up.contains(&column.as_str()) {
                format!("known.{column} + ")
            } else {
                String::new()
            };
            format!("{column} = {sum}excluded.{column}")
        })
        .collect();
    let change = if changes.is_empty() {
        "nothing".to_owned()
    } else {
        format!("update set {}", changes.join(", "))
    };
    let columns = columns.join(", ");
    let mut query = QueryBuilder::<Postgres>::new("insert into ");
    query.push(R::TABLE).push(" as known (").push(&columns).push(") select ").push(&columns);
    query.push(" from jsonb_populate_recordset(null::").push(R::TABLE).push(", ");
    query.push_bind(Json(rows)).push(") on conflict (").push(R::KEY.join(", "));
    query.push(") do ").push(change);
    query.build().execute(connection).await?;
    Ok(())
}

/// The names of a row's columns.
fn columns<R: Record>(row: &R) -> Result<Vec<String>, sqlx::Error> {
    let row = serde_json::to_value(row).and_then(serde_json::from_value::<Map<String, Value>>);
    let row = row.map_err(|error| sqlx::Error::Encode(error.into()))?;
    Ok(row.into_iter().map(|(column, _)| column).collect())
}
