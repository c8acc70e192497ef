//! Visits at a steady rate, and how long each resident's phone waited for us.

use std::collections::HashMap;

use anyhow::ensure;
use time::OffsetDateTime;
use vestibule::boot::demo::{ADA, BEN, LINE, PANEL};
use vestibule::simulator::{LoadRequest, Running, Scenario};

/// Who lives behind the demo door.
const RESIDENTS: usize = 2;

/// What was measured at one rate, in milliseconds.
pub struct Measured {
    /// From the answer webhook to the request that rings a resident, one a resident and visit.
    pub ring: Percentiles,
    /// From the answer webhook to our answer to it.
    pub answer: Percentiles,
    pub visits: usize,
    /// Residents who were never rung.
    pub missing: usize,
    /// Webhooks that got no success for an answer.
    pub errors: usize,
}

/// Of one set of measurements.
#[derive(Clone, Copy)]
pub struct Percentiles {
    pub median: f64,
    pub p99: f64,
}

/// Visits to the demo door at this rate: both residents ring, nobody answers, the visitor goes.
pub async fn measure(
    carrier: &Running,
    calls_per_second: f64,
    seconds: f64,
) -> anyhow::Result<Measured> {
    carrier.forget();
    let scenario = Scenario::parse(&format!(
        r#"
        title = "Nobody is at home"
        call = {{ from = "{PANEL}", to = "{LINE}", hang_up_after = "3s" }}
        [[phone]]
        number = "{ADA}"
        name = "Ada"
        does = "never"
        [[phone]]
        number = "{BEN}"
        name = "Ben"
        does = "never"
        "#
    ))
    .map_err(|error| anyhow::anyhow!("the scenario: {error}"))?;
    let load = LoadRequest {
        calls_per_second,
        seconds,
        scenario,
        from: vec![],
        to: vec![],
        lose_hangups: 0.0,
    };
    let report = carrier.load(load).await?;

    let mut asked: HashMap<String, OffsetDateTime> = HashMap::new();
    let mut answers = Vec::new();
    for webhook in carrier.webhooks().into_iter().filter(|webhook| webhook.kind == "answer") {
        answers.extend(webhook.latency_ms);
        // What we answer names our call, and so does each dial: runs that ring the same phones are told apart by it.
        if let Some(call) = webhook.answer.as_deref().and_then(call_in) {
            asked.entry(call).or_insert(webhook.at);
        }
    }
    ensure!(!asked.is_empty(), "no answer names its call");
    let mut rung = Vec::new();
    for placed in carrier.placed(None) {
        if let Some(at) = call_in(&placed.body.to_string()).and_then(|call| asked.get(&call)) {
            rung.push((placed.at - *at).as_seconds_f64() * 1000.0);
        }
    }
    Ok(Measured {
        missing: (report.calls * RESIDENTS).saturating_sub(rung.len()),
        ring: Percentiles::of(rung),
        answer: Percentiles::of(answers),
        visits: report.calls,
        errors: report.errors,
    })
}

impl Percentiles {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |per_cent: usize| {
            let rank = (values.len() * per_cent).div_ceil(100).max(1);
            values.get(rank - 1).copied().unwrap_or(f64::NAN)
        };
        Self { median: at(50), p99: at(99) }
    }
}

/// The call in the first of our callback URLs, `…/hooks/vonage/{token}/{hook}/{call}/{leg}`, or in the name of its room, `visit-{call}`.
fn call_in(text: &str) -> Option<String> {
    let by_url = || text.split_once("/hooks/vonage/")?.1.split('/').nth(2).map(str::to_owned);
    let by_room = || text.split_once("\"visit-")?.1.get(..36).map(str::to_owned);
    by_url().or_else(by_room)
}
