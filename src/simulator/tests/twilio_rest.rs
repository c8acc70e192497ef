//! The REST API of Twilio's: who may ask, what is refused and with which code, the queue, machines, pages.

use super::{
    twilio_stage::{ACCOUNT, KEY, TOKEN, TwilioStage, form, twiml},
    *,
};

fn hello(got: &Got, _: usize) -> Reply {
    match got.path.as_str() {
        "/voice" => twiml("<Say>Hello</Say>"),
        _ => Reply::Nothing,
    }
}

const ADA_ANSWERS: &str =
    "[[phone]]\nnumber = '+447700900101'\nname = 'Ada'\ndoes = 'answer'\nafter = '1s'\n";

#[tokio::test]
async fn a_token_or_a_key_of_the_account_opens_and_nothing_else() {
    let stage = TwilioStage::with(hello).await;
    for (user, password, status) in [
        (ACCOUNT, TOKEN, 200),
        (ACCOUNT, "the second token", 200),
        (KEY, "a secret", 200),
        (KEY, "another", 401),
        (ACCOUNT, "", 401),
    ] {
        let (got, body) = stage.ask_as(user, password, "GET", "/Calls.json", &[]).await;
        assert_eq!(got, status, "{user}");
        if got == 401 {
            assert_eq!((body["code"].as_u64(), body["status"].as_u64()), (Some(20003), Some(401)));
            assert!(body["more_info"].as_str().unwrap().ends_with("/20003"));
        }
    }
    assert_eq!(stage.ask("GET", "/Calls", &[]).await.0, 404);
    let (_, missing) = stage.ask("GET", "/Calls/CA0.json", &[]).await;
    assert_eq!(missing["code"], 20404);
}

#[tokio::test]
async fn a_dial_that_is_no_good_is_refused_by_its_code_and_kept() {
    let stage = TwilioStage::with(hello).await;
    let (to, long) =
        (format!("+{ADA}"), format!("<Response><Say>{}</Say></Response>", "x".repeat(4000)));
    let url = format!("{}/voice", stage.base);
    let relative = "<Response><Gather action=\"/code\"/></Response>";
    for (fields, code) in [
        (vec![("To", to.as_str()), ("From", "+441632960999"), ("Url", &url)], 21210),
        (vec![("To", "Ada"), ("From", LINE), ("Url", &url)], 21211),
        (vec![("To", &to), ("From", LINE)], 21205),
        (vec![("To", &to), ("From", LINE), ("Twiml", &long)], 32018),
        (vec![("To", &to), ("From", LINE), ("Twiml", relative)], 15004),
        (vec![("To", &to), ("From", LINE), ("Twiml", "<Response><Sing/></Response>")], 12100),
        (vec![("To", &to), ("From", LINE), ("Url", &url), ("Timeout", "601")], 21200),
    ] {
        let (status, refused) = stage.ask("POST", "/Calls.json", &fields).await;
        assert_eq!((status, refused["code"].as_u64()), (400, Some(code)), "{fields:?}");
    }
    assert_eq!(stage.simulator.placed(Some(ADA)).len(), 6);
    assert!(stage.simulator.placed(None).iter().all(|placed| placed.status == Some(400)));
}

#[tokio::test]
async fn what_a_careful_customer_would_not_send_is_complained_of() {
    let stage = TwilioStage::with(hello).await;
    let (url, status) = (format!("{}/voice", stage.base), format!("{}/status", stage.base));
    stage.visit(ADA_ANSWERS);
    let joined = ("StatusCallbackEvent", "initiated answered");
    stage.dial(ADA, &[("Url", &url), ("StatusCallback", &status), joined, ("Colour", "red")]).await;
    stage
        .dial(ADA, &[("Url", &url), ("StatusCallback", "https://door_service.example.test/")])
        .await;
    stage.pass(5000).await;

    assert!(stage.got_at("/status").is_empty(), "no callbacks come of a list in one piece");
    for words in ["21626", "underscore", "Colour"] {
        assert!(stage.complained_of(words), "{words}");
    }
}

