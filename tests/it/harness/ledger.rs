//! A database with one process on it, or several, and what is appended to it.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;
use vestibule::application::ports::{
    Actor, Answer, Append, Appended, Delivery, Expected, Ids, Journal, NewEvent, NewWork,
    RawWebhook, WorkKind,
};
use vestibule::domain::ids::{ConnectionId, TenantId};
use vestibule::store::journal::PgJournal;
use vestibule::store::journal::writer::Writer;
use vestibule::store::seal::Key;
use vestibule::store::{PoolSizes, Settings, Store};

use super::database;

/// A process on a database.
pub struct Ledger {
    pub url: SecretString,
    pub store: Store,
    pub journal: Arc<PgJournal>,
}

/// Fresh ids.
#[derive(Debug)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn next(&self) -> Uuid {
        id()
    }
}

/// A fresh id.
pub fn id() -> Uuid {
    uuid::Builder::from_random_bytes(rand::random()).into_uuid()
}

impl Ledger {
    /// One process, on a database of its own.
    pub async fn open() -> Self {
        Self::on(database::fresh().await).await
    }

    /// Another process on the same database.
    pub async fn another(&self) -> Self {
        Self::on(self.url.clone()).await
    }

    async fn on(url: SecretString) -> Self {
        let pools = PoolSizes { ingest: 3, app: 2, worker: 3 };
        let settings = Settings { url: url.clone(), master_key: Key::from_bytes([7; 32]), pools };
        let store = Store::connect(settings).await.unwrap();
        let (writer, _task) = Writer::start(store.clone());
        let journal = Arc::new(PgJournal::new(store.clone(), writer, Arc::new(RandomIds)));
        Self { url, store, journal }
    }

    /// A connection as the server's administrator.
    pub async fn admin(&self) -> PgConnection {
        database::connect(&self.url).await
    }

    /// What the administrator reads: one number.
    pub async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&mut self.admin().await).await.unwrap()
    }

    /// What the administrator does.
    pub async fn execute(&self, sql: &'static str) {
        sqlx::query(sql).execute(&mut self.admin().await).await.unwrap();
    }

    /// Appends, and must not fail.
    pub async fn append(&self, append: Append) -> Appended {
        self.journal.append(append).await.unwrap()
    }

    /// Events are there from the first on, without a gap, as many as the head says.
    pub async fn has_no_gap(&self) -> i64 {
        let (count, max, head): (i64, i64, i64) = sqlx::query_as(
            "select count(*), coalesce(max(position), 0), (select position from es.head) from es.event",
        )
        .fetch_one(&mut self.admin().await)
        .await
        .unwrap();
        assert_eq!((count, max), (head, head), "count and last position against the head");
        count
    }

    /// Every lease runs out now, and the sweeper comes by.
    pub async fn leases_run_out(&self) {
        self.execute("update es.work_item set lease_until = clock_timestamp() - interval '1 s' where state in ('leased', 'sent')").await;
        self.store.sweep_work().await.unwrap();
    }
}

/// An event that says this.
pub fn event(text: &str) -> NewEvent {
    NewEvent {
        id: id().into(),
        kind: "SayRequested",
        schema_version: 1,
        payload: json!({ "type": "SayRequested", "data": { "text": text } }),
        occurred_at: None,
    }
}

/// An append at whatever version the stream has.
pub fn to(tenant: TenantId, stream: Uuid, events: Vec<NewEvent>) -> Append {
    Append {
        tenant,
        stream,
        stream_type: "call",
        expected: Expected::Any,
        events,
        work: vec![],
        actor: Actor::Worker,
        causation: None,
        delivery: None,
    }
}

/// A carrier's delivery with this key, answered so.
pub fn delivery(account: ConnectionId, key: u8, answer: &str) -> Delivery {
    let raw = RawWebhook {
        request_line: "POST /hooks".into(),
        headers: String::new(),
        body: b"{}".to_vec().into(),
    };
    Delivery {
        provider: "vonage",
        account,
        key: [key; 32],
        answer: Answer {
            status: 200,
            content_type: Some("application/json"),
            body: answer.as_bytes().to_vec().into(),
        },
        raw,
        subject: None,
    }
}

/// Work that is due at once and good for a minute.
pub fn work(kind: WorkKind, args: Value) -> NewWork {
    NewWork {
        id: id().into(),
        kind,
        lane: 3,
        args,
        delay: Duration::ZERO,
        expires_in: Duration::from_secs(60),
    }
}
