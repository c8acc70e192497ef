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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_block_holds_until_before_its_end_or_until_it_is_lifted() {
        let end = datetime!(2026-11-21 12:00 UTC);
        let is_active = |expires, at| Block { id: Uuid::nil().into(), expires }.is_active(at);

        assert!(is_active(Expires::At(end), end - Duration::from_nanos(1)));
        assert!(!is_active(Expires::At(end), end));
        assert!(!is_active(Expires::At(end), end + Duration::from_nanos(1)));
        assert!(is_active(Expires::Never, end));
    }
}
