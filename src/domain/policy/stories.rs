//! A building's configuration, as a decision asks it.

use time::macros::datetime;
use uuid::Uuid;

use super::block::Expires;
use super::*;

const NOON: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

fn id<T: From<Uuid>>(n: u128) -> T {
    T::from(Uuid::from_u128(n))
}

fn resident(n: u128) -> Resident {
    Resident {
        id: id(n),
        numbers: vec![],
        language: None,
        moved_in: None,
        moved_out: None,
        do_not_disturb_until: None,
        quiet_hours: None,
        presence: Presence::Home,
    }
}

fn unit(n: u128, code: Option<&str>, residents: Vec<Resident>) -> Unit {
    let (name, code) = (format!("Flat {n}"), code.map(str::to_owned));
    Unit { id: id(n), name, code, flow: Flow::default(), residents }
}

/// A door with two units behind it, and a third that has no code.
fn policy() -> Policy {
    let line_number = PhoneNumber::parse("+441632960100").unwrap();
    let panel_number = PhoneNumber::parse("+441632960001").unwrap();
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
            concierge: None,
            wait_music: Music::Ours,
        },
        line: Line {
            id: id(3),
            connection: id(4),
            number: line_number,
            leads_to: LeadsTo::Entrance(id(5)),
        },
        entrance: Entrance {
            id: id(5),
            name: "Front door".into(),
            panel_numbers: [panel_number.clone()].into(),
            panel: PanelProfile::default(),
        },
        units: vec![
            unit(11, Some("1201"), vec![resident(101), resident(102)]),
            unit(12, Some("1202"), vec![resident(103)]),
            unit(13, None, vec![]),
        ]
        .into(),
        allowlist: Default::default(),
        own_numbers: Default::default(),
        visitor: Visitor { caller: Caller::Known(panel_number), subject: None, block: None },
        streams: StreamSet::default(),
        capabilities: Capabilities::EVERYTHING,
        limits: Limits::default(),
    }
}

/// A line that leads there, with so many units behind its door.
fn leading_to(leads_to: LeadsTo, units: usize) -> Policy {
    let mut policy = policy();
    policy.line.leads_to = leads_to;
    policy.units.truncate(units);
    policy
}

#[test]
fn a_unit_is_found_by_its_id_and_by_its_whole_code() {
    let policy = policy();
    let by_id = |n| policy.unit(id(n)).map(|unit| unit.name.as_str());
    let by_code = |code| policy.unit_by_code(code).map(|unit| unit.name.as_str());

    assert_eq!(
        [by_id(11), by_id(12), by_id(13), by_id(14)],
        [Some("Flat 11"), Some("Flat 12"), Some("Flat 13"), None]
    );
    assert_eq!([by_code("1201"), by_code("1202")], [Some("Flat 11"), Some("Flat 12")]);
    assert_eq!([by_code("1203"), by_code("120"), by_code("12011"), by_code("")], [None; 4]);
}

#[test]
fn a_line_leads_to_one_unit_if_it_is_the_units_own_or_no_other_is_behind_the_door() {
    let only = |leads_to, units| {
        leading_to(leads_to, units).only_unit().map(|unit| unit.id.as_uuid().as_u128())
    };
    let door = LeadsTo::Entrance(id(5));

    assert_eq!([only(door, 0), only(door, 1), only(door, 2)], [None, Some(11), None]);
    assert_eq!(only(LeadsTo::Unit(id(12)), 3), Some(12));
    assert_eq!(only(LeadsTo::Unit(id(14)), 1), None);
    assert_eq!([only(LeadsTo::Stream, 1), only(LeadsTo::Watched, 1)], [None, None]);
}

#[test]
fn a_resident_is_found_with_the_unit_they_live_in() {
    let policy = policy();
    let found = |n| policy.resident(id(n)).map(|(unit, resident)| (unit.id, resident.id));

    assert_eq!(found(101), Some((id(11), id(101))));
    assert_eq!(found(102), Some((id(11), id(102))));
    assert_eq!(found(103), Some((id(12), id(103))));
    assert_eq!(found(104), None);
}

#[test]
fn a_block_keeps_out_known_callers_and_hidden_ones_only_where_they_give_pins() {
    let block = Block { id: id(9), expires: Expires::At(NOON) };
    let known = || policy().visitor.caller;
    let before = NOON - Duration::from_secs(1);
    let in_force = |caller: Caller, withheld, at| {
        let mut policy = policy();
        policy.building.withheld = withheld;
        policy.visitor = Visitor { caller, subject: None, block: Some(block) };
        policy.block_in_force(at).copied()
    };

    for withheld in [StrangerPolicy::Reject, StrangerPolicy::Pin, StrangerPolicy::Ring] {
        assert_eq!(in_force(known(), withheld, before), Some(block), "{withheld:?}");
        assert_eq!(in_force(known(), withheld, NOON), None, "{withheld:?}");
        assert_eq!(in_force(Caller::Withheld, withheld, NOON), None, "{withheld:?}");
    }
    assert_eq!(in_force(Caller::Withheld, StrangerPolicy::Pin, before), Some(block));
    assert_eq!(in_force(Caller::Withheld, StrangerPolicy::Reject, before), None);
    assert_eq!(in_force(Caller::Withheld, StrangerPolicy::Ring, before), None);
    assert_eq!(policy().block_in_force(before), None);
}
