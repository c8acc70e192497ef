//! How visitor and resident meet. Where legs share no room, the visitor's script rings, and the carrier connects whoever picks up first.

use std::time::Duration;

use super::Deciding;
use super::ringing::Member;
use crate::domain::call::event::{By, Event, Target};
use crate::domain::call::explain::Rule;
use crate::domain::call::outcome::{Cause, Outcome};
use crate::domain::call::script::{Connect, Party, Role, Script, Step};
use crate::domain::call::signal::{
    CarrierLeg, ConnectedTo, EffectResult, LegEnd, LegEndCause, Phone, Rang,
};
use crate::domain::call::{Leg, LegState, Stage};
use crate::domain::ids::LegId;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::policy::Unit;
use crate::domain::policy::capabilities::Meeting;
use crate::domain::policy::flow::{AcceptMode, Group};

/// No carrier lets phones ring for longer.
pub(super) const RINGS_AT_MOST: Duration = Duration::from_secs(180);

impl Deciding<'_> {
    /// How whoever is rung is rung.
    pub(super) fn dials_by(&self) -> By {
        match self.policy().capabilities.meeting {
            Meeting::InRoom => By::Request,
            Meeting::InScript { .. } => By::Script,
        }
    }

    /// Whether the leg has no life of its own: the visitor's script rang it.
    pub(super) fn is_dialled_by_script(&self, leg: LegId) -> bool {
        self.call.rung(leg).is_some_and(|rung| rung.by == By::Script)
    }

    /// The leg on which someone is told something: whoever the script rang has none of their own.
    pub(super) fn heard_on(&self, leg: LegId) -> LegId {
        self.call.door_leg().filter(|_| self.is_dialled_by_script(leg)).unwrap_or(leg)
    }

    /// The step by which the visitor meets whoever accepts.
    pub(super) fn meet(&self) -> Step {
        match self.policy().capabilities.meeting {
            Meeting::InRoom => self.join(Role::Visitor),
            Meeting::InScript { .. } => self.connect(),
        }
    }

    fn connect(&self) -> Step {
        let parties = self.ringing_by_script().into_iter().filter_map(|leg| {
            let number = self.call.rung(leg)?.number.value()?.clone();
            Some(Party { leg, number })
        });
        let rings = self.call.legs.keys().filter_map(|leg| self.call.rung(*leg));
        let ring_seconds = rings
            .map(|rung| (rung.ring_until - self.at()).whole_seconds().clamp(1, 180))
            .max()
            .and_then(|seconds| u16::try_from(seconds).ok())
            .unwrap_or(1);
        let from = self.policy().line.number.clone();
        Step::Connect(Connect { parties: parties.collect(), from, ring_seconds })
    }

    fn ringing_by_script(&self) -> Vec<LegId> {
        let legs = self.call.legs.iter().filter(|(_, leg)| leg.is_alive()).map(|(id, _)| *id);
        legs.filter(|leg| {
            self.call
                .rung(*leg)
                .is_some_and(|rung| rung.by == By::Script && rung.step == self.call.step)
        })
        .collect()
    }

    /// Records what the carrier can not do for this group, and leaves out whom it can not ring.
    pub(super) fn tell_what_is_lost(
        &mut self,
        unit: &Unit,
        group: &Group,
        members: &mut Vec<Member>,
    ) {
        let capabilities = self.policy().capabilities;
        let by_order = capabilities.lost_by_order(&unit.flow).filter(|_| self.call.step == 1);
        let lost = capabilities.lost_by_group(group, members.len());
        for lost in lost.into_iter().chain(by_order) {
            self.record(Rule::CarrierCanNot, Event::FlowDegraded { lost: lost.to_string() });
        }
        if let Meeting::InScript { at_most } = capabilities.meeting {
            let step = self.call.step;
            let most = usize::from(at_most).min(members.len());
            for left_out in members.split_off(most) {
                if let Target::Resident(resident) = left_out.target {
                    self.record(Rule::CarrierCanNot, Event::ResidentSkipped { step, resident });
                }
            }
        }
    }

    /// Whether the carrier asks again about a visit of ours, which it goes on with under another name.
    pub(super) fn is_sent_on(&self, rang: &Rang) -> bool {
        let is_new = |leg: &Leg| {
            let id = &rang.carrier_leg.id;
            leg.carrier_leg.as_ref().is_some_and(|known| known.id != *id)
                && !leg.former_names.contains(id)
                && leg.is_alive()
        };
        self.dials_by() == By::Script
            && self.call.door_leg() == Some(rang.leg)
            && self.call.legs.get(&rang.leg).is_some_and(is_new)
    }

    /// What was rung did not answer in the carrier's own time: the next group rings, in place of whatever the account has in mind.
    pub(super) fn sent_on(&mut self, carrier_leg: &CarrierLeg) {
        let Some(door) = self.call.door_leg() else { return };
        let sent_on = Event::LegSentOn { leg: door, carrier_leg: carrier_leg.clone() };
        self.record(Rule::CarrierSentItOn, sent_on);
        let Stage::Ringing { group, .. } = self.call.stage else {
            self.script = Some(self.visitor_hears_now());
            return;
        };
        self.dial_is_over(LegEndCause::Unanswered);
        self.start_group(group + 1);
        if matches!(self.call.stage, Stage::Ringing { .. }) {
            self.script = Some(Script::of([self.meet()]));
        }
    }

    /// Whether a report is about a name that the carrier no longer uses for the leg.
    pub(super) fn is_of_before(&self, leg: LegId, carrier_leg: Option<&CarrierLeg>) -> bool {
        let former = self.call.legs.get(&leg).map(|leg| leg.former_names.as_slice());
        carrier_leg.is_some_and(|name| former.unwrap_or_default().contains(&name.id))
    }

    /// Whoever the script rang rings no more. Who has picked up was connected until now.
    pub(super) fn dial_is_over(&mut self, answered: LegEndCause) {
        for leg in self.ringing_by_script() {
            let was_answered =
                self.call.legs.get(&leg).is_some_and(|leg| leg.state == LegState::Answered);
            let cause = if was_answered { answered } else { LegEndCause::Unanswered };
            self.script_leg_ended(leg, cause);
        }
    }

    fn script_leg_ended(&mut self, leg: LegId, cause: LegEndCause) {
        let end = LegEnd { cause, is_final: true, duration_seconds: None, cost: None };
        let rule = self.rule_of_an_end(Rule::CarrierReported);
        self.record(rule, Event::LegEnded { leg, end, source: self.source });
    }

    /// The carrier connected the visitor with someone.
    pub(super) fn connected(&mut self, door: LegId, to: &ConnectedTo) {
        match self.call.stage {
            Stage::Watching => return self.put_through(door, to),
            Stage::Ringing { .. } if self.dials_by() == By::Script => {}
            Stage::New
            | Stage::ChoosingUnit { .. }
            | Stage::GivingPin { .. }
            | Stage::Ringing { .. }
            | Stage::Talking { .. }
            | Stage::Streaming { .. }
            | Stage::Outbound(_)
            | Stage::Closing { .. }
            | Stage::Over { .. } => return,
        }
        match &to.phone {
            Phone::Mailbox => self.mailbox_picked_up(door),
            // A prompt was answered, by nobody.
            Phone::Number(number) if *number == self.policy().line.number => {}
            Phone::Number(_) | Phone::Untold => match self.who_picked_up(&to.phone) {
                Some(leg) => self.picked_up_first(leg),
                None => {
                    let reason = "someone picked up whom this call did not ring".to_owned();
                    self.record(Rule::CarrierReported, Event::LegTroubled { leg: door, reason });
                }
            },
        }
    }

    /// Whose number it is; where none is told, whoever rings alone.
    fn who_picked_up(&self, phone: &Phone) -> Option<LegId> {
        let ringing = self.ringing_by_script();
        let has = |leg: &LegId, number: &PhoneNumber| {
            self.call.rung(*leg).is_some_and(|rung| rung.number.value() == Some(number))
        };
        match (phone, ringing.as_slice()) {
            (Phone::Number(number), all) => all.iter().find(|leg| has(leg, number)).copied(),
            (Phone::Untold, [only]) => Some(*only),
            (Phone::Untold | Phone::Mailbox, _) => None,
        }
    }

    fn picked_up_first(&mut self, leg: LegId) {
        self.record(Rule::CarrierReported, Event::LegAnswered { leg });
        self.accept(leg, AcceptMode::None);
        for other in self.ringing_by_script().into_iter().filter(|other| *other != leg) {
            self.script_leg_ended(other, LegEndCause::Cancelled);
        }
    }

    /// The account's own mailbox took the visit: nobody came.
    fn mailbox_picked_up(&mut self, door: LegId) {
        let reason = "the account's own mailbox picked up".to_owned();
        self.record(Rule::CarrierReported, Event::LegTroubled { leg: door, reason });
        self.dial_is_over(LegEndCause::Unanswered);
        let (outcome, cause) = (Outcome::NobodyCame, Cause::MailboxPickedUp);
        self.record(Rule::MailboxesAreHungUp, Event::CallClosing { outcome, cause });
        self.hang_up(door, Rule::MailboxesAreHungUp, Duration::ZERO);
        self.expect_an_end_by(self.at());
    }

    /// A part of the visitor's script was heard to its end: they hear the rest.
    pub(super) fn heard(&mut self, leg: LegId) {
        if self.call.door_leg() != Some(leg) {
            self.script = Some(Script::of([Step::HangUp]));
            return;
        }
        if self.tones_are_on_their_way() {
            self.opening_went(self.call.openings, &EffectResult::Done);
        }
        if self.ends_if_blocked() {
            return;
        }
        self.script = Some(match self.call.stage {
            Stage::New | Stage::Closing { .. } | Stage::Over { .. } => Script::of([Step::HangUp]),
            Stage::ChoosingUnit { .. }
            | Stage::GivingPin { .. }
            | Stage::Watching
            | Stage::Ringing { .. }
            | Stage::Talking { .. }
            | Stage::Streaming { .. }
            | Stage::Outbound(_) => self.visitor_hears_now(),
        });
    }

    /// Whether the open digits are a part of what the visitor's leg hears right now.
    fn tones_are_on_their_way(&self) -> bool {
        self.call.opening_by == By::Script && self.call.openings > self.call.openings_done
    }

    /// The open digits, where they are a part of the script.
    pub(super) fn tones_in_script(&self) -> Option<Step> {
        let tones = self.policy().entrance.panel.tones();
        self.tones_are_on_their_way().then_some(Step::Tones { tones })
    }

    /// Nobody tells whether tones were heard to their end that ended with the leg.
    pub(super) fn tones_end_with_the_leg(&mut self) {
        if self.tones_are_on_their_way() {
            let reason = "the visitor's leg ended before it was told that they were heard";
            let result = EffectResult::Unknown { reason: reason.to_owned() };
            self.opening_went(self.call.openings, &result);
        }
    }
}
