//! The configuration behind a line, as `decide` wants it. Kept in memory while the building's version is the same.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::civil;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::types::Json;
use tokio::sync::RwLock;

use super::flows::Shared;
use super::lines::LineAsked;
use super::streams::{self, Sets};
use super::views::WaitMusic;
use crate::application::ports::{LineCalled, Unavailable};
use crate::domain::copy_on_write::CopyOnWrite;
use crate::domain::ids::{BuildingId, EntranceId, LineId, SubjectId, TenantId, UnitId};
use crate::domain::local_time::Zone;
use crate::domain::phone_number::{Caller, PhoneNumber};
use crate::domain::policy::allowlist::AllowlistEntry;
use crate::domain::policy::block::{Block, Expires};
use crate::domain::policy::capabilities::Capabilities;
use crate::domain::policy::flow::Flow;
use crate::domain::policy::streams::StreamSet;
use crate::domain::policy::{
    Building, Entrance, LeadsTo, Limits, Line, PinLimits, Policy, Resident, Unit, Visitor,
};
use crate::store::Store;
use crate::store::pool::Pool;

/// Buildings in memory, each as of a version.
#[derive(Debug, Default)]
pub(super) struct Copies(RwLock<HashMap<(TenantId, BuildingId), Copy>>);

/// What a carrier of this name can do; nothing if there is no such carrier.
pub type CapabilitiesOf = fn(&str) -> Option<Capabilities>;

/// A building as of a version.
type Copy = (i64, Arc<Configuration>);

/// All of a building that calls need.
#[derive(Debug)]
struct Configuration {
    building: Building,
    entrances: Vec<Entrance>,
    /// The units as they ring from entrances that say nothing about it.
    units: CopyOnWrite<Vec<Unit>>,
    /// The same from entrances that do.
    units_from: HashMap<EntranceId, CopyOnWrite<Vec<Unit>>>,
    allowlist: CopyOnWrite<Vec<AllowlistEntry>>,
    own_numbers: CopyOnWrite<BTreeSet<PhoneNumber>>,
    limits: Limits,
    /// The building's own, and those of its lines.
    streams: Sets,
}

impl Store {
    pub(super) async fn policy(
        &self,
        (copies, capabilities_of): (&Copies, CapabilitiesOf),
        called: LineCalled,
        caller: Caller,
    ) -> Result<Option<Policy>, Unavailable> {
        let tenant = called.tenant;
        let caller_hash = self.caller_hash(tenant, &caller).await?;
        let asked = LineAsked { called, caller: caller.clone(), caller_hash };
        let Some(row) = self.lines.ask(asked).await? else { return Ok(None) };
        let capabilities = capabilities_of(&row.provider)
            .ok_or_else(|| unreadable("a carrier's name", &row.provider))?;
        let configuration =
            self.configuration(copies, tenant, row.building_id.into(), row.config_version).await?;
        let leads_to = match (row.entrance_id, row.unit_id) {
            (Some(entrance), _) => LeadsTo::Entrance(entrance.into()),
            (None, Some(unit)) => LeadsTo::Unit(unit.into()),
            (None, None) if row.leads_to_stream => LeadsTo::Stream,
            (None, None) if row.is_watched => LeadsTo::Watched,
            (None, None) => return Ok(None),
        };
        let Some(entrance) = configuration.entrance_of(leads_to) else { return Ok(None) };
        let block = row.block_id.map(|id| Block {
            id: id.into(),
            expires: row.block_expires_at.map_or(Expires::Never, Expires::At),
        });
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
            visitor: Visitor { caller, subject: row.subject_id.map(SubjectId::from), block },
            streams: configuration.streams_of(row.line_id.into()),
            capabilities,
            limits: configuration.limits.clone(),
        }))
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
}

impl Configuration {
    /// The units as they ring from this entrance.
    fn units_from(&self, entrance: EntranceId) -> CopyOnWrite<Vec<Unit>> {
        self.units_from.get(&entrance).unwrap_or(&self.units).clone()
    }

    /// Who hears a line's calls: its own backends, else the building's.
    fn streams_of(&self, line: LineId) -> StreamSet {
        let own = self.streams.get(&Some(line)).or_else(|| self.streams.get(&None));
        own.cloned().unwrap_or_default()
    }

    /// The line's entrance; one that leads to a unit or to backends belongs to the building's first one.
    fn entrance_of(&self, leads_to: LeadsTo) -> Option<Entrance> {
        match leads_to {
            LeadsTo::Entrance(id) => {
                self.entrances.iter().find(|entrance| entrance.id == id).cloned()
            }
            LeadsTo::Unit(_) | LeadsTo::Stream | LeadsTo::Watched => {
                self.entrances.first().cloned()
            }
        }
    }
}

async fn load(pool: &Pool, tenant: TenantId, id: BuildingId) -> Result<Configuration, Unavailable> {
    let (t, b) = (tenant.as_uuid(), id.as_uuid());
    let row = sqlx::query!(
        "select name, time_zone, language, region, strangers, withheld, concierge, wait_music as \"wait_music: Json<WaitMusic>\", flow, flow_id,
                wrong_pins_max, wrong_pins_within_hours, pin_block_hours
         from vestibule.building where tenant_id = $1 and building_id = $2",
        t,
        b
    )
    .fetch_one(pool)
    .await?;
    let pins = pin_limits(row.wrong_pins_max, row.wrong_pins_within_hours, row.pin_block_hours);
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
        wait_music: row.wait_music.0.music(),
    };
    let shared = Shared::load(pool, tenant).await?;
    let building_flow = shared.flow(row.flow, row.flow_id)?.unwrap_or_default();

    let (entrances, entrance_flows) = entrances(pool, tenant, id, &shared).await?;
    let (units, follow_entrance) = units(pool, tenant, id, &shared, &building_flow).await?;
    let units_from = entrance_flows
        .into_iter()
        .map(|(entrance, flow)| (entrance, ringing_by(&flow, &units, &follow_entrance).into()))
        .collect();

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
    let own_numbers = rows.into_iter().map(number).collect::<Result<BTreeSet<_>, _>>()?;
    let streams = streams::sets(pool, tenant, id).await?;
    Ok(Configuration {
        building,
        entrances,
        units: units.into(),
        units_from,
        allowlist: allowlist.into(),
        own_numbers: own_numbers.into(),
        limits: Limits { pins, ..Limits::default() },
        streams,
    })
}

/// The units as they ring where those without a flow of their own follow this one.
fn ringing_by(flow: &Flow, units: &[Unit], follow_entrance: &HashSet<UnitId>) -> Vec<Unit> {
    let mut units = units.to_vec();
    for unit in units.iter_mut().filter(|unit| follow_entrance.contains(&unit.id)) {
        unit.flow = flow.clone();
    }
    units
}

/// A building's limits, as its row has them.
pub(in crate::store) fn pin_limits(most: i32, within_hours: i32, block_hours: i32) -> PinLimits {
    let hours = |hours: i32| Duration::from_secs(3600 * u64::try_from(hours).unwrap_or_default());
    PinLimits {
        wrong_pins: u32::try_from(most).unwrap_or_default(),
        within: hours(within_hours),
        block_for: hours(block_hours),
    }
}

/// A building's entrances, and how units ring from them that have no flow of their own.
async fn entrances(
    pool: &Pool,
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
    pool: &Pool,
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
    pool: &Pool,
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

pub(super) fn word<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, Unavailable> {
    document(Value::String(text.to_owned()))
}

pub(super) fn unreadable(what: &'static str, error: &dyn std::fmt::Display) -> Unavailable {
    Unavailable { what, reason: error.to_string() }
}
