//! A Twilio account as the carrier knows it: its numbers, where their calls are asked about, and the secrets of both sides.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::{
    super::{scenario::digits, settings::Method},
    Target,
};

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwilioAccount {
    /// `AC` and 32 hex digits.
    pub sid: String,
    /// The primary one, which signs, first; a secondary one may only ask.
    #[serde(skip_serializing)]
    pub auth_tokens: Vec<String>,
    /// Secrets by `SK…` SID.
    #[serde(default, skip_serializing)]
    pub api_keys: BTreeMap<String, String>,
    #[serde(default)]
    pub numbers: Vec<TwilioNumber>,
    /// Numbers that calls may come from besides its own.
    #[serde(default)]
    pub verified: Vec<String>,
    /// Calls that leave the queue in a second.
    #[serde(default = "one")]
    pub cps: u32,
}

/// A number of an account, and what is asked and told about calls to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwilioNumber {
    /// E.164 with `+`.
    pub number: String,
    pub voice_url: String,
    #[serde(default = "post")]
    pub voice_method: Method,
    #[serde(default)]
    pub fallback_url: Option<String>,
    #[serde(default = "post")]
    pub fallback_method: Method,
    /// Told once, when the call is over.
    #[serde(default)]
    pub status_callback: Option<String>,
    #[serde(default = "post")]
    pub status_callback_method: Method,
    /// The number of another carrier that scenarios name and that this one stands for.
    #[serde(default)]
    pub stands_for: Option<String>,
}

const fn one() -> u32 {
    1
}

const fn post() -> Method {
    Method::Post
}

impl fmt::Debug for TwilioAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TwilioAccount").field("sid", &self.sid).finish_non_exhaustive()
    }
}

impl TwilioAccount {
    #[must_use]
    pub fn number(&self, number: &str) -> Option<&TwilioNumber> {
        self.numbers.iter().find(|own| digits(&own.number) == digits(number))
    }

    /// Whether calls may come from that number.
    #[must_use]
    pub fn may_show(&self, number: &str) -> bool {
        self.number(number).is_some()
            || self.verified.iter().any(|verified| digits(verified) == digits(number))
    }

    /// The token that signs.
    #[must_use]
    pub fn primary(&self) -> &str {
        self.auth_tokens.first().map_or("", String::as_str)
    }
}

impl TwilioNumber {
    #[must_use]
    pub fn voice(&self) -> Target {
        Target::new(&self.voice_url, self.voice_method)
    }

    #[must_use]
    pub fn fallback(&self) -> Option<Target> {
        self.fallback_url.as_deref().map(|url| Target::new(url, self.fallback_method))
    }

    #[must_use]
    pub fn status(&self) -> Option<Target> {
        self.status_callback.as_deref().map(|url| Target::new(url, self.status_callback_method))
    }
}
