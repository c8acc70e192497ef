//! Reading calls: the history (`calls`), what runs now (`live`) and what changes it (`live_changes`), what is streamed (`streams`), what people call things (`names`),
//! and how someone is in a call's room (`stays`).

mod calls;
mod live;
mod live_changes;
mod names;
mod stays;
mod streams;
mod views;

pub use self::calls::{CallFilter, Sight};
pub(super) use self::live::{LIVE_MODELS, live_position};
pub use self::live::{
    LiveBackendView, LiveCallView, LiveParticipantView, LiveSnapshot, LiveStreamView,
};
pub use self::live_changes::{CallChange, Changes};
pub use self::names::Names;
pub use self::stays::{RoomView, StayView};
pub use self::streams::{NewTicket, StreamFilter, StreamView};
pub use self::views::{CallView, Details, LegView};
