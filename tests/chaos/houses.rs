//! The houses that are called: a line, a panel and two residents each.

use std::time::Duration;

use serde_json::{Value, json};
use vestibule::boot::demo::DemoBuilding;
use vestibule::simulator::Running;

pub const HOUSES: usize = 6;

pub fn panel(house: usize) -> String {
    format!("+4416329600{}", 20 + house)
}

pub fn line(house: usize) -> String {
    format!("+4416329601{}", 20 + house)
}

/// The number of someone who lives there: the first or the second.
pub fn resident(house: usize, which: usize) -> String {
    format!("+4477009002{:02}", 2 * house + which)
}

/// Makes them, and tells the carrier whose the lines are.
pub async fn furnish(api: &str, building: &DemoBuilding, kept: &Value, carrier: &Running) {
    let desk = Desk::signed_in(api, building).await;
    let connection = desk.get("/v1/connections").await["items"][0]["id"].clone();
    for house in 0..HOUSES {
        let place = json!({ "name": format!("House {house}"), "time_zone": "Europe/London", "language": "en-GB", "region": "GB" });
        let place = desk.makes("/v1/buildings", &place).await;
        let panel =
            json!({ "open_digits": "9", "talk_max_seconds": 10, "talk_warning_seconds": 3 });
        let entrance =
            json!({ "name": "Front door", "panel_numbers": [self::panel(house)], "panel": panel });
        let entrance = desk.makes(&format!("/v1/buildings/{place}/entrances"), &entrance).await;
        let flow = json!({ "groups": [{ "members": "all_residents", "ring_seconds": 6 }], "on_none": "hang_up" });
        let unit = json!({ "name": "1204", "code": "1204", "flow": flow });
        let unit = desk.makes(&format!("/v1/buildings/{place}/units"), &unit).await;
        for which in 0..2 {
            let name = ["Ada", "Ben"][which];
            let resident = json!({ "name": name, "numbers": [resident(house, which)] });
            desk.makes(&format!("/v1/units/{unit}/residents"), &resident).await;
        }
        let line = json!({ "connection_id": connection, "building_id": place, "number": line(house), "entrance_id": entrance });
        desk.makes("/v1/lines", &line).await;
    }
    carrier.add_application(serde_json::from_value(application(api, kept)).unwrap());
}

/// The demo's application, with the houses' numbers as well.
fn application(api: &str, kept: &Value) -> Value {
    let hook =
        |name: &str| format!("{api}/hooks/vonage/{}/{name}", kept["token"].as_str().unwrap());
    let numbers: Vec<String> = (0..HOUSES).map(line).collect();
    json!({
        "id": kept["application_id"],
        "api_key": kept["api_key"],
        "signature_secret": kept["signature_secret"],
        "public_key": kept["public_key"],
        "answer_url": hook("answer"),
        "answer_method": "POST",
        "event_url": hook("event"),
        "fallback_answer_url": hook("fallback"),
        "fallback_method": "POST",
        "numbers": numbers,
    })
}

/// Someone at the firm's desk.
struct Desk {
    http: reqwest::Client,
    api: String,
    token: String,
}

impl Desk {
    async fn signed_in(api: &str, building: &DemoBuilding) -> Self {
        let http = reqwest::Client::new();
        let body = json!({ "email": building.email(), "password": building.password() });
        let session = http.post(format!("{api}/v1/sessions")).json(&body).send().await.unwrap();
        let session: Value = session.json().await.unwrap();
        let token = session["access_token"].as_str().unwrap().to_owned();
        Self { http, api: api.to_owned(), token }
    }

    async fn get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.api)).bearer_auth(&self.token);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Its id. On a busy machine it may be told to try again.
    async fn makes(&self, path: &str, body: &Value) -> String {
        loop {
            let request = self.http.post(format!("{}{path}", self.api)).bearer_auth(&self.token);
            let answer = request.json(body).send().await.unwrap();
            if answer.status() == 503 {
                tokio::time::sleep(Duration::from_millis(300)).await;
                continue;
            }
            let made: Value = answer.json().await.unwrap();
            return made["id"].as_str().unwrap_or_else(|| panic!("{path}: {made}")).to_owned();
        }
    }
}
