//! What calls are decided by: numbers, hours, and the events of before.

use jiff::civil::Time;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use vestibule::domain::call::event::Event;
use vestibule::domain::call::upcast::upcast as present;
use vestibule::domain::local_time::Zone;
use vestibule::domain::phone_number::{Caller, PhoneNumber};
use vestibule::domain::policy::schedule::Schedule;

use super::{line, text};

/// A line with a region, and a number as somebody writes it.
pub fn e164(input: &[u8]) {
    let (region, number) = line(input);
    let (region, number) = (text(region), text(number));
    let read = [
        PhoneNumber::parse(&number).ok(),
        PhoneNumber::from_digits(&number).ok(),
        PhoneNumber::parse_in_region(&number, &region).ok(),
        PhoneNumber::parse_in_region(&number, "GB").ok(),
        match Caller::read(&number, "DE") {
            Caller::Known(number) => Some(number),
            Caller::Withheld => None,
        },
    ];
    for number in read.into_iter().flatten() {
        let text = number.as_e164();
        assert!((8..=16).contains(&text.len()), "{text}");
        assert!(text.starts_with('+') && text[1..].bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(PhoneNumber::parse(text).as_ref(), Ok(&number));
        assert_eq!(PhoneNumber::from_digits(number.digits()).as_ref(), Ok(&number));
        let stored = serde_json::to_value(&number).expect("a text");
        assert_eq!(serde_json::from_value::<PhoneNumber>(stored).expect("a number"), number);
        let hidden = number.masked();
        assert_eq!(hidden.chars().count(), text.len());
        assert!(!format!("{number:?}").contains(&text[3..text.len() - 2]));
        let _ = (number.tariff(), number.is_of_region("GB"));
    }
}

/// A line with a time zone and one with an instant, then a schedule as the API takes it.
pub fn schedule(input: &[u8]) {
    let (zone, rest) = line(input);
    let (instant, schedule) = line(rest);
    let Ok(schedule) = serde_json::from_slice::<Schedule>(schedule) else { return };
    let written = serde_json::to_value(&schedule).expect("JSON");
    assert_eq!(serde_json::from_value::<Schedule>(written).expect("a schedule"), schedule);
    if schedule.check().is_err() {
        return;
    }
    let zone = Zone::parse(&text(zone)).or_else(|_| Zone::parse("Europe/London"));
    let zone = zone.expect("London is one");
    let seconds = text(instant).parse().unwrap_or(1_795_000_000);
    let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let holds = schedule.holds(at, &zone);
    // Hours have minutes and seconds, and nothing smaller: what holds, holds to the end of the second.
    let has_fractions = |time: Time| time.subsec_nanosecond() != 0;
    let entries = schedule.weekly.iter().map(|entry| entry.hours);
    let mut hours = entries.chain(schedule.dates.iter().flat_map(|date| date.hours.clone()));
    if !hours.any(|hours| has_fractions(hours.from) || has_fractions(hours.to)) {
        let later = at.checked_add(Duration::milliseconds(999)).unwrap_or(at);
        assert_eq!(schedule.holds(later, &zone), holds);
    }
    assert!(!Schedule::default().holds(at, &zone), "no hours, never");
}

/// A line with a type and a version, and the event's data.
pub fn upcast(input: &[u8]) {
    let (kind, data) = line(input);
    let kind = text(kind);
    let (kind, version) = kind.split_once('.').unwrap_or((&kind, "1"));
    let Ok(data) = serde_json::from_slice::<Value>(data) else { return };
    let data = present(kind, version.parse().unwrap_or(1), data);
    let Ok(event) = serde_json::from_value::<Event>(json!({ "type": kind, "data": data })) else {
        return;
    };
    assert_eq!(event.kind(), kind);
    let written = serde_json::to_value(&event).expect("JSON");
    let again: Event = serde_json::from_value(written.clone()).expect("what we wrote");
    assert_eq!(again, event);
    // What is in its present version already is left as it is.
    let left = present(kind, event.schema_version(), written["data"].clone());
    assert_eq!(left, written["data"]);
}
