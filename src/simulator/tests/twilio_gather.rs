//! Gather, reject, and when a call counts as answered.

use super::{
    twilio_stage::{TwilioStage, form, twiml},
    *,
};

async fn asks(gather: &'static str) -> TwilioStage {
    TwilioStage::with(move |got, _| match got.path.as_str() {
        "/voice" => twiml(&format!("{gather}<Say>Nothing came</Say>")),
        "/code" => twiml(&format!("<Say>You said {}</Say>", form(got)["Digits"])),
        _ => Reply::Nothing,
    })
    .await
}

fn pressing(keys: &str) -> String {
    format!("[call]\nfrom = '{PANEL}'\nto = '{LINE}'\nkeys = [{keys}]\n")
}

#[tokio::test]
async fn the_finishing_key_ends_the_digits_and_is_none_of_them() {
    let stage = asks("<Gather action=\"/code\"><Say>Enter the code</Say></Gather>").await;
    let run = stage.visit(&pressing("{ press = '1204#', after_hearing = 'code' }"));
    stage.pass(5000).await;

    assert_eq!(spoken(&stage.door(run)), ["Enter the code", "You said 1204"]);
    let code = &stage.got_at("/code")[0];
    assert_eq!(code.method, "POST");
    assert_eq!(form(code)["CallStatus"], "in-progress");
}

#[tokio::test]
async fn a_key_stops_the_prompt_and_the_timeout_starts_again_from_it() {
    let stage =
        asks("<Gather timeout=\"3\" action=\"/code\"><Say>Enter the code of the person that you visit</Say></Gather>").await;
    let run =
        stage.visit(&pressing("{ press = '1', after = '1s' }, { press = '2', after = '3s' }"));
    stage.pass(1100).await;
    assert!(stage.door(run).heard[0].cut_short);
    stage.pass(4800).await;
    assert!(stage.got_at("/code").is_empty(), "the second key came at 3 s, so it waits until 6 s");
    stage.pass(500).await;

    assert_eq!(stage.field_at("/code", "Digits"), ["12"]);
}

#[tokio::test]
async fn silence_falls_through_unless_the_empty_result_is_wanted() {
    let through = asks("<Gather timeout=\"2\" action=\"/code\"><Say>Enter</Say></Gather>").await;
    let run = through.visit("");
    through.pass(6000).await;
    assert_eq!(spoken(&through.door(run)), ["Enter", "Nothing came"]);

    let asked = asks("<Gather timeout=\"2\" actionOnEmptyResult=\"true\" action=\"/code\"><Say>Enter</Say></Gather>").await;
    asked.visit("");
    asked.pass(6000).await;
    assert_eq!(asked.field_at("/code", "Digits"), [""]);
}

#[tokio::test]
async fn so_many_digits_are_enough_and_no_finishing_key_means_all_keys_count() {
    let stage = asks("<Gather numDigits=\"3\" finishOnKey=\"\" action=\"/code\"/>").await;
    stage.visit(&pressing("{ press = '1#23', after = '1s' }"));
    stage.pass(3000).await;

    assert_eq!(stage.field_at("/code", "Digits"), ["1#2"]);
}

#[tokio::test]
async fn a_rejected_call_is_never_answered_and_ends_with_its_reason() {
    for (reject, status) in [("<Reject/>", "no-answer"), ("<Reject reason=\"busy\"/>", "busy")] {
        let stage = TwilioStage::with(move |got, _| match got.path.as_str() {
            "/voice" => twiml(reject),
            _ => Reply::Nothing,
        })
        .await;
        let run = stage.visit("");
        stage.pass(1000).await;

        let door = stage.door(run);
        assert_eq!((door.answered_at, door.status.as_str()), (None, status));
        assert_eq!(stage.field_at("/over", "CallStatus"), [status]);
        assert_eq!(stage.field_at("/over", "CallDuration"), ["0"]);
    }
}

#[tokio::test]
async fn a_pause_that_comes_first_keeps_it_ringing_and_every_other_verb_answers() {
    let stage = TwilioStage::with(|got, _| match got.path.as_str() {
        "/voice" => twiml("<Pause length=\"3\"/><Play digits=\"w9\"/>"),
        _ => Reply::Nothing,
    })
    .await;
    let run = stage.visit("[expect]\ndoor_digits = '9'\n");
    stage.pass(2000).await;
    assert_eq!((stage.door(run).answered_at, stage.door(run).status.as_str()), (None, "ringing"));
    stage.pass(3000).await;

    let door = stage.door(run);
    assert_eq!((door.answered_at.unwrap() - door.began_at).whole_seconds(), 3);
    assert!(stage.simulator.run(run).unwrap().passed);
}

#[tokio::test]
async fn a_redirect_brings_the_next_document_relative_to_this_one() {
    let stage = TwilioStage::with(|got, _| match got.path.as_str() {
        "/voice" => twiml("<Say>One</Say><Redirect method=\"GET\">next?x=1</Redirect>"),
        "/next" => twiml("<Say>Two</Say>"),
        _ => Reply::Nothing,
    })
    .await;
    let run = stage.visit("");
    stage.pass(3000).await;

    assert_eq!(spoken(&stage.door(run)), ["One", "Two"]);
    let next = &stage.got_at("/next")[0];
    assert!(next.method == "GET" && next.query.starts_with("x=1&CallSid=CA"), "{next:?}");
}
