//! What the use cases need of the outside: a handful of traits, each with its real implementation and the one in memory that tests use.

pub mod prompts;
pub mod records;
pub mod stream_book;
pub mod streams;
pub mod vital_signs;
pub mod webhooks;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;
use time::OffsetDateTime;
use uuid::Uuid;

use self::records::CallsListed;
use crate::domain::call::LegPlace;
use crate::domain::call::record::LegRecord;
use crate::domain::call::room::{Hold, Voice};
use crate::domain::call::script::{Placement, Script};
use crate::domain::call::signal::{Again, CarrierLeg, CarrierRoom, PinCheck};
use crate::domain::email::EmailAddress;
use crate::domain::ids::{
    BlockId, BuildingId, CallId, ConnectionId, EntranceId, EventId, LegId, LineId, StreamId,
    SubjectId, TenantId, WorkId,
};
use crate::domain::phone_number::{Caller, PhoneNumber};
use crate::domain::policy::block::Block;
use crate::domain::policy::outbound::{Allowance, OutboundRules};
use crate::domain::policy::pass::Pass;
use crate::domain::policy::{PinLimits, Policy};

/// The time. Deadlines of work items use the database's clock instead.
pub trait Clock: Send + Sync + Debug {
    /// Now, in UTC.
    fn now(&self) -> OffsetDateTime;
}

/// Fresh ids.
pub trait Ids: Send + Sync + Debug {
    /// A fresh UUID, version 7.
    fn next(&self) -> Uuid;
}

/// Letters to people.
#[async_trait]
pub trait Mailer: Send + Sync + Debug {
    /// Sends a letter: to be accepted by the next server is enough.
    async fn send(&self, mail: &Mail) -> Result<(), Unavailable>;
}

/// A letter.
#[derive(Clone, Serialize, Deserialize)]
pub struct Mail {
    /// To whom.
    pub to: EmailAddress,
    /// What about.
    pub subject: String,
    /// What it says, plain text.
    pub text: String,
}

/// Hidden: it may carry a token.
impl Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mail(…)")
    }
}

/// Something outside did not answer, or not in time. Nothing was done, or nothing that doing it again would repeat.
#[derive(Clone, Debug, Error)]
#[error("{what} is not available: {reason}")]
pub struct Unavailable {
    /// What.
    pub what: &'static str,
    /// Why, for the log.
    pub reason: String,
}

/// An event to append: its data may hold `Personal` fields in clear; the store seals them.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// Unique; what consumers deduplicate by.
    pub id: EventId,
    /// Its type, `CallRang`.
    pub kind: &'static str,
    /// The version of its shape.
    pub schema_version: i16,
    /// Its data.
    pub payload: Value,
    /// The carrier's clock, where the event reports something.
    pub occurred_at: Option<OffsetDateTime>,
}

/// An event as it was stored, opened and upcast to the current shape.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredEvent {
    /// Its place among all events: without gaps, in order of commit.
    pub position: i64,
    /// Its place in its stream, from 1.
    pub version: i32,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its stream: a call's id for a call.
    pub stream: Uuid,
    /// Unique.
    pub id: EventId,
    /// Its type.
    pub kind: String,
    /// The version of its shape, as stored.
    pub schema_version: i16,
    /// Its data, personal fields opened, or `[erased]`.
    pub payload: Value,
    /// Who caused it.
    pub actor: Actor,
    /// The carrier's clock.
    pub occurred_at: Option<OffsetDateTime>,
    /// The database's clock.
    pub recorded_at: OffsetDateTime,
}

/// Who caused an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "k", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// A carrier's webhook, on this connection.
    Carrier(ConnectionId),
    /// A user.
    User(Uuid),
    /// An API key.
    ApiKey(Uuid),
    /// A worker of ours.
    Worker,
}

