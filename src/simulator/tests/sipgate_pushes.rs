//! Pushes of sipgate's: the form, the signature, who is told, and what does not count as an answer.

use super::{
    sipgate_stage::{ACCOUNT, CONCIERGE, SipgateStage, answers, fields, form, phone, visitor, xml},
    *,
};
use crate::simulator::sipgate::sign::tests::verifies;

const DIAL_ADA: &str = "<Dial><Number>447700900101</Number></Dial>";

fn ada() -> String {
    phone(ADA, "Ada", "does = 'answer'\nafter = '2s'\nhang_up_after = '5s'")
}

#[tokio::test]
async fn a_call_is_told_as_a_form_in_the_carriers_order() {
    let stage = SipgateStage::with(answers("<Hangup/>")).await;
    stage.visit("");
    stage.pass(1000).await;

    let got = &stage.got_at("/in")[0];
    let names: Vec<String> = fields(got).into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "event",
            "direction",
            "from",
            "to",
            "callId",
            "origCallId",
            "user[]",
            "userId[]",
            "fullUserId[]",
            "xcid"
        ]
    );
    let said = form(got);
    assert_eq!(
        (
            said["event"].as_str(),
            said["direction"].as_str(),
            said["from"].as_str(),
            said["to"].as_str()
        ),
        ("newCall", "in", "441632960001", "441632960100")
    );
    assert_eq!(said["fullUserId[]"], format!("{ACCOUNT}w4"));
    assert!(got.body.contains("&user%5B%5D=Haus+7&userId%5B%5D=w4&"), "{}", got.body);
    assert_eq!((said["callId"].len(), &said["callId"]), (76, &said["origCallId"]));
    let hex = |c: char| c.is_ascii_digit() || ('A'..='F').contains(&c);
    assert!(said["callId"].chars().all(hex), "{}", said["callId"]);
    assert_eq!(got.query, "door=1");
    let header = |name: &str| got.headers[name].as_str();
    assert_eq!(header("content-type"), "application/x-www-form-urlencoded; charset=UTF-8");
    assert_eq!(header("user-agent"), "sipgate.io");
    assert_eq!(header("accept"), "application/xml, text/plain, text/html");
    assert_eq!(header("accept-encoding"), "gzip,deflate");
}

#[tokio::test]
async fn every_push_is_signed_over_its_bytes_with_the_published_key() {
    let stage = SipgateStage::with(answers(DIAL_ADA)).await;
    stage.visit(&ada());
    stage.pass(10_000).await;

    let all = stage.got();
    assert_eq!(stage.story(), ["newCall", "answer", "hangup normalClearing"]);
    let url = format!("{}/sim/sipgate/public-key.pem", stage.simulator.base_url());
    let published = reqwest::get(url).await.unwrap().text().await.unwrap();
    assert_eq!(published, stage.simulator.sipgate_public_key());
    for got in all {
        let signature = &got.headers["x-sipgate-signature"];
        assert!(verifies(&published, got.body.as_bytes(), signature), "{got:?}");
    }
}

#[tokio::test]
async fn a_withheld_number_is_anonymous_and_a_line_without_a_user_has_one_empty_name() {
    let stage =
        SipgateStage::set(|_, account| account.numbers[0].users.clear(), answers("<Hangup/>"))
            .await;
    stage.visit(&format!("[call]\nfrom = 'withheld'\nto = '{LINE}'\n"));
    stage.pass(1000).await;

    let got = &stage.got_at("/in")[0];
    assert_eq!(form(got)["from"], "anonymous");
    assert!(got.body.contains("&user%5B%5D=&xcid="), "{}", got.body);
    assert!(!got.body.contains("serId"), "{}", got.body);
}

#[tokio::test]
async fn several_users_are_repeated_keys() {
    let two = |account: &mut SipgateAccount| {
        account.numbers[0]
            .users
            .push(SipgateUser { name: "Pförtner".into(), id: Some("w5".into()) });
    };
    let stage = SipgateStage::set(|_, account| two(account), answers("<Hangup/>")).await;
    stage.visit("");
    stage.pass(1000).await;

    let said = fields(&stage.got_at("/in")[0]);
    let of = |name: &str| {
        let own = said.iter().filter(|(own, _)| own == name);
        own.map(|(_, value)| value.clone()).collect::<Vec<_>>()
    };
    assert_eq!(of("user[]"), ["Haus 7", "Pförtner"]);
    assert_eq!(of("userId[]"), ["w4", "w5"]);
}

#[tokio::test]
async fn only_what_the_last_answer_subscribed_to_is_told() {
    let stage = SipgateStage::with(|got, _| match got.path.as_str() {
        "/in" => {
            let text = format!(
                "<Response onHangup=\"http://{}/end\">{DIAL_ADA}</Response>",
                got.headers["host"]
            );
            Reply::Bytes("text/xml; charset=utf-8", text.into_bytes())
        }
        _ => Reply::Nothing,
    })
    .await;
    stage.visit(&ada());
    stage.pass(10_000).await;

    assert_eq!(stage.story(), ["newCall", "hangup normalClearing"]);
    let end = &stage.forms_at("/end")[0];
    assert_eq!(end["answeringNumber"], ADA);
    assert_eq!(stage.complaints(), [""; 0]);
}

