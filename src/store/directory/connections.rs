//! Carrier connections: which tenant a callback's token belongs to, and the credentials behind it.

use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::application::ports::Unavailable;
use crate::domain::ids::{ConnectionId, LineId, TenantId};
use crate::store::Store;

/// A connection with its credentials opened.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its tenant.
    pub tenant: TenantId,
    /// Its id.
    pub id: ConnectionId,
    /// `vonage`, `twilio` or `sipgate`.
    pub provider: String,
    /// Part of every callback URL.
    pub token: String,
    /// Whether webhooks must be signed.
    pub signing: Signing,
    /// What its carrier needs, as its adapter reads it.
    pub credentials: SecretString,
}

/// Whether a connection's webhooks must be signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signing {
    /// Yes.
    #[default]
    Required,
    /// No: for a machine of one's own only.
    Off,
}

/// A connection with its lines, for `doctor`.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Its tenant.
    pub tenant: TenantId,
    /// Its id.
    pub id: ConnectionId,
    /// `vonage`, `twilio` or `sipgate`.
    pub provider: String,
    /// What people call it.
    pub label: String,
    /// Its lines.
    pub lines: Vec<LineId>,
    /// How long ago the last webhook came that was believed; none ever, if absent.
    pub last_webhook: Option<Duration>,
    /// Why the last webhook was not believed, if none came since that was.
    pub refused: Option<String>,
    /// Why the last request to the carrier failed, if that was within the last day.
    pub failed: Option<String>,
}

struct Row {
    tenant_id: Uuid,
    connection_id: Uuid,
    provider: String,
    token: String,
    credentials: Vec<u8>,
    signing: String,
}

impl Store {
    /// All connections of all tenants, with their lines.
    pub async fn connections_overview(&self) -> Result<Vec<Overview>, Unavailable> {
        let rows = sqlx::query!(
            r#"select connection.tenant_id, connection.connection_id, provider, label,
                      array_remove(array_agg(line_id order by line_id), null) as "lines!",
                      extract(epoch from clock_timestamp() - max(last_webhook_at))::bigint as silent_seconds,
                      max(last_refusal) filter (where last_webhook_at is null or last_refusal_at > last_webhook_at) as refused,
                      max(last_failure) filter (where last_failure_at > clock_timestamp() - interval '1 day') as failed
               from vestibule.connection connection
               left join vestibule.line line using (tenant_id, connection_id)
               left join vestibule.connection_vitals vitals using (tenant_id, connection_id)
               group by 1, 2, 3, 4
               order by label, connection_id"#
        )
        .fetch_all(&self.worker)
        .await?;
        let overview = rows.into_iter().map(|row| Overview {
            tenant: row.tenant_id.into(),
            id: row.connection_id.into(),
            provider: row.provider,
            label: row.label,
            lines: row.lines.into_iter().map(Into::into).collect(),
            last_webhook: row
                .silent_seconds
                .map(|seconds| Duration::from_secs(seconds.max(0).unsigned_abs())),
            refused: row.refused,
            failed: row.failed,
        });
        Ok(overview.collect())
    }

    /// The connection whose callbacks carry this token.
    pub async fn connection_by_token(
        &self,
        token: &str,
    ) -> Result<Option<Connection>, Unavailable> {
        let row = sqlx::query_as!(
            Row,
            "select tenant_id, connection_id, provider, token, credentials, signing from vestibule.connection where token = $1",
            token
        )
        .fetch_optional(&self.worker)
        .await?;
        self.opened(row).await
    }

    /// A tenant's connection.
    pub async fn connection(
        &self,
        tenant: TenantId,
        id: ConnectionId,
    ) -> Result<Option<Connection>, Unavailable> {
        let row = sqlx::query_as!(
            Row,
            "select tenant_id, connection_id, provider, token, credentials, signing from vestibule.connection where tenant_id = $1 and connection_id = $2",
            tenant.as_uuid(),
            id.as_uuid()
        )
        .fetch_optional(&self.worker)
        .await?;
        self.opened(row).await
    }

    async fn opened(&self, row: Option<Row>) -> Result<Option<Connection>, Unavailable> {
        let Some(row) = row else { return Ok(None) };
        let tenant = TenantId::from(row.tenant_id);
        let credentials = self.open_secret(tenant, "connection", &row.credentials).await?;
        let credentials = String::from_utf8(credentials.to_vec()).map_err(|error| Unavailable {
            what: "a connection's credentials",
            reason: error.to_string(),
        })?;
        Ok(Some(Connection {
            tenant,
            id: row.connection_id.into(),
            provider: row.provider,
            token: row.token,
            signing: if row.signing == "off" { Signing::Off } else { Signing::Required },
            credentials: credentials.into(),
        }))
    }
}
