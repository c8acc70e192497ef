//! Door statistics: per door, unit and resident what came of calls, by quarter hours, so that a clock in any zone can sum them up.
//!
//! A call is counted when it is over, in the quarter hour in which it rang. Waits are counted by their length in seconds, each length
//! a row: such a histogram adds up over doors and days, and percentiles are read from it without a float.

mod records;

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use self::records::{AnswerWait, DoorCount, ResidentCount, RunningCall, RunningRing, TABLES};
use super::rows::{Record, Rows};
use super::{Projection, calls_in, id, needed, quarter_of, those_of};
use crate::application::ports::StoredEvent;

/// Door statistics.
#[derive(Debug)]
pub struct DoorStats;

#[async_trait]
impl Projection for DoorStats {
    fn name(&self) -> &'static str {
        "door_stats"
    }

    fn shape(&self) -> i32 {
        2
    }

    fn tables_sql(&self) -> &'static str {
        TABLES
    }

    fn tables(&self) -> &'static [&'static str] {
        &["door_count", "resident_count", "answer_wait", "running_call", "running_ring"]
    }

    async fn fold(
        &self,
        tables: &mut PgConnection,
        events: &[StoredEvent],
    ) -> Result<(), sqlx::Error> {
        let (events, calls) = those_of(events, KINDS);
        let mut doors = Doors::default();
        doors.calls.read(tables, "call_id", &calls).await?;
        doors.rings.read(tables, "call_id", &calls).await?;
        for event in events {
            doors.apply(event)?;
        }
        doors.calls.write(tables).await?;
        doors.rings.write(tables).await?;
        doors.counts.add_up(tables).await?;
        doors.residents.add_up(tables).await?;
        doors.waits.add_up(tables).await
    }

    async fn sweep(
        &self,
        tables: &mut PgConnection,
        event: &StoredEvent,
    ) -> Result<(), sqlx::Error> {
        let data = &event.payload["data"];
        if event.kind == "StatsBaselined" {
            return baselined(tables, data).await;
        }
        for forget in [
            "delete from running_ring where call_id = any ($1)",
            "delete from running_call where call_id = any ($1)",
        ] {
            sqlx::query(forget).bind(calls_in(data)).execute(&mut *tables).await?;
        }
        Ok(())
    }
}

/// What is looked at until a call is over.
const KINDS: &[&str] = &[
    "CallRang",
    "UnitChosen",
    "GroupStarted",
    "DialRequested",
    "DialStarted",
    "CallDeclined",
    "CallAccepted",
    "DoorOpened",
    "CallEnded",
];

/// What came of a resident's phones in a call, however often they rang.
#[derive(Clone, Copy, Default)]
struct Came {
    accepted: bool,
    opened: bool,
    declined: bool,
}

/// The rows that a batch changes.
#[derive(Default)]
struct Doors {
    calls: Rows<RunningCall>,
    rings: Rows<RunningRing>,
    /// These are added to what is stored.
    counts: Rows<DoorCount>,
    residents: Rows<ResidentCount>,
    waits: Rows<AnswerWait>,
}

impl Doors {
    fn apply(&mut self, event: &StoredEvent) -> Result<(), sqlx::Error> {
        let data = &event.payload["data"];
        match event.kind.as_str() {
            "CallRang" => self.rang(event)?,
            "UnitChosen" => self.of_call(event, |call| {
                call.unit_id = id(data, "unit").unwrap_or(call.unit_id);
            }),
            "GroupStarted" => self.of_call(event, |call| {
                call.first_ring_at.get_or_insert(event.recorded_at);
            }),
            "DialRequested" => self.requested(event, data)?,
            "DialStarted" => self.of_ring(event, data, |ring| {
                ring.dialled_at.get_or_insert(event.recorded_at);
            }),
            "CallDeclined" => self.of_ring(event, data, |ring| ring.declined = true),
            "CallAccepted" => {
                self.of_call(event, |call| {
                    call.accepted_at.get_or_insert(event.recorded_at);
                });
                self.of_ring(event, data, |ring| {
                    ring.accepted_at.get_or_insert(event.recorded_at);
                });
            }
            "DoorOpened" => self.opened(event, data),
            "CallEnded" => self.ended(event, data),
            _ => {}
        }
        Ok(())
    }

