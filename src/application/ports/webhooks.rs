//! What telling webhooks needs of the outside.

use std::fmt::{self, Debug};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use secrecy::SecretString;
use time::OffsetDateTime;
use uuid::Uuid;

use super::Unavailable;
use crate::domain::ids::{DeliveryId, EventId, TenantId, WebhookId};
use crate::domain::webhook::address::{Address, AddressError};
use crate::domain::webhook::attempt::{Answer, Verdict};
use crate::domain::webhook::topic::Topic;

/// Deliveries, and what becomes of them.
#[async_trait]
pub trait DeliveryLog: Send + Sync + Debug {
    /// A delivery that is still to be made, with what its webhook needs. `None`: it is over, or its webhook was deleted.
    async fn pending(
        &self,
        tenant: TenantId,
        delivery: DeliveryId,
    ) -> Result<Option<Pending>, Unavailable>;

    /// Writes an attempt and all that comes of it, in one transaction. Written once: the same attempt again changes nothing.
    async fn record(&self, attempted: &Attempted) -> Result<(), Unavailable>;

    /// Gives up a delivery without an attempt.
    async fn give_up(
        &self,
        tenant: TenantId,
        delivery: DeliveryId,
        why: &str,
    ) -> Result<(), Unavailable>;

    /// All that is due at a webhook comes at this pace from now on: it is busy, and others shall not wait behind its backlog.
    async fn hold_back(&self, webhook: WebhookId, pace: Pace) -> Result<(), Unavailable>;
}

/// How fast a backlog comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// So many.
    pub many: u32,
    /// In each such time; the first after it.
    pub every: Duration,
}

/// A delivery that is still to be made.
#[derive(Debug)]
pub struct Pending {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub delivery: DeliveryId,
    /// To which webhook.
    pub webhook: WebhookId,
    /// Whether the webhook still wants to be told.
    pub wanted: Wanted,
    /// Where it is.
    pub url: String,
    /// What it is signed with: the secret, and the one before while both count.
    pub secrets: Vec<SecretString>,
    /// Whether whole numbers are told.
    pub personal: bool,
    /// What is told.
    pub topic: Topic,
    /// The event that is told; a ping has none.
    pub event: Option<Told>,
    /// Attempts so far.
    pub attempts: u32,
    /// Since when it is tried.
    pub created_at: OffsetDateTime,
    /// Since when the webhook has only failed.
    pub failing_since: Option<OffsetDateTime>,
}

/// Whether a webhook wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Yes.
    Yes,
    /// It was switched off meanwhile.
    SwitchedOff,
}

/// An event that a webhook is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its id: what the webhook recognises it by, however often it comes.
    pub event: EventId,
    /// Its stream.
    pub stream: Uuid,
    /// Its place there.
    pub version: i32,
}

/// An attempt that was made.
#[derive(Debug)]
pub struct Attempted {
    /// Whose.
    pub tenant: TenantId,
    /// Of which delivery.
    pub delivery: DeliveryId,
    /// To which webhook.
    pub webhook: WebhookId,
    /// From 1.
    pub attempt: u32,
    /// When it began.
    pub at: OffsetDateTime,
    /// What was answered.
    pub reply: Reply,
    /// What comes of it.
    pub verdict: Verdict,
    /// The id of the event that tells that the webhook is switched off, if it is.
    pub event: EventId,
}

/// Reaches what is on the public internet, and nothing else.
#[async_trait]
pub trait Poster: Send + Sync + Debug {
    /// Whether a webhook may be there, as far as can be told without reaching it.
    async fn check(&self, url: &str) -> Result<Address, AddressError>;

    /// Signs and posts a message, once.
    async fn post(&self, message: Message<'_>) -> Reply;
}

/// A message to a webhook.
pub struct Message<'a> {
    /// Where to.
    pub url: &'a str,
    /// What it is recognised by.
    pub id: &'a str,
    /// Now.
    pub at: OffsetDateTime,
    /// What is told, JSON.
    pub body: Bytes,
    /// What it is signed with.
    pub secrets: &'a [SecretString],
}

/// Hidden: its body may hold numbers.
impl Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What came back.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// The answer, as far as it counts.
    pub answer: Answer,
    /// The beginning of its body.
    pub excerpt: Vec<u8>,
    /// What went wrong on the way, if there was no answer; without personal data.
    pub error: Option<String>,
    /// How long it took.
    pub took: Duration,
}

/// Hidden: its body may echo what it was told.
impl Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("answer", &self.answer)
            .field("error", &self.error)
            .field("took", &self.took)
            .finish_non_exhaustive()
    }
}
