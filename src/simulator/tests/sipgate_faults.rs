//! Faults that sipgate was seen to have, on demand: lost, doubled and overtaken pushes.

use super::{
    sipgate_stage::{SipgateStage, answers, form, phone},
    *,
};

const DIAL_ADA: &str = "<Dial><Number>447700900101</Number></Dial>";

async fn told_with(network: &str) -> (SipgateStage, Vec<String>) {
    let stage = SipgateStage::with(answers(DIAL_ADA)).await;
    let ada = phone(ADA, "Ada", "does = 'answer'\nafter = '1s'\nhang_up_after = '2s'");
    stage.visit(&format!("{ada}[network]\n{network}\n"));
    stage.pass(20_000).await;
    let story = stage.story();
    (stage, story)
}

fn fault(news: &str, does: &str) -> String {
    format!("on_news = [{{ phone = 'door', news = '{news}', {does} }}]")
}

#[tokio::test]
async fn an_end_may_be_lost() {
    let (stage, story) = told_with(&fault("ended", "does = 'lose'")).await;

    assert_eq!(story, ["newCall", "answer"]);
    let lost =
        stage.simulator.webhooks().into_iter().find(|webhook| webhook.what == "hangup").unwrap();
    assert_eq!((lost.mishap.as_deref(), lost.status), (Some("lost"), None));
}

#[tokio::test]
async fn an_answer_may_be_lost() {
    let (_, story) = told_with(&fault("answered", "does = 'lose'")).await;

    assert_eq!(story, ["newCall", "hangup normalClearing"]);
}

#[tokio::test]
async fn the_end_may_come_before_the_answer() {
    let (_, story) = told_with(&fault("answered", "does = 'delay', by = '5s'")).await;

    assert_eq!(story, ["newCall", "hangup normalClearing", "answer"]);
}

#[tokio::test]
async fn pushes_may_come_twice_byte_for_byte_and_the_second_answer_changes_nothing() {
    let (stage, story) = told_with(&fault("question", "does = 'duplicate'")).await;

    assert_eq!(story, ["newCall", "newCall", "answer", "hangup normalClearing"]);
    let both = stage.got_at("/in");
    assert_eq!(both[0].body, both[1].body);
    assert_eq!(both[0].headers["x-sipgate-signature"], both[1].headers["x-sipgate-signature"]);
    assert_eq!(stage.simulator.placed(Some(ADA)).len(), 1);
}

#[tokio::test]
async fn a_push_may_come_unsigned_and_be_refused_without_a_complaint() {
    let stage = SipgateStage::with(|got, before| {
        if got.headers.contains_key("x-sipgate-signature") {
            answers(DIAL_ADA)(got, before)
        } else {
            Reply::Raw(403, "text/plain", "")
        }
    })
    .await;
    stage.visit(&format!("[network]\n{}\n", fault("question", "does = 'unsigned'")));
    stage.pass(1000).await;

    assert_eq!(stage.got().len(), 1);
    assert_eq!(stage.complaints(), [""; 0]);
    assert_eq!(stage.simulator.webhooks()[0].mishap.as_deref(), Some("unsigned"));
}

#[tokio::test]
async fn a_question_that_is_lost_puts_the_call_through_untold() {
    let (stage, story) = told_with(&fault("question", "does = 'lose'")).await;

    assert_eq!(story, [""; 0]);
    assert_eq!(stage.simulator.placed(None)[0].to, super::sipgate_stage::CONCIERGE);
    assert_eq!(stage.complaints(), [""; 0]);
}

#[tokio::test]
async fn a_recorded_push_is_sent_again_as_it_was() {
    let (stage, _) = told_with("").await;
    let hangup =
        stage.simulator.webhooks().into_iter().find(|webhook| webhook.what == "hangup").unwrap();

    assert_eq!(stage.simulator.replay(hangup.n, true).await.unwrap(), 200);

    let told = stage.got_at("/told");
    assert_eq!((told.len(), form(&told[2])["event"].as_str()), (3, "hangup"));
    assert_eq!(told[1].body, told[2].body);
    assert_eq!(told[1].headers["x-sipgate-signature"], told[2].headers["x-sipgate-signature"]);
}

#[tokio::test]
async fn only_this_carrier_may_have_a_fault() {
    let stage = SipgateStage::set(
        |_, account| account.numbers[0].stands_for = Some("+441632960199".into()),
        answers("<Hangup/>"),
    )
    .await;
    let text = format!(
        "title = 'x'\n[call]\nfrom = '{PANEL}'\nto = '+441632960199'\n[on.sipgate]\nnetwork = {{ {} }}\n",
        fault("ended", "does = 'lose'")
    );
    let visit = Scenario::parse(&text).unwrap();

    assert!(stage.simulator.call(visit.clone()).is_err(), "nobody has that very number");
    stage.simulator.call_on(Carrier::Sipgate, visit).unwrap();
    stage.pass(1000).await;

    assert_eq!(stage.story(), ["newCall"]);
}

#[tokio::test]
async fn a_visit_that_can_not_be_played_there_is_refused_with_its_reason() {
    let stage = SipgateStage::with(answers("<Hangup/>")).await;
    let visit = scenario("[on.sipgate]\nimpossible = 'it has no second group'\n");

    let refused = stage.simulator.call_on(Carrier::Sipgate, visit).unwrap_err().to_string();

    assert!(refused.contains("no second group"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_loses_the_share_of_ends_that_it_is_asked_to() {
    let real = |settings: &mut Settings, _: &mut SipgateAccount| {
        settings.clock = ClockKind::Real;
        settings.sipgate_reply_max = Duration::from_secs(10);
    };
    let stage = SipgateStage::set(real, answers("<Hangup/>")).await;
    let load = |lose_hangups| LoadRequest {
        calls_per_second: 40.0,
        seconds: 1.0,
        scenario: scenario(""),
        from: vec![],
        to: vec![],
        lose_hangups,
    };

    let some = stage.simulator.load(load(0.3)).await.unwrap();
    assert!((4..24).contains(&some.lost), "{some:?}");
    assert_eq!((some.calls, some.over, some.errors), (40, 40, 0), "{some:?}");
    let none = stage.simulator.load(load(1.0)).await.unwrap();
    assert_eq!(none.lost, 40, "{none:?}");
}
