//! Second factors: a sealed secret, the last code taken, and recovery codes.

use secrecy::zeroize::Zeroizing;
use time::OffsetDateTime;

use super::TokenHash;
use crate::application::ports::Unavailable;
use crate::domain::ids::{TenantId, UserId};
use crate::store::{Store, TenantTx};

const PURPOSE: &str = "second factor";

/// Whether codes of a second factor are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorState {
    /// Its secret was shown, but no code of it was seen yet.
    Shown,
    /// Yes.
    Confirmed,
}

/// A second factor as it is stored.
#[derive(Clone, Debug)]
pub struct Factor {
    /// Sealed.
    pub secret: Vec<u8>,
    /// How far it is.
    pub state: FactorState,
}

impl Store {
    /// Seals a second factor's secret for its row: of this user and no other.
    pub async fn seal_factor(
        &self,
        tenant: TenantId,
        user: UserId,
        secret: &[u8],
    ) -> Result<Vec<u8>, Unavailable> {
        self.seal_secret(tenant, &format!("{PURPOSE} {user}"), secret).await
    }

    /// Opens it again.
    pub async fn open_factor(
        &self,
        tenant: TenantId,
        user: UserId,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unavailable> {
        self.open_secret(tenant, &format!("{PURPOSE} {user}"), sealed).await
    }

    /// The keyed hash under which a recovery code is kept.
    pub async fn recovery_hash(
        &self,
        tenant: TenantId,
        user: UserId,
        code: &str,
    ) -> Result<TokenHash, Unavailable> {
        let key = self.tenant_key(tenant).await?;
        Ok(key.hash("recovery code", format!("{user} {code}").as_bytes()))
    }
}

impl TenantTx {
    /// A user's second factor; nobody else uses a code of it until this transaction ends.
    pub async fn factor(&mut self, user: UserId) -> Result<Option<Factor>, Unavailable> {
        let row = sqlx::query!(
            "select secret, confirmed_at from vestibule.second_factor where user_id = $1 for update",
            user.as_uuid()
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|row| Factor {
            secret: row.secret,
            state: if row.confirmed_at.is_some() {
                FactorState::Confirmed
            } else {
                FactorState::Shown
            },
        }))
    }

    /// Keeps a secret that is shown now. False: another one is confirmed already.
    pub async fn show_factor(&mut self, user: UserId, sealed: &[u8]) -> Result<bool, Unavailable> {
        let kept = sqlx::query!(
            "insert into vestibule.second_factor as known (tenant_id, user_id, secret) values ($1, $2, $3)
             on conflict (tenant_id, user_id) do update set secret = excluded.secret, last_step = 0 where known.confirmed_at is null",
            self.tenant().as_uuid(),
            user.as_uuid(),
            sealed
        )
        .execute(self.connection())
        .await?;
        Ok(kept.rows_affected() == 1)
    }

    /// Takes a code's time step. False: it, or a later one, was taken before.
    pub async fn take_step(&mut self, user: UserId, step: i64) -> Result<bool, Unavailable> {
        let taken = sqlx::query!(
            "update vestibule.second_factor set last_step = $2 where user_id = $1 and last_step < $2",
            user.as_uuid(),
            step
        )
        .execute(self.connection())
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// From now on codes are needed; these recover a lost device.
    pub async fn confirm_factor(
        &mut self,
        user: UserId,
        recovery: &[TokenHash],
        at: OffsetDateTime,
    ) -> Result<(), Unavailable> {
        sqlx::query!(
            "update vestibule.second_factor set confirmed_at = $2 where user_id = $1",
            user.as_uuid(),
            at
        )
        .execute(self.connection())
        .await?;
        self.replace_recovery_codes(user, recovery).await
    }

    /// Other recovery codes; the ones before are void.
    pub async fn replace_recovery_codes(
        &mut self,
        user: UserId,
        recovery: &[TokenHash],
    ) -> Result<(), Unavailable> {
        sqlx::query!("delete from vestibule.recovery_code where user_id = $1", user.as_uuid())
            .execute(self.connection())
            .await?;
        let hashes: Vec<Vec<u8>> = recovery.iter().map(|hash| hash.to_vec()).collect();
        sqlx::query!(
            "insert into vestibule.recovery_code (tenant_id, user_id, code_hash) select $1, $2, unnest($3::bytea[])",
            self.tenant().as_uuid(),
            user.as_uuid(),
            &hashes
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Uses a recovery code up. False: it is none, or was used.
    pub async fn use_recovery_code(
        &mut self,
        user: UserId,
        hash: &TokenHash,
        at: OffsetDateTime,
    ) -> Result<bool, Unavailable> {
        let used = sqlx::query!(
            "update vestibule.recovery_code set used_at = $3 where user_id = $1 and code_hash = $2 and used_at is null",
            user.as_uuid(),
            &hash[..],
            at
        )
        .execute(self.connection())
        .await?;
        Ok(used.rows_affected() == 1)
    }

    /// Recovery codes that are left.
    pub async fn recovery_codes_left(&mut self, user: UserId) -> Result<i64, Unavailable> {
        Ok(sqlx::query_scalar!(
            r#"select count(*) as "left!" from vestibule.recovery_code where user_id = $1 and used_at is null"#,
            user.as_uuid()
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// From now on the password is enough.
    pub async fn remove_factor(&mut self, user: UserId) -> Result<(), Unavailable> {
        sqlx::query!("delete from vestibule.recovery_code where user_id = $1", user.as_uuid())
            .execute(self.connection())
            .await?;
        sqlx::query!("delete from vestibule.second_factor where user_id = $1", user.as_uuid())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
