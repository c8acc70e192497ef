//! What a carrier can do. Where it can less than a flow asks, the decider degrades the flow and says so.

/// What a carrier can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Refuse a call before it is answered, and billed.
    pub rejects_unanswered: bool,
    /// Speak text.
    pub speech: bool,
    /// Join legs in a shared room.
    pub conference: bool,
    /// Tell mailboxes from people.
    pub machine_detection: bool,
}
