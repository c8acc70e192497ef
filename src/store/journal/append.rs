//! A batch of appends as the arrays that `es.append_batch` takes.

use serde_json::{Value, json};
use sqlx::types::time::OffsetDateTime;
use uuid::Uuid;

use crate::application::ports::{Append, Appended, DialClaim, Unavailable};
use crate::store::{Store, codec};
use crate::trace::{self, Traceparent};

/// The columns of `es.append_batch`, an entry an item, an event, or a work item.
#[derive(Debug, Default)]
struct Columns {
    tenant: Vec<Uuid>,
    stream: Vec<Uuid>,
    stream_type: Vec<String>,
    expected: Vec<Option<i32>>,
    actor: Vec<Value>,
    causation: Vec<Option<Uuid>>,
    provider: Vec<Option<String>>,
    account: Vec<Option<Uuid>>,
    key: Vec<Option<Vec<u8>>>,
    response: Vec<Option<Value>>,
    subject: Vec<Option<Uuid>>,
    raw: Vec<Option<Vec<u8>>>,
    event_item: Vec<i32>,
    event_id: Vec<Uuid>,
    event_type: Vec<String>,
    event_schema: Vec<i16>,
    event_payload: Vec<Value>,
    event_occurred: Vec<Option<OffsetDateTime>>,
    work_item: Vec<i32>,
    work_id: Vec<Uuid>,
    work_kind: Vec<String>,
    work_lane: Vec<i16>,
    work_args: Vec<Value>,
    work_delay_ms: Vec<i64>,
    work_expires_ms: Vec<i64>,
    traceparent: Vec<Option<String>>,
}

/// An append whose personal data is sealed: ready to be written.
#[derive(Clone, Debug)]
pub(super) struct Sealed {
    append: Append,
    raw: Option<Vec<u8>>,
    /// Of whoever asked for it: the writer writes for many.
    trace: Option<Traceparent>,
}

impl Store {
    /// Seals what is personal in an append.
    pub(super) async fn seal_append(&self, mut append: Append) -> Result<Sealed, Unavailable> {
        for event in &mut append.events {
            self.seal_event(append.tenant, event.id, &mut event.payload).await?;
        }
        let raw = match &append.delivery {
            Some(delivery) => {
                let text = json!({
                    "request": delivery.raw.request_line,
                    "headers": delivery.raw.headers,
                    "body": String::from_utf8_lossy(&delivery.raw.body),
                });
                let plain = text.to_string();
                Some(
                    self.seal_raw(append.tenant, delivery.subject, plain.as_bytes(), &delivery.key)
                        .await?,
                )
            }
            None => None,
        };
        Ok(Sealed { append, raw, trace: trace::current() })
    }