/// Work to do because of events; only ids travel.
#[derive(Clone, Debug, PartialEq)]
pub struct NewWork {
    /// The idempotency key of its effect.
    pub id: WorkId,
    /// Which worker does it.
    pub kind: WorkKind,
    /// A number from 0 to 15 that spreads work over queues: from the building's id.
    pub lane: i16,
    /// Ids.
    pub args: Value,
    /// Not before so long from now, by the database's clock.
    pub delay: Duration,
    /// Worthless so long from now, by the database's clock.
    pub expires_in: Duration,
}

/// The kinds of work, a worker and a queue each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkKind {
    /// Place a resident's leg. At most once.
    Dial,
    /// Cause an effect on a leg: hang up, open the door, redirect, mute, say.
    Control,
    /// Tell a call that a time is reached.
    Timer,
    /// Tell a webhook of an event.
    Hook,
}

impl WorkKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Dial, Self::Control, Self::Timer, Self::Hook];

    /// Those that calls cause.
    pub const OF_CALLS: [Self; 3] = [Self::Dial, Self::Control, Self::Timer];

    /// As in the database and in routing keys.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dial => "dial",
            Self::Control => "control",
            Self::Timer => "timer",
            Self::Hook => "hook",
        }
    }
}

/// What to append to one stream, all or nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Append {
    /// Whose.
    pub tenant: TenantId,
    /// Which stream.
    pub stream: Uuid,
    /// The stream's type, `call`.
    pub stream_type: &'static str,
    /// What it must not have grown past; `None` appends at whatever version it has.
    pub expected: Expected,
    /// At least one, or none if only a delivery's answer is to be kept.
    pub events: Vec<NewEvent>,
    /// What to do because of them.
    pub work: Vec<NewWork>,
    /// Who caused it.
    pub actor: Actor,
    /// The event or command that caused it.
    pub causation: Option<Uuid>,
    /// The carrier's delivery that this answers.
    pub delivery: Option<Delivery>,
}

/// The version that a stream must have for an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Any: facts from carriers are never rejected by concurrency.
    Any,
    /// Exactly this; 0 is a stream that does not exist.
    Version(i32),
}

/// A carrier's delivery: recognised when it comes again, and answered with the same bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Delivery {
    /// `vonage`.
    pub provider: &'static str,
    /// The connection.
    pub account: ConnectionId,
    /// SHA-256 over what makes this delivery itself.
    pub key: [u8; 32],
    /// What it is answered.
    pub answer: Answer,
    /// What came, kept sealed under this subject's key, or the tenant's.
    pub raw: RawWebhook,
    /// Whose data the raw webhook holds.
    pub subject: Option<SubjectId>,
}

impl Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery")
            .field("provider", &self.provider)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// An answer to a carrier, as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`, where there is a body.
    pub content_type: Option<&'static str>,
    /// The bytes.
    pub body: Bytes,
}

/// A webhook as it came.
#[derive(Clone, PartialEq, Eq)]
pub struct RawWebhook {
    /// Method, path and query.
    pub request_line: String,
    /// Headers, without those that authenticate.
    pub headers: String,
    /// The bytes.
    pub body: Bytes,
}

/// Hidden: it holds who called whom.
impl Debug for RawWebhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RawWebhook({} bytes)", self.body.len())
    }
}

/// What became of an append.
#[derive(Clone, Debug, PartialEq)]
pub enum Appended {
    /// It is stored. `answer` is the delivery's, if there was one.
    Stored {
        /// Of its last event (the head before it, if there was none).
        position: i64,
        /// The stream's version now.
        version: i32,
    },
    /// The delivery had come before: this is what it was answered.
    Duplicate(Answer),
    /// The stream has grown past what was expected: load and decide again.
    Conflict,
}

/// The events.
#[async_trait]
pub trait Journal: Send + Sync + Debug {
    /// A stream's events in order, personal fields opened, upcast. Empty if there is none.
    async fn load(&self, tenant: TenantId, stream: Uuid) -> Result<Vec<StoredEvent>, Unavailable> {
        self.load_after(tenant, stream, 0).await
    }

    /// Likewise, those after this version.
    async fn load_after(
        &self,
        tenant: TenantId,
        stream: Uuid,
        version: i32,
    ) -> Result<Vec<StoredEvent>, Unavailable>;

