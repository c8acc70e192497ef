//! The rules. `decide` is total: late, repeated and shuffled signals get an answer, never an error.

mod commands;
mod dialling;
mod ending;
mod legs;
mod meeting;
mod outbound;
mod pin;
mod reconciling;
mod ringing;
mod room;
mod screening;
mod streaming;
mod talking;
mod unit_code;
mod watching;

use time::OffsetDateTime;

use super::event::{By, Event};
use super::explain::{Because, Rule};
use super::phrase::Phrase;
use super::record::EndSource;
use super::script::{AskForKeys, Conference, Join, KeysEnd, Role, Script, Speech, Step};
use super::signal::{Signal, Timer};
use super::{Call, Recorded, Stage};
use crate::domain::ids::{CallId, FreshIds, LegId};
use crate::domain::policy::Policy;

/// What is decided: events to append, and what the one who asked shall hear.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// What happened, each with its rule. May be none: a repeated report changes nothing.
    pub events: Vec<Recorded>,
    /// The reply to a leg that asked; nothing for it that goes on as it is.
    pub script: Option<Script>,
    /// The rule that forbids what a manager wants. Nothing happened then.
    pub refusal: Option<Rule>,
}

/// What a decision may look at besides the call and the signal.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The call's id.
    pub call: CallId,
    /// The building's configuration now.
    pub policy: &'a Policy,
    /// Now.
    pub at: OffsetDateTime,
}

/// What to do about a signal. Total: every signal has an answer in every state.
pub fn decide(call: &Call, signal: &Signal, facts: Facts<'_>, ids: FreshIds) -> Decision {
    let mut deciding = Deciding {
        call: call.clone(),
        facts,
        ids,
        events: Vec::new(),
        answering: None,
        script: None,
        refusal: None,
        source: EndSource::Reported,
    };
    deciding.answering = match signal {
        Signal::Rang(rang) => Some(rang.leg),
        Signal::Asks { leg, .. }
        | Signal::Pressed { leg, .. }
        | Signal::SteppedOut { leg }
        | Signal::Heard { leg }
        | Signal::PinGiven { leg, .. } => Some(*leg),
        Signal::Leg { .. }
        | Signal::Room { .. }
        | Signal::Dial { .. }
        | Signal::Effect { .. }
        | Signal::Stream { .. }
        | Signal::Record { .. }
        | Signal::Discovered(_)
        | Signal::Due(_)
        | Signal::Command { .. }
        | Signal::Ordered(_) => None,
    };
    match signal {
        Signal::Rang(rang) => deciding.rang(rang),
        Signal::Asks { leg, carrier_leg } => deciding.asks(*leg, carrier_leg.as_ref()),
        Signal::Pressed { leg, keys } => deciding.pressed(*leg, keys),
        Signal::SteppedOut { leg } => deciding.stepped_out(*leg),
        Signal::Heard { leg } => deciding.heard(*leg),
        Signal::Room { news, .. } => deciding.room(news),
        Signal::PinGiven { leg, check } => deciding.pin_given(*leg, *check),
        Signal::Leg { leg, report, carrier_leg, .. } => {
            deciding.reported(*leg, report, carrier_leg.as_ref())
        }
        Signal::Dial { leg, report } => deciding.dial(*leg, report),
        Signal::Effect { effect, result } => deciding.effect(effect, result),
        Signal::Stream { stream, news } => deciding.streamed(*stream, news),
        Signal::Record { leg, record } => deciding.record_says(*leg, record),
        Signal::Discovered(found) => deciding.discovered(found),
        Signal::Due(timer) => deciding.due(*timer),
        Signal::Command { by, command } => deciding.command(*by, command),
        Signal::Ordered(order) => deciding.ordered(order),
    }
    deciding.outbound_settles();
    Decision { events: deciding.events, script: deciding.script, refusal: deciding.refusal }
}

/// A decision in the making: each event it records changes its copy of the call at once, so that the next rule sees it.
struct Deciding<'a> {
    call: Call,
    facts: Facts<'a>,
    ids: FreshIds,
    events: Vec<Recorded>,
    /// The leg that waits for a script in reply.
    answering: Option<LegId>,
    script: Option<Script>,
    refusal: Option<Rule>,
    /// How the ends became known that are recorded now.
    source: EndSource,
}

impl<'a> Deciding<'a> {
    fn record(&mut self, because: impl Into<Because>, event: Event) {
        self.call.apply(&event);
        self.events.push(Recorded { event, because: because.into() });
    }

