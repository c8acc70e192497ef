//! A firm with a door that has a line at each carrier, made through the API.

use anyhow::Context;
use serde_json::{Value, json};
use vestibule::boot::demo::{ADA, BEN, LINE, OPEN_DIGITS, PANEL};

pub const TWILIO_ACCOUNT: &str = "AC00000000000000000000000000000001";
pub const TWILIO_TOKEN: &str = "test-token-0001-of-an-account-that-is-none";
pub const TWILIO_LINE: &str = "+15145550199";
pub const VONAGE_APPLICATION: &str = "bench-0001-of-an-application-that-is-none";
pub const VONAGE_API_KEY: &str = "0000beef";
pub const VONAGE_SECRET: &str = "a-signature-secret-of-an-account-that-is-none";
pub const SIPGATE_ACCOUNT: &str = "7654321";
pub const SIPGATE_LINE: &str = "+493023125099";
/// Lies open beside the simulator. Nothing is signed with it here: a connection wants a key to place calls with.
const PRIVATE_KEY: &str = include_str!("../../src/simulator/sipgate/key.pem");

/// The parts of a firm's callback URLs that nobody can guess.
pub struct Firm {
    pub twilio: String,
    pub vonage: String,
    pub sipgate: String,
}

impl Firm {
    /// Makes a firm, a building with a door, a unit, two residents, and a connection and a line at each carrier.
    pub async fn furnish(api: &str) -> anyhow::Result<Self> {
        let mut manager = Manager { http: reqwest::Client::new(), api, token: None };
        let email = format!("bench-{:016x}@vestibule.example", rand::random::<u64>());
        let password = "correct horse battery staple";
        let firm =
            json!({ "name": "Maple", "owner_name": "Grace", "email": email, "password": password });
        manager.make("/v1/tenants", &firm).await?;
        let session =
            manager.make("/v1/sessions", &json!({ "email": email, "password": password })).await?;
        manager.token = Some(text(&session, "access_token")?);

        let house = json!({ "name": "Maple House", "time_zone": "Europe/London", "language": "en-GB", "region": "GB" });
        let house = text(&manager.make("/v1/buildings", &house).await?, "id")?;
        let door = json!({ "name": "Front door", "panel_numbers": [PANEL], "panel": { "open_digits": OPEN_DIGITS } });
        let door = manager.make(&format!("/v1/buildings/{house}/entrances"), &door).await?;
        let unit = json!({ "name": "1204", "code": "1204" });
        let unit = manager.make(&format!("/v1/buildings/{house}/units"), &unit).await?;
        for (name, number) in [("Ada", ADA), ("Ben", BEN)] {
            let resident = json!({ "name": name, "numbers": [number] });
            manager.make(&format!("/v1/units/{}/residents", text(&unit, "id")?), &resident).await?;
        }
        let place = (house, text(&door, "id")?);
        let twilio = json!({ "account_sid": TWILIO_ACCOUNT, "auth_tokens": [TWILIO_TOKEN] });
        let vonage = json!({ "application_id": VONAGE_APPLICATION, "api_key": VONAGE_API_KEY, "private_key": PRIVATE_KEY, "signature_secrets": [VONAGE_SECRET] });
        let sipgate = json!({ "account_number": SIPGATE_ACCOUNT, "token_id": "token-AB12CD", "token": "a-personal-access-token-of-nobody" });
        Ok(Self {
            twilio: manager.connects("twilio", &twilio, TWILIO_LINE, &place).await?,
            vonage: manager.connects("vonage", &vonage, LINE, &place).await?,
            sipgate: manager.connects("sipgate", &sipgate, SIPGATE_LINE, &place).await?,
        })
    }
}

struct Manager<'a> {
    http: reqwest::Client,
    api: &'a str,
    token: Option<String>,
}

impl Manager<'_> {
    async fn connects(
        &self,
        provider: &str,
        credentials: &Value,
        number: &str,
        (house, door): &(String, String),
    ) -> anyhow::Result<String> {
        let connection =
            json!({ "provider": provider, "label": provider, "credentials": credentials });
        let connection = self.make("/v1/connections", &connection).await?;
        let line = json!({ "connection_id": connection["id"], "building_id": house, "number": number, "entrance_id": door });
        self.make("/v1/lines", &line).await?;
        text(&connection, "token")
    }

    async fn make(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let mut request = self.http.post(format!("{}{path}", self.api)).json(body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await?;
        let (status, body) = (answer.status(), answer.text().await?);
        anyhow::ensure!(status.is_success(), "{path} was answered {status}: {body}");
        Ok(serde_json::from_str(&body)?)
    }
}

fn text(made: &Value, field: &str) -> anyhow::Result<String> {
    Ok(made[field].as_str().with_context(|| format!("no {field}"))?.to_owned())
}
