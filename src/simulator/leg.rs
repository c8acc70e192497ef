//! One connection to one phone, as any carrier has it: how far it got, what its phone heard, and which keys it pressed.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use super::{
    clock::Clock,
    scenario::{Phone, digits},
};

/// Keys that a phone may press before anyone looks at them.
const KEYS_WAITING_MAX: usize = 256;

#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Inbound,
    Outbound,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum EndedBy {
    Platform,
    User,
}

/// What a hand on the control endpoints makes a ringing phone do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Answer,
    Decline,
}

/// Something that a phone heard, from when to when.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Heard {
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
    /// It ended before it was over.
    pub cut_short: bool,
    #[serde(flatten)]
    pub sound: Sound,
}

#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(tag = "sound", rename_all = "snake_case")]
pub enum Sound {
    Speech {
        text: String,
        takes_ms: u64,
    },
    Music {
        url: String,
    },
    /// A file that says something, where the carrier can not speak.
    Prompt {
        url: String,
        takes_ms: u64,
    },
    Ringing,
    Tones {
        digits: String,
    },
    /// Live audio that a customer sent, once it was over.
    Audio {
        bytes: u64,
        sha256: String,
    },
    /// Another party came on the line.
    Joined {
        who: String,
        room: String,
    },
    Left {
        who: String,
        room: String,
    },
    Silence,
}

#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Pressed {
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub key: char,
}

#[derive(Debug)]
pub struct Leg {
    pub id: String,
    pub application: String,
    pub direction: Direction,
    /// As the carrier writes them.
    pub from: String,
    pub to: String,
    /// The phone at the far end and how it behaves.
    pub phone: Phone,
    pub run: Option<u64>,
    pub began_at: OffsetDateTime,
    /// Cancelled when the connection is gone, by whomever.
    pub over: CancellationToken,
    pub decision: watch::Sender<Option<Decision>>,
    /// Whether the person at the phone speaks at this moment.
    pub voice: watch::Sender<bool>,
    clock: Clock,
    keys: broadcast::Sender<char>,
    heard_more: watch::Sender<u64>,
    state: Mutex<LegState>,
}

#[derive(Clone, Debug, Default)]
pub struct LegState {
    pub conversation: String,
    pub status: String,
    pub answered_at: Option<OffsetDateTime>,
    pub ended_at: Option<OffsetDateTime>,
    pub ended_by: Option<EndedBy>,
    pub room: Option<String>,
    pub muted: bool,
    pub earmuffed: bool,
    pub heard: Vec<Heard>,
    pub pressed: Vec<Pressed>,
}

/// What a leg begins with.
#[derive(Debug)]
pub struct Beginning {
    pub id: String,
    pub conversation: String,
    pub application: String,
    pub direction: Direction,
    pub from: String,
    pub to: String,
    pub phone: Phone,
    pub run: Option<u64>,
}

impl Leg {
    #[must_use]
    pub fn begin(clock: &Clock, beginning: Beginning) -> Self {
        let Beginning { id, conversation, application, direction, from, to, phone, run } =
            beginning;
        Self {
            id,
            application,
            direction,
            from,
            to,
            phone,
            run,
            began_at: clock.now(),
            over: CancellationToken::new(),
            decision: watch::Sender::new(None),
            voice: watch::Sender::new(false),
            clock: clock.clone(),
            keys: broadcast::Sender::new(KEYS_WAITING_MAX),
            heard_more: watch::Sender::new(0),
            state: Mutex::new(LegState {
                conversation,
                status: "started".into(),
                ..LegState::default()
            }),
        }
    }

    pub fn state(&self) -> MutexGuard<'_, LegState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The name that scenarios know the phone by, or its number.
    #[must_use]
    pub fn who(&self) -> &str {
        if self.phone.name.is_empty() { digits(&self.phone.number) } else { &self.phone.name }
    }

    #[must_use]
    pub fn is_up(&self) -> bool {
        self.state().answered_at.is_some() && !self.over.is_cancelled()
    }

