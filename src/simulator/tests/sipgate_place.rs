//! Calls that are placed by the API: the caller's phone first, then the callee's.

use super::{
    sipgate_stage::{SipgateStage, answers, form, phone, xml},
    *,
};
use crate::simulator::sound::tests::wav;

/// Phones that no visit describes.
fn set(stage: &SipgateStage, number: &str, does: &str) {
    let described =
        json!({ "number": format!("+{number}"), "name": number, "does": does, "after": "2s" });
    stage.simulator.set_phone(serde_json::from_value(described).unwrap());
}

fn call(caller: &str) -> Value {
    json!({ "caller": caller, "callee": format!("+{BEN}"), "callerId": LINE })
}

#[tokio::test]
async fn the_caller_rings_first_and_then_the_callee() {
    let stage = SipgateStage::with(answers("")).await;
    set(&stage, ADA, "answer");
    set(&stage, BEN, "answer");

    let (status, session) = stage.ask("POST", "/sessions/calls", call("e0")).await;
    stage.pass(1000).await;

    assert_eq!(status, 200, "{session}");
    let told = form(&stage.got_at("/out")[0]);
    assert_eq!((told["event"].as_str(), told["direction"].as_str()), ("newCall", "out"));
    assert_eq!((told["from"].as_str(), told["to"].as_str()), ("441632960100", BEN));
    assert_eq!(
        (told["callId"].as_str(), told["callId"].len()),
        (session["sessionId"].as_str().unwrap(), 136)
    );
    assert!(told["xcid"].starts_with("c2d-"));
    assert_eq!(stage.simulator.placed(Some(BEN)).len(), 0, "the caller has not picked up yet");
    stage.pass(2000).await;
    assert_eq!(stage.simulator.placed(Some(BEN)).len(), 1);
    stage.pass(2000).await;
    let answer = &stage.forms_at("/told")[0];
    assert_eq!((answer["event"].as_str(), answer["answeringNumber"].as_str()), ("answer", BEN));
    stage.simulator.hang_up(ADA).unwrap();
    stage.pass(1000).await;
    assert_eq!(stage.story(), ["newCall", "answer", "hangup normalClearing"]);
    let history = stage.ask("GET", "/history", Value::Null).await.1;
    assert_eq!(history["items"][0]["direction"], "OUTGOING");
}

#[tokio::test]
async fn it_may_be_told_a_second_time_as_one_that_comes_in() {
    let stage =
        SipgateStage::set(|_, account| account.habits.tells_device = true, answers("")).await;
    set(&stage, ADA, "answer");

    stage.ask("POST", "/sessions/calls", call("e0")).await;
    stage.pass(1000).await;

    let (out, second) = (form(&stage.got_at("/out")[0]), form(&stage.got_at("/in")[0]));
    assert_eq!((second["event"].as_str(), second["direction"].as_str()), ("newCall", "in"));
    assert_eq!(second["origCallId"], out["callId"]);
    assert_ne!(second["callId"], out["callId"]);
}

#[tokio::test]
async fn an_announcement_and_keys_work_on_a_call_that_goes_out() {
    let stage = SipgateStage::with(|got, _| match got.path.as_str() {
        "/out" => xml(
            got,
            "<Gather onData=\"BASE/data\" timeout=\"1000\"><Play><Url>BASE/sound.wav</Url></Play></Gather>",
        ),
        "/sound.wav" => Reply::Bytes("audio/x-wav", wav(1, 16, &[0; 16_000])),
        "/data" => xml(got, "<Hangup/>"),
        _ => Reply::Nothing,
    })
    .await;
    set(&stage, ADA, "answer");
    stage.ask("POST", "/sessions/calls", call("e0")).await;
    stage.pass(2500).await;
    stage.simulator.press(ADA, "1").unwrap();
    stage.pass(2000).await;

    assert_eq!(stage.forms_at("/data")[0]["dtmf"], "1");
    assert_eq!(stage.story(), ["newCall", "dtmf", "hangup normalClearing"]);
    assert_eq!(stage.simulator.placed(Some(BEN)).len(), 0);
}

#[tokio::test]
async fn a_caller_who_does_not_pick_up_ends_it() {
    let stage = SipgateStage::with(answers("")).await;
    set(&stage, ADA, "busy");
    stage.ask("POST", "/sessions/calls", call("e0")).await;
    stage.pass(5000).await;

    assert_eq!(stage.story(), ["newCall", "hangup busy"]);
}

#[tokio::test]
async fn a_device_that_is_not_there_is_accepted_and_never_rings() {
    let stage = SipgateStage::with(answers("")).await;

    let (status, session) = stage.ask("POST", "/sessions/calls", call("e7")).await;
    stage.pass(15_000).await;

    assert_eq!((status, session["sessionId"].as_str().map(str::len)), (200, Some(136)));
    assert_eq!(stage.got().len(), 0);
}

#[tokio::test]
async fn what_is_not_right_about_a_call_is_refused_with_its_status() {
    let stage = SipgateStage::with(answers("")).await;
    let callee = format!("+{BEN}");
    let by_number = format!("+{ADA}");

    for (body, wanted) in [
        (json!({ "caller": "e0", "callee": BEN }), 400),
        (json!({ "caller": by_number, "callee": callee }), 400),
        (json!({ "caller": by_number, "callee": callee, "deviceId": "phone" }), 400),
        (json!({ "caller": "Ada", "callee": callee }), 400),
        (json!({ "caller": "e0", "callee": callee, "colour": "red" }), 400),
        (json!({ "caller": "e0", "callee": callee, "callerId": "+441632960155" }), 403),
        (Value::Null, 415),
    ] {
        let (status, answer) = stage.ask("POST", "/sessions/calls", body.clone()).await;
        assert_eq!(status, wanted, "{body}: {answer}");
    }
    assert_eq!(stage.simulator.placed(None).len(), 7, "refused ones are kept as well");
    let by_number = json!({ "caller": by_number, "callee": callee, "deviceId": "p0" });
    assert_eq!(stage.ask("POST", "/sessions/calls", by_number).await.0, 200);
    let poor = SipgateStage::set(|_, account| account.funds = false, answers("")).await;
    assert_eq!(poor.ask("POST", "/sessions/calls", call("e0")).await.0, 402);
}

#[tokio::test]
async fn the_answer_to_a_dial_may_be_a_fault_of_the_scenario() {
    let stage = SipgateStage::with(answers("<Hangup/>")).await;
    let ada = phone(ADA, "Ada", "does = 'answer'");
    stage.visit(&format!(
        "{ada}[network]\non_dial = [{{ phone = 'Ada', nth = 1, answer = 'rate_limit' }}, {{ phone = 'Ada', nth = 2, answer = 'error' }}]\n"
    ));
    stage.pass(1000).await;

    assert_eq!(stage.ask("POST", "/sessions/calls", call("e0")).await.0, 429);
    assert_eq!(stage.ask("POST", "/sessions/calls", call("e0")).await.0, 500);
    stage.pass(1000).await;

    assert_eq!(
        stage.got_at("/out").len(),
        1,
        "the one that was answered 500 was placed all the same"
    );
}

#[tokio::test]
async fn requests_beyond_the_pace_are_refused() {
    let stage =
        SipgateStage::set(|settings, _| settings.requests_per_second = Some(2), answers("")).await;

    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(stage.ask("GET", "/account", Value::Null).await.0);
    }

    assert_eq!(statuses, [200, 200, 429]);
}
