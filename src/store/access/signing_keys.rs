//! The keys that sign access tokens, sealed under the master key: the newest signs, all that are not past their time verify.

use secrecy::zeroize::Zeroizing;
use time::OffsetDateTime;

use crate::application::ports::Unavailable;
use crate::store::Store;

const CONTEXT: &[u8] = b"signing key";

/// A key that signs, or did.
#[derive(Clone)]
pub struct SigningKey {
    /// Its `kid`.
    pub id: String,
    /// 32 bytes.
    pub secret: Zeroizing<Vec<u8>>,
    /// Since when.
    pub created_at: OffsetDateTime,
    /// Until when it verifies, once it has a successor.
    pub expires_at: Option<OffsetDateTime>,
}

/// Hidden: it can sign.
impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({})", self.id)
    }
}

impl Store {
    /// The keys that verify at this time, newest first.
    pub async fn signing_keys(&self, at: OffsetDateTime) -> Result<Vec<SigningKey>, Unavailable> {
        let rows = sqlx::query!(
            "select key_id, sealed, created_at, expires_at from vestibule.signing_key
             where expires_at is null or expires_at > $1
             order by expires_at is null desc, created_at desc, key_id desc",
            at
        )
        .fetch_all(&self.ingest)
        .await?;
        let opened = rows.into_iter().map(|row| {
            let secret = self.keyring.master().open(&row.sealed, CONTEXT).map_err(|_| Unavailable {
                what: "the signing key",
                reason: "it was sealed under another master key; is VESTIBULE_MASTER_KEY the right one?".to_owned(),
            })?;
            Ok(SigningKey { id: row.key_id, secret, created_at: row.created_at, expires_at: row.expires_at })
        });
        opened.collect()
    }

    /// Makes `fresh` the key that signs, unless one made since `unless_since` signs already. The ones before verify until
    /// `old_until`. False: there was one.
    pub async fn rotate_signing_key(
        &self,
        fresh: &SigningKey,
        unless_since: OffsetDateTime,
        old_until: OffsetDateTime,
    ) -> Result<bool, Unavailable> {
        let sealed = self.keyring.master().seal(&fresh.secret, CONTEXT);
        // Two statements, each safe alone: at most one key signs (a unique index), so of several processes that find the key
        // too old at the same time one makes the next; and one that dies in between leaves the making to whoever comes next.
        sqlx::query!(
            "update vestibule.signing_key set expires_at = $2 where created_at <= $1 and (expires_at is null or expires_at > $2)",
            unless_since,
            old_until
        )
        .execute(&self.ingest)
        .await?;
        let made = sqlx::query!(
            "insert into vestibule.signing_key (key_id, sealed, created_at) values ($1, $2, $3) on conflict do nothing",
            fresh.id,
            sealed,
            fresh.created_at
        )
        .execute(&self.ingest)
        .await?;
        Ok(made.rows_affected() == 1)
    }
}
