//! What it takes: the binary, memory at rest and under load, and the database as visits are stored.

use secrecy::ExposeSecret;
use sqlx::{Connection, Executor, PgConnection, Row};
use vestibule::boot::demo;
use vestibule::simulator::{Settings, Simulator};

use crate::processes::{self, Installation, Process};
use crate::server::fresh_database;
use crate::table::{Table, number};
use crate::visits;

/// Visits that have been, one size after the other.
const VISITS: [usize; 4] = [250, 500, 1_000, 2_000];
const RATE: f64 = 50.0;
/// Threads that wait for work in vain are gone by then, and what they kept for it.
const REST: std::time::Duration = std::time::Duration::from_secs(15);
const MB: f64 = 1_048_576.0;

/// `cargo bench --bench door -- size`
pub async fn measure() -> anyhow::Result<()> {
    println!("\n## Size\n");
    println!("The binary: {} MB\n", number(processes::binary_size()? as f64 / MB));
    let carrier = Simulator::start(Settings {
        pick_up_after: std::time::Duration::ZERO,
        too_early_to_hang_up: None,
        ..Settings::default()
    })
    .await?;
    let database = fresh_database().await?.expose_secret().to_owned();
    let installation =
        Installation::on(&database).with("VESTIBULE_VONAGE_URL", &carrier.base_url());
    let api = installation.api()?;
    let mut worker = installation.worker()?;
    let state =
        std::env::temp_dir().join(format!("vestibule-bench-{:016x}", rand::random::<u64>()));
    std::fs::create_dir_all(&state)?;
    demo::furnish(&api.url(), &carrier.base_url(), &state).await?;
    tokio::time::sleep(REST).await;
    worker.still_runs()?;

    let mut memory = Table::headed(&["resident MB", "api", "worker"]);
    let mut print = |name: &str, of: fn(&Process) -> f64| {
        memory.row(&[&name, &number(of(&api.process) / MB), &number(of(&worker) / MB)]);
    };
    print("at rest", Process::resident);
    let mut admin = PgConnection::connect(&database).await?;
    let mut growth = Table::headed(&[
        "visits stored",
        "database MB",
        "MB for a thousand more",
        "events a visit",
    ]);
    let (mut stored, mut before) = (0, Stored::now(&mut admin).await?);
    for visits in VISITS {
        let more = visits - stored;
        visits::measure(&carrier, RATE, more as f64 / RATE).await?;
        let after = Stored::now(&mut admin).await?;
        let per_thousand = (after.bytes - before.bytes) as f64 / more as f64 * 1_000.0 / MB;
        let events = (after.events - before.events) as f64 / more as f64;
        growth.row(&[
            &visits,
            &number(after.bytes as f64 / MB),
            &number(per_thousand),
            &number(events),
        ]);
        (stored, before) = (visits, after);
    }
    print(&format!("the most, at {RATE} visits a second"), Process::resident_most);
    tokio::time::sleep(REST).await;
    print("at rest again", Process::resident);
    memory.print();
    println!("\nGoal: below 60 MB at rest.\n");
    growth.print();
    drop((api, worker));
    carrier.shutdown().await;
    Ok(std::fs::remove_dir_all(&state)?)
}

struct Stored {
    bytes: i64,
    events: i64,
}

impl Stored {
    async fn now(admin: &mut PgConnection) -> anyhow::Result<Self> {
        let row = admin
            .fetch_one(
                "select pg_database_size(current_database()), (select position from es.head)",
            )
            .await?;
        Ok(Self { bytes: row.get(0), events: row.get(1) })
    }
}
