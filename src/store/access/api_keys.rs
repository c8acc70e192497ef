//! API keys: found by a prefix, proven by a hash, shown never again.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::TokenHash;
use super::sessions::limited_to;
use crate::application::ports::Unavailable;
use crate::domain::ids::{ApiKeyId, BuildingId, TenantId};
use crate::store::directory::views::DirectoryError;
use crate::store::{Reach, Store, TenantTx};

/// Who an API key speaks for, and the hash that its secret must have.
#[derive(Clone, Debug)]
pub struct ApiKeyBearer {
    /// The firm.
    pub tenant: TenantId,
    /// The key.
    pub key: ApiKeyId,
    /// SHA-256 of its secret.
    pub secret_hash: Vec<u8>,
    /// What it may at most.
    pub role: String,
    /// What it may of that.
    pub scopes: Vec<String>,
    /// What it is limited to.
    pub buildings: Option<Vec<BuildingId>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<OffsetDateTime>,
}

/// An API key, without its secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ApiKeyView {
    /// Its id.
    pub id: Uuid,
    /// What it is for.
    #[schema(example = "Move-in sync")]
    pub name: String,
    /// How its secrets begin, to recognise them by; two while it is rotated.
    #[schema(example = json!(["vst_k3v9x2m4q7p1"]))]
    pub prefixes: Vec<String>,
    /// What it may at most.
    #[schema(example = "manager")]
    pub role: String,
    /// What it may of that.
    #[schema(example = json!(["read", "directory"]))]
    pub scopes: Vec<String>,
    /// The buildings that it reaches; null: all.
    pub buildings: Option<Vec<Uuid>>,
    /// Who made it.
    pub created_by: Option<Uuid>,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Until when; null: until it is revoked.
    #[serde(with = "time::serde::rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
    /// When it was last used, to the minute.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_used_at: Option<OffsetDateTime>,
}

/// An API key to make.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// What it may at most.
    pub role: &'static str,
    /// What it may of that.
    pub scopes: Vec<String>,
    /// What it is limited to.
    pub buildings: Option<Vec<Uuid>>,
    /// Who makes it.
    pub created_by: Option<Uuid>,
    /// Now.
    pub at: OffsetDateTime,
    /// Until when.
    pub expires_at: Option<OffsetDateTime>,
}

/// A secret of a key's.
#[derive(Clone, Debug)]
pub struct Secret {
    /// By which it is found.
    pub prefix: String,
    /// SHA-256 of the rest.
    pub hash: TokenHash,
}

impl Store {
    /// Who the key with this prefix speaks for, now. None: there is none that is good.
    pub async fn api_key_bearer(
        &self,
        prefix: &str,
        at: OffsetDateTime,
    ) -> Result<Option<ApiKeyBearer>, Unavailable> {
        let row = sqlx::query!(
            r#"select tenant_id as "tenant_id!", api_key_id as "api_key_id!", secret_hash as "secret_hash!", role as "role!",
                      scopes as "scopes!", limited as "limited!", buildings as "buildings!", last_used_at
               from vestibule.api_key_bearer($1, $2)"#,
            prefix,
            at
        )
        .fetch_optional(&self.app)
        .await?;
        Ok(row.map(|row| ApiKeyBearer {
            tenant: row.tenant_id.into(),
            key: row.api_key_id.into(),
            secret_hash: row.secret_hash,
            role: row.role,
            scopes: row.scopes,
            buildings: limited_to(row.limited, row.buildings),
            last_used_at: row.last_used_at,
        }))
    }

    /// Notes that a key is used.
    pub async fn api_key_is_used(
        &self,
        tenant: TenantId,
        key: ApiKeyId,
        at: OffsetDateTime,
    ) -> Result<(), Unavailable> {
        let mut tx = self.begin(&Reach::whole(tenant)).await?;
        sqlx::query!(
            "update vestibule.api_key set last_used_at = greatest(last_used_at, $2) where api_key_id = $1",
            key.as_uuid(),
            at
        )
        .execute(tx.connection())
        .await?;
        tx.commit().await
    }
}

