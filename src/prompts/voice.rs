//! Who speaks: espeak-ng, a program of its own that is started for each sentence. Nothing breaks where it is not installed.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::{OnceCell, Semaphore};

use super::resample::resampled;
use super::wav::{SAMPLES_A_SECOND, Why, voiced};
use crate::domain::call::sentences::Sentence;

/// What it is called.
const PROGRAM: &str = "espeak-ng";
/// Sentences that are spoken at the same time.
const AT_ONCE: usize = 2;
/// How long one may take, waiting for its turn included.
const WITHIN: Duration = Duration::from_secs(5);
/// A sentence is spoken in so many seconds, or not at all.
pub const SECONDS_MAX: u32 = 60;
/// More than a minute at the rate of any voice.
const FILE_MAX: u64 = 8 * 1024 * 1024;
/// The loudest sample of what is spoken: telephones distort what is louder.
const LOUDEST: f64 = 0.7 * 32_767.0;

/// The voice that is installed. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Voice {
    program: Arc<Path>,
    turns: Arc<Semaphore>,
    languages: Arc<OnceCell<Vec<String>>>,
}

/// Why a sentence was not spoken.
#[derive(Debug, Error)]
pub enum NotSpoken {
    /// The program is not there, or may not be started.
    #[error(
        "{0} could not be started ({1}): install espeak-ng, or set VESTIBULE_ESPEAK to where it is"
    )]
    NotStarted(PathBuf, std::io::Error),
    /// It stopped half-way.
    #[error("espeak-ng could not be read from or written to: {0}")]
    CutOff(#[from] std::io::Error),
    /// It takes too long.
    #[error("espeak-ng did not finish within {} s; is the machine overloaded?", WITHIN.as_secs())]
    TooSlow,
    /// It refused.
    #[error("espeak-ng refused: {0}; is its data, the package espeak-ng-data, installed?")]
    Refused(String),
    /// What it wrote is no sound.
    #[error("what espeak-ng wrote can not be played: {0}")]
    NoSound(#[from] Why),
    /// Longer than anybody listens.
    #[error("the sentence takes longer than {SECONDS_MAX} s to speak; make it shorter")]
    TooLong,
}

impl Voice {
    /// This program.
    pub fn at(program: impl Into<Arc<Path>>) -> Self {
        Self {
            program: program.into(),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            languages: Arc::default(),
        }
    }

    /// The one that is installed in one of these folders, if one is.
    pub fn installed_in(folders: &[PathBuf]) -> Option<Self> {
        let programs = folders.iter().map(|folder| folder.join(PROGRAM));
        programs.into_iter().find(|program| program.is_file()).map(Self::at)
    }

    /// A sentence as telephones hear it, 8 kHz.
    pub async fn speak(&self, sentence: &Sentence) -> Result<Vec<i16>, NotSpoken> {
        let spoken = async {
            let _turn = self.turns.acquire().await;
            let language = self.language(sentence.language()).await?;
            self.run(&["-v", &language, "-s", "150", "--stdin", "--stdout"], sentence.text()).await
        };
        let file = tokio::time::timeout(WITHIN, spoken).await.map_err(|_| NotSpoken::TooSlow)??;
        let made = tokio::task::spawn_blocking(move || for_telephones(&file)).await;
        made.map_err(|error| NotSpoken::CutOff(std::io::Error::other(error)))?
    }

    /// What the program calls this language, or one that is near.
    async fn language(&self, wanted: &str) -> Result<String, NotSpoken> {
        let all = self.languages.get_or_try_init(|| async {
            let listed = self.run(&["--voices"], "").await?;
            Ok::<_, NotSpoken>(languages_in(&String::from_utf8_lossy(&listed)))
        });
        Ok(nearest(wanted, all.await?))
    }

    /// Never by a shell: the words go in by standard input, the sound comes out by standard output.
    async fn run(&self, arguments: &[&str], text: &str) -> Result<Vec<u8>, NotSpoken> {
        let mut program = Command::new(&*self.program)
            .args(arguments)
            // Our secrets are none of its business.
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| NotSpoken::NotStarted(self.program.to_path_buf(), error))?;
        let (file, said, ()) = tokio::try_join!(
            all_of(program.stdout.take(), FILE_MAX),
            all_of(program.stderr.take(), 200),
            tell(&mut program, text),
        )?;
        let status = program.wait().await?;
        if status.success() {
            return Ok(file);
        }
        let said = String::from_utf8_lossy(&said);
        Err(NotSpoken::Refused(format!("{status}, {}", said.lines().next().unwrap_or_default())))
    }
}

