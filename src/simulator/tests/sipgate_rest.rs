//! The REST API v2 on calls that talk, on those that are over, and on the account.

use super::{
    sipgate_stage::{ACCOUNT, SipgateStage, TOKEN, TOKEN_ID, answers, keys, phone, visitor},
    *,
};
use crate::simulator::sound::tests::dialled;

const DIAL_ADA: &str = "<Dial><Number>447700900101</Number></Dial>";

/// A visit in which Ada talks; the run, and the call's id.
async fn talking() -> (SipgateStage, u64, String) {
    let stage = SipgateStage::with(|got, before| match got.path.as_str() {
        "/5.wav" => Reply::Bytes("audio/x-wav", dialled("5", 100)),
        _ => answers(DIAL_ADA)(got, before),
    })
    .await;
    let run = stage.visit(&phone(ADA, "Ada", "does = 'answer'\nafter = '1s'"));
    stage.pass(500).await;
    let id = stage.forms_at("/in")[0]["callId"].clone();
    let (status, calls) = stage.ask("GET", "/calls", Value::Null).await;
    assert_eq!((status, calls), (200, json!({ "data": [] })), "what rings is not listed");
    let (status, _) = stage.ask("DELETE", &format!("/calls/{id}"), Value::Null).await;
    assert_eq!(status, 404, "what rings is not known");
    stage.pass(2000).await;
    (stage, run, id)
}

