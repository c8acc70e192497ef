//! How events change a call. No rules here: what happened, happened.

use super::event::{By, CallRang, DialRequested, Errand, Event, StreamRequested};
use super::record::EndSource;
use super::room::LegInRoom;
use super::signal::{Again, CarrierLeg, CarrierRoom, LegEnd, LegEndCause, Timer};
use super::stream::{Stream, StreamKind};
use super::{Call, Door, HangUp, Hope, LastWord, Leg, LegRole, LegState, Outbound, Rung, Stage};
use crate::domain::ids::LegId;

impl Call {
    /// The state after this event.
    #[expect(clippy::too_many_lines, reason = "one arm an event type")]
    pub fn apply(&mut self, event: &Event) {
        for (id, leg) in &mut self.legs {
            leg.in_room.apply(*id, event);
        }
        self.room_news.extend(event.sequence());
        match event {
            Event::CallRang(rang) => self.rang(rang),
            Event::CallWatched { .. } => self.stage = Stage::Watching,
            Event::CallPutThrough { leg, .. } => self.answered(*leg),
            Event::CallDiscovered(found) => self.rang(&found.rang),
            Event::CallOrdered(ordered) => {
                self.ordered = Some(ordered.clone());
                self.stage = Stage::Outbound(Outbound::Calling);
            }
            Event::PartyReached { .. } => self.party_reached(),
            Event::UnitCodeAsked { attempt } => {
                self.stage = Stage::ChoosingUnit { attempt: *attempt }
            }
            Event::PinAsked { attempt } => self.stage = Stage::GivingPin { attempt: *attempt },
            Event::UnitChosen { unit } => {
                self.stage = Stage::Ringing { unit: *unit, group: 0, step: 0 }
            }
            Event::GroupStarted { step, group, .. } => self.group_started(*step, *group),
            Event::DialRequested(dial) => self.dial_requested(dial),
            Event::DialStarted { leg } => self.leg_is(*leg, LegState::Starting { hope: Hope::Yes }),
            Event::DialUnknown { leg, .. } => {
                self.leg_is(*leg, LegState::Starting { hope: Hope::No })
            }
            Event::DialPlaced { leg, carrier_leg } | Event::LegIdentified { leg, carrier_leg } => {
                self.identified(*leg, carrier_leg)
            }
            Event::DialDropped { leg } => self.never_placed(*leg, LegEndCause::Cancelled),
            Event::DialRefused { leg, again, .. } => {
                let cause = match again {
                    Again::After { .. } => LegEndCause::Cancelled,
                    Again::Never => LegEndCause::Failed,
                };
                self.never_placed(*leg, cause);
            }
            Event::DialExpired { leg } => self.never_placed(*leg, LegEndCause::Unanswered),
            Event::LegSentOn { leg, carrier_leg } => self.sent_on(*leg, carrier_leg),
            Event::LegRinging { leg } => self.leg_is(*leg, LegState::Placed),
            Event::LegAnswered { leg } => self.answered(*leg),
            Event::AcceptAsked { leg, attempt } => self.on_leg(*leg, |leg| leg.prompts = *attempt),
            Event::LegEnded { leg, end, source } => self.leg_ended(*leg, end, *source),
            Event::LegSought { leg, attempt } => self.on_leg(*leg, |leg| leg.sought = *attempt),
            Event::CallAccepted { leg, .. } => self.accepted(*leg),
            Event::CallDeclined { leg, .. }
            | Event::LegHeardMachine { leg }
            | Event::LegRemoved { leg } => self.is_out(*leg),
            Event::TalkExtended { extension, .. } => self.talk_extended(*extension),
            Event::HangUpRequested { leg, .. } => {
                self.on_leg(*leg, |leg| leg.hang_up = HangUp::Wanted)
            }
            Event::DoorOpenRequested { opening, opener, asked_at, by, .. } => {
                self.opening_by = *by;
                self.openings = *opening;
                self.opener = Some(*opener);
                self.opening_asked_at = Some(*asked_at);
            }
            Event::DoorOpened { opening, .. } => {
                self.openings_done = self.openings_done.max(*opening);
                self.door = Door::Opened;
            }
            Event::DoorOpenFailed { opening, .. } => {
                self.openings_done = self.openings_done.max(*opening)
            }
            Event::RoomNamed { room } => self.room_named(room),
            Event::StreamRequested(wanted) => self.stream_requested(wanted),
            Event::StreamNamed { stream, .. }
            | Event::StreamStarted { stream }
            | Event::StreamBackendConnected { stream, .. }
            | Event::StreamBackendLost { stream, .. }
            | Event::StreamBackendRecovered { stream, .. }
            | Event::StreamBackendGone { stream, .. }
            | Event::StreamRequiredGone { stream, .. }
            | Event::StreamStopRequested { stream }
            | Event::StreamLegEnded { stream, .. }
            | Event::StreamEnded { stream, .. } => {
                if let Some(stream) = self.streams.get_mut(stream) {
                    stream.apply(event);
                }
            }
            Event::LegRedirected { redirection, .. } => self.redirections = *redirection,
            Event::TimerSet { timer: Timer::CallOverdue, due } => self.overdue_at = Some(*due),
            Event::CallClosing { outcome, cause } => {
                self.stage = Stage::Closing { outcome: *outcome, cause: *cause }
            }
            Event::CallEnded { outcome, cause, .. } => {
                self.stage = Stage::Over { outcome: *outcome, cause: *cause }
            }
            Event::CallerAdmitted { .. }
            | Event::CallerRefused { .. }
            | Event::UnitCodeWrong { .. }
            | Event::PinAccepted { .. }
            | Event::PinRefused { .. }
            | Event::CallerBlocked { .. }
            | Event::EntranceBlocked { .. }
            | Event::ResidentSkipped { .. }
            | Event::GroupSkipped { .. }
            | Event::LegHeardHuman { .. }
            | Event::RoomStarted { .. }
            | Event::RoomEnded { .. }
            | Event::LegJoined { .. }
            | Event::LegLeft { .. }
            | Event::SpeechStarted { .. }
            | Event::SpeechStopped { .. }
            | Event::LegMuted { .. }
            | Event::LegUnmuted { .. }
            | Event::LegHeld { .. }
            | Event::LegResumed { .. }
            | Event::LegModified { .. }
            | Event::AnnouncementEnded { .. }
            | Event::AnnouncementFailed { .. }
            | Event::HoldRequested { .. }
            | Event::ResumeRequested { .. }
            | Event::LegTroubled { .. }
            | Event::KeysListenedFor { .. }
            | Event::MuteRequested { .. }
            | Event::UnmuteRequested { .. }
            | Event::SayRequested { .. }
            | Event::EffectFailed { .. }
            | Event::TimerSet { .. }
            | Event::ManagerStepped { .. }
            | Event::FlowDegraded { .. } => {}
        }
    }

