//! Passwords that change, and such that were forgotten.

use time::OffsetDateTime;

use super::TokenHash;
use crate::application::ports::Unavailable;
use crate::domain::ids::UserId;
use crate::store::TenantTx;

impl TenantTx {
    /// A user's e-mail and the hash of their password.
    pub async fn password_of(
        &mut self,
        user: UserId,
    ) -> Result<Option<(String, String)>, Unavailable> {
        let row = sqlx::query!(
            "select email, password_hash from vestibule.login where user_id = $1",
            user.as_uuid()
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|row| (row.email, row.password_hash)))
    }

    /// Gives a user another password; open resets are used up with it.
    pub async fn change_password(
        &mut self,
        user: UserId,
        password_hash: &str,
        at: OffsetDateTime,
    ) -> Result<(), Unavailable> {
        sqlx::query!(
            "update vestibule.login set password_hash = $2 where user_id = $1",
            user.as_uuid(),
            password_hash
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            "update vestibule.password_reset set used_at = $2 where user_id = $1 and used_at is null",
            user.as_uuid(),
            at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Lets a user choose another password with a token.
    pub async fn offer_reset(
        &mut self,
        user: UserId,
        token: &TokenHash,
        expires_at: OffsetDateTime,
    ) -> Result<(), Unavailable> {
        sqlx::query!(
            "insert into vestibule.password_reset (tenant_id, token_hash, user_id, expires_at) values ($1, $2, $3, $4)",
            self.tenant().as_uuid(),
            &token[..],
            user.as_uuid(),
            expires_at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Whose password this token changes, if it is good.
    pub async fn reset_of(
        &mut self,
        token: &TokenHash,
        at: OffsetDateTime,
    ) -> Result<Option<UserId>, Unavailable> {
        Ok(sqlx::query_scalar!(
            "select user_id from vestibule.password_reset where token_hash = $1 and used_at is null and expires_at > $2",
            &token[..],
            at
        )
        .fetch_optional(self.connection())
        .await?
        .map(UserId::from))
    }

    /// Uses the token up.
    pub async fn use_reset(
        &mut self,
        token: &TokenHash,
        at: OffsetDateTime,
    ) -> Result<Option<UserId>, Unavailable> {
        Ok(sqlx::query_scalar!(
            "update vestibule.password_reset set used_at = $2 where token_hash = $1 and used_at is null and expires_at > $2 returning user_id",
            &token[..],
            at
        )
        .fetch_optional(self.connection())
        .await?
        .map(UserId::from))
    }
}
