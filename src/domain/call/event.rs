//! What happened in a call. Events are facts: they are stored for ever and never rewritten.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::outcome::{Cause, Outcome};
use super::record::EndSource;
use super::script::Script;
use super::signal::{
    Again, CarrierLeg, CarrierRoom, Direction, LeaveReason, LegEnd, RoomEnd, Timer,
};
use super::stream::{StreamEnd, StreamKind};
use crate::domain::ids::{
    AllowlistEntryId, ApiKeyId, BackendId, BlockId, BuildingId, CallId, ConnectionId, EntranceId,
    LegId, LineId, PassId, ResidentId, StreamId, TenantId, UnitId, UserId,
};
use crate::domain::personal::Personal;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::policy::flow::AcceptMode;
use crate::domain::policy::streams::{Duplex, OnLost};

/// What happened in a call.
///
/// A change that old readers survive keeps the version and gives the new field a default; any other makes version + 1
/// and an arm in `upcast`; a new meaning is a new type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// A visitor called a line.
    CallRang(CallRang),
    /// A manager ordered a call: someone is called from a line of ours.
    CallOrdered(CallOrdered),
    /// A visitor called a line while we did not answer: found afterwards in the carrier's own records.
    CallDiscovered(CallDiscovered),
    /// Someone whom we called picked up, and hears what they were called for.
    PartyReached {
        /// On which leg.
        leg: LegId,
    },
    /// The carrier puts the call through by itself: it is told of, and nothing else.
    CallWatched {
        /// On which leg.
        leg: LegId,
    },
    /// Someone picked up a call that the carrier puts through by itself.
    CallPutThrough {
        /// On which leg.
        leg: LegId,
        /// Whose phone it was, in the carrier's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<Personal<String>>,
    },
    /// The visitor may go on.
    CallerAdmitted {
        /// As what.
        admission: Admission,
    },
    /// The visitor may not go on.
    CallerRefused {
        /// Why.
        refusal: Refusal,
    },
    /// The visitor is asked which unit to ring.
    UnitCodeAsked {
        /// From 1.
        attempt: u32,
    },
    /// No unit has the code that was given, or none was given.
    UnitCodeWrong {
        /// From 1.
        attempt: u32,
    },
    /// It is clear which unit is rung.
    UnitChosen {
        /// Which.
        unit: UnitId,
    },
    /// The visitor is asked for a PIN.
    PinAsked {
        /// From 1.
        attempt: u32,
    },
    /// The PIN of a valid pass was given.
    PinAccepted {
        /// Whose.
        pass: PassId,
    },
    /// No valid pass has the PIN, or none was given.
    PinRefused {
        /// From 1, in this call.
        attempt: u32,
        /// Wrong ones of this caller within the window that counts; 0 if none was given.
        wrong_pins: u32,
    },
    /// Too many wrong PINs: the caller may not ring for a while.
    CallerBlocked {
        /// The block.
        block: BlockId,
        /// Until when.
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    },
    /// Too many wrong PINs at this entrance, from whomever: it takes none for a while.
    EntranceBlocked {
        /// The block.
        block: BlockId,
        /// Until when.
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    },
    /// A group starts to ring.
    GroupStarted {
        /// Steps are counted through the call, from 1.
        step: u32,
        /// The group's place in the flow, from 0; the concierge after the last group has the number of groups.
        group: u32,
        /// When it is over.
        #[serde(with = "time::serde::rfc3339")]
        ends_at: OffsetDateTime,
    },
    /// A member of the group is not rung.
    ResidentSkipped {
        /// In which step.
        step: u32,
        /// Who.
        resident: ResidentId,
    },
    /// A group is passed over as a whole.
    GroupSkipped {
        /// Its place in the flow, from 0.
        group: u32,
    },
    /// Someone shall be rung.
    DialRequested(DialRequested),
    /// A worker is about to place the leg. Written before, so that nobody does it again.
    DialStarted {
        /// Which.
        leg: LegId,
    },
    /// The leg is no longer wanted and was never placed.
    DialDropped {
        /// Which.
        leg: LegId,
    },
    /// The carrier took it.
    DialPlaced {
        /// Which.
        leg: LegId,
        /// The carrier's name for it.
        carrier_leg: CarrierLeg,
    },
    /// The carrier surely did not take it.
    DialRefused {
        /// Which.
        leg: LegId,
        /// In the carrier's words.
        reason: String,
        /// Whether another attempt could help.
        again: Again,
    },
    /// Nobody knows whether the carrier took it. It is looked for, and never dialled again.
    DialUnknown {
        /// Which.
        leg: LegId,
        /// What went wrong.
        reason: String,
    },
    /// Its deadline passed.
    DialExpired {
        /// Which.
        leg: LegId,
    },
    /// The carrier named the leg before its placing was reported.
    LegIdentified {
        /// Which.
        leg: LegId,
        /// The carrier's name for it.
        carrier_leg: CarrierLeg,
    },
    /// The carrier goes on with the leg under another name: what it rang did not answer.
    LegSentOn {
        /// Which.
        leg: LegId,
        /// The carrier's new name for it.
        carrier_leg: CarrierLeg,
    },
    /// The phone rings.
    LegRinging {
        /// Which.
        leg: LegId,
    },
    /// Someone, or something, picked up.
    LegAnswered {
        /// Which.
        leg: LegId,
    },
    /// Machine detection heard a person.
    LegHeardHuman {
        /// Which.
        leg: LegId,
    },
    /// Machine detection heard a mailbox.
    LegHeardMachine {
        /// Which.
        leg: LegId,
    },
    /// Someone who picked up was asked to press a key.
    AcceptAsked {
        /// Which leg.
        leg: LegId,
        /// From 1.
        attempt: u32,
    },
    /// The carrier named the room that the legs share.
    RoomNamed {
        /// The carrier's name for it.
        room: CarrierRoom,
    },
    /// The legs can hear each other.
    RoomStarted {
        /// Its place among the carrier's news of the room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sequence: Option<u32>,
    },
    /// The leg is in the conference.
    LegJoined {
        /// Which.
        leg: LegId,
        /// Its place among the carrier's news of the room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sequence: Option<u32>,
    },
    /// The leg left the conference.
    LegLeft {
        /// Which.
        leg: LegId,
        /// Why, where the carrier tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<LeaveReason>,
        /// Its place among the carrier's news of the room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sequence: Option<u32>,
    },
    /// The leg's rights in the room were changed.
    LegModified {
        /// Which.
        leg: LegId,
        /// Its place among the carrier's news of the room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sequence: Option<u32>,
    },
    /// Someone begins to speak.
    SpeechStarted {
        /// On which leg.
        leg: LegId,
        /// Its place among the carrier's news of the room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sequence: Option<u32>,
    },
    /// Someone falls silent.
    SpeechStopped {
        /// On which leg.
        leg: LegId,
        /// Its place among the carrier's news of the room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sequence: Option<u32>,
    },
    /// An announcement was heard to its end.
    AnnouncementEnded {
        /// By whom; by all, if none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        leg: Option<LegId>,
        /// Its place among the carrier's news of the room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sequence: Option<u32>,
    },
    /// An announcement could not be made.
    AnnouncementFailed {
        /// To whom; to all, if none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        leg: Option<LegId>,
        /// In the carrier's words.
        reason: String,
        /// Its place among the carrier's news of the room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sequence: Option<u32>,
    },
    /// The room is closed.
    RoomEnded {
        /// Why, where the carrier tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<RoomEnd>,
        /// Its place among the carrier's news of the room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sequence: Option<u32>,
    },
    /// The leg is over.
    LegEnded {
        /// Which.
        leg: LegId,
        /// How, and what it cost.
        end: LegEnd,
        /// How that became known.
        #[serde(default, skip_serializing_if = "EndSource::is_reported")]
        source: EndSource,
    },
    /// No end of the leg was reported in time: the carrier's own records shall tell.
    LegSought {
        /// Which.
        leg: LegId,
        /// From 1.
        attempt: u32,
    },
    /// The carrier could not do what it was told.
    LegTroubled {
        /// Which.
        leg: LegId,
        /// In the carrier's words.
        reason: String,
    },
    /// Someone accepted the visitor: the talk begins.
    CallAccepted {
        /// On which leg.
        leg: LegId,
        /// How.
        how: AcceptMode,
        /// When the talk ends at the latest.
        #[serde(with = "time::serde::rfc3339")]
        ends_at: OffsetDateTime,
    },
    /// Someone refused the visitor. Final for them in this call.
    CallDeclined {
        /// On which leg.
        leg: LegId,
        /// How.
        how: DeclinedBy,
    },
    /// The talk may last longer.
    TalkExtended {
        /// From 1.
        extension: u32,
        /// When it ends now.
        #[serde(with = "time::serde::rfc3339")]
        ends_at: OffsetDateTime,
    },
    /// A leg shall end.
    HangUpRequested {
        /// Which.
        leg: LegId,
        /// Not before so many milliseconds.
        #[serde(default)]
        delay_ms: u32,
    },
    /// The open digits shall be sent to the door.
    DoorOpenRequested {
        /// From 1, in this call.
        opening: u32,
        /// The door's leg.
        leg: LegId,
        /// On whose word.
        opener: Opener,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        asked_at: OffsetDateTime,
        /// Not before so many milliseconds: where tones end what the leg hears, it hears something first.
        #[serde(default, skip_serializing_if = "is_zero")]
        delay_ms: u32,
        /// How they get there. By a request goes without saying, as in what was stored before there was a choice.
        #[serde(default, skip_serializing_if = "By::is_request")]
        by: By,
    },
    /// The open digits were sent. Whether the door moved, nobody can hear.
    DoorOpened {
        /// Which opening.
        opening: u32,
        /// On whose word.
        opener: Opener,
    },
    /// The open digits were not sent, or may not have been.
    DoorOpenFailed {
        /// Which opening.
        opening: u32,
        /// In the carrier's words.
        reason: String,
        /// Whether they may have been sent.
        certainty: Certainty,
    },
    /// A leg shall hear something else.
    LegRedirected {
        /// Which.
        leg: LegId,
        /// From 1, in this call.
        redirection: u32,
        /// What.
        script: Script,
    },
    /// A leg's keys shall be reported as they are pressed.
    KeysListenedFor {
        /// Which.
        leg: LegId,
    },
    /// A leg shall be silent.
    MuteRequested {
        /// Which.
        leg: LegId,
    },
    /// A leg shall speak again.
    UnmuteRequested {
        /// Which.
        leg: LegId,
    },
    /// A leg is silent.
    LegMuted {
        /// Which.
        leg: LegId,
        /// Its place among the carrier's news of the room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sequence: Option<u32>,
    },
    /// A leg speaks again.
    LegUnmuted {
        /// Which.
        leg: LegId,
        /// Its place among the carrier's news of the room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sequence: Option<u32>,
    },
    /// A leg shall be put on hold.
    HoldRequested {
        /// Which.
        leg: LegId,
    },
    /// A leg shall be taken off hold.
    ResumeRequested {
        /// Which.
        leg: LegId,
    },
    /// A leg is on hold.
    LegHeld {
        /// Which.
        leg: LegId,
        /// Its place among the carrier's news of the room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sequence: Option<u32>,
    },
    /// A leg is no longer on hold.
    LegResumed {
        /// Which.
        leg: LegId,
        /// Its place among the carrier's news of the room.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sequence: Option<u32>,
    },
    /// A sentence shall be spoken to a leg.
    SayRequested {
        /// Which.
        leg: LegId,
        /// What.
        text: String,
    },
    /// A worker could not cause an effect.
    EffectFailed {
        /// Which leg.
        leg: LegId,
        /// What was wanted, in a word.
        wanted: String,
        /// In the carrier's words.
        reason: String,
    },
    /// The call shall be told when a time is reached.
    TimerSet {
        /// Which.
        timer: Timer,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        due: OffsetDateTime,
    },
    /// A manager stepped in.
    ManagerStepped {
        /// Who.
        by: Operator,
        /// What they wanted, in a word.
        wanted: String,
    },
    /// A manager took a leg out of the call. Final for whoever it rings in this call.
    LegRemoved {
        /// Which.
        leg: LegId,
    },
    /// The audio of a leg shall reach the firm's backends.
    StreamRequested(StreamRequested),
    /// The carrier named the leg that it made for a stream.
    StreamNamed {
        /// Which stream.
        stream: StreamId,
        /// The carrier's words.
        carrier_leg: CarrierLeg,
    },
    /// The carrier's audio comes.
    StreamStarted {
        /// Which.
        stream: StreamId,
    },
    /// A backend takes the audio.
    StreamBackendConnected {
        /// Of which stream.
        stream: StreamId,
        /// Which.
        backend: BackendId,
    },
    /// A backend is lost, and tried again.
    StreamBackendLost {
        /// Of which stream.
        stream: StreamId,
        /// Which.
        backend: BackendId,
        /// Why, in our words.
        why: String,
    },
    /// A lost backend takes the audio again.
    StreamBackendRecovered {
        /// Of which stream.
        stream: StreamId,
        /// Which.
        backend: BackendId,
        /// Frames that it will never see.
        missed: u64,
    },
    /// A backend takes no audio any more, and is not tried again.
    StreamBackendGone {
        /// Of which stream.
        stream: StreamId,
        /// Which.
        backend: BackendId,
        /// Why, in our words.
        why: String,
    },
    /// No required backend is left.
    StreamRequiredGone {
        /// Of which stream.
        stream: StreamId,
        /// What the firm wants then.
        then: OnLost,
    },
    /// The carrier shall end a stream.
    StreamStopRequested {
        /// Which.
        stream: StreamId,
    },
    /// The leg that the carrier made for a stream is over.
    StreamLegEnded {
        /// Of which stream.
        stream: StreamId,
        /// How, and what it cost.
        end: LegEnd,
    },
    /// A stream is over.
    StreamEnded {
        /// Which.
        stream: StreamId,
        /// How.
        end: StreamEnd,
    },
    /// The carrier can not do what the flow asks; the nearest thing is done instead.
    FlowDegraded {
        /// What is lost.
        lost: String,
    },
    /// It is decided how the call ends; the visitor may still hear a sentence.
    CallClosing {
        /// What came of it.
        outcome: Outcome,
        /// Why.
        cause: Cause,
    },
    /// The call is over.
    CallEnded {
        /// What came of it.
        outcome: Outcome,
        /// Why.
        cause: Cause,
        /// How its end became known.
        #[serde(default, skip_serializing_if = "EndSource::is_reported")]
        source: EndSource,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_zero(delay_ms: &u32) -> bool {
    *delay_ms == 0
}

impl Event {
    /// Its type, as stored.
    #[expect(clippy::too_many_lines, reason = "one arm an event type")]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::CallRang(_) => "CallRang",
            Self::CallOrdered(_) => "CallOrdered",
            Self::CallDiscovered(_) => "CallDiscovered",
            Self::PartyReached { .. } => "PartyReached",
            Self::CallWatched { .. } => "CallWatched",
            Self::CallPutThrough { .. } => "CallPutThrough",
            Self::CallerAdmitted { .. } => "CallerAdmitted",
            Self::CallerRefused { .. } => "CallerRefused",
            Self::UnitCodeAsked { .. } => "UnitCodeAsked",
            Self::UnitCodeWrong { .. } => "UnitCodeWrong",
            Self::UnitChosen { .. } => "UnitChosen",
            Self::PinAsked { .. } => "PinAsked",
            Self::PinAccepted { .. } => "PinAccepted",
            Self::PinRefused { .. } => "PinRefused",
            Self::CallerBlocked { .. } => "CallerBlocked",
            Self::EntranceBlocked { .. } => "EntranceBlocked",
            Self::GroupStarted { .. } => "GroupStarted",
            Self::ResidentSkipped { .. } => "ResidentSkipped",
            Self::GroupSkipped { .. } => "GroupSkipped",
            Self::DialRequested(_) => "DialRequested",
            Self::DialStarted { .. } => "DialStarted",
            Self::DialDropped { .. } => "DialDropped",
            Self::DialPlaced { .. } => "DialPlaced",
            Self::DialRefused { .. } => "DialRefused",
            Self::DialUnknown { .. } => "DialUnknown",
            Self::DialExpired { .. } => "DialExpired",
            Self::LegIdentified { .. } => "LegIdentified",
            Self::LegSentOn { .. } => "LegSentOn",
            Self::LegRinging { .. } => "LegRinging",
            Self::LegAnswered { .. } => "LegAnswered",
            Self::LegHeardHuman { .. } => "LegHeardHuman",
            Self::LegHeardMachine { .. } => "LegHeardMachine",
            Self::AcceptAsked { .. } => "AcceptAsked",
            Self::RoomNamed { .. } => "RoomNamed",
            Self::RoomStarted { .. } => "RoomStarted",
            Self::LegJoined { .. } => "LegJoined",
            Self::LegLeft { .. } => "LegLeft",
            Self::LegModified { .. } => "LegModified",
            Self::SpeechStarted { .. } => "SpeechStarted",
            Self::SpeechStopped { .. } => "SpeechStopped",
            Self::AnnouncementEnded { .. } => "AnnouncementEnded",
            Self::AnnouncementFailed { .. } => "AnnouncementFailed",
            Self::RoomEnded { .. } => "RoomEnded",
            Self::LegEnded { .. } => "LegEnded",
            Self::LegSought { .. } => "LegSought",
            Self::LegTroubled { .. } => "LegTroubled",
            Self::CallAccepted { .. } => "CallAccepted",
            Self::CallDeclined { .. } => "CallDeclined",
            Self::TalkExtended { .. } => "TalkExtended",
            Self::HangUpRequested { .. } => "HangUpRequested",
            Self::DoorOpenRequested { .. } => "DoorOpenRequested",
            Self::DoorOpened { .. } => "DoorOpened",
            Self::DoorOpenFailed { .. } => "DoorOpenFailed",
            Self::LegRedirected { .. } => "LegRedirected",
            Self::KeysListenedFor { .. } => "KeysListenedFor",
            Self::MuteRequested { .. } => "MuteRequested",
            Self::UnmuteRequested { .. } => "UnmuteRequested",
            Self::LegMuted { .. } => "LegMuted",
            Self::LegUnmuted { .. } => "LegUnmuted",
            Self::HoldRequested { .. } => "HoldRequested",
            Self::ResumeRequested { .. } => "ResumeRequested",
            Self::LegHeld { .. } => "LegHeld",
            Self::LegResumed { .. } => "LegResumed",
            Self::SayRequested { .. } => "SayRequested",
            Self::EffectFailed { .. } => "EffectFailed",
            Self::TimerSet { .. } => "TimerSet",
            Self::ManagerStepped { .. } => "ManagerStepped",
            Self::LegRemoved { .. } => "LegRemoved",
            Self::StreamRequested(_) => "StreamRequested",
            Self::StreamNamed { .. } => "StreamNamed",
            Self::StreamStarted { .. } => "StreamStarted",
            Self::StreamBackendConnected { .. } => "StreamBackendConnected",
            Self::StreamBackendLost { .. } => "StreamBackendLost",
            Self::StreamBackendRecovered { .. } => "StreamBackendRecovered",
            Self::StreamBackendGone { .. } => "StreamBackendGone",
            Self::StreamRequiredGone { .. } => "StreamRequiredGone",
            Self::StreamStopRequested { .. } => "StreamStopRequested",
            Self::StreamLegEnded { .. } => "StreamLegEnded",
            Self::StreamEnded { .. } => "StreamEnded",
            Self::FlowDegraded { .. } => "FlowDegraded",
            Self::CallClosing { .. } => "CallClosing",
            Self::CallEnded { .. } => "CallEnded",
        }
    }

    /// The version of its shape. All are in their first.
    pub const fn schema_version(&self) -> i16 {
        1
    }
}

