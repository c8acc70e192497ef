//! A building with a door on each of two carriers is one building: one flow, one history, one set of statistics.

use vestibule::simulator::{Carrier, Scenario};

use crate::harness::door::{Door, Transport};
use crate::harness::twilio::{self, Leads};

const BACK_PANEL: &str = "+441632960002";

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

    let front = door.simulator.call_on(Carrier::Vonage, visit("+441632960001", 1)).unwrap();
    let front = door.carrier_saw(front).await;
    let back = door.simulator.call_on(Carrier::Twilio, visit(BACK_PANEL, 2)).unwrap();
    let back = door.carrier_saw(back).await;

    assert!(front.passed, "{:#?}", front.checks);
    assert!(back.passed, "{:#?}", back.checks);
    let calls = door
        .eventually("both calls are in the history", async || {
            let calls = door.get("/v1/calls").await["items"].as_array()?.clone();
            let over = calls.iter().filter(|call| call["ended_at"].is_string()).count();
            (over == 2).then_some(calls)
        })
        .await;
    assert!(calls.iter().all(|call| call["outcome"] == "opened"), "{calls:#?}");
    assert_ne!(calls[0]["entrance_id"], calls[1]["entrance_id"]);
    assert_eq!(calls[0]["building_id"], calls[1]["building_id"]);
    let counted = door
        .eventually("both are counted", async || {
            let counted = door.get("/v1/statistics/calls").await;
            (counted["total"]["calls"] == 2).then_some(counted)
        })
        .await;
    assert!(!counted.is_null());
    assert!(door.simulator.complaints().is_empty(), "{:#?}", door.simulator.complaints());
    door.close().await;
}
