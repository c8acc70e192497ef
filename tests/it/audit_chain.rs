//! The proof that nobody changed what happened: whatever is done to a file or to the database is found, and its place named.

use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;
use vestibule::application::ports::{Actor, Clock};
use vestibule::boot::audit::check;
use vestibule::domain::audit::chain::Head;
use vestibule::domain::audit::sign::{Kind, PublicKey, Signer};
use vestibule::domain::audit::verify::{Checkpoint, Line, Report, Wrong};
use vestibule::domain::ids::TenantId;
use vestibule::store::Reach;
use vestibule::store::audit::chain::Chains;

use crate::harness::ledger::{Ledger, event, id, to};

#[derive(Debug)]
struct OurClock(Mutex<OffsetDateTime>);

impl Clock for OurClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }
}

/// A ledger whose events are chained.
struct Audited {
    ledger: Ledger,
    chains: Chains,
    clock: Arc<OurClock>,
    signer: Signer,
    tenant: TenantId,
}

impl Audited {
    async fn open() -> Self {
        let ledger = Ledger::open().await;
        let signer = ledger.store.audit_signer("k1", &rand::random()).await.unwrap();
        let clock = Arc::new(OurClock(Mutex::new(datetime!(2026-11-20 12:00 UTC))));
        let chains = Chains::new(ledger.store.clone(), signer.clone(), Arc::clone(&clock) as _);
        Self { ledger, chains, clock, signer, tenant: id().into() }
    }

    /// With some events of this firm and of another, chained and signed.
    async fn with_events() -> Self {
        let audited = Self::open().await;
        for n in 0..6 {
            audited.happens(n).await;
            audited.ledger.append(to(id().into(), id(), vec![event("elsewhere")])).await;
        }
        audited.follow().await;
        audited.a_minute_passes().await;
        audited
    }

    async fn happens(&self, n: i32) {
        self.ledger.append(to(self.tenant, id(), vec![event(&format!("event {n}"))])).await;
    }

    async fn follow(&self) {
        while self.chains.extend().await.unwrap() {}
    }

    async fn a_minute_passes(&self) {
        *self.clock.0.lock().unwrap() += time::Duration::MINUTE;
        self.follow().await;
    }

    async fn pages(&self, limit: i64) -> Vec<Line> {
        let (mut lines, mut after) = (vec![], 0);
        loop {
            let reach = Reach::whole(self.tenant);
            lines.extend(self.ledger.store.audit_chain(&reach, after, limit).await.unwrap());
            match lines.last() {
                Some(Line::End { at, more: true }) => after = at.position,
                _ => return lines,
            }
        }
    }

    async fn exported(&self) -> Vec<Line> {
        self.pages(1_000).await
    }

    fn keys(&self) -> Vec<PublicKey> {
        vec![self.signer.public_key()]
    }

    fn found(&self, lines: &[Line]) -> Result<Report, Wrong> {
        verified(lines, self.keys())
    }
}

fn verified(lines: &[Line], keys: Vec<PublicKey>) -> Result<Report, Wrong> {
    let lines: Vec<_> = lines.iter().map(|line| serde_json::to_string(line).unwrap()).collect();
    check(lines.join("\n").as_bytes(), keys).unwrap()
}

/// Where the firm's events are in the file.
fn events(lines: &[Line]) -> Vec<usize> {
    (0..lines.len()).filter(|index| matches!(lines[*index], Line::Event { .. })).collect()
}

fn position(line: &Line) -> i64 {
    match line {
        Line::Event { event, .. } => event.position,
        other => panic!("{other:?} is no event"),
    }
}

#[actix_web::test]
async fn a_chain_has_a_firms_events_and_no_others_and_is_signed_to_its_end() {
    let audited = Audited::with_events().await;

    let lines = audited.exported().await;
    let report = audited.found(&lines).unwrap();

    assert_eq!((report.tenant, report.to.events, report.checkpoints), (audited.tenant, 6, 1));
    assert_eq!(report.signed_to, report.to.position);
    assert_eq!(report.from, Head::genesis(audited.tenant));
    // Pages, however short, are the same chain.
    for limit in [1, 2, 5, 6] {
        let pages = audited.found(&audited.pages(limit).await).unwrap();
        assert_eq!((pages.to, pages.checkpoints), (report.to, 1), "{limit} a page");
    }
    let nobody = audited.ledger.store.audit_chain(&Reach::whole(id().into()), 0, 10).await.unwrap();
    assert_eq!(audited.found(&nobody).unwrap().to.events, 0);
}

