//! The configuration behind a line, as `decide` wants it. Kept in memory while the building's version is the same.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::civil;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::sync::RwLock;
use uuid::Uuid;

use super::flows::Shared;
use crate::application::ports::{LineCalled, LineKey, Unavailable};
use crate::domain::ids::{BuildingId, EntranceId, TenantId, UnitId};
use crate::domain::local_time::Zone;
use crate::domain::phone_number::{Caller, PhoneNumber};
use crate::domain::policy::allowlist::AllowlistEntry;
use crate::domain::policy::block::{Block, Expires};
use crate::domain::policy::capabilities::Capabilities;
use crate::domain::policy::flow::Flow;
use crate::domain::policy::{
    Building, Entrance, LeadsTo, Limits, Line, Policy, Resident, Unit, Visitor,
};
use crate::store::Store;

/// Buildings in memory, each as of a version.
#[derive(Debug, Default)]
pub(super) struct Copies(RwLock<HashMap<(TenantId, BuildingId), Copy>>);

/// A building as of a version.
type Copy = (i64, Arc<Configuration>);

/// All of a building that calls need.
#[derive(Debug)]
struct Configuration {
    building: Building,
    entrances: Vec<Entrance>,
    /// How units ring from an entrance, that have no flow of their own.
    entrance_flows: HashMap<EntranceId, Flow>,
    units: Vec<Unit>,
    /// The units that have none of their own.
    follow_entrance: HashSet<UnitId>,
    allowlist: Vec<AllowlistEntry>,
    own_numbers: BTreeSet<PhoneNumber>,
}

/// A line, and how its building is doing.
struct LineRow {
    line_id: Uuid,
    connection_id: Uuid,
    building_id: Uuid,
    number: String,
    entrance_id: Option<Uuid>,
    unit_id: Option<Uuid>,
    config_version: i64,
}

impl Store {
    pub(super) async fn policy(
        &self,
        copies: &Copies,
        called: LineCalled,
        caller: Caller,
    ) -> Result<Option<Policy>, Unavailable> {
        let Some(row) = self.line(&called).await? else { return Ok(None) };
        let configuration = self
            .configuration(copies, called.tenant, row.building_id.into(), row.config_version)
            .await?;
        let leads_to = match (row.entrance_id, row.unit_id) {
            (Some(entrance), _) => LeadsTo::Entrance(entrance.into()),
            (None, Some(unit)) => LeadsTo::Unit(unit.into()),
            (None, None) => return Ok(None),
        };
        let Some(entrance) = configuration.entrance_of(leads_to) else { return Ok(None) };
        let visitor = self.visitor(called.tenant, row.building_id.into(), caller).await?;
        Ok(Some(Policy {
            building: configuration.building.clone(),
            line: Line {
                id: row.line_id.into(),
                connection: row.connection_id.into(),
                number: number(row.number)?,
                leads_to,
            },
            units: configuration.units_from(entrance.id),
            entrance,
            allowlist: configuration.allowlist.clone(),
            own_numbers: configuration.own_numbers.clone(),
            visitor,
            // Vonage can not refuse before it answers.
            capabilities: Capabilities {
                rejects_unanswered: false,
                speech: true,
                conference: true,
                machine_detection: true,
            },
            limits: Limits::default(),
        }))
    }

    async fn line(&self, called: &LineCalled) -> Result<Option<LineRow>, Unavailable> {
        let (id, connection, number) = match &called.line {
            LineKey::Id(id) => (Some(id.as_uuid()), None, None),
            LineKey::Number(connection, number) => {
                (None, Some(connection.as_uuid()), Some(number.as_e164()))
            }
        };
        Ok(sqlx::query_as!(
            LineRow,
            "select line_id, connection_id, line.building_id, number, entrance_id, unit_id, config_version
             from vestibule.line line join vestibule.building building using (tenant_id, building_id)
             where tenant_id = $1 and ($2::uuid is null or line_id = $2)
               and ($3::uuid is null or (connection_id = $3 and number = $4))",
            called.tenant.as_uuid(),
            id,
            connection,
            number
        )
        .fetch_optional(&self.worker)
        .await?)
    }

    async fn configuration(
        &self,
        copies: &Copies,
        tenant: TenantId,
        building: BuildingId,
        version: i64,
    ) -> Result<Arc<Configuration>, Unavailable> {
        if let Some((known, configuration)) = copies.0.read().await.get(&(tenant, building))
            && *known == version
        {
            return Ok(Arc::clone(configuration));
        }
        let configuration = Arc::new(load(&self.worker, tenant, building).await?);
        copies.0.write().await.insert((tenant, building), (version, Arc::clone(&configuration)));
        Ok(configuration)
    }

