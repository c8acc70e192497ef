//! Who may not: another firm, nobody in particular, a viewer. Every operation of the OpenAPI document is tried, so a new one is covered
//! when it is written, and fails here until its document shows what it takes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sqlx::Row;
use uuid::Uuid;

use crate::harness::contract::{Document, Operation};
use crate::harness::database;
use crate::harness::door::{Door, Transport};
use crate::harness::firm::{Answer, Firm, NOBODYS, put};

/// What anybody may call. A new public operation has to be entered here.
const PUBLIC: &[&str] = &[
    "acceptInvitation",
    "confirmPasswordReset",
    "createSession",
    "createTenant",
    "refreshSession",
    "requestPasswordReset",
];

/// What a viewer may do though it is no reading, and why.
const OPEN_TO_VIEWERS: &[(&str, &str)] = &[
    ("changePassword", "everybody has a password of their own"),
    ("confirmSecondFactor", "and a second factor"),
    ("disableSecondFactor", "and a second factor"),
    ("endCurrentSession", "everybody may sign out"),
    ("endSession", "out of any session of their own"),
    ("endSessions", "and out of all"),
    ("enrolSecondFactor", "and a second factor"),
    ("replaceRecoveryCodes", "and a second factor"),
];

/// Answers of an operation that was reached and understood, though the state of things may be against it.
const UNDERSTOOD: [u16; 6] = [200, 201, 202, 204, 409, 412];

#[actix_web::test]
async fn every_operation_is_closed_to_other_firms_to_strangers_and_to_viewers() {
    let door = Door::open(Transport::Database).await;
    let run = door.plays("open_directly").await;
    door.carrier_saw(run).await;
    door.history().await;
    let document = Document::of_this_build();
    let mut owner = demo_firm(&door).await;
    let mut findings = owner.furnish(&document).await;
    let mut stranger = Firm::signed_up(&door.api, "elm", &door.private_key()).await;
    findings.extend(stranger.furnish(&document).await);
    assert!(findings.is_empty(), "\n{}", findings.join("\n"));
    let viewer = a_viewer_of(&door).await;

    let mut crossing = Crossing { owner, stranger, viewer, driven: BTreeSet::new(), findings };
    let operations = document.operations();
    crossing.knows_what_is_public(&operations);
    let deletes = |operation: &Operation| {
        operation.method == reqwest::Method::DELETE || operation.path.ends_with("/erase")
    };
    for operation in operations.iter().filter(|operation| !deletes(operation)) {
        crossing.is_open_to_the_owner(operation).await;
    }

    let before = belongings(&door, &crossing.owner).await;
    for operation in &operations {
        crossing.is_closed_to_strangers(operation).await;
        crossing.is_closed_to_another_firm(operation).await;
        crossing.is_closed_to_viewers(operation).await;
        crossing.driven.insert(operation.id.clone());
    }
    let after = belongings(&door, &crossing.owner).await;

    for (table, digest) in &before {
        if after.get(table) != Some(digest) {
            crossing.findings.push(format!("{table}: someone who may not has changed it"));
        }
    }
    assert!(before.len() > 10, "too few tables to be all of them: {before:?}");
    // What was closed to others was closed by a rule, and not because the path or the body was wrong.
    let mut deletions: Vec<_> = operations.iter().filter(|operation| deletes(operation)).collect();
    deletions.sort_by_key(|deletion| {
        let erases = deletion.path.ends_with("/erase");
        (erases, deletion.path.ends_with('}'), usize::MAX - crossing.owner.lateness(deletion))
    });
    for operation in deletions {
        crossing.is_open_to_the_owner(operation).await;
    }
    let all: BTreeSet<_> = operations.iter().map(|operation| operation.id.clone()).collect();
    assert_eq!(crossing.driven, all);
    assert!(crossing.findings.is_empty(), "\n{}", crossing.findings.join("\n"));
    door.close().await;
}

struct Crossing {
    owner: Firm,
    stranger: Firm,
    viewer: Firm,
    driven: BTreeSet<String>,
    findings: Vec<String>,
}

impl Crossing {
    fn knows_what_is_public(&mut self, operations: &[Operation]) {
        let public: BTreeSet<_> = operations
            .iter()
            .filter(|operation| operation.is_public)
            .map(|operation| operation.id.as_str())
            .collect();
        if public != PUBLIC.iter().copied().collect() {
            self.findings.push(format!("public are {public:?}, and should be {PUBLIC:?}"));
        }
    }

