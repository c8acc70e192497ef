//! Units and residents as CSV: in, with a preview that names each bad row and column; and out, in the same shape.

mod plan;

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Data, Json, Path, Payload, Query};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use self::plan::COLUMNS;
pub use self::plan::{Known, Plan};
use super::change::{note_changed, note_created};
use crate::http::App;
use crate::http::extract::manager::{Manager, Role};
use crate::http::problem::{FieldProblem, Problem};
use crate::store::TenantTx;
use crate::store::changes::Action;
use crate::store::directory::views::{
    After, BuildingView, ResidentFilter, ResidentView, UnitFilter, UnitView,
};

/// The largest file.
const FILE_MAX: usize = 2 * 1024 * 1024;
/// All of a building at once.
const ALL: After = After { id: None, limit: 100_000 };

/// How to import.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct How {
    /// `true`: only tell what would happen.
    #[serde(default)]
    #[param(default = false)]
    pub dry_run: bool,
}

/// What an import did, or would do.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct ImportReport {
    /// Whether it was done.
    pub applied: bool,
    /// Rows of the file, without its head.
    #[schema(example = 200)]
    pub rows: usize,
    /// Units that are new.
    #[schema(example = 100)]
    pub units_added: usize,
    /// Residents that are new.
    #[schema(example = 200)]
    pub residents_added: usize,
    /// Residents of the same name in the same unit, with other numbers, language or dates than before.
    #[schema(example = 0)]
    pub residents_changed: usize,
    /// Rows that say what is there already.
    #[schema(example = 0)]
    pub unchanged: usize,
    /// What is wrong, row by row. With any of it, nothing is imported.
    pub problems: Vec<RowProblem>,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowProblem {
    /// The row, as a spreadsheet counts: the head is row 1.
    #[schema(example = 7)]
    pub row: u64,
    /// The column; empty: the row itself.
    #[schema(example = "numbers")]
    pub column: String,
    /// What is wrong, and what would be right.
    #[schema(example = "not a phone number of GB: 12")]
    pub message: String,
}

/// Import units and residents from CSV: all of it, or nothing. Columns: unit, code, resident, numbers (separated by `;`), language,
/// moved_in, moved_out. A unit that is there by its name, and a resident by theirs within it, is changed instead of added.
#[utoipa::path(operation_id = "importResidents", tag = "import", summary = "Import units and residents from CSV", params(("building" = Uuid, Path, description = "Their building"), How),
    request_body(content = String, content_type = "text/csv", example = "unit,code,resident,numbers,language,moved_in,moved_out\n1204,1204,Ada,+447700900101;+447700900102,en-GB,2026-11-20,\n"),
    responses((status = 200, description = "What was done, or would be", body = ImportReport)))]
#[post("/v1/buildings/{building}/import")]
pub async fn import(
    app: Data<App>,
    manager: Manager,
    building: Path<Uuid>,
    how: Query<How>,
    payload: Payload,
) -> Result<Json<ImportReport>, Problem> {
    manager.at_least(Role::Manager)?;
    let file = payload
        .to_bytes_limited(FILE_MAX)
        .await
        .map_err(|_| Problem::TooLarge)?
        .map_err(|error| Problem::Unreadable(error.to_string()))?;
    if file.is_empty() {
        return Err(Problem::Invalid(vec![FieldProblem::new("file", "it is empty")]));
    }
    let mut tx = app.store.begin(&manager.reach).await?;
    let building = tx.building(*building).await?.ok_or(Problem::NotFound)?;
    tx.lock(building.id).await?;
    let known = known(&mut tx, building.id).await?;
    let plan = Plan::of(&file, &building, &known, || app.ids.next());
    let mut report = plan.report();
    // A file without a row that can be read is none: there is nothing to preview.
    let is_no_file = report.rows == 0 && !report.problems.is_empty();
    if how.dry_run && !is_no_file {
        return Ok(Json(report));
    }
    if !report.problems.is_empty() {
        return Err(Problem::Invalid(report.problems.iter().map(RowProblem::as_field).collect()));
    }
    apply(&mut tx, &plan).await?;
    tx.commit().await?;
    report.applied = true;
    Ok(Json(report))
}

async fn known(tx: &mut TenantTx, building: Uuid) -> Result<Known, Problem> {
    let units = UnitFilter { building: Some(building), ..UnitFilter::default() };
    let residents = ResidentFilter { building: Some(building), ..ResidentFilter::default() };
    Ok(Known { units: tx.units(units, ALL).await?, residents: tx.residents(residents, ALL).await? })
}

async fn apply(tx: &mut TenantTx, plan: &Plan) -> Result<(), Problem> {
    tx.add_units(&plan.new_units).await?;
    plan.new_units.iter().for_each(|unit| note_created(tx, unit));
    for (before, after) in &plan.changed_units {
        tx.put_unit(after).await?;
        note_changed(tx, Action::Changed, before, after);
    }
    tx.add_residents(&plan.new_residents).await?;
    plan.new_residents.iter().for_each(|resident| note_created(tx, resident));
    for (before, after) in &plan.changed_residents {
        tx.put_resident(after).await?;
        note_changed(tx, Action::Changed, before, after);
    }
    Ok(())
}

impl RowProblem {
    fn as_field(&self) -> FieldProblem {
        FieldProblem::new(&format!("row {}, {}", self.row, self.column), &self.message)
    }
}

/// Export units and residents as CSV, in the shape that the import takes.
#[utoipa::path(operation_id = "exportResidents", tag = "import", summary = "Export units and residents as CSV", params(("building" = Uuid, Path, description = "Their building")),
    responses((status = 200, description = "The file", content_type = "text/csv", body = String, example = "unit,code,resident,numbers,language,moved_in,moved_out\n1204,1204,Ada,+447700900101,en-GB,2026-11-20,\n")))]
#[get("/v1/buildings/{building}/export")]
pub async fn export(
    app: Data<App>,
    manager: Manager,
    building: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    let building = tx.building(*building).await?.ok_or(Problem::NotFound)?;
    let Known { units, residents } = known(&mut tx, building.id).await?;
    drop(tx);
    let file = written(&units, &residents).map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"residents.csv\""))
        .body(file))
}

/// The file of these units and residents.
pub fn written(units: &[UnitView], residents: &[ResidentView]) -> Result<Vec<u8>, csv::Error> {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record(COLUMNS)?;
    for unit in units {
        let (name, code) = (plan::guarded(&unit.name), unit.code.clone().unwrap_or_default());
        let mut is_empty = true;
        for resident in residents.iter().filter(|resident| resident.unit_id == unit.id) {
            is_empty = false;
            file.write_record([
                name.as_str(),
                &code,
                &plan::guarded(&resident.name),
                &resident.numbers.join(";"),
                resident.language.as_deref().unwrap_or_default(),
                resident.moved_in.as_deref().unwrap_or_default(),
                resident.moved_out.as_deref().unwrap_or_default(),
            ])?;
        }
        if is_empty {
            file.write_record([name.as_str(), &code, "", "", "", "", ""])?;
        }
    }
    file.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}
