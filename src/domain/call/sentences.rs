//! Sentences: what a line can say, known before anybody calls, for carriers that do not speak.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::phrase::Phrase;
use super::script::Speech;
use crate::domain::policy::capabilities::Meeting;
use crate::domain::policy::flow::OnNone;
use crate::domain::policy::{LeadsTo, Policy, StrangerPolicy, Unit};

/// Of a sentence so many bytes are spoken at most: its name travels in a URL.
const TEXT_MAX: usize = 800;

/// A sentence as it is spoken: on one line, without mark-up, not endless. Two that sound alike are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence(Speech);

impl Sentence {
    /// What is spoken of this; nothing, where there is nothing to say.
    pub fn of(speech: &Speech) -> Option<Self> {
        let text = cut(&in_one_breath(&speech.text), TEXT_MAX).to_owned();
        let language = speech.language.trim().to_ascii_lowercase();
        (!text.is_empty()).then_some(Self(Speech { text, language }))
    }

    /// Its words.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Its language, BCP 47 in lower case: `en-gb`.
    pub fn language(&self) -> &str {
        &self.0.language
    }

    /// What its audio is kept by.
    pub fn hash(&self) -> SentenceHash {
        let digest = Sha256::new()
            .chain_update(self.language())
            .chain_update([0])
            .chain_update(self.text())
            .finalize();
        SentenceHash(digest.into())
    }
}

/// SHA-256 of a sentence's language, a NUL and its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SentenceHash([u8; 32]);

/// Not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a sentence's hash is 64 digits of 0-9 and a-f")]
pub struct NoHash;

impl SentenceHash {
    /// These bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for SentenceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for SentenceHash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NoHash)?;
        Ok(Self(bytes))
    }
}

/// Everything that a line can say, each once. To residents only where they have a leg that listens.
pub fn sentences_of(policy: &Policy) -> Vec<Speech> {
    let language = policy.building.language.as_str();
    let mut said: Vec<Speech> =
        to_visitors(policy).iter().map(|phrase| phrase.in_language(language)).collect();
    if policy.capabilities.meeting == Meeting::InRoom {
        let phrases = to_residents(policy);
        for language in languages(policy) {
            said.extend(phrases.iter().map(|phrase| phrase.in_language(language)));
        }
    }
    let mut known = BTreeSet::new();
    said.retain(|speech| {
        Sentence::of(speech).is_some_and(|sentence| known.insert(sentence.hash()))
    });
    said
}

fn to_visitors(policy: &Policy) -> Vec<Phrase> {
    let mut phrases = vec![Phrase::Goodbye];
    match policy.line.leads_to {
        LeadsTo::Watched => return Vec::new(),
        LeadsTo::Stream => phrases.extend([Phrase::ConnectingYou, Phrase::CallCanNotGoOn]),
        LeadsTo::Unit(id) => phrases.extend(policy.unit(id).into_iter().flat_map(of_unit)),
        LeadsTo::Entrance(_) => {
            if policy.only_unit().is_none() {
                phrases.extend([Phrase::EnterUnitCode, Phrase::UnknownUnitCode]);
            }
            phrases.extend(policy.units.iter().flat_map(of_unit));
        }
    }
    if policy.line.leads_to != LeadsTo::Stream {
        phrases.extend([Phrase::NobodyAnswers, Phrase::talk_ends_soon(policy)]);
    }
    if asks_for_a_pin(policy) {
        phrases.extend([Phrase::EnterPin, Phrase::WrongPin, Phrase::DoorIsOpen]);
    }
    phrases
}

fn of_unit(unit: &Unit) -> impl Iterator<Item = Phrase> {
    let own = match &unit.flow.on_none {
        OnNone::Say { text: Some(text) } => Some(Phrase::Own { text: text.clone() }),
        OnNone::Say { text: None } | OnNone::Concierge | OnNone::HangUp => None,
    };
    [Phrase::Calling { unit: unit.name.clone() }].into_iter().chain(own)
}

