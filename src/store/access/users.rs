//! The people of a firm.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::application::ports::Unavailable;
use crate::domain::ids::UserId;
use crate::store::TenantTx;
use crate::store::directory::views::DirectoryError;

/// A user.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UserView {
    /// Their id.
    pub id: Uuid,
    /// What they are called.
    #[schema(example = "Grace")]
    pub name: String,
    /// What they sign in with.
    #[schema(example = "grace@maple.example")]
    pub email: String,
    /// `owner`, `admin`, `manager` or `viewer`.
    #[schema(example = "manager")]
    pub role: String,
    /// The buildings that they are limited to; null: all.
    pub buildings: Option<Vec<Uuid>>,
    /// Whether a code of their second factor is needed to sign in.
    #[schema(example = true)]
    pub has_second_factor: bool,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// What a user becomes.
#[derive(Clone, Debug)]
pub struct UserChange {
    /// What they are called.
    pub name: String,
    /// What they may.
    pub role: &'static str,
    /// What they are limited to.
    pub buildings: Option<Vec<Uuid>>,
}

impl TenantTx {
    /// The firm's users, or the one with this id.
    pub async fn users(
        &mut self,
        id: Option<Uuid>,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<UserView>, Unavailable> {
        Ok(sqlx::query_as!(
            UserView,
            r#"select user_id as id, u.name, l.email, u.role,
                      case when limited then array(select b.building_id from vestibule.user_building b
                            where b.tenant_id = u.tenant_id and b.user_id = u.user_id order by 1) end as buildings,
                      exists (select from vestibule.second_factor f
                              where f.tenant_id = u.tenant_id and f.user_id = u.user_id and f.confirmed_at is not null) as "has_second_factor!",
                      u.created_at
               from vestibule.user_account u join vestibule.login l using (tenant_id, user_id)
               where ($1::uuid is null or user_id = $1) and ($2::uuid is null or user_id > $2)
               order by user_id limit $3"#,
            id,
            after,
            limit
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// One user, kept as they are until this transaction ends.
    pub async fn user_for_change(&mut self, id: UserId) -> Result<Option<UserView>, Unavailable> {
        sqlx::query!(
            "select user_id from vestibule.user_account where user_id = $1 for update",
            id.as_uuid()
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(self.users(Some(id.as_uuid()), None, 1).await?.pop())
    }

    /// How many owners there are; no other transaction changes that until this one ends.
    pub async fn owners(&mut self) -> Result<usize, Unavailable> {
        // Each locks the same rows in the same order: of two owners who remove each other one waits, then sees.
        let owners = sqlx::query_scalar!(
            "select user_id from vestibule.user_account where role = 'owner' order by user_id for update"
        )
        .fetch_all(self.connection())
        .await?;
        Ok(owners.len())
    }

    /// Adds a user, who can not sign in yet.
    pub async fn add_user(
        &mut self,
        id: UserId,
        user: &UserChange,
        at: OffsetDateTime,
    ) -> Result<(), DirectoryError> {
        sqlx::query!(
            "insert into vestibule.user_account (tenant_id, user_id, name, role, limited, created_at) values ($1, $2, $3, $4, $5, $6)",
            self.tenant().as_uuid(),
            id.as_uuid(),
            user.name,
            user.role,
            user.buildings.is_some(),
            at
        )
        .execute(self.connection())
        .await?;
        self.limit_user(id, user.buildings.as_deref().unwrap_or_default()).await
    }

    /// Makes a user so.
    pub async fn change_user(
        &mut self,
        id: UserId,
        user: &UserChange,
    ) -> Result<(), DirectoryError> {
        sqlx::query!(
            "update vestibule.user_account set name = $2, role = $3, limited = $4 where user_id = $1",
            id.as_uuid(),
            user.name,
            user.role,
            user.buildings.is_some()
        )
        .execute(self.connection())
        .await?;
        sqlx::query!("delete from vestibule.user_building where user_id = $1", id.as_uuid())
            .execute(self.connection())
            .await?;
        self.limit_user(id, user.buildings.as_deref().unwrap_or_default()).await
    }

    async fn limit_user(&mut self, id: UserId, buildings: &[Uuid]) -> Result<(), DirectoryError> {
        sqlx::query!(
            "insert into vestibule.user_building (tenant_id, user_id, building_id) select $1, $2, unnest($3::uuid[])",
            self.tenant().as_uuid(),
            id.as_uuid(),
            buildings
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Removes a user with their login, sessions and second factor.
    pub async fn remove_user(&mut self, id: UserId) -> Result<(), Unavailable> {
        sqlx::query!("delete from vestibule.user_account where user_id = $1", id.as_uuid())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
