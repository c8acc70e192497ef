//! The phones of a simulated call: what they hear, and which keys are pressed on them.

use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use super::play::{Guess, Happening, Play, carrier_leg};
use super::world::{Answer, Answered, Code, Did, Keying, Known, Silence, Tape};
use crate::domain::call::event::Target;
use crate::domain::call::script::{AskForKeys, KeysEnd, Script, Step};
use crate::domain::call::signal::{
    DialReport, Keys, LegEnd, LegEndCause, LegReport, PinCheck, Signal,
};
use crate::domain::call::{LegPlace, LegState};
use crate::domain::ids::LegId;
use crate::domain::policy::capabilities::KeysInRoom;
use crate::domain::policy::flow::AcceptMode;

/// The visitor's leg.
pub(super) const VISITOR: LegId = LegId::from_uuid(Uuid::from_u128(2 << 96));
/// Carriers speak about that many characters a second.
const CHARACTERS_A_SECOND: usize = 15;
/// A recording and its replay differ by how late workers and carriers were: so much is no new knowledge.
const LATENESS: Duration = Duration::from_secs(2);

/// A phone in a simulated call.
#[derive(Debug)]
pub(super) struct Phone {
    /// Whose; nothing: the visitor's.
    target: Option<Target>,
    state: State,
    tape: Tape,
    /// When it was to be dialled.
    due: OffsetDateTime,
    /// Which script it hears, counted.
    script: u32,
    asking: Option<Asking>,
    /// Questions so far.
    asks: u32,
    listens: bool,
    place: LegPlace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Dialling,
    Placed,
    Up,
    Over,
}

/// A wait for keys.
#[derive(Clone, Debug)]
struct Asking {
    ask: u32,
    at_most: usize,
    ends: KeysEnd,
    wait: Duration,
    keys: String,
}

impl Phone {
    pub(super) fn visitor() -> Self {
        Self {
            target: None,
            state: State::Up,
            tape: Tape::rings_out(),
            due: OffsetDateTime::UNIX_EPOCH,
            script: 0,
            asking: None,
            asks: 0,
            listens: false,
            place: LegPlace::Outside,
        }
    }

    fn of(target: Target, tape: Tape, due: OffsetDateTime) -> Self {
        Self { target: Some(target), state: State::Dialling, tape, due, ..Self::visitor() }
    }

    pub(super) fn is_alive(&self) -> bool {
        self.state != State::Over
    }

    pub(super) fn is_placed(&self) -> bool {
        matches!(self.state, State::Placed | State::Up)
    }

    pub(super) fn is_of(&self, target: Target) -> bool {
        self.target == Some(target)
    }

    pub(super) fn listens(&mut self) {
        self.listens = true;
    }

    /// Until when the tape itself says that no key was pressed.
    fn silent_until(&self) -> OffsetDateTime {
        if self.tape.silence == Silence::Timed {
            return self.due;
        }
        let told = self.tape.moments.last().map_or(Duration::ZERO, |(after, _)| *after);
        let known = match self.tape.known {
            Known::For(known) => known,
            Known::ToTheEnd | Known::Guessed => Duration::ZERO,
        };
        self.due + told.max(known)
    }
}

