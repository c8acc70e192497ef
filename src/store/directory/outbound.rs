//! Where a firm lets calls go, and how many it placed today.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::application::ports::Unavailable;
use crate::domain::ids::TenantId;
use crate::domain::policy::outbound::{Allowance, DAILY_MAX, OutboundRules, Prefix};
use crate::store::{Store, TenantTx};

/// Where a firm lets calls go, as managers set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboundSettings {
    /// How numbers that may be called begin.
    pub prefixes: Vec<String>,
    /// Calls a day at most.
    pub daily_max: i32,
}

impl Default for OutboundSettings {
    fn default() -> Self {
        Self { prefixes: Vec::new(), daily_max: i32::try_from(DAILY_MAX).unwrap_or(i32::MAX) }
    }
}

impl Store {
    pub(super) async fn outbound_rules(
        &self,
        tenant: TenantId,
    ) -> Result<OutboundRules, Unavailable> {
        let row = sqlx::query_scalar!(
            "select prefixes from vestibule.outbound_rule where tenant_id = $1",
            tenant.as_uuid()
        )
        .fetch_optional(&self.worker)
        .await?;
        let prefixes = row.unwrap_or_default().into_iter().map(Prefix::try_from);
        let prefixes = prefixes.collect::<Result<_, _>>().map_err(|error| Unavailable {
            what: "a firm's rules for calls that it places",
            reason: error.to_string(),
        })?;
        Ok(OutboundRules { prefixes })
    }

    /// In one statement: either all of them are left, or none is taken.
    pub(super) async fn take_outbound(
        &self,
        tenant: TenantId,
        day: OffsetDateTime,
        calls: u32,
    ) -> Result<Allowance, Unavailable> {
        let calls = i32::try_from(calls).unwrap_or(i32::MAX);
        let taken = sqlx::query!(
            "insert into vestibule.outbound_day as today (tenant_id, day, calls)
             select $1, ($2::timestamptz at time zone 'utc')::date, $3::int
             where $3 <= coalesce((select daily_max from vestibule.outbound_rule where tenant_id = $1), $4)
             on conflict (tenant_id, day) do update set calls = today.calls + excluded.calls
             where today.calls + excluded.calls <= coalesce((select daily_max from vestibule.outbound_rule where tenant_id = $1), $4)",
            tenant.as_uuid(),
            day,
            calls,
            OutboundSettings::default().daily_max
        )
        .execute(&self.worker)
        .await?;
        Ok(if taken.rows_affected() == 1 { Allowance::Left } else { Allowance::Spent })
    }
}

impl TenantTx {
    /// Where the firm lets calls go.
    pub async fn outbound_settings(&mut self) -> Result<OutboundSettings, Unavailable> {
        let tenant = self.tenant().as_uuid();
        let row = sqlx::query_as!(
            OutboundSettings,
            "select prefixes, daily_max from vestibule.outbound_rule where tenant_id = $1",
            tenant
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(row.unwrap_or_default())
    }

    /// The line to call from: this one, or the oldest of this connection; if it is within reach.
    pub async fn line_to_call_from(
        &mut self,
        line: Option<Uuid>,
        connection: Option<Uuid>,
    ) -> Result<Option<Uuid>, Unavailable> {
        Ok(sqlx::query_scalar!(
            "select line_id from vestibule.line where line_id = $1 or connection_id = $2 order by line_id limit 1",
            line,
            connection
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Whether a building hides from its managers whom visits were for.
    pub async fn resident_calls(&mut self, building: Uuid) -> Result<Option<String>, Unavailable> {
        Ok(sqlx::query_scalar!(
            "select resident_calls from vestibule.building where building_id = $1",
            building
        )
        .fetch_optional(self.connection())
        .await?)
    }

    /// Sets it.
    pub async fn set_resident_calls(
        &mut self,
        building: Uuid,
        word: &str,
    ) -> Result<(), Unavailable> {
        sqlx::query!(
            "update vestibule.building set resident_calls = $2 where building_id = $1",
            building,
            word
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Sets where the firm lets calls go.
    pub async fn set_outbound(&mut self, settings: &OutboundSettings) -> Result<(), Unavailable> {
        let tenant = self.tenant().as_uuid();
        sqlx::query!(
            "insert into vestibule.outbound_rule (tenant_id, prefixes, daily_max) values ($1, $2, $3)
             on conflict (tenant_id) do update set prefixes = excluded.prefixes, daily_max = excluded.daily_max",
            tenant,
            &settings.prefixes,
            settings.daily_max
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
