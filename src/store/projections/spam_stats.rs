//! Spam statistics: per building, quarter hour and caller how often they were refused; quarter hours add up to days in any zone.
//! A caller is the subject of their number: it stands for the number, and tells nothing without its key.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;
use time::serde::rfc3339;
use uuid::Uuid;

use super::rows::{Record, Rows, Tally};
use super::{Projection, calls_in, id, quarter_of, those_of};
use crate::application::ports::StoredEvent;

/// Spam statistics.
#[derive(Debug)]
pub struct SpamStats;

#[async_trait]
impl Projection for SpamStats {
    fn name(&self) -> &'static str {
        "spam_stats"
    }

    fn shape(&self) -> i32 {
        6
    }

    fn tables_sql(&self) -> &'static str {
        "create table spam_count (
             tenant_id uuid not null,
             building_id uuid not null,
             -- when the quarter hour began
             quarter timestamptz not null,
             -- the subject of the number; nil: withheld
             caller_id uuid not null,
             calls int not null default 0,
             rejected int not null default 0,
             wrong_pins int not null default 0,
             blocked int not null default 0,
             lifted int not null default 0,
             last_seen timestamptz not null,
             primary key (tenant_id, building_id, quarter, caller_id)
         );
         -- the number behind a caller, sealed as in the last event that names it, at this place in its data
         create table spam_caller (
             tenant_id uuid not null,
             caller_id uuid not null,
             caller jsonb not null,
             caller_event uuid not null,
             place text not null check (place in ('caller', 'after/number')),
             named_at timestamptz not null,
             primary key (tenant_id, caller_id)
         );
         create table spam_call (
             tenant_id uuid not null,
             call_id uuid primary key,
             building_id uuid not null,
             caller_id uuid not null
         );
         select es.isolate('spam_count'), es.isolate('spam_caller'), es.isolate('spam_call');"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["spam_count", "spam_caller", "spam_call"]
    }

    async fn fold(
        &self,
        tables: &mut PgConnection,
        events: &[StoredEvent],
    ) -> Result<(), sqlx::Error> {
        let (events, streams) = those_of(events, KINDS);
        let mut spam = Spam::default();
        spam.calls.read(tables, "call_id", &streams).await?;
        for event in events {
            spam.apply(event);
        }
        spam.calls.write(tables).await?;
        spam.callers.write(tables).await?;
        spam.counts.add_up(tables).await
    }

    /// Who called is kept for no longer than the calls.
    async fn sweep(
        &self,
        tables: &mut PgConnection,
        event: &StoredEvent,
    ) -> Result<(), sqlx::Error> {
        let data = &event.payload["data"];
        if event.kind != "CallsArchived" {
            return Ok(());
        }
        for forget in [
            "delete from spam_count where tenant_id = $1 and quarter < $2::text::timestamptz",
            "delete from spam_caller where tenant_id = $1 and named_at < $2::text::timestamptz",
        ] {
            sqlx::query(forget)
                .bind(event.tenant.as_uuid())
                .bind(data["before"].as_str())
                .execute(&mut *tables)
                .await?;
        }
        sqlx::query("delete from spam_call where call_id = any ($1)")
            .bind(calls_in(data))
            .execute(tables)
            .await?;
        Ok(())
    }
}

/// What is counted, and what begins and ends a call.
const KINDS: &[&str] = &[
    "CallRang",
    "CallerRefused",
    "PinRefused",
    "CallerBlocked",
    "PinChecked",
    "PinGateBlocked",
    "DirectoryChanged",
    "CallEnded",
];

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct SpamCount {
    tenant_id: Uuid,
    building_id: Uuid,
    #[serde(with = "rfc3339")]
    quarter: OffsetDateTime,
    caller_id: Uuid,
    calls: i32,
    rejected: i32,
    wrong_pins: i32,
    blocked: i32,
    lifted: i32,
    #[serde(with = "rfc3339")]
    last_seen: OffsetDateTime,
}

impl Record for SpamCount {
    const TABLE: &'static str = "spam_count";
    const KEY: &'static [&'static str] = &["tenant_id", "building_id", "quarter", "caller_id"];
    type Key = (Uuid, Uuid, OffsetDateTime, Uuid);

    fn key(&self) -> Self::Key {
        (self.tenant_id, self.building_id, self.quarter, self.caller_id)
    }
}

impl Tally for SpamCount {
    const COUNTS: &'static [&'static str] =
        &["calls", "rejected", "wrong_pins", "blocked", "lifted"];
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct SpamCaller {
    tenant_id: Uuid,
    caller_id: Uuid,
    caller: Value,
    caller_event: Uuid,
    place: String,
    #[serde(with = "rfc3339")]
    named_at: OffsetDateTime,
}

impl Record for SpamCaller {
    const TABLE: &'static str = "spam_caller";
    const KEY: &'static [&'static str] = &["tenant_id", "caller_id"];
    type Key = (Uuid, Uuid);

    fn key(&self) -> (Uuid, Uuid) {
        (self.tenant_id, self.caller_id)
    }
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct SpamCall {
    tenant_id: Uuid,
    call_id: Uuid,
    building_id: Uuid,
    caller_id: Uuid,
}

