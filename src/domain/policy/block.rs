//! Who may not ring: by hand, or after too many wrong PINs.

use time::OffsetDateTime;

use crate::domain::ids::BlockId;

/// A block of the caller's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its id.
    pub id: BlockId,
    /// Until when it holds.
    pub expires: Expires,
}

/// Until when something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expires {
    /// Until it is lifted.
    Never,
    /// Until this instant.
    At(OffsetDateTime),
}

impl Block {
    /// Whether it holds at this instant.
    pub fn is_active(&self, at: OffsetDateTime) -> bool {
        match self.expires {
            Expires::Never => true,
            Expires::At(end) => at < end,
        }
    }
}
