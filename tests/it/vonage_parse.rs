//! What Vonage's webhooks say, by a table of every shape that its documents and recordings show.

use proptest::prelude::*;
use serde_json::{Value, json};
use time::macros::datetime;
use vestibule::carriers::vonage::parse::parse;
use vestibule::carriers::vonage::verify::Method;
use vestibule::carriers::vonage::{Hook, Parsed, What};
use vestibule::domain::call::signal::{CarrierLeg, Keys, LegReport, Rang, Signal};

use crate::vonage_people::{believed, leg};

const LEG: &str = "9d1e8f3c4b5a69788796a5b4c3d2e1f0";
const CONVERSATION: &str = "CON-6f0c1111-2222-4333-8444-555566667777";

fn read(hook: Hook, body: &Value) -> Parsed {
    parse(hook, &believed(Method::Post, &body.to_string())).expect("a webhook")
}

/// As Vonage writes it into a query: texts as they are, objects as JSON.
fn as_query(body: &Value) -> String {
    let written = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let escaped =
        |text: String| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    let fields = body.as_object().expect("an object").iter();
    fields
        .map(|(name, value)| format!("{}={}", escaped(name.clone()), escaped(written(value))))
        .collect::<Vec<_>>()
        .join("&")
}

#[test]
fn every_event_says_the_same_by_post_and_by_get() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../golden/vonage/events.json")).unwrap();
    for case in cases {
        let body = &case["body"];
        let expected_leg = if case.get("leg") == Some(&Value::Null) { None } else { Some(LEG) };
        let conversation = match case.get("conversation") {
            None => Some(CONVERSATION),
            Some(conversation) => conversation.as_str(),
        };
        for (method, text) in [(Method::Post, body.to_string()), (Method::Get, as_query(body))] {
            let parsed = parse(Hook::Event, &believed(method, &text)).unwrap();

            let name = format!("{} by {method:?}", case["name"]);
            assert_eq!(format!("{:?}", parsed.what), case["says"].as_str().unwrap(), "{name}");
            assert_eq!(
                parsed.carrier_leg.as_ref().map(|leg| leg.id.as_str()),
                expected_leg,
                "{name}"
            );
            assert_eq!(parsed.conversation.as_deref(), conversation, "{name}");
        }
    }
}

#[test]
fn a_call_that_comes_in_rings() {
    let body = json!({
        "endpoint_type": "phone", "to": "441632960100", "from": "441632960999", "uuid": LEG, "conversation_uuid": CONVERSATION,
        "region_url": "https://api-eu-3.vonage.com", "something_new": {"deep": [1]},
    });
    let parsed = read(Hook::Answer, &body);

    let arrival = parsed.arrival().unwrap();
    assert_eq!(arrival.to.as_deref(), Some("441632960100"));
    assert_eq!(arrival.from.as_deref(), Some("441632960999"));
    let carrier_leg =
        CarrierLeg { id: LEG.to_owned(), region: Some("https://api-eu-3.vonage.com".to_owned()) };
    assert_eq!(
        parsed.clone().rang(leg()),
        Some(Signal::Rang(Rang::inbound(leg(), carrier_leg.clone())))
    );
    assert_eq!(
        parsed.into_signal(leg()),
        Some(Signal::Asks { leg: leg(), carrier_leg: Some(carrier_leg) })
    );
}

#[test]
fn a_call_that_comes_in_by_get_rings_too() {
    let query = format!(
        "n=1&to=441632960100&from=anonymous&endpoint_type=phone&conversation_uuid={CONVERSATION}&uuid={LEG}&region_url=https%3A%2F%2Fapi-eu-3.vonage.com"
    );
    let parsed = parse(Hook::Answer, &believed(Method::Get, &query)).unwrap();

    assert_eq!(parsed.arrival().unwrap().from.as_deref(), Some("anonymous"));
    assert_eq!(parsed.carrier_leg.unwrap().region.as_deref(), Some("https://api-eu-3.vonage.com"));
}

#[test]
fn a_caller_of_the_sdk_has_a_user_and_no_number() {
    let body = json!({"from_user": "ada", "to": "1204", "uuid": LEG, "custom_data": {"a": "b"}});
    let parsed = read(Hook::Answer, &body);

    let arrival = parsed.arrival().unwrap();
    assert_eq!((arrival.from.as_deref(), arrival.from_user.as_deref()), (None, Some("ada")));
}

