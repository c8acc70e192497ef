//! What a carrier's account is reached and recognised with. It goes in and never comes out.

use std::fmt;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::carriers::sipgate::{check_account_number, check_device_id, check_token_id};
use crate::carriers::twilio::check_account_sid;
use crate::carriers::vonage::check_private_key;
use crate::http::problem::{FieldProblem, Problem};
use crate::http::v1::Checks;

/// Secrets that are good at the same time, at most.
const SECRETS_MAX: usize = 5;

/// What a carrier's account is reached and recognised with: for each carrier something else.
#[derive(Clone, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(example = json!({
    "application_id": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
    "api_key": "abcd1234",
    "private_key": "-----BEGIN PRIVATE KEY-----\n(the application's key)\n-----END PRIVATE KEY-----\n",
    "signature_secrets": ["the-signature-secret-of-the-account"],
}))]
pub enum CredentialsBody {
    /// A Vonage account's.
    Vonage(VonageCredentials),
    /// A Twilio account's.
    Twilio(TwilioCredentials),
    /// A sipgate account's.
    Sipgate(SipgateCredentials),
}

/// What a Vonage account is reached and recognised with.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VonageCredentials {
    /// The application's id.
    #[schema(example = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab", min_length = 1, max_length = 64)]
    pub application_id: String,
    /// The account's API key.
    #[schema(example = "abcd1234", min_length = 1, max_length = 64)]
    pub api_key: String,
    /// The application's private key, PKCS#8 in PEM.
    #[schema(
        write_only,
        max_length = 10000,
        example = "-----BEGIN PRIVATE KEY-----\n(the application's key)\n-----END PRIVATE KEY-----\n"
    )]
    pub private_key: String,
    /// The account's signature secrets: not the API secret. More than one while it is being changed.
    #[schema(write_only, max_items = 5, example = json!(["the-signature-secret-of-the-account"]))]
    pub signature_secrets: Vec<String>,
    /// Secrets that are good for a while yet. Filled by rotating.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(ignore)]
    retiring_secrets: Vec<RetiringSecret>,
}

/// What a Twilio account is reached and recognised with.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TwilioCredentials {
    /// The account's SID, or the subaccount's that the numbers belong to.
    #[schema(example = "AC00000000000000000000000000000001", pattern = "^AC[0-9a-fA-F]{32}$")]
    pub account_sid: String,
    /// The account's auth tokens, which sign its webhooks: the primary one, and the secondary one while they change. A subaccount
    /// has its own.
    #[schema(write_only, max_items = 5, example = json!(["0123456789abcdef0123456789abcdef"]))]
    pub auth_tokens: Vec<String>,
    /// An API key's SID. With a key the auth token only verifies webhooks, and need not open the REST API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "SK00000000000000000000000000000001", pattern = "^SK[0-9a-fA-F]{32}$")]
    pub api_key_sid: Option<String>,
    /// The API key's secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(write_only, example = "the-secret-of-the-api-key", min_length = 8, max_length = 200)]
    pub api_key_secret: Option<String>,
    /// How many calls a second the account may start: 1 unless Twilio allows more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 1, minimum = 1, maximum = 100)]
    pub calls_per_second: Option<u8>,
    /// Tokens that are good for a while yet. Filled by rotating.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(ignore)]
    retiring_secrets: Vec<RetiringSecret>,
}

/// What a sipgate account is reached and recognised with. What signs its pushes is not among it: sipgate signs for all accounts with one key
/// of its own.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SipgateCredentials {
    /// The account's number: what stands before the letter in `7654321w0`. Pushes of other accounts are refused.
    #[schema(example = "7654321", pattern = "^[0-9]{1,15}$")]
    pub account_number: String,
    /// The id of a personal access token, with the scopes `sessions:calls:write`, `rtcm:read`, `rtcm:write`, `history:read` and
    /// `settings:sipgateio:read`.
    #[schema(example = "token-AB12CD", pattern = "^token-[0-9A-Za-z]{1,58}$")]
    pub token_id: String,
    /// That token.
    #[schema(write_only, example = "the-personal-access-token", min_length = 8, max_length = 200)]
    pub token: String,
    /// The extension from which calls are placed; without one none can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "e0", pattern = "^[epxy][0-9]{1,9}$")]
    pub device_id: Option<String>,
}

