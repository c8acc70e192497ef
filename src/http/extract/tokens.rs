//! Access tokens: JWTs signed with EdDSA, short-lived, for this API only (RFC 8725).

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How long a token is good for.
pub const LIFETIME: Duration = Duration::minutes(15);
const ISSUER: &str = "vestibule";
const AUDIENCE: &str = "vestibule-api";
const KIND: &str = "at+jwt";
/// PKCS#8 (RFC 8410) of an Ed25519 key, up to its 32 secret bytes.
const PKCS8_PREFIX: [u8; 16] = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
    pub sub: Uuid,
    /// The tenant.
    pub tenant: Uuid,
    /// `owner`, `admin`, `manager` or `viewer`.
    pub role: String,
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
}

/// Signs and checks tokens.
pub struct Tokens {
    key_id: String,
    signs: EncodingKey,
    checks: DecodingKey,
}

/// Hidden: it can sign.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens({})", self.key_id)
    }
}

/// The key is none.
#[derive(Debug, thiserror::Error)]
#[error("the signing key can not be used: {0}")]
pub struct BadKey(String);

impl Tokens {
    /// With this Ed25519 key's 32 secret bytes.
    pub fn new(key_id: String, secret: &[u8]) -> Result<Self, BadKey> {
        let pkcs8 = Zeroizing::new([PKCS8_PREFIX.as_slice(), secret].concat());
        let seed: [u8; 32] = secret.try_into().map_err(|_| BadKey("it has not 32 bytes".to_owned()))?;
        let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
        let checks = DecodingKey::from_ed_components(&BASE64_URL_SAFE_NO_PAD.encode(public.as_bytes())).map_err(|error| BadKey(error.to_string()))?;
        Ok(Self { key_id, signs: EncodingKey::from_ed_der(&pkcs8), checks })
    }

    /// A token for a user who just proved who they are.
    pub fn issue(&self, user: Uuid, tenant: Uuid, role: &str, at: OffsetDateTime) -> Result<String, BadKey> {
        let claims = Claims {
            sub: user,
            tenant,
            role: role.to_owned(),
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            iat: at.unix_timestamp(),
            exp: (at + LIFETIME).unix_timestamp(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(KIND.to_owned());
        header.kid = Some(self.key_id.clone());
        jsonwebtoken::encode(&header, &claims, &self.signs).map_err(|error| BadKey(error.to_string()))
    }

    /// What a token says, if it is ours and still good.
    pub fn read(&self, token: &str, at: OffsetDateTime) -> Option<Claims> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        if header.typ.as_deref() != Some(KIND) || header.kid.as_deref() != Some(self.key_id.as_str()) {
            return None;
        }
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // By our own clock, which tests move.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.checks, &validation).ok()?.claims;
        (at.unix_timestamp() < claims.exp).then_some(claims)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

    fn tokens() -> Tokens {
        Tokens::new("k1".into(), &[7; 32]).unwrap()
    }

    #[test]
    fn a_token_is_good_for_a_quarter_of_an_hour() {
        let token = tokens().issue(Uuid::from_u128(1), Uuid::from_u128(2), "owner", NOON).unwrap();

        assert_eq!(tokens().read(&token, NOON).unwrap().tenant, Uuid::from_u128(2));
        assert_eq!(tokens().read(&token, NOON + LIFETIME), None);
    }

    #[test]
    fn a_token_of_another_key_or_kind_is_none() {
        let token = tokens().issue(Uuid::from_u128(1), Uuid::from_u128(2), "owner", NOON).unwrap();
        let (head, rest) = token.split_once('.').unwrap();
        let unsigned = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt","kid":"k1"}"#);

        assert_eq!(Tokens::new("k1".into(), &[8; 32]).unwrap().read(&token, NOON), None);
        assert_eq!(Tokens::new("k2".into(), &[7; 32]).unwrap().read(&token, NOON), None);
        assert_eq!(tokens().read(&format!("{unsigned}.{rest}"), NOON), None);
        assert_eq!(tokens().read(&format!("{head}.{rest}x"), NOON), None);
    }
}
