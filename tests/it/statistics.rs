//! Statistics, over the real server.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;
use vestibule::application::ports::NewEvent;
use vestibule::store::projections::Projections;

use crate::harness::database;
use crate::harness::door::{Door, Manager, Transport};
use crate::harness::ledger::{Ledger, id, to};

fn told(kind: &'static str, data: Value) -> NewEvent {
    NewEvent {
        id: id().into(),
        kind,
        schema_version: 1,
        payload: json!({ "data": data }),
        occurred_at: None,
    }
}

/// A house in a ledger, and what calls there tell.
struct House {
    ledger: Ledger,
    projections: Projections,
    tenant: Uuid,
    building: Uuid,
    entrance: Uuid,
    unit: Uuid,
    ada: Uuid,
    ben: Uuid,
}

impl House {
    async fn open() -> Self {
        let ledger = Ledger::open().await;
        let projections = Projections::start(ledger.store.clone()).await.unwrap();
        let [tenant, building, entrance, unit, ada, ben] = std::array::from_fn(|_| id());
        Self { ledger, projections, tenant, building, entrance, unit, ada, ben }
    }

    /// Two residents are rung; then this happens on Ada's leg, the first, and Ben's, the second.
    async fn rings(&self, then: impl FnOnce(Uuid, Uuid) -> Vec<NewEvent>) {
        let (first, second) = (id(), id());
        let mut events = vec![
            self.rang(),
            told("UnitChosen", json!({ "unit": self.unit })),
            told("GroupStarted", json!({ "step": 1, "group": 0 })),
        ];
        for (leg, resident) in [(first, self.ada), (second, self.ben)] {
            let target = json!({ "who": "resident", "id": resident });
            events.push(told(
                "DialRequested",
                json!({ "leg": leg, "step": 1, "target": target, "number": { "$s": resident } }),
            ));
        }
        events.push(told("DialStarted", json!({ "leg": first })));
        events.extend(then(first, second));
        self.tells(events).await;
    }

    fn rang(&self) -> NewEvent {
        let data = json!({ "building": self.building, "entrance": self.entrance, "line": id(), "caller": null, "leg": id() });
        told("CallRang", data)
    }

    async fn tells(&self, events: Vec<NewEvent>) {
        self.ledger.append(to(self.tenant.into(), id(), events)).await;
        self.projections.catch_up().await.unwrap();
    }

    async fn row(&self, sql: &'static str) -> Vec<i32> {
        let row: Value =
            sqlx::query_scalar(sql).fetch_one(&mut self.ledger.admin().await).await.unwrap();
        serde_json::from_value(row).unwrap()
    }
}

fn ended(outcome: &str, cause: &str) -> NewEvent {
    told("CallEnded", json!({ "outcome": outcome, "cause": cause }))
}

