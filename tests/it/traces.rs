//! Traces: from a webhook over its events and their work to what a carrier is asked, whichever way the work goes; and on to a collector.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::harness::database;
use crate::harness::door::{Door, MASTER_KEY, Transport, broker_url, quick};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Stands before the carrier, and keeps what it is asked.
#[derive(Clone, Default)]
struct Wire {
    asked: Arc<Mutex<String>>,
    carrier: Arc<OnceLock<String>>,
}

impl Wire {
    async fn laid(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let wire = self.clone();
        tokio::spawn(async move {
            while let Ok((us, _)) = listener.accept().await {
                tokio::spawn(wire.clone().carries(us));
            }
        });
        url
    }

    async fn carries(self, us: TcpStream) {
        let carrier = TcpStream::connect(self.carrier.get().unwrap()).await.unwrap();
        let (mut from_us, mut to_us) = us.into_split();
        let (mut from_carrier, mut to_carrier) = carrier.into_split();
        tokio::spawn(async move { tokio::io::copy(&mut from_carrier, &mut to_us).await });
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = from_us.read(&mut bytes).await {
            self.asked.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            if to_carrier.write_all(&bytes[..count]).await.is_err() {
                return;
            }
        }
    }

    /// The traces of the calls that the carrier was asked to place.
    fn traces_of_dials(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let dials = asked.split("POST /v1/calls HTTP/1.1\r\n").skip(1);
        let trace = |dial: &str| {
            let head = dial.split("\r\n\r\n").next().unwrap();
            let line = head.lines().find_map(|line| line.strip_prefix("traceparent: ")).unwrap();
            line.split('-').nth(1).unwrap().to_owned()
        };
        dials.map(trace).collect()
    }
}

async fn a_dial_belongs_to_the_webhook_that_caused_it(broker: Option<String>) {
    let wire = Wire::default();
    let (url, carrier) = (wire.laid().await, Arc::clone(&wire.carrier));
    let door = Door::open_planned(broker, quick(), move |plan| {
        let own = plan.vonage.replace(url.parse().unwrap()).unwrap();
        let _ = carrier.set(format!("127.0.0.1:{}", own.port().unwrap()));
    })
    .await;

    door.carrier_saw(door.plays("two_residents_one_voicemail").await).await;
    door.history().await;

    let mut admin = database::connect(&door.database).await;
    let stored: Vec<(String, Option<String>)> = sqlx::query_as(
        "select event.type, event.traceparent from es.event event join es.stream stream using (stream_id)
         where stream.stream_type = 'call' order by position",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    let traces_of = |kind: &str| -> BTreeSet<String> {
        let of = stored.iter().filter(|(of, _)| of == kind);
        of.map(|(_, trace)| trace.as_deref().unwrap().split('-').nth(1).unwrap().to_owned())
            .collect()
    };
    assert!(stored.iter().all(|(_, trace)| trace.is_some()), "{stored:?}");
    let rang = traces_of("CallRang");
    assert_eq!(rang.len(), 1);
    for caused in ["DialRequested", "DialStarted", "DialPlaced"] {
        assert_eq!(traces_of(caused), rang, "{caused}");
    }
    let dials = wire.traces_of_dials();
    assert_eq!(dials.len(), 2, "{dials:?}");
    assert_eq!(dials.into_iter().collect::<BTreeSet<_>>(), rang);
    // Another webhook, another trace.
    assert_ne!(traces_of("DoorOpened"), rang);
    door.close().await;
}

#[actix_web::test]
async fn a_dial_belongs_to_its_webhook_straight_from_the_database() {
    a_dial_belongs_to_the_webhook_that_caused_it(None).await;
}

#[actix_web::test]
async fn a_dial_belongs_to_its_webhook_through_rabbitmq() {
    a_dial_belongs_to_the_webhook_that_caused_it(Some(broker_url())).await;
}

