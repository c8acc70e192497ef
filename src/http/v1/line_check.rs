//! What a call to a line would meet: found out before anyone calls.

use std::collections::BTreeSet;

use actix_web::get;
use actix_web::web::{Data, Json, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::application::ports::{LineCalled, LineKey};
use crate::domain::phone_number::Caller;
use crate::domain::policy::capabilities::{Capabilities, Forks, KeysInRoom, Meeting};
use crate::domain::policy::degradation::Lost;
use crate::domain::policy::flow::{Group, Members};
use crate::domain::policy::{LeadsTo, Policy, Unit};
use crate::http::App;
use crate::http::extract::manager::Manager;
use crate::http::problem::Problem;

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

/// What is found, one after the other.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn wrong(&mut self, message: impl Into<String>) {
        self.add("wrong", message);
    }

    fn degraded(&mut self, message: impl Into<String>) {
        self.add("degraded", message);
    }

    fn advice(&mut self, message: impl Into<String>) {
        self.add("advice", message);
    }

    fn add(&mut self, severity: &str, message: impl Into<String>) {
        self.0.push(Finding { severity: severity.to_owned(), message: message.into() });
    }
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
    let mut findings = Findings::default();
    match &policy {
        None => findings.wrong("It leads nowhere: its building has no entrance. Add one."),
        Some(policy) if policy.line.leads_to == LeadsTo::Watched => findings.advice(
            "Its carrier puts calls through as the account says: no resident is rung by us, and no door opens.",
        ),
        Some(policy) => {
            of_configuration(policy, &mut findings);
            of_carrier(policy, &mut findings);
            if let Some(message) = speech(&app, policy).await? {
                findings.degraded(message);
            }
        }
    }
    let works = findings.0.iter().all(|finding| finding.severity != "wrong");
    Ok(Json(LineCheck { works, findings: findings.0 }))
}

fn of_configuration(policy: &Policy, findings: &mut Findings) {
    let streams = policy.line.leads_to == LeadsTo::Stream;
    if streams && policy.streams.backends.is_empty() {
        findings.wrong("It leads to backends, and neither it nor its building names any.");
    }
    if !streams && policy.units.iter().all(|unit| unit.residents.is_empty()) {
        findings.wrong("Nobody lives behind it yet. Add units and residents.");
    }
    if !streams && policy.entrance.panel_numbers.is_empty() && policy.only_unit().is_none() {
        findings.advice(
            "Its entrance has no panel number: calls of the panel count as a stranger's. Add it.",
        );
    }
}

fn of_carrier(policy: &Policy, findings: &mut Findings) {
    let can = policy.capabilities;
    if !can.rejects_unanswered {
        findings.degraded(
            "Strangers are answered before they are refused: this carrier can not refuse unanswered.",
        );
    }
    if matches!(can.meeting, Meeting::InScript { .. }) {
        findings.degraded(
            "This carrier has no conferences: residents ring in one dial, and the first to pick up talks.",
        );
    }
    if can.keys_in_room == KeysInRoom::AfterStar {
        findings.degraded(
            "No key is heard during a talk at this carrier: residents press star, are asked what they want, and come back.",
        );
    }
    if can.forks == Forks::Never && !policy.streams.backends.is_empty() {
        let message = "This carrier sends no live audio: no backend hears its calls.";
        match policy.line.leads_to {
            LeadsTo::Stream => findings.wrong(message),
            LeadsTo::Entrance(_) | LeadsTo::Unit(_) | LeadsTo::Watched => {
                findings.degraded(message);
            }
        }
    }
    let lost: BTreeSet<Lost> =
        policy.units.iter().flat_map(|unit| lost_by_flow(&can, unit)).collect();
    for lost in lost {
        findings.degraded(format!("Its carrier lacks {lost}."));
    }
}

/// What is heard where the carrier does not speak.
async fn speech(app: &App, policy: &Policy) -> Result<Option<String>, Problem> {
    if policy.capabilities.speech {
        return Ok(None);
    }
    Ok(Some(match app.recordings.missing(policy).await?.len() {
        0 => "This carrier does not speak text: prompts are played instead.".to_owned(),
        missing => format!(
            "This carrier does not speak text, no voice is installed and {missing} sentences have no upload: \
             two tones are heard instead. Install espeak-ng, or upload them (see the line's prompts)."
        ),
    }))
}

fn lost_by_flow(can: &Capabilities, unit: &Unit) -> Vec<Lost> {
    let members = |group: &Group| match &group.members {
        Members::AllResidents => unit.residents.len(),
        Members::Residents(named) => named.len(),
        Members::Concierge => 1,
    };
    let by_groups =
        unit.flow.groups.iter().flat_map(|group| can.lost_by_group(group, members(group)));
    by_groups.chain(can.lost_by_order(&unit.flow)).collect()
}
