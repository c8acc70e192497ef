//! Ends that carriers never report, and calls that never reach us: both become known from the carriers' own records.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use vestibule::boot::demo;
use vestibule::domain::policy::Limits;
use vestibule::http::edge::{self, PerMinute};
use vestibule::simulator::{Carrier, RunState, Scenario, Settings};
use vestibule::workers::reconciler;

use crate::harness::door::{Door, Manager, quick};

/// The carriers whose records we read. What is told here holds for each of them.
const CARRIERS: [Carrier; 3] = [Carrier::Vonage, Carrier::Twilio, Carrier::Sipgate];

/// Those at which residents have legs of their own.
const WITH_ROOMS: [Carrier; 2] = [Carrier::Vonage, Carrier::Twilio];

/// Which of its lists a carrier tells an end in.
fn list_of(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Vonage | Carrier::Twilio => "carrier_calls",
        Carrier::Sipgate => "carrier_history",
    }
}

/// Only what is looked up leg by leg becomes known.
const NO_SWEEP: Duration = Duration::from_secs(3_600);

/// Nobody listed this number.
const STRANGER: &str = "+441632960077";

/// What carriers may call the end of a call.
const ENDS: [&str; 6] = ["ended", "busy", "declined", "unanswered", "failed", "cancelled"];

/// A door whose deadlines are short. Lists are looked through this often.
async fn door_at(carrier: Carrier, sweeps_every: Duration) -> Door {
    let edge = edge::Settings { per_minute: PerMinute::UNLIMITED, ..edge::Settings::default() };
    let network = Settings { speech_speed: 200.0, ..quick() };
    let door = Door::open_planned(None, network, move |plan| {
        plan.edge = edge.clone();
        plan.limits = Limits {
            codes_take: Duration::ZERO,
            overdue_after: Duration::from_secs(4),
            seeks: 3,
            seek_gap: Duration::from_millis(500),
            ..Limits::default()
        };
        plan.reconciler =
            reconciler::Settings { every: sweeps_every, settle: Duration::from_secs(1) };
    })
    .await;
    match carrier {
        Carrier::Vonage => door,
        Carrier::Twilio => door.also_at_twilio().await,
        Carrier::Sipgate => door.also_at_sipgate().await,
    }
}

/// No news of the end of these phones' calls arrives.
fn losing(phones: &[&str]) -> String {
    let lost = phones.iter().flat_map(|phone| {
        ENDS.map(|news| {
            format!(
                "[[network.on_news]]\nphone = \"{phone}\"\nnews = \"{news}\"\ndoes = \"lose\"\n"
            )
        })
    });
    lost.collect()
}

/// A stranger calls, and is not let through.
fn stranger(seed: usize, lost: &str) -> Scenario {
    let text = format!(
        "title = \"A stranger\"\nseed = {seed}\n[call]\nfrom = \"{STRANGER}\"\nto = \"{}\"\nhang_up_after = \"2s\"\n{lost}",
        demo::LINE
    );
    Scenario::parse(&text).unwrap()
}

/// A visitor whom Ada lets in.
fn visitor(lost: &str) -> String {
    format!(
        r#"
        title = "A visitor"
        [call]
        from = "{panel}"
        to = "{line}"
        hang_up_after = "6s"
        [[phone]]
        number = "{ada}"
        name = "Ada"
        does = "answer"
        after = "100ms"
        keys = [{{ press = "9", since = "prompt", after = "100ms" }}]
        [[phone]]
        number = "{ben}"
        name = "Ben"
        does = "busy"
        {lost}
        "#,
        panel = demo::PANEL,
        line = demo::LINE,
        ada = demo::ADA,
        ben = demo::BEN,
    )
}

async fn call_that_is_over(door: &Door) -> Value {
    let manager = door.manager().await;
    door.eventually("the call and its phones are over", async || {
        let calls = manager.get("/v1/calls").await;
        let call = calls["items"].get(0)?.clone();
        let call = manager.get(&format!("/v1/calls/{}", call["id"].as_str()?)).await;

        let legs = call["legs"].as_array()?;
        let over =
            call["ended_at"].is_string() && legs.iter().all(|leg| leg["ended_at"].is_string());
        over.then_some(call)
    })
    .await
}

fn leg_of<'a>(call: &'a Value, role: &str) -> Vec<&'a Value> {
    call["legs"].as_array().unwrap().iter().filter(|leg| leg["role"] == role).collect()
}

