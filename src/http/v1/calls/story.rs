//! One call, told from its events: in sentences, rule by rule, by who is in it, and as they are stored.

use actix_web::get;
use actix_web::web::{Data, Json, Path};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{load, load_whole};
use crate::domain::call::event::Event;
use crate::domain::call::explain::Because;
use crate::domain::call::participants::{
    Participant, ParticipantRole, Presence, participants as who_is_in,
};
use crate::domain::call::room_log::as_it_happened;
use crate::domain::call::timeline::{Numbers, Teller, named_in};
use crate::http::App;
use crate::http::extract::manager::Manager;
use crate::http::problem::Problem;
use crate::store::history::{Details, StayView};

/// An event of a call.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EventView {
    /// Its place in the call, from 1.
    #[schema(example = 1)]
    pub version: i32,
    /// Its place among all events.
    #[schema(example = 4711)]
    pub position: i64,
    /// Its type.
    #[serde(rename = "type")]
    #[schema(example = "CallRang")]
    pub kind: String,
    /// Its data. Personal data is not in it: read the call for that.
    pub data: serde_json::Value,
    /// When it was recorded.
    #[serde(with = "time::serde::rfc3339")]
    pub recorded_at: OffsetDateTime,
}

/// Why a step was taken.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExplainedStep {
    /// Its place in the call, from 1.
    #[schema(example = 7)]
    pub version: i32,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What happened: an event's type.
    #[schema(example = "CallAccepted")]
    pub event: String,
    /// The rule that made it so.
    #[schema(example = "first_to_accept_wins")]
    pub rule: String,
    /// What the rule says.
    #[schema(example = "The first to accept talks to the visitor.")]
    pub sentence: String,
    /// What it looked at.
    pub inputs: serde_json::Value,
}

/// Something that happened, in a sentence.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TimelineEntry {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What happened.
    #[schema(example = "Ada accepted.")]
    pub sentence: String,
    /// The event's type.
    #[schema(example = "CallAccepted")]
    pub event: String,
    /// Its place in the call, from 1: in the order of recording, which late news of the room do not follow.
    #[schema(example = 7)]
    pub version: i32,
}

/// Someone who is, or was, in a call.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ParticipantView {
    /// Their leg: what the actions on a running call take.
    pub leg_id: Uuid,
    /// `visitor`, `resident` or `concierge`; in a call that we placed `called`, and `connected` for the second.
    #[schema(value_type = String, example = "resident")]
    pub role: ParticipantRole,
    /// Who, if it is a resident.
    pub resident_id: Option<Uuid>,
    /// What they are called: by the directory, else by what they are here; absent for who moved out, or is in no directory.
    #[schema(example = "Ada")]
    pub name: Option<String>,
    /// Their number, E.164; masked for viewers, absent if it is withheld or they were erased.
    #[schema(example = "+447700900101")]
    pub number: Option<String>,
    /// `waiting`, `dialling`, `ringing`, `connected`, `talking` or `gone`.
    #[schema(value_type = String, example = "talking")]
    pub state: Presence,
    /// Since when they are in this state.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// How they are in the room that the call's phones share.
    #[serde(flatten)]
    pub room: StayView,
}

/// Read a call's events.
#[utoipa::path(operation_id = "listCallEvents", tag = "calls", summary = "Read a call's events", params(("id" = Uuid, Path, description = "The call")),
    responses((status = 200, description = "All of them, in order", body = Vec<EventView>)))]
#[get("/v1/calls/{id}/events")]
pub async fn events(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<Vec<EventView>>, Problem> {
    let loaded = load_whole(&app, &manager, id.into_inner()).await?;
    let events = loaded.events.into_iter().map(|(stored, _)| EventView {
        version: stored.version,
        position: stored.position,
        kind: stored.kind,
        data: without_personal_data(stored.payload["data"].clone()),
        recorded_at: stored.recorded_at,
    });
    Ok(Json(events.collect()))
}

/// Explain a call, rule by rule.
#[utoipa::path(operation_id = "explainCall", tag = "calls", summary = "Explain a call, rule by rule", params(("id" = Uuid, Path, description = "The call")),
    responses((status = 200, description = "Each step and why it was taken", body = Vec<ExplainedStep>)))]
