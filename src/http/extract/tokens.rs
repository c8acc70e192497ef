//! Access tokens: JWTs signed with EdDSA, short-lived, for this API only (RFC 8725). The newest key signs; every key that is
//! not past its time verifies, found by its `kid`.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::store::access::SigningKey;

/// How long a token is good for.
pub const LIFETIME: Duration = Duration::minutes(15);
const ISSUER: &str = "vestibule";
const AUDIENCE: &str = "vestibule-api";
const KIND: &str = "at+jwt";
/// PKCS#8 (RFC 8410) of an Ed25519 key, up to its 32 secret bytes.
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// What a token says: whose it is and which session it belongs to. What its bearer may is looked up at each request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user.
    pub sub: Uuid,
    /// The tenant.
    pub tenant: Uuid,
    /// The session.
    pub sid: Uuid,
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
}

/// Signs and checks tokens.
pub struct Tokens {
    /// Newest first.
    keys: Vec<Key>,
}

struct Key {
    id: String,
    signs: EncodingKey,
    checks: DecodingKey,
    public: String,
    created_at: OffsetDateTime,
    expires_at: Option<OffsetDateTime>,
}

/// A public key, as RFC 8037 writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PublicKey {
    /// `OKP`.
    #[schema(example = "OKP")]
    pub kty: String,
    /// `Ed25519`.
    #[schema(example = "Ed25519")]
    pub crv: String,
    /// The key, base64url.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    pub x: String,
    /// Its id: a token's header names it.
    #[schema(example = "01937e2a-5b1c-7d3e-8f4a-0a1b2c3d4e5f")]
    pub kid: String,
    /// `sig`.
    #[schema(example = "sig")]
    #[serde(rename = "use")]
    pub purpose: String,
    /// `EdDSA`.
    #[schema(example = "EdDSA")]
    pub alg: String,
}

/// Hidden: it can sign.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| &key.id)).finish()
    }
}

/// The key is none.
#[derive(Debug, thiserror::Error)]
#[error("the signing key can not be used: {0}")]
pub struct BadKey(String);

impl Key {
    fn new(key: &SigningKey) -> Result<Self, BadKey> {
        let seed: [u8; 32] =
            key.secret.as_slice().try_into().map_err(|_| BadKey("it has not 32 bytes".into()))?;
        let pkcs8 = Zeroizing::new([PKCS8_PREFIX.as_slice(), key.secret.as_slice()].concat());
        let public = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
        let public = BASE64_URL_SAFE_NO_PAD.encode(public.as_bytes());
        let checks =
            DecodingKey::from_ed_components(&public).map_err(|error| BadKey(error.to_string()))?;
        Ok(Self {
            id: key.id.clone(),
            signs: EncodingKey::from_ed_der(&pkcs8),
            checks,
            public,
            created_at: key.created_at,
            expires_at: key.expires_at,
        })
    }

    fn is_good(&self, at: OffsetDateTime) -> bool {
        self.expires_at.is_none_or(|until| at < until)
    }
}

