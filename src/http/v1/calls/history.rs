//! The history: calls by whatever they are looked for, and one call with its legs.

use actix_web::get;
use actix_web::web::{Data, Json, Path, Query};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::IntoParams;
use uuid::Uuid;

use super::masked;
use crate::domain::call::outcome::{Cause, Outcome};
use crate::domain::call::stay::room_of;
use crate::domain::ids::CallId;
use crate::domain::phone_number::PhoneNumber;
use crate::http::App;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page, rows_within_reason};
use crate::http::problem::Problem;
use crate::http::v1::Checks;
use crate::store::history::{CallFilter, CallView, Details, RoomView};

/// Which calls.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// `visit`, `announcement`, `connection` or `watched`.
    #[param(example = "visit", pattern = "^(visit|announcement|connection|watched)$")]
    pub kind: Option<String>,
    /// Of this building.
    pub building: Option<Uuid>,
    /// At this entrance.
    pub entrance: Option<Uuid>,
    /// For this unit.
    pub unit: Option<Uuid>,
    /// That rang this resident.
    pub resident: Option<Uuid>,
    /// From this number, E.164, its plus sign written as `%2B`. Managers only.
    #[param(example = "+441632960001")]
    pub caller: Option<String>,
    /// With this outcome.
    #[param(example = "opened")]
    pub outcome: Option<String>,
    /// With this cause.
    #[param(example = "visitor_hung_up")]
    pub cause: Option<String>,
    /// Only those whose end nobody reported, or only the others.
    pub reconciled: Option<bool>,
    /// That rang from then, RFC 3339.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub from: Option<OffsetDateTime>,
    /// That rang before then, RFC 3339.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub to: Option<OffsetDateTime>,
    /// Rows, from 1 to 200.
    #[serde(default, deserialize_with = "rows_within_reason")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u16>,
    /// `next_cursor` of the page before.
    pub cursor: Option<Uuid>,
}

impl Which {
    fn filter(self, limit: i64) -> Result<CallFilter, Problem> {
        let mut checks = Checks::default();
        if let Some(kind) = &self.kind {
            checks.one_of("kind", kind, &["visit", "announcement", "connection", "watched"]);
        }
        // A plus sign in a query is a space, unless it is escaped.
        let caller = self.caller.map(|text| text.replace(' ', "+"));
        let caller = caller.and_then(|text| checks.ok("caller", PhoneNumber::parse(&text)));
        word::<Outcome>(&mut checks, "outcome", self.outcome.as_deref());
        word::<Cause>(&mut checks, "cause", self.cause.as_deref());
        checks.done()?;
        Ok(CallFilter {
            kind: self.kind,
            building: self.building,
            entrance: self.entrance,
            unit: self.unit,
            resident: self.resident,
            caller,
            outcome: self.outcome,
            cause: self.cause,
            reconciled: self.reconciled,
            from: self.from,
            to: self.to,
            after: self.cursor,
            limit,
        })
    }
}

fn word<T: DeserializeOwned>(checks: &mut Checks, field: &str, word: Option<&str>) {
    if let Some(word) = word {
        checks.ok(field, serde_json::from_value::<T>(Value::String(word.to_owned())));
    }
}

/// List calls, newest first.
#[utoipa::path(operation_id = "listCalls", tag = "calls", summary = "List calls, newest first", params(Which),
    responses((status = 200, description = "A page", body = Listed<CallView>)))]
#[get("/v1/calls")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    which: Query<Which>,
) -> Result<Json<Listed<CallView>>, Problem> {
    let which = which.into_inner();
    if which.caller.is_some() {
        // Who sees numbers masked could find them out by asking for one after the other.
        manager.at_least(Role::Manager)?;
    }
    let page = Page { limit: which.limit, cursor: which.cursor };
    let filter = which.filter(page.after().limit)?;
    let calls = app.store.calls(&manager.reach, manager.sight(), &filter).await?;
    let calls = calls.into_iter().map(|call| masked(call, &manager)).collect();
    Ok(Json(page.listed(calls, |call: &CallView| call.id)))
}

/// Read a call with its legs.
#[utoipa::path(operation_id = "readCall", tag = "calls", summary = "Read a call with its legs", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 200, description = "It", body = CallView)))]
#[get("/v1/calls/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<CallView>, Problem> {
    let id = id.into_inner();
    let call = app.store.call(&manager.reach, manager.sight(), id).await?;
    let call = masked(call.ok_or(Problem::NotFound)?, &manager);
    let room = match call.details {
        Details::Shown => {
            let loaded = app.calls.load(manager.tenant(), CallId::from_uuid(id)).await?;
            let events = loaded.events.iter().map(|(stored, event)| (event, stored.recorded_at));
            room_of(events).map(RoomView::from)
        }
        Details::Hidden => None,
    };
    Ok(Json(CallView { room, ..call }))
}