#[actix_web::test]
async fn a_visitor_whose_end_was_never_reported_is_found_in_the_carriers_records() {
    for carrier in CARRIERS {
        let door = door_at(carrier, NO_SWEEP).await;

        door.simulator.call_on(carrier, stranger(1, &losing(&["door"]))).unwrap();

        let call = call_that_is_over(&door).await;
        assert_eq!(call["reconciled"]["source"], list_of(carrier), "{carrier:?}: {call:#}");
        assert_eq!(call["outcome"], "rejected");
        assert_eq!(leg_of(&call, "visitor")[0]["reconciled"]["source"], list_of(carrier));
        let id = call["id"].as_str().unwrap();
        let told = door.get(&format!("/v1/calls/{id}/timeline")).await;
        let sentences = told.to_string();
        assert!(sentences.contains("It stood in the carrier's "), "{told:#}");
        let explained = door.get(&format!("/v1/calls/{id}/explain")).await.to_string();
        assert!(explained.contains("records_tell_the_end"), "{explained}");
        let only = door.get("/v1/calls?reconciled=true").await;
        assert_eq!(only["items"][0]["id"], id);
        let others = door.get("/v1/calls?reconciled=false").await;
        assert_eq!(others["items"].as_array().unwrap().len(), 0);
        door.close().await;
    }
}

#[actix_web::test]
async fn a_resident_whose_end_was_never_reported_is_found_in_the_carriers_records() {
    for carrier in WITH_ROOMS {
        let door = door_at(carrier, NO_SWEEP).await;

        door.rings(&visitor(&losing(&["Ada"]))).await;

        let call = call_that_is_over(&door).await;
        assert_eq!(call["outcome"], "opened", "{carrier:?}: {call:#}");
        assert_eq!(call["reconciled"], Value::Null, "the visitor's end was told");
        let ada = leg_of(&call, "resident")
            .into_iter()
            .find(|leg| leg["number"] == demo::ADA)
            .unwrap()
            .clone();
        assert_eq!(ada["reconciled"]["source"], "carrier_calls", "{carrier:?}: {call:#}");
        assert!(ada["duration_seconds"].as_i64().unwrap() > 0, "{ada:#}");
        door.close().await;
    }
}

#[actix_web::test]
async fn an_end_that_no_record_tells_is_presumed() {
    for carrier in CARRIERS {
        let door = door_at(carrier, NO_SWEEP).await;

        let run = door.simulator.call_on(carrier, stranger(1, &losing(&["door"]))).unwrap();
        door.carrier_saw(run).await;
        door.simulator.forget_calls();

        let call = call_that_is_over(&door).await;
        assert_eq!(call["reconciled"]["source"], "presumed", "{carrier:?}: {call:#}");
        let events = door.get(&format!("/v1/calls/{}/events", call["id"].as_str().unwrap())).await;
        let sought = |event: &&Value| event["type"] == "LegSought";
        assert_eq!(events.as_array().unwrap().iter().filter(sought).count(), 3);
        door.close().await;
    }
}

#[actix_web::test]
async fn calls_that_came_in_while_we_did_not_answer_are_found_afterwards_once() {
    for carrier in CARRIERS {
        let mut door = door_at(carrier, Duration::from_millis(500)).await;
        door.workers_die().await;
        door.is_out_of_reach();
        let visits = [demo::PANEL, STRANGER].map(|from| {
            let text = visitor("")
                .replace(&format!("from = \"{}\"", demo::PANEL), &format!("from = \"{from}\""));
            door.simulator.call_on(carrier, Scenario::parse(&text).unwrap()).unwrap()
        });
        for visit in visits {
            door.carrier_saw(visit).await;
        }

        door.workers_start().await;

        let found = door
            .eventually("both are in the history", async || {
                let calls = door.get("/v1/calls").await["items"].as_array()?.clone();
                (calls.len() == 2).then_some(calls)
            })
            .await;
        for call in &found {
            assert_eq!(call["outcome"], "failed", "{carrier:?}: {call:#}");
            assert_eq!(call["cause"], "we_did_not_answer");
            assert_eq!(call["reconciled"]["source"], list_of(carrier));
            assert!(call["ended_at"].is_string());
        }
        let mut callers: Vec<_> =
            found.iter().map(|call| call["caller"].as_str().unwrap()).collect();
        callers.sort_unstable();
        assert_eq!(callers, [demo::PANEL, STRANGER]);
        for resident in [demo::ADA, demo::BEN] {
            assert!(
                door.simulator.placed(Some(resident)).is_empty(),
                "nobody is rung: {carrier:?}"
            );
        }

        // Looked through again, and by others as well: they are the same calls.
        let swept = door.simulator.requests().len();
        door.workers_die().await;
        door.workers_start().await;
        let simulator = &door.simulator;
        door.eventually("it was looked through twice more", async || {
            (simulator.requests().len() >= swept + 2).then_some(())
        })
        .await;
        let again = door.get("/v1/calls").await["items"].as_array().unwrap().clone();
        assert_eq!(again, found);
        door.close().await;
    }
}

