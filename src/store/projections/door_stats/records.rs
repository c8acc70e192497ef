//! The rows of door statistics, and the tables that hold them.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::rfc3339;
use uuid::Uuid;

use crate::store::projections::rows::{Record, Tally};

pub(super) const TABLES: &str = "create table door_count (
     tenant_id uuid not null,
     building_id uuid not null,
     entrance_id uuid not null,
     -- nil: it was never clear which
     unit_id uuid not null,
     -- when the quarter hour began in which the call rang
     quarter timestamptz not null,
     calls int not null default 0,
     answered int not null default 0,
     opened int not null default 0,
     -- without the blocked ones
     rejected int not null default 0,
     blocked int not null default 0,
     no_answer int not null default 0,
     visitor_left int not null default 0,
     failed int not null default 0,
     primary key (tenant_id, building_id, quarter, entrance_id, unit_id)
 );
 create table resident_count (
     tenant_id uuid not null,
     building_id uuid not null,
     entrance_id uuid not null,
     unit_id uuid not null,
     resident_id uuid not null,
     quarter timestamptz not null,
     -- calls in which their phone was dialled
     calls int not null default 0,
     answered int not null default 0,
     opened int not null default 0,
     declined int not null default 0,
     no_answer int not null default 0,
     primary key (tenant_id, building_id, quarter, resident_id, entrance_id, unit_id)
 );
 -- How long it took until someone accepted. resident_id nil: the call's own, from its first ring; else that resident's.
 create table answer_wait (
     tenant_id uuid not null,
     building_id uuid not null,
     entrance_id uuid not null,
     unit_id uuid not null,
     resident_id uuid not null,
     quarter timestamptz not null,
     -- at most so many seconds
     seconds int not null,
     calls int not null default 0,
     primary key (tenant_id, building_id, quarter, resident_id, entrance_id, unit_id, seconds)
 );
 -- calls that are not over yet
 create table running_call (
     tenant_id uuid not null,
     call_id uuid primary key,
     building_id uuid not null,
     entrance_id uuid not null,
     unit_id uuid not null,
     rang_at timestamptz not null,
     first_ring_at timestamptz,
     accepted_at timestamptz,
     opened boolean not null default false
 );
 create table running_ring (
     tenant_id uuid not null,
     building_id uuid not null,
     call_id uuid not null,
     leg_id uuid not null,
     resident_id uuid not null,
     dialled_at timestamptz,
     accepted_at timestamptz,
     opened boolean not null default false,
     declined boolean not null default false,
     primary key (call_id, leg_id)
 );
 select es.isolate('door_count'), es.isolate('resident_count'), es.isolate('answer_wait'), es.isolate('running_call'), es.isolate('running_ring');";

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct DoorCount {
    pub tenant_id: Uuid,
    pub building_id: Uuid,
    pub entrance_id: Uuid,
    pub unit_id: Uuid,
    #[serde(with = "rfc3339")]
    pub quarter: OffsetDateTime,
    pub calls: i32,
    pub answered: i32,
    pub opened: i32,
    pub rejected: i32,
    pub blocked: i32,
    pub no_answer: i32,
    pub visitor_left: i32,
    pub failed: i32,
}

impl Record for DoorCount {
    const TABLE: &'static str = "door_count";
    const KEY: &'static [&'static str] =
        &["tenant_id", "building_id", "quarter", "entrance_id", "unit_id"];
    type Key = (Uuid, Uuid, OffsetDateTime, Uuid, Uuid);

    fn key(&self) -> Self::Key {
        (self.tenant_id, self.building_id, self.quarter, self.entrance_id, self.unit_id)
    }
}

impl Tally for DoorCount {
    const COUNTS: &'static [&'static str] = &[
        "calls",
        "answered",
        "opened",
        "rejected",
        "blocked",
        "no_answer",
        "visitor_left",
        "failed",
    ];
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ResidentCount {
    pub tenant_id: Uuid,
    pub building_id: Uuid,
    pub entrance_id: Uuid,
    pub unit_id: Uuid,
    pub resident_id: Uuid,
    #[serde(with = "rfc3339")]
    pub quarter: OffsetDateTime,
    pub calls: i32,
    pub answered: i32,
    pub opened: i32,
    pub declined: i32,
    pub no_answer: i32,
}

impl Record for ResidentCount {
    const TABLE: &'static str = "resident_count";
    const KEY: &'static [&'static str] =
        &["tenant_id", "building_id", "quarter", "resident_id", "entrance_id", "unit_id"];
    type Key = (Uuid, Uuid, OffsetDateTime, Uuid, Uuid, Uuid);

    fn key(&self) -> Self::Key {
        let Self { tenant_id, building_id, quarter, resident_id, entrance_id, unit_id, .. } = self;
        (*tenant_id, *building_id, *quarter, *resident_id, *entrance_id, *unit_id)
    }
}

impl Tally for ResidentCount {
    const COUNTS: &'static [&'static str] =
        &["calls", "answered", "opened", "declined", "no_answer"];
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct AnswerWait {
    pub tenant_id: Uuid,
    pub building_id: Uuid,
    pub entrance_id: Uuid,
    pub unit_id: Uuid,
    pub resident_id: Uuid,
    #[serde(with = "rfc3339")]
    pub quarter: OffsetDateTime,
    pub seconds: i32,
    pub calls: i32,
}

impl Record for AnswerWait {
    const TABLE: &'static str = "answer_wait";
    const KEY: &'static [&'static str] = &[
        "tenant_id",
        "building_id",
        "quarter",
        "resident_id",
        "entrance_id",
        "unit_id",
        "seconds",
    ];
    type Key = (Uuid, Uuid, OffsetDateTime, Uuid, Uuid, Uuid, i32);

    fn key(&self) -> Self::Key {
        let Self { tenant_id, building_id, quarter, resident_id, entrance_id, unit_id, .. } = self;
        (*tenant_id, *building_id, *quarter, *resident_id, *entrance_id, *unit_id, self.seconds)
    }
}

impl Tally for AnswerWait {
    const COUNTS: &'static [&'static str] = &["calls"];
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RunningCall {
    pub tenant_id: Uuid,
    pub call_id: Uuid,
    pub building_id: Uuid,
    pub entrance_id: Uuid,
    pub unit_id: Uuid,
    #[serde(with = "rfc3339")]
    pub rang_at: OffsetDateTime,
    #[serde(with = "rfc3339::option")]
    pub first_ring_at: Option<OffsetDateTime>,
    #[serde(with = "rfc3339::option")]
    pub accepted_at: Option<OffsetDateTime>,
    pub opened: bool,
}

impl Record for RunningCall {
    const TABLE: &'static str = "running_call";
    const KEY: &'static [&'static str] = &["call_id"];
    type Key = Uuid;

    fn key(&self) -> Uuid {
        self.call_id
    }
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RunningRing {
    pub tenant_id: Uuid,
    pub building_id: Uuid,
    pub call_id: Uuid,
    pub leg_id: Uuid,
    pub resident_id: Uuid,
    #[serde(with = "rfc3339::option")]
    pub dialled_at: Option<OffsetDateTime>,
    #[serde(with = "rfc3339::option")]
    pub accepted_at: Option<OffsetDateTime>,
    pub opened: bool,
    pub declined: bool,
}

impl Record for RunningRing {
    const TABLE: &'static str = "running_ring";
    const KEY: &'static [&'static str] = &["call_id", "leg_id"];
    type Key = (Uuid, Uuid);

    fn key(&self) -> (Uuid, Uuid) {
        (self.call_id, self.leg_id)
    }
}
