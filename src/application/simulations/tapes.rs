//! What each phone did in a recorded call: facts only, up to where we ended it ourselves.

use std::collections::BTreeMap;
use std::time::Duration;

use time::OffsetDateTime;

use super::recording::since;
use super::world::{Did, Key, Known, Silence, Tape};
use crate::domain::call::Recorded;
use crate::domain::call::event::{DeclinedBy, Event, Target};
use crate::domain::call::explain::Rule;
use crate::domain::call::signal::{LegEnd, LegEndCause};
use crate::domain::ids::LegId;
use crate::domain::policy::flow::AcceptMode;

/// A ring that ends so close to its limit was ended by the limit.
const LIMIT_IS_NEAR: Duration = Duration::from_secs(3);
/// How long machine detection would have listened, had it been asked.
const DETECTION_TAKES: Duration = Duration::from_secs(2);

/// The phones of a call that is read event by event.
#[derive(Debug, Default)]
pub(super) struct Tapes {
    legs: Vec<Leg>,
    winner: Option<LegId>,
    end: Option<OffsetDateTime>,
}

/// A rung phone that is read.
#[derive(Debug)]
struct Leg {
    id: LegId,
    target: Target,
    due: OffsetDateTime,
    ring_until: OffsetDateTime,
    moments: Vec<(Duration, Did)>,
    /// What came after is a consequence of what we did.
    cut: Option<Duration>,
    has_ended: bool,
}

impl Tapes {
    pub(super) fn read(&mut self, at: OffsetDateTime, recorded: &Recorded) {
        let rule = recorded.because.rule;
        match &recorded.event {
            Event::DialRequested(dial) => self.legs.push(Leg {
                id: dial.leg,
                target: dial.target,
                due: dial.not_before.max(at),
                ring_until: dial.ring_until,
                moments: Vec::new(),
                cut: None,
                has_ended: false,
            }),
            Event::DialStarted { leg } => self.did(*leg, at, Did::Started),
            Event::DialPlaced { leg, .. } | Event::LegIdentified { leg, .. } => {
                self.did(*leg, at, Did::Placed)
            }
            Event::DialRefused { leg, reason, again } => {
                self.did(*leg, at, Did::Refused(reason.clone(), *again))
            }
            Event::DialUnknown { leg, reason } => self.did(*leg, at, Did::Unknown(reason.clone())),
            Event::DialExpired { leg } => self.did(*leg, at, Did::Expired),
            Event::LegRinging { leg } => self.did(*leg, at, Did::Ringing),
            Event::LegAnswered { leg } => self.did(*leg, at, Did::Answered),
            Event::AcceptAsked { leg, attempt: 1 } => self.did(*leg, at, Did::Asks),
            Event::AcceptAsked { leg, .. } => self.did(*leg, at, Did::Pressed(Key::Nothing)),
            Event::LegHeardHuman { leg } => self.did(*leg, at, Did::Human),
            Event::LegHeardMachine { leg } if rule == Rule::NoKeyNoTalk => {
                self.did(*leg, at, Did::Pressed(Key::Nothing))
            }
            Event::LegHeardMachine { leg } => self.did(*leg, at, Did::Machine),
            Event::CallAccepted { leg, how, .. } => self.accepted(*leg, at, *how),
            Event::CallDeclined { leg, how: DeclinedBy::Key } => self.refused_by_key(*leg, at),
            Event::DoorOpenRequested { .. } if rule == Rule::OpenKeyAccepts => {
                self.accepted_by_open_key()
            }
            Event::DoorOpenRequested { .. } if rule == Rule::OpenKeyOpens => {
                self.winner_pressed(at, Key::Open)
            }
            Event::TalkExtended { .. } => self.winner_pressed(at, Key::Extend),
            Event::CallClosing { .. } if rule == Rule::DenyKeyEnds => {
                self.winner_pressed(at, Key::Deny)
            }
            Event::HangUpRequested { leg, .. } => self.cut(*leg, at),
            Event::LegEnded { leg, end, .. } => self.ended(*leg, at, end),
            Event::CallEnded { .. } => self.end = Some(at),
            _ => {}
        }
    }

    /// What each phone did, ring by ring. A ring that was never dialled tells nothing.
    pub(super) fn phones(self) -> BTreeMap<Target, Vec<Tape>> {
        let mut phones: BTreeMap<Target, Vec<Tape>> = BTreeMap::new();
        let end = self.end;
        for leg in self.legs {
            let target = leg.target;
            if let Some(tape) = leg.tape(end) {
                phones.entry(target).or_default().push(tape);
            }
        }
        phones
    }

