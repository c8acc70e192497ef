//! The same door at sipgate: another connection, another line, and an account in the simulator.

use serde_json::{Value, json};
use vestibule::boot::demo;
use vestibule::simulator::{Running, SipgateAccount};

use super::door::Manager;
use super::twilio::{Leads, leads_to, made};

/// The line at sipgate. Nobody has this number.
pub const LINE: &str = "+493023125099";
/// What the account rings by itself, if nobody tells it otherwise.
pub const DESK: &str = "+493023125098";
pub const ACCOUNT: &str = "7654321";
const TOKEN_ID: &str = "token-AB12CD";
const TOKEN: &str = "a-personal-access-token-of-nobody";

/// A connection and a line, as a manager makes them; and the account, as the carrier knows it.
pub async fn furnish(api: &str, manager: &Manager, simulator: &Running, leads: Leads) -> Value {
    let first = manager.get("/v1/lines").await["items"][0].clone();
    let entrance = leads_to(manager, &first, leads).await;
    let connection = connect(api, manager, simulator).await;
    let line = json!({
        "connection_id": connection["id"],
        "building_id": first["building_id"],
        "number": LINE,
        "entrance_id": entrance,
    });
    made(manager, "/v1/lines", &line).await;
    connection
}

/// The same, with a line whose calls are only watched.
pub async fn furnish_watched(api: &str, manager: &Manager, simulator: &Running) -> Value {
    let first = manager.get("/v1/lines").await["items"][0].clone();
    let connection = connect(api, manager, simulator).await;
    let line = json!({
        "connection_id": connection["id"],
        "building_id": first["building_id"],
        "number": LINE,
        "is_watched": true,
    });
    made(manager, "/v1/lines", &line).await;
    connection
}

async fn connect(api: &str, manager: &Manager, simulator: &Running) -> Value {
    let connection = json!({
        "provider": "sipgate",
        "label": "The third carrier",
        "credentials": { "account_number": ACCOUNT, "token_id": TOKEN_ID, "token": TOKEN },
    });
    let connection = made(manager, "/v1/connections", &connection).await;
    let hook = format!("{api}/hooks/sipgate/{}", connection["token"].as_str().unwrap());
    simulator.add_sipgate_account(account(&hook));
    connection
}

/// The carrier is told that the line's pushes go there.
pub fn is_known_at(simulator: &Running, api: &str) {
    simulator.add_sipgate_account(account(&format!("{api}/hooks/sipgate/nobody")));
}

/// Unanswered calls go to the account's own mailbox after a while, as accounts are set up at first.
fn account(hook: &str) -> SipgateAccount {
    serde_json::from_value(json!({
        "account": ACCOUNT,
        "token_id": TOKEN_ID,
        "token": TOKEN,
        "incoming_url": hook,
        "outgoing_url": hook,
        "numbers": [{
            "number": LINE,
            "users": [{ "name": "Desk", "id": "w4" }],
            "put_through_to": DESK,
            "mailbox": { "after": "22s", "after_dial": true },
            "stands_for": demo::LINE,
        }],
        "devices": { "e0": DESK },
    }))
    .unwrap()
}