    /// Writes a batch: each item is stored, a duplicate or a conflict of its own.
    pub(super) async fn append_batch(
        &self,
        batch: &[Sealed],
    ) -> Result<Vec<Appended>, sqlx::Error> {
        let columns = Columns::of(batch);
        let rows = sqlx::query!(
            r#"select item as "item!", outcome as "outcome!", "position" as "position!", version, response
               from es.append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)"#,
            &columns.tenant,
            &columns.stream,
            &columns.stream_type,
            &columns.expected as &[Option<i32>],
            &columns.actor,
            &columns.causation as &[Option<Uuid>],
            &columns.provider as &[Option<String>],
            &columns.account as &[Option<Uuid>],
            &columns.key as &[Option<Vec<u8>>],
            &columns.response as &[Option<Value>],
            &columns.subject as &[Option<Uuid>],
            &columns.raw as &[Option<Vec<u8>>],
            &columns.event_item,
            &columns.event_id,
            &columns.event_type,
            &columns.event_schema,
            &columns.event_payload,
            &columns.event_occurred as &[Option<OffsetDateTime>],
            &columns.work_item,
            &columns.work_id,
            &columns.work_kind,
            &columns.work_lane,
            &columns.work_args,
            &columns.work_delay_ms,
            &columns.work_expires_ms,
            &columns.traceparent as &[Option<String>],
        )
        .fetch_all(&self.ingest)
        .await?;
        let appended = rows.into_iter().map(|row| match (row.outcome.as_str(), row.response) {
            ("duplicate", Some(response)) => Appended::Duplicate(codec::answer_from_row(&response)),
            ("stored", _) => Appended::Stored {
                position: row.position,
                version: row.version.unwrap_or_default(),
            },
            (_, _) => Appended::Conflict,
        });
        Ok(appended.collect())
    }

    /// Starts a dial; see `Journal::start_dial`.
    pub(super) async fn start_dial(
        &self,
        claim: DialClaim,
        append: Append,
    ) -> Result<Option<Appended>, Unavailable> {
        let target_hash = self.number_hash(claim.tenant, &claim.target).await?;
        let expected = append.expected.as_row();
        let sealed = self.seal_append(append).await?;
        let columns = Columns::of(std::slice::from_ref(&sealed));
        let row = sqlx::query!(
            r#"select outcome as "outcome!", "position" as "position!", version
               from es.start_dial($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"#,
            claim.lease.work.as_uuid(),
            claim.lease.owner,
            claim.lease.attempts,
            claim.leg.as_uuid(),
            claim.call.as_uuid(),
            claim.step,
            &target_hash[..],
            claim.attempt,
            claim.tenant.as_uuid(),
            expected,
            columns.actor[0],
            &columns.event_id,
            &columns.event_type,
            &columns.event_schema,
            &columns.event_payload,
            columns.traceparent[0],
        )
        .fetch_optional(&self.worker)
        .await?;
        self.wake.committed();
        Ok(row.map(|row| match row.outcome.as_str() {
            "stored" => Appended::Stored {
                position: row.position,
                version: row.version.unwrap_or_default(),
            },
            _ => Appended::Conflict,
        }))
    }
}

impl Columns {
    fn of(batch: &[Sealed]) -> Self {
        let mut columns = Self::default();
        for (item, sealed) in (1_i32..).zip(batch) {
            columns.push(item, sealed);
        }
        columns
    }

    fn push(&mut self, item: i32, Sealed { append, raw, trace }: &Sealed) {
        self.tenant.push(append.tenant.as_uuid());
        self.stream.push(append.stream);
        self.stream_type.push(append.stream_type.to_owned());
        self.expected.push(append.expected.as_row());
        self.actor.push(json!(append.actor));
        self.causation.push(append.causation);
        let delivery = append.delivery.as_ref();
        self.provider.push(delivery.map(|delivery| delivery.provider.to_owned()));
        self.account.push(delivery.map(|delivery| delivery.account.as_uuid()));
        self.key.push(delivery.map(|delivery| delivery.key.to_vec()));
        self.response.push(delivery.map(|delivery| codec::answer_to_row(&delivery.answer)));
        self.subject
            .push(delivery.and_then(|delivery| delivery.subject).map(|subject| subject.as_uuid()));
        self.raw.push(raw.clone());
        self.traceparent.push(trace.map(|trace| trace.to_string()));
        for event in &append.events {
            self.event_item.push(item);
            self.event_id.push(event.id.as_uuid());
            self.event_type.push(event.kind.to_owned());
            self.event_schema.push(event.schema_version);
            self.event_payload.push(event.payload.clone());
            self.event_occurred.push(event.occurred_at);
        }
        for work in &append.work {
            self.work_item.push(item);
            self.work_id.push(work.id.as_uuid());
            self.work_kind.push(work.kind.name().to_owned());
            self.work_lane.push(work.lane);
            self.work_args.push(work.args.clone());
            self.work_delay_ms.push(i64::try_from(work.delay.as_millis()).unwrap_or(i64::MAX));
            self.work_expires_ms
                .push(i64::try_from(work.expires_in.as_millis()).unwrap_or(i64::MAX));
        }
    }
}
