//! Passes: whether a PIN opens, and how many wrong ones a caller gave.

use serde_json::Value;

use crate::application::ports::{PinLook, PinTry, Unavailable};
use crate::domain::call::signal::PinCheck;
use crate::domain::ids::{BuildingId, PassId, TenantId};
use crate::domain::local_time::Zone;
use crate::domain::phone_number::Caller;
use crate::domain::policy::block::Expires;
use crate::domain::policy::pass::Pass;
use crate::domain::policy::schedule::Schedule;
use crate::store::Store;

/// Uses of a pass within so many minutes are one visit.
const VISIT_MINUTES: f64 = 15.0;
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
        match self.pass_with(tenant, &attempt).await? {
            Some(pass) if self.begin_or_continue_visit(tenant, pass, &attempt).await? => {
                Ok(PinCheck::Opens(pass.0))
            }
            Some(_) | None => self.count_wrong_pin(tenant, &attempt).await,
        }
    }

    /// What is known of a PIN, without a visit begun or a failure counted. A pass without visits left is none.
    pub(super) async fn look_at_pin(
        &self,
        tenant: TenantId,
        attempt: &PinTry,
    ) -> Result<PinLook, Unavailable> {
        let pass = match self.known_pass(tenant, attempt).await? {
            Some((pass, _, visits_allowed))
                if self.has_visits_left(tenant, pass.id, visits_allowed, attempt).await? =>
            {
                Some(pass)
            }
            Some(_) | None => None,
        };
        let caller_hash = self.guesser(tenant, attempt).await?;
        let wrong_pins = self.wrong_pins(tenant, attempt.building, &caller_hash).await?;
        Ok(PinLook { pass, wrong_pins })
    }

    async fn has_visits_left(
        &self,
        tenant: TenantId,
        pass: PassId,
        visits_allowed: Option<i32>,
        attempt: &PinTry,
    ) -> Result<bool, Unavailable> {
        let left = sqlx::query_scalar!(
            r#"select $3::int is null or count(*) < $3
                      or coalesce(bool_or(began_at > $4::timestamptz - $5 * interval '1 minute' and began_at <= $4), false) as "left!"
               from vestibule.pass_visit where tenant_id = $1 and pass_id = $2"#,
            tenant.as_uuid(),
            pass.as_uuid(),
            visits_allowed,
            attempt.at,
            VISIT_MINUTES
        )
        .fetch_one(&self.worker)
        .await?;
        Ok(left)
    }

    /// The pass that opens with this PIN, here and now, visits aside.
    async fn pass_with(
        &self,
        tenant: TenantId,
        attempt: &PinTry,
    ) -> Result<Option<(PassId, Option<i32>)>, Unavailable> {
        let known = self.known_pass(tenant, attempt).await?;
        let opens = known.filter(|(pass, zone, _)| pass.opens(attempt.entrance, attempt.at, zone));
        Ok(opens.map(|(pass, _, visits_allowed)| (pass.id, visits_allowed)))
    }

    /// The pass that this PIN belongs to, the zone of its building, and the visits that it is good for.
    async fn known_pass(
        &self,
        tenant: TenantId,
        attempt: &PinTry,
    ) -> Result<Option<(Pass, Zone, Option<i32>)>, Unavailable> {
        let hash = self.pin_hash(tenant, &attempt.pin).await?;
        let row = sqlx::query!(
            r#"select pass_id, valid_from, valid_until, pass.hours as "own_hours", schedule.hours as "schedule?", visits_allowed, entrances, time_zone
               from vestibule.pass pass
               join vestibule.building using (tenant_id, building_id)
               left join vestibule.schedule schedule using (tenant_id, schedule_id)
               where tenant_id = $1 and building_id = $2 and pin_hash = $3 and revoked_at is null"#,
            tenant.as_uuid(),
            attempt.building.as_uuid(),
            &hash[..]
        )
        .fetch_optional(&self.worker)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let zone =
            Zone::parse(&row.time_zone).map_err(|error| unreadable("a time zone", &error))?;
        let read = |hours: Value| {
            serde_json::from_value::<Schedule>(hours).map_err(|error| unreadable("hours", &error))
        };
        let pass = Pass {
            id: row.pass_id.into(),
            valid_from: row.valid_from,
            valid_until: row.valid_until.map_or(Expires::Never, Expires::At),
            hours: [row.own_hours.map(read).transpose()?, row.schedule.map(read).transpose()?]
                .into_iter()
                .flatten()
                .collect(),
            entrances: row.entrances.into_iter().map(Into::into).collect(),
        };
        Ok(Some((pass, zone, row.visits_allowed)))
    }

    /// Uses within a quarter of an hour are one visit. False: all visits are used up. Two uses at once are one after the other.
    async fn begin_or_continue_visit(
        &self,
        tenant: TenantId,
        (pass, visits_allowed): (PassId, Option<i32>),
        attempt: &PinTry,
    ) -> Result<bool, Unavailable> {
        let used = sqlx::query_scalar!(
            r#"with this as materialized (
                   select tenant_id, pass_id, building_id from vestibule.pass where tenant_id = $1 and pass_id = $2 for update),
               going_on as (
                   update vestibule.pass_visit visit set used_at = greatest(used_at, $3)
                   from this
                   where visit.tenant_id = this.tenant_id and visit.pass_id = this.pass_id
                     and visit.began_at > $3::timestamptz - $6 * interval '1 minute' and visit.began_at <= $3
                   returning visit.pass_id),
               begun as (
                   insert into vestibule.pass_visit (tenant_id, building_id, pass_id, began_at, used_at, entrance_id)
                   select tenant_id, building_id, pass_id, $3, $3, $4 from this
                   where not exists (select from going_on)
                     and ($5::int is null
                          or (select count(*) from vestibule.pass_visit visit where visit.tenant_id = this.tenant_id and visit.pass_id = this.pass_id) < $5)
                   returning pass_id)
               select (exists (select from going_on) or exists (select from begun)) as "used!""#,
            tenant.as_uuid(),
            pass.as_uuid(),
            attempt.at,
            attempt.entrance.as_uuid(),
            visits_allowed,
            VISIT_MINUTES
        )
        .fetch_one(&self.worker)
        .await?;
        Ok(used)
    }

    async fn count_wrong_pin(
        &self,
        tenant: TenantId,
        attempt: &PinTry,
    ) -> Result<PinCheck, Unavailable> {
        let caller_hash = self.guesser(tenant, attempt).await?;
        sqlx::query!(
            "insert into vestibule.pin_failure (tenant_id, building_id, caller_hash, delivery_key) values ($1, $2, $3, $4) on conflict do nothing",
            tenant.as_uuid(),
            attempt.building.as_uuid(),
            &caller_hash[..],
            &attempt.delivery[..]
        )
        .execute(&self.worker)
        .await?;
        let wrong_pins = self.wrong_pins(tenant, attempt.building, &caller_hash).await?;
        Ok(PinCheck::Wrong { wrong_pins })
    }

    async fn guesser(&self, tenant: TenantId, attempt: &PinTry) -> Result<[u8; 32], Unavailable> {
        match &attempt.caller {
            Caller::Known(number) => self.caller_hash(tenant, number.as_e164()).await,
            // All who hide their number count as one.
            Caller::Withheld => self.caller_hash(tenant, "withheld").await,
        }
    }

    /// What wrong PINs are counted by, instead of the number itself.
    pub(in crate::store) async fn caller_hash(
        &self,
        tenant: TenantId,
        caller: &str,
    ) -> Result<[u8; 32], Unavailable> {
        Ok(self.tenant_key(tenant).await?.hash("caller", caller.as_bytes()))
    }

    /// Wrong PINs of this caller within the window that counts.
    async fn wrong_pins(
        &self,
        tenant: TenantId,
        building: BuildingId,
        caller_hash: &[u8; 32],
    ) -> Result<u32, Unavailable> {
        let wrong = sqlx::query_scalar!(
            r#"select count(*) as "wrong!" from vestibule.pin_failure
               where tenant_id = $1 and building_id = $2 and caller_hash = $3 and failed_at > clock_timestamp() - $4 * interval '1 hour'"#,
            tenant.as_uuid(),
            building.as_uuid(),
            &caller_hash[..],
            WINDOW_HOURS
        )
        .fetch_one(&self.worker)
        .await?;
        Ok(u32::try_from(wrong).unwrap_or(u32::MAX))
    }
}

fn unreadable(what: &'static str, error: &dyn std::fmt::Display) -> Unavailable {
    Unavailable { what, reason: error.to_string() }
}
