//! The visitor keys in the unit's code; wrong ones end the call politely.

use super::Deciding;
use crate::domain::call::event::Event;
use crate::domain::call::explain::{Because, Rule};
use crate::domain::call::outcome::{Cause, Outcome};
use crate::domain::call::phrase::Phrase;
use crate::domain::call::signal::Keys;
use crate::domain::policy::capabilities::Meeting;

/// Keys that a unit's code may have at most.
const LONGEST_CODE: u8 = 10;

impl Deciding<'_> {
    /// As many keys as are waited for. Where `#` ends nothing, the last key of the longest code there is does: nobody shall wait for
    /// the time to be up.
    pub(super) fn longest_code(&self) -> u8 {
        let codes = self.policy().units.iter().filter_map(|unit| unit.code.as_ref());
        match self.policy().capabilities.meeting {
            Meeting::InRoom => LONGEST_CODE,
            Meeting::InScript { .. } => codes
                .map(|code| u8::try_from(code.len()).unwrap_or(LONGEST_CODE))
                .max()
                .unwrap_or(LONGEST_CODE)
                .clamp(1, LONGEST_CODE),
        }
    }

    pub(super) fn unit_code_given(&mut self, attempt: u32, keys: &Keys) {
        if self.ends_if_blocked() {
            return;
        }
        let unit = match keys {
            Keys::Pressed(keys) => self.policy().unit_by_code(keys.trim_end_matches('#')),
            Keys::None => None,
        };
        if let Some(unit) = unit {
            self.record(
                Because::of(Rule::CodeNamesTheUnit).given("unit", unit.name.as_str()),
                Event::UnitChosen { unit: unit.id },
            );
            return self.ring_unit();
        }
        self.record(
            Because::of(Rule::CodeIsUnknown).given("attempt", attempt),
            Event::UnitCodeWrong { attempt },
        );
        if attempt >= self.policy().limits.wrong_codes {
            return self.close(
                Rule::TooManyWrongCodes,
                Outcome::Rejected,
                Cause::WrongUnitCode,
                &Phrase::Goodbye,
            );
        }
        self.record(Rule::SeveralUnitsNeedACode, Event::UnitCodeAsked { attempt: attempt + 1 });
        self.script = Some(self.ask_visitor(&Phrase::UnknownUnitCode, self.longest_code()));
    }
}
