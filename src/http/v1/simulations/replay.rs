//! Recorded calls, decided again.

use std::collections::HashMap;

use actix_web::post;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{WhoView, word};
use crate::application::simulations::change::Change;
use crate::application::simulations::play::Guess;
use crate::application::simulations::replay::{Comparison, Drift};
use crate::application::simulations::summary::Summary;
use crate::application::simulations::verdict::{Screened, Verdict};
use crate::domain::call::event::Admission;
use crate::domain::ids::UnitId;
use crate::domain::phone_number::PhoneNumber;
use crate::domain::policy::StrangerPolicy;
use crate::domain::policy::flow::Flow;
use crate::domain::policy::schedule::Schedule;
use crate::http::App;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::Page;
use crate::http::problem::Problem;
use crate::http::v1::Checks;
use crate::http::v1::buildings::flow_is_possible;
use crate::http::v1::documents::{FlowDocument, ScheduleDocument};

const CALLS_DEFAULT: u16 = 100;
const CALLS_MAX: u16 = 200;
const NUMBERS_MAX: usize = 500;

/// Which calls to decide again, and what to change for that.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyReplayBody {
    /// The building.
    #[schema(example = "01936f1e-7c3a-7000-8000-000000000002")]
    pub building: Uuid,
    /// What would be different; nothing: would today's configuration decide as it was decided then?
    #[serde(default)]
    pub change: ChangeBody,
    /// Calls that rang from then, RFC 3339; absent: from the first.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[schema(example = "2026-11-01T00:00:00Z")]
    pub from: Option<OffsetDateTime>,
    /// Calls that rang before then, RFC 3339; absent: to the last.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[schema(example = "2026-12-01T00:00:00Z")]
    pub to: Option<OffsetDateTime>,
    /// So many calls at most, the latest ones.
    #[schema(example = 100, minimum = 1, maximum = 200, default = 100)]
    pub limit: Option<u16>,
}

/// What would be different. What is absent stays as it is.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    /// How units would ring.
    pub flow: Option<FlowDocument>,
    /// The unit whose `flow` and `schedule` would be different; absent: every unit's.
    #[schema(example = "01936f1e-7c3a-7000-8000-000000000004")]
    pub unit: Option<Uuid>,
    /// When the groups would ring at all.
    pub schedule: Option<ScheduleDocument>,
    /// What would be done with callers that nobody listed: `reject`, `pin` or `ring`.
    #[schema(example = "reject", pattern = "^(reject|pin|ring)$")]
    pub strangers: Option<String>,
    /// What would be done with callers who hide their number: `reject`, `pin` or `ring`.
    #[schema(example = "reject", pattern = "^(reject|pin|ring)$")]
    pub withheld: Option<String>,
    /// Numbers that would, or would no longer, be on the allowlist.
    pub allowlist: Option<NumbersBody>,
    /// Numbers that would, or would not, be blocked.
    pub blocks: Option<NumbersBody>,
}

/// Numbers to add to a list, and to take off it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NumbersBody {
    /// E.164.
    #[serde(default)]
    #[schema(example = json!(["+447700900300"]), max_items = 500)]
    pub add: Vec<String>,
    /// E.164.
    #[serde(default)]
    #[schema(example = json!([]), max_items = 500)]
    pub remove: Vec<String>,
}

/// What came of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PolicyReplayView {
    /// Calls that were decided again.
    #[schema(example = 100)]
    pub calls: usize,
    /// Of those, calls that would have gone as they went.
    #[schema(example = 89)]
    pub unchanged: usize,
    /// Of those, calls that would have gone otherwise.
    #[schema(example = 11)]
    pub changed: usize,
    /// Calls whose replay had to guess something.
    #[schema(example = 2)]
    pub estimated: usize,
    /// Calls that today's configuration would decide otherwise even without the change.
    #[schema(example = 0)]
    pub drifted: usize,
    /// Calls that could not be decided again: still running, the caller erased, the line gone.
    #[schema(example = 0)]
    pub skipped: usize,
    /// Whether there are more calls than `limit`.
    #[schema(example = false)]
    pub more: bool,
    /// What would have been different, in numbers.
    pub counts: ReplayCountsView,
    /// The same in words.
    #[schema(example = json!(["11 callers on the allowlist would have been refused."]))]
    pub summary: Vec<String>,
    /// The calls that would have gone otherwise, the latest first.
    pub differences: Vec<DifferenceView>,
}

