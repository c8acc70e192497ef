//! A visit as a person reads it: when, what, and why.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Visit;
use crate::boot::console_output::line;

/// Events that only keep the books: not worth a line.
const QUIET: [&str; 4] = ["TimerSet", "LegIdentified", "KeysListenedFor", "LegRinging"];

/// Prints each step with the time since the visitor rang and the rule behind it.
pub fn print_timeline(visit: &Visit) {
    let began = visit.explained.first().and_then(at);
    line("");
    line(format_args!("  {:>8}  {:<20} {}", "after", "what", "why"));
    for step in &visit.explained {
        let event = step["event"].as_str().unwrap_or_default();
        if QUIET.contains(&event) {
            continue;
        }
        let after = began.zip(at(step)).map_or(0.0, |(began, at)| (at - began).as_seconds_f64());
        line(format_args!(
            "  {after:>7.2}s  {event:<20} {}",
            step["sentence"].as_str().unwrap_or_default()
        ));
    }
    line("");
    let (outcome, cause) = (
        visit.call["outcome"].as_str().unwrap_or("unknown"),
        visit.call["cause"].as_str().unwrap_or("unknown"),
    );
    let door = if visit.door_opened() { "the door opened" } else { "the door stayed shut" };
    line(format_args!(
        "  {door}: outcome {outcome}, cause {cause}, the panel heard \"{}\"",
        visit.panel_heard
    ));
}

fn at(step: &Value) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(step["at"].as_str()?, &Rfc3339).ok()
}