#[tokio::test]
async fn callbacks_come_as_subscribed_and_are_numbered_from_nought() {
    let stage = TwilioStage::with(hello).await;
    stage.visit(ADA_ANSWERS);
    let (url, status) = (format!("{}/voice", stage.base), format!("{}/status", stage.base));
    let mut fields = vec![("Url", url.as_str()), ("StatusCallback", status.as_str())];
    fields.extend(
        ["initiated", "ringing", "answered", "completed"].map(|word| ("StatusCallbackEvent", word)),
    );
    let call = stage.dial(ADA, &fields).await;
    stage.pass(5000).await;

    assert_eq!(
        stage.field_at("/status", "CallStatus"),
        ["initiated", "ringing", "in-progress", "completed"]
    );
    assert_eq!(stage.field_at("/status", "SequenceNumber"), ["0", "1", "2", "3"]);
    let last = stage.forms_at("/status").pop().unwrap();
    assert_eq!(
        (last["SipResponseCode"].as_str(), last["CallbackSource"].as_str()),
        ("200", "call-progress-events")
    );
    let (_, view) = stage.ask("GET", &format!("/Calls/{call}.json"), &[]).await;
    assert_eq!(
        (view["status"].as_str(), view["duration"].as_str(), view["direction"].as_str()),
        (Some("completed"), Some("0"), Some("outbound-api"))
    );

    let quiet =
        stage.dial(ADA, &[("Url", &url), ("StatusCallback", &format!("{}/end", stage.base))]).await;
    stage.pass(200).await;
    stage.ask("POST", &format!("/Calls/{quiet}.json"), &[("Status", "canceled")]).await;
    stage.pass(1000).await;
    assert_eq!(stage.field_at("/end", "CallStatus"), ["canceled"]);
    assert_eq!(stage.field_at("/end", "SequenceNumber"), ["0"]);
}

#[tokio::test]
async fn calls_leave_the_queue_at_the_accounts_pace_and_one_canceled_there_says_nothing() {
    let stage = TwilioStage::set(|_, account| account.cps = 1, hello).await;
    stage.visit(ADA_ANSWERS);
    let (url, status) = (format!("{}/voice", stage.base), format!("{}/status", stage.base));
    let fields = [
        ("Url", url.as_str()),
        ("StatusCallback", status.as_str()),
        ("StatusCallbackEvent", "initiated"),
        ("StatusCallbackEvent", "completed"),
    ];
    let mut calls = Vec::new();
    for _ in 0..3 {
        calls.push(stage.dial(ADA, &fields).await);
    }
    let (_, third) = stage.ask("GET", &format!("/Calls/{}.json", calls[2]), &[]).await;
    assert_eq!(
        (third["queue_time"].as_str(), third["status"].as_str()),
        (Some("2000"), Some("queued"))
    );
    let (status, _) =
        stage.ask("POST", &format!("/Calls/{}.json", calls[2]), &[("Status", "canceled")]).await;
    assert_eq!(status, 200);
    stage.pass(1500).await;
    assert_eq!(
        stage.field_at("/status", "CallStatus").iter().filter(|told| *told == "initiated").count(),
        2
    );
    stage.pass(5000).await;

    assert!(!stage.field_at("/status", "CallSid").contains(&calls[2]));
    let (_, third) = stage.ask("GET", &format!("/Calls/{}.json", calls[2]), &[]).await;
    assert_eq!(third["status"], "canceled");
}

#[tokio::test]
async fn faults_of_a_scenario_hit_dials_and_a_lost_answer_still_rings() {
    let stage = TwilioStage::with(hello).await;
    stage.visit(&format!(
        "{ADA_ANSWERS}[network]\non_dial = [{{ phone = 'Ada', nth = 1, answer = 'rate_limit' }}, {{ phone = 'Ada', nth = 2, answer = 'error', placed = false }}, {{ phone = 'Ada', nth = 3, answer = 'lost' }}]\n"
    ));
    let (to, url) = (format!("+{ADA}"), format!("{}/voice", stage.base));
    let fields = [("To", to.as_str()), ("From", LINE), ("Url", url.as_str())];
    let (limited, body) = stage.ask("POST", "/Calls.json", &fields).await;
    assert_eq!((limited, body["code"].as_u64()), (429, Some(20429)));
    assert_eq!(stage.ask("POST", "/Calls.json", &fields).await.0, 500);
    let request = reqwest::Client::new()
        .post(format!("{}/2010-04-01/Accounts/{ACCOUNT}/Calls.json", stage.simulator.base_url()))
        .basic_auth(ACCOUNT, Some(TOKEN))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish());
    assert!(request.send().await.is_err());

    let (_, list) = stage.ask("GET", &format!("/Calls.json?To=%2B{ADA}"), &[]).await;
    assert_eq!(list["calls"].as_array().unwrap().len(), 1);
    assert_eq!(stage.simulator.placed(Some(ADA)).len(), 3);
}