/// A visitor called a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRang {
    /// The call.
    pub call: CallId,
    /// Its firm.
    pub tenant: TenantId,
    /// Its building.
    pub building: BuildingId,
    /// Its entrance.
    pub entrance: EntranceId,
    /// The line that was called.
    pub line: LineId,
    /// The line's connection.
    pub connection: ConnectionId,
    /// Who called; absent if withheld.
    pub caller: Option<Personal<PhoneNumber>>,
    /// The visitor's leg.
    pub leg: LegId,
    /// The carrier's name for it.
    pub carrier_leg: CarrierLeg,
    /// Which way it goes: only calls that are watched go anywhere but to the line. The caller is then whoever is called.
    #[serde(default, skip_serializing_if = "Direction::is_inbound")]
    pub direction: Direction,
    /// Whose phones the carrier rings by itself, in its words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<Personal<String>>,
}

/// A visitor called a line while we did not answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallDiscovered {
    /// Who called what.
    #[serde(flatten)]
    pub rang: CallRang,
    /// When, by the carrier's records.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub began_at: Option<OffsetDateTime>,
    /// Until when, by the carrier's records.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub over_at: Option<OffsetDateTime>,
}

/// A manager ordered a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallOrdered {
    /// The call.
    pub call: CallId,
    /// Its firm.
    pub tenant: TenantId,
    /// The building whose line it is.
    pub building: BuildingId,
    /// The line that is called from.
    pub line: LineId,
    /// The line's connection.
    pub connection: ConnectionId,
    /// Who ordered it.
    pub by: Operator,
    /// Who is called.
    pub to: Personal<PhoneNumber>,
    /// What for.
    pub errand: Errand,
}

