//! Ids. A kind of id is a type, so that a unit can not be passed where a building is due.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Declares id types: UUIDs (version 7, so that they sort by the time they were made), told apart by the compiler.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)+) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Names an existing UUID as this kind of id.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The UUID behind the id.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+ };
}

ids! {
    /// A property-management firm.
    TenantId
    /// A manager who signs in.
    UserId
    /// A program's key to the API.
    ApiKeyId
    /// A tenant's account at a carrier.
    ConnectionId
    /// A phone number at a connection.
    LineId
    /// A building.
    BuildingId
    /// A door with its panel.
    EntranceId
    /// A dwelling behind an entrance.
    UnitId
    /// Someone who lives in a unit and can be rung.
    ResidentId
    /// Ordered groups that ring.
    FlowId
    /// Weekly hours and dates, reused by flows and passes.
    ScheduleId
    /// A number that may ring.
    AllowlistEntryId
    /// A number that may not ring.
    BlockId
    /// A visitor's PIN.
    PassId
    /// One visit.
    CallId
    /// One phone connection in a call. Of a resident's leg it is the id of its dial too: a leg is dialled at most once.
    LegId
    /// One event.
    EventId
    /// One piece of work to do: the idempotency key of its effect.
    WorkId
    /// A person whose data is sealed under a key of their own: a resident, or who calls from a number.
    SubjectId
    /// A URL of a firm's own that is told what happens.
    WebhookId
    /// One event on its way to one webhook: the idempotency key of its sending, and its work item's id.
    DeliveryId
    /// Someone's being signed in somewhere.
    SessionId
    /// A call's audio on its way to the firm's backends.
    StreamId
    /// A backend of the firm's that takes audio.
    BackendId
    /// An invitation into a firm.
    InvitationId
}

impl From<LegId> for WorkId {
    /// A dial's work item carries the leg's id: whoever finishes one has finished the other.
    fn from(leg: LegId) -> Self {
        Self(leg.as_uuid())
    }
}

impl From<StreamId> for LegId {
    /// A leg that a carrier makes for a stream carries the stream's id: it is nobody's phone.
    fn from(stream: StreamId) -> Self {
        Self(stream.as_uuid())
    }
}

impl From<LegId> for StreamId {
    /// The stream that a leg would be made for.
    fn from(leg: LegId) -> Self {
        Self(leg.as_uuid())
    }
}

impl From<DeliveryId> for WorkId {
    /// A delivery's work item carries the delivery's id.
    fn from(delivery: DeliveryId) -> Self {
        Self(delivery.as_uuid())
    }
}

impl From<ResidentId> for SubjectId {
    /// A resident's data is sealed under the resident's own key.
    fn from(resident: ResidentId) -> Self {
        Self(resident.as_uuid())
    }
}

impl From<UserId> for SubjectId {
    /// A user's data is sealed under the user's own key.
    fn from(user: UserId) -> Self {
        Self(user.as_uuid())
    }
}

/// Ids for one decision, counted up from one fresh UUID: `decide` stays a function of its arguments.
#[derive(Clone, Debug)]
pub struct FreshIds {
    next: u128,
}

impl FreshIds {
    /// Counts up from `seed`, a fresh UUID version 7. Its last bits are random, so that two seeds do not meet.
    pub fn from(seed: Uuid) -> Self {
        Self { next: seed.as_u128() }
    }

    /// The next id.
    pub fn next_id<T: From<Uuid>>(&mut self) -> T {
        let id = Uuid::from_u128(self.next);
        self.next = self.next.wrapping_add(1);
        T::from(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Uuid = Uuid::from_u128(0x0189_0000_0000_7000_8000_0000_0000_00ff);

    #[test]
    fn fresh_ids_are_counted_up_from_the_seed_whatever_they_name() {
        let mut ids = FreshIds::from(FIRST);
        let (leg, block, stream): (LegId, BlockId, StreamId) =
            (ids.next_id(), ids.next_id(), ids.next_id());

        assert_eq!(leg.to_string(), "01890000-0000-7000-8000-0000000000ff");
        assert_eq!(block.to_string(), "01890000-0000-7000-8000-000000000100");
        assert_eq!(stream.to_string(), "01890000-0000-7000-8000-000000000101");
    }

    #[test]
    fn after_the_last_id_comes_the_first() {
        let mut ids = FreshIds::from(Uuid::max());

        assert_eq!(ids.next_id::<Uuid>(), Uuid::max());
        assert_eq!(ids.next_id::<Uuid>(), Uuid::nil());
    }

    #[test]
    fn an_id_that_stands_for_another_is_the_same_uuid() {
        for same in [
            WorkId::from(LegId::from(FIRST)).as_uuid(),
            LegId::from(StreamId::from(FIRST)).as_uuid(),
            StreamId::from(LegId::from(FIRST)).as_uuid(),
            WorkId::from(DeliveryId::from(FIRST)).as_uuid(),
            SubjectId::from(ResidentId::from(FIRST)).as_uuid(),
            SubjectId::from(UserId::from(FIRST)).as_uuid(),
        ] {
            assert_eq!(same, FIRST);
        }
    }

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let unit = UnitId::from_uuid(FIRST);

        assert_eq!(unit.to_string().parse(), Ok(unit));
        assert_eq!(serde_json::to_value(unit).unwrap(), unit.to_string());
        assert!("flat 12".parse::<UnitId>().is_err());
    }
}
