//! What a carrier told of one leg in the room that the call's legs share. Its news come in any order: each is counted, and what
//! was overtaken changes nothing.
#![expect(clippy::wildcard_enum_match_arm, reason = "most events are not about the room")]

use serde::{Deserialize, Serialize};

use super::event::Event;
use crate::domain::ids::LegId;

/// Whether a leg is in the room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegPlace {
    /// No.
    #[default]
    Outside,
    /// Yes.
    InRoom,
}

/// Whether someone can be heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// Yes.
    #[default]
    Heard,
    /// No.
    Muted,
}

/// Whether someone waits, hearing nobody and heard by nobody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// No.
    #[default]
    Free,
    /// Yes.
    OnHold,
}

/// Whether someone speaks right now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speech {
    /// No.
    #[default]
    Silent,
    /// Yes.
    Speaking,
}

/// What was told last, and the place of that news among the room's, where the carrier counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told<T> {
    /// What.
    pub value: T,
    /// From whenever the carrier counts.
    pub sequence: Option<u32>,
}

impl<T> Told<T> {
    /// Takes it, unless newer news came before.
    pub fn hear(&mut self, value: T, sequence: Option<u32>) {
        let is_overtaken = self.sequence.zip(sequence).is_some_and(|(last, this)| this < last);
        if !is_overtaken {
            self.value = value;
            self.sequence = sequence.or(self.sequence);
        }
    }
}

/// A leg in the room: as the carrier tells, beside what it was asked for and has not told yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegInRoom {
    place: Told<LegPlace>,
    voice: Told<Voice>,
    hold: Told<Hold>,
    speech: Told<Speech>,
    /// What the voice shall be, from the request until the carrier tells of it or it failed.
    pub voice_asked: Option<Voice>,
    /// The same of the hold.
    pub hold_asked: Option<Hold>,
    /// What a manager wanted last. A room forgets who was muted when they leave it: we do not.
    pub voice_wanted: Voice,
    is_over: bool,
}

impl LegInRoom {
    /// Whether it is in the room. A leg that is over is not, whatever is told late.
    pub fn place(&self) -> LegPlace {
        if self.is_over { LegPlace::Outside } else { self.place.value }
    }

    /// Whether it can be heard.
    pub fn voice(&self) -> Voice {
        self.voice.value
    }

    /// Whether it is on hold.
    pub fn hold(&self) -> Hold {
        self.hold.value
    }

    /// Whether it speaks. Only who is in the room does.
    pub fn speech(&self) -> Speech {
        if self.place() == LegPlace::InRoom { self.speech.value } else { Speech::Silent }
    }

    /// What the voice is, or will be if the carrier does as it was asked.
    pub fn voice_to_be(&self) -> Voice {
        self.voice_asked.unwrap_or(self.voice.value)
    }

    /// The same of the hold.
    pub fn hold_to_be(&self) -> Hold {
        self.hold_asked.unwrap_or(self.hold.value)
    }

    /// Whether it came back into the room without the mute that a manager wants.
    pub fn lost_its_mute(&self) -> bool {
        let wanted = self.voice_wanted == Voice::Muted && self.voice.value == Voice::Heard;
        wanted && self.voice_asked.is_none() && self.place() == LegPlace::InRoom
    }

    /// The state of this leg after an event of its call.
    pub fn apply(&mut self, this: LegId, event: &Event) {
        match event {
            Event::RoomNamed { .. } => self.enters_a_new_room(),
            Event::RoomEnded { sequence, .. } => {
                self.place.hear(LegPlace::Outside, *sequence);
                self.speech.hear(Speech::Silent, *sequence);
            }
            _ if event.leg_in_room() != Some(this) => {}
            Event::LegJoined { sequence, .. } => {
                self.place.hear(LegPlace::InRoom, *sequence);
                self.starts_afresh(*sequence);
            }
            Event::LegLeft { sequence, .. } => {
                self.place.hear(LegPlace::Outside, *sequence);
                self.starts_afresh(*sequence);
            }
            Event::SpeechStarted { sequence, .. } => self.speech.hear(Speech::Speaking, *sequence),
            Event::SpeechStopped { sequence, .. } => self.speech.hear(Speech::Silent, *sequence),
            Event::LegMuted { sequence, .. } => self.voice_is(Voice::Muted, *sequence),
            Event::LegUnmuted { sequence, .. } => self.voice_is(Voice::Heard, *sequence),
            Event::LegHeld { sequence, .. } => self.hold_is(Hold::OnHold, *sequence),
            Event::LegResumed { sequence, .. } => self.hold_is(Hold::Free, *sequence),
            Event::MuteRequested { .. } => self.voice_shall_be(Voice::Muted),
            Event::UnmuteRequested { .. } => self.voice_shall_be(Voice::Heard),
            Event::HoldRequested { .. } => self.hold_asked = Some(Hold::OnHold),
            Event::ResumeRequested { .. } => self.hold_asked = Some(Hold::Free),
            Event::EffectFailed { wanted, .. } => self.failed(wanted),
            Event::LegEnded { .. }
            | Event::DialDropped { .. }
            | Event::DialRefused { .. }
            | Event::DialExpired { .. } => self.is_gone(),
            _ => {}
        }
    }

