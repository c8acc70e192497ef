//! A call's audio, from the phone to a firm's own backend: the carrier's socket, the engine, the directory and the decider at once.

use reqwest::Method;
use serde_json::json;
use vestibule::simulator::{Carrier, RunState, Scenario};

use crate::harness::door::{Door, PATIENCE};
use crate::harness::studio::{Ear, Heard};

/// A caller whom nobody listed gives a PIN first; what comes after it is heard by the backend, and nothing before.
#[actix_web::test]
async fn a_stranger_who_gives_a_pin_is_heard_by_the_backend_and_nobody_is_rung() {
    let door = Door::open_at_twilio().await;
    let manager = door.manager().await;
    let ear = Ear::listening().await;
    let building = manager.get("/v1/buildings").await["items"][0]["id"].clone();
    let building = building.as_str().unwrap();
    let strangers = json!({ "strangers": "pin" });
    let patched = manager.request(Method::PATCH, &format!("/v1/buildings/{building}"));
    assert!(patched.json(&strangers).send().await.unwrap().status().is_success());
    let pass = json!({ "label": "Transcripts" });
    let (status, made) = manager.post(&format!("/v1/buildings/{building}/passes"), &pass).await;
    assert_eq!(status, 201, "{made}");
    let pin = made["pin"].as_str().unwrap().to_owned();
    let backend = json!({ "label": "Ears", "url": ear.url, "audio": "as_received" });
    let (status, backend) = manager.post("/v1/stream-backends", &backend).await;
    assert_eq!(status, 201, "{backend}");
    let lines = manager.get("/v1/lines").await;
    let line = lines["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["number"] == crate::harness::twilio::LINE);
    let line = format!("/v1/lines/{}", line.unwrap()["id"].as_str().unwrap());
    let leads = json!({ "entrance_id": null, "leads_to_stream": true });
    let led = manager.request(Method::PATCH, &line).json(&leads).send().await.unwrap();
    assert!(led.status().is_success(), "{}", led.text().await.unwrap());
    let set = json!({ "backends": [backend["id"]], "on_last_required_lost": "end_call" });
    let named = manager.request(Method::PUT, &format!("{line}/streams"));
    assert!(named.json(&set).send().await.unwrap().status().is_success());

    let visit = format!(
        r#"
        title = "A stranger streams"
        seed = 3
        [call]
        from = "+447700900177"
        to = "+441632960100"
        keys = [{{ press = "{pin}#", after_hearing = "PIN", after = "500ms" }}]
        hang_up_after = "12s"
        "#
    );
    let run = door.simulator.call_on(Carrier::Twilio, Scenario::parse(&visit).unwrap()).unwrap();
    ear.until_told("start", 1).await;
    ear.until("its audio", |all| {
        all.iter().filter(|heard| matches!(heard, Heard::Audio(_))).count() > 50
    })
    .await;
    let running = manager.get("/v1/streams?state=running").await;
    let stream = running["items"][0]["id"].as_str().unwrap().to_owned();
    let probed = manager.get(&format!("/v1/streams/{stream}/probe")).await;
    ear.until_told("stop", 1).await;
    let over = |simulator: &vestibule::simulator::Running| {
        simulator.run(run).is_some_and(|run| run.state == RunState::Over)
    };
    assert!(door.simulator.until(PATIENCE, over).await);
    let call = door.history().await;
    let probed_late = manager.try_get(&format!("/v1/streams/{stream}/probe")).await;

    assert_eq!(probed["alive"], true);
    assert_eq!(call["outcome"], "streamed", "{call}");
    assert_eq!(probed_late.0, 410, "{probed_late:?}");
    assert!(door.simulator.placed(None).is_empty());
    let sent = door.simulator.streams()[0].frames_sent;
    let heard = ear.heard().iter().filter(|heard| matches!(heard, Heard::Audio(_))).count();
    assert_eq!(u64::try_from(heard).unwrap(), sent);
    assert!(door.simulator.complaints().is_empty(), "{:#?}", door.simulator.complaints());
    door.close().await;
}
