//! Everything that is known of one person: to hand it to them, or to make it as if it had never been written.

use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::log::{AuditEntryView, AuditFilter};
use crate::application::ports::Unavailable;
use crate::domain::ids::TenantId;
use crate::domain::phone_number::PhoneNumber;
use crate::store::changes::{Action, Change};
use crate::store::history::{CallView, Sight};
use crate::store::journal::PgJournal;
use crate::store::{Reach, Store, TenantTx};

/// Calls and audit entries of one person that are handed out at most.
const HANDED_OUT_MAX: i64 = 5_000;

/// A person, by all that stands for them: ids in events, numbers in the directory.
#[derive(Clone, Debug, Default)]
pub struct Person {
    subjects: Vec<Uuid>,
    numbers: Vec<String>,
    resident: Option<Uuid>,
    /// Keyed hashes of numbers that nothing else tells any more.
    hashes: Vec<Vec<u8>>,
    /// Rows of the directory about them.
    directory: Vec<DirectoryRow>,
}

/// A row of the directory that is about a person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DirectoryRow {
    /// `resident`, `allowlist_entry` or `block`.
    #[schema(example = "resident")]
    pub resource: String,
    /// Which.
    pub id: Uuid,
    /// Its building.
    pub building_id: Option<Uuid>,
    /// All its fields.
    #[schema(example = json!({ "name": "Ada" }))]
    pub fields: Value,
}

/// All that is known of a person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PersonView {
    /// What stands for them in events.
    pub subjects: Vec<Uuid>,
    /// What is configured about them.
    pub directory: Vec<DirectoryRow>,
    /// Calls that they were in, newest first, with their own phones only: the others' are not theirs to see.
    pub calls: Vec<CallView>,
    /// Changes that name them, newest first.
    pub audit: Vec<AuditEntryView>,
}

/// What an erasure touched.
#[derive(Clone, Debug)]
pub struct Erased {
    /// What stood for the person in events.
    pub subjects: Vec<Uuid>,
    /// Events that named them.
    pub events: i64,
    /// The first one's position; 0: there is none.
    pub first_position: i64,
    /// The last one's.
    pub last_position: i64,
    /// Rows of the directory that are gone.
    pub rows: usize,
}

impl Store {
    /// A resident, with their numbers; none if nothing within reach was ever known of them.
    pub async fn resident_person(
        &self,
        reach: &Reach,
        resident: Uuid,
    ) -> Result<Option<Person>, Unavailable> {
        let mut tx = self.begin(reach).await?;
        let row = sqlx::query!(
            r#"select building_id, numbers, to_jsonb(r) as "fields!" from vestibule.resident r where resident_id = $1"#,
            resident
        )
        .fetch_optional(tx.connection())
        .await?;
        let Some(row) = row else {
            drop(tx);
            // An erasure that was interrupted, or that is asked for again, is done to its end.
            let is_known =
                reach.buildings.is_none() && self.is_subject(reach.tenant, resident).await?;
            return Ok(is_known.then(|| Person { subjects: vec![resident], ..Person::default() }));
        };
        let shared = sqlx::query_scalar!(
            r#"select unnest(numbers) as "number!" from vestibule.resident where resident_id <> $1 and numbers && $2"#,
            resident,
            &row.numbers
        )
        .fetch_all(tx.connection())
        .await?;
        // Who shares a phone keeps what is known of it.
        let own: Vec<_> =
            row.numbers.into_iter().filter(|number| !shared.contains(number)).collect();
        let mut person = Person {
            subjects: vec![resident],
            resident: Some(resident),
            directory: vec![DirectoryRow {
                resource: "resident".to_owned(),
                id: resident,
                building_id: row.building_id,
                fields: row.fields,
            }],
            numbers: own,
            hashes: vec![],
        };
        self.complete(&mut tx, &mut person).await?;
        Ok(Some(person))
    }

    /// Whoever calls from this number.
    pub async fn calling_person(
        &self,
        reach: &Reach,
        number: &PhoneNumber,
    ) -> Result<Person, Unavailable> {
        let mut tx = self.begin(reach).await?;
        let numbers = vec![number.as_e164().to_owned()];
        let mut person = Person { numbers, ..Person::default() };
        self.complete(&mut tx, &mut person).await?;
        Ok(person)
    }

    /// Whether this number is a resident's.
    pub async fn is_residents(
        &self,
        reach: &Reach,
        number: &PhoneNumber,
    ) -> Result<bool, Unavailable> {
        let mut tx = self.begin(reach).await?;
        let is_theirs = sqlx::query_scalar!(
            r#"select exists (select from vestibule.resident where $1 = any (numbers)) as "is!""#,
            number.as_e164()
        )
        .fetch_one(tx.connection())
        .await?;
        Ok(is_theirs)
    }

