//! Webhooks: signatures and hashes, one more attempt, the fallback, and a network that misbehaves.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, Validation};
use sha2::{Digest, Sha256};

use super::*;

fn claims(got: &Got) -> Value {
    let token = got.authorization.as_deref().unwrap().strip_prefix("Bearer ").unwrap();
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    jsonwebtoken::decode::<Value>(token, &DecodingKey::from_secret(SECRET.as_bytes()), &validation)
        .unwrap()
        .claims
}

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

fn goodbye(_: &Got, _: usize) -> Reply {
    Reply::Json(json!([{ "action": "talk", "text": "Goodbye" }]))
}

#[tokio::test]
async fn a_posted_webhook_is_signed_over_its_bytes() {
    let stage = Stage::with(goodbye).await;
    stage.visit("");
    stage.pass(1000).await;

    for got in stage.got() {
        let claims = claims(&got);
        assert_eq!(claims["payload_hash"], sha256(&got.body), "{got:?}");
        assert_eq!(
            (claims["iss"].as_str(), claims["api_key"].as_str()),
            (Some("Vonage"), Some("abcd1234"))
        );
        assert_eq!(claims["application_id"], APPLICATION);
        assert!(claims["jti"].is_string() && claims["iat"].is_i64());
        let header = got.authorization.unwrap().replace("Bearer ", "");
        assert_eq!(
            URL_SAFE_NO_PAD.decode(header.split('.').next().unwrap()).unwrap(),
            br#"{"typ":"JWT","alg":"HS256"}"#
        );
    }
    let asked = stage.got_at("/answer")[0].json();
    assert_eq!(
        (asked["to"].as_str(), asked["from"].as_str()),
        (Some("441632960100"), Some("441632960001"))
    );
    assert_eq!(
        (asked["endpoint_type"].as_str(), asked["region_url"].as_str()),
        (Some("phone"), Some("https://api-eu-3.vonage.com"))
    );
    assert!(asked["conversation_uuid"].as_str().unwrap().starts_with("CON-"));
}

#[tokio::test]
async fn a_get_is_signed_over_its_parameters_in_request_order() {
    let stage = Stage::set(|_, application| application.answer_method = Method::Get, goodbye).await;
    stage.visit("");
    stage.pass(1000).await;

    let asked = stage.got_at("/answer")[0].clone();
    assert_eq!((asked.method.as_str(), asked.body.as_str()), ("GET", ""));
    assert!(
        asked.query.starts_with("b=maple-12&"),
        "our own parameters stay, and come first: {}",
        asked.query
    );
    let url = reqwest::Url::parse(&format!("http://x/?{}", asked.query)).unwrap();
    let members: Vec<String> =
        url.query_pairs().map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
    assert_eq!(claims(&asked)["payload_hash"], sha256(&format!("{{{}}}", members.join(","))));
}

#[tokio::test]
async fn started_and_ringing_share_a_moment_and_answered_follows_0_3_seconds_later() {
    let stage = Stage::with(goodbye).await;
    let run = stage.visit("");
    stage.pass(5000).await;

    let stamps: Vec<(String, String)> = (stage.got_at("/event").iter())
        .map(|got| {
            (
                got.json()["status"].as_str().unwrap().into(),
                got.json()["timestamp"].as_str().unwrap().into(),
            )
        })
        .collect();
    let expected = [
        ("started", "2026-03-02T12:00:00.000Z"),
        ("ringing", "2026-03-02T12:00:00.000Z"),
        ("answered", "2026-03-02T12:00:00.300Z"),
    ];
    assert_eq!(stamps[..3], expected.map(|(status, stamp)| (status.to_owned(), stamp.to_owned())));
    // "Goodbye" takes 7 × 60 ms, and then the NCCO has run out.
    assert_eq!(stamps[3], ("completed".into(), "2026-03-02T12:00:00.720Z".into()));
    assert_eq!(stage.simulator.run(run).unwrap().state, RunState::Over);
}

