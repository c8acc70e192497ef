//! Whether a webhook comes from Vonage: `Unverified` → `Verified`, on the raw bytes, before anything in them is believed.
//!
//! A JWT signed with the account's secret names the payload's hash; the vendor's own SDKs check the signature only.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};
use thiserror::Error;
use time::OffsetDateTime;

use super::Credentials;
use super::payload::{self, Content};
use crate::carriers::Provider;
use crate::domain::ids::ConnectionId;

/// A webhook as it came. Nothing in it may be believed.
#[derive(Clone)]
pub struct Unverified {
    /// Its method.
    pub method: Method,
    /// Its path as it came, from `/hooks/` on.
    pub path: String,
    /// Its query as it came, without the question mark.
    pub query: String,
    /// The values of all its `Authorization` headers.
    pub authorization: Vec<String>,
    /// Its body as it came.
    pub body: Bytes,
}

/// Hidden: it holds who called whom, and a token.
impl fmt::Debug for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unverified({} bytes)", self.body.len())
    }
}

/// How Vonage sends a webhook: as its URL's settings say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Everything in the query.
    Get,
    /// JSON in the body.
    Post,
}

/// Whether a connection's webhooks have to be signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signing {
    /// Yes.
    #[default]
    Required,
    /// No: for a server that nobody but its owner can reach.
    Off,
}

/// A webhook that Vonage sent. Made by `Unverified::verify` only.
#[derive(Clone)]
pub struct Verified {
    /// Path, and for a POST the query, which is not signed.
    location: String,
    content: Content,
    token_id: Option<String>,
}

/// Hidden: it holds who called whom.
impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").field("token_id", &self.token_id).finish_non_exhaustive()
    }
}

/// Why a webhook is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It has no signature. The carrier admits that this happens to it, and sends the webhook again, signed, if told to come later.
    #[error("the webhook is not signed")]
    Unsigned,
    /// It was not signed by this connection's account.
    #[error("the webhook is not from this connection's account: {0}")]
    Wrong(Wrong),
    /// It was signed too long ago, or in the future.
    #[error("the webhook was not signed just now")]
    Stale,
}

/// What is wrong with a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Wrong {
    /// Several `Authorization` headers.
    #[error("several Authorization headers")]
    Headers,
    /// No bearer token.
    #[error("not a bearer token")]
    Scheme,
    /// Not a JWT.
    #[error("not a token")]
    Token,
    /// Not signed by HS256, or a header that says more than that.
    #[error("not HS256")]
    Algorithm,
    /// None of the secrets signed it.
    #[error("the signature does not fit")]
    Signature,
    /// Claims are missing or of a wrong type.
    #[error("the claims can not be read")]
    Claims,
    /// Not issued by Vonage.
    #[error("the issuer is another")]
    Issuer,
    /// Another account's.
    #[error("the account is another")]
    Account,
    /// Another application's.
    #[error("the application is another")]
    Application,
    /// The payload is not what was signed.
    #[error("the payload is not what was signed")]
    Payload,
}

impl Refusal {
    /// How to answer.
    pub const fn status(self) -> u16 {
        match self {
            Self::Unsigned => 503,
            Self::Wrong(_) | Self::Stale => 401,
        }
    }

    /// `Retry-After`, in seconds.
    pub const fn retry_after(self) -> Option<u16> {
        match self {
            Self::Unsigned => Some(1),
            Self::Wrong(_) | Self::Stale => None,
        }
    }

    /// For a metric.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::Stale => "stale",
            Self::Wrong(wrong) => match wrong {
                Wrong::Headers => "headers",
                Wrong::Scheme => "scheme",
                Wrong::Token => "token",
                Wrong::Algorithm => "algorithm",
                Wrong::Signature => "signature",
                Wrong::Claims => "claims",
                Wrong::Issuer => "issuer",
                Wrong::Account => "account",
                Wrong::Application => "application",
                Wrong::Payload => "payload",
            },
        }
    }
}

impl From<Wrong> for Refusal {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

impl Unverified {
    /// Believes it, or says why not.
    pub fn verify(
        self,
        credentials: &Credentials,
        signing: Signing,
        now: OffsetDateTime,
    ) -> Result<Verified, Refusal> {
        let claims = match signing {
            Signing::Off => None,
            Signing::Required => Some(claims(&self.authorization, credentials, now)?),
        };
        let hash = match &claims {
            Some(claims) => Some(claims.payload_hash.as_deref().ok_or(Wrong::Claims)?),
            None => None,
        };
        let (location, content) = match self.method {
            Method::Post => {
                (format!("{}?{}", self.path, self.query), payload::signed_body(self.body, hash))
            }
            Method::Get => (self.path, payload::signed_parameters(&self.query, &self.body, hash)),
        };
        let content = content.ok_or(Wrong::Payload)?;
        Ok(Verified { location, content, token_id: claims.and_then(|claims| claims.jti) })
    }
}

/// Whether Vonage asks to upgrade to a WebSocket: the same token as on a webhook, less the hash, since there is no payload.
pub fn verify_upgrade(
    authorization: &[String],
    credentials: &Credentials,
    signing: Signing,
    now: OffsetDateTime,
) -> Result<(), Refusal> {
    match signing {
        Signing::Off => Ok(()),
        Signing::Required => claims(authorization, credentials, now).map(drop),
    }
}

impl Verified {
    /// The token's id: worth recording, but a retry may carry it again or not.
    pub fn token_id(&self) -> Option<&str> {
        self.token_id.as_deref()
    }

