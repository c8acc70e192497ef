//! Faults, carried out: each in its time, and healed afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::Executor;
use time::OffsetDateTime;
use tokio::task::{JoinSet, spawn_blocking};

use super::link::{Link, Weather};
use super::process::answers;
use super::schedule::{Fault, Kind, Line, Part};
use super::town::{APIS, Town, WORKERS, wrong_clock};

/// How long one that is told to stop may take.
const STOPS_WITHIN: Duration = Duration::from_secs(25);
/// One way, as to another continent.
const SLOW: Duration = Duration::from_millis(60);
/// What a later version may add: nothing that a running process minds.
const GROWTH: [&str; 5] = [
    "set lock_timeout = '3s'",
    "create table if not exists vestibule.grown (grown_id bigint generated always as identity primary key, note text)",
    "alter table vestibule.building add column if not exists grown text",
    "set lock_timeout = 0",
    "create index concurrently if not exists event_grown on es.event (recorded_at)",
];

/// When a fault began, and when it was healed.
#[derive(Clone, Copy, Debug)]
pub struct Suffered {
    pub kind: Kind,
    pub begun: OffsetDateTime,
    pub healed: OffsetDateTime,
}

/// What a storm did.
#[derive(Debug, Default)]
pub struct Damage {
    pub suffered: Vec<Suffered>,
    /// How long processes took that were told to stop.
    pub stops: Vec<Duration>,
    pub violations: Vec<String>,
}

/// Carries them out; comes back once the last is healed.
pub async fn rages(town: &Arc<Town>, faults: &[Fault]) -> Damage {
    let damage = Arc::new(Mutex::new(Damage::default()));
    let since = tokio::time::Instant::now();
    let mut under_way = JoinSet::new();
    let mut held: BTreeMap<&str, Arc<tokio::sync::Mutex<()>>> = BTreeMap::new();
    for fault in faults {
        tokio::time::sleep_until(since + fault.at).await;
        let (town, fault, damage) = (Arc::clone(town), *fault, Arc::clone(&damage));
        // In one order for all, so that no two wait for each other.
        let wanted: BTreeSet<_> = fault.kind.holds().into_iter().collect();
        let wanted: Vec<_> =
            wanted.into_iter().map(|what| Arc::clone(held.entry(what).or_default())).collect();
        under_way.spawn(async move {
            // On a slow machine what was hit before may take longer to come back than planned.
            let mut holding = Vec::new();
            for what in wanted {
                holding.push(what.lock_owned().await);
            }
            let begun = town.simulator.now();
            strike(&town, fault, &damage).await;
            let healed = town.simulator.now();
            damage.lock().unwrap().suffered.push(Suffered { kind: fault.kind, begun, healed });
            drop(holding);
        });
    }
    while let Some(done) = under_way.join_next().await {
        done.unwrap();
    }
    Arc::into_inner(damage).unwrap().into_inner().unwrap()
}

async fn strike(town: &Arc<Town>, fault: Fault, damage: &Mutex<Damage>) {
    match fault.kind {
        Kind::Kill(part) => kill(town, part, fault.lasts).await,
        Kind::Freeze(part) => freeze(town, part, fault.lasts).await,
        Kind::Cut(line) => turns(town, line, Weather::Cut, fault.lasts).await,
        Kind::HoldUp(line) => turns(town, line, Weather::HeldUp, fault.lasts).await,
        Kind::Slow(line) => turns(town, line, Weather::Slow(SLOW), fault.lasts).await,
        Kind::NoWorkers => {
            WORKERS.iter().for_each(|worker| town.processes()[*worker].kill());
            tokio::time::sleep(fault.lasts).await;
            WORKERS.iter().for_each(|worker| town.processes()[*worker].start());
        }
        Kind::Wipe => wipe(town, fault.lasts).await,
        Kind::Roll => roll(town, damage).await,
        Kind::Migrate => migrate(town).await,
        Kind::FillDisk => fill_disk(town, fault.lasts).await,
        Kind::Skew => skew(town, fault).await,
    }
}

fn place(part: Part) -> Option<usize> {
    match part {
        Part::Api(which) => APIS.get(which).copied(),
        Part::Worker(which) => WORKERS.get(which).copied(),
        Part::Database | Part::Broker => None,
    }
}