#[tokio::test]
async fn a_503_is_asked_once_more_and_a_500_goes_straight_to_the_fallback() {
    for (status, attempts, reason) in
        [(503, 2, "Invalid response code."), (500, 1, "Invalid response code.")]
    {
        let stage = Stage::with(move |got, _| match got.path.as_str() {
            "/answer" => Reply::Raw(status, "text/plain", "no"),
            "/fallback" => goodbye(got, 1),
            _ => Reply::Nothing,
        })
        .await;
        let run = stage.visit("");
        stage.pass(3000).await;

        assert_eq!(stage.got_at("/answer").len(), attempts, "{status}");
        let fallback = stage.got_at("/fallback")[0].json();
        assert_eq!(fallback["reason"], reason);
        assert_eq!(fallback["original_request"]["type"], "answer");
        assert!(
            fallback["original_request"]["url"].as_str().unwrap().ends_with("/answer?b=maple-12")
        );
        assert_eq!(fallback["uuid"], stage.door(run).uuid);
        assert_eq!(spoken(&stage.door(run)), ["Goodbye"]);
    }
}

#[tokio::test]
async fn a_service_that_keeps_silent_is_asked_twice_and_then_the_fallback_says_why() {
    let stage = Stage::with(|got, _| match got.path.as_str() {
        "/answer" => Reply::Never,
        "/fallback" => Reply::Raw(404, "text/plain", ""),
        _ => Reply::Nothing,
    })
    .await;
    let stage = { stage };
    let run = stage.visit("");
    stage.pass(3000).await;

    assert_eq!(stage.got_at("/answer").len(), 2);
    assert_eq!(stage.got_at("/fallback")[0].json()["reason"], "Socket timeout.");
    let door = stage.door(run);
    assert_eq!(
        (door.status.as_str(), door.ended_by),
        ("completed", Some(EndedBy::Platform)),
        "nobody said what to do"
    );
}

