//! What every source of work promises, told once and kept by each: straight from PostgreSQL, and through RabbitMQ.
#![expect(clippy::unwrap_used, reason = "what can not go on fails its test")]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use vestibule::application::ports::{Append, Lease, Leased, NewWork, WorkKind, WorkSource};
use vestibule::bus::{AmqpSource, Settings, Topology};
use vestibule::domain::ids::{TenantId, WorkId};
use vestibule::store::work_items::PgSource;

use crate::harness::door::{Transport, broker_url};
use crate::harness::ledger::{Ledger, event, id, to, work};

const CONTROL: WorkKind = WorkKind::Control;
/// How long an item that is due may take to be given, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long to look before an item counts as not given.
const A_WHILE: Duration = Duration::from_millis(1_600);

/// A process with a source.
struct Process {
    ledger: Ledger,
    source: Arc<dyn WorkSource>,
    stop: CancellationToken,
}

impl Process {
    fn of(ledger: Ledger, broker: Option<&Settings>) -> Self {
        let (owner, stop) = (id(), CancellationToken::new());
        let direct = Arc::new(PgSource::new(ledger.store.clone(), owner));
        let source: Arc<dyn WorkSource> = match broker {
            None => direct,
            Some(broker) => {
                let (source, connections) = AmqpSource::start(broker.clone(), direct, stop.clone());
                tokio::spawn(connections);
                Arc::new(source)
            }
        };
        Self { ledger, source, stop }
    }

    /// So many items, or fewer if time is up.
    async fn take(&self, kind: WorkKind, many: usize) -> Vec<Leased> {
        let since = Instant::now();
        let mut taken = Vec::new();
        while taken.len() < many && since.elapsed() < PATIENCE {
            taken.extend(self.source.next(kind, many - taken.len()).await.unwrap());
        }
        assert_eq!(taken.len(), many, "given in {PATIENCE:?}");
        taken
    }

    async fn take_one(&self) -> Leased {
        self.take(CONTROL, 1).await.remove(0)
    }