#[actix_web::test]
async fn each_call_is_counted_once_when_it_is_over_and_each_resident_for_what_they_did() {
    let house = House::open().await;
    let opener = json!({ "by": "resident", "id": house.ada });
    house
        .rings(|ada, ben| {
            vec![
                told("DialStarted", json!({ "leg": ben })),
                told("CallAccepted", json!({ "leg": ada, "how": "key" })),
                told("DoorOpened", json!({ "opening": 1, "opener": opener })),
                told("DoorOpened", json!({ "opening": 2, "opener": opener })),
                ended("opened", "visitor_hung_up"),
            ]
        })
        .await;
    house
        .rings(|ada, _| {
            vec![
                told("CallDeclined", json!({ "leg": ada, "how": "phone" })),
                ended("nobody_came", "everyone_declined"),
            ]
        })
        .await;
    house.rings(|_, _| vec![ended("visitor_left", "visitor_hung_up")]).await;
    house.tells(vec![house.rang(), ended("rejected", "stranger_rejected")]).await;
    house.tells(vec![house.rang(), ended("rejected", "caller_blocked")]).await;
    // It still runs.
    house.tells(vec![house.rang()]).await;

    let doors = house
        .row("select jsonb_build_array(sum(calls), sum(answered), sum(opened), sum(rejected), sum(blocked), sum(no_answer), sum(visitor_left), sum(failed)) from vestibule.door_count")
        .await;
    let residents = house
        .row("select jsonb_agg(n order by resident_id, place) from (select resident_id, unnest(array[sum(calls), sum(answered), sum(opened), sum(declined), sum(no_answer)]) as n, generate_series(1, 5) as place from vestibule.resident_count group by 1) rows")
        .await;
    let waits = house
        .row("select jsonb_build_array(count(*), max(seconds), sum(calls)) from vestibule.answer_wait")
        .await;
    let running = house
        .row("select jsonb_build_array((select count(*) from vestibule.running_call), (select count(*) from vestibule.running_ring))")
        .await;

    assert_eq!(doors, [5, 1, 1, 1, 1, 1, 1, 0]);
    let (ada, ben) = (vec![3, 1, 1, 1, 1], vec![1, 0, 0, 0, 1]);
    let both = if house.ada < house.ben { [ada, ben] } else { [ben, ada] };
    assert_eq!(residents, both.concat(), "Ben was dialled in one of three calls only");
    assert_eq!(waits, [2, 1, 2], "the call's own wait, and Ada's");
    assert_eq!(running, [1, 0]);
    for checked in house.projections.check("door_stats").await.unwrap() {
        assert!(checked.is_equal(), "{checked:?}");
    }
}

/// A time as a query wants it.
fn text(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap()
}

async fn execute(door: &Door, sql: &'static str) {
    sqlx::query(sql).execute(&mut database::connect(&door.database).await).await.unwrap();
}

#[actix_web::test]
async fn visits_are_counted_by_outcome_door_and_resident_and_a_rebuild_counts_the_same() {
    let door = Door::open(Transport::Database).await;
    let visits =
        ["stranger", "open_directly", "two_residents_one_voicemail", "visitor_hangs_up_first"];
    for visit in visits {
        let run = door.plays(visit).await;
        door.carrier_saw(run).await;
    }
    let now = OffsetDateTime::from_unix_timestamp(door.now()).unwrap();
    let day = std::time::Duration::from_secs(24 * 3600);
    let period = format!("from={}&to={}", text(now - day), text(now + day));
    let manager = door.manager().await;
    let total = door
        .eventually("all visits are counted", async || {
            let told = manager.get(&format!("/v1/statistics/calls?bucket=hour&{period}")).await;
            (told["total"]["calls"] == visits.len()).then_some(told)
        })
        .await;
    let building = manager.get("/v1/buildings").await["items"][0]["id"].clone();

    let counts = &total["total"];
    for (what, expected) in [
        ("answered", 2),
        ("opened", 2),
        ("rejected", 1),
        ("blocked", 0),
        ("visitor_left", 1),
        ("no_answer", 0),
    ] {
        assert_eq!(counts[what], expected, "{what}: {counts}");
    }
    assert_eq!((&counts["answered_rate"], &counts["refused_rate"]), (&json!(0.5), &json!(0.25)));
    assert!(
        counts["answered_within_median"].as_i64().unwrap()
            <= counts["answered_within_p90"].as_i64().unwrap()
    );
    assert_eq!(total["time_zones"], json!(["Europe/London"]));
    let sum: i64 =
        total["buckets"].as_array().unwrap().iter().map(|b| b["calls"].as_i64().unwrap()).sum();
    assert_eq!(sum, 4);
    assert!((48..=50).contains(&total["buckets"].as_array().unwrap().len()));

    let by = async |part: &str| {
        manager.get(&format!("/v1/statistics/breakdown?by={part}&{period}")).await["parts"].clone()
    };
    assert_eq!(by("building").await[0]["id"], building);
    assert_eq!(by("entrance").await[0]["calls"], 4);
    let units = by("unit").await;
    assert_eq!(
        (&units[0]["calls"], &units[1]["calls"], &units[1]["id"]),
        (&json!(3), &json!(1), &Value::Null)
    );
    let residents = by("resident").await;
    assert_eq!(residents.as_array().unwrap().len(), 2);
    let opened: i64 =
        residents.as_array().unwrap().iter().map(|r| r["opened"].as_i64().unwrap()).sum();
    assert_eq!(opened, 2, "{residents}");
    let ada = residents[0]["id"].as_str().unwrap();
    let of_ada = manager.get(&format!("/v1/statistics/calls?resident={ada}&{period}")).await;
    assert_eq!(of_ada["total"]["calls"], residents[0]["calls"]);
    let week = manager.get(&format!("/v1/statistics/busiest-hours?{period}")).await;
    assert_eq!((&week["calls"], week["days"].as_array().unwrap().len()), (&json!(4), 7));

    let projections = door.rooms.as_ref().unwrap().projections.clone();
    for checked in projections.check("door_stats").await.unwrap() {
        assert!(checked.is_equal(), "{checked:?}");
    }
    projections.rebuild("door_stats").await.unwrap();
    let after = manager.get(&format!("/v1/statistics/calls?bucket=hour&{period}")).await;
    assert_eq!(after, total);
    door.close().await;
}

