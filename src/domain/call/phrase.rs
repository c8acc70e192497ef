//! What is spoken, in the languages that we speak.

use serde::{Deserialize, Serialize};

use super::script::Speech;
use crate::domain::policy::Policy;
use crate::domain::policy::capabilities::KeysInRoom;

/// Something to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phrase", rename_all = "snake_case")]
pub enum Phrase {
    /// To the visitor: who is rung.
    Calling {
        /// The unit's name.
        unit: String,
    },
    /// To the visitor: key in the unit's code.
    EnterUnitCode,
    /// To the visitor: no such code, again.
    UnknownUnitCode,
    /// To the visitor: key in the PIN.
    EnterPin,
    /// To the visitor: no such PIN, again.
    WrongPin,
    /// To the visitor: come in.
    DoorIsOpen,
    /// To the visitor: nobody answers.
    NobodyAnswers,
    /// To the visitor: the manager's own words.
    Own {
        /// The words.
        text: String,
    },
    /// To anyone: the end.
    Goodbye,
    /// To a resident: who is there, and what to press.
    VisitorAt {
        /// The entrance's name.
        entrance: String,
        /// The key that accepts.
        accept: char,
        /// The key that opens.
        open: char,
        /// What becomes of keys once they talk.
        later: KeysInRoom,
    },
    /// To a resident who stepped out of the talk.
    OutsideTheTalk {
        /// The key that opens.
        open: char,
        /// The key that extends the talk.
        extend: char,
        /// The key that ends it.
        end: char,
    },
    /// To a resident who must not press anything.
    ConnectingVisitorAt {
        /// The entrance's name.
        entrance: String,
    },
    /// To a resident who is late.
    SomeoneElseAccepted,
    /// To someone whom we called, before the one they shall talk to is rung.
    ConnectingYou,
    /// To a caller whose call can not go on without the firm's backends.
    CallCanNotGoOn,
    /// To both: the talk ends soon.
    TalkEndsSoon {
        /// The key that extends, where keys are heard.
        extend: Option<char>,
    },
}

impl Phrase {
    /// To both, before the longest talk is over.
    pub fn talk_ends_soon(policy: &Policy) -> Self {
        let is_heard = policy.capabilities.keys_in_room != KeysInRoom::Unheard;
        Self::TalkEndsSoon { extend: is_heard.then_some(policy.entrance.panel.extend_key) }
    }

    /// The phrase in a language, BCP 47; English where we do not speak it.
    pub fn in_language(&self, language: &str) -> Speech {
        let primary = language.split('-').next().unwrap_or_default().to_ascii_lowercase();
        match (primary.as_str(), self) {
            (_, Self::Own { text }) => Speech { text: text.clone(), language: language.to_owned() },
            ("de", _) => Speech { text: self.german(), language: spoken(language, "de", "de-DE") },
            ("fr", _) => Speech { text: self.french(), language: spoken(language, "fr", "fr-FR") },
            _ => Speech { text: self.english(), language: spoken(language, "en", "en-GB") },
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Calling { unit } => format!("Calling unit {unit}."),
            Self::EnterUnitCode => "Please enter the unit's code, then press hash.".to_owned(),
            Self::UnknownUnitCode => {
                "There is no unit with this code. Please enter the code, then press hash."
                    .to_owned()
            }
            Self::EnterPin => "Please enter your PIN, then press hash.".to_owned(),
            Self::WrongPin => {
                "This PIN is not valid. Please enter your PIN, then press hash.".to_owned()
            }
            Self::DoorIsOpen => "Please come in.".to_owned(),
            Self::NobodyAnswers => "Sorry, nobody answers. Goodbye.".to_owned(),
            Self::Own { text } => text.clone(),
            Self::Goodbye => "Goodbye.".to_owned(),
            Self::VisitorAt { entrance, accept, open, later } => {
                let star = match later {
                    KeysInRoom::Reported | KeysInRoom::Unheard => "",
                    KeysInRoom::AfterStar => " While you talk, press star first.",
                };
                format!(
                    "Visitor at {entrance}. Press {} to talk, {} to open.{star}",
                    key_in_english(*accept),
                    key_in_english(*open)
                )
            }
            Self::OutsideTheTalk { open, extend, end } => format!(
                "Press {} to open, {} for more time, {} to end. Or wait to talk again.",
                key_in_english(*open),
                key_in_english(*extend),
                key_in_english(*end)
            ),
            Self::ConnectingVisitorAt { entrance } => format!("Visitor at {entrance}. One moment."),
            Self::ConnectingYou => "One moment please, we connect you.".to_owned(),
            Self::SomeoneElseAccepted => {
                "Someone else is talking to the visitor. Goodbye.".to_owned()
            }
            Self::CallCanNotGoOn => "Sorry, this call can not go on. Goodbye.".to_owned(),
            Self::TalkEndsSoon { extend: Some(extend) } => {
                format!("This call ends soon. Press {} for more time.", key_in_english(*extend))
            }
            Self::TalkEndsSoon { extend: None } => "This call ends soon.".to_owned(),
        }
    }

