//! What is heard in one go.

use crate::domain::call::script::{Sound, Speech, Step};

/// What is heard in one go, part by part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompt(Vec<Part>);

/// A part of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A sentence.
    Speech(Speech),
    /// Tones of keys: `0-9 * #`; `p` is a pause of half a second.
    Tones(String),
    /// Silence.
    Pause {
        /// For so long.
        seconds: u8,
    },
    /// A sound of ours.
    Sound(Sound),
}

impl Prompt {
    /// These parts, in this order.
    pub fn of(parts: impl IntoIterator<Item = Part>) -> Self {
        Self(parts.into_iter().collect())
    }

    /// What the steps before the first one that does something let a leg hear; and the steps from that one on.
    pub fn before(steps: &[Step]) -> (Self, &[Step]) {
        let heard = steps.iter().map_while(Part::of).count();
        let (audible, rest) = steps.split_at(heard);
        (Self(audible.iter().filter_map(Part::of).collect()), rest)
    }

    /// With this part behind the others.
    #[must_use]
    pub fn then(mut self, part: Part) -> Self {
        self.0.push(part);
        self
    }

    /// The parts.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// Whether nothing is heard.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Part {
    /// What a step lets a leg hear, if it does nothing else.
    fn of(step: &Step) -> Option<Self> {
        match step {
            Step::Say(speech) => Some(Self::Speech(speech.clone())),
            Step::Play { sound } => Some(Self::Sound(*sound)),
            Step::Tones { tones } => Some(Self::Tones(tones.clone())),
            Step::Pause { seconds } => Some(Self::Pause { seconds: *seconds }),
            Step::AskForKeys(_)
            | Step::ListenForKeys
            | Step::Join(_)
            | Step::Connect(_)
            | Step::Stream(_)
            | Step::Fork(_)
            | Step::Mark { .. }
            | Step::Reject
            | Step::HangUp => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_precedes_an_action_is_one_prompt() {
        let speech = Speech { text: "Goodbye.".into(), language: "en-GB".into() };
        let steps = [
            Step::Say(speech.clone()),
            Step::Pause { seconds: 1 },
            Step::Tones { tones: "9".into() },
            Step::HangUp,
            Step::Pause { seconds: 2 },
        ];

        let (prompt, rest) = Prompt::before(&steps);

        let parts = [Part::Speech(speech), Part::Pause { seconds: 1 }, Part::Tones("9".into())];
        assert_eq!(prompt, Prompt::of(parts));
        assert_eq!(rest, &steps[3..]);
        assert!(Prompt::before(&steps[3..]).0.is_empty());
    }
}
