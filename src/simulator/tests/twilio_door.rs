//! The door pattern on Twilio: the visitor waits in a conference, residents are rung apart, keys work in a menu beside the room.

use super::{
    twilio_stage::{TwilioStage, form, twiml},
    *,
};
use crate::simulator::sound::tests::dialled;

const ROOM: &str = "b12-d1-9f3c";

fn room(more: &str, dial: &str) -> String {
    format!("<Dial {dial}><Conference beep=\"false\" {more}>{ROOM}</Conference></Dial>")
}

fn door_service(got: &Got, _: usize) -> Reply {
    let digits = form(got).get("Digits").cloned().unwrap_or_default();
    match (got.path.as_str(), digits.as_str()) {
        ("/voice", _) => twiml(&format!(
            "<Say>Calling unit 1204</Say>{}",
            room(
                "startConferenceOnEnter=\"false\" endConferenceOnExit=\"true\" participantLabel=\"door\" waitUrl=\"/hold\"",
                ""
            )
        )),
        ("/hold", _) => Reply::Bytes("audio/wav", dialled("", 50)),
        ("/resident", _) => twiml(
            "<Gather numDigits=\"1\" timeout=\"10\" action=\"/accept\"><Say>Visitor at Front door. Press 1 to talk, 9 to open</Say></Gather>",
        ),
        ("/accept" | "/menu", "1" | "2") => {
            twiml(&room("", "hangupOnStar=\"true\" action=\"/leave\""))
        }
        ("/accept" | "/menu", "9") => twiml("<Say>Opening</Say>"),
        ("/leave", _) => twiml(
            "<Gather numDigits=\"1\" timeout=\"5\" action=\"/menu\"><Say>Press 9 to open</Say></Gather>",
        ),
        ("/tones", _) => Reply::Bytes("audio/wav", dialled("9", 150)),
        _ => Reply::Nothing,
    }
}

async fn stage() -> TwilioStage {
    TwilioStage::with(door_service).await
}

const ADA_ACCEPTS: &str = "[[phone]]\nnumber = '+447700900101'\nname = 'Ada'\ndoes = 'answer'\nafter = '2s'\n\
     keys = [{ press = '1', after_hearing = 'Press 1' }, { press = '*', since = 'joined', after = '1s' }, { press = '9', since = 'prompt' }]\n\
     [expect]\nplaced = { Ada = 1 }\ndoor_digits = '9'\ndoor_hears = ['calling unit 1204']\nhears = { Ada = ['front door', 'press 9'] }\n";

#[tokio::test]
async fn whoever_presses_1_talks_and_the_star_leads_to_the_menu_that_opens() {
    let stage = stage().await;
    let run = stage.visit(ADA_ACCEPTS);
    stage.pass(2000).await;
    let url = format!("{}/resident?leg=7", stage.base);
    stage.dial(ADA, &[("Url", &url)]).await;
    stage.pass(6000).await;

    let (status, list) = stage
        .ask("GET", &format!("/Conferences.json?FriendlyName={ROOM}&Status=in-progress"), &[])
        .await;
    assert_eq!((status, list["conferences"].as_array().unwrap().len()), (200, 1), "{list}");
    let conference = list["conferences"][0]["sid"].as_str().unwrap().to_owned();
    stage.pass(6000).await;
    assert_eq!(stage.field_at("/menu", "Digits"), ["9"]);

    let announce = format!("{}/tones", stage.base);
    let (status, door) = stage
        .ask(
            "POST",
            &format!("/Conferences/{conference}/Participants/door.json"),
            &[("AnnounceUrl", &announce)],
        )
        .await;
    assert_eq!((status, door["label"].as_str()), (200, Some("door")), "{door}");
    stage.pass(2000).await;

    let door = stage.door(run);
    let sounds: Vec<&Sound> = door.heard.iter().map(|heard| &heard.sound).collect();
    assert!(matches!(sounds[0], Sound::Speech { .. }), "{sounds:?}");
    assert!(matches!(sounds[1], Sound::Music { url } if url.ends_with("/hold")), "{sounds:?}");
    assert!(
        sounds.contains(&&Sound::Joined { who: "Ada".into(), room: ROOM.into() }),
        "{sounds:?}"
    );
    let seen = stage.simulator.run(run).unwrap();
    assert!(seen.passed, "{:?}", seen.checks);
    assert!(seen.legs[1].heard[0].cut_short, "the prompt stops at the key");
}

