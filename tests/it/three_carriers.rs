//! A building with a door on each of three carriers is one building: one flow, one history, one set of statistics.

use std::collections::BTreeSet;

use serde_json::Value;
use vestibule::simulator::{Carrier, Scenario};

use crate::harness::door::{Door, Manager, Transport};
use crate::harness::sipgate;
use crate::harness::twilio::{self, Leads};

const BACK_PANEL: &str = "+441632960002";
const GARAGE_PANEL: &str = "+441632960003";

fn visit(from: &str, seed: u32) -> Scenario {
    Scenario::parse(&format!(
        r#"
        title = "A visitor"
        seed = {seed}
        [call]
        from = "{from}"
        to = "+441632960100"
        hang_up_after = "20s"
        [[phone]]
        number = "+447700900101"
        name = "Ada"
        does = "answer"
        after = "1s"
        keys = [{{ press = "9", since = "prompt", after = "300ms" }}]
        [[phone]]
        number = "+447700900102"
        name = "Ben"
        does = "never"
        [expect]
        placed = {{ Ada = 1, Ben = 1 }}
        door_digits = "9"
        door_hears = ["1204"]
        [on.sipgate]
        keys.Ada = [{{ press = "9", since = "joined", after = "1s" }}]
        expect = {{ door_hears = [] }}
        "#
    ))
    .unwrap()
}

#[actix_web::test]
async fn a_building_with_one_entrance_on_each_carrier_works_as_one() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let leads = Leads::ToADoorOfItsOwn { name: "Back door", panel: BACK_PANEL };
    twilio::furnish(&door.api, &manager, &door.simulator, leads).await;
    let leads = Leads::ToADoorOfItsOwn { name: "Garage", panel: GARAGE_PANEL };
    sipgate::furnish(&door.api, &manager, &door.simulator, leads).await;

    let front = door.simulator.call_on(Carrier::Vonage, visit("+441632960001", 1)).unwrap();
    let front = door.carrier_saw(front).await;
    let back = door.simulator.call_on(Carrier::Twilio, visit(BACK_PANEL, 2)).unwrap();
    let back = door.carrier_saw(back).await;

    let garage = door.simulator.call_on(Carrier::Sipgate, visit(GARAGE_PANEL, 3)).unwrap();
    let garage = door.carrier_saw(garage).await;

    assert!(front.passed, "{:#?}", front.checks);
    assert!(back.passed, "{:#?}", back.checks);
    assert!(garage.passed, "{:#?}", garage.checks);
    let calls = door
        .eventually("all calls are in the history", async || {
            let calls = door.get("/v1/calls").await["items"].as_array()?.clone();
            let over = calls.iter().filter(|call| call["ended_at"].is_string()).count();
            (over == 3).then_some(calls)
        })
        .await;
    // Newest first. Where keys are heard by the panel alone, nobody tells whether one opened.
    let told: Vec<_> = calls.iter().map(|call| call["outcome"].as_str().unwrap()).collect();
    assert_eq!(told, ["talked", "opened", "opened"], "{calls:#?}");
    let entrances: BTreeSet<_> =
        calls.iter().map(|call| call["entrance_id"].as_str().unwrap()).collect();
    assert_eq!(entrances.len(), 3);
    assert!(calls.iter().all(|call| call["building_id"] == calls[0]["building_id"]));
    let what_was_lost = timeline(&door, &calls[0]).await;
    assert!(what_was_lost.contains("a key press before the talk"), "{what_was_lost}");
    let counted = door
        .eventually("all are counted", async || {
            let counted = door.get("/v1/statistics/calls").await;
            (counted["total"]["calls"] == 3).then_some(counted)
        })
        .await;
    assert!(!counted.is_null());
    assert!(door.simulator.complaints().is_empty(), "{:#?}", door.simulator.complaints());
    door.close().await;
}

/// What a flow loses at a carrier is told before anyone calls.
#[actix_web::test]
async fn a_lines_check_tells_what_its_carrier_can_not_do_for_its_flow() {
    let door = Door::open(Transport::Database).await.also_at_sipgate().await;
    let lines = door.get("/v1/lines").await;
    let lines = lines["items"].as_array().unwrap();
    let found = async |is_at_sipgate: bool| {
        let at_sipgate = |line: &&Value| (line["number"] == sipgate::LINE) == is_at_sipgate;
        let id = lines.iter().find(at_sipgate).unwrap()["id"].as_str().unwrap();
        door.get(&format!("/v1/lines/{id}/check")).await
    };

    let (at_sipgate, at_vonage) = (found(true).await, found(false).await);

    assert_eq!((&at_sipgate["works"], &at_vonage["works"]), (&true.into(), &true.into()));
    for lost in
        ["first to pick up talks", "a key press before the talk", "a ring time", "keys during"]
    {
        assert!(at_sipgate.to_string().contains(lost), "{lost}: {at_sipgate:#}");
        assert!(!at_vonage.to_string().contains(lost), "{lost}: {at_vonage:#}");
    }
    door.close().await;
}

async fn timeline(door: &Door, call: &Value) -> String {
    let id = call["id"].as_str().unwrap();
    door.get(&format!("/v1/calls/{id}/timeline")).await.to_string()
}

/// What the two URLs of an account show, and nothing else set up: calls that come and go, who picked up, and how long they talked.
#[actix_web::test]
async fn an_account_whose_two_urls_lead_here_shows_its_calls_live_and_is_left_alone() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    sipgate::furnish_watched(&door.api, &manager, &door.simulator).await;
    let caller = format!(
        r#"
        title = "Someone calls the desk"
        seed = 4
        [call]
        from = "+441632960666"
        to = "+441632960100"
        hang_up_after = "20s"
        [[phone]]
        number = "{}"
        name = "Desk"
        does = "answer"
        after = "2s"
        "#,
        sipgate::DESK
    );

    let scenario = Scenario::parse(&caller).unwrap();
    let run = door.simulator.call_on(Carrier::Sipgate, scenario).unwrap();
    let live = door
        .eventually("the call is live, picked up", async || {
            let call = live(&manager).await.as_array()?.first()?.clone();
            (call["stage"] == "talking").then_some(call)
        })
        .await;
    door.carrier_saw(run).await;
    let call = door.history().await;

    assert_eq!((&live["kind"], &live["direction"]), (&"watched".into(), &"inbound".into()));
    assert_eq!(live["users"][0], "Desk", "{live:#}");
    assert_eq!((&call["kind"], &call["outcome"]), (&"watched".into(), &"talked".into()));
    assert_eq!(call["cause"], "party_hung_up");
    assert_eq!(call["caller"], "+441632960666");
    assert!(call["talk_seconds"].is_i64(), "{call:#}");
    assert!(door.simulator.placed(None).is_empty() || !call["accepted_at"].is_null());
    assert!(door.simulator.complaints().is_empty(), "{:#?}", door.simulator.complaints());
    door.close().await;
}

/// What runs now: the first word of the live view.
async fn live(manager: &Manager) -> Value {
    let request = manager.request(reqwest::Method::GET, "/v1/live");
    let mut stream = request.send().await.unwrap();
    let first = String::from_utf8(stream.chunk().await.unwrap().unwrap().to_vec()).unwrap();
    let data = first.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    serde_json::from_str(data).unwrap()
}
