//! Letters: written in the transaction of what they tell, sent by a worker, then forgotten.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::application::ports::{Mail, Unavailable};
use crate::domain::ids::TenantId;
use crate::store::{Store, TenantTx};

const PURPOSE: &str = "mail";
/// Letters in one go.
const AT_ONCE: i64 = 10;

/// A letter that a worker has in hand.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Whose.
    pub tenant: TenantId,
    /// Its id.
    pub id: Uuid,
    /// What to send.
    pub mail: Mail,
}

impl Store {
    /// Writes a letter, which is sent once the transaction commits.
    pub async fn post(
        &self,
        tx: &mut TenantTx,
        id: Uuid,
        mail: &Mail,
        expires_at: OffsetDateTime,
    ) -> Result<(), Unavailable> {
        let plain = serde_json::to_vec(mail)
            .map_err(|error| Unavailable { what: "a letter", reason: error.to_string() })?;
        let sealed = self.seal_secret(tx.tenant(), PURPOSE, &plain).await?;
        sqlx::query!(
            "insert into vestibule.mail (tenant_id, mail_id, sealed, expires_at) values ($1, $2, $3, $4)",
            tx.tenant().as_uuid(),
            id,
            sealed,
            expires_at
        )
        .execute(tx.connection())
        .await?;
        Ok(())
    }

    /// Letters to send now. Each comes back after a while, longer each time, until it is sent or past its time.
    pub async fn take_letters(&self) -> Result<Vec<Letter>, Unavailable> {
        let rows = sqlx::query!(
            "update vestibule.mail m
             set attempts = attempts + 1, not_before = clock_timestamp() + interval '30 seconds' * (1 << least(attempts, 7))
             from (select tenant_id, mail_id from vestibule.mail
                   where not_before <= clock_timestamp() and expires_at > clock_timestamp()
                   order by not_before limit $1 for update skip locked) due
             where m.tenant_id = due.tenant_id and m.mail_id = due.mail_id
             returning m.tenant_id, m.mail_id, m.sealed",
            AT_ONCE
        )
        .fetch_all(&self.worker)
        .await?;
        let mut letters = Vec::with_capacity(rows.len());
        for row in rows {
            let tenant = TenantId::from(row.tenant_id);
            match self.open_letter(tenant, &row.sealed).await {
                Ok(mail) => letters.push(Letter { tenant, id: row.mail_id, mail }),
                // The others go out.
                Err(error) => {
                    tracing::error!(%error, mail.id = %row.mail_id, "a letter can not be opened")
                }
            }
        }
        Ok(letters)
    }

    async fn open_letter(&self, tenant: TenantId, sealed: &[u8]) -> Result<Mail, Unavailable> {
        let plain = self.open_secret(tenant, PURPOSE, sealed).await?;
        serde_json::from_slice(&plain)
            .map_err(|error| Unavailable { what: "a letter", reason: error.to_string() })
    }

    /// A letter is sent.
    pub async fn letter_is_sent(&self, letter: &Letter) -> Result<(), Unavailable> {
        sqlx::query!(
            "delete from vestibule.mail where tenant_id = $1 and mail_id = $2",
            letter.tenant.as_uuid(),
            letter.id
        )
        .execute(&self.worker)
        .await?;
        Ok(())
    }
}
