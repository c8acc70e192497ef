//! What managers do to running calls. The domain does it or names the rule that forbids it.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::load;
use crate::domain::call::decide::Decision;
use crate::domain::call::explain::Rule;
use crate::domain::call::signal::Command;
use crate::domain::ids::{CallId, LegId};
use crate::http::App;
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::problem::Problem;
use crate::http::v1::Checks;

/// The longest sentence, in characters.
pub(super) const SENTENCE_MAX: usize = 500;

/// What is to be spoken.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SayBody {
    /// The sentence, in the building's language.
    #[schema(example = "The technician is on the way.", min_length = 1, max_length = 500)]
    pub text: String,
}

/// What was decided. It is on its way; the call's events tell what came of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DecidedView {
    /// The call.
    pub call_id: Uuid,
    /// Each step. None if it is so already, or was asked for and is on its way.
    pub decided: Vec<DecidedStep>,
}

/// A step that was decided.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DecidedStep {
    /// The event's type.
    #[schema(example = "DoorOpenRequested")]
    pub event: String,
    /// The rule.
    #[schema(example = "manager_decides")]
    pub rule: String,
    /// What the rule says.
    #[schema(example = "A manager asked for it.")]
    pub sentence: String,
}

/// Open the door of a running call.
#[utoipa::path(operation_id = "openDoor", tag = "calls", summary = "Open the door of a running call", params(("id" = Uuid, Path, description = "The call"), IdempotencyKey),
    responses((status = 202, description = "Decided", body = DecidedView)))]
#[post("/v1/calls/{id}/open")]
pub async fn open(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    act(&app, &manager, key, id.into_inner(), Command::OpenDoor).await
}

/// End a running call.
#[utoipa::path(operation_id = "hangUpCall", tag = "calls", summary = "End a running call", params(("id" = Uuid, Path, description = "The call"), IdempotencyKey),
    responses((status = 202, description = "Decided", body = DecidedView)))]
#[post("/v1/calls/{id}/hang-up")]
pub async fn hang_up(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    act(&app, &manager, key, id.into_inner(), Command::HangUp).await
}

/// Speak a sentence to everyone who is connected.
#[utoipa::path(operation_id = "sayToCall", tag = "calls", summary = "Speak a sentence to everyone who is connected", params(("id" = Uuid, Path, description = "The call"), IdempotencyKey),
    request_body = SayBody, responses((status = 202, description = "Decided", body = DecidedView)))]
#[post("/v1/calls/{id}/say")]
pub async fn say(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    id: Path<Uuid>,
    body: Json<SayBody>,
) -> Result<HttpResponse, Problem> {
    let mut checks = Checks::default();
    checks.text("text", &body.text, SENTENCE_MAX);
    checks.done()?;
    act(&app, &manager, key, id.into_inner(), Command::Say(body.into_inner().text)).await
}

/// Mute a leg.
#[utoipa::path(operation_id = "muteLeg", tag = "calls", summary = "Mute a leg", params(("id" = Uuid, Path, description = "The call"), ("leg" = Uuid, Path, description = "The leg"), IdempotencyKey),
    responses((status = 202, description = "Decided", body = DecidedView)))]
#[post("/v1/calls/{id}/legs/{leg}/mute")]
pub async fn mute(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    ids: Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, Problem> {
    let (id, leg) = ids.into_inner();
    act(&app, &manager, key, id, Command::Mute(LegId::from_uuid(leg))).await
}

/// Let a leg speak again.
#[utoipa::path(operation_id = "unmuteLeg", tag = "calls", summary = "Let a leg speak again", params(("id" = Uuid, Path, description = "The call"), ("leg" = Uuid, Path, description = "The leg"), IdempotencyKey),
    responses((status = 202, description = "Decided", body = DecidedView)))]
#[post("/v1/calls/{id}/legs/{leg}/unmute")]
pub async fn unmute(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    ids: Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, Problem> {
    let (id, leg) = ids.into_inner();
    act(&app, &manager, key, id, Command::Unmute(LegId::from_uuid(leg))).await
}

/// Put a leg on hold.
#[utoipa::path(operation_id = "holdLeg", tag = "calls", summary = "Put a leg on hold", params(("id" = Uuid, Path, description = "The call"), ("leg" = Uuid, Path, description = "The leg"), IdempotencyKey),
    responses((status = 202, description = "Decided; it is on hold once the carrier says so", body = DecidedView)))]