/// What someone is called for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "errand", rename_all = "snake_case")]
pub enum Errand {
    /// To hear a sentence.
    Say {
        /// Which. It may name someone, so it is as personal as the number.
        text: Personal<String>,
    },
    /// To talk to someone else, who is called next.
    Connect {
        /// To whom.
        connect_to: Personal<PhoneNumber>,
    },
}

/// Who commands: a user, or a program with an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Operator {
    /// A user.
    User(UserId),
    /// A program.
    Program {
        /// By its key.
        api_key: ApiKeyId,
    },
}

/// Someone shall be rung.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialRequested {
    /// The leg, which is its dial.
    pub leg: LegId,
    /// The step.
    pub step: u32,
    /// Whom.
    pub target: Target,
    /// On which number.
    pub number: Personal<PhoneNumber>,
    /// Its place among the target's numbers, from 0.
    pub number_index: u32,
    /// From 1, for this target and number in this step.
    pub attempt: u32,
    /// What counts as accepting.
    pub accept: AcceptMode,
    /// Not before.
    #[serde(with = "time::serde::rfc3339")]
    pub not_before: OffsetDateTime,
    /// Not after: a later ring would be stale.
    #[serde(with = "time::serde::rfc3339")]
    pub deadline: OffsetDateTime,
    /// Until when it rings.
    #[serde(with = "time::serde::rfc3339")]
    pub ring_until: OffsetDateTime,
    /// How it is placed. By a request goes without saying, as in what was stored before there was a choice.
    #[serde(default, skip_serializing_if = "By::is_request")]
    pub by: By,
}

