//! Workers that are told to end while there is work: they finish what they have in hand, and keep nothing.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::ExposeSecret;

use crate::harness::database;
use crate::harness::door::{Door, MASTER_KEY, PATIENCE, Transport};

/// The time that a supervisor gives.
const ENDS_WITHIN: Duration = Duration::from_secs(25);
const ROUNDS: usize = 4;
const DONE: &str = "select count(*) from es.work_item where state = 'done'";

struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn worker(door: &Door) -> Worker {
    let started = Command::new(env!("CARGO_BIN_EXE_vestibule"))
        .arg("worker")
        .env("VESTIBULE_PUBLIC_URL", &door.api)
        .env("VESTIBULE_METRICS_LISTEN", "127.0.0.1:0")
        .env("VESTIBULE_VONAGE_URL", door.simulator.base_url())
        .env("DATABASE_URL", door.database.expose_secret())
        .env("VESTIBULE_MASTER_KEY", BASE64_STANDARD.encode(MASTER_KEY))
        .env("VESTIBULE_LOG", "error")
        .env_remove("AMQP_URL")
        .spawn();
    Worker(started.unwrap())
}

/// One that has done something; started again, as a supervisor does, where a busy database did not let it in.
async fn at_work(door: &Door, finished: i64) -> Worker {
    let mut started = worker(door);
    let deadline = Instant::now() + PATIENCE;
    while count(door, DONE).await <= finished {
        assert!(Instant::now() < deadline, "no worker is ever at it");
        if started.0.try_wait().unwrap().is_some() {
            started = worker(door);
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    started
}

async fn count(door: &Door, sql: &'static str) -> i64 {
    let mut admin = database::connect(&door.database).await;
    sqlx::query_scalar(sql).fetch_one(&mut admin).await.unwrap()
}

#[actix_web::test]
async fn a_worker_that_is_told_to_end_under_load_ends_in_time_and_holds_no_lease() {
    let mut door = Door::open(Transport::Database).await;
    door.workers_die().await;
    for round in 0..ROUNDS {
        let finished = count(&door, DONE).await;
        for _ in 0..6 {
            door.plays("open_directly").await;
        }
        let mut worker = at_work(&door, finished).await;

        let told = Instant::now();
        let kill = Command::new("kill").args(["-TERM", &worker.0.id().to_string()]).status();
        assert!(kill.unwrap().success());
        let (worker, status) = tokio::task::spawn_blocking(move || {
            let status = worker.0.wait().unwrap();
            (worker, status)
        })
        .await
        .unwrap();

        assert!(status.success(), "round {round}: {status}");
        assert!(told.elapsed() < ENDS_WITHIN, "round {round}: {:?}", told.elapsed());
        let held = count(&door, "select count(*) from es.work_item where state = 'leased'").await;
        assert_eq!(held, 0, "round {round}");
        drop(worker);
    }
    door.close().await;
}
