//! Blocks: who may not ring.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use uuid::Uuid;

use super::Checks;
use super::buildings::{Added, check_items, rfc3339};
use super::change::{Audited, note_changed, note_created};
use crate::domain::phone_number::{Caller, PhoneNumber};
use crate::http::App;
use crate::http::extract::etag::Tagged;
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{LIMIT_MAX, Listed, Page, rows_within_reason};
use crate::http::extract::patch::{Checked, Editable};
use crate::http::problem::Problem;
use crate::store::changes::Action;
use crate::store::directory::views::{After, BlockFilter, BlockView, ERASED};

/// A block to add.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockBody {
    /// `number`: this number; `prefix`: all that begin like it.
    #[serde(default = "number")]
    #[schema(example = "number", pattern = "^(number|prefix)$")]
    pub kind: String,
    /// The number, E.164, or its beginning: a `+` and at least two digits.
    #[schema(example = "+447700900666", pattern = "^\\+[1-9][0-9]{1,14}$")]
    pub number: String,
    /// Why.
    #[serde(default)]
    #[schema(example = "Rings at night", max_length = 200)]
    pub reason: String,
    /// Until when; absent: until it is lifted.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[schema(example = json!(null))]
    pub expires_at: Option<OffsetDateTime>,
}

fn number() -> String {
    "number".to_owned()
}

impl Checked for BlockBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.one_of("kind", &self.kind, &["number", "prefix"]);
        if self.kind == "prefix" {
            let digits = self.number.strip_prefix('+').unwrap_or_default();
            let is_prefix = (2..=15).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_digit())
                && !digits.starts_with('0');
            checks.holds("number", is_prefix, "a + and 2 to 15 digits");
        } else {
            checks.number("number", &self.number);
        }
        checks.text_or_none("reason", &self.reason, 200);
        checks.time("expires_at", self.expires_at);
        checks.done()
    }
}

impl Editable for BlockView {
    type Body = BlockBody;
    const READ_ONLY: &'static [&'static str] =
        &["id", "building_id", "entrance_id", "caller_id", "lifted_at", "created_at"];
}

impl Audited for BlockView {
    const RESOURCE: &'static str = "block";
    const PERSONAL: &'static [&'static str] = &["number"];

    fn id(&self) -> Uuid {
        self.id
    }

    fn caller(&self) -> Option<&str> {
        self.blocked_number()
    }

    fn building(&self) -> Option<Uuid> {
        Some(self.building_id)
    }
}

/// Blocks to add at once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BlocksBody {
    /// 1 to 500 of them: all are added, or none.
    #[schema(min_items = 1, max_items = 500)]
    pub items: Vec<BlockBody>,
}

/// Which blocks.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// That hold for this number, E.164: by number or prefix.
    #[param(pattern = "^\\+[1-9][0-9]{6,14}$")]
    pub number: Option<String>,
    /// Only those that hold now.
    #[serde(default)]
    pub active: Option<bool>,
    /// Rows, from 1 to 200.
    #[serde(default, deserialize_with = "rows_within_reason")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u16>,
    /// `next_cursor` of the page before.
    pub cursor: Option<Uuid>,
}

/// Block a number.
#[utoipa::path(operation_id = "createBlock", tag = "blocks", summary = "Block a number", params(("building" = Uuid, Path, description = "Where it may not ring"), IdempotencyKey), request_body = BlockBody,
    responses((status = 201, description = "Blocked", body = BlockView)))]
#[post("/v1/buildings/{building}/blocks")]
pub async fn create(
    app: Data<App>,
    manager: Manager,
    building: Path<Uuid>,
    key: IdempotencyKey,
    body: Json<BlockBody>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    body.check()?;
    let blocks = made(&app, *building, std::slice::from_ref(&*body))?;
    key.create(&app, &manager, &*body, async |tx| {
        tx.add_blocks(&blocks).await?;
        blocks.iter().for_each(|block| note_created(tx, block));
        blocks.into_iter().next().ok_or_else(|| Problem::Internal("nothing was added".to_owned()))
    })
    .await
}

/// Block many numbers at once.
#[utoipa::path(operation_id = "createBlocks", tag = "blocks", summary = "Block many numbers at once", params(("building" = Uuid, Path, description = "Where they may not ring"), IdempotencyKey), request_body = BlocksBody,
    responses((status = 201, description = "All are blocked", body = Added<BlockView>)))]
#[post("/v1/buildings/{building}/blocks/bulk")]
pub async fn create_many(
    app: Data<App>,
    manager: Manager,
    building: Path<Uuid>,
    key: IdempotencyKey,
    body: Json<BlocksBody>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    check_items(&body.items)?;
    let blocks = made(&app, *building, &body.items)?;
    key.create(&app, &manager, &*body, async |tx| {
        tx.add_blocks(&blocks).await?;
        blocks.iter().for_each(|block| note_created(tx, block));
        Ok(Added { items: blocks })
    })
    .await
}

fn made(app: &App, building: Uuid, bodies: &[BlockBody]) -> Result<Vec<BlockView>, Problem> {
    let now = rfc3339(app.clock.now());
    let with_id = |body| {
        let others = json!({ "id": app.ids.next(), "building_id": building, "caller_id": Value::Null,
            "lifted_at": Value::Null, "created_at": now });
        BlockView::made_of(body, others)
    };
    bodies.iter().map(with_id).collect()
}