/// A worker of its own, ended with the test.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Worker {
    fn starts(door: &Door, collector: &str) -> Self {
        let command = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .arg("worker")
            .env("VESTIBULE_METRICS_LISTEN", "127.0.0.1:0")
            .env("VESTIBULE_PUBLIC_URL", &door.api)
            .env("VESTIBULE_VONAGE_URL", door.simulator.base_url())
            .env("DATABASE_URL", door.database.expose_secret())
            .env("VESTIBULE_MASTER_KEY", BASE64_STANDARD.encode(MASTER_KEY))
            .env("VESTIBULE_LOG", "warn")
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector)
            .env("OTEL_EXPORTER_OTLP_HEADERS", "api-key=hunter2")
            .env_remove("AMQP_URL")
            .stderr(Stdio::null())
            .spawn();
        Self(command.unwrap())
    }
}

async fn collector() -> MockServer {
    let collector = MockServer::start().await;
    let taken = ResponseTemplate::new(200).set_body_json(json!({}));
    Mock::given(method("POST")).and(path("/v1/traces")).respond_with(taken).mount(&collector).await;
    collector
}

/// The spans that came, as they were sent.
async fn spans(collector: &MockServer) -> Vec<Value> {
    let mut spans = vec![];
    for request in collector.received_requests().await.unwrap() {
        assert_eq!(request.headers["content-type"], "application/json");
        assert_eq!(request.headers["api-key"], "hunter2");
        let sent: Value = request.body_json().unwrap();
        let of = &sent["resourceSpans"][0];
        assert_eq!(of["resource"]["attributes"][0]["value"]["stringValue"], "vestibule");
        spans.extend(of["scopeSpans"][0]["spans"].as_array().unwrap().iter().cloned());
    }
    spans
}

#[actix_web::test]
async fn a_collector_gets_the_way_of_a_sampled_webhook_through_another_process() {
    let mut door = Door::open(Transport::Database).await;
    door.workers_die().await;
    let collector = collector().await;
    let _worker = Worker::starts(&door, &collector.uri());
    let body = json!({
        "to": "441632960100", "from": "441632960001", "uuid": "9d1e0000", "conversation_uuid": "CON-9d1e", "endpoint_type": "phone"
    })
    .to_string();

    let webhook = reqwest::Client::new()
        .post(door.hook("answer"))
        .header("content-type", "application/json")
        .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
        .bearer_auth(door.signed(body.as_bytes(), door.now()))
        .body(body);
    assert_eq!(webhook.send().await.unwrap().status(), 200);

    let of_dials = door
        .eventually("both dials are traced", async || {
            let spans = spans(&collector).await;
            let of_trace = spans.into_iter().filter(|span| span["traceId"] == TRACE);
            let of_trace: Vec<Value> = of_trace.collect();
            let placed = of_trace.iter().filter(|span| span["name"] == "carrier.request").count();
            (placed >= 2).then_some(of_trace)
        })
        .await;
    let named = |name: &str| of_dials.iter().find(|span| span["name"] == name).unwrap();
    let parent = |span: &Value| {
        let parent = of_dials.iter().find(|other| other["spanId"] == span["parentSpanId"]).cloned();
        parent.unwrap_or_else(|| panic!("{span} begins nowhere: {of_dials:#?}"))
    };
    let request = named("carrier.request");
    assert_eq!(request["kind"], 3);
    assert_eq!(request["status"]["code"], 0);
    let dial = parent(request);
    assert_eq!(dial["name"], "dial.place");
    let work = parent(&dial);
    assert_eq!((&work["name"], &work["kind"]), (&json!("work.do"), &json!(5)));
    let nanoseconds =
        |span: &Value, end: &str| -> u64 { span[end].as_str().unwrap().parse().unwrap() };
    assert!(nanoseconds(&work, "startTimeUnixNano") <= nanoseconds(request, "startTimeUnixNano"));
    assert!(nanoseconds(request, "endTimeUnixNano") <= nanoseconds(&work, "endTimeUnixNano"));

    // Whom it is about stays at home.
    for request in collector.received_requests().await.unwrap() {
        let text = String::from_utf8(request.body).unwrap();
        for personal in ["7700900", "1632960", "Ada", "Ben"] {
            assert!(!text.contains(personal), "{text}");
        }
    }
    door.close().await;
}
