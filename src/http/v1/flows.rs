//! Flows that buildings, entrances and units share.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Checks;
use super::buildings::{flow_is_possible, rfc3339};
use super::change::{Audited, change, note_created, remove};
use super::documents::{FlowDocument, object};
use crate::http::App;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page};
use crate::http::extract::patch::{Checked, Editable, Patch};
use crate::http::problem::Problem;
use crate::store::TenantTx;
use crate::store::directory::views::FlowView;

/// A flow to share.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowBody {
    /// What people call it.
    #[schema(example = "Family first, then concierge", min_length = 1, max_length = 100)]
    pub name: String,
    /// Its groups.
    #[serde(deserialize_with = "object")]
    pub flow: FlowDocument,
}

impl Checked for FlowBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.text("name", &self.name, 100);
        self.flow.check(&mut checks, "flow");
        checks.done()
    }
}

impl Editable for FlowView {
    type Body = FlowBody;
    const READ_ONLY: &'static [&'static str] = &["id", "created_at"];
}

impl Audited for FlowView {
    const RESOURCE: &'static str = "flow";

    fn id(&self) -> Uuid {
        self.id
    }

    fn building(&self) -> Option<Uuid> {
        None
    }
}

/// Add a flow.
#[utoipa::path(operation_id = "createFlow", tag = "flows", summary = "Add a flow", params(IdempotencyKey), request_body = FlowBody,
    responses((status = 201, description = "Added", body = FlowView)))]
#[post("/v1/flows")]
pub async fn create(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    body: Json<FlowBody>,
) -> Result<HttpResponse, Problem> {
    manager.runs_the_whole_firm(Role::Manager)?;
    body.check()?;
    let others = json!({ "id": app.ids.next(), "created_at": rfc3339(app.clock.now()) });
    let flow = FlowView::made_of(&body, others)?;
    key.create(&app, &manager, &*body, async |tx| {
        flow_is_possible(tx, Some(&body.flow)).await?;
        tx.add_flow(&flow).await?;
        note_created(tx, &flow);
        Ok(flow)
    })
    .await
}

/// List flows.
#[utoipa::path(operation_id = "listFlows", tag = "flows", summary = "List flows", params(Page), responses((status = 200, description = "A page", body = Listed<FlowView>)))]
#[get("/v1/flows")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    page: Query<Page>,
) -> Result<Json<Listed<FlowView>>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.flows(None, page.after()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read a flow.
#[utoipa::path(operation_id = "readFlow", tag = "flows", summary = "Read a flow", params(("id" = Uuid, Path, description = "Its id")), responses((status = 200, description = "It", body = FlowView)))]
#[get("/v1/flows/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Tagged<FlowView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.flow(id.into_inner()).await?.map(Tagged).ok_or(Problem::NotFound)
}

/// Change a flow.
#[utoipa::path(operation_id = "updateFlow", tag = "flows", summary = "Change a flow", params(("id" = Uuid, Path, description = "Its id")), request_body = FlowBody,
    responses((status = 200, description = "As it is now", body = FlowView)))]
#[patch("/v1/flows/{id}")]
pub async fn update(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Tagged<FlowView>, Problem> {
    manager.runs_the_whole_firm(Role::Manager)?;
    let what = (id.into_inner(), if_match, patch);
    change(&app, &manager, what, TenantTx::flow, async |tx, thing: &FlowView| {
        let flow = serde_json::from_value(thing.flow.clone()).ok();
        flow_is_possible(tx, flow.as_ref()).await?;
        Ok(tx.put_flow(thing).await?)
    })
    .await
}

/// Remove a flow that nothing needs.
#[utoipa::path(operation_id = "deleteFlow", tag = "flows", summary = "Remove a flow that nothing needs", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 204, description = "It is gone")))]
#[delete("/v1/flows/{id}")]
pub async fn delete(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    manager.runs_the_whole_firm(Role::Manager)?;
    remove(&app, &manager, id.into_inner(), TenantTx::flow, TenantTx::remove_flow).await
}
