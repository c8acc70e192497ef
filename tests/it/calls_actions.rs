//! What managers do to running calls: at the door, on the phones, and in the answer.

use serde_json::{Value, json};
use vestibule::simulator::Running;

use crate::harness::door::PATIENCE;
use crate::harness::running::{ADA, BEN, RunningCall, someone_who_is};

fn heard_by(simulator: &Running, number: &str) -> String {
    let legs = simulator.legs();
    let of = |leg: &&vestibule::simulator::LegView| {
        leg.to.ends_with(&number[1..]) || leg.from.ends_with(&number[1..])
    };
    format!("{:?}", legs.iter().filter(of).map(|leg| &leg.heard).collect::<Vec<_>>())
}

fn is_muted(simulator: &Running, number: &str) -> bool {
    simulator.legs().iter().any(|leg| leg.to.ends_with(&number[1..]) && leg.muted)
}

#[actix_web::test]
async fn a_manager_opens_the_door_of_a_call_that_still_rings_and_once_is_enough() {
    let call = RunningCall::rings().await;

    let (status, opened) = call.does("open", json!({})).await;
    let (again, refused) = call.does("open", json!({})).await;

    assert_eq!(status, 202, "{opened}");
    let decided: Vec<&Value> =
        opened["decided"].as_array().unwrap().iter().map(|step| &step["event"]).collect();
    assert_eq!(decided, ["ManagerStepped", "DoorOpenRequested"]);
    assert_eq!(again, 409, "{refused}");
    assert_eq!(refused["type"], "/problems/refused");
    assert_eq!(refused["rule"], "door_just_opened");
    assert!(refused["detail"].as_str().unwrap().contains("one press is enough"), "{refused}");
    let tones = |carrier: &Running| {
        let visitor = carrier.legs().into_iter().find(|leg| leg.from.ends_with("441632960001"));
        let heard = visitor.map(|leg| leg.heard).unwrap_or_default();
        heard.iter().any(|heard| format!("{heard:?}").contains("Tones { digits: \"9\" }"))
    };
    assert!(call.door.simulator.until(PATIENCE, tones).await, "the door hears no tones");
    call.door
        .eventually("it is told who opened", async || {
            let seen = call.manager.get(&format!("/v1/calls/{}", call.id)).await;
            (seen["opened_by"]["by"] == "manager").then_some(())
        })
        .await;
    call.close().await;
}

#[actix_web::test]
async fn a_leg_is_muted_heard_again_and_taken_out_of_the_call() {
    let call = RunningCall::talks().await;
    let ada = call.leg(Some("Ada")).await;

    let (muted, body) = call.does(&format!("legs/{ada}/mute"), json!({})).await;
    assert_eq!(muted, 202, "{body}");
    assert!(call.door.simulator.until(PATIENCE, |carrier| is_muted(carrier, ADA)).await);
    call.door
        .eventually("the participants say so", async || {
            let muted = |one: &Value| one["name"] == "Ada" && one["muted"] == true;
            call.participants().await.iter().any(muted).then_some(())
        })
        .await;
    assert_eq!(call.does(&format!("legs/{ada}/unmute"), json!({})).await.0, 202);
    assert!(call.door.simulator.until(PATIENCE, |carrier| !is_muted(carrier, ADA)).await);
    assert_eq!(call.does(&format!("legs/{ada}/remove"), json!({})).await.0, 202);

    let over = call.is_over().await;
    assert_eq!((&over["outcome"], &over["cause"]), (&json!("talked"), &json!("manager_hung_up")));
    let (status, refused) = call.does(&format!("legs/{ada}/mute"), json!({})).await;
    assert_eq!((status, &refused["rule"]), (409, &json!("call_is_over")));
    call.close().await;
}

#[actix_web::test]
async fn whoever_is_removed_while_it_rings_stops_ringing_and_the_other_goes_on() {
    let call = RunningCall::rings().await;
    let ben = call.leg(Some("Ben")).await;

    assert_eq!(call.does(&format!("legs/{ben}/remove"), json!({})).await.0, 202);

    let stopped = |carrier: &Running| {
        carrier.legs().iter().any(|leg| leg.to.ends_with(&BEN[1..]) && leg.ended_at.is_some())
    };
    assert!(call.door.simulator.until(PATIENCE, stopped).await, "Ben's phone still rings");
    let ada_rings = call.door.simulator.legs();
    assert!(ada_rings.iter().any(|leg| leg.to.ends_with(&ADA[1..]) && leg.ended_at.is_none()));
    call.close().await;
}

#[actix_web::test]
async fn a_sentence_is_spoken_to_those_who_are_connected_and_the_call_is_ended() {
    let call = RunningCall::talks().await;

    let (status, body) = call.does("say", json!({ "text": "The lift is out of order." })).await;
    assert_eq!(status, 202, "{body}");
    let spoken = |carrier: &Running| heard_by(carrier, ADA).contains("The lift is out of order.");
    assert!(
        call.door.simulator.until(PATIENCE, spoken).await,
        "{}",
        heard_by(&call.door.simulator, ADA)
    );
    for empty in ["", "\u{0}", "   "] {
        assert_eq!(call.does("say", json!({ "text": empty })).await.0, 422);
    }
    assert_eq!(call.does("hang-up", json!({})).await.0, 202);

    let over = call.is_over().await;
    assert_eq!(over["outcome"], "ended_by_manager");
    let told = call.manager.get(&format!("/v1/calls/{}/timeline", call.id)).await.to_string();
    for sentence in [
        "+441632960001 rang at Front door.",
        "The phone of Ada rings.",
        "Ada accepted.",
        "Grace stepped in: hang up.",
        "The call is over: a manager ended it.",
    ] {
        assert!(told.contains(sentence), "{sentence} is not in {told}");
    }
    call.close().await;
}

#[actix_web::test]
async fn only_managers_act_on_calls_of_their_firm_on_legs_that_there_are() {
    let call = RunningCall::rings().await;
    let nobody = "01890000-0000-7000-8000-000000000404";

    let viewer = someone_who_is(&call.door, "viewer").await;
    let path = format!("/v1/calls/{}/open", call.id);
    assert_eq!(viewer.post(&path, &json!({})).await.0, 403);
    assert_eq!(call.does(&format!("legs/{nobody}/mute"), json!({})).await.0, 404);
    assert_eq!(call.manager.post(&format!("/v1/calls/{nobody}/open"), &json!({})).await.0, 404);
    let ada = call.leg(Some("Ada")).await;
    let (status, refused) = call.does(&format!("legs/{ada}/mute"), json!({})).await;
    assert_eq!((status, &refused["rule"]), (409, &json!("leg_is_not_connected")));
    call.close().await;
}
