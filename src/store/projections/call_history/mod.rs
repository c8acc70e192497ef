//! The call history: a row a call, a row a leg, a row a resident of a call. One index a filter, each in the order of the list.

mod records;

use async_trait::async_trait;
use serde_json::{Value, json};
use sqlx::PgConnection;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use self::records::{CallLeg, CallResident, CallRow, TABLES};
use super::rows::Rows;
use super::{Projection, calls_in, field, id, those_of};
use crate::application::ports::StoredEvent;
use crate::domain::call::record::EndSource;

/// The call history.
#[derive(Debug)]
pub struct CallHistory;

#[async_trait]
impl Projection for CallHistory {
    fn name(&self) -> &'static str {
        "call_history"
    }

    fn shape(&self) -> i32 {
        4
    }

    fn tables_sql(&self) -> &'static str {
        TABLES
    }

    fn tables(&self) -> &'static [&'static str] {
        &["call_row", "call_leg", "call_resident"]
    }

    async fn fold(
        &self,
        tables: &mut PgConnection,
        events: &[StoredEvent],
    ) -> Result<(), sqlx::Error> {
        let (events, calls) = those_of(events, KINDS);
        let mut history = History::default();
        history.calls.read(tables, "call_id", &calls).await?;
        history.legs.read(tables, "call_id", &calls).await?;
        for event in events {
            history.apply(event)?;
        }
        history.calls.write(tables).await?;
        history.legs.write(tables).await?;
        history.residents.write(tables).await
    }

    async fn sweep(
        &self,
        tables: &mut PgConnection,
        event: &StoredEvent,
    ) -> Result<(), sqlx::Error> {
        if event.kind != "CallsArchived" {
            return Ok(());
        }
        let calls = calls_in(&event.payload["data"]);
        for forget in [
            "delete from call_resident r using call_row c join call_leg l using (call_id)
             where c.call_id = any ($1)
               and (r.tenant_id, r.resident_id, r.rang_at, r.call_id) = (c.tenant_id, l.resident_id, c.rang_at, c.call_id)",
            "delete from call_leg where call_id = any ($1)",
            "delete from call_row where call_id = any ($1)",
        ] {
            sqlx::query(forget).bind(&calls).execute(&mut *tables).await?;
        }
        Ok(())
    }
}

/// What the history looks at.
const KINDS: &[&str] = &[
    "CallRang",
    "CallWatched",
    "CallPutThrough",
    "CallDiscovered",
    "CallOrdered",
    "UnitChosen",
    "DialRequested",
    "DialStarted",
    "LegRinging",
    "LegAnswered",
    "CallDeclined",
    "DialDropped",
    "DialExpired",
    "DialRefused",
    "CallAccepted",
    "PartyReached",
    "DoorOpened",
    "LegEnded",
    "StreamLegEnded",
    "CallEnded",
];

/// The rows of the calls that a batch is about.
#[derive(Default)]
struct History {
    calls: Rows<CallRow>,
    legs: Rows<CallLeg>,
    /// Written only: whom a call rang once, it rang.
    residents: Rows<CallResident>,
}

impl History {
    fn apply(&mut self, event: &StoredEvent) -> Result<(), sqlx::Error> {
        let data = &event.payload["data"];
        match event.kind.as_str() {
            "CallRang" | "CallDiscovered" => self.rang(event, data)?,
            "CallWatched" => self.watched(event, data),
            "CallPutThrough" => self.put_through(event, data),
            "CallOrdered" => self.ordered(event, data)?,
            "UnitChosen" => self.of_call(event, |call| call.unit_id = id(data, "unit")),
            "DialRequested" => self.requested(event, data)?,
            "DialStarted" | "LegRinging" | "LegAnswered" | "CallDeclined" => {
                self.leg_reached(event, data);
            }
            "DialDropped" | "DialExpired" | "DialRefused" => self.never_placed(event, data),
            "CallAccepted" | "PartyReached" => self.accepted(event, data),
            "DoorOpened" => self.of_call(event, |call| {
                call.opened_at.get_or_insert(event.recorded_at);
                call.opened_by = call.opened_by.take().or_else(|| field(data, "opener"));
            }),
            "LegEnded" => self.leg_ended(event, data),
            "StreamLegEnded" => self.of_call(event, |call| call.cost_micros += cost_of(data)),
            "CallEnded" => self.of_call(event, |call| {
                call.ended_at.get_or_insert(event.recorded_at);
                call.outcome = text(data, "outcome");
                call.cause = text(data, "cause");
                call.end_source = end_source(data);
            }),
            _ => {}
        }
        Ok(())
    }

    /// Changes the event's call, if it is here.
    fn of_call(&mut self, event: &StoredEvent, change: impl FnOnce(&mut CallRow)) {
        if let Some(call) = self.calls.get(&event.stream) {
            change(call);
        }
    }

    /// Changes the leg that the event names, if it is here.
    fn of_leg(&mut self, event: &StoredEvent, data: &Value, change: impl FnOnce(&mut CallLeg)) {
        if let Some(leg) = id(data, "leg").and_then(|leg| self.legs.get(&(event.stream, leg))) {
            change(leg);
        }
    }

