//! Signatures of the audit: EdDSA over a small JSON statement, as a compact JWS (RFC 7515, RFC 8037) that any library reads.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::canonical::canonical;

/// What a signature is about. It is in the signed header, so that a receipt never passes for a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A place in a chain.
    Checkpoint,
    /// A person's erasure.
    Erasure,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Checkpoint => "vestibule-checkpoint+jws",
            Self::Erasure => "vestibule-erasure+jws",
        }
    }
}

/// Signs for the audit; its key does nothing else.
#[derive(Clone)]
pub struct Signer {
    key_id: String,
    key: SigningKey,
}

/// Hidden: it can sign.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.key_id)
    }
}

impl Signer {
    /// With this Ed25519 key's 32 secret bytes.
    pub fn new(key_id: String, seed: &[u8; 32]) -> Self {
        Self { key_id, key: SigningKey::from_bytes(seed) }
    }

    /// Which key signs.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// What others check with.
    pub fn public_key(&self) -> PublicKey {
        PublicKey::new(self.key_id.clone(), &self.public_bytes())
    }

    /// The public half's 32 bytes.
    pub fn public_bytes(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// The statement, signed.
    pub fn sign(&self, kind: Kind, statement: &impl Serialize) -> String {
        let statement = serde_json::to_value(statement).expect("a statement has no odd keys");
        let header = json!({ "alg": "EdDSA", "kid": self.key_id, "typ": kind.name() });
        let signed = format!("{}.{}", encode(&canonical(&header)), encode(&canonical(&statement)));
        let signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

fn encode(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

/// A public key of the audit, as a JSON Web Key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// `OKP`.
    pub kty: String,
    /// `Ed25519`.
    pub crv: String,
    /// `EdDSA`.
    pub alg: String,
    /// Names it in signatures.
    pub kid: String,
    /// Its 32 bytes, base64url.
    pub x: String,
}

impl PublicKey {
    /// These 32 bytes.
    pub fn new(key_id: String, bytes: &[u8]) -> Self {
        Self {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            alg: "EdDSA".to_owned(),
            kid: key_id,
            x: BASE64_URL_SAFE_NO_PAD.encode(bytes),
        }
    }
}

/// Why a signature is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// Not three parts of base64url, or not what they should hold.
    #[error("it can not be read")]
    Unreadable,
    /// Signed by a key that is not among those given.
    #[error("the key {0} that signed it is not among the keys given")]
    UnknownKey(String),
    /// Not signed by that key, or changed since.
    #[error("the signature is forged, or what it signs was changed")]
    Forged,
}

/// What a signature says, if one of these keys made it.
pub fn read<T: DeserializeOwned>(
    kind: Kind,
    signed: &str,
    keys: &[PublicKey],
) -> Result<T, BadSignature> {
    let (text, signature) = signed.rsplit_once('.').ok_or(BadSignature::Unreadable)?;
    let (header, statement) = text.split_once('.').ok_or(BadSignature::Unreadable)?;
    let header: Value = decode(header)?;
    // Exactly our header: neither another algorithm nor another purpose.
    let key_id = header["kid"].as_str().unwrap_or_default();
    if header != json!({ "alg": "EdDSA", "kid": key_id, "typ": kind.name() }) {
        return Err(BadSignature::Unreadable);
    }
    let key = keys.iter().find(|key| key.kid == key_id && key.crv == "Ed25519");
    let key = key.ok_or_else(|| BadSignature::UnknownKey(key_id.to_owned()))?;
    let key: [u8; 32] = bytes(&key.x)?;
    let key = VerifyingKey::from_bytes(&key).map_err(|_| BadSignature::Unreadable)?;
    let signature = Signature::from_bytes(&bytes(signature)?);
    key.verify_strict(text.as_bytes(), &signature).map_err(|_| BadSignature::Forged)?;
    decode(statement)
}

fn bytes<const N: usize>(text: &str) -> Result<[u8; N], BadSignature> {
    let decoded = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| BadSignature::Unreadable)?;
    decoded.try_into().map_err(|_| BadSignature::Unreadable)
}

fn decode<T: DeserializeOwned>(part: &str) -> Result<T, BadSignature> {
    let decoded = BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| BadSignature::Unreadable)?;
    serde_json::from_slice(&decoded).map_err(|_| BadSignature::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_for_its_key_purpose_and_statement_only() {
        let signer = Signer::new("k1".into(), &[7; 32]);
        let keys = [signer.public_key()];
        let signed = signer.sign(Kind::Checkpoint, &json!({ "position": 7 }));

        assert_eq!(signer.key_id(), "k1");
        assert_eq!(read::<Value>(Kind::Checkpoint, &signed, &keys), Ok(json!({ "position": 7 })));
        assert_eq!(read::<Value>(Kind::Erasure, &signed, &keys), Err(BadSignature::Unreadable));
        let other = [Signer::new("k1".into(), &[8; 32]).public_key()];
        assert_eq!(read::<Value>(Kind::Checkpoint, &signed, &other), Err(BadSignature::Forged));
        let renamed = [PublicKey { kid: "k2".into(), ..keys[0].clone() }];
        assert_eq!(
            read::<Value>(Kind::Checkpoint, &signed, &renamed),
            Err(BadSignature::UnknownKey("k1".into()))
        );
        let [header, _, signature] = signed.split('.').collect::<Vec<_>>()[..] else { panic!() };
        let changed = format!("{header}.{}.{signature}", encode(r#"{"position":8}"#));
        assert_eq!(read::<Value>(Kind::Checkpoint, &changed, &keys), Err(BadSignature::Forged));
        let unsigned = encode(r#"{"alg":"none","kid":"k1","typ":"vestibule-checkpoint+jws"}"#);
        let changed = format!("{unsigned}.{}.", encode(r#"{"position":8}"#));
        assert_eq!(read::<Value>(Kind::Checkpoint, &changed, &keys), Err(BadSignature::Unreadable));
    }

    #[test]
    fn other_libraries_read_it() {
        let signer = Signer::new("k1".into(), &[7; 32]);
        let signed = signer.sign(Kind::Erasure, &json!({ "events": 3 }));
        let key = jsonwebtoken::DecodingKey::from_ed_components(&signer.public_key().x).unwrap();
        let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;

        let read = jsonwebtoken::decode::<Value>(&signed, &key, &validation).unwrap();

        assert_eq!(read.claims, json!({ "events": 3 }));
    }
}