    async fn visitor(
        &self,
        tenant: TenantId,
        building: BuildingId,
        caller: Caller,
    ) -> Result<Visitor, Unavailable> {
        let Caller::Known(number) = &caller else {
            return Ok(Visitor { caller, subject: None, block: None });
        };
        // By hand, by number; or by too many wrong PINs, by the caller's subject, from a read model whose tables change with its
        // generation.
        let hash = self.number_hash(tenant, number).await?;
        let block: Option<(Uuid, Option<OffsetDateTime>)> = sqlx::query_as(
            "select block_id, expires_at from vestibule.block
             where tenant_id = $1 and building_id = $2 and lifted_at is null
               and (number = $3 or (kind = 'prefix' and starts_with($3, number)))
               and (expires_at is null or expires_at > clock_timestamp())
             union all
             select block_id, expires_at from vestibule.spam_block block
             join es.subject_key subject on subject.tenant_id = block.tenant_id and subject.subject_id = block.caller_id
             where block.tenant_id = $1 and building_id = $2 and subject.lookup_hash = $4
             order by expires_at desc nulls first
             limit 1",
        )
        .bind(tenant.as_uuid())
        .bind(building.as_uuid())
        .bind(number.as_e164())
        .bind(&hash[..])
        .fetch_optional(&self.worker)
        .await?;
        let block = block.map(|(id, expires_at)| Block {
            id: id.into(),
            expires: expires_at.map_or(Expires::Never, Expires::At),
        });
        Ok(Visitor { caller, subject: None, block })
    }
}

impl Configuration {
    /// The units as they ring from this entrance.
    fn units_from(&self, entrance: EntranceId) -> Vec<Unit> {
        let mut units = self.units.clone();
        if let Some(flow) = self.entrance_flows.get(&entrance) {
            for unit in units.iter_mut().filter(|unit| self.follow_entrance.contains(&unit.id)) {
                unit.flow = flow.clone();
            }
        }
        units
    }

    /// The line's entrance; a line that leads to a unit belongs to the building's first one.
    fn entrance_of(&self, leads_to: LeadsTo) -> Option<Entrance> {
        match leads_to {
            LeadsTo::Entrance(id) => {
                self.entrances.iter().find(|entrance| entrance.id == id).cloned()
            }
            LeadsTo::Unit(_) => self.entrances.first().cloned(),
        }
    }
}

async fn load(
    pool: &PgPool,
    tenant: TenantId,
    id: BuildingId,
) -> Result<Configuration, Unavailable> {
    let (t, b) = (tenant.as_uuid(), id.as_uuid());
    let row = sqlx::query!(
        "select name, time_zone, language, region, strangers, withheld, concierge, flow, flow_id from vestibule.building where tenant_id = $1 and building_id = $2",
        t,
        b
    )
    .fetch_one(pool)
    .await?;
    let building = Building {
        id,
        tenant,
        name: row.name,
        zone: Zone::parse(&row.time_zone).map_err(|error| unreadable("a time zone", &error))?,
        language: row.language,
        region: row.region,
        strangers: word(&row.strangers)?,
        withheld: word(&row.withheld)?,
        concierge: row.concierge.map(number).transpose()?,
    };
    let shared = Shared::load(pool, tenant).await?;
    let building_flow = shared.flow(row.flow, row.flow_id)?.unwrap_or_default();

    let (entrances, entrance_flows) = entrances(pool, tenant, id, &shared).await?;
    let (units, follow_entrance) = units(pool, tenant, id, &shared, &building_flow).await?;

    let rows = sqlx::query!("select entry_id, number from vestibule.allowlist_entry where tenant_id = $1 and building_id = $2 order by entry_id", t, b)
        .fetch_all(pool)
        .await?;
    let allowlist = rows
        .into_iter()
        .map(|row| Ok(AllowlistEntry { id: row.entry_id.into(), number: number(row.number)? }));
    let allowlist = allowlist.collect::<Result<Vec<_>, Unavailable>>()?;
    // All of the firm's lines: a call between two of its buildings would be a loop as well.
    let rows = sqlx::query_scalar!("select number from vestibule.line where tenant_id = $1", t)
        .fetch_all(pool)
        .await?;
    let own_numbers = rows.into_iter().map(number).collect::<Result<_, _>>()?;
    Ok(Configuration {
        building,
        entrances,
        entrance_flows,
        units,
        follow_entrance,
        allowlist,
        own_numbers,
    })
}

