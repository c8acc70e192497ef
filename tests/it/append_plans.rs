//! What an append or a read of a call costs does not grow with what is stored already.

use std::time::Duration;

use futures_util::future::join_all;
use vestibule::application::ports::{Append, Appended, Journal};
use vestibule::domain::ids::{ConnectionId, TenantId};

use crate::harness::ledger::{Ledger, delivery, event, id, to};

const READS_OF_WHOLE_TABLES: &str = "select coalesce(sum(seq_scan), 0)::bigint from pg_stat_user_tables
     where schemaname = 'es' and relname in ('delivery', 'stream', 'event', 'work_item', 'raw_webhook')";

const ENTRIES_READ: &str = "select coalesce(sum(idx_tup_read), 0)::bigint from pg_stat_user_indexes
     where schemaname = 'es' and relname in ('delivery', 'stream', 'event', 'work_item', 'raw_webhook')";

/// Connections plan their statements while the tables are small and nobody has counted their rows yet, as on the first day.
#[actix_web::test]
async fn an_append_reads_no_table_whole() {
    let ledger = Ledger::open().await;
    let before = settled(&ledger).await;
    webhooks_come(&ledger, 20).await;
    assert_eq!(settled(&ledger).await, before);
}

/// Rows were counted while there were few: to read all of them is cheaper than to look some up, and the plan for that would stay as the
/// tables grow.
#[actix_web::test]
async fn what_was_planned_for_small_tables_reads_no_large_one_whole() {
    let ledger = Ledger::open().await;
    webhooks_come(&ledger, 2).await;
    ledger.execute("analyze es.delivery, es.stream, es.event, es.work_item, es.raw_webhook").await;

    let later = ledger.another().await;
    let before = settled(&ledger).await;
    webhooks_come(&later, 2).await;
    let (tenant, stream): (TenantId, _) = (id().into(), id());
    let first = to(tenant, stream, vec![event("somebody rings")]);
    assert!(matches!(later.append(first).await, Appended::Stored { .. }));
    for _ in 0..10 {
        assert_eq!(later.journal.load_after(tenant, stream, 0).await.unwrap().len(), 1);
    }
    assert_eq!(settled(&ledger).await, before);
}

/// Nobody has counted yet: PostgreSQL takes a tenant's events for a few, and would read them all, by their index, for each call.
#[actix_web::test]
async fn what_was_planned_before_rows_were_counted_reads_a_few_of_many() {
    let ledger = Ledger::open().await;
    let (tenant, stream): (TenantId, _) = (id().into(), id());
    ledger.append(to(tenant, stream, vec![event("somebody rings")])).await;
    ledger.execute("alter table es.event set (autovacuum_enabled = off)").await;
    for _ in 0..60 {
        let others = (0..64).map(|_| to(tenant, id(), vec![event("somebody rings")]));
        join_all(others.map(|append| ledger.journal.append(append))).await;
    }

    let later = ledger.another().await;
    let before = entries_read(&ledger).await;
    for _ in 0..10 {
        assert_eq!(later.journal.load_after(tenant, stream, 0).await.unwrap().len(), 1);
        later.append(to(tenant, id(), vec![event("somebody rings")])).await;
    }
    let read = entries_read(&ledger).await - before;
    assert!(read < 500, "{read} entries of indexes for ten calls and ten appends");
}

/// Ten at once, so many times.
async fn webhooks_come(ledger: &Ledger, rounds: u8) {
    let (tenant, account): (TenantId, ConnectionId) = (id().into(), id().into());
    for round in 0..rounds {
        let appends =
            (0..10_u8).map(|n| ledger.journal.append(webhook(tenant, account, round * 10 + n)));
        for appended in join_all(appends).await {
            appended.unwrap();
        }
    }
}

fn webhook(tenant: TenantId, account: ConnectionId, key: u8) -> Append {
    let delivery = Some(delivery(account, key, "{}"));
    Append { delivery, ..to(tenant, id(), vec![event("somebody rings")]) }
}

async fn settled(ledger: &Ledger) -> i64 {
    counted(ledger, READS_OF_WHOLE_TABLES).await
}

async fn entries_read(ledger: &Ledger) -> i64 {
    counted(ledger, ENTRIES_READ).await
}

/// The server's counts: a connection that reported a moment ago reports again when it has been idle for ten seconds.
async fn counted(ledger: &Ledger, what: &'static str) -> i64 {
    tokio::time::sleep(Duration::from_millis(10_500)).await;
    ledger.number(what).await
}
