//! The rows of the call history, and the tables that hold them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::serde::rfc3339;
use uuid::Uuid;

use crate::application::ports::StoredEvent;
use crate::store::projections::needed;
use crate::store::projections::rows::Record;

pub(super) const TABLES: &str = "create table call_row (
    tenant_id uuid not null,
    call_id uuid primary key,
    -- visit, announcement, connection or watched
    kind text not null,
    -- inbound or outbound, seen from the line
    direction text not null,
    building_id uuid not null,
    -- null: nobody visits
    entrance_id uuid,
    line_id uuid not null,
    unit_id uuid,
    -- sealed as in the event that caller_event names; null: withheld
    caller jsonb,
    caller_event uuid,
    -- the subject of the caller's number
    caller_id uuid,
    -- whose phones the carrier rang by itself, and who of them picked up; sealed as in the events named
    users jsonb not null default '[]',
    users_event uuid,
    answered_user jsonb,
    answered_user_event uuid,
    -- who ordered it, if we placed it
    ordered_by jsonb,
    rang_at timestamptz not null,
    first_ring_at timestamptz,
    accepted_at timestamptz,
    accepted_leg uuid,
    opened_at timestamptz,
    opened_by jsonb,
    ended_at timestamptz,
    outcome text,
    cause text,
    -- carrier_calls, carrier_history or presumed: how the end became known; null: it was reported
    end_source text,
    cost_micros bigint not null default 0,
    position bigint not null
-- a call is changed some ten times: there is room for that on its page, so that no index has to follow
) with (fillfactor = 60);
create index on call_row (tenant_id, rang_at desc, call_id desc);
create index on call_row (tenant_id, building_id, rang_at desc, call_id desc);
create index on call_row (tenant_id, entrance_id, rang_at desc, call_id desc) where entrance_id is not null;
create index on call_row (tenant_id, unit_id, rang_at desc, call_id desc) where unit_id is not null;
create index on call_row (tenant_id, caller_id, rang_at desc, call_id desc) where caller_id is not null;
create index on call_row (tenant_id, outcome, rang_at desc, call_id desc) where outcome is not null;
create index on call_row (tenant_id, cause, rang_at desc, call_id desc) where cause is not null;
create index on call_row (tenant_id, building_id, outcome, rang_at desc, call_id desc) where outcome is not null;
create index on call_row (tenant_id, building_id, cause, rang_at desc, call_id desc) where cause is not null;
create index on call_row (tenant_id, kind, rang_at desc, call_id desc) where kind <> 'visit';
create index on call_row (tenant_id, rang_at desc, call_id desc) where end_source is not null;
-- whom a call rang; the time stands here too, so that a resident's calls come in the order of the list
create table call_resident (
    tenant_id uuid not null,
    resident_id uuid not null,
    rang_at timestamptz not null,
    call_id uuid not null,
    primary key (tenant_id, resident_id, rang_at, call_id)
);
create table call_leg (
    tenant_id uuid not null,
    call_id uuid not null,
    leg_id uuid not null,
    -- visitor, resident, concierge, called or connected
    role text not null,
    resident_id uuid,
    step int,
    -- sealed as in the event that number_event names
    number jsonb,
    number_event uuid,
    requested_at timestamptz,
    started_at timestamptz,
    ringing_at timestamptz,
    answered_at timestamptz,
    accepted_at timestamptz,
    declined_at timestamptz,
    ended_at timestamptz,
    end_cause text,
    -- as in call_row
    end_source text,
    duration_seconds int,
    cost_micros bigint not null default 0,
    primary key (call_id, leg_id)
);
select es.isolate('call_row'), es.isolate('call_leg'), es.isolate('call_resident');";

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct CallRow {
    pub tenant_id: Uuid,
    pub call_id: Uuid,
    pub kind: String,
    pub direction: String,
    pub building_id: Uuid,
    pub entrance_id: Option<Uuid>,
    pub line_id: Uuid,
    pub unit_id: Option<Uuid>,
    pub caller: Option<Value>,
    pub caller_event: Option<Uuid>,
    pub caller_id: Option<Uuid>,
    pub users: Value,
    pub users_event: Option<Uuid>,
    pub answered_user: Option<Value>,
    pub answered_user_event: Option<Uuid>,
    pub ordered_by: Option<Value>,
    #[serde(with = "rfc3339")]
    pub rang_at: OffsetDateTime,
    #[serde(with = "rfc3339::option")]
    pub first_ring_at: Option<OffsetDateTime>,
    #[serde(with = "rfc3339::option")]
    pub accepted_at: Option<OffsetDateTime>,
    pub accepted_leg: Option<Uuid>,
    #[serde(with = "rfc3339::option")]
    pub opened_at: Option<OffsetDateTime>,
    pub opened_by: Option<Value>,
    #[serde(with = "rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    pub outcome: Option<String>,
    pub cause: Option<String>,
    pub end_source: Option<String>,
    pub cost_micros: i64,
    pub position: i64,
}

