//! Passes at the door: which one a PIN belongs to, and the visits that it is good for.

use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::policy::unreadable;
use crate::application::ports::{PinTry, Unavailable};
use crate::domain::ids::{BuildingId, PassId, TenantId};
use crate::domain::local_time::Zone;
use crate::domain::policy::block::Expires;
use crate::domain::policy::pass::Pass;
use crate::domain::policy::schedule::Schedule;

/// Uses of a pass within so many minutes are one visit.
const VISIT_MINUTES: f64 = 15.0;

/// Whether a pass has visits left, or one that goes on.
pub(super) async fn has_visits_left(
    connection: &mut PgConnection,
    tenant: TenantId,
    (pass, visits_allowed): (PassId, Option<i32>),
    at: OffsetDateTime,
) -> Result<bool, Unavailable> {
    let left = sqlx::query_scalar!(
        r#"select $3::int is null or count(*) < $3
                  or coalesce(bool_or(began_at > $4::timestamptz - $5 * interval '1 minute' and began_at <= $4), false) as "left!"
           from vestibule.pass_visit where tenant_id = $1 and pass_id = $2"#,
        tenant.as_uuid(),
        pass.as_uuid(),
        visits_allowed,
        at,
        VISIT_MINUTES
    )
    .fetch_one(connection)
    .await?;
    Ok(left)
}

/// The pass that this PIN belongs to, the zone of its building, and the visits that it is good for.
pub(super) async fn known_pass(
    connection: &mut PgConnection,
    tenant: TenantId,
    building: BuildingId,
    pin_hash: &[u8; 32],
) -> Result<Option<(Pass, Zone, Option<i32>)>, Unavailable> {
    let row = sqlx::query!(
        r#"select pass_id, valid_from, valid_until, pass.hours as "own_hours", schedule.hours as "schedule?", visits_allowed, entrances, time_zone
           from vestibule.pass pass
           join vestibule.building using (tenant_id, building_id)
           left join vestibule.schedule schedule using (tenant_id, schedule_id)
           where tenant_id = $1 and building_id = $2 and pin_hash = $3 and revoked_at is null"#,
        tenant.as_uuid(),
        building.as_uuid(),
        &pin_hash[..]
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let zone = Zone::parse(&row.time_zone).map_err(|error| unreadable("a time zone", &error))?;
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
pub(super) async fn begin_or_continue_visit(
    tx: &mut PgConnection,
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
    .fetch_one(tx)
    .await?;
    Ok(used)
}