/// What would have been different, in numbers of calls.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReplayCountsView {
    /// Panels that would have been refused.
    #[schema(example = 0)]
    pub panels_refused: usize,
    /// Callers on the allowlist that would have been refused: couriers, staff.
    #[schema(example = 11)]
    pub allowlisted_refused: usize,
    /// Strangers that would have been refused.
    #[schema(example = 0)]
    pub strangers_refused: usize,
    /// Refused callers that would have been let through.
    #[schema(example = 0)]
    pub no_longer_refused: usize,
    /// Doors that would have opened and did not.
    #[schema(example = 0)]
    pub opened: usize,
    /// Doors that opened and would not have.
    #[schema(example = 7)]
    pub no_longer_opened: usize,
    /// Calls that would have rung others.
    #[schema(example = 11)]
    pub rang_others: usize,
}

/// A call that would have gone otherwise.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DifferenceView {
    /// The call.
    #[schema(example = "01936f1e-7c3a-7000-8000-000000000005")]
    pub call: Uuid,
    /// When it rang.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(example = "2026-11-20T12:00:00Z")]
    pub rang_at: OffsetDateTime,
    /// As it was.
    pub before: VerdictView,
    /// As it would have been.
    pub after: VerdictView,
    /// Whether something had to be guessed.
    #[schema(example = false)]
    pub estimated: bool,
    /// What.
    pub guesses: Vec<GuessView>,
    /// Whether today's configuration would decide it otherwise even without the change.
    #[schema(example = false)]
    pub drifted: bool,
}

/// What came of a call.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VerdictView {
    /// The outcome.
    #[schema(example = "opened")]
    pub outcome: Option<String>,
    /// Why.
    #[schema(example = "visitor_hung_up")]
    pub cause: Option<String>,
    /// Whether the door opened.
    #[schema(example = true)]
    pub opened: bool,
    /// As what the caller was let through: `panel`, `allowlisted`, `stranger` or `stranger_with_pin`; absent: refused.
    #[schema(example = "allowlisted")]
    pub admitted_as: Option<&'static str>,
    /// Who was rung, in order.
    pub rang: Vec<WhoView>,
}

/// Something that had to be guessed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GuessView {
    /// `reaction`, `patience`, `unit` or `pin`: how someone would have reacted, how long the visitor would have waited, which unit or
    /// which PIN they would have keyed in.
    #[schema(example = "reaction")]
    pub what: &'static str,
    /// Whose reaction.
    pub of: Option<WhoView>,
}

/// Decide recorded calls again, as if something had been changed before.
#[utoipa::path(operation_id = "replayCalls", tag = "simulations", summary = "Decide recorded calls again, as if something had been changed before",
    request_body = PolicyReplayBody, responses((status = 200, description = "What would have been different", body = PolicyReplayView)))]
#[post("/v1/simulations/replay")]
pub async fn replay(
    app: Data<App>,
    manager: Manager,
    body: Json<PolicyReplayBody>,
) -> Result<Json<PolicyReplayView>, Problem> {
    manager.at_least(Role::Manager)?;
    let body = body.into_inner();
    let mut tx = app.store.begin(&manager.reach).await?;
    if let Some(unit) = body.change.unit {
        tx.unit(unit).await?.ok_or(Problem::NotFound)?;
    }
    flow_is_possible(&mut tx, body.change.flow.as_ref()).await?;
    let mut schedules = HashMap::new();
    for id in body.change.flow.iter().flat_map(FlowDocument::schedules) {
        schedules.extend(tx.schedule(id).await?.map(|schedule| (id, schedule.hours)));
    }
    let (change, limit) = body.check(&schedules)?;
    let known = tx.buildings(Some(body.building), None, Page::default().after()).await?;
    if known.is_empty() {
        return Err(Problem::NotFound);
    }
    let mut calls = tx.calls_that_are_over(body.building, (body.from, body.to), limit + 1).await?;
    drop(tx);
    let rows = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = calls.len() > rows;
    calls.truncate(rows);
    let replayed = app.calls.replay(manager.tenant(), &calls, &change).await?;
    let summary = Summary::of(&replayed.calls);
    Ok(Json(PolicyReplayView {
        calls: replayed.calls.len(),
        unchanged: replayed.calls.len() - summary.changed,
        changed: summary.changed,
        estimated: summary.estimated,
        drifted: summary.drifted,
        skipped: replayed.skipped.len(),
        more,
        summary: summary.sentences(),
        counts: summary.into(),
        differences: replayed.calls.iter().filter(|call| call.differs()).map(Into::into).collect(),
    }))
}

