//! Calls: the history (`history`), one call told (`story`), running calls (`actions`), calls that we place (`outbound`), and
//! who may see how much of them (here and in `privacy`).

pub mod actions;
pub mod history;
pub mod outbound;
pub mod privacy;
pub mod story;

use actix_web::web::Data;
use uuid::Uuid;

use crate::application::calls::LoadedCall;
use crate::domain::call::Call;
use crate::domain::call::timeline::Numbers;
use crate::domain::ids::{BuildingId, CallId};
use crate::domain::phone_number::PhoneNumber;
use crate::http::App;
use crate::http::extract::manager::{Manager, Role};
use crate::http::problem::Problem;
use crate::store::history::{CallView, Details, Sight};

impl Manager {
    /// Whom visits were for is hidden, where a building hides it, from everyone below admins.
    pub(super) fn sight(&self) -> Sight {
        if self.role >= Role::Admin { Sight::Whole } else { Sight::AsShown }
    }

    /// Viewers see that someone called, not from where.
    fn numbers(&self) -> Numbers {
        if self.role > Role::Viewer { Numbers::Whole } else { Numbers::Masked }
    }
}

/// A call with its events, if it is within reach, and how much of it this manager may see.
async fn load(
    app: &Data<App>,
    manager: &Manager,
    id: Uuid,
) -> Result<(LoadedCall, Details), Problem> {
    let loaded = app.calls.load(manager.tenant(), CallId::from_uuid(id)).await?;
    let building = building_of(&loaded.call).ok_or(Problem::NotFound)?;
    if !manager.reach.includes(building) {
        return Err(Problem::NotFound);
    }
    let mut tx = app.store.begin(&manager.reach).await?;
    let hidden = tx.hidden_buildings(manager.sight()).await?;
    let is_hidden = loaded.call.visit.is_some() && hidden.contains(&building.as_uuid());
    Ok((loaded, if is_hidden { Details::Hidden } else { Details::Shown }))
}

/// A call with its events, for those who may see all of it.
async fn load_whole(app: &Data<App>, manager: &Manager, id: Uuid) -> Result<LoadedCall, Problem> {
    match load(app, manager, id).await? {
        (loaded, Details::Shown) => Ok(loaded),
        (_, Details::Hidden) => Err(Problem::NotAllowed("admin")),
    }
}

fn building_of(call: &Call) -> Option<BuildingId> {
    let visited = call.visit.as_ref().map(|visit| visit.building);
    visited.or_else(|| call.ordered.as_ref().map(|ordered| ordered.building))
}

/// The call as this manager may see it.
fn masked(mut call: CallView, manager: &Manager) -> CallView {
    if manager.numbers() == Numbers::Whole {
        return call;
    }
    let mask = |number: Option<String>| {
        number.map(|number| PhoneNumber::parse(&number).map_or(number, |number| number.masked()))
    };
    call.caller = mask(call.caller);
    for leg in &mut call.legs {
        leg.number = mask(leg.number.take());
    }
    call
}