    fn german(&self) -> String {
        match self {
            Self::Calling { unit } => format!("Wohnung {unit} wird gerufen."),
            Self::EnterUnitCode => {
                "Bitte geben Sie den Code der Wohnung ein, dann Raute.".to_owned()
            }
            Self::UnknownUnitCode => {
                "Diesen Code gibt es nicht. Bitte geben Sie den Code der Wohnung ein, dann Raute."
                    .to_owned()
            }
            Self::EnterPin => "Bitte geben Sie Ihre PIN ein, dann Raute.".to_owned(),
            Self::WrongPin => {
                "Diese PIN ist nicht gültig. Bitte geben Sie Ihre PIN ein, dann Raute.".to_owned()
            }
            Self::DoorIsOpen => "Bitte treten Sie ein.".to_owned(),
            Self::NobodyAnswers => "Leider meldet sich niemand. Auf Wiederhören.".to_owned(),
            Self::Own { text } => text.clone(),
            Self::Goodbye => "Auf Wiederhören.".to_owned(),
            Self::VisitorAt { entrance, accept, open, later } => {
                let star = match later {
                    KeysInRoom::Reported | KeysInRoom::Unheard => "",
                    KeysInRoom::AfterStar => " Im Gespräch zuerst Stern drücken.",
                };
                format!(
                    "Besuch an: {entrance}. Zum Sprechen {}, zum Öffnen {}.{star}",
                    key_in_german(*accept),
                    key_in_german(*open)
                )
            }
            Self::OutsideTheTalk { open, extend, end } => format!(
                "Zum Öffnen {}, für mehr Zeit {}, zum Beenden {}. Oder warten Sie, um weiterzusprechen.",
                key_in_german(*open),
                key_in_german(*extend),
                key_in_german(*end)
            ),
            Self::ConnectingVisitorAt { entrance } => {
                format!("Besuch an: {entrance}. Einen Moment.")
            }
            Self::ConnectingYou => "Einen Moment bitte, Sie werden verbunden.".to_owned(),
            Self::SomeoneElseAccepted => {
                "Jemand anderes spricht schon mit dem Besuch. Auf Wiederhören.".to_owned()
            }
            Self::CallCanNotGoOn => {
                "Leider kann dieser Anruf nicht fortgesetzt werden. Auf Wiederhören.".to_owned()
            }
            Self::TalkEndsSoon { extend: Some(extend) } => format!(
                "Das Gespräch endet gleich. Für mehr Zeit {} drücken.",
                key_in_german(*extend)
            ),
            Self::TalkEndsSoon { extend: None } => "Das Gespräch endet gleich.".to_owned(),
        }
    }

