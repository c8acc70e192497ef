//! Reading calls: the history (`calls`), what runs now (`live`), what is streamed (`streams`), what people call things (`names`),
//! and how someone is in a call's room (`stays`).

mod calls;
mod live;
mod names;
mod stays;
mod streams;
mod views;

pub use self::calls::{CallFilter, Sight};
pub use self::live::{CallChange, LiveCallView, LiveParticipantView};
pub use self::names::Names;
pub use self::stays::{RoomView, StayView};
pub use self::streams::{NewTicket, StreamFilter, StreamView};
pub use self::views::{CallView, Details, LegView};