/// A building's entrances, and how units ring from them that have no flow of their own.
async fn entrances(
    pool: &PgPool,
    tenant: TenantId,
    building: BuildingId,
    shared: &Shared,
) -> Result<(Vec<Entrance>, HashMap<EntranceId, Flow>), Unavailable> {
    let rows = sqlx::query!(
        "select entrance_id, name, panel_numbers, panel, flow_id from vestibule.entrance where tenant_id = $1 and building_id = $2 order by entrance_id",
        tenant.as_uuid(),
        building.as_uuid()
    )
    .fetch_all(pool)
    .await?;
    let mut entrances = Vec::with_capacity(rows.len());
    let mut flows = HashMap::new();
    for row in rows {
        if let Some(flow) = shared.flow(None, row.flow_id)? {
            flows.insert(EntranceId::from(row.entrance_id), flow);
        }
        let panel_numbers = row.panel_numbers.into_iter().map(number).collect::<Result<_, _>>()?;
        entrances.push(Entrance {
            id: EntranceId::from(row.entrance_id),
            name: row.name,
            panel_numbers,
            panel: document(row.panel)?,
        });
    }
    Ok((entrances, flows))
}

/// A building's units with their residents, and which of them have no flow of their own.
async fn units(
    pool: &PgPool,
    tenant: TenantId,
    building: BuildingId,
    shared: &Shared,
    building_flow: &Flow,
) -> Result<(Vec<Unit>, HashSet<UnitId>), Unavailable> {
    let mut residents = residents(pool, tenant, building, shared).await?;
    let rows = sqlx::query!(
        "select unit_id, name, code, flow, flow_id from vestibule.unit where tenant_id = $1 and building_id = $2 order by name collate \"C\"",
        tenant.as_uuid(),
        building.as_uuid()
    )
    .fetch_all(pool)
    .await?;
    let mut units = Vec::with_capacity(rows.len());
    let mut follow_entrance = HashSet::new();
    for row in rows {
        let unit = UnitId::from(row.unit_id);
        let own = shared.flow(row.flow, row.flow_id)?;
        if own.is_none() {
            follow_entrance.insert(unit);
        }
        units.push(Unit {
            id: unit,
            name: row.name,
            code: row.code,
            flow: own.unwrap_or_else(|| building_flow.clone()),
            residents: residents.remove(&unit).unwrap_or_default(),
        });
    }
    Ok((units, follow_entrance))
}

async fn residents(
    pool: &PgPool,
    tenant: TenantId,
    building: BuildingId,
    shared: &Shared,
) -> Result<HashMap<UnitId, Vec<Resident>>, Unavailable> {
    let rows = sqlx::query!(
        "select resident_id, unit_id, numbers, language, moved_in::text, moved_out::text, do_not_disturb_until, quiet_hours_id, presence
         from vestibule.resident
         where tenant_id = $1 and building_id = $2
         order by ring_order, place",
        tenant.as_uuid(),
        building.as_uuid()
    )
    .fetch_all(pool)
    .await?;
    let mut residents: HashMap<UnitId, Vec<Resident>> = HashMap::new();
    for row in rows {
        let resident = Resident {
            id: row.resident_id.into(),
            numbers: row.numbers.into_iter().map(number).collect::<Result<_, _>>()?,
            language: row.language,
            moved_in: row.moved_in.as_deref().map(date).transpose()?,
            moved_out: row.moved_out.as_deref().map(date).transpose()?,
            do_not_disturb_until: row.do_not_disturb_until,
            quiet_hours: row.quiet_hours_id.map(|id| shared.schedule(id)).transpose()?,
            presence: word(&row.presence)?,
        };
        residents.entry(row.unit_id.into()).or_default().push(resident);
    }
    Ok(residents)
}

fn number(text: String) -> Result<PhoneNumber, Unavailable> {
    PhoneNumber::try_from(text).map_err(|error| unreadable("a phone number", &error))
}

fn date(text: &str) -> Result<civil::Date, Unavailable> {
    text.parse().map_err(|error| unreadable("a date", &error))
}

pub(super) fn document<T: DeserializeOwned>(value: Value) -> Result<T, Unavailable> {
    serde_json::from_value(value).map_err(|error| unreadable("a document", &error))
}

fn word<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, Unavailable> {
    document(Value::String(text.to_owned()))
}

pub(super) fn unreadable(what: &'static str, error: &dyn std::fmt::Display) -> Unavailable {
    Unavailable { what, reason: error.to_string() }
}
