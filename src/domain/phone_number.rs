//! Phone numbers in E.164, and callers as far as a carrier names them.

use std::fmt;
use std::str::FromStr;

use phonenumber::Type;
use phonenumber::metadata::{DATABASE, Metadata};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A phone number in E.164, `+4930123456`. Parsed once at the edge; valid ever after.
///
/// Source: ITU-T E.164: a `+`, then at most 15 digits, the first not 0. Serialises as that text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// What calling a number costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tariff {
    /// What calls cost: someone's phone, or free of charge.
    Ordinary,
    /// More, or nobody can say: premium and shared-cost services, personal numbers, pagers, satellites.
    Extra,
}

/// The region of numbers that belong to no country: satellites, international services.
const NO_COUNTRY: &str = "001";

/// The numbering plan that a number belongs to: where countries share a code, that of its own range, else the largest one's.
fn plan_of(number: &phonenumber::PhoneNumber) -> Option<&'static Metadata> {
    number.metadata(&DATABASE).or_else(|| {
        let regions = DATABASE.region(&number.country().code())?;
        DATABASE.by_id(*regions.first()?)
    })
}

/// Why a text is not a phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PhoneNumberError {
    /// Not `+`, a digit from 1 to 9, and 6 to 14 digits more.
    #[error(
        "a phone number is written in E.164: a plus sign, the country code, the number; for example +441632960001"
    )]
    NotE164,
    /// A national number that is none in the region it was read in.
    #[error(
        "this is not a phone number of the region that it was read in; write it with a plus sign and the country code"
    )]
    NotOfRegion,
    /// No such region.
    #[error("a region is two capital letters of ISO 3166, for example GB")]
    UnknownRegion,
}

impl PhoneNumber {
    /// Reads a number that is already in E.164, with its `+`.
    pub fn parse(text: &str) -> Result<Self, PhoneNumberError> {
        let digits = text.strip_prefix('+').ok_or(PhoneNumberError::NotE164)?;
        Self::from_digits(digits)
    }

    /// Reads E.164 written without its `+`, as carriers do.
    pub fn from_digits(digits: &str) -> Result<Self, PhoneNumberError> {
        let well_formed = (7..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        if well_formed { Ok(Self(format!("+{digits}"))) } else { Err(PhoneNumberError::NotE164) }
    }

    /// Reads a number as a person writes it, `(01632) 960 001`, in a default region (ISO 3166, two letters).
    pub fn parse_in_region(text: &str, region: &str) -> Result<Self, PhoneNumberError> {
        if let Ok(number) = Self::parse(text) {
            return Ok(number);
        }
        let region = region.parse().map_err(|_| PhoneNumberError::UnknownRegion)?;
        let number =
            phonenumber::parse(Some(region), text).map_err(|_| PhoneNumberError::NotOfRegion)?;
        Self::parse(&number.format().mode(phonenumber::Mode::E164).to_string())
    }

    /// Whether it is a number of this region (ISO 3166, `GB`). Not by its country code alone: `+1` is shared by 25 countries.
    pub fn is_of_region(&self, region: &str) -> bool {
        let number = phonenumber::parse(None, &self.0).ok();
        number.and_then(|number| plan_of(&number)).is_some_and(|plan| plan.id() == region)
    }

    /// What calling it costs, as far as its numbering plan says.
    pub fn tariff(&self) -> Tariff {
        let Ok(number) = phonenumber::parse(None, &self.0) else { return Tariff::Extra };
        let Some(plan) = plan_of(&number).filter(|plan| plan.id() != NO_COUNTRY) else {
            return Tariff::Extra;
        };
        match number.number_type(&DATABASE) {
            Type::FixedLine
            | Type::Mobile
            | Type::FixedLineOrMobile
            | Type::TollFree
            | Type::Voip
            | Type::Uan => Tariff::Ordinary,
            // A range that nobody has been given yet, inside a country's plan: it reaches nobody, or someone's phone.
            Type::Unknown
                if plan
                    .descriptors()
                    .general()
                    .is_match(&number.national().value().to_string()) =>
            {
                Tariff::Ordinary
            }
            Type::Unknown
            | Type::PremiumRate
            | Type::SharedCost
            | Type::PersonalNumber
            | Type::Pager
            | Type::Emergency
            | Type::Voicemail
            | Type::ShortCode
            | Type::StandardRate
            | Type::Carrier
            | Type::NoInternational => Tariff::Extra,
        }
    }

    /// The number in E.164, with its `+`.
    pub fn as_e164(&self) -> &str {
        &self.0
    }

    /// The digits without the `+`, as carriers want them.
    pub fn digits(&self) -> &str {
        &self.0[1..]
    }

    /// The number with all but its first three and last two characters hidden: `+44•••••••01`. For people who may know that, but not who.
    pub fn masked(&self) -> String {
        let shown_first = 3;
        let shown_last = 2;
        let hidden = self.0.len() - shown_first - shown_last;
        format!(
            "{}{}{}",
            &self.0[..shown_first],
            "•".repeat(hidden),
            &self.0[self.0.len() - shown_last..]
        )
    }
}

/// Masked, so that neither a log line nor a failed assertion shows whose number it is.
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl FromStr for PhoneNumber {
    type Err = PhoneNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = PhoneNumberError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

/// Who is on the line, as far as the carrier says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A number that we could read.
    Known(PhoneNumber),
    /// Withheld, or nothing that could be a number: carriers pass a caller's number on unchecked.
    Withheld,
}

/// What stands in the place of a number that is hidden.
const HIDDEN: [&str; 6] =
    ["withheld", "anonymous", "restricted", "unknown", "blocked", "unavailable"];
/// The same words spelt on a keypad, and `unknown` in a short form: some networks send them as if they were numbers.
const HIDDEN_ON_A_KEYPAD: [&str; 6] =
    ["7378742833", "2562533", "8656696", "266696687", "86282452253", "464"];

impl Caller {
    /// Reads what a carrier calls the caller: E.164 with or without `+`, a national number of the default region, or free text.
    pub fn read(text: &str, region: &str) -> Self {
        Self::read_anywhere(text).unwrap_or_else(|| {
            PhoneNumber::parse_in_region(text.trim(), region).map_or(Self::Withheld, Self::Known)
        })
    }