    /// A user who left: their account is gone, their name in the audit is not. None: there is or was no such user.
    pub async fn former_user(&self, reach: &Reach, user: Uuid) -> Result<FormerUser, Unavailable> {
        let mut tx = self.begin(reach).await?;
        let has_account = sqlx::query_scalar!(
            r#"select exists (select from vestibule.user_account where user_id = $1) as "has!""#,
            user
        )
        .fetch_one(tx.connection())
        .await?;
        drop(tx);
        Ok(match (has_account, self.is_subject(reach.tenant, user).await?) {
            (true, _) => FormerUser::StillHere,
            (false, true) => FormerUser::Left(Person { subjects: vec![user], ..Person::default() }),
            (false, false) => FormerUser::Unknown,
        })
    }

    /// Adds what is known by the person's numbers.
    async fn complete(&self, tx: &mut TenantTx, person: &mut Person) -> Result<(), Unavailable> {
        let rows = sqlx::query!(
            r#"select 'allowlist_entry' as "resource!", entry_id as "id!", building_id as "building!", to_jsonb(a) as "fields!" from vestibule.allowlist_entry a where number = any ($1)
               union all
               select 'block', block_id, building_id, to_jsonb(b) - 'number_hash' - 'sealed_number' from vestibule.block b
               where number = any ($1) and kind = 'number'"#,
            &person.numbers
        )
        .fetch_all(tx.connection())
        .await?;
        person.directory.extend(rows.into_iter().map(|row| DirectoryRow {
            resource: row.resource,
            id: row.id,
            building_id: Some(row.building),
            fields: row.fields,
        }));
        for number in &person.numbers {
            let Ok(number) = PhoneNumber::parse(number) else { continue };
            if let Some(subject) = self.known_caller(tx.tenant(), &number).await? {
                person.subjects.push(subject);
            }
        }
        Ok(())
    }

    async fn is_subject(&self, tenant: TenantId, subject: Uuid) -> Result<bool, Unavailable> {
        let is_known = sqlx::query_scalar!(
            r#"select exists (select from es.subject_key where tenant_id = $1 and subject_id = $2) as "is!""#,
            tenant.as_uuid(),
            subject
        )
        .fetch_one(&self.worker)
        .await?;
        Ok(is_known)
    }

    /// All that is known of a person, within reach.
    pub async fn hand_out(&self, reach: &Reach, person: Person) -> Result<PersonView, Unavailable> {
        let mut tx = self.begin(reach).await?;
        let calls = sqlx::query_scalar!(
            r#"select stream_id from es.event
               where tenant_id = $1 and type in ('CallRang', 'CallDiscovered', 'DialRequested')
                 and exists (select from unnest($2::uuid[]) s where strpos(payload::text, s::text) > 0)
               group by stream_id order by max(position) desc limit $3"#,
            reach.tenant.as_uuid(),
            &person.subjects,
            HANDED_OUT_MAX
        )
        .fetch_all(tx.connection())
        .await?;
        drop(tx);
        let mut view =
            PersonView { subjects: vec![], directory: vec![], calls: vec![], audit: vec![] };
        for call in calls {
            if let Some(call) = self.call(reach, Sight::Whole, call).await? {
                view.calls.push(person.own_part(call));
            }
        }
        for subject in &person.subjects {
            let filter = AuditFilter {
                subject: Some(*subject),
                limit: HANDED_OUT_MAX,
                ..AuditFilter::default()
            };
            view.audit.extend(self.audit_log(reach, &filter).await?);
        }
        view.audit.sort_by_key(|entry| std::cmp::Reverse(entry.position));
        view.audit.dedup_by_key(|entry| entry.position);
        (view.subjects, view.directory) = (person.subjects, person.directory);
        Ok(view)
    }
}

/// What became of a user.
#[derive(Clone, Debug)]
pub enum FormerUser {
    /// Their account is there.
    StillHere,
    /// It is gone; what events tell of them is left.
    Left(Person),
    /// Nothing is known of such a user.
    Unknown,
}

impl Person {
    /// Their number's keyed hash, where the number itself may not be known.
    pub(super) fn was_known_by(&mut self, hash: Vec<u8>) {
        self.hashes.push(hash);
    }

    /// Whether anything is configured about them.
    pub(super) fn is_in_directory(&self) -> bool {
        !self.directory.is_empty()
    }

    /// A call as this person may see it: without anyone else's number.
    fn own_part(&self, mut call: CallView) -> CallView {
        let is_own = |number: &Option<String>| {
            number.as_ref().is_some_and(|number| self.numbers.contains(number))
        };
        if !is_own(&call.caller) {
            call.caller = None;
        }
        call.legs.retain(|leg| {
            is_own(&leg.number) || leg.resident_id.is_some_and(|id| Some(id) == self.resident)
        });
        call
    }
}