#[tokio::test]
async fn a_bad_ncco_is_named_in_an_error_event_and_the_fallback_is_asked() {
    let bad = [
        json!([{ "action": "hangup" }]),
        json!([{ "action": "talk" }]),
        json!([{ "action": "talk", "text": "x", "loop": "2" }]),
        json!([{ "action": "stream", "streamUrl": "https://door.example/a.mp3" }]),
        json!([{ "action": "input", "type": ["dtmf"], "eventUrl": "https://door.example/x" }]),
        json!([{ "action": "input", "type": ["dtmf"], "mode": "asynchronous", "dtmf": {} }]),
        json!([{ "action": "talk", "text": "x", "bargeIn": true }, { "action": "wait" }]),
        json!([{ "action": "connect", "endpoint": [{ "type": "phone", "number": "+447700900101" }] }]),
        json!([]),
        json!({ "action": "talk", "text": "x" }),
    ];
    for ncco in bad {
        let answer = ncco.clone();
        let stage = Stage::with(move |got, _| match got.path.as_str() {
            "/answer" => Reply::Json(answer.clone()),
            "/fallback" => goodbye(got, 1),
            _ => Reply::Nothing,
        })
        .await;
        stage.visit("");
        stage.pass(2000).await;

        let error = stage
            .got_at("/event")
            .into_iter()
            .map(|got| got.json())
            .find(|json| json.get("reason").is_some());
        assert_eq!(
            error.unwrap_or_else(|| panic!("{ncco} was taken"))["reason"],
            "Syntax error in NCCO. Invalid value type or action."
        );
        assert_eq!(stage.got_at("/fallback")[0].json()["reason"], "Invalid NCCO.");
        assert_eq!(stage.got_at("/answer").len(), 1, "not worth a second attempt");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_called_json_is_a_bad_ncco() {
    let stage = Stage::with(|got, _| match got.path.as_str() {
        "/answer" => Reply::Raw(200, "text/html", r#"[{"action":"talk","text":"x"}]"#),
        _ => Reply::Nothing,
    })
    .await;
    stage.visit("");
    stage.pass(2000).await;

    assert_eq!(stage.got_at("/fallback")[0].json()["reason"], "Invalid NCCO.");
}

#[tokio::test]
async fn the_same_seed_doubles_loses_and_shuffles_the_same_events() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let stage = Stage::with(goodbye).await;
        stage.visit("[network]\nduplicate = 0.5\nreorder = 0.6\n");
        stage.pass(20_000).await;
        let arrivals: Vec<String> = stage
            .got_at("/event")
            .iter()
            .map(|got| got.json()["status"].as_str().unwrap().to_owned())
            .collect();
        let fates: Vec<(String, Option<String>)> = stage
            .simulator
            .webhooks()
            .into_iter()
            .map(|webhook| (webhook.what, webhook.mishap))
            .collect();
        seen.push((arrivals, fates));
    }

    assert_eq!(seen[0], seen[1]);
    assert!(seen[0].1.iter().any(|(_, mishap)| mishap.as_deref() == Some("duplicate")), "{seen:?}");
    assert_ne!(seen[0].0, ["started", "ringing", "answered", "completed"]);
}

#[tokio::test]
async fn one_named_piece_of_news_can_be_lost_or_sent_unsigned() {
    let stage = Stage::with(|got, times| match got.path.as_str() {
        "/answer" if got.authorization.is_none() => Reply::Raw(503, "text/plain", "sign it"),
        _ => goodbye(got, times),
    })
    .await;
    stage.visit(
        "[network]\non_news = [{ phone = 'door', news = 'ended', does = 'lose' }, { phone = 'door', news = 'question', does = 'unsigned' }]\n",
    );
    stage.pass(5000).await;

    assert!(!stage.got().iter().any(|got| got.is("completed")));
    assert!(stage.simulator.webhooks().iter().any(|webhook| webhook.what == "completed" && webhook.mishap.as_deref() == Some("lost")));
    let signed: Vec<bool> =
        stage.got_at("/answer").iter().map(|got| got.authorization.is_some()).collect();
    assert_eq!(signed, [false, true]);
}

#[tokio::test]
async fn a_recorded_webhook_is_sent_again_byte_for_byte() {
    let stage = Stage::with(goodbye).await;
    stage.visit("");
    stage.pass(1000).await;
    let answered =
        stage.simulator.webhooks().into_iter().find(|webhook| webhook.what == "answered").unwrap();

    assert_eq!(stage.simulator.replay(answered.n, false).await.unwrap(), 200);
    stage.pass(5000).await;
    assert_eq!(stage.simulator.replay(answered.n, true).await.unwrap(), 200);

    let copies: Vec<Got> = stage.got().into_iter().filter(|got| got.is("answered")).collect();
    assert_eq!(copies.len(), 3);
    assert!(copies.iter().all(|copy| copy.body == answered.body));
    assert_eq!(copies[0].authorization, copies[1].authorization);
    assert_ne!(copies[1].authorization, copies[2].authorization);
    assert_eq!(claims(&copies[2])["payload_hash"], sha256(&answered.body));
}

#[tokio::test]
async fn an_event_that_fails_mid_call_asks_the_fallback_and_else_the_ncco_goes_on() {
    for (fallback, said) in
        [(json!([{ "action": "talk", "text": "Sorry" }]), "Sorry"), (json!("what?"), "Still here")]
    {
        let stage = Stage::with(move |got, _| match got.path.as_str() {
            "/answer" => Reply::Json(json!([
                { "action": "input", "type": ["dtmf"], "dtmf": { "timeOut": 1 } },
                { "action": "talk", "text": "Still here" },
            ])),
            "/fallback" => Reply::Json(fallback.clone()),
            "/event" if got.body.contains("dtmf") => Reply::Raw(500, "text/plain", ""),
            _ => Reply::Nothing,
        })
        .await;
        let run = stage.visit("");
        stage.pass(10_000).await;

        let asked = stage.got_at("/fallback")[0].json();
        assert_eq!(
            (asked["reason"].as_str(), asked["original_request"]["type"].as_str()),
            (Some("Invalid response code."), Some("event"))
        );
        assert!(asked["dtmf"].is_object(), "the original fields come along: {asked}");
        assert_eq!(spoken(&stage.door(run)), [said]);
    }
}

#[tokio::test]
async fn a_plain_event_is_sent_once_more_and_then_given_up() {
    let stage = Stage::with(|got, times| match got.path.as_str() {
        "/answer" => goodbye(got, times),
        _ => Reply::Raw(503, "text/plain", ""),
    })
    .await;
    stage.visit("");
    stage.pass(10_000).await;

    for status in ["started", "ringing", "answered", "completed"] {
        let attempts: Vec<Got> = stage.got().into_iter().filter(|got| got.is(status)).collect();
        assert_eq!(attempts.len(), 2, "{status}");
        assert_eq!(claims(&attempts[0])["jti"], claims(&attempts[1])["jti"]);
    }
    assert!(stage.got_at("/fallback").is_empty());
}
