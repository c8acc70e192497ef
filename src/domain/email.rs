//! E-mail addresses.

use std::fmt;

use serde::{Deserialize, Serialize};

const LONGEST: usize = 254;
const LONGEST_LOCAL: usize = 64;

/// An e-mail address as people have them, in lower case. Parsed once at the edge; valid ever after.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// Not an e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address, for example grace@maple.example")]
pub struct NoEmailAddress;

impl EmailAddress {
    /// Reads one. No quoted local parts, no domain literals, nothing beyond ASCII: no mailbox that receives letters loses by it,
    /// and no address is two addresses to whoever reads it next.
    pub fn parse(text: &str) -> Result<Self, NoEmailAddress> {
        let lower = text.trim().to_ascii_lowercase();
        let (local, domain) = lower.rsplit_once('@').ok_or(NoEmailAddress)?;
        let is_short = lower.len() <= LONGEST && local.len() <= LONGEST_LOCAL;
        let has_good_domain = domain.contains('.') && domain.split('.').all(is_label);
        if is_short && local.split('.').all(is_atom) && has_good_domain {
            Ok(Self(lower))
        } else {
            Err(NoEmailAddress)
        }
    }

    /// `grace@maple.example`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_atom(part: &str) -> bool {
    let is_atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    !part.is_empty() && part.chars().all(is_atext)
}

fn is_label(label: &str) -> bool {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=63).contains(&label.len())
        && label.chars().all(is_inside)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl TryFrom<String> for EmailAddress {
    type Error = NoEmailAddress;

    fn try_from(text: String) -> Result<Self, NoEmailAddress> {
        Self::parse(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

/// Masked, so that neither a log line nor a failed assertion shows whose it is.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_in_lower_case() {
        assert_eq!(
            EmailAddress::parse(" Grace@Maple.Example ").unwrap().as_str(),
            "grace@maple.example"
        );
    }

    #[test]
    fn an_address_is_written_as_it_is_read_and_shown_to_nobody() {
        let address: EmailAddress = serde_json::from_str(r#""a+b@my-maple.example""#).unwrap();

        assert_eq!(serde_json::to_value(&address).unwrap(), "a+b@my-maple.example");
        assert_eq!(format!("{address:?}"), "EmailAddress(…)");
        assert!(serde_json::from_str::<EmailAddress>(r#""grace""#).is_err());
    }

    #[test]
    fn what_no_letter_reaches_is_refused() {
        let long = format!("{}@maple.example", "a".repeat(65));
        for text in [
            "",
            "grace",
            "@maple.example",
            "grace@",
            "grace@maple",
            "gr ace@maple.example",
            "grace@maple..example",
            "grace@-maple.example",
            "grace@maple-.example",
            "a..b@maple.example",
            "grace\u{0}@maple.example",
            "\"grace\"@maple.example",
            "grace@maple.example, hedy@elm.example",
            "grace@[127.0.0.1]",
            "grace@maple.example\r\nBcc: hedy@elm.example",
            "gräce@maple.example",
            long.as_str(),
        ] {
            assert_eq!(EmailAddress::parse(text), Err(NoEmailAddress), "{text:?}");
        }
    }

    #[test]
    fn an_address_is_refused_just_past_each_of_its_lengths() {
        let local = |length| format!("{}@maple.example", "a".repeat(length));
        let label = |length| format!("grace@{}.example", "a".repeat(length));
        let whole =
            |length: usize| format!("{}@{}example", "a".repeat(length - 248), "maple.".repeat(40));
        assert_eq!(whole(254).len(), 254);

        for text in [local(64), label(63), whole(254)] {
            assert_eq!(EmailAddress::parse(&text).map(String::from), Ok(text));
        }
        for text in [local(65), label(64), whole(255)] {
            assert_eq!(EmailAddress::parse(&text), Err(NoEmailAddress), "{text}");
        }
    }
}