#[tokio::test]
async fn a_call_that_talks_is_listed_with_both_parties() {
    let (stage, _, id) = talking().await;

    let (status, calls) = stage.ask("GET", "/calls", Value::Null).await;

    let call = &calls["data"][0];
    assert_eq!((status, call["callId"].as_str()), (200, Some(id.as_str())));
    let numbers: Vec<_> = call["participants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["phoneNumber"].clone())
        .collect();
    assert_eq!(numbers, [json!(PANEL), json!(format!("+{ADA}"))]);
    assert_eq!(call["hold"], false);
}

#[tokio::test]
async fn tones_and_sounds_reach_everyone_who_is_there() {
    let (stage, run, id) = talking().await;

    let (status, _) =
        stage.ask("POST", &format!("/calls/{id}/dtmf"), json!({ "sequence": "9#" })).await;
    assert_eq!(status, 204);
    stage.pass(1000).await;
    let url = format!("{}/5.wav", stage.base);
    let (status, _) =
        stage.ask("POST", &format!("/calls/{id}/announcements"), json!({ "url": url })).await;
    assert_eq!(status, 204);
    stage.pass(2000).await;

    let legs = stage.simulator.run(run).unwrap().legs;
    assert_eq!((keys(&legs[0]), keys(&legs[1])), ("9#5".into(), "9#5".into()));
    assert_eq!(stage.complaints(), [""; 0]);
}

#[tokio::test]
async fn on_hold_no_key_gets_through() {
    let (stage, run, id) = talking().await;

    for (path, body) in [
        ("hold", json!({ "value": true })),
        ("muted", json!({ "value": true })),
        ("recording", json!({ "value": true, "announcement": true })),
    ] {
        let (status, _) = stage.ask("PUT", &format!("/calls/{id}/{path}"), body).await;
        assert_eq!(status, 204, "{path}");
    }
    let call = stage.ask("GET", "/calls", Value::Null).await.1["data"][0].clone();
    assert_eq!(
        (&call["hold"], &call["muted"], &call["recording"]),
        (&json!(true), &json!(true), &json!(true))
    );
    stage.simulator.press(ADA, "9").unwrap();
    stage.pass(1000).await;
    assert_eq!(keys(&stage.door(run)), "");
    stage.ask("PUT", &format!("/calls/{id}/hold"), json!({ "value": false })).await;
    stage.simulator.press(ADA, "9").unwrap();
    stage.pass(1000).await;
    assert_eq!(keys(&stage.door(run)), "9");
}

#[tokio::test]
async fn a_call_is_hung_up_and_known_no_more() {
    let (stage, run, id) = talking().await;

    let (status, _) = stage.ask("DELETE", &format!("/calls/{id}"), Value::Null).await;
    stage.pass(1000).await;

    assert_eq!((status, stage.simulator.run(run).unwrap().state), (204, RunState::Over));
    assert_eq!(stage.story(), ["newCall", "answer", "hangup normalClearing"]);
    for (method, path, body) in [
        ("DELETE", "", Value::Null),
        ("POST", "/dtmf", json!({ "sequence": "9" })),
        ("POST", "/announcements", json!({ "url": "https://door.example.test/5.wav" })),
        ("POST", "/transfer", json!({ "attended": false, "phoneNumber": "+447700900102" })),
        ("PUT", "/hold", json!({ "value": true })),
        ("PUT", "/muted", json!({ "value": true })),
        ("PUT", "/recording", json!({ "value": true, "announcement": false })),
    ] {
        let (status, _) = stage.ask(method, &format!("/calls/{id}{path}"), body).await;
        assert_eq!(status, 404, "{method} {path}");
    }
    assert_eq!(stage.ask("GET", "/calls", Value::Null).await.1, json!({ "data": [] }));
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused() {
    let (stage, _, id) = talking().await;

    for (method, path, body, wanted) in [
        ("POST", "/dtmf", json!({ "sequence": "9x" }), 400),
        ("POST", "/dtmf", json!({ "digits": "9" }), 400),
        ("POST", "/dtmf", Value::Null, 415),
        ("POST", "/announcements", json!({ "url": "5.wav" }), 400),
        ("POST", "/transfer", json!({ "attended": false, "phoneNumber": "447700900102" }), 400),
        ("PUT", "/recording", json!({ "value": true }), 400),
    ] {
        let (status, answer) = stage.ask(method, &format!("/calls/{id}{path}"), body).await;
        assert_eq!(status, wanted, "{path}: {answer}");
    }
    let (status, _) = stage.ask_as(TOKEN_ID, "another", "GET", "/account", Value::Null).await;
    assert_eq!(status, 401);
    let (status, _) = stage.ask_as("token-XXXXXX", TOKEN, "GET", "/account", Value::Null).await;
    assert_eq!(status, 401);
    assert_eq!(stage.ask("GET", "/nothing", Value::Null).await.0, 404);
}

#[tokio::test]
async fn the_account_is_asked_cheaply_who_it_is_and_what_it_has() {
    let stage = SipgateStage::with(answers("<Hangup/>")).await;

    let (status, account) = stage.ask("GET", "/account", Value::Null).await;
    assert_eq!((status, &account["verified"]), (200, &json!(true)));
    let (_, who) = stage.ask("GET", "/authorization/userinfo", Value::Null).await;
    assert_eq!(who["masterSipId"], ACCOUNT);
    let (_, numbers) = stage.ask("GET", "/numbers", Value::Null).await;
    assert_eq!(numbers["items"][0]["number"], LINE);
}

#[tokio::test]
async fn settings_are_changed_whole_and_hold_from_the_next_call_on() {
    let stage = SipgateStage::with(answers("<Hangup/>")).await;
    let path = "/settings/sipgateio";
    let (status, mut settings) = stage.ask("GET", path, Value::Null).await;
    assert_eq!(
        (status, &settings["whitelist"], &settings["log"]),
        (200, &Value::Null, &json!(true))
    );

    let half = json!({ "incomingUrl": "https://door.example.test" });
    assert_eq!(stage.ask("PUT", path, half).await.0, 400);
    settings["incomingUrl"] = json!(format!("{}/elsewhere", stage.base));
    assert_eq!(stage.ask("PUT", path, settings.clone()).await.0, 204);
    assert_eq!(stage.ask("GET", path, Value::Null).await.1, settings);
    stage.visit("");
    stage.pass(1000).await;
    assert_eq!((stage.got_at("/in").len(), stage.got_at("/elsewhere").len()), (0, 1));

    let without = SipgateStage::set(|_, account| account.pushes_booked = false, answers("")).await;
    assert_eq!(without.ask("GET", path, Value::Null).await.0, 403);
}

#[tokio::test]
async fn the_log_shows_what_was_pushed_and_what_was_wrong_with_the_answer() {
    let stage = SipgateStage::with(answers("<Say/>")).await;
    stage.visit("");
    stage.pass(1000).await;

    let (status, log) = stage.ask("GET", "/log/webhooks", Value::Null).await;

    let entry = &log["items"][0];
    assert_eq!((status, entry["status"].as_str()), (200, Some("200")));
    assert!(entry["request"].as_str().unwrap().starts_with("event=newCall&direction=in&"));
    assert!(entry["xmlError"].as_str().unwrap().contains("<Say>"), "{entry}");
}

#[tokio::test]
async fn the_history_knows_calls_that_are_over_and_how_long_they_were() {
    let stage = SipgateStage::with(answers(DIAL_ADA)).await;
    stage.visit(&phone(ADA, "Ada", "does = 'answer'\nafter = '1s'\nhang_up_after = '7s'"));
    stage.pass(3000).await;
    let running = stage.ask("GET", "/history?types=CALL", Value::Null).await.1;
    assert_eq!(running["totalCount"], 0);
    stage.pass(10_000).await;
    stage.visit(&(visitor("hang_up_after = '2s'") + &phone(ADA, "Ada", "")));
    stage.pass(5000).await;

    let (status, history) = stage.ask("GET", "/history?types=CALL&limit=5", Value::Null).await;
    assert_eq!((status, &history["totalCount"]), (200, &json!(2)));
    let (missed, answered) = (&history["items"][0], &history["items"][1]);
    assert_eq!(
        (&missed["direction"], &missed["callStatus"]),
        (&json!("MISSED_INCOMING"), &json!("NOPICKUP"))
    );
    assert_eq!(
        (&answered["direction"], &answered["callStatus"]),
        (&json!("INCOMING"), &json!("PICKUP"))
    );
    assert_eq!((&answered["duration"], &missed["duration"]), (&json!(7), &json!(0)));
    assert_eq!(answered["source"], PANEL);
    assert_eq!(answered["callId"].as_str(), Some(stage.forms_at("/in")[0]["callId"].as_str()));
    for (query, found) in [
        ("types=FAX", 0),
        ("phonenumber=%2B441632960001", 2),
        ("phonenumber=%2B441632960002", 0),
        ("from=2026-03-02T12:00:10Z", 1),
        ("to=2026-03-02T12:00:10Z", 1),
    ] {
        let history = stage.ask("GET", &format!("/history?{query}"), Value::Null).await.1;
        assert_eq!(history["totalCount"], found, "{query}");
    }
    let second = stage.ask("GET", "/history?limit=1&offset=1", Value::Null).await.1;
    assert_eq!(second["items"][0]["callId"], answered["callId"]);
    assert_eq!(stage.ask("GET", "/history?from=yesterday", Value::Null).await.0, 400);
}
