//! Lines: phone numbers that lead to a door, a unit or backends.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Checks;
use super::change::{Audited, change, note_created, remove};
use crate::application::ports::{LineCalled, LineKey};
use crate::domain::phone_number::Caller;
use crate::domain::policy::capabilities::KeysInRoom;
use crate::domain::policy::flow::AcceptMode;
use crate::domain::policy::{LeadsTo, Policy};
use crate::http::App;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page, rows_within_reason};
use crate::http::extract::patch::{Checked, Editable, Patch};
use crate::http::problem::{FieldProblem, Problem};
use crate::store::TenantTx;
use crate::store::directory::views::{LineFilter, LineView};

/// A line to add.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "connection_id": "01936f5e-8b7a-7cc0-9d3e-2f1a5b6c7d8e",
    "building_id": "01936f5e-8b7a-7cc0-9d3e-2f1a5b6c7d8e",
    "number": "+441632960100",
    "entrance_id": "01936f5e-8b7a-7cc0-9d3e-2f1a5b6c7d8e",
}))]
pub struct LineBody {
    /// Its connection.
    pub connection_id: Uuid,
    /// Its building.
    pub building_id: Uuid,
    /// The number, E.164.
    #[schema(example = "+441632960100", pattern = "^\\+[1-9][0-9]{6,14}$")]
    pub number: String,
    /// The door that it leads to, or
    pub entrance_id: Option<Uuid>,
    /// the unit, or
    #[schema(example = json!(null))]
    pub unit_id: Option<Uuid>,
    /// the backends of its streams, or of its building's: nobody is rung, and who is not listed gives a PIN first. One of the three.
    #[serde(default)]
    #[schema(example = false)]
    pub leads_to_stream: bool,
}

impl Checked for LineBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.number("number", &self.number);
        checks.holds(
            "entrance_id",
            [self.entrance_id.is_some(), self.unit_id.is_some(), self.leads_to_stream]
                .iter()
                .filter(|leads| **leads)
                .count()
                == 1,
            "a line leads to an entrance, to a unit or to backends: give one of the three",
        );
        checks.done()
    }
}

impl Editable for LineView {
    type Body = LineBody;
    const READ_ONLY: &'static [&'static str] = &["id"];
}

impl Audited for LineView {
    const RESOURCE: &'static str = "line";
    const PERSONAL: &'static [&'static str] = &["number"];

    fn id(&self) -> Uuid {
        self.id
    }

    fn building(&self) -> Option<Uuid> {
        Some(self.building_id)
    }
}

/// Which lines.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Of this building.
    pub building: Option<Uuid>,
    /// At this connection.
    pub connection: Option<Uuid>,
    /// With this number, E.164.
    #[param(pattern = "^\\+[1-9][0-9]{6,14}$")]
    pub number: Option<String>,
    /// Rows, from 1 to 200.
    #[serde(default, deserialize_with = "rows_within_reason")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u16>,
    /// `next_cursor` of the page before.
    pub cursor: Option<Uuid>,
}

/// What a line's carrier can not do, or what keeps its door shut.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LineCheck {
    /// Whether a visitor who calls now would reach someone.
    pub works: bool,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// Something that was found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// `wrong`: it does not work; `degraded`: it works otherwise than the flow asks; `advice`.
    #[schema(example = "degraded")]
    pub severity: String,
    /// What.
    #[schema(
        example = "Strangers are answered before they are refused: this carrier can not refuse unanswered."
    )]
    pub message: String,
}

/// Add a line.
#[utoipa::path(operation_id = "createLine", tag = "lines", summary = "Add a line", params(IdempotencyKey), request_body = LineBody,
    responses((status = 201, description = "Added", body = LineView)))]
#[post("/v1/lines")]
pub async fn create(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    body: Json<LineBody>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Admin)?;
    body.check()?;
    let line = LineView::made_of(&body, json!({ "id": app.ids.next() }))?;
    key.create(&app, &manager, &*body, async |tx| {
        is_possible(tx, &line).await?;
        tx.add_line(&line).await?;
        note_created(tx, &line);
        Ok(line)
    })
    .await
}

/// A line leads to something in its own building, over a connection of its own firm.
async fn is_possible(tx: &mut TenantTx, line: &LineView) -> Result<(), Problem> {
    tx.building(line.building_id).await?.ok_or(Problem::NotFound)?;
    tx.carrier_connection(line.connection_id).await?.ok_or(Problem::NotFound)?;
    if let Some(entrance) = line.entrance_id {
        tx.entrance(entrance).await?.ok_or(Problem::NotFound)?;
    }
    if let Some(unit) = line.unit_id {
        tx.unit(unit).await?.ok_or(Problem::NotFound)?;
    }
    if tx.line_leads_into_its_building(line).await? {
        return Ok(());
    }
    let field = if line.entrance_id.is_some() { "entrance_id" } else { "unit_id" };
    Err(Problem::Invalid(vec![FieldProblem::new(field, "it is in another building")]))
}

