//! What came of calls, by building, entrance, unit or resident.

use std::collections::BTreeMap;

use actix_web::get;
use actix_web::web::{Data, Json, Query};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{CountsView, Which, zones};
use crate::domain::statistics::Counts;
use crate::http::App;
use crate::http::extract::manager::Manager;
use crate::http::problem::Problem;
use crate::store::statistics::Part;

/// Rows at most: the busiest ones.
const ROWS_MAX: usize = 500;

/// Which calls are counted, and by what.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichParts {
    /// By what calls are told apart; absent: by building.
    pub by: Option<PartWord>,
    /// At this building.
    pub building: Option<Uuid>,
    /// At this entrance.
    pub entrance: Option<Uuid>,
    /// For this unit.
    pub unit: Option<Uuid>,
    /// In which this resident was rung: then it is counted what they did.
    pub resident: Option<Uuid>,
    /// That rang from then, RFC 3339, to the quarter hour; absent: 30 days before `to`.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub from: Option<OffsetDateTime>,
    /// That rang before then, RFC 3339, to the quarter hour; absent: now.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub to: Option<OffsetDateTime>,
}

/// By what calls are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "unit")]
pub enum PartWord {
    /// By building.
    #[default]
    Building,
    /// By entrance.
    Entrance,
    /// By unit.
    Unit,
    /// By resident, each with what they did: a call that rings two counts for both.
    Resident,
}

/// What came of calls, part by part.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BreakdownView {
    /// By what.
    pub by: PartWord,
    /// The parts, the busiest first; at most 500.
    pub parts: Vec<PartView>,
}

/// A part.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PartView {
    /// The id of the building, entrance, unit or resident; absent: it was never clear which unit.
    #[schema(example = "01936f1e-7c3a-7000-8000-000000000004")]
    pub id: Option<Uuid>,
    /// What came of its calls.
    #[serde(flatten)]
    pub counts: CountsView,
}

/// Count calls by building, entrance, unit or resident.
#[utoipa::path(operation_id = "breakDownCalls", tag = "statistics", summary = "Count calls by building, entrance, unit or resident", params(WhichParts),
    responses((status = 200, description = "The parts", body = BreakdownView)))]
#[get("/v1/statistics/breakdown")]
pub async fn count(
    app: Data<App>,
    manager: Manager,
    which: Query<WhichParts>,
) -> Result<Json<BreakdownView>, Problem> {
    let WhichParts { by, building, entrance, unit, resident, from, to } = which.into_inner();
    let by = by.unwrap_or_default();
    let which = Which { building, entrance, unit, resident, from, to };
    let counted = which.counted(app.clock.now())?;
    let mut tx = app.store.begin(&manager.reach).await?;
    zones(&mut tx, counted.building).await?;
    let rows = tx.counts_by_part(&counted, by.into()).await?;
    drop(tx);

    let mut parts: BTreeMap<Option<Uuid>, Counts> = BTreeMap::new();
    for (id, counts) in rows {
        parts.entry(id).or_default().add(&counts);
    }
    let mut parts: Vec<PartView> =
        parts.iter().map(|(id, counts)| PartView { id: *id, counts: counts.into() }).collect();
    parts.sort_by_key(|part| (std::cmp::Reverse(part.counts.calls), part.id));
    parts.truncate(ROWS_MAX);
    Ok(Json(BreakdownView { by, parts }))
}

impl From<PartWord> for Part {
    fn from(part: PartWord) -> Self {
        match part {
            PartWord::Building => Self::Building,
            PartWord::Entrance => Self::Entrance,
            PartWord::Unit => Self::Unit,
            PartWord::Resident => Self::Resident,
        }
    }
}
