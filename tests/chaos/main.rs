//! Chaos: under steady load everything is killed, frozen, cut off, slowed down and replaced; afterwards the books must balance.
//!
//! `CHAOS_SEED` replays a storm, `CHAOS_MINUTES` goes on with new ones for so long, `CHAOS_STORM_SECONDS` and `CHAOS_RATE` make them
//! longer and denser, `CHAOS_REPORT` names a file that gets a line of JSON a round.
#![expect(clippy::unwrap_used, reason = "a storm that can not go on fails")]

#[path = "../it/harness/broker.rs"]
mod broker;
mod houses;
mod ledger;
mod link;
mod load;
mod process;
mod report;
mod schedule;
mod servers;
mod storm;
mod town;

use std::sync::Arc;
use std::time::{Duration, Instant};

use vestibule::simulator::{RunState, Webhook};

use self::ledger::{Findings, Ledger};
use self::report::Report;
use self::schedule::{Kind, Line};
use self::town::{Mode, Town};

/// How long everything may take to come to rest after a storm.
const PATIENCE: Duration = Duration::from_secs(150);
/// No process may ever need more.
const MEMORY_MAX: u64 = 512;
/// How much more memory than before a storm may be in use after it, in MiB.
const MEMORY_GROWTH: u64 = 96;

/// What a run is told by its environment.
struct Orders {
    seed: Option<u64>,
    storm: Duration,
    rate: f64,
    minutes: u64,
    report: Option<String>,
}

impl Orders {
    #[expect(clippy::disallowed_methods, reason = "tests are told by the environment what to do")]
    fn read() -> Self {
        let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
        Self {
            seed: number("CHAOS_SEED"),
            storm: Duration::from_secs(number("CHAOS_STORM_SECONDS").unwrap_or(45)),
            rate: number("CHAOS_RATE").unwrap_or(2) as f64,
            minutes: number("CHAOS_MINUTES").unwrap_or(0),
            report: std::env::var("CHAOS_REPORT").ok(),
        }
    }
}

#[actix_web::test]
async fn the_books_balance_after_a_storm_with_a_broker() {
    storms(Mode::Broker).await;
}

#[actix_web::test]
async fn the_books_balance_after_a_storm_without_a_broker() {
    storms(Mode::Database).await;
}

/// Storm after storm, each with a seed of its own, until time is up.
async fn storms(mode: Mode) {
    let orders = Orders::read();
    let begun = Instant::now();
    let mut violations = Vec::new();
    loop {
        let seed = orders.seed.unwrap_or_else(|| u64::from(rand::random::<u32>()));
        let report = round(mode, seed, &orders).await;
        report.print();
        if let Some(path) = &orders.report {
            report.append_to(path);
        }
        let told = report.findings.violations.into_iter();
        violations.extend(told.map(|violation| format!("seed {seed}: {violation}")));
        if begun.elapsed() > Duration::from_secs(orders.minutes * 60) {
            break;
        }
    }
    assert!(violations.is_empty(), "{mode:?}: {violations:#?}");
}

