//! Recordings: what is spoken is found, or made; in advance where that is possible, and at the latest when it is fetched.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;

use super::compose::{Spoken, compose};
use super::prompt::{Part, Prompt};
use super::urls::PromptUrls;
use super::voice::Voice;
use crate::application::ports::prompts::{PromptBook, Recorded};
use crate::application::ports::{Directory, LineCalled, LineKey, Unavailable};
use crate::domain::call::sentences::{Sentence, SentenceHash, sentences_of};
use crate::domain::ids::TenantId;
use crate::domain::phone_number::Caller;
use crate::domain::policy::Policy;

/// What is spoken. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Recordings {
    /// Where it is fetched.
    pub urls: PromptUrls,
    book: Arc<dyn PromptBook>,
    voice: Option<Voice>,
}

/// A prompt as a file.
#[derive(Clone, Debug)]
pub struct Heard {
    /// WAV.
    pub file: Bytes,
    /// How long it stays what it is.
    pub lasts: Lasts,
}

/// How long a prompt's file stays what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    /// For ever: it holds no speech.
    ForEver,
    /// Until somebody sends a recording of their own.
    UntilUploaded,
    /// Until a sentence is spoken in whose place there is a signal.
    UntilSpoken,
}

/// A sentence that a line can say, and its audio.
#[derive(Clone, Debug)]
pub struct Said {
    /// The sentence.
    pub sentence: Sentence,
    /// Its audio; none: a signal is heard instead.
    pub recorded: Option<Recorded>,
}

/// What came of a round of rendering.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Sentences that were spoken.
    pub rendered: usize,
    /// Sentences that nobody spoke and nobody sent.
    pub missing: usize,
}

impl Recordings {
    /// Kept there, spoken by this voice.
    pub fn new(urls: PromptUrls, book: Arc<dyn PromptBook>, voice: Option<Voice>) -> Self {
        Self { urls, book, voice }
    }

    /// Whether a voice is installed.
    pub fn has_voice(&self) -> bool {
        self.voice.is_some()
    }

    /// The file of a prompt. Always one: what nobody spoke is a signal.
    pub async fn heard(&self, tenant: TenantId, prompt: &Prompt) -> Heard {
        let mut spoken = Spoken::new();
        let mut lasts = Lasts::ForEver;
        for part in prompt.parts() {
            let Part::Speech(speech) = part else { continue };
            let Some(sentence) = Sentence::of(speech) else { continue };
            match self.audio(tenant, &sentence).await {
                Some(audio) => {
                    spoken.insert(sentence.hash(), audio);
                    if lasts == Lasts::ForEver {
                        lasts = Lasts::UntilUploaded;
                    }
                }
                None => {
                    metrics::counter!("prompts_missing_total").increment(1);
                    lasts = Lasts::UntilSpoken;
                }
            }
        }
        Heard { file: compose(prompt, &spoken), lasts }
    }

    /// What a line can say, and who recorded it.
    pub async fn said(&self, policy: &Policy) -> Result<Vec<Said>, Unavailable> {
        let sentences: Vec<Sentence> =
            sentences_of(policy).iter().filter_map(Sentence::of).collect();
        let recorded = self.book.recorded(policy.building.tenant, &hashes(&sentences)).await?;
        let said = |sentence: Sentence| Said {
            recorded: recorded.get(&sentence.hash()).copied(),
            sentence,
        };
        Ok(sentences.into_iter().map(said).collect())
    }

    /// The sentences of a line that nobody recorded and, without a voice, nobody will. Empty where the carrier speaks.
    pub async fn missing(&self, policy: &Policy) -> Result<Vec<Sentence>, Unavailable> {
        if policy.capabilities.speech || self.has_voice() {
            return Ok(Vec::new());
        }
        let said = self.said(policy).await?.into_iter();
        Ok(said.filter(|said| said.recorded.is_none()).map(|said| said.sentence).collect())
    }

    /// Speaks what is missing for the lines at these carriers, which do not speak themselves.
    pub async fn render_missing(
        &self,
        directory: &dyn Directory,
        carriers: &[&str],
    ) -> Result<Round, Unavailable> {
        let mut round = Round::default();
        for (tenant, sentences) in self.sentences_at(directory, carriers).await? {
            let sentences: Vec<Sentence> = sentences.into_values().collect();
            let all = hashes(&sentences);
            self.book.still_said(tenant, &all).await?;
            let recorded = self.book.recorded(tenant, &all).await?;
            for sentence in &sentences {
                if recorded.contains_key(&sentence.hash()) {
                    continue;
                }
                match self.spoken(tenant, sentence).await {
                    Some(_) => round.rendered += 1,
                    None => round.missing += 1,
                }
            }
        }
        Ok(round)
    }

    /// By firm, each sentence once.
    async fn sentences_at(
        &self,
        directory: &dyn Directory,
        carriers: &[&str],
    ) -> Result<HashMap<TenantId, HashMap<SentenceHash, Sentence>>, Unavailable> {
        let mut of_firms: HashMap<TenantId, HashMap<SentenceHash, Sentence>> = HashMap::new();
        for (tenant, line) in self.book.lines_at(carriers).await? {
            let called = LineCalled { tenant, line: LineKey::Id(line) };
            let Some(policy) = directory.policy(called, Caller::Withheld).await? else { continue };
            if !policy.capabilities.speech {
                let sentences = sentences_of(&policy);
                of_firms.entry(tenant).or_default().extend(
                    sentences
                        .iter()
                        .filter_map(Sentence::of)
                        .map(|sentence| (sentence.hash(), sentence)),
                );
            }
        }
        Ok(of_firms)
    }

    async fn audio(&self, tenant: TenantId, sentence: &Sentence) -> Option<Vec<i16>> {
        match self.book.recording(tenant, sentence.hash()).await {
            Ok(Some(audio)) => return Some(audio),
            Ok(None) => {}
            // A visitor waits: what can be spoken need not be looked up.
            Err(error) => tracing::warn!(%error, "recordings can not be read"),
        }
        self.spoken(tenant, sentence).await
    }

    /// Spoken now, and kept.
    async fn spoken(&self, tenant: TenantId, sentence: &Sentence) -> Option<Vec<i16>> {
        let audio = match self.voice.as_ref()?.speak(sentence).await {
            Ok(audio) => audio,
            Err(error) => {
                metrics::counter!("prompts_not_spoken_total").increment(1);
                tracing::warn!(%error, tenant.id = %tenant, sentence = %sentence.hash(), "a sentence was not spoken");
                return None;
            }
        };
        metrics::counter!("prompts_rendered_total").increment(1);
        if let Err(error) = self.book.keep_rendered(tenant, sentence.hash(), &audio).await {
            tracing::warn!(%error, "a recording can not be kept");
        }
        Some(audio)
    }
}

fn hashes(sentences: &[Sentence]) -> Vec<SentenceHash> {
    sentences.iter().map(Sentence::hash).collect()
}