    fn rang(&mut self, rang: &CallRang) {
        let visitor = self.legs.entry(rang.leg).or_insert_with(Leg::visitor);
        visitor.carrier_leg = Some(rang.carrier_leg.clone());
        self.visit = Some(rang.clone());
    }

    fn stream_requested(&mut self, wanted: &StreamRequested) {
        self.streams.insert(wanted.stream, Stream::requested(wanted));
        if wanted.kind == StreamKind::Line {
            self.stage = Stage::Streaming { stream: wanted.stream };
        }
    }

    fn party_reached(&mut self) {
        let says = self
            .ordered
            .as_ref()
            .is_some_and(|ordered| matches!(ordered.errand, Errand::Say { .. }));
        let Stage::Outbound(stage) = self.stage else { return };
        self.stage = Stage::Outbound(match stage {
            Outbound::Calling if says => Outbound::Speaking,
            Outbound::Calling => Outbound::Connecting,
            Outbound::Connecting => Outbound::Connected,
            Outbound::Speaking | Outbound::Connected => stage,
        });
    }

    fn group_started(&mut self, step: u32, group: u32) {
        self.step = step;
        if let Stage::Ringing { unit, .. } = self.stage {
            self.stage = Stage::Ringing { unit, group, step };
        }
    }

    fn dial_requested(&mut self, dial: &DialRequested) {
        let rung = Rung {
            target: dial.target,
            step: dial.step,
            number: dial.number.clone(),
            number_index: dial.number_index,
            attempt: dial.attempt,
            accept: dial.accept,
            deadline: dial.deadline,
            ring_until: dial.ring_until,
            by: dial.by,
        };
        self.step = self.step.max(dial.step);
        self.legs.insert(
            dial.leg,
            Leg {
                role: LegRole::Rung(rung),
                carrier_leg: None,
                // What the visitor's leg is told to do is told with the answer that this event is stored with.
                state: match dial.by {
                    By::Request => LegState::Requested,
                    By::Script => LegState::Placed,
                },
                hang_up: HangUp::NotWanted,
                prompts: 0,
                sought: 0,
                end_source: EndSource::Reported,
                in_room: LegInRoom::default(),
                former_names: Vec::new(),
            },
        );
    }

    fn identified(&mut self, leg: LegId, carrier_leg: &CarrierLeg) {
        self.on_leg(leg, |leg| {
            leg.carrier_leg = Some(carrier_leg.clone());
            if matches!(leg.state, LegState::Requested | LegState::Starting { .. }) {
                leg.state = LegState::Placed;
            }
        });
    }

    fn sent_on(&mut self, leg: LegId, carrier_leg: &CarrierLeg) {
        self.on_leg(leg, |leg| {
            let former = leg.carrier_leg.replace(carrier_leg.clone());
            leg.former_names.extend(former.map(|former| former.id));
        });
    }

    fn answered(&mut self, leg: LegId) {
        // A report may come before the ring that it belongs to: the visitor's leg is then new here.
        self.legs.entry(leg).or_insert_with(Leg::visitor);
        self.leg_is(leg, LegState::Answered);
    }

