//! Who stands on both sides of Twilio's wire in these tests: an account and its signatures, written from the carrier's document.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use url::form_urlencoded;
use vestibule::carriers::twilio::verify::Method;
use vestibule::carriers::twilio::{Credentials, Signing, Unverified, Verified};

pub use crate::vonage_people::{HandClock, NOON, PUBLIC_URL, TOKEN, account, call, leg};

pub const ACCOUNT: &str = "AC00000000000000000000000000000001";
pub const CALL: &str = "CA00000000000000000000000000000001";
pub const ROOM: &str = "CF00000000000000000000000000000001";
pub const AUTH_TOKEN: &str = "test-token-0001";

pub type Pairs<'a> = [(&'a str, &'a str)];

pub fn credentials() -> Credentials {
    Credentials {
        account_sid: ACCOUNT.to_owned(),
        auth_tokens: vec![AUTH_TOKEN.into()],
        api_key: None,
        calls_per_second: 50,
    }
}

pub fn signature(token: &str, url: &str, pairs: &Pairs<'_>) -> String {
    let mut signed = BTreeMap::<&str, BTreeSet<&str>>::new();
    for (name, value) in pairs {
        signed.entry(name).or_default().insert(value);
    }
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).expect("a key of any length");
    mac.update(url.as_bytes());
    for (name, values) in signed {
        for value in values {
            mac.update(format!("{name}{value}").as_bytes());
        }
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

pub fn form(pairs: &Pairs<'_>) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// A form, posted to a path and query below the public URL, signed as Twilio signs.
pub fn posted(target: &str, pairs: &Pairs<'_>) -> Unverified {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Unverified {
        method: Method::Post,
        path: path.to_owned(),
        query: query.to_owned(),
        signature: vec![signature(AUTH_TOKEN, &format!("{PUBLIC_URL}{target}"), pairs)],
        attempt_token: None,
        body: Bytes::from(form(pairs)),
    }
}

/// A webhook that nobody has to sign.
pub fn believed(pairs: &Pairs<'_>) -> Verified {
    Unverified { signature: vec![], ..posted("/", pairs) }
        .verify(&credentials(), Signing::Off, PUBLIC_URL)
        .expect("nothing is checked")
}