impl Play<'_> {
    /// A worker takes up a dial.
    pub(super) fn dials(&mut self, leg: LegId) {
        let Some(target) = self.call.rung(leg).map(|rung| rung.target) else { return };
        let nth = self.rings.get(&target).copied().unwrap_or(0);
        let told = self.world.phones.get(&target).and_then(|rings| rings.get(nth));
        let tape = told
            .or_else(|| self.world.otherwise.get(&target))
            .cloned()
            .unwrap_or_else(|| Tape::rings_out().guessed());
        if let Some((after, first)) = tape.moments.first().cloned() {
            self.phones.insert(leg, Phone::of(target, tape, self.now));
            self.after(after, Happening::Moment(leg, first));
        }
    }

    pub(super) fn moment(&mut self, leg: LegId, did: Did) {
        let Some(phone) = self.phones.get_mut(&leg).filter(|phone| phone.is_alive()) else {
            return;
        };
        match did {
            Did::Started => self.starts(leg),
            Did::Placed => {
                phone.state = State::Placed;
                let report = DialReport::Placed(carrier_leg(leg));
                self.tell(&Signal::Dial { leg, report });
            }
            Did::Refused(reason, again) => {
                phone.state = State::Over;
                self.tell(&Signal::Dial { leg, report: DialReport::Refused { reason, again } });
            }
            Did::Unknown(reason) => {
                self.tell(&Signal::Dial { leg, report: DialReport::Unknown { reason } });
            }
            Did::Expired => {
                phone.state = State::Over;
                self.counts_ring(leg);
                self.tell(&Signal::Dial { leg, report: DialReport::Expired });
            }
            Did::Ringing => {
                phone.state = State::Placed;
                self.report(leg, LegReport::Ringing);
            }
            Did::Answered => {
                phone.state = State::Up;
                self.report(leg, LegReport::Answered);
            }
            Did::Asks => {
                phone.state = State::Up;
                self.tell(&Signal::Asks { leg, carrier_leg: None });
            }
            Did::Human => self.detects(leg, LegReport::Human),
            Did::Machine => self.detects(leg, LegReport::Machine),
            Did::Pressed(key) => {
                let key = key.on(&self.policy.entrance.panel);
                let steps_out = self.policy.capabilities.keys_in_room == KeysInRoom::AfterStar;
                if steps_out && key.is_some() && phone.place == LegPlace::InRoom {
                    self.tell(&Signal::SteppedOut { leg });
                }
                let Some(phone) = self.phones.get_mut(&leg).filter(|phone| phone.is_alive()) else {
                    return;
                };
                let is_asked = phone.asking.is_some();
                if is_asked || (phone.listens && key.is_some()) {
                    phone.asking = None;
                    let keys = key.map_or(Keys::None, |key| Keys::Pressed(key.to_string()));
                    self.tell(&Signal::Pressed { leg, keys });
                }
            }
            Did::Ended(cause) => self.ends(leg, cause),
        }
    }

    /// The rest of the tape runs only if the call still wants the phone to ring.
    fn starts(&mut self, leg: LegId) {
        self.tell(&Signal::Dial { leg, report: DialReport::Ready });
        let is_starting = self
            .call
            .legs
            .get(&leg)
            .is_some_and(|leg| matches!(leg.state, LegState::Starting { .. }));
        let Some(phone) = self.phones.get_mut(&leg) else { return };
        if !is_starting {
            phone.state = State::Over;
            return;
        }
        let (due, tape) = (phone.due, phone.tape.clone());
        self.counts_ring(leg);
        for (after, did) in tape.moments.into_iter().skip(1) {
            self.at(due + after, Happening::Moment(leg, did));
        }
        if let Some(rung) = self.call.rung(leg) {
            let (ring_until, target) = (rung.ring_until, rung.target);
            self.at(ring_until, Happening::RingTimesOut(leg));
            match tape.known {
                Known::ToTheEnd => {}
                Known::For(known) => self.at(due + known + LATENESS, Happening::KnownNoMore(leg)),
                Known::Guessed => self.guess(Guess::Reaction(target)),
            }
        }
    }

    fn counts_ring(&mut self, leg: LegId) {
        if let Some(target) = self.call.rung(leg).map(|rung| rung.target) {
            *self.rings.entry(target).or_default() += 1;
        }
    }

    fn detects(&mut self, leg: LegId, report: LegReport) {
        if self.call.rung(leg).is_some_and(|rung| rung.accept == AcceptMode::Detect) {
            self.report(leg, report);
        }
    }

    pub(super) fn known_no_more(&mut self, leg: LegId) {
        let target = self.phones.get(&leg).filter(|phone| phone.is_alive()).and_then(|p| p.target);
        if let Some(target) = target.filter(|_| !self.call.is_over()) {
            self.guess(Guess::Reaction(target));
        }
    }

    pub(super) fn ring_times_out(&mut self, leg: LegId) {
        if self.phones.get(&leg).is_some_and(|phone| phone.state == State::Placed) {
            self.ends(leg, LegEndCause::Unanswered);
        }
    }

    /// A leg is ended from either side.
    pub(super) fn hangs_up(&mut self, leg: LegId) {
        let Some(phone) = self.phones.get(&leg).filter(|phone| phone.is_alive()) else { return };
        let was_up = phone.state == State::Up;
        self.ends(leg, if was_up { LegEndCause::HungUp } else { LegEndCause::Cancelled });
    }

    fn ends(&mut self, leg: LegId, cause: LegEndCause) {
        if let Some(phone) = self.phones.get_mut(&leg) {
            phone.state = State::Over;
            let end = LegEnd { cause, is_final: true, duration_seconds: None, cost: None };
            self.report(leg, LegReport::Ended(end));
        }
    }

    /// A leg hears a script, whatever it heard before.
    pub(super) fn hears(&mut self, leg: LegId, script: &Script, event: Option<usize>) {
        let Some(phone) = self.phones.get_mut(&leg).filter(|phone| phone.is_alive()) else {
            return;
        };
        phone.script += 1;
        phone.asking = None;
        phone.place = LegPlace::Outside;
        let playing = phone.script;
        let mut at = Duration::ZERO;
        for step in script.steps() {
            match step {
                Step::Say(speech) => {
                    self.heard(leg, at, speech.text.clone(), speech.language.clone(), event);
                    at += time_to_speak(&speech.text);
                }
                Step::Pause { seconds } => at += Duration::from_secs(u64::from(*seconds)),
                Step::AskForKeys(ask) => {
                    let prompt = &ask.prompt;
                    self.heard(leg, at, prompt.text.clone(), prompt.language.clone(), event);
                    return self.asks(leg, at + time_to_speak(&prompt.text), ask);
                }
                Step::ListenForKeys => {
                    if let Some(phone) = self.phones.get_mut(&leg) {
                        phone.listens();
                    }
                }
                Step::Join(_) | Step::Connect(_) => {
                    return self.after(at, Happening::Joins(leg, playing));
                }
                // A stream goes on until someone hangs up.
                Step::Stream(_) => return,
                Step::Play { .. } | Step::Tones { .. } | Step::Fork(_) | Step::Mark { .. } => {}
                Step::Reject | Step::HangUp => break,
            }
        }
        self.after(at, Happening::ScriptEnds(leg, playing));
    }

    pub(super) fn joins(&mut self, leg: LegId, script: u32) {
        let Some(phone) = self.phones.get_mut(&leg) else { return };
        if phone.is_alive() && phone.script == script {
            phone.place = LegPlace::InRoom;
            self.report(leg, LegReport::Joined);
        }
    }

    pub(super) fn script_ends(&mut self, leg: LegId, script: u32) {
        if self.phones.get(&leg).is_some_and(|phone| phone.is_alive() && phone.script == script) {
            self.hangs_up(leg);
        }
    }

    /// Keys are waited for: from the end of the prompt on, though one may be pressed into it.
    fn asks(&mut self, leg: LegId, prompt_takes: Duration, ask: &AskForKeys) {
        let Some(phone) = self.phones.get_mut(&leg) else { return };
        phone.asks += 1;
        let (number, script, silent_until) = (phone.asks, phone.script, phone.silent_until());
        let wait = Duration::from_secs(u64::from(ask.wait_seconds));
        phone.asking = Some(Asking {
            ask: number,
            at_most: usize::from(ask.at_most),
            ends: ask.ends,
            wait,
            keys: String::new(),
        });
        if leg == VISITOR
            && let Some(remembered) = self.remembered()
        {
            if let Answer::Given(after, answer) = remembered {
                self.after(after, Happening::Remembers(script, answer));
            }
            return;
        }
        let times_out = (self.now + prompt_takes + wait).max(silent_until);
        self.at(times_out, Happening::AskTimesOut(leg, number));
    }

    /// What the visitor answered when this was asked; nothing if nobody knows.
    fn remembered(&mut self) -> Option<Answer<Answered>> {
        let Keying::Answers { codes, pins } = &self.world.visitor.keys else { return None };
        let (known, guess) = if self.call.awaits_pin() {
            self.pins_asked += 1;
            (pins.get(self.pins_asked - 1).map(|pin| pin.map(Answered::Pin)), Guess::Pin)
        } else {
            self.codes_asked += 1;
            (
                codes.get(self.codes_asked - 1).map(|code| code.map(Answered::Code)),
                Guess::UnitWanted,
            )
        };
        if known.is_none() {
            self.guess(guess);
        }
        known
    }

    pub(super) fn ask_times_out(&mut self, leg: LegId, ask: u32) {
        let Some(phone) = self.phones.get_mut(&leg).filter(|phone| phone.is_alive()) else {
            return;
        };
        if let Some(asking) = phone.asking.take_if(|asking| asking.ask == ask) {
            let keys = if asking.keys.is_empty() { Keys::None } else { Keys::Pressed(asking.keys) };
            self.keyed(leg, keys);
        }
    }

    pub(super) fn visitor_presses(&mut self, keys: &str) {
        let Some(phone) = self.phones.get_mut(&VISITOR).filter(|phone| phone.is_alive()) else {
            return;
        };
        let Some(asking) = phone.asking.as_mut() else { return };
        for key in keys.chars() {
            let ends_by_hash = key == '#' && asking.ends == KeysEnd::WithHash;
            if !ends_by_hash {
                asking.keys.push(key);
            }
            if ends_by_hash || asking.keys.len() >= asking.at_most {
                let keys = Keys::Pressed(std::mem::take(&mut asking.keys));
                phone.asking = None;
                return self.keyed(VISITOR, keys);
            }
        }
        phone.asks += 1;
        asking.ask = phone.asks;
        let (ask, wait) = (asking.ask, asking.wait);
        self.after(wait, Happening::AskTimesOut(VISITOR, ask));
    }

    pub(super) fn visitor_remembers(&mut self, script: u32, answer: &Answered) {
        let Some(phone) = self.phones.get_mut(&VISITOR) else { return };
        if !phone.is_alive() || phone.script != script || phone.asking.take().is_none() {
            return;
        }
        match answer {
            Answered::Pin(check) => {
                self.tell(&Signal::PinGiven { leg: VISITOR, check: *check });
            }
            Answered::Code(Code::Wrong) => self.keyed(VISITOR, Keys::None),
            Answered::Code(Code::Of(unit)) => {
                let code = self.policy.unit(*unit).and_then(|unit| unit.code.clone());
                if code.is_none() {
                    self.guess(Guess::UnitWanted);
                }
                self.keyed(VISITOR, code.map_or(Keys::None, Keys::Pressed));
            }
        }
    }

    /// Keys are there, or will not come. A PIN is looked at, never counted.
    fn keyed(&mut self, leg: LegId, keys: Keys) {
        let pin = match &keys {
            Keys::Pressed(pin) if leg == VISITOR && self.call.awaits_pin() => {
                pin.trim_end_matches('#').to_owned()
            }
            Keys::Pressed(_) | Keys::None => {
                self.tell(&Signal::Pressed { leg, keys });
                return;
            }
        };
        let Some(pass) = self.world.pins.passes.get(&pin) else {
            self.unknown_pin = Some(pin);
            return;
        };
        let (entrance, zone) = (self.policy.entrance.id, &self.policy.building.zone);
        let opens = pass.as_ref().filter(|pass| pass.opens(entrance, self.now, zone));
        let check = if let Some(block) = self.world.pins.entrance_block {
            PinCheck::Blocked(block)
        } else if let Some(pass) = opens {
            PinCheck::Opens(pass.id)
        } else {
            self.wrong_pins += 1;
            PinCheck::Wrong {
                wrong_pins: self.world.pins.wrong_before + self.wrong_pins,
                block: None,
                entrance_block: None,
            }
        };
        self.tell(&Signal::PinGiven { leg, check });
    }
}

impl<T: Copy> Answer<T> {
    fn map<U>(&self, to: impl FnOnce(T) -> U) -> Answer<U> {
        match self {
            Self::Given(after, answer) => Answer::Given(*after, to(*answer)),
            Self::Silence => Answer::Silence,
        }
    }
}

fn time_to_speak(text: &str) -> Duration {
    let seconds = text.chars().count().div_ceil(CHARACTERS_A_SECOND);
    Duration::from_secs(seconds as u64)
}