    fn leg_ended(&mut self, leg: LegId, end: &LegEnd, source: EndSource) {
        let leg = self.legs.entry(leg).or_insert_with(Leg::visitor);
        leg.end_source = source;
        let last_word = if end.is_final { LastWord::Said } else { LastWord::Awaited };
        leg.state = match leg.state {
            LegState::Ended { cause, last_word: before } => {
                let last_word = if before == LastWord::Said { before } else { last_word };
                LegState::Ended { cause: more_telling(cause, end.cause), last_word }
            }
            LegState::Requested
            | LegState::Starting { .. }
            | LegState::Placed
            | LegState::Answered => LegState::Ended { cause: end.cause, last_word },
        };
    }

    fn never_placed(&mut self, leg: LegId, cause: LegEndCause) {
        self.on_leg(leg, |leg| leg.state = LegState::Ended { cause, last_word: LastWord::Said });
    }

    fn accepted(&mut self, leg: LegId) {
        self.leg_is(leg, LegState::Answered);
        if let Stage::Ringing { unit, .. } = self.stage {
            self.stage = Stage::Talking { unit, leg, extension: 0 };
        }
    }

    fn talk_extended(&mut self, by: u32) {
        if let Stage::Talking { unit, leg, .. } = self.stage {
            self.stage = Stage::Talking { unit, leg, extension: by };
        }
    }

    fn is_out(&mut self, leg: LegId) {
        if let Some(target) = self.rung(leg).map(|rung| rung.target) {
            self.out.insert(target);
        }
    }

    fn leg_is(&mut self, leg: LegId, state: LegState) {
        self.on_leg(leg, |leg| {
            if leg.is_alive() {
                leg.state = state;
            }
        });
    }

    /// The legs meet in another room than before, if there was one.
    fn room_named(&mut self, room: &CarrierRoom) {
        self.rooms_before.extend(self.room.replace(room.clone()));
        self.room_news.clear();
    }

    fn on_leg(&mut self, leg: LegId, change: impl FnOnce(&mut Leg)) {
        if let Some(leg) = self.legs.get_mut(&leg) {
            change(leg);
        }
    }
}

impl Leg {
    fn visitor() -> Self {
        Self {
            role: LegRole::Visitor,
            carrier_leg: None,
            state: LegState::Placed,
            hang_up: HangUp::NotWanted,
            prompts: 0,
            sought: 0,
            end_source: EndSource::Reported,
            in_room: LegInRoom::default(),
            former_names: Vec::new(),
        }
    }
}

/// Of two causes of one end the one that says more: a carrier's last word often just says that it is over.
fn more_telling(first: LegEndCause, second: LegEndCause) -> LegEndCause {
    let says_little = |cause| matches!(cause, LegEndCause::HungUp | LegEndCause::Unanswered);
    if says_little(first) && !says_little(second) { second } else { first }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    /// The state of a leg whose end is told in these reports, each with whether it is the carrier's last word.
    fn told(reports: &[(LegEndCause, bool)]) -> LegState {
        let leg = LegId::from_uuid(Uuid::from_u128(1));
        let events = reports.iter().map(|(cause, is_final)| Event::LegEnded {
            leg,
            end: LegEnd { cause: *cause, is_final: *is_final, duration_seconds: None, cost: None },
            source: EndSource::Reported,
        });
        let call = Call::from_events(&events.collect::<Vec<_>>());
        call.legs[&leg].state
    }

    #[test]
    fn a_last_word_stays_the_last_whatever_comes_after_it() {
        let ended = |last_word| LegState::Ended { cause: LegEndCause::Busy, last_word };

        assert_eq!(told(&[(LegEndCause::Busy, false)]), ended(LastWord::Awaited));
        assert_eq!(
            told(&[(LegEndCause::Busy, false), (LegEndCause::Busy, true)]),
            ended(LastWord::Said)
        );
        assert_eq!(
            told(&[(LegEndCause::Busy, true), (LegEndCause::Busy, false)]),
            ended(LastWord::Said)
        );
    }

    #[test]
    fn of_two_causes_the_one_that_says_more_counts_else_the_first() {
        for (first, second, counts) in [
            (LegEndCause::HungUp, LegEndCause::Machine, LegEndCause::Machine),
            (LegEndCause::Machine, LegEndCause::HungUp, LegEndCause::Machine),
            (LegEndCause::HungUp, LegEndCause::Unanswered, LegEndCause::HungUp),
            (LegEndCause::Unanswered, LegEndCause::HungUp, LegEndCause::Unanswered),
            (LegEndCause::Busy, LegEndCause::Declined, LegEndCause::Busy),
        ] {
            assert_eq!(
                told(&[(first, false), (second, true)]),
                LegState::Ended { cause: counts, last_word: LastWord::Said },
                "{first:?}, {second:?}"
            );
        }
    }
}
