//! A recorded call, read as facts: who called when, and what the visitor and every phone did. What was decided is left out.

use std::collections::BTreeMap;
use std::time::Duration;

use time::OffsetDateTime;

use super::tapes::Tapes;
use super::verdict::{Screened, Verdict};
use super::world::{
    Answer, Code, Commanded, Keying, Leaves, Opening, Pins, Visitor, Wanted, World,
};
use crate::domain::call::Recorded;
use crate::domain::call::event::{Certainty, Event, Operator, Refusal, Target};
use crate::domain::call::explain::Rule;
use crate::domain::call::signal::{EffectResult, PinCheck};
use crate::domain::ids::{BlockId, LegId, LineId, ResidentId};
use crate::domain::phone_number::Caller;
use crate::domain::policy::block::{Block, Expires};
use crate::domain::policy::{Policy, Presence};

/// A recorded call, read as facts.
#[derive(Clone, Debug)]
pub struct Recording {
    /// When it came in.
    pub began: OffsetDateTime,
    /// On which line.
    pub line: LineId,
    /// Who called; nothing: they were erased since.
    pub caller: Option<Caller>,
    /// What everyone did.
    pub world: World,
    /// What came of it.
    pub verdict: Verdict,
    /// How long the visitor surely waited.
    pub waited: Duration,
    /// The block that the caller was under.
    block: Option<BlockId>,
    /// Who was there, as far as the call shows.
    moments: BTreeMap<ResidentId, Moment>,
}

/// What held for a resident at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Reachable,
    Away,
    NotToBeDisturbed,
}

impl Recording {
    /// Reads the events of a call that is over, each with its time. None: it never came in, or is not over.
    pub fn of(events: &[(OffsetDateTime, Recorded)]) -> Option<Self> {
        let verdict = Verdict::of(events);
        verdict.ended?;
        let (began, rang) = events.iter().find_map(|(at, recorded)| match &recorded.event {
            Event::CallRang(rang) => Some((*at, rang)),
            _ => None,
        })?;
        let caller = match &rang.caller {
            None => Some(Caller::Withheld),
            Some(caller) => caller.value().cloned().map(Caller::Known),
        };
        let mut reading = Reading { began, ..Reading::default() };
        let mut tapes = Tapes::default();
        for (at, recorded) in events {
            reading.read(*at, recorded);
            tapes.read(*at, recorded);
        }
        let block = match verdict.screened {
            Some(Screened::Refused(Refusal::Blocked(block))) => Some(block),
            Some(Screened::Refused(_) | Screened::Admitted(_)) | None => None,
        };
        let waited = reading.settled.map_or(Duration::ZERO, |settled| since(began, settled));
        let moments = std::mem::take(&mut reading.moments);
        Some(Self {
            began,
            line: rang.line,
            caller,
            world: World { phones: tapes.phones(), ..reading.world() },
            verdict,
            waited,
            block,
            moments,
        })
    }

    /// The configuration of today with what held for this caller and these residents then.
    #[must_use]
    pub fn then(&self, mut policy: Policy) -> Policy {
        policy.visitor.block = self.block.map(|id| Block { id, expires: Expires::Never });
        let residents = policy.units.iter_mut().flat_map(|unit| &mut unit.residents);
        for resident in residents {
            let Some(moment) = self.moments.get(&resident.id) else { continue };
            resident.presence =
                if *moment == Moment::Away { Presence::Away } else { Presence::Home };
            resident.do_not_disturb_until = (*moment == Moment::NotToBeDisturbed)
                .then(|| self.began + Duration::from_secs(24 * 3600));
        }
        policy
    }
}

/// What is read of a call besides its phones.
#[derive(Debug)]
struct Reading {
    began: OffsetDateTime,
    codes: Questions<Code>,
    pins: Questions<PinCheck>,
    leaves: Leaves,
    openings: BTreeMap<u32, (OffsetDateTime, Option<Opening>)>,
    commands: Vec<Commanded>,
    /// A manager takes a leg out: which, the next event tells.
    removes: Option<Commanded>,
    targets: BTreeMap<LegId, Target>,
    moments: BTreeMap<ResidentId, Moment>,
    settled: Option<OffsetDateTime>,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            began: OffsetDateTime::UNIX_EPOCH,
            codes: Questions::default(),
            pins: Questions::default(),
            leaves: Leaves::Never,
            openings: BTreeMap::new(),
            commands: Vec::new(),
            removes: None,
            targets: BTreeMap::new(),
            moments: BTreeMap::new(),
            settled: None,
        }
    }
}

