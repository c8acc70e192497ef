//! All events by position: without gaps, in order of commit. Read from the primary only.

use sqlx::PgConnection;

use super::stream::Row;
use crate::application::ports::{StoredEvent, Unavailable};
use crate::store::Store;

impl Store {
    /// The last position handed out.
    pub async fn head(&self) -> Result<i64, Unavailable> {
        Ok(sqlx::query_scalar!("select position from es.head").fetch_one(&self.worker).await?)
    }
}

/// The first position that is missing though nothing was archived there: a missing event, without which nobody may go on.
pub(in crate::store) async fn missing(
    connection: &mut PgConnection,
    after: i64,
    positions: impl IntoIterator<Item = i64>,
) -> Result<Option<i64>, sqlx::Error> {
    let (mut expected, mut gap) = (after + 1, None);
    for position in positions {
        if position > expected {
            // Of each gap its last position: what was archived lies before what was not.
            gap = Some((expected, position - 1));
        }
        expected = position + 1;
    }
    let Some((first, last)) = gap else { return Ok(None) };
    // Read after the events: what they do not show is archived by now, or lost.
    let archived_through =
        sqlx::query_scalar!("select through from es.archive").fetch_one(connection).await?;
    Ok((last > archived_through).then(|| first.max(archived_through + 1)))
}

/// Up to `limit` events after this position, personal fields sealed.
pub(in crate::store) async fn after(
    connection: &mut PgConnection,
    position: i64,
    limit: i64,
) -> Result<Vec<StoredEvent>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select position, stream_id, version, tenant_id, event_id, type as kind, schema_version, payload, actor, occurred_at, recorded_at
           from es.event
           where position > $1
           order by position
           limit $2"#,
        position,
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Row::sealed).collect())
}
