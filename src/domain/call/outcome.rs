//! How a call ends: one outcome, one cause.

use serde::{Deserialize, Serialize};

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The door's open digits were sent.
    Opened,
    /// Someone accepted, and the door was not opened through us.
    Talked,
    /// It rang, and nobody accepted.
    NobodyCame,
    /// The visitor left before anyone accepted.
    VisitorLeft,
    /// The visitor was not let through: blocked, a stranger, wrong codes.
    Rejected,
    /// A manager ended it.
    EndedByManager,
    /// Someone whom we called heard what they were called for.
    Announced,
    /// The caller talked to the firm's backends.
    Streamed,
    /// Something broke.
    Failed,
}

/// Why a call ended as it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The number is blocked.
    CallerBlocked,
    /// Nobody listed the number.
    StrangerRejected,
    /// The number is withheld.
    WithheldRejected,
    /// One of our own lines called.
    OwnNumber,
    /// No unit had the codes that were given.
    WrongUnitCode,
    /// No pass had the PINs that were given.
    WrongPin,
    /// The PIN of a pass opened.
    PassOpened,
    /// Every group rang, nobody accepted.
    NobodyAnswered,
    /// Everyone who was reached refused.
    EveryoneDeclined,
    /// Nobody was there to be rung: moved out, away, not to be disturbed, no number.
    NobodyToRing,
    /// The account's own mailbox picked up.
    MailboxPickedUp,
    /// The visitor hung up.
    VisitorHungUp,
    /// The resident hung up.
    ResidentHungUp,
    /// The resident pressed the deny key.
    ResidentEnded,
    /// The longest talk was over.
    TalkLimit,
    /// A manager hung up.
    ManagerHungUp,
    /// The sentence was spoken to the one whom we called.
    MessageSpoken,
    /// One of the two whom we connected hung up.
    PartyHungUp,
    /// The carrier could not reach the number.
    NotReachable,
    /// The stream to the backends ended.
    StreamEnded,
    /// The last required backend was lost.
    BackendsLost,
    /// The line leads to backends, and there are none.
    NoBackends,
    /// No end was ever reported.
    Overdue,
    /// The carrier ended the call before it reached us.
    NeverReachedUs,
    /// It came in while we did not answer, and was found afterwards in the carrier's own records.
    WeDidNotAnswer,
}
