//! Lenient reading of what Vonage sends: numbers that are strings, three ways to write a time, objects inside query parameters.

use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::payload::Content;

/// The fields of one webhook.
pub(super) struct Fields(Map<String, Value>);

/// Parameters of a query that hold JSON.
const NESTED: [&str; 5] = ["dtmf", "speech", "payload", "original_request", "custom_data"];

impl Fields {
    /// Reads an object, or the parameters of a query. `None` where it is neither.
    pub(super) fn read(content: &Content) -> Option<Self> {
        match content {
            Content::Body(body) => match serde_json::from_slice(body) {
                Ok(Value::Object(fields)) => Some(Self(fields)),
                Ok(_) | Err(_) => None,
            },
            Content::Parameters(parameters) => {
                let field =
                    |(name, value): &(String, String)| (name.clone(), parameter(name, value));
                Some(Self(parameters.iter().map(field).collect()))
            }
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A string, or a number as one. Neither `null` nor the empty string is a text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        text(self.0.get(name)?)
    }

    /// A text of an object inside.
    pub(super) fn text_in(&self, object: &str, name: &str) -> Option<String> {
        text(self.0.get(object)?.get(name)?)
    }

    pub(super) fn time(&self, name: &str) -> Option<OffsetDateTime> {
        read_time(&self.text(name)?)
    }
}

fn parameter(name: &str, value: &str) -> Value {
    NESTED
        .contains(&name)
        .then(|| serde_json::from_str(value).ok())
        .flatten()
        .filter(Value::is_object)
        .unwrap_or_else(|| Value::from(value))
}

pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
    .filter(|text| !text.is_empty())
}

/// `2026-03-01T10:00:02.000Z`, the same without milliseconds or zone, and `2026-03-01 10:00:02`; UTC where no zone is told.
pub(super) fn read_time(text: &str) -> Option<OffsetDateTime> {
    let (date, time) = text.split_once(['T', ' '])?;
    let has_zone = time.contains(['Z', 'z', '+', '-']);
    let zone = if has_zone { "" } else { "Z" };
    OffsetDateTime::parse(&format!("{date}T{time}{zone}"), &Rfc3339).ok()
}

/// Whole seconds.
pub(super) fn read_seconds(text: &str) -> Option<u32> {
    text.split('.').next()?.parse().ok()
}

/// Millionths of a decimal number, rounded half up, without ever being a float: `0.00292500` is 2 925.
pub(super) fn read_micros(text: &str) -> Option<i64> {
    const DIGITS_MAX: usize = 30;
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i8>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let readable = (1..=DIGITS_MAX).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !readable {
        return None;
    }
    let amount: i128 = digits.parse().ok()?;
    let shift = 6 + i32::from(exponent) - i32::try_from(fraction.len()).ok()?;
    let power = 10_i128.checked_pow(shift.unsigned_abs());
    let micros = if shift >= 0 {
        amount.checked_mul(power?)?
    } else {
        // Ten to more than 38 is more than any amount that was read.
        power.map_or(0, |power| (amount + power / 2) / power)
    };
    i64::try_from(micros).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_time_is_read_in_each_way_that_vonage_writes_it() {
        let noon = datetime!(2026-03-01 12:00:02 UTC);
        for text in [
            "2026-03-01T12:00:02.000Z",
            "2026-03-01T12:00:02Z",
            "2026-03-01T12:00:02",
            "2026-03-01 12:00:02",
            "2026-03-01T13:00:02+01:00",
        ] {
            assert_eq!(read_time(text), Some(noon), "{text}");
        }
        for text in ["", "today", "2026-03-01", "2026-13-01 12:00:02", "1772366402"] {
            assert_eq!(read_time(text), None, "{text}");
        }
    }

    #[test]
    fn a_price_becomes_millionths_exactly() {
        for (text, micros) in [
            ("0.00292500", 2_925),
            ("0", 0),
            ("12", 12_000_000),
            (".5", 500_000),
            ("0.0000004", 0),
            ("0.0000005", 1),
            ("2.925e-3", 2_925),
            ("4.5E-5", 45),
            ("1e-99", 0),
        ] {
            assert_eq!(read_micros(text), Some(micros), "{text}");
        }
        for text in ["", ".", "-1", "+1", "1,5", "NaN", "1e99", "99999999999999999999", "0x10"] {
            assert_eq!(read_micros(text), None, "{text}");
        }
    }

    #[test]
    fn seconds_are_whole() {
        assert_eq!(read_seconds("39"), Some(39));
        assert_eq!(read_seconds("39.0"), Some(39));
        assert_eq!(read_seconds("-1"), None);
        assert_eq!(read_seconds(""), None);
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC{0,60}") {
            let _ = (read_time(&text), read_micros(&text), read_seconds(&text));
        }

        #[test]
        fn six_decimals_survive(micros in 0_i64..1_000_000_000_000) {
            let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
            prop_assert_eq!(read_micros(&text), Some(micros));
        }
    }
}
