//! What must hold after every storm, from the carrier's own records on one side and the database on the other.

use std::collections::{BTreeMap, HashMap, HashSet};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::SecretString;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, Row};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;
use vestibule::carriers::vonage::verify::{Method, Unverified};
use vestibule::carriers::vonage::{Credentials, Signing};
use vestibule::simulator::{Placed, Webhook};

use super::town::Town;

/// So much may lie between two processes' readings of one clock.
const CLOCKS_DIFFER: time::Duration = time::Duration::seconds(1);

/// What was counted, and what should not have been.
#[derive(Debug, Default)]
pub struct Findings {
    pub counts: BTreeMap<&'static str, usize>,
    pub violations: Vec<String>,
}

impl Findings {
    fn count(&mut self, what: &'static str, count: usize) {
        self.counts.insert(what, count);
    }

    /// None of these may be; some of them are named.
    fn none(&mut self, what: &'static str, found: &[String]) {
        const NAMED: usize = 4;
        self.count(what, found.len());
        if !found.is_empty() {
            let named = found.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
            self.violations.push(format!("{what}: {} ({named})", found.len()));
        }
    }
}

/// Both sides, read once everything has come to rest.
pub struct Ledger {
    webhooks: Vec<Webhook>,
    placed: Vec<Placed>,
    /// The visitors' legs, as the carrier calls them.
    visits: Vec<String>,
    /// By key: the body that was stored as its answer.
    deliveries: HashMap<Vec<u8>, Vec<u8>>,
    /// What happened in each call.
    calls: HashMap<Uuid, Vec<Happened>>,
    /// Whose a carrier's leg is.
    legs: HashMap<String, Uuid>,
    connection: Uuid,
    credentials: Credentials,
}

/// An event of a call.
struct Happened {
    kind: String,
    data: Value,
    at: OffsetDateTime,
}

impl Ledger {
    pub async fn read(town: &Town) -> Self {
        let mut admin = town.admin().await;
        let kept = |name: &str| town.kept[name].as_str().unwrap().to_owned();
        let connection = sqlx::query_scalar("select connection_id from vestibule.connection");
        let runs = town.simulator.runs();
        Self {
            webhooks: town.simulator.webhooks(),
            placed: town.simulator.placed(None),
            visits: runs.iter().filter_map(|run| Some(run.legs.first()?.uuid.clone())).collect(),
            deliveries: deliveries(&mut admin).await,
            calls: calls(&mut admin).await,
            legs: legs(&mut admin).await,
            connection: connection.fetch_one(&mut admin).await.unwrap(),
            credentials: Credentials {
                application_id: kept("application_id"),
                api_key: kept("api_key"),
                private_key_pem: SecretString::from(kept("private_key")),
                signature_secrets: vec![SecretString::from(kept("signature_secret"))],
            },
        }
    }

    /// Everything that was acknowledged is stored, its answer is the stored one, and nothing is stored that was not sent.
    pub fn checks_webhooks(&self, findings: &mut Findings) {
        let (mut lost, mut others, mut odd, mut unacknowledged) = (vec![], vec![], vec![], 0);
        let (mut sent, mut apologies, mut acknowledged) = (HashSet::new(), 0, 0);
        for webhook in self.webhooks.iter().filter(|webhook| webhook.attempt > 0) {
            let key = self.key(webhook);
            sent.insert(key.clone());
            let told = format!("{} {} of {:?}", webhook.n, webhook.what, webhook.leg);
            match webhook.status {
                Some(200..=205) => {
                    acknowledged += 1;
                    let answer = webhook.answer.clone().unwrap_or_default();
                    match self.deliveries.get(&key) {
                        Some(stored) if *stored == answer.as_bytes() => {}
                        // A fallback says so where the database does not answer, and can not know what it stored all the same.
                        _ if webhook.kind == "fallback" && answer.contains("try again") => {
                            apologies += 1
                        }
                        Some(_) => others.push(told),
                        None => lost.push(told),
                    }
                }
                Some(503) | None => unacknowledged += 1,
                Some(status) => odd.push(format!("{told}: {status}")),
            }
        }
        let unexpected = self.deliveries.keys().filter(|key| !sent.contains(*key)).map(hex::encode);
        findings.count("webhooks sent", self.webhooks.len());
        findings.count("webhooks acknowledged", acknowledged);
        findings.count("webhooks not acknowledged", unacknowledged);
        findings.count("webhooks stored", self.deliveries.len());
        findings.count("apologies", apologies);
        findings.none("acknowledged webhooks lost", &lost);
        findings.none("stored but never sent", &unexpected.collect::<Vec<_>>());
        findings.none("copies answered differently", &others);
        findings.none("webhooks answered neither 2xx nor 503", &odd);
    }

