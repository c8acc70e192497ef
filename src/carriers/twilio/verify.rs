//! Whether a webhook comes from Twilio: `Unverified` → `Verified`, on the raw bytes, before anything in them is believed.
//!
//! A signature has no time in it: what was signed once is good for ever, so deliveries are told apart by `Verified::key`.

use std::fmt;

use bytes::Bytes;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

use super::Credentials;
use super::form::{Form, query_value};
use super::signature::{is_signed, spellings};
use crate::carriers::Provider;
use crate::domain::ids::ConnectionId;

/// A webhook as it came. Nothing in it may be believed.
#[derive(Clone)]
pub struct Unverified {
    /// How it came.
    pub method: Method,
    /// Its path as it came, from `/hooks/` on.
    pub path: String,
    /// Its query as it came, without the question mark.
    pub query: String,
    /// The values of all its `X-Twilio-Signature` headers.
    pub signature: Vec<String>,
    /// Its `I-Twilio-Idempotency-Token`: the same in each attempt to deliver it, but not signed.
    pub attempt_token: Option<String>,
    /// Its body as it came.
    pub body: Bytes,
}

/// Hidden: it holds who called whom, and a signature.
impl fmt::Debug for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unverified({} bytes)", self.body.len())
    }
}

/// How Twilio sends a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Everything in the query.
    Get,
    /// A form in the body, or JSON whose hash stands in the query.
    Post,
    /// The beginning of a WebSocket.
    Upgrade,
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

/// A webhook that Twilio sent. Made by `Unverified::verify` only.
#[derive(Clone)]
pub struct Verified {
    path: String,
    query: String,
    form: Form,
    body_hash: [u8; 32],
    attempt_token: Option<String>,
}

/// Hidden: it holds who called whom.
impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").field("form", &self.form).finish_non_exhaustive()
    }
}

/// Why a webhook is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It has no signature.
    #[error("the webhook is not signed")]
    Unsigned,
    /// It was not signed by this connection's account.
    #[error("the webhook is not from this connection's account: {0}")]
    Wrong(Wrong),
    /// The connection has no token, so that nothing can be verified.
    #[error("the connection has no auth token to verify webhooks with")]
    NoToken,
}

/// What is wrong with a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Wrong {
    /// Several signatures.
    #[error("several X-Twilio-Signature headers")]
    Headers,
    /// None of the tokens signed it.
    #[error("the signature does not fit")]
    Signature,
    /// Not a form, or a body where none was signed.
    #[error("the parameters can not be read")]
    Form,
    /// The body is not what was signed.
    #[error("the body is not what was signed")]
    Body,
    /// Another account's.
    #[error("the account is another")]
    Account,
}

impl Refusal {
    /// How to answer.
    pub const fn status(self) -> u16 {
        match self {
            Self::Unsigned | Self::Wrong(_) => 403,
            Self::NoToken => 500,
        }
    }

    /// For a metric.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::NoToken => "no_token",
            Self::Wrong(wrong) => match wrong {
                Wrong::Headers => "headers",
                Wrong::Signature => "signature",
                Wrong::Form => "form",
                Wrong::Body => "body",
                Wrong::Account => "account",
            },
        }
    }
}

impl From<Wrong> for Refusal {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

/// The query's parameter that holds the hash of a body which is no form.
const BODY_HASH: &str = "bodySHA256";

impl Unverified {
    /// Believes it, or says why not. `public_url` is where Twilio was told that we are; what the request itself says of its host
    /// anyone could have written.
    pub fn verify(
        self,
        credentials: &Credentials,
        signing: Signing,
        public_url: &str,
    ) -> Result<Verified, Refusal> {
        let content = Content::of(&self)?;
        if signing == Signing::Required {
            self.check_signature(credentials, public_url, content.signed_form())?;
        }
        let form = content.into_form();
        if form.has("AccountSid") && form.text("AccountSid") != Some(&credentials.account_sid) {
            return Err(Wrong::Account.into());
        }
        Ok(Verified {
            body_hash: Sha256::digest(&self.body).into(),
            path: self.path,
            query: self.query,
            form,
            attempt_token: self.attempt_token,
        })
    }

