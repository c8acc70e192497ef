//! Calls that are past their time go, whole; doors stay counted, what is built anew equals what is shown, and the chain still holds.

use std::process::Command;

use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use uuid::Uuid;
use vestibule::boot::audit::check;
use vestibule::domain::audit::verify::{Line, Report, Wrong};
use vestibule::store::Reach;

use crate::harness::database;
use crate::harness::door::{Door, Transport};

/// A door with three visits, of which one was a stranger's.
struct Past {
    door: Door,
    tenant: Uuid,
}

impl Past {
    async fn open() -> Self {
        let door = Door::open(Transport::Database).await;
        for visit in ["stranger", "open_directly", "visitor_hangs_up_first"] {
            let run = door.plays(visit).await;
            door.carrier_saw(run).await;
        }
        let tenant = door.get("/v1/tenants/me").await["id"].as_str().unwrap().parse().unwrap();
        let past = Self { door, tenant };
        past.settles(3).await;
        past
    }

    /// So many visits are over, and everybody who follows is through.
    async fn settles(&self, visits: i64) {
        let behind = "select count(*) from es.event where type = 'CallEnded'
                      union all
                      select (select position from es.head) - least(min(position), (select position from es.audit_feed))
                      from es.checkpoint where state = 'live'";
        self.door
            .eventually("the visits are over, and everybody knows", async || {
                let mut admin = database::connect(&self.door.database).await;
                let seen: Vec<i64> =
                    sqlx::query_scalar(behind).fetch_all(&mut admin).await.unwrap();
                tokio::time::sleep(std::time::Duration::from_millis(500)).await;
                let still: Vec<i64> =
                    sqlx::query_scalar(behind).fetch_all(&mut admin).await.unwrap();
                (seen == [visits, 0] && still == seen).then_some(())
            })
            .await;
    }

    async fn number(&self, sql: &'static str) -> i64 {
        let mut admin = database::connect(&self.door.database).await;
        sqlx::query_scalar(sql).fetch_one(&mut admin).await.unwrap()
    }

    async fn execute(&self, sql: &str) {
        let mut admin = database::connect(&self.door.database).await;
        sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut admin).await.unwrap();
    }

    /// Calls are kept for no time at all: as if a year had gone by.
    async fn time_goes_by(&self) {
        self.execute("alter table es.retention drop constraint calls_kept_a_month").await;
        self.execute(&format!(
            "insert into es.retention (tenant_id, calls_kept_days) values ('{}', -1)
             on conflict (tenant_id) do update set calls_kept_days = -1, looked_at = null",
            self.tenant
        ))
        .await;
    }

    async fn archives(&self) {
        let journal = self.door.rooms.as_ref().unwrap().journal.clone();
        while journal.archive().await.unwrap() {}
    }

    /// What doors and residents were counted for.
    async fn counts(&self) -> [Value; 2] {
        let digest = async |table: &str| -> Value {
            let mut admin = database::connect(&self.door.database).await;
            let sql = format!(
                "select coalesce(jsonb_agg(to_jsonb(t) order by t::text), '[]') from vestibule.{table} t"
            );
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut admin).await.unwrap()
        };
        [digest("door_count").await, digest("resident_count").await]
    }

    async fn equals_what_is_built_anew(&self) {
        let projections = self.door.rooms.as_ref().unwrap().projections.clone();
        for name in projections.names() {
            for table in projections.check(name).await.unwrap() {
                assert!(table.is_equal(), "{table:?}");
            }
            projections.rebuild(name).await.unwrap();
        }
    }

    async fn chain(&self) -> Result<Report, Wrong> {
        let store = &self.door.rooms.as_ref().unwrap().store;
        let (mut lines, mut after) = (vec![], 0);
        loop {
            let reach = Reach::whole(self.tenant.into());
            lines.extend(store.audit_chain(&reach, after, 20).await.unwrap());
            match lines.last() {
                Some(Line::End { at, more: true }) => after = at.position,
                _ => break,
            }
        }
        let lines: Vec<_> = lines.iter().map(|line| json!(line).to_string()).collect();
        check(lines.join("\n").as_bytes(), vec![]).unwrap()
    }
}