/// A secret that another one replaced.
#[derive(Clone, Serialize, Deserialize)]
struct RetiringSecret {
    secret: String,
    #[serde(with = "time::serde::rfc3339")]
    until: OffsetDateTime,
}

/// Told apart by their first field, so that what is wrong with one is not told as "fits none".
impl<'de> Deserialize<'de> for CredentialsBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let document = Value::deserialize(deserializer)?;
        let read = if document.get("account_sid").is_some() {
            TwilioCredentials::deserialize(document).map(Self::Twilio)
        } else if document.get("account_number").is_some() {
            SipgateCredentials::deserialize(document).map(Self::Sipgate)
        } else {
            VonageCredentials::deserialize(document).map(Self::Vonage)
        };
        read.map_err(D::Error::custom)
    }
}

/// Hidden: it holds secrets.
impl fmt::Debug for CredentialsBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialsBody").field("account", &self.account()).finish_non_exhaustive()
    }
}

/// Hidden: it holds secrets.
impl fmt::Debug for VonageCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VonageCredentials").field("api_key", &self.api_key).finish_non_exhaustive()
    }
}

/// Hidden: it holds secrets.
impl fmt::Debug for TwilioCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TwilioCredentials")
            .field("account_sid", &self.account_sid)
            .finish_non_exhaustive()
    }
}

/// Hidden: it holds secrets.
impl fmt::Debug for SipgateCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SipgateCredentials")
            .field("account_number", &self.account_number)
            .finish_non_exhaustive()
    }
}

impl CredentialsBody {
    /// What is wrong with them, for a connection to this carrier.
    pub(super) fn check(&self, checks: &mut Checks, provider: &str, signing: &str) {
        checks.holds(
            "credentials",
            self.provider() == provider,
            "these are another carrier's: Vonage wants an application_id, Twilio an account_sid, sipgate an \
             account_number",
        );
        checks.holds(
            "credentials",
            self.retiring().is_empty(),
            "retiring_secrets is not for you to give",
        );
        match self {
            Self::Vonage(credentials) => credentials.check(checks, signing),
            Self::Twilio(credentials) => credentials.check(checks, signing),
            Self::Sipgate(credentials) => credentials.check(checks),
        }
    }

    /// For the audit: which account, and nothing secret.
    pub(super) fn told(&self) -> Value {
        match self {
            Self::Vonage(credentials) => json!({ "api_key": credentials.api_key }),
            Self::Twilio(credentials) => json!({
                "account_sid": credentials.account_sid,
                "api_key_sid": credentials.api_key_sid,
            }),
            Self::Sipgate(credentials) => json!({
                "account_number": credentials.account_number,
                "token_id": credentials.token_id,
            }),
        }
    }

    /// Takes a new secret; the ones before are good for a while yet.
    pub(super) fn rotate(
        &mut self,
        secret: &str,
        now: OffsetDateTime,
        overlap: Duration,
    ) -> Result<(), Problem> {
        let (secrets, retiring) = match self {
            Self::Vonage(credentials) => {
                (&mut credentials.signature_secrets, &mut credentials.retiring_secrets)
            }
            Self::Twilio(credentials) => {
                (&mut credentials.auth_tokens, &mut credentials.retiring_secrets)
            }
            Self::Sipgate(_) => {
                return Err(Problem::Invalid(vec![FieldProblem::new(
                    "secret",
                    "sipgate signs with a key of its own, which the operator knows; a new access token comes with all credentials",
                )]));
            }
        };
        let until = now + overlap;
        let before = std::mem::replace(secrets, vec![secret.to_owned()]);
        retiring.retain(|retiring| now < retiring.until);
        retiring.extend(before.into_iter().map(|secret| RetiringSecret { secret, until }));
        if retiring.len() >= SECRETS_MAX {
            return Err(Problem::Invalid(vec![FieldProblem::new(
                "secret",
                "too many secrets are good at once: wait for one to retire",
            )]));
        }
        Ok(())
    }

