//! A history of any length: one visit as it was told by its carrier, copied again and again below new ids.

use anyhow::{Context, ensure};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use crate::ingest::carriers::{Carrier, Hooks, Pens};
use crate::ingest::firm::Firm;
use crate::ingest::rung;
use crate::load::{self, Again, Load};
use crate::processes::Api;

/// Copies in one statement.
const AT_ONCE: i64 = 20_000;

/// The visit that is copied.
pub struct Stories {
    stream: String,
    events: i64,
}

impl Stories {
    /// Rings once and tells all that happens, over the wire.
    pub async fn told(api: &Api, firm: &Firm, database: &str) -> anyhow::Result<Self> {
        let mut admin = PgConnection::connect(database).await?;
        let to = Hooks { firm, host: api.address.to_string() };
        let once = Load {
            to: api.address,
            connections: 1,
            time: std::time::Duration::MAX,
            again: Again::Never,
        };
        let mut pens = Pens::default();
        load::send(once, &pens.rings(Carrier::Twilio, &to, 1)).await?;
        let visits = rung(&mut admin, Carrier::Twilio, firm, 1).await?;
        let told = load::send(once, &pens.news(Carrier::Twilio, &to, &visits)).await?;
        ensure!(told.refused == 0, "the story was refused");
        let stream = visits.first().context("nobody rang")?.call.clone();
        let events = sqlx::query_scalar("select count(*) from es.event where stream_id = $1::uuid")
            .bind(&stream)
            .fetch_one(&mut admin)
            .await?;
        admin.close().await?;
        Ok(Self { stream, events })
    }

    /// Copies it until there are so many events; says how many there are.
    pub async fn until(&self, admin: &mut PgConnection, events: i64) -> anyhow::Result<i64> {
        loop {
            let there: i64 = admin.fetch_one("select position from es.head").await?.get("position");
            let copies = ((events - there) / self.events).min(AT_ONCE);
            if copies <= 0 {
                admin.execute("analyze es.event, es.stream").await?;
                return Ok(there);
            }
            self.copy(admin, there, copies).await?;
        }
    }

    /// Ids hang on the positions, so that none comes twice.
    async fn copy(&self, admin: &mut PgConnection, there: i64, copies: i64) -> anyhow::Result<()> {
        let Self { stream, events } = self;
        admin
            .execute(AssertSqlSafe(format!(
                "begin;
                 insert into es.stream (stream_id, tenant_id, stream_type, version)
                 select md5('stream ' || {there} + n)::uuid, one.tenant_id, one.stream_type, one.version
                 from es.stream one, generate_series(1, {copies}) n where one.stream_id = '{stream}';
                 insert into es.event (position, stream_id, version, tenant_id, event_id, type, schema_version, payload, correlation_id, actor, occurred_at, recorded_at)
                 select {there} + (n - 1) * {events} + one.version, md5('stream ' || {there} + n)::uuid, one.version, one.tenant_id,
                        md5('event ' || {there} + (n - 1) * {events} + one.version)::uuid, one.type, one.schema_version, one.payload,
                        md5('stream ' || {there} + n)::uuid, one.actor, one.occurred_at, one.recorded_at
                 from es.event one, generate_series(1, {copies}) n where one.stream_id = '{stream}'
                 order by 1;
                 update es.head set position = {there} + {copies} * {events};
                 commit"
            )))
            .await?;
        Ok(())
    }
}
