//! Plays a call in a simulated world: a virtual clock, the one `decide`, and nothing written.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use super::phones::{Phone, VISITOR};
use super::world::{Commanded, Keying, Leaves, Wanted, World};
use crate::domain::call::decide::{Facts, decide};
use crate::domain::call::event::{Event, Target};
use crate::domain::call::script::{Script, Step};
use crate::domain::call::signal::{
    CarrierLeg, Command, Effect, EffectResult, LegReport, Rang, Signal,
};
use crate::domain::call::work::Task;
use crate::domain::call::{Call, Recorded};
use crate::domain::ids::{CallId, FreshIds, LegId};
use crate::domain::policy::Policy;

/// The id of every simulated call: it is told to nobody.
const CALL: CallId = CallId::from_uuid(Uuid::from_u128(1 << 96));
/// What may happen in one call at most. Every tape ends and every timer is set once, so that none comes near.
const HAPPENINGS_MAX: u32 = 20_000;
/// How long a visitor who was let in still listens.
const WALKS_IN_AFTER: Duration = Duration::from_secs(5);
/// How long a leg that is not placed yet is left alone before it is asked again to end.
const NAME_COMES_WITHIN: Duration = Duration::from_millis(300);

/// A call as it would go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// What would be stored, and when.
    pub events: Vec<(OffsetDateTime, Recorded)>,
    /// What would be spoken.
    pub heard: Vec<Heard>,
    /// What had to be guessed.
    pub guesses: BTreeSet<Guess>,
}

/// A sentence that is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// From when.
    pub at: OffsetDateTime,
    /// To whom; nothing: the visitor.
    pub by: Option<Target>,
    /// The sentence.
    pub text: String,
    /// Its language, BCP 47.
    pub language: String,
    /// Because of which event.
    pub event: Option<usize>,
}

/// Something that nobody told, and that the call depended on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guess {
    /// Which unit the visitor wanted.
    UnitWanted,
    /// Which PIN the visitor would have given.
    Pin,
    /// How this one would have reacted.
    Reaction(Target),
    /// How long the visitor would have waited.
    Patience,
}

/// The visitor keyed in a PIN of which nothing is known yet: look it up, and play again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPin(pub String);

/// Something that happens at a time.
#[derive(Clone, Debug)]
pub(super) enum Happening {
    /// What an event asked for.
    Do { task: Task, script: Option<Script>, event: usize, worth_until: OffsetDateTime },
    /// The next thing on a phone's tape.
    Moment(LegId, super::world::Did),
    /// The tape of a phone is known no further.
    KnownNoMore(LegId),
    /// The carrier's own limit of a ring.
    RingTimesOut(LegId),
    /// A script came to where the leg stays in the room, unless it hears another meanwhile.
    Joins(LegId, u32),
    /// A script came to its end.
    ScriptEnds(LegId, u32),
    /// The wait for keys is over, unless it was prolonged.
    AskTimesOut(LegId, u32),
    /// The visitor presses keys.
    Presses(String),
    /// The visitor answers the question that is asked.
    Remembers(u32, super::world::Answered),
    /// Sending the open digits came to an end.
    Opened(Effect, EffectResult),
    /// The visitor goes.
    Leaves,
    /// A manager wants something.
    Commanded(Commanded),
}

/// A call that is being played.
pub(super) struct Play<'a> {
    pub(super) policy: &'a Policy,
    pub(super) world: &'a World,
    pub(super) now: OffsetDateTime,
    pub(super) call: Call,
    pub(super) phones: BTreeMap<LegId, Phone>,
    pub(super) rings: BTreeMap<Target, usize>,
    pub(super) codes_asked: usize,
    pub(super) pins_asked: usize,
    pub(super) wrong_pins: u32,
    pub(super) unknown_pin: Option<String>,
    pub(super) played: Played,
    agenda: BTreeMap<(OffsetDateTime, u64), Happening>,
    scheduled: u64,
    decisions: u128,
}

/// Plays a call that comes in at `at`. The same world gives the same call.
pub fn play(policy: &Policy, world: &World, at: OffsetDateTime) -> Result<Played, UnknownPin> {
    let mut play = Play {
        policy,
        world,
        now: at,
        call: Call::default(),
        phones: BTreeMap::new(),
        rings: BTreeMap::new(),
        codes_asked: 0,
        pins_asked: 0,
        wrong_pins: 0,
        unknown_pin: None,
        played: Played::default(),
        agenda: BTreeMap::new(),
        scheduled: 0,
        decisions: 0,
    };
    play.begin();
    for _ in 0..HAPPENINGS_MAX {
        let Some(((at, _), happening)) = play.agenda.pop_first() else { break };
        play.now = at;
        play.happens(happening);
        if let Some(pin) = play.unknown_pin {
            return Err(UnknownPin(pin));
        }
    }
    Ok(play.played)
}

