//! What becomes of a dial: every way to be answered, refused, ignored or given up, and the events that tell.

use super::*;

fn silent(_: &Got, _: usize) -> Reply {
    Reply::Nothing
}

fn hold() -> Value {
    json!({ "ncco": [{ "action": "conversation", "name": "room-1" }] })
}

/// Rings one phone that behaves so, and tells what was said about its leg.
async fn ring(phone: &str, more: Value, milliseconds: u64) -> (Stage, String) {
    let stage = Stage::with(silent).await;
    let phone: Phone =
        toml::from_str(&format!("number = '+{ADA}'\nname = 'Ada'\n{phone}")).unwrap();
    stage.simulator.set_phone(phone);
    let mut body = hold();
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let leg = stage.dial(to(ADA, body)).await;
    stage.pass(milliseconds).await;
    (stage, leg)
}

fn last(stage: &Stage) -> Value {
    stage.got_at("/event").last().unwrap().json()
}

#[tokio::test]
async fn a_decline_is_rejected_and_that_is_the_last_word() {
    let (stage, leg) = ring("does = 'decline'", json!({}), 60_000).await;

    assert_eq!(stage.statuses_of(&leg), ["started", "ringing", "rejected"]);
    assert_eq!(
        (last(&stage)["detail"].as_str(), last(&stage)["sip_code"].as_u64()),
        (Some("declined"), Some(603))
    );
}

#[tokio::test]
async fn every_other_failure_is_followed_by_completed() {
    for (does, cause, detail) in [
        ("busy", vec!["started", "ringing", "busy", "completed"], None),
        ("never", vec!["started", "ringing", "timeout", "completed"], None),
        ("unreachable", vec!["started", "unanswered", "completed"], Some("unavailable")),
        ("out_of_service", vec!["started", "failed", "completed"], Some("number_out_of_service")),
        ("invalid", vec!["started", "rejected"], Some("invalid_number")),
    ] {
        let (stage, leg) = ring(&format!("does = '{does}'"), json!({}), 60_000).await;

        assert_eq!(stage.statuses_of(&leg), cause, "{does}");
        let why = stage
            .got_at("/event")
            .into_iter()
            .map(|got| got.json())
            .find(|json| json.get("detail").is_some());
        assert_eq!(
            why.map(|json| json["detail"].as_str().unwrap().to_owned()).as_deref(),
            detail,
            "{does}"
        );
    }
}

#[tokio::test]
async fn a_phone_that_nobody_described_rings_out_after_the_ringing_timer() {
    let stage = Stage::with(silent).await;
    let leg = stage.dial(to(BEN, hold())).await;

    stage.pass(25_000).await;
    assert_eq!(stage.statuses_of(&leg), ["started", "ringing"]);
    stage.pass(1000).await;
    assert_eq!(stage.statuses_of(&leg), ["started", "ringing", "timeout", "completed"]);
}

#[tokio::test]
async fn the_one_who_placed_the_call_may_give_up_before_it_is_answered() {
    let (stage, leg) = ring("does = 'never'", json!({}), 5000).await;

    let (status, _) =
        stage.ask("PUT", &format!("/v1/calls/{leg}"), json!({ "action": "hangup" })).await;
    stage.pass(10).await;

    assert_eq!(status, 204);
    assert_eq!(stage.statuses_of(&leg), ["started", "ringing", "cancelled", "completed"]);
    assert_eq!(
        stage.ask("PUT", &format!("/v1/calls/{leg}"), json!({ "action": "hangup" })).await.0,
        404,
        "over is over"
    );
}

#[tokio::test]
async fn simple_detection_names_the_leg_call_uuid_and_hangs_up_on_a_machine() {
    let (stage, leg) =
        ring("does = 'voicemail'", json!({ "machine_detection": "hangup" }), 20_000).await;

    assert_eq!(stage.statuses_of(&leg), ["started", "ringing", "answered", "machine", "completed"]);
    let machine = stage
        .got_at("/event")
        .into_iter()
        .map(|got| got.json())
        .find(|json| json["status"] == "machine")
        .unwrap();
    assert_eq!(machine["call_uuid"], leg);
    assert!(machine.get("uuid").is_none());
    assert_eq!(last(&stage)["disconnected_by"], "platform");
}

