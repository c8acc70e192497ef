//! What carriers' audio sockets may not do, and that whatever they do, no other call hears of it.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::json;
use tokio_tungstenite::tungstenite::{Error, Message};
use vestibule::carriers::twilio::media::signature;

use super::harness::door::{Door, Transport};
use super::harness::studio::{
    AUTH_TOKEN, CALL_SID, Ear, PATIENCE, Phone, STREAM_SID, Studio, backend, frame, start,
};

async fn status(url: &str, headers: &[(&'static str, &str)]) -> u16 {
    match Phone::upgrades(url, headers).await {
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(error) => panic!("{error}"),
        Ok(_) => 101,
    }
}

#[actix_web::test]
async fn only_an_upgrade_that_the_connections_account_signed_is_taken() {
    let studio = Studio::opens(|_| {}).await;
    let url = studio.url("twilio", "quiet");
    let by = |url: &str, token: &str| signature(url, &token.into());
    let signed = |signature: String| {
        let url = url.clone();
        async move { status(&url, &[("x-twilio-signature", &signature)]).await }
    };

    assert_eq!(status(&url, &[]).await, 403);
    assert_eq!(signed(by(&url, "another")).await, 403);
    assert_eq!(signed(by("wss://other.example/media/twilio/quiet", AUTH_TOKEN)).await, 403);
    assert_eq!(signed(by(&url, "retired")).await, 101);
    assert_eq!(signed(by(&format!("{url}/"), AUTH_TOKEN)).await, 101);
    let host = studio.address.to_string();
    assert_eq!(signed(by(&url.replace(&host, "127.0.0.1"), AUTH_TOKEN)).await, 101);
    let slashed = format!("{url}/");
    let signature = by(&slashed, AUTH_TOKEN);
    assert_eq!(status(&slashed, &[("x-twilio-signature", &signature)]).await, 101);
    assert_eq!(status(&studio.url("twilio", "nobody"), &[]).await, 404);
    assert_eq!(status(&studio.url("sipgate", "quiet"), &[]).await, 404);
    let plain = format!("http://{host}/media/twilio/quiet");
    let plainly =
        reqwest::Client::new().get(plain).header("x-twilio-signature", by(&url, AUTH_TOKEN));
    assert_eq!(plainly.send().await.unwrap().status().as_u16(), 400);
    studio.close().await;
}

#[actix_web::test]
async fn each_thing_that_a_socket_may_not_say_closes_it_with_a_code_of_its_own() {
    let studio = Studio::opens(|_| {}).await;
    let ear = Ear::listening().await;
    let mut bystander = studio.call(vec![backend(&ear.url)]).await;
    let text = |value: serde_json::Value| Message::text(value.to_string());
    let media = |payload: &str| {
        text(json!({ "event": "media", "streamSid": STREAM_SID, "media": { "payload": payload } }))
    };
    let mut callless = start();
    callless["start"]["callSid"] = json!(null);
    let mut other_format = start();
    other_format["start"]["mediaFormat"]["sampleRate"] = json!(44_100);

    for (n, (what, messages, code)) in [
        ("audio before the beginning", vec![media("//79")], 1008),
        ("an end before the beginning", vec![text(json!({ "event": "stop" }))], 1008),
        ("a second beginning", vec![text(start()), text(start())], 1008),
        ("a beginning without a call", vec![text(callless)], 1008),
        ("another format", vec![text(other_format)], 1003),
        ("bytes where text is due", vec![text(start()), Message::binary(vec![0; 160])], 1003),
        ("bytes before anything", vec![Message::binary(vec![0; 160])], 1003),
        ("audio that is not base64", vec![text(start()), media("*")], 1007),
        ("text that is not JSON", vec![text(start()), Message::text("hello")], 1007),
        ("JSON without its parts", vec![text(json!({ "event": "start" }))], 1007),
        ("a frame that is too long", vec![text(start()), Message::text("x".repeat(70_000))], 1009),
        ("a first frame that is too long", vec![Message::binary(vec![0; 70_000])], 1009),
    ]
    .into_iter()
    .enumerate()
    {
        let mut phone = Phone::connects(&studio, "busy").await;
        for message in messages {
            phone.sends(message).await;
        }
        let (closed, _) = phone.is_closed().await;
        assert_eq!(closed, code, "{what}");
        // And the call beside it never noticed.
        bystander.speaks().await;
        ear.until_frame(n as u64 + 1).await;
    }
    studio.close().await;
}

#[actix_web::test]
async fn a_sequence_that_skips_repeats_or_is_none_is_let_pass() {
    let studio = Studio::opens(|_| {}).await;
    let ear = Ear::listening().await;
    let mut phone = studio.call(vec![backend(&ear.url)]).await;

    for (n, odd) in (1..).zip([json!("9"), json!("9"), json!("-1"), json!("NaN"), json!(null)]) {
        use base64::Engine as _;
        let payload = base64::engine::general_purpose::STANDARD.encode(frame(n));
        let media =
            json!({ "track": "inbound", "chunk": odd, "timestamp": "10", "payload": payload });
        phone.says(json!({ "event": "media", "sequenceNumber": odd, "streamSid": STREAM_SID, "media": media, "new": [1] })).await;
    }
    phone.says(json!({ "event": "something-new", "streamSid": STREAM_SID })).await;
    phone.hangs_up().await;

    ear.until_told("stop", 1).await;
    assert_eq!(ear.frames(), [1, 2, 3, 4, 5]);
    studio.close().await;
}

#[actix_web::test]
async fn whoever_says_nothing_after_the_upgrade_or_is_not_expected_is_closed() {
    let studio = Studio::opens(|settings| settings.start_within = Duration::from_millis(300)).await;

    let mut silent = Phone::connects(&studio, "quiet").await;
    silent.says(json!({ "event": "connected", "protocol": "Call" })).await;
    let mut unexpected = Phone::begins(&studio, "quiet").await;

    assert_eq!(unexpected.is_closed().await, (1008, "unexpected".to_owned()));
    assert_eq!(silent.is_closed().await, (1008, "silent".to_owned()));
    assert_eq!(studio.desk.started.lock().unwrap()[0].call.as_deref(), Some(CALL_SID));
    studio.close().await;
}

/// Ten thousand, or as many as this machine lets one process hold with both ends of each.
#[actix_web::test]
async fn ten_thousand_sockets_that_never_speak_leave_the_call_beside_them_alone() {
    let files = rlimit_files();
    let sockets = ((files.saturating_sub(1_000)) / 2).min(10_000);
    if sockets < 10_000 {
        eprintln!("{sockets} sockets: ulimit -n is {files}, and each takes two");
    }
    let studio = Studio::opens(|settings| {
        settings.streams = sockets + 1;
        settings.streams_per_connection = sockets;
    })
    .await;
    let ear = Ear::listening().await;
    let mut phone = studio.call(vec![backend(&ear.url)]).await;
    ear.until_told("start", 1).await;
    let url = studio.url("twilio", "busy");
    let signed = signature(&url, &AUTH_TOKEN.into());

    // A crowd of 200 at a time knocks while the call goes on.
    let mut taken = Vec::new();
    let headers = [("x-twilio-signature", signed.as_str())];
    let crowd = async {
        let mut knocking = FuturesUnordered::new();
        for n in 0..sockets {
            knocking.push(Phone::upgrades(&url, &headers));
            if knocking.len() == 200 || n + 1 == sockets {
                while let Some(answer) = knocking.next().await {
                    taken.push(answer.unwrap());
                }
            }
        }
    };
    let call = async {
        let mut slowest = Duration::ZERO;
        for n in 1..=500 {
            let said = Instant::now();
            phone.speaks().await;
            ear.until_frame(n).await;
            slowest = slowest.max(said.elapsed());
            tokio::time::sleep(Duration::from_millis(20).saturating_sub(said.elapsed())).await;
        }
        slowest
    };
    let ((), slowest) = tokio::join!(crowd, call);

    assert_eq!(ear.frames(), (1..=500).collect::<Vec<_>>());
    assert!(slowest < Duration::from_secs(2), "a frame took {slowest:?}");
    // All are closed for saying nothing.
    assert_eq!(taken.len(), sockets);
    for phone in taken.iter_mut().step_by(100) {
        assert_eq!(phone.is_closed().await, (1008, "silent".to_owned()));
    }
    studio.close().await;
}

#[actix_web::test]
async fn one_connection_can_not_take_the_places_of_all_others() {
    let studio = Studio::opens(|settings| {
        settings.streams = 3;
        settings.streams_per_connection = 2;
        settings.start_within = Duration::from_millis(1_500);
    })
    .await;
    let knocks = async |token: &str| {
        let url = studio.url("twilio", token);
        let signed = signature(&url, &AUTH_TOKEN.into());
        Phone::upgrades(&url, &[("x-twilio-signature", &signed)]).await
    };
    let is_turned_away = |answer: Result<Phone, Error>| matches!(answer, Err(Error::Http(response)) if response.status() == 503);

    let _two = (knocks("busy").await.unwrap(), knocks("busy").await.unwrap());
    assert!(is_turned_away(knocks("busy").await), "its own are taken");
    let mut third = knocks("quiet").await.unwrap();
    assert!(is_turned_away(knocks("quiet").await), "all are taken");

    // Whoever says nothing gives the place back.
    assert_eq!(third.is_closed().await.0, 1008);
    drop(third);
    let come_again = async {
        while knocks("quiet").await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, come_again).await.unwrap();
    studio.close().await;
}

/// The soft limit of this process.
fn rlimit_files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find(|line| line.starts_with("Max open files"));
    let soft =
        line.and_then(|line| line.split_whitespace().nth(3)).and_then(|soft| soft.parse().ok());
    soft.unwrap_or(1_024)
}

#[actix_web::test]
async fn an_upgrade_of_vonages_is_believed_with_its_connections_secret_alone() {
    let door = Door::open(Transport::Database).await;
    let hook = door.hook("answer");
    let url = hook.replace("http://", "ws://").replace("/hooks/", "/media/").replace("/answer", "");
    let now = door.now();
    let with = |token: String| {
        let url = url.clone();
        async move { status(&url, &[("authorization", &format!("Bearer {token}"))]).await }
    };

    assert_eq!(status(&url, &[]).await, 403);
    assert_eq!(with(door.signed_with("another secret", b"", now)).await, 403);
    assert_eq!(with(door.signed(b"", now - 3_600)).await, 403);
    assert_eq!(status(&url.replace("vonage", "twilio"), &[]).await, 404);
    assert_eq!(status(&format!("{url}x"), &[]).await, 404);

    let signed = format!("Bearer {}", door.signed(b"", now));
    let mut phone = Phone::upgrades(&url, &[("authorization", &signed)]).await.unwrap();
    phone.says(json!({ "event": "websocket:connected", "content-type": "audio/l16;rate=16000", "call": "c1" })).await;
    assert_eq!(phone.is_closed().await, (1008, "unexpected".to_owned()), "nobody asked for it");
    door.close().await;
}
