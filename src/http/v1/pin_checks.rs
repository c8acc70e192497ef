//! PINs that a flow at a carrier asks about: counted and blocked as at the door.

use actix_web::post;
use actix_web::web::{Data, Json};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tracing::Instrument;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Checks;
use crate::application::calls::pin_check::GivenPin;
use crate::domain::ids::{BlockId, PassId};
use crate::domain::phone_number::{Caller, PhoneNumber};
use crate::domain::pin_gate::Verdict;
use crate::domain::policy::block::Expires;
use crate::http::App;
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::problem::{FieldProblem, Problem};
use crate::store::TenantTx;
use crate::store::directory::views::{After, BuildingView, EntranceView, LineFilter, LineView};

/// Keys that a PIN may have at most.
const LONGEST_PIN: usize = 20;
/// Lines with one number that are looked at: more than one leads to a question.
const LINES_MAX: i64 = 20;

/// A PIN that someone keyed in. Say where by one of `line`, `entrance` and `building`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PinCheckBody {
    /// The line that was called: its number, E.164, or its id. A line of one unit leads to its building's first entrance.
    #[schema(example = json!(null), max_length = 40)]
    pub line: Option<String>,
    /// The entrance that shall open.
    pub entrance: Option<Uuid>,
    /// The building: enough if it has just one entrance.
    pub building: Option<Uuid>,
    /// Who calls, as the carrier says it: E.164; `withheld`, `anonymous` and the like, or anything that is no number: hidden.
    #[schema(example = "+447700900666", max_length = 200)]
    pub caller: String,
    /// What was keyed in; a `#` at its end is left out. It is stored nowhere.
    #[schema(value_type = String, example = "480915", min_length = 1, max_length = 20, pattern = "^[0-9A-D*#]{1,20}$", write_only)]
    pub pin: SecretString,
    /// The caller's own name for the call or the flow's execution. The same PIN of the same caller with the same name counts once, however often it
    /// is asked about; without a name `Idempotency-Key` is taken, and without that each request counts.
    #[schema(example = "FN00000000000000000000000000000000", max_length = 200)]
    pub call_id: Option<String>,
}

/// Whether it opens.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PinCheckView {
    /// `opens`; `wrong`; `blocked`: this was the last wrong one, or it was not looked at, since the caller was blocked before or the entrance takes no
    /// PINs after too many wrong ones; `refused`: the building lets nobody in who hides the number.
    #[schema(example = "opens")]
    pub result: String,
    /// The pass that opens.
    pub pass: Option<Uuid>,
    /// Wrong PINs of this caller that count now, this one included; absent if none was looked at, 0 once the right one came.
    #[schema(example = 0)]
    pub wrong_pins: Option<u32>,
    /// So many more wrong ones, and the caller is blocked.
    #[schema(example = 10)]
    pub tries_left: u32,
    /// The block that keeps the caller out.
    pub block: Option<Uuid>,
    /// Until when; absent: not blocked, or until a manager lifts it.
    #[serde(with = "time::serde::rfc3339::option")]
    pub blocked_until: Option<OffsetDateTime>,
}

/// Check a PIN, outside of a call that Vestibule answers: for a flow that gathers digits by itself. Wrong ones are counted and block the caller,
/// together with those that are given at the door. What comes of it is answered 200, so that a flow can go on by `result`.
#[utoipa::path(operation_id = "checkPin", tag = "pin checks", summary = "Check a PIN that a flow at a carrier gathered", params(IdempotencyKey), request_body = PinCheckBody,
    responses((status = 200, description = "Whether it opens", body = PinCheckView)))]
#[post("/v1/pin-checks")]
pub async fn check(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    body: Json<PinCheckBody>,
) -> Result<Json<PinCheckView>, Problem> {
    manager.at_least(Role::Manager)?;
    let body = body.into_inner();
    body.check()?;
    let (building, entrance) = place(&app, &manager, &body).await?;
    let given = given(&app, &manager, (&building, &entrance), &body, &key).await?;
    let limits = given.limits;
    // A reset connection drops this handler, but not the task: what was counted is told of, whoever still listens.
    let work = async move { app.calls.check_pin(given).await };
    let verdict = tokio::spawn(work.in_current_span())
        .await
        .map_err(|error| Problem::Internal(format!("a PIN's task failed: {error}")))??;
    Ok(Json(PinCheckView::of(&verdict, limits.wrong_pins)))
}

impl PinCheckBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        let is_somewhere =
            self.line.is_some() || self.entrance.is_some() || self.building.is_some();
        checks.holds("line", is_somewhere, "a line, or an entrance or a building in its place");
        if let Some(line) = &self.line {
            checks.text("line", line, 40);
        }
        checks.holds("caller", self.caller.chars().count() <= 200, "at most 200 characters");
        let pin = self.pin.expose_secret();
        let is_keys = (1..=LONGEST_PIN).contains(&pin.len())
            && pin.bytes().all(|key| matches!(key, b'0'..=b'9' | b'A'..=b'D' | b'*' | b'#'));
        checks.holds("pin", is_keys, "1 to 20 keys of a phone");
        if let Some(name) = &self.call_id {
            checks.text("call_id", name, 200);
        }
        checks.done()
    }
}

