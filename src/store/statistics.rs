//! Reading statistics, and the calls that they count. The read models' tables change with their generation, so these queries are checked
//! by tests instead of by the compiler.

use sqlx::FromRow;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Reach, Store, TenantTx};
use crate::application::ports::Unavailable;
use crate::domain::ids::{CallId, EventId};
use crate::domain::phone_number::PhoneNumber;
use crate::domain::statistics::{Counts, Waits};

/// Which calls are counted.
#[derive(Clone, Debug)]
pub struct Counted {
    /// At this building.
    pub building: Option<Uuid>,
    /// At this entrance.
    pub entrance: Option<Uuid>,
    /// For this unit.
    pub unit: Option<Uuid>,
    /// In which this resident was rung: then it is counted what they did.
    pub resident: Option<Uuid>,
    /// From this quarter hour on.
    pub from: OffsetDateTime,
    /// Before this one.
    pub to: OffsetDateTime,
}

/// What calls are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Their building.
    Building,
    /// Their entrance.
    Entrance,
    /// Their unit.
    Unit,
    /// The residents who were rung.
    Resident,
}

/// Counts of a quarter hour, in a zone.
#[derive(Clone, Debug)]
pub struct QuarterCounts {
    /// The zone of the buildings.
    pub time_zone: String,
    /// When it began.
    pub quarter: OffsetDateTime,
    /// The counts.
    pub counts: Counts,
}

/// How often a caller was refused in a quarter hour at a building.
#[derive(Clone, Debug, FromRow)]
pub struct SpamQuarter {
    /// The building.
    pub building_id: Uuid,
    /// Its zone.
    pub time_zone: String,
    /// When it began.
    pub quarter: OffsetDateTime,
    /// Stands for the caller's number; nil: withheld.
    pub caller_id: Uuid,
    /// How often they called.
    pub calls: i64,
    /// How often they were refused.
    pub rejected: i64,
    /// How many wrong PINs they gave.
    pub wrong_pins: i64,
    /// How often they were blocked.
    pub blocked: i64,
    /// How often such a block was lifted.
    pub lifted: i64,
    /// When they called last.
    pub last_seen: OffsetDateTime,
}

/// A caller who is refused often.
#[derive(Clone, Debug, FromRow)]
pub struct SpamCaller {
    /// Stands for the caller's number; nil: withheld.
    pub caller_id: Uuid,
    /// How often they called.
    pub calls: i64,
    /// How often they were refused.
    pub rejected: i64,
    /// How many wrong PINs they gave.
    pub wrong_pins: i64,
    /// How often they were blocked.
    pub blocked: i64,
    /// How often such a block was lifted.
    pub lifted: i64,
    /// At how many buildings.
    pub buildings: i64,
    /// When they called last.
    pub last_seen: OffsetDateTime,
    caller: Option<serde_json::Value>,
    caller_event: Option<Uuid>,
    place: Option<String>,
    /// Their number, E.164; `[erased]` once they were erased; absent if withheld.
    #[sqlx(skip)]
    pub number: Option<String>,
}

/// Which refusals are counted.
#[derive(Clone, Debug)]
pub struct Refused {
    /// At this building.
    pub building: Option<Uuid>,
    /// Of this caller; nil: withheld.
    pub caller: Option<Uuid>,
    /// From this quarter hour on.
    pub from: OffsetDateTime,
    /// Before this one.
    pub to: OffsetDateTime,
    /// Rows at most.
    pub limit: i64,
}

#[derive(FromRow)]
struct CountRow {
    time_zone: String,
    quarter: OffsetDateTime,
    part: Option<Uuid>,
    calls: i64,
    answered: i64,
    opened: i64,
    rejected: i64,
    blocked: i64,
    no_answer: i64,
    visitor_left: i64,
    failed: i64,
    declined: i64,
}

#[derive(FromRow)]
struct WaitRow {
    time_zone: String,
    quarter: OffsetDateTime,
    part: Option<Uuid>,
    seconds: i32,
    calls: i64,
}