    fn french(&self) -> String {
        match self {
            Self::Calling { unit } => format!("Nous appelons le logement {unit}."),
            Self::EnterUnitCode => "Composez le code du logement, puis dièse.".to_owned(),
            Self::UnknownUnitCode => {
                "Ce code n'existe pas. Composez le code du logement, puis dièse.".to_owned()
            }
            Self::EnterPin => "Composez votre code d'accès, puis dièse.".to_owned(),
            Self::WrongPin => {
                "Ce code d'accès n'est pas valable. Composez votre code d'accès, puis dièse."
                    .to_owned()
            }
            Self::DoorIsOpen => "Entrez, s'il vous plaît.".to_owned(),
            Self::NobodyAnswers => "Désolé, personne ne répond. Au revoir.".to_owned(),
            Self::Own { text } => text.clone(),
            Self::Goodbye => "Au revoir.".to_owned(),
            Self::VisitorAt { entrance, accept, open, later } => {
                let star = match later {
                    KeysInRoom::Reported | KeysInRoom::Unheard => "",
                    KeysInRoom::AfterStar => {
                        " Pendant la conversation, appuyez d'abord sur étoile."
                    }
                };
                format!(
                    "Visite : {entrance}. Appuyez sur {} pour parler, sur {} pour ouvrir.{star}",
                    key_in_french(*accept),
                    key_in_french(*open)
                )
            }
            Self::OutsideTheTalk { open, extend, end } => format!(
                "Appuyez sur {} pour ouvrir, sur {} pour prolonger, sur {} pour terminer. Ou patientez pour reprendre la conversation.",
                key_in_french(*open),
                key_in_french(*extend),
                key_in_french(*end)
            ),
            Self::ConnectingVisitorAt { entrance } => format!("Visite : {entrance}. Un instant."),
            Self::ConnectingYou => {
                "Un instant s'il vous plaît, nous vous mettons en relation.".to_owned()
            }
            Self::SomeoneElseAccepted => {
                "Quelqu'un d'autre parle déjà avec le visiteur. Au revoir.".to_owned()
            }
            Self::CallCanNotGoOn => {
                "Désolé, cet appel ne peut pas continuer. Au revoir.".to_owned()
            }
            Self::TalkEndsSoon { extend: Some(extend) } => format!(
                "La conversation va bientôt se terminer. Appuyez sur {} pour la prolonger.",
                key_in_french(*extend)
            ),
            Self::TalkEndsSoon { extend: None } => {
                "La conversation va bientôt se terminer.".to_owned()
            }
        }
    }
}

/// The language as asked for if it names a region, else with the region that we speak best.
fn spoken(language: &str, primary: &str, fallback: &str) -> String {
    let is_this_language = language.to_ascii_lowercase().starts_with(primary);
    if is_this_language && language.contains('-') {
        language.to_owned()
    } else {
        fallback.to_owned()
    }
}

fn key_in_english(key: char) -> String {
    match key {
        '*' => "star".to_owned(),
        '#' => "hash".to_owned(),
        digit => digit.to_string(),
    }
}

fn key_in_german(key: char) -> String {
    match key {
        '*' => "Stern".to_owned(),
        '#' => "Raute".to_owned(),
        digit => digit.to_string(),
    }
}

fn key_in_french(key: char) -> String {
    match key {
        '*' => "étoile".to_owned(),
        '#' => "dièse".to_owned(),
        digit => digit.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_spoken_in_the_language_asked_for_or_in_english() {
        let calling = Phrase::Calling { unit: "1204".into() };

        assert_eq!(
            calling.in_language("de-AT"),
            Speech { text: "Wohnung 1204 wird gerufen.".into(), language: "de-AT".into() }
        );
        assert_eq!(
            calling.in_language("en"),
            Speech { text: "Calling unit 1204.".into(), language: "en-GB".into() }
        );
        assert_eq!(
            calling.in_language("fr-CA"),
            Speech { text: "Nous appelons le logement 1204.".into(), language: "fr-CA".into() }
        );
        assert_eq!(
            calling.in_language("fi-FI"),
            Speech { text: "Calling unit 1204.".into(), language: "en-GB".into() }
        );
    }

    #[test]
    fn keys_are_spoken_as_people_call_them() {
        let prompt = Phrase::VisitorAt {
            entrance: "Front door".into(),
            accept: '*',
            open: '#',
            later: KeysInRoom::Reported,
        };

        assert_eq!(
            prompt.in_language("en-GB").text,
            "Visitor at Front door. Press star to talk, hash to open."
        );
    }

    #[test]
    fn what_the_firm_wrote_itself_is_spoken_as_it_is_in_its_language() {
        let own = Phrase::Own { text: "Ovi on auki.".into() };

        assert_eq!(
            own.in_language("fi-FI"),
            Speech { text: "Ovi on auki.".into(), language: "fi-FI".into() }
        );
    }

    #[test]
    fn star_hash_and_digits_are_spoken_in_each_language() {
        let keys = Phrase::OutsideTheTalk { open: '*', extend: '#', end: '0' };

        assert_eq!(
            keys.in_language("en-GB").text,
            "Press star to open, hash for more time, 0 to end. Or wait to talk again."
        );
        assert_eq!(
            keys.in_language("de-DE").text,
            "Zum Öffnen Stern, für mehr Zeit Raute, zum Beenden 0. Oder warten Sie, um weiterzusprechen."
        );
        assert_eq!(
            keys.in_language("fr-FR").text,
            "Appuyez sur étoile pour ouvrir, sur dièse pour prolonger, sur 0 pour terminer. Ou patientez pour reprendre la conversation."
        );
    }
}
