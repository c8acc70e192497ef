//! Buildings.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Checks;
use crate::domain::local_time::Zone;
use crate::domain::phone_number::{PhoneNumber, PhoneNumberError};
use crate::domain::policy::flow::Flow;
use crate::http::App;
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page};
use crate::http::problem::Problem;
use crate::store::directory::views::BuildingView;

/// A building to add.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BuildingBody {
    /// What people call it.
    #[schema(example = "Maple House", min_length = 1, max_length = 100)]
    pub name: String,
    /// Where it stands.
    #[serde(default)]
    #[schema(example = "1 Maple Road, London")]
    pub address: String,
    /// IANA time zone.
    #[schema(example = "Europe/London")]
    pub time_zone: String,
    /// What is spoken at its doors, BCP 47.
    #[schema(example = "en-GB")]
    pub language: String,
    /// The region that numbers without a country code are read in, ISO 3166.
    #[schema(example = "GB")]
    pub region: String,
    /// What to do with callers that nobody listed.
    #[serde(default = "reject")]
    #[schema(example = "reject", pattern = "^(reject|pin|ring)$")]
    pub strangers: String,
    /// What to do with callers who hide their number.
    #[serde(default = "reject")]
    #[schema(example = "reject", pattern = "^(reject|pin|ring)$")]
    pub withheld: String,
    /// Whom a flow's last step may ring, E.164.
    #[schema(example = "+441632960900")]
    pub concierge: Option<String>,
    /// How units ring that have no flow of their own; absent: all residents together.
    pub flow: Option<serde_json::Value>,
}

fn reject() -> String {
    "reject".to_owned()
}

impl BuildingBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.text("name", &self.name, 100);
        checks.ok("time_zone", Zone::parse(&self.time_zone));
        checks.text("language", &self.language, 20);
        checks.ok("region", region(&self.region));
        checks.one_of("strangers", &self.strangers, &["reject", "pin", "ring"]);
        checks.one_of("withheld", &self.withheld, &["reject", "pin", "ring"]);
        if let Some(number) = &self.concierge {
            checks.ok("concierge", PhoneNumber::parse(number));
        }
        if let Some(flow) = self.flow.clone()
            && let Some(flow) = checks.ok("flow", serde_json::from_value::<Flow>(flow))
        {
            checks.ok("flow", flow.check());
        }
        checks.done()
    }
}

/// A region is one that numbers can be read in.
fn region(text: &str) -> Result<(), PhoneNumberError> {
    match PhoneNumber::parse_in_region("0", text) {
        Err(PhoneNumberError::UnknownRegion) => Err(PhoneNumberError::UnknownRegion),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Add a building.
#[utoipa::path(operation_id = "createBuilding", tag = "buildings", summary = "Add a building", params(IdempotencyKey), request_body = BuildingBody,
    responses((status = 201, description = "Added", body = BuildingView)))]
#[post("/v1/buildings")]
pub async fn create(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    body: Json<BuildingBody>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    body.check()?;
    let id = app.ids.next();
    let request = body.into_inner();
    key.create(&app, &manager, &request, async |tx| {
        let view = BuildingView {
            id,
            name: request.name.clone(),
            address: request.address.clone(),
            time_zone: request.time_zone.clone(),
            language: request.language.clone(),
            region: request.region.clone(),
            strangers: request.strangers.clone(),
            withheld: request.withheld.clone(),
            concierge: request.concierge.clone(),
            flow: request.flow.clone(),
        };
        tx.add_building(&view).await?;
        Ok(view)
    })
    .await
}

/// List buildings.
#[utoipa::path(operation_id = "listBuildings", tag = "buildings", summary = "List buildings", params(Page), responses((status = 200, description = "A page", body = Listed<BuildingView>)))]
#[get("/v1/buildings")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    page: Query<Page>,
) -> Result<Json<Listed<BuildingView>>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.buildings(None, page.after()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read a building.
#[utoipa::path(operation_id = "readBuilding", tag = "buildings", summary = "Read a building", params(("id" = Uuid, Path, description = "Its id")), responses((status = 200, description = "It", body = BuildingView)))]
#[get("/v1/buildings/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<BuildingView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.buildings(Some(id.into_inner()), Page::default().after()).await?;
    rows.into_iter().next().map(Json).ok_or(Problem::NotFound)
}
