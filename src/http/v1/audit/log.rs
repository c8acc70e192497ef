//! Who changed what: a list, and the same as a file for a spreadsheet.

use actix_web::web::{Data, Json, Query};
use actix_web::{HttpResponse, get};
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::IntoParams;
use uuid::Uuid;

use super::csv;
use crate::http::App;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page, rows_within_reason};
use crate::http::problem::Problem;
use crate::http::v1::Checks;
use crate::store::audit::log::{AuditEntryView, AuditFilter};

/// Rows of the largest file.
const ROWS_MAX: i64 = 10_000;
/// Rows that are read at once for a file.
const ROWS_AT_ONCE: i64 = 500;

/// Which changes.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// By this user or API key.
    pub actor: Option<Uuid>,
    /// Of this kind of thing: `resident`, `api_key`.
    #[param(min_length = 1, max_length = 100)]
    pub resource: Option<String>,
    /// Of this thing.
    pub resource_id: Option<Uuid>,
    /// This was done: `created`, `changed`, `deleted`, or a word of its own.
    #[param(min_length = 1, max_length = 100)]
    pub action: Option<String>,
    /// In this building.
    pub building: Option<Uuid>,
    /// From then, RFC 3339.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub from: Option<OffsetDateTime>,
    /// Before then, RFC 3339.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub to: Option<OffsetDateTime>,
    /// Rows, from 1 to 200; a file has up to 10 000 whatever this says.
    #[serde(default, deserialize_with = "rows_within_reason")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u16>,
    /// `next_cursor` of the page before.
    pub cursor: Option<Uuid>,
}

impl Which {
    fn filter(self) -> Result<AuditFilter, Problem> {
        let mut checks = Checks::default();
        for (field, text) in [("resource", &self.resource), ("action", &self.action)] {
            if let Some(text) = text {
                checks.text(field, text, 100);
            }
        }
        checks.done()?;
        Ok(AuditFilter {
            actor: self.actor,
            resource: self.resource,
            resource_id: self.resource_id,
            action: self.action,
            building: self.building,
            from: self.from,
            to: self.to,
            subject: None,
            after: self.cursor,
            limit: 0,
        })
    }
}

/// List who changed what, newest first.
#[utoipa::path(operation_id = "listAuditEntries", tag = "audit", summary = "List who changed what, newest first", params(Which),
    responses((status = 200, description = "A page", body = Listed<AuditEntryView>)))]
#[get("/v1/audit")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    which: Query<Which>,
) -> Result<Json<Listed<AuditEntryView>>, Problem> {
    manager.at_least(Role::Admin)?;
    let which = which.into_inner();
    let page = Page { limit: which.limit, cursor: which.cursor };
    let filter = AuditFilter { limit: page.after().limit, ..which.filter()? };
    let entries = app.store.audit_log(&manager.reach, &filter).await?;
    Ok(Json(page.listed(entries, |entry| entry.id)))
}

/// Get who changed what as a CSV file.
#[utoipa::path(operation_id = "exportAuditEntries", tag = "audit", summary = "Get who changed what as a CSV file: the newest 10 000 rows", params(Which),
    responses((status = 200, description = "Newest first. No cell is a formula", content_type = "text/csv", body = String, example = "at,actor_kind,actor_id,action,resource,resource_id,building_id,before,after,request_id,id")))]
#[get("/v1/audit.csv")]
pub async fn file(
    app: Data<App>,
    manager: Manager,
    which: Query<Which>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Admin)?;
    let mut filter = AuditFilter { limit: ROWS_AT_ONCE, ..which.into_inner().filter()? };
    let mut text = csv::line([
        "at",
        "actor_kind",
        "actor_id",
        "action",
        "resource",
        "resource_id",
        "building_id",
        "before",
        "after",
        "request_id",
        "id",
    ]);
    for _ in 0..ROWS_MAX / ROWS_AT_ONCE {
        let entries = app.store.audit_log(&manager.reach, &filter).await?;
        text.extend(entries.iter().map(row));
        match entries.last() {
            Some(last) if entries.len() >= usize::try_from(ROWS_AT_ONCE).unwrap_or_default() => {
                filter.after = Some(last.id);
            }
            _ => break,
        }
    }
    Ok(HttpResponse::Ok()
        .insert_header(("Content-Type", "text/csv; charset=utf-8; header=present"))
        .insert_header(("Content-Disposition", "attachment; filename=\"audit.csv\""))
        .body(text))
}

fn row(entry: &AuditEntryView) -> String {
    let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let side = |side: &Value| if side.is_null() { String::new() } else { side.to_string() };
    csv::line([
        entry.at.format(&Rfc3339).unwrap_or_default().as_str(),
        &entry.actor_kind,
        &id(entry.actor_id),
        &entry.action,
        &entry.resource,
        &entry.resource_id.to_string(),
        &id(entry.building_id),
        &side(&entry.before),
        &side(&entry.after),
        &id(entry.request_id),
        &entry.id.to_string(),
    ])
}
