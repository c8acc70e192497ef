//! `X-Sipgate-Signature`: RSASSA-PKCS1-v1_5 with SHA-256 over the raw body, by one key for all customers.

use base64::{Engine, engine::general_purpose::STANDARD};
use rustls::{
    SignatureScheme,
    crypto::ring::sign::any_supported_type,
    pki_types::{PrivateKeyDer, pem::PemObject},
    sign::Signer,
};

/// SPKI in PEM. It was made for this simulator, as long as the carrier's own; nothing real is signed with its other half.
pub const PUBLIC_KEY: &str = include_str!("public-key.pem");
/// It lies open on purpose, so that every simulator signs alike without the wait for a key of 4096 bits.
const PRIVATE_KEY: &str = include_str!("key.pem");

/// Signs each push.
#[derive(Debug)]
pub struct Seal(Box<dyn Signer>);

impl Seal {
    #[must_use]
    pub fn new() -> Self {
        let key = PrivateKeyDer::from_pem_slice(PRIVATE_KEY.as_bytes())
            .expect("the key beside this file is PKCS#8 in PEM");
        let signer = any_supported_type(&key)
            .ok()
            .and_then(|key| key.choose_scheme(&[SignatureScheme::RSA_PKCS1_SHA256]))
            .expect("the key beside this file is RSA with 4096 bits");
        Self(signer)
    }

    /// The header's value for this body.
    #[must_use]
    pub fn sign(&self, body: &[u8]) -> String {
        let signature = self.0.sign(body).expect("an RSA key signs any message");
        STANDARD.encode(signature)
    }
}

impl Default for Seal {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
pub mod tests {
    use rsa::{Pkcs1v15Sign, RsaPublicKey, pkcs8::DecodePublicKey, traits::PublicKeyParts};
    use sha2::{Digest, Sha256};

    use super::*;

    /// The head of a SHA-256 digest in a signature, as RFC 8017 (9.2, note 1) writes it.
    const SHA_256: [u8; 19] = [
        0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
        0x05, 0x00, 0x04, 0x20,
    ];

    /// Whether the published key says that this body was signed so.
    pub fn verifies(public_key: &str, body: &[u8], signature: &str) -> bool {
        let key = RsaPublicKey::from_public_key_pem(public_key).unwrap();
        let scheme = Pkcs1v15Sign { hash_len: Some(32), prefix: SHA_256.into() };
        let Ok(signature) = STANDARD.decode(signature) else { return false };
        key.verify(scheme, &Sha256::digest(body), &signature).is_ok()
    }

    #[test]
    fn what_is_signed_verifies_with_the_published_key_and_nothing_else_does() {
        let seal = Seal::new();
        let signature = seal.sign(b"event=newCall&callId=A1B2C3");

        assert!(verifies(PUBLIC_KEY, b"event=newCall&callId=A1B2C3", &signature));
        assert!(!verifies(PUBLIC_KEY, b"event=newCall&callId=A1B2C4", &signature));
        assert_eq!(signature, seal.sign(b"event=newCall&callId=A1B2C3"));
        assert_eq!(RsaPublicKey::from_public_key_pem(PUBLIC_KEY).unwrap().size(), 512);
    }
}