/// Whether someone may come in by a PIN; callers of a line that leads to backends always give one unless they are listed.
fn asks_for_a_pin(policy: &Policy) -> bool {
    let asks = |strangers| match (strangers, policy.line.leads_to) {
        (StrangerPolicy::Pin, _) | (StrangerPolicy::Ring, LeadsTo::Stream) => true,
        (StrangerPolicy::Ring, LeadsTo::Entrance(_) | LeadsTo::Unit(_) | LeadsTo::Watched)
        | (StrangerPolicy::Reject, _) => false,
    };
    asks(policy.building.strangers) || asks(policy.building.withheld)
}

fn to_residents(policy: &Policy) -> Vec<Phrase> {
    let (entrance, panel) = (&policy.entrance.name, &policy.entrance.panel);
    let (open, extend) = (panel.open_key, panel.extend_key);
    vec![
        Phrase::VisitorAt {
            entrance: entrance.clone(),
            accept: panel.accept_key,
            open,
            later: policy.capabilities.keys_in_room,
        },
        Phrase::ConnectingVisitorAt { entrance: entrance.clone() },
        Phrase::OutsideTheTalk { open, extend, end: panel.deny_key },
        Phrase::SomeoneElseAccepted,
        Phrase::talk_ends_soon(policy),
        Phrase::Goodbye,
    ]
}

/// What is spoken to residents: their own languages, and the building's.
fn languages(policy: &Policy) -> BTreeSet<&str> {
    let residents = policy.units.iter().flat_map(|unit| &unit.residents);
    residents
        .filter_map(|resident| resident.language.as_deref())
        .chain([policy.building.language.as_str()])
        .collect()
}

