//! A connection's credentials as they are kept, sealed, in one document.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use thiserror::Error;

use super::Credentials;

/// The document can not be used.
#[derive(Debug, Error)]
#[error("the credentials are not what sipgate needs: {0}")]
pub struct BadCredentials(String);

#[derive(Deserialize)]
struct Document {
    account_number: String,
    token_id: String,
    token: SecretString,
    #[serde(default)]
    device_id: Option<String>,
}

impl Credentials {
    /// Reads `{"account_number", "token_id", "token", "device_id"?}`.
    pub fn from_json(document: &SecretString) -> Result<Self, BadCredentials> {
        // serde's message names the field, never its value.
        let document: Document = serde_json::from_str(document.expose_secret())
            .map_err(|error| BadCredentials(error.to_string()))?;
        check_account_number(&document.account_number)?;
        check_token_id(&document.token_id)?;
        document.device_id.as_deref().map_or(Ok(()), check_device_id)?;
        let Document { account_number, token_id, token, device_id } = document;
        Ok(Self { account_number, token_id, token, device_id })
    }
}

/// Whether this can be an account's number: what stands before the letter in `7654321w0`.
pub fn check_account_number(text: &str) -> Result<(), BadCredentials> {
    let is_one = (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    check(
        is_one,
        "an account's number is what stands before the letter in 7654321w0: 1 to 15 digits",
    )
}

/// Whether this can be the name of a personal access token.
pub fn check_token_id(text: &str) -> Result<(), BadCredentials> {
    let is_one = text.strip_prefix("token-").is_some_and(|name| {
        (1..=58).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    check(is_one, "a token's id is token- and letters and digits")
}

/// Whether this can be an extension that calls are placed from.
pub fn check_device_id(text: &str) -> Result<(), BadCredentials> {
    let is_one = text.strip_prefix(['e', 'p', 'x', 'y']).is_some_and(|digits| {
        (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    check(is_one, "an extension is one of the letters e, p, x, y and a number: e0")
}

fn check(holds: bool, otherwise: &str) -> Result<(), BadCredentials> {
    if holds { Ok(()) } else { Err(BadCredentials(otherwise.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_document_is_checked() {
        let read = |account: &str, token_id: &str, device: &str| {
            let document = serde_json::json!({
                "account_number": account, "token_id": token_id, "token": "t", "device_id": device,
            });
            Credentials::from_json(&document.to_string().into())
        };

        let good = read("7654321", "token-AB12", "e0").unwrap();
        assert_eq!(good.account_number, "7654321");
        assert_eq!((good.token_id.as_str(), good.device_id.as_deref()), ("token-AB12", Some("e0")));
        for (account, token_id, device) in
            [("w0", "token-AB12", "e0"), ("7654321", "AB12", "e0"), ("7654321", "token-AB12", "0")]
        {
            assert!(read(account, token_id, device).is_err(), "{account} {token_id} {device}");
        }
    }

    #[test]
    fn names_are_as_long_as_theirs_and_of_their_letters() {
        let long =
            |prefix: &str, letter: &str, many: usize| format!("{prefix}{}", letter.repeat(many));
        for good in [long("", "7", 1), long("", "7", 15)] {
            assert!(check_account_number(&good).is_ok(), "{good}");
        }
        for bad in [long("", "7", 0), long("", "7", 16), "76w".into(), "-7".into()] {
            assert!(check_account_number(&bad).is_err(), "{bad}");
        }
        for good in [long("token-", "A", 1), long("token-", "A", 58)] {
            assert!(check_token_id(&good).is_ok(), "{good}");
        }
        for bad in [long("token-", "A", 0), long("token-", "A", 59), "token-A/".into(), "AB".into()]
        {
            assert!(check_token_id(&bad).is_err(), "{bad}");
        }
        for good in [long("e", "1", 1), long("y", "1", 9), "p0".into(), "x7".into()] {
            assert!(check_device_id(&good).is_ok(), "{good}");
        }
        for bad in [long("e", "1", 0), long("e", "1", 10), "e1a".into(), "w0".into()] {
            assert!(check_device_id(&bad).is_err(), "{bad}");
        }
    }
}
