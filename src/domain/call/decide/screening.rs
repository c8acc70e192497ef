//! Who may ring: our own numbers, blocks, the panel, the allowlist, then the building's policy for strangers.

use super::{Deciding, pin};
use crate::domain::call::Stage;
use crate::domain::call::event::{Admission, CallRang, Event, Refusal};
use crate::domain::call::explain::{Because, Rule};
use crate::domain::call::outcome::{Cause, Outcome};
use crate::domain::call::phrase::Phrase;
use crate::domain::call::script::{Script, Step};
use crate::domain::call::signal::{CarrierLeg, Direction, Rang};
use crate::domain::ids::LegId;
use crate::domain::personal::Personal;
use crate::domain::phone_number::Caller;
use crate::domain::policy::block::Block;
use crate::domain::policy::{LeadsTo, StrangerPolicy};

/// What screening says.
enum Verdict {
    Admit(Admission, Because),
    Refuse(Refusal, Cause, Because),
}

impl Deciding<'_> {
    /// A call came in. It may come in twice: the carrier repeats what it got no answer to.
    pub(super) fn rang(&mut self, rang: &Rang) {
        if self.is_sent_on(rang) {
            return self.sent_on(&rang.carrier_leg);
        }
        if self.call.visit.is_some() || !matches!(self.call.stage, Stage::New) {
            self.script = Some(self.visitor_hears_now());
            return;
        }
        let called = CallRang {
            direction: rang.direction,
            users: rang.users.clone(),
            ..self.call_rang(rang.leg, &rang.carrier_leg)
        };
        self.record(Rule::LineWasCalled, Event::CallRang(called));
        if self.policy().line.leads_to == LeadsTo::Watched {
            return self.watch(rang.leg);
        }
        self.expect_an_end_within_limits();
        match self.screen() {
            Verdict::Refuse(refusal, cause, because) => self.refuse(refusal, cause, because),
            Verdict::Admit(admission, because) => {
                self.record(because, Event::CallerAdmitted { admission });
                match admission {
                    Admission::StrangerWithPin => {
                        self.record(Rule::StrangersGiveAPin, Event::PinAsked { attempt: 1 });
                        self.script = Some(self.ask_visitor(&Phrase::EnterPin, pin::LONGEST_PIN));
                    }
                    Admission::Panel(_) | Admission::Allowlisted(_) | Admission::Stranger
                        if self.leads_to_backends() =>
                    {
                        self.stream_line()
                    }
                    Admission::Panel(_) | Admission::Allowlisted(_) | Admission::Stranger => {
                        self.choose_unit()
                    }
                }
            }
        }
    }

    /// Who calls what, on this leg.
    pub(super) fn call_rang(&self, leg: LegId, carrier_leg: &CarrierLeg) -> CallRang {
        let policy = self.policy();
        let caller = match (&policy.visitor.caller, policy.visitor.subject) {
            (Caller::Known(number), Some(subject)) => Some(Personal::of(subject, number.clone())),
            (Caller::Known(_) | Caller::Withheld, _) => None,
        };
        CallRang {
            call: self.facts.call,
            tenant: policy.building.tenant,
            building: policy.building.id,
            entrance: policy.entrance.id,
            line: policy.line.id,
            connection: policy.line.connection,
            caller,
            leg,
            carrier_leg: carrier_leg.clone(),
            direction: Direction::Inbound,
            users: Vec::new(),
        }
    }

    fn screen(&self) -> Verdict {
        let policy = self.policy();
        let Caller::Known(number) = &policy.visitor.caller else {
            if let Some(block) = policy.block_in_force(self.at()) {
                return blocked(block);
            }
            return match policy.building.withheld {
                StrangerPolicy::Reject => Verdict::Refuse(
                    Refusal::Withheld,
                    Cause::WithheldRejected,
                    Rule::WithheldIsRejected.into(),
                ),
                StrangerPolicy::Pin => {
                    Verdict::Admit(Admission::StrangerWithPin, Rule::WithheldGivesAPin.into())
                }
                StrangerPolicy::Ring if self.leads_to_backends() => {
                    Verdict::Admit(Admission::StrangerWithPin, Rule::StreamCallersGiveAPin.into())
                }
                StrangerPolicy::Ring => {
                    Verdict::Admit(Admission::Stranger, Rule::WithheldMayRing.into())
                }
            };
        };
        if policy.own_numbers.contains(number) {
            return Verdict::Refuse(
                Refusal::Loop,
                Cause::OwnNumber,
                Rule::OwnNumbersNeverRing.into(),
            );
        }
        if let Some(block) = policy.block_in_force(self.at()) {
            return blocked(block);
        }
        if policy.entrance.panel_numbers.contains(number) {
            let because =
                Because::of(Rule::PanelsMayRing).given("entrance", policy.entrance.name.as_str());
            return Verdict::Admit(Admission::Panel(policy.entrance.id), because);
        }
        if let Some(entry) = policy.allowlist.iter().find(|entry| entry.number == *number) {
            let because =
                Because::of(Rule::AllowlistedMayRing).given("entry", entry.id.to_string());
            return Verdict::Admit(Admission::Allowlisted(entry.id), because);
        }
        match policy.building.strangers {
            StrangerPolicy::Reject => Verdict::Refuse(
                Refusal::Stranger,
                Cause::StrangerRejected,
                Rule::StrangersAreRejected.into(),
            ),
            StrangerPolicy::Pin => {
                Verdict::Admit(Admission::StrangerWithPin, Rule::StrangersGiveAPin.into())
            }
            // Nobody looks who it is before a backend hears them.
            StrangerPolicy::Ring if self.leads_to_backends() => {
                Verdict::Admit(Admission::StrangerWithPin, Rule::StreamCallersGiveAPin.into())
            }
            StrangerPolicy::Ring => {
                Verdict::Admit(Admission::Stranger, Rule::StrangersMayRing.into())
            }
        }
    }

    fn refuse(&mut self, refusal: Refusal, cause: Cause, because: Because) {
        let rule = because.rule;
        self.record(because, Event::CallerRefused { refusal });
        self.record(rule, Event::CallClosing { outcome: Outcome::Rejected, cause });
        self.script = Some(Script::of([Step::Reject]));
    }

    /// A block counts at every step that leads further in, not only at the first. True: the visitor is refused, the call ends.
    pub(super) fn ends_if_blocked(&mut self) -> bool {
        let is_on_the_way = match &self.call.stage {
            Stage::ChoosingUnit { .. } | Stage::GivingPin { .. } | Stage::Ringing { .. } => true,
            Stage::New
            | Stage::Watching
            | Stage::Talking { .. }
            | Stage::Streaming { .. }
            | Stage::Outbound(_)
            | Stage::Closing { .. }
            | Stage::Over { .. } => false,
        };
        let Some(block) = self.policy().block_in_force(self.at()).filter(|_| is_on_the_way) else {
            return false;
        };
        self.refuse_midway(block);
        true
    }

    /// The line is open already, so that the visitor hears a word.
    pub(super) fn refuse_midway(&mut self, block: &Block) {
        self.record(
            by_the_block(block),
            Event::CallerRefused { refusal: Refusal::Blocked(block.id) },
        );
        self.close(
            Rule::BlockedNumbersAreRefused,
            Outcome::Rejected,
            Cause::CallerBlocked,
            &Phrase::Goodbye,
        );
    }

    /// Which unit is rung: the one the line leads to, or the one whose code the visitor keys in.
    fn choose_unit(&mut self) {
        if let Some(unit) = self.policy().only_unit() {
            self.record(
                Because::of(Rule::LineLeadsToOneUnit).given("unit", unit.name.as_str()),
                Event::UnitChosen { unit: unit.id },
            );
            return self.ring_unit();
        }
        let leads_nowhere = match self.policy().line.leads_to {
            LeadsTo::Unit(_) | LeadsTo::Stream | LeadsTo::Watched => true,
            LeadsTo::Entrance(_) => self.policy().units.is_empty(),
        };
        if leads_nowhere {
            return self.close(
                Rule::NoGroupLeft,
                Outcome::NobodyCame,
                Cause::NobodyToRing,
                &Phrase::NobodyAnswers,
            );
        }
        self.record(Rule::SeveralUnitsNeedACode, Event::UnitCodeAsked { attempt: 1 });
        self.script = Some(self.ask_visitor(&Phrase::EnterUnitCode, self.longest_code()));
    }
}

fn blocked(block: &Block) -> Verdict {
    Verdict::Refuse(Refusal::Blocked(block.id), Cause::CallerBlocked, by_the_block(block))
}

fn by_the_block(block: &Block) -> Because {
    Because::of(Rule::BlockedNumbersAreRefused).given("block", block.id.to_string())
}
