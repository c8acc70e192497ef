//! The token that our requests carry: an application's JWT, made anew shortly before it expires.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use thiserror::Error;
use time::OffsetDateTime;

use super::Credentials;
use crate::application::ports::Ids;

/// As long as the vendor's own packages make it.
const LIVES_SECONDS: i64 = 900;
/// A token is not used in its last seconds: a request may be on its way for some of them.
const SPARE_SECONDS: i64 = 60;

/// An application's private key can not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the application's private key is no RSA key in PEM (PKCS#8, at least 2048 bits)")]
pub struct BadKey;

pub(super) struct Tokens {
    application_id: String,
    key: EncodingKey,
    current: Mutex<Option<Token>>,
}

struct Token {
    text: SecretString,
    issued_at: i64,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens")
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    application_id: &'a str,
    iat: i64,
    exp: i64,
    jti: String,
}

impl Tokens {
    /// Signs once, so that a key that can not sign is found where it is written down, not at the door.
    pub(super) fn new(
        credentials: &Credentials,
        ids: &dyn Ids,
        now: OffsetDateTime,
    ) -> Result<Self, BadKey> {
        let pem = credentials.private_key_pem.expose_secret();
        let key = EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| BadKey)?;
        let application_id = credentials.application_id.clone();
        let tokens = Self { application_id, key, current: Mutex::new(None) };
        tokens.current(ids, now)?;
        Ok(tokens)
    }

    pub(super) fn current(
        &self,
        ids: &dyn Ids,
        now: OffsetDateTime,
    ) -> Result<SecretString, BadKey> {
        let now = now.unix_timestamp();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = &*current
            && (0..LIVES_SECONDS - SPARE_SECONDS).contains(&now.saturating_sub(token.issued_at))
        {
            return Ok(token.text.clone());
        }
        let claims = Claims {
            application_id: &self.application_id,
            iat: now,
            exp: now + LIVES_SECONDS,
            jti: ids.next().to_string(),
        };
        let text = encode(&Header::new(Algorithm::RS256), &claims, &self.key);
        let text = SecretString::from(text.map_err(|_| BadKey)?);
        *current = Some(Token { text: text.clone(), issued_at: now });
        Ok(text)
    }

    /// The carrier refused it: the next request gets a fresh one. No document says that a `jti` may not come twice, nor that it may.
    pub(super) fn forget(&self) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
