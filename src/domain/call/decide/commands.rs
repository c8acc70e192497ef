//! What a manager wants of a running call: it is done, or refused with the rule that forbids it. Never half of both.

use std::time::Duration;

use super::Deciding;
use crate::domain::call::event::{By, Event, Opener, Operator};
use crate::domain::call::explain::Rule;
use crate::domain::call::outcome::Cause;
use crate::domain::call::room::{Hold, Voice};
use crate::domain::call::signal::Command;
use crate::domain::call::{HangUp, Leg, LegRole, LegState, Stage};
use crate::domain::ids::LegId;

impl Deciding<'_> {
    pub(super) fn command(&mut self, by: Operator, command: &Command) {
        self.refusal = self.why_not(command);
        if self.refusal.is_some() || self.is_so_already(command) {
            return;
        }
        let wanted = wanted(command).to_owned();
        self.record(Rule::ManagerDecides, Event::ManagerStepped { by, wanted });
        match command {
            Command::OpenDoor => {
                let opener = match by {
                    Operator::User(user) => Opener::Manager(user),
                    Operator::Program { api_key } => Opener::Program(api_key),
                };
                self.open_door(Rule::ManagerDecides, opener);
            }
            Command::HangUp => self.manager_hangs_up(),
            Command::Mute(leg) => {
                self.record(Rule::ManagerDecides, Event::MuteRequested { leg: *leg });
            }
            Command::Unmute(leg) => {
                self.record(Rule::ManagerDecides, Event::UnmuteRequested { leg: *leg });
            }
            Command::Hold(leg) => {
                self.record(Rule::ManagerDecides, Event::HoldRequested { leg: *leg });
            }
            Command::Resume(leg) => {
                self.record(Rule::ManagerDecides, Event::ResumeRequested { leg: *leg });
            }
            Command::Remove(leg) => self.manager_removes(*leg),
            Command::Say(text) => {
                for leg in self.connected_legs() {
                    let say = Event::SayRequested { leg, text: text.clone() };
                    self.record(Rule::ManagerDecides, say);
                }
            }
            Command::Announce { leg, text } => {
                let say = Event::SayRequested { leg: *leg, text: text.clone() };
                self.record(Rule::ManagerDecides, say);
            }
        }
    }

    /// The rule that forbids it, if one does.
    fn why_not(&self, command: &Command) -> Option<Rule> {
        if self.call.is_over() {
            return Some(Rule::CallIsOver);
        }
        if self.call.line().is_none() {
            return Some(Rule::CallHasNotBegun);
        }
        let is_closing = matches!(self.call.stage, Stage::Closing { .. });
        match command {
            Command::OpenDoor => self.why_not_open(),
            Command::HangUp => is_closing.then_some(Rule::CallIsEnding),
            Command::Hold(_) | Command::Resume(_) if !self.policy().capabilities.holds => {
                Some(Rule::CarrierCanNot)
            }
            // Who was rung by a script has no leg of their own to do anything to.
            Command::Mute(_)
            | Command::Unmute(_)
            | Command::Announce { .. }
            | Command::Remove(_)
                if self.dials_by() == By::Script =>
            {
                Some(Rule::CarrierCanNot)
            }
            Command::Mute(leg)
            | Command::Unmute(leg)
            | Command::Hold(leg)
            | Command::Resume(leg)
            | Command::Announce { leg, .. } => match self.call.legs.get(leg) {
                None => Some(Rule::NoSuchLeg),
                Some(leg) if !leg.is_alive() => Some(Rule::LegIsOver),
                Some(leg) if !is_connected(leg) => Some(Rule::LegIsNotConnected),
                Some(_) => None,
            },
            Command::Remove(leg) => match self.call.legs.get(leg) {
                None => Some(Rule::NoSuchLeg),
                Some(leg) if !leg.is_alive() => Some(Rule::LegIsOver),
                Some(leg) if leg.hang_up == HangUp::Wanted => Some(Rule::LegIsLeaving),
                Some(_) => is_closing.then_some(Rule::CallIsEnding),
            },
            Command::Say(_) => self.connected_legs().is_empty().then_some(Rule::NobodyIsConnected),
        }
    }

    /// Whether the leg is as it is wanted, or the carrier was asked to make it so: asking twice would do nothing more.
    fn is_so_already(&self, command: &Command) -> bool {
        let leg = |leg: &LegId| self.call.legs.get(leg).map(|leg| leg.in_room);
        match command {
            Command::Mute(id) => leg(id).is_some_and(|leg| leg.voice_to_be() == Voice::Muted),
            Command::Unmute(id) => leg(id).is_some_and(|leg| leg.voice_to_be() == Voice::Heard),
            Command::Hold(id) => leg(id).is_some_and(|leg| leg.hold_to_be() == Hold::OnHold),
            Command::Resume(id) => leg(id).is_some_and(|leg| leg.hold_to_be() == Hold::Free),
            Command::OpenDoor
            | Command::HangUp
            | Command::Remove(_)
            | Command::Say(_)
            | Command::Announce { .. } => false,
        }
    }

    /// A call needs its visitor, and a call that we placed whoever it was placed for: without them it is over.
    fn manager_removes(&mut self, leg: LegId) {
        let is_visitor = self.call.rung(leg).is_none();
        self.record(Rule::ManagerDecides, Event::LegRemoved { leg });
        if is_visitor || self.call.ordered.is_some() {
            return self.manager_hangs_up();
        }
        self.hang_up(leg, Rule::ManagerDecides, Duration::ZERO);
        if matches!(self.call.stage, Stage::Talking { leg: talker, .. } if talker == leg) {
            return self.end_talk(Rule::ManagerDecides, Cause::ManagerHungUp);
        }
        self.go_on_if_nobody_is_left();
    }

    fn connected_legs(&self) -> Vec<LegId> {
        let legs = self.call.legs.iter();
        legs.filter(|(_, leg)| leg.hang_up == HangUp::NotWanted && is_connected(leg))
            .map(|(id, _)| *id)
            .collect()
    }
}

/// Whether there is someone on the leg: a visitor is from the first ring, whoever is rung once they picked up.
fn is_connected(leg: &Leg) -> bool {
    let picked_up = match leg.role {
        LegRole::Visitor => leg.is_alive(),
        LegRole::Rung(_) => leg.state == LegState::Answered,
    };
    picked_up && leg.carrier_leg.is_some()
}

const fn wanted(command: &Command) -> &'static str {
    match command {
        Command::OpenDoor => "open the door",
        Command::HangUp => "hang up",
        Command::Mute(_) => "mute a leg",
        Command::Unmute(_) => "unmute a leg",
        Command::Hold(_) => "put a leg on hold",
        Command::Resume(_) => "take a leg off hold",
        Command::Remove(_) => "remove a leg",
        Command::Say(_) => "say a sentence",
        Command::Announce { .. } => "say a sentence to a leg",
    }
}