#[tokio::test]
async fn detect_holds_the_answer_url_back_until_a_person_is_found() {
    let (stage, leg) = ring(
        "does = 'answer'",
        json!({ "advanced_machine_detection": { "behavior": "hangup", "mode": "detect" } }),
        3000,
    )
    .await;
    assert_eq!(stage.statuses_of(&leg), ["started", "ringing", "answered"]);
    assert!(stage.simulator.rooms().is_empty());

    stage.pass(2000).await;

    assert_eq!(stage.statuses_of(&leg), ["started", "ringing", "answered", "human"]);
    assert_eq!(stage.simulator.rooms(), [("room-1".to_owned(), vec!["Ada".to_owned()])]);
}

#[tokio::test]
async fn the_beep_is_told_as_a_sub_state() {
    let advanced = json!({ "behavior": "continue", "mode": "default", "beep_timeout": 45 });
    let (stage, _) =
        ring("does = 'voicemail'", json!({ "advanced_machine_detection": advanced }), 20_000).await;

    let machines: Vec<Value> = stage
        .got_at("/event")
        .into_iter()
        .map(|got| got.json())
        .filter(|json| json["status"] == "machine")
        .collect();
    assert_eq!(machines.len(), 2);
    assert!(machines[0].get("sub_state").is_none());
    assert_eq!(machines[1]["sub_state"], "beep_start");
}

#[tokio::test]
async fn the_answer_url_is_asked_only_once_the_callee_has_answered() {
    let stage = Stage::with(|got, _| match got.path.as_str() {
        "/resident" => Reply::Json(json!([{ "action": "talk", "text": "Hello" }])),
        _ => Reply::Nothing,
    })
    .await;
    stage
        .simulator
        .set_phone(toml::from_str(&format!("number = '+{ADA}'\ndoes = 'manual'")).unwrap());
    let leg = stage
        .dial(to(
            ADA,
            json!({ "answer_url": [format!("{}/resident", stage.base)], "answer_method": "POST" }),
        ))
        .await;
    stage.pass(5000).await;
    assert!(stage.got_at("/resident").is_empty());

    stage.simulator.answer(ADA).unwrap();
    stage.pass(5000).await;

    assert_eq!(stage.got_at("/resident")[0].json()["uuid"], leg);
    assert_eq!(stage.statuses_of(&leg), ["started", "ringing", "answered", "completed"]);
    assert_eq!(last(&stage)["price"], "0.00000000");
}

#[tokio::test]
async fn a_call_ends_when_its_length_timer_runs_out() {
    let (stage, leg) = ring("does = 'answer'", json!({ "length_timer": 30 }), 40_000).await;

    assert_eq!(stage.statuses_of(&leg).last().unwrap(), "completed");
    assert_eq!(
        (last(&stage)["duration"].as_str(), last(&stage)["price"].as_str()),
        (Some("30"), Some("0.00225000"))
    );
}

#[tokio::test]
async fn connect_rings_the_next_one_while_the_caller_waits() {
    let stage = Stage::with(|got, _| match got.path.as_str() {
        "/answer" => Reply::Json(json!([
            { "action": "connect", "timeout": 10, "from": "441632960100", "eventType": "synchronous",
              "endpoint": [{ "type": "phone", "number": ADA }] },
        ])),
        "/event" if got.is("busy") && got.body.contains(ADA) => {
            Reply::Json(json!([{ "action": "connect", "from": "441632960100", "endpoint": [{ "type": "phone", "number": BEN }] }]))
        }
        _ => Reply::Nothing,
    })
    .await;
    let run = stage.visit(&format!(
        "[[phone]]\nnumber = '+{ADA}'\nname = 'Ada'\ndoes = 'busy'\n[[phone]]\nnumber = '+{BEN}'\nname = 'Ben'\ndoes = 'answer'\n\
         hang_up_after = '5s'\n[expect]\nplaced = {{ Ada = 1, Ben = 1 }}\n"
    ));
    stage.pass(20_000).await;

    let seen = stage.simulator.run(run).unwrap();
    assert!(seen.passed, "{:?}", seen.checks);
    assert_eq!(seen.state, RunState::Over);
    assert!(
        seen.legs[0]
            .heard
            .iter()
            .any(|heard| matches!(&heard.sound, Sound::Joined { who, .. } if who == "Ben")),
        "{:?}",
        seen.legs[0].heard
    );
}
