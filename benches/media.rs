//! Live audio: how many calls one core forwards to two backends each, fifty frames a second, before a frame in a hundred is more than
//! 10 ms late; beside a plain forwarder on Node.js's `ws`, level by level, in turn.
//!
//! The forwarders run on the first core, the calls and the backends on the second. Of most backends only the bytes are counted, once a
//! second; of some calls each frame is timed. Whether the load itself was late is printed beside each result.

mod calls;
mod ears;
mod forwarder;

use std::time::Duration;

use self::calls::Calls;
use self::ears::Ears;
use self::forwarder::{Forwarder, Kind};

pub use self::forwarder::serve;

/// A frame in a hundred may be this late.
const LATE: Duration = Duration::from_millis(10);
/// Frames that have to arrive.
const ARRIVED_MIN: f64 = 0.999;
const WARM_UP: Duration = Duration::from_secs(2);
const MEASURED: Duration = Duration::from_secs(5);
const LEVELS: [usize; 16] =
    [50, 100, 150, 200, 250, 300, 400, 500, 650, 800, 1_000, 1_250, 1_500, 1_800, 2_200, 2_700];

/// One level of one forwarder.
struct Outcome {
    median: Duration,
    p99: Duration,
    arrived: f64,
    forwarder_cpu: f64,
    load_cpu: f64,
    load_late: Duration,
}

impl Outcome {
    fn holds(&self) -> bool {
        self.p99 <= LATE && self.arrived >= ARRIVED_MIN
    }
}

/// Measures both, and prints.
pub fn measure() -> anyhow::Result<()> {
    let own = std::process::id();
    let pinned = forwarder::pin(own, 1);
    let mut ears = Ears::open()?;
    let mut all = [Kind::Ours, Kind::Node]
        .into_iter()
        .map(|kind| Ok((kind, Forwarder::start(kind, &ears.urls())?, 0_usize, 0_u32)))
        .collect::<anyhow::Result<Vec<_>>>()?;

    println!(
        "\nLive audio: calls on one core, each forwarded to two backends, {MEASURED:?} a level"
    );
    if !pinned {
        println!("(taskset is not here: nothing is bound to a core)");
    }
    println!(
        "{:>6} {:26} {:>8} {:>8} {:>9} {:>6} {:>9} {:>12}",
        "calls", "", "p50 ms", "p99 ms", "arrived", "cpu", "load cpu", "load p99 ms"
    );
    for calls in LEVELS {
        for (kind, forwarder, most, failed) in &mut all {
            // Two levels in a row that do not hold: further up it only gets worse.
            if *failed >= 2 {
                continue;
            }
            let result = level(forwarder, &mut ears, calls)?;
            print_row(calls, kind.name(), &result);
            if result.holds() {
                (*most, *failed) = (calls, 0);
            } else {
                *failed += 1;
            }
        }
    }
    let most = |wanted: Kind| all.iter().find(|(kind, ..)| *kind == wanted).map_or(0, |one| one.2);
    let (ours, node) = (most(Kind::Ours), most(Kind::Node));
    println!(
        "calls per core at p99 under {LATE:?}: ours {ours}, Node {node}: {:.1} times as many",
        ours as f64 / node.max(1) as f64
    );
    Ok(())
}

fn level(forwarder: &Forwarder, ears: &mut Ears, calls: usize) -> anyhow::Result<Outcome> {
    ears.forget();
    let calls = Calls::open(forwarder.port, calls)?;
    ears.until(calls.count() * 2)?;
    let running = calls.run(WARM_UP + MEASURED);
    std::thread::sleep(WARM_UP);
    ears.begin();
    let before = (forwarder.cpu(), crate::processes::cpu_of(std::process::id()));
    std::thread::sleep(MEASURED);
    let after = (forwarder.cpu(), crate::processes::cpu_of(std::process::id()));
    let heard = ears.end();
    let said = running.join()?;
    // What is on its way still arrives.
    std::thread::sleep(Duration::from_millis(500));
    let arrived = ears.frames() as f64 / (said.frames * 2) as f64;
    let share = |before: f64, after: f64| (after - before) / MEASURED.as_secs_f64();
    Ok(Outcome {
        median: percentile(&heard, 0.5),
        p99: percentile(&heard, 0.99),
        arrived,
        forwarder_cpu: share(before.0, after.0),
        load_cpu: share(before.1, after.1),
        load_late: percentile(&said.late, 0.99),
    })
}

fn print_row(calls: usize, name: &str, result: &Outcome) {
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    println!(
        "{calls:>6} {name:26} {:>8.2} {:>8.2} {:>8.2}% {:>5.0}% {:>8.0}% {:>12.2} {}",
        ms(result.median),
        ms(result.p99),
        result.arrived * 100.0,
        result.forwarder_cpu * 100.0,
        result.load_cpu * 100.0,
        ms(result.load_late),
        if result.holds() { "" } else { "✗" }
    );
}

fn percentile(sorted: &[Duration], part: f64) -> Duration {
    let place = ((sorted.len() as f64 * part) as usize).min(sorted.len().saturating_sub(1));
    sorted.get(place).copied().unwrap_or(Duration::MAX / 4)
}