    /// Changes the event's call, if it goes on.
    fn of_call(&mut self, event: &StoredEvent, change: impl FnOnce(&mut RunningCall)) {
        if let Some(call) = self.calls.get(&event.stream) {
            change(call);
        }
    }

    /// Changes the ring of the leg that the event names.
    fn of_ring(
        &mut self,
        event: &StoredEvent,
        data: &Value,
        change: impl FnOnce(&mut RunningRing),
    ) {
        if let Some(ring) = id(data, "leg").and_then(|leg| self.rings.get(&(event.stream, leg))) {
            change(ring);
        }
    }

    fn rings_of(&mut self, call: Uuid) -> impl Iterator<Item = &mut RunningRing> {
        self.rings.from((call, Uuid::nil())).take_while(move |ring| ring.call_id == call)
    }

    fn rang(&mut self, event: &StoredEvent) -> Result<(), sqlx::Error> {
        self.calls.at(RunningCall {
            tenant_id: event.tenant.as_uuid(),
            call_id: event.stream,
            building_id: needed(event, "building")?,
            entrance_id: needed(event, "entrance")?,
            unit_id: Uuid::nil(),
            rang_at: event.recorded_at,
            first_ring_at: None,
            accepted_at: None,
            opened: false,
        });
        Ok(())
    }

    fn requested(&mut self, event: &StoredEvent, data: &Value) -> Result<(), sqlx::Error> {
        // The concierge is no resident.
        let Some(resident_id) = id(&data["target"], "id") else { return Ok(()) };
        let Some(call) = self.calls.get(&event.stream) else { return Ok(()) };
        let (tenant_id, building_id, call_id) = (call.tenant_id, call.building_id, call.call_id);
        self.rings.at(RunningRing {
            tenant_id,
            building_id,
            call_id,
            leg_id: needed(event, "leg")?,
            resident_id,
            dialled_at: None,
            accepted_at: None,
            opened: false,
            declined: false,
        });
        Ok(())
    }

    fn opened(&mut self, event: &StoredEvent, data: &Value) {
        self.of_call(event, |call| call.opened = true);
        let opener = &data["opener"];
        let resident = id(opener, "id").filter(|_| opener["by"] == "resident");
        for ring in self.rings_of(event.stream) {
            ring.opened |= Some(ring.resident_id) == resident && ring.accepted_at.is_some();
        }
    }

    /// A call that is over is counted, and forgotten: what is told of it later is about money.
    fn ended(&mut self, event: &StoredEvent, data: &Value) {
        let rings: Vec<_> = self.rings_of(event.stream).map(|ring| ring.clone()).collect();
        for ring in &rings {
            self.rings.remove(&ring.key());
        }
        let Some(call) = self.calls.remove(&event.stream) else { return };
        self.count_call(&call, data);
        self.count_residents(&call, &rings);
        if let (Some(ringing), Some(accepted)) = (call.first_ring_at, call.accepted_at) {
            self.count_wait(&call, Uuid::nil(), accepted - ringing);
        }
        for ring in &rings {
            if let (Some(dialled), Some(accepted)) = (ring.dialled_at, ring.accepted_at) {
                self.count_wait(&call, ring.resident_id, accepted - dialled);
            }
        }
    }

    fn count_call(&mut self, call: &RunningCall, data: &Value) {
        let came = |what: &str| data["outcome"] == what;
        let is_blocked = data["cause"] == "caller_blocked";
        let one_if = i32::from;
        let count = self.counts.at(DoorCount {
            tenant_id: call.tenant_id,
            building_id: call.building_id,
            entrance_id: call.entrance_id,
            unit_id: call.unit_id,
            quarter: quarter_of(call.rang_at),
            calls: 0,
            answered: 0,
            opened: 0,
            rejected: 0,
            blocked: 0,
            no_answer: 0,
            visitor_left: 0,
            failed: 0,
        });
        count.calls += 1;
        count.answered += one_if(call.accepted_at.is_some());
        count.opened += one_if(call.opened || came("opened"));
        count.rejected += one_if(came("rejected") && !is_blocked);
        count.blocked += one_if(came("rejected") && is_blocked);
        count.no_answer += one_if(came("nobody_came"));
        count.visitor_left += one_if(came("visitor_left"));
        count.failed += one_if(came("failed"));
    }

