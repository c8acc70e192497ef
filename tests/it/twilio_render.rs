//! Scripts as TwiML, compared with what the document wants to see.

use proptest::prelude::*;
use uuid::Uuid;
use vestibule::carriers::twilio::render::{answer, inline, interlude, sentence, twiml};
use vestibule::carriers::twilio::{Hook, Urls};
use vestibule::domain::call::script::{
    AskForKeys, AudioStream, Conference, Connect, Join, KeysEnd, Music, Party, Role, Script, Sound,
    Speech, Step,
};
use vestibule::domain::ids::{LegId, StreamId};
use vestibule::domain::phone_number::PhoneNumber;

use crate::twilio_people::{PUBLIC_URL, TOKEN, call, leg};

const HOOKS: &str = "https://door.example.test/hooks/twilio/nobody-guesses-this";
const IDS: &str = "01900000-0000-7000-8000-0000000000c1/01900000-0000-7000-8000-0000000000f1";

pub fn urls() -> Urls<'static> {
    Urls { public_url: PUBLIC_URL, token: TOKEN, call: call(), leg: leg(), n: 7 }
}

/// What stands inside the response.
fn rendered(steps: impl IntoIterator<Item = Step>) -> String {
    inside(&twiml(&Script::of(steps), &urls()).to_string())
}

fn inside(xml: &str) -> String {
    let xml = xml.strip_prefix(r#"<?xml version="1.0" encoding="UTF-8"?>"#).expect("a declaration");
    let inside = xml.strip_prefix("<Response>").and_then(|rest| rest.strip_suffix("</Response>"));
    inside.map_or_else(|| xml.to_owned(), str::to_owned)
}

pub fn speech(text: &str, language: &str) -> Speech {
    Speech { text: text.to_owned(), language: language.to_owned() }
}

fn say(text: &str) -> Step {
    Step::Say(speech(text, "en-GB"))
}

fn ask(ends: KeysEnd) -> Step {
    let prompt = speech("Enter the flat number, then hash", "en-GB");
    Step::AskForKeys(AskForKeys { prompt, at_most: 4, ends, wait_seconds: 5 })
}

fn join(role: Role, music: Music) -> Step {
    Step::Join(Join { conference: Conference::of(call()), role, music })
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).expect("a number")
}

fn stream() -> AudioStream {
    AudioStream {
        stream: StreamId::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_00a1)),
    }
}

/// What the door really says, one script each.
pub fn scripts() -> Vec<(&'static str, Script)> {
    let connect = Connect {
        parties: vec![Party {
            leg: LegId::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_00f2)),
            number: number("+447700900123"),
        }],
        from: number("+441632960100"),
        ring_seconds: 25,
    };
    let of = |steps: Vec<Step>| Script::of(steps);
    vec![
        ("a stranger", of(vec![Step::Reject])),
        ("sorry", of(vec![say("Nobody came"), Step::HangUp])),
        ("asked", of(vec![ask(KeysEnd::WithHash)])),
        ("asked for one", of(vec![ask(KeysEnd::WithLength)])),
        ("visitor", of(vec![say("Calling flat 4"), join(Role::Visitor, Music::Ours)])),
        ("visitor, quiet", of(vec![join(Role::Visitor, Music::Silence)])),
        (
            "visitor, their music",
            of(vec![join(
                Role::Visitor,
                Music::At("https://music.example/a.mp3?b=1&c=2".to_owned()),
            )]),
        ),
        ("resident", of(vec![Step::ListenForKeys, join(Role::Resident, Music::Ours)])),
        (
            "tones",
            of(vec![
                Step::Tones { tones: "*9p#".to_owned() },
                Step::Pause { seconds: 2 },
                Step::HangUp,
            ]),
        ),
        (
            "music",
            of(vec![
                Step::Play { sound: Sound::HoldMusic },
                Step::Mark { name: "there".to_owned() },
            ]),
        ),
        ("connected", of(vec![Step::Connect(connect)])),
        ("live", of(vec![Step::Fork(stream()), join(Role::Visitor, Music::Ours)])),
        ("both ways", of(vec![Step::Stream(stream())])),
        (
            "every language",
            Script::of(
                ["de-DE", "fr-CA", "pt-BR", "cmn-CN", "ar-EG", "tlh"]
                    .map(|language| Step::Say(speech("!", language))),
            ),
        ),
    ]
}