impl PolicyReplayBody {
    fn check(&self, schedules: &HashMap<Uuid, Value>) -> Result<(Change, i64), Problem> {
        let mut checks = Checks::default();
        let limit = self.limit.unwrap_or(CALLS_DEFAULT);
        checks.holds("limit", (1..=CALLS_MAX).contains(&limit), "1 to 200");
        let change = self.change.check(&mut checks, schedules);
        checks.done()?;
        Ok((change, i64::from(limit)))
    }
}

impl ChangeBody {
    fn check(&self, checks: &mut Checks, schedules: &HashMap<Uuid, Value>) -> Change {
        let flow = self.flow.as_ref().map(|flow| flow.with_schedules(schedules));
        let flow =
            flow.and_then(|flow| checks.ok("change.flow", serde_json::from_value::<Flow>(flow)));
        if let Some(flow) = &flow {
            checks.ok("change.flow", flow.check());
        }
        let hours = self.schedule.as_ref().and_then(|hours| {
            checks.ok("change.schedule", serde_json::from_value::<Schedule>(json!(hours)))
        });
        if let Some(hours) = &hours {
            checks.ok("change.schedule", hours.check());
        }
        let (allow, block) = (self.allowlist.clone(), self.blocks.clone());
        let (allow, block) = (allow.unwrap_or_default(), block.unwrap_or_default());
        Change {
            flow,
            unit: self.unit.map(UnitId::from_uuid),
            hours,
            strangers: policy(checks, "change.strangers", self.strangers.as_deref()),
            withheld: policy(checks, "change.withheld", self.withheld.as_deref()),
            allowed: numbers(checks, "change.allowlist.add", &allow.add),
            no_longer_allowed: numbers(checks, "change.allowlist.remove", &allow.remove),
            blocked: numbers(checks, "change.blocks.add", &block.add),
            no_longer_blocked: numbers(checks, "change.blocks.remove", &block.remove),
        }
    }
}

fn policy(checks: &mut Checks, field: &str, word: Option<&str>) -> Option<StrangerPolicy> {
    let word = word?;
    checks.one_of(field, word, &["reject", "pin", "ring"]);
    serde_json::from_value(word.into()).ok()
}

fn numbers(checks: &mut Checks, field: &str, texts: &[String]) -> Vec<PhoneNumber> {
    checks.holds(field, texts.len() <= NUMBERS_MAX, "at most 500 numbers");
    texts
        .iter()
        .take(NUMBERS_MAX)
        .filter_map(|text| checks.ok(field, PhoneNumber::parse(text)))
        .collect()
}

impl From<Summary> for ReplayCountsView {
    fn from(summary: Summary) -> Self {
        Self {
            panels_refused: summary.panels_refused,
            allowlisted_refused: summary.allowlisted_refused,
            strangers_refused: summary.strangers_refused,
            no_longer_refused: summary.no_longer_refused,
            opened: summary.opened,
            no_longer_opened: summary.no_longer_opened,
            rang_others: summary.rang_others,
        }
    }
}

impl From<&Comparison> for DifferenceView {
    fn from(comparison: &Comparison) -> Self {
        let guesses = comparison.guesses.iter().map(|guess| match guess {
            Guess::Reaction(target) => {
                GuessView { what: "reaction", of: Some(WhoView::from(*target)) }
            }
            Guess::Patience => GuessView { what: "patience", of: None },
            Guess::UnitWanted => GuessView { what: "unit", of: None },
            Guess::Pin => GuessView { what: "pin", of: None },
        });
        Self {
            call: comparison.call.as_uuid(),
            rang_at: comparison.rang_at,
            before: (&comparison.before).into(),
            after: (&comparison.after).into(),
            estimated: !comparison.guesses.is_empty(),
            guesses: guesses.collect(),
            drifted: comparison.drift == Drift::Otherwise,
        }
    }
}

impl From<&Verdict> for VerdictView {
    fn from(verdict: &Verdict) -> Self {
        let admitted_as = match verdict.screened {
            Some(Screened::Admitted(Admission::Panel(_))) => Some("panel"),
            Some(Screened::Admitted(Admission::Allowlisted(_))) => Some("allowlisted"),
            Some(Screened::Admitted(Admission::Stranger)) => Some("stranger"),
            Some(Screened::Admitted(Admission::StrangerWithPin)) => Some("stranger_with_pin"),
            Some(Screened::Refused(_)) | None => None,
        };
        Self {
            outcome: verdict.ended.map(|(outcome, _)| word(&outcome)),
            cause: verdict.ended.map(|(_, cause)| word(&cause)),
            opened: verdict.is_opened(),
            admitted_as,
            rang: verdict.rang.iter().copied().map(WhoView::from).collect(),
        }
    }
}
