//! A batch of appends as the arrays that `es.append_batch` takes.

use serde_json::{Value, json};
use sqlx::PgConnection;
use sqlx::types::time::OffsetDateTime;
use uuid::Uuid;

use crate::application::ports::{Append, Appended, DialClaim, Unavailable, WorkKind};
use crate::store::{Store, codec, work_items};
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
    claim_item: Vec<i32>,
    claim_work: Vec<Uuid>,
    claim_owner: Vec<Uuid>,
    claim_attempts: Vec<i32>,
    claim_leg: Vec<Uuid>,
    claim_step: Vec<i32>,
    claim_target: Vec<Vec<u8>>,
    claim_attempt: Vec<i32>,
}

/// An append whose personal data is sealed: ready to be written.
#[derive(Clone, Debug)]
pub(super) struct Sealed {
    append: Append,
    raw: Option<Vec<u8>>,
    /// Of whoever asked for it: the writer writes for many.
    trace: Option<Traceparent>,
    /// The dial that it starts, and the hash of whom it rings.
    dial: Option<(DialClaim, [u8; 32])>,
}

/// What became of an item of a batch.
#[derive(Clone, Debug)]
pub(super) enum Written {
    /// It is an append like any other.
    Appended(Appended),
    /// Its dial was started before, its work is in other hands, or it is too late.
    Taken,
}

impl Written {
    /// None: it was taken.
    pub(super) fn appended(self) -> Option<Appended> {
        match self {
            Self::Appended(appended) => Some(appended),
            Self::Taken => None,
        }
    }
}

impl Sealed {
    /// The kinds of work in it that whoever does them would not find in time by looking once in a while.
    pub(super) fn due_soon(&self) -> impl Iterator<Item = WorkKind> {
        let soon = self.append.work.iter().filter(|work| work.delay < work_items::POLL);
        soon.map(|work| work.kind)
    }
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
        Ok(Sealed { append, raw, trace: trace::current(), dial: None })
    }

    /// The same for an append that starts a dial.
    pub(super) async fn seal_dial(
        &self,
        claim: DialClaim,
        append: Append,
    ) -> Result<Sealed, Unavailable> {
        let target_hash = self.number_hash(claim.tenant, &claim.target).await?;
        Ok(Sealed { dial: Some((claim, target_hash)), ..self.seal_append(append).await? })
    }
}

/// Writes a batch: each item is stored, a duplicate, a conflict or taken, of its own.
pub(super) async fn append_batch(
    connection: &mut PgConnection,
    batch: &[Sealed],
) -> Result<Vec<Written>, sqlx::Error> {
    let columns = Columns::of(batch);
    let rows = sqlx::query!(
        r#"select item as "item!", outcome as "outcome!", "position" as "position!", version, response
           from es.append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
                                $27, $28, $29, $30, $31, $32, $33, $34)"#,
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
        &columns.claim_item,
        &columns.claim_work,
        &columns.claim_owner,
        &columns.claim_attempts,
        &columns.claim_leg,
        &columns.claim_step,
        &columns.claim_target,
        &columns.claim_attempt,
    )
    .fetch_all(connection)
    .await?;
    let written = rows.into_iter().map(|row| {
        Written::Appended(match (row.outcome.as_str(), row.response) {
            ("taken", _) => return Written::Taken,
            ("duplicate", Some(response)) => Appended::Duplicate(codec::answer_from_row(&response)),
            ("stored", _) => Appended::Stored {
                position: row.position,
                version: row.version.unwrap_or_default(),
            },
            (_, _) => Appended::Conflict,
        })
    });
    Ok(written.collect())
}

impl Columns {
    fn of(batch: &[Sealed]) -> Self {
        let mut columns = Self::default();
        for (item, sealed) in (1_i32..).zip(batch) {
            columns.push(item, sealed);
        }
        columns
    }

    fn push(&mut self, item: i32, Sealed { append, raw, trace, dial }: &Sealed) {
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
        if let Some((claim, target_hash)) = dial {
            self.claim_item.push(item);
            self.claim_work.push(claim.lease.work.as_uuid());
            self.claim_owner.push(claim.lease.owner);
            self.claim_attempts.push(claim.lease.attempts);
            self.claim_leg.push(claim.leg.as_uuid());
            self.claim_step.push(claim.step);
            self.claim_target.push(target_hash.to_vec());
            self.claim_attempt.push(claim.attempt);
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
