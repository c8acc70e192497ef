//! Running calls and who is in them. A call that is over is gone from here.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgConnection;
use time::OffsetDateTime;
use time::serde::rfc3339;
use uuid::Uuid;

use super::rows::{Record, Rows};
use super::{Projection, calls_in, field, id, needed, those_of};
use crate::application::ports::StoredEvent;
use crate::domain::call::event::Event;
use crate::domain::call::stay::Stay;
use crate::domain::call::upcast::upcast;
use crate::domain::ids::LegId;

/// The types of event that the fold of a stay looks at.
const ABOUT_THE_ROOM: &[&str] = &[
    "RoomNamed",
    "RoomEnded",
    "LegJoined",
    "LegLeft",
    "LegMuted",
    "LegUnmuted",
    "LegHeld",
    "LegResumed",
    "SpeechStarted",
    "SpeechStopped",
    "MuteRequested",
    "UnmuteRequested",
    "HoldRequested",
    "ResumeRequested",
    "EffectFailed",
    "LegRemoved",
    "HangUpRequested",
    "LegEnded",
    "DialDropped",
    "DialRefused",
    "DialExpired",
];

/// Running calls.
#[derive(Debug)]
pub struct Live;

#[async_trait]
impl Projection for Live {
    fn name(&self) -> &'static str {
        "live"
    }

    fn shape(&self) -> i32 {
        5
    }

    fn tables_sql(&self) -> &'static str {
        "create table live_call (
             tenant_id uuid not null,
             call_id uuid primary key,
             building_id uuid not null,
             -- visit, announcement, connection or watched
             kind text not null,
             -- inbound or outbound, seen from the line
             direction text not null,
             -- whose phones the carrier rings by itself, and who of them picked up; sealed as in the events named
             users jsonb not null default '[]',
             users_event uuid,
             answered_user jsonb,
             answered_user_event uuid,
             -- null: nobody visits
             entrance_id uuid,
             unit_id uuid,
             -- screening, choosing_unit, giving_pin, ringing, talking, streaming, speaking, connecting, closing
             stage text not null,
             rang_at timestamptz not null,
             position bigint not null
         );
         create table live_participant (
             tenant_id uuid not null,
             call_id uuid not null references live_call on delete cascade,
             leg_id uuid not null,
             role text not null,
             resident_id uuid,
             -- the entry of the allowlist that let a visitor ring
             entry_id uuid,
             -- requested, ringing, answered, talking, ended
             state text not null,
             -- how they are in the room that the legs share: the domain's fold, as JSON
             stay jsonb not null default '{}',
             primary key (call_id, leg_id)
         );
         select es.isolate('live_call'), es.isolate('live_participant');"
    }

    fn tables(&self) -> &'static [&'static str] {
        &["live_call", "live_participant"]
    }

    async fn fold(
        &self,
        tables: &mut PgConnection,
        events: &[StoredEvent],
    ) -> Result<(), sqlx::Error> {
        let kinds = [KINDS, ABOUT_THE_ROOM].concat();
        let (events, calls) = those_of(events, &kinds);
        let mut running = Running::default();
        running.calls.read(tables, "call_id", &calls).await?;
        running.participants.read(tables, "call_id", &calls).await?;
        for event in events {
            running.apply(event)?;
        }
        // Participants go with their call.
        running.calls.write(tables).await?;
        running.participants.write(tables).await
    }

    async fn sweep(
        &self,
        tables: &mut PgConnection,
        event: &StoredEvent,
    ) -> Result<(), sqlx::Error> {
        if event.kind == "CallsArchived" {
            sqlx::query("delete from live_call where call_id = any ($1)")
                .bind(calls_in(&event.payload["data"]))
                .execute(tables)
                .await?;
        }
        Ok(())
    }
}

/// What else moves a running call.
const KINDS: &[&str] = &[
    "CallerAdmitted",
    "CallRang",
    "CallWatched",
    "CallPutThrough",
    "CallOrdered",
    "PartyReached",
    "UnitChosen",
    "UnitCodeAsked",
    "PinAsked",
    "StreamRequested",
    "GroupStarted",
    "CallAccepted",
    "CallClosing",
    "DialRequested",
    "LegRinging",
    "LegAnswered",
    "CallEnded",
];

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct LiveCall {
    tenant_id: Uuid,
    call_id: Uuid,
    building_id: Uuid,
    kind: String,
    direction: String,
    users: Value,
    users_event: Option<Uuid>,
    answered_user: Option<Value>,
    answered_user_event: Option<Uuid>,
    entrance_id: Option<Uuid>,
    unit_id: Option<Uuid>,
    stage: String,
    #[serde(with = "rfc3339")]
    rang_at: OffsetDateTime,
    position: i64,
}

