//! Who stands on both sides of Vonage's wire in these tests: an account, its signatures, a clock that is moved by hand.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;
use vestibule::application::ports::{Clock, Ids};
use vestibule::carriers::vonage::verify::Method;
use vestibule::carriers::vonage::{Credentials, Signing, Unverified, Verified};
use vestibule::domain::ids::{CallId, ConnectionId, LegId};

pub const NOON: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);
pub const API_KEY: &str = "abcd1234";
pub const APPLICATION: &str = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab";
pub const SECRET: &str = "a-signature-secret-of-this-account";
pub const TOKEN: &str = "nobody-guesses-this";
pub const PUBLIC_URL: &str = "https://door.example.test";
pub const KEY: &str = include_str!("../golden/vonage/test-application-key.pem");

pub fn call() -> CallId {
    CallId::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_00c1))
}

pub fn leg() -> LegId {
    LegId::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_00f1))
}

pub fn account() -> ConnectionId {
    ConnectionId::from_uuid(Uuid::from_u128(7))
}

pub fn credentials() -> Credentials {
    Credentials {
        application_id: APPLICATION.to_owned(),
        api_key: API_KEY.to_owned(),
        private_key_pem: KEY.into(),
        signature_secrets: vec![SECRET.into()],
    }
}

/// The claims that Vonage makes about a payload.
pub fn claims(payload: &[u8]) -> Value {
    json!({
        "iss": "Vonage",
        "iat": NOON.unix_timestamp(),
        "jti": "f2b6f0cc-2dc1-4e54-b1d4-52c2ff0a7b3a",
        "api_key": API_KEY,
        "application_id": APPLICATION,
        "payload_hash": hex::encode(Sha256::digest(payload)),
    })
}

pub fn token(claims: &Value, secret: &str) -> String {
    token_with_header(&json!({"alg": "HS256", "typ": "JWT"}), claims, secret)
}

pub fn token_with_header(header: &Value, claims: &Value, secret: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

pub fn posted(body: impl Into<Bytes>) -> Unverified {
    let body = body.into();
    Unverified {
        method: Method::Post,
        path: format!("/hooks/vonage/{TOKEN}/event"),
        query: String::new(),
        authorization: vec![format!("Bearer {}", token(&claims(&body), SECRET))],
        body,
    }
}

/// A GET whose signed payload is `hashed`.
pub fn got(query: &str, hashed: &str) -> Unverified {
    Unverified {
        method: Method::Get,
        path: format!("/hooks/vonage/{TOKEN}/answer"),
        query: query.to_owned(),
        authorization: vec![format!("Bearer {}", token(&claims(hashed.as_bytes()), SECRET))],
        body: Bytes::new(),
    }
}

/// A webhook that nobody has to sign.
pub fn believed(method: Method, text: &str) -> Verified {
    let (query, body) = match method {
        Method::Get => (text.to_owned(), Bytes::new()),
        Method::Post => (String::new(), Bytes::from(text.to_owned())),
    };
    Unverified { method, path: "/".to_owned(), query, authorization: vec![], body }
        .verify(&credentials(), Signing::Off, NOON)
        .expect("nothing is checked")
}

/// Stands still until it is moved.
#[derive(Debug)]
pub struct HandClock(Mutex<OffsetDateTime>);

impl HandClock {
    pub fn at_noon() -> Self {
        Self(Mutex::new(NOON))
    }

    pub fn advance(&self, by: time::Duration) {
        *self.0.lock().expect("no test panics while it holds this") += by;
    }
}

impl Clock for HandClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().expect("no test panics while it holds this")
    }
}

/// One after the other.
#[derive(Debug, Default)]
pub struct CountedIds(AtomicU64);

impl Ids for CountedIds {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed) + 1))
    }
}
