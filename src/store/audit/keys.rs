//! The keys that sign for the audit: sealed under the master key, and the public halves of all there ever were.

use secrecy::zeroize::Zeroizing;

use crate::application::ports::Unavailable;
use crate::domain::audit::sign::{PublicKey, Signer};
use crate::store::Store;

const PURPOSE: &[u8] = b"audit key";

impl Store {
    /// Who signs for the audit; `seed` becomes the key if there is none.
    pub async fn audit_signer(&self, key_id: &str, seed: &[u8; 32]) -> Result<Signer, Unavailable> {
        let fresh = Signer::new(key_id.to_owned(), seed);
        sqlx::query!(
            "insert into vestibule.audit_key (key_id, public, sealed) select $1, $2, $3 where not exists (select from vestibule.audit_key) on conflict do nothing",
            key_id,
            &fresh.public_bytes()[..],
            self.keyring.master().seal(seed, PURPOSE)
        )
        .execute(&self.ingest)
        .await?;
        let row = sqlx::query!(
            "select key_id, sealed from vestibule.audit_key order by created_at desc, key_id desc limit 1"
        )
        .fetch_one(&self.ingest)
        .await?;
        let unusable =
            |reason: &str| Unavailable { what: "the audit's key", reason: reason.to_owned() };
        let opened = self.keyring.master().open(&row.sealed, PURPOSE).map_err(|_| {
            unusable(
                "it was sealed under another master key; is VESTIBULE_MASTER_KEY the right one?",
            )
        })?;
        let seed: Zeroizing<[u8; 32]> = Zeroizing::new(
            opened.as_slice().try_into().map_err(|_| unusable("it has not 32 bytes"))?,
        );
        Ok(Signer::new(row.key_id, &seed))
    }

    /// The public halves of all keys that ever signed, the newest first.
    pub async fn audit_keys(&self) -> Result<Vec<PublicKey>, Unavailable> {
        let rows = sqlx::query!(
            "select key_id, public from vestibule.audit_key order by created_at desc, key_id desc"
        )
        .fetch_all(&self.ingest)
        .await?;
        Ok(rows.into_iter().map(|row| PublicKey::new(row.key_id, &row.public)).collect())
    }
}