/// How something reaches the carrier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// By a request that a worker makes.
    #[default]
    Request,
    /// As a part of what the visitor's leg is told to do.
    Script,
}

impl By {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    fn is_request(&self) -> bool {
        *self == Self::Request
    }
}

/// The audio of a leg shall reach the firm's backends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamRequested {
    /// The stream.
    pub stream: StreamId,
    /// The leg that is heard.
    pub leg: LegId,
    /// How it comes about.
    pub kind: StreamKind,
    /// The call's building.
    pub building: BuildingId,
    /// The call's line.
    pub line: LineId,
    /// Who hears it, in the firm's order.
    pub backends: Vec<BackendId>,
    /// Whether one of them may speak.
    pub duplex: Duplex,
    /// What the call is worth without its required ones.
    pub on_last_required_lost: OnLost,
}

/// Whom a leg rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "who", content = "id", rename_all = "snake_case")]
pub enum Target {
    /// A resident.
    Resident(ResidentId),
    /// The building's concierge.
    Concierge,
    /// Whom a manager ordered to call.
    Called,
    /// Whom a manager ordered to connect with the one who was called.
    Connected,
}

/// As what a visitor may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "as", content = "id", rename_all = "snake_case")]
pub enum Admission {
    /// The entrance's panel.
    Panel(EntranceId),
    /// Someone on the allowlist.
    Allowlisted(AllowlistEntryId),
    /// A stranger, whom the building lets ring.
    Stranger,
    /// A stranger, who is asked for a PIN.
    StrangerWithPin,
}

/// Why a visitor may not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", content = "id", rename_all = "snake_case")]
pub enum Refusal {
    /// It is one of our own lines that calls.
    Loop,
    /// The number is blocked.
    Blocked(BlockId),
    /// Nobody listed the number.
    Stranger,
    /// The number is withheld.
    Withheld,
}

/// How someone refused a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclinedBy {
    /// Refused the ring.
    Phone,
    /// Pressed the deny key.
    Key,
}

/// On whose word a door opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", content = "id", rename_all = "snake_case")]
pub enum Opener {
    /// A resident pressed the open key.
    Resident(ResidentId),
    /// The concierge pressed the open key.
    Concierge,
    /// A visitor gave the PIN of a pass.
    Pass(PassId),
    /// A manager, by the API.
    Manager(UserId),
    /// A program with an API key.
    Program(ApiKeyId),
}

/// Whether something surely did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// It did not.
    Certain,
    /// Nobody knows.
    Unknown,
}
