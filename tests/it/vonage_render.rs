//! Scripts as NCCOs, compared with what the document wants to see.

use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule::carriers::vonage::Urls;
use vestibule::carriers::vonage::render::{answer, ncco};
use vestibule::domain::call::script::{
    AskForKeys, Conference, Connect, Join, KeysEnd, Music, Party, Role, Script, Sound, Speech, Step,
};
use vestibule::domain::ids::LegId;
use vestibule::domain::phone_number::PhoneNumber;

use crate::vonage_people::{PUBLIC_URL, TOKEN, call, leg};

pub fn urls() -> Urls<'static> {
    Urls { public_url: PUBLIC_URL, token: TOKEN, call: call(), leg: leg(), n: 7 }
}

fn rendered(steps: impl IntoIterator<Item = Step>) -> Value {
    serde_json::to_value(ncco(&Script::of(steps), &urls())).expect("texts and numbers")
}

pub fn say(text: &str) -> Step {
    Step::Say(speech(text))
}

fn speech(text: &str) -> Speech {
    Speech { text: text.to_owned(), language: "en-GB".to_owned() }
}

fn ask(ends: KeysEnd) -> Step {
    let prompt = speech("Enter the flat number, then hash");
    Step::AskForKeys(AskForKeys { prompt, at_most: 4, ends, wait_seconds: 5 })
}

fn join(role: Role) -> Step {
    Step::Join(Join { conference: Conference::of(call()), role, music: Music::Ours })
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).expect("a number")
}

/// What the door really says, one script each.
pub fn scripts() -> Vec<(&'static str, Script)> {
    vec![
        (
            "a visitor waits",
            Script::of([say("Calling flat 1204"), Step::ListenForKeys, join(Role::Visitor)]),
        ),
        ("a visitor is asked", Script::of([ask(KeysEnd::WithHash)])),
        (
            "a resident is asked",
            Script::of([ask(KeysEnd::WithLength), say("Goodbye"), Step::HangUp]),
        ),
        (
            "a resident comes in",
            Script::of([Step::Mark { name: "accepted".to_owned() }, join(Role::Resident)]),
        ),
        ("a stranger is turned away", Script::of([Step::Reject])),
        ("nothing is left to do", Script::of([Step::HangUp])),
        (
            "the concierge is rung from inside",
            Script::of([
                Step::Play { sound: Sound::HoldMusic },
                Step::Pause { seconds: 2 },
                Step::Connect(Connect {
                    parties: vec![Party {
                        leg: LegId::from_uuid(Uuid::from_u128(
                            0x0190_0000_0000_7000_8000_0000_0000_00f2,
                        )),
                        number: number("+447700900123"),
                    }],
                    from: number("+441632960100"),
                    ring_seconds: 25,
                }),
            ]),
        ),
    ]
}

#[test]
fn scripts_are_written_as_the_document_wants_them() {
    let written: serde_json::Map<String, Value> = scripts()
        .into_iter()
        .map(|(name, script)| {
            (name.to_owned(), serde_json::to_value(ncco(&script, &urls())).unwrap())
        })
        .collect();
    let golden: Value = serde_json::from_str(include_str!("../golden/vonage/nccos.json")).unwrap();

    assert_eq!(golden, Value::Object(written));
}

#[test]
fn an_answer_is_json_to_the_byte_or_nothing_at_all() {
    let told = answer(Some(&Script::of([say("Hello")])), &urls());
    assert_eq!((told.status, told.content_type), (200, Some("application/json")));
    assert_eq!(
        &told.body[..],
        br#"[{"action":"talk","text":"Hello","language":"en-GB","bargeIn":false}]"#
    );

    let goes_on = answer(None, &urls());
    assert_eq!((goes_on.status, goes_on.content_type, goes_on.body.len()), (200, None, 0));
}

