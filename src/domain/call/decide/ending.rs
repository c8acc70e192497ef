//! Every call ends, with one outcome and one cause, and nobody is left hanging.

use std::time::Duration;

use time::OffsetDateTime;

use super::Deciding;
use crate::domain::call::event::Event;
use crate::domain::call::explain::Rule;
use crate::domain::call::outcome::{Cause, Outcome};
use crate::domain::call::phrase::Phrase;
use crate::domain::call::script::{Script, Step};
use crate::domain::call::signal::{LegEndCause, Timer};
use crate::domain::call::{HangUp, LegState, Stage};
use crate::domain::ids::LegId;

impl Deciding<'_> {
    /// It is decided how the call ends: the visitor hears a sentence, and the carrier ends the leg after it.
    pub(super) fn close(
        &mut self,
        rule: Rule,
        outcome: Outcome,
        cause: Cause,
        last_words: &Phrase,
    ) {
        let outcome =
            if outcome == Outcome::NobodyCame { self.opened_or(outcome) } else { outcome };
        self.record(rule, Event::CallClosing { outcome, cause });
        if let Some(door) = self.call.door_leg() {
            let script = Script::of([self.say_to_visitor(last_words), Step::HangUp]);
            self.tell(door, Rule::VisitorHearsWhatHappens, script);
        }
        self.hang_up_rung_legs(rule, |_| true);
        self.expect_an_end_by(self.at());
    }

    pub(super) fn everyone_declined(&mut self) {
        self.close(
            Rule::DeclineStopsAll,
            Outcome::NobodyCame,
            Cause::EveryoneDeclined,
            &Phrase::NobodyAnswers,
        );
    }

    /// The visitor's leg is over, and so is the call.
    pub(super) fn visitor_is_gone(&mut self, leg: LegId) {
        let is_the_door =
            self.call.ordered.is_none() && self.call.door_leg().is_none_or(|door| door == leg);
        if !is_the_door || self.call.is_over() {
            return;
        }
        let (rule, outcome, cause) = match &self.call.stage {
            Stage::Watching => return self.watched_call_ended(leg),
            Stage::New => (Rule::CarrierReported, Outcome::Failed, Cause::NeverReachedUs),
            Stage::ChoosingUnit { .. } | Stage::GivingPin { .. } | Stage::Ringing { .. } => {
                let outcome = self.opened_or(Outcome::VisitorLeft);
                (Rule::VisitorHungUp, outcome, Cause::VisitorHungUp)
            }
            Stage::Talking { .. } => {
                (Rule::VisitorHungUp, self.outcome_of_talk(), Cause::VisitorHungUp)
            }
            Stage::Streaming { stream } => {
                let came_through = self.outcome_of_stream(*stream) == Outcome::Streamed;
                let outcome = if came_through { Outcome::Streamed } else { Outcome::VisitorLeft };
                (Rule::VisitorHungUp, outcome, Cause::VisitorHungUp)
            }
            Stage::Outbound(_) => return,
            Stage::Closing { outcome, cause } | Stage::Over { outcome, cause } => {
                (Rule::CarrierReported, *outcome, *cause)
            }
        };
        self.end(rule, outcome, cause);
    }

    pub(super) fn end(&mut self, rule: Rule, outcome: Outcome, cause: Cause) {
        self.tones_end_with_the_leg();
        self.dial_is_over(LegEndCause::HungUp);
        let rule = self.rule_of_an_end(rule);
        self.record(rule, Event::CallEnded { outcome, cause, source: self.source });
        self.hang_up_rung_legs(Rule::NobodyIsLeftHanging, |_| true);
        self.stop_streams();
        self.expect_the_end_of_every_leg();
    }

    /// Ends a leg. One that is not dialled yet never will be.
    pub(super) fn hang_up(&mut self, leg: LegId, rule: Rule, delay: Duration) {
        let Some((state, asked)) = self.call.legs.get(&leg).map(|leg| (leg.state, leg.hang_up))
        else {
            return;
        };
        match state {
            LegState::Requested => self.record(rule, Event::DialDropped { leg }),
            // It has no life of its own: it ends with the visitor's.
            LegState::Placed | LegState::Answered if self.is_dialled_by_script(leg) => {}
            LegState::Starting { .. } | LegState::Placed | LegState::Answered => {
                if asked == HangUp::NotWanted {
                    let delay_ms = u32::try_from(delay.as_millis()).unwrap_or(u32::MAX);
                    self.record(rule, Event::HangUpRequested { leg, delay_ms });
                }
            }
            LegState::Ended { .. } => {}
        }
    }

    pub(super) fn manager_hangs_up(&mut self) {
        if matches!(self.call.stage, Stage::Closing { .. }) {
            return;
        }
        self.record(
            Rule::ManagerDecides,
            Event::CallClosing { outcome: Outcome::EndedByManager, cause: Cause::ManagerHungUp },
        );
        let legs: Vec<LegId> = self.call.legs.keys().copied().collect();
        for leg in legs {
            self.hang_up(leg, Rule::ManagerDecides, Duration::ZERO);
        }
        self.expect_an_end_by(self.at());
    }

    pub(super) fn expect_an_end_within_limits(&mut self) {
        self.expect_an_end_by(self.at() + self.policy().limits.codes_take);
    }

    /// Sets the time after which the call is ended whatever is known of it.
    pub(super) fn expect_an_end_by(&mut self, end: OffsetDateTime) {
        self.set_timer(Timer::CallOverdue, end + self.policy().limits.overdue_after);
    }
}
