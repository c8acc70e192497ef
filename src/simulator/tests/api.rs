//! The calls API: who may ask, what is refused and how, and what the network does to its answers.

use super::*;

fn silent(_: &Got, _: usize) -> Reply {
    Reply::Nothing
}

fn good() -> Value {
    to(ADA, json!({ "ncco": [{ "action": "talk", "text": "Hello" }] }))
}

#[tokio::test]
async fn tokens_that_do_not_hold_are_refused() {
    let stage = Stage::with(silent).await;
    let now = stage.simulator.now().unix_timestamp();
    let refused = [
        json!({ "application_id": "another", "iat": now, "jti": "a" }),
        json!({ "iat": now, "jti": "a" }),
        json!({ "application_id": APPLICATION, "jti": "a" }),
        json!({ "application_id": APPLICATION, "iat": now }),
        json!({ "application_id": APPLICATION, "iat": now - 901, "jti": "a" }),
        json!({ "application_id": APPLICATION, "iat": now - 86_401, "exp": now + 900, "jti": "a" }),
        json!({ "application_id": APPLICATION, "iat": now - 100, "exp": now - 10, "jti": "a" }),
        json!({ "application_id": APPLICATION, "iat": now, "exp": now + 90_000, "jti": "a" }),
    ];
    for claims in refused {
        let (status, body) =
            stage.ask_as(&stage.token_with(claims.clone()), "POST", "/v1/calls", good()).await;

        assert_eq!((status, body["error_title"].as_str()), (401, Some("Unauthorized")), "{claims}");
    }
    let mut forged = stage.token();
    forged.truncate(forged.len() - 8);
    assert_eq!(stage.ask_as(&(forged + "AAAAAAAA"), "POST", "/v1/calls", good()).await.0, 401);
    let without_exp =
        stage.token_with(json!({ "application_id": APPLICATION, "iat": now - 800, "jti": "a" }));
    assert_eq!(stage.ask_as(&without_exp, "POST", "/v1/calls", good()).await.0, 201);
}

#[tokio::test]
async fn a_malformed_dial_is_refused_with_the_parameter_that_is_wrong() {
    let stage = Stage::with(silent).await;
    let changed = |name: &str, value: Value| {
        let mut body = good();
        body[name] = value;
        body
    };
    let mut no_from = good();
    no_from.as_object_mut().unwrap().remove("from");
    for (body, name) in [
        (changed("to", json!([{ "type": "phone", "number": "+447700900101" }])), "number"),
        (changed("to", json!([])), "to"),
        (changed("random_from_number", json!(true)), "from"),
        (no_from, "from"),
        (changed("answer_url", json!(["https://door.example/a"])), "ncco"),
        (changed("ncco", Value::Null), "NCCO"),
        (changed("event_url", json!("https://door.example/a")), "event_url"),
        (changed("ringing_timer", json!(121)), "ringing_timer"),
        (changed("length_timer", json!(0)), "length_timer"),
        (changed("machine_detection", json!("maybe")), "machine_detection"),
        (changed("advanced_machine_detection", json!({ "beep_timeout": 20 })), "beep_timeout"),
    ] {
        let (status, answer) = stage.ask("POST", "/v1/calls", body).await;

        assert_eq!((status, answer["type"].as_u64()), (400, Some(400)), "{name}: {answer}");
        assert_eq!(answer["invalid_parameters"][0]["name"], name, "{answer}");
    }
    assert!(stage.simulator.legs().is_empty());
}

#[tokio::test]
async fn a_leg_can_not_be_hung_up_within_its_first_two_seconds() {
    let stage = Stage::set(
        |settings, _| settings.too_early_to_hang_up = Some(Duration::from_secs(2)),
        silent,
    )
    .await;
    let leg = stage.dial(good()).await;

    let (status, body) =
        stage.ask("PUT", &format!("/v1/calls/{leg}"), json!({ "action": "hangup" })).await;
    assert_eq!((status, body["type"].as_str()), (400, Some("BAD_REQUEST")));

    stage.pass(2000).await;
    assert_eq!(
        stage.ask("PUT", &format!("/v1/calls/{leg}"), json!({ "action": "hangup" })).await.0,
        204
    );
}

#[tokio::test]
async fn the_fourth_dial_within_a_second_is_refused_and_not_queued() {
    let stage = Stage::set(|settings, _| settings.creations_per_second = Some(3), silent).await;
    for _ in 0..3 {
        stage.dial(good()).await;
    }

    let (status, body) = stage.ask("POST", "/v1/calls", good()).await;
    assert_eq!(status, 429);
    assert!(body["type"].as_str().unwrap().starts_with("https://developer.vonage.com/api-errors#"));

    stage.pass(1000).await;
    stage.dial(good()).await;
    assert_eq!(
        stage.simulator.placed(Some("+447700900101")).len(),
        5,
        "refused ones are on record"
    );
    assert_eq!(stage.simulator.legs().len(), 4);
}

