//! What must hold for any bytes, target by target. The first byte or line of an input often says which of several things is tried.

pub mod api;
pub mod calls;
pub mod media;
pub mod scripts;
pub mod sipgate;
pub mod twilio;
pub mod vonage;

/// Holds, or panics.
pub type Body = fn(&[u8]);

/// The targets, by the name of their folder in the corpus.
pub const TARGETS: [(&str, Body); 18] = [
    ("vonage_event", vonage::event),
    ("vonage_query", vonage::query),
    ("vonage_signature", vonage::signature),
    ("twilio_form", twilio::form),
    ("twilio_signature", twilio::signature),
    ("sipgate_form", sipgate::form),
    ("sipgate_signature", sipgate::signature),
    ("ncco", scripts::ncco),
    ("twiml", scripts::twiml),
    ("sipgate_xml", scripts::sipgate_xml),
    ("media", media::messages),
    ("csv_import", api::csv_import),
    ("cursor", api::cursor),
    ("idempotency_key", api::idempotency_key),
    ("webhook_address", api::webhook_address),
    ("e164", calls::e164),
    ("schedule", calls::schedule),
    ("upcast", calls::upcast),
];

/// The first byte, as a number below `count`, and the rest.
fn choice(input: &[u8], count: usize) -> (usize, &[u8]) {
    match input.split_first() {
        Some((first, rest)) => (usize::from(*first) % count, rest),
        None => (0, &[]),
    }
}

/// A place in so many bytes, and a bit there.
fn place(input: &[u8], length: usize) -> (usize, u8) {
    let (bit, rest) = choice(input, 8);
    let number = rest.iter().take(4).fold(0, |number, byte| number * 256 + usize::from(*byte));
    (number % length.max(1), 1 << bit)
}

/// The first line, and what stands behind its end.
fn line(input: &[u8]) -> (&[u8], &[u8]) {
    match input.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&input[..end], &input[end + 1..]),
        None => (input, &[]),
    }
}

fn text(input: &[u8]) -> String {
    String::from_utf8_lossy(input).into_owned()
}

/// A carrier's words, as they may be logged and counted: a short line without what could be a number.
fn is_fit_for_a_log(words: &str) -> bool {
    let digits = words.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
    words.chars().count() <= 160
        && !words.chars().any(char::is_control)
        && digits.is_none_or(|digits| digits <= 3)
}
