//! Probes: alive, ready, and a deep look for people.

use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::problem::{Problem, ProblemBody};

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    #[schema(example = "ok")]
    pub status: &'static str,
}

/// A deep look.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeepHealth {
    /// The last event's position.
    #[schema(example = 1204)]
    pub head: i64,
    /// The running version.
    #[schema(example = "0.1.0")]
    pub version: &'static str,
}

/// Says that the process runs.
#[utoipa::path(operation_id = "live", tag = "health", summary = "The process runs", responses((status = 200, description = "It does", body = Health)), security(()))]
#[get("/health/live")]
pub async fn live() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Says that requests can be taken: the database answers, and the process is not about to end.
#[utoipa::path(operation_id = "ready", tag = "health", summary = "Requests can be taken",
    responses((status = 200, description = "They can", body = Health), (status = 503, description = "Not now", body = ProblemBody)), security(()))]
#[get("/health/ready")]
pub async fn ready(app: Data<App>) -> Result<HttpResponse, Problem> {
    if app.stopping.is_draining() {
        return Err(Problem::Unavailable("this process is about to end".to_owned()));
    }
    app.store.ping().await?;
    Ok(HttpResponse::Ok().json(Health { status: "ok" }))
}

/// Shows how far things are. For people, never for a load balancer.
#[utoipa::path(operation_id = "deepHealth", tag = "health", summary = "How far things are",
    responses((status = 200, description = "So far", body = DeepHealth), (status = 503, description = "Not now", body = ProblemBody)), security(()))]
#[get("/health/deep")]
pub async fn deep(app: Data<App>) -> Result<Json<DeepHealth>, Problem> {
    Ok(Json(DeepHealth { head: app.store.head().await?, version: env!("CARGO_PKG_VERSION") }))
}