#[tokio::test]
async fn calls_can_be_looked_up_and_unknown_ones_can_not() {
    let stage = Stage::with(silent).await;
    let leg = stage.dial(good()).await;
    stage.pass(500).await;

    let (_, one) = stage.ask("GET", &format!("/v1/calls/{leg}"), Value::Null).await;
    assert_eq!(
        (one["status"].as_str(), one["to"]["number"].as_str()),
        (Some("ringing"), Some(ADA))
    );
    assert!(one.get("price").is_none());
    let (_, page) =
        stage.ask("GET", "/v1/calls?status=ringing&page_size=1&order=desc", Value::Null).await;
    assert_eq!(
        (page["count"].as_u64(), page["_embedded"]["calls"][0]["uuid"].as_str()),
        (Some(1), Some(leg.as_str()))
    );
    let (status, body) = stage.ask("GET", "/v1/calls/unheard-of", Value::Null).await;
    assert_eq!((status, body["title"].as_str()), (404, Some("Not Found")));
    assert_eq!(
        stage.ask("PUT", &format!("/v1/calls/{leg}/talk"), json!({ "text": "too early" })).await.0,
        400
    );
}

#[tokio::test]
async fn talk_and_stream_play_into_a_leg_until_stopped() {
    let stage = Stage::with(silent).await;
    stage.simulator.set_phone(
        toml::from_str(&format!("number = '+{ADA}'\ndoes = 'answer'\nafter = 0")).unwrap(),
    );
    let leg = stage.dial(to(ADA, json!({ "ncco": [{ "action": "wait", "timeout": 60 }] }))).await;
    stage.pass(1000).await;

    let (_, said) = stage
        .ask(
            "PUT",
            &format!("/v1/calls/{leg}/talk"),
            json!({ "text": "One minute left", "level": "0.4" }),
        )
        .await;
    assert_eq!(said["message"], "Talk started");
    stage.pass(3000).await;
    let (_, said) = stage
        .ask(
            "PUT",
            &format!("/v1/calls/{leg}/stream"),
            json!({ "stream_url": ["https://door.example/a.mp3"], "loop": 0 }),
        )
        .await;
    assert_eq!(said["message"], "Stream started");
    stage.pass(60_000 - 5000).await;
    let (_, said) = stage.ask("DELETE", &format!("/v1/calls/{leg}/stream"), Value::Null).await;
    assert_eq!(said["message"], "Stream stopped");
    stage.pass(1).await;

    let heard = &stage.simulator.legs()[0].heard;
    assert_eq!(spoken(&stage.simulator.legs()[0]), ["One minute left"]);
    assert_eq!((heard.len(), heard[1].until.is_some()), (2, true));
}

#[tokio::test]
async fn the_answer_to_a_dial_can_be_lost_although_the_phone_rings() {
    for (answer, status, rings) in
        [("lost", None, 1), ("error", Some(500), 1), ("rate_limit", Some(429), 0)]
    {
        let stage = Stage::with(|got, _| match got.path.as_str() {
            "/answer" => Reply::Json(json!([{ "action": "wait", "timeout": 100 }])),
            _ => Reply::Nothing,
        })
        .await;
        let run = stage.visit(&format!(
            "[[phone]]\nnumber = '+{ADA}'\nname = 'Ada'\ndoes = 'never'\n[network]\non_dial = [{{ phone = 'Ada', nth = 1, answer = '{answer}' }}]\n"
        ));
        stage.pass(1000).await;

        let url = format!("{}/v1/calls", stage.simulator.base_url());
        let outcome = stage.http.post(url).bearer_auth(stage.token()).json(&good()).send().await;
        stage.pass(1000).await;

        assert_eq!(outcome.ok().map(|response| response.status().as_u16()), status, "{answer}");
        assert_eq!(stage.simulator.run(run).unwrap().legs.len() - 1, rings, "{answer}");
        assert_eq!(stage.simulator.placed(Some(ADA))[0].status, status);
        assert_eq!(stage.ask("POST", "/v1/calls", good()).await.0, 201, "the second is not hit");
    }
}

#[tokio::test]
async fn the_control_endpoints_start_calls_and_drive_phones() {
    let stage = Stage::with(|got, _| match got.path.as_str() {
        "/answer" => Reply::Json(json!([{ "action": "talk", "text": "Hello <there>" }])),
        _ => Reply::Nothing,
    })
    .await;
    let base = stage.simulator.base_url();
    let post = |path: &str, body: &str| {
        stage
            .http
            .post(format!("{base}{path}"))
            .header("content-type", "application/json")
            .body(body.to_owned())
            .send()
    };

    let refused = post("/sim/calls", "title = 'x'\ncolour = 'red'\n").await.unwrap();
    assert_eq!(refused.status(), 400);
    assert!(refused.text().await.unwrap().contains("colour"));
    let started: Value = post("/sim/calls", &serde_json::to_string(&scenario("")).unwrap())
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(post("/sim/clock/advance", r#"{"ms": 5000}"#).await.unwrap().status(), 200);

    let run: Value = stage
        .http
        .get(format!("{base}/sim/calls/{}", started["id"]))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        (run["state"].as_str(), run["legs"][0]["heard"][0]["text"].as_str()),
        (Some("over"), Some("Hello <there>"))
    );
    let page = stage.http.get(format!("{base}/sim")).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Hello &lt;there&gt;"), "{page}");
    let put = stage
        .http
        .put(format!("{base}/sim/phones/+447700900199"))
        .json(&json!({ "does": "manual" }))
        .send()
        .await
        .unwrap();
    assert_eq!(put.status(), 204);
    stage.dial(to("447700900199", json!({ "ncco": [{ "action": "wait" }] }))).await;
    assert_eq!(post("/sim/phones/+447700900199/decline", "").await.unwrap().status(), 204);
    assert_eq!(
        stage.http.delete(format!("{base}/sim/records")).send().await.unwrap().status(),
        204
    );
    assert!(stage.simulator.runs().is_empty());
}