#[tokio::test]
async fn what_does_not_count_as_an_answer_puts_the_call_through_and_is_complained_of() {
    type Wrong = (fn(&Got) -> Reply, &'static str);
    let wrong: [Wrong; 7] = [
        (|_| Reply::Never, "no answer in time"),
        (|_| Reply::Raw(503, "application/xml", "<Response/>"), "status 503"),
        (|_| Reply::Raw(201, "application/xml", "<Response/>"), "status 201"),
        (|_| Reply::To("/elsewhere".into()), "status 302"),
        (|_| Reply::Raw(200, "application/json", "<Response/>"), "content type"),
        (|_| Reply::Raw(200, "application/xml", "<Response><Say/></Response>"), "<Say>"),
        (|got| xml(got, "<Hangup/><Hangup/>"), "2 actions"),
    ];
    for (reply, words) in wrong {
        let stage = SipgateStage::with(move |got, _| match got.path.as_str() {
            "/in" => reply(got),
            _ => Reply::Nothing,
        })
        .await;
        let concierge = phone(CONCIERGE, "Concierge", "does = 'answer'\nafter = '1s'");
        let run = stage.visit(&concierge);
        stage.pass(3000).await;

        let seen = stage.simulator.run(run).unwrap();
        assert!(stage.complained_of(words), "{words}: {:?}", stage.complaints());
        assert_eq!(seen.placed["Concierge"], 1, "{words}");
        assert_eq!(seen.legs[1].status, "answered", "{words}");
        assert_eq!(stage.got().len(), 1, "{words}: nothing is sent again, nobody is told more");
    }
}

#[tokio::test]
async fn nothing_special_is_said_by_an_empty_body_or_an_empty_response() {
    for body in ["", "<Response/>"] {
        let stage = SipgateStage::with(move |_, _| Reply::Raw(200, "application/xml", body)).await;
        let run = stage.visit(&phone(CONCIERGE, "Concierge", "does = 'answer'"));
        stage.pass(5000).await;

        assert_eq!(stage.simulator.run(run).unwrap().placed["Concierge"], 1);
        assert_eq!(stage.complaints(), [""; 0]);
    }
}

#[tokio::test]
async fn a_line_that_is_set_to_nothing_has_nobody_to_put_a_call_through_to() {
    let stage = SipgateStage::set(
        |_, account| account.numbers[0].put_through_to = None,
        |got, _| match got.path.as_str() {
            "/in" => xml(got, ""),
            _ => Reply::Nothing,
        },
    )
    .await;
    stage.visit("");
    stage.pass(1000).await;

    assert_eq!(stage.story(), ["newCall", "hangup notFound"]);
}

#[tokio::test]
async fn the_account_s_own_phone_is_told_with_its_user() {
    let stage = SipgateStage::with(answers("")).await;
    stage.visit(&phone(CONCIERGE, "Concierge", "does = 'answer'\nhang_up_after = '2s'"));
    stage.pass(10_000).await;

    let answer = &stage.forms_at("/told")[0];
    assert_eq!((answer["event"].as_str(), answer["user"].as_str()), ("answer", "Haus 7"));
    assert_eq!(answer["fullUserId"], format!("{ACCOUNT}w4"));
    assert_eq!(answer["answeringNumber"], CONCIERGE);
}

#[tokio::test]
async fn a_whitelist_keeps_other_extensions_calls_untold() {
    for (listed, told) in [("w4", 1), ("g3", 0)] {
        let stage = SipgateStage::set(
            |_, account| account.whitelist = Some(vec![listed.into()]),
            answers("<Hangup/>"),
        )
        .await;
        stage.visit("");
        stage.pass(1000).await;

        assert_eq!(stage.got_at("/in").len(), told, "{listed}");
    }
}

#[tokio::test]
async fn a_rejected_call_ends_unanswered_with_the_reason_s_cause() {
    for (reject, cause) in [
        ("<Reject/>", "noAnswer"),
        ("<Reject reason=\"busy\"/>", "busy"),
        ("<Hangup/>", "normalClearing"),
    ] {
        let stage = SipgateStage::with(answers(reject)).await;
        let run = stage.visit("");
        stage.pass(1000).await;

        assert_eq!(stage.story(), ["newCall".to_owned(), format!("hangup {cause}")]);
        assert_eq!(stage.door(run).answered_at, None);
        assert_eq!(stage.simulator.run(run).unwrap().state, RunState::Over);
    }
}

#[tokio::test]
async fn a_packed_answer_is_unpacked_since_the_push_asked_for_it() {
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(b"<Response><Reject reason=\"busy\"/></Response>").unwrap();
    let packed = packed.finish().unwrap();
    let service = wiremock::MockServer::start().await;
    let reply = wiremock::ResponseTemplate::new(200)
        .set_body_raw(packed, "application/xml")
        .insert_header("content-encoding", "gzip");
    wiremock::Mock::given(wiremock::matchers::any()).respond_with(reply).mount(&service).await;
    let stage = SipgateStage::set(
        |_, account| account.incoming_url = Some(service.uri()),
        |_, _| Reply::Nothing,
    )
    .await;
    let run = stage.visit("");
    stage.pass(1000).await;

    assert_eq!(stage.door(run).status, "busy");
    assert_eq!(stage.complaints(), [""; 0]);
}

#[tokio::test]
async fn the_same_seed_says_the_same() {
    let mut bodies = Vec::new();
    for _ in 0..2 {
        let stage = SipgateStage::with(answers(DIAL_ADA)).await;
        stage.visit(&format!("{}{}", visitor("hang_up_after = '8s'"), ada()));
        stage.pass(10_000).await;
        bodies.push(stage.got().iter().map(|got| got.body.clone()).collect::<Vec<_>>());
    }

    assert_eq!(bodies[0].len(), 3);
    assert_eq!(bodies[0], bodies[1]);
}