    /// Counting starts anew in another room, and what was true in the one before is over. Requests go on.
    fn enters_a_new_room(&mut self) {
        let Self { voice_asked, hold_asked, voice_wanted, is_over, .. } = *self;
        *self = Self { voice_asked, hold_asked, voice_wanted, is_over, ..Self::default() };
    }

    /// Where the carrier counts its news, mute and hold belong to a stay in the room, not to the leg.
    fn starts_afresh(&mut self, sequence: Option<u32>) {
        self.speech.hear(Speech::Silent, sequence);
        if sequence.is_some() {
            self.voice.hear(Voice::Heard, sequence);
            self.hold.hear(Hold::Free, sequence);
        }
    }

    fn voice_is(&mut self, voice: Voice, sequence: Option<u32>) {
        self.voice.hear(voice, sequence);
        self.voice_asked = self.voice_asked.filter(|asked| *asked != voice);
    }

    fn hold_is(&mut self, hold: Hold, sequence: Option<u32>) {
        self.hold.hear(hold, sequence);
        self.hold_asked = self.hold_asked.filter(|asked| *asked != hold);
    }

    fn voice_shall_be(&mut self, voice: Voice) {
        self.voice_asked = Some(voice);
        self.voice_wanted = voice;
    }

    /// A failure ends the wait for what failed; a later request of the opposite still waits.
    fn failed(&mut self, wanted: &str) {
        match wanted {
            "mute" if self.voice_asked == Some(Voice::Muted) => self.voice_stays(),
            "unmute" if self.voice_asked == Some(Voice::Heard) => self.voice_stays(),
            "hold" if self.hold_asked == Some(Hold::OnHold) => self.hold_asked = None,
            "resume" if self.hold_asked == Some(Hold::Free) => self.hold_asked = None,
            _ => {}
        }
    }

    fn voice_stays(&mut self) {
        self.voice_asked = None;
        self.voice_wanted = self.voice.value;
    }

    fn is_gone(&mut self) {
        self.is_over = true;
        (self.voice_asked, self.hold_asked) = (None, None);
    }
}

impl Event {
    /// Its place among the carrier's news of the room, if it is one of them and the carrier counts.
    pub fn sequence(&self) -> Option<u32> {
        match self {
            Self::RoomStarted { sequence }
            | Self::RoomEnded { sequence, .. }
            | Self::LegJoined { sequence, .. }
            | Self::LegLeft { sequence, .. }
            | Self::LegModified { sequence, .. }
            | Self::LegMuted { sequence, .. }
            | Self::LegUnmuted { sequence, .. }
            | Self::LegHeld { sequence, .. }
            | Self::LegResumed { sequence, .. }
            | Self::SpeechStarted { sequence, .. }
            | Self::SpeechStopped { sequence, .. }
            | Self::AnnouncementEnded { sequence, .. }
            | Self::AnnouncementFailed { sequence, .. } => *sequence,
            _ => None,
        }
    }

    /// The leg whose place in the room it may change.
    fn leg_in_room(&self) -> Option<LegId> {
        match self {
            Self::LegJoined { leg, .. }
            | Self::LegLeft { leg, .. }
            | Self::LegMuted { leg, .. }
            | Self::LegUnmuted { leg, .. }
            | Self::LegHeld { leg, .. }
            | Self::LegResumed { leg, .. }
            | Self::SpeechStarted { leg, .. }
            | Self::SpeechStopped { leg, .. }
            | Self::MuteRequested { leg }
            | Self::UnmuteRequested { leg }
            | Self::HoldRequested { leg }
            | Self::ResumeRequested { leg }
            | Self::EffectFailed { leg, .. }
            | Self::LegEnded { leg, .. }
            | Self::DialDropped { leg }
            | Self::DialRefused { leg, .. }
            | Self::DialExpired { leg } => Some(*leg),
            _ => None,
        }
    }
}

#[cfg(test)]
mod stories;
