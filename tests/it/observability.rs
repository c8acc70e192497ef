//! What Prometheus reads of a server, and what asks for it: alerts and the dashboard name nothing that nobody tells.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use vestibule::boot::telemetry::Metrics;
use vestibule::boot::telemetry::catalogue::{Described, Kind, METRICS, OF_THE_PROCESS};
use yaml_rust2::{Yaml, YamlLoader};

use crate::harness::door::{Door, Transport};

/// Told by others: Prometheus itself, the broker, the machine.
const OF_OTHERS: [&str; 4] = [
    "up",
    "rabbitmq_alarms_free_disk_space_watermark",
    "node_filesystem_avail_bytes",
    "node_filesystem_size_bytes",
];
/// Nothing is known of these before audio flows or is refused, a backend is lost, a body trickles in, or a call is past its time.
const SELDOM: [&str; 5] = [
    "media_backend_losses_total",
    "media_streams_total",
    "media_refused_messages_total",
    "requests_cut_off_total",
    "calls_archived_total",
];
/// What is asked of the database is asked every few seconds.
const TELLS_WITHIN: Duration = Duration::from_secs(25);

/// Where a scrape of the door's process is answered.
async fn scraped_at(metrics: Metrics, door: &Door, stop: &CancellationToken) -> SocketAddr {
    door.rooms.as_ref().unwrap().sample(stop);
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    actix_web::rt::spawn(metrics.serve(address).unwrap());
    address
}

async fn scrape(address: SocketAddr) -> String {
    let answer = reqwest::get(format!("http://{address}/metrics")).await.unwrap();
    answer.text().await.unwrap()
}

#[actix_web::test]
async fn a_server_tells_every_number_that_it_says_it_tells() {
    // First, as in a process: what a connection tells when it is made is told once.
    let metrics = Metrics::install().unwrap();
    let door = Door::open(Transport::Broker).await;
    let stop = CancellationToken::new();
    let address = scraped_at(metrics, &door, &stop).await;

    door.carrier_saw(door.plays("two_residents_one_voicemail").await).await;
    door.history().await;
    let http = reqwest::Client::new();
    let unsigned = http.post(door.hook("event")).body("{}").send().await.unwrap();
    assert_eq!(unsigned.status(), 503, "it may be signed when it comes again");
    http.get(format!("{}/media/vonage/nobody", door.api)).send().await.unwrap();
    let door = door.also_at_twilio().await;
    door.carrier_saw(door.plays("two_residents_one_voicemail").await).await;

    let is_told = |text: &str, name: &str| text.contains(&format!("# TYPE {name} "));
    let is_expected = |metric: &&Described| !SELDOM.contains(&metric.name);
    let names: Vec<&str> = METRICS.iter().filter(is_expected).map(|metric| metric.name).collect();
    let deadline = Instant::now() + TELLS_WITHIN;
    let text = loop {
        let text = scrape(address).await;
        let missing: Vec<_> = names.iter().filter(|name| !is_told(&text, name)).collect();
        if missing.is_empty() {
            break text;
        }
        assert!(Instant::now() < deadline, "nobody tells {missing:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };

    for name in OF_THE_PROCESS {
        assert!(is_told(&text, name), "{name}: {text}");
    }
    for metric in METRICS {
        only_says_what_it_may(metric, &text);
    }
    let value = |series: &str| -> f64 {
        let line = text.lines().find(|line| line.starts_with(series));
        line.and_then(|line| line.rsplit(' ').next()).unwrap().parse().unwrap()
    };
    assert!(value("dial_outcome_total{carrier=\"vonage\",outcome=\"placed\"}") >= 2.0, "{text}");
    assert!(value("dial_started_total{carrier=\"twilio\"}") >= 2.0, "{text}");
    let answered = r#"webhook_requests_total{provider="vonage",kind="answer",outcome="answered"}"#;
    assert!(value(answered) >= 1.0, "{text}");
    let reason = r#"signature_failures_total{provider="vonage",reason="unsigned"}"#;
    assert!(value(reason) >= 1.0, "{text}");
    assert!(value("event_head_position") > 10.0, "{text}");
    assert!(value("pool_wait_seconds_count{pool=\"ingest\"}") > 1.0, "{text}");
    assert!((0.0..1.0).contains(&value("pg_notify_queue_usage")), "{text}");
    stop.cancel();
    door.close().await;
}

/// Every series of a metric has its labels, and where their values are known no other.
fn only_says_what_it_may(metric: &Described, text: &str) {
    let parts: &[&str] = match metric.kind {
        Kind::Histogram(_) => &["_bucket", "_sum", "_count"],
        Kind::Counter | Kind::Gauge | Kind::Level => &[""],
    };
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, _) = line.rsplit_once(' ').unwrap_or_default();
        let (name, labels) = series.trim_end_matches('}').split_once('{').unwrap_or((series, ""));
        if !parts.iter().any(|part| name == format!("{}{part}", metric.name)) {
            continue;
        }
        let told: Vec<(&str, &str)> = labels
            .split_terminator("\",")
            .map(|label| label.trim_end_matches('"').split_once("=\"").unwrap())
            .filter(|(name, _)| *name != "le")
            .collect();
        assert_eq!(told.len(), metric.labels.len(), "{line}");
        for (name, value) in told {
            let known = metric.labels.iter().find(|label| label.name == name).unwrap();
            assert!(known.values.is_empty() || known.values.contains(&value), "{line}");
        }
    }
}