    /// The same, if it says the same in every region.
    pub fn read_anywhere(text: &str) -> Option<Self> {
        let text = text.trim();
        if Self::is_hidden(text) {
            return Some(Self::Withheld);
        }
        let digits = || match text.starts_with('0') {
            true => Err(PhoneNumberError::NotE164),
            false => PhoneNumber::from_digits(text),
        };
        PhoneNumber::parse(text).or_else(|_| digits()).ok().map(Self::Known)
    }

    /// Whether a text stands for a number that is hidden, in any of the ways that networks have for it.
    pub fn is_hidden(text: &str) -> bool {
        HIDDEN.iter().any(|word| text.eq_ignore_ascii_case(word))
            || HIDDEN_ON_A_KEYPAD.contains(&text.trim_start_matches('+'))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_read_as_people_write_it() {
        let written = PhoneNumber::parse_in_region("(01632) 960 001", "GB").unwrap();

        assert_eq!((written.as_e164(), written.digits()), ("+441632960001", "441632960001"));
    }

    #[test]
    fn only_a_national_number_is_read_by_its_region() {
        let known = |text| Some(Caller::Known(PhoneNumber::parse(text).unwrap()));
        assert_eq!(Caller::read_anywhere(" +441632960001 "), known("+441632960001"));
        assert_eq!(Caller::read_anywhere("441632960001"), known("+441632960001"));
        assert_eq!(Caller::read_anywhere("anonymous"), Some(Caller::Withheld));
        assert_eq!(Caller::read_anywhere("01632 960001"), None);
        assert_eq!(Caller::read_anywhere("sip:door@example.com"), None);
    }

    #[test]
    fn a_number_that_is_none_is_refused() {
        for text in
            ["", "+", "+0123456789", "441632960001", "+44163296000199999", "+44 1632", "anonymous"]
        {
            assert_eq!(PhoneNumber::parse(text), Err(PhoneNumberError::NotE164), "{text}");
        }
    }

    #[test]
    fn a_caller_without_a_readable_number_counts_as_withheld() {
        for text in [
            "",
            "anonymous",
            "Restricted",
            "unknown",
            "sip:door@panel.example",
            "12",
            "+7378742833",
            "266696687",
        ] {
            assert_eq!(Caller::read(text, "GB"), Caller::Withheld, "{text}");
        }
        let panel = PhoneNumber::parse("+441632960001").unwrap();
        assert_eq!(Caller::read("441632960001", "GB"), Caller::Known(panel.clone()));
        assert_eq!(Caller::read("01632960001", "GB"), Caller::Known(panel));
    }

    #[test]
    fn a_number_belongs_to_one_region_even_where_countries_share_a_code() {
        let of = |number, region| PhoneNumber::parse(number).unwrap().is_of_region(region);

        assert!(of("+447700900123", "GB") && of("+441632960001", "GB"));
        assert!(of("+12025550123", "US") && !of("+12025550123", "CA"));
        assert!(of("+18765550123", "JM") && !of("+18765550123", "US"));
        assert!(!of("+447700900123", "DE"));
    }

    #[test]
    fn what_costs_extra_is_told_from_what_does_not() {
        let tariff = |number| PhoneNumber::parse(number).unwrap().tariff();

        // 0909 8790 is the range that drama uses for premium services.
        assert_eq!(tariff("+449098790123"), Tariff::Extra);
        for ordinary in ["+447700900123", "+441632960001", "+12025550123"] {
            assert_eq!(tariff(ordinary), Tariff::Ordinary, "{ordinary}");
        }
        // 900 is premium in North America, 881 and 979 belong to satellites and international premium services.
        for extra in ["+19005550123", "+881655501230", "+979155501230"] {
            assert_eq!(tariff(extra), Tariff::Extra, "{extra}");
        }
        // What is no number of the country whose code it begins with.
        assert_eq!(tariff("+44123456"), Tariff::Extra);
    }

    #[test]
    fn debug_output_hides_the_number() {
        let number = PhoneNumber::parse("+441632960001").unwrap();

        assert_eq!(format!("{number:?}"), "+44••••••••01");
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_what_is_read_is_e164(text in ".{0,40}") {
            if let Caller::Known(number) = Caller::read(&text, "GB") {
                prop_assert_eq!(PhoneNumber::parse(number.as_e164()), Ok(number));
            }
        }
    }
}
