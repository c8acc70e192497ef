//! What a customer sends to be heard: queued in order, played in its own time, marked where it was asked for.

use std::{collections::VecDeque, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

#[derive(Clone, Debug, Default)]
pub struct Playback {
    pub received: u64,
    pub cleared: u64,
    pub echoed: Vec<String>,
    hasher: Sha256,
    kept: Option<Vec<u8>>,
    /// When everything that is queued will have been heard.
    until: Option<OffsetDateTime>,
    /// Marks with the moment that they stand for.
    marks: VecDeque<(OffsetDateTime, String)>,
}

impl Playback {
    #[must_use]
    pub fn keeping(bytes: bool) -> Self {
        Self { kept: bytes.then(Vec::new), ..Self::default() }
    }

    #[must_use]
    pub fn digest(&self) -> String {
        hex::encode(self.hasher.clone().finalize())
    }

    #[must_use]
    pub fn audio(&self) -> Option<String> {
        self.kept.as_ref().map(|bytes| STANDARD.encode(bytes))
    }

    /// More to play, behind what is queued already: mu-law, a byte for an eighth of a millisecond.
    pub fn queue(&mut self, audio: &[u8], now: OffsetDateTime) {
        self.received += audio.len() as u64;
        self.hasher.update(audio);
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(audio);
        }
        let lasts = Duration::from_micros(125 * audio.len() as u64);
        self.until = Some(self.until.map_or(now, |until| until.max(now)) + lasts);
    }

    pub fn mark(&mut self, name: String, now: OffsetDateTime) {
        let at = self.until.map_or(now, |until| until.max(now));
        self.marks.push_back((at, name));
    }

    /// Forgets what is queued; every mark in it comes back at once.
    pub fn clear(&mut self, now: OffsetDateTime) {
        if let Some(until) = self.until.take().filter(|until| *until > now) {
            let unheard = (until - now).unsigned_abs().as_micros() / 125;
            self.cleared += u64::try_from(unheard).unwrap_or(0);
        }
        for (at, _) in &mut self.marks {
            *at = now;
        }
    }

    /// The moment of the next mark.
    #[must_use]
    pub fn next_mark(&self) -> Option<OffsetDateTime> {
        self.marks.front().map(|(at, _)| *at)
    }

    /// A mark whose moment has come.
    pub fn due(&mut self, now: OffsetDateTime) -> Option<String> {
        let (_, name) = self.marks.pop_front_if(|(at, _)| *at <= now)?;
        self.echoed.push(name.clone());
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-03-02 12:00 UTC);

    #[test]
    fn a_mark_comes_back_when_what_is_before_it_was_heard() {
        let mut playback = Playback::default();
        playback.mark("at once".into(), NOW);
        playback.queue(&[0xff; 1600], NOW);
        playback.mark("greeting".into(), NOW);

        assert_eq!(playback.due(NOW).as_deref(), Some("at once"));
        assert_eq!(playback.due(NOW), None);
        assert_eq!(playback.next_mark(), Some(NOW + Duration::from_millis(200)));
        assert_eq!(playback.due(NOW + Duration::from_millis(200)).as_deref(), Some("greeting"));
    }

    #[test]
    fn clearing_returns_the_marks_and_counts_what_nobody_heard() {
        let mut playback = Playback::keeping(true);
        playback.queue(&[0xff; 1600], NOW);
        playback.mark("greeting".into(), NOW);

        playback.clear(NOW + Duration::from_millis(50));

        assert_eq!(playback.due(NOW + Duration::from_millis(50)).as_deref(), Some("greeting"));
        assert_eq!((playback.received, playback.cleared), (1600, 1200));
    }
}