#[test]
fn alerts_ask_for_numbers_that_are_told_and_say_what_to_do() {
    let rules = yaml("observability/alerts.yml");
    let mut alerts = BTreeSet::new();
    for rule in
        rules["groups"].as_vec().unwrap().iter().flat_map(|group| group["rules"].as_vec().unwrap())
    {
        let alert = rule["alert"].as_str().unwrap();
        assert!(alerts.insert(alert.to_owned()), "{alert} is there twice");
        all_are_told(rule["expr"].as_str().unwrap(), alert);
        let severity = rule["labels"]["severity"].as_str().unwrap();
        assert!(["page", "ticket", "info"].contains(&severity), "{alert}: {severity}");
        for said in ["summary", "do"] {
            let text = rule["annotations"][said].as_str().unwrap_or_default();
            assert!(text.len() > 20, "{alert} has no {said}");
        }
    }
    assert!(alerts.len() > 20, "{alerts:?}");
}

#[test]
fn the_dashboard_asks_for_numbers_that_are_told() {
    let path = root().join("observability/grafana/dashboards/vestibule.json");
    let board: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let panels = board["panels"].as_array().unwrap();
    let (mut ids, mut places) = (BTreeSet::new(), BTreeSet::new());
    let mut shown = String::new();
    for panel in panels {
        let title = panel["title"].as_str().unwrap();
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{title}: its id is another's");
        assert!(places.insert(panel["gridPos"].to_string()), "{title}: lies upon another");
        for target in panel["targets"].as_array().into_iter().flatten() {
            let expr = target["expr"].as_str().unwrap();
            all_are_told(expr, title);
            shown.push_str(expr);
            assert_eq!(panel["datasource"]["uid"], "prometheus", "{title}");
        }
    }
    let rows = panels.iter().filter(|panel| panel["type"] == "row").count();
    assert!(rows >= 8, "{rows}");
    for metric in METRICS {
        assert!(shown.contains(metric.name), "{} is shown nowhere", metric.name);
    }
}

