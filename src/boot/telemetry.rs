//! Log lines, traces and metrics: where they go and in what shape.

pub mod catalogue;
pub mod process;

use std::{io::IsTerminal, net::SocketAddr, time::Duration};

use actix_web::{
    App, HttpResponse, HttpServer,
    dev::Server,
    http::header::CONTENT_TYPE,
    web::{self, Data},
};
use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

use self::catalogue::{Described, Kind, METRICS};
use super::config::{Log, LogFormat};
use crate::trace;

/// How often histograms are folded; without it they grow until somebody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);
/// Prometheus' text format; charset and version are part of its contract.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Log lines go to standard error from here on: standard output belongs to the commands' answers. Traces are handed on however little is
/// logged.
pub fn start_logging(log: &Log) -> anyhow::Result<()> {
    let filter =
        EnvFilter::builder().parse(&log.filter).context("VESTIBULE_LOG is not a filter")?;
    let json = match log.format {
        LogFormat::Json => true,
        LogFormat::Pretty => false,
        LogFormat::AsFits => !std::io::stderr().is_terminal(),
    };
    let traces = log.traces.clone().map(trace::Exporter::start);
    let registry = tracing_subscriber::registry().with(trace::layer(traces));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let started = if json {
        registry
            .with(
                lines
                    .json()
                    .flatten_event(true)
                    .with_current_span(true)
                    .with_span_list(true)
                    .with_filter(filter),
            )
            .try_init()
    } else {
        registry
            .with(
                lines
                    .with_target(false)
                    .with_ansi(std::io::stderr().is_terminal())
                    .with_filter(filter),
            )
            .try_init()
    };
    started.context("a logger was started before")
}

/// The process' metrics, ready to be read.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    /// Makes this the recorder of the whole process. Works once.
    pub fn install() -> anyhow::Result<Self> {
        process::begins();
        let mut builder = PrometheusBuilder::new();
        for metric in METRICS {
            if let Kind::Histogram(buckets) = metric.kind {
                let name = Matcher::Full(metric.name.to_owned());
                builder = builder.set_buckets_for_metric(name, buckets)?;
            }
        }
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder)
            .context("a metrics recorder was installed before")?;
        METRICS.iter().for_each(describe);
        Ok(Self { handle })
    }

    /// What a scrape gets.
    pub fn render(&self) -> String {
        self.handle.render() + &process::text()
    }

    /// Folds histograms until told to stop.
    pub async fn keep_up(self, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(UPKEEP)).await.is_some() {
            self.handle.run_upkeep();
        }
    }

    /// Serves `/metrics` on a port of its own, so that it is never on the public one.
    pub fn serve(self, listen: SocketAddr) -> anyhow::Result<Server> {
        let metrics = Data::new(self);
        let server = HttpServer::new(move || {
            App::new().app_data(metrics.clone()).route("/metrics", web::get().to(answer_scrape))
        })
        .workers(1)
        .disable_signals()
        .bind(listen)
        .with_context(|| format!("VESTIBULE_METRICS_LISTEN: can not listen on {listen}"))?;
        Ok(server.run())
    }
}

/// What grows begins at zero: what appears with its first count is a growth that nobody sees.
fn describe(metric: &Described) {
    let Described { name, unit, help, .. } = *metric;
    match metric.kind {
        Kind::Counter => {
            metrics::describe_counter!(name, unit, help);
            for labels in metric.known_from_the_start() {
                metrics::counter!(name, labels).increment(0);
            }
        }
        Kind::Level => {
            metrics::describe_gauge!(name, unit, help);
            for labels in metric.known_from_the_start() {
                metrics::gauge!(name, labels).increment(0);
            }
        }
        Kind::Gauge => metrics::describe_gauge!(name, unit, help),
        Kind::Histogram(_) => metrics::describe_histogram!(name, unit, help),
    }
}

async fn answer_scrape(metrics: Data<Metrics>) -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, TEXT_FORMAT)).body(metrics.render())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn a_scrape_reads_what_was_counted() {
        let metrics = Metrics::install().unwrap();
        metrics::counter!("dial_started_total", "carrier" => "vonage").increment(3);
        metrics::histogram!("webhook_answer_seconds").record(0.004);
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let server = metrics.serve(port).unwrap();
        let handle = server.handle();
        let served = actix_web::rt::spawn(server);

        let _ = rustls::crypto::ring::default_provider().install_default();
        let answer = reqwest::get(format!("http://{port}/metrics")).await.unwrap();

        assert_eq!(answer.headers()["content-type"], TEXT_FORMAT);
        let text = answer.text().await.unwrap();
        assert!(text.contains("dial_started_total{carrier=\"vonage\"} 3"), "{text}");
        assert!(text.contains("webhook_answer_seconds_bucket{le=\"0.005\"} 1"), "{text}");
        assert!(text.contains("append_conflicts_total 0"), "{text}");
        assert!(text.contains("# HELP append_conflicts_total Decisions"), "{text}");
        handle.stop(true).await;
        served.await.unwrap().unwrap();
    }
}
