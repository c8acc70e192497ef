//! Where a firm lets calls go: the guard against those who would make it pay for calls to numbers of their own.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Policy;
use crate::domain::call::explain::Rule;
use crate::domain::phone_number::{PhoneNumber, Tariff};

/// Calls that a firm places a day, unless it says otherwise.
pub const DAILY_MAX: u32 = 100;

/// Where a firm lets calls go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboundRules {
    /// To numbers that begin like this; with none, to the region of the building whose line is called from.
    pub prefixes: BTreeSet<Prefix>,
}

/// Whether a firm may place another call today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowance {
    /// Yes.
    Left,
    /// It has placed as many as it may.
    Spent,
}

/// The beginning of numbers: a plus sign, the country code, and maybe more digits, `+44` or `+1876`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prefix(String);

/// Not the beginning of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a plus sign, then one to seven digits, the first not 0; for example +44")]
pub struct NotAPrefix;

impl Prefix {
    /// Reads it.
    pub fn parse(text: &str) -> Result<Self, NotAPrefix> {
        let digits = text.strip_prefix('+').ok_or(NotAPrefix)?;
        let is_well_formed = (1..=7).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        if is_well_formed { Ok(Self(text.to_owned())) } else { Err(NotAPrefix) }
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Prefix {
    type Error = NotAPrefix;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Prefix> for String {
    fn from(prefix: Prefix) -> Self {
        prefix.0
    }
}

impl OutboundRules {
    /// The rule that forbids calling this number from the policy's line, if one does.
    pub fn forbids(&self, number: &PhoneNumber, policy: &Policy) -> Option<Rule> {
        if policy.own_numbers.contains(number) {
            return Some(Rule::OwnNumbersAreNotDialled);
        }
        let is_in_reach = if self.prefixes.is_empty() {
            number.is_of_region(&policy.building.region)
        } else {
            self.prefixes.iter().any(|prefix| number.as_e164().starts_with(prefix.as_str()))
        };
        if !is_in_reach {
            return Some(Rule::RegionIsNotCalled);
        }
        (number.tariff() == Tariff::Extra).then_some(Rule::CostlyNumbersAreNotDialled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_plus_sign_and_a_few_digits() {
        for good in ["+44", "+1", "+1876"] {
            assert_eq!(Prefix::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "+", "44", "+0", "+12345678", "+4a", "+44 "] {
            assert_eq!(Prefix::parse(bad), Err(NotAPrefix), "{bad}");
        }
    }

    #[test]
    fn a_prefix_is_written_as_it_is_read() {
        let prefix: Prefix = serde_json::from_str(r#""+1876""#).unwrap();

        assert_eq!(prefix, Prefix::parse("+1876").unwrap());
        assert_eq!(serde_json::to_value(prefix).unwrap(), "+1876");
        assert!(serde_json::from_str::<Prefix>(r#""1876""#).is_err());
    }
}
