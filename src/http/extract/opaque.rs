//! Tokens that say nothing but whose firm they belong to: random, kept as hashes, one kind never good for another.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::domain::ids::TenantId;
use crate::store::access::TokenHash;

const SECRET_BYTES: usize = 32;
const TENANT_BYTES: usize = 16;

/// What a token is for. Its name stands before it, so that people and secret scanners recognise it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Goes on with a session.
    Refresh,
    /// Lets someone into a firm.
    Invitation,
    /// Lets someone choose another password.
    PasswordReset,
}

impl Kind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Refresh => "vsr_",
            Self::Invitation => "vsi_",
            Self::PasswordReset => "vsp_",
        }
    }

    /// A new one, and the hash under which it is kept.
    pub fn fresh(self, tenant: TenantId) -> (String, TokenHash) {
        let mut secret = [0; SECRET_BYTES];
        rand::fill(&mut secret);
        let bytes = [tenant.as_uuid().as_bytes().as_slice(), &secret].concat();
        (format!("{}{}", self.prefix(), BASE64_URL_SAFE_NO_PAD.encode(&bytes)), hash(&bytes))
    }

    /// Whose a token of this kind is, and its hash. The tenant is only claimed: it is true if the hash is found there.
    pub fn read(self, text: &str) -> Option<(TenantId, TokenHash)> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.strip_prefix(self.prefix())?).ok()?;
        if bytes.len() != TENANT_BYTES + SECRET_BYTES {
            return None;
        }
        let tenant = Uuid::from_slice(&bytes[..TENANT_BYTES]).ok()?;
        Some((tenant.into(), hash(&bytes)))
    }
}

fn hash(bytes: &[u8]) -> TokenHash {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_firm_and_is_read_as_its_own_kind_only() {
        let tenant = TenantId::from_uuid(Uuid::from_u128(7));

        let (text, hash) = Kind::Refresh.fresh(tenant);

        assert_eq!(Kind::Refresh.read(&text), Some((tenant, hash)));
        assert_eq!(Kind::Invitation.read(&text), None);
        assert_eq!(Kind::Refresh.read(&text[..text.len() - 4]), None);
        assert_ne!(Kind::Refresh.fresh(tenant).1, hash);
    }
}
