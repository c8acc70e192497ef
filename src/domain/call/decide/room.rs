//! What a carrier tells of the room that the legs share. Its news may come in any order: what was overtaken changes nothing.

use super::Deciding;
use crate::domain::call::Stage;
use crate::domain::call::event::Event;
use crate::domain::call::explain::Rule;
use crate::domain::call::phrase::Phrase;
use crate::domain::call::script::{AskForKeys, KeysEnd, Script, Step};
use crate::domain::call::signal::{RoomNews, RoomReport};
use crate::domain::ids::LegId;
use crate::domain::policy::capabilities::KeysInRoom;

/// How long someone who stepped out of the talk may think about a key.
const THINKING_SECONDS: u8 = 5;

impl Deciding<'_> {
    /// How the room fares. News of a room that the legs have left, and what was told already, change nothing; what comes late
    /// is kept, and the fold of the leg knows what it still means.
    pub(super) fn room(&mut self, news: &RoomNews) {
        if self.call.rooms_before.contains(&news.room) {
            return;
        }
        if self.call.room.as_ref() != Some(&news.room) {
            self.record(Rule::CarrierReported, Event::RoomNamed { room: news.room.clone() });
        }
        let is_told = |sequence| self.call.room_news.contains(&sequence);
        if news.sequence.is_some_and(is_told) {
            return;
        }
        self.record(Rule::CarrierReported, told(news));
        self.mutes_again();
    }

    /// A room takes whoever comes back for someone new: a manager's mute is asked for again.
    fn mutes_again(&mut self) {
        let legs = self.call.legs.iter().filter(|(_, leg)| leg.in_room.lost_its_mute());
        let legs: Vec<LegId> = legs.map(|(id, _)| *id).collect();
        for leg in legs {
            self.record(Rule::MutedStaysMuted, Event::MuteRequested { leg });
        }
    }

    /// Someone left the room by a key of their own, where no key is heard in the room: what do they want?
    pub(super) fn stepped_out(&mut self, leg: LegId) {
        match self.call.stage {
            Stage::Talking { leg: talker, .. } if talker == leg => self.ask_talker(leg),
            Stage::New
            | Stage::Watching
            | Stage::ChoosingUnit { .. }
            | Stage::GivingPin { .. }
            | Stage::Ringing { .. }
            | Stage::Talking { .. }
            | Stage::Streaming { .. }
            | Stage::Outbound(_)
            | Stage::Closing { .. }
            | Stage::Over { .. } => self.asks(leg, None),
        }
    }

    fn ask_talker(&mut self, leg: LegId) {
        let Some(rung) = self.call.rung(leg) else { return };
        let panel = &self.policy().entrance.panel;
        let (open, extend, end) = (panel.open_key, panel.extend_key, panel.deny_key);
        let prompt =
            Phrase::OutsideTheTalk { open, extend, end }.in_language(&self.language_of(rung));
        let ask = AskForKeys {
            prompt,
            at_most: 1,
            ends: KeysEnd::WithLength,
            wait_seconds: THINKING_SECONDS,
        };
        self.script = Some(Script::of([Step::AskForKeys(ask)]));
    }

    /// Whoever stepped out of the talk to press a key goes back, unless the key ended the talk.
    pub(super) fn back_into_the_talk(&mut self, leg: LegId) {
        if self.answering != Some(leg)
            || self.policy().capabilities.keys_in_room == KeysInRoom::Reported
        {
            return;
        }
        let talks = matches!(self.call.stage, Stage::Talking { leg: talker, .. } if talker == leg);
        self.script = Some(if talks { self.resident_talks() } else { Script::of([Step::HangUp]) });
    }
}

fn told(news: &RoomNews) -> Event {
    let sequence = news.sequence;
    match news.report.clone() {
        RoomReport::Started => Event::RoomStarted { sequence },
        RoomReport::Joined(leg) => Event::LegJoined { leg, sequence },
        RoomReport::Left { leg, why } => Event::LegLeft { leg, why, sequence },
        RoomReport::Muted(leg) => Event::LegMuted { leg, sequence },
        RoomReport::Unmuted(leg) => Event::LegUnmuted { leg, sequence },
        RoomReport::Held(leg) => Event::LegHeld { leg, sequence },
        RoomReport::Resumed(leg) => Event::LegResumed { leg, sequence },
        RoomReport::Modified(leg) => Event::LegModified { leg, sequence },
        RoomReport::SpeechStarted(leg) => Event::SpeechStarted { leg, sequence },
        RoomReport::SpeechStopped(leg) => Event::SpeechStopped { leg, sequence },
        RoomReport::AnnouncementEnded { leg } => Event::AnnouncementEnded { leg, sequence },
        RoomReport::AnnouncementFailed { leg, reason } => {
            Event::AnnouncementFailed { leg, reason, sequence }
        }
        RoomReport::Ended { why } => Event::RoomEnded { why, sequence },
    }
}
