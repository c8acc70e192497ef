//! Parts put together into one file.

use std::collections::HashMap;

use bytes::Bytes;

use super::prompt::{Part, Prompt};
use super::tones::{self, Keys, silence};
use super::wav::{HEADER_BYTES, SAMPLES_A_SECOND, in_samples, wav};
use crate::domain::call::script::Sound;
use crate::domain::call::sentences::{Sentence, SentenceHash};

/// What visitors hear while residents are rung, as telephones hear it: a soft chime of our own.
static HOLD_MUSIC: &[u8] = include_bytes!("hold_music.wav");
/// A file lasts so many seconds at most: nobody at a door listens for longer.
const SECONDS_MAX: u32 = 120;
/// Between two sentences, in milliseconds.
const BREATH: u32 = 200;

/// What sentences sound like, by their hashes.
pub type Spoken = HashMap<SentenceHash, Vec<i16>>;

/// The file of a prompt, with these sentences. One that is not among them is a signal instead, so that the visitor knows that it is
/// their turn.
pub fn compose(prompt: &Prompt, spoken: &Spoken) -> Bytes {
    let mut samples = Vec::new();
    let mut was_speech = false;
    for part in prompt.parts() {
        let is_speech = matches!(part, Part::Speech(_));
        if is_speech && was_speech {
            samples.extend(silence(BREATH));
        }
        was_speech = is_speech;
        match part {
            Part::Speech(speech) => {
                let sentence = Sentence::of(speech);
                let audio = sentence.map(|sentence| spoken.get(&sentence.hash()));
                match audio {
                    Some(Some(audio)) => samples.extend(audio),
                    Some(None) => samples.extend(tones::signal()),
                    None => {}
                }
            }
            Part::Tones(keys) => {
                samples.extend(Keys::parse(keys).map(|keys| keys.samples()).unwrap_or_default());
            }
            Part::Pause { seconds } => samples.extend(silence(1_000 * u32::from(*seconds))),
            Part::Sound(Sound::HoldMusic) => samples.extend(hold_music()),
        }
    }
    if samples.is_empty() {
        // A file without samples is none.
        samples.extend(silence(BREATH));
    }
    samples.truncate((SECONDS_MAX * SAMPLES_A_SECOND) as usize);
    wav(&samples)
}

fn hold_music() -> Vec<i16> {
    in_samples(&HOLD_MUSIC[HEADER_BYTES..])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::call::script::Speech;
    use crate::prompts::wav::{check_wav, samples_of};

    fn speech(text: &str) -> Speech {
        Speech { text: text.into(), language: "en-GB".into() }
    }

    #[test]
    fn parts_follow_each_other_in_one_file() {
        let (hello, bye) = (speech("Hello."), speech("Goodbye."));
        let hash = |speech| Sentence::of(speech).unwrap().hash();
        let spoken = HashMap::from([(hash(&hello), vec![7; 800]), (hash(&bye), vec![-7; 400])]);
        let prompt = Prompt::of([
            Part::Speech(hello),
            Part::Speech(bye),
            Part::Pause { seconds: 1 },
            Part::Tones("9".into()),
        ]);

        let file = samples_of(&compose(&prompt, &spoken)).unwrap();

        let key = Keys::parse("9").unwrap().samples();
        assert_eq!(file[..800], [7; 800]);
        assert_eq!(file[800..2_400], [0; 1_600], "a breath");
        assert_eq!(file[2_400..2_800], [-7; 400]);
        assert_eq!(file[2_800..10_800], [0; 8_000]);
        assert_eq!(file[10_800..], key);
    }

    #[test]
    fn a_sentence_that_nobody_spoke_is_a_signal() {
        let file = compose(&Prompt::of([Part::Speech(speech("Hello."))]), &Spoken::new());

        assert_eq!(samples_of(&file).unwrap(), tones::signal());
    }

    #[test]
    fn every_prompt_is_a_file_that_carriers_play() {
        let music = compose(&Prompt::of([Part::Sound(Sound::HoldMusic)]), &Spoken::new());
        assert!(check_wav(&music).unwrap() > Duration::from_secs(6));
        assert_eq!(check_wav(HOLD_MUSIC), check_wav(&music));

        let nothing = compose(&Prompt::of([Part::Speech(speech(" "))]), &Spoken::new());
        assert_eq!(check_wav(&nothing), Ok(Duration::from_millis(200)));
        let long = compose(&Prompt::of(vec![Part::Pause { seconds: 255 }; 9]), &Spoken::new());
        assert_eq!(check_wav(&long), Ok(Duration::from_secs(120)));
    }
}