    fn leg(&mut self, id: LegId) -> Option<&mut Leg> {
        self.legs.iter_mut().find(|leg| leg.id == id)
    }

    fn did(&mut self, id: LegId, at: OffsetDateTime, did: Did) {
        if let Some(leg) = self.leg(id).filter(|leg| leg.cut.is_none() && !leg.has_ended) {
            leg.moments.push((since(leg.due, at), did));
        }
    }

    fn accepted(&mut self, id: LegId, at: OffsetDateTime, how: AcceptMode) {
        self.winner = Some(id);
        match how {
            AcceptMode::Key => self.did(id, at, Did::Pressed(Key::Talk)),
            AcceptMode::None => self.did(id, at, Did::Asks),
            AcceptMode::Detect => {}
        }
    }

    fn accepted_by_open_key(&mut self) {
        let Some(leg) = self.winner.and_then(|winner| self.leg(winner)) else { return };
        if let Some((_, Did::Pressed(key))) = leg.moments.last_mut() {
            *key = Key::Open;
        }
    }

    fn winner_pressed(&mut self, at: OffsetDateTime, key: Key) {
        if let Some(winner) = self.winner {
            self.did(winner, at, Did::Pressed(key));
        }
    }

    /// We hang up on who presses that key, and write it down before the key.
    fn refused_by_key(&mut self, id: LegId, at: OffsetDateTime) {
        if let Some(leg) = self.leg(id) {
            leg.moments.push((since(leg.due, at), Did::Pressed(Key::Deny)));
        }
    }

    fn cut(&mut self, id: LegId, at: OffsetDateTime) {
        if let Some(leg) = self.leg(id) {
            leg.cut = leg.cut.or(Some(since(leg.due, at)));
        }
    }

    fn ended(&mut self, id: LegId, at: OffsetDateTime, end: &LegEnd) {
        let Some(leg) = self.leg(id).filter(|leg| leg.cut.is_none()) else { return };
        let is_limit = end.cause == LegEndCause::Unanswered && at + LIMIT_IS_NEAR >= leg.ring_until;
        if is_limit && !leg.has_ended {
            leg.cut = Some(since(leg.due, at));
        } else if !leg.has_ended {
            leg.has_ended = true;
            leg.moments.push((since(leg.due, at), Did::Ended(end.cause)));
        } else if let Some((_, Did::Ended(first))) = leg.moments.last_mut()
            && *first == LegEndCause::Unanswered
        {
            // A carrier's last word may say more than its first.
            *first = end.cause;
        }
    }
}

impl Leg {
    fn tape(mut self, end: Option<OffsetDateTime>) -> Option<Tape> {
        if !matches!(self.moments.first(), Some((_, Did::Started | Did::Expired))) {
            return None;
        }
        self.asks_when_answered();
        self.would_be_detected();
        let is_over = self.has_ended
            || self.moments.iter().any(|(_, did)| matches!(did, Did::Refused(..) | Did::Expired));
        let known = if is_over {
            Known::ToTheEnd
        } else {
            let until_end = end.map_or(Duration::ZERO, |end| since(self.due, end));
            Known::For(self.cut.unwrap_or(until_end))
        };
        Some(Tape { moments: self.moments, known, silence: Silence::OnTape })
    }

    /// A phone that is picked up asks what it shall hear: not every way to accept leaves a trace of it.
    fn asks_when_answered(&mut self) {
        let has = |wanted: &Did| self.moments.iter().position(|(_, did)| did == wanted);
        if let Some(answered) = has(&Did::Answered).filter(|_| has(&Did::Asks).is_none()) {
            let (at, _) = self.moments[answered];
            self.moments.insert(answered + 1, (at, Did::Asks));
        }
    }

    /// Who pressed a key would have been heard as a person, and who never did as a mailbox.
    fn would_be_detected(&mut self) {
        let has = |wanted: fn(&Did) -> bool| self.moments.iter().any(|(_, did)| wanted(did));
        if has(|did| matches!(did, Did::Human | Did::Machine)) {
            return;
        }
        let Some(up) = self.moments.iter().position(|(_, did)| *did == Did::Asks) else { return };
        let heard = if has(|did| matches!(did, Did::Pressed(key) if *key != Key::Nothing)) {
            Did::Human
        } else if has(|did| matches!(did, Did::Pressed(Key::Nothing))) {
            Did::Machine
        } else {
            return;
        };
        let at = self.moments[up].0 + DETECTION_TAKES;
        let place = self.moments.partition_point(|(after, _)| *after <= at);
        self.moments.insert(place.max(up + 1), (at, heard));
    }
}