async fn kill(town: &Arc<Town>, part: Part, lasts: Duration) {
    if let Some(place) = place(part) {
        town.processes()[place].kill();
        tokio::time::sleep(lasts).await;
        town.processes()[place].start();
    } else if part == Part::Database {
        let postgres = Arc::clone(&town.postgres);
        spawn_blocking(move || postgres.kill()).await.unwrap();
        tokio::time::sleep(lasts).await;
        let postgres = Arc::clone(&town.postgres);
        spawn_blocking(move || postgres.restart()).await.unwrap();
    } else if let Some(broker) = town.broker.clone() {
        spawn_blocking(move || {
            broker.kill();
            std::thread::sleep(lasts);
            broker.restart();
        })
        .await
        .unwrap();
    }
}

async fn freeze(town: &Arc<Town>, part: Part, lasts: Duration) {
    if let Some(place) = place(part) {
        town.processes()[place].freeze();
        tokio::time::sleep(lasts).await;
        town.processes()[place].thaw();
    } else if part == Part::Database {
        let postgres = Arc::clone(&town.postgres);
        let frozen = spawn_blocking(move || {
            postgres.freeze();
            std::thread::sleep(lasts);
            postgres.thaw();
        });
        frozen.await.unwrap();
    } else if let Some(broker) = town.broker.clone() {
        let frozen = spawn_blocking(move || {
            broker.pause();
            std::thread::sleep(lasts);
            broker.resume();
        });
        frozen.await.unwrap();
    }
}

async fn turns(town: &Town, line: Line, weather: Weather, lasts: Duration) {
    let link: &Link = match line {
        Line::Public => &town.public,
        Line::Carrier => &town.carrier,
        Line::Database => &town.database,
        Line::Broker => match &town.amqp {
            Some(link) => link,
            None => return,
        },
    };
    link.turns(weather);
    tokio::time::sleep(lasts).await;
    link.turns(Weather::Clear);
}

async fn wipe(town: &Town, lasts: Duration) {
    let Some(broker) = town.broker.clone() else { return };
    let wiped = spawn_blocking(move || {
        broker.kill();
        std::thread::sleep(lasts);
        let data = broker.folder.join("data");
        std::fs::remove_dir_all(&data).unwrap();
        std::fs::create_dir(&data).unwrap();
        broker.restart();
    });
    wiped.await.unwrap();
}

/// One after the other is told to stop, and replaced.
async fn roll(town: &Town, damage: &Mutex<Damage>) {
    for place in APIS.into_iter().chain(WORKERS) {
        let told = Instant::now();
        town.processes()[place].terminate();
        while !town.processes()[place].is_over() {
            if told.elapsed() > STOPS_WITHIN + Duration::from_secs(2) {
                let name = town.processes()[place].name.clone();
                damage.lock().unwrap().violations.push(format!("{name} does not stop"));
                town.processes()[place].kill();
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        damage.lock().unwrap().stops.push(told.elapsed());
        let address = {
            let mut processes = town.processes();
            processes[place].start();
            processes[place].address
        };
        if APIS.contains(&place) {
            // The balancer must have seen that it is back, before the other goes.
            answers(address, Duration::from_secs(20)).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

/// What an operator does before a new version starts: `migrate`, which finds nothing, and what such a version may bring.
async fn migrate(town: &Town) {
    town.migrates().await;
    let mut owner = town.admin().await;
    for statement in GROWTH {
        // A process that stands still may hold a lock: then it is tried again, as operators do.
        for left in (0..5).rev() {
            match owner.execute(statement).await {
                Ok(_) => break,
                Err(error) => assert!(left > 0, "{statement}: {error}"),
            }
        }
    }
}

async fn fill_disk(town: &Arc<Town>, lasts: Duration) {
    let postgres = Arc::clone(&town.postgres);
    let filled = spawn_blocking(move || {
        postgres.fill_disk();
        std::thread::sleep(lasts);
        postgres.empty_disk();
        // It mostly goes on by itself; what it can not write of its log ends it, and then a supervisor starts it again.
        std::thread::sleep(Duration::from_secs(1));
        if !postgres.runs() {
            postgres.restart();
        }
    });
    filled.await.unwrap();
}

/// Two that are started again with a wrong clock: one is ahead, the other behind.
async fn skew(town: &Town, fault: Fault) {
    let Some(library) = wrong_clock() else { return };
    let of = [(APIS[1], "+120s"), (WORKERS[1], "-120s")];
    for (place, clock) in of {
        let mut processes = town.processes();
        processes[place].kill();
        processes[place].has_clock(Some((library.to_owned(), clock.to_owned())));
        processes[place].start();
    }
    tokio::time::sleep(fault.lasts).await;
    for (place, _) in of {
        let mut processes = town.processes();
        processes[place].kill();
        processes[place].has_clock(None);
        processes[place].start();
    }
}
