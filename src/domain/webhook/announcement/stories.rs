//! What happens in a visit, and what is told of it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

fn id(n: u128) -> String {
    Uuid::from_u128(n).to_string()
}

fn event(kind: &str, data: Value) -> Event {
    serde_json::from_value(json!({ "type": kind, "data": data })).unwrap()
}

fn rang(caller: Value) -> Event {
    event(
        "CallRang",
        json!({ "call": id(1), "tenant": id(2), "building": id(3), "entrance": id(4), "line": id(5), "connection": id(6),
        "caller": caller, "leg": id(7), "carrier_leg": { "id": "c" } }),
    )
}

fn known() -> Value {
    json!({ "$p": { "subject": id(8), "value": "+441632960001" } })
}

fn data(events: &[Event], detail: Detail) -> Value {
    serde_json::to_value(announce(events, detail).unwrap()).unwrap()
}

#[test]
fn a_number_is_masked_unless_it_was_asked_for() {
    let events = [rang(known())];

    assert_eq!(data(&events, Detail::Masked)["caller"], "+44••••••••01");
    assert_eq!(data(&events, Detail::Personal)["caller"], "+441632960001");
}

#[test]
fn who_withheld_the_number_or_was_erased_has_none() {
    let erased = json!({ "$p": { "subject": id(8) } });

    assert_eq!(data(&[rang(Value::Null)], Detail::Personal)["caller"], Value::Null);
    assert_eq!(data(&[rang(erased)], Detail::Personal)["caller"], "[erased]");
}

#[test]
fn each_event_says_which_call_building_and_unit_it_is_about() {
    let events = [
        rang(known()),
        event("UnitChosen", json!({ "unit": id(9) })),
        event("DoorOpened", json!({ "opening": 1, "opener": { "by": "resident", "id": id(10) } })),
    ];

    assert_eq!(
        data(&events, Detail::Masked),
        json!({ "call_id": id(1), "building_id": id(3), "entrance_id": id(4), "line_id": id(5), "unit_id": id(9),
            "opening": 1, "opened_by": "resident", "opener_id": id(10) })
    );
}

#[test]
fn what_happens_inside_is_not_told() {
    assert_eq!(announce(&[], Detail::Masked), None);
    let inside = event("LegRinging", json!({ "leg": id(7) }));
    assert_eq!(announce(&[rang(known()), inside.clone()], Detail::Masked), None);
    assert_eq!(announce(&[inside], Detail::Masked), None);
}

/// Topic and news of an event of a visit in which residents 10 and 11 are rung on the legs 20 and 21, and the concierge on 22.
fn news(kind: &str, data: Value) -> (Topic, Value) {
    let dial = |leg, target: Value| {
        event(
            "DialRequested",
            json!({ "leg": id(leg), "step": 1, "target": target, "number": known(), "number_index": 0, "attempt": 1,
                "accept": "key", "not_before": "2026-11-20T12:00:00Z", "deadline": "2026-11-20T12:00:25Z",
                "ring_until": "2026-11-20T12:00:25Z" }),
        )
    };
    let resident = |n| json!({ "who": "resident", "id": id(n) });
    let events = [
        rang(known()),
        dial(20, resident(10)),
        dial(21, resident(11)),
        dial(22, json!({ "who": "concierge" })),
        event(kind, data),
    ];
    let told = announce(&events, Detail::Masked).unwrap();
    (told.topic, serde_json::to_value(told.news).unwrap())
}