    fn provider(&self) -> &'static str {
        match self {
            Self::Vonage(_) => "vonage",
            Self::Twilio(_) => "twilio",
            Self::Sipgate(_) => "sipgate",
        }
    }

    fn account(&self) -> &str {
        match self {
            Self::Vonage(credentials) => &credentials.api_key,
            Self::Twilio(credentials) => &credentials.account_sid,
            Self::Sipgate(credentials) => &credentials.account_number,
        }
    }

    fn retiring(&self) -> &[RetiringSecret] {
        match self {
            Self::Vonage(credentials) => &credentials.retiring_secrets,
            Self::Twilio(credentials) => &credentials.retiring_secrets,
            Self::Sipgate(_) => &[],
        }
    }
}

impl VonageCredentials {
    fn check(&self, checks: &mut Checks, signing: &str) {
        checks.text("credentials.application_id", &self.application_id, 64);
        checks.text("credentials.api_key", &self.api_key, 64);
        checks.holds(
            "credentials.signature_secrets",
            are_secrets(&self.signature_secrets)
                && (signing == "off" || !self.signature_secrets.is_empty()),
            "1 to 5 secrets of 8 to 200 characters, or nothing could be verified",
        );
        checks.holds(
            "credentials.private_key",
            self.private_key.len() <= 10_000,
            "at most 10000 characters",
        );
        checks.ok("credentials.private_key", check_private_key(&self.private_key));
    }
}

impl TwilioCredentials {
    fn check(&self, checks: &mut Checks, signing: &str) {
        checks.ok("credentials.account_sid", check_account_sid(&self.account_sid));
        let opens = self.api_key_sid.is_some() || !self.auth_tokens.is_empty();
        checks.holds(
            "credentials.auth_tokens",
            are_secrets(&self.auth_tokens)
                && (signing == "off" || !self.auth_tokens.is_empty())
                && opens,
            "1 to 5 tokens of 8 to 200 characters, or nothing could be verified",
        );
        let key_is_whole = match (&self.api_key_sid, &self.api_key_secret) {
            (None, None) => true,
            (Some(sid), Some(secret)) => is_api_key_sid(sid) && (8..=200).contains(&secret.len()),
            (Some(_), None) | (None, Some(_)) => false,
        };
        checks.holds(
            "credentials.api_key_sid",
            key_is_whole,
            "SK and 32 hexadecimal digits, and its secret of 8 to 200 characters in api_key_secret",
        );
        checks.holds(
            "credentials.calls_per_second",
            self.calls_per_second.is_none_or(|calls| (1..=100).contains(&calls)),
            "1 to 100",
        );
    }
}

impl SipgateCredentials {
    fn check(&self, checks: &mut Checks) {
        checks.ok("credentials.account_number", check_account_number(&self.account_number));
        checks.ok("credentials.token_id", check_token_id(&self.token_id));
        checks.holds(
            "credentials.token",
            (8..=200).contains(&self.token.len()),
            "a token of 8 to 200 characters",
        );
        let device = self.device_id.as_deref().map_or(Ok(()), check_device_id);
        checks.ok("credentials.device_id", device);
    }
}

fn is_api_key_sid(sid: &str) -> bool {
    sid.strip_prefix("SK")
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn are_secrets(secrets: &[String]) -> bool {
    secrets.len() <= SECRETS_MAX && secrets.iter().all(|secret| (8..=200).contains(&secret.len()))
}