    fn rang(&mut self, event: &StoredEvent, data: &Value) -> Result<(), sqlx::Error> {
        let caller = field(data, "caller");
        let over_at = time(data, "over_at");
        let fresh = CallRow {
            entrance_id: id(data, "entrance"),
            caller_event: Some(event.id.as_uuid()),
            caller_id: caller.as_ref().and_then(|caller| id(caller, "$s")),
            caller,
            users: field(data, "users").unwrap_or_else(|| json!([])),
            users_event: Some(event.id.as_uuid()),
            rang_at: time(data, "began_at").unwrap_or(event.recorded_at),
            ended_at: over_at,
            direction: text(data, "direction").unwrap_or_else(|| "inbound".to_owned()),
            ..CallRow::new(event, "visit")?
        };
        self.calls.at(fresh);
        self.legs.at(CallLeg {
            role: "visitor".to_owned(),
            answered_at: (event.kind == "CallRang").then_some(event.recorded_at),
            ended_at: over_at,
            ..CallLeg::new(event)?
        });
        Ok(())
    }

    /// A call that we place has no caller, no entrance and no unit; whom it calls is in its legs.
    fn ordered(&mut self, event: &StoredEvent, data: &Value) -> Result<(), sqlx::Error> {
        let connects = data["errand"]["errand"] == "connect";
        let kind = if connects { "connection" } else { "announcement" };
        self.calls.at(CallRow {
            direction: "outbound".to_owned(),
            ordered_by: field(data, "by"),
            ..CallRow::new(event, kind)?
        });
        Ok(())
    }

    /// The carrier puts it through by itself: nobody has picked up yet, and no door is near.
    fn watched(&mut self, event: &StoredEvent, data: &Value) {
        self.of_call(event, |call| {
            call.kind = "watched".to_owned();
            call.entrance_id = None;
        });
        self.of_leg(event, data, |leg| leg.answered_at = None);
    }

    fn put_through(&mut self, event: &StoredEvent, data: &Value) {
        self.of_call(event, |call| {
            call.answered_user = field(data, "user");
            call.answered_user_event = Some(event.id.as_uuid());
        });
        self.of_leg(event, data, |leg| {
            leg.answered_at.get_or_insert(event.recorded_at);
        });
        self.accepted(event, data);
    }

    fn requested(&mut self, event: &StoredEvent, data: &Value) -> Result<(), sqlx::Error> {
        let target = &data["target"];
        let resident = id(target, "id");
        self.legs.at(CallLeg {
            role: text(target, "who").unwrap_or_else(|| "resident".to_owned()),
            resident_id: resident,
            step: data["step"].as_i64().and_then(|step| i32::try_from(step).ok()),
            number: field(data, "number"),
            number_event: Some(event.id.as_uuid()),
            requested_at: Some(event.recorded_at),
            ..CallLeg::new(event)?
        });
        if let (Some(resident_id), Some(call)) = (resident, self.calls.get(&event.stream)) {
            let (tenant_id, rang_at, call_id) = (call.tenant_id, call.rang_at, call.call_id);
            self.residents.put(CallResident { tenant_id, resident_id, rang_at, call_id });
        }
        Ok(())
    }

    fn leg_reached(&mut self, event: &StoredEvent, data: &Value) {
        self.of_leg(event, data, |leg| {
            let reached = match event.kind.as_str() {
                "DialStarted" => &mut leg.started_at,
                "LegRinging" => &mut leg.ringing_at,
                "LegAnswered" => &mut leg.answered_at,
                _ => &mut leg.declined_at,
            };
            reached.get_or_insert(event.recorded_at);
        });
        if event.kind == "LegRinging" {
            self.of_call(event, |call| {
                call.first_ring_at.get_or_insert(event.recorded_at);
            });
        }
    }

    fn never_placed(&mut self, event: &StoredEvent, data: &Value) {
        let cause = match event.kind.as_str() {
            "DialRefused" => "failed",
            "DialExpired" => "unanswered",
            _ => "cancelled",
        };
        self.of_leg(event, data, |leg| {
            leg.ended_at.get_or_insert(event.recorded_at);
            leg.end_cause.get_or_insert_with(|| cause.to_owned());
        });
    }

    fn accepted(&mut self, event: &StoredEvent, data: &Value) {
        self.of_call(event, |call| {
            call.accepted_at.get_or_insert(event.recorded_at);
            call.accepted_leg = call.accepted_leg.or_else(|| id(data, "leg"));
        });
        self.of_leg(event, data, |leg| leg.accepted_at = Some(event.recorded_at));
    }

    fn leg_ended(&mut self, event: &StoredEvent, data: &Value) {
        let end = &data["end"];
        self.of_leg(event, data, |leg| {
            leg.ended_at.get_or_insert(event.recorded_at);
            // What was concluded gives way to what the carrier tells.
            if leg
                .end_cause
                .as_deref()
                .is_none_or(|cause| ["hung_up", "unanswered"].contains(&cause))
            {
                leg.end_cause = text(end, "cause");
            }
            let seconds = end["duration_seconds"].as_i64();
            let seconds = seconds.and_then(|seconds| i32::try_from(seconds).ok());
            leg.duration_seconds = seconds.or(leg.duration_seconds);
            leg.cost_micros += cost_of(data);
            leg.end_source = leg.end_source.take().or_else(|| end_source(data));
        });
        self.of_call(event, |call| call.cost_micros += cost_of(data));
    }
}

fn text(data: &Value, name: &str) -> Option<String> {
    data[name].as_str().map(str::to_owned)
}

/// A time that the event tells of: of a call that was found afterwards.
fn time(data: &Value, name: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(data[name].as_str()?, &Rfc3339).ok()
}

/// How an end became known; nothing where it was reported.
fn end_source(data: &Value) -> Option<String> {
    let source = serde_json::from_value(data["source"].clone()).ok().and_then(EndSource::name);
    source.map(str::to_owned)
}

/// What the end of a leg says that it cost.
fn cost_of(data: &Value) -> i64 {
    data["end"]["cost"]["micros"].as_i64().unwrap_or(0)
}