    /// Appends, together with whatever else is waiting to be appended.
    async fn append(&self, append: Append) -> Result<Appended, Unavailable>;

    /// The answer that this delivery got when it came before.
    async fn answered(
        &self,
        provider: &'static str,
        account: ConnectionId,
        key: [u8; 32],
    ) -> Result<Option<Answer>, Unavailable>;

    /// Which call and leg a carrier's references belong to: the last one decides. One that is new belongs to what those before it belong
    /// to, and without any to `fresh`.
    async fn leg_of(
        &self,
        references: CarrierReferences,
        fresh: (CallId, LegId),
    ) -> Result<(CallId, LegId), Unavailable>;

    /// The subject under whose key a caller's number is sealed; made when it is new.
    async fn subject_of(
        &self,
        tenant: TenantId,
        number: &PhoneNumber,
    ) -> Result<SubjectId, Unavailable>;

    /// Starts a dial: in one statement checks that the lease is still held and the deadline ahead, claims the
    /// (call, step, target, attempt) for ever, and appends. `None`: someone else has it or had it, or it is too late.
    async fn start_dial(
        &self,
        claim: DialClaim,
        append: Append,
    ) -> Result<Option<Appended>, Unavailable>;
}

/// What a carrier calls a leg and its conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierReferences {
    /// The connection's tenant.
    pub tenant: TenantId,
    /// The connection.
    pub connection: ConnectionId,
    /// Their ids, in the carrier's words.
    pub references: Vec<String>,
}

/// The right to place one leg, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialClaim {
    /// The work item's lease.
    pub lease: Lease,
    /// The leg, which is its dial.
    pub leg: LegId,
    /// The call.
    pub call: CallId,
    /// The step of the call's flow.
    pub step: i32,
    /// Whom: a keyed hash of the number is made of it.
    pub target: PhoneNumber,
    /// The tenant whose key hashes it.
    pub tenant: TenantId,
    /// From 1.
    pub attempt: i32,
}

/// A work item that this process has, for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Leased {
    /// The lease.
    pub lease: Lease,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its kind.
    pub kind: WorkKind,
    /// Ids.
    pub args: Value,
    /// By the database's clock.
    pub expires_at: OffsetDateTime,
    /// The trace of whatever asked for it.
    pub traceparent: Option<String>,
}

/// The fencing token of a work item: whoever leased it later has another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The work item.
    pub work: WorkId,
    /// Who holds it.
    pub owner: Uuid,
    /// Which lease of this work item it is, from 1.
    pub attempts: i32,
}

/// Where workers get their work: RabbitMQ, PostgreSQL or memory, with the same promises.
#[async_trait]
pub trait WorkSource: Send + Sync + Debug {
    /// Up to `max` items, leased; waits up to a second for the first.
    async fn next(&self, kind: WorkKind, max: usize) -> Result<Vec<Leased>, Unavailable>;
    /// It is done. Nothing happens if the lease was lost meanwhile.
    async fn done(&self, leased: &Leased) -> Result<(), Unavailable>;
    /// Again, after `delay`.
    async fn retry(&self, leased: &Leased, delay: Duration, why: &str) -> Result<(), Unavailable>;
    /// Never again, until a person looks at it.
    async fn park(&self, leased: &Leased, why: &str) -> Result<(), Unavailable>;
}

