//! The door pattern: the visitor waits in a named conversation, residents are rung apart, the key opens by tones.

use super::*;

const WAIT: &str = "door-of-this-visit";

fn door_room(more: Value) -> Value {
    let mut room = json!({ "action": "conversation", "name": WAIT });
    room.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    room
}

fn door_service(got: &Got, _: usize) -> Reply {
    let base = "http://127.0.0.1";
    match got.path.as_str() {
        "/answer" => Reply::Json(json!([
            { "action": "talk", "text": "Calling unit 1204" },
            door_room(json!({ "startOnEnter": false, "musicOnHoldUrl": [format!("{base}/hold.mp3")] })),
        ])),
        "/resident" => Reply::Json(json!([
            { "action": "talk", "text": "Visitor at Front door. Press 1 to talk, 9 to open", "bargeIn": true },
            { "action": "input", "type": ["dtmf"], "dtmf": { "maxDigits": 1, "timeOut": 10 } },
        ])),
        "/event" if got.json()["dtmf"]["digits"] == "1" => {
            Reply::Json(json!([door_room(json!({ "endOnExit": true }))]))
        }
        _ => Reply::Nothing,
    }
}

#[tokio::test]
async fn whoever_presses_1_talks_to_the_visitor_and_tones_reach_the_door() {
    let stage = Stage::with(door_service).await;
    let run = stage.visit(
        "[[phone]]\nnumber = '+447700900101'\nname = 'Ada'\ndoes = 'answer'\nafter = '2s'\nkeys = [{ press = '1', after_hearing = 'Press 1' }]\n\
         [expect]\nplaced = { Ada = 1 }\ndoor_digits = '99'\ndoor_hears = ['calling unit 1204']\nhears = { Ada = ['front door'] }\n",
    );
    stage.pass(3000).await;
    let answer = format!("{}/resident?leg=7", stage.base);
    let ada = stage.dial(to(ADA, json!({ "answer_url": [answer] }))).await;
    stage.pass(10_000).await;

    let door = stage.door(run);
    let sounds: Vec<&Sound> = door.heard.iter().map(|heard| &heard.sound).collect();
    assert!(matches!(sounds[0], Sound::Speech { .. }), "{sounds:?}");
    assert!(matches!(sounds[1], Sound::Music { .. }), "{sounds:?}");
    assert_eq!(sounds[2], &Sound::Joined { who: "Ada".into(), room: WAIT.into() });
    let cut = stage.simulator.run(run).unwrap().legs[1].heard[0].clone();
    assert!(cut.cut_short, "the prompt stops at the key: {cut:?}");
    assert_eq!(stage.statuses_of(&ada), ["started", "ringing", "answered"]);

    let (status, said) = stage
        .ask("PUT", &format!("/v1/calls/{}/dtmf", door.uuid), json!({ "digits": "9p9" }))
        .await;
    assert_eq!((status, said["message"].as_str()), (200, Some("DTMF sent")));
    let (status, _) =
        stage.ask("PUT", &format!("/v1/calls/{ada}"), json!({ "action": "hangup" })).await;
    assert_eq!(status, 204);
    stage.pass(100).await;

    let seen = stage.simulator.run(run).unwrap();
    assert_eq!(
        seen.state,
        RunState::Over,
        "endOnExit ends the conversation, and the visitor's NCCO has run out"
    );
    assert!(seen.passed, "{:?}", seen.checks);
    assert_eq!(stage.statuses_of(&door.uuid), ["started", "ringing", "answered", "completed"]);
}

#[tokio::test]
async fn entering_a_named_conversation_moves_the_leg_and_says_so() {
    let stage = Stage::with(door_service).await;
    let run = stage.visit("");
    let first = stage.door(run).conversation;

    stage.pass(3000).await;

    let moved = stage
        .got_at("/event")
        .into_iter()
        .map(|got| got.json())
        .find(|json| json["type"] == "transfer")
        .unwrap();
    assert_eq!(moved["conversation_uuid_from"], first);
    assert_eq!(moved["conversation_uuid_to"], stage.door(run).conversation);
    assert!(moved.get("status").is_none());
}

#[tokio::test]
async fn a_visitor_who_hangs_up_first_ends_by_the_user() {
    let stage = Stage::with(door_service).await;
    let run =
        stage.visit("[call]\nfrom = 'withheld'\nto = '+441632960100'\nhang_up_after = '5s'\n");

    stage.pass(6000).await;

    let last = stage.got_at("/event").last().unwrap().json();
    assert_eq!(
        (last["status"].as_str(), last["disconnected_by"].as_str(), last["duration"].as_str()),
        (Some("completed"), Some("user"), Some("4"))
    );
    assert_eq!(last["from"], "withheld");
    assert_eq!(stage.simulator.run(run).unwrap().state, RunState::Over);
    assert!(stage.simulator.rooms().is_empty());
}

#[tokio::test]
async fn a_transfer_takes_the_visitor_out_of_the_room_to_another_ncco() {
    let stage = Stage::with(door_service).await;
    let run = stage.visit("");
    stage.pass(3000).await;
    let door = stage.door(run).uuid;

    let ncco = json!([{ "action": "talk", "text": "Nobody is at home" }]);
    let body = json!({ "action": "transfer", "destination": { "type": "ncco", "ncco": ncco } });
    let (status, _) = stage.ask("PUT", &format!("/v1/calls/{door}"), body).await;
    assert_eq!(status, 204);
    stage.pass(3000).await;

    assert_eq!(spoken(&stage.door(run)), ["Calling unit 1204", "Nobody is at home"]);
    assert_eq!(stage.simulator.run(run).unwrap().state, RunState::Over);
}
