//! The history: each filter finds its own, pages neither repeat nor lose, and nobody sees more than they may.

use futures_util::StreamExt;
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule::application::ports::{
    Actor, Append, Appended, Expected, Journal, NewEvent, Unavailable,
};
use vestibule::domain::ids::TenantId;
use vestibule::domain::phone_number::PhoneNumber;
use vestibule::store::Reach;
use vestibule::store::history::{CallFilter, Sight};

use crate::harness::database;
use crate::harness::door::{Door, Transport};
use crate::harness::ledger::id;
use crate::harness::running::{RunningCall, administer, someone_who_is};

/// A firm with a door, and the ids of what visits are about.
struct Past {
    door: Door,
    tenant: TenantId,
    building: Uuid,
    entrance: Uuid,
    unit: Uuid,
    ada: Uuid,
    ben: Uuid,
}

/// A visit that is over.
#[derive(Clone, Copy)]
struct Visit<'a> {
    caller: &'a str,
    rings: Option<Uuid>,
    outcome: &'a str,
    cause: &'a str,
}

impl Past {
    async fn open() -> Self {
        let door = Door::open(Transport::Database).await;
        let mut admin = database::connect(&door.database).await;
        let (tenant, building, entrance, unit): (Uuid, Uuid, Uuid, Uuid) = sqlx::query_as(
            "select tenant_id, building_id, entrance_id, unit_id from vestibule.entrance join vestibule.unit using (tenant_id, building_id)",
        )
        .fetch_one(&mut admin)
        .await
        .unwrap();
        let people: Vec<(Uuid,)> =
            sqlx::query_as("select resident_id from vestibule.resident order by name")
                .fetch_all(&mut admin)
                .await
                .unwrap();
        let (ada, ben) = (people[0].0, people[1].0);
        Self { door, tenant: tenant.into(), building, entrance, unit, ada, ben }
    }

    async fn append(&self, call: Uuid, events: Vec<(&'static str, Value)>) {
        let events = events.into_iter().map(|(kind, data)| NewEvent {
            id: id().into(),
            kind,
            schema_version: 1,
            payload: json!({ "data": data, "because": { "rule": "carrier_reported" } }),
            occurred_at: None,
        });
        let append = Append {
            tenant: self.tenant,
            stream: call,
            stream_type: "call",
            expected: Expected::Any,
            events: events.collect(),
            work: vec![],
            actor: Actor::Worker,
            causation: None,
            delivery: None,
        };
        let appended: Result<Appended, Unavailable> =
            self.door.rooms.as_ref().unwrap().journal.append(append).await;
        assert!(matches!(appended.unwrap(), Appended::Stored { .. }));
    }

    async fn remembers(&self, visit: Visit<'_>) -> String {
        let (call, leg, dial) = (id(), id(), id());
        let number = PhoneNumber::parse(visit.caller).unwrap();
        let journal = &self.door.rooms.as_ref().unwrap().journal;
        let caller = journal.subject_of(self.tenant, &number).await.unwrap();
        let mut events = vec![(
            "CallRang",
            json!({
                "call": call, "tenant": self.tenant, "building": self.building, "entrance": self.entrance,
                "line": id(), "connection": id(), "leg": leg, "carrier_leg": { "id": "x" },
                "caller": { "$p": { "subject": caller, "value": visit.caller } },
            }),
        )];
        if let Some(resident) = visit.rings {
            let at = "2026-03-01T08:15:00Z";
            events.push(("UnitChosen", json!({ "unit": self.unit })));
            events.push((
                "DialRequested",
                json!({
                    "leg": dial, "step": 1, "target": { "who": "resident", "id": resident },
                    "number": { "$p": { "subject": resident, "value": "+447700900101" } },
                    "number_index": 0, "attempt": 1, "accept": "key",
                    "not_before": at, "deadline": at, "ring_until": at,
                }),
            ));
        }
        events.push(("CallEnded", json!({ "outcome": visit.outcome, "cause": visit.cause })));
        self.append(call, events).await;
        call.to_string()
    }

    /// The ids of the calls that are listed so, newest first.
    async fn listed(&self, query: &str) -> Vec<String> {
        ids(&self.door.get(&format!("/v1/calls?{query}")).await)
    }

    async fn has_seen(&self, call: &str) {
        self.door
            .eventually("the history has it", async || {
                let newest = self.listed("limit=1").await;
                (newest.first().map(String::as_str) == Some(call)).then_some(())
            })
            .await;
    }
}

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|call| call["id"].as_str().unwrap().to_owned()).collect()
}

const PANEL: &str = "+441632960001";
const STRANGER: &str = "+447700900666";

