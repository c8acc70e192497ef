//! Scripts as sipgate's XML, compared with what the document wants to see.

use proptest::prelude::*;
use uuid::Uuid;
use vestibule::application::ports::Answer;
use vestibule::carriers::sipgate::render::{Rendering, answer};
use vestibule::carriers::sipgate::{PromptUrls, Unspoken, Urls};
use vestibule::domain::call::script::{
    AskForKeys, AudioStream, Conference, Connect, Join, KeysEnd, Music, Party, Role, Script, Sound,
    Step,
};
use vestibule::domain::ids::{LegId, StreamId};
use vestibule::domain::phone_number::PhoneNumber;

use crate::sipgate_people::{NOON, PUBLIC_URL, TOKEN, Voice, call, leg, tenant};
use crate::twilio_render::speech;

const LEG: &str = "https://door.example.test/hooks/sipgate/nobody-guesses-this/01900000-0000-7000-8000-0000000000c1/01900000-0000-7000-8000-0000000000f1";
const PROMPTS: &str = "https://door.example.test/sounds/prompts";

fn answered(asks: bool, script: Option<&Script>, prompts: &dyn PromptUrls) -> Answer {
    let urls = Urls { public_url: PUBLIC_URL, token: TOKEN, call: call(), leg: leg(), n: 7 };
    let rendering = Rendering { urls, prompts, tenant: tenant(), at: NOON, too_soon: 2 };
    answer(asks, script, &rendering)
}

fn xml(answer: &Answer) -> String {
    assert_eq!((answer.status, answer.content_type), (200, Some("application/xml")));
    String::from_utf8(answer.body.to_vec()).unwrap()
}

/// What stands inside the response; nothing, where it is empty.
fn inside(xml: &str) -> String {
    let head = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><Response onAnswer="{LEG}" onHangup="{LEG}""#
    );
    let rest = xml.strip_prefix(head.as_str()).expect(xml);
    match rest {
        "/>" => String::new(),
        rest => rest
            .strip_prefix('>')
            .and_then(|rest| rest.strip_suffix("</Response>"))
            .expect(xml)
            .to_owned(),
    }
}

fn rendered(steps: impl IntoIterator<Item = Step>) -> String {
    inside(&xml(&answered(true, Some(&Script::of(steps)), &Voice)))
}

fn say(text: &str) -> Step {
    Step::Say(speech(text, "de-DE"))
}

fn ask(at_most: u8, wait_seconds: u8) -> Step {
    let prompt = speech("Code", "de-DE");
    Step::AskForKeys(AskForKeys { prompt, at_most, ends: KeysEnd::WithHash, wait_seconds })
}

fn connect(numbers: u128) -> Step {
    let party = |n: u128| Party {
        leg: LegId::from_uuid(Uuid::from_u128(n)),
        number: PhoneNumber::parse(&format!("+491713920{n:04}")).unwrap(),
    };
    Step::Connect(Connect {
        parties: (1..=numbers).map(party).collect(),
        from: PhoneNumber::parse("+493023125900").unwrap(),
        ring_seconds: 25,
    })
}

fn gather(keys: &str, max: u8, timeout: u32, sound: &str) -> String {
    format!(
        r#"<Gather onData="{LEG}/{keys}" maxDigits="{max}" timeout="{timeout}"><Play><Url>{PROMPTS}/{sound}.wav</Url></Play></Gather>"#
    )
}

/// Noon and so many seconds, when silence can be told.
fn keys_after(seconds: i64) -> String {
    let from = (NOON.unix_timestamp() + seconds) * 1000;
    format!("keys/7?silent_from={from}&amp;too_soon=2")
}

const DIAL_TWO: &str = r#"<Dial callerId="493023125900"><Number>4917139200001</Number><Number>4917139200002</Number></Dial>"#;

