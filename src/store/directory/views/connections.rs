//! Connections to carriers.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{After, DirectoryError};
use crate::store::TenantTx;

/// A tenant's account at a carrier. Its credentials are never shown.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConnectionView {
    /// Its id.
    pub id: Uuid,
    /// `vonage`, `twilio` or `sipgate`.
    #[schema(example = "vonage")]
    pub provider: String,
    /// What people call it.
    #[schema(example = "Main account")]
    pub label: String,
    /// Part of every callback URL: whoever knows it can knock at them.
    #[schema(example = "8d1f…")]
    pub token: String,
    /// Whether webhooks must be signed: `required` or `off`.
    #[schema(example = "required")]
    pub signing: String,
}

impl TenantTx {
    /// Adds a connection, its credentials sealed.
    pub async fn add_connection(
        &mut self,
        connection: &ConnectionView,
        sealed: &[u8],
    ) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        sqlx::query!(
            "insert into vestibule.connection (tenant_id, connection_id, provider, label, token, credentials, signing) values ($1, $2, $3, $4, $5, $6, $7)",
            tenant,
            connection.id,
            connection.provider,
            connection.label,
            connection.token,
            sealed,
            connection.signing
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A page of connections, or the one with this id.
    pub async fn connections(
        &mut self,
        id: Option<Uuid>,
        after: After,
    ) -> Result<Vec<ConnectionView>, DirectoryError> {
        Ok(sqlx::query_as!(
            ConnectionView,
            "select connection_id as id, provider, label, token, signing from vestibule.connection
             where ($1::uuid is null or connection_id = $1) and ($2::uuid is null or connection_id > $2)
             order by connection_id limit $3",
            id,
            after.id,
            after.limit
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The connection with this id. (`connection` itself is the database's.)
    pub async fn carrier_connection(
        &mut self,
        id: Uuid,
    ) -> Result<Option<ConnectionView>, DirectoryError> {
        Ok(self.connections(Some(id), After::ONE).await?.pop())
    }

    /// Writes a connection as it shall be.
    pub async fn put_connection(
        &mut self,
        connection: &ConnectionView,
    ) -> Result<(), DirectoryError> {
        sqlx::query!(
            "update vestibule.connection set label = $2, signing = $3 where connection_id = $1",
            connection.id,
            connection.label,
            connection.signing
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Writes a connection's credentials, sealed.
    pub async fn put_credentials(&mut self, id: Uuid, sealed: &[u8]) -> Result<(), DirectoryError> {
        sqlx::query!(
            "update vestibule.connection set credentials = $2 where connection_id = $1",
            id,
            sealed
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A connection's credentials, sealed.
    pub async fn sealed_credentials(
        &mut self,
        id: Uuid,
    ) -> Result<Option<Vec<u8>>, DirectoryError> {
        Ok(sqlx::query_scalar!(
            "select credentials from vestibule.connection where connection_id = $1",
            id
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Removes a connection that no line is at.
    pub async fn remove_connection(&mut self, id: Uuid) -> Result<(), DirectoryError> {
        sqlx::query!("delete from vestibule.connection where connection_id = $1", id)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