async fn round(mode: Mode, seed: u64, orders: &Orders) -> Report {
    const CALM: Duration = Duration::from_secs(4);
    let since = Instant::now();
    let town = Arc::new(Town::founded(mode).await);
    let supervisor = tokio::spawn(supervise(Arc::clone(&town)));
    load::steady(&town.simulator, seed ^ 1, orders.rate, CALM).await;
    let before: Vec<u64> = town.processes().iter().map(process::Process::memory).collect();

    let faults = schedule::faults(seed, orders.storm, town.means());
    let begun = town.simulator.now();
    let load = load::steady(&town.simulator, seed, orders.rate, orders.storm);
    let (_, damage) = tokio::join!(load, storm::rages(&town, &faults));
    let ended = town.simulator.now();
    let rest = comes_to_rest(&town).await;

    let mut findings = Findings::default();
    findings.violations.extend(damage.violations.clone());
    findings.violations.extend(rest.err());
    let ledger = Ledger::read(&town).await;
    ledger.checks_webhooks(&mut findings);
    // What left in time and stood still on the way is late by the line, not by us.
    ledger.checks_dials(&mut findings, |placed| {
        damage.suffered.iter().any(|suffered| {
            matches!(suffered.kind, Kind::HoldUp(Line::Carrier) | Kind::Slow(Line::Carrier))
                && (suffered.begun..suffered.healed + Duration::from_secs(1)).contains(&placed.at)
        })
    });
    ledger.checks_calls(&mut findings);
    ledger::checks_database(&town, &mut findings).await;
    let after: Vec<u64> = town.processes().iter().map(process::Process::memory).collect();
    for (name, before, after) in [("api", 0), ("api", 1), ("worker", 2), ("worker", 3)]
        .map(|(name, place)| (name, before[place], after[place]))
    {
        if after > MEMORY_MAX || after > before + MEMORY_GROWTH {
            findings.violations.push(format!("memory of {name}: {before} → {after} MiB"));
        }
    }
    let webhooks = town.simulator.webhooks();
    let mut report = Report::of(seed, name(mode), &damage, findings);
    report.longest_outage = report::longest_outage(&webhooks, (begun, ended), &damage.suffered);
    report.memory = [before, after];
    report.ended_by_themselves =
        town.processes().iter().map(|process| process.ended_by_itself).sum();
    if !report.findings.violations.is_empty() {
        keep_logs(&town, seed);
    }
    supervisor.abort();
    let _ = supervisor.await;
    if let Some(town) = Arc::into_inner(town) {
        town.closes().await;
    }
    report.took = since.elapsed();
    report
}

fn name(mode: Mode) -> &'static str {
    match mode {
        Mode::Broker => "through RabbitMQ",
        Mode::Database => "without a broker",
    }
}

/// Whoever ends by itself is started again.
async fn supervise(town: Arc<Town>) {
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        town.processes().iter_mut().for_each(process::Process::keep_up);
    }
}

/// Every visit is over, every webhook answered, every call closed, every work item done; or what is not.
async fn comes_to_rest(town: &Town) -> Result<(), String> {
    /// Longer than the carrier waits for any answer: what has none by then was given up when its call ended.
    const GIVEN_UP: Duration = Duration::from_secs(12);
    let since = Instant::now();
    let under_way = |webhook: &Webhook| {
        let is_recent = town.simulator.now() - webhook.at < GIVEN_UP;
        is_recent && webhook.attempt > 0 && webhook.status.is_none() && webhook.failure.is_none()
    };
    let mut open = String::new();
    while since.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let running = town.simulator.runs();
        let running = running.iter().filter(|run| run.state == RunState::Running).count();
        let webhooks = town.simulator.webhooks();
        let webhooks = webhooks.iter().filter(|webhook| under_way(webhook)).count();
        open = format!("{running} visits go on, {webhooks} webhooks are under way");
        if running > 0 || webhooks > 0 {
            continue;
        }
        let mut findings = Findings::default();
        Ledger::read(town).await.checks_calls(&mut findings);
        let stuck: Vec<String> =
            sqlx::query_scalar(ledger::STUCK).fetch_all(&mut town.admin().await).await.unwrap();
        findings.violations.extend(stuck.first().map(|first| format!("work is due: {first}")));
        if findings.violations.is_empty() {
            return Ok(());
        }
        open = findings.violations.join("; ");
    }
    Err(format!("it does not come to rest: {open}"))
}

/// For whoever looks for the cause.
fn keep_logs(town: &Town, seed: u64) {
    let kept = std::env::temp_dir().join(format!("vestibule-chaos-logs-{seed}"));
    let _ = std::fs::create_dir_all(&kept);
    for entry in std::fs::read_dir(town.folder()).into_iter().flatten().flatten() {
        if entry.path().extension().is_some_and(|kind| kind == "log") {
            let _ = std::fs::copy(entry.path(), kept.join(entry.file_name()));
        }
    }
}
