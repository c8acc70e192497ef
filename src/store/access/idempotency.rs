//! Answers kept for repeated requests.

use serde_json::Value;
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
        Ok(match row.response {
            Some(response) if row.request_hash == request_hash => Repeat::Same(response),
            Some(_) | None => Repeat::Other,
        })
    }

    /// Keeps the answer to a request that carried an idempotency key.
    pub async fn keep_answer(&mut self, key: &str, response: &Value) -> Result<(), Unavailable> {
        sqlx::query!(
            "update vestibule.idempotency set response = $2 where key = $1",
            key,
            response
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
