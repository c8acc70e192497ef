//! Chains as they are exported, whole and broken.

use serde_json::json;
use uuid::Uuid;

use super::sign::Signer;
use super::*;

fn tenant() -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(7))
}

fn stranger() -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(8))
}

fn signer() -> Signer {
    Signer::new("k1".into(), &[7; 32])
}

fn event(position: i64) -> SealedEvent {
    SealedEvent {
        position,
        event_id: Uuid::from_u128(1),
        stream: Uuid::from_u128(2),
        version: 1,
        kind: "CallRang".into(),
        schema_version: 1,
        payload: json!({}),
        actor: json!({ "k": "worker" }),
        recorded_at_us: 1,
    }
}

/// Before the first event, after the one at position 3, after the one at position 5.
fn heads() -> [Head; 3] {
    let genesis = Head::genesis(tenant());
    let first = genesis.then(&event(3));
    [genesis, first, first.then(&event(5))]
}

fn begin(tenant: TenantId, from: Head) -> Line {
    Line::Begin { tenant, from, keys: vec![signer().public_key()] }
}

fn nth(nth: i64, position: i64, after: Head) -> Line {
    Line::Event { nth, event: event(position), hash: after.hash }
}

fn checkpoint(tenant: TenantId, head: Head) -> Line {
    let signed_at = "2026-11-21T12:00:00Z".to_owned();
    let checkpoint = Checkpoint { tenant, head, signed_at };
    Line::Checkpoint { signed: signer().sign(Kind::Checkpoint, &checkpoint) }
}

/// A page of two events, and a checkpoint after them.
fn page() -> Vec<Line> {
    let [genesis, first, second] = heads();
    vec![
        begin(tenant(), genesis),
        nth(1, 3, first),
        nth(2, 5, second),
        checkpoint(tenant(), second),
        Line::End { at: second, more: false },
    ]
}

fn verdict(trusted: &[PublicKey], lines: &[Line]) -> Result<Report, Wrong> {
    let mut verifier = Verifier::new(trusted.to_vec());
    for line in lines {
        verifier.take(&serde_json::to_string(line).unwrap())?;
    }
    verifier.finish()
}

#[test]
fn a_whole_chain_is_in_order_on_one_page_or_on_two() {
    let [genesis, first, second] = heads();
    let report = Report {
        tenant: tenant(),
        from: genesis,
        to: second,
        checkpoints: 1,
        signed_to: 5,
        archived: 0,
    };

    assert_eq!(verdict(&[], &page()), Ok(report.clone()));
    let mut two = page();
    two.splice(2..2, [Line::End { at: first, more: true }, begin(tenant(), first)]);
    assert_eq!(verdict(&[], &two), Ok(report));
}

#[test]
fn a_part_of_a_chain_says_where_it_begins() {
    let [_, first, second] = heads();
    let part = [begin(tenant(), first), nth(2, 5, second), Line::End { at: second, more: false }];

    let report = Report {
        tenant: tenant(),
        from: first,
        to: second,
        checkpoints: 0,
        signed_to: 0,
        archived: 0,
    };
    assert_eq!(verdict(&[], &part), Ok(report));
}

#[test]
fn keys_that_are_trusted_count_more_than_those_that_the_file_names() {
    let other = Signer::new("k1".into(), &[8; 32]).public_key();
    let mut lines = page();
    lines[0] = Line::Begin { tenant: tenant(), from: heads()[0], keys: vec![other.clone()] };

    assert!(verdict(&[signer().public_key()], &lines).is_ok());
    assert_eq!(verdict(&[other], &page()).map_err(|wrong| wrong.line), Err(4));
}

/// Where it is wrong, and what is said of it.
fn wrong(change: impl FnOnce(&mut Vec<Line>)) -> (i64, usize, String) {
    let mut lines = page();
    change(&mut lines);
    let wrong = verdict(&[], &lines).unwrap_err();
    assert!(wrong.to_string().contains(&wrong.what));
    (wrong.position, wrong.line, wrong.what.split([':', ',']).next().unwrap().to_owned())
}

#[test]
fn a_page_begins_where_the_one_before_ended_and_nowhere_else() {
    let [genesis, first, second] = heads();
    let said = "the page does not go on from what stands before it";
    let goes_on = |with: Line| {
        wrong(|lines| _ = lines.splice(2..2, [Line::End { at: first, more: true }, with]))
    };

    let of_a_stranger = wrong(|lines| lines[0] = begin(tenant(), Head::genesis(stranger())));
    assert_eq!(of_a_stranger, (0, 1, said.into()));
    assert_eq!(goes_on(begin(tenant(), genesis)), (3, 4, said.into()));
    assert_eq!(goes_on(begin(stranger(), first)), (3, 4, said.into()));
    let in_a_page = wrong(|lines| lines.insert(2, begin(tenant(), first)));
    assert_eq!(in_a_page, (3, 3, said.into()));
    let after_the_end = wrong(|lines| lines.push(begin(tenant(), second)));
    assert_eq!(after_the_end, (5, 6, said.into()));
}

