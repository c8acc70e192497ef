//! The real clock, and many visits at once.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_load_of_visits_is_counted_and_timed() {
    let real = |settings: &mut Settings, _: &mut Application| {
        settings.clock = ClockKind::Real;
        settings.speech_speed = 50.0;
    };
    let stage = Stage::set(real, |got, _| match got.path.as_str() {
        "/answer" => Reply::Json(json!([{ "action": "talk", "text": "Goodbye" }])),
        _ => Reply::Nothing,
    })
    .await;
    let callers = (0..5).map(|index| format!("+44163296000{index}")).collect();
    let request = LoadRequest {
        calls_per_second: 40.0,
        seconds: 0.5,
        scenario: scenario(""),
        from: callers,
        to: Vec::new(),
        lose_hangups: 0.0,
    };

    let report = stage.simulator.load(request).await.unwrap();

    assert_eq!(
        (report.calls, report.over, report.passed, report.errors),
        (20, 20, 20, 0),
        "{report:?}"
    );
    assert!(
        report.answer_ms.p50 > 0.0 && report.answer_ms.p50 <= report.answer_ms.p99,
        "{report:?}"
    );
    assert!(stage.got_at("/answer").iter().any(|got| got.json()["from"] == "441632960004"));
    assert!(
        stage.simulator.advance(Duration::from_secs(1)).await.is_err(),
        "a real clock moves by itself"
    );
    assert_eq!(stage.simulator.legs().len(), 20);
}

#[tokio::test]
async fn what_is_shut_down_answers_no_more() {
    let stage = Stage::with(|_, _| Reply::Nothing).await;
    let other = Simulator::start(Settings::default()).await.unwrap();
    let url = format!("{}/sim", other.base_url());
    assert_eq!(stage.http.get(&url).send().await.unwrap().status(), 200);

    other.shutdown().await;

    assert!(reqwest::Client::new().get(&url).send().await.is_err());
}
