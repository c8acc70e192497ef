//! The key that seals personal data and credentials. Losing it loses them, so it is never made up in an installation.

use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretBox, SecretString};

use super::{Environment, Kind, Refusal};

const NAME: &str = "VESTIBULE_MASTER_KEY";
const LENGTH: usize = 32;

/// 32 bytes. Does not print.
pub struct MasterKey(SecretBox<[u8; LENGTH]>);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey")
    }
}

impl MasterKey {
    /// A new one, from the operating system's randomness.
    pub fn generate() -> Self {
        Self(SecretBox::new(Box::new(rand::random())))
    }

    /// The base64 of 32 bytes; `None` when it is anything else.
    pub fn from_base64(text: &SecretString) -> Option<Self> {
        let bytes = STANDARD.decode(text.expose_secret().trim()).ok()?;
        let bytes: [u8; LENGTH] = bytes.try_into().ok()?;
        // A key of one repeated byte is somebody's placeholder.
        let placeholder = bytes.iter().all(|byte| *byte == bytes[0]);
        (!placeholder).then(|| Self(SecretBox::new(Box::new(bytes))))
    }

    pub fn to_base64(&self) -> SecretString {
        SecretString::from(STANDARD.encode(self.bytes()))
    }

    pub fn bytes(&self) -> &[u8; LENGTH] {
        self.0.expose_secret()
    }
}

#[derive(Debug)]
pub enum KeySource {
    Configured(MasterKey),
    /// Made at the first start and kept beside the private database.
    KeptInStateDir,
}

impl KeySource {
    pub fn read(environment: &Environment, kind: Kind) -> Result<Self, Refusal> {
        let example = "\"$(head -c 32 /dev/urandom | base64)\"";
        match (environment.secret(NAME, "VESTIBULE_MASTER_KEY_FILE")?, kind) {
            (Some(text), _) => {
                MasterKey::from_base64(&text).map(Self::Configured).ok_or_else(|| {
                    Refusal::secret(
                        NAME,
                        "is not 32 random bytes in base64 (its value is not shown)",
                    )
                    .for_example(example)
                })
            }
            (None, Kind::Embedded) => Ok(Self::KeptInStateDir),
            (None, Kind::Serving) => {
                let why = "without it nothing personal can be sealed; keep it as safe as the database's backups";
                Err(Refusal::missing(NAME, why).for_example(example))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_from_its_text() {
        let key = MasterKey::generate();

        let read = MasterKey::from_base64(&key.to_base64()).unwrap();

        assert_eq!(read.bytes(), key.bytes());
    }

    #[test]
    fn a_short_key_and_a_placeholder_are_refused() {
        for text in ["c2hvcnQ=", "not base64", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] {
            assert!(MasterKey::from_base64(&SecretString::from(text)).is_none(), "{text}");
        }
    }
}
