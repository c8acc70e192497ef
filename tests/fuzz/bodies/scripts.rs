//! What legs are told: whatever a text is, the carrier's parser reads the same text, in the same place.

use serde_json::Value;
use vestibule::application::ports::Answer;
use vestibule::carriers::sipgate::render::Rendering;
use vestibule::carriers::sipgate::{self, PromptUrls};
use vestibule::carriers::{twilio, vonage};
use vestibule::domain::call::script::{
    AskForKeys, Conference, Join, KeysEnd, Music, Role, Script, Speech, Step,
};
use vestibule::domain::ids::TenantId;

use super::{line, text};
use crate::sipgate_people::tenant;
use crate::vonage_people::{NOON, PUBLIC_URL, TOKEN, call, leg};

/// A line with a language, a line with a URL, and a sentence: said, asked, and waited with.
fn script(input: &[u8]) -> (Script, String) {
    let (language, rest) = line(input);
    let (url, sentence) = line(rest);
    let speech = Speech { text: text(sentence), language: text(language) };
    let prompt = speech.clone();
    let ask = AskForKeys { prompt, at_most: 4, ends: KeysEnd::WithHash, wait_seconds: 5 };
    let music = Music::At(text(url));
    let join = Join { conference: Conference::of(call()), role: Role::Visitor, music };
    let steps = [Step::Say(speech), Step::AskForKeys(ask), Step::Join(join), Step::HangUp];
    (Script::of(steps), text(url))
}

/// What is left of a sentence: one line, no brackets.
fn one_line(sentence: &str) -> String {
    let plain = |c: char| if c.is_control() || matches!(c, '<' | '>') { ' ' } else { c };
    let plain: String = sentence.chars().map(plain).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn sentence(script: &Script) -> &str {
    match &script.steps()[0] {
        Step::Say(speech) => &speech.text,
        _ => "",
    }
}

pub fn ncco(input: &[u8]) {
    let (script, url) = script(input);
    let urls =
        vonage::Urls { public_url: PUBLIC_URL, token: TOKEN, call: call(), leg: leg(), n: 7 };
    let answer = vonage::render::answer(Some(&script), &urls);

    let ncco: Value = serde_json::from_slice(&answer.body).expect("JSON");
    let actions = ncco.as_array().expect("actions");
    let named = |name: &str| actions.iter().filter(|action| action["action"] == name).count();
    let said = one_line(sentence(&script));
    let spoken: String = said.chars().take(1500).collect();
    let heard: Vec<&str> = actions.iter().filter_map(|action| action["text"].as_str()).collect();
    assert_eq!(heard, vec![spoken.as_str(); if spoken.is_empty() { 0 } else { 2 }]);
    assert_eq!((named("talk"), named("input"), named("conversation")), (heard.len(), 1, 1));
    assert_eq!(actions.len(), heard.len() + 2);
    assert_eq!(actions[heard.len() + 1]["musicOnHoldUrl"][0], url.as_str());
}

pub fn twiml(input: &[u8]) {
    let (script, url) = script(input);
    let urls =
        twilio::Urls { public_url: PUBLIC_URL, token: TOKEN, call: call(), leg: leg(), n: 7 };
    let xml = twilio::render::twiml(&script, &urls).to_string();

    let document = roxmltree::Document::parse(&xml).expect("well-formed");
    let said = one_line(sentence(&script));
    let elements =
        |name: &'static str| document.descendants().filter(move |node| node.has_tag_name(name));
    let expected = readable(&said);
    for say in elements("Say") {
        let heard = say.text().unwrap_or_default();
        assert!(expected.starts_with(heard), "{heard:?} of {expected:?}");
        assert!(heard.chars().count() <= 3000);
    }
    // Little is cut off by nobody.
    let uncut = said.chars().count() < 300;
    assert!(!uncut || elements("Say").all(|say| say.text().unwrap_or_default() == expected));
    let room = elements("Conference").next().expect("a room");
    assert_eq!(room.attribute("waitUrl"), Some(readable(&url).as_str()));
    let known = ["Response", "Say", "Gather", "Dial", "Conference", "Hangup"];
    let is_known = |node: roxmltree::Node<'_, '_>| known.contains(&node.tag_name().name());
    assert!(document.descendants().filter(roxmltree::Node::is_element).all(is_known));
}

/// Without the characters that XML does not have.
fn readable(text: &str) -> String {
    let is_xml = |c: &char| {
        matches!(c, '\t' | '\n' | '\r') || *c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    text.chars().filter(is_xml).collect()
}

/// Puts all that is heard into its URL as it is.
#[derive(Debug)]
struct Unescaped;

impl PromptUrls for Unescaped {
    fn of(&self, _: TenantId, audible: &[Step]) -> Option<String> {
        let words = audible.iter().filter_map(|step| match step {
            Step::Say(speech) => Some(speech.text.as_str()),
            _ => None,
        });
        Some(words.collect())
    }
}

pub fn sipgate_xml(input: &[u8]) {
    let (script, url) = script(input);
    let urls = sipgate::Urls { public_url: &url, token: TOKEN, call: call(), leg: leg(), n: 7 };
    let rendering =
        Rendering { urls, prompts: &Unescaped, tenant: tenant(), at: NOON, too_soon: 0 };
    let Answer { body, .. } = sipgate::render::answer(true, Some(&script), &rendering);

    let xml = std::str::from_utf8(&body).expect("UTF-8");
    let document = roxmltree::Document::parse(xml).expect("well-formed");
    let told_at = document.root_element().attribute("onHangup").expect("an address");
    assert_eq!(told_at, readable(&urls.of_leg()));
    let names: Vec<_> = document
        .descendants()
        .filter(roxmltree::Node::is_element)
        .map(|node| node.tag_name().name())
        .collect();
    assert_eq!(names, ["Response", "Gather", "Play", "Url"]);
    let heard = document.descendants().find(|node| node.has_tag_name("Url")).expect("a sound");
    let both = sentence(&script).repeat(2);
    assert_eq!(heard.text().unwrap_or_default(), readable(&both));
}
