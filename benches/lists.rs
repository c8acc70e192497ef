//! How long the list of calls takes as the history grows: over HTTP, as a manager asks, first page and deep, with filters.

use std::fmt::Display;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::load::percentile;
use crate::server::Server;
use crate::table::{Table, number};

/// Calls in the history, one after the other.
const SIZES: [i64; 4] = [10_000, 100_000, 1_000_000, 5_000_000];
/// Requests of each kind.
const REQUESTS: usize = 200;
const KINDS: [&str; 5] =
    ["first page", "half way down", "a building's", "a unit's", "one outcome's"];

/// Rings once, then copies that call again and again, a few seconds earlier each time.
pub async fn measure(server: &Server) -> anyhow::Result<()> {
    let mut admin = PgConnection::connect(&server.database).await?;
    let reader = Reader::signed_in(server).await?;
    let call = reader.get("/v1/calls?limit=1").await?["items"][0].clone();
    let schema: String = admin
        .fetch_one("select 'read_call_history_' || version from es.checkpoint where name = 'call_history' and state = 'live'")
        .await?
        .get(0);
    let mut columns = vec!["p50 / p99 ms, by calls stored"];
    columns.extend(KINDS);
    let mut table = Table::headed(&columns);
    let mut there = 1;
    for calls in SIZES {
        grow(&mut admin, &schema, there, calls).await?;
        there = calls;
        let times = reader.lists(&call, calls).await?;
        let cells: Vec<&dyn Display> = times.iter().map(|cell| cell as &dyn Display).collect();
        let mut row: Vec<&dyn Display> = vec![&calls];
        row.extend(cells);
        table.row(&row);
    }
    table.print();
    println!("\nGoal: p50 below 5 ms at five million calls.\n");
    Ok(())
}

async fn grow(admin: &mut PgConnection, schema: &str, from: i64, to: i64) -> anyhow::Result<()> {
    let copies = format!(
        "insert into {schema}.call_row
         select copy.*
         from (select * from {schema}.call_row order by rang_at desc limit 1) one, generate_series({from}, {to} - 1) n,
              jsonb_populate_record(null::{schema}.call_row, to_jsonb(one) || jsonb_build_object(
                  'call_id', gen_random_uuid(), 'rang_at', one.rang_at - n * interval '7 seconds',
                  'outcome', (array['opened', 'nobody_came', 'visitor_left', 'rejected'])[1 + n % 4])) copy"
    );
    admin.execute(AssertSqlSafe(copies)).await?;
    admin.execute(AssertSqlSafe(format!("analyze {schema}.call_row"))).await?;
    Ok(())
}

/// A manager's program.
pub struct Reader {
    http: reqwest::Client,
    api: String,
    token: String,
}

impl Reader {
    pub async fn signed_in(server: &Server) -> anyhow::Result<Self> {
        let http = reqwest::Client::new();
        let body = serde_json::json!({ "email": server.building.email(), "password": server.building.password() });
        let session: Value = http
            .post(format!("{}/v1/sessions", server.api))
            .json(&body)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        let token = session["access_token"].as_str().context("no token")?.to_owned();
        Ok(Self { http, api: server.api.clone(), token })
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        Ok(self.ask(path).await?.1.json().await?)
    }

    /// Asks, and says since when the one request that was answered took: a program that asks too often waits, and asks again.
    async fn ask(&self, path: &str) -> anyhow::Result<(Instant, reqwest::Response)> {
        loop {
            let began = Instant::now();
            let request = self.http.get(format!("{}{path}", self.api)).bearer_auth(&self.token);
            let answer = request.send().await?;
            if answer.status() != reqwest::StatusCode::TOO_MANY_REQUESTS {
                return Ok((began, answer.error_for_status()?));
            }
            let after = answer.headers().get(reqwest::header::RETRY_AFTER);
            let seconds = after.and_then(|after| after.to_str().ok()?.parse().ok()).unwrap_or(1);
            tokio::time::sleep(Duration::from_secs(seconds)).await;
        }
    }

    /// What a new follower of the running calls is told first, and how long that took.
    pub async fn snapshot(&self) -> anyhow::Result<(Duration, String)> {
        let (began, mut answer) = self.ask("/v1/live").await?;
        let mut told = Vec::new();
        while !told.ends_with(b"\n\n") {
            told.extend(answer.chunk().await?.context("the stream ends early")?);
        }
        Ok((began.elapsed(), String::from_utf8(told)?))
    }

    /// The times of each kind of request.
    async fn lists(&self, call: &Value, calls: i64) -> anyhow::Result<Vec<String>> {
        let text = |field: &str| call[field].as_str().unwrap_or_default().to_owned();
        let (building, unit) = (text("building_id"), text("unit_id"));
        let rang_at = OffsetDateTime::parse(&text("rang_at"), &Rfc3339)?;
        let half = (rang_at - time::Duration::seconds(7 * calls / 2)).format(&Rfc3339)?;
        let paths = [
            "/v1/calls".to_owned(),
            format!("/v1/calls?to={half}"),
            format!("/v1/calls?building={building}"),
            format!("/v1/calls?unit={unit}"),
            "/v1/calls?outcome=rejected".to_owned(),
        ];
        let mut all = Vec::new();
        for path in paths {
            self.get(&path).await?;
            let mut times = Vec::with_capacity(REQUESTS);
            for _ in 0..REQUESTS {
                let (began, answer) = self.ask(&path).await?;
                answer.bytes().await?;
                times.push(began.elapsed());
            }
            times.sort_unstable();
            let [p50, p99] = [0.5, 0.99].map(|part| number(percentile(&times, part)));
            all.push(format!("{p50} / {p99}"));
        }
        Ok(all)
    }
}
