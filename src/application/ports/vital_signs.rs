//! Signs of life of connections and lines.

use std::fmt::Debug;

use crate::domain::ids::{ConnectionId, LineId, TenantId};

/// Something that shows whether a connection, or a line of it, lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// The connection's tenant.
    pub tenant: TenantId,
    /// The connection.
    pub connection: ConnectionId,
    /// The line, where it is clear which.
    pub line: Option<LineId>,
    /// What.
    pub vital: Vital,
}

/// What shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vital {
    /// A webhook came, and was believed.
    Webhook,
    /// A webhook came, and was not believed: why, in a word.
    Refusal(&'static str),
    /// A request to the carrier failed: in its words, shortened, without personal data.
    Failure(String),
}

/// Who keeps the last of them. Noting never waits: a note that can not be kept is lost, and nothing else.
pub trait VitalSigns: Send + Sync + Debug {
    /// Notes one.
    fn note(&self, sign: Sign);
}

/// Keeps none.
#[derive(Debug)]
pub struct Unkept;

impl VitalSigns for Unkept {
    fn note(&self, _: Sign) {}
}
