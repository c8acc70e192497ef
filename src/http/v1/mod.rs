//! `/v1`: the REST API, a file a thing. Request bodies live beside their handlers; their field docs are the API's text.

pub mod allowlist;
pub mod audit;
pub mod buildings;
pub mod calls;
pub mod connections;
pub mod entrances;
pub mod lines;
pub mod live;
pub mod persons;
pub mod residents;
pub mod sessions;
pub mod stats;
pub mod tenants;
pub mod units;

use crate::domain::phone_number::PhoneNumber;
use crate::http::problem::{FieldProblem, Problem};

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

    /// Passes on the value, or notes what is wrong.
    fn ok<T, E: std::fmt::Display>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.0.push(FieldProblem::new(field, error))).ok()
    }

    fn numbers(&mut self, field: &str, numbers: &[String]) {
        if numbers.len() > 20 {
            self.0.push(FieldProblem::new(field, "at most 20 numbers"));
        }
        for number in numbers {
            self.ok(field, PhoneNumber::parse(number));
        }
    }

    fn one_of(&mut self, field: &str, word: &str, words: &[&str]) {
        if !words.contains(&word) {
            self.0.push(FieldProblem::new(field, format!("one of {}", words.join(", "))));
        }
    }

    fn done(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::Invalid(self.0)) }
    }
}