    /// Nobody rings twice in a call, and nobody late. In these houses each resident is a target of one step.
    pub fn checks_dials(&self, findings: &mut Findings, held_up: impl Fn(&Placed) -> bool) {
        let mut dialled: HashMap<(String, &str), usize> = HashMap::new();
        let deadlines = self.deadlines();
        let (mut late, mut unasked, mut by_the_line) = (vec![], vec![], 0);
        let placed: Vec<_> = self.placed.iter().filter(|placed| placed.uuid.is_some()).collect();
        for placed in &placed {
            let url = placed.body["event_url"][0].as_str().unwrap_or_default();
            let mut parts = url.rsplit('/');
            let (leg, call) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            *dialled.entry((call.to_owned(), placed.to.as_str())).or_default() += 1;
            match deadlines.get(leg) {
                Some(deadline) if placed.at <= *deadline => {}
                Some(_) if held_up(placed) => by_the_line += 1,
                Some(deadline) => {
                    late.push(format!("{leg} by {} in call {call}", placed.at - *deadline))
                }
                None => unasked.push(url.to_owned()),
            }
        }
        let early = self.events("DialExpired").filter_map(|event| {
            let leg = event.data["leg"].as_str()?;
            let left = *deadlines.get(leg)? - event.at;
            (left > CLOCKS_DIFFER).then(|| format!("{leg} with {left} left"))
        });
        findings.none("dials given up before their deadline", &early.collect::<Vec<_>>());
        let twice = dialled.iter().filter(|(_, count)| **count > 1);
        let twice: Vec<_> = twice.map(|((call, _), count)| format!("{call}: {count}")).collect();
        findings.count("dials placed", placed.len());
        findings.count("dials held up by the line past their deadline", by_the_line);
        findings.none("residents dialled twice", &twice);
        findings.none("stale rings", &late);
        findings.none("dials that no event asks for", &unasked);
    }

    /// Each visit is one call, and each call ended once.
    pub fn checks_calls(&self, findings: &mut Findings) {
        let mut unknown = Vec::new();
        let mut known = HashMap::new();
        for visit in &self.visits {
            match self.legs.get(visit).filter(|call| self.calls.contains_key(*call)) {
                Some(call) => *known.entry(*call).or_insert(0) += 1,
                None => unknown.push(visit.clone()),
            }
        }
        let ended = |call: &Uuid| {
            let events = self.calls.get(call).into_iter().flatten();
            events.filter(|event| event.kind == "CallEnded").count()
        };
        let open: Vec<_> = self.calls.keys().filter(|call| ended(call) != 1).collect();
        let open: Vec<_> =
            open.iter().map(|call| format!("{call}: {} ends", ended(call))).collect();
        let shared =
            known.iter().filter(|(_, count)| **count > 1).map(|(call, _)| call.to_string());
        findings.count("calls", self.visits.len());
        let found = self.events("CallDiscovered").count();
        findings.count("calls found in the carrier's records", found);
        findings.none("visits that are no call", &unknown);
        findings.none("visits that share a call", &shared.collect::<Vec<_>>());
        findings.none("calls without one end", &open);
    }

    fn events(&self, kind: &str) -> impl Iterator<Item = &Happened> {
        self.calls.values().flatten().filter(move |event| event.kind == kind)
    }

    fn deadlines(&self) -> HashMap<&str, OffsetDateTime> {
        let deadlines = self.events("DialRequested").filter_map(|event| {
            let deadline = OffsetDateTime::parse(event.data["deadline"].as_str()?, &Rfc3339);
            Some((event.data["leg"].as_str()?, deadline.ok()?))
        });
        deadlines.collect()
    }

