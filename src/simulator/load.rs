//! Load: one scenario many times over, from ever new callers, and how quickly our side answered.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, MissedTickBehavior};

use super::{
    SimulatorError,
    clock::ClockKind,
    platforms::Platforms,
    record::{RunState, Webhook},
    scenario::Scenario,
};

/// How long runs may take to come to an end after the last call.
const LAST_RUNS_MAX: Duration = Duration::from_secs(120);

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadRequest {
    pub calls_per_second: f64,
    pub seconds: f64,
    /// Its caller and residents are used as they are, unless ranges are given.
    pub scenario: Scenario,
    /// Callers to take in turn, instead of the scenario's one.
    #[serde(default)]
    pub from: Vec<String>,
    /// Lines to call in turn, instead of the scenario's one.
    #[serde(default)]
    pub to: Vec<String>,
    /// The share of calls, between 0 and 1, whose end nobody is told.
    #[serde(default)]
    pub lose_hangups: f64,
}

impl LoadRequest {
    /// One visit of many: its own seed, and so its own luck with the network.
    fn visit(&self, index: usize) -> Scenario {
        let mut scenario = self.scenario.clone();
        let offset = index as u64;
        scenario.seed = scenario.seed.wrapping_add(offset);
        let theirs = scenario.on.values_mut().filter_map(|difference| difference.network.as_mut());
        for network in theirs.chain([&mut scenario.network]) {
            network.seed = network.seed.map(|seed| seed.wrapping_add(offset));
            network.lose_endings = network.lose_endings.max(self.lose_hangups);
        }
        if let Some(from) = self.from.get(index % self.from.len().max(1)) {
            scenario.call.from.clone_from(from);
        }
        if let Some(to) = self.to.get(index % self.to.len().max(1)) {
            scenario.call.to.clone_from(to);
        }
        scenario
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct LoadReport {
    pub calls: usize,
    pub over: usize,
    /// Runs that met every expectation.
    pub passed: usize,
    pub placed: usize,
    pub webhooks: usize,
    /// Webhooks that the network swallowed on purpose.
    #[serde(default)]
    pub lost: usize,
    /// Webhooks without an answer, or with one that is no success.
    pub errors: usize,
    pub answer_ms: Percentiles,
    pub event_ms: Percentiles,
    pub seconds: f64,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Percentiles {
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub max: f64,
}

/// Starts calls at a steady rate, waits for them to end, and reports.
pub async fn run(
    platforms: &Platforms,
    request: LoadRequest,
) -> Result<LoadReport, SimulatorError> {
    if platforms.exchange.settings.clock != ClockKind::Real {
        return Err(SimulatorError::VirtualClock);
    }
    let began = Instant::now();
    let first_webhook = platforms.exchange.state().webhooks.back().map_or(0, |webhook| webhook.n);
    let runs = start_all(platforms, &request).await?;
    let patience = Instant::now() + LAST_RUNS_MAX;
    while Instant::now() < patience
        && runs.iter().any(|run| state(platforms, *run) == Some(RunState::Running))
    {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    come_to_rest(platforms, first_webhook, patience).await;
    let webhooks: Vec<Webhook> = platforms
        .exchange
        .state()
        .webhooks
        .iter()
        .filter(|webhook| webhook.n > first_webhook)
        .cloned()
        .collect();
    let mut report = LoadReport {
        calls: runs.len(),
        webhooks: webhooks.len(),
        seconds: began.elapsed().as_secs_f64(),
        ..LoadReport::default()
    };
    for run in runs.iter().filter_map(|run| platforms.exchange.run(*run)) {
        report.over += usize::from(run.state == RunState::Over);
        report.passed += usize::from(run.passed);
        report.placed += run.placed.values().sum::<usize>();
    }
    let lost = |webhook: &&Webhook| webhook.mishap.as_deref() == Some("lost");
    report.lost = webhooks.iter().filter(lost).count();
    report.errors = webhooks
        .iter()
        .filter(|webhook| !lost(webhook))
        .filter(|webhook| !webhook.status.is_some_and(|status| (200..=205).contains(&status)))
        .count();
    report.answer_ms = percentiles(&webhooks, |webhook| webhook.kind == "answer");
    report.event_ms = percentiles(&webhooks, |webhook| webhook.kind == "event");
    Ok(report)
}

/// A run is over before its last news has arrived: what is still under way would count as unanswered.
async fn come_to_rest(platforms: &Platforms, first_webhook: u64, patience: Instant) {
    const STILL: Duration = Duration::from_millis(200);
    let under_way = |webhook: &Webhook| {
        webhook.attempt > 0 && webhook.status.is_none() && webhook.failure.is_none()
    };
    let mut before = None;
    while Instant::now() < patience {
        let (count, open) = {
            let state = platforms.exchange.state();
            let new = state.webhooks.iter().filter(|webhook| webhook.n > first_webhook);
            new.fold((0, 0), |(count, open), webhook| {
                (count + 1, open + usize::from(under_way(webhook)))
            })
        };
        if open == 0 && before == Some(count) {
            return;
        }
        before = Some(count);
        tokio::time::sleep(STILL).await;
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of calls is small and not negative"
)]
async fn start_all(
    platforms: &Platforms,
    request: &LoadRequest,
) -> Result<Vec<u64>, SimulatorError> {
    let count =
        (request.calls_per_second * request.seconds).clamp(0.0, 1_000_000.0).round() as usize;
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(
        1.0 / request.calls_per_second.clamp(0.01, 10_000.0),
    ));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut runs = Vec::with_capacity(count);
    for index in 0..count {
        ticks.tick().await;
        runs.push(platforms.call(request.visit(index))?);
    }
    Ok(runs)
}

fn state(platforms: &Platforms, run: u64) -> Option<RunState> {
    platforms.exchange.run(run).map(|run| run.state)
}

fn percentiles(webhooks: &[Webhook], which: impl Fn(&Webhook) -> bool) -> Percentiles {
    let mut latencies: Vec<f64> = webhooks
        .iter()
        .filter(|webhook| which(webhook))
        .filter_map(|webhook| webhook.latency_ms)
        .collect();
    latencies.sort_by(f64::total_cmp);
    let at = |per_cent: usize| {
        latencies
            .get((latencies.len() * per_cent / 100).min(latencies.len().saturating_sub(1)))
            .copied()
            .unwrap_or(0.0)
    };
    Percentiles { p50: at(50), p95: at(95), p99: at(99), max: at(100) }
}