/// A carrier's REST side, for one connection.
#[async_trait]
pub trait CarrierClient: Send + Sync + Debug {
    /// Whose it is, for metrics: `vonage`.
    fn carrier(&self) -> &'static str;
    /// Places a leg. Never retried inside.
    async fn place(&self, placement: &Placement) -> Result<CarrierLeg, PlaceError>;
    /// Ends a leg. One that is over already counts as ended.
    async fn hang_up(&self, on: &OnLeg) -> Result<(), ControlError>;
    /// Sends tones to a leg's phone: digits of `0-9 * #`, `p` is a pause of half a second.
    async fn send_digits(&self, on: &OnLeg, digits: &str) -> Result<(), ControlError>;
    /// Replaces what a leg hears.
    async fn redirect(&self, on: &OnLeg, script: &Script) -> Result<(), ControlError>;
    /// Reports the leg's keys as they are pressed.
    async fn listen_for_keys(&self, on: &OnLeg) -> Result<(), ControlError>;
    /// Silences a leg.
    async fn mute(&self, on: &OnLeg) -> Result<(), ControlError>;
    /// Lets a leg speak again.
    async fn unmute(&self, on: &OnLeg) -> Result<(), ControlError>;
    /// Puts a leg on hold: it hears nobody, and nobody hears it.
    async fn hold(&self, on: &OnLeg) -> Result<(), ControlError>;
    /// Takes a leg off hold.
    async fn resume(&self, on: &OnLeg) -> Result<(), ControlError>;
    /// Speaks a sentence to a leg, over whatever it hears.
    async fn say(&self, on: &OnLeg, text: &str, language: &str) -> Result<(), ControlError>;
    /// Sends a copy of a leg's audio to our media endpoint. What the carrier tells of a leg that it makes for that comes to the
    /// leg with the stream's id.
    async fn start_stream(&self, on: &OnLeg, stream: StreamId) -> Result<(), ControlError>;
    /// Ends that. `on` is the leg that the carrier made for it.
    async fn stop_stream(&self, on: &OnLeg, stream: StreamId) -> Result<(), ControlError>;
    /// Asks the carrier, without any effect there, whether our credentials are good.
    async fn lets_us_in(&self) -> Result<(), ControlError>;
    /// Asks the carrier, without any effect there, whether it announces calls to us. `None`: it can not be asked.
    async fn announces_here(&self) -> Result<Option<Announcements>, ControlError> {
        Ok(None)
    }
    /// Looks for a leg that may or may not have been placed, by (to, from) and time.
    async fn find(
        &self,
        placement: &Placement,
        placed_after: OffsetDateTime,
    ) -> Result<Found, ControlError>;
    /// What the carrier's own records say of one leg, by the carrier's name for it. It began at about this time.
    async fn look_up(&self, on: &OnLeg, began: OffsetDateTime) -> Result<LegRecord, ControlError>;
    /// The calls that came in within a span of time, over or not. At most so many requests are made for it as the client limits
    /// itself to.
    async fn calls_between(
        &self,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<CallsListed, ControlError>;
}

/// What a carrier is set up to announce to the connection that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announcements {
    /// Whether calls that come in are announced here.
    pub incoming: bool,
    /// Whether calls that go out are.
    pub outgoing: bool,
    /// Whether some of the account's phones are left out.
    pub only_some: bool,
}

/// A leg, as a carrier's client is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnLeg {
    /// The call.
    pub call: CallId,
    /// The leg.
    pub leg: LegId,
    /// The carrier's name for it.
    pub carrier_leg: CarrierLeg,
    /// Whether it is in the call's room.
    pub place: LegPlace,
    /// Whether it can be heard: who comes back from a hold may be muted all the same.
    pub voice: Voice,
    /// Whether it is on hold: who may speak again waits for the end of the hold.
    pub hold: Hold,
    /// The carrier's name for the room, once it told.
    pub room: Option<CarrierRoom>,
    /// The event that asks for the effect.
    pub cause: EventId,
}

/// What looking for a leg found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Exactly one, still alive.
    Alive(CarrierLeg),
    /// Exactly one, over.
    Over(CarrierLeg),
    /// None.
    Nothing,
    /// More than one fits.
    Ambiguous,
}

/// Why a leg was not placed, or may not have been.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlaceError {
    /// Surely not placed.
    #[error("the carrier did not place the leg: {reason}")]
    Refused {
        /// In the carrier's words, shortened, without personal data.
        reason: String,
        /// Whether another attempt could help.
        again: Again,
    },
    /// Nobody knows.
    #[error("the carrier may or may not have placed the leg: {reason}")]
    Unknown {
        /// What went wrong.
        reason: String,
    },
}

