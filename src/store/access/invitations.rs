//! Invitations into a firm.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::TokenHash;
use crate::application::ports::Unavailable;
use crate::domain::ids::InvitationId;
use crate::store::TenantTx;
use crate::store::directory::views::DirectoryError;

/// An invitation to make.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Who is invited.
    pub email: String,
    /// What they will may.
    pub role: &'static str,
    /// What they will be limited to.
    pub buildings: Option<Vec<Uuid>>,
    /// Who invites; none: the operator.
    pub invited_by: Option<Uuid>,
    /// SHA-256 of its token.
    pub token: TokenHash,
    /// Now.
    pub at: OffsetDateTime,
    /// Until when it is good.
    pub expires_at: OffsetDateTime,
}

/// An invitation, without its token.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct InvitationView {
    /// Its id.
    pub id: Uuid,
    /// Who is invited.
    #[schema(example = "ada@maple.example")]
    pub email: String,
    /// What they will be.
    #[schema(example = "manager")]
    pub role: String,
    /// The buildings that they will be limited to; null: all.
    pub buildings: Option<Vec<Uuid>>,
    /// Who invites; null: the operator.
    pub invited_by: Option<Uuid>,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Until when it can be accepted.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
}

/// An invitation that is accepted now.
#[derive(Clone, Debug)]
pub struct Accepted {
    /// Its id.
    pub id: InvitationId,
    /// Who was invited.
    pub email: String,
    /// What they may.
    pub role: String,
    /// What they are limited to, of what is still there.
    pub buildings: Option<Vec<Uuid>>,
}

impl TenantTx {
    /// Whether someone of this firm signs in with this e-mail.
    pub async fn has_user_with(&mut self, email: &str) -> Result<bool, Unavailable> {
        Ok(sqlx::query_scalar!(
            r#"select exists (select from vestibule.login where email = $1) as "is!""#,
            email
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// The buildings among these that this transaction does not see.
    pub async fn missing_buildings(&mut self, buildings: &[Uuid]) -> Result<i64, Unavailable> {
        Ok(sqlx::query_scalar!(
            r#"select count(*) as "missing!" from unnest($1::uuid[]) wanted
               where not exists (select from vestibule.building where building_id = wanted)"#,
            buildings
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Makes an invitation. One that was open for the same e-mail and is past its time gives way.
    pub async fn invite(&mut self, invitation: &Invitation) -> Result<(), DirectoryError> {
        sqlx::query!(
            "update vestibule.invitation set revoked_at = $2
             where email = $1 and accepted_at is null and revoked_at is null and expires_at <= $2",
            invitation.email,
            invitation.at
        )
        .execute(self.connection())
        .await?;
        let made = sqlx::query!(
            "insert into vestibule.invitation (tenant_id, invitation_id, email, role, limited, buildings, invited_by, token_hash, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing",
            self.tenant().as_uuid(),
            invitation.id.as_uuid(),
            invitation.email,
            invitation.role,
            invitation.buildings.is_some(),
            invitation.buildings.as_deref().unwrap_or_default(),
            invitation.invited_by,
            &invitation.token[..],
            invitation.at,
            invitation.expires_at
        )
        .execute(self.connection())
        .await?;
        if made.rows_affected() == 0 {
            return Err(DirectoryError::Taken("An open invitation for this e-mail"));
        }
        Ok(())
    }

    /// Invitations that can be accepted, or the one with this id.
    pub async fn invitations(
        &mut self,
        id: Option<Uuid>,
        after: Option<Uuid>,
        limit: i64,
        at: OffsetDateTime,
    ) -> Result<Vec<InvitationView>, Unavailable> {
        Ok(sqlx::query_as!(
            InvitationView,
            "select invitation_id as id, email, role, case when limited then buildings end as buildings, invited_by, created_at, expires_at
             from vestibule.invitation
             where accepted_at is null and revoked_at is null and expires_at > $4
               and ($1::uuid is null or invitation_id = $1) and ($2::uuid is null or invitation_id > $2)
             order by invitation_id limit $3",
            id,
            after,
            limit,
            at
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Takes an invitation back. False: there is none that could be accepted.
    pub async fn revoke_invitation(
        &mut self,
        id: InvitationId,
        at: OffsetDateTime,
    ) -> Result<bool, Unavailable> {
        let revoked = sqlx::query!(
            "update vestibule.invitation set revoked_at = $2 where invitation_id = $1 and accepted_at is null and revoked_at is null",
            id.as_uuid(),
            at
        )
        .execute(self.connection())
        .await?;
        Ok(revoked.rows_affected() == 1)
    }

    /// Whether an invitation with this token can be accepted.
    pub async fn is_invited(
        &mut self,
        token: &TokenHash,
        at: OffsetDateTime,
    ) -> Result<bool, Unavailable> {
        Ok(sqlx::query_scalar!(
            r#"select exists (select from vestibule.invitation
                              where token_hash = $1 and accepted_at is null and revoked_at is null and expires_at > $2) as "is!""#,
            &token[..],
            at
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Uses an invitation up.
    pub async fn accept_invitation(
        &mut self,
        token: &TokenHash,
        at: OffsetDateTime,
    ) -> Result<Option<Accepted>, Unavailable> {
        let row = sqlx::query!(
            r#"update vestibule.invitation i set accepted_at = $2
               where token_hash = $1 and accepted_at is null and revoked_at is null and expires_at > $2
               returning invitation_id, email, role,
                   case when limited then array(select b.building_id from vestibule.building b where b.building_id = any (i.buildings)) end as buildings"#,
            &token[..],
            at
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.map(|row| Accepted {
            id: row.invitation_id.into(),
            email: row.email,
            role: row.role,
            buildings: row.buildings,
        }))
    }
}
