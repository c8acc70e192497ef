//! The same door at Twilio: another connection, another line, and an account in the simulator.

use serde_json::{Value, json};
use vestibule::boot::demo;
use vestibule::simulator::{Running, TwilioAccount, TwilioNumber};

use super::door::Manager;

/// The line at Twilio. Nobody has this number.
pub const LINE: &str = "+15145550199";
pub const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub const AUTH_TOKEN: &str = "test-token-0001-of-an-account-that-is-none";

/// Where a line at Twilio leads.
pub enum Leads {
    /// To the door that the other carrier's line leads to.
    ToTheSameDoor,
    /// To a door of its own in the same building, with this panel.
    ToADoorOfItsOwn { name: &'static str, panel: &'static str },
}

/// A connection and a line, as a manager makes them; and the account, as the carrier knows it.
pub async fn furnish(api: &str, manager: &Manager, simulator: &Running, leads: Leads) -> Value {
    let line = manager.get("/v1/lines").await["items"][0].clone();
    let entrance = leads_to(manager, &line, leads).await;
    let connection = json!({
        "provider": "twilio",
        "label": "The second carrier",
        "credentials": { "account_sid": ACCOUNT, "auth_tokens": [AUTH_TOKEN] },
    });
    let connection = made(manager, "/v1/connections", &connection).await;
    let line = json!({
        "connection_id": connection["id"],
        "building_id": line["building_id"],
        "number": LINE,
        "entrance_id": entrance,
    });
    made(manager, "/v1/lines", &line).await;
    let hooks = format!("{api}/hooks/twilio/{}", connection["token"].as_str().unwrap());
    simulator.add_twilio_account(account(&hooks));
    connection
}

/// The door that a line leads to, made if it is not there.
pub async fn leads_to(manager: &Manager, first: &Value, leads: Leads) -> Value {
    match leads {
        Leads::ToTheSameDoor => first["entrance_id"].clone(),
        Leads::ToADoorOfItsOwn { name, panel } => {
            let door = json!({
                "name": name,
                "panel_numbers": [panel],
                "panel": { "open_digits": demo::OPEN_DIGITS },
            });
            let path =
                format!("/v1/buildings/{}/entrances", first["building_id"].as_str().unwrap());
            made(manager, &path, &door).await["id"].clone()
        }
    }
}

/// The carrier is told that the line's webhooks are there.
pub fn is_known_at(simulator: &Running, api: &str) {
    simulator.add_twilio_account(account(&format!("{api}/hooks/twilio/nobody")));
}

fn account(hooks: &str) -> TwilioAccount {
    let number: TwilioNumber = serde_json::from_value(json!({
        "number": LINE,
        "voice_url": format!("{hooks}/voice"),
        "fallback_url": format!("{hooks}/fallback"),
        "status_callback": format!("{hooks}/status"),
        "stands_for": demo::LINE,
    }))
    .unwrap();
    TwilioAccount {
        sid: ACCOUNT.to_owned(),
        auth_tokens: vec![AUTH_TOKEN.to_owned()],
        api_keys: Default::default(),
        numbers: vec![number],
        verified: vec![],
        cps: 30,
    }
}

pub async fn made(manager: &Manager, path: &str, body: &Value) -> Value {
    let (status, made) = manager.post(path, body).await;
    assert_eq!(status, 201, "{path}: {made}");
    made
}