#[test]
fn how_a_visitor_gets_in_is_told() {
    let ends_at = "2026-11-20T12:00:25Z";
    for (kind, data, topic, told) in [
        (
            "CallerBlocked",
            json!({ "block": id(30), "expires_at": ends_at }),
            Topic::CallerBlocked,
            json!({ "block_id": id(30), "caller": "+44••••••••01", "expires_at": ends_at }),
        ),
        (
            "EntranceBlocked",
            json!({ "block": id(30), "expires_at": ends_at }),
            Topic::EntranceBlocked,
            json!({ "block_id": id(30), "expires_at": ends_at }),
        ),
        (
            "PinAccepted",
            json!({ "pass": id(31) }),
            Topic::PinAccepted,
            json!({ "pass_id": id(31) }),
        ),
        (
            "PinRefused",
            json!({ "attempt": 2, "wrong_pins": 5 }),
            Topic::PinRefused,
            json!({ "attempt": 2, "wrong_pins": 5 }),
        ),
        (
            "GroupStarted",
            json!({ "step": 3, "group": 1, "ends_at": ends_at }),
            Topic::CallRinging,
            json!({ "group": 1, "ends_at": ends_at }),
        ),
        (
            "CallAccepted",
            json!({ "leg": id(21), "how": "detect", "ends_at": ends_at }),
            Topic::CallAccepted,
            json!({ "leg_id": id(21), "resident_id": id(11), "how": "detect" }),
        ),
        (
            "CallDeclined",
            json!({ "leg": id(20), "how": "phone" }),
            Topic::CallDeclined,
            json!({ "leg_id": id(20), "resident_id": id(10), "how": "phone" }),
        ),
        (
            "DoorOpenFailed",
            json!({ "opening": 2, "reason": "busy", "certainty": "unknown" }),
            Topic::DoorOpenFailed,
            json!({ "opening": 2, "certainty": "unknown" }),
        ),
    ] {
        assert_eq!(news(kind, data), (topic, told));
    }
}

#[test]
fn who_comes_and_goes_in_the_room_is_told_and_which_resident_it_is() {
    for (kind, topic) in [
        ("LegJoined", Topic::ParticipantJoined),
        ("LegMuted", Topic::ParticipantMuted),
        ("LegUnmuted", Topic::ParticipantUnmuted),
        ("LegHeld", Topic::ParticipantHeld),
        ("LegResumed", Topic::ParticipantResumed),
    ] {
        for (leg, resident) in [(20, Some(id(10))), (21, Some(id(11))), (22, None), (7, None)] {
            assert_eq!(
                news(kind, json!({ "leg": id(leg), "sequence": 4 })),
                (topic, json!({ "leg_id": id(leg), "resident_id": resident, "sequence": 4 }))
            );
        }
    }
    assert_eq!(
        news("LegLeft", json!({ "leg": id(21), "why": "removed", "sequence": 6 })),
        (
            Topic::ParticipantLeft,
            json!({ "leg_id": id(21), "resident_id": id(11), "why": "removed", "sequence": 6 })
        )
    );
}

#[test]
fn the_end_of_a_call_says_whether_it_was_reconciled() {
    let ended = |source: Value| {
        let data = json!({ "outcome": "talked", "cause": "talk_limit", "source": source });
        news("CallEnded", data)
    };
    let told = |reconciled: Value| {
        let told = json!({ "outcome": "talked", "cause": "talk_limit", "reconciled": reconciled });
        (Topic::CallEnded, told)
    };

    assert_eq!(ended(json!("reported")), told(Value::Null));
    assert_eq!(ended(json!({ "reconciled": "history" })), told(json!("carrier_history")));
}

#[test]
fn why_a_visitor_may_go_on_or_not_and_who_opened_is_told_in_a_word() {
    let named = |key: &str, name: &str| json!({ key: name, "id": id(40) });
    for (admission, word) in [
        (named("as", "panel"), "panel"),
        (named("as", "allowlisted"), "allowlisted"),
        (json!({ "as": "stranger" }), "stranger"),
        (json!({ "as": "stranger_with_pin" }), "stranger_with_pin"),
    ] {
        let told = news("CallerAdmitted", json!({ "admission": admission }));
        assert_eq!(told, (Topic::CallerAdmitted, json!({ "admitted_as": word })));
    }
    for (refusal, word) in [
        (json!({ "why": "loop" }), "loop"),
        (named("why", "blocked"), "blocked"),
        (json!({ "why": "stranger" }), "stranger"),
        (json!({ "why": "withheld" }), "withheld"),
    ] {
        let told = news("CallerRefused", json!({ "refusal": refusal }));
        assert_eq!(told, (Topic::CallerRefused, json!({ "reason": word })));
    }
    for (opener, word, who) in [
        (named("by", "resident"), "resident", Some(id(40))),
        (json!({ "by": "concierge" }), "concierge", None),
        (named("by", "pass"), "pass", Some(id(40))),
        (named("by", "manager"), "manager", Some(id(40))),
        (named("by", "program"), "api_key", Some(id(40))),
    ] {
        let told = news("DoorOpened", json!({ "opening": 1, "opener": opener }));
        let meant = json!({ "opening": 1, "opened_by": word, "opener_id": who });
        assert_eq!(told, (Topic::DoorOpened, meant));
    }
}
