//! Calls that we place: someone hears a sentence, or is connected with someone else. Nobody visits, no door is near.

use std::time::Duration;

use super::Deciding;
use crate::domain::call::event::{By, CallOrdered, DialRequested, Errand, Event, Target};
use crate::domain::call::explain::{Because, Rule};
use crate::domain::call::outcome::{Cause, Outcome};
use crate::domain::call::phrase::Phrase;
use crate::domain::call::script::{Role, Script, Step};
use crate::domain::call::signal::{LegEndCause, Order, Timer};
use crate::domain::call::{HangUp, Leg, LegState, Outbound, Stage};
use crate::domain::ids::LegId;
use crate::domain::personal::Personal;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::policy::capabilities::Meeting;
use crate::domain::policy::flow::AcceptMode;
use crate::domain::policy::outbound::Allowance;

/// How long a phone rings.
const RINGS: Duration = Duration::from_secs(45);
/// The longest time that a sentence takes to speak, a mailbox's greeting before it included.
const SPEAKING_TAKES: Duration = Duration::from_secs(180);

impl Deciding<'_> {
    /// A manager orders a call. The same order again, of a call that has begun, changes nothing.
    pub(super) fn ordered(&mut self, order: &Order) {
        if self.call != crate::domain::call::Call::default() {
            return;
        }
        self.refusal = self.why_not_dial(order);
        if self.refusal.is_some() {
            return;
        }
        let policy = self.policy();
        let ordered = CallOrdered {
            call: self.facts.call,
            tenant: policy.building.tenant,
            building: policy.building.id,
            line: policy.line.id,
            connection: policy.line.connection,
            by: order.by,
            to: order.to.clone(),
            errand: order.errand.clone(),
        };
        self.record(Rule::CallWasOrdered, Event::CallOrdered(ordered));
        self.dial_party(Rule::CallWasOrdered, Target::Called, order.to.clone());
    }

    fn why_not_dial(&self, order: &Order) -> Option<Rule> {
        // What a phone that was rung hears is told to it on a leg of its own.
        if self.policy().capabilities.meeting != Meeting::InRoom {
            return Some(Rule::CarrierCanNot);
        }
        let forbidden = |number: &Personal<PhoneNumber>| match number.value() {
            Some(number) => order.rules.forbids(number, self.policy()),
            None => Some(Rule::NoLongerWanted),
        };
        let second = match &order.errand {
            Errand::Say { .. } => None,
            Errand::Connect { connect_to } if connect_to.value() == order.to.value() => {
                Some(Rule::NobodyTalksToThemselves)
            }
            Errand::Connect { connect_to } => forbidden(connect_to),
        };
        let spent = (order.allowance == Allowance::Spent).then_some(Rule::DailyCapReached);
        forbidden(&order.to).or(second).or(spent)
    }

    fn dial_party(&mut self, rule: Rule, target: Target, number: Personal<PhoneNumber>) {
        let ring_until = self.at() + RINGS;
        let connects = matches!(self.errand(), Some(Errand::Connect { .. }));
        // A mailbox may take a message, but nobody is connected with one.
        let accept = if connects && self.policy().capabilities.machine_detection {
            AcceptMode::Detect
        } else {
            AcceptMode::None
        };
        let dial = DialRequested {
            leg: self.ids.next_id(),
            step: self.call.step + 1,
            target,
            number,
            number_index: 0,
            attempt: 1,
            accept,
            not_before: self.at(),
            deadline: self.at() + self.policy().limits.dial_within,
            ring_until,
            by: By::Request,
        };
        self.record(rule, Event::DialRequested(dial));
        self.expect_an_end_by(ring_until);
    }

    /// Someone, or something, picked up a phone that we rang: what do they hear?
    pub(super) fn party_asks(&mut self, leg: LegId) {
        let Some(party) = self.call.legs.get(&leg).filter(|leg| leg.hang_up == HangUp::NotWanted)
        else {
            self.script = Some(Script::of([Step::HangUp]));
            return;
        };
        if party.is_alive() && party.state != LegState::Answered {
            self.record(Rule::CarrierReported, Event::LegAnswered { leg });
        }
        let target = self.call.rung(leg).map(|rung| rung.target);
        self.script = Some(match (&self.call.stage, target) {
            (Stage::Outbound(Outbound::Calling), Some(Target::Called)) => self.called_reached(leg),
            (Stage::Outbound(Outbound::Speaking), Some(Target::Called)) => self.sentence(),
            (Stage::Outbound(_), Some(Target::Called)) => Script::of([self.join(Role::Visitor)]),
            (Stage::Outbound(Outbound::Connecting), Some(Target::Connected)) => {
                self.both_reached(leg)
            }
            (Stage::Outbound(Outbound::Connected), Some(Target::Connected)) => {
                Script::of([self.join(Role::Resident)])
            }
            (_, _) => Script::of([Step::HangUp]),
        });
    }

    fn called_reached(&mut self, leg: LegId) -> Script {
        self.record(Rule::CalledPartyPickedUp, Event::PartyReached { leg });
        match self.errand().cloned() {
            Some(Errand::Connect { connect_to }) => {
                self.dial_party(Rule::CalledPartyPickedUp, Target::Connected, connect_to);
                Script::of([self.say_to_visitor(&Phrase::ConnectingYou), self.join(Role::Visitor)])
            }
            Some(Errand::Say { .. }) | None => {
                self.expect_an_end_by(self.at() + SPEAKING_TAKES);
                self.sentence()
            }
        }
    }

    fn both_reached(&mut self, leg: LegId) -> Script {
        let talk = Duration::from_secs(u64::from(self.policy().entrance.panel.talk_max_seconds));
        self.record(Rule::BothAreConnected, Event::PartyReached { leg });
        self.set_timer(Timer::TalkOver { extension: 0 }, self.at() + talk);
        self.expect_an_end_by(self.at() + talk);
        Script::of([self.join(Role::Resident)])
    }

    fn sentence(&self) -> Script {
        let phrase = match self.errand() {
            // Erased meanwhile: there is nothing left to say.
            Some(Errand::Say { text }) => {
                text.value().map_or(Phrase::Goodbye, |text| Phrase::Own { text: text.clone() })
            }
            Some(Errand::Connect { .. }) | None => Phrase::Goodbye,
        };
        Script::of([self.say_to_visitor(&phrase), Step::HangUp])
    }

    pub(super) fn connected_long_enough(&mut self) {
        self.close_outbound(Rule::TalkIsOver, Outcome::Talked, Cause::TalkLimit);
    }

    /// The one who was called hears that nobody answers before their leg ends.
    pub(super) fn hears_last_words(&self, leg: LegId) -> bool {
        self.call.rung(leg).is_some_and(|rung| rung.target == Target::Called)
    }

    /// After whatever happened: is there still someone to go on with? Once the last leg is gone, the call is over.
    pub(super) fn outbound_settles(&mut self) {
        if self.call.ordered.is_none() {
            return;
        }
        let called = self.has_hope(Target::Called);
        let connected = self.has_hope(Target::Connected);
        match self.call.stage {
            Stage::Outbound(Outbound::Calling) if !called => self.nobody_answered(Target::Called),
            Stage::Outbound(Outbound::Speaking) if !called => {
                self.close_outbound(Rule::CarrierReported, Outcome::Announced, Cause::MessageSpoken)
            }
            Stage::Outbound(Outbound::Connecting) if !called => self.close_outbound(
                Rule::OneAloneDoesNotTalk,
                Outcome::NobodyCame,
                Cause::PartyHungUp,
            ),
            Stage::Outbound(Outbound::Connecting) if !connected => self.nobody_to_connect(),
            Stage::Outbound(Outbound::Connected) if !called || !connected => {
                self.close_outbound(Rule::OneAloneDoesNotTalk, Outcome::Talked, Cause::PartyHungUp)
            }
            Stage::New
            | Stage::Watching
            | Stage::ChoosingUnit { .. }
            | Stage::GivingPin { .. }
            | Stage::Ringing { .. }
            | Stage::Talking { .. }
            | Stage::Streaming { .. }
            | Stage::Outbound(_)
            | Stage::Closing { .. }
            | Stage::Over { .. } => {}
        }
        if let Stage::Closing { outcome, cause } = self.call.stage
            && !self.call.legs.values().any(Leg::is_alive)
        {
            self.end(Rule::CarrierReported, outcome, cause);
        }
    }

    fn nobody_to_connect(&mut self) {
        let called = self.legs_of(Target::Called);
        self.nobody_answered(Target::Connected);
        for leg in called {
            let sorry = self.say_to_visitor(&Phrase::NobodyAnswers);
            self.tell(leg, Rule::VisitorHearsWhatHappens, Script::of([sorry, Step::HangUp]));
        }
    }

    /// Nobody answered on any attempt to reach the target. The other one, if there is one, is left to hear about it.
    fn nobody_answered(&mut self, target: Target) {
        let cause_of = |leg: &LegId| match self.call.legs.get(leg)?.state {
            LegState::Ended { cause, .. } => Some(cause),
            LegState::Requested
            | LegState::Starting { .. }
            | LegState::Placed
            | LegState::Answered => None,
        };
        let legs = self.legs_of(target);
        let (outcome, cause) = match legs.iter().filter_map(cause_of).next_back() {
            Some(LegEndCause::Failed) => (Outcome::Failed, Cause::NotReachable),
            Some(LegEndCause::Declined) => (Outcome::NobodyCame, Cause::EveryoneDeclined),
            Some(
                LegEndCause::HungUp
                | LegEndCause::Busy
                | LegEndCause::Unanswered
                | LegEndCause::Cancelled
                | LegEndCause::Machine,
            )
            | None => (Outcome::NobodyCame, Cause::NobodyAnswered),
        };
        let rule = Because::of(Rule::NobodyLeftInGroup).given("attempts", legs.len());
        self.record(rule, Event::CallClosing { outcome, cause });
        for leg in legs {
            self.hang_up(leg, Rule::NobodyIsLeftHanging, Duration::ZERO);
        }
        self.expect_an_end_by(self.at());
    }

    fn close_outbound(&mut self, rule: Rule, outcome: Outcome, cause: Cause) {
        self.record(rule, Event::CallClosing { outcome, cause });
        self.hang_up_rung_legs(rule, |_| true);
        self.expect_an_end_by(self.at());
    }

    fn errand(&self) -> Option<&Errand> {
        self.call.ordered.as_ref().map(|ordered| &ordered.errand)
    }

    fn has_hope(&self, of: Target) -> bool {
        self.legs_of(of).iter().any(|leg| self.call.legs.get(leg).is_some_and(Leg::is_hopeful))
    }

    fn legs_of(&self, target: Target) -> Vec<LegId> {
        let legs = self.call.legs.keys().copied();
        legs.filter(|leg| self.call.rung(*leg).is_some_and(|rung| rung.target == target)).collect()
    }
}