impl Tokens {
    /// With these keys, newest first.
    pub fn new(keys: &[SigningKey]) -> Result<Self, BadKey> {
        let keys = keys.iter().map(Key::new).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(BadKey("there is none".into())) } else { Ok(Self { keys }) }
    }

    /// Since when the key that signs is there.
    pub fn signs_since(&self) -> OffsetDateTime {
        self.keys.first().map_or(OffsetDateTime::UNIX_EPOCH, |key| key.created_at)
    }

    /// A token for a session whose user just proved who they are.
    pub fn issue(
        &self,
        user: Uuid,
        tenant: Uuid,
        session: Uuid,
        at: OffsetDateTime,
    ) -> Result<String, BadKey> {
        let key = self.keys.first().ok_or_else(|| BadKey("there is none".into()))?;
        let claims = Claims {
            sub: user,
            tenant,
            sid: session,
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            iat: at.unix_timestamp(),
            exp: (at + LIFETIME).unix_timestamp(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(KIND.to_owned());
        header.kid = Some(key.id.clone());
        jsonwebtoken::encode(&header, &claims, &key.signs)
            .map_err(|error| BadKey(error.to_string()))
    }

    /// Whether a token names a key that is not here: a key of another process, perhaps, that is newer than ours.
    pub fn lacks_key_of(&self, token: &str) -> bool {
        let kid = jsonwebtoken::decode_header(token).ok().and_then(|header| header.kid);
        kid.is_some_and(|kid| self.keys.iter().all(|key| key.id != kid))
    }

    /// What a token says, if it is ours and still good.
    pub fn read(&self, token: &str, at: OffsetDateTime) -> Option<Claims> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        if header.typ.as_deref() != Some(KIND) {
            return None;
        }
        let kid = header.kid?;
        let key = self.keys.iter().find(|key| key.id == kid && key.is_good(at))?;
        // The algorithm is ours to say, never the token's.
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // By our own clock, which tests move.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.checks, &validation).ok()?.claims;
        (at.unix_timestamp() < claims.exp).then_some(claims)
    }

    /// The public keys that verify now.
    pub fn public(&self, at: OffsetDateTime) -> Vec<PublicKey> {
        let good = self.keys.iter().filter(|key| key.is_good(at));
        good.map(|key| PublicKey {
            kty: "OKP".into(),
            crv: "Ed25519".into(),
            x: key.public.clone(),
            kid: key.id.clone(),
            purpose: "sig".into(),
            alg: "EdDSA".into(),
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);
    const SESSION: Uuid = Uuid::from_u128(3);

    fn key(id: &str, byte: u8) -> SigningKey {
        let secret = Zeroizing::new(vec![byte; 32]);
        SigningKey { id: id.into(), secret, created_at: NOON, expires_at: None }
    }

    fn tokens() -> Tokens {
        Tokens::new(&[key("k1", 7)]).unwrap()
    }

    fn token() -> String {
        tokens().issue(Uuid::from_u128(1), Uuid::from_u128(2), SESSION, NOON).unwrap()
    }

    #[test]
    fn a_token_is_good_for_a_quarter_of_an_hour() {
        assert_eq!(tokens().read(&token(), NOON).unwrap().tenant, Uuid::from_u128(2));
        assert_eq!(tokens().read(&token(), NOON + LIFETIME), None);
    }

    #[test]
    fn a_token_of_another_key_or_kind_is_none() {
        let token = token();
        let (head, rest) = token.split_once('.').unwrap();
        let (claims, _) = rest.split_once('.').unwrap();
        let head_of = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let unsigned = head_of(r#"{"alg":"none","typ":"at+jwt","kid":"k1"}"#);
        let other_kind = head_of(r#"{"alg":"EdDSA","typ":"JWT","kid":"k1"}"#);

        assert_eq!(Tokens::new(&[key("k1", 8)]).unwrap().read(&token, NOON), None);
        assert_eq!(Tokens::new(&[key("k2", 7)]).unwrap().read(&token, NOON), None);
        for forged in [
            format!("{unsigned}.{rest}"),
            format!("{unsigned}.{claims}."),
            format!("{other_kind}.{rest}"),
            format!("{head}.{rest}x"),
        ] {
            assert_eq!(tokens().read(&forged, NOON), None, "{forged}");
        }
    }

    #[test]
    fn a_token_signed_with_the_public_key_as_a_shared_secret_is_none() {
        let public = tokens().public(NOON).remove(0);
        let secret = EncodingKey::from_secret(public.x.as_bytes());
        let raw = BASE64_URL_SAFE_NO_PAD.decode(&public.x).unwrap();
        let claims = tokens().read(&token(), NOON).unwrap();
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(KIND.into());
        header.kid = Some("k1".into());

        for secret in [secret, EncodingKey::from_secret(&raw)] {
            let forged = jsonwebtoken::encode(&header, &claims, &secret).unwrap();
            assert_eq!(tokens().read(&forged, NOON), None);
        }
    }

    #[test]
    fn the_newest_key_signs_and_the_ones_before_verify_until_their_time_is_over() {
        let until = NOON + Duration::minutes(10);
        let old = SigningKey { expires_at: Some(until), ..key("k1", 7) };
        let both = Tokens::new(&[key("k2", 8), old]).unwrap();

        let of_the_new = both.issue(Uuid::nil(), Uuid::nil(), SESSION, NOON).unwrap();

        assert!(both.read(&of_the_new, NOON).is_some() && tokens().lacks_key_of(&of_the_new));
        assert!(!both.lacks_key_of(&of_the_new) && !both.lacks_key_of("sesame"));
        assert!(both.read(&token(), NOON).is_some() && both.public(NOON).len() == 2);
        assert_eq!(both.read(&token(), until), None);
        assert_eq!(both.public(until).len(), 1);
    }
}
