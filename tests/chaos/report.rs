//! What a round came to: for people as a table, for a file as one line.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use serde_json::json;
use time::OffsetDateTime;
use vestibule::simulator::Webhook;

use super::ledger::Findings;
use super::schedule::{Kind, Line, Part};
use super::storm::{Damage, Suffered};

/// A round, told.
#[derive(Debug)]
pub struct Report {
    pub seed: u64,
    pub mode: &'static str,
    pub findings: Findings,
    pub faults: BTreeMap<String, usize>,
    /// The longest time without an acknowledged webhook while the database could be reached.
    pub longest_outage: Duration,
    pub longest_stop: Duration,
    /// In MiB, of each process: when the storm began, and after it.
    pub memory: [Vec<u64>; 2],
    pub ended_by_themselves: u32,
    pub took: Duration,
}

impl Report {
    pub fn of(seed: u64, mode: &'static str, damage: &Damage, findings: Findings) -> Self {
        let mut faults = BTreeMap::new();
        for suffered in &damage.suffered {
            *faults.entry(suffered.kind.name()).or_default() += 1;
        }
        Self {
            seed,
            mode,
            findings,
            faults,
            longest_outage: Duration::ZERO,
            longest_stop: damage.stops.iter().max().copied().unwrap_or_default(),
            memory: [Vec::new(), Vec::new()],
            ended_by_themselves: 0,
            took: Duration::ZERO,
        }
    }

    #[expect(clippy::print_stdout, reason = "who runs this wants to read it")]
    pub fn print(&self) {
        println!("\nchaos: {}, seed {} ({} s)", self.mode, self.seed, self.took.as_secs());
        for (what, count) in &self.findings.counts {
            println!("  {what:<48} {count:>8}");
        }
        println!(
            "  {:<48} {:>6.1} s",
            "longest outage with a database",
            self.longest_outage.as_secs_f64()
        );
        println!(
            "  {:<48} {:>6.1} s",
            "longest stop of a process",
            self.longest_stop.as_secs_f64()
        );
        println!("  {:<48} {:>8}", "processes that ended by themselves", self.ended_by_themselves);
        let [before, after] = &self.memory;
        println!("  {:<48} {before:?} → {after:?} MiB", "memory");
        let faults: Vec<_> =
            self.faults.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        println!("  faults: {}", faults.join(", "));
        for violation in &self.findings.violations {
            println!("  VIOLATED: {violation}");
        }
    }

    /// One more line in that file.
    pub fn append_to(&self, path: &str) {
        let line = json!({
            "seed": self.seed,
            "mode": self.mode,
            "counts": self.findings.counts,
            "violations": self.findings.violations,
            "faults": self.faults,
            "longest_outage_ms": u64::try_from(self.longest_outage.as_millis()).unwrap_or(u64::MAX),
            "longest_stop_ms": u64::try_from(self.longest_stop.as_millis()).unwrap_or(u64::MAX),
            "memory_before_mib": self.memory[0],
            "memory_after_mib": self.memory[1],
            "ended_by_themselves": self.ended_by_themselves,
            "seconds": self.took.as_secs(),
        });
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(file, "{line}").unwrap();
    }
}

/// The longest time without an acknowledgement, while neither the database nor the way in was cut off.
pub fn longest_outage(
    webhooks: &[Webhook],
    (begin, end): (OffsetDateTime, OffsetDateTime),
    suffered: &[Suffered],
) -> Duration {
    let acknowledged = webhooks.iter().filter(|webhook| webhook.status == Some(200));
    let mut moments: Vec<OffsetDateTime> = acknowledged
        .map(|webhook| {
            webhook.at + Duration::from_secs_f64(webhook.latency_ms.unwrap_or_default() / 1000.0)
        })
        .filter(|moment| (begin..end).contains(moment))
        .collect();
    let excused: Vec<_> = suffered.iter().filter(|suffered| excuses(suffered.kind)).collect();
    // What is excused counts as served.
    moments.extend(excused.iter().flat_map(|suffered| [suffered.begun, suffered.healed]));
    moments.extend([begin, end]);
    moments.sort_unstable();
    let gaps = moments.windows(2).filter(|gap| {
        let within = |suffered: &&Suffered| suffered.begun <= gap[0] && gap[1] <= suffered.healed;
        !excused.iter().any(within) && gap[0] >= begin && gap[1] <= end
    });
    gaps.map(|gap| gap[1] - gap[0]).max().unwrap_or_default().unsigned_abs()
}

fn excuses(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Kill(Part::Database)
            | Kind::Freeze(Part::Database)
            | Kind::Cut(Line::Database | Line::Public)
            | Kind::HoldUp(Line::Database | Line::Public)
            | Kind::FillDisk
    )
}