impl TenantTx {
    /// Makes a key.
    pub async fn add_api_key(
        &mut self,
        key: &NewApiKey,
        secret: &Secret,
    ) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        let id = key.id.as_uuid();
        sqlx::query!(
            "insert into vestibule.api_key (tenant_id, api_key_id, name, role, scopes, limited, created_by, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            tenant,
            id,
            key.name,
            key.role,
            &key.scopes,
            key.buildings.is_some(),
            key.created_by,
            key.at,
            key.expires_at
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            "insert into vestibule.api_key_building (tenant_id, api_key_id, building_id) select $1, $2, unnest($3::uuid[])",
            tenant,
            id,
            key.buildings.as_deref().unwrap_or_default()
        )
        .execute(self.connection())
        .await?;
        self.add_secret(key.id, secret, key.at).await?;
        Ok(())
    }

    async fn add_secret(
        &mut self,
        key: ApiKeyId,
        secret: &Secret,
        at: OffsetDateTime,
    ) -> Result<(), Unavailable> {
        sqlx::query!(
            "insert into vestibule.api_key_secret (tenant_id, api_key_id, prefix, secret_hash, created_at) values ($1, $2, $3, $4, $5)",
            self.tenant().as_uuid(),
            key.as_uuid(),
            secret.prefix,
            &secret.hash[..],
            at
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Gives a key another secret; the ones before work until `old_until`.
    pub async fn rotate_api_key(
        &mut self,
        key: ApiKeyId,
        secret: &Secret,
        at: OffsetDateTime,
        old_until: OffsetDateTime,
    ) -> Result<(), Unavailable> {
        sqlx::query!(
            "delete from vestibule.api_key_secret where api_key_id = $1 and expires_at <= $2",
            key.as_uuid(),
            at
        )
        .execute(self.connection())
        .await?;
        sqlx::query!(
            "update vestibule.api_key_secret set expires_at = least(expires_at, $2) where api_key_id = $1",
            key.as_uuid(),
            old_until
        )
        .execute(self.connection())
        .await?;
        self.add_secret(key, secret, at).await
    }

    /// Ends a key. False: there is none.
    pub async fn revoke_api_key(
        &mut self,
        key: ApiKeyId,
        at: OffsetDateTime,
    ) -> Result<bool, Unavailable> {
        let revoked = sqlx::query!(
            "update vestibule.api_key set revoked_at = $2 where api_key_id = $1 and revoked_at is null",
            key.as_uuid(),
            at
        )
        .execute(self.connection())
        .await?;
        Ok(revoked.rows_affected() == 1)
    }

    /// Keys that are not revoked, or the one with this id.
    pub async fn api_keys(
        &mut self,
        id: Option<Uuid>,
        after: Option<Uuid>,
        limit: i64,
        at: OffsetDateTime,
    ) -> Result<Vec<ApiKeyView>, Unavailable> {
        Ok(sqlx::query_as!(
            ApiKeyView,
            r#"select api_key_id as id, name,
                      array(select 'vst_' || s.prefix from vestibule.api_key_secret s
                            where s.tenant_id = k.tenant_id and s.api_key_id = k.api_key_id and (s.expires_at is null or s.expires_at > $4)
                            order by s.created_at, s.prefix) as "prefixes!",
                      role, scopes,
                      case when limited then array(select b.building_id from vestibule.api_key_building b
                            where b.tenant_id = k.tenant_id and b.api_key_id = k.api_key_id order by 1) end as buildings,
                      created_by, created_at, expires_at, last_used_at
               from vestibule.api_key k
               where revoked_at is null and ($1::uuid is null or api_key_id = $1) and ($2::uuid is null or api_key_id > $2)
               order by api_key_id limit $3"#,
            id,
            after,
            limit,
            at
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// Calls a key something else.
    pub async fn rename_api_key(&mut self, key: ApiKeyId, name: &str) -> Result<(), Unavailable> {
        sqlx::query!(
            "update vestibule.api_key set name = $2 where api_key_id = $1",
            key.as_uuid(),
            name
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