impl Record for LiveCall {
    const TABLE: &'static str = "live_call";
    const KEY: &'static [&'static str] = &["call_id"];
    type Key = Uuid;

    fn key(&self) -> Uuid {
        self.call_id
    }
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct LiveParticipant {
    tenant_id: Uuid,
    call_id: Uuid,
    leg_id: Uuid,
    role: String,
    resident_id: Option<Uuid>,
    entry_id: Option<Uuid>,
    state: String,
    stay: Stay,
}

impl Record for LiveParticipant {
    const TABLE: &'static str = "live_participant";
    const KEY: &'static [&'static str] = &["call_id", "leg_id"];
    type Key = (Uuid, Uuid);

    fn key(&self) -> (Uuid, Uuid) {
        (self.call_id, self.leg_id)
    }
}

/// The rows of the calls that a batch is about.
#[derive(Default)]
struct Running {
    calls: Rows<LiveCall>,
    participants: Rows<LiveParticipant>,
}

impl Running {
    fn apply(&mut self, event: &StoredEvent) -> Result<(), sqlx::Error> {
        let data = &event.payload["data"];
        self.stays(event)?;
        match event.kind.as_str() {
            "CallerAdmitted" => self.admitted(event, data),
            "CallRang" => self.rang(event, data)?,
            "CallWatched" => self.watched(event, data),
            "CallPutThrough" => self.put_through(event, data),
            "CallOrdered" => self.ordered(event, data)?,
            "PartyReached" => self.reached(event, data),
            "UnitChosen" => {
                if let Some(call) = self.calls.get(&event.stream) {
                    call.unit_id = id(data, "unit");
                }
            }
            "UnitCodeAsked" => self.stage(event, "choosing_unit"),
            "PinAsked" => self.stage(event, "giving_pin"),
            "StreamRequested" if data["kind"] == "line" => self.stage(event, "streaming"),
            "GroupStarted" => self.stage(event, "ringing"),
            "CallAccepted" => {
                self.stage(event, "talking");
                self.state(event, data, "talking");
            }
            "CallClosing" => self.stage(event, "closing"),
            "DialRequested" => {
                let target = &data["target"];
                let role = target["who"].as_str().unwrap_or("resident");
                self.join(event, (role, id(target, "id"), "requested"))?;
            }
            "LegRinging" => self.state(event, data, "ringing"),
            "LegAnswered" => self.state(event, data, "answered"),
            "LegEnded" | "DialDropped" | "DialExpired" | "DialRefused" => {
                self.state(event, data, "ended");
            }
            "CallEnded" => self.ended(event),
            _ => {}
        }
        Ok(())
    }

    /// All who are or were in the event's call.
    fn participants_of(&mut self, call: Uuid) -> impl Iterator<Item = &mut LiveParticipant> {
        let all = self.participants.from((call, Uuid::nil()));
        all.take_while(move |participant| participant.call_id == call)
    }

    /// What the event says of the room goes through the same fold as everywhere.
    fn stays(&mut self, event: &StoredEvent) -> Result<(), sqlx::Error> {
        // Other events may hold sealed numbers, and say nothing of the room.
        if !ABOUT_THE_ROOM.contains(&event.kind.as_str()) {
            return Ok(());
        }
        let (kind, version) = (event.kind.as_str(), event.schema_version);
        let data = upcast(kind, version, event.payload["data"].clone());
        let leg = id(&data, "leg");
        let read: Result<Event, _> = serde_json::from_value(json!({ "type": kind, "data": data }));
        let told = read.map_err(|error| {
            sqlx::Error::Decode(format!("{kind} at position {}: {error}", event.position).into())
        })?;
        for participant in self.participants_of(event.stream) {
            if leg.is_none_or(|leg| leg == participant.leg_id) {
                let this = LegId::from_uuid(participant.leg_id);
                participant.stay.apply(this, &told, event.recorded_at);
            }
        }
        Ok(())
    }