    /// Once a call, however often their phone rang in it.
    fn count_residents(&mut self, call: &RunningCall, rings: &[RunningRing]) {
        let mut residents: BTreeMap<Uuid, Came> = BTreeMap::new();
        for ring in rings.iter().filter(|ring| ring.dialled_at.is_some()) {
            let came = residents.entry(ring.resident_id).or_default();
            came.accepted |= ring.accepted_at.is_some();
            came.opened |= ring.opened;
            came.declined |= ring.declined;
        }
        for (resident_id, came) in residents {
            let count = self.residents.at(ResidentCount {
                tenant_id: call.tenant_id,
                building_id: call.building_id,
                entrance_id: call.entrance_id,
                unit_id: call.unit_id,
                resident_id,
                quarter: quarter_of(call.rang_at),
                calls: 0,
                answered: 0,
                opened: 0,
                declined: 0,
                no_answer: 0,
            });
            count.calls += 1;
            count.answered += i32::from(came.accepted);
            count.opened += i32::from(came.opened);
            count.declined += i32::from(came.declined);
            count.no_answer += i32::from(!came.accepted && !came.declined);
        }
    }

    fn count_wait(&mut self, call: &RunningCall, resident_id: Uuid, waited: time::Duration) {
        let wait = self.waits.at(AnswerWait {
            tenant_id: call.tenant_id,
            building_id: call.building_id,
            entrance_id: call.entrance_id,
            unit_id: call.unit_id,
            resident_id,
            quarter: quarter_of(call.rang_at),
            seconds: seconds_counted(waited),
            calls: 0,
        });
        wait.calls += 1;
    }
}

/// To the second up to a minute, to ten seconds beyond, and half an hour is the longest: that bounds the rows of a quarter hour.
fn seconds_counted(waited: time::Duration) -> i32 {
    const MINUTE: i64 = 60;
    const LONGEST: i64 = 30 * MINUTE;
    let begun = i64::from(waited.subsec_nanoseconds() > 0);
    let seconds = (waited.whole_seconds() + begun).clamp(1, LONGEST);
    let counted = if seconds <= MINUTE { seconds } else { (seconds + 9) / 10 * 10 };
    i32::try_from(counted).unwrap_or(i32::MAX)
}

/// What quarter hours hold in the end, though the calls that were counted are gone by now: whoever counted them holds the same.
async fn baselined(tables: &mut PgConnection, data: &Value) -> Result<(), sqlx::Error> {
    let baseline = match data["table"].as_str() {
        Some("door_count") => {
            "insert into door_count select * from jsonb_populate_recordset(null::door_count, $1)
             on conflict (tenant_id, building_id, quarter, entrance_id, unit_id) do update set
                 calls = excluded.calls, answered = excluded.answered, opened = excluded.opened, rejected = excluded.rejected,
                 blocked = excluded.blocked, no_answer = excluded.no_answer, visitor_left = excluded.visitor_left, failed = excluded.failed"
        }
        Some("resident_count") => {
            "insert into resident_count select * from jsonb_populate_recordset(null::resident_count, $1)
             on conflict (tenant_id, building_id, quarter, resident_id, entrance_id, unit_id) do update set
                 calls = excluded.calls, answered = excluded.answered, opened = excluded.opened, declined = excluded.declined,
                 no_answer = excluded.no_answer"
        }
        Some("answer_wait") => {
            "insert into answer_wait select * from jsonb_populate_recordset(null::answer_wait, $1)
             on conflict (tenant_id, building_id, quarter, resident_id, entrance_id, unit_id, seconds) do update set
                 calls = excluded.calls"
        }
        Some(_) | None => return Ok(()),
    };
    sqlx::query(baseline).bind(&data["rows"]).execute(tables).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_counted_by_seconds_and_long_ones_by_ten() {
        let counted = |milliseconds| seconds_counted(time::Duration::milliseconds(milliseconds));

        let asked = [-5_000, 0, 1, 1_000, 1_001, 60_000, 60_001, 70_000, 70_001, 4_000_000];
        assert_eq!(asked.map(counted), [1, 1, 1, 1, 2, 60, 70, 70, 80, 1_800]);
    }
}
