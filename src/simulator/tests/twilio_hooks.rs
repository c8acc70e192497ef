//! Webhooks of Twilio's: signatures, the fallback, what is tried again, and a network that misbehaves.

use super::{
    twilio_stage::{TOKEN, TwilioStage, form, twiml},
    *,
};
use crate::simulator::twilio::sign;

fn goodbye(got: &Got, _: usize) -> Reply {
    match got.path.as_str() {
        "/voice" | "/fallback" => twiml("<Say>Goodbye</Say>"),
        _ => Reply::Nothing,
    }
}

#[tokio::test]
async fn every_request_is_signed_over_its_url_and_its_form() {
    let stage = TwilioStage::with(goodbye).await;
    stage.visit("");
    stage.pass(2000).await;

    for (path, query) in [("/voice", "?b=maple-12"), ("/over", "")] {
        let got = &stage.got_at(path)[0];
        let fields: Vec<(String, String)> =
            url::form_urlencoded::parse(got.body.as_bytes()).into_owned().collect();
        let proof = sign::form(TOKEN, &format!("{}{path}{query}", stage.base), &fields);
        assert_eq!(got.signature.as_deref(), Some(proof.as_str()), "{got:?}");
        assert!(got.idempotency.is_some());
    }
    let asked = form(&stage.got_at("/voice")[0]);
    assert_eq!(
        (asked["From"].as_str(), asked["To"].as_str(), asked["CallStatus"].as_str()),
        (PANEL, LINE, "ringing")
    );
    assert_eq!(
        (asked["Direction"].as_str(), asked["ApiVersion"].as_str()),
        ("inbound", "2010-04-01")
    );
    assert!(asked["CallSid"].starts_with("CA") && asked["CallSid"].len() == 34);
    assert_eq!(asked["FromCity"], "");
}

#[tokio::test]
async fn a_get_is_signed_over_its_whole_url() {
    let stage =
        TwilioStage::set(|_, account| account.numbers[0].voice_method = Method::Get, goodbye).await;
    stage.visit("");
    stage.pass(1000).await;

    let got = &stage.got_at("/voice")[0];
    assert!(got.query.starts_with("b=maple-12&CallSid=CA"), "{}", got.query);
    let proof = sign::url(TOKEN, &format!("{}/voice?{}", stage.base, got.query));
    assert_eq!(got.signature.as_deref(), Some(proof.as_str()));
}

#[tokio::test]
async fn whatever_goes_wrong_the_fallback_is_asked_and_told_why() {
    type Wrong = (fn() -> Reply, &'static str);
    let wrong: [Wrong; 5] = [
        (|| Reply::Raw(503, "text/plain", "no"), "11217"),
        (|| Reply::Raw(429, "text/plain", "no"), "11217"),
        (|| Reply::Json(json!({})), "12300"),
        (|| twiml("<Sing>la</Sing>"), "12100"),
        (|| Reply::Never, "11200"),
    ];
    for (reply, code) in wrong {
        let stage = TwilioStage::with(move |got, _| match got.path.as_str() {
            "/voice" => reply(),
            _ => goodbye(got, 1),
        })
        .await;
        let run = stage.visit("");
        stage.pass(2000).await;

        assert_eq!(
            stage.got_at("/voice").len(),
            1,
            "{code}: nothing but a lost connection is tried again"
        );
        assert_eq!(stage.field_at("/fallback", "ErrorCode"), [code]);
        assert_eq!(
            stage.field_at("/fallback", "ErrorUrl"),
            [format!("{}/voice?b=maple-12", stage.base)]
        );
        assert_eq!(spoken(&stage.door(run)), ["Goodbye"]);
        assert!(stage.complained_of(code));
    }
}

#[tokio::test]
async fn without_a_fallback_the_caller_hears_the_vendors_words() {
    let stage = TwilioStage::set(
        |_, account| account.numbers[0].fallback_url = None,
        |_, _| Reply::Raw(500, "text/plain", ""),
    )
    .await;
    let run = stage.visit("");
    stage.pass(10_000).await;

    assert!(spoken(&stage.door(run))[0].contains("application error"));
    assert_eq!(stage.simulator.run(run).unwrap().state, RunState::Over);
}

#[tokio::test]
async fn overrides_in_the_fragment_are_obeyed_and_never_sent() {
    let stage = TwilioStage::set(
        |_, account| account.numbers[0].voice_url.push_str("#rc=2&rp=5xx"),
        |got, before| match got.path.as_str() {
            "/voice" if before < 3 => Reply::Raw(503, "text/plain", ""),
            _ => goodbye(got, 1),
        },
    )
    .await;
    let run = stage.visit("");
    stage.pass(2000).await;

    let asked = stage.got_at("/voice");
    assert_eq!((asked.len(), asked[0].query.as_str()), (3, "b=maple-12"));
    assert!(asked.iter().all(|got| got.idempotency == asked[0].idempotency));
    assert_eq!(spoken(&stage.door(run)), ["Goodbye"]);
}

#[tokio::test]
async fn a_redirect_of_http_loses_what_was_posted_and_is_complained_of() {
    let stage = TwilioStage::with(|got, _| match got.path.as_str() {
        "/voice" => Reply::To("/elsewhere".into()),
        "/elsewhere" => twiml("<Say>Hello</Say>"),
        _ => Reply::Nothing,
    })
    .await;
    stage.visit("");
    stage.pass(2000).await;

    let got = &stage.got_at("/elsewhere")[0];
    assert_eq!((got.method.as_str(), got.query.as_str(), got.body.as_str()), ("GET", "", ""));
    assert!(stage.complained_of("loses Digits"));
}

#[tokio::test]
async fn a_scenario_s_network_doubles_loses_and_delays_callbacks() {
    let stage = TwilioStage::with(goodbye).await;
    stage.visit(
        "[[phone]]\nnumber = '+447700900101'\nname = 'Ada'\ndoes = 'answer'\nafter = '1s'\nhang_up_after = '2s'\n\
         [network]\non_news = [{ phone = 'Ada', news = 'ringing', does = 'lose' }, { phone = 'Ada', news = 'answered', does = 'duplicate' }, \
         { phone = 'Ada', news = 'started', does = 'unsigned' }]\n",
    );
    let (url, status) = (format!("{}/voice", stage.base), format!("{}/status", stage.base));
    let events =
        ["initiated", "ringing", "answered", "completed"].map(|word| ("StatusCallbackEvent", word));
    let mut fields = vec![("Url", url.as_str()), ("StatusCallback", status.as_str())];
    fields.extend(events);
    stage.dial(ADA, &fields).await;
    stage.pass(10_000).await;

    let mut told = stage.field_at("/status", "CallStatus");
    told.sort();
    assert_eq!(told, ["completed", "in-progress", "in-progress", "initiated"]);
    assert_eq!(stage.got_at("/status")[0].signature, None);
    let n = stage
        .simulator
        .webhooks()
        .iter()
        .find(|webhook| webhook.what == "completed" && webhook.url.ends_with("/status"))
        .unwrap()
        .n;
    assert_eq!(stage.simulator.replay(n, false).await.unwrap(), 204);
    let both: Vec<Got> = stage
        .got_at("/status")
        .into_iter()
        .filter(|got| form(got)["CallStatus"] == "completed")
        .collect();
    assert_eq!((&both[0].body, &both[0].signature), (&both[1].body, &both[1].signature));
}
