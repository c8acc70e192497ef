//! What a carrier reports of legs, and what the person on a rung leg hears and presses.

use super::Deciding;
use crate::domain::call::event::{DeclinedBy, Event, Target};
use crate::domain::call::explain::{Because, Rule};
use crate::domain::call::phrase::Phrase;
use crate::domain::call::script::{AskForKeys, KeysEnd, Role, Script, Step};
use crate::domain::call::signal::{
    CarrierLeg, Effect, EffectResult, Keys, LegEnd, LegEndCause, LegReport,
};
use crate::domain::call::{HangUp, LastWord, LegState, Rung, Stage};
use crate::domain::ids::LegId;
use crate::domain::policy::capabilities::KeysInRoom;
use crate::domain::policy::flow::{AcceptMode, OnDecline};

/// How often someone who picked up is asked for a key.
const PROMPTS: u32 = 2;
/// How long someone waits for machine detection to decide.
const DETECTION_TAKES_SECONDS: u8 = 15;

impl Deciding<'_> {
    /// Learns the carrier's name of a leg from whatever names it first.
    pub(super) fn identify(&mut self, leg: LegId, carrier_leg: Option<&CarrierLeg>) {
        let is_new =
            self.call.legs.get(&leg).is_some_and(|leg| leg.carrier_leg.is_none() && leg.is_alive());
        if let Some(carrier_leg) = carrier_leg.filter(|_| is_new) {
            self.record(
                Rule::CarrierReported,
                Event::LegIdentified { leg, carrier_leg: carrier_leg.clone() },
            );
        }
    }

    pub(super) fn reported(
        &mut self,
        leg: LegId,
        report: &LegReport,
        carrier_leg: Option<&CarrierLeg>,
    ) {
        if self.call.streams.contains_key(&leg.into()) {
            return self.stream_leg(leg.into(), report, carrier_leg);
        }
        if self.is_of_before(leg, carrier_leg) {
            return;
        }
        self.identify(leg, carrier_leg);
        let state = self.call.legs.get(&leg).map(|leg| leg.state);
        match report {
            LegReport::Ringing => {
                if matches!(
                    state,
                    Some(LegState::Requested | LegState::Starting { .. } | LegState::Placed)
                ) && self.call.rung(leg).is_some()
                {
                    self.record(Rule::CarrierReported, Event::LegRinging { leg });
                }
            }
            LegReport::Answered => {
                if !matches!(state, Some(LegState::Answered | LegState::Ended { .. })) {
                    self.record(Rule::CarrierReported, Event::LegAnswered { leg });
                }
            }
            LegReport::Human => self.heard_human(leg),
            LegReport::Machine => self.heard_machine(leg),
            LegReport::Joined => {
                self.record(Rule::CarrierReported, Event::LegJoined { leg, sequence: None })
            }
            LegReport::Left => {
                let left = Event::LegLeft { leg, why: None, sequence: None };
                self.record(Rule::CarrierReported, left);
            }
            LegReport::Trouble(reason) => self
                .record(Rule::CarrierReported, Event::LegTroubled { leg, reason: reason.clone() }),
            LegReport::Connected(to) => self.connected(leg, to),
            LegReport::SentOn => self.dial_is_over(LegEndCause::Unanswered),
            LegReport::Ended(end) => self.leg_ended(leg, end),
        }
        if self.call.rung(leg).is_some()
            && self.call.legs.get(&leg).is_some_and(super::super::Leg::is_alive)
        {
            self.hang_up_if_unwanted(leg);
        }
    }

    pub(super) fn leg_ended(&mut self, leg: LegId, end: &LegEnd) {
        let before = self.call.legs.get(&leg).map(|leg| leg.state);
        let says_something_new = match before {
            Some(LegState::Ended { last_word, cause }) => {
                (end.is_final && last_word == LastWord::Awaited)
                    || (!end.is_final
                        && matches!(cause, LegEndCause::Unanswered)
                        && end.cause != cause)
            }
            Some(
                LegState::Requested
                | LegState::Starting { .. }
                | LegState::Placed
                | LegState::Answered,
            )
            | None => true,
        };
        if !says_something_new {
            return;
        }
        let was_answered = matches!(before, Some(LegState::Answered))
            || end.duration_seconds.is_some_and(|seconds| seconds > 0);
        let mut end = end.clone();
        if end.cause == LegEndCause::HungUp && !was_answered && self.call.rung(leg).is_some() {
            end.cause = LegEndCause::Unanswered;
        }
        let is_first = !matches!(before, Some(LegState::Ended { .. }));
        let cause = end.cause;
        let rule = self.rule_of_an_end(Rule::CarrierReported);
        self.record(rule, Event::LegEnded { leg, end, source: self.source });
        match self.call.rung(leg).cloned() {
            Some(rung) if is_first => self.rung_leg_is_over(leg, &rung, cause),
            Some(_) => {}
            None => self.visitor_is_gone(leg),
        }
    }

    fn rung_leg_is_over(&mut self, leg: LegId, rung: &Rung, cause: LegEndCause) {
        if self.call.ordered.is_some() {
            return;
        }
        if matches!(self.call.stage, Stage::Talking { leg: winner, .. } if winner == leg) {
            return self.resident_is_gone();
        }
        match cause {
            LegEndCause::Declined => self.declined(leg, DeclinedBy::Phone),
            LegEndCause::Machine => {
                self.record(Rule::MailboxesAreHungUp, Event::LegHeardMachine { leg })
            }
            LegEndCause::Failed => self.dial_next_number(rung),
            LegEndCause::HungUp
            | LegEndCause::Busy
            | LegEndCause::Unanswered
            | LegEndCause::Cancelled => {}
        }
        self.go_on_if_nobody_is_left();
    }

    fn heard_human(&mut self, leg: LegId) {
        if self.call.rung(leg).is_none() {
            return;
        }
        self.record(Rule::CarrierReported, Event::LegHeardHuman { leg });
        let decides = self.call.rung(leg).is_some_and(|rung| rung.accept == AcceptMode::Detect);
        if decides && !self.ends_if_blocked() && self.may_accept(leg) {
            self.accept(leg, AcceptMode::Detect);
        }
    }

    fn heard_machine(&mut self, leg: LegId) {
        let Some(rung) = self.call.rung(leg) else { return };
        if self.call.out.contains(&rung.target) {
            return;
        }
        self.record(Rule::MailboxesAreHungUp, Event::LegHeardMachine { leg });
        self.hang_up(leg, Rule::MailboxesAreHungUp, std::time::Duration::ZERO);
        self.go_on_if_nobody_is_left();
    }

    /// Someone, or something, picked up a rung phone: what do they hear?
    pub(super) fn rung_leg_asks(&mut self, leg: LegId) {
        let Some(rung) = self.call.rung(leg).cloned() else {
            self.script = Some(Script::of([Step::HangUp]));
            return;
        };
        if self
            .call
            .legs
            .get(&leg)
            .is_some_and(|leg| leg.is_alive() && leg.state != LegState::Answered)
        {
            self.record(Rule::CarrierReported, Event::LegAnswered { leg });
        }
        if matches!(self.call.stage, Stage::Talking { leg: winner, .. } if winner == leg) {
            self.script = Some(self.resident_talks());
            return;
        }
        if self.ends_if_blocked() || !self.may_accept(leg) {
            return self.too_late(leg);
        }
        match rung.accept {
            AcceptMode::Key => self.ask_for_key(leg),
            AcceptMode::None => self.accept(leg, AcceptMode::None),
            AcceptMode::Detect => {
                let entrance = self.policy().entrance.name.clone();
                let wait =
                    Phrase::ConnectingVisitorAt { entrance }.in_language(&self.language_of(&rung));
                self.script = Some(Script::of([
                    Step::Say(wait),
                    Step::Pause { seconds: DETECTION_TAKES_SECONDS },
                    Step::HangUp,
                ]));
            }
        }
    }

    fn may_accept(&self, leg: LegId) -> bool {
        let is_live = self
            .call
            .legs
            .get(&leg)
            .is_some_and(|leg| leg.is_alive() && leg.hang_up == HangUp::NotWanted);
        let is_out = self.call.rung(leg).is_none_or(|rung| self.call.out.contains(&rung.target));
        matches!(self.call.stage, Stage::Ringing { .. }) && is_live && !is_out
    }

    fn too_late(&mut self, leg: LegId) {
        let language = self.call.rung(leg).map(|rung| self.language_of(rung)).unwrap_or_default();
        let phrase = if matches!(self.call.stage, Stage::Talking { .. }) {
            Phrase::SomeoneElseAccepted
        } else {
            Phrase::Goodbye
        };
        self.tell(
            leg,
            Rule::TooLateToAccept,
            Script::of([Step::Say(phrase.in_language(&language)), Step::HangUp]),
        );
    }

    fn ask_for_key(&mut self, leg: LegId) {
        let asked = self.call.legs.get(&leg).map_or(0, |leg| leg.prompts);
        if asked >= PROMPTS {
            self.record(Rule::NoKeyNoTalk, Event::LegHeardMachine { leg });
            self.tell(leg, Rule::NoKeyNoTalk, Script::of([Step::HangUp]));
            self.hang_up(leg, Rule::NoKeyNoTalk, std::time::Duration::ZERO);
            return self.go_on_if_nobody_is_left();
        }
        let Some(rung) = self.call.rung(leg) else { return };
        let panel = &self.policy().entrance.panel;
        let entrance = self.policy().entrance.name.clone();
        let prompt = Phrase::VisitorAt {
            entrance,
            accept: panel.accept_key,
            open: panel.open_key,
            later: self.policy().capabilities.keys_in_room,
        }
        .in_language(&self.language_of(rung));
        let rule = if asked == 0 { Rule::PickedUpMustPressAKey } else { Rule::KeyWasNotUnderstood };
        self.record(
            Because::of(rule).given("attempt", asked + 1),
            Event::AcceptAsked { leg, attempt: asked + 1 },
        );
        let ask = AskForKeys { prompt, at_most: 1, ends: KeysEnd::WithLength, wait_seconds: 5 };
        self.tell(leg, rule, Script::of([Step::AskForKeys(ask)]));
    }

    /// Keys on a rung phone: before the talk they accept or refuse, in the talk they open, extend or end.
    pub(super) fn rung_leg_pressed(&mut self, leg: LegId, keys: &Keys) {
        if self.call.rung(leg).is_none() {
            return;
        }
        let panel = &self.policy().entrance.panel;
        let key = match keys {
            // Asked for one key, the last one counts: whoever presses twice means the second.
            Keys::Pressed(keys) => keys.chars().last(),
            Keys::None => None,
        };
        if matches!(self.call.stage, Stage::Talking { leg: winner, .. } if winner == leg) {
            self.talker_pressed(leg, key);
            return self.back_into_the_talk(leg);
        }
        if self.ends_if_blocked() || !self.may_accept(leg) {
            return self.too_late(leg);
        }
        match key {
            Some(key) if key == panel.accept_key => self.accept(leg, AcceptMode::Key),
            Some(key) if key == panel.open_key => {
                self.accept(leg, AcceptMode::Key);
                self.talker_opens(leg, Rule::OpenKeyAccepts);
            }
            Some(key) if key == panel.deny_key => {
                self.tell(leg, Rule::DenyKeyEnds, Script::of([Step::HangUp]));
                self.hang_up(leg, Rule::DenyKeyEnds, std::time::Duration::ZERO);
                self.declined(leg, DeclinedBy::Key);
                self.go_on_if_nobody_is_left();
            }
            Some(_) | None => self.ask_for_key(leg),
        }
    }

    /// Who declines is not rung again in this call; the flow says what it means for the others.
    fn declined(&mut self, leg: LegId, how: DeclinedBy) {
        let Some(rung) = self.call.rung(leg).cloned() else { return };
        if self.call.out.contains(&rung.target) {
            return;
        }
        self.record(Rule::DeclineIsFinal, Event::CallDeclined { leg, how });
        let Stage::Ringing { unit, group, step } = self.call.stage else { return };
        let group_in_flow =
            self.policy().unit(unit).and_then(|unit| unit.flow.groups.get(group as usize));
        match group_in_flow.filter(|_| rung.step == step).map(|group| group.on_decline) {
            Some(OnDecline::NextGroup) => self.next_group(Rule::DeclineEndsTheGroup, group),
            Some(OnDecline::StopAll) => self.everyone_declined(),
            Some(OnDecline::LeaveMeOut) | None => {}
        }
    }

    pub(super) fn resident_talks(&self) -> Script {
        let join = self.join(Role::Resident);
        match self.policy().capabilities.keys_in_room {
            KeysInRoom::Reported => Script::of([Step::ListenForKeys, join]),
            KeysInRoom::AfterStar | KeysInRoom::Unheard => Script::of([join]),
        }
    }

    pub(super) fn language_of(&self, rung: &Rung) -> String {
        let own = match rung.target {
            Target::Resident(resident) => {
                self.policy().resident(resident).and_then(|(_, resident)| resident.language.clone())
            }
            Target::Concierge | Target::Called | Target::Connected => None,
        };
        own.unwrap_or_else(|| self.policy().building.language.clone())
    }

    /// What became of an effect that a worker caused.
    pub(super) fn effect(&mut self, effect: &Effect, result: &EffectResult) {
        let (leg, wanted) = match effect {
            Effect::OpenDoor { opening, .. } => return self.opening_went(*opening, result),
            Effect::StartStream { stream, .. } if matches!(result, EffectResult::Failed { .. }) => {
                return self.stream_start_went(*stream, result);
            }
            Effect::StartStream { leg, .. } => (*leg, "stream"),
            Effect::StopStream { leg, .. } => (*leg, "stop streaming"),
            // The carrier tells by an event of its own what came of it, and nothing counts before.
            Effect::Mute { .. }
            | Effect::Unmute { .. }
            | Effect::Hold { .. }
            | Effect::Resume { .. }
                if *result == EffectResult::Done && self.policy().capabilities.echoes_voice =>
            {
                return;
            }
            Effect::Mute { leg } if *result == EffectResult::Done => {
                let muted = Event::LegMuted { leg: *leg, sequence: None };
                return self.record(Rule::WorkerReported, muted);
            }
            Effect::Unmute { leg } if *result == EffectResult::Done => {
                let unmuted = Event::LegUnmuted { leg: *leg, sequence: None };
                return self.record(Rule::WorkerReported, unmuted);
            }
            Effect::Hold { leg } if *result == EffectResult::Done => {
                let held = Event::LegHeld { leg: *leg, sequence: None };
                return self.record(Rule::WorkerReported, held);
            }
            Effect::Resume { leg } if *result == EffectResult::Done => {
                let resumed = Event::LegResumed { leg: *leg, sequence: None };
                return self.record(Rule::WorkerReported, resumed);
            }
            Effect::HangUp { leg } => (*leg, "hang up"),
            Effect::Redirect { leg, .. } => (*leg, "redirect"),
            Effect::ListenForKeys { leg } => (*leg, "listen for keys"),
            Effect::Mute { leg } => (*leg, "mute"),
            Effect::Unmute { leg } => (*leg, "unmute"),
            Effect::Hold { leg } => (*leg, "hold"),
            Effect::Resume { leg } => (*leg, "resume"),
            Effect::Say { leg, .. } => (*leg, "say"),
            Effect::LookUp { leg } => (*leg, "look up"),
        };
        match result {
            EffectResult::Done => {}
            EffectResult::Failed { reason } | EffectResult::Unknown { reason } => {
                self.record(
                    Rule::WorkerReported,
                    Event::EffectFailed { leg, wanted: wanted.to_owned(), reason: reason.clone() },
                );
            }
        }
    }
}
