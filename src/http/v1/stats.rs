//! Statistics.

use actix_web::get;
use actix_web::web::{Data, Json, Query};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::http::App;
use crate::http::extract::manager::Manager;
use crate::http::extract::page::LIMIT_MAX;
use crate::http::problem::Problem;
use crate::store::history::SpamDayView;

/// Whose statistics.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Whose {
    /// Of this building; absent: of all.
    pub building: Option<Uuid>,
}

/// Who calls and is refused: by building, day and caller.
#[utoipa::path(operation_id = "listSpam", tag = "statistics", summary = "Who calls and is refused: by building, day and caller", params(Whose),
    responses((status = 200, description = "The latest 200 rows", body = Vec<SpamDayView>)))]
#[get("/v1/statistics/spam")]
pub async fn spam(
    app: Data<App>,
    manager: Manager,
    whose: Query<Whose>,
) -> Result<Json<Vec<SpamDayView>>, Problem> {
    Ok(Json(app.store.spam(&manager.reach, whose.building, i64::from(LIMIT_MAX)).await?))
}