#[get("/v1/calls/{id}/explain")]
pub async fn explain(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<Vec<ExplainedStep>>, Problem> {
    let loaded = load_whole(&app, &manager, id.into_inner()).await?;
    let steps = loaded.events.into_iter().filter_map(|(stored, event)| {
        let because: Because = serde_json::from_value(stored.payload["because"].clone()).ok()?;
        Some(ExplainedStep {
            version: stored.version,
            at: stored.recorded_at,
            event: event.kind().to_owned(),
            rule: because.rule.name(),
            sentence: because.rule.sentence().to_owned(),
            inputs: serde_json::to_value(because.inputs).ok()?,
        })
    });
    Ok(Json(steps.collect()))
}

/// Tell a call in sentences.
#[utoipa::path(operation_id = "readCallTimeline", tag = "calls", summary = "Tell a call in sentences", params(("id" = Uuid, Path, description = "The call")),
    responses((status = 200, description = "What happened, in order; its begin and end only where the building hides the rest", body = Vec<TimelineEntry>)))]
#[get("/v1/calls/{id}/timeline")]
pub async fn timeline(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<Vec<TimelineEntry>>, Problem> {
    let (loaded, details) = load(&app, &manager, id.into_inner()).await?;
    let ids: Vec<Uuid> = loaded.events.iter().flat_map(|(_, event)| named_in(event)).collect();
    let names = app.store.names(&manager.reach, &ids).await?;
    let mut teller = Teller::new(&names, manager.numbers());
    let order = as_it_happened(loaded.events.iter().map(|(_, event)| event));
    let told = order.into_iter().filter_map(|place| {
        let (stored, event) = &loaded.events[place];
        let sentence = match (details, event) {
            (Details::Shown, event) => teller.tell(event)?,
            (Details::Hidden, Event::CallRang(_)) => "Someone rang.".to_owned(),
            (Details::Hidden, Event::CallEnded { .. }) => teller.tell(event)?,
            (Details::Hidden, _) => return None,
        };
        let (at, version) = (stored.recorded_at, stored.version);
        Some(TimelineEntry { at, sentence, event: event.kind().to_owned(), version })
    });
    let mut told: Vec<TimelineEntry> = told.collect();
    // What was recorded late happened before what comes next.
    for place in (1..told.len()).rev() {
        told[place - 1].at = told[place - 1].at.min(told[place].at);
    }
    Ok(Json(told))
}

/// List who is, or was, in a call.
#[utoipa::path(operation_id = "listCallParticipants", tag = "calls", summary = "List who is, or was, in a call", params(("id" = Uuid, Path, description = "The call")),
    responses((status = 200, description = "In the order in which they came", body = Vec<ParticipantView>)))]
#[get("/v1/calls/{id}/participants")]
pub async fn participants(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<Vec<ParticipantView>>, Problem> {
    let loaded = load_whole(&app, &manager, id.into_inner()).await?;
    let found = who_is_in(loaded.events.iter().map(|(stored, event)| (event, stored.recorded_at)));
    let residents: Vec<Uuid> =
        found.iter().filter_map(|one| one.resident.map(|id| id.as_uuid())).collect();
    let listed = found.iter().filter_map(|one| one.listed.map(|id| id.as_uuid()));
    let ids: Vec<Uuid> = residents.into_iter().chain(listed).collect();
    let names = app.store.names(&manager.reach, &ids).await?;
    let views = found.into_iter().map(|one| {
        let id = one.resident.map(|id| id.as_uuid()).or(one.listed.map(|id| id.as_uuid()));
        let name = id.and_then(|id| names.get(&id).cloned());
        let name = name.or_else(|| one.role.title().map(str::to_owned));
        ParticipantView::of(one, name, manager.numbers())
    });
    Ok(Json(views.collect()))
}

impl ParticipantView {
    fn of(participant: Participant, name: Option<String>, numbers: Numbers) -> Self {
        let number = participant.number.as_ref().and_then(|number| number.value());
        Self {
            leg_id: participant.leg.as_uuid(),
            role: participant.role,
            resident_id: participant.resident.map(|id| id.as_uuid()),
            name,
            number: number.map(|number| match numbers {
                Numbers::Whole => number.as_e164().to_owned(),
                Numbers::Masked => number.masked(),
            }),
            state: participant.state,
            since: participant.since,
            room: StayView::of(&participant.stay),
        }
    }
}

/// Personal data is read with the call, where it is masked for whom it must be.
fn without_personal_data(mut data: serde_json::Value) -> serde_json::Value {
    match &mut data {
        serde_json::Value::Object(fields) if fields.contains_key("$p") => {
            return "[personal]".into();
        }
        serde_json::Value::Object(fields) => {
            for field in fields.values_mut() {
                *field = without_personal_data(field.take());
            }
        }
        serde_json::Value::Array(items) => {
            for item in items {
                *item = without_personal_data(item.take());
            }
        }
        _ => {}
    }
    data
}