#[test]
fn an_answer_request_without_a_leg_is_malformed() {
    for body in ["{}", r#"{"uuid":null}"#, r#"{"uuid":"../../v2"}"#, r#"{"uuid":"a\u0000b"}"#] {
        assert!(parse(Hook::Answer, &believed(Method::Post, body)).is_err(), "{body}");
    }
}

#[test]
fn what_is_no_object_is_malformed() {
    let deep = "[".repeat(100_000);
    for body in ["", "[]", "null", "\"x\"", "{", "\u{feff}{}", "{\"price\":1e400}", deep.as_str()] {
        for hook in Hook::ALL {
            assert!(parse(hook, &believed(Method::Post, body)).is_err(), "{hook}: {body:.20}");
        }
    }
}

#[test]
fn a_fallback_signals_what_the_failed_request_said() {
    let body = json!({
        "reason": "Connection reset.", "original_request": {"url": "https://door.example.test", "type": "event"},
        "dtmf": {"digits": "9"}, "uuid": LEG,
    });
    let parsed = read(Hook::Fallback, &body);

    let What::FellBack(fallback) = &parsed.what else { panic!("{parsed:?}") };
    assert_eq!(fallback.reason, "Connection reset.");
    assert_eq!(
        parsed.into_signal(leg()),
        Some(Signal::Pressed { leg: leg(), keys: Keys::Pressed("9".to_owned()) })
    );
}

#[test]
fn a_status_becomes_a_signal_with_the_carriers_time() {
    let body = json!({"status": "ringing", "uuid": LEG, "timestamp": "2026-03-01T10:00:00.100Z"});
    let parsed = read(Hook::Event, &body);

    assert_eq!(parsed.report(), Some(LegReport::Ringing));
    assert_eq!(
        parsed.into_signal(leg()),
        Some(Signal::Leg {
            leg: leg(),
            report: LegReport::Ringing,
            carrier_leg: Some(CarrierLeg { id: LEG.to_owned(), region: None }),
            occurred_at: Some(datetime!(2026-03-01 10:00:00.1 UTC)),
        })
    );
}

#[test]
fn what_a_call_need_not_know_is_no_signal() {
    for body in [
        json!({"status": "levitating", "uuid": LEG}),
        json!({"recording_url": "https://api.nexmo.com/f"}),
        json!({"payload": {"mark": "greeted"}}),
        json!({}),
    ] {
        let parsed = read(Hook::Event, &body);
        assert_eq!(parsed.report(), None);
        assert_eq!(parsed.into_signal(leg()), None, "{body}");
    }
}

#[test]
fn numbers_and_keys_do_not_show_in_debug_output() {
    let arrival =
        read(Hook::Answer, &json!({"uuid": LEG, "to": "441632960100", "from": "441632960999"}));
    let keys = read(Hook::Keys, &json!({"uuid": LEG, "dtmf": {"digits": "4711"}}));

    let shown = format!("{arrival:?} {keys:?}");

    for hidden in ["441632960100", "441632960999", "4711"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        prop::sample::select(vec![
            "transfer",
            "event",
            "completed",
            "rejected",
            "603",
            "0.5",
            "2026-03-01 10:00:00"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 32, 6, |inner| {
        let name = prop_oneof![
            prop::sample::select(vec![
                "uuid",
                "call_uuid",
                "status",
                "detail",
                "sip_code",
                "duration",
                "price",
                "dtmf",
                "digits",
                "type",
                "payload",
                "mark",
                "reason",
                "original_request",
                "timestamp",
                "conversation_uuid_from",
                "region_url",
                "from",
                "to",
            ])
            .prop_map(str::to_owned),
            "\\PC{0,8}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..8)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn reading_never_panics(body in any_json(), bytes in "\\PC{0,60}") {
        for hook in Hook::ALL {
            for text in [body.to_string(), bytes.clone()] {
                if let Ok(parsed) = parse(hook, &believed(Method::Post, &text)) {
                    let _ = parsed.into_signal(leg());
                }
            }
            if body.is_object() {
                let _ = parse(hook, &believed(Method::Get, &as_query(&body)));
            }
        }
    }
}
