//! The demo: a building made through the API as a manager would make it, and one visit to its door.

mod client;
mod furnish;
mod timeline;

use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use self::client::Client;
pub use self::furnish::{DemoBuilding, furnish};
pub use self::timeline::print_timeline;

/// The panel at the demo door. All numbers are ones that nobody has.
pub const PANEL: &str = "+441632960001";
/// The line that the panel calls.
pub const LINE: &str = "+441632960100";
/// The resident who opens.
pub const ADA: &str = "+447700900101";
/// The resident whose mailbox answers.
pub const BEN: &str = "+447700900102";
/// What the panel must hear to open.
pub const OPEN_DIGITS: &str = "9";
/// How long the demo waits for the visit to end.
const VISIT_TAKES: Duration = Duration::from_secs(60);

/// A visit to the demo door, as the API tells it and as the panel heard it.
#[derive(Debug)]
pub struct Visit {
    /// The call, with its legs.
    pub call: Value,
    /// Each step and why it was taken.
    pub explained: Vec<Value>,
    /// The tones that the panel heard.
    pub panel_heard: String,
}

impl Visit {
    /// Whether the panel heard the digits that open it, and the history says so.
    pub fn door_opened(&self) -> bool {
        self.call["outcome"] == "opened" && self.panel_heard.contains(OPEN_DIGITS)
    }
}

/// Rings the demo door once: Ben's mailbox answers, Ada opens.
pub async fn ring(building: &DemoBuilding) -> anyhow::Result<Visit> {
    let simulator = Client::to(building.simulator());
    let api = Client::to(building.api()).signed_in(building.email(), building.password()).await?;
    let before = api.get("/v1/calls?limit=1").await?;
    let last_call = before["items"][0]["id"].clone();

    let started = simulator
        .post("/sim/calls", &scenario())
        .await
        .context("the simulator does not take the visit")?;
    let run = started["id"].as_u64().context("the simulator names no run")?;

    let deadline = tokio::time::Instant::now() + VISIT_TAKES;
    loop {
        let newest = api.get("/v1/calls?limit=1").await?["items"][0].clone();
        if newest["id"] != last_call && newest["ended_at"].is_string() {
            let id = newest["id"].as_str().context("a call without an id")?;
            let call = api.get(&format!("/v1/calls/{id}")).await?;
            let explained = api.get(&format!("/v1/calls/{id}/explain")).await?;
            let seen = simulator.get(&format!("/sim/calls/{run}")).await?;
            return Ok(Visit {
                call,
                explained: explained.as_array().cloned().unwrap_or_default(),
                panel_heard: tones(&seen),
            });
        }
        if tokio::time::Instant::now() > deadline {
            bail!(
                "the visit did not end within {VISIT_TAKES:?}; `vestibule doctor` says what is wrong"
            );
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn scenario() -> Value {
    json!({
        "title": "The demo door: a mailbox answers, Ada opens",
        "call": { "from": PANEL, "to": LINE, "hang_up_after": "12s" },
        "phone": [
            { "number": ADA, "name": "Ada", "does": "answer", "after": "1s",
              "keys": [{ "press": "1", "after": "300ms", "since": "prompt" }, { "press": "9", "after": "1s", "since": "joined" }],
              "hang_up_after": "9s" },
            { "number": BEN, "name": "Ben", "does": "voicemail", "after": "500ms" },
        ],
    })
}

/// The tones that the visitor's phone heard, in a row.
fn tones(run: &Value) -> String {
    let heard = run["legs"][0]["heard"].as_array().cloned().unwrap_or_default();
    heard
        .iter()
        .filter_map(|item| item["digits"].as_str().or_else(|| item["sound"]["digits"].as_str()))
        .collect()
}
