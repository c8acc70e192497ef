//! Reading calls: the history (`calls`), what runs now (`live`), and what people call things (`names`).

mod calls;
mod live;
mod names;
mod views;

pub use self::calls::{CallFilter, Sight};
pub use self::live::{CallChange, LiveCallView};
pub use self::names::Names;
pub use self::views::{CallView, Details, LegView};
