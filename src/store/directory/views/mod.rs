//! Rows as the API shows them: what a manager configured, read and written in the manager's own transaction. A file a thing.

mod allowlist;
mod blocks;
mod buildings;
mod connections;
mod entrances;
mod flows;
mod lines;
mod passes;
mod residents;
mod schedules;
mod streams;
mod tenants;
mod units;

use thiserror::Error;
use uuid::Uuid;

pub use self::allowlist::AllowlistEntryView;
pub use self::blocks::{BlockFilter, BlockView, ERASED};
pub use self::buildings::{BuildingView, MusicKind, WaitMusic};
pub use self::connections::ConnectionView;
pub use self::entrances::EntranceView;
pub use self::flows::FlowView;
pub use self::lines::{LineFilter, LineView};
pub use self::passes::{NewPin, PassFilter, PassView};
pub use self::residents::{ResidentFilter, ResidentView};
pub use self::schedules::ScheduleView;
pub use self::streams::{StreamBackendView, StreamSetOwner, StreamSetView};
pub use self::tenants::TenantView;
pub use self::units::{UnitFilter, UnitView};
use crate::application::ports::Unavailable;

/// Why the directory did not take something.
#[derive(Debug, Error)]
pub enum DirectoryError {
    /// Something like it is there already.
    #[error("{0} is taken already")]
    Taken(&'static str),
    /// What it belongs to does not exist.
    #[error("the {0} that it belongs to does not exist")]
    NoParent(&'static str),
    /// Something else needs it.
    #[error("{0} needs it")]
    InUse(&'static str),
    /// The database did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl From<sqlx::Error> for DirectoryError {
    fn from(error: sqlx::Error) -> Self {
        let Some(told) = error.as_database_error() else { return Self::Unavailable(error.into()) };
        // A row outside of what the manager reaches is as good as none.
        if told.message().contains("row-level security") {
            return Self::NoParent("building");
        }
        // "update or delete on table … violates foreign key constraint … on table …": something still leads here.
        let is_needed =
            told.is_foreign_key_violation() && told.message().starts_with("update or delete");
        match told.constraint() {
            Some(
                "line_tenant_id_entrance_id_fkey"
                | "line_tenant_id_unit_id_fkey"
                | "line_tenant_id_connection_id_fkey",
            ) if is_needed => Self::InUse("A line"),
            Some("stream_set_backend_id_fkey") if is_needed => Self::InUse("A building or a line"),
            Some("stream_set_backend_id_fkey") => Self::NoParent("stream backend"),
            Some(name) if is_needed && name.starts_with("building") => Self::InUse("A building"),
            Some(name) if is_needed && name.starts_with("entrance") => Self::InUse("An entrance"),
            Some(name) if is_needed && name.starts_with("unit") => Self::InUse("A unit"),
            Some(name) if is_needed && name.starts_with("resident") => Self::InUse("A resident"),
            Some(name) if is_needed && name.starts_with("pass") => Self::InUse("A pass"),
            Some("unit_code_once_per_building") => Self::Taken("This code"),
            Some("unit_name_once_per_building" | "flow_name_once" | "schedule_name_once") => {
                Self::Taken("This name")
            }
            Some("stream_backend_label_once") => Self::Taken("This label"),
            Some("allowlist_number_once_per_building" | "line_number_once_per_connection") => {
                Self::Taken("This number")
            }
            Some("pin_once_per_building") => Self::Taken("This PIN"),
            Some("pass_once_per_resident") => Self::Taken("The resident's PIN"),
            Some(name) if name.ends_with("building_id_fkey") => Self::NoParent("building"),
            Some(name) if name.ends_with("unit_id_fkey") => Self::NoParent("unit"),
            Some(name) if name.ends_with("entrance_id_fkey") => Self::NoParent("entrance"),
            Some(name) if name.ends_with("resident_id_fkey") => Self::NoParent("resident"),
            Some(name) if name.ends_with("connection_id_fkey") => Self::NoParent("connection"),
            Some(name) if name.ends_with("flow_id_fkey") => Self::NoParent("flow"),
            Some(name)
                if name.ends_with("schedule_id_fkey") || name.ends_with("quiet_hours_id_fkey") =>
            {
                Self::NoParent("schedule")
            }
            Some(_) | None => Self::Unavailable(error.into()),
        }
    }
}

/// Where a page of a list starts: after this id, so many rows.
#[derive(Clone, Copy, Debug)]
pub struct After {
    /// The last id of the page before.
    pub id: Option<Uuid>,
    /// Rows.
    pub limit: i64,
}

impl After {
    /// One row, from the start.
    pub const ONE: Self = Self { id: None, limit: 1 };
}