#[test]
fn an_event_that_was_changed_moved_or_dropped_is_found() {
    let [_, first, second] = heads();

    let twice = wrong(|lines| lines.insert(2, nth(2, 3, first.then(&event(3)))));
    assert_eq!(twice, (3, 3, "it stands after position 3".into()));
    let miscounted = wrong(|lines| lines[2] = nth(3, 5, second));
    assert_eq!(miscounted, (5, 3, "it is event 3".into()));
    let changed = wrong(|lines| lines[2] = nth(2, 6, second));
    assert_eq!(changed, (6, 3, "the event was changed".into()));
    let dropped = wrong(|lines| _ = lines.remove(1));
    assert_eq!(dropped, (5, 2, "it is event 2".into()));
    let first_of_all = wrong(|lines| _ = lines.remove(0));
    assert_eq!((first_of_all.0, first_of_all.1), (0, 1));
    let after_the_end = wrong(|lines| lines.push(nth(3, 7, second)));
    assert_eq!(after_the_end, (5, 6, "it stands after the end of a page".into()));
}

#[test]
fn a_miscounted_event_is_told_which_one_should_stand_there() {
    let mut lines = page();
    lines[2] = nth(3, 5, heads()[2]);

    let wrong = verdict(&[], &lines).unwrap_err();

    assert_eq!(wrong.what, "it is event 3, but event 2 should stand here");
}

#[test]
fn a_checkpoint_stands_where_it_was_signed_for() {
    let [_, first, second] = heads();
    let said = "the checkpoint says otherwise";

    let of_before = wrong(|lines| lines[3] = checkpoint(tenant(), first));
    assert_eq!(of_before, (5, 4, said.into()));
    let of_a_stranger = wrong(|lines| lines[3] = checkpoint(stranger(), second));
    assert_eq!(of_a_stranger, (5, 4, said.into()));
    let forged = wrong(|lines| lines[3] = Line::Checkpoint { signed: "a.b.c".into() });
    assert_eq!(forged, (5, 4, "the checkpoint does not hold".into()));
}

#[test]
fn a_file_that_is_cut_off_is_no_chain() {
    let [_, first, second] = heads();

    let no_end = wrong(|lines| _ = lines.pop());
    assert_eq!(no_end, (5, 4, "the file is cut off".into()));
    let goes_on = wrong(|lines| lines[4] = Line::End { at: second, more: true });
    assert_eq!(goes_on, (5, 5, "the chain goes on here".into()));
    let ends_elsewhere = wrong(|lines| lines[4] = Line::End { at: first, more: false });
    assert_eq!((ends_elsewhere.0, ends_elsewhere.1), (5, 5));
    assert!(Verifier::default().finish().is_err());
    assert!(Verifier::default().take("sesame").is_err_and(|wrong| wrong.line == 1));
}

/// The page whose second event is archived, as the third says.
fn archived(positions: &serde_json::Value) -> Vec<Line> {
    let [genesis, first, second] = heads();
    let says = SealedEvent {
        kind: "CallsArchived".into(),
        payload: json!({ "data": { "positions": positions } }),
        ..event(9)
    };
    let third = second.then(&says);
    vec![
        begin(tenant(), genesis),
        nth(1, 3, first),
        Line::Archived { at: second },
        Line::Event { nth: 3, event: says, hash: third.hash },
        Line::End { at: third, more: false },
    ]
}

#[test]
fn an_event_may_be_missing_if_a_later_one_says_that_it_was_archived() {
    let report = verdict(&[], &archived(&json!([[1, 2], [4, 5]]))).unwrap();

    assert_eq!((report.archived, report.to.events, report.to.position), (1, 3, 9));
}

#[test]
fn an_event_that_nobody_archived_may_not_be_missing() {
    let said = "the event is gone, and no event says that it was archived";
    let missing = |lines: &[Line]| {
        let wrong = verdict(&[], lines).unwrap_err();
        assert_eq!(wrong.what, said);
        (wrong.position, wrong.line)
    };

    assert_eq!(missing(&archived(&json!([[1, 4], [6, 9]]))), (5, 5));
    assert_eq!(missing(&archived(&json!("all"))), (5, 5));
    let mut lines = archived(&json!([[5, 5]]));
    let Line::Event { event, hash, .. } = &mut lines[3] else { panic!() };
    event.kind = "CallRang".into();
    let third = heads()[2].then(event);
    *hash = third.hash;
    lines[4] = Line::End { at: third, more: false };
    assert_eq!(missing(&lines), (5, 5));
}

#[test]
fn an_archived_event_stands_where_it_stood() {
    let said = "an archived event does not follow what stands before it";
    let [_, first, second] = heads();

    for at in [
        Head { events: 3, ..second },
        Head { events: 1, ..second },
        Head { position: first.position, ..second },
    ] {
        assert_eq!(wrong(|lines| lines[2] = Line::Archived { at }), (3, 3, said.into()));
    }
}
