//! Buildings.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::change::{Audited, change, note_created, remove};
use super::documents::{FlowDocument, object_or_null};
use super::{BULK_MAX, Checks, search};
use crate::domain::local_time::Zone;
use crate::domain::phone_number::{PhoneNumber, PhoneNumberError};
use crate::domain::webhook::address::{Address, PrivateAddresses};
use crate::http::App;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page, rows_within_reason};
use crate::http::extract::patch::{Checked, Editable, Patch};
use crate::http::problem::{FieldProblem, Problem};
use crate::store::TenantTx;
use crate::store::directory::views::{BuildingView, MusicKind, WaitMusic};

/// A building to add.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BuildingBody {
    /// What people call it.
    #[schema(example = "Maple House", min_length = 1, max_length = 100)]
    pub name: String,
    /// Where it stands.
    #[serde(default)]
    #[schema(example = "1 Maple Road, London", max_length = 300)]
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
    /// What to do with callers that nobody listed: `reject`, `pin` or `ring`.
    #[serde(default = "reject")]
    #[schema(example = "reject", pattern = "^(reject|pin|ring)$")]
    pub strangers: String,
    /// What to do with callers who hide their number: `reject`, `pin` or `ring`.
    #[serde(default = "reject")]
    #[schema(example = "reject", pattern = "^(reject|pin|ring)$")]
    pub withheld: String,
    /// Whom a flow's last step may ring, E.164.
    #[schema(example = "+441632960900", pattern = "^\\+[1-9][0-9]{6,14}$")]
    pub concierge: Option<String>,
    /// The wrong PIN that blocks a caller: the tenth unless said otherwise. Five times as many at one entrance, from whomever, close it to all PINs for
    /// as long.
    #[serde(default = "ten")]
    #[schema(example = 10, minimum = 1, maximum = 100)]
    pub wrong_pins_max: i32,
    /// Wrong PINs count for so many hours, counted back from each attempt.
    #[serde(default = "a_day")]
    #[schema(example = 24, minimum = 1, maximum = 168)]
    pub wrong_pins_within_hours: i32,
    /// How many hours such a block lasts.
    #[serde(default = "a_day")]
    #[schema(example = 24, minimum = 1, maximum = 8760)]
    pub pin_block_hours: i32,
    /// What a visitor hears while residents are rung; absent: our music.
    #[serde(default)]
    pub wait_music: WaitMusic,
    /// How units ring that have no flow of their own; absent: as `flow_id` says, else all residents together.
    #[serde(default, deserialize_with = "object_or_null")]
    pub flow: Option<FlowDocument>,
    /// A shared flow.
    #[schema(example = json!(null))]
    pub flow_id: Option<Uuid>,
}

const fn ten() -> i32 {
    10
}

const fn a_day() -> i32 {
    24
}

fn reject() -> String {
    "reject".to_owned()
}

impl Checked for BuildingBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.text("name", &self.name, 100);
        checks.text_or_none("address", &self.address, 300);
        checks.ok("time_zone", Zone::parse(&self.time_zone));
        checks.language("language", &self.language);
        checks.ok("region", region(&self.region));
        checks.one_of("strangers", &self.strangers, &["reject", "pin", "ring"]);
        checks.one_of("withheld", &self.withheld, &["reject", "pin", "ring"]);
        for (field, value, most) in [
            ("wrong_pins_max", self.wrong_pins_max, 100),
            ("wrong_pins_within_hours", self.wrong_pins_within_hours, 168),
            ("pin_block_hours", self.pin_block_hours, 8760),
        ] {
            checks.holds(field, (1..=most).contains(&value), &format!("1 to {most}"));
        }
        if let Some(number) = &self.concierge {
            checks.number("concierge", number);
        }
        match (self.wait_music.kind, &self.wait_music.url) {
            (MusicKind::Url, None) => {
                checks.holds("wait_music.url", false, "where the sound file is, is missing");
            }
            // The carrier fetches it from the internet, whatever this server's own webhooks may reach.
            (_, Some(url)) => {
                checks.ok("wait_music.url", Address::parse(url, PrivateAddresses::Refused));
            }
            (MusicKind::Ours | MusicKind::Silence, None) => {}
        }
        if let Some(flow) = &self.flow {
            flow.check(&mut checks, "flow");
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

impl Editable for BuildingView {
    type Body = BuildingBody;
    const READ_ONLY: &'static [&'static str] = &["id", "created_at"];
}

impl Audited for BuildingView {
    const RESOURCE: &'static str = "building";
    const PERSONAL: &'static [&'static str] = &["concierge"];

    fn id(&self) -> Uuid {
        self.id
    }

    fn building(&self) -> Option<Uuid> {
        Some(self.id)
    }
}

/// Buildings to add at once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BuildingsBody {
    /// 1 to 500 of them: all are added, or none.
    #[schema(min_items = 1, max_items = 500)]
    pub items: Vec<BuildingBody>,
}

/// Things that were added at once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Added<T> {
    /// They, in the order of the request.
    pub items: Vec<T>,
}

/// Which buildings.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Whose name has this in it.
    #[param(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// Rows, from 1 to 200.
    #[serde(default, deserialize_with = "rows_within_reason")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u16>,
    /// `next_cursor` of the page before.
    pub cursor: Option<Uuid>,
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
    manager.runs_the_whole_firm(Role::Manager)?;
    body.check()?;
    let (id, now) = (app.ids.next(), app.clock.now());
    key.create(&app, &manager, &*body, async |tx| {
        let mut made = add(tx, &[(id, &*body)], now).await?;
        made.pop().ok_or_else(|| Problem::Internal("nothing was added".to_owned()))
    })
    .await
}

