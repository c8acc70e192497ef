//! Live audio over a real WebSocket: there and back, keys, marks, and what is told of it.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::{SinkExt, StreamExt};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio_tungstenite::{
    accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{Request as Upgrade, Response},
    },
};

use super::{
    twilio_stage::{TOKEN, TwilioStage, twiml},
    *,
};
use crate::simulator::twilio::sign;

#[derive(Default)]
struct Backend {
    got: Mutex<Vec<Value>>,
    signature: Mutex<Option<String>>,
}

impl Backend {
    fn events(&self, name: &str) -> Vec<Value> {
        self.got.lock().unwrap().iter().filter(|got| got["event"] == name).cloned().collect()
    }
}

/// A customer's media server: sends audio back with a mark behind it, and closes on `9`.
async fn backend() -> (String, Arc<Backend>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/media/token-1", listener.local_addr().unwrap());
    let backend = Arc::new(Backend::default());
    let shared = backend.clone();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let backend = shared.clone();
            tokio::spawn(async move { serve(tcp, backend).await });
        }
    });
    (url, backend)
}

async fn serve(tcp: tokio::net::TcpStream, backend: Arc<Backend>) {
    #[expect(clippy::result_large_err, reason = "the library's own shape")]
    let look = |request: &Upgrade, response: Response| {
        let proof = request.headers().get("x-twilio-signature");
        *backend.signature.lock().unwrap() = proof.map(|proof| proof.to_str().unwrap().to_owned());
        Ok(response)
    };
    let mut socket = accept_hdr_async(tcp, look).await.unwrap();
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let got: Value = serde_json::from_str(&text).unwrap();
        backend.got.lock().unwrap().push(got.clone());
        let sid = got["streamSid"].clone();
        if got["event"] == "start" && got["start"]["customParameters"]["echo"] == "yes" {
            let audio = STANDARD.encode([0x7f; 320]);
            for message in [
                json!({ "event": "media", "streamSid": sid, "media": { "payload": audio } }),
                json!({ "event": "mark", "streamSid": sid, "mark": { "name": "greet-end" } }),
            ] {
                socket.send(Message::text(message.to_string())).await.unwrap();
            }
        }
        if got["event"] == "dtmf" && got["dtmf"]["digit"] == "9" {
            socket.close(None).await.unwrap();
            return;
        }
    }
}

#[tokio::test]
async fn audio_goes_both_ways_and_closing_the_socket_lets_the_document_go_on() {
    let (url, backend) = backend().await;
    let document = format!(
        "<Connect><Stream url=\"{url}?token=lost\" name=\"live\"><Parameter name=\"echo\" value=\"yes\"/></Stream></Connect><Say>Goodbye</Say>"
    );
    let stage = TwilioStage::with(move |got, _| match got.path.as_str() {
        "/voice" => twiml(&document),
        _ => Reply::Nothing,
    })
    .await;
    let run = stage.visit("");
    stage.simulator.settle().await;
    let back = |simulator: &Running| {
        simulator.streams().first().is_some_and(|stream| stream.bytes_received == 320)
    };
    assert!(
        stage.simulator.until(Duration::from_secs(5), back).await,
        "{:?}",
        stage.simulator.streams()
    );
    stage.pass(200).await;
    stage.simulator.press(PANEL, "59").unwrap();
    stage.pass(300).await;
    let said = |simulator: &Running| {
        simulator.run(run).unwrap().legs[0]
            .heard
            .iter()
            .any(|heard| matches!(heard.sound, Sound::Speech { .. }))
    };
    assert!(stage.simulator.until(Duration::from_secs(5), said).await);
    stage.pass(1000).await;

    assert_eq!(backend.signature.lock().unwrap().as_deref(), Some(sign::url(TOKEN, &url).as_str()));
    assert_eq!(
        backend.got.lock().unwrap()[0],
        json!({ "event": "connected", "protocol": "Call", "version": "1.0.0" })
    );
    let start = &backend.events("start")[0];
    assert_eq!(start["sequenceNumber"], "1");
    assert_eq!(start["start"]["mediaFormat"]["sampleRate"], 8000);
    let media = &backend.events("media")[0];
    assert_eq!(
        (media["media"]["chunk"].as_str(), media["media"]["timestamp"].as_str()),
        (Some("1"), Some("20"))
    );
    assert_eq!(STANDARD.decode(media["media"]["payload"].as_str().unwrap()).unwrap().len(), 160);
    let keys: Vec<Value> =
        backend.events("dtmf").iter().map(|got| got["dtmf"]["digit"].clone()).collect();
    assert_eq!(keys, ["5", "9"]);
    assert_eq!(backend.events("mark")[0]["mark"]["name"], "greet-end");

    let digest = hex::encode(Sha256::digest([0x7f; 320]));
    let stream = &stage.simulator.streams()[0];
    assert_eq!((stream.sha256.as_str(), stream.marks.len()), (digest.as_str(), 1));
    let door = stage.door(run);
    assert!(
        door.heard
            .iter()
            .any(|heard| heard.sound == Sound::Audio { bytes: 320, sha256: digest.clone() }),
        "{:?}",
        door.heard
    );
    assert_eq!(spoken(&door), ["Goodbye"]);
    assert!(stage.complained_of("query of a stream"));
}

