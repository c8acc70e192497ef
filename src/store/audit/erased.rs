//! Who was erased, as a list that is kept apart from the database: a backup from before does not know it.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::person::Person;
use crate::application::ports::Unavailable;
use crate::domain::ids::TenantId;
use crate::domain::phone_number::PhoneNumber;
use crate::store::changes::{Action, Change};
use crate::store::journal::PgJournal;
use crate::store::{Reach, Store};

/// Someone who was erased. Nothing of this is personal: ids tell nothing without what is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedSubject {
    /// Whose firm's.
    pub tenant: Uuid,
    /// What stood for the person in events.
    pub subject: Uuid,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub erased_at: OffsetDateTime,
}

/// What became of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErasedAgain {
    /// They had come back, and are erased again.
    pub again: usize,
    /// They were erased all the time.
    pub still: usize,
    /// Nothing was known of them: the backup is older than they are.
    pub unknown: usize,
}

/// Numbers that the directory lists, by their keyed hash.
type Numbers = HashMap<Vec<u8>, PhoneNumber>;

/// What is left of a listed person.
enum Left {
    Something(Person),
    Nothing,
    Unknown,
}

impl Store {
    /// Everybody who was erased.
    pub async fn erased_subjects(&self) -> Result<Vec<ErasedSubject>, Unavailable> {
        let rows = sqlx::query!(
            r#"select tenant_id, subject_id, destroyed_at as "destroyed_at!" from es.subject_key
               where destroyed_at is not null order by tenant_id, subject_id"#
        )
        .fetch_all(&self.worker)
        .await?;
        let erased = rows.into_iter().map(|row| ErasedSubject {
            tenant: row.tenant_id,
            subject: row.subject_id,
            erased_at: row.destroyed_at,
        });
        Ok(erased.collect())
    }

    /// What a backup brought back of someone.
    async fn left_of(
        &self,
        reach: &Reach,
        subject: Uuid,
        numbers: &Numbers,
    ) -> Result<Left, Unavailable> {
        let key = sqlx::query!(
            r#"select lookup_hash, wrapped_key is not null as "lives!" from es.subject_key where tenant_id = $1 and subject_id = $2"#,
            reach.tenant.as_uuid(),
            subject
        )
        .fetch_optional(&self.worker)
        .await?;
        let Some(mut person) = self.resident_person(reach, subject).await? else {
            return Ok(Left::Unknown);
        };
        let lives = key.as_ref().is_none_or(|key| key.lives);
        if let Some(hash) = key.and_then(|key| key.lookup_hash) {
            if let Some(number) = numbers.get(&hash) {
                person = self.calling_person(reach, number).await?;
            }
            person.was_known_by(hash);
        }
        let is_something = lives || person.is_in_directory();
        Ok(if is_something { Left::Something(person) } else { Left::Nothing })
    }

    /// What is listed for numbers that are nobody's who lives here.
    async fn listed_numbers(&self, reach: &Reach) -> Result<Numbers, Unavailable> {
        let mut tx = self.begin(reach).await?;
        let listed = sqlx::query_scalar!(
            r#"select number as "number!" from vestibule.allowlist_entry
               union
               select number from vestibule.block where kind = 'number' and number is not null"#
        )
        .fetch_all(tx.connection())
        .await?;
        drop(tx);
        let mut numbers = Numbers::new();
        for number in listed.iter().filter_map(|number| PhoneNumber::parse(number).ok()) {
            numbers.insert(self.number_hash(reach.tenant, &number).await?.to_vec(), number);
        }
        Ok(numbers)
    }

    /// An account that a backup brought back: who is erased signs in no more.
    async fn close_account(&self, reach: &Reach, user: Uuid) -> Result<bool, Unavailable> {
        let mut tx = self.begin(reach).await?;
        if tx.user_for_change(user.into()).await?.is_none() {
            return Ok(false);
        }
        tx.remove_user(user.into()).await?;
        tx.note(Change {
            resource: "user",
            id: user,
            building: None,
            action: Action::Deleted,
            before: serde_json::Value::Null,
            after: serde_json::Value::Null,
        });
        tx.commit().await?;
        Ok(true)
    }
}

impl PgJournal {
    /// After a restore: erases again whom the backup brought back. Doing it twice changes nothing.
    pub async fn erase_again(&self, listed: &[ErasedSubject]) -> Result<ErasedAgain, Unavailable> {
        let mut by_tenant: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
        for erased in listed {
            by_tenant.entry(erased.tenant).or_default().push(erased.subject);
        }
        let mut count = ErasedAgain::default();
        for (tenant, subjects) in by_tenant {
            let reach = Reach::whole(TenantId::from_uuid(tenant));
            let numbers = self.store().listed_numbers(&reach).await?;
            for subject in subjects {
                let had_account = self.store().close_account(&reach, subject).await?;
                match self.store().left_of(&reach, subject, &numbers).await? {
                    Left::Something(person) => {
                        self.erase_person(&reach, &person).await?;
                        count.again += 1;
                    }
                    Left::Nothing | Left::Unknown if had_account => count.again += 1,
                    Left::Nothing => count.still += 1,
                    Left::Unknown => count.unknown += 1,
                }
            }
        }
        Ok(count)
    }
}