#[tokio::test]
async fn a_visitor_who_hangs_up_first_ends_the_call_and_is_told_once() {
    let stage = stage().await;
    let run =
        stage.visit("[call]\nfrom = 'withheld'\nto = '+441632960100'\nhang_up_after = '5s'\n");
    stage.pass(6000).await;

    let over = stage.forms_at("/over");
    assert_eq!(over.len(), 1, "an inbound number's callback comes at the end only: {over:?}");
    let told = |name: &str| over[0].get(name).map_or("", String::as_str);
    assert_eq!(
        (
            told("CallStatus"),
            told("From"),
            told("CallDuration"),
            told("Duration"),
            told("SequenceNumber")
        ),
        ("completed", "anonymous", "5", "1", "0")
    );
    assert_eq!(stage.simulator.run(run).unwrap().state, RunState::Over);
    assert!(stage.simulator.rooms().is_empty());
}

#[tokio::test]
async fn one_scenario_plays_on_either_carrier_and_states_its_difference() {
    let text = format!(
        "title = 'x'\n[call]\nfrom = '{PANEL}'\nto = '+441632960777'\nhang_up_after = '3s'\n[expect]\ndoor_hears = ['nothing of the kind']\n\
         [on.twilio]\nexpect = {{ door_hears = ['unit 1204'] }}\n"
    );
    let visit = Scenario::parse(&text).unwrap();
    let stage = TwilioStage::set(
        |_, account| account.numbers[0].stands_for = Some("+441632960777".into()),
        door_service,
    )
    .await;

    assert!(stage.simulator.call(visit.clone()).is_err(), "nobody has that number");
    let run = stage.simulator.call_on(Carrier::Twilio, visit.clone()).unwrap();
    let named = stage.simulator.call_with(visit, Some(LINE)).unwrap();
    stage.pass(4000).await;

    for run in [run, named] {
        let seen = stage.simulator.run(run).unwrap();
        assert!(seen.passed, "{:?}", seen.checks);
        assert_eq!(seen.legs[0].to, LINE);
    }
}

#[tokio::test]
async fn a_new_document_takes_the_visitor_out_of_the_room() {
    let stage = stage().await;
    let run = stage.visit("");
    stage.pass(3000).await;
    let door = stage.door(run).uuid;

    let inline = "<Response><Say>Nobody is at home</Say></Response>";
    let (status, _) = stage.ask("POST", &format!("/Calls/{door}.json"), &[("Twiml", inline)]).await;
    assert_eq!(status, 200);
    stage.pass(3000).await;

    assert_eq!(spoken(&stage.door(run)), ["Calling unit 1204", "Nobody is at home"]);
    assert_eq!(stage.simulator.run(run).unwrap().state, RunState::Over);
    let (status, refused) =
        stage.ask("POST", &format!("/Calls/{door}.json"), &[("Status", "completed")]).await;
    assert_eq!((status, refused["code"].as_u64()), (400, Some(21220)));
}

#[tokio::test]
async fn several_numbers_ring_together_and_the_first_to_answer_is_bridged() {
    let stage = TwilioStage::with(|got, _| match got.path.as_str() {
        "/voice" => twiml(
            "<Dial timeout=\"20\" action=\"/after\"><Number url=\"/screen\">+447700900101</Number><Number>+447700900102</Number></Dial>",
        ),
        "/screen" => twiml("<Say>Somebody is at the door</Say>"),
        "/after" => twiml("<Hangup/>"),
        _ => Reply::Nothing,
    })
    .await;
    let run = stage.visit(
        "[[phone]]\nnumber = '+447700900101'\nname = 'Ada'\ndoes = 'answer'\nafter = '2s'\nhang_up_after = '10s'\n\
         [[phone]]\nnumber = '+447700900102'\nname = 'Ben'\ndoes = 'answer'\nafter = '5s'\n",
    );
    stage.pass(20_000).await;

    let legs = stage.simulator.run(run).unwrap().legs;
    assert_eq!((legs[1].status.as_str(), legs[2].status.as_str()), ("completed", "canceled"));
    assert!(
        legs[1]
            .heard
            .iter()
            .any(|heard| matches!(&heard.sound, Sound::Joined { who, .. } if who == "door"))
    );
    let after = &stage.forms_at("/after")[0];
    let told = |name: &str| after.get(name).map_or("", String::as_str);
    assert_eq!(
        (told("DialCallStatus"), told("DialBridged"), told("DialCallDuration")),
        ("completed", "true", "10")
    );
    assert_eq!(told("DialCallSid"), legs[1].uuid);
    let screened = &stage.forms_at("/screen")[0];
    assert_eq!(screened["Direction"], "outbound-dial");
    assert_eq!(screened["ParentCallSid"], legs[0].uuid);
}
