//! A connection's credentials as they are kept, sealed, in one document.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use thiserror::Error;
use time::OffsetDateTime;

use super::Credentials;

/// The document can not be used.
#[derive(Debug, Error)]
#[error("the credentials are not what Vonage needs: {0}")]
pub struct BadCredentials(String);

#[derive(Deserialize)]
struct Document {
    application_id: String,
    api_key: String,
    private_key: SecretString,
    signature_secrets: Vec<SecretString>,
    #[serde(default)]
    retiring_secrets: Vec<Retiring>,
}

/// A secret that another one replaced, good for a while yet.
#[derive(Deserialize)]
struct Retiring {
    secret: SecretString,
    #[serde(with = "time::serde::rfc3339")]
    until: OffsetDateTime,
}

impl Credentials {
    /// Reads `{"application_id", "api_key", "private_key", "signature_secrets": […], "retiring_secrets": [{"secret", "until"}]}`,
    /// as it holds at this instant.
    pub fn from_json(document: &SecretString, at: OffsetDateTime) -> Result<Self, BadCredentials> {
        // serde's message names the field, never its value.
        let document: Document = serde_json::from_str(document.expose_secret())
            .map_err(|error| BadCredentials(error.to_string()))?;
        let retiring = document.retiring_secrets.into_iter().filter(|retiring| at < retiring.until);
        let mut signature_secrets = document.signature_secrets;
        signature_secrets.extend(retiring.map(|retiring| retiring.secret));
        Ok(Self {
            application_id: document.application_id,
            api_key: document.api_key,
            private_key_pem: document.private_key,
            signature_secrets,
        })
    }
}

/// Whether a private key can sign for us: RSA, PKCS#8 or PKCS#1, in PEM.
pub fn check_private_key(pem: &str) -> Result<(), BadCredentials> {
    let key = jsonwebtoken::EncodingKey::from_rsa_pem(pem.as_bytes());
    key.map(drop).map_err(|_| BadCredentials("the private key is not an RSA key in PEM".to_owned()))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

    fn read(more: &str, at: OffsetDateTime) -> Result<Credentials, BadCredentials> {
        let document = format!(
            r#"{{"application_id": "app", "api_key": "abcd1234", "private_key": "pem", "signature_secrets": ["new"]{more}}}"#
        );
        Credentials::from_json(&document.into(), at)
    }

    #[test]
    fn a_secret_that_was_replaced_signs_until_its_time_is_over() {
        let retiring =
            r#", "retiring_secrets": [{"secret": "old", "until": "2026-11-20T12:00:00Z"}]"#;
        let signing = |at| -> Vec<String> {
            let credentials = read(retiring, at).unwrap();
            let secrets = credentials.signature_secrets.iter();
            secrets.map(|secret| secret.expose_secret().to_owned()).collect()
        };

        assert_eq!(signing(NOON - time::Duration::seconds(1)), ["new", "old"]);
        assert_eq!(signing(NOON), ["new"]);
        assert_eq!(signing(NOON + time::Duration::days(1)), ["new"]);
    }

    #[test]
    fn a_private_key_is_rsa_in_pem() {
        let pem = include_str!("../../../tests/golden/vonage/test-application-key.pem");
        assert!(check_private_key(pem).is_ok());
        for pem in ["", "sesame", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"] {
            assert!(check_private_key(pem).is_err(), "{pem}");
        }
    }
}