    /// As the hook makes it: whatever is sent again has the same.
    fn key(&self, webhook: &Webhook) -> Vec<u8> {
        let url: reqwest::Url = webhook.url.parse().unwrap();
        let unverified = Unverified {
            method: Method::Post,
            path: url.path().to_owned(),
            query: url.query().unwrap_or_default().to_owned(),
            authorization: webhook.authorization.iter().cloned().collect(),
            body: webhook.body.clone().into(),
        };
        match unverified.verify(&self.credentials, Signing::Required, webhook.at) {
            Ok(verified) => verified.key(self.connection.into()).to_vec(),
            Err(_) => Sha256::digest(&webhook.url).to_vec(),
        }
    }
}

/// What the database says of itself.
pub async fn checks_database(town: &Town, findings: &mut Findings) {
    let mut admin = town.admin().await;
    let row = sqlx::query(
        "select count(*), coalesce(max(position), 0), (select position from es.head) from es.event",
    );
    let row = row.fetch_one(&mut admin).await.unwrap();
    let (count, max, head): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
    findings.count("events", usize::try_from(count).unwrap_or_default());
    let gap = (count != max || max != head)
        .then(|| format!("count {count}, last position {max}, head {head}"));
    findings.none("gaps between events", &gap.into_iter().collect::<Vec<_>>());
    for (what, sql) in [
        ("work items stuck", STUCK),
        (
            "work items parked",
            "select kind || ' ' || id || ': ' || coalesce(last_error, '') from es.work_item where state = 'parked'",
        ),
        (
            "sessions idle in a transaction",
            "select pid::text from pg_stat_activity where state like 'idle in transaction%' and state_change < clock_timestamp() - interval '1 s'",
        ),
        (
            "read models stopped",
            "select name || ': ' || stopped_because from es.checkpoint where stopped_because is not null",
        ),
    ] {
        let found: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut admin).await.unwrap();
        findings.none(what, &found);
    }
    let compared = town.compares_read_models().await;
    let equal = compared.lines().filter(|line| line.contains(" equal ")).count();
    findings.count("read tables equal to a rebuild", equal);
    let differ: Vec<_> = compared
        .lines()
        .filter(|line| !line.contains(" equal "))
        .map(str::to_owned)
        .chain((equal == 0).then(|| "nothing was compared".to_owned()))
        .collect();
    findings.none("read tables that differ from a rebuild", &differ);
}

/// What should have been done by now, and was not.
pub const STUCK: &str = "select kind || ' ' || state || ' ' || id || ': ' || coalesce(last_error, '') from es.work_item
     where state in ('ready', 'sent', 'leased') and not_before < clock_timestamp() - interval '5 s'";

async fn deliveries(admin: &mut PgConnection) -> HashMap<Vec<u8>, Vec<u8>> {
    let rows = sqlx::query("select key, response ->> 'body' from es.delivery");
    let rows = rows.fetch_all(admin).await.unwrap();
    let deliveries = rows.iter().map(|row| {
        let body: Option<String> = row.get(1);
        (row.get(0), BASE64_STANDARD.decode(body.unwrap_or_default()).unwrap())
    });
    deliveries.collect()
}

async fn calls(admin: &mut PgConnection) -> HashMap<Uuid, Vec<Happened>> {
    let rows = sqlx::query(
        "select event.stream_id, event.type, event.payload -> 'data', event.recorded_at
         from es.event event join es.stream stream using (stream_id)
         where stream.stream_type = 'call' order by event.position",
    );
    let mut calls: HashMap<Uuid, Vec<Happened>> = HashMap::new();
    for row in rows.fetch_all(admin).await.unwrap() {
        let data: Option<Value> = row.get(2);
        let event = Happened { kind: row.get(1), data: data.unwrap_or_default(), at: row.get(3) };
        calls.entry(row.get(0)).or_default().push(event);
    }
    calls
}

async fn legs(admin: &mut PgConnection) -> HashMap<String, Uuid> {
    let rows = sqlx::query("select reference, call_id from es.carrier_leg");
    let rows = rows.fetch_all(admin).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}
