//! `/v1`: the REST API, a file a thing. Request bodies live beside their handlers; their field docs are the API's text.

pub mod allowlist;
pub mod api_keys;
pub mod audit;
pub mod blocks;
pub mod buildings;
pub mod calls;
mod change;
pub mod connections;
pub mod documents;
pub mod entrances;
pub mod flows;
pub mod import;
pub mod invitations;
pub mod line_check;
pub mod line_health;
pub mod lines;
pub mod live;
pub mod passes;
pub mod passwords;
pub mod persons;
pub mod pin_checks;
pub mod prompts;
pub mod residents;
pub mod schedules;
pub mod second_factor;
mod session_cookie;
pub mod sessions;
pub mod simulations;
pub mod stats;
pub mod streams;
pub mod tenants;
pub mod units;
pub mod users;
pub mod webhooks;

use crate::domain::phone_number::PhoneNumber;
use crate::http::problem::{FieldProblem, Problem};

/// Things in one bulk request.
pub const BULK_MAX: usize = 500;

/// Collects what is wrong with a body's fields, so that all of it is told at once.
#[derive(Debug, Default)]
struct Checks(Vec<FieldProblem>);

impl Checks {
    /// A text of 1 to `longest` characters without control characters.
    fn text(&mut self, field: &str, text: &str, longest: usize) {
        let length = text.chars().count();
        if !(1..=longest).contains(&length)
            || text.trim().is_empty()
            || text.chars().any(char::is_control)
        {
            self.0.push(FieldProblem::new(field, format!("1 to {longest} characters")));
        }
    }

    /// The same, or none.
    fn text_or_none(&mut self, field: &str, text: &str, longest: usize) {
        if !text.is_empty() {
            self.text(field, text, longest);
        }
    }

    /// Passes on the value, or notes what is wrong.
    fn ok<T, E: std::fmt::Display>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.0.push(FieldProblem::new(field, error))).ok()
    }

    /// Notes it unless it holds.
    fn holds(&mut self, field: &str, holds: bool, otherwise: &str) {
        if !holds {
            self.0.push(FieldProblem::new(field, otherwise));
        }
    }

    /// Notes that a field can not be taken.
    fn refuse(&mut self, field: &str, why: &str) {
        self.0.push(FieldProblem::new(field, why));
    }

    fn number(&mut self, field: &str, number: &str) {
        self.ok(field, PhoneNumber::parse(number));
    }

    fn numbers(&mut self, field: &str, numbers: &[String]) {
        self.holds(field, numbers.len() <= 20, "at most 20 numbers");
        for number in numbers {
            self.number(field, number);
        }
    }

    fn password(&mut self, field: &str, password: &str) {
        if !(10..=200).contains(&password.chars().count()) {
            self.0.push(FieldProblem::new(field, "10 to 200 characters"));
        }
    }

    /// A time that a database and a calendar know.
    fn time(&mut self, field: &str, at: Option<time::OffsetDateTime>) {
        let is_known = at.is_none_or(|at| (1_970..=9_000).contains(&at.year()));
        self.holds(field, is_known, "a time between the years 1970 and 9000");
    }

    fn date(&mut self, field: &str, day: Option<&str>) {
        if let Some(day) = day {
            self.ok(field, day.parse::<jiff::civil::Date>());
        }
    }

    /// BCP 47, as far as carriers need it: `de`, `en-GB`, `zh-Hans-CN`.
    fn language(&mut self, field: &str, tag: &str) {
        let mut parts = tag.split('-');
        let primary = parts.next().unwrap_or_default();
        let is_tag = (2..=3).contains(&primary.len())
            && primary.bytes().all(|byte| byte.is_ascii_alphabetic())
            && parts.all(|part| {
                (2..=8).contains(&part.len())
                    && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
            })
            && tag.len() <= 20;
        self.holds(field, is_tag, "a language tag like en-GB");
    }

    fn one_of(&mut self, field: &str, word: &str, words: &[&str]) {
        self.holds(field, words.contains(&word), &format!("one of {}", words.join(", ")));
    }

    fn done(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::Invalid(self.0)) }
    }
}

/// A part of a name to look for: not empty, not endless.
fn search(text: Option<String>) -> Result<Option<String>, Problem> {
    let mut checks = Checks::default();
    if let Some(text) = &text {
        checks.text("name", text, 100);
    }
    checks.done()?;
    // What stands for anything in a pattern stands for itself here.
    Ok(text.map(|text| text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_a_tag() {
        for (tag, wrong) in [
            ("en-GB", 0),
            ("de", 0),
            ("zh-Hans-CN", 0),
            ("", 1),
            ("english", 1),
            ("en_GB", 1),
            ("en-", 1),
        ] {
            let mut checks = Checks::default();
            checks.language("language", tag);
            assert_eq!(checks.0.len(), wrong, "{tag}");
        }
    }
}
