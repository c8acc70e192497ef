//! A sipgate account as the carrier knows it: its numbers, where their calls are told, and what it does with them by itself.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::super::scenario::{Pause, digits};

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SipgateAccount {
    /// The account's number, such as `7654321`.
    pub account: String,
    /// Such as `token-AB12CD`: the user of the REST API.
    pub token_id: String,
    #[serde(skip_serializing)]
    pub token: String,
    /// Where calls to its numbers are told; nobody is asked without one.
    #[serde(default)]
    pub incoming_url: Option<String>,
    /// Where calls that it places are told.
    #[serde(default)]
    pub outgoing_url: Option<String>,
    /// Extensions (`w0`, `p0`, `g3`) whose calls are told alone; all if absent.
    #[serde(default)]
    pub whitelist: Option<Vec<String>>,
    /// Whether pushes are kept for `GET /log/webhooks`.
    #[serde(default)]
    pub log: bool,
    pub numbers: Vec<SipgateNumber>,
    /// The phones (E.164) behind extensions that calls may be placed from: `e0`, `p0`, `x0`, `y0`.
    #[serde(default)]
    pub devices: BTreeMap<String, String>,
    /// Whether pushes are booked; 403 for their settings if not.
    #[serde(default = "yes")]
    pub pushes_booked: bool,
    /// Whether there is money for calls; 402 if not.
    #[serde(default = "yes")]
    pub funds: bool,
    #[serde(default)]
    pub habits: SipgateHabits,
}

/// A number of an account, and what becomes of its calls when nobody says otherwise.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SipgateNumber {
    /// E.164 with `+`.
    pub number: String,
    /// Who it belongs to; a line without a user is told with one empty name.
    #[serde(default)]
    pub users: Vec<SipgateUser>,
    /// The phone (E.164) that the account rings by itself.
    #[serde(default)]
    pub put_through_to: Option<String>,
    #[serde(default)]
    pub mailbox: Option<SipgateMailbox>,
    /// The number of another carrier that scenarios name and that this one stands for.
    #[serde(default)]
    pub stands_for: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct SipgateUser {
    pub name: String,
    /// The extension, such as `w4`.
    #[serde(default)]
    pub id: Option<String>,
}

/// The line's own mailbox, to which it forwards what nobody answered.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SipgateMailbox {
    pub after: Pause,
    /// Whether the line also forwards while it rings numbers that an answer named, not only its own.
    #[serde(default)]
    pub after_dial: bool,
}

/// What was seen to differ between accounts, or from one day to another.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct SipgateHabits {
    pub nothing_entered: NothingEntered,
    /// Whether a transferred call names the one that it came from.
    pub transfer_names_origin: bool,
    /// Whether a placed call is told a second time, as one that comes in at the caller's own device.
    pub tells_device: bool,
}

/// How a push says that no key was pressed.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum NothingEntered {
    #[default]
    Absent,
    Empty,
}

impl Default for SipgateHabits {
    fn default() -> Self {
        Self {
            nothing_entered: NothingEntered::Absent,
            transfer_names_origin: true,
            tells_device: false,
        }
    }
}

const fn yes() -> bool {
    true
}

impl fmt::Debug for SipgateAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SipgateAccount").field("account", &self.account).finish_non_exhaustive()
    }
}

impl SipgateAccount {
    /// Refused with what is wrong about it.
    pub fn check(&self) -> Result<(), String> {
        if self.account.is_empty() || !self.account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("account is {:?}, not digits like 7654321", self.account));
        }
        Ok(())
    }

    #[must_use]
    pub fn number(&self, number: &str) -> Option<&SipgateNumber> {
        self.numbers.iter().find(|own| digits(&own.number) == digits(number))
    }

    /// Whether calls to or from that number are told at all.
    #[must_use]
    pub fn tells(&self, users: &[SipgateUser]) -> bool {
        let Some(listed) = &self.whitelist else { return true };
        users.iter().filter_map(|user| user.id.as_ref()).any(|id| listed.contains(id))
    }

    /// The extension as it is written beyond the account: `7654321w4`.
    #[must_use]
    pub fn full(&self, extension: &str) -> String {
        format!("{}{extension}", self.account)
    }
}