    async fn is_open_to_the_owner(&mut self, operation: &Operation) {
        if operation.is_public {
            return;
        }
        if is_open_to_viewers(operation) {
            // It may end their session.
            self.owner = self.owner.once_more().await;
        }
        let owner = &self.owner;
        let path = owner.path_of(operation, &owner.things);
        let body = owner.body_of(operation, &owner.things);
        let current = owner.sends(&operation.as_read(), &path, &[], None, None).await.etag;
        let answer = owner.sends(operation, &path, &[], body.as_ref(), current.as_deref()).await;
        // The example's password and code are not theirs.
        let is_asked = answer.status == 404 || answer.body.contains("/problems/wrong-");
        let is_ended = operation.id == "endSession" && answer.status == 404;
        if is_ended || (operation.asks_for_a_secret() && is_asked) {
            return;
        }
        if !UNDERSTOOD.contains(&answer.status) {
            self.finds(operation, "the owner's own", &answer);
        }
        if is_open_to_viewers(operation) {
            self.owner = self.owner.once_more().await;
        }
    }

    async fn is_closed_to_strangers(&mut self, operation: &Operation) {
        if operation.is_public {
            return;
        }
        for token in [None, Some("not.a.token"), Some("")] {
            let answer = self.owner.sends_unsigned(operation, token).await;
            if answer.status != 401 {
                self.finds(operation, &format!("with the token {token:?}"), &answer);
            }
        }
    }

    async fn is_closed_to_viewers(&mut self, operation: &Operation) {
        if operation.is_public || !operation.changes_something() {
            return;
        }
        let is_open = is_open_to_viewers(operation);
        let answer = self.viewer.calls(operation, &self.owner.things).await;
        if (answer.status == 403) == is_open {
            self.finds(operation, "as a viewer", &answer);
        }
        if is_open {
            // It may have ended their session.
            self.viewer = self.viewer.once_more().await;
        }
    }

    /// Each id of the owner's, in the path, the query and the body, does for the stranger what nobody's id does.
    async fn is_closed_to_another_firm(&mut self, operation: &Operation) {
        if operation.is_public {
            return;
        }
        self.crosses_in_the_path(operation).await;
        self.crosses_in_the_query(operation).await;
        self.crosses_in_the_body(operation).await;
    }

    async fn crosses_in_the_path(&mut self, operation: &Operation) {
        let names: Vec<_> = operation.path_ids().into_iter().map(|(name, _)| name).collect();
        let theirs = self.owner.path_of(operation, &self.owner.things);
        // All ids of the owner's, and each alone among the stranger's own.
        let mut paths: Vec<(BTreeMap<_, _>, BTreeMap<_, _>)> = Vec::new();
        for alone in names.iter().map(Some).chain([None]) {
            let with = |id: &dyn Fn(&String) -> Uuid| -> Option<BTreeMap<String, Uuid>> {
                let ids = operation.path_ids().into_iter().map(|(name, collection)| {
                    let own = self.stranger.things.get(&collection).copied();
                    let crosses = alone.is_none_or(|alone| *alone == name);
                    Some((name.clone(), if crosses { id(&name) } else { own? }))
                });
                ids.collect()
            };
            if let (Some(crossing), Some(missing)) =
                (with(&|name| theirs[name]), with(&|_| NOBODYS))
            {
                paths.push((crossing, missing));
            }
        }
        if names.is_empty() {
            return;
        }
        let body = self.stranger.body_of(operation, &self.stranger.things);
        for (crossing, missing) in paths {
            let seen = self.stranger.sends(operation, &crossing, &[], body.as_ref(), None).await;
            let nothing = self.stranger.sends(operation, &missing, &[], body.as_ref(), None).await;
            if alike(&seen) != alike(&nothing) {
                self.finds(
                    operation,
                    &format!("{crossing:?} and not as a missing id ({nothing:?})"),
                    &seen,
                );
            }
            // A call that is over refuses everything about its legs, theirs and nobody's.
            if ![404, 409].contains(&seen.status) && !is_empty_list(&seen) {
                self.finds(operation, "with another firm's id in the path", &seen);
            }
        }
    }

    async fn crosses_in_the_query(&mut self, operation: &Operation) {
        let own = self.stranger.path_of_own(operation);
        for (name, collection) in &operation.query_ids {
            let Some(path) = &own else { continue };
            let nothing =
                self.stranger.sends(operation, path, &[(name, NOBODYS)], None, None).await;
            // A filter that may name anything is tried with everything.
            let one = self.owner.things.get(collection).copied();
            let theirs =
                one.map_or_else(|| self.owner.things.values().copied().collect(), |one| vec![one]);
            for theirs in theirs {
                let seen =
                    self.stranger.sends(operation, path, &[(name, theirs)], None, None).await;
                if alike(&seen) != alike(&nothing) {
                    let how = format!("?{name}= and not as a missing id ({nothing:?})");
                    self.finds(operation, &how, &seen);
                }
            }
        }
    }

