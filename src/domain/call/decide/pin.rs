//! A pass's PIN opens without ringing; wrong ones are counted, and block the caller, or the entrance, in the end.

use time::OffsetDateTime;

use super::Deciding;
use crate::domain::call::Stage;
use crate::domain::call::event::{Event, Opener};
use crate::domain::call::explain::{Because, Rule};
use crate::domain::call::outcome::{Cause, Outcome};
use crate::domain::call::phrase::Phrase;
use crate::domain::call::script::{Script, Step};
use crate::domain::call::signal::PinCheck;
use crate::domain::ids::{BlockId, LegId};
use crate::domain::policy::block::{Block, Expires};

/// Keys that a PIN may have at most.
pub(super) const LONGEST_PIN: u8 = 12;
/// How long the visitor's leg stays after the open digits were asked for, so that they can be sent.
const TIME_TO_OPEN_SECONDS: u8 = 5;

impl Deciding<'_> {
    pub(super) fn pin_given(&mut self, leg: LegId, check: PinCheck) {
        let Stage::GivingPin { attempt } = self.call.stage else { return };
        // The block that this PIN led to stands already: it is told of below, and does not keep its own cause from being told.
        let is_its_own = matches!(check, PinCheck::Wrong { block: Some(_), .. });
        if !is_its_own && self.ends_if_blocked() {
            return;
        }
        match check {
            PinCheck::Opens(pass) => {
                self.record(Rule::PinOpens, Event::PinAccepted { pass });
                if self.leads_to_backends() {
                    return self.stream_line();
                }
                self.open_door(Rule::PinOpens, Opener::Pass(pass));
                self.record(
                    Rule::PinOpens,
                    Event::CallClosing { outcome: Outcome::Opened, cause: Cause::PassOpened },
                );
                let welcome = self.say_to_visitor(&Phrase::DoorIsOpen);
                self.tell(
                    leg,
                    Rule::VisitorHearsWhatHappens,
                    match self.tones_in_script() {
                        Some(tones) => Script::of([tones, welcome, Step::HangUp]),
                        None => {
                            let pause = Step::Pause { seconds: TIME_TO_OPEN_SECONDS };
                            Script::of([welcome, pause, Step::HangUp])
                        }
                    },
                );
            }
            PinCheck::Wrong { wrong_pins, block, entrance_block } => {
                self.wrong_pin(leg, attempt, (wrong_pins, block, entrance_block));
            }
            PinCheck::Blocked(block) => self.refuse_midway(&block),
            PinCheck::NotGiven => self.wrong_pin(leg, attempt, (0, None, None)),
        }
    }

    fn wrong_pin(
        &mut self,
        leg: LegId,
        attempt: u32,
        (wrong_pins, block, entrance_block): (u32, Option<Block>, Option<Block>),
    ) {
        let because =
            Because::of(Rule::PinIsWrong).given("attempt", attempt).given("wrong_pins", wrong_pins);
        self.record(because, Event::PinRefused { attempt, wrong_pins });
        let limits = &self.policy().limits;
        if wrong_pins >= limits.pins.wrong_pins {
            let (block, expires_at) = ends(block)
                .unwrap_or_else(|| (self.ids.next_id(), self.at() + limits.pins.block_for));
            let because = Because::of(Rule::WrongPinsBlockTheCaller)
                .given("wrong_pins", wrong_pins)
                .given("limit", limits.pins.wrong_pins);
            self.record(because, Event::CallerBlocked { block, expires_at });
        }
        if let Some((block, expires_at)) = ends(entrance_block) {
            let because = Rule::WrongPinsBlockTheEntrance;
            self.record(because, Event::EntranceBlocked { block, expires_at });
        }
        if attempt >= limits.wrong_codes || wrong_pins >= limits.pins.wrong_pins {
            return self.close(
                Rule::TooManyWrongPins,
                Outcome::Rejected,
                Cause::WrongPin,
                &Phrase::Goodbye,
            );
        }
        self.record(Rule::StrangersGiveAPin, Event::PinAsked { attempt: attempt + 1 });
        let again = self.ask_visitor(&Phrase::WrongPin, LONGEST_PIN);
        self.tell(leg, Rule::VisitorHearsWhatHappens, again);
    }
}

/// A block, and when it ends: what wrong PINs lead to does.
const fn ends(block: Option<Block>) -> Option<(BlockId, OffsetDateTime)> {
    match block {
        Some(Block { id, expires: Expires::At(end) }) => Some((id, end)),
        Some(Block { expires: Expires::Never, .. }) | None => None,
    }
}
