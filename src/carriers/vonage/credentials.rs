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