    /// Looks for a while, and gets nothing.
    async fn gets_nothing(&self, kind: WorkKind) {
        let since = Instant::now();
        while since.elapsed() < A_WHILE {
            let given = self.source.next(kind, 10).await.unwrap();
            assert!(given.is_empty(), "{given:?}");
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A process on a database, and a broker if there is one.
struct Bench {
    one: Process,
    broker: Option<Settings>,
    tenant: TenantId,
}

impl Bench {
    async fn open(transport: Transport) -> Self {
        let broker = (transport == Transport::Broker).then(|| Settings {
            url: SecretString::from(broker_url()),
            topology: Topology::named(&format!("test-{:08x}", rand::random::<u32>())),
        });
        let one = Process::of(Ledger::open().await, broker.as_ref());
        Self { one, broker, tenant: id().into() }
    }

    /// Another process. Like any consumer of a broker it is handed messages whether it asks for them or not.
    async fn another(&self) -> Process {
        Process::of(self.one.ledger.another().await, self.broker.as_ref())
    }

    /// The first process stops, another goes on.
    async fn successor(&self) -> Process {
        self.one.stop.cancel();
        self.another().await
    }

    /// Writes the work that an event causes.
    async fn to_do(&self, work: Vec<NewWork>) -> Vec<WorkId> {
        let ids = work.iter().map(|work| work.id).collect();
        let append = Append { work, ..to(self.tenant, id(), vec![event("caused it")]) };
        self.one.ledger.append(append).await;
        ids
    }

    async fn one_to_do(&self) -> WorkId {
        self.to_do(vec![work(CONTROL, json!({}))]).await[0]
    }

    /// Its state, its attempts, and what went wrong last.
    async fn row(&self, work: WorkId) -> (String, i32, Option<String>) {
        sqlx::query_as("select state, attempts, last_error from es.work_item where id = $1")
            .bind(work.as_uuid())
            .fetch_one(&mut self.one.ledger.admin().await)
            .await
            .unwrap()
    }

    async fn state(&self, work: WorkId) -> String {
        self.row(work).await.0
    }
}

fn later(delay: Duration) -> NewWork {
    NewWork { delay, ..work(CONTROL, json!({})) }
}

fn good_for(time: Duration) -> NewWork {
    NewWork { expires_in: time, ..work(CONTROL, json!({})) }
}

fn works(leased: &[Leased]) -> Vec<WorkId> {
    leased.iter().map(|leased| leased.lease.work).collect()
}

/// Each promise is put to every source.
macro_rules! every_source_promises {
    ($($(#[$doc:meta])* async fn $case:ident($bench:ident: &Bench) $body:block)+) => { $(
        mod $case {
            use super::*;

            $(#[$doc])*
            async fn case($bench: &Bench) $body

            #[actix_web::test]
            async fn straight_from_the_database() {
                let bench = Bench::open(Transport::Database).await;
                case(&bench).await;
            }

            #[actix_web::test]
            async fn through_rabbitmq() {
                let bench = Bench::open(Transport::Broker).await;
                case(&bench).await;
            }
        }
    )+ };
}

every_source_promises! {
    async fn an_item_is_given_as_it_was_written(bench: &Bench) {
        let args = json!({ "call": id(), "n": [1, 2, { "deep": null }] });
        let written = bench.to_do(vec![work(CONTROL, args.clone())]).await[0];

        let given = bench.one.take_one().await;

        assert_eq!((given.lease.work, given.tenant, given.kind), (written, bench.tenant, CONTROL));
        assert_eq!((given.args, given.lease.attempts), (args, 1));
    }

    async fn an_item_is_given_once(bench: &Bench) {
        let work = bench.one_to_do().await;
        bench.one.take_one().await;

        let other = bench.another().await;
        tokio::join!(bench.one.gets_nothing(CONTROL), other.gets_nothing(CONTROL));
        assert_eq!(bench.row(work).await, ("leased".into(), 1, None));
    }

    async fn an_item_whose_message_comes_again_is_given_once(bench: &Bench) {
        let work = bench.one_to_do().await;
        bench.one.take_one().await;
        let claimed = bench.one.ledger.store.claim(&[work], id()).await.unwrap();

        assert_eq!(claimed, []);
    }

    async fn two_consumers_share_nothing(bench: &Bench) {
        let written = bench.to_do((0..60).map(|n| work(CONTROL, json!({ "n": n }))).collect()).await;
        let given = std::sync::Mutex::new(Vec::new());
        let consume = async |process: &Process| {
            let since = Instant::now();
            while given.lock().unwrap().len() < 60 && since.elapsed() < PATIENCE {
                for leased in process.source.next(CONTROL, 4).await.unwrap() {
                    given.lock().unwrap().push(leased.lease.work);
                    process.source.done(&leased).await.unwrap();
                }
            }
        };

        let other = bench.another().await;
        tokio::join!(consume(&bench.one), consume(&other));

        let given = given.into_inner().unwrap();
        assert_eq!(given.len(), 60);
        assert_eq!(BTreeSet::from_iter(given), BTreeSet::from_iter(written));
    }

    async fn of_one_item_and_two_consumers_one_has_it(bench: &Bench) {
        let other = bench.another().await;
        for _ in 0..5 {
            bench.one_to_do().await;
            let (first, second) =
                tokio::join!(bench.one.source.next(CONTROL, 1), other.source.next(CONTROL, 1));
            assert!(first.unwrap().len() + second.unwrap().len() <= 1);
            bench.one.ledger.execute("delete from es.work_item").await;
        }
    }

    async fn what_is_done_never_comes_again(bench: &Bench) {
        let work = bench.one_to_do().await;
        let leased = bench.one.take_one().await;
        bench.one.source.done(&leased).await.unwrap();

        bench.one.ledger.leases_run_out().await;
        bench.one.gets_nothing(CONTROL).await;
        assert_eq!(bench.state(work).await, "done");
    }

    async fn done_twice_is_done(bench: &Bench) {
        let work = bench.one_to_do().await;
        let leased = bench.one.take_one().await;
        bench.one.source.done(&leased).await.unwrap();
        bench.one.source.done(&leased).await.unwrap();

        assert_eq!(bench.row(work).await, ("done".into(), 1, None));
    }

    async fn nothing_follows_done(bench: &Bench) {
        let work = bench.one_to_do().await;
        let leased = bench.one.take_one().await;
        bench.one.source.done(&leased).await.unwrap();
        bench.one.source.retry(&leased, Duration::ZERO, "again").await.unwrap();
        bench.one.source.park(&leased, "parked").await.unwrap();

        assert_eq!(bench.row(work).await, ("done".into(), 1, None));
    }

    async fn a_lost_lease_comes_to_someone_else_with_another_number(bench: &Bench) {
        let work = bench.one_to_do().await;
        let lost = bench.one.take_one().await;
        bench.one.ledger.leases_run_out().await;

        let other = bench.successor().await;
        let held = other.take_one().await;

        assert_eq!(held.lease.work, work);
        assert_eq!((lost.lease.attempts, held.lease.attempts), (1, 2));
    }

    /// Fencing: whoever lost the lease can write nothing any more.
    async fn who_lost_the_lease_changes_nothing(bench: &Bench) {
        let work = bench.one_to_do().await;
        let lost = bench.one.take_one().await;
        bench.one.ledger.leases_run_out().await;
        let other = bench.successor().await;
        let held = other.take_one().await;

        bench.one.source.done(&lost).await.unwrap();
        bench.one.source.retry(&lost, Duration::ZERO, "late").await.unwrap();
        bench.one.source.park(&lost, "late").await.unwrap();

        assert_eq!(bench.row(work).await, ("leased".into(), 2, None));
        other.source.done(&held).await.unwrap();
        assert_eq!(bench.state(work).await, "done");
    }

    /// The same process, too: its first lease is not its second.
    async fn who_holds_it_again_is_not_who_held_it_before(bench: &Bench) {
        let work = bench.one_to_do().await;
        let lost = bench.one.take_one().await;
        bench.one.ledger.leases_run_out().await;
        let mut held = Vec::new();
        while held.is_empty() {
            held = bench.one.source.next(CONTROL, 1).await.unwrap();
        }

        bench.one.source.done(&lost).await.unwrap();

        assert_eq!(bench.state(work).await, "leased");
    }

    async fn who_lost_the_lease_to_nobody_changes_nothing_either(bench: &Bench) {
        let work = bench.to_do(vec![later(Duration::ZERO)]).await[0];
        let lost = bench.one.take_one().await;
        bench.one.ledger.execute("update es.work_item set state = 'ready', lease_owner = null, lease_until = null, not_before = clock_timestamp() + interval '1 hour'").await;

        bench.one.source.done(&lost).await.unwrap();

        assert_eq!(bench.state(work).await, "ready");
    }

    async fn a_held_lease_is_not_swept(bench: &Bench) {
        let work = bench.one_to_do().await;
        let leased = bench.one.take_one().await;
        assert!(bench.one.ledger.store.sweep_work().await.unwrap().is_empty());

        assert_eq!(bench.state(work).await, "leased");
        bench.one.source.done(&leased).await.unwrap();
        assert_eq!(bench.state(work).await, "done");
    }

    async fn a_retry_comes_after_its_delay(bench: &Bench) {
        bench.one_to_do().await;
        let first = bench.one.take_one().await;
        let since = Instant::now();
        bench.one.source.retry(&first, Duration::from_millis(1_200), "busy").await.unwrap();

        let second = bench.one.take_one().await;

        assert!(since.elapsed() >= Duration::from_millis(1_190), "{:?}", since.elapsed());
        assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
        assert_eq!(second.lease.work, first.lease.work);
    }

    async fn a_retry_at_once_comes_at_once(bench: &Bench) {
        bench.one_to_do().await;
        let first = bench.one.take_one().await;
        let since = Instant::now();
        bench.one.source.retry(&first, Duration::ZERO, "again").await.unwrap();
        bench.one.take_one().await;

        assert!(since.elapsed() < Duration::from_millis(1_500), "{:?}", since.elapsed());
    }

    async fn retries_count_on_and_say_why(bench: &Bench) {
        let work = bench.one_to_do().await;
        for attempt in 1..=4 {
            let leased = bench.one.take_one().await;
            assert_eq!(leased.lease.attempts, attempt);
            bench.one.source.retry(&leased, Duration::ZERO, &format!("no {attempt}")).await.unwrap();
        }
        let leased = bench.one.take_one().await;
        bench.one.source.done(&leased).await.unwrap();

        assert_eq!(bench.row(work).await, ("done".into(), 5, Some("no 4".into())));
    }

    async fn what_is_parked_stays_until_a_person_looks(bench: &Bench) {
        let work = bench.one_to_do().await;
        let leased = bench.one.take_one().await;
        bench.one.source.park(&leased, "can not be read").await.unwrap();

        bench.one.ledger.leases_run_out().await;
        bench.one.ledger.store.sweep_finished_work().await.unwrap();
        bench.one.gets_nothing(CONTROL).await;
        assert_eq!(bench.row(work).await, ("parked".into(), 1, Some("can not be read".into())));
    }

    async fn what_is_expired_is_never_given(bench: &Bench) {
        let work = bench.to_do(vec![good_for(Duration::ZERO)]).await[0];

        bench.one.gets_nothing(CONTROL).await;
        let told = bench.one.ledger.store.sweep_work().await.unwrap();

        assert_eq!(told.iter().map(|expired| expired.id).collect::<Vec<_>>(), [work]);
        assert_eq!(bench.state(work).await, "expired");
        assert!(bench.one.ledger.store.sweep_work().await.unwrap().is_empty(), "told once");
    }

    /// One that waits for the sweeper must not keep a worker spinning.
    async fn an_expired_item_is_waited_out(bench: &Bench) {
        bench.to_do(vec![good_for(Duration::ZERO)]).await;
        let since = Instant::now();
        for _ in 0..3 {
            assert!(bench.one.source.next(CONTROL, 1).await.unwrap().is_empty());
        }

        assert!(since.elapsed() > Duration::from_secs(1), "{:?}", since.elapsed());
    }

    async fn what_expires_while_it_waits_is_never_given(bench: &Bench) {
        let waits = NewWork { expires_in: Duration::from_millis(300), ..later(Duration::from_millis(600)) };
        let work = bench.to_do(vec![waits]).await[0];
        bench.one.gets_nothing(CONTROL).await;
        bench.one.ledger.store.sweep_work().await.unwrap();

        assert_eq!(bench.state(work).await, "expired");
    }

    async fn a_retry_past_its_time_expires(bench: &Bench) {
        let work = bench.to_do(vec![good_for(Duration::from_secs(3))]).await[0];
        let leased = bench.one.take_one().await;
        bench.one.source.retry(&leased, Duration::from_secs(60), "busy").await.unwrap();
        tokio::time::sleep(Duration::from_secs(3)).await;
        bench.one.ledger.store.sweep_work().await.unwrap();

        assert_eq!(bench.state(work).await, "expired");
    }

    async fn a_lease_that_outlives_its_item_may_still_report(bench: &Bench) {
        let work = bench.to_do(vec![good_for(Duration::from_secs(2))]).await[0];
        let leased = bench.one.take_one().await;
        tokio::time::sleep(Duration::from_millis(2_100)).await;
        assert!(bench.one.ledger.store.sweep_work().await.unwrap().is_empty());
        bench.one.source.done(&leased).await.unwrap();

        assert_eq!(bench.state(work).await, "done");
    }

    async fn nothing_is_given_before_its_time(bench: &Bench) {
        let since = Instant::now();
        bench.to_do(vec![later(Duration::from_millis(2_000))]).await;
        bench.one.take_one().await;

        assert!(since.elapsed() >= Duration::from_millis(1_990), "{:?}", since.elapsed());
        assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    }

    async fn the_oldest_comes_first(bench: &Bench) {
        let delays = (0..12).map(|n| later(Duration::from_millis(10 * n)));
        let written = bench.to_do(delays.collect()).await;
        tokio::time::sleep(Duration::from_millis(300)).await;

        let given = bench.one.take(CONTROL, 12).await;

        assert_eq!(works(&given), written);
    }

    async fn no_more_are_given_than_asked_for(bench: &Bench) {
        bench.to_do((0..9).map(|n| work(CONTROL, json!({ "n": n }))).collect()).await;
        let mut given = 0;
        let since = Instant::now();
        while given < 9 && since.elapsed() < PATIENCE {
            let some = bench.one.source.next(CONTROL, 2).await.unwrap();
            assert!(some.len() <= 2, "{some:?}");
            given += some.len();
        }

        assert_eq!(given, 9);
    }

    async fn kinds_do_not_mix(bench: &Bench) {
        let all = WorkKind::ALL.map(|kind| work(kind, json!({})));
        let written = bench.to_do(all.to_vec()).await;

        for (kind, expected) in WorkKind::ALL.into_iter().zip(written) {
            let given = bench.one.take(kind, 1).await;
            assert_eq!((given[0].kind, given[0].lease.work), (kind, expected));
            bench.one.gets_nothing(kind).await;
        }
    }

    async fn new_work_wakes_who_waits(bench: &Bench) {
        // Warm: the connections stand.
        bench.one_to_do().await;
        bench.one.take_one().await;
        for _ in 0..5 {
            let waiting = async {
                let leased = bench.one.take_one().await;
                (leased, Instant::now())
            };
            let writing = async {
                tokio::time::sleep(Duration::from_millis(150)).await;
                let before = Instant::now();
                (bench.one_to_do().await, before)
            };
            let ((leased, after), (_, before)) = tokio::join!(waiting, writing);
            assert!(after - before < Duration::from_millis(900), "{:?}", after - before);
            bench.one.source.done(&leased).await.unwrap();
        }
    }

    async fn what_another_process_wrote_is_found(bench: &Bench) {
        bench.one_to_do().await;
        let other = bench.successor().await;
        let since = Instant::now();
        other.take_one().await;

        assert!(since.elapsed() < Duration::from_secs(4), "{:?}", since.elapsed());
    }

    async fn who_finds_nothing_waits_a_second_at_most(bench: &Bench) {
        let since = Instant::now();
        assert!(bench.one.source.next(WorkKind::Timer, 1).await.unwrap().is_empty());

        let waited = since.elapsed();
        assert!(waited > Duration::from_millis(300) && waited < Duration::from_millis(1_900), "{waited:?}");
    }

    async fn what_nobody_wrote_can_be_reported_without_harm(bench: &Bench) {
        let made_up = Leased {
            lease: Lease { work: id().into(), owner: id(), attempts: 1 },
            tenant: bench.tenant,
            kind: CONTROL,
            args: Value::Null,
            expires_at: time::OffsetDateTime::UNIX_EPOCH,
            traceparent: None,
        };
        bench.one.source.done(&made_up).await.unwrap();
        bench.one.source.retry(&made_up, Duration::ZERO, "?").await.unwrap();
        bench.one.source.park(&made_up, "?").await.unwrap();
        assert_eq!(bench.one.ledger.store.claim(&[Uuid::nil().into()], id()).await.unwrap(), []);

        bench.one_to_do().await;
        bench.one.take_one().await;
    }

    async fn the_same_work_written_twice_is_one(bench: &Bench) {
        let one = work(CONTROL, json!({ "first": true }));
        let again = NewWork { args: json!({ "first": false }), ..one.clone() };
        bench.to_do(vec![one]).await;
        bench.to_do(vec![again]).await;

        let given = bench.one.take_one().await;
        assert_eq!(given.args, json!({ "first": true }));
        bench.one.source.done(&given).await.unwrap();
        bench.one.gets_nothing(CONTROL).await;
    }

    /// More than the broker hands out unacknowledged.
    async fn a_burst_is_given_to_the_last(bench: &Bench) {
        let written = bench.to_do((0..150).map(|n| work(CONTROL, json!({ "n": n }))).collect()).await;
        let mut given = BTreeSet::new();
        let since = Instant::now();
        while given.len() < 150 && since.elapsed() < PATIENCE {
            let some = bench.one.source.next(CONTROL, 16).await.unwrap();
            join_all(some.iter().map(|leased| bench.one.source.done(leased))).await;
            given.extend(works(&some));
        }

        assert_eq!(given, BTreeSet::from_iter(written));
    }

    /// Workers that died with much in hand leave room for what comes next.
    async fn leases_that_nobody_reports_do_not_clog(bench: &Bench) {
        let many = (0..20).map(|n| work(CONTROL, json!({ "n": n })));
        bench.to_do(many.collect()).await;
        bench.one.take(CONTROL, 20).await;
        bench.one.ledger.execute("update es.work_item set lease_until = clock_timestamp() where state = 'leased'").await;
        bench.one.ledger.store.sweep_work().await.unwrap();

        let given = bench.one.take(CONTROL, 20).await;

        assert_eq!(given.len(), 20);
        for leased in given {
            assert_eq!(leased.lease.attempts, 2);
            bench.one.source.done(&leased).await.unwrap();
        }
    }

    /// The one that fails: the row is what counts, not the message.
    async fn a_source_that_stops_loses_nothing(bench: &Bench) {
        let work = bench.one_to_do().await;
        bench.one.take_one().await;
        bench.one.ledger.leases_run_out().await;

        let other = bench.successor().await;
        let held = other.take_one().await;
        other.source.done(&held).await.unwrap();
        assert_eq!(bench.row(work).await, ("done".into(), 2, None));
        other.gets_nothing(CONTROL).await;
    }
}
