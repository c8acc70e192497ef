//! The line's own mailbox, and other calls that take over from one: new ids, joined by the old one or by nothing.

use super::{
    sipgate_stage::{CONCIERGE, SipgateStage, answers, phone, visitor},
    *,
};

const MAILBOX: SipgateMailbox =
    SipgateMailbox { after: scenario::Pause(Duration::from_secs(22)), after_dial: false };

#[tokio::test]
async fn what_nobody_answers_is_forwarded_as_a_call_of_its_own() {
    let stage =
        SipgateStage::set(|_, account| account.numbers[0].mailbox = Some(MAILBOX), answers(""))
            .await;
    let run = stage.visit(&visitor("hang_up_after = '40s'"));
    stage.pass(21_000).await;
    assert_eq!(stage.story(), ["newCall"]);
    stage.pass(30_000).await;

    assert_eq!(
        stage.story(),
        ["newCall", "hangup forwarded", "newCall", "answer", "hangup normalClearing"]
    );
    let (calls, told) = (stage.forms_at("/in"), stage.forms_at("/told"));
    let (first, second) = (&calls[0], &calls[1]);
    assert_ne!(first["callId"], second["callId"]);
    assert_eq!(second["origCallId"], first["callId"]);
    assert_eq!(second["user[]"], "voicemail");
    assert_eq!(second["diversion"], "441632960100");
    let ids: Vec<&String> = told.iter().map(|said| &said["callId"]).collect();
    assert_eq!(ids, [&first["callId"], &second["callId"], &second["callId"]]);
    assert_eq!(told[1].get("user"), None, "a mailbox is no user");
    assert!(spoken(&stage.door(run))[0].contains("leave a message"));
    assert_eq!(stage.simulator.run(run).unwrap().legs.len(), 2, "one visitor, one concierge");
}

#[tokio::test]
async fn whoever_picks_up_in_time_is_not_forwarded() {
    let stage =
        SipgateStage::set(|_, account| account.numbers[0].mailbox = Some(MAILBOX), answers(""))
            .await;
    let concierge =
        phone(CONCIERGE, "Concierge", "does = 'answer'\nafter = '10s'\nhang_up_after = '30s'");
    stage.visit(&concierge);
    stage.pass(60_000).await;

    assert_eq!(stage.story(), ["newCall", "answer", "hangup normalClearing"]);
}

#[tokio::test]
async fn a_dial_is_forwarded_only_where_the_line_does_so() {
    for (after_dial, calls) in [(false, 1), (true, 2)] {
        let stage = SipgateStage::set(
            |_, account| {
                account.numbers[0].mailbox = Some(SipgateMailbox { after_dial, ..MAILBOX })
            },
            |got, before| match (got.path.as_str(), before) {
                ("/in", 1) => answers("<Dial><Number>447700900101</Number></Dial>")(got, before),
                _ => answers("")(got, before),
            },
        )
        .await;
        stage.visit(&visitor("hang_up_after = '40s'"));
        stage.pass(41_000).await;

        assert_eq!(stage.got_at("/in").len(), calls, "{after_dial}");
    }
}

#[tokio::test]
async fn an_answer_may_send_a_call_to_the_mailbox_if_there_is_one() {
    let voicemail = "<Dial><Voicemail/></Dial>";
    let with = SipgateStage::set(
        |_, account| account.numbers[0].mailbox = Some(MAILBOX),
        answers(voicemail),
    )
    .await;
    with.visit(&visitor("hang_up_after = '10s'"));
    with.pass(11_000).await;
    assert_eq!(with.story(), ["newCall", "answer", "hangup normalClearing"]);
    assert_eq!(with.forms_at("/told")[0].get("answeringNumber"), None);

    let without = SipgateStage::with(answers(voicemail)).await;
    without.visit(&visitor("hang_up_after = '10s'"));
    without.pass(11_000).await;
    assert!(without.complained_of("no mailbox"));
    assert_eq!(without.story(), ["newCall", "hangup cancel"]);
}

#[tokio::test]
async fn a_transferred_call_goes_on_under_a_new_id_that_may_name_no_origin() {
    for named in [true, false] {
        let stage = SipgateStage::set(
            |_, account| account.habits.transfer_names_origin = named,
            |got, before| match before {
                1 => answers("<Dial><Number>447700900101</Number></Dial>")(got, before),
                _ => answers("")(got, before),
            },
        )
        .await;
        let residents = phone(ADA, "Ada", "does = 'answer'")
            + &phone(BEN, "Ben", "does = 'answer'\nhang_up_after = '2s'");
        stage.visit(&residents);
        stage.pass(4000).await;
        let first = stage.forms_at("/in")[0]["callId"].clone();

        let wanted = json!({ "attended": false, "phoneNumber": format!("+{BEN}") });
        let (status, _) = stage.ask("POST", &format!("/calls/{first}/transfer"), wanted).await;
        stage.pass(10_000).await;

        assert_eq!(status, 204);
        assert_eq!(
            stage.story(),
            ["newCall", "answer", "hangup forwarded", "newCall", "answer", "hangup normalClearing"]
        );
        let second = &stage.forms_at("/in")[1];
        let origin = if named { first.as_str() } else { "" };
        assert_eq!((second["origCallId"].as_str(), second["to"].as_str()), (origin, BEN));
        assert_ne!(second["callId"], first);
    }
}