#[tokio::test]
async fn machines_are_told_from_people_before_the_document_or_beside_it() {
    let stage = TwilioStage::with(hello).await;
    stage.visit(
        "[[phone]]\nnumber = '+447700900101'\nname = 'Ada'\ndoes = 'voicemail'\nafter = '1s'\n\
         [[phone]]\nnumber = '+447700900102'\nname = 'Ben'\ndoes = 'answer'\nafter = '1s'\n",
    );
    let url = format!("{}/voice?", stage.base);
    let (sync, aside) = (format!("{url}sync"), format!("{url}aside"));
    stage.dial(ADA, &[("Url", &sync), ("MachineDetection", "Enable")]).await;
    stage.pass(1500).await;
    assert!(!stage.got_at("/voice").iter().any(|got| got.query == "sync"), "held back");
    stage.pass(3000).await;
    let asked = stage.got_at("/voice").into_iter().find(|got| got.query == "sync").unwrap();
    assert_eq!(form(&asked)["AnsweredBy"], "machine_start");

    let amd = format!("{}/amd", stage.base);
    for (to, mode) in [(ADA, "DetectMessageEnd"), (BEN, "Enable")] {
        let fields = [
            ("Url", aside.as_str()),
            ("MachineDetection", mode),
            ("AsyncAmd", "true"),
            ("AsyncAmdStatusCallback", &amd),
        ];
        stage.dial(to, &[&fields[..], &[("SendDigits", "")]].concat()).await;
    }
    let long = stage.simulator.placed(None).len();
    assert_eq!(long, 3);
    stage.pass(8000).await;
    // Ben's call is over with its document before anything was decided about him.
    assert!(stage.got_at("/voice").iter().any(|got| got.query == "aside"));
}

#[tokio::test]
async fn a_result_that_comes_beside_the_document_is_posted_with_its_time() {
    let stage = TwilioStage::with(|got, _| match got.path.as_str() {
        "/voice" => twiml("<Pause length=\"20\"/>"),
        _ => Reply::Nothing,
    })
    .await;
    stage.visit(
        "[[phone]]\nnumber = '+447700900101'\nname = 'Ada'\ndoes = 'voicemail'\nafter = '1s'\n",
    );
    let (url, amd) = (format!("{}/voice", stage.base), format!("{}/amd", stage.base));
    let fields = [
        ("Url", url.as_str()),
        ("MachineDetection", "DetectMessageEnd"),
        ("AsyncAmd", "true"),
        ("AsyncAmdStatusCallback", &amd),
    ];
    let call = stage.dial(ADA, &fields).await;
    stage.pass(6000).await;

    let told = &stage.forms_at("/amd")[0];
    assert_eq!(
        (
            told["CallSid"].as_str(),
            told["AnsweredBy"].as_str(),
            told["MachineDetectionDuration"].as_str()
        ),
        (call.as_str(), "machine_end_beep", "3000")
    );
}

#[tokio::test]
async fn lists_come_in_pages_until_there_is_no_next_one() {
    let stage = TwilioStage::with(hello).await;
    for _ in 0..5 {
        stage.visit("");
        stage.pass(1000).await;
    }
    let mut seen = Vec::new();
    let mut next = Some("/Calls.json?PageSize=2&Status=completed".to_owned());
    while let Some(path) = next {
        let (status, page) = stage.ask("GET", &path, &[]).await;
        assert_eq!(status, 200, "{page}");
        seen.extend(
            page["calls"]
                .as_array()
                .unwrap()
                .iter()
                .map(|call| call["sid"].as_str().unwrap().to_owned()),
        );
        next = page["next_page_uri"].as_str().map(str::to_owned);
    }
    let newest_first: Vec<String> =
        stage.simulator.legs().iter().rev().map(|leg| leg.uuid.clone()).collect();
    assert_eq!(seen, newest_first);
    assert_eq!(stage.ask("GET", "/Calls.json?Page=1", &[]).await.0, 400);
}
