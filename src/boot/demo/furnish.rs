//! Makes the demo building, once; and tells the simulator whose calls it plays.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use rsa::RsaPrivateKey;
use rsa::pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client::Client;
use super::{ADA, BEN, LINE, OPEN_DIGITS, PANEL};

const KEY_BITS: usize = 2048;

/// The demo building, and how to get in. Kept beside the private database, readable by its owner only.
#[derive(Clone, Serialize, Deserialize)]
pub struct DemoBuilding {
    email: String,
    password: String,
    application_id: String,
    api_key: String,
    signature_secret: String,
    private_key: String,
    public_key: String,
    /// The connection's part of the callback URLs; empty until the building is made.
    #[serde(default)]
    token: String,
    #[serde(skip)]
    api: String,
    #[serde(skip)]
    simulator: String,
}

/// Hidden: it holds keys.
impl std::fmt::Debug for DemoBuilding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DemoBuilding").field("email", &self.email).finish_non_exhaustive()
    }
}

impl DemoBuilding {
    /// Signs in.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Signs in.
    pub fn password(&self) -> &str {
        &self.password
    }

    pub(super) fn api(&self) -> &str {
        &self.api
    }

    pub(super) fn simulator(&self) -> &str {
        &self.simulator
    }

    fn fresh() -> anyhow::Result<Self> {
        // From the operating system, through the generator that the key's crate knows.
        let private = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, KEY_BITS)?;
        Ok(Self {
            email: format!("demo-{}@vestibule.example", word(4)),
            password: word(12),
            application_id: format!("demo-{}", word(8)),
            api_key: word(4),
            signature_secret: word(24),
            private_key: private.to_pkcs8_pem(LineEnding::LF)?.to_string(),
            public_key: private.to_public_key().to_public_key_pem(LineEnding::LF)?,
            token: String::new(),
            api: String::new(),
            simulator: String::new(),
        })
    }
}

/// Makes the demo building through the API if it is not there yet, and introduces it to the simulator.
pub async fn furnish(api: &str, simulator: &str, state_dir: &Path) -> anyhow::Result<DemoBuilding> {
    let path = state_dir.join("demo.json");
    let kept = fs::read_to_string(&path)
        .ok()
        .and_then(|text| serde_json::from_str::<DemoBuilding>(&text).ok());
    let mut building = match kept {
        Some(building) => building,
        None => DemoBuilding::fresh()?,
    };
    building.api = api.to_owned();
    building.simulator = simulator.to_owned();
    if !is_known(&building).await {
        building.token = make(&building).await?;
        keep(&path, &building)?;
    }
    introduce(&building).await?;
    Ok(building)
}

/// Whether the database still knows the building that was kept: it may be another one, or empty.
async fn is_known(building: &DemoBuilding) -> bool {
    !building.token.is_empty()
        && Client::to(&building.api).signed_in(&building.email, &building.password).await.is_ok()
}

/// Makes a firm, a building with a door, a unit and two residents, a connection and a line; says the connection's token.
async fn make(building: &DemoBuilding) -> anyhow::Result<String> {
    let client = Client::to(&building.api);
    let firm = json!({ "name": "Maple Property Management", "owner_name": "Grace", "email": building.email, "password": building.password });
    client.post("/v1/tenants", &firm).await?;
    let client = client.signed_in(&building.email, &building.password).await?;

    let house = json!({ "name": "Maple House", "address": "1 Maple Road, London", "time_zone": "Europe/London", "language": "en-GB", "region": "GB" });
    let house = id(&client.post("/v1/buildings", &house).await?)?;
    let door = json!({ "name": "Front door", "panel_numbers": [PANEL], "panel": { "open_digits": OPEN_DIGITS } });
    let door = id(&client.post(&format!("/v1/buildings/{house}/entrances"), &door).await?)?;
    let unit = id(&client
        .post(&format!("/v1/buildings/{house}/units"), &json!({ "name": "1204", "code": "1204" }))
        .await?)?;
    for (name, number) in [("Ada", ADA), ("Ben", BEN)] {
        client
            .post(
                &format!("/v1/units/{unit}/residents"),
                &json!({ "name": name, "numbers": [number] }),
            )
            .await?;
    }
    let connection = json!({
        "provider": "vonage",
        "label": "Demo",
        "credentials": {
            "application_id": building.application_id,
            "api_key": building.api_key,
            "private_key": building.private_key,
            "signature_secrets": [building.signature_secret],
        },
    });
    let connection = client.post("/v1/connections", &connection).await?;
    let line = json!({ "connection_id": connection["id"], "building_id": house, "number": LINE, "entrance_id": door });
    client.post("/v1/lines", &line).await?;
    Ok(connection["token"].as_str().context("a connection without a token")?.to_owned())
}

/// What a person would type into the carrier's dashboard.
async fn introduce(building: &DemoBuilding) -> anyhow::Result<()> {
    let hooks = format!("{}/hooks/vonage/{}", building.api, building.token);
    let application = json!({
        "id": building.application_id,
        "api_key": building.api_key,
        "signature_secret": building.signature_secret,
        "public_key": building.public_key,
        "answer_url": format!("{hooks}/answer"),
        "answer_method": "POST",
        "event_url": format!("{hooks}/event"),
        "fallback_answer_url": format!("{hooks}/fallback"),
        "fallback_method": "POST",
        "numbers": [LINE],
    });
    Client::to(&building.simulator)
        .post("/sim/applications", &application)
        .await
        .context("the carrier simulator does not answer")?;
    Ok(())
}

fn keep(path: &Path, building: &DemoBuilding) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file =
        fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.write_all(serde_json::to_string_pretty(building)?.as_bytes())?;
    Ok(())
}

fn id(made: &Value) -> anyhow::Result<String> {
    Ok(made["id"].as_str().context("it was made without an id")?.to_owned())
}

/// Random bytes as text.
fn word(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    rand::fill(&mut random[..]);
    hex::encode(random)
}