/// The building and the entrance that a request means, within the manager's reach.
async fn place(
    app: &App,
    manager: &Manager,
    body: &PinCheckBody,
) -> Result<(BuildingView, EntranceView), Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let line = match &body.line {
        Some(line) => Some(line_called(&mut tx, line).await?),
        None => None,
    };
    let from_line = line.as_ref().and_then(|line| line.entrance_id);
    let building = line.as_ref().map(|line| line.building_id).or(body.building);
    let entrance = match from_line.or(body.entrance) {
        Some(id) => tx.entrance(id).await?.ok_or(Problem::NotFound)?,
        None => {
            let building = building.ok_or(Problem::NotFound)?;
            tx.building(building).await?.ok_or(Problem::NotFound)?;
            let mut two = tx.entrances(Some(building), None, After { id: None, limit: 2 }).await?;
            if two.len() > 1 && line.is_none() {
                return Err(wrong("entrance", "the building has several: name one"));
            }
            two.truncate(1);
            two.pop().ok_or_else(|| wrong("building", "it has no entrance yet"))?
        }
    };
    let named = [building, body.building].into_iter().flatten();
    let is_elsewhere = body.entrance.is_some_and(|named| named != entrance.id);
    if is_elsewhere || named.into_iter().any(|building| building != entrance.building_id) {
        return Err(Problem::NotFound);
    }
    let building = tx.building(entrance.building_id).await?.ok_or(Problem::NotFound)?;
    Ok((building, entrance))
}

/// A line by its id or its number.
async fn line_called(tx: &mut TenantTx, text: &str) -> Result<LineView, Problem> {
    if let Ok(id) = Uuid::parse_str(text) {
        return tx.line(id).await?.ok_or(Problem::NotFound);
    }
    let number = PhoneNumber::parse(text).or_else(|_| PhoneNumber::from_digits(text));
    let number = number.map_err(|error| wrong("line", &error.to_string()))?;
    let which = LineFilter { number: Some(number.as_e164()), ..LineFilter::default() };
    let mut lines = tx.lines(which, After { id: None, limit: LINES_MAX }).await?;
    let line = lines.pop().ok_or(Problem::NotFound)?;
    let leads = |line: &LineView| (line.building_id, line.entrance_id, line.unit_id);
    if lines.iter().any(|other| leads(other) != leads(&line)) {
        return Err(wrong("line", "several lines have this number: give the id of one"));
    }
    Ok(line)
}

fn wrong(field: &str, why: &str) -> Problem {
    Problem::Invalid(vec![FieldProblem::new(field, why)])
}

async fn given(
    app: &App,
    manager: &Manager,
    (building, entrance): (&BuildingView, &EntranceView),
    body: &PinCheckBody,
    key: &IdempotencyKey,
) -> Result<GivenPin, Problem> {
    let pin = body.pin.expose_secret().trim_end_matches('#').to_owned();
    let fresh;
    let name = match body.call_id.as_deref().or_else(|| key.text()) {
        Some(name) => name,
        None => {
            fresh = app.ids.next().to_string();
            &fresh
        }
    };
    // Made with the firm's key, so that nobody who reads it can try out which PIN is in it.
    let attempt = [building.id.to_string().as_str(), &body.caller, &pin, name].join("\0");
    let key = app.store.tenant_key(manager.tenant()).await?.hash("pin check", attempt.as_bytes());
    let withheld = serde_json::from_value(building.withheld.as_str().into());
    Ok(GivenPin {
        tenant: manager.tenant(),
        building: building.id.into(),
        entrance: entrance.id.into(),
        caller: Caller::read(&body.caller, &building.region),
        withheld: withheld.map_err(|error| Problem::Internal(error.to_string()))?,
        limits: building.pin_limits(),
        pin,
        actor: manager.reach.actor,
        key,
    })
}

impl PinCheckView {
    fn of(verdict: &Verdict, limit: u32) -> Self {
        let (pass, wrong_pins, tries_left) = match verdict {
            Verdict::Opens(pass) => (Some(*pass), Some(0), limit),
            Verdict::Wrong { wrong_pins, tries_left } => (None, Some(*wrong_pins), *tries_left),
            Verdict::Blocks { wrong_pins, .. } => (None, Some(*wrong_pins), 0),
            Verdict::Blocked(_) | Verdict::Refused => (None, None, 0),
        };
        let block = verdict.block();
        Self {
            result: verdict.word().to_owned(),
            pass: pass.map(PassId::as_uuid),
            wrong_pins,
            tries_left,
            block: block.map(|block| BlockId::as_uuid(block.id)),
            blocked_until: block.and_then(|block| match block.expires {
                Expires::At(end) => Some(end),
                Expires::Never => None,
            }),
        }
    }
}