#[actix_web::test]
async fn each_filter_finds_its_own_calls_and_two_of_them_both() {
    let past = Past::open().await;
    let rung =
        |resident, outcome, cause| Visit { caller: PANEL, rings: Some(resident), outcome, cause };
    let opened = past.remembers(rung(past.ada, "opened", "resident_hung_up")).await;
    let left = past.remembers(rung(past.ben, "visitor_left", "visitor_hung_up")).await;
    let stranger =
        Visit { caller: STRANGER, rings: None, outcome: "rejected", cause: "stranger_rejected" };
    let rejected = past.remembers(stranger).await;
    past.door
        .eventually("all are in the history", async || {
            (past.listed("").await.len() == 3).then_some(())
        })
        .await;

    let all = [&rejected, &left, &opened].map(Clone::clone);
    assert_eq!(past.listed("").await, all);
    assert_eq!(past.listed(&format!("building={}", past.building)).await, all);
    assert_eq!(past.listed(&format!("entrance={}", past.entrance)).await, all);
    assert_eq!(past.listed(&format!("unit={}", past.unit)).await, all[1..]);
    assert_eq!(past.listed(&format!("resident={}", past.ada)).await, std::slice::from_ref(&opened));
    assert_eq!(past.listed(&format!("resident={}&outcome=opened", past.ben)).await, [""; 0]);
    assert_eq!(past.listed("caller=%2B447700900666").await, std::slice::from_ref(&rejected));
    assert_eq!(past.listed("caller=%2B447700900777").await, [""; 0]);
    assert_eq!(past.listed("outcome=visitor_left").await, std::slice::from_ref(&left));
    assert_eq!(past.listed("cause=stranger_rejected").await, std::slice::from_ref(&rejected));
    assert_eq!(past.listed("kind=visit").await, all);
    assert_eq!(
        past.listed(&format!("building={}&cause=visitor_hung_up", past.building)).await,
        std::slice::from_ref(&left)
    );
    assert_eq!(past.listed(&format!("building={}", id())).await, [""; 0]);
    let middle =
        past.door.get(&format!("/v1/calls/{left}")).await["rang_at"].as_str().unwrap().to_owned();
    assert_eq!(past.listed(&format!("from={middle}")).await, all[..2]);
    assert_eq!(past.listed(&format!("to={middle}")).await, all[2..]);
    let manager = past.door.manager().await;
    for wrong in ["outcome=nonsense", "cause=%00", "caller=0123", "kind=x"] {
        assert_eq!(manager.try_get(&format!("/v1/calls?{wrong}")).await.0, 422, "{wrong}");
    }
    past.door.close().await;
}

#[actix_web::test]
async fn pages_follow_each_other_without_a_gap_or_a_repetition_whatever_filters_them() {
    let past = Past::open().await;
    let mut made = Vec::new();
    for n in 0..13 {
        let rings = Some(if n % 2 == 0 { past.ada } else { past.ben });
        made.push(
            past.remembers(Visit { caller: PANEL, rings, outcome: "talked", cause: "talk_limit" })
                .await,
        );
    }
    made.reverse();
    past.has_seen(&made[0]).await;

    let of_ada: Vec<String> = made.iter().step_by(2).cloned().collect();
    for (filter, expected) in [
        (String::new(), made.clone()),
        ("outcome=talked".to_owned(), made.clone()),
        (format!("resident={}", past.ada), of_ada),
        (format!("unit={}&cause=talk_limit", past.unit), made.clone()),
    ] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = past.door.get(&format!("/v1/calls?limit=3&{filter}{cursor}")).await;
            seen.extend(ids(&page));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, expected, "{filter}");
    }
    // Whoever is limited to buildings sees theirs only, in the same order.
    let store = &past.door.rooms.as_ref().unwrap().store;
    let filter = CallFilter { limit: 5, ..CallFilter::default() };
    for (buildings, expected) in
        [(vec![past.building.into(), id().into()], &made[..5]), (vec![id().into()], &[][..])]
    {
        let reach = Reach { buildings: Some(buildings), ..Reach::whole(past.tenant) };
        let calls = store.calls(&reach, Sight::Whole, &filter).await.unwrap();
        let found: Vec<String> = calls.iter().map(|call| call.id.to_string()).collect();
        assert_eq!(found, expected);
    }
    past.door.close().await;
}

#[actix_web::test]
async fn viewers_see_no_whole_number_anywhere() {
    let call = RunningCall::talks().await;
    let viewer = someone_who_is(&call.door, "viewer").await;
    let path = format!("/v1/calls/{}", call.id);

    for part in ["", "/timeline", "/participants", "/events", "/explain"] {
        let seen = viewer.get(&format!("{path}{part}")).await.to_string();
        for number in ["+441632960001", "+447700900101", "+447700900102"] {
            assert!(!seen.contains(number), "{part}: {seen}");
        }
    }
    assert!(viewer.get(&path).await["caller"].as_str().unwrap().starts_with("+44•"));
    assert!(viewer.get(&format!("{path}/timeline")).await.to_string().contains("+44•"));
    assert_eq!(viewer.try_get("/v1/calls?caller=%2B441632960001").await.0, 403);
    let manager = someone_who_is(&call.door, "manager").await;
    assert_eq!(manager.get(&path).await["caller"], "+441632960001");
    call.close().await;
}

