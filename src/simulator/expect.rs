//! Holds what a scenario expects against what its phones saw.

use std::collections::BTreeMap;

use super::{
    leg::{Direction, Sound},
    record::{Check, LegView},
    scenario::Expect,
};

pub fn check(expect: &Expect, placed: &BTreeMap<String, usize>, legs: &[LegView]) -> Vec<Check> {
    let door: Vec<&LegView> =
        legs.iter().filter(|leg| leg.direction == Direction::Inbound).collect();
    let mut checks: Vec<Check> = (expect.placed.iter())
        .map(|(phone, times)| {
            let seen = placed.get(phone).copied().unwrap_or(0);
            Check {
                what: format!("dials of {phone}"),
                expected: times.to_string(),
                seen: seen.to_string(),
                holds: seen == *times,
            }
        })
        .collect();
    if let Some(digits) = &expect.door_digits {
        let seen = tones(&door);
        checks.push(Check {
            what: "tones at the door".into(),
            expected: digits.clone(),
            holds: seen == *digits,
            seen,
        });
    }
    if !expect.door_hears.is_empty() {
        checks.push(texts("door", &expect.door_hears, &door));
    }
    for (phone, words) in &expect.hears {
        let theirs: Vec<&LegView> = legs.iter().filter(|leg| &leg.phone == phone).collect();
        checks.push(texts(phone, words, &theirs));
    }
    checks
}

fn tones(legs: &[&LegView]) -> String {
    let heard = legs.iter().flat_map(|leg| &leg.heard);
    heard
        .filter_map(|heard| {
            if let Sound::Tones { digits } = &heard.sound { Some(digits.as_str()) } else { None }
        })
        .collect()
}

/// The words in this order; what was cut off before it was spoken does not count.
fn texts(phone: &str, words: &[String], legs: &[&LegView]) -> Check {
    let spoken: Vec<&str> =
        legs.iter().flat_map(|leg| &leg.heard).filter_map(super::leg::Heard::spoken).collect();
    let seen = spoken.join(" | ");
    let lower = seen.to_lowercase();
    let mut from = 0;
    let holds = words.iter().all(|word| {
        let word = word.to_lowercase();
        let found = lower[from..].find(&word);
        from += found.map_or(0, |at| at + word.len());
        found.is_some()
    });
    Check { what: format!("{phone} hears"), expected: words.join(" | "), seen, holds }
}
