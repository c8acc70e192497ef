//! The firm itself.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::DirectoryError;
use crate::store::TenantTx;

/// A property-management firm.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TenantView {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    #[schema(example = "Maple Property Management")]
    pub name: String,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

impl TenantTx {
    /// The tenant itself.
    pub async fn own_tenant(&mut self) -> Result<Option<TenantView>, DirectoryError> {
        Ok(sqlx::query_as!(
            TenantView,
            "select tenant_id as id, name, created_at from vestibule.tenant"
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Writes what may change of the firm.
    pub async fn put_own_tenant(&mut self, tenant: &TenantView) -> Result<(), DirectoryError> {
        sqlx::query!("update vestibule.tenant set name = $1", tenant.name)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
