//! Who may ring without being a panel: staff, couriers, residents' own phones.

use crate::domain::ids::AllowlistEntryId;
use crate::domain::phone_number::PhoneNumber;

/// A number that may ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowlistEntry {
    /// Its id.
    pub id: AllowlistEntryId,
    /// The number.
    pub number: PhoneNumber,
}