impl Play<'_> {
    fn begin(&mut self) {
        self.phones.insert(VISITOR, Phone::visitor());
        if let Keying::Presses(presses) = &self.world.visitor.keys {
            for (after, keys) in presses {
                self.after(*after, Happening::Presses(keys.clone()));
            }
        }
        if let Leaves::After(after) = self.world.visitor.leaves {
            self.after(after, Happening::Leaves);
        }
        for commanded in &self.world.commands {
            self.after(commanded.after, Happening::Commanded(*commanded));
        }
        let rang = Rang::inbound(VISITOR, carrier_leg(VISITOR));
        let script = self.tell(&Signal::Rang(rang));
        let is_refused = script.is_some_and(|script| script.steps().contains(&Step::Reject));
        if !(is_refused && self.policy.capabilities.rejects_unanswered) {
            self.report(VISITOR, LegReport::Answered);
        }
    }

    /// Tells the call something; what it wants done is put on the agenda.
    pub(super) fn tell(&mut self, signal: &Signal) -> Option<Script> {
        self.decisions += 1;
        // Far enough apart for all ids that one decision may need.
        let ids = FreshIds::from(Uuid::from_u128((1 << 100) + (self.decisions << 32)));
        let facts = Facts { call: CALL, policy: self.policy, at: self.now };
        let decision = decide(&self.call, signal, facts, ids);
        let changed = !decision.events.is_empty();
        for recorded in decision.events {
            self.call.apply(&recorded.event);
            let event = self.played.events.len();
            if let Some(order) = recorded.event.order(self.now) {
                let script = match &recorded.event {
                    Event::LegRedirected { script, .. } => Some(script.clone()),
                    _ => None,
                };
                let worth_until = self.now + order.expires_in;
                let task = order.task;
                self.after(order.delay, Happening::Do { task, script, event, worth_until });
            }
            if matches!(recorded.event, Event::DoorOpened { .. })
                && self.world.visitor.leaves == Leaves::OnceLetIn
            {
                self.after(WALKS_IN_AFTER, Happening::Leaves);
            }
            self.played.events.push((self.now, recorded));
        }
        let event = if changed { self.played.events.len().checked_sub(1) } else { None };
        if let Some((leg, script)) = who_asks(signal).zip(decision.script.as_ref()) {
            self.hears(leg, script, event);
        }
        decision.script
    }

    pub(super) fn report(&mut self, leg: LegId, report: LegReport) {
        self.tell(&Signal::Leg { leg, report, carrier_leg: None, occurred_at: None });
    }

    pub(super) fn after(&mut self, delay: Duration, happening: Happening) {
        self.at(self.now + delay, happening);
    }

    pub(super) fn at(&mut self, at: OffsetDateTime, happening: Happening) {
        self.scheduled += 1;
        self.agenda.insert((at.max(self.now), self.scheduled), happening);
    }

    pub(super) fn guess(&mut self, guess: Guess) {
        self.played.guesses.insert(guess);
    }

    fn happens(&mut self, happening: Happening) {
        match happening {
            Happening::Do { task: Task::Dial(leg), .. } => self.dials(leg),
            Happening::Do { task: Task::Wake(timer), .. } => {
                if !self.call.is_over() {
                    self.tell(&Signal::Due(timer));
                }
            }
            Happening::Do { task: Task::Cause(effect), script, event, worth_until } => {
                match self.must_wait(&effect) {
                    Some(wait) if self.now + wait < worth_until => {
                        let task = Task::Cause(effect);
                        self.after(wait, Happening::Do { task, script, event, worth_until });
                    }
                    Some(_) => {}
                    None => self.causes(effect, script, event),
                }
            }
            Happening::Moment(leg, did) => self.moment(leg, did),
            Happening::KnownNoMore(leg) => self.known_no_more(leg),
            Happening::RingTimesOut(leg) => self.ring_times_out(leg),
            Happening::Joins(leg, script) => self.joins(leg, script),
            Happening::ScriptEnds(leg, script) => self.script_ends(leg, script),
            Happening::AskTimesOut(leg, ask) => self.ask_times_out(leg, ask),
            Happening::Presses(keys) => self.visitor_presses(&keys),
            Happening::Remembers(script, answer) => self.visitor_remembers(script, &answer),
            Happening::Opened(effect, result) => {
                self.tell(&Signal::Effect { effect, result });
            }
            Happening::Leaves => self.hangs_up(VISITOR),
            Happening::Commanded(commanded) => self.commanded(commanded),
        }
    }

    /// A leg that the carrier has not named yet can not be told anything.
    fn must_wait(&self, effect: &Effect) -> Option<Duration> {
        let Effect::HangUp { leg } = effect else { return None };
        let phone = self.phones.get(leg)?;
        (phone.is_alive() && !phone.is_placed()).then_some(NAME_COMES_WITHIN)
    }

    /// A worker would do it now.
    fn causes(&mut self, effect: Effect, script: Option<Script>, event: usize) {
        match &effect {
            Effect::HangUp { leg } => self.hangs_up(*leg),
            Effect::OpenDoor { leg, opening } => {
                if !self.is_alive(*leg) {
                    let result = EffectResult::Failed { reason: "the leg is over".to_owned() };
                    self.tell(&Signal::Effect { effect, result });
                    return;
                }
                let told = self.world.openings.get((*opening as usize).saturating_sub(1));
                let (after, result) = told.map_or((Duration::ZERO, EffectResult::Done), |told| {
                    (told.after, told.result.clone())
                });
                self.after(after, Happening::Opened(effect, result));
            }
            Effect::Redirect { leg, .. } => {
                if let Some(script) = script.filter(|_| self.is_alive(*leg)) {
                    self.hears(*leg, &script, Some(event));
                }
            }
            Effect::ListenForKeys { leg } => {
                if let Some(phone) = self.phones.get_mut(leg) {
                    phone.listens();
                }
            }
            Effect::Say { leg, text } => {
                let language = self.policy.building.language.clone();
                if self.is_alive(*leg) {
                    self.heard(*leg, Duration::ZERO, text.clone(), language, Some(event));
                }
            }
            // Nobody listens in on a call that does not take place, and no carrier has records of it.
            Effect::StartStream { .. } | Effect::StopStream { .. } | Effect::LookUp { .. } => {}
            Effect::Mute { .. }
            | Effect::Unmute { .. }
            | Effect::Hold { .. }
            | Effect::Resume { .. } => {
                self.tell(&Signal::Effect { effect, result: EffectResult::Done });
            }
        }
    }

    fn commanded(&mut self, commanded: Commanded) {
        let command = match commanded.wanted {
            Wanted::Open => Command::OpenDoor,
            Wanted::HangUp => Command::HangUp,
            Wanted::Remove(target) => {
                let mut legs = self.phones.iter().rev();
                let theirs = legs.find(|(_, phone)| phone.is_of(target) && phone.is_alive());
                let Some((leg, _)) = theirs else { return };
                Command::Remove(*leg)
            }
        };
        self.tell(&Signal::Command { by: commanded.by, command });
    }

    pub(super) fn is_alive(&self, leg: LegId) -> bool {
        self.phones.get(&leg).is_some_and(Phone::is_alive)
    }

    pub(super) fn heard(
        &mut self,
        leg: LegId,
        after: Duration,
        text: String,
        language: String,
        event: Option<usize>,
    ) {
        let by = self.call.rung(leg).map(|rung| rung.target);
        self.played.heard.push(Heard { at: self.now + after, by, text, language, event });
    }
}

/// A carrier's name for a leg.
pub(super) fn carrier_leg(leg: LegId) -> CarrierLeg {
    CarrierLeg { id: leg.to_string(), region: None }
}

/// The leg that waits for a script in reply.
fn who_asks(signal: &Signal) -> Option<LegId> {
    match signal {
        Signal::Rang(rang) => Some(rang.leg),
        Signal::Asks { leg, .. }
        | Signal::Pressed { leg, .. }
        | Signal::SteppedOut { leg }
        | Signal::Heard { leg }
        | Signal::PinGiven { leg, .. } => Some(*leg),
        Signal::Room { .. }
        | Signal::Leg { .. }
        | Signal::Ordered(_)
        | Signal::Dial { .. }
        | Signal::Effect { .. }
        | Signal::Stream { .. }
        | Signal::Record { .. }
        | Signal::Discovered(_)
        | Signal::Due(_)
        | Signal::Command { .. } => None,
    }
}
