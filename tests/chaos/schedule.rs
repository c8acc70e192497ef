//! What goes wrong, and when: a pure function of the seed.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

/// What can be killed or frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Api(usize),
    Worker(usize),
    Database,
    Broker,
}

/// What can be cut or slowed down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    /// From the carrier to the balancer.
    Public,
    /// From our processes to the carrier.
    Carrier,
    Database,
    Broker,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Gone at once; started again afterwards.
    Kill(Part),
    /// It holds everything it has, and does nothing.
    Freeze(Part),
    Cut(Line),
    HoldUp(Line),
    Slow(Line),
    /// No worker runs: dials go stale.
    NoWorkers,
    /// The broker is gone with all that it kept.
    Wipe,
    /// Every process is replaced, one after the other.
    Roll,
    /// The schema grows.
    Migrate,
    /// Nothing more can be written.
    FillDisk,
    /// A worker and an API whose clocks go wrong.
    Skew,
}

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: Kind,
    pub at: Duration,
    pub lasts: Duration,
}

/// What this machine and this mode permit.
#[derive(Clone, Copy, Debug)]
pub struct Means {
    pub broker: bool,
    pub small_disk: bool,
    pub wrong_clock: bool,
}

impl Kind {
    /// In a word or two.
    pub fn name(self) -> String {
        match self {
            Self::Kill(part) => format!("kill {}", part.name()),
            Self::Freeze(part) => format!("freeze {}", part.name()),
            Self::Cut(line) => format!("cut {}", line.group()),
            Self::HoldUp(line) => format!("hold up {}", line.group()),
            Self::Slow(line) => format!("slow {}", line.group()),
            Self::NoWorkers => "no workers".to_owned(),
            Self::Wipe => "wipe broker".to_owned(),
            Self::Roll => "rolling restart".to_owned(),
            Self::Migrate => "migration".to_owned(),
            Self::FillDisk => "disk full".to_owned(),
            Self::Skew => "wrong clock".to_owned(),
        }
    }

    /// All that there is, as often as it should come in comparison.
    fn all(means: Means) -> Vec<Self> {
        use Line::{Broker as ToBroker, Carrier, Database as ToDatabase, Public};
        use Part::{Api, Broker, Database, Worker};
        let mut kinds = vec![
            Self::Kill(Api(0)),
            Self::Kill(Api(1)),
            Self::Kill(Worker(0)),
            Self::Kill(Worker(1)),
            Self::Kill(Database),
            Self::Freeze(Api(0)),
            Self::Freeze(Worker(1)),
            Self::Freeze(Database),
            Self::Cut(ToDatabase),
            Self::Cut(Public),
            Self::Cut(Carrier),
            Self::HoldUp(ToDatabase),
            Self::HoldUp(Carrier),
            Self::Slow(ToDatabase),
            Self::Slow(Carrier),
            Self::NoWorkers,
            Self::Roll,
            Self::Migrate,
        ];
        if means.broker {
            kinds.extend([
                Self::Kill(Broker),
                Self::Freeze(Broker),
                Self::Cut(ToBroker),
                Self::HoldUp(ToBroker),
                Self::Wipe,
            ]);
        }
        if means.small_disk {
            kinds.push(Self::FillDisk);
        }
        if means.wrong_clock {
            kinds.push(Self::Skew);
        }
        kinds
    }

    /// What no two faults may get hold of at the same time.
    pub fn holds(self) -> Vec<&'static str> {
        match self {
            Self::Kill(part) | Self::Freeze(part) => vec![part.group()],
            Self::Cut(line) | Self::HoldUp(line) | Self::Slow(line) => vec![line.group()],
            Self::NoWorkers => vec!["worker 0", "worker 1"],
            Self::Wipe => vec!["broker"],
            Self::Roll | Self::Skew => vec!["api 0", "api 1", "worker 0", "worker 1"],
            Self::Migrate | Self::FillDisk => vec!["database", "line to database"],
        }
    }

    fn lasts(self, chance: &mut StdRng) -> Duration {
        let milliseconds = match self {
            Self::Kill(Part::Database | Part::Broker) => 500..2_000,
            Self::Kill(_) => 100..2_500,
            Self::Freeze(Part::Database) => 2_000..10_000,
            Self::Freeze(_) => 2_000..8_000,
            Self::Cut(_) => 200..3_000,
            Self::HoldUp(_) => 1_000..6_000,
            Self::Slow(_) => 3_000..6_000,
            Self::NoWorkers => 6_000..11_000,
            Self::Wipe => 500..1_000,
            // These last as long as they take.
            Self::Roll | Self::Migrate => 0..1,
            Self::FillDisk => 2_000..5_000,
            Self::Skew => 5_000..8_000,
        };
        Duration::from_millis(chance.random_range(milliseconds))
    }

    /// What it holds is held for so long after its end, while things come back.
    fn aftermath(self) -> Duration {
        Duration::from_secs(match self {
            Self::Kill(Part::Broker) | Self::Wipe => 8,
            Self::Kill(Part::Database) | Self::FillDisk | Self::Skew | Self::Migrate => 4,
            Self::Roll => 30,
            _ => 1,
        })
    }
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Api(_) => "api",
            Self::Worker(_) => "worker",
            Self::Database => "database",
            Self::Broker => "broker",
        }
    }

    fn group(self) -> &'static str {
        match self {
            Self::Api(0) => "api 0",
            Self::Api(_) => "api 1",
            Self::Worker(0) => "worker 0",
            Self::Worker(_) => "worker 1",
            Self::Database => "database",
            Self::Broker => "broker",
        }
    }
}

impl Line {
    fn group(self) -> &'static str {
        match self {
            Self::Public => "line from carrier",
            Self::Carrier => "line to carrier",
            Self::Database => "line to database",
            Self::Broker => "line to broker",
        }
    }
}

/// The faults of a storm. Every kind comes once before any comes twice.
pub fn faults(seed: u64, storm: Duration, means: Means) -> Vec<Fault> {
    let mut chance = StdRng::seed_from_u64(seed);
    let mut held: BTreeMap<&str, Duration> = BTreeMap::new();
    let mut faults = Vec::new();
    let mut now = Duration::from_secs(1);
    loop {
        let mut kinds = Kind::all(means);
        kinds.shuffle(&mut chance);
        for kind in kinds {
            now += Duration::from_millis(chance.random_range(300..2_500));
            let free = kind.holds().iter().filter_map(|what| held.get(what)).max().copied();
            let at = now.max(free.unwrap_or_default());
            let lasts = kind.lasts(&mut chance);
            if at + lasts > storm {
                // It does not fit any more; a shorter one may.
                if now > storm {
                    faults.sort_by_key(|fault: &Fault| fault.at);
                    return faults;
                }
                continue;
            }
            for what in kind.holds() {
                held.insert(what, at + lasts + kind.aftermath());
            }
            faults.push(Fault { kind, at, lasts });
        }
    }
}

#[test]
fn the_same_seed_makes_the_same_storm_and_another_seed_another() {
    let means = Means { broker: true, small_disk: true, wrong_clock: true };
    let storm = |seed| faults(seed, Duration::from_secs(300), means);

    assert_eq!(storm(7), storm(7));
    assert_ne!(storm(7), storm(8));
    let kinds: std::collections::BTreeSet<_> = storm(7).iter().map(|fault| fault.kind).collect();
    assert_eq!(kinds.len(), Kind::all(means).len(), "every kind of fault comes");
}