    /// The connection is gone; only the first to say so counts.
    pub fn end(&self, by: EndedBy) {
        let mut state = self.state();
        if state.ended_by.is_none() {
            state.ended_by = Some(by);
            state.ended_at = Some(self.clock.now());
        }
        drop(state);
        self.hush();
        self.over.cancel();
    }

    pub fn answered(&self) {
        self.state().answered_at = Some(self.clock.now());
    }

    /// The phone hears this from now on; the number ends it.
    pub fn hear(&self, sound: Sound) -> usize {
        let at = self.clock.now();
        let momentary = matches!(
            sound,
            Sound::Tones { .. } | Sound::Audio { .. } | Sound::Joined { .. } | Sound::Left { .. }
        );
        let mut state = self.state();
        state.heard.push(Heard { at, until: momentary.then_some(at), cut_short: false, sound });
        let number = state.heard.len() - 1;
        drop(state);
        self.heard_more.send_modify(|count| *count += 1);
        number
    }

    pub fn heard_all_of(&self, number: usize) {
        let at = self.clock.now();
        if let Some(heard) = self.state().heard.get_mut(number) {
            heard.until.get_or_insert(at);
        }
    }

    /// Whatever it was hearing stops.
    pub fn hush(&self) {
        let at = self.clock.now();
        for heard in self.state().heard.iter_mut().filter(|heard| heard.until.is_none()) {
            heard.until = Some(at);
            heard.cut_short = matches!(heard.sound, Sound::Speech { .. } | Sound::Prompt { .. });
        }
    }

    /// Changes whenever the phone hears something new.
    #[must_use]
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.heard_more.subscribe()
    }

    pub fn press(&self, key: char) {
        self.state().pressed.push(Pressed { at: self.clock.now(), key });
        // Nobody listening is what a real line does with most keys.
        let _ = self.keys.send(key);
    }

    /// The keys that are pressed from now on.
    #[must_use]
    pub fn keys(&self) -> broadcast::Receiver<char> {
        self.keys.subscribe()
    }

    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }
}

impl Heard {
    /// When these words had been spoken, if they were.
    #[must_use]
    pub fn moment_of(&self, words: &str) -> Option<OffsetDateTime> {
        let Sound::Speech { text, takes_ms } = &self.sound else { return None };
        let text = text.to_lowercase();
        let end = text.find(&words.to_lowercase())? + words.to_lowercase().len();
        let share = Duration::from_millis(*takes_ms).mul_f64(part(end, text.len()));
        let moment = self.at + share;
        (!self.cut_short || self.until.is_none_or(|until| moment <= until)).then_some(moment)
    }

    /// When something spoken came to its end, whatever the words, unless it was cut off before.
    #[must_use]
    pub fn end_of_prompt(&self) -> Option<OffsetDateTime> {
        match &self.sound {
            Sound::Speech { text, .. } => self.moment_of(text),
            Sound::Prompt { takes_ms, .. } => {
                (!self.cut_short).then(|| self.at + Duration::from_millis(*takes_ms))
            }
            _ => None,
        }
    }

    /// As much of the text as was spoken.
    #[must_use]
    pub fn spoken(&self) -> Option<&str> {
        let Sound::Speech { text, takes_ms } = &self.sound else { return None };
        let Some(until) = self.until.filter(|_| self.cut_short) else { return Some(text) };
        let share = (until - self.at).unsigned_abs().as_secs_f64()
            / Duration::from_millis((*takes_ms).max(1)).as_secs_f64();
        let end = text
            .char_indices()
            .map(|(at, _)| at)
            .find(|at| part(*at, text.len()) >= share)
            .unwrap_or(text.len());
        Some(&text[..end])
    }
}

#[expect(clippy::cast_precision_loss, reason = "texts are far shorter than 2^52 bytes")]
fn part(of: usize, all: usize) -> f64 {
    of as f64 / (all.max(1)) as f64
}
