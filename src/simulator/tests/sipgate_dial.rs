//! Dial: all at once, the first to pick up; what residents press; and how a call ends that nobody takes.

use super::{
    sipgate_stage::{CONCIERGE, SipgateStage, answers, keys, phone, visitor},
    *,
};

const BOTH: &str = "<Dial callerId=\"441632960100\"><Number>447700900101</Number><Number>+447700900102</Number></Dial>";
const FIVE: &str = "<Dial><Number>447700900101</Number><Number>447700900102</Number><Number>447700900103</Number>\
     <Number>447700900104</Number><Number>447700900105</Number></Dial>";
const SIX: &str = "<Dial><Number>447700900101</Number><Number>447700900102</Number><Number>447700900103</Number>\
     <Number>447700900104</Number><Number>447700900105</Number><Number>447700900106</Number></Dial>";

fn two(ada: &str, ben: &str) -> String {
    phone(ADA, "Ada", ada) + &phone(BEN, "Ben", ben)
}

#[tokio::test]
async fn all_ring_at_once_and_the_first_to_pick_up_has_the_call() {
    let stage = SipgateStage::with(answers(BOTH)).await;
    let run = stage.visit(&two(
        "does = 'answer'\nafter = '9s'",
        "does = 'answer'\nafter = '4s'\nhang_up_after = '5s'",
    ));
    stage.pass(4500).await;

    let seen = stage.simulator.run(run).unwrap();
    let status = |name: &str| {
        seen.legs.iter().find(|leg| leg.phone == name).map(|leg| leg.status.clone()).unwrap()
    };
    assert_eq!((status("Ada"), status("Ben")), ("canceled".into(), "answered".into()));
    assert!(seen.legs.iter().skip(1).all(|leg| leg.from == "441632960100"));
    stage.pass(6000).await;
    assert_eq!(stage.story(), ["newCall", "answer", "hangup normalClearing"]);
    let told = stage.forms_at("/told");
    assert_eq!(
        (told[0]["answeringNumber"].as_str(), told[1]["answeringNumber"].as_str()),
        (BEN, BEN)
    );
    assert_eq!(told[0].get("user"), None, "a number that is none of the account's has no user");
    assert_eq!(told[0]["callId"], told[1]["callId"]);
    assert_eq!(stage.simulator.placed(Some(ADA)).len(), 1);
    assert_eq!(stage.complaints(), [""; 0]);
}

#[tokio::test]
async fn five_ring_and_a_sixth_is_refused() {
    let last = phone("447700900105", "Last", "does = 'answer'\nhang_up_after = '1s'");
    let five = SipgateStage::with(answers(FIVE)).await;
    let run = five.visit(&last);
    five.pass(5000).await;
    assert_eq!(five.simulator.run(run).unwrap().legs.len(), 6);
    assert_eq!(five.forms_at("/told")[0]["answeringNumber"], "447700900105");

    let six = SipgateStage::with(answers(SIX)).await;
    let run = six.visit(&(last + &phone(CONCIERGE, "Concierge", "does = 'answer'")));
    six.pass(5000).await;
    assert!(six.complained_of("6 numbers"), "{:?}", six.complaints());
    let placed = six.simulator.run(run).unwrap().placed;
    assert_eq!((placed["Last"], placed["Concierge"]), (0, 1), "it is put through instead");
}

#[tokio::test]
async fn what_a_resident_presses_is_heard_at_the_door_and_told_to_nobody() {
    let stage = SipgateStage::with(answers(BOTH)).await;
    let run = stage.visit(&two(
        "",
        "does = 'answer'\nkeys = [{ press = '99', since = 'joined', after = '2s' }]\nhang_up_after = '4s'\n[expect]\ndoor_digits = '99'\nplaced = { Ada = 1, Ben = 1 }",
    ));
    stage.pass(10_000).await;

    assert!(stage.simulator.run(run).unwrap().passed, "{:?}", stage.simulator.run(run));
    assert_eq!(stage.story(), ["newCall", "answer", "hangup normalClearing"]);
}

#[tokio::test]
async fn a_resident_s_mailbox_counts_as_an_answer() {
    let stage = SipgateStage::with(answers(BOTH)).await;
    let run = stage.visit(&format!(
        "{}{}",
        visitor("hang_up_after = '20s'"),
        two("does = 'voicemail'\nafter = '3s'", "does = 'answer'\nafter = '4s'")
    ));
    stage.pass(25_000).await;

    assert_eq!(stage.forms_at("/told")[0]["answeringNumber"], ADA);
    let seen = stage.simulator.run(run).unwrap();
    assert!(seen.legs.iter().all(|leg| leg.phone != "Ben" || leg.answered_at.is_none()));
}

#[tokio::test]
async fn a_call_that_nobody_takes_ends_with_what_became_of_the_last_phone() {
    for (ada, ben, cause) in [
        ("does = 'busy'", "does = 'busy'", "busy"),
        ("does = 'busy'", "does = 'decline'", "noAnswer"),
        ("does = 'invalid'", "does = 'invalid'", "notFound"),
        ("does = 'invalid'", "does = 'unreachable'", "congestion"),
        ("does = 'never'", "does = 'busy'", "noAnswer"),
    ] {
        let stage = SipgateStage::with(answers(BOTH)).await;
        let run = stage.visit(&two(ada, ben));
        stage.pass(121_000).await;

        assert_eq!(stage.story(), ["newCall".to_owned(), format!("hangup {cause}")], "{ada} {ben}");
        assert_eq!(stage.forms_at("/told")[0].get("answeringNumber"), None);
        assert_eq!(stage.simulator.run(run).unwrap().state, RunState::Over);
    }
}

#[tokio::test]
async fn a_visitor_who_gives_up_cancels() {
    let stage = SipgateStage::with(answers(BOTH)).await;
    let run = stage.visit(&format!("{}{}", visitor("hang_up_after = '5s'"), two("", "")));
    stage.pass(6000).await;

    assert_eq!(stage.story(), ["newCall", "hangup cancel"]);
    let door = stage.door(run);
    assert_eq!((door.ended_by, door.answered_at), (Some(EndedBy::User), None));
}

#[tokio::test]
async fn a_door_is_driven_by_hand_as_on_the_other_carriers() {
    let stage = SipgateStage::with(answers(BOTH)).await;
    let run = stage.visit(&two("does = 'manual'", ""));
    stage.pass(1000).await;
    stage.simulator.answer(ADA).unwrap();
    stage.pass(1000).await;
    stage.simulator.press(ADA, "9").unwrap();
    stage.pass(1000).await;
    assert_eq!(keys(&stage.door(run)), "9");
    stage.simulator.hang_up(ADA).unwrap();
    stage.pass(1000).await;

    assert_eq!(stage.story(), ["newCall", "answer", "hangup normalClearing"]);
}

#[tokio::test]
async fn a_number_twice_is_doubted_but_rung() {
    let twice = "<Dial><Number>447700900101</Number><Number>447700900101</Number></Dial>";
    let stage = SipgateStage::with(answers(twice)).await;
    stage.visit(&two("does = 'answer'", ""));
    stage.pass(3000).await;

    assert!(stage.complained_of("one number twice"));
    assert_eq!(stage.story(), ["newCall", "answer"]);
}