#[actix_web::test]
async fn calls_past_their_time_go_and_everything_else_stays_as_it_was() {
    let past = Past::open().await;
    past.archives().await;
    assert_eq!(
        past.number("select count(*) from es.stream where archived_at is not null").await,
        0
    );
    let counted = past.counts().await;
    assert_eq!(
        counted[0]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["calls"].as_i64().unwrap())
            .sum::<i64>(),
        3
    );
    let before = past.number("select count(*) from es.event").await;
    past.time_goes_by().await;

    past.archives().await;
    past.settles(0).await;

    let gone =
        past.number("select sum(version) from es.stream where archived_at is not null").await;
    assert_eq!(
        past.number("select count(*) from es.stream where archived_at is not null").await,
        3
    );
    let (left, head) = (
        past.number("select count(*) from es.event").await,
        past.number("select position from es.head").await,
    );
    assert!(left < before && left + gone == head, "{left} left, {gone} gone, head {head}");
    for call in ["call_row", "call_leg", "call_resident", "spam_count", "spam_caller"] {
        let sql = format!("select count(*) from vestibule.{call}");
        let mut admin = database::connect(&past.door.database).await;
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut admin).await.unwrap();
        assert_eq!(rows, 0, "{call}");
    }
    assert_eq!(past.number("select count(*) from es.dial_claim").await, 0);
    assert_eq!(past.door.get("/v1/calls").await["items"], json!([]));

    assert_eq!(past.counts().await, counted);
    past.equals_what_is_built_anew().await;
    assert_eq!(past.counts().await, counted);
    let report = past.chain().await.unwrap();
    assert_eq!(report.archived as i64, gone);

    // Life goes on.
    let run = past.door.plays("open_directly").await;
    past.door.carrier_saw(run).await;
    past.settles(1).await;
    assert_eq!(past.door.get("/v1/calls").await["items"].as_array().unwrap().len(), 1);
    past.equals_what_is_built_anew().await;
    past.door.close().await;
}

#[actix_web::test]
async fn an_event_that_is_gone_without_having_been_archived_is_found_though_others_were() {
    let past = Past::open().await;
    past.time_goes_by().await;
    past.archives().await;
    past.settles(0).await;
    past.chain().await.unwrap();
    let lost =
        past.number("select min(position) from es.event where type = 'DirectoryChanged'").await;

    past.execute("alter table es.event disable trigger events_stay").await;
    past.execute(&format!("delete from es.event where position = {lost}")).await;

    let wrong = past.chain().await.unwrap_err();
    assert_eq!(wrong.position, lost, "{wrong}");
    assert!(wrong.what.contains("no event says that it was archived"), "{wrong}");
    past.door.close().await;
}

#[actix_web::test]
async fn nobody_at_run_time_deletes_an_event_or_archives_a_call_before_its_time() {
    let past = Past::open().await;
    past.archives().await;
    let mut worker = database::connect(&past.door.database).await;
    sqlx::query("set role vestibule_worker").execute(&mut worker).await.unwrap();

    let refused = sqlx::query("delete from es.event").execute(&mut worker).await.unwrap_err();
    assert!(refused.to_string().contains("permission denied"), "{refused}");
    let early = format!(
        "select es.archive_calls('{}', clock_timestamp() - interval '364 days', 100, gen_random_uuid(), '{{}}')",
        past.tenant
    );
    let refused = sqlx::query(AssertSqlSafe(early)).execute(&mut worker).await.unwrap_err();
    assert!(refused.to_string().contains("kept for longer"), "{refused}");
    // Even a superuser has to go out of their way: only the ledger's function does it.
    sqlx::query("reset role").execute(&mut worker).await.unwrap();
    let refused = sqlx::query("delete from es.event").execute(&mut worker).await.unwrap_err();
    assert!(refused.to_string().contains("never changed or deleted"), "{refused}");
    past.door.close().await;
}

#[actix_web::test]
async fn the_operator_says_how_long_a_firms_calls_are_kept() {
    use base64::Engine;
    use secrecy::ExposeSecret;
    let past = Past::open().await;
    let keeps = |days: &str| {
        Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .args(["tenants", "keep", "--tenant", &past.tenant.to_string(), "--calls", days])
            .env_remove("AMQP_URL")
            .env("DATABASE_URL", past.door.database.expose_secret())
            .env(
                "VESTIBULE_MASTER_KEY",
                base64::prelude::BASE64_STANDARD.encode(crate::harness::door::MASTER_KEY),
            )
            .output()
            .unwrap()
    };

    let output = keeps("90");
    assert!(output.status.success(), "{output:?}");
    assert!(!keeps("7").status.success(), "less than a month is refused");

    assert_eq!(past.number("select calls_kept_days::bigint from es.retention").await, 90);
    let log = past.door.get("/v1/audit?resource=tenant").await;
    assert_eq!(log["items"][0]["after"]["calls_kept_days"], 90, "{log}");
    past.door.close().await;
}