#[test]
fn every_script_is_one_action() {
    let table: Vec<(&str, Vec<Step>, String)> = vec![
        ("nothing to do", vec![], String::new()),
        ("a stranger", vec![Step::Reject], r#"<Reject reason="rejected"/>"#.into()),
        ("the end", vec![Step::HangUp], "<Hangup/>".into()),
        ("rings", vec![connect(2)], DIAL_TWO.into()),
        ("asked", vec![ask(10, 8)], gather(&keys_after(7), 10, 8000, "Code")),
        (
            "asked after more",
            vec![say("Hallo"), Step::Pause { seconds: 1 }, ask(4, 5), Step::HangUp],
            gather(&keys_after(4), 4, 5000, "Hallo~pause1~Code"),
        ),
        ("asked for nothing", vec![ask(0, 0)], gather(&keys_after(0), 1, 1000, "Code")),
        (
            "told, then rings",
            vec![say("Wohnung 4"), connect(2)],
            gather("heard/7", 1, 900, "Wohnung-4"),
        ),
        (
            "tones, then the end",
            vec![Step::Tones { tones: "9".into() }, say("Offen"), Step::HangUp],
            gather("heard/7", 1, 900, "tones9~Offen"),
        ),
        (
            "music",
            vec![Step::Play { sound: Sound::HoldMusic }],
            gather("heard/7", 1, 900, "Play { sound: HoldMusic }"),
        ),
        (
            "nobody hears keys or marks",
            vec![
                Step::ListenForKeys,
                Step::Pause { seconds: 0 },
                Step::Mark { name: "here".into() },
                connect(2),
            ],
            DIAL_TWO.into(),
        ),
        ("rings nobody", vec![connect(0)], "<Hangup/>".into()),
    ];
    for (name, steps, expected) in table {
        assert_eq!(rendered(steps), expected, "{name}");
    }
}

#[test]
fn five_numbers_ring_and_no_sixth() {
    let document = xml(&answered(true, Some(&Script::of([connect(6)])), &Voice));

    assert_eq!(document.matches("<Number>").count(), 5);
    assert!(!document.contains("4917139200006"), "{document}");
}

#[test]
fn what_this_carrier_can_not_do_ends_the_call_and_never_puts_it_through() {
    let join = Join { conference: Conference::of(call()), role: Role::Visitor, music: Music::Ours };
    let audio = AudioStream { stream: StreamId::from_uuid(Uuid::nil()) };
    for step in [Step::Join(join), Step::Stream(audio), Step::Fork(audio)] {
        assert_eq!(rendered([step.clone()]), "<Hangup/>", "{step:?}");
        assert_eq!(rendered([say("Hallo"), step]), gather("heard/7", 1, 900, "Hallo"));
    }
    assert_eq!(inside(&xml(&answered(true, None, &Voice))), "<Hangup/>", "nobody has an answer");
    assert_eq!(inside(&xml(&answered(false, None, &Voice))), "", "a report wants none");
}

#[test]
fn where_nobody_speaks_scripts_are_their_actions() {
    let silent =
        |steps: Vec<Step>| inside(&xml(&answered(true, Some(&Script::of(steps)), &Unspoken)));

    assert_eq!(silent(vec![say("Wohnung 4"), connect(2)]), DIAL_TWO);
    assert_eq!(silent(vec![say("Offen"), Step::HangUp]), "<Hangup/>");
    assert_eq!(silent(vec![say("Offen")]), "<Hangup/>", "the leg ends after it");
    let keys = keys_after(4);
    assert_eq!(
        silent(vec![ask(4, 5)]),
        format!(r#"<Gather onData="{LEG}/{keys}" maxDigits="4" timeout="5000"/>"#)
    );
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        "\\PC{0,12}".prop_map(|text| say(&text)),
        any::<u8>().prop_map(|seconds| Step::Pause { seconds }),
        "[0-9*#p]{0,6}".prop_map(|tones| Step::Tones { tones }),
        (any::<u8>(), any::<u8>()).prop_map(|(at_most, wait)| ask(at_most, wait)),
        (0_u128..8).prop_map(connect),
        Just(Step::ListenForKeys),
        Just(Step::Reject),
        Just(Step::HangUp),
    ]
}

proptest! {
    #[test]
    fn any_script_is_a_document_with_one_action_at_most(
        steps in prop::collection::vec(any_step(), 0..6),
    ) {
        let is_empty = steps.is_empty();
        let document = xml(&answered(true, Some(&Script::of(steps)), &Voice));

        let document = roxmltree::Document::parse(&document).unwrap();

        let response = document.root_element();
        let actions = response.children().filter(roxmltree::Node::is_element).count();
        prop_assert!(actions <= 1);
        prop_assert!(!is_empty || actions == 0);
        for name in ["onAnswer", "onHangup"] {
            prop_assert_eq!(response.attribute(name), Some(LEG));
        }
        for gather in document.descendants().filter(|node| node.has_tag_name("Gather")) {
            let number = |name| gather.attribute(name).unwrap().parse::<u32>().unwrap();
            prop_assert!(number("maxDigits") >= 1 && number("timeout") >= 1);
            prop_assert!(gather.attribute("onData").unwrap().starts_with(LEG));
        }
        let numbers = document.descendants().filter(|node| node.has_tag_name("Number"));
        for number in numbers {
            prop_assert!(number.text().unwrap().bytes().all(|byte| byte.is_ascii_digit()));
        }
    }
}
