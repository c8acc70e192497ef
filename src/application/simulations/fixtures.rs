//! A building to try things at.

use std::collections::BTreeSet;
use std::time::Duration;

use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

use super::reaction::{How, Reaction};
use super::world::{Key, Tape, World};
use crate::domain::call::event::Target;
use crate::domain::call::script::Music;
use crate::domain::ids::ResidentId;
use crate::domain::local_time::Zone;
use crate::domain::phone_number::{Caller, PhoneNumber};
use crate::domain::policy::capabilities::Capabilities;
use crate::domain::policy::flow::Flow;
use crate::domain::policy::panel::PanelProfile;
use crate::domain::policy::streams::StreamSet;
use crate::domain::policy::{
    Building, Entrance, LeadsTo, Limits, Line, Policy, Presence, Resident, StrangerPolicy, Unit,
    Visitor,
};

pub(super) const NOON: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

pub(super) fn id<T: From<Uuid>>(n: u128) -> T {
    T::from(Uuid::from_u128(n))
}

pub(super) fn number(last: u32) -> PhoneNumber {
    PhoneNumber::parse(&format!("+44770090{last:04}")).unwrap()
}

pub(super) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) fn resident_id(n: u32) -> ResidentId {
    id(u128::from(100 + n))
}

pub(super) fn resident(n: u32) -> Resident {
    Resident {
        id: resident_id(n),
        numbers: vec![number(100 + n)],
        language: None,
        moved_in: None,
        moved_out: None,
        do_not_disturb_until: None,
        quiet_hours: None,
        presence: Presence::Home,
    }
}

/// A building with one door, one unit and two residents, who ring together; the panel calls.
pub(super) fn policy() -> Policy {
    let panel_number = PhoneNumber::parse("+441632960001").unwrap();
    let line_number = PhoneNumber::parse("+441632960100").unwrap();
    Policy {
        building: Building {
            id: id(1),
            tenant: id(2),
            name: "Maple House".into(),
            zone: Zone::parse("Europe/London").unwrap(),
            language: "en-GB".into(),
            region: "GB".into(),
            strangers: StrangerPolicy::Reject,
            withheld: StrangerPolicy::Reject,
            concierge: Some(number(900)),
            wait_music: Music::Ours,
        },
        line: Line {
            id: id(3),
            connection: id(4),
            number: line_number.clone(),
            leads_to: LeadsTo::Entrance(id(5)),
        },
        entrance: Entrance {
            id: id(5),
            name: "Front door".into(),
            panel_numbers: [panel_number.clone()].into(),
            panel: PanelProfile::default(),
        },
        units: vec![Unit {
            id: id(6),
            name: "1204".into(),
            code: Some("1204".into()),
            flow: Flow::default(),
            residents: vec![resident(1), resident(2)],
        }]
        .into(),
        allowlist: Default::default(),
        own_numbers: BTreeSet::from([line_number]).into(),
        visitor: Visitor { caller: Caller::Known(panel_number), subject: Some(id(7)), block: None },
        streams: StreamSet::default(),
        capabilities: Capabilities {
            rejects_unanswered: false,
            echoes_voice: false,
            ..Capabilities::EVERYTHING
        },
        limits: Limits::default(),
    }
}

pub(super) fn answers(after: u64, keys: &[(u64, Key)]) -> Tape {
    let keys = keys.iter().map(|(after, key)| (seconds(*after), *key)).collect();
    reacts(after, How::Answers { keys, hangs_up_after: None })
}

pub(super) fn reacts(after: u64, how: How) -> Tape {
    Reaction { after: seconds(after), how }.tape()
}

pub(super) fn world(phones: impl IntoIterator<Item = (u32, Tape)>) -> World {
    let phones = phones.into_iter().map(|(n, tape)| (Target::Resident(resident_id(n)), vec![tape]));
    World { phones: phones.collect(), ..World::default() }
}