#[post("/v1/calls/{id}/legs/{leg}/hold")]
pub async fn hold(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    ids: Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, Problem> {
    let (id, leg) = ids.into_inner();
    act(&app, &manager, key, id, Command::Hold(LegId::from_uuid(leg))).await
}

/// Take a leg off hold.
#[utoipa::path(operation_id = "resumeLeg", tag = "calls", summary = "Take a leg off hold", params(("id" = Uuid, Path, description = "The call"), ("leg" = Uuid, Path, description = "The leg"), IdempotencyKey),
    responses((status = 202, description = "Decided; it is off hold once the carrier says so", body = DecidedView)))]
#[post("/v1/calls/{id}/legs/{leg}/resume")]
pub async fn resume(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    ids: Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, Problem> {
    let (id, leg) = ids.into_inner();
    act(&app, &manager, key, id, Command::Resume(LegId::from_uuid(leg))).await
}

/// Speak a sentence to one leg.
#[utoipa::path(operation_id = "announceToLeg", tag = "calls", summary = "Speak a sentence to one leg", params(("id" = Uuid, Path, description = "The call"), ("leg" = Uuid, Path, description = "The leg"), IdempotencyKey),
    request_body = SayBody, responses((status = 202, description = "Decided", body = DecidedView)))]
#[post("/v1/calls/{id}/legs/{leg}/announce")]
pub async fn announce(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    ids: Path<(Uuid, Uuid)>,
    body: Json<SayBody>,
) -> Result<HttpResponse, Problem> {
    let mut checks = Checks::default();
    checks.text("text", &body.text, SENTENCE_MAX);
    checks.done()?;
    let ((id, leg), text) = (ids.into_inner(), body.into_inner().text);
    act(&app, &manager, key, id, Command::Announce { leg: LegId::from_uuid(leg), text }).await
}

/// Take a leg out of a call.
#[utoipa::path(operation_id = "removeLeg", tag = "calls", summary = "Take a leg out of a call", params(("id" = Uuid, Path, description = "The call"), ("leg" = Uuid, Path, description = "The leg"), IdempotencyKey),
    responses((status = 202, description = "Decided", body = DecidedView)))]
#[post("/v1/calls/{id}/legs/{leg}/remove")]
pub async fn remove(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    ids: Path<(Uuid, Uuid)>,
) -> Result<HttpResponse, Problem> {
    let (id, leg) = ids.into_inner();
    act(&app, &manager, key, id, Command::Remove(LegId::from_uuid(leg))).await
}

async fn act(
    app: &Data<App>,
    manager: &Manager,
    key: IdempotencyKey,
    id: Uuid,
    command: Command,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    let by = manager.reach.actor.operator().ok_or(Problem::NotSignedIn)?;
    load(app, manager, id).await?;
    let request = match &command {
        Command::Say(text) | Command::Announce { text, .. } => text.clone(),
        Command::OpenDoor
        | Command::HangUp
        | Command::Mute(_)
        | Command::Unmute(_)
        | Command::Hold(_)
        | Command::Resume(_)
        | Command::Remove(_) => String::new(),
    };
    key.accept(app, manager, &request, async |_| {
        let decision =
            app.calls.command(manager.tenant(), CallId::from_uuid(id), by, command).await?;
        decided(id, &decision)
    })
    .await
}

/// What was decided, or the rule that forbids it.
pub(super) fn decided(call_id: Uuid, decision: &Decision) -> Result<DecidedView, Problem> {
    match decision.refusal {
        Some(Rule::NoSuchLeg) => return Err(Problem::NotFound),
        Some(rule) => return Err(Problem::Refused(rule)),
        None => {}
    }
    let decided = decision.events.iter().map(|recorded| DecidedStep {
        event: recorded.event.kind().to_owned(),
        rule: recorded.because.rule.name(),
        sentence: recorded.because.rule.sentence().to_owned(),
    });
    Ok(DecidedView { call_id, decided: decided.collect() })
}