#[test]
fn nothing_comes_after_the_end() {
    let ended = rendered([say("Sorry"), Step::HangUp, join(Role::Visitor)]);
    assert_eq!(ended.as_array().unwrap().len(), 1);
    assert_eq!(ended[0]["text"], "Sorry");

    // A call that was answered already can not be refused, only ended.
    assert_eq!(rendered([say("Sorry"), Step::Reject]), ended);
}

#[test]
fn an_ncco_is_never_empty() {
    let ends = json!([{"action": "wait", "timeout": 0.1}]);
    assert_eq!(rendered([]), ends);
    assert_eq!(rendered([Step::HangUp]), ends);
    assert_eq!(rendered([say(" <> "), Step::Pause { seconds: 0 }]), ends);
}

#[test]
fn what_is_spoken_is_no_markup() {
    let spoken = |text: &str| rendered([say(text)])[0]["text"].as_str().unwrap().to_owned();

    assert_eq!(
        spoken("<speak>Flat <audio src='https://evil.example/a.mp3'/>\r\n\u{0}12</speak>"),
        "speak Flat audio src='https://evil.example/a.mp3'/ 12 /speak"
    );
    assert_eq!(
        spoken("\"}],[{\"action\":\"connect\" & Söhne"),
        "\"}],[{\"action\":\"connect\" & Söhne"
    );
    assert_eq!(spoken(&"ä".repeat(2_000)).chars().count(), 1_500);
}

#[test]
fn a_language_without_a_voice_is_spoken_by_the_nearest() {
    for (language, voice) in [
        ("de-DE", "de-DE"),
        ("de-AT", "de-DE"),
        ("de", "de-DE"),
        ("EN-us", "en-US"),
        ("en", "en-GB"),
        ("tlh", "en-GB"),
        ("", "en-GB"),
    ] {
        let step = Step::Say(Speech { text: "x".to_owned(), language: language.to_owned() });
        assert_eq!(rendered([step])[0]["language"], voice, "{language}");
    }
}

#[test]
fn limits_of_the_document_hold() {
    let ask = |at_most, wait_seconds| {
        let prompt = speech("");
        let ends = KeysEnd::WithLength;
        rendered([Step::AskForKeys(AskForKeys { prompt, at_most, ends, wait_seconds })])[0]["dtmf"]
            .clone()
    };

    assert_eq!(ask(0, 0), json!({"maxDigits": 1, "timeOut": 1, "submitOnHash": false}));
    assert_eq!(ask(99, 99), json!({"maxDigits": 20, "timeOut": 10, "submitOnHash": false}));
}

#[test]
fn a_slash_at_the_end_of_the_public_url_is_not_doubled() {
    let urls = Urls { public_url: "https://door.example.test/", ..urls() };
    let ncco = serde_json::to_value(ncco(&Script::of([Step::ListenForKeys]), &urls)).unwrap();

    let url = ncco[0]["eventUrl"][0].as_str().unwrap();
    assert_eq!(url, format!("{PUBLIC_URL}/hooks/vonage/{TOKEN}/keys/{}/{}?n=7", call(), leg()));
}

#[test]
fn neither_token_nor_words_show_in_debug_output() {
    let shown = format!("{:?} {:?}", urls(), ncco(&Script::of([say("Flat 1204")]), &urls()));

    assert!(!shown.contains(TOKEN) && !shown.contains("1204"), "{shown}");
}

proptest! {
    #[test]
    fn whatever_is_said_stays_one_text_of_one_action(text in "\\PC{0,200}", name in "\\PC{0,40}") {
        let bytes = answer(Some(&Script::of([say(&text), Step::Mark { name: name.clone() }])), &urls()).body;
        let ncco: Vec<Value> = serde_json::from_slice(&bytes).expect("it is JSON");

        let mark = ncco.last().expect("the mark");
        prop_assert_eq!(mark.pointer("/payload/mark"), Some(&json!(name)));
        for talk in &ncco[..ncco.len() - 1] {
            prop_assert_eq!(&talk["action"], "talk");
            prop_assert!(!talk["text"].as_str().expect("a text").contains(['<', '>']));
        }
        prop_assert!(ncco.len() <= 2);
    }
}