    fn check_signature(
        &self,
        credentials: &Credentials,
        public_url: &str,
        form: Option<&Form>,
    ) -> Result<(), Refusal> {
        let tokens = &credentials.auth_tokens;
        if tokens.iter().all(|token| token.expose_secret().is_empty()) {
            return Err(Refusal::NoToken);
        }
        let signature = match self.signature.as_slice() {
            [] => return Err(Refusal::Unsigned),
            [signature] if signature.is_empty() => return Err(Refusal::Unsigned),
            [signature] => signature,
            _ => return Err(Wrong::Headers.into()),
        };
        if is_signed(signature, &spellings(&self.url(public_url)), form, tokens) {
            Ok(())
        } else {
            Err(Wrong::Signature.into())
        }
    }

    /// The URL that Twilio was given.
    fn url(&self, public_url: &str) -> String {
        let base = public_url.trim_end_matches('/');
        let base = match (self.method, base.split_once("://")) {
            (Method::Upgrade, Some(("https", rest))) => format!("wss://{rest}"),
            (Method::Upgrade, Some(("http", rest))) => format!("ws://{rest}"),
            (Method::Get | Method::Post | Method::Upgrade, _) => base.to_owned(),
        };
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        format!("{base}{}{query}", self.path)
    }
}

/// Where the parameters of a request stand, and whether they are signed as such or as part of its URL.
enum Content {
    Signed(Form),
    InUrl(Form),
}

impl Content {
    fn of(webhook: &Unverified) -> Result<Self, Wrong> {
        match webhook.method {
            // A body would not have been signed.
            Method::Get | Method::Upgrade if !webhook.body.is_empty() => Err(Wrong::Form),
            Method::Get | Method::Upgrade => {
                Form::read(webhook.query.as_bytes()).map(Self::InUrl).ok_or(Wrong::Form)
            }
            Method::Post => match query_value(&webhook.query, BODY_HASH) {
                Some(hash) if is_hash_of(&hash, &webhook.body) => Ok(Self::InUrl(Form::default())),
                Some(_) => Err(Wrong::Body),
                // Whatever type it says that it is: a body that is read as nothing would be signed as nothing.
                None => Form::read(&webhook.body).map(Self::Signed).ok_or(Wrong::Form),
            },
        }
    }

    fn signed_form(&self) -> Option<&Form> {
        match self {
            Self::Signed(form) => Some(form),
            Self::InUrl(_) => None,
        }
    }

    fn into_form(self) -> Form {
        match self {
            Self::Signed(form) | Self::InUrl(form) => form,
        }
    }
}

fn is_hash_of(hash: &str, body: &[u8]) -> bool {
    hex::encode(Sha256::digest(body)).as_bytes().ct_eq(hash.as_bytes()).into()
}

impl Verified {
    /// What each attempt to deliver it carries: worth recording. Not signed, so no replay is known by it.
    pub fn attempt_token(&self) -> Option<&str> {
        self.attempt_token.as_deref()
    }

    /// What makes this delivery itself: a retry has the same key, and so has a replay that only writes the same in another way.
    ///
    /// The path says which hook it is for, and of which leg; the query's `n` tells the same question asked twice apart. Reports
    /// are numbered by the carrier; of a question all counts.
    pub fn key(&self, account: ConnectionId) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            // With its length, so that no two deliveries run together into the same bytes.
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        part(Provider::Twilio.name().as_bytes());
        part(account.as_uuid().as_bytes());
        part(self.path.as_bytes());
        if let Some(number) = self.number() {
            part(b"numbered");
            number.iter().for_each(|text| part(text.as_bytes()));
        } else {
            part(self.query.as_bytes());
            for (name, values) in self.form.signed() {
                part(name.as_bytes());
                values.iter().for_each(|value| part(value.as_bytes()));
                part(b"");
            }
            if self.form == Form::default() {
                part(&self.body_hash);
            }
        }
        hash.finalize().into()
    }

    /// What the carrier itself tells a report by: of a call, or of a room.
    fn number(&self) -> Option<[&str; 3]> {
        let text = |name| self.form.text(name);
        let sequence = text("SequenceNumber")?;
        if let (Some(room), Some(event)) = (text("ConferenceSid"), text("StatusCallbackEvent")) {
            return Some([room, sequence, event]);
        }
        Some([text("CallSid")?, sequence, text("CallStatus")?])
    }

    pub(super) fn form(&self) -> &Form {
        &self.form
    }
}