/// List a building's blocks.
#[utoipa::path(operation_id = "listBlocks", tag = "blocks", summary = "List a building's blocks", params(("building" = Uuid, Path, description = "The building"), Which), responses((status = 200, description = "A page", body = Listed<BlockView>)))]
#[get("/v1/buildings/{building}/blocks")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    building: Path<Uuid>,
    which: Query<Which>,
) -> Result<Json<Listed<BlockView>>, Problem> {
    let Which { number, active, limit, cursor } = which.into_inner();
    let page = Page { limit, cursor };
    let mut checks = Checks::default();
    if let Some(number) = &number {
        checks.number("number", number);
    }
    checks.done()?;
    let active_at = (active == Some(true)).then(|| app.clock.now());
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.building(*building).await?.ok_or(Problem::NotFound)?;
    let caller = number.and_then(|number| PhoneNumber::parse(&number).ok()).map(Caller::Known);
    let filter =
        BlockFilter { building: Some(*building), id: None, caller: caller.as_ref(), active_at };
    let rows = tx.blocks(filter, page.after()).await?;
    let rows = rows.into_iter().map(|block| masked(block, &manager)).collect();
    Ok(Json(page.listed(rows, |row: &BlockView| row.id)))
}

/// Which block: by its id, or by whom it keeps out.
#[derive(Debug)]
struct BlockName;

impl PartialSchema for BlockName {
    fn schema() -> RefOr<Schema> {
        let id = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .description(Some("Its id"));
        let number = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(r"^\+[1-9][0-9]{6,14}$"))
            .description(Some("The number of a caller, E.164"));
        let hidden = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(["withheld"]))
            .description(Some("Whoever hides the number"));
        AnyOfBuilder::new().item(id).item(number).item(hidden).into()
    }
}

impl ToSchema for BlockName {}

/// Where a number's block is looked for.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BlockedWhere {
    /// At this building; absent: at any. An id needs none.
    pub building: Option<Uuid>,
}

/// Read a block, by its id or by whom it keeps out: then the one that holds now, and longest, or 404.
#[utoipa::path(operation_id = "readBlock", tag = "blocks", summary = "Read a block, or whether a number is blocked now", params(("id" = inline(BlockName), Path, description = "Its id; or the number that it keeps out, E.164 (`+` may be written `%2B`); or `withheld`, and the other words that carriers have for that"), BlockedWhere), responses((status = 200, description = "It", body = BlockView)))]
#[get("/v1/blocks/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    name: Path<String>,
    at: Query<BlockedWhere>,
) -> Result<Tagged<BlockView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let block = match Uuid::parse_str(&name) {
        Ok(id) => {
            let block = tx.block(id).await?;
            block.filter(|block| at.building.is_none_or(|building| block.building_id == building))
        }
        Err(_) => {
            let caller = caller_called(&name).ok_or(Problem::NotFound)?;
            let now = Some(app.clock.now());
            let which = BlockFilter {
                building: at.building,
                id: None,
                caller: Some(&caller),
                active_at: now,
            };
            let all = After { id: None, limit: i64::from(LIMIT_MAX) };
            // A block without an end outlasts all others.
            let lasts = |block: &BlockView| (block.expires_at.is_none(), block.expires_at);
            tx.blocks(which, all).await?.into_iter().max_by_key(lasts)
        }
    };
    Ok(Tagged(masked(block.ok_or(Problem::NotFound)?, &manager)))
}

/// Whom a path names.
fn caller_called(name: &str) -> Option<Caller> {
    if Caller::is_hidden(name) {
        return Some(Caller::Withheld);
    }
    PhoneNumber::parse(name).or_else(|_| PhoneNumber::from_digits(name)).ok().map(Caller::Known)
}

/// Lift a block: by hand or automatic. The caller's wrong PINs are forgotten with it.
#[utoipa::path(operation_id = "liftBlock", tag = "blocks", summary = "Lift a block", params(("id" = Uuid, Path, description = "The block")),
    responses((status = 200, description = "As it is now", body = BlockView)))]
#[post("/v1/blocks/{id}/lift")]
pub async fn lift(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<BlockView>, Problem> {
    manager.at_least(Role::Manager)?;
    let id = id.into_inner();
    let now = app.clock.now();
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.lock(id).await?;
    let before = tx.block(id).await?.ok_or(Problem::NotFound)?;
    let after = BlockView { lifted_at: before.lifted_at.or(Some(now)), ..before.clone() };
    if before.lifted_at.is_none() {
        tx.lift_block(id, now).await?;
        note_changed(&mut tx, Action::Other("lifted"), &before, &after);
    }
    tx.commit().await?;
    Ok(Json(after))
}

fn masked(mut block: BlockView, manager: &Manager) -> BlockView {
    if manager.role == Role::Viewer && block.kind != "prefix" {
        block.number = block.number.map(|number| {
            PhoneNumber::parse(&number).map_or_else(|_| ERASED.to_owned(), |number| number.masked())
        });
    }
    block
}
