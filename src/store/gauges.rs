//! What the database knows of how things stand, for metrics: looked at every few seconds, so each look costs next to nothing.

use super::Store;
use crate::application::ports::{Unavailable, WorkKind};

/// States of work that is not over.
const STATES: [&str; 4] = ["ready", "sent", "leased", "parked"];

impl Store {
    /// Tells how the events, those who follow them, the work and the database itself stand.
    pub async fn tell_gauges(&self) -> Result<(), Unavailable> {
        self.tell_followers().await?;
        self.tell_work().await?;
        self.tell_database().await
    }

    /// The first event that a follower has not applied tells for how long it lags.
    async fn tell_followers(&self) -> Result<(), Unavailable> {
        let head =
            sqlx::query_scalar!("select position from es.head").fetch_one(&self.worker).await?;
        metrics::gauge!("event_head_position").set(as_gauge(head));
        let followers = sqlx::query!(
            r#"select follower.name as "name!", follower.position as "position!", follower.stopped as "stopped!",
                      coalesce(extract(epoch from clock_timestamp() - waiting.recorded_at), 0)::float8 as "lag!"
               from (select name, position, stopped_because is not null as stopped from es.checkpoint where state = 'live'
                     union all
                     select 'audit_chain', position, false from es.audit_feed) follower
               left join es.event waiting on waiting.position = follower.position + 1"#
        )
        .fetch_all(&self.worker)
        .await?;
        for follower in followers {
            let name = follower.name;
            metrics::gauge!("projection_position", "name" => name.clone())
                .set(as_gauge(follower.position));
            metrics::gauge!("projection_lag_seconds", "name" => name.clone())
                .set(follower.lag.max(0.0));
            metrics::gauge!("projection_stopped", "name" => name)
                .set(f64::from(u8::from(follower.stopped)));
        }
        Ok(())
    }

    /// Counts what is open, by the indexes that hold nothing else; work that is over stays for a week and is not looked at.
    async fn tell_work(&self) -> Result<(), Unavailable> {
        let counted = sqlx::query!(
            r#"select kind as "kind!", state as "state!", count(*) as "items!",
                      coalesce(extract(epoch from clock_timestamp() - min(not_before)), 0)::float8 as "oldest!"
               from es.work_item
               where state in ('ready', 'sent', 'leased')
               group by kind, state
               union all
               select kind, state, count(*), 0
               from es.work_item
               where state = 'parked'
               group by kind, state"#
        )
        .fetch_all(&self.worker)
        .await?;
        for kind in WorkKind::ALL.map(WorkKind::name) {
            let of =
                |state: &str| counted.iter().find(|row| row.kind == kind && row.state == state);
            for state in STATES {
                let items = of(state).map_or(0, |row| row.items);
                metrics::gauge!("work_items", "kind" => kind, "state" => state)
                    .set(as_gauge(items));
            }
            // What is with the broker is in nobody's hands yet. What is not due counts below zero.
            let oldest = ["ready", "sent"].into_iter().filter_map(of).map(|row| row.oldest);
            metrics::gauge!("work_oldest_ready_seconds", "kind" => kind)
                .set(oldest.fold(0.0, f64::max));
        }
        Ok(())
    }

    async fn tell_database(&self) -> Result<(), Unavailable> {
        let database = sqlx::query!(
            r#"select pg_notification_queue_usage() as "queue!", pg_database_size(current_database()) as "bytes!""#
        )
        .fetch_one(&self.worker)
        .await?;
        metrics::gauge!("pg_notify_queue_usage").set(database.queue);
        metrics::gauge!("database_bytes").set(as_gauge(database.bytes));
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
fn as_gauge(count: i64) -> f64 {
    count as f64
}