#[actix_web::test]
async fn one_changed_byte_of_any_event_is_found_at_that_event() {
    let audited = Audited::with_events().await;
    let lines = audited.exported().await;

    for index in events(&lines) {
        let text = serde_json::to_string(&lines[index]).unwrap();
        // Every digit and every letter of the event: ids, time, type, data.
        let first = text.find("\"event\":{").unwrap() + 9;
        for at in (first..text.len()).step_by(7) {
            let byte = text.as_bytes()[at];
            let other = match byte {
                b'0'..=b'8' | b'a'..=b'e' => byte + 1,
                b'9' => b'8',
                b'f' => b'a',
                _ => continue,
            };
            let mut changed = text.clone().into_bytes();
            changed[at] = other;
            let mut file: Vec<String> =
                lines.iter().map(|line| serde_json::to_string(line).unwrap()).collect();
            file[index] = String::from_utf8(changed).unwrap();
            let wrong = check(file.join("\n").as_bytes(), audited.keys()).unwrap().unwrap_err();
            assert_eq!(wrong.line, index + 1, "byte {at} of {text}: {wrong}");
        }
    }
}

#[actix_web::test]
async fn an_event_that_is_dropped_or_moved_is_found() {
    let audited = Audited::with_events().await;
    let lines = audited.exported().await;
    let places = events(&lines);

    for (n, index) in places.iter().copied().enumerate() {
        let mut dropped = lines.clone();
        let gone = position(&dropped.remove(index));
        let wrong = audited.found(&dropped).unwrap_err();
        // The next event shows it; after the last event the checkpoint does.
        let shown = places
            .get(n + 1)
            .map_or_else(|| position(&lines[places[n - 1]]), |next| position(&lines[*next]));
        assert_eq!(wrong.position, shown, "without {gone}: {wrong}");
    }
    for pair in places.windows(2) {
        let mut swapped = lines.clone();
        swapped.swap(pair[0], pair[1]);
        let wrong = audited.found(&swapped).unwrap_err();
        assert_eq!(wrong.position, position(&lines[pair[1]]), "{wrong}");
    }
    let cut_off = &lines[..lines.len() - 1];
    assert!(audited.found(cut_off).unwrap_err().what.contains("cut off"));
    let Line::End { at, .. } = lines[lines.len() - 1].clone() else { panic!() };
    let mut first_page = lines.clone();
    *first_page.last_mut().unwrap() = Line::End { at, more: true };
    assert!(audited.found(&first_page).unwrap_err().what.contains("goes on"));
}

#[actix_web::test]
async fn a_forged_checkpoint_is_found() {
    let audited = Audited::with_events().await;
    let lines = audited.exported().await;
    let place = lines.iter().position(|line| matches!(line, Line::Checkpoint { .. })).unwrap();
    let Line::End { at, .. } = lines[lines.len() - 1] else { panic!() };
    let with = |signed: String| {
        let mut forged = lines.clone();
        forged[place] = Line::Checkpoint { signed };
        forged
    };
    let checkpoint = |head| Checkpoint { tenant: audited.tenant, head, signed_at: "now".into() };

    let forger = Signer::new("k1".into(), &[9; 32]);
    let wrong = audited.found(&with(forger.sign(Kind::Checkpoint, &checkpoint(at)))).unwrap_err();
    assert_eq!(wrong.position, at.position);
    assert!(wrong.what.contains("forged"), "{wrong}");
    let unknown = Signer::new("k9".into(), &[9; 32]);
    assert!(audited.found(&with(unknown.sign(Kind::Checkpoint, &checkpoint(at)))).is_err());
    let elsewhere = Head { position: at.position + 1, ..at };
    assert!(
        audited
            .found(&with(audited.signer.sign(Kind::Checkpoint, &checkpoint(elsewhere))))
            .is_err()
    );
    let anothers = Checkpoint { tenant: id().into(), ..checkpoint(at) };
    assert!(audited.found(&with(audited.signer.sign(Kind::Checkpoint, &anothers))).is_err());
    assert!(audited.found(&with(audited.signer.sign(Kind::Erasure, &checkpoint(at)))).is_err());
    // The keys in the file are the forger's to choose: with the server's own, it is found.
    let mut forged = with(unknown.sign(Kind::Checkpoint, &checkpoint(at)));
    let Line::Begin { keys, .. } = &mut forged[0] else { panic!() };
    *keys = vec![unknown.public_key()];
    assert!(verified(&forged, vec![]).is_ok());
    assert!(verified(&forged, audited.keys()).is_err());
}

#[actix_web::test]
async fn what_is_done_to_the_database_behind_its_back_is_found() {
    let audited = Audited::with_events().await;
    let third = position(&audited.exported().await[3]);
    audited.ledger.execute("alter table es.event disable trigger events_stay").await;
    let mut admin = audited.ledger.admin().await;

    sqlx::query("update es.event set payload = jsonb_set(payload, '{data,text}', '\"event 7\"') where position = $1")
        .bind(third)
        .execute(&mut admin)
        .await
        .unwrap();
    let changed = audited.found(&audited.exported().await).unwrap_err();
    assert_eq!(changed.position, third, "{changed}");

    // Whoever also makes the hashes fit is found by what was signed.
    audited.ledger.execute("alter table es.audit_link disable trigger audit_stays").await;
    let lines = audited.exported().await;
    let mut at = Head::genesis(audited.tenant);
    for index in events(&lines) {
        let Line::Event { event, .. } = &lines[index] else { panic!() };
        at = at.then(event);
        sqlx::query("update es.audit_link set hash = $2 where position = $1")
            .bind(at.position)
            .bind(&at.hash.as_bytes()[..])
            .execute(&mut admin)
            .await
            .unwrap();
    }
    let resigned = audited.found(&audited.exported().await).unwrap_err();
    assert!(resigned.what.contains("checkpoint"), "{resigned}");
    assert_eq!(resigned.position, at.position);

    sqlx::query("delete from es.event where position = $1")
        .bind(third)
        .execute(&mut admin)
        .await
        .unwrap();
    let lines = audited.exported().await;
    let dropped = audited.found(&lines).unwrap_err();
    assert_eq!(dropped.position, position(&lines[3]), "{dropped}");
}