async fn tell(program: &mut Child, text: &str) -> std::io::Result<()> {
    let Some(mut stdin) = program.stdin.take() else { return Ok(()) };
    match stdin.write_all(text.as_bytes()).await {
        // It ended before it had read everything; how it ended says why.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        told => told,
    }
}

/// What a pipe holds, up to a limit; the rest is thrown away, so that the program can end.
async fn all_of(pipe: Option<impl AsyncRead + Unpin>, bytes_max: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        (&mut pipe).take(bytes_max).read_to_end(&mut bytes).await?;
        tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    }
    Ok(bytes)
}

/// At the rate of telephones, and as loud as they bear.
#[expect(clippy::cast_possible_truncation, reason = "no sample is louder than the loudest")]
fn for_telephones(file: &[u8]) -> Result<Vec<i16>, NotSpoken> {
    let (rate, samples) = voiced(file)?;
    if samples.len() as u64 > u64::from(rate) * u64::from(SECONDS_MAX) {
        return Err(NotSpoken::TooLong);
    }
    let heard = resampled(&samples, rate, SAMPLES_A_SECOND);
    let loudest = heard.iter().fold(1.0_f64, |loudest, sample| loudest.max(sample.abs()));
    Ok(heard.into_iter().map(|sample| (sample * LOUDEST / loudest).round() as i16).collect())
}

/// Out of the list of voices: `5  en-gb  --/M  English_(Great_Britain)  gmw/en  (en 2)`.
fn languages_in(listed: &str) -> Vec<String> {
    let languages = listed.lines().skip(1).filter_map(|line| line.split_whitespace().nth(1));
    languages.map(str::to_owned).collect()
}