impl TenantTx {
    /// The zones of a building, or of all within reach.
    pub async fn zones(&mut self, building: Option<Uuid>) -> Result<Vec<String>, Unavailable> {
        Ok(sqlx::query_scalar!(
            "select distinct time_zone from vestibule.building where ($1::uuid is null or building_id = $1) order by 1",
            building
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// What came of calls, by the quarter hour in which they rang.
    pub async fn counts_by_quarter(
        &mut self,
        counted: &Counted,
    ) -> Result<Vec<QuarterCounts>, Unavailable> {
        let counts = self.count_rows(counted, None).await?;
        let waits = self.wait_rows(counted, None).await?;
        let counts = counts.into_iter().map(|row| QuarterCounts {
            time_zone: row.time_zone.clone(),
            quarter: row.quarter,
            counts: row.counts(),
        });
        let waits = waits.into_iter().map(|row| QuarterCounts {
            time_zone: row.time_zone.clone(),
            quarter: row.quarter,
            counts: Counts { waits: row.waits(), ..Counts::default() },
        });
        Ok(counts.chain(waits).collect())
    }

    /// What came of calls, by part: an id, or none where it was never clear; and its counts.
    pub async fn counts_by_part(
        &mut self,
        counted: &Counted,
        part: Part,
    ) -> Result<Vec<(Option<Uuid>, Counts)>, Unavailable> {
        let counts = self.count_rows(counted, Some(part)).await?;
        let waits = self.wait_rows(counted, Some(part)).await?;
        let counts = counts.into_iter().map(|row| (row.part, row.counts()));
        let waits = waits
            .into_iter()
            .map(|row| (row.part, Counts { waits: row.waits(), ..Counts::default() }));
        Ok(counts.chain(waits).collect())
    }

    async fn count_rows(
        &mut self,
        counted: &Counted,
        part: Option<Part>,
    ) -> Result<Vec<CountRow>, Unavailable> {
        let of_residents = counted.resident.is_some() || part == Some(Part::Resident);
        // By part the time does not matter, by time the part does not.
        let query = if of_residents {
            "select coalesce(case when $7::text is null then time_zone end, 'UTC') as time_zone,
                    case when $7::text is null then quarter else '2000-01-01 00:00Z'::timestamptz end as quarter,
                    nullif(case $7 when 'building' then building_id when 'entrance' then entrance_id when 'unit' then unit_id
                                   when 'resident' then resident_id end, '00000000-0000-0000-0000-000000000000') as part,
                    sum(calls)::bigint as calls, sum(answered)::bigint as answered, sum(opened)::bigint as opened,
                    0::bigint as rejected, 0::bigint as blocked, sum(no_answer)::bigint as no_answer,
                    0::bigint as visitor_left, 0::bigint as failed, sum(declined)::bigint as declined
             from vestibule.resident_count left join vestibule.building using (tenant_id, building_id)
             where ($1::uuid is null or building_id = $1) and ($2::uuid is null or entrance_id = $2)
               and ($3::uuid is null or unit_id = $3) and ($4::uuid is null or resident_id = $4)
               and quarter >= $5 and quarter < $6
             group by 1, 2, 3"
        } else {
            "select coalesce(case when $7::text is null then time_zone end, 'UTC') as time_zone,
                    case when $7::text is null then quarter else '2000-01-01 00:00Z'::timestamptz end as quarter,
                    nullif(case $7 when 'building' then building_id when 'entrance' then entrance_id when 'unit' then unit_id end,
                           '00000000-0000-0000-0000-000000000000') as part,
                    sum(calls)::bigint as calls, sum(answered)::bigint as answered, sum(opened)::bigint as opened,
                    sum(rejected)::bigint as rejected, sum(blocked)::bigint as blocked, sum(no_answer)::bigint as no_answer,
                    sum(visitor_left)::bigint as visitor_left, sum(failed)::bigint as failed, 0::bigint as declined
             from vestibule.door_count left join vestibule.building using (tenant_id, building_id)
             where ($1::uuid is null or building_id = $1) and ($2::uuid is null or entrance_id = $2)
               and ($3::uuid is null or unit_id = $3) and $4::uuid is null
               and quarter >= $5 and quarter < $6
             group by 1, 2, 3"
        };
        Ok(sqlx::query_as(query)
            .bind(counted.building)
            .bind(counted.entrance)
            .bind(counted.unit)
            .bind(counted.resident)
            .bind(counted.from)
            .bind(counted.to)
            .bind(part.map(Part::name))
            .fetch_all(self.connection())
            .await?)
    }

    async fn wait_rows(
        &mut self,
        counted: &Counted,
        part: Option<Part>,
    ) -> Result<Vec<WaitRow>, Unavailable> {
        Ok(sqlx::query_as(
            "select coalesce(case when $7::text is null then time_zone end, 'UTC') as time_zone,
                    case when $7::text is null then quarter else '2000-01-01 00:00Z'::timestamptz end as quarter,
                    nullif(case $7 when 'building' then building_id when 'entrance' then entrance_id when 'unit' then unit_id
                                   when 'resident' then resident_id end, '00000000-0000-0000-0000-000000000000') as part,
                    seconds, sum(calls)::bigint as calls
             from vestibule.answer_wait left join vestibule.building using (tenant_id, building_id)
             where ($1::uuid is null or building_id = $1) and ($2::uuid is null or entrance_id = $2)
               and ($3::uuid is null or unit_id = $3)
               and case when $4::uuid is not null then resident_id = $4
                        when $7 = 'resident' then resident_id <> '00000000-0000-0000-0000-000000000000'
                        else resident_id = '00000000-0000-0000-0000-000000000000' end
               and quarter >= $5 and quarter < $6
             group by 1, 2, 3, 4",
        )
        .bind(counted.building)
        .bind(counted.entrance)
        .bind(counted.unit)
        .bind(counted.resident)
        .bind(counted.from)
        .bind(counted.to)
        .bind(part.map(Part::name))
        .fetch_all(self.connection())
        .await?)
    }

    /// Callers who were refused, by quarter hour, the latest first.
    pub async fn refused_by_quarter(
        &mut self,
        refused: &Refused,
    ) -> Result<Vec<SpamQuarter>, Unavailable> {
        Ok(sqlx::query_as(
            "select building_id, coalesce(time_zone, 'UTC') as time_zone, quarter, caller_id, calls::bigint, rejected::bigint,
                    wrong_pins::bigint, blocked::bigint, lifted::bigint, last_seen
             from vestibule.spam_count left join vestibule.building using (tenant_id, building_id)
             where ($1::uuid is null or building_id = $1) and ($2::uuid is null or caller_id = $2)
               and quarter >= $3 and quarter < $4
               and caller_id in (select caller_id from vestibule.spam_count
                                 where ($1::uuid is null or building_id = $1) and quarter >= $3 and quarter < $4
                                   and rejected + wrong_pins + blocked + lifted > 0)
             order by quarter desc, building_id, caller_id
             limit $5",
        )
        .bind(refused.building)
        .bind(refused.caller)
        .bind(refused.from)
        .bind(refused.to)
        .bind(refused.limit)
        .fetch_all(self.connection())
        .await?)
    }

    /// The latest calls of a building that rang from and before these times, and are over.
    pub async fn calls_that_are_over(
        &mut self,
        building: Uuid,
        (from, to): (Option<OffsetDateTime>, Option<OffsetDateTime>),
        limit: i64,
    ) -> Result<Vec<CallId>, Unavailable> {
        let rows: Vec<Uuid> = sqlx::query_scalar(
            "select call_id from vestibule.call_row
             where building_id = $1 and ended_at is not null
               and ($2::timestamptz is null or rang_at >= $2)
               and ($3::timestamptz is null or rang_at < $3)
             order by rang_at desc, call_id desc
             limit $4",
        )
        .bind(building)
        .bind(from)
        .bind(to)
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        Ok(rows.into_iter().map(CallId::from_uuid).collect())
    }
}

impl Store {
    /// Who was refused most, with their numbers.
    pub async fn most_refused(
        &self,
        reach: &Reach,
        refused: &Refused,
    ) -> Result<Vec<SpamCaller>, Unavailable> {
        let mut tx = self.begin(reach).await?;
        let mut callers: Vec<SpamCaller> = sqlx::query_as(
            "select caller_id, calls, rejected, wrong_pins, blocked, lifted, buildings, last_seen, caller, caller_event, place
             from (select tenant_id, caller_id, sum(calls)::bigint as calls, sum(rejected)::bigint as rejected,
                          sum(wrong_pins)::bigint as wrong_pins, sum(blocked)::bigint as blocked, sum(lifted)::bigint as lifted,
                          count(distinct building_id)::bigint as buildings, max(last_seen) as last_seen
                   from vestibule.spam_count
                   where ($1::uuid is null or building_id = $1) and ($2::uuid is null or caller_id = $2)
                     and quarter >= $3 and quarter < $4
                   group by tenant_id, caller_id) spam
             left join vestibule.spam_caller using (tenant_id, caller_id)
             where rejected + wrong_pins + blocked + lifted > 0
             order by rejected + wrong_pins + blocked desc, last_seen desc, caller_id
             limit $5",
        )
        .bind(refused.building)
        .bind(refused.caller)
        .bind(refused.from)
        .bind(refused.to)
        .bind(refused.limit)
        .fetch_all(tx.connection())
        .await?;
        drop(tx);
        for caller in &mut callers {
            let (Some(sealed), Some(event)) = (caller.caller.take(), caller.caller_event) else {
                continue;
            };
            // A sealed field opens in its own place only.
            let (mut payload, place) = match caller.place.as_deref() {
                Some("after/number") => (
                    serde_json::json!({ "data": { "after": { "number": sealed } } }),
                    "/data/after/number",
                ),
                Some(_) | None => {
                    (serde_json::json!({ "data": { "caller": sealed } }), "/data/caller")
                }
            };
            self.open_event(reach.tenant, EventId::from_uuid(event), &mut payload).await?;
            let opened = payload.pointer(place).map(|field| &field["$p"]["value"]);
            let number = opened.and_then(serde_json::Value::as_str).unwrap_or("[erased]");
            caller.number = Some(number.to_owned());
        }
        Ok(callers)
    }

    /// What stands for a caller's number in statistics; nothing if they never called.
    pub async fn caller_of(
        &self,
        reach: &Reach,
        number: &PhoneNumber,
    ) -> Result<Option<Uuid>, Unavailable> {
        let hash = self.number_hash(reach.tenant, number).await?;
        self.subject_with(reach.tenant, &hash).await
    }
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Entrance => "entrance",
            Self::Unit => "unit",
            Self::Resident => "resident",
        }
    }
}

impl CountRow {
    fn counts(&self) -> Counts {
        Counts {
            calls: self.calls,
            answered: self.answered,
            opened: self.opened,
            rejected: self.rejected,
            blocked: self.blocked,
            no_answer: self.no_answer,
            visitor_left: self.visitor_left,
            failed: self.failed,
            declined: self.declined,
            waits: Waits::default(),
        }
    }
}

impl WaitRow {
    fn waits(&self) -> Waits {
        Waits::of(self.seconds.unsigned_abs(), self.calls)
    }
}