#[actix_web::test]
async fn calls_are_counted_by_the_clock_on_the_buildings_wall_when_that_is_put_back() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let rang_at = async |zone: &'static str| {
        sqlx::query("update vestibule.building set time_zone = $1")
            .bind(zone)
            .execute(&mut database::connect(&door.database).await)
            .await
            .unwrap();
    };
    execute(&door, "insert into read_door_stats_1.door_count (tenant_id, building_id, entrance_id, unit_id, quarter, calls, answered)
                    select tenant_id, building_id, entrance_id, '00000000-0000-0000-0000-000000000000', quarter, 1, 1
                    from vestibule.entrance, unnest(array['2026-10-24 23:30Z', '2026-10-25 00:15Z', '2026-10-25 01:15Z', '2026-10-25 01:45Z', '2026-10-25 23:45Z', '2026-10-26 00:00Z']::timestamptz[]) quarter").await;
    let count = async |bucket: &str| {
        let period = "from=2026-10-24T22:00:00Z&to=2026-10-26T01:00:00Z";
        let told = manager.get(&format!("/v1/statistics/calls?bucket={bucket}&{period}")).await;
        let buckets = told["buckets"].as_array().unwrap().iter();
        let full = buckets.filter(|bucket| bucket["calls"] != 0);
        full.map(|bucket| {
            (bucket["start"].as_str().unwrap().to_owned(), bucket["calls"].as_i64().unwrap())
        })
        .collect::<Vec<_>>()
    };
    let expect = |expected: &[(&str, i64)]| {
        expected.iter().map(|(start, calls)| ((*start).to_owned(), *calls)).collect::<Vec<_>>()
    };

    let (hours, days) = (count("hour").await, count("day").await);
    let week = manager
        .get("/v1/statistics/busiest-hours?from=2026-10-24T22:00:00Z&to=2026-10-26T01:00:00Z")
        .await;
    rang_at("Asia/Kolkata").await;
    let kolkata = count("day").await;
    rang_at("Asia/Kathmandu").await;
    let kathmandu = count("hour").await;

    assert_eq!(
        hours,
        expect(&[
            ("2026-10-25T00:00:00+01:00", 1),
            ("2026-10-25T01:00:00+01:00", 1),
            ("2026-10-25T01:00:00+00:00", 2),
            ("2026-10-25T23:00:00+00:00", 1),
            ("2026-10-26T00:00:00+00:00", 1),
        ])
    );
    assert_eq!(days, expect(&[("2026-10-25", 5), ("2026-10-26", 1)]));
    assert_eq!(week["busiest"], json!({ "weekday": "sunday", "hour": 1, "calls": 3 }));
    assert_eq!(kolkata, expect(&[("2026-10-25", 4), ("2026-10-26", 2)]));
    assert_eq!(kathmandu[0], ("2026-10-25T05:00:00+05:45".to_owned(), 1));
    assert_eq!(kathmandu[1], ("2026-10-25T06:00:00+05:45".to_owned(), 1));
    door.close().await;
}