impl Record for CallRow {
    const TABLE: &'static str = "call_row";
    const KEY: &'static [&'static str] = &["call_id"];
    type Key = Uuid;

    fn key(&self) -> Uuid {
        self.call_id
    }
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct CallLeg {
    pub tenant_id: Uuid,
    pub call_id: Uuid,
    pub leg_id: Uuid,
    pub role: String,
    pub resident_id: Option<Uuid>,
    pub step: Option<i32>,
    pub number: Option<Value>,
    pub number_event: Option<Uuid>,
    #[serde(with = "rfc3339::option")]
    pub requested_at: Option<OffsetDateTime>,
    #[serde(with = "rfc3339::option")]
    pub started_at: Option<OffsetDateTime>,
    #[serde(with = "rfc3339::option")]
    pub ringing_at: Option<OffsetDateTime>,
    #[serde(with = "rfc3339::option")]
    pub answered_at: Option<OffsetDateTime>,
    #[serde(with = "rfc3339::option")]
    pub accepted_at: Option<OffsetDateTime>,
    #[serde(with = "rfc3339::option")]
    pub declined_at: Option<OffsetDateTime>,
    #[serde(with = "rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    pub end_cause: Option<String>,
    pub end_source: Option<String>,
    pub duration_seconds: Option<i32>,
    pub cost_micros: i64,
}

impl Record for CallLeg {
    const TABLE: &'static str = "call_leg";
    const KEY: &'static [&'static str] = &["call_id", "leg_id"];
    type Key = (Uuid, Uuid);

    fn key(&self) -> (Uuid, Uuid) {
        (self.call_id, self.leg_id)
    }
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct CallResident {
    pub tenant_id: Uuid,
    pub resident_id: Uuid,
    #[serde(with = "rfc3339")]
    pub rang_at: OffsetDateTime,
    pub call_id: Uuid,
}

impl Record for CallResident {
    const TABLE: &'static str = "call_resident";
    const KEY: &'static [&'static str] = &["tenant_id", "resident_id", "rang_at", "call_id"];
    type Key = (Uuid, Uuid, OffsetDateTime, Uuid);

    fn key(&self) -> Self::Key {
        (self.tenant_id, self.resident_id, self.rang_at, self.call_id)
    }
}

impl CallRow {
    /// As the event begins it.
    pub fn new(event: &StoredEvent, kind: &str) -> Result<Self, sqlx::Error> {
        Ok(Self {
            tenant_id: event.tenant.as_uuid(),
            call_id: event.stream,
            kind: kind.to_owned(),
            direction: "inbound".to_owned(),
            building_id: needed(event, "building")?,
            entrance_id: None,
            line_id: needed(event, "line")?,
            unit_id: None,
            caller: None,
            caller_event: None,
            caller_id: None,
            users: json!([]),
            users_event: None,
            answered_user: None,
            answered_user_event: None,
            ordered_by: None,
            rang_at: event.recorded_at,
            first_ring_at: None,
            accepted_at: None,
            accepted_leg: None,
            opened_at: None,
            opened_by: None,
            ended_at: None,
            outcome: None,
            cause: None,
            end_source: None,
            cost_micros: 0,
            position: event.position,
        })
    }
}

impl CallLeg {
    /// The one that the event names.
    pub fn new(event: &StoredEvent) -> Result<Self, sqlx::Error> {
        Ok(Self {
            tenant_id: event.tenant.as_uuid(),
            call_id: event.stream,
            leg_id: needed(event, "leg")?,
            ..Self::default()
        })
    }
}
