//! Conferences: how they begin and end, what is told of them and in which order.

use super::{
    twilio_stage::{TwilioStage, form, twiml},
    *,
};

const PEOPLE: &str = "[[phone]]\nnumber = '+447700900101'\nname = 'Ada'\ndoes = 'answer'\nafter = '1s'\nspeaks = [{ since = 'joined', after = '1s', lasts = '2s' }]\n\
     [[phone]]\nnumber = '+447700900102'\nname = 'Ben'\ndoes = 'busy'\n";

/// The visitor waits, Ada is added through the API, with callbacks set identically.
async fn stage() -> TwilioStage {
    TwilioStage::with(|got, _| match got.path.as_str() {
        "/voice" => {
            // The test's own server: the host is in the request's URL as the account knows it.
            twiml("<Dial action=\"/after\"><Conference beep=\"false\" startConferenceOnEnter=\"false\" participantLabel=\"door\" waitUrl=\"\">room</Conference></Dial>")
        }
        "/announcement" => twiml("<Say>One minute left</Say>"),
        _ => Reply::Nothing,
    })
    .await
}

async fn add(stage: &TwilioStage, to: &str, label: &str) -> (u16, Value) {
    let callback = format!("{}/conference", stage.base);
    let to = format!("+{to}");
    let mut fields = vec![
        ("To", to.as_str()),
        ("From", LINE),
        ("Label", label),
        ("EndConferenceOnExit", "true"),
        ("ConferenceStatusCallback", callback.as_str()),
    ];
    fields.extend(
        ["start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement"]
            .map(|event| ("ConferenceStatusCallbackEvent", event)),
    );
    stage.ask("POST", "/Conferences/room/Participants.json", &fields).await
}

#[tokio::test]
async fn it_begins_with_two_and_is_told_in_order_by_the_first_ones_wish() {
    let stage = stage().await;
    stage.simulator.set_phone(scenario(PEOPLE).phones[0].clone());
    // The first participant is the one that the API adds, so its callbacks count.
    let (status, ada) = add(&stage, ADA, "ada").await;
    assert_eq!((status, ada["status"].as_str()), (201, Some("queued")), "{ada}");
    let (_, again) = add(&stage, ADA, "ada").await;
    assert_eq!(again["code"], 16026);
    let run = stage.visit("");
    stage.pass(6000).await;

    let conference = ada["conference_sid"].as_str().unwrap();
    let participants = format!("/Conferences/{conference}/Participants");
    let (_, list) = stage.ask("GET", &format!("{participants}.json"), &[]).await;
    assert_eq!(list["participants"].as_array().unwrap().len(), 2, "{list}");
    for (fields, name, value) in [
        (("Muted", "true"), "muted", true),
        (("Muted", "false"), "muted", false),
        (("Hold", "true"), "hold", true),
        (("Hold", "false"), "hold", false),
    ] {
        let (status, door) =
            stage.ask("POST", &format!("{participants}/door.json"), &[fields]).await;
        assert_eq!((status, &door[name]), (200, &Value::from(value)), "{door}");
    }
    let announcement = format!("{}/announcement", stage.base);
    stage
        .ask("POST", &format!("/Conferences/{conference}.json"), &[("AnnounceUrl", &announcement)])
        .await;
    stage.pass(3000).await;
    let (status, _) = stage.ask("DELETE", &format!("{participants}/ada.json"), &[]).await;
    assert_eq!(status, 204);
    stage.pass(1000).await;

    let told = stage.field_at("/conference", "StatusCallbackEvent");
    assert_eq!(
        told,
        [
            "participant-join",
            "participant-join",
            "conference-start",
            "participant-speech-start",
            "participant-speech-stop",
            "participant-mute",
            "participant-unmute",
            "participant-hold",
            "participant-unhold",
            "announcement-end",
            "participant-leave",
            "participant-leave",
            "conference-end",
        ]
    );
    let numbers: Vec<String> = (1..=13).map(|n| n.to_string()).collect();
    assert_eq!(stage.field_at("/conference", "SequenceNumber"), numbers);
    let forms = stage.forms_at("/conference");
    assert_eq!(forms[10]["ReasonParticipantLeft"], "participant_updated_via_api");
    assert_eq!(forms[11]["ReasonParticipantLeft"], "moderator_ended_conference");
    assert_eq!(
        forms[12]["ReasonConferenceEnded"],
        "participant-with-end-conference-on-exit-kicked"
    );
    assert_eq!(forms[12]["ParticipantLabelEndingConference"], "ada");
    assert!(spoken(&stage.door(run)).contains(&"One minute left".to_owned()));
    assert_eq!(stage.field_at("/after", "DialCallStatus"), ["answered"]);
    assert!(stage.forms_at("/after").iter().all(|form| !form.contains_key("DialCallSid")));
}

#[tokio::test]
async fn a_phone_that_never_answers_leaves_without_having_joined() {
    let stage = stage().await;
    stage.visit(PEOPLE);
    stage.pass(200).await;
    let (_, ben) = add(&stage, BEN, "ben").await;
    stage.pass(3000).await;

    // The visitor was first, and wanted no callbacks.
    assert!(stage.got_at("/conference").is_empty());
    assert!(stage.complained_of("later participant"));
    let path =
        format!("/Conferences/{}/Participants/ben.json", ben["conference_sid"].as_str().unwrap());
    assert_eq!(stage.ask("GET", &path, &[]).await.0, 404, "only those who are in it");

    let alone = self::stage().await;
    alone.simulator.set_phone(scenario(PEOPLE).phones[1].clone());
    add(&alone, BEN, "ben").await;
    alone.pass(3000).await;
    let told = alone.forms_at("/conference");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["ReasonParticipantLeft"], "participant_add_failed");
    assert_eq!(told[0]["ParticipantCallStatus"], "busy");
}

#[tokio::test]
async fn a_wait_that_can_not_be_fetched_throws_the_leg_out_and_a_name_used_again_is_another_conference()
 {
    let stage = TwilioStage::with(|got, _| match got.path.as_str() {
        "/voice" => {
            twiml("<Dial><Conference waitUrl=\"/hold\">room</Conference></Dial><Say>No room</Say>")
        }
        "/hold" => Reply::Raw(404, "text/plain", ""),
        _ => Reply::Nothing,
    })
    .await;
    let runs = [stage.visit(""), {
        stage.pass(3000).await;
        stage.visit("")
    }];
    stage.pass(3000).await;

    for run in runs {
        assert_eq!(spoken(&stage.door(run)), ["No room"]);
    }
    let (_, list) = stage.ask("GET", "/Conferences.json?FriendlyName=room", &[]).await;
    let all = list["conferences"].as_array().unwrap();
    assert_eq!(all.len(), 2);
    assert_ne!(all[0]["sid"], all[1]["sid"]);
    assert_eq!(all[0]["status"], "completed");
    assert_eq!(form(&stage.got_at("/hold")[0])["FriendlyName"], "room");
}
