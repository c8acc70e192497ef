//! How long the list of calls takes as the history grows: over HTTP, as a manager asks, first page and deep, with filters.

use std::time::Instant;

use anyhow::Context;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use crate::server::Server;

/// Calls in the history, one after the other.
const SIZES: [i64; 4] = [10_000, 100_000, 1_000_000, 5_000_000];
/// Requests of each kind.
const REQUESTS: usize = 200;

/// Milliseconds of each kind of request.
pub struct Curve {
    pub calls: i64,
    pub medians: Vec<(&'static str, f64)>,
}

/// Rings once, then copies that call again and again, a few seconds earlier each time.
pub async fn measure(database: &str, server: &Server) -> anyhow::Result<Vec<Curve>> {
    let mut admin = PgConnection::connect(database).await?;
    let reader = Reader::signed_in(server).await?;
    let call = reader.get("/v1/calls?limit=1").await?["items"][0].clone();
    let schema: String = admin
        .fetch_one("select 'read_call_history_' || version from es.checkpoint where name = 'call_history' and state = 'live'")
        .await?
        .get(0);
    let mut curves = Vec::new();
    let mut there = 1;
    for calls in SIZES {
        grow(&mut admin, &schema, there, calls).await?;
        there = calls;
        curves.push(Curve { calls, medians: reader.medians(&call, calls).await? });
    }
    Ok(curves)
}

async fn grow(admin: &mut PgConnection, schema: &str, from: i64, to: i64) -> anyhow::Result<()> {
    let copies = format!(
        "insert into {schema}.call_row
         select (jsonb_populate_record(null::{schema}.call_row, to_jsonb(one) || jsonb_build_object(
             'call_id', gen_random_uuid(), 'rang_at', one.rang_at - n * interval '7 seconds',
             'outcome', (array['opened', 'nobody_came', 'visitor_left', 'rejected'])[1 + n % 4]))).*
         from (select * from {schema}.call_row order by rang_at desc limit 1) one, generate_series({from}, {to} - 1) n"
    );
    admin.execute(AssertSqlSafe(copies)).await?;
    admin.execute(AssertSqlSafe(format!("analyze {schema}.call_row"))).await?;
    Ok(())
}

struct Reader {
    http: reqwest::Client,
    api: String,
    token: String,
}

impl Reader {
    async fn signed_in(server: &Server) -> anyhow::Result<Self> {
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
        let request = self.http.get(format!("{}{path}", self.api)).bearer_auth(&self.token);
        Ok(request.send().await?.error_for_status()?.json().await?)
    }

    async fn medians(&self, call: &Value, calls: i64) -> anyhow::Result<Vec<(&'static str, f64)>> {
        let text = |field: &str| call[field].as_str().unwrap_or_default().to_owned();
        let (building, unit) = (text("building_id"), text("unit_id"));
        let half = time::OffsetDateTime::parse(
            &text("rang_at"),
            &time::format_description::well_known::Rfc3339,
        )? - time::Duration::seconds(7 * calls / 2);
        let half = half.format(&time::format_description::well_known::Rfc3339)?;
        let kinds = [
            ("first page", "/v1/calls".to_owned()),
            ("half way down", format!("/v1/calls?to={half}")),
            ("a building's", format!("/v1/calls?building={building}")),
            ("a unit's", format!("/v1/calls?unit={unit}")),
            ("one outcome's", "/v1/calls?outcome=rejected".to_owned()),
        ];
        let mut medians = Vec::new();
        for (name, path) in kinds {
            self.get(&path).await?;
            let mut taken = Vec::with_capacity(REQUESTS);
            for _ in 0..REQUESTS {
                let started = Instant::now();
                self.get(&path).await?;
                taken.push(started.elapsed().as_secs_f64() * 1_000.0);
            }
            taken.sort_by(f64::total_cmp);
            medians.push((name, taken[REQUESTS / 2]));
        }
        Ok(medians)
    }
}
