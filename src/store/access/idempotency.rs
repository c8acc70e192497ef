//! Answers kept for repeated requests.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::application::ports::Unavailable;
use crate::store::TenantTx;

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