#[actix_web::test]
async fn a_checkpoint_is_signed_every_thousand_events_and_a_minute_after_the_last() {
    let audited = Audited::open().await;
    for _ in 0..12 {
        let events = (0..100).map(|n| event(&n.to_string())).collect();
        audited.ledger.append(to(audited.tenant, id(), events)).await;
    }

    audited.follow().await;
    let signed = async || {
        let lines = audited.exported().await;
        audited.found(&lines).map(|report| (report.checkpoints, report.signed_to)).unwrap()
    };
    assert_eq!(signed().await, (1, 1_000));
    *audited.clock.0.lock().unwrap() += time::Duration::seconds(59);
    audited.follow().await;
    assert_eq!(signed().await, (1, 1_000));
    *audited.clock.0.lock().unwrap() += time::Duration::seconds(1);
    audited.follow().await;
    assert_eq!(signed().await, (2, 1_200));
    audited.a_minute_passes().await;
    assert_eq!(signed().await, (2, 1_200));
}

#[actix_web::test]
async fn many_processes_extend_one_chain_together() {
    let audited = Audited::open().await;
    let another = audited.ledger.another().await;
    let same_key = another.store.audit_signer("k2", &rand::random()).await.unwrap();
    assert_eq!(same_key.public_key(), audited.signer.public_key());
    let others = Chains::new(another.store.clone(), same_key, Arc::clone(&audited.clock) as _);

    for n in 0..20 {
        audited.happens(n).await;
        let (one, other) =
            futures_util::future::join(audited.chains.extend(), others.extend()).await;
        one.unwrap();
        other.unwrap();
    }

    assert_eq!(audited.found(&audited.exported().await).unwrap().to.events, 20);
}

#[actix_web::test]
async fn a_person_is_erased_and_the_chain_still_holds() {
    let audited = Audited::with_events().await;
    let ada = id();
    let mut personal = event("rung");
    personal.payload["data"]["name"] = json!({ "$p": { "subject": ada, "value": "Ada Lovelace" } });
    audited.ledger.append(to(audited.tenant, id(), vec![personal])).await;
    audited.a_minute_passes().await;
    let before = audited.exported().await;

    audited.ledger.journal.erase(audited.tenant, ada.into(), Actor::Worker).await.unwrap();
    audited.a_minute_passes().await;

    let after = audited.exported().await;
    let report = audited.found(&after).unwrap();
    assert_eq!((report.to.events, report.signed_to), (8, report.to.position));
    assert_eq!(before[..before.len() - 1], after[..before.len() - 1]);
    let text = serde_json::to_string(&after).unwrap();
    assert!(!text.contains("Lovelace") && text.contains(&ada.to_string()));
}

#[actix_web::test]
async fn the_command_writes_a_chain_and_checks_it_offline() {
    use base64::Engine;
    use secrecy::ExposeSecret;
    let audited = Audited::with_events().await;
    let folder = std::env::temp_dir().join(format!("vestibule-audit-{}", id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (file, keys) = (folder.join("chain.ndjson"), folder.join("keys.json"));
    let trusted = json!({ "keys": audited.keys() });
    std::fs::write(&keys, trusted.to_string()).unwrap();
    let vestibule = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .arg("audit")
            .args(arguments)
            .env("DATABASE_URL", audited.ledger.url.expose_secret())
            .env(
                "VESTIBULE_MASTER_KEY",
                // Reading sealed events needs no key: any will do.
                base64::prelude::BASE64_STANDARD.encode(rand::random::<[u8; 32]>()),
            )
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), said + &String::from_utf8_lossy(&output.stderr))
    };
    let (path, keys) = (file.to_str().unwrap(), keys.to_str().unwrap());

    let (code, said) = vestibule(&["export", "--tenant", &audited.tenant.to_string(), path]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = vestibule(&["verify", path, "--key", keys]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("6 events") && said.contains("1 signed checkpoints"), "{said}");
    assert!(vestibule(&["verify", path]).1.contains("the file itself names"));

    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("event 3", "event 4")).unwrap();
    let (code, said) = vestibule(&["verify", path, "--key", keys]);
    let changed: Value =
        serde_json::from_str(text.lines().find(|line| line.contains("event 3")).unwrap()).unwrap();
    assert_eq!(code, Some(1));
    assert!(said.contains(&format!("position {} ", changed["event"]["position"])), "{said}");
    std::fs::remove_dir_all(&folder).unwrap();
}
