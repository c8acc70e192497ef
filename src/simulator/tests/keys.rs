//! Keys: collected or one by one, with and without interrupting the prompt.

use super::*;

fn asks(input: Value) -> impl Fn(&Got, usize) -> Reply {
    move |got, _| match got.path.as_str() {
        "/answer" => Reply::Json(json!([
            { "action": "talk", "text": "Enter the unit number, then hash", "bargeIn": true },
            { "action": "input", "type": ["dtmf"], "dtmf": input },
            { "action": "talk", "text": "On it goes" },
        ])),
        _ => Reply::Nothing,
    }
}

fn inputs(stage: &Stage) -> Vec<(String, bool)> {
    let read = |json: Value| {
        (
            json["dtmf"]["digits"].as_str().unwrap().to_owned(),
            json["dtmf"]["timed_out"].as_bool().unwrap(),
        )
    };
    stage
        .got_at("/event")
        .iter()
        .map(Got::json)
        .filter(|json| json.get("dtmf").is_some())
        .map(read)
        .collect()
}

fn with_keys(keys: &str) -> String {
    format!("[call]\nfrom = '{PANEL}'\nto = '{LINE}'\nkeys = [{keys}]\n")
}

#[tokio::test]
async fn hash_submits_and_is_not_part_of_the_digits() {
    let stage =
        Stage::with(asks(json!({ "maxDigits": 8, "timeOut": 5, "submitOnHash": true }))).await;
    let run =
        stage.visit(&with_keys("{ press = '1204#', after_hearing = 'unit', after = '100ms' }"));
    stage.pass(10_000).await;

    assert_eq!(inputs(&stage), [("1204".to_owned(), false)]);
    assert_eq!(spoken(&stage.door(run))[1], "On it goes", "an empty reply lets the NCCO go on");
    assert!(stage.door(run).heard[0].cut_short);
}

#[tokio::test]
async fn enough_digits_submit_and_a_pause_submits_what_there_is() {
    for (keys, expected) in [
        ("{ press = '123456', after = '1s' }", ("1234", false)),
        ("{ press = '12', since = 'prompt', after = '1s' }", ("12", true)),
        ("", ("", true)),
    ] {
        let stage = Stage::with(asks(json!({ "maxDigits": 4, "timeOut": 3 }))).await;
        stage.visit(&with_keys(keys));
        stage.pass(20_000).await;

        assert_eq!(inputs(&stage), [(expected.0.to_owned(), expected.1)]);
    }
}

#[tokio::test]
async fn a_wrong_code_is_followed_by_the_next_one_at_the_next_prompt() {
    let stage = Stage::with(|got, _| {
        let again = json!([
            { "action": "talk", "text": "Enter the code", "bargeIn": true },
            { "action": "input", "type": ["dtmf"], "dtmf": { "submitOnHash": true, "maxDigits": 8 } },
        ]);
        match got.path.as_str() {
            "/answer" => Reply::Json(again),
            "/event" if got.json()["dtmf"]["digits"] == "1111" => Reply::Json(again),
            _ => Reply::Nothing,
        }
    })
    .await;
    stage.visit(&with_keys(
        "{ press = '1111#', after_hearing = 'code' }, { press = '2222#', after_hearing = 'code' }",
    ));
    stage.pass(20_000).await;

    assert_eq!(inputs(&stage), [("1111".to_owned(), false), ("2222".to_owned(), false)]);
}

#[tokio::test]
async fn an_asynchronous_input_posts_each_key_alone_while_the_call_goes_on() {
    let stage = Stage::with(|got, _| match got.path.as_str() {
        "/answer" => Reply::Json(json!([
            { "action": "input", "type": ["dtmf"], "mode": "asynchronous" },
            { "action": "conversation", "name": "somewhere" },
        ])),
        _ => Reply::Nothing,
    })
    .await;
    let run = stage.visit(&with_keys("{ press = '91', after = '2s' }"));
    stage.pass(1000).await;
    assert_eq!(stage.simulator.rooms().len(), 1);
    stage.pass(4000).await;
    assert_eq!(inputs(&stage), [("9".to_owned(), false), ("1".to_owned(), false)]);

    let door = stage.door(run).uuid;
    let (status, _) = stage
        .ask(
            "PUT",
            &format!("/v1/calls/{door}/input/dtmf"),
            json!({ "event_url": [format!("{}/keys", stage.base)] }),
        )
        .await;
    assert_eq!(status, 200);
    stage.simulator.press(PANEL, "5").unwrap();
    stage.pass(100).await;
    assert_eq!(stage.got_at("/keys")[0].json()["dtmf"]["digits"], "5");

    assert_eq!(
        stage.ask("DELETE", &format!("/v1/calls/{door}/input/dtmf"), Value::Null).await.0,
        200
    );
    stage.simulator.press(PANEL, "7").unwrap();
    stage.pass(100).await;
    assert_eq!((inputs(&stage).len(), stage.got_at("/keys").len()), (2, 1));
}

#[tokio::test]
async fn a_key_pressed_while_talking_is_posted_alone() {
    let stage = Stage::with(|got, _| match got.path.as_str() {
        "/answer" => {
            Reply::Json(json!([{ "action": "conversation", "name": "r", "startOnEnter": false }]))
        }
        _ => Reply::Nothing,
    })
    .await;
    stage.visit(&format!(
        "[[phone]]\nnumber = '+{ADA}'\nname = 'Ada'\ndoes = 'answer'\nkeys = [{{ press = '9', since = 'joined', after = '3s' }}]\n"
    ));
    stage.pass(1000).await;
    let ncco = json!([{ "action": "input", "type": ["dtmf"], "mode": "asynchronous" }, { "action": "conversation", "name": "r" }]);
    let ada = stage.dial(to(ADA, json!({ "ncco": ncco }))).await;

    // 0.1 s to dial, 2 s of ringing, 3 s of talking.
    stage.pass(5050).await;
    assert!(inputs(&stage).is_empty());
    stage.pass(100).await;

    let posted = stage
        .got_at("/event")
        .into_iter()
        .map(|got| got.json())
        .find(|json| json.get("dtmf").is_some())
        .unwrap();
    assert_eq!(
        (posted["uuid"].as_str(), posted["dtmf"]["digits"].as_str()),
        (Some(ada.as_str()), Some("9"))
    );
}

#[tokio::test]
async fn an_event_by_get_carries_its_objects_as_json_inside_the_parameters() {
    let stage = Stage::set(
        |_, application| application.event_method = Method::Get,
        asks(json!({ "maxDigits": 1 })),
    )
    .await;
    stage.visit(&with_keys("{ press = '7', after = '1s' }"));
    stage.pass(3000).await;

    let url = |got: &Got| reqwest::Url::parse(&format!("http://x/?{}", got.query)).unwrap();
    let parameter = |got: &Got| {
        url(got).query_pairs().find(|(name, _)| name == "dtmf").map(|(_, value)| value.into_owned())
    };
    assert!(
        stage
            .got_at("/event")
            .iter()
            .filter(|got| got.query.contains("status="))
            .all(|got| got.method == "GET" && got.body.is_empty())
    );
    let dtmf = stage.got_at("/event").iter().find_map(parameter).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&dtmf).unwrap()["digits"], "7");
}