    /// What makes this delivery itself: a retry has the same key, and so has a replay that only writes the same in another way.
    pub fn key(&self, account: ConnectionId) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            // With its length, so that no two deliveries run together into the same bytes.
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        part(Provider::Vonage.name().as_bytes());
        part(account.as_uuid().as_bytes());
        part(self.location.as_bytes());
        part(&self.content.as_hashed());
        hash.finalize().into()
    }

    pub(super) fn content(&self) -> &Content {
        &self.content
    }
}

/// The claims, once one of the secrets has signed them and all but the payload is right.
fn claims(
    authorization: &[String],
    credentials: &Credentials,
    now: OffsetDateTime,
) -> Result<Claims, Refusal> {
    let header = match authorization {
        [] => return Err(Refusal::Unsigned),
        [header] => header,
        _ => return Err(Wrong::Headers.into()),
    };
    let token = header.strip_prefix("Bearer ").ok_or(Wrong::Scheme)?;
    let claims = signed_claims(token, &credentials.signature_secrets)?;
    claims.check_account(credentials)?;
    claims.check_time(now)?;
    Ok(claims)
}

/// All that a header may say. `kid`, `jku`, `crit` and the like would be ways to choose a key or a meaning for us.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    api_key: String,
    application_id: Option<String>,
    iat: i64,
    exp: Option<i64>,
    nbf: Option<i64>,
    jti: Option<String>,
    /// Of webhooks; an upgrade has no payload to be the hash of.
    payload_hash: Option<String>,
}

fn signed_claims(token: &str, secrets: &[SecretString]) -> Result<Claims, Wrong> {
    const LENGTH_MAX: usize = 8 * 1024;
    if token.len() > LENGTH_MAX {
        return Err(Wrong::Token);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Wrong::Token)?;
    let (header, payload) = signed.split_once('.').ok_or(Wrong::Token)?;
    let header: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| Wrong::Algorithm)?;
    if header.alg != "HS256" || header.typ.is_some_and(|typ| typ != "JWT") {
        return Err(Wrong::Algorithm);
    }
    if !signed_by_any(signed.as_bytes(), &decoded(signature)?, secrets) {
        return Err(Wrong::Signature);
    }
    serde_json::from_slice(&decoded(payload)?).map_err(|_| Wrong::Claims)
}

/// The decoder refuses padding, other alphabets and left-over bits: a token has one spelling.
fn decoded(part: &str) -> Result<Vec<u8>, Wrong> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Wrong::Token)
}

/// Tries every secret to the end, so that the time tells neither which one fits nor how much of it.
fn signed_by_any(signed: &[u8], signature: &[u8], secrets: &[SecretString]) -> bool {
    let mut any = Choice::from(0);
    // An empty secret is none: anyone could sign with it.
    for secret in secrets.iter().filter(|secret| !secret.expose_secret().is_empty()) {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
            .expect("HMAC takes a key of any length");
        mac.update(signed);
        any |= mac.finalize().into_bytes().as_slice().ct_eq(signature);
    }
    any.into()
}

impl Claims {
    fn check_account(&self, credentials: &Credentials) -> Result<(), Wrong> {
        if self.iss != "Vonage" {
            return Err(Wrong::Issuer);
        }
        if self.api_key != credentials.api_key {
            return Err(Wrong::Account);
        }
        // Optional by the documents; the account's secret has signed in either case.
        let other =
            self.application_id.as_ref().is_some_and(|id| *id != credentials.application_id);
        if other { Err(Wrong::Application) } else { Ok(()) }
    }

    fn check_time(&self, now: OffsetDateTime) -> Result<(), Refusal> {
        const AGE_MAX: i64 = 300;
        const AHEAD_MAX: i64 = 60;
        let now = now.unix_timestamp();
        let age = now.saturating_sub(self.iat);
        let fresh = (-AHEAD_MAX..=AGE_MAX).contains(&age)
            && self.exp.is_none_or(|exp| now < exp)
            && self.nbf.is_none_or(|nbf| nbf.saturating_sub(now) <= AHEAD_MAX);
        if fresh { Ok(()) } else { Err(Refusal::Stale) }
    }
}
