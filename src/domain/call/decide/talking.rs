//! The talk: who accepts first has it; keys open, extend and end it; it has a longest time.

use std::time::Duration;

use time::OffsetDateTime;

use super::Deciding;
use crate::domain::call::event::{By, Certainty, Event, Opener, Target};
use crate::domain::call::explain::{Because, Rule};
use crate::domain::call::outcome::{Cause, Outcome};
use crate::domain::call::phrase::Phrase;
use crate::domain::call::signal::{EffectResult, Timer};
use crate::domain::call::{Door, Outbound, Stage};
use crate::domain::ids::LegId;
use crate::domain::policy::capabilities::{KeysInRoom, Tones};
use crate::domain::policy::flow::AcceptMode;

/// One press opens once: another one so soon after is the same press, reported twice or held down.
const ONE_PRESS: Duration = Duration::from_secs(3);
/// How long the door's leg stays after the open digits were asked for, so that the panel hears them to the end.
const TIME_TO_OPEN: Duration = Duration::from_secs(5);
/// How long a visitor hears the reply before tones take its place.
const TONES_AFTER_REPLY_MS: u32 = 1_500;

impl Deciding<'_> {
    /// The first to accept talks; everyone else stops ringing.
    pub(super) fn accept(&mut self, leg: LegId, how: AcceptMode) {
        if !matches!(self.call.stage, Stage::Ringing { .. }) {
            return;
        }
        let ends_at = self.at()
            + Duration::from_secs(u64::from(self.policy().entrance.panel.talk_max_seconds));
        let step = self.call.rung(leg).map_or(0, |rung| rung.step);
        self.record(
            Because::of(Rule::FirstToAcceptWins).given("step", step),
            Event::CallAccepted { leg, how, ends_at },
        );
        if !self.is_dialled_by_script(leg) {
            let talk = self.resident_talks();
            self.tell(leg, Rule::FirstToAcceptWins, talk);
        }
        if self.policy().capabilities.keys_in_room == KeysInRoom::Reported {
            self.record(Rule::OpenKeyOpens, Event::KeysListenedFor { leg });
        }
        let others: Vec<LegId> = self
            .call
            .legs
            .keys()
            .copied()
            .filter(|other| *other != leg && self.call.rung(*other).is_some())
            .collect();
        for other in others {
            self.hang_up(other, Rule::OthersStopRinging, Duration::ZERO);
        }
        self.bound_talk(0, ends_at);
    }

    fn bound_talk(&mut self, extension: u32, ends_at: OffsetDateTime) {
        let warning =
            Duration::from_secs(u64::from(self.policy().entrance.panel.talk_warning_seconds));
        self.set_timer(Timer::TalkEndsSoon { extension }, ends_at - warning);
        self.set_timer(Timer::TalkOver { extension }, ends_at);
        self.expect_an_end_by(ends_at);
    }

    /// A key in the talk. The leg's script goes on as it is.
    pub(super) fn talker_pressed(&mut self, leg: LegId, key: Option<char>) {
        let Stage::Talking { extension, .. } = self.call.stage else { return };
        let panel = &self.policy().entrance.panel;
        match key {
            Some(key) if key == panel.open_key => self.talker_opens(leg, Rule::OpenKeyOpens),
            Some(key) if key == panel.extend_key => {
                let ends_at = self.at() + Duration::from_secs(u64::from(panel.talk_max_seconds));
                let extension = extension + 1;
                self.record(Rule::ExtendKeyExtends, Event::TalkExtended { extension, ends_at });
                self.bound_talk(extension, ends_at);
            }
            Some(key) if key == panel.deny_key => {
                self.end_talk(Rule::DenyKeyEnds, Cause::ResidentEnded)
            }
            Some(_) | None => {}
        }
    }

    /// A resident in the talk opens. Checked again now: who moved out during the call opens nothing.
    pub(super) fn talker_opens(&mut self, leg: LegId, rule: Rule) {
        let Some(target) = self.call.rung(leg).map(|rung| rung.target) else { return };
        match target {
            Target::Concierge => self.open_door(rule, Opener::Concierge),
            Target::Called | Target::Connected => {}
            Target::Resident(resident) => {
                let today = self.policy().building.zone.date(self.at());
                let lives_here = self
                    .policy()
                    .resident(resident)
                    .is_some_and(|(_, resident)| resident.moved_out.is_none_or(|day| today < day));
                if lives_here {
                    self.open_door(rule, Opener::Resident(resident));
                }
            }
        }
    }

    pub(super) fn open_door(&mut self, rule: Rule, opener: Opener) {
        let Some(door) = self.call.door_leg() else { return };
        if self.why_not_open().is_some() {
            return;
        }
        let opening = self.call.openings + 1;
        let because = Because::of(rule).given("tones", self.policy().entrance.panel.tones().len());
        let asked_at = self.at();
        // The visitor, who waits for a reply, hears it before the tones take its place.
        let replies_first =
            self.answering == Some(door) && self.policy().capabilities.tones == Tones::Instead;
        let delay_ms = if replies_first { TONES_AFTER_REPLY_MS } else { 0 };
        let is_in_script = self.answering == Some(door)
            && self.policy().capabilities.tones == Tones::InScript
            && !matches!(self.call.stage, Stage::Talking { .. });
        let by = if is_in_script { By::Script } else { By::Request };
        let open = Event::DoorOpenRequested { opening, leg: door, opener, asked_at, delay_ms, by };
        self.record(because, open);
    }

    /// Why the door can not be opened right now, if it can not.
    pub(super) fn why_not_open(&self) -> Option<Rule> {
        let Some(door) = self.call.door_leg() else { return Some(Rule::NoDoorInThisCall) };
        let just_asked =
            self.call.opening_asked_at.is_some_and(|asked| self.at() < asked + ONE_PRESS);
        if self.leads_to_backends() {
            return Some(Rule::NoDoorInThisCall);
        }
        if !self.call.legs.get(&door).is_some_and(crate::domain::call::Leg::is_alive) {
            return Some(Rule::VisitorIsGone);
        }
        just_asked.then_some(Rule::DoorJustOpened)
    }

    /// What became of sending the open digits.
    pub(super) fn opening_went(&mut self, opening: u32, result: &EffectResult) {
        let Some(opener) = self.call.opener.filter(|_| self.call.openings_done < opening) else {
            return;
        };
        let event = match result {
            EffectResult::Done => Event::DoorOpened { opening, opener },
            EffectResult::Failed { reason } => Event::DoorOpenFailed {
                opening,
                reason: reason.clone(),
                certainty: Certainty::Certain,
            },
            EffectResult::Unknown { reason } => Event::DoorOpenFailed {
                opening,
                reason: reason.clone(),
                certainty: Certainty::Unknown,
            },
        };
        self.record(Rule::WorkerReported, event);
    }

    pub(super) fn resident_is_gone(&mut self) {
        self.end_talk(Rule::ResidentHungUp, Cause::ResidentHungUp);
    }

    pub(super) fn talk_ends_soon(&mut self, of: u32) {
        let Stage::Talking { leg, extension, .. } = self.call.stage else { return };
        if extension != of {
            return;
        }
        let warning = Phrase::talk_ends_soon(self.policy());
        let text = self.speech_to_visitor(&warning).text;
        let leg = self.heard_on(leg);
        self.record(Rule::TalkEndsSoon, Event::SayRequested { leg, text });
    }

    pub(super) fn talk_over(&mut self, of: u32) {
        if self.call.stage == Stage::Outbound(Outbound::Connected) {
            return self.connected_long_enough();
        }
        if matches!(self.call.stage, Stage::Talking { extension, .. } if extension == of) {
            self.end_talk(Rule::TalkIsOver, Cause::TalkLimit);
        }
    }

    /// Ends the talk: the resident at once, the door when the panel has heard its tones.
    pub(super) fn end_talk(&mut self, rule: Rule, cause: Cause) {
        let Stage::Talking { .. } = self.call.stage else { return };
        let outcome = self.outcome_of_talk();
        self.record(rule, Event::CallClosing { outcome, cause });
        self.hang_up_rung_legs(rule, |_| true);
        let Some(door) = self.call.door_leg() else { return };
        let tones_end = self.call.opening_asked_at.map_or(self.at(), |asked| asked + TIME_TO_OPEN);
        self.hang_up(door, rule, (tones_end - self.at()).try_into().unwrap_or(Duration::ZERO));
        self.expect_an_end_by(self.at());
    }

    /// Opened if the digits were sent, or are being sent right now.
    pub(super) fn outcome_of_talk(&self) -> Outcome {
        self.opened_or(Outcome::Talked)
    }

    /// A manager opens without anybody talking: whoever goes in then has not left.
    pub(super) fn opened_or(&self, otherwise: Outcome) -> Outcome {
        let is_opening = self.call.openings > self.call.openings_done;
        if self.call.door == Door::Opened || is_opening { Outcome::Opened } else { otherwise }
    }
}
