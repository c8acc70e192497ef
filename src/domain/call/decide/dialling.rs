//! How the placing of a leg goes: a dial that is no longer wanted never starts, and one that may ring is never repeated.

use std::time::Duration;

use super::Deciding;
use crate::domain::call::event::Event;
use crate::domain::call::explain::{Because, Rule};
use crate::domain::call::signal::{Again, DialReport};
use crate::domain::call::{LegState, Outbound, Stage};
use crate::domain::ids::LegId;

impl Deciding<'_> {
    pub(super) fn dial(&mut self, leg: LegId, report: &DialReport) {
        let Some((state, rung)) =
            self.call.legs.get(&leg).map(|leg| leg.state).zip(self.call.rung(leg).cloned())
        else {
            return;
        };
        match report {
            DialReport::Ready => self.may_start(leg, state, rung.deadline),
            DialReport::Placed(carrier_leg) => {
                if matches!(state, LegState::Starting { .. }) {
                    self.record(
                        Rule::WorkerReported,
                        Event::DialPlaced { leg, carrier_leg: carrier_leg.clone() },
                    );
                    self.hang_up_if_unwanted(leg);
                }
            }
            DialReport::Refused { reason, again } => {
                if !matches!(state, LegState::Starting { .. }) {
                    return;
                }
                self.record(
                    Rule::WorkerReported,
                    Event::DialRefused { leg, reason: reason.clone(), again: *again },
                );
                match again {
                    Again::After { wait_ms } => {
                        self.dial_again(&rung, Duration::from_millis(u64::from(*wait_ms)))
                    }
                    Again::Never => self.dial_next_number(&rung),
                }
                self.go_on_if_nobody_is_left();
            }
            DialReport::Unknown { reason } => {
                if matches!(state, LegState::Starting { .. }) {
                    self.record(
                        Rule::UnknownIsNeverRepeated,
                        Event::DialUnknown { leg, reason: reason.clone() },
                    );
                    self.go_on_if_nobody_is_left();
                }
            }
            DialReport::Expired => {
                if matches!(state, LegState::Requested | LegState::Starting { .. }) {
                    self.record(Rule::RingWouldBeStale, Event::DialExpired { leg });
                    self.go_on_if_nobody_is_left();
                }
            }
        }
    }

    fn may_start(&mut self, leg: LegId, state: LegState, deadline: time::OffsetDateTime) {
        if state != LegState::Requested {
            return;
        }
        if self.at() >= deadline {
            self.record(Rule::RingWouldBeStale, Event::DialExpired { leg });
            return self.go_on_if_nobody_is_left();
        }
        let is_ringing = matches!(
            self.call.stage,
            Stage::Ringing { .. } | Stage::Outbound(Outbound::Calling | Outbound::Connecting)
        );
        if !is_ringing {
            return self.record(Rule::NoLongerWanted, Event::DialDropped { leg });
        }
        self.record(Because::of(Rule::StillWanted), Event::DialStarted { leg });
    }

    /// A leg that came up after nobody wants it any more is hung up.
    pub(super) fn hang_up_if_unwanted(&mut self, leg: LegId) {
        let is_wanted = match &self.call.stage {
            Stage::Ringing { .. } => true,
            Stage::Talking { leg: winner, .. } => *winner == leg,
            Stage::Outbound(_) => true,
            Stage::New
            | Stage::Watching
            | Stage::ChoosingUnit { .. }
            | Stage::GivingPin { .. }
            | Stage::Streaming { .. } => false,
            Stage::Closing { .. } => self.hears_last_words(leg),
            Stage::Over { .. } => false,
        };
        if !is_wanted {
            self.hang_up(leg, Rule::NobodyIsLeftHanging, Duration::ZERO);
        }
    }
}