impl PgJournal {
    /// Erases a person everywhere. Doing it again changes nothing: what a crash left undone is done then.
    pub async fn erase_person(
        &self,
        reach: &Reach,
        person: &Person,
    ) -> Result<Erased, Unavailable> {
        let store = self.store();
        let named = store.events_naming(reach.tenant, &person.subjects).await?;
        for subject in &person.subjects {
            self.erase(reach.tenant, (*subject).into(), reach.actor).await?;
        }
        store.forget_answers(reach.tenant).await?;
        // The rows last: as long as they are there, the whole can be asked for again.
        let mut tx = store.begin(reach).await?;
        tx.erase_rows(person).await?;
        tx.commit().await?;
        Ok(Erased {
            subjects: person.subjects.clone(),
            events: named.0,
            first_position: named.1,
            last_position: named.2,
            rows: person.directory.len(),
        })
    }
}

impl Store {
    /// How many events name these subjects, the first and the last one's position.
    async fn events_naming(
        &self,
        tenant: TenantId,
        subjects: &[Uuid],
    ) -> Result<(i64, i64, i64), Unavailable> {
        #[expect(
            clippy::disallowed_methods,
            reason = "it may take longer than a request's queries"
        )]
        let mut tx = self.worker.begin().await?;
        sqlx::query("set local statement_timeout = '60s'").execute(&mut *tx).await?;
        let row = sqlx::query!(
            r#"select count(*) as "events!", coalesce(min(position), 0) as "first!", coalesce(max(position), 0) as "last!" from es.event
               where tenant_id = $1 and exists (select from unnest($2::uuid[]) s where strpos(payload::text, s::text) > 0)"#,
            tenant.as_uuid(),
            subjects
        )
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok((row.events, row.first, row.last))
    }

    /// Kept answers to repeated requests are sealed: which of them are about a person can not be seen, so the firm's all go.
    async fn forget_answers(&self, tenant: TenantId) -> Result<(), Unavailable> {
        sqlx::query!("delete from vestibule.idempotency where tenant_id = $1", tenant.as_uuid())
            .execute(&self.worker)
            .await?;
        Ok(())
    }
}

impl TenantTx {
    /// Deletes what the directory has about a person. The audit tells which rows, and nothing that stood in them.
    async fn erase_rows(&mut self, person: &Person) -> Result<(), Unavailable> {
        let tenant = self.tenant();
        sqlx::query!("delete from vestibule.resident where resident_id = $1", person.resident)
            .execute(self.connection())
            .await?;
        sqlx::query!(
            "delete from vestibule.allowlist_entry where number = any ($1)",
            &person.numbers
        )
        .execute(self.connection())
        .await?;
        for number in &person.numbers {
            let Ok(number) = PhoneNumber::parse(number) else { continue };
            let hash = self.store().number_hash(tenant, &number).await?;
            // A block holds on, by a hash that only the firm's key makes; whose number it is can not be read any more.
            sqlx::query!(
                "update vestibule.block set number = null, number_hash = $2, reason = ''
                 where number = $1 and kind = 'number'",
                number.as_e164(),
                &hash[..]
            )
            .execute(self.connection())
            .await?;
            self.forget_hash(&hash[..]).await?;
        }
        for hash in &person.hashes {
            self.forget_hash(hash).await?;
        }
        for row in &person.directory {
            self.note(Change {
                resource: match row.resource.as_str() {
                    "resident" => "resident",
                    "block" => "block",
                    _ => "allowlist_entry",
                },
                id: row.id,
                building: row.building_id,
                action: Action::Other("erased"),
                before: Value::Null,
                after: Value::Null,
            });
        }
        Ok(())
    }
}

impl TenantTx {
    /// What is kept of a number by its hash.
    async fn forget_hash(&mut self, hash: &[u8]) -> Result<(), Unavailable> {
        sqlx::query!(
            "update vestibule.block set sealed_number = null where number_hash = $1 and kind = 'automatic'",
            hash
        )
        .execute(self.connection())
        .await?;
        sqlx::query!("delete from vestibule.pin_failure where caller_hash = $1", hash)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

/// What a receipt says.
#[derive(Clone, Debug, Serialize)]
pub struct ErasureStatement {
    /// Whose firm.
    pub tenant: TenantId,
    /// What stood for the person.
    pub subjects: Vec<Uuid>,
    /// How many events named them.
    pub events: i64,
    /// From this position.
    pub first_position: i64,
    /// To this one.
    pub last_position: i64,
    /// When, RFC 3339.
    pub erased_at: String,
    /// The request that asked for it.
    pub request_id: Uuid,
}

impl ErasureStatement {
    /// What is to be signed.
    pub fn of(reach: &Reach, erased: &Erased, at: OffsetDateTime) -> Self {
        let format = time::format_description::well_known::Rfc3339;
        Self {
            tenant: reach.tenant,
            subjects: erased.subjects.clone(),
            events: erased.events,
            first_position: erased.first_position,
            last_position: erased.last_position,
            erased_at: at.format(&format).unwrap_or_default(),
            request_id: reach.request,
        }
    }
}