#[actix_web::test]
async fn who_is_refused_is_listed_by_day_and_number_and_viewers_do_not_see_whose_it_is() {
    let door = Door::open(Transport::Database).await;
    for _ in 0..2 {
        let run = door.plays("stranger").await;
        door.carrier_saw(run).await;
    }
    let run = door.plays("open_directly").await;
    door.carrier_saw(run).await;
    let manager = door.manager().await;
    let top = door
        .eventually("both refusals are counted", async || {
            let top = manager.get("/v1/statistics/spam/top").await;
            (top[0]["rejected"] == 2).then_some(top)
        })
        .await;

    let days = manager.get("/v1/statistics/spam").await;
    let his = manager.get("/v1/statistics/spam?number=%2B441632960666").await;
    let panels = manager.get("/v1/statistics/spam?number=%2B441632960001").await;
    let nobodys = manager.get("/v1/statistics/spam/top?number=%2B447700900999").await;
    let earlier = manager
        .get("/v1/statistics/spam/top?from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z")
        .await;
    execute(&door, "update vestibule.user_account set role = 'viewer'").await;
    let viewer = door.manager().await.get("/v1/statistics/spam/top").await;

    assert_eq!(top.as_array().unwrap().len(), 1, "the panel was never refused: {top}");
    assert_eq!((&top[0]["number"], &top[0]["buildings"]), (&json!("+441632960666"), &json!(1)));
    let day = &days[0];
    assert_eq!((&day["calls"], &day["rejected"]), (&json!(2), &json!(2)), "{days}");
    assert_eq!(day["caller_id"], top[0]["caller_id"]);
    assert_eq!(his, days);
    for none in [panels, nobodys, earlier] {
        assert_eq!(none, json!([]));
    }
    assert_eq!(viewer[0]["number"], "+44••••••••66");
    door.close().await;
}

#[actix_web::test]
async fn what_can_not_be_counted_is_refused_and_another_firms_building_is_not_there() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let building = manager.get("/v1/buildings").await["items"][0]["id"].clone();
    let building = building.as_str().unwrap();
    let firm = json!({ "name": "Elm Management", "owner_name": "Hedy", "email": "hedy@elm.example", "password": "a password of hers" });
    manager.post("/v1/tenants", &firm).await;
    let stranger = Manager::signed_in(&door.api, "hedy@elm.example", "a password of hers").await;

    let refused = [
        (422, "/v1/statistics/calls?from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z"),
        (422, "/v1/statistics/calls?from=2020-01-01T00:00:00Z&to=2026-11-01T00:00:00Z"),
        (422, "/v1/statistics/calls?bucket=hour&from=2026-01-01T00:00:00Z&to=2026-11-01T00:00:00Z"),
        (422, "/v1/statistics/busiest-hours?to=9999-01-01T00:00:00Z"),
        (422, "/v1/statistics/spam/top?limit=101"),
        (422, "/v1/statistics/spam?number=0163"),
        (400, "/v1/statistics/calls?bucket=year"),
        (400, "/v1/statistics/breakdown?by=colour"),
    ];
    for (expected, path) in refused {
        let (status, problem) = manager.try_get(path).await;
        assert_eq!(status, expected, "{path}: {problem}");
    }
    for path in ["calls", "busiest-hours", "breakdown", "spam", "spam/top"] {
        let path = format!("/v1/statistics/{path}?building={building}");
        assert_eq!(manager.try_get(&path).await.0, 200, "{path}");
        assert_eq!(stranger.try_get(&path).await.0, 404, "{path}");
    }
    assert_eq!(stranger.get("/v1/statistics/calls").await["buckets"], json!([]));
    door.close().await;
}