/// Many calls, some of which never report their end: by default so many that every run of the tests can afford them. The mark to
/// pass is 221 of 5 000: `RECONCILE_CALLS=5000`.
async fn many_calls(carrier: Carrier) {
    const AT_ONCE: usize = 8;
    #[expect(
        clippy::disallowed_methods,
        reason = "a test is told by the environment how much to do"
    )]
    let calls = std::env::var("RECONCILE_CALLS").map_or(60, |calls| calls.parse().unwrap());
    let lost = calls * 221 / 5_000;
    // One carrier after the other: together they would slow down every story beside them.
    static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _turn = TURN.lock().await;
    let door = door_at(carrier, NO_SWEEP).await;
    let manager = door.manager().await;
    let losing = losing(&["door"]);
    let running = || {
        let runs = door.simulator.runs();
        runs.iter().filter(|run| run.state == RunState::Running).count()
    };
    for call in 0..calls {
        // Spread evenly among the others.
        let is_lost = (call + 1) * lost / calls > call * lost / calls;
        let scenario = stranger(call, if is_lost { &losing } else { "" });
        door.simulator.call_on(carrier, scenario).unwrap();
        // As fast as they are taken: what overwhelms us is told elsewhere.
        if call % AT_ONCE == AT_ONCE - 1 {
            door.eventually("there is room for more", async || (running() < AT_ONCE).then_some(()))
                .await;
        }
    }

    // A machine that is too busy refuses a call now and then, and nobody looks for those here.
    let taken = || -> usize {
        let webhooks = door.simulator.webhooks().into_iter();
        let taken = webhooks.filter(|told| told.kind == "answer" && told.status == Some(200));
        taken.filter_map(|told| told.leg).collect::<BTreeSet<_>>().len()
    };
    let by_source = door
        .eventually("no call is open", async || {
            let (open, by_source) = count(&manager).await?;
            (open == 0 && by_source.values().sum::<usize>() >= taken()).then_some(by_source)
        })
        .await;

    let found = by_source.get(list_of(carrier)).copied().unwrap_or_default();
    let reported = by_source.get("reported").copied().unwrap_or_default();
    let known: usize = by_source.values().sum();
    assert_eq!(found + reported, known, "each names its source: {carrier:?}: {by_source:?}");
    let refused = calls - known;
    assert!(refused <= calls / 10, "{carrier:?}: {refused} of {calls} refused");
    // It may refuse a report as well: that end is found, too.
    let expected = lost.saturating_sub(refused)..=lost + calls / 10;
    assert!(expected.contains(&found), "{carrier:?}: {by_source:?}");
    door.close().await;
}

/// Calls that are open, and the others by how their end became known. Nothing, if the server was too busy to say.
async fn count(manager: &Manager) -> Option<(usize, BTreeMap<String, usize>)> {
    let mut counted = (0, BTreeMap::new());
    let mut path = "/v1/calls?limit=200".to_owned();
    loop {
        let (status, page) = manager.try_get(&path).await;
        if status != 200 {
            return None;
        }
        for call in page["items"].as_array().unwrap() {
            if call["ended_at"].is_null() {
                counted.0 += 1;
                continue;
            }
            let source = call["reconciled"]["source"].as_str().unwrap_or("reported");
            *counted.1.entry(source.to_owned()).or_default() += 1;
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/calls?limit=200&cursor={cursor}"),
            None => return Some(counted),
        }
    }
}

#[actix_web::test]
async fn of_many_calls_none_is_left_open_at_vonage() {
    many_calls(Carrier::Vonage).await;
}

#[actix_web::test]
async fn of_many_calls_none_is_left_open_at_twilio() {
    many_calls(Carrier::Twilio).await;
}

#[actix_web::test]
async fn of_many_calls_none_is_left_open_at_sipgate() {
    many_calls(Carrier::Sipgate).await;
}