#[test]
fn a_stranger_is_refused_by_the_first_verb() {
    assert_eq!(rendered([Step::Reject]), r#"<Reject reason="rejected"/>"#);
    assert_eq!(
        rendered([Step::Pause { seconds: 0 }, Step::Reject, say("unheard")]),
        r#"<Reject reason="rejected"/>"#
    );
    // Too late to refuse: it was answered.
    assert!(rendered([say("Sorry"), Step::Reject]).ends_with("</Say><Hangup/>"));
}

#[test]
fn a_question_is_asked_with_its_prompt_and_answered_even_by_silence() {
    let gather = |finish| {
        format!(
            r#"<Gather input="dtmf" action="{HOOKS}/gather/{IDS}?n=7" method="POST" numDigits="4" finishOnKey="{finish}" timeout="5" actionOnEmptyResult="true"><Say language="en-GB" voice="Polly.Amy">Enter the flat number, then hash</Say></Gather>"#
        )
    };
    assert_eq!(rendered([ask(KeysEnd::WithHash)]), gather("#"));
    assert_eq!(rendered([ask(KeysEnd::WithLength)]), gather(""));
}

#[test]
fn a_visitor_waits_with_music_and_a_resident_can_step_out() {
    let conference = |star: &str, starts, ends, wait: &str| {
        let (call, leg) = IDS.split_once('/').unwrap();
        format!(
            r#"<Dial action="{HOOKS}/room/{IDS}?n=7" method="POST"{star}><Conference beep="false" startConferenceOnEnter="{starts}" endConferenceOnExit="{ends}" participantLabel="{leg}" maxParticipants="10" waitUrl="{wait}" waitMethod="GET" statusCallback="{HOOKS}/conference/{call}" statusCallbackMethod="POST" statusCallbackEvent="start end join leave mute hold modify speaker announcement">visit-{call}</Conference></Dial>"#
        )
    };
    let ours = "https://door.example.test/sounds/hold-music.mp3";
    assert_eq!(rendered([join(Role::Visitor, Music::Ours)]), conference("", false, true, ours));
    assert_eq!(rendered([join(Role::Visitor, Music::Silence)]), conference("", false, true, ""));
    let theirs = Music::At("https://music.example/a.mp3?b=1&c=2".to_owned());
    assert_eq!(
        rendered([join(Role::Visitor, theirs)]),
        conference("", false, true, "https://music.example/a.mp3?b=1&amp;c=2")
    );
    assert_eq!(
        rendered([Step::ListenForKeys, join(Role::Resident, Music::Ours)]),
        conference(r#" hangupOnStar="true""#, true, false, ours)
    );
}

/// The first one's word counts for the room.
#[test]
fn every_leg_of_a_call_tells_of_its_room_to_the_same_place() {
    let callback = |leg: u128| {
        let urls = Urls {
            leg: LegId::from_uuid(Uuid::from_u128(leg)),
            n: u64::try_from(leg).unwrap(),
            ..urls()
        };
        let xml = twiml(&Script::of([join(Role::Visitor, Music::Ours)]), &urls).to_string();
        xml.split("statusCallback=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    assert_eq!(callback(1), callback(2));
}

#[test]
fn tones_are_a_file_of_ours() {
    assert_eq!(
        rendered([Step::Tones { tones: "*9p#".to_owned() }]),
        "<Play>https://door.example.test/sounds/tones/star9phash.wav</Play>"
    );
    for tones in ["", "../secret", "9 9", "A", &"9".repeat(33)] {
        assert_eq!(rendered([Step::Tones { tones: tones.to_owned() }]), "<Response/>", "{tones}");
    }
}

#[test]
fn live_audio_goes_to_the_connections_own_address_and_says_which_call_it_is() {
    let stream = |track: &str| {
        let (call, leg) = IDS.split_once('/').unwrap();
        let id = stream().stream;
        format!(
            r#"<Stream url="wss://door.example.test/media/twilio/nobody-guesses-this" name="{id}"{track} statusCallback="{HOOKS}/stream/{IDS}" statusCallbackMethod="POST"><Parameter name="stream" value="{id}"/><Parameter name="call" value="{call}"/><Parameter name="leg" value="{leg}"/></Stream>"#
        )
    };
    assert_eq!(
        rendered([Step::Fork(self::stream())]),
        format!("<Start>{}</Start>", stream(r#" track="both_tracks""#))
    );
    assert_eq!(
        rendered([Step::Stream(self::stream())]),
        format!("<Connect>{}</Connect>", stream(""))
    );
}

#[test]
fn a_number_is_rung_from_inside_a_script_with_callbacks_of_its_own_leg() {
    let scripts = scripts();
    let (_, connected) = scripts.iter().find(|(name, _)| *name == "connected").unwrap();
    let other = "01900000-0000-7000-8000-0000000000c1/01900000-0000-7000-8000-0000000000f2";
    assert_eq!(
        inside(&twiml(connected, &urls()).to_string()),
        format!(
            r#"<Dial action="{HOOKS}/room/{IDS}?n=7" method="POST" callerId="+441632960100" timeout="25"><Number statusCallback="{HOOKS}/status/{other}" statusCallbackMethod="POST" statusCallbackEvent="initiated ringing answered completed">+447700900123</Number></Dial>"#
        )
    );
}

#[test]
fn a_question_that_is_not_answered_ends_the_leg_and_a_report_needs_no_answer() {
    for hook in Hook::ALL {
        let empty = answer(hook, None, &urls());
        if hook.is_heard() {
            assert_eq!((empty.status, empty.content_type), (200, Some("text/xml")), "{hook}");
            assert_eq!(inside(std::str::from_utf8(&empty.body).unwrap()), "<Response/>");
        } else {
            assert_eq!(
                (empty.status, empty.content_type, empty.body.len()),
                (204, None, 0),
                "{hook}"
            );
        }
    }
    let said = answer(Hook::Voice, Some(&Script::of([say("Hello")])), &urls());
    assert_eq!((said.status, said.content_type), (200, Some("text/xml")));
}

#[test]
fn a_sentence_for_a_room_is_said_and_nothing_else() {
    let said = |speech: Option<Speech>| {
        inside(std::str::from_utf8(&sentence(speech.as_ref()).body).unwrap())
    };
    assert_eq!(
        said(Some(speech("One minute left", "de-AT"))),
        r#"<Say language="de-DE" voice="Polly.Vicki">One minute left</Say>"#
    );
    assert_eq!(said(Some(speech(" <> ", "de-AT"))), "<Response/>");
    assert_eq!(said(None), "<Response/>");
}

#[test]
fn nothing_is_said_where_there_is_nothing_to_say() {
    assert_eq!(rendered([say(" \r\n<>\u{7}")]), "<Response/>");
    assert_eq!(rendered([]), "<Response/>");
}

#[test]
fn what_travels_inside_a_request_is_cut_until_it_fits() {
    let long = Script::of([say(&"&".repeat(1_400)), say(&"b".repeat(2_000))]);
    let twiml = inline(&long, &urls()).unwrap();
    assert!((1_000..=4_000).contains(&twiml.chars().count()), "{}", twiml.len());
    roxmltree::Document::parse(&twiml).unwrap();
    let endless = Script::of(vec![say(&"b".repeat(2_000)); 60]);
    assert_eq!(inline(&endless, &urls()), None);
}

#[test]
fn what_is_heard_in_between_ends_with_the_question_what_comes_next() {
    let heard = interlude(&Script::of([Step::Tones { tones: "9".to_owned() }]), &urls()).unwrap();
    assert_eq!(
        inside(&heard),
        format!(
            r#"<Play>https://door.example.test/sounds/tones/9.wav</Play><Redirect method="POST">{HOOKS}/voice/{IDS}?n=7</Redirect>"#
        )
    );
}

proptest! {
    #[test]
    fn no_name_makes_mark_up_of_itself(name in any::<String>(), other in "(<|>|&|\"|'|/|]]>|<Dial>|</Say>|&lt;|[a-z ])*") {
        for name in [name, other] {
            let xml = twiml(&Script::of([say(&format!("Calling {name}")), Step::HangUp]), &urls()).to_string();
            let document = roxmltree::Document::parse(&xml).expect("well-formed");
            let verbs: Vec<_> = document.root_element().children().map(|verb| verb.tag_name().name().to_owned()).collect();
            prop_assert_eq!(verbs, ["Say", "Hangup"]);
            let said = document.root_element().first_element_child().unwrap().text().unwrap().to_owned();
            prop_assert!(!said.contains(['<', '>']) && said.starts_with("Calling"));
            let escaped: usize = url::form_urlencoded::byte_serialize(said.as_bytes()).map(str::len).sum();
            prop_assert!(escaped <= 4_500);
        }
    }
}
