//! Webhooks that are not what they should be: each has a defined answer, and none has an effect.

use serde_json::json;

use crate::harness::door::{Door, Transport};

fn answer_body(to: &str) -> String {
    json!({ "to": to, "from": "441632960001", "uuid": "9d1e0000", "conversation_uuid": "CON-9d1e", "endpoint_type": "phone" }).to_string()
}

async fn send(url: &str, token: Option<&str>, body: impl Into<reqwest::Body>) -> reqwest::Response {
    send_by(&reqwest::Client::new(), url, token, body).await
}

async fn send_by(
    client: &reqwest::Client,
    url: &str,
    token: Option<&str>,
    body: impl Into<reqwest::Body>,
) -> reqwest::Response {
    let mut request = client.post(url).header("content-type", "application/json").body(body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    request.send().await.unwrap()
}

#[actix_web::test]
async fn what_is_not_signed_by_the_account_just_now_is_refused_and_leaves_no_trace() {
    let door = Door::open(Transport::Database).await;
    let url = door.hook("answer");
    let body = answer_body("441632960100");
    let now = door.now();

    let unsigned = send(&url, None, body.clone()).await;
    assert_eq!(
        unsigned.status(),
        503,
        "the carrier admits that it happens, and signs when it tries again"
    );
    assert_eq!(unsigned.headers()["retry-after"], "1");
    let another_body = door.signed(answer_body("441632960999").as_bytes(), now);
    for (token, what) in [
        (door.signed_with("another secret", body.as_bytes(), now), "another secret"),
        (door.signed(body.as_bytes(), now - 400), "too old"),
        (door.signed(body.as_bytes(), now + 400), "from the future"),
        (another_body, "another body"),
        ("not.a.token".to_owned(), "no token"),
    ] {
        assert_eq!(send(&url, Some(&token), body.clone()).await.status(), 401, "{what}");
    }

    assert_eq!(door.get("/v1/calls").await["items"], json!([]));
    door.close().await;
}

#[actix_web::test]
async fn signed_rubbish_is_answered_and_harms_nothing() {
    let door = Door::open(Transport::Database).await;
    let (answer, event) = (door.hook("answer"), door.hook("event"));
    let now = door.now();
    let statuses = async |url: &str, body: &str| {
        send(url, Some(&door.signed(body.as_bytes(), now)), body.to_owned()).await.status().as_u16()
    };

    assert_eq!(statuses(&answer, "{\"to\":").await, 400, "malformed JSON");
    assert_eq!(statuses(&answer, "[]").await, 400, "not an object");
    assert_eq!(
        statuses(
            &event,
            r#"{"uuid":"9d1e0000","status":"levitating","timestamp":"2026-03-01T10:00:00.000Z"}"#
        )
        .await,
        200,
        "a status of tomorrow"
    );
    assert_eq!(
        statuses(&event, r#"{"reason":"Syntax error in NCCO.","conversation_uuid":"CON-1"}"#).await,
        200,
        "an event about no leg"
    );
    assert_eq!(statuses(&event, "{}").await, 200, "an event about nothing");
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(20_000), "]".repeat(20_000));
    assert!([200, 400].contains(&statuses(&event, &deep).await), "deep nesting");

    let large = format!("{{\"to\":\"{}\"}}", "4".repeat(70_000));
    assert_eq!(statuses(&answer, &large).await, 413);
    assert_eq!(
        reqwest::get(format!("{}/hooks/vonage/nobody/answer", door.api)).await.unwrap().status(),
        404
    );
    assert_eq!(reqwest::get(format!("{answer}/levitate")).await.unwrap().status(), 404);
    assert_eq!(door.get("/v1/calls").await["items"], json!([]));
    assert!(door.simulator.placed(None).is_empty());
    door.close().await;
}

#[actix_web::test]
async fn a_call_to_a_number_that_is_no_line_is_refused_each_time_with_the_same_bytes() {
    let door = Door::open(Transport::Database).await;
    let url = door.hook("answer");
    let body = answer_body("441632960999");

    let first = send(&url, Some(&door.signed(body.as_bytes(), door.now())), body.clone()).await;
    assert_eq!(first.status(), 200);
    let first = first.text().await.unwrap();
    let second = send(&url, Some(&door.signed(body.as_bytes(), door.now())), body.clone())
        .await
        .text()
        .await
        .unwrap();

    assert!(first.contains("talk"), "{first}");
    assert_eq!(first, second);
    assert!(door.simulator.placed(None).is_empty());
    door.close().await;
}

#[actix_web::test]
async fn fifty_copies_at_once_make_one_call() {
    let door = Door::open(Transport::Database).await;
    let url = door.hook("answer");
    let body = answer_body("441632960100");
    let token = door.signed(body.as_bytes(), door.now());

    // One client: making fifty keeps this thread so long that the server gives up on who is connected and says nothing.
    let client = reqwest::Client::new();
    let sent = (0..50).map(|_| async {
        door.eventually("a copy is answered", async || {
            let answer = send_by(&client, &url, Some(&token), body.clone()).await;
            match answer.status().as_u16() {
                200 => Some(answer.text().await.unwrap()),
                // Too many at once: to come again.
                503 => None,
                other => panic!("{other}"),
            }
        })
        .await
    });
    let answers = futures_util::future::join_all(sent).await;

    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    door.eventually("the call is in the history", async || {
        let calls = door.get("/v1/calls").await["items"].as_array().map_or(0, Vec::len);
        (calls == 1).then_some(())
    })
    .await;
    assert!(door.simulator.placed(Some("+447700900101")).len() <= 1);
    door.close().await;
}