/// Why an effect on a leg did not happen, or may not have.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ControlError {
    /// Surely not done; worth trying again after this time.
    #[error("the carrier can not do that yet: {reason}")]
    NotYet {
        /// In the carrier's words.
        reason: String,
        /// How long to wait.
        wait: Duration,
    },
    /// Surely not done, and never will be.
    #[error("the carrier refused: {reason}")]
    Refused {
        /// In the carrier's words.
        reason: String,
    },
    /// The leg is over.
    #[error("the leg is over")]
    LegOver,
    /// Nobody knows.
    #[error("the carrier may or may not have done it: {reason}")]
    Unknown {
        /// What went wrong.
        reason: String,
    },
}

/// The clients of all connections.
#[async_trait]
pub trait Carriers: Send + Sync + Debug {
    /// The client of this connection.
    async fn client(
        &self,
        tenant: TenantId,
        connection: ConnectionId,
    ) -> Result<Arc<dyn CarrierClient>, Unavailable>;
}

/// What managers configured, as far as calls need it.
#[async_trait]
pub trait Directory: Send + Sync + Debug {
    /// The configuration behind a line, and what is known of the caller. `None`: no such line at this connection.
    async fn policy(&self, line: LineCalled, caller: Caller)
    -> Result<Option<Policy>, Unavailable>;

    /// Whether a PIN opens here and now: then the caller's wrong ones are forgotten. A wrong one is counted, once per delivery, and leads to
    /// a block if the limits say so; while a block holds, no PIN is looked at. Attempts of one caller are one after the other.
    async fn check_pin(&self, tenant: TenantId, attempt: PinTry) -> Result<PinCheck, Unavailable>;

    /// Where the firm lets calls go.
    async fn outbound_rules(&self, tenant: TenantId) -> Result<OutboundRules, Unavailable>;

    /// Takes so many of the calls that the firm may place on this day. Taken ones are never given back.
    async fn take_outbound(
        &self,
        tenant: TenantId,
        day: OffsetDateTime,
        calls: u32,
    ) -> Result<Allowance, Unavailable>;

    /// What is known of a PIN and of who keys it in. Counts nothing: it is for trying what would happen.
    async fn look_at_pin(&self, tenant: TenantId, attempt: &PinTry)
    -> Result<PinLook, Unavailable>;
}

/// What is known of a PIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinLook {
    /// The pass that it belongs to, whether or not that opens now.
    pub pass: Option<Pass>,
    /// Wrong ones that the caller gave so far, within the window that counts.
    pub wrong_pins: u32,
    /// The block that keeps every PIN out of the entrance.
    pub entrance_block: Option<Block>,
}

/// Which line was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineCalled {
    /// The connection's tenant.
    pub tenant: TenantId,
    /// Which.
    pub line: LineKey,
}

/// How a line is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineKey {
    /// By its number, at a connection: a call comes in.
    Number(ConnectionId, PhoneNumber),
    /// By its id: a call goes on.
    Id(LineId),
}

/// A PIN that a visitor keyed in.
#[derive(Clone)]
pub struct PinTry {
    /// At which building.
    pub building: BuildingId,
    /// At which entrance.
    pub entrance: EntranceId,
    /// Who.
    pub caller: Caller,
    /// What.
    pub pin: String,
    /// Now.
    pub at: OffsetDateTime,
    /// How many wrong ones block the caller.
    pub limits: PinLimits,
    /// What the caller's block is called that this one may lead to.
    pub block: BlockId,
    /// What the entrance's block is called that this one may lead to.
    pub entrance_block: BlockId,
    /// The delivery that brought it: the same delivery again does not count again.
    pub delivery: [u8; 32],
}

/// Hidden: it holds a PIN.
impl Debug for PinTry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PinTry").field("building", &self.building).finish_non_exhaustive()
    }
}

/// A dial that was started and never reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenDial {
    /// Whose.
    pub tenant: TenantId,
    /// The call.
    pub call: CallId,
    /// The leg.
    pub leg: LegId,
    /// When it was claimed.
    pub started_at: OffsetDateTime,
}