/// List lines.
#[utoipa::path(operation_id = "listLines", tag = "lines", summary = "List lines", params(Which), responses((status = 200, description = "A page", body = Listed<LineView>)))]
#[get("/v1/lines")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    which: Query<Which>,
) -> Result<Json<Listed<LineView>>, Problem> {
    let Which { building, connection, number, limit, cursor } = which.into_inner();
    let page = Page { limit, cursor };
    let mut checks = Checks::default();
    if let Some(number) = &number {
        checks.number("number", number);
    }
    checks.done()?;
    let mut tx = app.store.begin(&manager.reach).await?;
    let filter = LineFilter { building, connection, id: None, number: number.as_deref() };
    let rows = tx.lines(filter, page.after()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read a line.
#[utoipa::path(operation_id = "readLine", tag = "lines", summary = "Read a line", params(("id" = Uuid, Path, description = "Its id")), responses((status = 200, description = "It", body = LineView)))]
#[get("/v1/lines/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Tagged<LineView>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.line(id.into_inner()).await?.map(Tagged).ok_or(Problem::NotFound)
}

/// Change a line.
#[utoipa::path(operation_id = "updateLine", tag = "lines", summary = "Change a line", params(("id" = Uuid, Path, description = "Its id")), request_body = LineBody,
    responses((status = 200, description = "As it is now", body = LineView)))]
#[patch("/v1/lines/{id}")]
pub async fn update(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Tagged<LineView>, Problem> {
    manager.at_least(Role::Admin)?;
    let what = (id.into_inner(), if_match, patch);
    change(&app, &manager, what, TenantTx::line, async |tx, thing: &LineView| {
        is_possible(tx, thing).await?;
        Ok(tx.put_line(thing).await?)
    })
    .await
}

/// Remove a line.
#[utoipa::path(operation_id = "deleteLine", tag = "lines", summary = "Remove a line", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 204, description = "It is gone")))]
#[delete("/v1/lines/{id}")]
pub async fn delete(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Admin)?;
    remove(&app, &manager, id.into_inner(), TenantTx::line, TenantTx::remove_line).await
}

/// Check what a call to a line would meet.
#[utoipa::path(operation_id = "checkLine", tag = "lines", summary = "Check what a call to a line would meet", params(("id" = Uuid, Path, description = "The line")), responses((status = 200, description = "What was found", body = LineCheck)))]
#[get("/v1/lines/{id}/check")]
pub async fn check(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<LineCheck>, Problem> {
    let id = id.into_inner();
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.line(id).await?.ok_or(Problem::NotFound)?;
    drop(tx);
    let called = LineCalled { tenant: manager.tenant(), line: LineKey::Id(id.into()) };
    let policy = app.calls.directory.policy(called, Caller::Withheld).await?;
    let mut findings = Vec::new();
    let mut found = |severity: &str, message: &str| {
        findings.push(Finding { severity: severity.to_owned(), message: message.to_owned() });
    };
    match &policy {
        None => found("wrong", "It leads nowhere: its building has no entrance. Add one."),
        Some(policy) => {
            let can = policy.capabilities;
            let streams = policy.line.leads_to == LeadsTo::Stream;
            if streams && policy.streams.backends.is_empty() {
                found("wrong", "It leads to backends, and neither it nor its building names any.");
            }
            if !streams && policy.units.iter().all(|unit| unit.residents.is_empty()) {
                found("wrong", "Nobody lives behind it yet. Add units and residents.");
            }
            if !streams && policy.entrance.panel_numbers.is_empty() && policy.only_unit().is_none()
            {
                found(
                    "advice",
                    "Its entrance has no panel number: calls of the panel count as a stranger's. Add it.",
                );
            }
            if !can.rejects_unanswered {
                found(
                    "degraded",
                    "Strangers are answered before they are refused: this carrier can not refuse unanswered.",
                );
            }
            let detects = |unit: &crate::domain::policy::Unit| {
                unit.flow.groups.iter().any(|group| group.accept == AcceptMode::Detect)
            };
            if !can.machine_detection && policy.units.iter().any(detects) {
                found(
                    "degraded",
                    "This carrier does not tell mailboxes from people: a key is asked for instead.",
                );
            }
            if !can.conference {
                found(
                    "degraded",
                    "This carrier has no conferences: residents ring in one dial, and the first to pick up talks.",
                );
            }
            if can.keys_in_room == KeysInRoom::AfterStar {
                found(
                    "degraded",
                    "No key is heard during a talk at this carrier: residents press star, are asked what they want, and come back.",
                );
            }
            if let Some(finding) = speech(&app, policy).await? {
                findings.push(finding);
            }
        }
    }
    let works = findings.iter().all(|finding| finding.severity != "wrong");
    Ok(Json(LineCheck { works, findings }))
}

/// What is heard where the carrier does not speak.
async fn speech(app: &App, policy: &Policy) -> Result<Option<Finding>, Problem> {
    if policy.capabilities.speech {
        return Ok(None);
    }
    let message = match app.recordings.missing(policy).await?.len() {
        0 => "This carrier does not speak text: prompts are played instead.".to_owned(),
        missing => format!(
            "This carrier does not speak text, no voice is installed and {missing} sentences have no upload: \
             two tones are heard instead. Install espeak-ng, or upload them (see the line's prompts)."
        ),
    };
    Ok(Some(Finding { severity: "degraded".to_owned(), message }))
}
