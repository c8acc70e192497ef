//! Whether a push comes from sipgate: `Unverified` → `Verified`, on the raw bytes, before anything in them is believed.
//!
//! The signature covers the body and nothing else, has no time in it, and is made with one key for all of sipgate's customers: who
//! knows a body that was signed once can send it for ever, and to anyone. So the token in the path says whose it is, an account that
//! is named must be that connection's, the number that was called must be a line of it (the use case looks), and deliveries are told
//! apart by `Verified::key`.

use std::fmt;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::form::Form;
use super::{Credentials, TrustedKeys};
use crate::carriers::Provider;
use crate::domain::ids::ConnectionId;

/// A push as it came. Nothing in it may be believed.
#[derive(Clone)]
pub struct Unverified {
    /// Its path as it came, from `/hooks/` on.
    pub path: String,
    /// Its query as it came, without the question mark.
    pub query: String,
    /// The values of all its `X-Sipgate-Signature` headers.
    pub signature: Vec<String>,
    /// Its body as it came.
    pub body: Bytes,
}

/// Hidden: it holds who called whom, and a signature.
impl fmt::Debug for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unverified({} bytes)", self.body.len())
    }
}

/// Whether a connection's pushes have to be signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signing {
    /// Yes.
    #[default]
    Required,
    /// No: for a server that nobody but its owner can reach.
    Off,
}

/// A push that sipgate sent. Made by `Unverified::verify` only.
#[derive(Clone)]
pub struct Verified {
    path: String,
    query: String,
    form: Form,
    body_hash: [u8; 32],
}

/// Hidden: it holds who called whom.
impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").field("form", &self.form).finish_non_exhaustive()
    }
}

/// Why a push is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It has no signature.
    #[error("the push is not signed")]
    Unsigned,
    /// Not one signature but several.
    #[error("the push has several X-Sipgate-Signature headers")]
    Headers,
    /// None of the trusted keys signed it.
    #[error("the push's signature does not fit")]
    Signature,
    /// No form.
    #[error("the push's fields can not be read")]
    Form,
    /// sipgate signed it, for another of its customers.
    #[error("the push is of another account than this connection's")]
    Account,
}

impl Refusal {
    /// How to answer.
    pub const fn status(self) -> u16 {
        403
    }

    /// For a metric.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::Headers => "headers",
            Self::Signature => "signature",
            Self::Form => "form",
            Self::Account => "account",
        }
    }
}

impl Unverified {
    /// Believes it, or says why not.
    pub fn verify(
        self,
        credentials: &Credentials,
        signing: Signing,
        keys: &TrustedKeys,
    ) -> Result<Verified, Refusal> {
        if signing == Signing::Required {
            self.check_signature(keys)?;
        }
        let form = Form::read(&self.body).ok_or(Refusal::Form)?;
        // A list where a call begins, a single one where somebody picked up; none for a line without users.
        let is_ours = |user| account_of(user) == credentials.account_number;
        if !form.list("fullUserId").chain(form.text("fullUserId")).all(is_ours) {
            return Err(Refusal::Account);
        }
        Ok(Verified {
            body_hash: Sha256::digest(&self.body).into(),
            path: self.path,
            query: self.query,
            form,
        })
    }

    fn check_signature(&self, keys: &TrustedKeys) -> Result<(), Refusal> {
        match self.signature.as_slice() {
            [] => Err(Refusal::Unsigned),
            [signature] if signature.is_empty() => Err(Refusal::Unsigned),
            [signature] if keys.have_signed(&self.body, signature) => Ok(()),
            [_] => Err(Refusal::Signature),
            _ => Err(Refusal::Headers),
        }
    }
}

/// What stands before the letter in `7654321w0`.
fn account_of(user: &str) -> &str {
    let end = user.find(|c: char| !c.is_ascii_digit()).unwrap_or(user.len());
    &user[..end]
}

impl Verified {
    /// What makes this delivery itself. A push has neither number nor time of its own: its words are all there is, and the URL that it
    /// came to, which tells the same question asked twice apart.
    pub fn key(&self, account: ConnectionId) -> [u8; 32] {
        let mut hash = Sha256::new();
        let account = account.as_uuid();
        let parts = [
            Provider::Sipgate.name().as_bytes(),
            account.as_bytes(),
            self.path.as_bytes(),
            self.query.as_bytes(),
            &self.body_hash,
        ];
        for part in parts {
            // With its length, so that no two deliveries run together into the same bytes.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }

    pub(super) fn form(&self) -> &Form {
        &self.form
    }
}