    fn admitted(&mut self, event: &StoredEvent, data: &Value) {
        let admission = &data["admission"];
        if admission["as"] == "allowlisted" {
            let entry = id(admission, "id");
            let visitors =
                self.participants_of(event.stream).filter(|someone| someone.role == "visitor");
            visitors.for_each(|visitor| visitor.entry_id = entry);
        }
    }

    fn rang(&mut self, event: &StoredEvent, data: &Value) -> Result<(), sqlx::Error> {
        let fresh = LiveCall {
            entrance_id: id(data, "entrance"),
            direction: data["direction"].as_str().unwrap_or("inbound").to_owned(),
            users: field(data, "users").unwrap_or_else(|| json!([])),
            users_event: Some(event.id.as_uuid()),
            ..LiveCall::new(event, ("visit", "screening"))?
        };
        self.calls.at(fresh);
        self.join(event, ("visitor", None, "answered"))
    }

    /// The carrier puts it through by itself: nobody has picked up yet, and no door is near.
    fn watched(&mut self, event: &StoredEvent, data: &Value) {
        if let Some(call) = self.calls.get(&event.stream) {
            call.kind = "watched".to_owned();
            call.entrance_id = None;
        }
        self.stage(event, "ringing");
        self.state(event, data, "ringing");
    }

    fn put_through(&mut self, event: &StoredEvent, data: &Value) {
        if let Some(call) = self.calls.get(&event.stream) {
            call.answered_user = field(data, "user");
            call.answered_user_event = Some(event.id.as_uuid());
        }
        self.stage(event, "talking");
        self.state(event, data, "talking");
    }

    fn ordered(&mut self, event: &StoredEvent, data: &Value) -> Result<(), sqlx::Error> {
        let connects = data["errand"]["errand"] == "connect";
        let kind = if connects { "connection" } else { "announcement" };
        let fresh = LiveCall::new(event, (kind, "ringing"))?;
        self.calls.at(LiveCall { direction: "outbound".to_owned(), ..fresh });
        Ok(())
    }

    /// Someone whom we called picked up: the first of two waits for the other, the second talks.
    fn reached(&mut self, event: &StoredEvent, data: &Value) {
        if let Some(call) = self.calls.get(&event.stream) {
            let stage = match (call.kind.as_str(), call.stage.as_str()) {
                ("announcement", _) => "speaking",
                (_, "ringing") => "connecting",
                (_, _) => "talking",
            };
            self.stage(event, stage);
        }
        self.state(event, data, "talking");
    }

    /// Whoever the event names comes into its call, if that goes on.
    fn join(
        &mut self,
        event: &StoredEvent,
        (role, resident_id, state): (&str, Option<Uuid>, &str),
    ) -> Result<(), sqlx::Error> {
        if self.calls.get(&event.stream).is_some() {
            self.participants.at(LiveParticipant {
                tenant_id: event.tenant.as_uuid(),
                call_id: event.stream,
                leg_id: needed(event, "leg")?,
                role: role.to_owned(),
                resident_id,
                entry_id: None,
                state: state.to_owned(),
                stay: Stay::default(),
            });
        }
        Ok(())
    }

    fn stage(&mut self, event: &StoredEvent, stage: &str) {
        if let Some(call) = self.calls.get(&event.stream) {
            call.stage = stage.to_owned();
            call.position = event.position;
        }
    }

    fn state(&mut self, event: &StoredEvent, data: &Value, state: &str) {
        let leg = id(data, "leg").and_then(|leg| self.participants.get(&(event.stream, leg)));
        if let Some(participant) = leg.filter(|participant| participant.state != "ended") {
            participant.state = state.to_owned();
        }
    }

    fn ended(&mut self, event: &StoredEvent) {
        self.calls.remove(&event.stream);
        let legs: Vec<_> = self.participants_of(event.stream).map(|gone| gone.key()).collect();
        for leg in &legs {
            self.participants.remove(leg);
        }
    }
}

impl LiveCall {
    /// As the event begins it.
    fn new(event: &StoredEvent, (kind, stage): (&str, &str)) -> Result<Self, sqlx::Error> {
        Ok(Self {
            tenant_id: event.tenant.as_uuid(),
            call_id: event.stream,
            building_id: needed(event, "building")?,
            kind: kind.to_owned(),
            direction: "inbound".to_owned(),
            users: json!([]),
            users_event: None,
            answered_user: None,
            answered_user_event: None,
            entrance_id: None,
            unit_id: None,
            stage: stage.to_owned(),
            rang_at: event.recorded_at,
            position: event.position,
        })
    }
}
