//! A connection's credentials as they are kept, sealed, in one document.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use thiserror::Error;
use time::OffsetDateTime;

use super::{ApiKey, Credentials, is_sid};

/// The document can not be used.
#[derive(Debug, Error)]
#[error("the credentials are not what Twilio needs: {0}")]
pub struct BadCredentials(String);

#[derive(Deserialize)]
struct Document {
    account_sid: String,
    auth_tokens: Vec<SecretString>,
    #[serde(default)]
    api_key_sid: Option<String>,
    #[serde(default)]
    api_key_secret: Option<SecretString>,
    #[serde(default)]
    calls_per_second: Option<u8>,
    #[serde(default)]
    retiring_secrets: Vec<Retiring>,
}

/// A token that another one replaced, good for a while yet.
#[derive(Deserialize)]
struct Retiring {
    secret: SecretString,
    #[serde(with = "time::serde::rfc3339")]
    until: OffsetDateTime,
}

impl Credentials {
    /// Reads `{"account_sid", "auth_tokens": […], "api_key_sid"?, "api_key_secret"?, "calls_per_second"?,
    /// "retiring_secrets": [{"secret", "until"}]}`, as it holds at this instant.
    pub fn from_json(document: &SecretString, at: OffsetDateTime) -> Result<Self, BadCredentials> {
        // serde's message names the field, never its value.
        let document: Document = serde_json::from_str(document.expose_secret())
            .map_err(|error| BadCredentials(error.to_string()))?;
        check_account_sid(&document.account_sid)?;
        let api_key = match (document.api_key_sid, document.api_key_secret) {
            (Some(sid), Some(secret)) => Some(ApiKey { sid, secret }),
            (None, None) => None,
            _ => return Err(BadCredentials("an API key has both an id and a secret".to_owned())),
        };
        let retiring = document.retiring_secrets.into_iter().filter(|retiring| at < retiring.until);
        let mut auth_tokens = document.auth_tokens;
        auth_tokens.extend(retiring.map(|retiring| retiring.secret));
        Ok(Self {
            account_sid: document.account_sid,
            auth_tokens,
            api_key,
            calls_per_second: document.calls_per_second.unwrap_or(1).max(1),
        })
    }
}

/// Whether this can be an account's id: it becomes part of paths.
pub fn check_account_sid(sid: &str) -> Result<(), BadCredentials> {
    if is_sid("AC", sid) {
        Ok(())
    } else {
        Err(BadCredentials("an account's id is AC and 32 hexadecimal digits".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

    fn read(more: &str, at: OffsetDateTime) -> Result<Credentials, BadCredentials> {
        let document = format!(
            r#"{{"account_sid": "AC00000000000000000000000000000001", "auth_tokens": ["new"]{more}}}"#
        );
        Credentials::from_json(&document.into(), at)
    }

    #[test]
    fn a_secret_that_was_replaced_signs_until_its_time_is_over() {
        let retiring =
            r#", "retiring_secrets": [{"secret": "old", "until": "2026-11-20T12:00:00Z"}]"#;
        let signing = |at| -> Vec<String> {
            let credentials = read(retiring, at).unwrap();
            let secrets = credentials.auth_tokens.iter();
            secrets.map(|secret| secret.expose_secret().to_owned()).collect()
        };

        assert_eq!(signing(NOON - time::Duration::seconds(1)), ["new", "old"]);
        assert_eq!(signing(NOON), ["new"]);
        assert_eq!(signing(NOON + time::Duration::days(1)), ["new"]);
    }

    #[test]
    fn an_api_key_is_whole_or_absent() {
        let key = |more: &str| read(more, NOON).map(|it| it.api_key.map(|key| key.sid));

        assert_eq!(key("").unwrap(), None);
        let whole = r#", "api_key_sid": "SK1", "api_key_secret": "s""#;
        assert_eq!(key(whole).unwrap().as_deref(), Some("SK1"));
        assert!(key(r#", "api_key_sid": "SK1""#).is_err());
        assert!(key(r#", "api_key_secret": "s""#).is_err());
    }

    #[test]
    fn an_accounts_id_is_ac_and_32_hexadecimal_digits() {
        let digits = "0123456789abcdefABCDEF0123456789";
        assert!(check_account_sid(&format!("AC{digits}")).is_ok());
        let wrong = [
            format!("SK{digits}"),
            format!("AC{digits}0"),
            format!("AC{}", &digits[1..]),
            format!("AC{}g", &digits[1..]),
            format!("AC{}/", &digits[1..]),
            String::new(),
        ];
        for sid in wrong {
            assert!(check_account_sid(&sid).is_err(), "{sid}");
        }
    }
}