/// Add many buildings at once.
#[utoipa::path(operation_id = "createBuildings", tag = "buildings", summary = "Add many buildings at once", params(IdempotencyKey), request_body = BuildingsBody,
    responses((status = 201, description = "All are added", body = Added<BuildingView>)))]
#[post("/v1/buildings/bulk")]
pub async fn create_many(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    body: Json<BuildingsBody>,
) -> Result<HttpResponse, Problem> {
    manager.runs_the_whole_firm(Role::Manager)?;
    check_items(&body.items)?;
    let now = app.clock.now();
    let fresh: Vec<_> = body.items.iter().map(|body| (app.ids.next(), body)).collect();
    key.create(&app, &manager, &*body, async |tx| Ok(Added { items: add(tx, &fresh, now).await? }))
        .await
}

/// Checks each item; what is wrong is told with the item's place.
pub(super) fn check_items<T: Checked>(items: &[T]) -> Result<(), Problem> {
    let mut wrong = Vec::new();
    if !(1..=BULK_MAX).contains(&items.len()) {
        wrong.push(FieldProblem::new("items", format!("1 to {BULK_MAX} items")));
    }
    for (place, item) in items.iter().enumerate().take(BULK_MAX) {
        if let Err(Problem::Invalid(fields)) = item.check() {
            wrong.extend(fields.into_iter().map(|problem| FieldProblem {
                field: format!("items[{place}].{}", problem.field),
                ..problem
            }));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Problem::Invalid(wrong)) }
}

async fn add(
    tx: &mut TenantTx,
    fresh: &[(Uuid, &BuildingBody)],
    now: OffsetDateTime,
) -> Result<Vec<BuildingView>, Problem> {
    let mut made = Vec::with_capacity(fresh.len());
    for (id, body) in fresh {
        flow_is_possible(tx, body.flow.as_ref()).await?;
        // Written as the database keeps it: to the microsecond.
        let now = now.replace_nanosecond(now.microsecond() * 1_000).unwrap_or(now);
        let others = json!({ "id": id, "created_at": rfc3339(now) });
        made.push(BuildingView::made_of(body, others)?);
    }
    tx.add_buildings(&made).await?;
    made.iter().for_each(|building| note_created(tx, building));
    Ok(made)
}

/// A time as JSON says it.
pub(super) fn rfc3339(at: OffsetDateTime) -> String {
    at.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

/// Refuses a flow that names a schedule or a resident that is not there.
pub(in crate::http::v1) async fn flow_is_possible(
    tx: &mut TenantTx,
    flow: Option<&FlowDocument>,
) -> Result<(), Problem> {
    let Some(flow) = flow else { return Ok(()) };
    let mut checks = Checks::default();
    let (schedules, residents) = (flow.schedules(), flow.residents());
    if !schedules.is_empty() {
        let all = tx.schedules_exist(&schedules).await?;
        checks.holds("flow", all, "it names a schedule that is not there");
    }
    if !residents.is_empty() {
        let all = tx.residents_exist(&residents).await?;
        checks.holds("flow", all, "it names a resident who is not there");
    }
    checks.done()
}

/// List buildings.
#[utoipa::path(operation_id = "listBuildings", tag = "buildings", summary = "List buildings", params(Which), responses((status = 200, description = "A page", body = Listed<BuildingView>)))]
#[get("/v1/buildings")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    which: Query<Which>,
) -> Result<Json<Listed<BuildingView>>, Problem> {
    let Which { name, limit, cursor } = which.into_inner();
    let page = Page { limit, cursor };
    let name = search(name)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.buildings(None, name.as_deref(), page.after()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read a building.
#[utoipa::path(operation_id = "readBuilding", tag = "buildings", summary = "Read a building", params(("id" = Uuid, Path, description = "Its id")), responses((status = 200, description = "It", body = BuildingView)))]
#[get("/v1/buildings/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Tagged<BuildingView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.building(id.into_inner()).await?.map(Tagged).ok_or(Problem::NotFound)
}

/// Change a building.
#[utoipa::path(operation_id = "updateBuilding", tag = "buildings", summary = "Change a building", params(("id" = Uuid, Path, description = "Its id")), request_body = BuildingBody,
    responses((status = 200, description = "As it is now", body = BuildingView)))]
#[patch("/v1/buildings/{id}")]
pub async fn update(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Tagged<BuildingView>, Problem> {
    manager.at_least(Role::Manager)?;
    let what = (id.into_inner(), if_match, patch);
    change(&app, &manager, what, TenantTx::building, async |tx, building: &BuildingView| {
        let flow = building.flow.clone().and_then(|flow| serde_json::from_value(flow).ok());
        flow_is_possible(tx, flow.as_ref()).await?;
        Ok(tx.put_building(building).await?)
    })
    .await
}

/// Remove a building with all that is below it.
#[utoipa::path(operation_id = "deleteBuilding", tag = "buildings", summary = "Remove a building with all that is below it", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 204, description = "It is gone")))]
#[delete("/v1/buildings/{id}")]
pub async fn delete(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    manager.runs_the_whole_firm(Role::Admin)?;
    remove(&app, &manager, id.into_inner(), TenantTx::building, TenantTx::remove_building).await
}
