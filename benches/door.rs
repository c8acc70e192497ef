//! How long a resident's phone waits for us, on both transports, at a quiet and at a busy door; and how fast the journal is.
//! Nothing here fails for being slow: machines differ, so the ratios are what to compare.

#![expect(clippy::print_stdout, reason = "what a benchmark says, it prints")]

mod journal;
mod lists;
mod media;
mod server;
mod visits;

use self::server::Server;
use self::visits::Measured;

const QUIET: f64 = 1.0;
const BUSY: f64 = 50.0;
const SECONDS: f64 = 15.0;

/// One transport at both rates.
struct Transport {
    name: &'static str,
    quiet: Measured,
    busy: Measured,
}

fn main() -> anyhow::Result<()> {
    // `cargo bench --bench door -- media`: live audio alone. It needs no database.
    if std::env::args().any(|argument| argument == "media") {
        return media::measure();
    }
    // As the server itself is started.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    actix_web::rt::System::with_tokio_rt(|| runtime).block_on(measure())
}

async fn measure() -> anyhow::Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    // How the benchmark of live audio starts our side of it.
    let mut arguments = std::env::args().skip_while(|argument| argument != "media-forwarder");
    if arguments.next().is_some() {
        let port = arguments.next().unwrap_or_default().parse()?;
        return media::serve(port, arguments.take(2).collect()).await;
    }
    // `cargo bench --bench door -- lists`: the last table alone.
    if std::env::args().any(|argument| argument == "lists") {
        return lists().await;
    }
    let sync = journal::sync_costs()?;
    let rates = journal::measure().await?;
    let database = transport("database", None).await?;
    let broker = transport("broker", Some(server::from_environment("AMQP_URL")?)).await?;

    println!("\nMilliseconds from a visitor's answer webhook, {SECONDS} s each");
    println!(
        "{:28} {:>10} {:>10} {:>10} {:>10} {:>7} {:>8} {:>7}",
        "", "ring p50", "ring p99", "answer p50", "answer p99", "visits", "unrung", "errors"
    );
    for transport in [&database, &broker] {
        row(&format!("{}, {QUIET}/s", transport.name), &transport.quiet);
        row(&format!("{}, {BUSY}/s", transport.name), &transport.busy);
    }
    ratio("broker / database, 1/s", &broker.quiet, &database.quiet);
    ratio("broker / database, 50/s", &broker.busy, &database.busy);
    ratio("database, 50/s / 1/s", &database.busy, &database.quiet);
    ratio("broker, 50/s / 1/s", &broker.busy, &broker.quiet);

    println!("\nEvents a second, one a stream and append");
    println!("{:40} {:>10.0}", "the journal, 64 appenders", rates.journal);
    let plain = [("64 connections", rates.plain_many), ("1 connection", rates.plain_one)];
    for (who, rate) in plain {
        let what = format!("plain insert, a commit each, {who}");
        println!("{what:40} {rate:>10.0}   the journal is {:.2} of it", rates.journal / rate);
    }
    println!("\nfdatasync of 8 kB: {sync:.2} ms (median)");
    lists().await?;
    media::measure()
}

/// The list of calls over HTTP, as the history grows.
async fn lists() -> anyhow::Result<()> {
    let server = Server::start(None).await?;
    visits::measure(&server.carrier, 2.0, 2.0).await?;
    let curves = lists::measure(&server.database, &server).await?;
    server.close().await?;
    println!("\nMilliseconds of GET /v1/calls, the median, by calls in the history");
    for curve in curves {
        let medians = curve.medians.iter().map(|(name, ms)| format!("{name} {ms:6.2}"));
        println!("{:>10}   {}", curve.calls, medians.collect::<Vec<_>>().join("   "));
    }
    Ok(())
}

async fn transport(name: &'static str, broker: Option<String>) -> anyhow::Result<Transport> {
    let server = Server::start(broker).await?;
    // Connections are made, statements prepared, keys opened.
    visits::measure(&server.carrier, 2.0, 2.0).await?;
    let quiet = visits::measure(&server.carrier, QUIET, SECONDS).await?;
    let busy = visits::measure(&server.carrier, BUSY, SECONDS).await?;
    server.close().await?;
    Ok(Transport { name, quiet, busy })
}

fn row(name: &str, Measured { ring, answer, visits, missing, errors }: &Measured) {
    println!(
        "{name:28} {:>10.1} {:>10.1} {:>10.1} {:>10.1} {visits:>7} {missing:>8} {errors:>7}",
        ring.median, ring.p99, answer.median, answer.p99
    );
}

fn ratio(name: &str, a: &Measured, b: &Measured) {
    println!(
        "{name:28} {:>10.2} {:>10.2} {:>10.2} {:>10.2}",
        a.ring.median / b.ring.median,
        a.ring.p99 / b.ring.p99,
        a.answer.median / b.answer.median,
        a.answer.p99 / b.answer.p99
    );
}
