//! Passes: whether a PIN opens, and how many wrong ones a caller gave.

use crate::application::ports::{PinTry, Unavailable};
use crate::domain::call::signal::PinCheck;
use crate::domain::ids::TenantId;
use crate::domain::local_time::Zone;
use crate::domain::phone_number::Caller;
use crate::domain::policy::pass::{Pass, Uses};
use crate::store::Store;

/// Wrong PINs count for so many hours.
const WINDOW_HOURS: f64 = 24.0;

impl Store {
    /// The keyed hash under which a building's PIN is stored.
    pub async fn pin_hash(&self, tenant: TenantId, pin: &str) -> Result<[u8; 32], Unavailable> {
        Ok(self.tenant_key(tenant).await?.hash("pin", pin.as_bytes()))
    }

    pub(super) async fn check_pin(
        &self,
        tenant: TenantId,
        attempt: PinTry,
    ) -> Result<PinCheck, Unavailable> {
        let hash = self.pin_hash(tenant, &attempt.pin).await?;
        let row = sqlx::query!(
            "select pass_id, valid_from, valid_until, hours, uses_left, entrances, time_zone
             from vestibule.pass join vestibule.building using (tenant_id, building_id)
             where tenant_id = $1 and building_id = $2 and pin_hash = $3 and revoked_at is null",
            tenant.as_uuid(),
            attempt.building.as_uuid(),
            &hash[..]
        )
        .fetch_optional(&self.worker)
        .await?;
        if let Some(row) = row {
            let zone = Zone::parse(&row.time_zone)
                .map_err(|error| Unavailable { what: "a time zone", reason: error.to_string() })?;
            let pass = Pass {
                id: row.pass_id.into(),
                valid_from: row.valid_from,
                valid_until: row.valid_until,
                hours: row.hours.and_then(|hours| serde_json::from_value(hours).ok()),
                uses: row
                    .uses_left
                    .map_or(Uses::Unlimited, |left| Uses::Left(u32::try_from(left).unwrap_or(0))),
                entrances: row.entrances.into_iter().map(Into::into).collect(),
            };
            if pass.opens(attempt.entrance, attempt.at, &zone) {
                return Ok(PinCheck::Opens(pass.id));
            }
        }
        self.count_wrong_pin(tenant, &attempt).await
    }

    /// What wrong PINs are counted by, instead of the number itself.
    pub(in crate::store) async fn caller_hash(
        &self,
        tenant: TenantId,
        caller: &str,
    ) -> Result<[u8; 32], Unavailable> {
        Ok(self.tenant_key(tenant).await?.hash("caller", caller.as_bytes()))
    }

    async fn count_wrong_pin(
        &self,
        tenant: TenantId,
        attempt: &PinTry,
    ) -> Result<PinCheck, Unavailable> {
        let caller_hash = match &attempt.caller {
            Caller::Known(number) => self.caller_hash(tenant, number.as_e164()).await?,
            // All who hide their number count as one.
            Caller::Withheld => self.caller_hash(tenant, "withheld").await?,
        };
        sqlx::query!(
            "insert into vestibule.pin_failure (tenant_id, building_id, caller_hash, delivery_key) values ($1, $2, $3, $4) on conflict do nothing",
            tenant.as_uuid(),
            attempt.building.as_uuid(),
            &caller_hash[..],
            &attempt.delivery[..]
        )
        .execute(&self.worker)
        .await?;
        let wrong = sqlx::query_scalar!(
            r#"select count(*) as "wrong!" from vestibule.pin_failure
               where tenant_id = $1 and building_id = $2 and caller_hash = $3 and failed_at > clock_timestamp() - $4 * interval '1 hour'"#,
            tenant.as_uuid(),
            attempt.building.as_uuid(),
            &caller_hash[..],
            WINDOW_HOURS
        )
        .fetch_one(&self.worker)
        .await?;
        Ok(PinCheck::Wrong { wrong_pins: u32::try_from(wrong).unwrap_or(u32::MAX) })
    }
}