/// What the profile starts finds its files, and nothing of it is of a version that changes by itself or may write where it lives.
#[test]
fn the_profile_starts_what_is_configured() {
    let compose = yaml("docker-compose.yml");
    let services = compose["services"].as_hash().unwrap();
    let watching: Vec<_> = services
        .iter()
        .filter(|(_, service)| service["profiles"][0].as_str() == Some("observability"))
        .map(|(name, service)| (name.as_str().unwrap(), service))
        .collect();

    let names: BTreeSet<&str> = watching.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, BTreeSet::from(["grafana", "jaeger", "machine", "prometheus"]));
    for (name, service) in watching {
        let image = service["image"].as_str().unwrap();
        assert!(image.rsplit_once(':').is_some_and(|(_, tag)| tag.contains('.')), "{image}");
        assert_eq!(service["read_only"].as_bool(), Some(true), "{name}");
        for mount in service["volumes"].as_vec().into_iter().flatten() {
            let from = mount.as_str().unwrap().split(':').next().unwrap();
            if let Some(file) = from.strip_prefix("./") {
                assert!(root().join(file).exists(), "{name}: {file}");
            }
        }
        for port in service["ports"].as_vec().into_iter().flatten() {
            assert!(port.as_str().unwrap().starts_with("127.0.0.1:"), "{name}: {port:?}");
        }
    }
    let prometheus = yaml("observability/prometheus.yml");
    for job in prometheus["scrape_configs"].as_vec().unwrap() {
        let targets =
            [&job["dns_sd_configs"][0]["names"][0], &job["static_configs"][0]["targets"][0]];
        let target = targets.into_iter().find_map(Yaml::as_str).unwrap();
        let service = target.split(':').next().unwrap();
        assert!(services.contains_key(&Yaml::String(service.to_owned())), "{service}");
    }
}

fn all_are_told(expr: &str, asked_by: &str) {
    let suffixes = ["", "_bucket", "_sum", "_count"];
    let names = names_in(expr);
    assert!(!names.is_empty(), "{asked_by} asks for nothing: {expr}");
    for name in names {
        let is_ours = METRICS.iter().any(|metric| {
            let suffixes = match metric.kind {
                Kind::Histogram(_) => &suffixes[1..],
                Kind::Counter | Kind::Gauge | Kind::Level => &suffixes[..1],
            };
            suffixes.iter().any(|suffix| name == format!("{}{suffix}", metric.name))
        });
        let is_known = is_ours
            || OF_THE_PROCESS.contains(&name.as_str())
            || OF_OTHERS.contains(&name.as_str());
        assert!(is_known, "{asked_by} asks for {name}, which nobody tells");
    }
}

/// The metrics that an expression names: words that are no function, no keyword, no label and no text.
fn names_in(expr: &str) -> BTreeSet<String> {
    const KEYWORDS: [&str; 8] = ["by", "without", "on", "ignoring", "and", "or", "unless", "bool"];
    // These may have their labels between them and what they are of.
    const AGGREGATES: [&str; 6] = ["sum", "max", "min", "avg", "count", "topk"];
    let without_texts: String = expr.split('"').step_by(2).collect();
    let (mut names, mut rest) = (BTreeSet::new(), without_texts.as_str());
    let mut is_list_of_labels = false;
    while let Some(at) =
        rest.find(|c: char| c.is_ascii_alphabetic() || "_({[$0123456789".contains(c))
    {
        rest = &rest[at..];
        let end = |stop: char| rest.find(stop).map_or(rest.len(), |end| end + 1);
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':' || c == '.';
        let length = match rest.as_bytes()[0] {
            b'{' => end('}'),
            b'[' => end(']'),
            b'(' if is_list_of_labels => end(')'),
            b'(' => 1,
            b'$' => 1 + rest[1..].find(|c| !is_word(c)).unwrap_or(rest.len() - 1),
            _ => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at(length);
        is_list_of_labels = KEYWORDS[..4].contains(&word);
        let is_name = word.starts_with(|c: char| c.is_ascii_alphabetic())
            && !KEYWORDS.contains(&word)
            && !AGGREGATES.contains(&word)
            && !after.trim_start().starts_with('(');
        if is_name {
            names.insert(word.to_owned());
        }
        rest = after;
    }
    names
}

#[test]
fn names_are_found_in_expressions() {
    let expr = r#"sum by (provider, le) (rate(webhook_requests_total{outcome=~"failed|late"}[5m])) / on (provider) max(up{job="x"} == 1) > 0.2e1 or b"#;

    assert_eq!(
        names_in(expr),
        ["b", "up", "webhook_requests_total"].map(str::to_owned).into_iter().collect()
    );
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn yaml(path: &str) -> Yaml {
    let text = std::fs::read_to_string(root().join(path)).unwrap();
    YamlLoader::load_from_str(&text).unwrap().remove(0)
}
