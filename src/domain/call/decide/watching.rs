//! Calls that the carrier puts through by itself: we tell how they fare, and nothing else.

use std::time::Duration;

use super::Deciding;
use crate::domain::call::LegState;
use crate::domain::call::event::Event;
use crate::domain::call::explain::Rule;
use crate::domain::call::outcome::{Cause, Outcome};
use crate::domain::call::script::{Script, Step};
use crate::domain::call::signal::{ConnectedTo, LegEndCause};
use crate::domain::ids::{LegId, SubjectId};
use crate::domain::personal::Personal;

/// A call that is watched may last so long before it counts as forgotten.
const LASTS_AT_MOST: Duration = Duration::from_secs(4 * 3600);

impl Deciding<'_> {
    /// A call came in, or goes out, on a line that is watched.
    pub(super) fn watch(&mut self, leg: LegId) {
        if !self.policy().capabilities.watches {
            let (outcome, cause) = (Outcome::Failed, Cause::NobodyToRing);
            self.record(Rule::CarrierCanNot, Event::CallClosing { outcome, cause });
            self.script = Some(Script::of([Step::Reject]));
            return self.expect_an_end_by(self.at());
        }
        self.record(Rule::LineIsWatched, Event::CallWatched { leg });
        self.script = Some(Script::of([]));
        self.expect_an_end_by(self.at() + LASTS_AT_MOST);
    }

    /// Someone picked up.
    pub(super) fn put_through(&mut self, leg: LegId, to: &ConnectedTo) {
        let is_news = self
            .call
            .legs
            .get(&leg)
            .is_some_and(|leg| leg.is_alive() && leg.state != LegState::Answered);
        if is_news {
            let firm = SubjectId::from_uuid(self.policy().building.id.as_uuid());
            let user = to.user.clone().map(|user| Personal::of(firm, user));
            self.record(Rule::CarrierReported, Event::CallPutThrough { leg, user });
        }
    }

    /// How a call ended that was watched, from how its leg did.
    pub(super) fn watched_call_ended(&mut self, leg: LegId) {
        let Some(LegState::Ended { cause, .. }) = self.call.legs.get(&leg).map(|leg| leg.state)
        else {
            return;
        };
        let (outcome, cause) = match cause {
            LegEndCause::HungUp => (Outcome::Talked, Cause::PartyHungUp),
            LegEndCause::Cancelled => (Outcome::VisitorLeft, Cause::VisitorHungUp),
            LegEndCause::Declined => (Outcome::NobodyCame, Cause::EveryoneDeclined),
            LegEndCause::Busy | LegEndCause::Unanswered | LegEndCause::Machine => {
                (Outcome::NobodyCame, Cause::NobodyAnswered)
            }
            LegEndCause::Failed => (Outcome::Failed, Cause::NotReachable),
        };
        self.end(Rule::CarrierReported, outcome, cause);
    }
}