    async fn crosses_in_the_body(&mut self, operation: &Operation) {
        let Some(path) = self.stranger.path_of_own(operation) else { return };
        for id in &operation.body_ids {
            let Some(theirs) = self.owner.things.get(&id.collection).copied() else {
                self.findings.push(format!(
                    "{}: nothing says what {} leads to",
                    operation.id,
                    id.way.join(".")
                ));
                continue;
            };
            // Where two fields exclude each other, one of the two bodies is the one that gets through.
            let whole = self.stranger.body_of(operation, &self.stranger.things).unwrap();
            let mut bare = whole.clone();
            for other in
                operation.body_ids.iter().filter(|other| !other.is_required && *other != id)
            {
                if let (Some(fields), [name]) = (bare.as_object_mut(), &other.way[..]) {
                    fields.remove(name);
                }
            }
            for body in [whole, bare] {
                let with = |thing: Uuid| {
                    let mut body = body.clone();
                    put(&mut body, id, thing);
                    body
                };
                let seen =
                    self.stranger.sends(operation, &path, &[], Some(&with(theirs)), None).await;
                let nothing =
                    self.stranger.sends(operation, &path, &[], Some(&with(NOBODYS)), None).await;
                let way = id.way.join(".");
                if alike(&seen) != alike(&nothing) {
                    self.finds(
                        operation,
                        &format!("{way} and not as a missing id ({nothing:?})"),
                        &seen,
                    );
                }
                if ![404, 409, 412, 422].contains(&seen.status) {
                    self.finds(operation, &format!("with another firm's id in {way}"), &seen);
                }
            }
        }
    }

    fn finds(&mut self, operation: &Operation, how: &str, answer: &Answer) {
        let Operation { id, method, path, .. } = operation;
        self.findings
            .push(format!("{id} ({method} {path}), {how}: {} {}", answer.status, answer.body));
    }
}

/// The firm of the demo building, whose door rang.
async fn demo_firm(door: &Door) -> Firm {
    let account = (door.building.email(), door.building.password());
    Firm::signed_in(&door.api, "maple", account, &door.private_key()).await
}

/// Someone of the same firm who may look and no more: the owner's password does for both.
async fn a_viewer_of(door: &Door) -> Firm {
    let email = door.building.email();
    sqlx::query(
        "with viewer as (
             insert into vestibule.user_account (tenant_id, user_id, name, role)
             select tenant_id, gen_random_uuid(), 'Vic', 'viewer' from vestibule.login where email = $1
             returning tenant_id, user_id)
         insert into vestibule.login (email, tenant_id, user_id, password_hash)
         select 'viewer-' || login.email, viewer.tenant_id, viewer.user_id, login.password_hash
         from vestibule.login, viewer where login.email = $1",
    )
    .bind(email)
    .execute(&mut database::connect(&door.database).await)
    .await
    .unwrap();
    let account = (&*format!("viewer-{email}"), door.building.password());
    Firm::signed_in(&door.api, "maple", account, &door.private_key()).await
}

fn is_open_to_viewers(operation: &Operation) -> bool {
    OPEN_TO_VIEWERS.iter().any(|(id, _)| *id == operation.id)
}

/// An answer without what names the question.
fn alike(answer: &Answer) -> (u16, Value) {
    let mut text = answer.body.clone();
    let mut start = 0;
    while let Some(id) = text.get(start..start + 36) {
        if id.parse::<Uuid>().is_ok() {
            text.replace_range(start..start + 36, "an id");
        }
        start += text[start..].chars().next().map_or(1, char::len_utf8);
    }
    let mut body: Value = serde_json::from_str(&text).unwrap_or_default();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("instance");
        fields.remove("request_id");
    }
    (answer.status, body)
}

fn is_empty_list(answer: &Answer) -> bool {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    answer.status == 200 && body["items"].as_array().is_some_and(Vec::is_empty)
}

/// A digest of the firm's rows in each table.
async fn belongings(door: &Door, firm: &Firm) -> BTreeMap<String, String> {
    let tenant = firm.tenant().await;
    let mut connection = database::connect(&door.database).await;
    let tables = sqlx::query(
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'r' and (n.nspname = 'vestibule' or c.relname = 'event') and n.nspname in ('vestibule', 'es')
           and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id')",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut digests = BTreeMap::new();
    for table in tables {
        let table: String = table.get(0);
        // The viewer signs out and in again, webhooks tell of the calls before, and carriers are asked for theirs now and then.
        let happens =
            ["session", "refresh_token", "webhook_delivery", "webhook_attempt", "carrier_sweep"];
        if happens.iter().any(|name| table == format!("vestibule.{name}")) {
            continue;
        }
        let told = if table == "es.event" {
            "and type = 'DirectoryChanged' and payload -> 'data' ->> 'resource' <> 'session' and payload -> 'data' ->> 'action' <> 'signed_out_everywhere'"
        } else {
            ""
        };
        let digest = format!(
            "select coalesce(md5(string_agg(t::text, ' ' order by t::text collate \"C\")), 'empty') from {table} t where tenant_id = '{tenant}' {told}"
        );
        let digest = sqlx::query_scalar(sqlx::AssertSqlSafe(digest)).fetch_one(&mut connection);
        digests.insert(table, digest.await.unwrap());
    }
    digests
}
