//! The public keys whose signatures are believed. sipgate signs all pushes of all its customers with one and the same key.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use rsa::RsaPublicKey;
use rsa::pkcs8::DecodePublicKey;
use rsa::traits::PublicKeyParts;
use thiserror::Error;

/// sipgate's key, as its own packages carry it.
///
/// Source: `fastagi.pub` in github.com/sipgate/pushapi-request-verifier.
pub const BUILT_IN: &str = include_str!("key.pem");

/// Keys that are good at the same time, at most: one, and another while it is being changed, with some to spare.
const KEYS_MAX: usize = 5;
/// A shorter key is none that anybody signs with today.
const BITS_MIN: usize = 2048;

/// The keys whose signatures are believed; sipgate's own, unless the operator says otherwise. Cheap to clone.
#[derive(Clone)]
pub struct TrustedKeys(Arc<[TrustedKey]>);

/// A key's modulus and exponent, without zeros in front.
type TrustedKey = RsaPublicKeyComponents<Vec<u8>>;

/// So many: which, the operator knows.
impl fmt::Debug for TrustedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrustedKeys({})", self.0.len())
    }
}

/// These are no public keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be 1 to 5 public RSA keys in PEM (BEGIN PUBLIC KEY), each of 2048 bits or more")]
pub struct BadKeys;

impl Default for TrustedKeys {
    fn default() -> Self {
        Self::from_pems(BUILT_IN).expect("the key in here is one")
    }
}

impl TrustedKeys {
    /// Reads keys that stand one after the other.
    pub fn from_pems(text: &str) -> Result<Self, BadKeys> {
        const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
        const END: &str = "-----END PUBLIC KEY-----";
        let mut keys = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let length = rest.find(END).ok_or(BadKeys)? + END.len();
            let (pem, after) = rest.split_at(length);
            if !pem.starts_with(BEGIN) {
                return Err(BadKeys);
            }
            let key = RsaPublicKey::from_public_key_pem(pem).map_err(|_| BadKeys)?;
            if key.size() * 8 < BITS_MIN {
                return Err(BadKeys);
            }
            keys.push(TrustedKey { n: key.n().to_bytes_be(), e: key.e().to_bytes_be() });
            rest = after.trim();
        }
        if (1..=KEYS_MAX).contains(&keys.len()) { Ok(Self(keys.into())) } else { Err(BadKeys) }
    }

    /// Whether one of them signed these bytes: RSASSA-PKCS1-v1_5 with SHA-256, in base64.
    pub(super) fn have_signed(&self, bytes: &[u8], signature: &str) -> bool {
        let Ok(signature) = STANDARD.decode(signature) else { return false };
        self.0.iter().any(|key| key.verify(&RSA_PKCS1_2048_8192_SHA256, bytes, &signature).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use rsa::BigUint;
    use rsa::pkcs8::EncodePublicKey;
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_key_in_here_is_sipgates() {
        let TrustedKeys(keys) = TrustedKeys::default();

        let [key] = &keys[..] else { panic!("one key") };
        let number = BigUint::from_bytes_be;
        let key = RsaPublicKey::new(number(&key.n), number(&key.e)).unwrap();
        assert_eq!(key.size(), 512);
        assert_eq!(
            hex::encode(Sha256::digest(key.to_public_key_der().unwrap().as_bytes())),
            "893cfd6caad92efc277a5977daec63dee1597223b1df5b2bf69ef56cd92305b3"
        );
    }

    #[test]
    fn two_keys_are_good_while_one_takes_the_place_of_the_other() {
        let two = TrustedKeys::from_pems(&format!("{BUILT_IN}\n\n{BUILT_IN}")).unwrap();

        assert_eq!(two.0.len(), 2);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let private = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
        let cut = &BUILT_IN[..400];
        let six = BUILT_IN.repeat(6);
        for text in ["", "  ", "hunter2", private, cut, &six, &format!("hunter2 {BUILT_IN}")] {
            assert_eq!(TrustedKeys::from_pems(text).err(), Some(BadKeys), "{text}");
        }
    }
}
