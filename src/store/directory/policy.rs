//! The configuration behind a line, as `decide` wants it. Kept in memory while the building's version is the same.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::civil;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::sync::RwLock;
use uuid::Uuid;

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
    units: Vec<Unit>,
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
            entrance,
            units: configuration.units.clone(),
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
             where tenant_id = $1 and building_id = $2 and number = $3 and lifted_at is null
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
        "select name, time_zone, language, region, strangers, withheld, concierge, flow from vestibule.building where tenant_id = $1 and building_id = $2",
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
    let building_flow: Flow = row.flow.map(document).transpose()?.unwrap_or_default();

    let rows = sqlx::query!("select entrance_id, name, panel_numbers, panel from vestibule.entrance where tenant_id = $1 and building_id = $2 order by entrance_id", t, b)
        .fetch_all(pool)
        .await?;
    let mut entrances = Vec::with_capacity(rows.len());
    for row in rows {
        let panel_numbers = row.panel_numbers.into_iter().map(number).collect::<Result<_, _>>()?;
        entrances.push(Entrance {
            id: EntranceId::from(row.entrance_id),
            name: row.name,
            panel_numbers,
            panel: document(row.panel)?,
        });
    }

    let mut residents = residents(pool, tenant, id).await?;
    let rows = sqlx::query!("select unit_id, name, code, flow from vestibule.unit where tenant_id = $1 and building_id = $2 order by name collate \"C\"", t, b)
        .fetch_all(pool)
        .await?;
    let mut units = Vec::with_capacity(rows.len());
    for row in rows {
        let unit = UnitId::from(row.unit_id);
        let flow = row.flow.map(document).transpose()?.unwrap_or_else(|| building_flow.clone());
        units.push(Unit {
            id: unit,
            name: row.name,
            code: row.code,
            flow,
            residents: residents.remove(&unit).unwrap_or_default(),
        });
    }

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
    Ok(Configuration { building, entrances, units, allowlist, own_numbers })
}

async fn residents(
    pool: &PgPool,
    tenant: TenantId,
    building: BuildingId,
) -> Result<HashMap<UnitId, Vec<Resident>>, Unavailable> {
    let rows = sqlx::query!(
        "select resident_id, unit_id, numbers, language, moved_in::text, moved_out::text, do_not_disturb_until, presence
         from vestibule.resident
         where tenant_id = $1 and building_id = $2
         order by place",
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

fn document<T: DeserializeOwned>(value: Value) -> Result<T, Unavailable> {
    serde_json::from_value(value).map_err(|error| unreadable("a document", &error))
}

fn word<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, Unavailable> {
    document(Value::String(text.to_owned()))
}

fn unreadable(what: &'static str, error: &dyn std::fmt::Display) -> Unavailable {
    Unavailable { what, reason: error.to_string() }
}