    fn policy(&self) -> &'a Policy {
        self.facts.policy
    }

    fn at(&self) -> OffsetDateTime {
        self.facts.at
    }

    /// Lets a leg hear something: in reply if it is the one that asks, else by a redirection.
    fn tell(&mut self, leg: LegId, rule: Rule, script: Script) {
        if self.answering == Some(leg) {
            self.script = Some(script);
            return;
        }
        let is_alive = self.call.legs.get(&leg).is_some_and(super::Leg::is_alive);
        if is_alive {
            let redirection = self.call.redirections + 1;
            self.record(rule, Event::LegRedirected { leg, redirection, script });
        }
    }

    fn set_timer(&mut self, timer: Timer, due: OffsetDateTime) {
        self.record(Rule::NothingIsForever, Event::TimerSet { timer, due });
    }

    fn speech_to_visitor(&self, phrase: &Phrase) -> Speech {
        phrase.in_language(&self.policy().building.language)
    }

    fn say_to_visitor(&self, phrase: &Phrase) -> Step {
        Step::Say(self.speech_to_visitor(phrase))
    }

    fn join(&self, role: Role) -> Step {
        let music = self.policy().building.wait_music.clone();
        Step::Join(Join { conference: Conference::of(self.facts.call), role, music })
    }

    fn ask_visitor(&self, phrase: &Phrase, at_most: u8) -> Script {
        let prompt = self.speech_to_visitor(phrase);
        Script::of([Step::AskForKeys(AskForKeys {
            prompt,
            at_most,
            ends: KeysEnd::WithHash,
            wait_seconds: 8,
        })])
    }

    /// A leg is connected and asks what it shall hear.
    fn asks(&mut self, leg: LegId, carrier_leg: Option<&super::CarrierLeg>) {
        self.identify(leg, carrier_leg);
        if self.call.ordered.is_some() {
            self.party_asks(leg);
        } else if self.call.door_leg() == Some(leg) || self.call.visit.is_none() {
            if !self.ends_if_blocked() {
                self.script = Some(self.visitor_hears_now());
            }
        } else {
            self.rung_leg_asks(leg);
        }
    }

    /// What the visitor hears in the call's present state, if they must be told again.
    fn visitor_hears_now(&self) -> Script {
        match &self.call.stage {
            Stage::New | Stage::Outbound(_) | Stage::Over { .. } => Script::of([Step::HangUp]),
            Stage::ChoosingUnit { .. } => {
                self.ask_visitor(&Phrase::EnterUnitCode, self.longest_code())
            }
            Stage::GivingPin { .. } => self.ask_visitor(&Phrase::EnterPin, pin::LONGEST_PIN),
            // Whom the carrier connected, it connected: there is nothing to tell.
            Stage::Talking { .. } if self.dials_by() == By::Script => Script::of([]),
            Stage::Ringing { .. } | Stage::Talking { .. } => Script::of([self.meet()]),
            Stage::Watching => Script::of([]),
            Stage::Streaming { stream } => self.streaming_script(*stream),
            Stage::Closing { .. } => {
                Script::of([self.say_to_visitor(&Phrase::Goodbye), Step::HangUp])
            }
        }
    }

    /// Keys were pressed.
    fn pressed(&mut self, leg: LegId, keys: &super::signal::Keys) {
        // Nobody whom we called is asked for keys.
        if self.call.ordered.is_some() {
            return;
        }
        if self.call.door_leg() != Some(leg) {
            return self.rung_leg_pressed(leg, keys);
        }
        match self.call.stage {
            Stage::ChoosingUnit { attempt } => self.unit_code_given(attempt, keys),
            // Keys that should have been checked as a PIN came past that check: they are none.
            Stage::GivingPin { .. } => self.pin_given(leg, super::signal::PinCheck::NotGiven),
            Stage::New
            | Stage::Ringing { .. }
            | Stage::Talking { .. }
            | Stage::Watching
            | Stage::Streaming { .. }
            | Stage::Outbound(_)
            | Stage::Closing { .. }
            | Stage::Over { .. } => {}
        }
    }

    fn due(&mut self, timer: Timer) {
        match timer {
            Timer::GroupOver { step } => self.group_over(step),
            Timer::GroupCut { step } => self.group_cut(step),
            Timer::TalkEndsSoon { extension } => self.talk_ends_soon(extension),
            Timer::TalkOver { extension } => self.talk_over(extension),
            Timer::StreamDue { stream } => self.stream_is_due(stream),
            Timer::CallOverdue => self.overdue(),
        }
    }
}

#[cfg(test)]
mod command_stories;
#[cfg(test)]
mod ending_stories;
#[cfg(test)]
mod flow_stories;
#[cfg(test)]
mod leg_stories;
#[cfg(test)]
mod listening_stories;
#[cfg(test)]
mod meeting_stories;
#[cfg(test)]
mod outbound_stories;
#[cfg(test)]
mod pin_stories;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod reconciling_stories;
#[cfg(test)]
mod ringing_stories;
#[cfg(test)]
mod room_stories;
#[cfg(test)]
pub(super) mod stories;
#[cfg(test)]
mod stream_stories;
#[cfg(test)]
mod talk_stories;