#[tokio::test]
async fn a_stream_beside_the_document_ends_with_it_and_is_told() {
    let (url, backend) = backend().await;
    let stage = TwilioStage::with(|got, _| match got.path.as_str() {
        "/voice" => {
            twiml("<Say>A text that takes its time to be spoken</Say><Pause length=\"5\"/>")
        }
        _ => Reply::Nothing,
    })
    .await;
    let run = stage.visit("");
    stage.pass(500).await;
    let call = stage.door(run).uuid;
    let status = format!("{}/stream", stage.base);
    let (code, started) = stage
        .ask(
            "POST",
            &format!("/Calls/{call}/Streams.json"),
            &[
                ("Url", &url),
                ("Name", "tap"),
                ("Track", "both_tracks"),
                ("StatusCallback", &status),
            ],
        )
        .await;
    assert_eq!((code, started["status"].as_str()), (201, Some("in-progress")), "{started}");
    let running = |simulator: &Running| {
        simulator.webhooks().iter().any(|webhook| webhook.what == "stream-started")
    };
    assert!(stage.simulator.until(Duration::from_secs(5), running).await);
    stage.pass(1000).await;
    let (code, stopped) = stage
        .ask("POST", &format!("/Calls/{call}/Streams/tap.json"), &[("Status", "stopped")])
        .await;
    assert_eq!((code, stopped["status"].as_str()), (200, Some("stopped")));
    let told = |simulator: &Running| {
        simulator
            .webhooks()
            .iter()
            .any(|webhook| webhook.what == "stream-stopped" && webhook.status.is_some())
    };
    assert!(stage.simulator.until(Duration::from_secs(5), told).await);

    assert_eq!(stage.field_at("/stream", "StreamEvent"), ["stream-started", "stream-stopped"]);
    assert_eq!(stage.field_at("/stream", "StreamName"), ["tap", "tap"]);
    let stopped = {
        let backend = backend.clone();
        move |_: &Running| backend.events("stop").len() == 1
    };
    assert!(stage.simulator.until(Duration::from_secs(5), stopped).await);
    let tracks: Vec<Value> =
        backend.events("media").iter().map(|got| got["media"]["track"].clone()).collect();
    assert!(tracks.contains(&"inbound".into()) && tracks.contains(&"outbound".into()));
}

#[tokio::test]
async fn a_stream_that_does_not_open_is_an_error_and_the_document_goes_on() {
    let stage = TwilioStage::with(|got, _| match got.path.as_str() {
        "/voice" => twiml(
            "<Connect><Stream url=\"ws://door.example.test/media\"/></Connect><Say>Goodbye</Say>",
        ),
        _ => Reply::Nothing,
    })
    .await;
    let run = stage.visit("");
    stage.pass(2000).await;
    let failed = |simulator: &Running| {
        simulator.streams().first().is_some_and(|stream| stream.error.is_some())
    };
    assert!(stage.simulator.until(Duration::from_secs(5), failed).await);
    stage.pass(2000).await;

    assert!(stage.complained_of("31922"));
    assert_eq!(spoken(&stage.door(run)), ["Goodbye"]);
    assert!(stage.simulator.streams()[0].error.as_deref().unwrap().starts_with("31922"));
}
