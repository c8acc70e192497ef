//! Who may sign in, the keys that sign their tokens, and answers kept for repeated requests.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::seal::Key;
use super::{Reach, Store, TenantTx};
use crate::application::ports::Unavailable;
use crate::domain::ids::{TenantId, UserId};

/// Failed sign-ins of an account before it must wait.
const FAILURES: i32 = 10;

/// How someone signs in.
#[derive(Clone, Debug)]
pub struct Login {
    /// Their firm.
    pub tenant: TenantId,
    /// They.
    pub user: UserId,
    /// argon2id, PHC string.
    pub password_hash: String,
    /// `owner`, `admin`, `manager` or `viewer`.
    pub role: String,
    /// Not before this, after too many failures.
    pub locked_until: Option<OffsetDateTime>,
}

/// A firm and its first user.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// The firm.
    pub tenant: TenantId,
    /// Its name.
    pub tenant_name: String,
    /// Its owner.
    pub user: UserId,
    /// Their name.
    pub user_name: String,
    /// Their e-mail, in lower case.
    pub email: String,
    /// argon2id, PHC string.
    pub password_hash: String,
}

impl Store {
    /// How this e-mail signs in.
    pub async fn login(&self, email: &str) -> Result<Option<Login>, Unavailable> {
        let row = sqlx::query!(
            "select tenant_id, user_id, password_hash, locked_until, role
             from vestibule.login join vestibule.user_account using (tenant_id, user_id)
             where email = $1",
            email
        )
        .fetch_optional(&self.worker)
        .await?;
        Ok(row.map(|row| Login {
            tenant: row.tenant_id.into(),
            user: row.user_id.into(),
            password_hash: row.password_hash,
            role: row.role,
            locked_until: row.locked_until,
        }))
    }

    /// Counts a failed sign-in; too many lock the account for a while.
    pub async fn sign_in_failed(&self, email: &str) -> Result<(), Unavailable> {
        sqlx::query!(
            "update vestibule.login set failures = failures + 1,
                 locked_until = case when failures + 1 >= $2 then clock_timestamp() + interval '5 minutes' else locked_until end
             where email = $1",
            email,
            FAILURES
        )
        .execute(&self.ingest)
        .await?;
        Ok(())
    }

    /// A sign-in that went well forgets the failures.
    pub async fn signed_in(&self, email: &str) -> Result<(), Unavailable> {
        sqlx::query!("update vestibule.login set failures = 0, locked_until = null where email = $1 and failures > 0", email)
            .execute(&self.ingest)
            .await?;
        Ok(())
    }

    /// Makes a firm with its owner. False: the e-mail signs in somewhere already.
    pub async fn sign_up(&self, sign_up: &SignUp) -> Result<bool, Unavailable> {
        let mut tx = self.begin(&Reach::whole(sign_up.tenant)).await?;
        let (tenant, user) = (sign_up.tenant.as_uuid(), sign_up.user.as_uuid());
        sqlx::query!(
            "insert into vestibule.tenant (tenant_id, name) values ($1, $2)",
            tenant,
            sign_up.tenant_name
        )
        .execute(tx.connection())
        .await?;
        sqlx::query!("insert into vestibule.user_account (tenant_id, user_id, name, role) values ($1, $2, $3, 'owner')", tenant, user, sign_up.user_name)
            .execute(tx.connection())
            .await?;
        let made = sqlx::query!(
            "insert into vestibule.login (email, tenant_id, user_id, password_hash) values ($1, $2, $3, $4) on conflict do nothing",
            sign_up.email,
            tenant,
            user,
            sign_up.password_hash
        )
        .execute(tx.connection())
        .await?;
        if made.rows_affected() == 0 {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    /// The key that signs access tokens, with its id; `fresh` becomes it if there is none.
    pub async fn signing_key(
        &self,
        key_id: &str,
        fresh: &[u8],
    ) -> Result<(String, Vec<u8>), Unavailable> {
        let sealed = self.master().seal(fresh, b"signing key");
        sqlx::query!(
            "insert into vestibule.signing_key (key_id, sealed) select $1, $2 where not exists (select from vestibule.signing_key) on conflict do nothing",
            key_id,
            sealed
        )
        .execute(&self.ingest)
        .await?;
        let row = sqlx::query!(
            "select key_id, sealed from vestibule.signing_key order by created_at desc limit 1"
        )
        .fetch_one(&self.ingest)
        .await?;
        let opened = self.master().open(&row.sealed, b"signing key").map_err(|_| Unavailable {
            what: "the signing key",
            reason:
                "it was sealed under another master key; is VESTIBULE_MASTER_KEY the right one?"
                    .to_owned(),
        })?;
        Ok((row.key_id, opened.to_vec()))
    }

    fn master(&self) -> &Key {
        self.keyring.master()
    }
}

/// What is known of a request that carries an idempotency key.
#[derive(Clone, Debug, PartialEq)]
pub enum Repeat {
    /// It is the first: go on, and keep the answer.
    First,
    /// It came before, with the same body: this was the answer.
    Same(Value),
    /// The key was used with another body.
    Other,
}

impl TenantTx {
    /// Takes an idempotency key, in the transaction of what the request does: both are there afterwards, or neither.
    pub async fn take_idempotency_key(
        &mut self,
        key: &str,
        request_hash: &[u8],
    ) -> Result<Repeat, Unavailable> {
        let tenant: Uuid = self.tenant().as_uuid();
        let taken = sqlx::query!(
            "insert into vestibule.idempotency (tenant_id, key, request_hash) values ($1, $2, $3) on conflict do nothing",
            tenant,
            key,
            request_hash
        )
        .execute(self.connection())
        .await?;
        if taken.rows_affected() == 1 {
            return Ok(Repeat::First);
        }
        let row = sqlx::query!(
            "select request_hash, response from vestibule.idempotency where key = $1",
            key
        )
        .fetch_one(self.connection())
        .await?;
        match row.response {
            Some(response) if row.request_hash == request_hash => {
                Ok(Repeat::Same(self.open_answer(key, &response).await?))
            }
            Some(_) | None => Ok(Repeat::Other),
        }
    }

    /// Keeps the answer to a request that carried an idempotency key: sealed, because it may hold what is shown once.
    pub async fn keep_answer(&mut self, key: &str, response: &Value) -> Result<(), Unavailable> {
        let text = response.to_string();
        let sealed = self.store.seal_secret(self.tenant(), &purpose(key), text.as_bytes()).await?;
        sqlx::query!(
            "update vestibule.idempotency set response = $2 where key = $1",
            key,
            json!(BASE64_STANDARD.encode(sealed))
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn open_answer(&self, key: &str, response: &Value) -> Result<Value, Unavailable> {
        let unreadable = |reason: String| Unavailable { what: "a kept answer", reason };
        let sealed = BASE64_STANDARD
            .decode(response.as_str().unwrap_or_default())
            .map_err(|error| unreadable(error.to_string()))?;
        let opened = self.store.open_secret(self.tenant(), &purpose(key), &sealed).await?;
        serde_json::from_slice(&opened).map_err(|error| unreadable(error.to_string()))
    }
}

fn purpose(key: &str) -> String {
    format!("answer {key}")
}
