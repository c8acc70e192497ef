//! Groups ring, one after the other, until somebody accepts.

use std::time::Duration;

use time::OffsetDateTime;

use super::Deciding;
use super::meeting::RINGS_AT_MOST;
use crate::domain::call::event::{By, DialRequested, Event, Target};
use crate::domain::call::explain::{Because, Rule};
use crate::domain::call::outcome::{Cause, Outcome};
use crate::domain::call::phrase::Phrase;
use crate::domain::call::script::Script;
use crate::domain::call::signal::{LegEndCause, Timer};
use crate::domain::call::{Leg, LegState, Outbound, Rung, Stage};
use crate::domain::ids::{LegId, SubjectId};
use crate::domain::personal::Personal;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::policy::flow::{AcceptMode, Group, Members, OnNone, Start};
use crate::domain::policy::{Presence, Resident, Unit};

/// How long the concierge rings.
const CONCIERGE_RINGS: Duration = Duration::from_secs(40);

/// Someone to ring, and on which number.
pub(super) struct Member {
    pub(super) target: Target,
    subject: SubjectId,
    number: PhoneNumber,
}

impl Deciding<'_> {
    /// The unit is clear: tell the visitor, and ring its first group.
    pub(super) fn ring_unit(&mut self) {
        let Stage::Ringing { unit, .. } = self.call.stage else { return };
        let name = self.policy().unit(unit).map(|unit| unit.name.clone()).unwrap_or_default();
        let announcement = self.say_to_visitor(&Phrase::Calling { unit: name });
        self.start_group(0);
        if matches!(self.call.stage, Stage::Ringing { .. }) {
            // Backends hear the visit from the room on, unless nobody is there to talk to.
            let steps = [Some(announcement), self.fork(), Some(self.meet())];
            self.script = Some(Script::of(steps.into_iter().flatten()));
        }
    }

    /// Rings the group with this place in the flow, or the next one in which there is someone to ring.
    pub(super) fn start_group(&mut self, first: u32) {
        if self.ends_if_blocked() {
            return;
        }
        let Stage::Ringing { unit, .. } = self.call.stage else { return };
        let Some(unit) = self.policy().unit(unit) else {
            return self.nobody_left();
        };
        for (place, group) in (0_u32..).zip(&unit.flow.groups).skip(first as usize) {
            if group
                .hours
                .as_ref()
                .is_some_and(|hours| !hours.holds(self.at(), &self.policy().building.zone))
            {
                self.record(Rule::OutsideTheGroupsHours, Event::GroupSkipped { group: place });
                continue;
            }
            if self.ring_group(unit, place, group) {
                return;
            }
        }
        let after_the_last = u32::try_from(unit.flow.groups.len()).unwrap_or(u32::MAX);
        if unit.flow.on_none == OnNone::Concierge
            && first <= after_the_last
            && self.ring_group(unit, after_the_last, &concierge())
        {
            return;
        }
        self.nobody_left();
    }

    /// Rings a group's members; false if there is nobody to ring in it.
    fn ring_group(&mut self, unit: &Unit, place: u32, group: &Group) -> bool {
        let step = self.call.step + 1;
        let mut members = self.members_to_ring(unit, group, step);
        if members.is_empty() {
            self.record(Rule::NobodyLeftInGroup, Event::GroupSkipped { group: place });
            return false;
        }
        let ends_at = self.at() + Duration::from_secs(u64::from(group.ring_seconds));
        let rule = if group.members == Members::Concierge {
            Rule::ConciergeIsLast
        } else {
            Rule::FlowRingsInOrder
        };
        let because = Because::of(rule)
            .given("group", place)
            .given("members", members.len())
            .given("ring_seconds", group.ring_seconds);
        self.record(because, Event::GroupStarted { step, group: place, ends_at });
        self.tell_what_is_lost(unit, group, &mut members);
        let accept = self.policy().capabilities.accept(group.accept);
        let by = self.dials_by();
        for (index, member) in (0_u32..).zip(members) {
            let gap = match group.start {
                Start::Together => Duration::ZERO,
                Start::Spaced { .. } if by == By::Script => Duration::ZERO,
                Start::Spaced { seconds } => Duration::from_secs(u64::from(seconds)) * index,
            };
            let because = Because::of(Rule::MemberRings).given("place", index);
            self.request_dial(
                because,
                member,
                Attempt {
                    step,
                    accept,
                    not_before: self.at() + gap,
                    ring_until: ends_at,
                    number_index: 0,
                    attempt: 1,
                    by,
                },
            );
        }
        let key_grace = self.policy().limits.key_grace;
        if by == By::Script {
            self.expect_an_end_by(self.at() + RINGS_AT_MOST);
            return true;
        }
        self.set_timer(Timer::GroupOver { step }, ends_at);
        self.set_timer(Timer::GroupCut { step }, ends_at + key_grace);
        self.expect_an_end_by(ends_at + key_grace);
        true
    }

    /// Machine detection where the carrier has it, else a key: never a mailbox that takes the visitor.
    fn members_to_ring(&mut self, unit: &Unit, group: &Group, step: u32) -> Vec<Member> {
        let mut members: Vec<Member> = Vec::new();
        let residents: Vec<&Resident> = match &group.members {
            Members::AllResidents => unit.residents.iter().collect(),
            Members::Residents(ids) => ids
                .iter()
                .filter_map(|id| unit.residents.iter().find(|resident| resident.id == *id))
                .collect(),
            Members::Concierge => {
                let subject = SubjectId::from_uuid(self.policy().building.id.as_uuid());
                let concierge = self
                    .policy()
                    .building
                    .concierge
                    .clone()
                    .filter(|number| !self.policy().own_numbers.contains(number));
                let is_out = self.call.out.contains(&Target::Concierge);
                return concierge
                    .filter(|_| !is_out)
                    .map(|number| Member { target: Target::Concierge, subject, number })
                    .into_iter()
                    .collect();
            }
        };
        for resident in residents {
            match self.number_to_ring(resident, &members) {
                Ok(number) => members.push(Member {
                    target: Target::Resident(resident.id),
                    subject: resident.id.into(),
                    number,
                }),
                Err(rule) => {
                    self.record(rule, Event::ResidentSkipped { step, resident: resident.id })
                }
            }
        }
        members
    }

    fn number_to_ring(&self, resident: &Resident, others: &[Member]) -> Result<PhoneNumber, Rule> {
        let today = self.policy().building.zone.date(self.at());
        let lives_here = resident.moved_in.is_none_or(|day| day <= today)
            && resident.moved_out.is_none_or(|day| today < day);
        if !lives_here {
            return Err(Rule::NotLivingHereToday);
        }
        if resident.presence == Presence::Away {
            return Err(Rule::ResidentIsAway);
        }
        if resident.do_not_disturb_until.is_some_and(|until| self.at() < until) {
            return Err(Rule::DoNotDisturb);
        }
        let zone = &self.policy().building.zone;
        if resident.quiet_hours.as_ref().is_some_and(|hours| hours.holds(self.at(), zone)) {
            return Err(Rule::QuietHours);
        }
        if self.call.out.contains(&Target::Resident(resident.id)) {
            return Err(Rule::OutForThisCall);
        }
        let number = resident.numbers.first().ok_or(Rule::ResidentHasNoNumber)?;
        if self.policy().own_numbers.contains(number) {
            return Err(Rule::OwnNumbersAreNotDialled);
        }
        if others.iter().any(|member| member.number == *number) {
            return Err(Rule::NobodyIsRungTwice);
        }
        Ok(number.clone())
    }

    fn request_dial(&mut self, because: Because, member: Member, attempt: Attempt) {
        let Attempt { step, accept, not_before, ring_until, number_index, attempt, by } = attempt;
        let deadline = ring_until.min(not_before + self.policy().limits.dial_within);
        let dial = DialRequested {
            leg: self.ids.next_id(),
            step,
            target: member.target,
            number: Personal::of(member.subject, member.number),
            number_index,
            attempt,
            accept,
            not_before,
            deadline,
            ring_until,
            by,
        };
        self.record(because, Event::DialRequested(dial));
    }

    /// The carrier refused a dial for the moment: another attempt, if there is time.
    pub(super) fn dial_again(&mut self, refused: &Rung, wait: Duration) {
        let not_before = self.at() + wait;
        let in_time =
            not_before < refused.deadline && refused.attempt < self.policy().limits.dial_attempts;
        let Some(number) =
            refused.number.value().filter(|_| in_time && self.is_ringing(refused.step))
        else {
            return;
        };
        let member = Member {
            target: refused.target,
            subject: refused.number.subject(),
            number: number.clone(),
        };
        let attempt =
            Attempt { not_before, attempt: refused.attempt + 1, ..Attempt::like(refused) };
        self.request_dial(
            Because::of(Rule::RefusedForTheMoment).given("attempt", attempt.attempt),
            member,
            attempt,
        );
    }

    /// A number can not be reached: the resident's next one, if there is time.
    pub(super) fn dial_next_number(&mut self, failed: &Rung) {
        if !self.is_ringing(failed.step)
            || self.at() >= failed.deadline
            || self.call.out.contains(&failed.target)
        {
            return;
        }
        let Target::Resident(resident) = failed.target else { return };
        let next = failed.number_index + 1;
        let number = self
            .policy()
            .resident(resident)
            .and_then(|(_, resident)| resident.numbers.get(next as usize));
        let Some(number) = number.filter(|number| {
            !self.rings_in_step(failed.step, number) && !self.policy().own_numbers.contains(number)
        }) else {
            return;
        };
        let member =
            Member { target: failed.target, subject: resident.into(), number: number.clone() };
        let attempt = Attempt {
            not_before: self.at(),
            number_index: next,
            attempt: 1,
            ..Attempt::like(failed)
        };
        self.request_dial(
            Because::of(Rule::NextNumberOfTheSame).given("number", next),
            member,
            attempt,
        );
    }

    fn rings_in_step(&self, step: u32, number: &PhoneNumber) -> bool {
        let mut rung = self.call.legs.keys().filter_map(|leg| self.call.rung(*leg));
        rung.any(|rung| rung.step == step && rung.number.value() == Some(number))
    }

    pub(super) fn is_ringing(&self, in_step: u32) -> bool {
        match self.call.stage {
            Stage::Ringing { step, .. } => step == in_step,
            Stage::Outbound(Outbound::Calling | Outbound::Connecting) => self.call.step == in_step,
            Stage::New
            | Stage::Watching
            | Stage::ChoosingUnit { .. }
            | Stage::GivingPin { .. }
            | Stage::Talking { .. }
            | Stage::Streaming { .. }
            | Stage::Outbound(Outbound::Speaking | Outbound::Connected)
            | Stage::Closing { .. }
            | Stage::Over { .. } => false,
        }
    }

    /// Goes on with the flow if nobody in the ringing group can accept any more.
    pub(super) fn go_on_if_nobody_is_left(&mut self) {
        let Stage::Ringing { group, step, .. } = self.call.stage else { return };
        let someone_may_accept =
            self.rung_legs(|rung, leg| rung.step == step && leg.is_hopeful()).next().is_some();
        if !someone_may_accept {
            self.next_group(Rule::NobodyLeftInGroup, group);
        }
    }

    /// Gives up the ringing group, hangs up whoever still rings, and rings the next.
    pub(super) fn next_group(&mut self, rule: Rule, group: u32) {
        self.hang_up_rung_legs(rule, |_| true);
        self.start_group(group + 1);
    }

    /// The group's time is over: who has picked up may still press a key.
    pub(super) fn group_over(&mut self, step: u32) {
        if !self.is_ringing(step) {
            return;
        }
        self.hang_up_rung_legs(Rule::GroupHasRungLongEnough, |leg| leg.state != LegState::Answered);
        self.go_on_if_nobody_is_left();
    }

    /// The time to press a key is over too.
    pub(super) fn group_cut(&mut self, step: u32) {
        if let Stage::Ringing { group, step: ringing, .. } = self.call.stage
            && ringing == step
        {
            self.next_group(Rule::GroupHasRungLongEnough, group);
        }
    }

    /// Hangs up rung legs that still live; one that is not dialled yet never will be.
    pub(super) fn hang_up_rung_legs(&mut self, rule: Rule, which: impl Fn(&Leg) -> bool) {
        let legs: Vec<LegId> = self.rung_legs(|_, leg| leg.is_alive() && which(leg)).collect();
        for leg in legs {
            self.hang_up(leg, rule, Duration::ZERO);
        }
    }

    fn rung_legs(&self, which: impl Fn(&Rung, &Leg) -> bool) -> impl Iterator<Item = LegId> {
        let legs = self.call.legs.iter();
        let chosen: Vec<LegId> = legs
            .filter(|(id, leg)| self.call.rung(**id).is_some_and(|rung| which(rung, leg)))
            .map(|(id, _)| *id)
            .collect();
        chosen.into_iter()
    }

    fn nobody_left(&mut self) {
        let cause = self.why_nobody_came();
        let Stage::Ringing { unit, .. } = self.call.stage else { return };
        let on_none =
            self.policy().unit(unit).map(|unit| unit.flow.on_none.clone()).unwrap_or_default();
        let phrase = match on_none {
            OnNone::Say { text: Some(text) } => Phrase::Own { text },
            OnNone::Say { text: None } | OnNone::Concierge => Phrase::NobodyAnswers,
            OnNone::HangUp => Phrase::Goodbye,
        };
        self.close(Rule::NoGroupLeft, Outcome::NobodyCame, cause, &phrase);
    }

    fn why_nobody_came(&self) -> Cause {
        let mut reached = self
            .call
            .legs
            .values()
            .filter(|leg| matches!(leg.role, crate::domain::call::LegRole::Rung(_)))
            .peekable();
        if reached.peek().is_none() {
            return Cause::NobodyToRing;
        }
        let declined =
            |leg: &Leg| matches!(leg.state, LegState::Ended { cause: LegEndCause::Declined, .. });
        if reached.all(declined) { Cause::EveryoneDeclined } else { Cause::NobodyAnswered }
    }
}

/// When and how a member is dialled.
struct Attempt {
    step: u32,
    accept: AcceptMode,
    not_before: OffsetDateTime,
    ring_until: OffsetDateTime,
    number_index: u32,
    attempt: u32,
    by: By,
}

impl Attempt {
    fn like(rung: &Rung) -> Self {
        Self {
            step: rung.step,
            accept: rung.accept,
            not_before: rung.deadline,
            ring_until: rung.ring_until,
            number_index: rung.number_index,
            attempt: rung.attempt,
            by: rung.by,
        }
    }
}

/// The concierge as a last group: a desk's phone is picked up by people.
fn concierge() -> Group {
    let ring_seconds = u16::try_from(CONCIERGE_RINGS.as_secs()).unwrap_or(u16::MAX);
    let together = Start::Together;
    Group {
        members: Members::Concierge,
        start: together,
        ring_seconds,
        accept: AcceptMode::Key,
        on_decline: crate::domain::policy::flow::OnDecline::LeaveMeOut,
        hours: None,
    }
}