#[actix_web::test]
async fn where_a_building_hides_them_visits_are_told_by_their_outcome_only_except_to_admins() {
    let past = Past::open().await;
    let visit = Visit {
        caller: PANEL,
        rings: Some(past.ada),
        outcome: "opened",
        cause: "resident_hung_up",
    };
    let call = past.remembers(visit).await;
    let stranger =
        Visit { caller: STRANGER, rings: None, outcome: "rejected", cause: "stranger_rejected" };
    let rejected = past.remembers(stranger).await;
    past.has_seen(&rejected).await;
    let owner = past.door.manager().await;
    let privacy = format!("/v1/buildings/{}/call-privacy", past.building);
    let hide = owner
        .request(reqwest::Method::PATCH, &privacy)
        .json(&json!({ "resident_calls": "hidden" }));
    assert_eq!(hide.send().await.unwrap().status(), 200);
    assert_eq!(owner.get(&privacy).await["resident_calls"], "hidden");

    let manager = someone_who_is(&past.door, "manager").await;
    let seen = manager.get(&format!("/v1/calls/{call}")).await;
    assert_eq!((&seen["outcome"], &seen["details"]), (&json!("opened"), &json!("hidden")));
    for field in ["unit_id", "caller", "line_id", "cause", "accepted_at", "opened_by"] {
        assert_eq!(seen[field], Value::Null, "{field}: {seen}");
    }
    assert_eq!(seen.get("legs"), None);
    // Looking for what is hidden finds nothing, and what nobody lives behind is shown.
    for query in [
        format!("unit={}", past.unit),
        format!("resident={}", past.ada),
        "caller=%2B441632960001".to_owned(),
        "cause=resident_hung_up".to_owned(),
    ] {
        assert_eq!(ids(&manager.get(&format!("/v1/calls?{query}")).await), [""; 0], "{query}");
        assert_eq!(
            ids(&owner.get(&format!("/v1/calls?{query}")).await),
            std::slice::from_ref(&call),
            "{query}"
        );
    }
    assert_eq!(
        ids(&manager.get("/v1/calls?cause=stranger_rejected").await),
        std::slice::from_ref(&rejected)
    );
    let told = manager.get(&format!("/v1/calls/{call}/timeline")).await;
    let sentences: Vec<&Value> =
        told.as_array().unwrap().iter().map(|entry| &entry["sentence"]).collect();
    assert_eq!(sentences, ["Someone rang.", "The call is over: the door was opened."]);
    for part in ["participants", "events", "explain"] {
        assert_eq!(manager.try_get(&format!("/v1/calls/{call}/{part}")).await.0, 403, "{part}");
    }
    assert_eq!(owner.get(&format!("/v1/calls/{call}")).await["legs"].as_array().unwrap().len(), 2);
    past.door.close().await;
}

#[actix_web::test]
async fn the_live_stream_hides_what_the_history_hides() {
    let call = RunningCall::talks().await;
    administer(&call.door, "update vestibule.building set resident_calls = 'hidden'").await;
    let manager = someone_who_is(&call.door, "manager").await;

    let seen = live(&manager, |text| text.contains("\n\n")).await;
    assert!(seen.contains(&call.id) && seen.contains("\"stage\":\"running\""), "{seen}");
    assert!(!seen.contains("resident_id") && !seen.contains("leg_id"), "{seen}");
    let admin = someone_who_is(&call.door, "admin").await;
    let whole = live(&admin, |text| text.contains("\n\n")).await;
    assert!(whole.contains("\"stage\":\"talking\"") && whole.contains("leg_id"), "{whole}");

    let request = manager.request(reqwest::Method::GET, "/v1/live").header("Last-Event-ID", "0");
    let run = async {
        let ended = |text: &str| text.contains("CallEnded");
        read(request, ended).await
    };
    let hang_up = async { call.does("hang-up", json!({})).await };
    let (changes, _) = tokio::join!(run, hang_up);
    assert!(changes.contains("CallRang") && !changes.contains("CallAccepted"), "{changes}");
    assert!(!changes.contains("DialRequested") && !changes.contains("UnitChosen"), "{changes}");
    call.close().await;
}

async fn live(manager: &crate::harness::door::Manager, enough: impl Fn(&str) -> bool) -> String {
    read(manager.request(reqwest::Method::GET, "/v1/live"), enough).await
}

async fn read(request: reqwest::RequestBuilder, enough: impl Fn(&str) -> bool) -> String {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let (mut body, mut text) = (response.bytes_stream(), String::new());
    while !enough(&text) {
        let more = tokio::time::timeout(crate::harness::door::PATIENCE, body.next()).await;
        text.push_str(&String::from_utf8_lossy(&more.expect("no news").unwrap().unwrap()));
    }
    text
}