impl Record for SpamCall {
    const TABLE: &'static str = "spam_call";
    const KEY: &'static [&'static str] = &["call_id"];
    type Key = Uuid;

    fn key(&self) -> Uuid {
        self.call_id
    }
}

/// A caller at a building.
#[derive(Clone, Copy)]
struct Who {
    building: Uuid,
    /// Nil: withheld.
    caller: Uuid,
}

impl Who {
    /// As a sealed number says; none: withheld.
    fn of_field(data: &Value, number: &Value) -> Option<Self> {
        let caller = id(number, "$s").unwrap_or(Uuid::nil());
        Some(Self { building: id(data, "building")?, caller })
    }

    /// Whom a block holds for. One of all numbers that begin alike is about nobody in particular, nor is one of an erased caller.
    fn of_block(event: &StoredEvent, data: &Value) -> Option<Self> {
        let block = &data["after"];
        if block["kind"] == "prefix" {
            return None;
        }
        let caller = id(block, "caller_id").or_else(|| id(&block["number"], "$s"))?;
        let is_someone = caller != event.tenant.as_uuid();
        is_someone.then_some(Self { building: id(data, "building")?, caller })
    }
}

/// The rows that a batch changes.
#[derive(Default)]
struct Spam {
    calls: Rows<SpamCall>,
    /// Written only: who is named last is who is known.
    callers: Rows<SpamCaller>,
    /// Added to what is stored.
    counts: Rows<SpamCount>,
}

impl Spam {
    fn apply(&mut self, event: &StoredEvent) {
        let data = &event.payload["data"];
        match event.kind.as_str() {
            "CallRang" => self.rang(event, data),
            "CallerRefused" => self.of_call(event, |count| count.rejected += 1),
            "PinRefused" => self.of_call(event, |count| count.wrong_pins += 1),
            "CallerBlocked" => self.of_call(event, |count| count.blocked += 1),
            "PinChecked" | "PinGateBlocked" => self.at_the_gate(event, data),
            "DirectoryChanged" if data["resource"] == "block" => self.block_changed(event, data),
            "CallEnded" => {
                self.calls.remove(&event.stream);
            }
            _ => {}
        }
    }

    fn rang(&mut self, event: &StoredEvent, data: &Value) {
        let Some(who) = Who::of_field(data, &data["caller"]) else { return };
        self.calls.at(SpamCall {
            tenant_id: event.tenant.as_uuid(),
            call_id: event.stream,
            building_id: who.building,
            caller_id: who.caller,
        });
        self.remember(event, who, ("caller", &data["caller"]));
        self.count(event, who).calls += 1;
    }

    /// An attempt outside of a call.
    fn at_the_gate(&mut self, event: &StoredEvent, data: &Value) {
        let Some(who) = Who::of_field(data, &data["caller"]) else { return };
        let counted: fn(&mut SpamCount) = match (event.kind.as_str(), data["result"].as_str()) {
            ("PinGateBlocked", _) => |count| count.blocked += 1,
            (_, Some("wrong")) => |count| count.wrong_pins += 1,
            (_, Some("blocked" | "refused")) => |count| count.rejected += 1,
            (_, Some(_) | None) => return,
        };
        self.remember(event, who, ("caller", &data["caller"]));
        counted(self.count(event, who));
    }

    fn block_changed(&mut self, event: &StoredEvent, data: &Value) {
        let counted: fn(&mut SpamCount) = match data["action"].as_str() {
            Some("created") => |count| count.blocked += 1,
            Some("lifted") => |count| count.lifted += 1,
            Some(_) | None => return,
        };
        let Some(who) = Who::of_block(event, data) else { return };
        if data["after"]["caller_id"].is_null() {
            self.remember(event, who, ("after/number", &data["after"]["number"]));
        }
        counted(self.count(event, who));
    }

    fn remember(&mut self, event: &StoredEvent, who: Who, (place, number): (&str, &Value)) {
        if who.caller.is_nil() {
            return;
        }
        self.callers.put(SpamCaller {
            tenant_id: event.tenant.as_uuid(),
            caller_id: who.caller,
            caller: number.clone(),
            caller_event: event.id.as_uuid(),
            place: place.to_owned(),
            named_at: event.recorded_at,
        });
    }

    /// Counts for the caller of the event's call.
    fn of_call(&mut self, event: &StoredEvent, counted: fn(&mut SpamCount)) {
        if let Some(call) = self.calls.get(&event.stream) {
            let who = Who { building: call.building_id, caller: call.caller_id };
            counted(self.count(event, who));
        }
    }

    /// The counts of a caller in the event's quarter hour.
    fn count(&mut self, event: &StoredEvent, who: Who) -> &mut SpamCount {
        let count = self.counts.at(SpamCount {
            tenant_id: event.tenant.as_uuid(),
            building_id: who.building,
            quarter: quarter_of(event.recorded_at),
            caller_id: who.caller,
            calls: 0,
            rejected: 0,
            wrong_pins: 0,
            blocked: 0,
            lifted: 0,
            last_seen: event.recorded_at,
        });
        count.last_seen = event.recorded_at;
        count
    }
}
