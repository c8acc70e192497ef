//! Ends that nobody reported: the carrier's own records are asked, a few times; what they do not tell is presumed. So every call and
//! every leg ends, and each end names its source.

use super::Deciding;
use crate::domain::call::event::{CallDiscovered, Event};
use crate::domain::call::explain::{Because, Rule};
use crate::domain::call::outcome::{Cause, Outcome};
use crate::domain::call::record::{EndSource, LegRecord};
use crate::domain::call::signal::{Discovered, LegEnd, LegEndCause, Timer};
use crate::domain::call::{Leg, LegState, Stage};
use crate::domain::ids::LegId;

impl Deciding<'_> {
    /// The call, and every leg of it, should have ended by now. A timer that was set again since does not count.
    pub(super) fn overdue(&mut self) {
        let is_due = self.call.overdue_at.is_some_and(|due| due <= self.at());
        if !is_due {
            return;
        }
        let (sought, hopeless): (Vec<_>, Vec<_>) =
            self.open_legs().into_iter().partition(|leg| self.may_be_sought(*leg));
        self.presume(&hopeless);
        let mut gap = self.policy().limits.seek_gap;
        for leg in &sought {
            let attempt = self.call.legs.get(leg).map_or(0, |leg| leg.sought) + 1;
            gap = gap.max(self.policy().limits.seek_gap * (1 << (attempt - 1).min(8)));
            self.record(
                Because::of(Rule::EndIsSought).given("attempt", attempt),
                Event::LegSought { leg: *leg, attempt },
            );
        }
        if !sought.is_empty() {
            self.set_timer(Timer::CallOverdue, self.at() + gap);
        }
    }

    /// What the carrier's own records say of a leg. Of one that is over they say nothing new.
    pub(super) fn record_says(&mut self, leg: LegId, record: &LegRecord) {
        if !self.open_legs().contains(&leg) {
            return;
        }
        match record {
            LegRecord::Over { end, source } => {
                self.source = EndSource::Reconciled(*source);
                self.leg_ended(leg, &LegEnd { is_final: true, ..end.clone() });
            }
            LegRecord::Running => {
                let hang_up = Event::HangUpRequested { leg, delay_ms: 0 };
                self.record(Rule::RunsBeyondItsLimits, hang_up);
            }
            LegRecord::NoRecord if !self.may_be_sought(leg) => self.presume(&[leg]),
            // What has just ended may not be listed yet.
            LegRecord::NoRecord => {}
        }
    }

    /// A call that came in while we did not answer. One that reached us after all is known better already.
    pub(super) fn discovered(&mut self, found: &Discovered) {
        if self.call.visit.is_some() || self.call.stage != Stage::New {
            return;
        }
        let discovered = CallDiscovered {
            rang: self.call_rang(found.leg, &found.carrier_leg),
            began_at: found.began_at,
            over_at: found.over_at,
        };
        self.record(Rule::FoundInRecords, Event::CallDiscovered(discovered));
        self.source = EndSource::Reconciled(found.source);
        let end = LegEnd { is_final: true, ..found.end.clone() };
        let over = Event::LegEnded { leg: found.leg, end, source: self.source };
        self.record(Rule::RecordsTellTheEnd, over);
        self.end(Rule::RecordsTellTheEnd, Outcome::Failed, Cause::WeDidNotAnswer);
    }

    /// The rule behind an end, where nobody reported it.
    pub(super) fn rule_of_an_end(&self, reported: Rule) -> Rule {
        match self.source {
            EndSource::Reconciled(_) if reported == Rule::CarrierReported => {
                Rule::RecordsTellTheEnd
            }
            EndSource::Reported | EndSource::Reconciled(_) | EndSource::Presumed => reported,
        }
    }

    /// The call is over, and its legs should be within a moment.
    pub(super) fn expect_the_end_of_every_leg(&mut self) {
        if self.call.legs.values().any(Leg::is_alive) {
            self.expect_an_end_by(self.at());
        }
    }

    /// Nobody told how these ended. Once the visitor's leg is among them, or none is left to ask for, the call is over as well.
    fn presume(&mut self, legs: &[LegId]) {
        self.source = EndSource::Presumed;
        for leg in legs {
            let was_answered =
                self.call.legs.get(leg).is_some_and(|leg| leg.state == LegState::Answered);
            let cause = if was_answered { LegEndCause::HungUp } else { LegEndCause::Unanswered };
            let end = LegEnd { cause, is_final: true, duration_seconds: None, cost: None };
            let over = Event::LegEnded { leg: *leg, end, source: self.source };
            self.record(Rule::NobodyKnowsTheEnd, over);
        }
        let the_door_is_open = self
            .call
            .door_leg()
            .is_some_and(|door| self.call.legs.get(&door).is_some_and(Leg::is_alive));
        let is_hopeless = if self.call.ordered.is_some() {
            self.open_legs().is_empty()
        } else {
            !the_door_is_open
        };
        if is_hopeless && !self.call.is_over() {
            self.presume_the_end();
        }
    }

    fn presume_the_end(&mut self) {
        let (outcome, cause) = match &self.call.stage {
            Stage::Closing { outcome, cause } => (*outcome, *cause),
            Stage::Talking { .. } => (self.outcome_of_talk(), Cause::Overdue),
            Stage::Streaming { stream } => (self.outcome_of_stream(*stream), Cause::Overdue),
            Stage::New
            | Stage::Watching
            | Stage::ChoosingUnit { .. }
            | Stage::GivingPin { .. }
            | Stage::Ringing { .. }
            | Stage::Outbound(_)
            | Stage::Over { .. } => (Outcome::Failed, Cause::Overdue),
        };
        self.end(Rule::EveryCallEnds, outcome, cause);
    }

    /// Legs that the carrier has, as far as we know, each with a life of its own.
    fn open_legs(&self) -> Vec<LegId> {
        let is_open = |leg: &Leg| matches!(leg.state, LegState::Placed | LegState::Answered);
        let open = self.call.legs.iter().filter(|(_, leg)| is_open(leg)).map(|(id, _)| *id);
        open.filter(|leg| !self.is_dialled_by_script(*leg)).collect()
    }

    fn may_be_sought(&self, leg: LegId) -> bool {
        self.call
            .legs
            .get(&leg)
            .is_some_and(|leg| leg.carrier_leg.is_some() && leg.sought < self.policy().limits.seeks)
    }
}