impl Reading {
    fn read(&mut self, at: OffsetDateTime, recorded: &Recorded) {
        let rule = recorded.because.rule;
        match &recorded.event {
            Event::UnitCodeAsked { .. } => self.codes.asked(at),
            Event::UnitCodeWrong { .. } => self.codes.answered(at, Code::Wrong),
            Event::UnitChosen { unit } => self.codes.answered(at, Code::Of(*unit)),
            Event::PinAsked { .. } => self.pins.asked(at),
            Event::PinAccepted { pass } => self.pins.answered(at, PinCheck::Opens(*pass)),
            Event::PinRefused { wrong_pins: 0, .. } => self.pins.answered(at, PinCheck::NotGiven),
            Event::PinRefused { wrong_pins, .. } => {
                let wrong_pins = *wrong_pins;
                let wrong = PinCheck::Wrong { wrong_pins, block: None, entrance_block: None };
                self.pins.answered(at, wrong);
            }
            Event::CallerRefused { refusal: Refusal::Blocked(id) } => {
                let block = Block { id: *id, expires: Expires::Never };
                self.pins.answered(at, PinCheck::Blocked(block));
            }
            Event::DialRequested(dial) => {
                self.targets.insert(dial.leg, dial.target);
                if let Target::Resident(resident) = dial.target {
                    self.moments.insert(resident, Moment::Reachable);
                }
            }
            Event::ResidentSkipped { resident, .. } => self.skipped(*resident, rule),
            Event::DoorOpenRequested { opening, .. } => {
                self.openings.insert(*opening, (at, None));
            }
            Event::DoorOpened { opening, .. } => self.opened(at, *opening, EffectResult::Done),
            Event::DoorOpenFailed { opening, reason, certainty } => {
                let reason = reason.clone();
                let result = match certainty {
                    Certainty::Certain => EffectResult::Failed { reason },
                    Certainty::Unknown => EffectResult::Unknown { reason },
                };
                self.opened(at, *opening, result);
            }
            Event::ManagerStepped { by, wanted } => self.manager_stepped(at, *by, wanted),
            Event::LegRemoved { leg } => {
                if let Some((removes, target)) = self.removes.take().zip(self.targets.get(leg)) {
                    self.commands.push(Commanded { wanted: Wanted::Remove(*target), ..removes });
                }
            }
            Event::CallClosing { .. } => self.settled = self.settled.or(Some(at)),
            Event::CallEnded { .. } => {
                self.settled = self.settled.or(Some(at));
                if rule == Rule::VisitorHungUp {
                    self.leaves = Leaves::After(since(self.began, at));
                }
            }
            _ => {}
        }
    }

    /// Presence is looked at first, so that any later reason says that they were there.
    fn skipped(&mut self, resident: ResidentId, rule: Rule) {
        let moment = match rule {
            Rule::ResidentIsAway => Moment::Away,
            Rule::DoNotDisturb => Moment::NotToBeDisturbed,
            Rule::NotLivingHereToday => return,
            _ => Moment::Reachable,
        };
        self.moments.insert(resident, moment);
    }

    fn opened(&mut self, at: OffsetDateTime, opening: u32, result: EffectResult) {
        if let Some((asked, told)) = self.openings.get_mut(&opening) {
            *told = Some(Opening { after: since(*asked, at), result });
        }
    }

    fn manager_stepped(&mut self, at: OffsetDateTime, by: Operator, wanted: &str) {
        let after = since(self.began, at);
        self.removes = None;
        match wanted {
            "open the door" => self.commands.push(Commanded { after, by, wanted: Wanted::Open }),
            "hang up" => self.commands.push(Commanded { after, by, wanted: Wanted::HangUp }),
            "remove a leg" => self.removes = Some(Commanded { after, by, wanted: Wanted::HangUp }),
            // Nothing else changes what becomes of a call.
            _ => {}
        }
    }

    fn world(self) -> World {
        // Nobody heard how it went before the call was over: as late as that, it went well or did not matter.
        let unheard = Opening { after: Duration::ZERO, result: EffectResult::Done };
        World {
            visitor: Visitor {
                keys: Keying::Answers { codes: self.codes.answers(), pins: self.pins.answers() },
                leaves: self.leaves,
            },
            phones: BTreeMap::new(),
            otherwise: BTreeMap::new(),
            openings: self
                .openings
                .into_values()
                .map(|(_, told)| told.unwrap_or_else(|| unheard.clone()))
                .collect(),
            commands: self.commands,
            pins: Pins::default(),
        }
    }
}

/// Questions to the visitor, and their answers.
#[derive(Debug)]
struct Questions<T> {
    answers: Vec<Answer<T>>,
    open: Option<OffsetDateTime>,
}

impl<T> Default for Questions<T> {
    fn default() -> Self {
        Self { answers: Vec::new(), open: None }
    }
}

impl<T> Questions<T> {
    fn asked(&mut self, at: OffsetDateTime) {
        self.open = Some(at);
    }

    fn answered(&mut self, at: OffsetDateTime, answer: T) {
        if let Some(asked) = self.open.take() {
            self.answers.push(Answer::Given(since(asked, at), answer));
        }
    }

    fn answers(mut self) -> Vec<Answer<T>> {
        self.answers.extend(self.open.map(|_| Answer::Silence));
        self.answers
    }
}

/// How long after; events of one instant may be told out of order.
pub(super) fn since(from: OffsetDateTime, to: OffsetDateTime) -> Duration {
    (to - from).try_into().unwrap_or_default()
}
