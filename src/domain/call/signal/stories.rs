//! What is told, before anyone decides on it.

use uuid::Uuid;

use super::*;

#[test]
fn a_call_rings_inbound_unless_it_is_said_to_go_out() {
    let leg = LegId::from_uuid(Uuid::from_u128(9));
    let carrier_leg = CarrierLeg { id: "c".to_owned(), region: None };
    let rang = Rang::inbound(leg, carrier_leg.clone());

    assert_eq!(rang, Rang { leg, carrier_leg, direction: Direction::Inbound, users: vec![] });
    assert!(Direction::Inbound.is_inbound());
    assert!(!Direction::Outbound.is_inbound());
}

#[test]
fn a_wait_is_told_in_milliseconds_as_far_as_they_can_be_counted() {
    let wait = |wait| {
        let Again::After { wait_ms } = Again::after(wait) else { return None };
        Some(wait_ms)
    };

    assert_eq!(wait(Duration::ZERO), Some(0));
    assert_eq!(wait(Duration::from_micros(1_500_999)), Some(1_500));
    assert_eq!(wait(Duration::from_millis(u64::from(u32::MAX) + 1)), Some(u32::MAX));
}
