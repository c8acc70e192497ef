//! Simulations: what would happen, without a call and without a trace.

pub mod call;
pub mod replay;
mod tried;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::call::event::Target;

/// Whose phone it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WhoView {
    /// `resident` or `concierge`; `called` or `connected` in a call that a manager placed.
    #[schema(example = "resident")]
    pub who: &'static str,
    /// The resident's id.
    #[schema(example = "01936f1e-7c3a-7000-8000-000000000001")]
    pub resident: Option<Uuid>,
}

impl From<Target> for WhoView {
    fn from(target: Target) -> Self {
        match target {
            Target::Resident(id) => Self { who: "resident", resident: Some(id.as_uuid()) },
            Target::Concierge => Self { who: "concierge", resident: None },
            Target::Called => Self { who: "called", resident: None },
            Target::Connected => Self { who: "connected", resident: None },
        }
    }
}

/// A word of the domain as JSON has it: `visitor_hung_up`.
fn word(word: &impl Serialize) -> String {
    let json = serde_json::to_value(word).unwrap_or_default();
    json.as_str().map(str::to_owned).unwrap_or_default()
}