/// The language itself, else the same without its region, else with another, else English.
fn nearest(wanted: &str, spoken: &[String]) -> String {
    let primary = match wanted.split(['-', '_']).next().unwrap_or_default() {
        // By other names there.
        "zh" => "cmn",
        "no" | "nn" => "nb",
        "arb" => "ar",
        primary => primary,
    };
    let is = |name: &str| spoken.iter().find(|known| known.eq_ignore_ascii_case(name));
    let prefix = format!("{primary}-");
    // The list has the most usual region first only for some: those that do not are named here.
    let usual = match primary {
        "en" => is("en-gb"),
        "fr" => is("fr-fr"),
        _ => None,
    };
    let near = is(wanted)
        .or_else(|| is(primary))
        .or(usual)
        .or_else(|| spoken.iter().find(|known| known.to_ascii_lowercase().starts_with(&prefix)));
    near.map_or_else(|| "en".to_owned(), Clone::clone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::call::script::Speech;

    #[test]
    fn a_language_is_spoken_by_its_own_voice_or_a_near_one_or_in_english() {
        let listed = "Pty Language       Age/Gender VoiceName File Other\n\
            \x20 5  de              --/M      German    gmw/de\n\
            \x20 5  en-gb           --/M      English   gmw/en  (en 2)\n\
            \x20 2  en-us           --/M      English   gmw/en-US\n\
            \x20 5  fr-be           --/M      French    roa/fr-BE\n\
            \x20 5  fr-fr           --/M      French    roa/fr\n\
            \x20 5  cmn             --/M      Chinese   sit/cmn\n\
            \x20 5  pt              --/M      Portuguese roa/pt\n";
        let spoken = languages_in(listed);
        for (wanted, by) in [
            ("de-de", "de"),
            ("de-at", "de"),
            ("en-us", "en-us"),
            ("en-au", "en-gb"),
            ("fr", "fr-fr"),
            ("fr-ca", "fr-fr"),
            ("fr-be", "fr-be"),
            ("zh-hans-cn", "cmn"),
            ("pt-br", "pt"),
            ("tlh", "en"),
            ("", "en"),
        ] {
            assert_eq!(nearest(wanted, &spoken), by, "{wanted}");
        }
    }

    #[test]
    fn what_is_spoken_is_neither_faint_nor_cut_off() {
        let faint: Vec<i16> = (0..16_000).map(|at| if at % 40 < 20 { 50 } else { -50 }).collect();
        let mut file = super::super::wav::wav(&faint).to_vec();
        file[24..28].copy_from_slice(&16_000_u32.to_le_bytes());

        let heard = for_telephones(&file).unwrap();

        assert_eq!(heard.len(), 8_000);
        let loudest = heard.iter().map(|sample| sample.unsigned_abs()).max();
        assert_eq!(loudest, Some(22_937));
    }

    fn sentence(text: &str, language: &str) -> Sentence {
        let speech = Speech { text: text.into(), language: language.into() };
        Sentence::of(&speech).expect("something to say")
    }

    /// Of a frame of 20 ms, the mean height.
    fn heights(samples: &[i16]) -> Vec<u32> {
        let height = |frame: &[i16]| {
            frame.iter().map(|sample| u32::from(sample.unsigned_abs())).sum::<u32>() / 160
        };
        samples.chunks_exact(160).map(height).collect()
    }

    #[tokio::test]
    async fn sentences_are_spoken_by_the_voice_that_is_installed() {
        let folders = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].map(PathBuf::from);
        let Some(voice) = Voice::installed_in(&folders) else {
            eprintln!("skipped: espeak-ng is not installed");
            return;
        };
        for (text, language, least, most) in [
            ("Calling unit 1204.", "en-gb", 1.0, 4.5),
            ("Goodbye.", "en-us", 0.3, 1.6),
            ("Bitte geben Sie den Code der Wohnung ein, dann Raute.", "de-at", 2.0, 6.0),
            ("Veuillez patienter.", "fr", 0.6, 3.0),
            ("-x --help; $(id) `id` 'quoted'", "tlh", 1.0, 8.0),
        ] {
            let heard = voice.speak(&sentence(text, language)).await.expect(text);

            let seconds = super::super::wav::lasts(heard.len()).as_secs_f64();
            assert!((least..=most).contains(&seconds), "{text}: {seconds} s");
            let loud = heights(&heard).into_iter().filter(|height| *height > 500).count();
            assert!(loud * 4 > heights(&heard).len(), "{text} is mostly silence");
            let loudest = heard.iter().map(|sample| sample.unsigned_abs()).max().unwrap();
            assert!((20_000..23_000).contains(&loudest), "{text}: {loudest}");
        }
        let (german, english) = (sentence("Code 1204", "de"), sentence("Code 1204", "en"));
        assert_ne!(
            voice.speak(&german).await.expect("German"),
            voice.speak(&english).await.expect("English"),
            "each in its language"
        );
    }

    #[tokio::test]
    async fn what_does_not_speak_says_what_to_do() {
        let hello = sentence("Hello.", "en");
        let no_program = Voice::at(PathBuf::from("/no/such/espeak-ng")).speak(&hello).await;
        let no_voice = Voice::at(PathBuf::from("/bin/false")).speak(&hello).await;
        let no_sound = Voice::at(PathBuf::from("/bin/true")).speak(&hello).await;

        let no_program = no_program.unwrap_err().to_string();
        assert!(no_program.contains("install espeak-ng"), "{no_program}");
        assert!(matches!(no_voice, Err(NotSpoken::Refused(_))), "{no_voice:?}");
        assert!(matches!(no_sound, Err(NotSpoken::NoSound(Why::NotWav))), "{no_sound:?}");
    }
}