/// On one line, without control characters, and without brackets that a voice takes for mark-up or phonemes.
fn in_one_breath(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_control() || matches!(c, '<' | '>' | '[' | ']') { ' ' } else { c })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most so many bytes, and whole words if there are any.
fn cut(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max {
        return text;
    }
    let end = text.floor_char_boundary(bytes_max);
    let words = text[..end].rfind(' ').unwrap_or(end);
    &text[..words]
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::call::script::Music;
    use crate::domain::local_time::Zone;
    use crate::domain::phone_number::{Caller, PhoneNumber};
    use crate::domain::policy::capabilities::{Capabilities, KeysInRoom};
    use crate::domain::policy::flow::Flow;
    use crate::domain::policy::panel::PanelProfile;
    use crate::domain::policy::streams::StreamSet;
    use crate::domain::policy::{Building, Entrance, Limits, Line, Presence, Resident, Visitor};

    fn id<T: From<Uuid>>(n: u128) -> T {
        T::from(Uuid::from_u128(n))
    }

    fn unit(n: u128, name: &str, on_none: OnNone) -> Unit {
        let resident = Resident {
            id: id(100 + n),
            numbers: vec![],
            language: (n == 7).then(|| "de-DE".to_owned()),
            moved_in: None,
            moved_out: None,
            do_not_disturb_until: None,
            quiet_hours: None,
            presence: Presence::Home,
        };
        let flow = Flow { on_none, ..Flow::default() };
        Unit { id: id(n), name: name.into(), code: None, flow, residents: vec![resident] }
    }

    /// A door with two units behind it.
    fn policy() -> Policy {
        let own = OnNone::Say { text: Some("Please come back tomorrow.".into()) };
        Policy {
            building: Building {
                id: id(1),
                tenant: id(2),
                name: "Maple House".into(),
                zone: Zone::parse("Europe/London").unwrap(),
                language: "en-GB".into(),
                region: "GB".into(),
                strangers: StrangerPolicy::Reject,
                withheld: StrangerPolicy::Reject,
                concierge: None,
                wait_music: Music::Ours,
            },
            line: Line {
                id: id(3),
                connection: id(4),
                number: PhoneNumber::parse("+441632960100").unwrap(),
                leads_to: LeadsTo::Entrance(id(5)),
            },
            entrance: Entrance {
                id: id(5),
                name: "Front door".into(),
                panel_numbers: [].into(),
                panel: PanelProfile::default(),
            },
            units: vec![unit(6, "1204", own), unit(7, "1205", OnNone::HangUp)].into(),
            allowlist: Default::default(),
            own_numbers: Default::default(),
            visitor: Visitor { caller: Caller::Withheld, subject: None, block: None },
            streams: StreamSet::default(),
            capabilities: Capabilities {
                speech: false,
                meeting: Meeting::InScript { at_most: 5 },
                ..Capabilities::EVERYTHING
            },
            limits: Limits::default(),
        }
    }

    fn texts(policy: &Policy) -> Vec<String> {
        sentences_of(policy).into_iter().map(|speech| speech.text).collect()
    }

    #[test]
    fn a_line_says_what_its_door_and_units_say_each_once() {
        let mut policy = policy();

        assert_eq!(
            texts(&policy),
            [
                "Goodbye.",
                "Please enter the unit's code, then press hash.",
                "There is no unit with this code. Please enter the code, then press hash.",
                "Calling unit 1204.",
                "Please come back tomorrow.",
                "Calling unit 1205.",
                "Sorry, nobody answers. Goodbye.",
                "This call ends soon. Press 5 for more time.",
            ]
        );

        policy.line.leads_to = LeadsTo::Unit(id(7));
        assert_eq!(
            texts(&policy),
            [
                "Goodbye.",
                "Calling unit 1205.",
                "Sorry, nobody answers. Goodbye.",
                "This call ends soon. Press 5 for more time.",
            ]
        );
    }

    #[test]
    fn pins_are_asked_for_where_a_policy_says_so() {
        let mut policy = policy();
        let asks = |policy: &Policy| texts(policy).iter().any(|text| text.contains("PIN"));

        assert!(!asks(&policy));
        policy.building.withheld = StrangerPolicy::Pin;
        assert!(asks(&policy));
        policy.building.withheld = StrangerPolicy::Ring;
        assert!(!asks(&policy));
        policy.line.leads_to = LeadsTo::Stream;
        assert!(asks(&policy), "who is not listed gives a PIN before a backend hears them");
    }

    #[test]
    fn residents_hear_sentences_in_their_languages_where_they_have_a_leg() {
        let mut policy = policy();
        policy.capabilities.meeting = Meeting::InRoom;

        let said = sentences_of(&policy);

        let in_german: Vec<_> = said.iter().filter(|speech| speech.language == "de-DE").collect();
        assert_eq!(in_german.len(), 6, "{in_german:#?}");
        assert!(said.iter().any(|speech| speech.text.starts_with("Besuch an: Front door.")));
        assert!(said.iter().any(|speech| speech.text.starts_with("Visitor at Front door.")));
        let goodbyes = said.iter().filter(|speech| speech.text == "Goodbye.").count();
        assert_eq!(goodbyes, 1);
    }

    /// A new phrase breaks this: it must be said somewhere above.
    fn example_of(phrase: &Phrase) -> usize {
        match phrase {
            Phrase::Calling { .. } => 0,
            Phrase::EnterUnitCode => 1,
            Phrase::UnknownUnitCode => 2,
            Phrase::EnterPin => 3,
            Phrase::WrongPin => 4,
            Phrase::DoorIsOpen => 5,
            Phrase::NobodyAnswers => 6,
            Phrase::Own { .. } => 7,
            Phrase::Goodbye => 8,
            Phrase::VisitorAt { .. } => 9,
            Phrase::OutsideTheTalk { .. } => 10,
            Phrase::ConnectingVisitorAt { .. } => 11,
            Phrase::SomeoneElseAccepted => 12,
            Phrase::ConnectingYou => 13,
            Phrase::CallCanNotGoOn => 14,
            Phrase::TalkEndsSoon { .. } => 15,
        }
    }

    #[test]
    fn every_phrase_is_said_by_some_line() {
        let mut door = policy();
        door.capabilities.meeting = Meeting::InRoom;
        door.capabilities.keys_in_room = KeysInRoom::AfterStar;
        door.building.strangers = StrangerPolicy::Pin;
        let mut stream = door.clone();
        stream.line.leads_to = LeadsTo::Stream;

        let said: BTreeSet<usize> = [&door, &stream]
            .into_iter()
            .flat_map(|policy| to_visitors(policy).into_iter().chain(to_residents(policy)))
            .map(|phrase| example_of(&phrase))
            .collect();

        assert_eq!(said, (0..16).collect());
    }

    #[test]
    fn what_sounds_alike_is_one_sentence() {
        let of = |text: &str, language: &str| {
            Sentence::of(&Speech { text: text.into(), language: language.into() })
        };
        let hash = of("Calling unit 1204.", "en-GB").unwrap().hash();

        assert_eq!(of(" Calling\r\n unit <1204>.", "en-gb").unwrap().text(), "Calling unit 1204 .");
        assert_eq!(of(" Calling\tunit 1204. ", "EN-GB").unwrap().hash(), hash);
        assert_ne!(of("Calling unit 1204.", "en-US").unwrap().hash(), hash);
        assert_eq!(of("[[]] <>\0", "en-GB"), None);
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!("5d3f".parse::<SentenceHash>(), Err(NoHash));
    }

    #[test]
    fn a_sentence_has_its_words_and_its_language_in_lower_case() {
        let speech = Speech { text: "Calling unit 1204.".into(), language: " en-GB ".into() };

        let sentence = Sentence::of(&speech).unwrap();

        assert_eq!((sentence.text(), sentence.language()), ("Calling unit 1204.", "en-gb"));
        let digest: [u8; 32] = Sha256::digest("en-gb\0Calling unit 1204.").into();
        assert_eq!(sentence.hash(), SentenceHash::from_bytes(digest));
    }

    #[test]
    fn a_hash_is_its_bytes_in_hexadecimal_digits() {
        let mut bytes = [0x5d; 32];
        bytes[0] = 0x0f;
        let hash = SentenceHash::from_bytes(bytes);

        assert_eq!(hash.as_bytes(), &bytes);
        assert_eq!(hash.to_string(), format!("0f{}", "5d".repeat(31)));
        assert_eq!(hash.to_string().parse(), Ok(hash));
    }

    #[test]
    fn a_line_that_leads_to_backends_says_no_more_than_it_must_and_a_watched_one_nothing() {
        let mut policy = policy();

        policy.line.leads_to = LeadsTo::Stream;
        assert_eq!(
            texts(&policy),
            [
                "Goodbye.",
                "One moment please, we connect you.",
                "Sorry, this call can not go on. Goodbye.",
            ]
        );
        policy.line.leads_to = LeadsTo::Watched;
        assert!(texts(&policy).is_empty());
    }

    #[test]
    fn a_sentence_that_just_fits_is_spoken_whole() {
        let fits = format!("{} end", "a".repeat(TEXT_MAX - 4));
        let of = |text: &str| {
            let speech = Speech { text: text.into(), language: "en-GB".into() };
            Sentence::of(&speech).unwrap().text().to_owned()
        };

        assert_eq!(of(&fits), fits);
        assert_eq!(of(&format!("{fits}s")), "a".repeat(TEXT_MAX - 4));
    }

    #[test]
    fn a_sentence_ends_somewhere_and_between_words() {
        let long = Speech { text: "Grüße an alle ".repeat(200), language: "de-DE".into() };

        let sentence = Sentence::of(&long).unwrap();

        assert!(sentence.text().len() <= TEXT_MAX && sentence.text().len() > TEXT_MAX - 10);
        assert!(["Grüße", "an", "alle"].iter().any(|word| sentence.text().ends_with(word)));
        let endless = Speech { text: "ö".repeat(3_000), language: "de-DE".into() };
        assert_eq!(Sentence::of(&endless).unwrap().text().chars().count(), TEXT_MAX / 2);
    }
}
